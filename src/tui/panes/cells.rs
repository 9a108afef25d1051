//! The cells of the selected architecture, drawn as far as there is room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget};

use super::staircase::{self, short};
use super::{Pane, before_data};
use crate::space::cells::Cell;
use crate::space::{Architecture, Complexity};
use crate::tui::draw::Scene;
use crate::tui::text;
use crate::tui::view::Subject;

/// Columns between two cells side by side.
const GAP: u16 = 4;

/// The pane.
pub(super) struct Cells;

/// The architecture that is drawn: in words, itself, what it costs.
fn subject<'a>(scene: &Scene<'a>) -> Option<(String, &'a Architecture, &'a Complexity)> {
    let dashboard = scene.dashboard;
    match scene.view.subject {
        Subject::Mode => {
            let report = &dashboard.distributions.get(scene.view.distribution)?.report;
            Some((format!("mode of {}", text::digit(scene.view.distribution)), &report.mode, &report.complexity))
        }
        Subject::Sample => {
            let (number, sample) = scene.view.selected(dashboard)?;
            let words = format!("sample {number}");
            Some((words, &sample.architecture, &sample.complexity))
        }
        Subject::Front => {
            let known = dashboard.front.get(scene.view.front)?;
            Some((format!("{} on the front", scene.view.front + 1), &known.architecture, &known.complexity))
        }
    }
}

impl Pane for Cells {
    fn name(&self) -> &'static str {
        "cell"
    }

    fn detail(&self, scene: &Scene) -> String {
        let Some((words, _, complexity)) = subject(scene) else { return String::new() };
        let mut detail = words;
        if let Some(parameters) = complexity.parameters {
            detail.push_str(&format!(" · {} params", text::amount(Some(parameters as f64))));
        }
        if let Some(macs) = complexity.macs {
            detail.push_str(&format!(", {} MACs", text::amount(Some(macs as f64))));
        }
        detail
    }

    fn empty(&self, scene: &Scene) -> Option<String> {
        before_data(scene).or_else(|| subject(scene).is_none().then(|| "nothing is selected".into()))
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let Some((_, architecture, _)) = subject(scene) else { return };
        let Some(started) = &scene.dashboard.started else { return };
        let cells = started.outline.cells(architecture);
        if cells.is_empty() {
            decisions(scene, architecture, area, buffer);
        } else if !staircases(scene, &cells, area, buffer) {
            let lines = cells.iter().flat_map(|cell| listed(scene, cell, area.width)).collect::<Vec<_>>();
            Paragraph::new(lines).render(area, buffer);
        }
    }

    fn about(&self) -> &'static [&'static str] {
        &[
            "The normal and the reduction cell of the selected sample, or of the selected distribution's mode: [ and ] \
             show modes, ↑ and ↓ samples. Each node is the sum of two operations, each on one input: the last cell, the \
             cell before it, or an earlier node. Nodes that no other node takes make up the output.",
            "sep3x3 is a separable convolution over 3x3, avg and max are pooling, id passes its input on. Separable \
             convolutions are what costs.",
        ]
    }
}

/// Draws both cells as staircases, in the roomiest way that fits; false where none does.
fn staircases(scene: &Scene, cells: &[Cell], area: Rect, buffer: &mut Buffer) -> bool {
    for (beside, spacious) in [(true, true), (true, false), (false, true), (false, false)] {
        let drawings: Vec<Vec<Line>> = cells.iter().map(|cell| staircase::draw(cell, spacious, scene.theme)).collect();
        let wide = |drawing: &Vec<Line>| drawing.iter().map(Line::width).max().unwrap_or(0);
        let widths: Vec<usize> = drawings.iter().map(wide).collect();
        let heights: Vec<usize> = drawings.iter().map(Vec::len).collect();
        let gaps = cells.len().saturating_sub(1);
        let (width, height) = if beside {
            (widths.iter().sum::<usize>() + gaps * usize::from(GAP), heights.iter().copied().max().unwrap_or(0))
        } else {
            (widths.iter().copied().max().unwrap_or(0), heights.iter().sum::<usize>())
        };
        if width > usize::from(area.width) || height > usize::from(area.height) {
            continue;
        }
        // Centred where there is room, since a lonely corner is hard to find on a large screen.
        let left = area.x + (usize::from(area.width) - width).min(8) as u16 / 2;
        let spare = usize::from(area.height) - height;
        let gap = if beside || spare < gaps { 0 } else { 1 };
        let (mut x, mut y) = (left, area.y + (spare.min(4) / 2) as u16);
        for ((drawing, wide), high) in drawings.into_iter().zip(widths).zip(heights) {
            Paragraph::new(drawing).render(Rect::new(x, y, wide as u16, high as u16).intersection(area), buffer);
            if beside {
                x += wide as u16 + GAP;
            } else {
                y += (high + gap) as u16;
            }
        }
        return true;
    }
    false
}

/// A cell as a list: a line a node.
fn listed(scene: &Scene, cell: &Cell, columns: u16) -> Vec<Line<'static>> {
    let (roomy, roomiest) = (columns >= 44, columns >= 52);
    let name = |input: usize| {
        let name = Cell::input_name(input);
        if roomy { name } else { name.replace("node ", "n").replace("cell-", "c-") }
    };
    let head = Line::styled(format!("{} cell", cell.kind.name()), scene.theme.dim());
    let nodes = cell.nodes.iter().enumerate().map(|(index, node)| {
        let [a, b] = [0, 1].map(|side| format!("{}({})", short(&node.operations[side]), name(node.inputs[side])));
        let mut line = Line::from(vec![
            Span::styled(format!(" {} ", name(index + 2)), scene.theme.key()),
            Span::raw(format!("= {a} + {b}")),
        ]);
        if node.loose {
            line.push_span(Span::styled(if roomiest { " → output" } else { " →" }, scene.theme.focus()));
        }
        line
    });
    std::iter::once(head).chain(nodes).collect()
}

/// What a space without cells has to show: its decisions.
fn decisions(scene: &Scene, architecture: &Architecture, area: Rect, buffer: &mut Buffer) {
    let Some(started) = &scene.dashboard.started else { return };
    let lines = started.outline.decisions.iter().zip(architecture.options()).map(|(decision, &option)| {
        let words = decision.options.get(usize::from(option)).map_or("–", String::as_str);
        Line::from(vec![
            Span::styled(format!("{} ", text::clean(&decision.name)), scene.theme.dim()),
            Span::raw(text::clean(words)),
        ])
    });
    Paragraph::new(lines.take(usize::from(area.height)).collect::<Vec<_>>()).render(area, buffer);
}
