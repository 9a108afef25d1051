//! Accuracy over complexity: samples, modes with their trails, and the front.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::canvas::Points;

use super::{Pane, before_data};
use crate::chart::CostScale;
use crate::engine::Kept;
use crate::space::Complexity;
use crate::tui::draw::Scene;
use crate::tui::plot::{self, Axis, polyline};
use crate::tui::text;
use crate::tui::view::Subject;

/// Newest samples that are drawn at least and at most; in between, as many as the chart's cells bear.
const SAMPLES: (usize, usize) = (48, 320);
const CELLS_A_SAMPLE: usize = 6;
/// Of more samples a second than this a half, a quarter or an eighth is drawn: each dot that comes, and the old one that
/// goes, is dear on a thin link.
const DOTS_A_SECOND: f64 = 64.0;
/// Places of a mode's way that are drawn: older ones only hide the newer.
const TRAIL: usize = 16;

/// The pane.
pub(super) struct Chart;

impl Pane for Chart {
    fn name(&self) -> &'static str {
        "accuracy"
    }

    fn detail(&self, scene: &Scene) -> String {
        if scene.dashboard.warm_up {
            "warm-up: theta rests".into()
        } else {
            let started = scene.dashboard.started.as_ref();
            let by = started.map_or_else(String::new, |started| format!("by {}", started.normaliser.measure.label()));
            match scene.dashboard.hypervolume.last() {
                Some((_, volume)) => format!("hypervolume {} · {by}", text::fixed(volume, 3)),
                None => by,
            }
        }
    }

    fn empty(&self, scene: &Scene) -> Option<String> {
        before_data(scene)
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let Some(started) = &scene.dashboard.started else { return };
        let scale = CostScale::new(&started.normaliser);
        let x = scale.axis();
        let y = Axis::linear(scene.view.floor, 1.0, usize::from(area.height / 3).clamp(2, 8), |at| {
            let percent = at * 100.0;
            if (percent - percent.round()).abs() < 0.05 { format!("{percent:.0}%") } else { format!("{percent:.1}%") }
        });
        let mut grid = plot::frame(&x, &y, area, buffer, scene.theme);
        let place = |complexity: &Complexity, accuracy: f64| (scale.at(scene.dashboard.cost(complexity)), accuracy);
        let samples = (grid.area.area() as usize / CELLS_A_SAMPLE).clamp(SAMPLES.0, SAMPLES.1);
        grid.canvas(buffer, |context| {
            draw_samples(scene, context, samples, &place);
            for (index, view) in scene.dashboard.distributions.iter().enumerate() {
                let old = view.trail.len().saturating_sub(TRAIL);
                let trail = view.trail.iter().skip(old).map(|point| (scale.at(point.complexity), point.accuracy));
                polyline(context, trail, scene.theme.distribution_colour(index));
            }
            let mut steps: Vec<(f64, f64)> = Vec::new();
            for known in &scene.dashboard.front {
                let (x, y) = place(&known.complexity, known.score.accuracy);
                steps.extend(steps.last().map(|&(_, before)| (x, before)));
                steps.push((x, y));
            }
            steps.extend(steps.last().map(|&(_, best)| (x.high, best)));
            polyline(context, steps.into_iter(), scene.theme.front_colour());
        });
        let selected = match scene.view.subject {
            Subject::Sample => {
                scene.view.selected(scene.dashboard).map(|(_, sample)| place(&sample.complexity, sample.score.accuracy))
            }
            Subject::Front => {
                let known = scene.dashboard.front.get(scene.view.front);
                known.map(|known| place(&known.complexity, known.score.accuracy))
            }
            Subject::Mode => None,
        };
        if let Some((x, y)) = selected
            && let Some(at) = grid.cell(x, y)
        {
            buffer.set_string(at.0, at.1, "◆", scene.theme.key());
        }
        // The selected one first: where digits would lie on each other, the others give way.
        let selected = scene.view.distribution;
        let others = (0..scene.dashboard.distributions.len()).filter(|&index| index != selected);
        for index in std::iter::once(selected).chain(others) {
            let known = scene.dashboard.distributions.get(index).and_then(|view| view.validated.as_ref());
            let Some((x, y)) = known.map(|known| place(&known.complexity, known.score.accuracy)) else { continue };
            if let Some(at) = grid.cell(x, y) {
                grid.digit(at, text::digit(index), scene.theme.badge(index), buffer);
            }
        }
        if !scene.dashboard.warm_up {
            let modes = scene.dashboard.distributions.iter().map(|view| &view.report.complexity).enumerate();
            let places = modes.map(|(index, complexity)| (index, scale.at(scene.dashboard.cost(complexity))));
            for (index, column) in grid.spread_columns(places) {
                let digit = text::digit(index).to_string();
                if let Some(axis) = grid.axis {
                    buffer.set_string(column, axis, digit, scene.theme.distribution(index));
                }
            }
        }
    }

    fn about(&self) -> &'static [&'static str] {
        &[
            "Each digit is a distribution's mode as last validated, its line the way it came; up is more accurate, \
             left is cheaper. Dots are recent samples, or some of them where they come fast, in the colour of the \
             distribution they were drawn from, scored on one batch. The step line is the front. A digit on the axis \
             below is where the mode is now. ◆ is the selected sample or member of the front. What lies below the axis \
             is not drawn; the axis moves in jumps. The hypervolume is the share of all costs and accuracies that the \
             front beats: it grows as the front moves up and to the left, and falls where a mode does worse when it is \
             validated anew.",
            "Good: the digits part along the front, 0 towards the right. Digits on top of each other: their \
             coefficients differ too little. A digit well below the front: give it a smaller coefficient, or time.",
        ]
    }
}

