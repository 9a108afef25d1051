//! The charts of a report, each with its legend and with words on how to read it.

use maud::{Markup, PreEscaped, html};
use plotters::coord::Shift;
use plotters::prelude::*;

use super::facts::Facts;
use super::words::{aim, many};
use crate::chart::{self, Axis, ChartError, CostScale, Drawn, FONT};
use crate::engine::{DistributionView, Series};
use crate::figures::{count, round_amount};
use crate::space::Complexity;

/// Pixels of a chart.
const SIZE: (u32, u32) = (640, 420);
/// Samples that are drawn at most.
const SAMPLES: usize = 1_500;
/// Points of a curve that are drawn at most.
const POINTS: usize = 300;
/// Marks along a curve.
const MARKS: usize = 6;
/// The share of the samples that may lie below the accuracies that are drawn.
const BELOW: f64 = 0.05;

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>;

/// Colours of distributions: all of them but black, which is the front's.
const HUES: [usize; 6] = [0, 1, 2, 3, 5, 6];

fn colour(distribution: usize) -> RGBColor {
    chart::colour(HUES[distribution % HUES.len()])
}

/// A distribution's mark: another one each time that the colours begin anew.
fn mark(distribution: usize) -> &'static [(i32, i32)] {
    chart::mark(distribution + distribution / HUES.len())
}

/// A curve of a distribution; or of the whole search, without a mark.
struct Curve {
    distribution: Option<usize>,
    points: Vec<(f64, f64)>,
}

/// A distribution's number beside its mark.
pub(super) fn badge(index: usize) -> Markup {
    let corners: Vec<String> = mark(index).iter().map(|(x, y)| format!("{x},{y}")).collect();
    let RGBColor(red, green, blue) = colour(index);
    html! {
        span.badge {
            svg.chart viewBox="-7 -7 14 14" aria-hidden="true" {
                polygon points=(corners.join(" ")) fill=(format!("#{red:02X}{green:02X}{blue:02X}")) {}
            }
            (index)
        }
    }
}

/// Which mark is which distribution's.
pub(super) fn legend(facts: &Facts) -> Markup {
    let aims = |view: &DistributionView| if view.report.target.is_some() { "target" } else { "coefficient" };
    html! {
        ul.legend {
            @for (index, view) in facts.dashboard.distributions.iter().enumerate() {
                li { (badge(index)) ": " (aims(view)) " " (aim(facts, &view.report)) }
            }
        }
    }
}

/// A chart in the page: what it shows for those who do not see it, and how to read it.
fn figure(svg: &str, title: &str, caption: Markup) -> Markup {
    // What stands between the tags of the picture: the page has its own for it.
    let inside = svg.split_once('>').and_then(|(_, rest)| rest.rsplit_once("</svg>")).map_or("", |(inside, _)| inside);
    let (width, height) = SIZE;
    html! {
        figure {
            svg.chart role="img" viewBox=(format!("0 0 {width} {height}")) { title { (title) } (PreEscaped(inside)) }
            figcaption { (caption) }
        }
    }
}

/// Axes, and what is drawn between them.
fn between(
    x: (Axis, &str),
    y: (Axis, &str),
    draw: impl FnOnce(&mut Chart<'_, '_>) -> Drawn,
) -> Result<String, ChartError> {
    chart::svg(SIZE, |area: &DrawingArea<SVGBackend<'_>, Shift>| {
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .margin_right(24)
            .x_label_area_size(48)
            .y_label_area_size(66)
            .build_cartesian_2d(x.0, y.0)?;
        chart
            .configure_mesh()
            .x_desc(x.1)
            .y_desc(y.1)
            .axis_desc_style((FONT, 17))
            .label_style((FONT, 15))
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.12))
            .draw()?;
        draw(&mut chart)
    })
}

