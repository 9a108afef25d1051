//! The share of the true hypervolume over evaluations, as a picture.
//!
//! Colours are those of Okabe and Ito, which people tell apart whatever colours they see; each strategy has a marker
//! of its own beside, so that a print without colour can be read too.

use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::prelude::*;

use super::metrics::Estimate;
use super::{Comparison, Runs};

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
#[error("the plot cannot be drawn: {0}")]
pub struct PlotError(String);

const SIZE: (u32, u32) = (900, 560);
const FONT: &str = "sans-serif";

const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(0, 0, 0),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

/// Square, triangle, diamond, the triangle upside down, plus and hourglass: corners round the place they mark.
const MARKERS: [&[(i32, i32)]; 6] = [
    &[(-4, -4), (4, -4), (4, 4), (-4, 4)],
    &[(0, -5), (5, 4), (-5, 4)],
    &[(0, -6), (6, 0), (0, 6), (-6, 0)],
    &[(0, 5), (5, -4), (-5, -4)],
    &[(-2, -6), (2, -6), (2, -2), (6, -2), (6, 2), (2, 2), (2, 6), (-2, 6), (-2, 2), (-6, 2), (-6, -2), (-2, -2)],
    &[(-5, -5), (5, -5), (-5, 5), (5, 5)],
];

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
    pub fn svg(&self) -> Result<String, PlotError> {
        let mut text = String::new();
        {
            let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
            self.draw(&area).map_err(|error| PlotError(error.to_string()))?;
            area.present().map_err(|error| PlotError(error.to_string()))?;
        }
        Ok(text)
    }

    fn draw(&self, area: &DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
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
            .build_cartesian_2d(Logarithmic { start, end }, floor..1.0)?;
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
            let upper = points.iter().map(|(x, share)| (*x, high(share)));
            let lower = points.iter().rev().map(|(x, share)| (*x, low(share)));
            let band: Vec<(f64, f64)> = upper.chain(lower).collect();
            chart.draw_series([Polygon::new(band, colour.mix(0.15).filled())])?;
        }
        for Curve { name, points, marked, colour, marker } in curves {
            let line = points.iter().map(|(x, share)| (*x, share.mean));
            chart.draw_series(LineSeries::new(line, colour.stroke_width(2)))?.label(name).legend(move |(x, y)| {
                EmptyElement::at((x, y))
                    + PathElement::new([(0, 0), (28, 0)], colour.stroke_width(2))
                    + Polygon::new(moved(marker, 14), colour.filled())
            });
            chart.draw_series(
                marked.into_iter().map(|at| EmptyElement::at(at) + Polygon::new(moved(marker, 0), colour.filled())),
            )?;
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
            colour: COLOURS[index % COLOURS.len()],
            marker: MARKERS[index % MARKERS.len()],
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

/// A logarithmic axis with its ticks at 1, 2 and 5 times the powers of ten: the library's own has the powers alone.
struct Logarithmic {
    start: f64,
    end: f64,
}

impl Ranged for Logarithmic {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = (value / self.start).ln() / (self.end / self.start).ln();
        limit.0 + (share * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        let decades = (0..16).map(|power| 10f64.powi(power));
        let ticks = decades.flat_map(|decade| [decade, 2.0 * decade, 5.0 * decade]);
        ticks.filter(|tick| (self.start..=self.end).contains(tick)).collect()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.start..self.end
    }
}

impl ValueFormatter<f64> for Logarithmic {
    fn format(value: &f64) -> String {
        value.to_string()
    }
}
