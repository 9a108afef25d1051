//! The mobile space: stages of inverted residuals, with kernel, expansion and depth as decisions.
//!
//! An inverted residual (MobileNetV2, Sandler et al. 2018) widens its input by a 1x1 convolution, passes each channel through a
//! depthwise convolution, and narrows it again; where neither size nor channels change, its input is added. The
//! decisions are those of ProxylessNAS (Cai et al. 2019) and Once-for-All (Cai et al. 2020): for each stage how many
//! blocks it has, for each block its kernel and how much it widens. Blocks beyond the depth of their stage are not in
//! the network, and cost nothing. Every batch normalisation but that of the narrow end is followed by a ReLU.
//!
//! Each kernel and expansion of a block has weights of its own, as each operation of a cell has; networks of another
//! depth share the blocks that both have. [ours; Once-for-All cuts all of them out of the largest]

mod complexity;
mod lower;
mod plan;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use plan::{Block, MobilePlan, Stage};

use super::lowering::Weights;
use super::network::{Network, PictureShape, Weight};
use super::{Architecture, Complexity, Decision, Extent, Measure, NetworkSpace, Outline, Plan, Space};

/// The settings of a mobile space, as a configuration gives them. The lists of stages are of the same length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MobileSettings {
    /// Channels of the stem.
    pub stem_channels: usize,
    /// Stride of the stem's convolution.
    pub stem_stride: usize,
    /// Channels of each stage.
    pub stage_channels: Vec<usize>,
    /// Stride of the first block of each stage.
    pub stage_strides: Vec<usize>,
    /// The most blocks that each stage can have.
    pub stage_blocks: Vec<usize>,
    /// The fewest blocks that a stage can have; one that can have fewer at most has those.
    pub least_blocks: usize,
    /// Sides of the kernels that blocks choose from.
    pub kernels: Vec<usize>,
    /// What blocks multiply their channels by, to choose from. 1: the block has no convolution that widens.
    pub expansions: Vec<usize>,
    /// Channels of the 1x1 convolution before the classifier.
    pub head_channels: usize,
    /// Whether batch normalisation has a trainable scale and shift.
    pub affine: bool,
}

impl Default for MobileSettings {
    fn default() -> Self {
        Self {
            stem_channels: 16,
            stem_stride: 2,
            stage_channels: vec![16, 24, 40],
            stage_strides: vec![1, 2, 2],
            stage_blocks: vec![2, 3, 3],
            least_blocks: 1,
            kernels: vec![3, 5, 7],
            expansions: vec![3, 6],
            head_channels: 128,
            affine: false,
        }
    }
}

/// A mobile space over pictures of one shape.
#[derive(Clone, Debug)]
pub struct MobileSpace {
    plan: MobilePlan,
    decisions: Vec<Decision>,
    weights: Weights,
}

impl MobileSpace {
    /// The space of a plan, which [is bounded](MobilePlan::is_bounded).
    pub fn new(plan: MobilePlan) -> Self {
        let decisions = plan.settings.decisions();
        let weights = lower::weights(&plan);
        Self { plan, decisions, weights }
    }

    fn extent(&self, measure: Measure) -> Option<Extent> {
        let [smallest, largest] =
            complexity::extremes(&self.plan.settings).map(|architecture| self.complexity(&architecture).get(measure));
        Some(Extent { smallest: smallest?, largest: largest? })
    }
}

impl Space for MobileSpace {
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
            nodes: None,
            plan: Some(Plan::Mobile(self.plan.clone())),
        }
    }

    fn genotype(&self, architecture: &Architecture) -> serde_json::Value {
        self.plan.genotype(architecture)
    }
}

impl NetworkSpace for MobileSpace {
    fn weights(&self) -> &[Weight] {
        self.weights.list()
    }

    fn network(&self, architecture: &Architecture) -> Network {
        lower::network(self, architecture).0
    }

    /// What residual blocks make: `stage1.block0`.
    fn sums(&self, architecture: &Architecture) -> Vec<(usize, String)> {
        lower::network(self, architecture).1
    }
}
