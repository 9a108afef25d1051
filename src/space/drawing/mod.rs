//! Architectures as drawings of characters: what is on the screen, and what is saved as text.
//!
//! A cell is a graph that is read from left to right. The lines of two values never run along one another; where they
//! cross, the one that runs down passes over the other, and only lines of one value join:
//!
//! ```text
//! cell-2 ╭─sep3x3─┬▸0───sep3x3─┬▸2─┬▸output
//!        ├─avg3x3─╯   ╭─sep3x3─╯   │
//!        ├─max3x3─┬▸1─┴─max3x3─┬▸3─╯
//!        ├─sep5x5─╯   ╭─sep3x3─╯
//! cell-1─┴────────────╯
//! ```
//!
//! A drawing knows no colours: every character has an [`Ink`] that says what it belongs to.

mod chain;
mod glyphs;
mod graph;
mod layout;
mod list;
mod sheet;
#[cfg(test)]
mod tests;

use std::fmt;

pub use chain::chain;
pub use glyphs::Glyphs;
pub use graph::{Graph, Spacing};
pub use list::{decisions, listed};
pub use sheet::Ink;
use unicode_width::UnicodeWidthChar;

use super::cells::CellKind;
use super::{Architecture, Outline};

/// Rows of characters, each a column wide, with what they belong to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawing {
    rows: Vec<Vec<(char, Ink)>>,
}

impl Drawing {
    /// A drawing of these rows; what is blank at their ends is left out.
    fn new(mut rows: Vec<Vec<(char, Ink)>>) -> Self {
        for row in &mut rows {
            row.truncate(row.iter().rposition(|(c, _)| *c != ' ').map_or(0, |last| last + 1));
        }
        Self { rows }
    }

    /// A drawing of lines of words.
    fn of_words<W: AsRef<str>>(lines: impl IntoIterator<Item = impl IntoIterator<Item = (W, Ink)>>) -> Self {
        let inked = |(words, ink): (W, Ink)| words.as_ref().chars().map(|c| (c, ink)).collect::<Vec<_>>();
        Self::new(lines.into_iter().map(|line| line.into_iter().flat_map(inked).collect()).collect())
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.rows.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.rows.len()
    }

    /// Each row as pieces of one ink.
    pub fn rows(&self) -> impl Iterator<Item = Vec<(String, Ink)>> + '_ {
        let piece = |run: &[(char, Ink)]| (run.iter().map(|(c, _)| *c).collect(), run[0].1);
        self.rows.iter().map(move |row| row.chunk_by(|a, b| a.1 == b.1).map(piece).collect())
    }

    /// The same below a heading.
    #[must_use]
    pub fn below(mut self, heading: &str) -> Self {
        let heading = Self::of_words([[(heading, Ink::Caption)]]);
        self.rows.splice(0..0, heading.rows);
        self
    }

    /// The same with another one below it.
    #[must_use]
    pub fn above(mut self, other: Drawing) -> Self {
        self.rows.extend(other.rows);
        self
    }

    /// What of it there is from a row on.
    #[must_use]
    pub fn from_row(&self, row: usize) -> Self {
        Self { rows: self.rows.get(row..).map_or_else(Vec::new, <[_]>::to_vec) }
    }

    /// The same as something that the network does not use.
    #[must_use]
    pub fn unused(mut self) -> Self {
        self.rows.iter_mut().flatten().for_each(|(_, ink)| *ink = Ink::Unused);
        self
    }
}

impl fmt::Display for Drawing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.rows {
            writeln!(formatter, "{}", row.iter().map(|(c, _)| c).collect::<String>())?;
        }
        Ok(())
    }
}

/// What stands above a cell: of which kind it is, how many of them the network has, and whether it uses them.
pub fn heading(outline: &Outline, architecture: &Architecture, kind: CellKind, glyphs: &Glyphs) -> String {
    let name = kind.name();
    match outline.count(architecture, kind) {
        None => format!("{name} cell"),
        Some((all, live)) if live == all && all > 0 => format!("{name} cell {}{all}", glyphs.times),
        Some((0, _)) => format!("{name} cell, not in this network"),
        Some((all, 0)) => format!("{name} cell {}{all}, unused", glyphs.times),
        Some((all, live)) => format!("{name} cell {}{all}, {} of them unused", glyphs.times, all - live),
    }
}

/// An architecture as plain text: its cells one below the other, its stages, or its decisions; empty where it is not of this space.
pub fn text(outline: &Outline, architecture: &Architecture, glyphs: &Glyphs) -> String {
    let cells = outline.cells(architecture);
    if cells.is_empty() {
        let chain = chain(outline, architecture, PAGE, glyphs);
        let is_none = chain.height() == 0;
        return if is_none { decisions(outline, architecture, glyphs) } else { chain }.to_string();
    }
    let drawn = cells.iter().map(|cell| {
        let heading = heading(outline, architecture, cell.kind, glyphs);
        format!("{heading}\n\n{}", Graph::new(cell).draw(Spacing::ROOMY, glyphs))
    });
    drawn.collect::<Vec<_>>().join("\n")
}

/// The name of an operation, short enough for a drawing.
pub fn short(operation: &str, glyphs: &Glyphs) -> String {
    let name = match operation {
        "identity" => "id".into(),
        name => name.replace("separable-", "sep").replace("average-pool-", "avg").replace("max-pool-", "max"),
    };
    plain(&name, LONGEST, glyphs)
}

/// Columns of a drawing that is saved.
const PAGE: usize = 100;
/// The most columns that a name takes in a drawing.
const LONGEST: usize = 16;

/// A text of at most so many characters, each of which takes one column and is among those that can be shown.
pub fn plain(text: &str, longest: usize, glyphs: &Glyphs) -> String {
    let shown = |c: char| c.width() == Some(1) && (c.is_ascii() || !glyphs.is_ascii());
    let mut plain: String = text.chars().take(longest).map(|c| if shown(c) { c } else { '?' }).collect();
    if text.chars().nth(longest).is_some() {
        plain.pop();
        plain.push(glyphs.ellipsis);
    }
    plain
}
