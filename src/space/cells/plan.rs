//! A cell space without its weights.

use serde::{Deserialize, Serialize};

use super::graph::DECISIONS_A_NODE;
use super::lower::live_cells;
use super::{CellKind, CellSettings, Operation, complexity};
use crate::space::network::PictureShape;
use crate::space::{Architecture, Complexity, Decision, Share};

/// All that the networks of a cell space follow from; small, so that it can travel.
///
/// One that comes from outside is used only where it [fits](CellPlan::fits).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellPlan {
    /// The settings of the space.
    pub settings: CellSettings,
    /// The shape of the pictures.
    pub picture: PictureShape,
    /// How many classes they are in.
    pub classes: usize,
}

impl CellPlan {
    /// Whether its sizes are such that networks can be made and their complexities counted.
    pub fn is_bounded(&self) -> bool {
        let Self { settings, picture, classes } = self;
        // A side of 4,096 pixels and the limits of a configuration: products stay far below 2^64.
        let sides = [picture.channels, picture.height, picture.width, *classes];
        (1..=16).contains(&settings.nodes)
            && (1..=64).contains(&settings.cells)
            && (1..=1_024).contains(&settings.channels)
            && (1..=16).contains(&settings.stem_multiplier)
            && (1..=2).contains(&settings.stem_stride)
            && (1..=Operation::ALL.len()).contains(&settings.operations.len())
            && sides.iter().all(|side| (1..=4_096).contains(side))
    }

    /// Whether these are decisions of this plan, and it [is bounded](CellPlan::is_bounded).
    pub fn fits(&self, decisions: &[Decision]) -> bool {
        let settings = &self.settings;
        let names = || settings.operations.iter().map(|operation| operation.name());
        self.is_bounded()
            && decisions.len() == 2 * DECISIONS_A_NODE * settings.nodes
            && decisions
                .chunks(DECISIONS_A_NODE)
                .flat_map(|node| &node[2..])
                .all(|operations| operations.options.iter().eq(names()))
    }

    /// The exact parameters and MACs of an architecture of this plan's space.
    pub fn complexity(&self, architecture: &Architecture) -> Complexity {
        complexity::complexity(self, architecture)
    }

    /// The same by what they go to, in the order in which a picture passes; nothing that the network does not have.
    ///
    /// The shares add up to [`CellPlan::complexity`].
    pub fn breakdown(&self, architecture: &Architecture) -> Vec<Share> {
        complexity::breakdown(self, architecture)
    }

    /// How many cells of a kind there are, and how many of them the output of the network depends on.
    pub fn count(&self, architecture: &Architecture, kind: CellKind) -> (usize, usize) {
        let live = live_cells(self, architecture);
        let of_kind = || (0..self.settings.cells).filter(|&cell| self.kind(cell) == kind);
        (of_kind().count(), of_kind().filter(|&cell| live[cell]).count())
    }

    /// Of which kind a cell is.
    pub fn kind(&self, cell: usize) -> CellKind {
        if self.is_reduction(cell) { CellKind::Reduction } else { CellKind::Normal }
    }

    pub(super) fn is_reduction(&self, cell: usize) -> bool {
        cell == self.settings.cells / 3 || cell == 2 * self.settings.cells / 3
    }
}
