//! The cells of an architecture for Graphviz.

use std::fmt::Write as _;

use super::cells::{Role, drawn, title};
use crate::space::{Architecture, Outline};

/// The cells or stages of an architecture in the DOT language; nothing where the space has neither. `name` says whose they are.
pub fn dot(outline: &Outline, architecture: &Architecture, name: &str) -> Option<String> {
    let cells = drawn(outline, architecture);
    if cells.is_empty() {
        return None;
    }
    let mut text = format!(
        "digraph architecture {{\n  label={};\n  labelloc=t;\n  rankdir=LR;\n  fontname=\"sans-serif\";\n  \
         node [shape=box, style=rounded, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=11];\n",
        quoted(&title(outline, architecture, name))
    );
    for cell in &cells {
        let kind = &cell.name;
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  subgraph cluster_{kind} {{\n    label={};", quoted(&cell.heading));
        for (place, (role, name)) in cell.boxes.iter().enumerate() {
            let look = match role {
                Role::Node => "",
                Role::Input | Role::Output => ", style=\"rounded,filled\", fillcolor=\"#e8eef7\"",
                Role::Unused => ", color=\"#999999\", fontcolor=\"#999999\"",
            };
            let _ = writeln!(text, "    {kind}_{place} [label={}{look}];", quoted(name));
        }
        for (from, operation, to) in &cell.lines {
            let label = operation.as_ref().map_or_else(String::new, |name| format!(" [label={}]", quoted(name)));
            let _ = writeln!(text, "    {kind}_{from} -> {kind}_{to}{label};");
        }
        text += "  }\n";
    }
    Some(text + "}\n")
}

/// A text in quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
