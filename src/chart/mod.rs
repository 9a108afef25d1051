//! What charts have in common, on the screen and in pictures: axes with round steps, colours and marks.
//!
//! Colours are those of Okabe and Ito, which people tell apart whatever colours they see; beside each goes a mark of
//! its own, so that a print without colour can be read too.

mod axis;
mod costs;

use plotters::coord::Shift;
use plotters::prelude::*;

pub use axis::{Axis, Tick, round_up};
pub use costs::CostScale;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
#[error("a chart cannot be drawn: {0}")]
pub struct ChartError(String);

/// What the plotting library answers.
pub type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// What is drawn on.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The letters of charts.
pub const FONT: &str = "sans-serif";

/// Colours in the order in which series get them.
pub const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(0, 0, 0),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

/// Square, triangle, diamond, the triangle upside down, plus and hourglass: corners round the place they mark.
pub const MARKS: [&[(i32, i32)]; 6] = [
    &[(-4, -4), (4, -4), (4, 4), (-4, 4)],
    &[(0, -5), (5, 4), (-5, 4)],
    &[(0, -6), (6, 0), (0, 6), (-6, 0)],
    &[(0, 5), (5, -4), (-5, -4)],
    &[(-2, -6), (2, -6), (2, -2), (6, -2), (6, 2), (2, 2), (2, 6), (-2, 6), (-2, 2), (-6, 2), (-6, -2), (-2, -2)],
    &[(-5, -5), (5, -5), (-5, 5), (5, 5)],
];

/// The colour of a series.
pub fn colour(index: usize) -> RGBColor {
    COLOURS[index % COLOURS.len()]
}

/// The mark of a series. Six marks and seven colours: forty-two series differ in one of them.
pub fn mark(index: usize) -> &'static [(i32, i32)] {
    MARKS[index % MARKS.len()]
}

/// A chart of so many pixels, as SVG.
///
/// # Errors
/// What the plotting library refuses.
pub fn svg(size: (u32, u32), draw: impl FnOnce(&Area) -> Drawn) -> Result<String, ChartError> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        draw(&area).map_err(|error| ChartError(error.to_string()))?;
        area.present().map_err(|error| ChartError(error.to_string()))?;
    }
    Ok(text)
}
