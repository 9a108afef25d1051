//! The entropy of every distribution over time.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::canvas::Points;

use super::{Pane, before_data};
use crate::tui::draw::Scene;
use crate::tui::plot::{self, Axis, polyline};
use crate::tui::text;

/// Where the axis may begin, from the highest.
const FLOORS: [f64; 4] = [0.9, 0.8, 0.5, 0.0];
/// Ends of the time axis, as multiples of a power of ten: it grows in jumps.
const ENDS: [f64; 7] = [1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0];

/// The pane.
pub(super) struct Entropy;

impl Pane for Entropy {
    fn name(&self) -> &'static str {
        "entropy"
    }

    fn detail(&self, scene: &Scene) -> String {
        if scene.dashboard.warm_up { "rests in the warm-up".into() } else { "1 undecided, 0 decided".into() }
    }

    fn empty(&self, scene: &Scene) -> Option<String> {
        before_data(scene)
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let Some(started) = &scene.dashboard.started else { return };
        let series = || scene.dashboard.distributions.iter().map(|view| &view.entropy);
        let lowest = series()
            .flat_map(|series| series.points().iter().copied().chain(series.last()))
            .map(|(_, entropy)| entropy)
            .filter(|entropy| entropy.is_finite())
            .fold(1.0, f64::min);
        let floor = FLOORS.into_iter().find(|&floor| lowest >= floor).unwrap_or(0.0);
        let x = Axis::linear(0.0, end(scene.dashboard.iteration, started.iterations), 4, text::round_amount);
        let y = Axis::linear(floor, 1.0, usize::from(area.height / 3).clamp(2, 5), |at| {
            if floor >= 0.8 { format!("{at:.2}") } else { format!("{at:.1}") }
        });
        let grid = plot::frame(&x, &y, area, buffer, scene.theme);
        let selected = scene.view.distribution;
        grid.canvas(buffer, |context| {
            let boundary = started.warm_up as f64;
            if boundary > 0.0 {
                let dots = (0..=16).map(|dot| (boundary, floor + (1.0 - floor) * f64::from(dot) / 16.0));
                context.draw(&Points { coords: &dots.collect::<Vec<_>>(), color: scene.theme.dim_colour() });
            }
            // The selected one last, on top.
            for index in order(scene, selected).rev() {
                let series = &scene.dashboard.distributions[index].entropy;
                let points = series.points().iter().copied().chain(series.last());
                let colour = if scene.dashboard.warm_up {
                    scene.theme.dim_colour()
                } else {
                    scene.theme.distribution_colour(index)
                };
                polyline(context, points, colour);
            }
        });
        if let Some(axis) = grid.axis {
            for mark in &scene.dashboard.changes {
                if let Some((column, _)) = grid.cell(mark.iteration as f64, floor) {
                    buffer.set_string(column, axis, "▴", scene.theme.waiting());
                }
            }
        }
        let last = series().map(|series| series.last()).enumerate();
        let places = last.filter_map(|(index, last)| Some((index, last?)));
        for (index, (column, row)) in grid.spread_rows(places) {
            buffer.set_string(column, row, text::digit(index).to_string(), scene.theme.badge(index));
        }
    }

    fn about(&self) -> &'static [&'static str] {
        &[
            "How undecided each distribution still is, over iterations: 1, every option equally likely; 0, decided. \
             The dotted line is the end of the warm-up, during which nothing moves. ▴ on the axis is a change that a \
             person made: the log says which.",
            "Good: a slow and steady fall. A sudden drop means that it decided in haste, on few samples. A line that \
             stays near 1 after the warm-up learns nothing: look at its ESS and its step.",
        ]
    }
}

/// The selected distribution, then the others.
fn order(scene: &Scene, selected: usize) -> impl DoubleEndedIterator<Item = usize> {
    let known = scene.dashboard.distributions.len();
    let others = (0..known).filter(move |&index| index != selected);
    (selected < known).then_some(selected).into_iter().chain(others)
}

/// Where the time axis ends: a round number with some room, never beyond the search's own end.
fn end(iteration: u64, iterations: u64) -> f64 {
    let wanted = (iteration as f64 * 1.1).max(10.0);
    let power = 10f64.powf(wanted.log10().floor());
    let round = ENDS.into_iter().map(|m| m * power).find(|&end| end >= wanted).unwrap_or(10.0 * power);
    let last = iterations.max(iteration).max(1) as f64;
    round.min(last)
}

#[cfg(test)]
mod tests {
    use super::end;

    #[test]
    fn the_time_axis_jumps_and_ends_with_the_search() {
        assert_eq!([end(0, 1000), end(9, 1000), end(95, 1000), end(140, 1000)], [10.0, 10.0, 150.0, 200.0]);
        assert_eq!([end(950, 1000), end(5, 3), end(0, 0)], [1000.0, 5.0, 1.0]);
    }
}