fn draw_samples(
    scene: &Scene,
    context: &mut ratatui::widgets::canvas::Context,
    samples: usize,
    place: &impl Fn(&Complexity, f64) -> (f64, f64),
) {
    let dashboard = scene.dashboard;
    let mut by_source: Vec<Vec<(f64, f64)>> = vec![Vec::new(); dashboard.distributions.len() + 1];
    let last = by_source.len() - 1;
    let share = drawn_share(dashboard.pace * dashboard.pool.len() as f64);
    let newest_first = dashboard.samples.kept().rev();
    for Kept { sample, .. } in newest_first.filter(|kept| spread(kept.number) < share).take(samples) {
        let (x, y) = place(&sample.complexity, sample.score.accuracy);
        if x.is_finite() && y.is_finite() {
            // In the warm-up all sources are alike.
            let group = if dashboard.warm_up { last } else { sample.source.min(last) };
            by_source[group].push((x, y));
        }
    }
    for (source, coordinates) in by_source.iter().enumerate() {
        let color = if source == last { scene.theme.dim_colour() } else { scene.theme.distribution_colour(source) };
        context.draw(&Points { coords: coordinates, color });
    }
}

/// The share of so many samples a second that is drawn.
fn drawn_share(a_second: f64) -> f64 {
    [1.0, 0.5, 0.25].into_iter().find(|share| share * a_second <= DOTS_A_SECOND).unwrap_or(0.125)
}

/// A number in [0, 1) for each sample, such that those below a share are spread evenly over time and distributions: the
/// multiples of the golden ratio.
fn spread(number: u64) -> f64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) as f64 / 2f64.powi(64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_samples_an_even_part_is_drawn() {
        assert_eq!([0.0, 64.0, 88.0, 200.0, 1e6, f64::NAN].map(drawn_share), [1.0, 1.0, 0.5, 0.25, 0.125, 0.125]);
        for share in [0.125, 0.25, 0.5] {
            // Any place in pools of eight, and any 128 in a row.
            for (place, first) in (0..8).flat_map(|place| [(place, 1), (place, 1_000_000)]) {
                let of_place = (first..first + 128).filter(|&n| spread(n * 8 + place) < share).count() as f64;
                let in_a_row = (first..first + 128).filter(|&n| spread(n) < share).count() as f64;
                assert!((of_place / 128.0 - share).abs() < 0.04, "{of_place} of 128 for {share}");
                assert!((in_a_row / 128.0 - share).abs() < 0.04, "{in_a_row} of 128 for {share}");
            }
        }
    }
}
