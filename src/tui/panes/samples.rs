//! Sampled architectures as a table, newest first.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Cell, Row, Table, Widget};

use super::{Pane, before_data};
use crate::engine::{Dashboard, Sample};
use crate::tui::draw::Scene;
use crate::tui::keys::Action;
use crate::tui::text;
use crate::tui::view::{Subject, View};

/// Rows that a page key moves.
const PAGE: i64 = 10;

/// The pane.
pub(super) struct Samples;

impl Pane for Samples {
    fn name(&self) -> &'static str {
        "samples"
    }

    fn detail(&self, scene: &Scene) -> String {
        match scene.view.sample {
            None => "follows the newest".into(),
            Some(number) => format!("holds {number}"),
        }
    }

    fn empty(&self, scene: &Scene) -> Option<String> {
        before_data(scene).or_else(|| scene.dashboard.samples.is_empty().then(|| "no samples yet".into()))
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let dashboard = scene.dashboard;
        let selected = scene.view.selected(dashboard).map(|(number, _)| number);
        let visible = usize::from(area.height.saturating_sub(1));
        // Only what is seen becomes rows, with the selected one in the middle where it can be.
        let place = selected.map_or(0, |number| (dashboard.sampled - number) as usize);
        let top = place.saturating_sub(visible / 2).min(dashboard.samples.len().saturating_sub(visible));
        let newest_first = dashboard.samples.iter().rev().enumerate().skip(top).take(visible);
        let rows = newest_first.map(|(back, sample)| {
            let number = dashboard.sampled.saturating_sub(back as u64);
            let row = row(scene, number, sample);
            if Some(number) == selected { row.style(scene.theme.selected()) } else { row }
        });
        let roomy = area.width >= 46;
        let spacing = if roomy { 2 } else { 1 };
        let number = dashboard.sampled.to_string().len().clamp(4, 9) as u16;
        let columns = [
            ("#", number),
            if roomy { ("from", 4) } else { ("by", 2) },
            ("loss", 4),
            ("acc", 6),
            ("params", 6),
            ("MACs", 5),
        ];
        let mut room = area.width + spacing;
        let fits = columns.into_iter().take_while(|(_, width)| {
            let fits = room >= width + spacing;
            room = room.saturating_sub(width + spacing);
            fits
        });
        let (names, widths): (Vec<_>, Vec<_>) =
            fits.map(|(name, width)| (Line::from(name).right_aligned(), Constraint::Length(width))).unzip();
        let header = Row::new(names.into_iter().map(Cell::from)).style(scene.theme.dim());
        Table::new(rows, widths).header(header).column_spacing(spacing).render(area, buffer);
    }

    fn act(&self, action: Action, view: &mut View, dashboard: &Dashboard) -> bool {
        match action {
            Action::Up => view.move_sample(-1, dashboard),
            Action::Down => view.move_sample(1, dashboard),
            Action::PageUp => view.move_sample(-PAGE, dashboard),
            Action::PageDown => view.move_sample(PAGE, dashboard),
            Action::First => {
                view.sample = None;
                view.subject = Subject::Sample;
            }
            Action::Last => view.move_sample(i64::MAX, dashboard),
            Action::Open => view.subject = Subject::Sample,
            _ => return false,
        }
        action != Action::Open
    }

    fn about(&self) -> &'static [&'static str] {
        &[
            "The architectures drawn of late, newest first: the distribution each was drawn from, its loss and accuracy \
             on one validation batch (in the warm-up: on one training batch), and what it costs. ↑ and ↓ select one, \
             which is then held while others come; Home follows the newest again. The cell pane draws the selected one.",
            "A batch is small, so a sample's accuracy jumps; the modes' figures in the table of distributions are over \
             the whole validation set.",
        ]
    }
}

fn loss(loss: f64) -> String {
    text::fixed(
        loss,
        match loss.abs() {
            size if size < 9.995 => 2,
            size if size < 99.95 => 1,
            _ => 0,
        },
    )
}

fn row(scene: &Scene, number: u64, sample: &Sample) -> Row<'static> {
    let right = |words: String| Cell::from(Line::from(words).right_aligned());
    let source = Line::styled(text::digit(sample.source).to_string(), scene.theme.distribution(sample.source));
    let count = |n: Option<u64>| text::amount(n.map(|n| n as f64));
    Row::new([
        right(number.to_string()),
        Cell::from(source.right_aligned()),
        right(loss(sample.score.loss)),
        right(text::percent(sample.score.accuracy)),
        right(count(sample.complexity.parameters)),
        right(count(sample.complexity.macs)),
    ])
}
