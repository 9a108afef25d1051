//! The panes: each names itself, says what it has nothing to show for, draws itself and explains its figures.

mod cells;
mod chart;
pub(super) mod dialog;
mod distributions;
mod entropy;
pub(super) mod footer;
pub(super) mod header;
mod help;
pub(super) mod reader;
mod samples;
mod weights;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::draw::Scene;
use super::view::Focus;

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
}

/// The pane of a focus.
pub(super) fn pane(focus: Focus) -> &'static dyn Pane {
    match focus {
        Focus::Distributions => &distributions::Distributions,
        Focus::Chart => &chart::Chart,
        Focus::Entropy => &entropy::Entropy,
        Focus::Weights => &weights::Weights,
        Focus::Samples => &samples::Samples,
        Focus::Cells => &cells::Cells,
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
