//! The share of the true hypervolume over evaluations, as a picture.

use plotters::prelude::*;

use super::metrics::Estimate;
use super::{Comparison, Runs};
use crate::chart::{self, Area, Axis, ChartError, Drawn, FONT};

const SIZE: (u32, u32) = (900, 560);

/// A strategy's place in the legend, and its curve.
struct Curve {
    name: &'static str,
    /// Evaluations with the share then.
    points: Vec<(f64, Estimate)>,
    /// Where a marker goes.
    marked: Vec<(f64, f64)>,
    colour: RGBColor,
    marker: &'static [(i32, i32)],
}

impl Comparison {
    /// The picture as SVG.
    ///
    /// # Errors
    /// What the plotting library refuses.
    pub fn svg(&self) -> Result<String, ChartError> {
        chart::svg(SIZE, |area| self.draw(area))
    }

    fn draw(&self, area: &Area) -> Drawn {
        // The first evaluations differ by luck alone, and would take most of a logarithmic axis.
        let budget = self.protocol.budget as f64;
        let (start, end) = ((budget / 100.0).floor().max(1.0), budget.max(2.0));
        let curves: Vec<Curve> =
            self.strategies.iter().enumerate().map(|(i, runs)| self.curve(i, runs, start)).collect();
        let lowest = curves.iter().flat_map(|curve| &curve.points).map(|(_, share)| low(share)).fold(1.0, f64::min);
        let floor = (lowest * 20.0).floor() / 20.0;

        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(area)
            .margin(20)
            .x_label_area_size(50)
            .y_label_area_size(70)
            .build_cartesian_2d(Axis::logarithmic(start, end, |count| count.to_string()), floor..1.0)?;
        chart
            .configure_mesh()
            .x_desc("evaluations")
            .y_desc("share of the true front's hypervolume")
            .axis_desc_style((FONT, 17))
            .label_style((FONT, 14))
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.12))
            .x_labels(12)
            .y_labels(11)
            .y_label_formatter(&|share| format!("{share:.2}"))
            .draw()?;
        for Curve { points, colour, .. } in &curves {
            let upper = points.iter().map(|(x, share)| (x.log10(), high(share)));
            let lower = points.iter().rev().map(|(x, share)| (x.log10(), low(share)));
            let band: Vec<(f64, f64)> = upper.chain(lower).collect();
            chart.draw_series([Polygon::new(band, colour.mix(0.15).filled())])?;
        }
        for Curve { name, points, marked, colour, marker } in curves {
            let line = points.iter().map(|(x, share)| (x.log10(), share.mean));
            chart.draw_series(LineSeries::new(line, colour.stroke_width(2)))?.label(name).legend(move |(x, y)| {
                EmptyElement::at((x, y))
                    + PathElement::new([(0, 0), (28, 0)], colour.stroke_width(2))
                    + Polygon::new(moved(marker, 14), colour.filled())
            });
            chart.draw_series(marked.into_iter().map(|(x, share)| {
                EmptyElement::at((x.log10(), share)) + Polygon::new(moved(marker, 0), colour.filled())
            }))?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerRight)
            .margin(16)
            .legend_area_size(36)
            .label_font((FONT, 15))
            .background_style(WHITE.mix(0.9))
            .border_style(BLACK.mix(0.3))
            .draw()
    }

    fn curve(&self, index: usize, Runs { strategy, runs }: &Runs, start: f64) -> Curve {
        let marks = runs.first().map_or(0, |run| run.marks.len());
        let share = |place: usize| {
            let shares: Vec<f64> = runs.iter().map(|run| run.marks[place].share).collect();
            let evaluations = runs.first()?.marks[place].evaluations as f64;
            Estimate::of(&shares).map(|share| (evaluations, share)).filter(|(at, _)| *at >= start)
        };
        let points: Vec<(f64, Estimate)> = (0..marks).filter_map(share).collect();
        let marked = |(at, share): &(f64, Estimate)| {
            self.protocol.checkpoints.contains(&(*at as u64)).then_some((*at, share.mean))
        };
        Curve {
            name: strategy,
            marked: points.iter().filter_map(marked).collect(),
            points,
            colour: chart::colour(index),
            marker: chart::mark(index),
        }
    }
}

fn moved(marker: &[(i32, i32)], by: i32) -> Vec<(i32, i32)> {
    marker.iter().map(|(x, y)| (x + by, *y)).collect()
}

fn low(share: &Estimate) -> f64 {
    (share.mean - share.standard_error.unwrap_or(0.0)).max(0.0)
}

fn high(share: &Estimate) -> f64 {
    (share.mean + share.standard_error.unwrap_or(0.0)).min(1.0)
}
