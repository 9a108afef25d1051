//! What the mouse does where it is listened to: it chooses pages, panes and rows, and its wheel moves through them.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::App;
use crate::tui::draw;
use crate::tui::keys::{Action, Context};
use crate::tui::panes;

/// Rows that a turn of the wheel moves.
const TURN: usize = 3;

impl App {
    /// Does what the mouse says.
    pub(in crate::tui) fn point(&mut self, mouse: MouseEvent) {
        let at = Position::new(mouse.column, mouse.row);
        let turned = match mouse.kind {
            MouseEventKind::ScrollUp => Some(Action::Up),
            MouseEventKind::ScrollDown => Some(Action::Down),
            MouseEventKind::Down(MouseButton::Left) => None,
            _ => return,
        };
        match (self.place().context, turned) {
            (Context::Panes, _) => {}
            (Context::Reading | Context::Palette, Some(action)) => return self.turn(action),
            _ => return,
        }
        if let Some(tab) = draw::tab_at(&self.scene(), self.area, at) {
            self.view.show(tab);
            return;
        }
        let Some((focus, inner)) = draw::pane_at(&self.scene(), self.area, at) else { return };
        self.view.set_focus(focus);
        match turned {
            Some(action) => self.turn(action),
            None => {
                let row = usize::from(mouse.row.saturating_sub(inner.y));
                panes::pane(focus).click(row, inner, &mut self.view, &self.dashboard);
            }
        }
    }

    fn turn(&mut self, action: Action) {
        for _ in 0..TURN {
            // Moving leads to nothing beyond the view.
            let _ = self.perform(action);
        }
    }
}
