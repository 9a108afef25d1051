//! The non-dominated validated modes as a table.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Cell, Row, StatefulWidget, Table, TableState};

use super::{Pane, before_data};
use crate::engine::Dashboard;
use crate::tui::draw::Scene;
use crate::tui::keys::Action;
use crate::tui::text;
use crate::tui::view::{Subject, View};

/// Rows that a page key moves.
const PAGE: isize = 10;
const COLUMNS: [(&str, u16); 6] = [("#", 4), ("of", 3), ("accuracy", 8), ("params", 7), ("MACs", 6), ("iteration", 9)];

/// The pane.
pub(super) struct Front;

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
        let right = |words: String| Cell::from(Line::from(words).right_aligned());
        let rows = scene.dashboard.front.iter().enumerate().map(|(index, known)| {
            let digit = text::digit(known.distribution).to_string();
            let source = Line::styled(digit, scene.theme.distribution(known.distribution)).right_aligned();
            Row::new([
                right((index + 1).to_string()),
                Cell::from(source),
                right(text::percent(known.score.accuracy)),
                right(text::amount(known.complexity.parameters.map(|n| n as f64))),
                right(text::amount(known.complexity.macs.map(|n| n as f64))),
                right(text::count(known.iteration)),
            ])
        });
        let names = COLUMNS.map(|(name, _)| Cell::from(Line::from(name).right_aligned()));
        let table = Table::new(rows, COLUMNS.map(|(_, width)| Constraint::Length(width)))
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
            _ => return false,
        }
        action != Action::Open
    }

    fn about(&self) -> &'static [&'static str] {
        &[
            "The validated modes that no other one beats in both accuracy and complexity, the cheapest first: the \
             distribution each was the mode of, its accuracy on the whole validation set with the shared weights as \
             they were at that iteration, and what it costs.",
            "Accuracies of long ago were measured with less trained weights: an old row that stays on the front is all \
             the better for it.",
        ]
    }
}
