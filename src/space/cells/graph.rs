//! Cells as graphs: what is drawn on the screen and written as a genotype.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Operation;
use crate::space::{Architecture, Decision};

/// Decisions of one node: two inputs, two operations.
pub(super) const DECISIONS_A_NODE: usize = 4;

/// Which of the two cells of a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellKind {
    /// Keeps the size of the picture.
    Normal,
    /// Halves the picture and doubles the channels.
    Reduction,
}

impl CellKind {
    /// Both kinds, in the order of their decisions.
    pub const ALL: [CellKind; 2] = [CellKind::Normal, CellKind::Reduction];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            CellKind::Normal => "normal",
            CellKind::Reduction => "reduction",
        }
    }
}

/// One node of a cell: the sum of two operations on two inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Where its two inputs come from: 0 is the cell before the last, 1 the last cell, 2 + j is node j.
    pub inputs: [usize; 2],
    /// The names of the operations on the two inputs.
    pub operations: [String; 2],
    /// Whether no other node takes its output, so that it is part of the output of the cell.
    pub loose: bool,
}

/// A cell as a graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Normal or reduction.
    pub kind: CellKind,
    /// Its nodes, in order; a node takes inputs only from before itself.
    pub nodes: Vec<Node>,
}

impl Cell {
    /// The name of an input index: `cell-2`, `cell-1` or `node j`.
    pub fn input_name(index: usize) -> String {
        match index {
            0 => "cell-2".into(),
            1 => "cell-1".into(),
            node => format!("node {}", node - 2),
        }
    }
}

/// The decisions of both cells: four a node, normal cell first.
pub(super) fn decisions(nodes: usize, operations: &[Operation]) -> Vec<Decision> {
    let operations: Vec<String> = operations.iter().map(|operation| operation.name().into()).collect();
    let mut decisions = Vec::with_capacity(2 * DECISIONS_A_NODE * nodes);
    for kind in CellKind::ALL {
        for node in 0..nodes {
            let inputs: Vec<String> = (0..node + 2).map(Cell::input_name).collect();
            for (part, options) in
                [("input_a", &inputs), ("input_b", &inputs), ("operation_a", &operations), ("operation_b", &operations)]
            {
                let name = format!("{}.{node}.{part}", kind.name());
                decisions.push(Decision { name, options: options.clone() });
            }
        }
    }
    decisions
}

/// Whether decisions are laid out as those of two cells of so many nodes, each of which takes only what is before it.
pub(in crate::space) fn are_cells(nodes: usize, decisions: &[Decision]) -> bool {
    let takes_earlier =
        |(node, parts): (usize, &[Decision])| parts[..2].iter().all(|inputs| inputs.options.len() <= node % nodes + 2);
    nodes.checked_mul(2 * DECISIONS_A_NODE) == Some(decisions.len())
        && decisions.chunks(DECISIONS_A_NODE).enumerate().all(takes_earlier)
}

/// The four option indices of one node: inputs a and b, operations a and b.
pub(super) fn node_options(nodes: usize, architecture: &Architecture, kind: CellKind, node: usize) -> [usize; 4] {
    let cell = if kind == CellKind::Normal { 0 } else { nodes };
    let first = DECISIONS_A_NODE * (cell + node);
    std::array::from_fn(|part| usize::from(architecture.options()[first + part]))
}

/// For each node of a cell, whether no other node takes its output.
pub(super) fn loose_ends(nodes: usize, architecture: &Architecture, kind: CellKind) -> Vec<bool> {
    let mut loose = vec![true; nodes];
    for node in 0..nodes {
        let [a, b, ..] = node_options(nodes, architecture, kind, node);
        for input in [a, b] {
            if input >= 2 {
                loose[input - 2] = false;
            }
        }
    }
    loose
}

/// The normal and the reduction cell of an architecture that fits the decisions.
pub fn graphs(nodes: usize, decisions: &[Decision], architecture: &Architecture) -> Vec<Cell> {
    CellKind::ALL
        .into_iter()
        .enumerate()
        .map(|(which, kind)| {
            let loose = loose_ends(nodes, architecture, kind);
            let nodes = (0..nodes).map(|node| {
                let [a, b, operation_a, operation_b] = node_options(nodes, architecture, kind, node);
                let first = DECISIONS_A_NODE * (which * nodes + node);
                let name = |part: usize, option: usize| decisions[first + part].options[option].clone();
                Node { inputs: [a, b], operations: [name(2, operation_a), name(3, operation_b)], loose: loose[node] }
            });
            Cell { kind, nodes: nodes.collect() }
        })
        .collect()
}

/// The genotype: for each cell its nodes, each a list of two `[operation, input]` pairs, and the concatenated nodes.
pub(in crate::space) fn genotype(nodes: usize, decisions: &[Decision], architecture: &Architecture) -> Value {
    let mut genotype = Map::new();
    for cell in graphs(nodes, decisions, architecture) {
        let edges: Vec<Value> = cell
            .nodes
            .iter()
            .map(|node| {
                json!([
                    { "operation": node.operations[0], "input": Cell::input_name(node.inputs[0]) },
                    { "operation": node.operations[1], "input": Cell::input_name(node.inputs[1]) },
                ])
            })
            .collect();
        let output: Vec<String> =
            (0..nodes).filter(|&i| cell.nodes[i].loose).map(|i| Cell::input_name(i + 2)).collect();
        genotype.insert(cell.kind.name().into(), json!({ "nodes": edges, "output": output }));
    }
    genotype.insert("options".into(), json!(architecture.options()));
    Value::Object(genotype)
}
