//! The state of a supernetwork as a safetensors file: `weight.<name>` for every weight and `velocity.<name>` for every
//! weight that has had a gradient.

use std::borrow::Cow;
use std::collections::HashMap;

use safetensors::tensor::{Dtype, SafeTensors, TensorView, View, serialize};
use tch::{Device, TchError, Tensor};

use crate::space::network::Weight;
use crate::tensor::{numbers, placed};

const WEIGHT: &str = "weight.";
const VELOCITY: &str = "velocity.";

/// A state that was read.
pub(super) struct State {
    /// One a weight of the space.
    pub weights: Vec<Tensor>,
    /// One a weight of the space that has had a gradient.
    pub velocities: Vec<Option<Tensor>>,
}

/// Why a state was not read.
pub(super) enum Error {
    /// It is not of this supernetwork, and how one sees it.
    Misfit(String),
    /// The tensor library refused.
    Tensor(TchError),
}

/// The values of a tensor in the order of its shape, whatever their layout in memory.
struct Values<'a> {
    shape: &'a [usize],
    bytes: Vec<u8>,
}

impl View for Values<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

fn values<'a>(weight: &'a Weight, tensor: &Tensor) -> Result<Values<'a>, TchError> {
    let numbers = numbers(tensor)?;
    let mut bytes = vec![0; size_of::<f32>() * numbers.len()];
    for (bytes, number) in bytes.as_chunks_mut().0.iter_mut().zip(numbers) {
        *bytes = number.to_le_bytes();
    }
    Ok(Values { shape: &weight.shape, bytes })
}

/// The state as bytes: the same for the same state.
pub(super) fn save(known: &[Weight], weights: &[Tensor], velocities: &[Option<Tensor>]) -> Result<Vec<u8>, TchError> {
    let mut tensors = Vec::with_capacity(2 * known.len());
    for ((weight, tensor), velocity) in known.iter().zip(weights).zip(velocities) {
        tensors.push((format!("{WEIGHT}{}", weight.name), values(weight, tensor)?));
        if let Some(velocity) = velocity {
            tensors.push((format!("{VELOCITY}{}", weight.name), values(weight, velocity)?));
        }
    }
    serialize(tensors, None).map_err(|error| TchError::FileFormat(error.to_string()))
}

/// Reads a state of these weights.
pub(super) fn read(known: &[Weight], saved: &[u8], device: Device) -> Result<State, Error> {
    let file = SafeTensors::deserialize(saved).map_err(|error| Error::Misfit(error.to_string()))?;
    let mut tensors: HashMap<&str, TensorView<'_>> = file.iter().collect();
    let mut take = |kind: &str, weight: &Weight| {
        let name = format!("{kind}{}", weight.name);
        tensors.remove(name.as_str()).map(|view| tensor(&name, weight, &view, device)).transpose()
    };
    let mut state = State { weights: Vec::with_capacity(known.len()), velocities: Vec::with_capacity(known.len()) };
    for weight in known {
        let tensor = take(WEIGHT, weight)?;
        let tensor = tensor.ok_or_else(|| Error::Misfit(format!("there is no {WEIGHT}{}", weight.name)))?;
        state.weights.push(tensor.f_set_requires_grad(true).map_err(Error::Tensor)?);
        state.velocities.push(take(VELOCITY, weight)?);
    }
    match tensors.keys().min() {
        Some(name) => Err(Error::Misfit(format!("this supernetwork has no {name}"))),
        None => Ok(state),
    }
}

fn tensor(name: &str, weight: &Weight, view: &TensorView<'_>, device: Device) -> Result<Tensor, Error> {
    if view.dtype() != Dtype::F32 || view.shape() != weight.shape {
        let (kind, shape) = (view.dtype(), view.shape());
        return Err(Error::Misfit(format!("{name} is {kind:?} {shape:?} and must be F32 {:?}", weight.shape)));
    }
    let (numbers, _) = view.data().as_chunks();
    let numbers: Vec<f32> = numbers.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    placed(weight, &numbers, device).map_err(Error::Tensor)
}
