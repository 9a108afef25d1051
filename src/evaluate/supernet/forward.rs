//! Runs a network's layers on tensors.

use tch::{TchError, Tensor};

use super::layout::channels_last;
use crate::space::network::{Layer, Network, Step, WeightId};

/// Added to variances in batch normalisation.
const EPSILON: f64 = 1e-5;

/// The tensors of the weights that one network uses, found by their ids.
#[derive(Debug)]
pub(super) struct UsedWeights {
    ids: Vec<WeightId>,
    tensors: Vec<Tensor>,
}

impl UsedWeights {
    /// Shares the tensors of `all` that the network uses: no value is copied.
    pub(super) fn of(network: &Network, all: &[Tensor]) -> Self {
        let ids = network.weights();
        let tensors = ids.iter().map(|id| all[id.0].shallow_clone()).collect();
        Self { ids, tensors }
    }

    /// The ids, sorted.
    pub(super) fn ids(&self) -> &[WeightId] {
        &self.ids
    }

    /// The tensors, in the order of the ids.
    pub(super) fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    fn get(&self, id: WeightId) -> Result<&Tensor, TchError> {
        match self.ids.binary_search(&id) {
            Ok(place) => Ok(&self.tensors[place]),
            Err(_) => Err(TchError::Shape(format!("the network uses weight {} that it was not given", id.0))),
        }
    }
}

/// The logits (pictures x classes) of a batch (pictures x channels x rows x columns).
///
/// Batch normalisation uses the statistics of this batch, in training as in scoring. Values are let go after their
/// last use, so that without gradients only what is still needed is in memory.
pub(super) fn forward(network: &Network, weights: &UsedWeights, batch: &Tensor) -> Result<Tensor, TchError> {
    let last_use = last_uses(network);
    let mut values: Vec<Option<Tensor>> = Vec::with_capacity(network.steps.len() + 1);
    values.push(Some(batch.shallow_clone()));
    for (index, step) in network.steps.iter().enumerate() {
        let made = {
            let inputs: Vec<&Tensor> = step.inputs.iter().filter_map(|&input| values[input].as_ref()).collect();
            run(step, &inputs, weights)?
        };
        values.push(Some(made));
        for &input in &step.inputs {
            if last_use[input] == index {
                values[input] = None;
            }
        }
    }
    values.pop().flatten().ok_or_else(|| TchError::Shape("the network has no layers".into()))
}

/// For every value, the index of the step that uses it last.
fn last_uses(network: &Network) -> Vec<usize> {
    let mut last = vec![usize::MAX; network.steps.len() + 1];
    for (index, step) in network.steps.iter().enumerate() {
        for &input in &step.inputs {
            last[input] = index;
        }
    }
    last
}

fn run(step: &Step, inputs: &[&Tensor], weights: &UsedWeights) -> Result<Tensor, TchError> {
    let input = inputs[0];
    match &step.layer {
        Layer::Convolution { weights: parts, kernel, stride, groups } => {
            let joined;
            let weight = match parts[..] {
                [single] => weights.get(single)?,
                _ => {
                    let parts = parts.iter().map(|&id| weights.get(id)).collect::<Result<Vec<_>, _>>()?;
                    joined = Tensor::f_cat(&parts, 1)?;
                    &joined
                }
            };
            let (mut stride, padding) = (*stride as i64, *kernel as i64 / 2);
            let taken;
            let mut input = input;
            if *kernel == 1 && stride > 1 {
                // Taking the pixels first gives the same numbers. libtorch 2.13 writes beyond its memory in the
                // gradient of a strided 1x1 convolution with channels last and fewer than four outputs.
                taken = channels_last(&input.f_slice(2, 0, None, stride)?.f_slice(3, 0, None, stride)?)?;
                input = &taken;
                stride = 1;
            }
            input.f_conv2d::<Tensor>(weight, None, [stride; 2], [padding; 2], [1, 1], *groups as i64)
        }
        Layer::BatchNorm { affine } => {
            let (scale, shift) = match affine {
                Some([scale, shift]) => (Some(weights.get(*scale)?), Some(weights.get(*shift)?)),
                None => (None, None),
            };
            input.f_batch_norm(scale, shift, None::<&Tensor>, None::<&Tensor>, true, 0.0, EPSILON, true)
        }
        Layer::Relu => input.f_relu(),
        Layer::AveragePool { stride } => {
            input.f_avg_pool2d([3, 3], [*stride as i64; 2], [1, 1], false, false, None::<i64>)
        }
        Layer::MaxPool { stride } => input.f_max_pool2d([3, 3], [*stride as i64; 2], [1, 1], [1, 1], false),
        Layer::Shift => {
            let shape = step.shape;
            let padded = input.f_constant_pad_nd([0, 1, 0, 1])?;
            padded.f_narrow(2, 1, shape.height as i64)?.f_narrow(3, 1, shape.width as i64)
        }
        Layer::Add => input.f_add(inputs[1]),
        Layer::Concatenate => Tensor::f_cat(inputs, 1),
        Layer::GlobalAveragePool => input.f_mean_dim(&[2i64, 3][..], false, None),
        Layer::Linear { weight, bias } => input.f_linear(weights.get(*weight)?, Some(weights.get(*bias)?)),
    }
}
