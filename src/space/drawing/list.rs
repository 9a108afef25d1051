//! Architectures as lists, where there is no room for a graph or no graph.

use super::{Drawing, Glyphs, Ink, plain, short};
use crate::space::cells::Cell;
use crate::space::{Architecture, Outline};

/// A cell as a list: a line a node.
pub fn listed(cell: &Cell, columns: usize, glyphs: &Glyphs) -> Drawing {
    let full = |input: usize| Cell::input_name(input);
    let brief = |input: usize| Cell::input_name(input).replace("node ", "n").replace("cell-", "c-");
    let with_output = lines(cell, full, &format!(" {} output", glyphs.to), glyphs);
    let with_arrow = lines(cell, full, &format!(" {}", glyphs.to), glyphs);
    let briefly = lines(cell, brief, &format!(" {}", glyphs.to), glyphs);
    [with_output, with_arrow].into_iter().find(|list| list.width() <= columns).unwrap_or(briefly)
}

fn lines(cell: &Cell, name: impl Fn(usize) -> String, output: &str, glyphs: &Glyphs) -> Drawing {
    let line = |(node, value): (&crate::space::cells::Node, usize)| {
        let [a, b] =
            [0, 1].map(|side| format!("{}({})", short(&node.operations[side], glyphs), name(node.inputs[side])));
        let end = if node.loose { output } else { "" };
        [
            (format!(" {} ", name(value)), Ink::Name),
            (format!("= {a} + {b}"), Ink::Operation),
            (end.to_string(), Ink::Output),
        ]
    };
    Drawing::of_words(cell.nodes.iter().zip(2..).map(line))
}

/// The option of every decision, a line each; empty where the architecture is not of this space.
pub fn decisions(outline: &Outline, architecture: &Architecture, glyphs: &Glyphs) -> Drawing {
    const NAME: usize = 40;
    const OPTION: usize = 60;
    if !architecture.fits(&outline.decisions) {
        return Drawing::new(Vec::new());
    }
    let names: Vec<String> = outline.decisions.iter().map(|decision| plain(&decision.name, NAME, glyphs)).collect();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let options = outline.decisions.iter().zip(architecture.options());
    let options = options.map(|(decision, &option)| plain(&decision.options[usize::from(option)], OPTION, glyphs));
    Drawing::of_words(
        names
            .iter()
            .zip(options)
            .map(|(name, option)| [(format!("{name:<longest$} = "), Ink::Line), (option, Ink::Name)]),
    )
}
