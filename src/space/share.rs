//! What parameters and MACs go to.

use super::Complexity;
use super::cells::Operation;

/// A part of a network, as costs are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The first convolution.
    Stem,
    /// The 1x1 convolutions that bring the inputs of cells to their channels.
    Input,
    /// An operation of the nodes.
    Operation(Operation),
    /// A stage of a mobile network, block by block.
    Stage(usize),
    /// The 1x1 convolutions that make the outputs of cells, or that of a mobile network.
    Output,
    /// The matrix and the bias at the end.
    Classifier,
}

/// What one part of a network costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which part.
    pub part: Part,
    /// How often the network has it.
    pub count: usize,
    /// Elements of its trainable tensors.
    pub parameters: u64,
    /// Its multiply-accumulates.
    pub macs: u64,
}

/// Parameters and MACs, added up.
#[derive(Clone, Copy, Default)]
pub(super) struct Cost {
    parameters: usize,
    macs: usize,
}

impl Cost {
    /// Adds `parameters` weights of convolutions, each used once a pixel of an output of this area.
    pub fn convolve(mut self, parameters: usize, area: usize) -> Self {
        self.parameters += parameters;
        self.macs += parameters * area;
        self
    }

    /// Adds so many batch normalisations, which have weights where they are affine.
    pub fn normalise(mut self, affine: bool, layers: usize, channels: usize) -> Self {
        if affine {
            self.parameters += 2 * layers * channels;
        }
        self
    }

    /// Adds a matrix with a bias.
    pub fn classify(mut self, channels: usize, classes: usize) -> Self {
        self = self.convolve(channels * classes, 1);
        self.parameters += classes;
        self
    }
}

/// Adds up what `charge` says of every piece of a network.
pub(super) fn sum(charge: impl FnOnce(&mut dyn FnMut(Part, Cost))) -> Complexity {
    let mut sum = Cost::default();
    charge(&mut |_, cost| {
        sum.parameters += cost.parameters;
        sum.macs += cost.macs;
    });
    Complexity { parameters: Some(sum.parameters as u64), macs: Some(sum.macs as u64), latency: None }
}

/// The same by parts, in their order; nothing that the network does not have.
pub(super) fn shares(parts: impl Iterator<Item = Part>, charge: impl FnOnce(&mut dyn FnMut(Part, Cost))) -> Vec<Share> {
    let mut shares: Vec<Share> = parts.map(|part| Share { part, count: 0, parameters: 0, macs: 0 }).collect();
    charge(&mut |part, cost| {
        if let Some(share) = shares.iter_mut().find(|share| share.part == part) {
            share.count += 1;
            share.parameters += cost.parameters as u64;
            share.macs += cost.macs as u64;
        }
    });
    shares.retain(|share| share.count > 0);
    shares
}
