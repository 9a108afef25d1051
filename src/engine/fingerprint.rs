//! What data hash to, so that a resumed search notices when they are not what they were.

use blake3::Hasher;

use crate::data::Parts;
use crate::space::Space as _;
use crate::space::table::TableSpace;

/// Of pictures, labels and their division; of pictures that are not in memory, by the names and sizes of their files.
pub(super) fn pictures(parts: &Parts) -> String {
    let mut hasher = Hasher::new();
    for part in [&parts.weights, &parts.theta, &parts.test] {
        let shape = part.shape();
        for number in [part.len(), part.classes(), shape.channels, shape.height, shape.width] {
            hasher.update(&(number as u64).to_le_bytes());
        }
        part.identify(&mut hasher);
    }
    hasher.finalize().to_hex().to_string()
}

/// Of what a table holds, whatever its file looks like.
pub(super) fn table(space: &TableSpace) -> String {
    let mut hasher = Hasher::new();
    for decision in space.decisions() {
        hasher.update(format!("{:?} {:?}\n", decision.name, decision.options).as_bytes());
    }
    for row in space.0.rows() {
        let (options, cost) = (row.architecture.options(), row.complexity);
        let figures = (row.loss, row.reported, cost.parameters, cost.macs, cost.latency);
        // The debug form of numbers and lists tells any two of them apart.
        hasher.update(format!("{options:?} {figures:?}\n").as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}