/// Accuracy over cost: samples, modes with the way they came, and the front.
pub(super) fn costs(facts: &Facts) -> Result<Markup, ChartError> {
    let dashboard = &facts.dashboard;
    let scale = CostScale::new(&facts.started.normaliser);
    let place = |complexity: &Complexity, accuracy: f64| (scale.at(dashboard.cost(complexity)), accuracy);
    let sound = |(x, y): &(f64, f64)| x.is_finite() && y.is_finite();
    let step = dashboard.samples.len().div_ceil(SAMPLES).max(1);
    let samples = dashboard.samples.iter().step_by(step);
    let samples: Vec<(usize, (f64, f64))> = samples
        .map(|sample| (sample.source, place(&sample.complexity, sample.score.accuracy)))
        .filter(|(_, at)| sound(at))
        .collect();
    let trails: Vec<Curve> = dashboard
        .distributions
        .iter()
        .enumerate()
        .map(|(index, view)| Curve {
            distribution: Some(index),
            points: view.trail.iter().map(|point| (scale.at(point.complexity), point.accuracy)).filter(sound).collect(),
        })
        .collect();
    let mut front: Vec<(f64, f64)> = Vec::new();
    for known in &dashboard.front {
        let (x, y) = place(&known.complexity, known.score.accuracy);
        front.extend(front.last().map(|&(_, before)| (x, before)));
        front.push((x, y));
    }
    front.extend(front.last().map(|&(_, best)| (1.0, best)));
    let modes = dashboard.distributions.iter().map(|view| view.validated.as_ref()).enumerate();
    let modes: Vec<(usize, (f64, f64))> = modes
        .filter_map(|(index, known)| known.map(|known| (index, place(&known.complexity, known.score.accuracy))))
        .filter(|(_, at)| sound(at))
        .collect();

    let mut drawn: Vec<f64> = samples.iter().map(|(_, (_, accuracy))| *accuracy).collect();
    drawn.sort_by(f64::total_cmp);
    let low = drawn.get((drawn.len() as f64 * BELOW) as usize).copied();
    let certain = trails.iter().flat_map(|trail| &trail.points).chain(&front).map(|(_, accuracy)| *accuracy);
    let axis = fitted(certain.chain(low).chain(drawn.last().copied()), |share| plain(100.0 * share) + " %");
    let below = drawn.iter().filter(|&&accuracy| accuracy < axis.low).count();
    let floor = axis.low;

    let svg = between((scale.axis(), facts.measure()), (axis, "accuracy"), |chart| {
        for (source, at) in samples.iter().filter(|(_, (_, accuracy))| *accuracy >= floor) {
            let corners = mark(*source).iter().map(|(x, y)| (x / 2, y / 2)).collect::<Vec<_>>();
            chart.draw_series([EmptyElement::at(*at) + Polygon::new(corners, colour(*source).mix(0.35).filled())])?;
        }
        for Curve { distribution, points } in trails {
            let colour = colour(distribution.unwrap_or(0));
            chart.draw_series(LineSeries::new(points, colour.mix(0.7).stroke_width(1)))?;
        }
        chart.draw_series(LineSeries::new(front, BLACK.stroke_width(2)))?;
        for (index, at) in &modes {
            let corners = mark(*index).iter().map(|(x, y)| (x * 3 / 2, y * 3 / 2)).collect::<Vec<_>>();
            let digit = Text::new(index.to_string(), (9, -16), (FONT, 16).into_font());
            chart.draw_series([EmptyElement::at(*at) + Polygon::new(corners, colour(*index).filled()) + digit])?;
        }
        Ok(())
    })?;
    let drawn = samples.len() as u64;
    let what =
        if facts.is_of_table() { "scored by the table" } else { "scored on one small batch and therefore noisy" };
    let caption = html! {
        (legend(facts))
        "Large marks are the modes as last validated, each with the way it came; the step line is the front of all \
         validated modes: up is more accurate, left is cheaper. "
        @if drawn > 0 {
            "Small marks are " (many(drawn, "sample", "samples")) ", " (what)
            @if step > 1 { ": one of every " (step) " of the last " (count(dashboard.samples.len() as u64)) }
            @if below > 0 { "; " (many(below as u64, "is", "are")) " below what is drawn" }
            "."
        }
    };
    Ok(figure(&svg, &format!("Accuracy by {}: samples, modes and the front", facts.measure()), caption))
}

/// The hypervolume of the front.
pub(super) fn hypervolume(facts: &Facts) -> Result<Markup, ChartError> {
    let series = &facts.dashboard.hypervolume;
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (x, y) in thinned(series) {
        points.extend(points.last().map(|&(_, before)| (x, before)));
        points.push((x, y));
    }
    // It is said where it changes, and holds until the end.
    points.extend(points.last().map(|&(_, last)| (facts.dashboard.iteration as f64, last)));
    let axis = fitted(points.iter().map(|(_, volume)| *volume), plain);
    let svg = over_time(facts, (axis, "hypervolume"), vec![Curve { distribution: None, points }])?;
    let caption = html! {
        "Hypervolume: the share of all costs and accuracies that the front beats. It falls where a mode does worse when it \
         is validated anew."
    };
    Ok(figure(&svg, "Hypervolume of the front over iterations", caption))
}

