//! The graph of a cell as characters.

use super::glyphs::{DOWN, Glyphs, LEFT, RIGHT, UP};
use super::layout::Layout;
use super::sheet::{Ink, Sheet};
use super::{Drawing, short};
use crate::space::cells::{Cell, Node};

/// How much room a graph takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spacing {
    /// Whether nodes stand in boxes, three rows high.
    boxed: bool,
    /// Blanks on both sides of an operation.
    padding: usize,
    /// Columns from a node to the first track behind it.
    lead: usize,
}

impl Spacing {
    /// Nodes in boxes.
    pub const ROOMY: Spacing = Spacing { boxed: true, padding: 1, lead: 2 };
    /// Two rows a node.
    pub const TIGHT: Spacing = Spacing { boxed: false, padding: 0, lead: 1 };

    /// Columns from where the lines to the output join to its name.
    fn to_output(self) -> usize {
        if self.boxed { 4 } else { 2 }
    }
}

/// Columns from one track to the next.
const TRACK: usize = 2;
/// What the inputs and the output are called.
const INPUTS: [&str; 2] = ["cell-2", "cell-1"];
const OUTPUT: &str = "output";
/// Who owns the lines to the output.
const TO_OUTPUT: usize = usize::MAX;

/// A cell that has been laid out.
#[derive(Clone, Debug)]
pub struct Graph<'a> {
    cell: &'a Cell,
    layout: Layout,
}

/// Where the columns of a layer of nodes are.
struct Columns {
    /// The first track before it.
    tracks: usize,
    /// Where its operations begin.
    operations: usize,
    /// Where the two inputs of a node join.
    join: usize,
    /// The first behind its nodes.
    end: usize,
}

impl<'a> Graph<'a> {
    /// Lays a cell out. Its nodes take only what comes before them, as those of [`Outline::cells`] do.
    ///
    /// [`Outline::cells`]: crate::space::Outline::cells
    pub fn new(cell: &'a Cell) -> Self {
        Self { cell, layout: Layout::new(cell) }
    }

    /// Draws it.
    pub fn draw(&self, spacing: Spacing, glyphs: &Glyphs) -> Drawing {
        let short = |node: &Node| [0, 1].map(|side| short(&node.operations[side], glyphs));
        let operations: Vec<[String; 2]> = self.cell.nodes.iter().map(short).collect();
        let columns = self.columns(&operations, spacing);
        let output = columns.last().map_or(INPUTS[0].len(), |last| last.end) + spacing.lead;
        let rows = self.rows(spacing);
        let heights = self.layout.lanes.iter().enumerate().map(|(value, &lane)| rows[lane] + value.clamp(1, 2));
        let sheet = Sheet::new(output + spacing.to_output() + OUTPUT.len(), heights.max().unwrap_or(0));
        let mut pen = Pen { graph: self, glyphs, columns, output, rows, sheet };
        pen.inputs();
        pen.lines();
        operations.iter().enumerate().for_each(|(node, operations)| pen.node(node, operations, spacing));
        pen.output(spacing);
        Drawing::new(pen.sheet.inked(glyphs))
    }

    /// The nodes of each layer, counted from 0.
    fn layer(&self, layer: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.cell.nodes.len()).filter(move |node| self.layout.layers[node + 2] == layer)
    }

    fn columns(&self, operations: &[[String; 2]], spacing: Spacing) -> Vec<Columns> {
        let mut end = INPUTS[0].len();
        let channels = self.layout.channels.iter().zip(1..);
        let columns = channels.map(|(channel, layer)| {
            let names = self.layer(layer).flat_map(|node| &operations[node]);
            let longest = names.map(|name| name.chars().count()).max().unwrap_or(0);
            let digits = self.layer(layer).map(|node| node.to_string().len()).max().unwrap_or(0);
            let tracks = end + spacing.lead;
            let operations = tracks + (TRACK * channel.len()).saturating_sub(1) + 1;
            let join = operations + 2 * spacing.padding + longest + 1;
            end = join + digits + if spacing.boxed { 7 } else { 2 };
            Columns { tracks, operations, join, end }
        });
        columns.collect()
    }

    /// Where lanes are: two rows with a node, three with a node in a box, else one.
    fn rows(&self, spacing: Spacing) -> Vec<usize> {
        let lanes = self.layout.lanes.iter().max().map_or(0, |last| last + 1);
        let mut end = 0;
        let row = |lane: usize| {
            let has_node = self.layout.lanes[2..].contains(&lane);
            let row = end + usize::from(has_node && spacing.boxed);
            end = row + 1 + usize::from(has_node);
            row
        };
        (0..lanes).map(row).collect()
    }
}

/// A graph being drawn.
struct Pen<'a> {
    graph: &'a Graph<'a>,
    glyphs: &'a Glyphs,
    columns: Vec<Columns>,
    /// Where the lines to the output join.
    output: usize,
    /// The row of every lane.
    rows: Vec<usize>,
    sheet: Sheet,
}

