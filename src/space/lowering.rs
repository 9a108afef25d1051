//! What the networks of every space are made of: layers that are emitted one by one, and weights that are found by name.
//!
//! The list of all weights of a space and the network of one architecture come out of the same code, so their names and
//! shapes cannot differ.

use std::collections::HashMap;

use super::network::{Initial, Layer, Network, PictureShape, Weight, WeightId};

/// Every weight of a space, and where each name stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Weights {
    list: Vec<Weight>,
    index: HashMap<String, WeightId>,
}

impl Weights {
    /// The weights that `emit` asks for, in their order.
    pub fn asked_for(picture: PictureShape, affine: bool, emit: impl FnOnce(&mut Lowering)) -> Self {
        let mut weights = Self::default();
        let mut register = |name: String, shape: Vec<usize>, initial: Initial| {
            *weights.index.entry(name.clone()).or_insert_with(|| {
                weights.list.push(Weight { name, shape, initial });
                WeightId(weights.list.len() - 1)
            })
        };
        emit(&mut Lowering::new(picture, affine, &mut register));
        weights
    }

    pub fn list(&self) -> &[Weight] {
        &self.list
    }

    /// What finds weights for a [`Lowering`]. Every name was registered by the same code when the space was made.
    pub fn look_up(&self) -> impl FnMut(String, Vec<usize>, Initial) -> WeightId {
        |name, _, _| self.index[&name]
    }
}

/// Emits layers into a network, asking for each weight by name.
pub(super) struct Lowering<'a> {
    affine: bool,
    pub network: Network,
    pub weight: &'a mut dyn FnMut(String, Vec<usize>, Initial) -> WeightId,
}

impl<'a> Lowering<'a> {
    /// Into an empty network over pictures of this shape.
    pub fn new(
        picture: PictureShape,
        affine: bool,
        weight: &'a mut dyn FnMut(String, Vec<usize>, Initial) -> WeightId,
    ) -> Self {
        Self { affine, network: Network::new(picture), weight }
    }

    /// A convolution over all channels.
    pub fn convolution(&mut self, name: &str, input: usize, channels: usize, kernel: usize, stride: usize) -> usize {
        let from = self.network.shape(input);
        let weight = (self.weight)(name.into(), vec![channels, from.channels, kernel, kernel], Initial::HeNormal);
        let layer = Layer::Convolution { weights: vec![weight], kernel, stride, groups: 1 };
        self.network.push(layer, vec![input], from.strided(stride).with_channels(channels))
    }

    /// A convolution of each channel by itself.
    pub fn depthwise(&mut self, name: &str, input: usize, kernel: usize, stride: usize) -> usize {
        let from = self.network.shape(input);
        let weight = (self.weight)(name.into(), vec![from.channels, 1, kernel, kernel], Initial::HeNormal);
        let layer = Layer::Convolution { weights: vec![weight], kernel, stride, groups: from.channels };
        self.network.push(layer, vec![input], from.strided(stride))
    }

    /// Batch normalisation, with weights where the network has affine ones.
    pub fn batch_norm(&mut self, name: &str, input: usize) -> usize {
        let shape = self.network.shape(input);
        let affine = self.affine.then(|| {
            [("scale", Initial::Ones), ("shift", Initial::Zeros)]
                .map(|(part, initial)| (self.weight)(format!("{name}.{part}"), vec![shape.channels], initial))
        });
        self.network.push(Layer::BatchNorm { affine }, vec![input], shape)
    }

    /// max(x, 0).
    pub fn relu(&mut self, input: usize) -> usize {
        let shape = self.network.shape(input);
        self.network.push(Layer::Relu, vec![input], shape)
    }

    /// ReLU, the mean over the picture, and a matrix.
    pub fn head(&mut self, name: &str, input: usize, classes: usize) -> usize {
        let activated = self.relu(input);
        let shape = self.network.shape(activated);
        let pooled = PictureShape { height: 1, width: 1, ..shape };
        let mean = self.network.push(Layer::GlobalAveragePool, vec![activated], pooled);
        let weight = (self.weight)(format!("{name}.weight"), vec![classes, shape.channels], Initial::HeNormal);
        let bias = (self.weight)(format!("{name}.bias"), vec![classes], Initial::Zeros);
        self.network.push(Layer::Linear { weight, bias }, vec![mean], pooled.with_channels(classes))
    }
}
