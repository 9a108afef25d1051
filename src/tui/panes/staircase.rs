//! A cell as a staircase: every input and node has a rail that runs down from where it comes to be; a node's row taps
//! the rails of its two inputs, names the operation at each tap, and ends in the node, whose own rail starts there.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::space::cells::{Cell, Node};
use crate::tui::{Theme, text};

/// Columns between two rails at least.
const STEP: usize = 8;

/// An operation's name, short enough for a drawing.
pub(super) fn short(operation: &str) -> String {
    let cleaned = text::clean(operation);
    match cleaned.as_str() {
        "identity" => "id".into(),
        name => name.replace("separable-", "sep").replace("average-pool-", "avg").replace("max-pool-", "max"),
    }
}

/// A grid of characters with styles.
struct Sheet(Vec<Vec<(char, Style)>>);

impl Sheet {
    fn put(&mut self, row: usize, column: usize, words: &str, style: Style) {
        for (cell, c) in self.0[row].iter_mut().skip(column).zip(words.chars()) {
            *cell = (c, style);
        }
    }

    fn lines(self) -> Vec<Line<'static>> {
        let line = |row: Vec<(char, Style)>| {
            let end = row.iter().rposition(|(c, _)| *c != ' ').map_or(0, |last| last + 1);
            let mut spans: Vec<Span> = Vec::new();
            for (c, style) in row.into_iter().take(end) {
                match spans.last_mut() {
                    Some(span) if span.style == style => span.content.to_mut().push(c),
                    _ => spans.push(Span::styled(c.to_string(), style)),
                }
            }
            Line::from(spans)
        };
        self.0.into_iter().map(line).collect()
    }
}

/// The row of every node: one line, two where both inputs are the same rail.
fn rows(cell: &Cell, spacious: bool) -> Vec<usize> {
    let mut row = 1;
    let mut rows = Vec::with_capacity(cell.nodes.len());
    for node in &cell.nodes {
        let high = if node.inputs[0] == node.inputs[1] { 2 } else { 1 };
        row += usize::from(spacious);
        rows.push(row + high - 1);
        row += high;
    }
    rows
}

/// Draws a cell; spacious, with a line between its nodes.
pub(super) fn draw(cell: &Cell, spacious: bool, theme: Theme) -> Vec<Line<'static>> {
    let names = cell.nodes.iter().flat_map(|node| &node.operations);
    let step = names.map(|name| text::width(&short(name)) + 2).max().unwrap_or(0).max(STEP);
    let rails = cell.nodes.len() + 2;
    let rows = rows(cell, spacious);
    let output = rows.last().map_or(1, |last| last + 1 + usize::from(spacious));
    let kind = format!("{} cell", cell.kind.name());
    let width = ((rails - 1) * step + 7).max(2 * step + 10 + kind.len());
    let mut sheet = Sheet(vec![vec![(' ', Style::new()); width]; output + 1]);
    sheet.put(0, 0, "cell-2", theme.key());
    sheet.put(0, step, "cell-1", theme.key());
    sheet.put(0, width - kind.len(), &kind, theme.dim());
    for rail in 0..rails {
        let (first, loose) = match rail.checked_sub(2) {
            Some(node) => (rows[node], cell.nodes[node].loose),
            None => (0, false),
        };
        let taken = cell.nodes.iter().zip(&rows).filter(|(node, _)| node.inputs.contains(&rail));
        let last = if loose { output } else { taken.map(|(_, &row)| row).max().unwrap_or(first) };
        for row in first + 1..last {
            sheet.put(row, rail * step, "│", theme.dim());
        }
    }
    for (index, (node, &row)) in cell.nodes.iter().zip(&rows).enumerate() {
        tap(&mut sheet, node, row, step, (index + 2) * step, theme);
        sheet.put(row, (index + 2) * step, &format!("node {index}"), theme.key());
    }
    draw_output(&mut sheet, cell, output, step, theme);
    sheet.lines()
}

/// Draws what leads to a node: taps on its inputs' rails and the way from there.
fn tap(sheet: &mut Sheet, node: &Node, row: usize, step: usize, end: usize, theme: Theme) {
    let [a, b] = node.inputs;
    let line = theme.dim();
    let across = |sheet: &mut Sheet, row: usize, from: usize, to: usize| {
        for column in from..to {
            let crossed = sheet.0[row][column].0 == '│';
            sheet.put(row, column, if crossed { "┼" } else { "─" }, line);
        }
    };
    let point = |sheet: &mut Sheet, row: usize, input: usize, operation: &str| {
        let name = short(operation);
        sheet.put(row, input * step, "●", line);
        sheet.put(row, input * step + 1, &name, if name.starts_with("sep") { theme.good() } else { Style::new() });
    };
    across(sheet, row, a.min(b) * step, end - 1);
    sheet.put(row, end - 1, "▸", line);
    if a == b {
        across(sheet, row - 1, a * step, end - 2);
        sheet.put(row - 1, end - 2, "╮", line);
        sheet.put(row, end - 2, "┴", line);
        point(sheet, row - 1, a, &node.operations[0]);
        point(sheet, row, b, &node.operations[1]);
        // A long name may have covered the turn.
        sheet.put(row - 1, end - 1, " ", Style::new());
    } else {
        point(sheet, row, a, &node.operations[0]);
        point(sheet, row, b, &node.operations[1]);
        sheet.put(row, end - 1, "▸", line);
    }
}

/// Draws the way from the loose ends to the output, which stands below the last node.
fn draw_output(sheet: &mut Sheet, cell: &Cell, row: usize, step: usize, theme: Theme) {
    let loose: Vec<usize> =
        cell.nodes.iter().enumerate().filter(|(_, node)| node.loose).map(|(index, _)| (index + 2) * step).collect();
    let Some(last) = cell.nodes.len().checked_sub(1).map(|last| (last + 2) * step) else { return };
    if let Some(&first) = loose.first().filter(|&&first| first < last) {
        for column in first..last - 1 {
            sheet.put(row, column, "─", theme.dim());
        }
        for &column in loose.iter().filter(|&&column| column < last) {
            sheet.put(row, column, if column == first { "╰" } else { "┴" }, theme.dim());
        }
        sheet.put(row, last - 1, "▸", theme.dim());
    }
    sheet.put(row, last, "output", theme.focus());
}
