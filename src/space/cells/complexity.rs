//! Parameters and MACs of an architecture by formula, without making its network.
//!
//! A search asks for thousands of these a second; `tests.rs` checks them against the network's own layers.

use super::graph::{DECISIONS_A_NODE, loose_ends, node_options};
use super::lower::{Geometry, live_cells, used_inputs};
use super::{CellKind, CellSpace, Operation};
use crate::space::{Architecture, Complexity};

/// Parameters and MACs, added up.
#[derive(Clone, Copy, Default)]
struct Cost {
    parameters: usize,
    macs: usize,
}

impl Cost {
    /// Adds `parameters` weights of convolutions, each used once a pixel of an output of this area.
    fn convolve(&mut self, parameters: usize, area: usize) {
        self.parameters += parameters;
        self.macs += parameters * area;
    }

    fn normalise(&mut self, space: &CellSpace, layers: usize, channels: usize) {
        if space.settings.affine {
            self.parameters += 2 * layers * channels;
        }
    }
}

/// The exact complexity of an architecture.
pub(super) fn complexity(space: &CellSpace, architecture: &Architecture) -> Complexity {
    let settings = &space.settings;
    let geometry = Geometry::new(settings, space.picture);
    let mut cost = Cost::default();
    cost.convolve(9 * space.picture.channels * geometry.stem.channels, geometry.stem.area());
    cost.normalise(space, 1, geometry.stem.channels);
    let live = live_cells(space, architecture);
    for cell in (0..settings.cells).filter(|&cell| live[cell]) {
        add_cell(&mut cost, space, &geometry, architecture, cell);
    }
    let last = geometry.cells.last().map_or(geometry.stem.channels, |shape| shape.channels);
    cost.convolve(last * space.classes, 1);
    cost.parameters += space.classes;
    Complexity { parameters: Some(cost.parameters as u64), macs: Some(cost.macs as u64), latency: None }
}

fn add_cell(cost: &mut Cost, space: &CellSpace, geometry: &Geometry, architecture: &Architecture, cell: usize) {
    let nodes = space.settings.nodes;
    let reduction = space.is_reduction(cell);
    let kind = if reduction { CellKind::Reduction } else { CellKind::Normal };
    let shape = geometry.cells[cell];
    let channels = shape.channels;
    let prepared_area = geometry.input(cell, 1).area();
    for (which, used) in used_inputs(nodes, architecture, kind).into_iter().enumerate() {
        if used {
            cost.convolve(geometry.input(cell, which).channels * channels, prepared_area);
            cost.normalise(space, 1, channels);
        }
    }
    for node in 0..nodes {
        let [a, b, operation_a, operation_b] = node_options(nodes, architecture, kind, node);
        for (input, operation) in [(a, operation_a), (b, operation_b)] {
            let kernel = match space.settings.operations[operation] {
                Operation::Separable3x3 => 3,
                Operation::Separable5x5 => 5,
                Operation::Identity if reduction && input < 2 => {
                    cost.convolve(channels * channels, shape.area());
                    cost.normalise(space, 1, channels);
                    continue;
                }
                Operation::Identity | Operation::AveragePool3x3 | Operation::MaxPool3x3 => continue,
            };
            cost.convolve(2 * (kernel * kernel * channels + channels * channels), shape.area());
            cost.normalise(space, 2, channels);
        }
    }
    let ends = loose_ends(nodes, architecture, kind).into_iter().filter(|&loose| loose).count();
    cost.convolve(ends * channels * channels, shape.area());
    cost.normalise(space, 1, channels);
}

/// Architectures among which the smallest and the largest of the space are, in parameters and in MACs.
///
/// Every part of the cost grows with what it counts: operations, loose ends, inputs taken, cells alive. The largest
/// has all of them at once. The smallest is a chain of the cheapest operations with one loose end; only which inputs
/// its two cells take must be tried, since that decides how many cells are alive.
pub(super) fn extremes(space: &CellSpace) -> Vec<Architecture> {
    let nodes = space.settings.nodes;
    let count = space.settings.operations.len();
    let mut found = Vec::new();
    for operations in (0..count).flat_map(|first| (0..count).map(move |other| [first, other])) {
        for inputs in [[0, 0], [0, 1], [1, 0], [1, 1]] {
            for chain in [true, false] {
                found.push(uniform(nodes, operations, inputs, chain));
            }
        }
    }
    // All inputs at once: node by node from both inputs of the cell.
    found.extend((0..count).map(|operation| {
        let node = [0, 1, operation as u16, operation as u16];
        Architecture::new(node.repeat(2 * nodes))
    }));
    found
}

/// An architecture whose cells each take one input (`inputs`: of the normal, of the reduction cell) with one
/// operation there (`operations[0]`), and another on all inputs that are nodes (`operations[1]`).
fn uniform(nodes: usize, operations: [usize; 2], inputs: [usize; 2], chain: bool) -> Architecture {
    let mut options = Vec::with_capacity(2 * DECISIONS_A_NODE * nodes);
    for input in inputs {
        for node in 0..nodes {
            let (source, operation) =
                if chain && node > 0 { (node + 1, operations[1]) } else { (input, operations[0]) };
            options.extend([source as u16, source as u16, operation as u16, operation as u16]);
        }
    }
    Architecture::new(options)
}
