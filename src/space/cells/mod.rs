//! The cell space of ENAS and ASNG-NAS: a normal and a reduction cell, each a small graph of nodes.
//!
//! Node i of a cell picks two inputs among the two inputs of the cell and the nodes before it, and one operation for
//! each; its output is the sum of both. The outputs that no other node takes are concatenated, and a ReLU, a 1x1
//! convolution and batch normalisation make of them the output of the cell. Four decisions a node, in the order
//! `input_a, input_b, operation_a, operation_b`; all normal cells of the network are alike, and so are all reduction
//! cells (Akimoto et al. 2019, section 5.1).

mod complexity;
mod graph;
mod lower;
mod plan;
mod stem;

use serde::{Deserialize, Serialize};

pub use graph::{Cell, CellKind, Node, graphs};
pub(in crate::space) use graph::{are_cells, genotype};
pub use plan::CellPlan;
pub use stem::Stem;

use super::lowering::Weights;
use super::network::{Network, PictureShape, Weight};
use super::{Architecture, Complexity, Decision, Extent, Measure, NetworkSpace, Outline, Plan, Space};

/// What a node can do with one of its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// The input as it is; a factorised reduction where the picture is halved.
    Identity,
    /// Average pooling over 3x3.
    #[serde(rename = "average-pool-3x3")]
    AveragePool3x3,
    /// Max pooling over 3x3.
    #[serde(rename = "max-pool-3x3")]
    MaxPool3x3,
    /// Twice ReLU, depthwise 3x3, pointwise, batch normalisation.
    #[serde(rename = "separable-3x3")]
    Separable3x3,
    /// Twice ReLU, depthwise 5x5, pointwise, batch normalisation.
    #[serde(rename = "separable-5x5")]
    Separable5x5,
}

impl Operation {
    /// Every operation, in the order of the paper's space.
    pub const ALL: [Operation; 5] = [
        Operation::Identity,
        Operation::AveragePool3x3,
        Operation::MaxPool3x3,
        Operation::Separable3x3,
        Operation::Separable5x5,
    ];

    /// The name used in configurations, genotypes and on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Operation::Identity => "identity",
            Operation::AveragePool3x3 => "average-pool-3x3",
            Operation::MaxPool3x3 => "max-pool-3x3",
            Operation::Separable3x3 => "separable-3x3",
            Operation::Separable5x5 => "separable-5x5",
        }
    }
}

/// The settings of a cell space, as a configuration gives them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CellSettings {
    /// Nodes a cell.
    pub nodes: usize,
    /// Cells in a row; those at a third and at two thirds are reductions.
    pub cells: usize,
    /// Channels of the first cells; doubled at every reduction.
    pub channels: usize,
    /// What comes before the first cell.
    pub stem: Stem,
    /// Channels of the stem, as a multiple of `channels`.
    pub stem_multiplier: usize,
    /// Stride of the convolution of a single stem; that of ImageNet has strides of its own.
    pub stem_stride: usize,
    /// The operations that nodes choose from.
    pub operations: Vec<Operation>,
    /// Whether batch normalisation has a trainable scale and shift.
    pub affine: bool,
}

impl Default for CellSettings {
    fn default() -> Self {
        Self {
            nodes: 4,
            cells: 3,
            channels: 16,
            stem: Stem::Single,
            stem_multiplier: 1,
            stem_stride: 2,
            operations: Operation::ALL.to_vec(),
            affine: false,
        }
    }
}

impl CellSettings {
    /// The decisions of the space: they depend on nodes and operations alone.
    pub fn decisions(&self) -> Vec<Decision> {
        graph::decisions(self.nodes, &self.operations)
    }
}

/// A cell space over pictures of one shape.
#[derive(Clone, Debug)]
pub struct CellSpace {
    plan: CellPlan,
    decisions: Vec<Decision>,
    weights: Weights,
    auxiliary: bool,
}

impl CellSpace {
    /// The space that the settings describe, for pictures of the given shape in so many classes.
    pub fn new(settings: CellSettings, picture: PictureShape, classes: usize) -> Self {
        Self::made(settings, picture, classes, false)
    }

    /// The same with an auxiliary head in its networks, where they are deep enough: to train them from scratch.
    pub fn with_auxiliary(settings: CellSettings, picture: PictureShape, classes: usize) -> Self {
        Self::made(settings, picture, classes, true)
    }

    fn made(settings: CellSettings, picture: PictureShape, classes: usize, auxiliary: bool) -> Self {
        let decisions = settings.decisions();
        let weights = lower::weights(&settings, picture, classes, auxiliary);
        Self { plan: CellPlan { settings, picture, classes }, decisions, weights, auxiliary }
    }

    /// The settings it was made from.
    pub fn settings(&self) -> &CellSettings {
        &self.plan.settings
    }

    /// All but its weights.
    pub fn plan(&self) -> &CellPlan {
        &self.plan
    }

    fn extent(&self, measure: Measure) -> Option<Extent> {
        let costs: Vec<f64> = complexity::extremes(&self.plan.settings)
            .iter()
            .filter_map(|architecture| self.complexity(architecture).get(measure))
            .collect();
        let smallest = costs.iter().copied().reduce(f64::min)?;
        let largest = costs.iter().copied().reduce(f64::max)?;
        Some(Extent { smallest, largest })
    }
}

impl Space for CellSpace {
    fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    fn complexity(&self, architecture: &Architecture) -> Complexity {
        self.plan.complexity(architecture)
    }

    fn outline(&self) -> Outline {
        Outline {
            decisions: self.decisions.clone(),
            parameters: self.extent(Measure::Parameters),
            macs: self.extent(Measure::Macs),
            latency: None,
            nodes: Some(self.plan.settings.nodes),
            plan: Some(Plan::Cells(self.plan.clone())),
        }
    }

    fn genotype(&self, architecture: &Architecture) -> serde_json::Value {
        genotype(self.plan.settings.nodes, &self.decisions, architecture)
    }
}

impl NetworkSpace for CellSpace {
    fn weights(&self) -> &[Weight] {
        self.weights.list()
    }

    fn network(&self, architecture: &Architecture) -> Network {
        lower::network(self, architecture).0
    }

    /// The sums that nodes make: `cell1.node0`.
    fn sums(&self, architecture: &Architecture) -> Vec<(usize, String)> {
        lower::network(self, architecture).1
    }
}

#[cfg(test)]
mod tests;
