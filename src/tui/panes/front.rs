//! The non-dominated validated modes as a table.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Cell, Row, StatefulWidget, Table, TableState};

use super::cells::facts;
use super::{Pane, before_data, models};
use crate::engine::Dashboard;
use crate::space::Architecture;
use crate::space::drawing::Glyphs;
use crate::tui::draw::Scene;
use crate::tui::keys::Action;
use crate::tui::text;
use crate::tui::view::{Subject, View, training};

/// Rows that a page key moves.
const PAGE: isize = 10;
const COLUMNS: [(&str, u16); 5] = [("#", 4), ("of", 3), ("accuracy", 8), ("params", 7), ("MACs", 6)];
/// The last one: when it was validated, or how it did once trained where one of them is.
const LAST: u16 = 9;

/// Rows of a comparison at most.
const COMPARISON: u16 = 14;

/// The pane.
pub(super) struct Front;

/// What is different between the marked architecture and the selected one.
fn compare(scene: &Scene, marked: &Architecture, area: Rect, buffer: &mut Buffer) {
    let dashboard = scene.dashboard;
    let (Some(started), Some(selected)) = (&dashboard.started, dashboard.front.get(scene.view.front)) else { return };
    let before = dashboard.front.iter().find(|known| known.architecture == *marked);
    let mut lines = vec![match before {
        Some(before) => {
            let cost = dashboard.cost(&selected.complexity) / dashboard.cost(&before.complexity) - 1.0;
            let accuracy = (selected.score.accuracy - before.score.accuracy) * 100.0;
            format!(
                "against *: {} {:+.0} %, accuracy {accuracy:+.1} points",
                started.normaliser.measure.label(),
                cost * 100.0
            )
        }
        None => "against *, which is no longer on the front".into(),
    }];
    match started.outline.differences(&selected.architecture, marked) {
        Some(differences) if differences.is_empty() => lines.push("the same architecture".into()),
        Some(differences) => {
            lines.extend(differences.iter().map(|difference| facts::words(difference, &Glyphs::UNICODE)))
        }
        None => lines.push("not of this space".into()),
    }
    for (row, line) in area.rows().skip(1).zip(lines) {
        let line = text::cut(&text::clean(&line), usize::from(row.width));
        buffer.set_stringn(row.x, row.y, line, usize::from(row.width), scene.theme.dim());
    }
}

impl Pane for Front {
    fn name(&self) -> &'static str {
        "front"
    }

    fn detail(&self, scene: &Scene) -> String {
        format!("{} architectures that no other one beats", scene.dashboard.front.len())
    }

    fn empty(&self, scene: &Scene) -> Option<String> {
        let none = || scene.dashboard.front.is_empty().then(|| "the front begins with the first validation".into());
        before_data(scene).or_else(none)
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let area = match &scene.view.marked {
            Some(marked) => {
                let rows = (area.height / 2).min(COMPARISON);
                let [table, below] = Layout::vertical([Constraint::Min(0), Constraint::Length(rows)]).areas(area);
                compare(scene, marked, below, buffer);
                table
            }
            None => area,
        };
        let right = |words: String| Cell::from(Line::from(words).right_aligned());
        let trained: Vec<_> =
            scene.dashboard.front.iter().map(|known| training(scene.dashboard, &known.architecture)).collect();
        let any = trained.iter().any(Option::is_some);
        let rows = scene.dashboard.front.iter().zip(trained).enumerate().map(|(index, (known, training))| {
            let last = match (any, training) {
                (false, _) => text::count(known.iteration),
                (true, training) => training.map_or_else(|| "–".into(), models::outcome),
            };
            let digit = text::digit(known.distribution).to_string();
            let source = Line::styled(digit, scene.theme.distribution(known.distribution)).right_aligned();
            let mark = if scene.view.marked.as_ref() == Some(&known.architecture) { "*" } else { "" };
            Row::new([
                right(format!("{mark}{}", index + 1)),
                Cell::from(source),
                right(text::percent(known.score.accuracy)),
                right(text::amount(known.complexity.parameters.map(|n| n as f64))),
                right(text::amount(known.complexity.macs.map(|n| n as f64))),
                right(last),
            ])
        });
        let last = (if any { "trained" } else { "iteration" }, LAST);
        let columns = || COLUMNS.into_iter().chain([last]);
        let names = columns().map(|(name, _)| right(name.into()));
        let table = Table::new(rows, columns().map(|(_, width)| Constraint::Length(width)))
            .header(Row::new(names).style(scene.theme.dim()))
            .row_highlight_style(scene.theme.selected());
        let mut state = TableState::new().with_selected(scene.view.front);
        StatefulWidget::render(table, area, buffer, &mut state);
    }

    fn act(&self, action: Action, view: &mut View, dashboard: &Dashboard) -> bool {
        match action {
            Action::Up => view.move_front(-1, dashboard),
            Action::Down => view.move_front(1, dashboard),
            Action::PageUp => view.move_front(-PAGE, dashboard),
            Action::PageDown => view.move_front(PAGE, dashboard),
            Action::First => view.move_front(isize::MIN + 1, dashboard),
            Action::Last => view.move_front(isize::MAX, dashboard),
            Action::Open => view.subject = Subject::Front,
            Action::Mark => {
                let selected = dashboard.front.get(view.front).map(|known| &known.architecture);
                view.marked = selected.filter(|&selected| view.marked.as_ref() != Some(selected)).cloned();
            }
            Action::Cancel if view.marked.is_some() => view.marked = None,
            _ => return false,
        }
        action != Action::Open
    }

    fn about(&self) -> &'static [&'static str] {
        &[
            "The validated modes that no other one beats in both accuracy and complexity, the cheapest first: the \
             distribution each was the mode of, its accuracy on the whole validation set with the shared weights as \
             they were at that iteration, and what it costs.",
            "m marks the selected one (*); whichever is selected from then on is compared with it below: costs, accuracy, \
             and what is different in their cells. Enter draws the selected one, y copies its genotype, w writes it into \
             the run's folder. T trains it from scratch; once one of them is trained, the last column says how well it does \
             on the test pictures, in place of the iteration.",
            "Accuracies of long ago were measured with less trained weights: an old row that stays on the front is all \
             the better for it.",
        ]
    }
}
