//! A trained network's numbers as tensors.

use tch::{Device, TchError, Tensor};

use super::{Passage, Statistics, UsedWeights, forward, placed};
use crate::model::Model;
use crate::space::network::Layer;

/// A model on a device.
#[derive(Debug)]
pub(crate) struct Loaded<'a> {
    model: &'a Model,
    weights: UsedWeights,
    passage: Passage,
}

impl<'a> Loaded<'a> {
    /// Copies the model's numbers to a device.
    pub(crate) fn new(model: &'a Model, device: Device) -> Result<Self, TchError> {
        let network = model.network();
        let ids = network.weights();
        let mut all: Vec<Tensor> = (0..=ids.last().map_or(0, |id| id.0)).map(|_| Tensor::new()).collect();
        for id in ids {
            all[id.0] = placed(model.weight(id), model.values(id), device)?;
        }
        let mut statistics = Vec::new();
        for step in &network.steps {
            // A model's batch normalisations are affine.
            if let Layer::BatchNorm { affine: Some([scale, _]) } = step.layer {
                let [mean, variance] = model.statistics(scale);
                let tensor = |numbers: &[f32]| Tensor::f_from_slice(numbers)?.f_to_device(device);
                statistics.push([tensor(mean)?, tensor(variance)?]);
            }
        }
        let passage = Passage { statistics: Statistics::Measured(statistics), ..Passage::default() };
        Ok(Self { model, weights: UsedWeights::of(network, &all), passage })
    }

    /// The logits of pictures that are normalised already.
    pub(crate) fn logits(&self, pictures: &Tensor) -> Result<Tensor, TchError> {
        Ok(forward(self.model.network(), &self.weights, pictures, &self.passage)?.logits)
    }
}
