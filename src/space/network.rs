//! A network as a list of layers: what an architecture becomes before any tensor exists.
//!
//! Supernetwork, complexity and exports read the same list, so that they speak of the same network.

use serde::{Deserialize, Serialize};

use super::Complexity;

/// The shape of one picture or of one intermediate value, without the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureShape {
    /// Channels.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl PictureShape {
    /// The shape after a layer of this stride that pads so as to keep the size otherwise.
    pub fn strided(self, stride: usize) -> Self {
        Self { height: self.height.div_ceil(stride), width: self.width.div_ceil(stride), ..self }
    }

    /// The same picture with another number of channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// Rows times columns.
    pub fn area(self) -> usize {
        self.height * self.width
    }
}

/// The index of a weight in its space's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WeightId(pub usize);

/// How a weight starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initial {
    /// Normal with variance 2 / fan-in (He et al. 2015).
    HeNormal,
    /// All ones.
    Ones,
    /// All zeros.
    Zeros,
}

/// A trainable tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weight {
    /// Its name, unique in the space.
    pub name: String,
    /// Its shape, as libtorch orders it (output, input, rows, columns).
    pub shape: Vec<usize>,
    /// How it starts.
    pub initial: Initial,
}

impl Weight {
    /// Its number of elements.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }
}

/// What one step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layer {
    /// A convolution without bias that pads so as to keep the size before its stride.
    Convolution {
        /// Its weights, side by side along the input channels.
        weights: Vec<WeightId>,
        /// Rows and columns of the kernel.
        kernel: usize,
        /// Step between outputs.
        stride: usize,
        /// Groups of channels: 1, or all for a depthwise convolution.
        groups: usize,
    },
    /// Batch normalisation, with scale and shift where it is affine.
    BatchNorm {
        /// Scale and shift.
        affine: Option<[WeightId; 2]>,
    },
    /// max(x, 0).
    Relu,
    /// The mean over 3x3 neighbours inside the picture.
    AveragePool {
        /// Step between outputs.
        stride: usize,
    },
    /// The maximum over 3x3 neighbours.
    MaxPool {
        /// Step between outputs.
        stride: usize,
    },
    /// The picture moved up and left by one, zeros coming in: the second half of a factorised reduction.
    Shift,
    /// The sum of two values.
    Add,
    /// Values side by side along the channels.
    Concatenate,
    /// The mean over the whole picture.
    GlobalAveragePool,
    /// A matrix and a bias.
    Linear {
        /// The matrix.
        weight: WeightId,
        /// The bias.
        bias: WeightId,
    },
}

/// A layer, what goes into it, and the shape of what comes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub layer: Layer,
    /// Values that go in: 0 is the picture, 1 + i the output of step i.
    pub inputs: Vec<usize>,
    /// The shape of its output.
    pub shape: PictureShape,
}

/// A network: steps in order, the last one giving the logits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// The shape of the pictures.
    pub picture: PictureShape,
    /// The steps.
    pub steps: Vec<Step>,
    /// The values that one path of a cell makes, and that training may leave out at random: drop-path (Larsson et al.
    /// 2017). What takes an input as it is is none.
    pub paths: Vec<usize>,
    /// The value that holds the logits of an auxiliary head, which only training uses.
    pub auxiliary: Option<usize>,
}

impl Network {
    /// An empty network over pictures of this shape.
    pub fn new(picture: PictureShape) -> Self {
        Self { picture, steps: Vec::new(), paths: Vec::new(), auxiliary: None }
    }

    /// The shape of a value.
    pub fn shape(&self, value: usize) -> PictureShape {
        if value == 0 { self.picture } else { self.steps[value - 1].shape }
    }

    /// Adds a step and returns the value it makes; a step that is there already is not added again.
    pub fn push(&mut self, layer: Layer, inputs: Vec<usize>, shape: PictureShape) -> usize {
        let step = Step { layer, inputs, shape };
        if let Some(index) = self.steps.iter().position(|known| *known == step) {
            return index + 1;
        }
        self.steps.push(step);
        self.steps.len()
    }

    /// The weights it uses, sorted, each once.
    pub fn weights(&self) -> Vec<WeightId> {
        let mut used: Vec<WeightId> = Vec::new();
        for step in &self.steps {
            match &step.layer {
                Layer::Convolution { weights, .. } => used.extend(weights),
                Layer::BatchNorm { affine: Some(pair) } => used.extend(pair),
                Layer::Linear { weight, bias } => used.extend([weight, bias]),
                _ => {}
            }
        }
        used.sort_unstable();
        used.dedup();
        used
    }

    /// Parameters and MACs, counted layer by layer; `weights` is the space's list.
    pub fn complexity(&self, weights: &[Weight]) -> Complexity {
        let parameters: usize = self.weights().iter().map(|id| weights[id.0].elements()).sum();
        let macs: usize = self.steps.iter().map(|step| self.macs(step)).sum();
        Complexity { parameters: Some(parameters as u64), macs: Some(macs as u64), latency: None }
    }

    fn macs(&self, step: &Step) -> usize {
        let input = self.shape(step.inputs[0]);
        match &step.layer {
            Layer::Convolution { kernel, groups, .. } => {
                step.shape.area() * step.shape.channels * (input.channels / groups) * kernel * kernel
            }
            Layer::Linear { .. } => input.channels * step.shape.channels,
            _ => 0,
        }
    }
}