impl Pen<'_> {
    /// The row on which a value goes on.
    fn row(&self, value: usize) -> usize {
        self.rows[self.graph.layout.lanes[value]]
    }

    fn inputs(&mut self) {
        for (value, name) in INPUTS.into_iter().enumerate() {
            let ink = if self.graph.layout.ends[value] == 0 { Ink::Unused } else { Ink::Name };
            self.sheet.text(self.row(value), 0, name, ink);
        }
    }

    /// Draws every value's own line, and the trunks that leave it.
    fn lines(&mut self) {
        let Layout { layers, ends, .. } = &self.graph.layout;
        for (value, (&layer, &end)) in layers.iter().zip(ends).enumerate().filter(|(_, (layer, end))| end > layer) {
            let start = layer.checked_sub(1).map_or(INPUTS[0].len(), |before| self.columns[before].end);
            let stop = match self.columns.get(end - 1) {
                None => self.output - 1,
                Some(columns) => {
                    self.track(value, end).filter(|_| !self.goes_straight(value, end)).unwrap_or(columns.join - 1)
                }
            };
            let row = self.row(value);
            self.sheet.mark(row, start, LEFT, value);
            self.sheet.across(row, start, stop, value);
        }
        for (channel, columns) in self.graph.layout.channels.iter().zip(&self.columns) {
            for (track, trunks) in channel.iter().enumerate() {
                for trunk in trunks {
                    let column = columns.tracks + TRACK * track;
                    let row = |level: usize| self.rows[level / 2] + level % 2;
                    self.sheet.down(column, row(trunk.span.0), row(trunk.span.1), trunk.value);
                    for &tap in &trunk.taps {
                        self.sheet.across(row(tap), column, columns.join - 1, trunk.value);
                    }
                }
            }
        }
    }

    /// The column of a value's trunk before a layer.
    fn track(&self, value: usize, layer: usize) -> Option<usize> {
        let channel = &self.graph.layout.channels[layer - 1];
        let track = channel.iter().position(|trunks| trunks.iter().any(|trunk| trunk.value == value))?;
        Some(self.columns[layer - 1].tracks + TRACK * track)
    }

    /// Whether a node of a layer takes a value in the value's own lane.
    fn goes_straight(&self, value: usize, layer: usize) -> bool {
        let lanes = &self.graph.layout.lanes;
        self.graph
            .layer(layer)
            .any(|node| lanes[node + 2] == lanes[value] && self.graph.cell.nodes[node].inputs.contains(&value))
    }

    /// Draws a node, its operations, and how its inputs join.
    fn node(&mut self, node: usize, operations: &[String; 2], spacing: Spacing) {
        let Graph { cell, layout } = self.graph;
        let value = node + 2;
        let row = self.row(value);
        let Columns { operations: first, join, end, .. } = self.columns[layout.layers[value] - 1];
        let upper = layout.upper[node];
        for (row, side) in [(row, upper), (row + 1, 1 - upper)] {
            let ink =
                if is_convolution(&cell.nodes[node].operations[side]) { Ink::Convolution } else { Ink::Operation };
            let padding = " ".repeat(spacing.padding);
            self.sheet.text(row, first, &format!("{padding}{}{padding}", operations[side]), ink);
        }
        // No value has this number.
        let owner = layout.layers.len() + node;
        self.sheet.mark(row, join, LEFT | RIGHT | DOWN, owner);
        self.sheet.mark(row + 1, join, LEFT | UP, owner);
        let Glyphs { lines, arrow, .. } = self.glyphs;
        let line = |directions: u8| lines[usize::from(directions)];
        if !spacing.boxed {
            self.sheet.text(row, join + 1, &arrow.to_string(), Ink::Line);
            self.sheet.text(row, join + 2, &node.to_string(), Ink::Name);
            for column in join + 2 + node.to_string().len()..end {
                self.sheet.mark(row, column, LEFT | RIGHT, value);
            }
            return;
        }
        let left = join + 3;
        let edge: String = std::iter::repeat_n(line(LEFT | RIGHT), end - left - 2).collect();
        let blank = " ".repeat(end - left - 2);
        let wall = line(UP | DOWN);
        let door = if layout.ends[value] > layout.layers[value] { line(UP | DOWN | RIGHT) } else { wall };
        self.sheet.text(row, join + 1, &format!("{}{arrow}", line(LEFT | RIGHT)), Ink::Line);
        self.sheet.text(row - 1, left, &format!("{}{edge}{}", line(DOWN | RIGHT), line(DOWN | LEFT)), Ink::Line);
        self.sheet.text(row, left, &format!("{wall}{blank}{door}"), Ink::Line);
        self.sheet.text(row, left + 2, &node.to_string(), Ink::Name);
        self.sheet.text(row + 1, left, &format!("{}{edge}{}", line(UP | RIGHT), line(UP | LEFT)), Ink::Line);
    }

    /// Joins the lines of the values that make the output; from the middle one it goes on.
    fn output(&mut self, spacing: Spacing) {
        let layout = &self.graph.layout;
        let mut rows: Vec<usize> = (2..layout.ends.len())
            .filter(|&value| layout.ends[value] > layout.depth())
            .map(|value| self.row(value))
            .collect();
        rows.sort_unstable();
        let (Some(&first), Some(&last)) = (rows.first(), rows.last()) else { return };
        let middle = rows[(rows.len() - 1) / 2];
        self.sheet.down(self.output, first, last, TO_OUTPUT);
        rows.iter().for_each(|&row| self.sheet.mark(row, self.output, LEFT, TO_OUTPUT));
        self.sheet.mark(middle, self.output, RIGHT, TO_OUTPUT);
        let words = self.output + spacing.to_output();
        let arrow = if spacing.boxed { words - 2 } else { words - 1 };
        (self.output + 1..arrow).for_each(|column| self.sheet.mark(middle, column, LEFT | RIGHT, TO_OUTPUT));
        self.sheet.text(middle, arrow, &self.glyphs.arrow.to_string(), Ink::Line);
        self.sheet.text(middle, words, OUTPUT, Ink::Output);
    }
}

fn is_convolution(operation: &str) -> bool {
    operation.contains("separable") || operation.contains("conv")
}
