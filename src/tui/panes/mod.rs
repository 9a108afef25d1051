//! The panes: each names itself, says what it has nothing to show for, draws itself and explains its figures.

mod cells;
mod chart;
mod curves;
pub(super) mod dialog;
mod entropy;
pub(super) mod footer;
mod front;
pub(super) mod header;
mod help;
mod log;
mod models;
pub(super) mod palette;
pub(super) mod reader;
mod samples;
mod table;
mod theta;
mod weights;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::draw::Scene;
use super::keys::Action;
use super::view::{Focus, View};
use crate::engine::Dashboard;

/// A part of the screen that can have the focus.
pub(super) trait Pane: Sync {
    /// What stands on its rule.
    fn name(&self) -> &'static str;

    /// What else stands there: the figures of the moment.
    fn detail(&self, scene: &Scene) -> String;

    /// Why there is nothing to draw, where that is so.
    fn empty(&self, scene: &Scene) -> Option<String>;

    /// Draws it.
    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer);

    /// What it shows, and when to worry: a paragraph an item.
    fn about(&self) -> &'static [&'static str];

    /// Does what is its own business of an action; whether it was.
    fn act(&self, _action: Action, _view: &mut View, _dashboard: &Dashboard) -> bool {
        false
    }

    /// Takes a click into a row of its inside.
    fn click(&self, _row: usize, _inside: Rect, _view: &mut View, _dashboard: &Dashboard) {}
}

/// The pane of a focus.
pub(super) fn pane(focus: Focus) -> &'static dyn Pane {
    match focus {
        Focus::Table => &table::Distributions,
        Focus::Chart => &chart::Chart,
        Focus::Entropy => &entropy::Entropy,
        Focus::Weights => &weights::Weights,
        Focus::Theta => &theta::Theta,
        Focus::Samples => &samples::Samples,
        Focus::Cells => &cells::Cells,
        Focus::Front => &front::Front,
        Focus::Log => &log::Log,
        Focus::Models => &models::Models,
        Focus::Curves => &curves::Curves,
    }
}

/// What every pane says before the search has begun.
fn before_data(scene: &Scene) -> Option<String> {
    match (&scene.dashboard.started, scene.dashboard.iteration) {
        (None, _) => Some("preparing…".into()),
        (Some(_), 0) if super::view::ended(scene.dashboard) => {
            Some("the search ended before its first iteration".into())
        }
        (Some(_), 0) => Some("waiting for the first iteration…".into()),
        _ => None,
    }
}

/// How many iterations are warm-up.
fn warm_up(scene: &Scene) -> u64 {
    scene.dashboard.started.as_ref().map_or(0, |started| started.warm_up)
}
