//! The state of a training between two steps, as a safetensors file from which it continues bit for bit.
//!
//! `weight.x`, `average.x` and, once there is one, `velocity.x` for every weight `x` of the network. The metadata hold the
//! number of steps done, what the training is of, and the BLAKE3 hash of the tensors' bytes.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};
use tch::{TchError, Tensor};

use super::trainer::{TrainError, Trainer};
use crate::space::network::{Weight, WeightId};
use crate::tensor::{numbers, placed};

const KEY: &str = "isthmus";

/// What the metadata hold.
#[derive(Serialize, Deserialize)]
struct Record {
    step: u64,
    /// Seconds of training so far.
    seconds: f64,
    /// What is trained, how and on what.
    subject: String,
    hash: String,
}

impl Trainer {
    /// The whole state after so many seconds. `subject` says what is trained, how and on what.
    ///
    /// # Errors
    /// What the tensor library refused.
    pub fn save(&self, subject: &str, seconds: f64) -> Result<Vec<u8>, TrainError> {
        let saved = |error: &dyn std::fmt::Display| TrainError::Saved(error.to_string());
        let mut tensors: Vec<(String, &[usize], Vec<u8>)> = Vec::with_capacity(3 * self.used.len());
        for &WeightId(id) in &self.used {
            let Weight { name, shape, .. } = &self.weights[id];
            let velocity = self.optimiser.velocities()[id].as_ref();
            let kinds =
                [("weight", Some(&self.tensors[id])), ("average", Some(&self.averages[id])), ("velocity", velocity)];
            for (kind, tensor) in kinds {
                if let Some(tensor) = tensor {
                    let numbers = numbers(tensor).map_err(|error| saved(&error))?;
                    let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
                    tensors.push((format!("{kind}.{name}"), shape, bytes));
                }
            }
        }
        let hash = hash(tensors.iter().map(|(name, _, bytes)| (name.as_str(), bytes.as_slice())));
        let record = Record { step: self.step, seconds, subject: subject.into(), hash };
        let json = serde_json::to_string(&record).map_err(|error| saved(&error))?;
        let views = tensors.iter().map(|(name, shape, bytes)| {
            Ok((name.as_str(), TensorView::new(Dtype::F32, shape.to_vec(), bytes).map_err(|error| saved(&error))?))
        });
        let views = views.collect::<Result<Vec<_>, TrainError>>()?;
        serialize(views, Some(HashMap::from([(KEY.into(), json)]))).map_err(|error| saved(&error))
    }

    /// Takes up a saved state of the same subject, which is not to be trusted. Gives the seconds that it took.
    ///
    /// # Errors
    /// Damage, another subject; nothing has changed then.
    pub fn restore(&mut self, bytes: &[u8], subject: &str) -> Result<f64, TrainError> {
        let damaged = |error: &dyn std::fmt::Display| TrainError::Saved(error.to_string());
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(&error))?;
        let json = metadata.metadata().as_ref().and_then(|known| known.get(KEY));
        let json = json.ok_or_else(|| damaged(&format!("its metadata have no `{KEY}`")))?;
        let record: Record = serde_json::from_str(json).map_err(|error| damaged(&error))?;
        let file = SafeTensors::deserialize(bytes).map_err(|error| damaged(&error))?;
        let mut views: HashMap<String, TensorView<'_>> = file.tensors().into_iter().collect();
        let mut known: Vec<(&str, &[u8])> = views.iter().map(|(name, view)| (name.as_str(), view.data())).collect();
        known.sort_unstable();
        if hash(known.into_iter()) != record.hash {
            return Err(damaged(&"its checksum does not fit: bytes of it have changed"));
        }
        if record.subject != subject {
            return Err(damaged(&"it is of another architecture, of other settings or of other pictures"));
        }
        if record.step > self.schedule().steps {
            return Err(damaged(&format!("it has done {} steps of {}", record.step, self.schedule().steps)));
        }
        let mut take = |kind: &str, id: usize| {
            let weight = &self.weights[id];
            let name = format!("{kind}.{}", weight.name);
            let Some(view) = views.remove(&name) else { return Ok(None) };
            if view.dtype() != Dtype::F32 || view.shape() != weight.shape {
                return Err(damaged(&format!("{name} is {:?} {:?}", view.dtype(), view.shape())));
            }
            let numbers: Vec<f32> = view.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
            placed(weight, &numbers, self.device).map(Some).map_err(|error| damaged(&error))
        };
        let missing = |kind: &str, id: usize| damaged(&format!("there is no {kind}.{}", self.weights[id].name));
        let mut taken = Vec::with_capacity(self.used.len());
        for &WeightId(id) in &self.used {
            let weight = take("weight", id)?.ok_or_else(|| missing("weight", id))?;
            let weight = weight.f_set_requires_grad(true).map_err(|error: TchError| damaged(&error))?;
            let average = take("average", id)?.ok_or_else(|| missing("average", id))?;
            taken.push((id, weight, average, take("velocity", id)?));
        }
        let mut velocities: Vec<Option<Tensor>> = (0..self.weights.len()).map(|_| None).collect();
        for (id, weight, average, velocity) in taken {
            self.tensors[id] = weight;
            self.averages[id] = average;
            velocities[id] = velocity;
        }
        self.optimiser.set_velocities(velocities);
        self.step = record.step;
        Ok(record.seconds)
    }
}

/// Of tensors, whatever order they come in.
fn hash<'a>(tensors: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut sorted: Vec<_> = tensors.collect();
    sorted.sort_unstable();
    let mut hasher = blake3::Hasher::new();
    for (name, bytes) in sorted {
        hasher.update(name.as_bytes()).update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
    }
    hasher.finalize().to_hex().to_string()
}
