//! Importance weights of the last pool: samples across, distributions down.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Pane, before_data, warm_up};
use crate::tui::draw::Scene;
use crate::tui::text;
use crate::tui::view::{Subject, ended};

/// Columns of the row's name and of its ESS.
const NAME: u16 = 4;
const ESS: u16 = 10;

/// The pane.
pub(super) struct Weights;

impl Pane for Weights {
    fn name(&self) -> &'static str {
        "importance weights"
    }

    fn detail(&self, scene: &Scene) -> String {
        match scene.dashboard.pool.len() {
            0 => String::new(),
            _ if scene.dashboard.weights.is_empty() => String::new(),
            samples => format!("{samples} samples"),
        }
    }

    fn empty(&self, scene: &Scene) -> Option<String> {
        before_data(scene).or_else(|| {
            let nothing = scene.dashboard.weights.iter().all(Vec::is_empty);
            (nothing && ended(scene.dashboard))
                .then(|| "theta never learned: the search ended in its warm-up".into())
                .or_else(|| {
                    let until = text::count(warm_up(scene));
                    nothing.then(|| format!("weights appear once theta learns (warm-up until iteration {until})"))
                })
        })
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let (dashboard, theme) = (scene.dashboard, scene.theme);
        let samples = dashboard.pool.len() as u16;
        let room = area.width.saturating_sub(NAME + ESS);
        if room == 0 || samples == 0 || area.height == 0 {
            return;
        }
        let wide = (room / samples.max(1)).clamp(1, 7);
        let shown = samples.min(room / wide);
        let distributions = dashboard.weights.len();
        let mut head = area.y;
        // The sources can be spared where rows are short, the distributions cannot.
        if usize::from(area.height) > distributions.min(2) {
            buffer.set_string(area.x, head, if wide >= 2 { "from" } else { "" }, theme.dim());
            for (index, sample) in dashboard.pool.iter().take(usize::from(shown)).enumerate() {
                let x = area.x + NAME + index as u16 * wide + wide / 2;
                buffer.set_string(x, head, text::digit(sample.source).to_string(), theme.distribution(sample.source));
            }
            if shown < samples {
                let more = format!("+{} more", samples - shown);
                buffer.set_stringn(area.x + NAME + shown * wide + 1, head, more, usize::from(ESS), theme.dim());
            }
            head += 1;
        }
        let rows = area.bottom().saturating_sub(head);
        let first = (scene.view.distribution + 1).saturating_sub(usize::from(rows));
        for (row, index) in (head..area.bottom()).zip(first..distributions) {
            let selected = index == scene.view.distribution;
            buffer.set_string(area.x, row, if selected { " ▸" } else { "  " }, theme.key());
            buffer.set_string(area.x + 2, row, text::digit(index).to_string(), theme.badge(index));
            for sample in 0..shown {
                let weight = dashboard.weights[index].get(usize::from(sample)).copied().unwrap_or(f64::NAN);
                let x = area.x + NAME + sample * wide;
                cell(scene, weight, distributions, Rect::new(x, row, wide, 1), buffer);
            }
            let ess = dashboard.distributions.get(index).and_then(|view| view.report.ess);
            let ess = ess.map_or_else(|| "–".into(), |ess| format!("{}/{samples}", text::fixed(ess, 1)));
            let after = area.x + NAME + shown * wide;
            buffer.set_stringn(after + 1, row, format!("ESS {ess}"), usize::from(ESS - 1), theme.key());
        }
        mark_selected(scene, Rect { y: area.y, ..area }, wide, shown, buffer);
        let caption = head + distributions as u16;
        let lines = text::wrap(
            &format!(
                "p of the row / p of the mixture of all: 0 to {distributions}. A bright cell teaches its row much."
            ),
            usize::from(area.width.saturating_sub(2)),
        );
        for (row, line) in (caption + 1..area.bottom()).zip(lines) {
            buffer.set_stringn(area.x + 1, row, line, usize::from(area.width - 1), theme.dim());
        }
    }

    fn about(&self) -> &'static [&'static str] {
        &[
            "The last pool: a column a sample, headed by the distribution it was drawn from; a row a distribution. The \
             figure is the importance weight, from 0 (of no use to that row) to the number of distributions (only that \
             row would have drawn it). 1 everywhere: the distributions are still alike and share everything.",
            "As distributions part, weights gather on each row's own samples and ESS falls. Where a row has ESS 1 of \
             many all the time, it hardly learns: more samples a distribution, or a coefficient nearer to its \
             neighbours', helps.",
        ]
    }
}

/// Draws a weight on a ground as bright as its share of the greatest, with its figure where there is room.
pub(super) fn cell(scene: &Scene, weight: f64, greatest: usize, area: Rect, buffer: &mut Buffer) {
    let (style, glyph) = scene.theme.heat(weight / greatest.max(1) as f64);
    let wide = usize::from(area.width);
    let figure = match wide {
        5.. => text::fixed(weight.min(999.0), 2),
        4 => text::fixed(weight.min(99.0), 1),
        2 | 3 => text::fixed(weight.min(9.0), 0),
        _ => String::new(),
    };
    // Without colour the glyph fills what the figure leaves.
    let filled = if figure.is_empty() {
        glyph.repeat(wide)
    } else {
        let left = (wide.saturating_sub(text::width(&figure))) / 2;
        let right = wide.saturating_sub(text::width(&figure) + left);
        format!("{}{figure}{}", glyph.repeat(left), glyph.repeat(right))
    };
    buffer.set_stringn(area.x, area.y, filled, wide, style);
}

/// Underlines the source of the selected sample where that is in the last pool, whose samples are the newest ones.
fn mark_selected(scene: &Scene, head: Rect, wide: u16, shown: u16, buffer: &mut Buffer) {
    if scene.view.subject != Subject::Sample {
        return;
    }
    let Some((number, _)) = scene.view.selected(scene.dashboard) else { return };
    let back = scene.dashboard.sampled - number;
    let Some(index) = (scene.dashboard.pool.len() as u64).checked_sub(back + 1).filter(|&i| i < u64::from(shown))
    else {
        return;
    };
    let x = head.x + NAME + index as u16 * wide;
    buffer.set_style(Rect::new(x, head.y, wide, 1).intersection(head), scene.theme.selected());
}