/// The entropy of every distribution.
pub(super) fn entropy(facts: &Facts) -> Result<Markup, ChartError> {
    let curves = facts
        .dashboard
        .distributions
        .iter()
        .enumerate()
        .map(|(index, view)| Curve { distribution: Some(index), points: thinned(&view.entropy) });
    let svg = over_time(facts, (Axis::linear(0.0, 1.0, 5, plain), "entropy"), curves.collect())?;
    let caption = html! {
        "Entropy: 1 is undecided, 0 decided. A curve that stays high to the end says that the search was too short for that \
         distribution."
    };
    Ok(figure(&svg, "Entropy of each distribution over iterations", caption))
}

/// The effective sample size of every distribution.
pub(super) fn ess(facts: &Facts) -> Result<Markup, ChartError> {
    let curves: Vec<Curve> = facts
        .history
        .curves
        .iter()
        .enumerate()
        .map(|(index, curves)| Curve { distribution: Some(index), points: curves.ess.points().to_vec() })
        .collect();
    let most = curves.iter().flat_map(|curve| &curve.points).map(|(_, ess)| *ess).fold(1.0, f64::max);
    let svg = over_time(facts, (Axis::linear(0.0, most * 1.05, 5, plain), "effective sample size"), curves)?;
    let caption = html! {
        "Effective sample size: how many samples of a pool a distribution learns from. Those that are alike learn from all \
         samples; once they have parted, mostly from their own."
    };
    Ok(figure(&svg, "Effective sample size of each distribution over iterations", caption))
}

/// What the architectures cost that each distribution drew.
pub(super) fn drawn(facts: &Facts) -> Result<Markup, ChartError> {
    let scale = CostScale::new(&facts.started.normaliser);
    let curves = facts.history.curves.iter().enumerate().map(|(index, curves)| Curve {
        distribution: Some(index),
        points: curves.drawn.points().iter().map(|&(x, cost)| (x, scale.at(cost))).collect(),
    });
    let svg = over_time(facts, (scale.axis(), facts.measure()), curves.collect())?;
    let caption = html! {
        "Expected complexity: the mean " (facts.measure()) " of the recorded architectures that each distribution drew."
    };
    Ok(figure(&svg, &format!("Expected {} of each distribution over iterations", facts.measure()), caption))
}

/// Curves over iterations, with the changes that people made and the end of the warm-up.
fn over_time(facts: &Facts, y: (Axis, &str), curves: Vec<Curve>) -> Result<String, ChartError> {
    let last = facts.dashboard.iteration.max(1) as f64;
    let (low, high) = (y.0.low, y.0.high);
    between((Axis::linear(0.0, last, 5, round_amount), "iterations"), y, |chart| {
        let warm_up = facts.history.warm_up as f64;
        if warm_up > 0.0 {
            chart.draw_series([Rectangle::new([(0.0, low), (warm_up, high)], BLACK.mix(0.05).filled())])?;
        }
        for mark in &facts.dashboard.changes {
            let tick = vec![(0, -1), (5, -10), (-5, -10)];
            chart.draw_series([EmptyElement::at((mark.iteration as f64, low)) + Polygon::new(tick, BLACK.filled())])?;
        }
        for (place, Curve { distribution, points }) in curves.into_iter().enumerate() {
            let points: Vec<(f64, f64)> = points.into_iter().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
            let colour = distribution.map_or(BLACK, colour);
            chart.draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?;
            if let Some(index) = distribution {
                let gap = (points.len() / MARKS).max(1);
                // Not all at the same iterations, where they would hide each other.
                let marked = points.iter().skip(place * gap / 7 % gap).step_by(gap).chain(points.last());
                chart.draw_series(
                    marked.map(|&at| EmptyElement::at(at) + Polygon::new(mark(index).to_vec(), colour.filled())),
                )?;
            }
        }
        Ok(())
    })
}

/// A series in few enough points, its last one included.
fn thinned(series: &Series) -> Vec<(f64, f64)> {
    let step = series.points().len().div_ceil(POINTS).max(1);
    let mut points: Vec<(f64, f64)> = series.points().iter().copied().step_by(step).collect();
    points.extend(series.last().filter(|last| points.last() != Some(last)));
    points
}

/// An axis from a round number below all of these to one above them.
fn fitted(values: impl Iterator<Item = f64>, label: impl Fn(f64) -> String) -> Axis {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return Axis::linear(0.0, 1.0, 5, label);
    }
    let step = chart::round_up(((high - low) / 5.0).max(1e-4));
    Axis::linear((low / step).floor() * step, ((high / step).floor() + 1.0) * step, 6, label)
}

/// A figure on an axis, without what adding up steps leaves behind its point.
fn plain(value: f64) -> String {
    ((value * 1e6).round() / 1e6).to_string()
}
