//! Models as safetensors files.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use safetensors::tensor::{Dtype, SafeTensors, View, serialize};

use super::{Header, Model, built, needed};

/// The key of the metadata that holds the header.
const KEY: &str = "isthmus";

/// Why something is no model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// It is no safetensors file, or a damaged one.
    #[error("not a safetensors file: {0}")]
    Format(String),
    /// Its header is missing or makes no sense.
    #[error("the model's header cannot be used: {reason}")]
    Header {
        /// What is wrong.
        reason: String,
    },
    /// A tensor that the network needs is not there.
    #[error("there is no tensor {0}")]
    Missing(String),
    /// A tensor that the network does not have.
    #[error("the network has no tensor {0}")]
    Unknown(String),
    /// A tensor of another shape or kind.
    #[error("tensor {name} is {found} and must be {allowed}")]
    Shape {
        /// Which.
        name: String,
        /// What it is.
        found: String,
        /// What it must be.
        allowed: String,
    },
    /// A number that is none.
    #[error("tensor {0} has a number that is not finite")]
    NotFinite(String),
}

impl Model {
    /// The model as a safetensors file: the same bytes for the same model.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ModelError> {
        let format = |error: &dyn std::fmt::Display| ModelError::Format(error.to_string());
        let header = serde_json::to_string(&self.header).map_err(|error| format(&error))?;
        let shapes = needed(&self.network, &self.weights);
        let tensors = shapes.into_iter().map(|(name, shape)| {
            let bytes = self.named(&name).iter().flat_map(|number| number.to_le_bytes()).collect();
            (name, Values { shape, bytes })
        });
        serialize(tensors, Some(HashMap::from([(KEY.into(), header)]))).map_err(|error| format(&error))
    }

    /// Reads a model, which is not to be trusted.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let format = |error: safetensors::SafeTensorError| ModelError::Format(error.to_string());
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(format)?;
        let header = metadata.metadata().as_ref().and_then(|known| known.get(KEY));
        let missing = || ModelError::Header { reason: format!("there is no `{KEY}` in the file's metadata") };
        let header: Header = serde_json::from_str(header.ok_or_else(missing)?)
            .map_err(|error| ModelError::Header { reason: error.to_string() })?;
        let (network, weights) = built(&header)?;
        let shapes = needed(&network, &weights);
        let mut values = BTreeMap::new();
        for (name, tensor) in SafeTensors::deserialize(bytes).map_err(format)?.iter() {
            let shape = shapes.get(name).ok_or_else(|| ModelError::Unknown(name.into()))?;
            if tensor.dtype() != Dtype::F32 || tensor.shape() != shape {
                let (found, allowed) = (format!("{:?} {:?}", tensor.dtype(), tensor.shape()), format!("F32 {shape:?}"));
                return Err(ModelError::Shape { name: name.into(), found, allowed });
            }
            let (numbers, _) = tensor.data().as_chunks();
            values.insert(name.into(), numbers.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect());
        }
        Self::new(header, values)
    }
}

/// Whether these are the numbers of tensors of these shapes.
pub(super) fn check(
    shapes: &BTreeMap<String, Vec<usize>>,
    values: &BTreeMap<String, Vec<f32>>,
) -> Result<(), ModelError> {
    for (name, shape) in shapes {
        let numbers = values.get(name).ok_or_else(|| ModelError::Missing(name.clone()))?;
        let elements: usize = shape.iter().product();
        if numbers.len() != elements {
            let (found, allowed) = (format!("{} numbers", numbers.len()), format!("{elements} numbers, {shape:?}"));
            return Err(ModelError::Shape { name: name.clone(), found, allowed });
        }
        if !numbers.iter().all(|number| number.is_finite()) {
            return Err(ModelError::NotFinite(name.clone()));
        }
    }
    match values.keys().find(|name| !shapes.contains_key(*name)) {
        Some(name) => Err(ModelError::Unknown(name.clone())),
        None => Ok(()),
    }
}

/// Numbers of a shape, as safetensors writes them.
struct Values {
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for Values {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}
