//! What happened so far, the newest at the bottom.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::{Pane, footer};
use crate::engine::{Dashboard, LogEntry};
use crate::tui::draw::Scene;
use crate::tui::keys::Action;
use crate::tui::prompt::has_words;
use crate::tui::view::View;

/// Rows that a page key moves.
const PAGE: usize = 10;

/// The pane.
pub(super) struct Log;

/// The entries that have some words, the newest first.
fn found<'a>(dashboard: &'a Dashboard, words: &'a str) -> impl Iterator<Item = &'a LogEntry> {
    dashboard.log.iter().rev().filter(move |entry| has_words(&entry.text, words))
}

impl Pane for Log {
    fn name(&self) -> &'static str {
        "log"
    }

    fn detail(&self, scene: &Scene) -> String {
        let place = match scene.view.log {
            0 => "follows the newest".into(),
            back => format!("{back} newer below"),
        };
        match scene.view.find.as_str() {
            "" => place,
            words => format!("/{words} · {place}"),
        }
    }

    fn empty(&self, scene: &Scene) -> Option<String> {
        if scene.dashboard.log.is_empty() {
            return Some("nothing has happened yet".into());
        }
        let none = found(scene.dashboard, &scene.view.find).next().is_none();
        none.then(|| format!("no entry has {:?}: Esc shows all again", scene.view.find))
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let newest_first = found(scene.dashboard, &scene.view.find).skip(scene.view.log);
        for (row, entry) in area.rows().rev().zip(newest_first) {
            footer::entry(scene, entry).render(row, buffer);
        }
    }

    fn act(&self, action: Action, view: &mut View, dashboard: &Dashboard) -> bool {
        let oldest = found(dashboard, &view.find).count().saturating_sub(1);
        view.log = match action {
            Action::Up => view.log + 1,
            Action::Down => view.log.saturating_sub(1),
            Action::PageUp => view.log + PAGE,
            Action::PageDown => view.log.saturating_sub(PAGE),
            Action::First => 0,
            Action::Last => oldest,
            Action::Cancel if !view.find.is_empty() => {
                view.find.clear();
                0
            }
            _ => return false,
        }
        .min(oldest);
        true
    }

    fn about(&self) -> &'static [&'static str] {
        &[
            "What happened, with the iteration that it happened after: · a stage of the search, ± a change that a person \
             made, ! something to know, › a line that a library wrote. The newest is at the bottom; ↑ goes back, g follows the newest again, / shows only what has some words.",
        ]
    }
}
