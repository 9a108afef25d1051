//! Axes with round steps around a canvas, and digits on it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::symbols::Marker;
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{Canvas, Context};

use super::{Theme, text};
pub(super) use crate::chart::Axis;

/// The part of a pane inside the axes.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    pub(super) area: Rect,
    /// The row of the horizontal axis, where there is one.
    pub(super) axis: Option<u16>,
    x: [f64; 2],
    y: [f64; 2],
    taken: Vec<(u16, u16)>,
}

/// Draws the axes, as far as there is room, and returns what is inside them.
pub(super) fn frame(x: &Axis, y: &Axis, area: Rect, buffer: &mut Buffer, theme: Theme) -> Grid {
    let label_width = y.ticks.iter().map(|tick| text::width(&tick.label)).max().unwrap_or(0) as u16;
    let left = label_width + 1;
    let mut grid = Grid { area, axis: None, x: [x.low, x.high], y: [y.low, y.high], taken: Vec::new() };
    if area.width < left + 10 || area.height < 5 {
        return grid;
    }
    grid.area = Rect::new(area.x + left, area.y, area.width - left, area.height - 2);
    let axis = grid.area.bottom();
    grid.axis = Some(axis);
    let line = theme.dim();
    let column = grid.area.x - 1;
    for row in grid.area.top()..axis {
        buffer.set_string(column, row, "│", line);
    }
    buffer.set_string(column, axis, "└", line);
    for at in grid.area.left()..grid.area.right() {
        buffer.set_string(at, axis, "─", line);
    }
    let mut last_row = None;
    for tick in &y.ticks {
        let Some((_, row)) = grid.cell(x.low, tick.at) else { continue };
        if last_row.is_some_and(|last: u16| last.abs_diff(row) < 2) {
            continue;
        }
        last_row = Some(row);
        let label = text::width(&tick.label) as u16;
        buffer.set_string(column - label.min(label_width), row, &tick.label, line);
        buffer.set_string(column, row, "┤", line);
    }
    let mut free = area.left();
    for tick in &x.ticks {
        let Some((at, _)) = grid.cell(tick.at, y.low) else { continue };
        let label = text::width(&tick.label) as u16;
        let start = at.saturating_sub(label / 2).min(area.right().saturating_sub(label)).max(area.left());
        if start < free {
            continue;
        }
        free = start + label + 2;
        buffer.set_string(at, axis, "┴", line);
        buffer.set_string(start, axis + 1, &tick.label, line);
    }
    grid
}

impl Grid {
    /// The cell of a place, by the canvas's own rounding; none outside.
    pub(super) fn cell(&self, x: f64, y: f64) -> Option<(u16, u16)> {
        let share = |value: f64, [low, high]: [f64; 2]| {
            let share = (value - low) / (high - low);
            (0.0..=1.0).contains(&share).then_some(share)
        };
        let dots = |share: f64, cells: u16, dots: u16| {
            let last = f64::from(cells) * f64::from(dots) - 1.0;
            ((share * last).round().max(0.0) as u16) / dots
        };
        if self.area.is_empty() {
            return None;
        }
        let column = dots(share(x, self.x)?, self.area.width, 2);
        let row = dots(1.0 - share(y, self.y)?, self.area.height, 4);
        Some((self.area.x + column, self.area.y + row))
    }

    /// Draws shapes in dots of braille.
    pub(super) fn canvas(&self, buffer: &mut Buffer, paint: impl Fn(&mut Context)) {
        if self.area.is_empty() {
            return;
        }
        Canvas::default()
            .marker(Marker::Braille)
            .x_bounds(self.x)
            .y_bounds(self.y)
            .paint(paint)
            .render(self.area, buffer);
    }

    /// Puts a digit at a place, or beside it where another digit is already.
    pub(super) fn digit(&mut self, (column, row): (u16, u16), digit: char, style: Style, buffer: &mut Buffer) {
        for away in 0..self.area.width {
            for x in [column.saturating_add(away), column.saturating_sub(away)] {
                if self.area.contains((x, row).into()) && !self.taken.contains(&(x, row)) {
                    self.taken.push((x, row));
                    buffer.set_string(x, row, digit.to_string(), style);
                    return;
                }
            }
        }
    }

    /// Columns for marks at places on the horizontal axis, in their order and none on another.
    pub(super) fn spread_columns(&self, places: impl Iterator<Item = (usize, f64)>) -> Vec<(usize, u16)> {
        let cells = places.filter_map(|(index, x)| Some((index, self.cell(x, self.y[0])?.0))).collect();
        spread(cells, self.area.left(), self.area.right())
    }

    /// Cells for marks just right of places, from top to bottom in their order and none on another.
    pub(super) fn spread_rows(&self, places: impl Iterator<Item = (usize, (f64, f64))>) -> Vec<(usize, (u16, u16))> {
        let cells: Vec<(usize, (u16, u16))> =
            places.filter_map(|(index, (x, y))| Some((index, self.cell(x, y)?))).collect();
        let column = cells.iter().map(|(_, cell)| cell.0).max().unwrap_or(self.area.left());
        let column = (column + 1).min(self.area.right().saturating_sub(1));
        let rows = cells.into_iter().map(|(index, cell)| (index, cell.1)).collect();
        spread(rows, self.area.top(), self.area.bottom())
            .into_iter()
            .map(|(index, row)| (index, (column, row)))
            .collect()
    }
}

/// Moves marks apart along a line of cells as little as keeps their order; those that find no room are left out.
fn spread(mut marks: Vec<(usize, u16)>, first: u16, end: u16) -> Vec<(usize, u16)> {
    marks.sort_by_key(|&(index, place)| (place, index));
    marks.truncate(usize::from(end.saturating_sub(first)));
    let mut free = first;
    for (_, place) in &mut marks {
        *place = (*place).max(free);
        free = *place + 1;
    }
    let mut limit = end;
    for (_, place) in marks.iter_mut().rev() {
        *place = (*place).min(limit - 1);
        limit = *place;
    }
    marks
}

/// A polyline, leaving out what is no number.
pub(super) fn polyline(context: &mut Context, points: impl Iterator<Item = (f64, f64)>, colour: Color) {
    let mut before: Option<(f64, f64)> = None;
    for (x, y) in points.filter(|(x, y)| x.is_finite() && y.is_finite()) {
        if let Some((x1, y1)) = before {
            context.draw(&ratatui::widgets::canvas::Line { x1, y1, x2: x, y2: y, color: colour });
        }
        before = Some((x, y));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_give_way_in_order_and_stay_inside() {
        assert_eq!(spread(vec![(0, 5), (1, 5), (2, 3)], 0, 10), [(2, 3), (0, 5), (1, 6)]);
        assert_eq!(spread(vec![(0, 9), (1, 9), (2, 9)], 0, 10), [(0, 7), (1, 8), (2, 9)]);
        assert_eq!(spread(vec![(0, 1), (1, 1), (2, 1)], 1, 3), [(0, 1), (1, 2)]);
    }
}
