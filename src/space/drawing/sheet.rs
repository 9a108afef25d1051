//! A grid of characters on which lines find their junctions and crossings by themselves.

use super::glyphs::{DOWN, Glyphs, LEFT, RIGHT, UP};

/// What a character of a drawing belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ink {
    /// A line from one thing to another.
    Line,
    /// An input or a node.
    Name,
    /// An operation without weights.
    Operation,
    /// A convolution.
    Convolution,
    /// The output.
    Output,
    /// A heading.
    Caption,
    /// What the network does not use.
    Unused,
}

/// One place of a sheet.
#[derive(Clone, Copy, Debug)]
enum Spot {
    Empty,
    /// A line of somebody's, with the directions that it leads to.
    Line {
        directions: u8,
        owner: usize,
    },
    Text(char, Ink),
}

/// The grid.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    rows: Vec<Vec<Spot>>,
}

impl Sheet {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { rows: vec![vec![Spot::Empty; width]; height] }
    }

    /// Writes a text, over whatever is there; what goes beyond the edge is cut off.
    pub(super) fn text(&mut self, row: usize, column: usize, text: &str, ink: Ink) {
        if let Some(spots) = self.rows.get_mut(row) {
            spots.iter_mut().skip(column).zip(text.chars()).for_each(|(spot, c)| *spot = Spot::Text(c, ink));
        }
    }

    /// Draws a line along a row; its ends lead inwards alone.
    pub(super) fn across(&mut self, row: usize, from: usize, to: usize, owner: usize) {
        for column in from..=to {
            let left = if column > from { LEFT } else { 0 };
            let right = if column < to { RIGHT } else { 0 };
            self.mark(row, column, left | right, owner);
        }
    }

    /// Draws a line along a column; its ends lead inwards alone.
    pub(super) fn down(&mut self, column: usize, from: usize, to: usize, owner: usize) {
        for row in from..=to {
            let up = if row > from { UP } else { 0 };
            let down = if row < to { DOWN } else { 0 };
            self.mark(row, column, up | down, owner);
        }
    }

    /// Adds a piece of a line, with the directions that it leads to.
    ///
    /// Lines of one owner join where they meet; of two owners, the one that runs down passes over the other.
    pub(super) fn mark(&mut self, row: usize, column: usize, directions: u8, owner: usize) {
        let Some(spot) = self.rows.get_mut(row).and_then(|spots| spots.get_mut(column)) else { return };
        *spot = match *spot {
            Spot::Empty => Spot::Line { directions, owner },
            Spot::Line { directions: before, owner: known } if known == owner => {
                Spot::Line { directions: before | directions, owner }
            }
            Spot::Line { directions: before, .. } if before & (UP | DOWN) == 0 => Spot::Line { directions, owner },
            taken => taken,
        };
    }

    /// The characters, each with what it belongs to.
    pub(super) fn inked(self, glyphs: &Glyphs) -> Vec<Vec<(char, Ink)>> {
        let inked = |spot| match spot {
            Spot::Empty => (' ', Ink::Line),
            Spot::Line { directions, .. } => (glyphs.lines[usize::from(directions)], Ink::Line),
            Spot::Text(c, ink) => (c, ink),
        };
        self.rows.into_iter().map(|row| row.into_iter().map(inked).collect()).collect()
    }
}
