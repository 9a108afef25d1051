//! What happened so far, the newest at the bottom.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::{Pane, footer};
use crate::engine::Dashboard;
use crate::tui::draw::Scene;
use crate::tui::keys::Action;
use crate::tui::view::View;

/// Rows that a page key moves.
const PAGE: usize = 10;

/// The pane.
pub(super) struct Log;

impl Pane for Log {
    fn name(&self) -> &'static str {
        "log"
    }

    fn detail(&self, scene: &Scene) -> String {
        match scene.view.log {
            0 => "follows the newest".into(),
            back => format!("{back} newer below"),
        }
    }

    fn empty(&self, scene: &Scene) -> Option<String> {
        scene.dashboard.log.is_empty().then(|| "nothing has happened yet".into())
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let log = &scene.dashboard.log;
        let back = scene.view.log.min(log.len().saturating_sub(1));
        let newest_first = log.iter().rev().skip(back);
        for (row, entry) in area.rows().rev().zip(newest_first) {
            footer::entry(scene, entry).render(row, buffer);
        }
    }

    fn act(&self, action: Action, view: &mut View, dashboard: &Dashboard) -> bool {
        let oldest = dashboard.log.len().saturating_sub(1);
        view.log = match action {
            Action::Up => view.log + 1,
            Action::Down => view.log.saturating_sub(1),
            Action::PageUp => view.log + PAGE,
            Action::PageDown => view.log.saturating_sub(PAGE),
            Action::First => 0,
            Action::Last => oldest,
            _ => return false,
        }
        .min(oldest);
        true
    }

    fn about(&self) -> &'static [&'static str] {
        &[
            "What happened, with the iteration that it happened after: · a stage of the search, ± a change that a person \
             made, ! something to know. The newest is at the bottom; ↑ goes back, g follows the newest again.",
        ]
    }
}
