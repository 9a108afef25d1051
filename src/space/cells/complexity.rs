//! Parameters and MACs of an architecture by formula, without making its network.
//!
//! A search asks for thousands of these a second; `tests.rs` checks them against the network's own layers.

use super::graph::{DECISIONS_A_NODE, loose_ends, node_options};
use super::lower::{Geometry, live, used_inputs};
use super::{CellKind, CellPlan, CellSettings, Operation};
use crate::space::share::{self, Cost, Part, Share};
use crate::space::{Architecture, Complexity};

/// The exact complexity of an architecture.
pub(super) fn complexity(plan: &CellPlan, architecture: &Architecture) -> Complexity {
    share::sum(|add| charge(plan, architecture, add))
}

/// The same by parts.
pub(super) fn breakdown(plan: &CellPlan, architecture: &Architecture) -> Vec<Share> {
    let operations = plan.settings.operations.iter().map(|&operation| Part::Operation(operation));
    let parts = [Part::Stem, Part::Input].into_iter().chain(operations).chain([Part::Output, Part::Classifier]);
    share::shares(parts, |add| charge(plan, architecture, add))
}

/// Says of every piece of a network to which part it belongs and what it costs.
fn charge(plan: &CellPlan, architecture: &Architecture, add: &mut dyn FnMut(Part, Cost)) {
    let settings = &plan.settings;
    let geometry = Geometry::new(settings, plan.picture);
    let live = live(plan, architecture);
    let sources = [plan.picture].into_iter().chain(geometry.stem.iter().copied());
    let stem = sources.zip(&geometry.stem).take(settings.stem.length(live[1]));
    let stem = stem.fold(Cost::default(), |cost, (from, to)| {
        cost.convolve(9 * from.channels * to.channels, to.area()).normalise(settings.affine, 1, to.channels)
    });
    add(Part::Stem, stem);
    for cell in (0..settings.cells).filter(|&cell| live[cell + 2]) {
        charge_cell(plan, &geometry, architecture, cell, add);
    }
    let last = geometry.input(settings.cells, 1).channels;
    add(Part::Classifier, Cost::default().classify(last, plan.classes));
}

fn charge_cell(
    plan: &CellPlan,
    geometry: &Geometry,
    architecture: &Architecture,
    cell: usize,
    add: &mut dyn FnMut(Part, Cost),
) {
    let nodes = plan.settings.nodes;
    let kind = plan.kind(cell);
    let shape = geometry.cells[cell];
    let channels = shape.channels;
    let prepared_area = geometry.input(cell, 1).area();
    for (which, used) in used_inputs(nodes, architecture, kind).into_iter().enumerate() {
        if used {
            let convolved = Cost::default().convolve(geometry.input(cell, which).channels * channels, prepared_area);
            add(Part::Input, convolved.normalise(plan.settings.affine, 1, channels));
        }
    }
    for node in 0..nodes {
        let [a, b, operation_a, operation_b] = node_options(nodes, architecture, kind, node);
        for (input, operation) in [(a, operation_a), (b, operation_b)] {
            let operation = plan.settings.operations[operation];
            let separable = |kernel: usize| {
                let convolved =
                    Cost::default().convolve(2 * (kernel * kernel * channels + channels * channels), shape.area());
                convolved.normalise(plan.settings.affine, 2, channels)
            };
            let cost = match operation {
                Operation::Separable3x3 => separable(3),
                Operation::Separable5x5 => separable(5),
                Operation::Identity if kind == CellKind::Reduction && input < 2 => Cost::default()
                    .convolve(channels * channels, shape.area())
                    .normalise(plan.settings.affine, 1, channels),
                Operation::Identity | Operation::AveragePool3x3 | Operation::MaxPool3x3 => Cost::default(),
            };
            add(Part::Operation(operation), cost);
        }
    }
    let ends = loose_ends(nodes, architecture, kind).into_iter().filter(|&loose| loose).count();
    let convolved = Cost::default().convolve(ends * channels * channels, shape.area());
    add(Part::Output, convolved.normalise(plan.settings.affine, 1, channels));
}

/// Architectures among which the smallest and the largest of the space are, in parameters and in MACs.
///
/// Every part of the cost grows with what it counts: operations, loose ends, inputs taken, cells alive. The largest
/// has all of them at once. The smallest is a chain of the cheapest operations with one loose end; only which inputs
/// its two cells take must be tried, since that decides how many cells are alive.
pub(super) fn extremes(settings: &CellSettings) -> Vec<Architecture> {
    let nodes = settings.nodes;
    let count = settings.operations.len();
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
