//! Runs a network's layers on tensors.

use tch::{TchError, Tensor};

use super::layout::channels_last;
use crate::space::network::{Layer, Network, Step, WeightId};

/// Added to variances in batch normalisation.
const EPSILON: f64 = 1e-5;

/// The tensors of the weights that one network uses, found by their ids.
#[derive(Debug)]
pub(crate) struct UsedWeights {
    ids: Vec<WeightId>,
    tensors: Vec<Tensor>,
}

impl UsedWeights {
    /// Shares the tensors of `all` that the network uses: no value is copied.
    pub(crate) fn of(network: &Network, all: &[Tensor]) -> Self {
        let ids = network.weights();
        let tensors = ids.iter().map(|id| all[id.0].shallow_clone()).collect();
        Self { ids, tensors }
    }

    /// The ids, sorted.
    pub(crate) fn ids(&self) -> &[WeightId] {
        &self.ids
    }

    /// The tensors, in the order of the ids.
    pub(crate) fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    fn get(&self, id: WeightId) -> Result<&Tensor, TchError> {
        match self.ids.binary_search(&id) {
            Ok(place) => Ok(&self.tensors[place]),
            Err(_) => Err(TchError::Shape(format!("the network uses weight {} that it was not given", id.0))),
        }
    }
}

/// What a batch normalisation normalises by.
#[derive(Debug, Default)]
pub(crate) enum Statistics {
    /// Mean and variance of the batch at hand: in a search, and while a network is trained.
    #[default]
    OfBatch,
    /// The same; what they are is given out.
    Measuring,
    /// Mean and variance that were measured before, in the order of the network's batch normalisations.
    Measured(Vec<[Tensor; 2]>),
}

/// How a batch passes a network.
#[derive(Debug, Default)]
pub(crate) struct Passage {
    /// What batch normalisations normalise by.
    pub statistics: Statistics,
    /// Values that are multiplied by a factor for each picture (pictures x 1 x 1 x 1): drop-path.
    pub dropped: Vec<(usize, Tensor)>,
}

/// What came of a batch.
#[derive(Debug)]
pub(crate) struct Passed {
    /// Pictures x classes.
    pub logits: Tensor,
    /// The same from the auxiliary head, where the network has one.
    pub auxiliary: Option<Tensor>,
    /// Mean and variance of what went into each batch normalisation, where they were measured.
    pub statistics: Vec<[Tensor; 2]>,
}

/// What a network makes of a batch (pictures x channels x rows x columns).
///
/// Values are let go after their last use, so that without gradients only what is still needed is in memory.
pub(crate) fn forward(
    network: &Network,
    weights: &UsedWeights,
    batch: &Tensor,
    passage: &Passage,
) -> Result<Passed, TchError> {
    let last_use = last_uses(network);
    let mut values: Vec<Option<Tensor>> = Vec::with_capacity(network.steps.len() + 1);
    let (mut statistics, mut normalised) = (Vec::new(), 0);
    values.push(Some(batch.shallow_clone()));
    for (index, step) in network.steps.iter().enumerate() {
        let made = {
            let inputs: Vec<&Tensor> = step.inputs.iter().filter_map(|&input| values[input].as_ref()).collect();
            let by = if let Layer::BatchNorm { .. } = step.layer {
                normalised += 1;
                match &passage.statistics {
                    Statistics::OfBatch => None,
                    Statistics::Measuring => {
                        let (variance, mean) = inputs[0].f_var_mean_dim(&[0i64, 2, 3][..], false, false)?;
                        statistics.push([mean, variance]);
                        None
                    }
                    Statistics::Measured(known) => known.get(normalised - 1),
                }
            } else {
                None
            };
            run(step, &inputs, weights, by)?
        };
        let dropped = passage.dropped.iter().find(|(value, _)| *value == index + 1);
        values.push(Some(match dropped {
            Some((_, factors)) => made.f_mul(factors)?,
            None => made,
        }));
        for &input in &step.inputs {
            if last_use[input] == index {
                values[input] = None;
            }
        }
    }
    let auxiliary = network.auxiliary.and_then(|value| values[value].take());
    let logits = values.pop().flatten().ok_or_else(|| TchError::Shape("the network has no layers".into()))?;
    Ok(Passed { logits, auxiliary, statistics })
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

/// One layer; a batch normalisation normalises by the given mean and variance, or by those of the batch.
fn run(
    step: &Step,
    inputs: &[&Tensor],
    weights: &UsedWeights,
    statistics: Option<&[Tensor; 2]>,
) -> Result<Tensor, TchError> {
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
            let (mean, variance) = statistics.map(|[mean, variance]| (mean, variance)).unzip();
            input.f_batch_norm(scale, shift, mean, variance, statistics.is_none(), 0.0, EPSILON, true)
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
