//! The state of a search between two iterations, as a file that it continues from bit for bit.
//!
//! A checkpoint is one safetensors file, so that it is there entirely or not at all, and any tool for such files can read
//! its weights. The rest is JSON in its metadata, under the key `isthmus`. Its last 32 bytes, the tensor `checksum`, are
//! the BLAKE3 hash of all bytes before them. Later formats keep the hash there: it is checked before anything else.

mod store;
#[cfg(test)]
pub(super) mod tests;

use std::collections::{HashMap, VecDeque};

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, Metadata, TensorInfo};
use serde::{Deserialize, Serialize};

use crate::engine::{LiveSettings, Removed};

pub use store::{Checkpoints, Found, Skipped, WriteError, Written, after_warm_up, newest};

/// The format that this program writes, and the newest that it reads. The first had no `live` and no `removed`.
const FORMAT: u32 = 2;
/// The key of the JSON in the metadata.
const KEY: &str = "isthmus";
/// The tensor that the hash is in.
const CHECKSUM: &str = "checksum";
/// Bytes of the hash.
const HASH: usize = 32;
/// Bytes of the length that a safetensors file begins with.
const LENGTH: usize = 8;

/// The tensors of a file, in the order of their data.
type Tensors = Vec<(String, TensorInfo)>;
/// Header, data and hash of a file.
type Parts<'a> = (Vec<u8>, &'a [u8], [u8; HASH]);

/// The state of a search between two iterations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Iterations done.
    pub iteration: u64,
    /// Architectures evaluated so far.
    pub evaluated: u64,
    /// Seconds of work so far: the only field that differs between two runs of one search.
    pub seconds: f64,
    /// How many iterations theta rests in. It stays what it was at the start, whatever is asked for later.
    pub warm_up: u64,
    /// How many of the recorded adjustments, in their order, are part of this state.
    pub adjustments: u64,
    /// The accuracy that the mode of each distribution had when it was last validated.
    pub validated: Vec<Option<f64>>,
    /// What of the settings a person may have changed; as the settings have it where this is not known.
    #[serde(default)]
    pub live: Option<LiveSettings>,
    /// The distributions that were removed last, the oldest first, to be put back.
    #[serde(default)]
    pub removed: VecDeque<Removed>,
    /// The strategy, as it saves itself.
    pub strategy: serde_json::Value,
    /// The settings of the run, as TOML.
    pub settings: String,
    /// What the data hash to: a search goes on with the same or not at all.
    pub data: String,
    /// The evaluator, as it saves itself: the bytes of a safetensors file, none where there is nothing to save.
    #[serde(skip)]
    pub evaluator: Vec<u8>,
}

/// What the metadata hold.
#[derive(Serialize, Deserialize)]
struct Record<C> {
    format: u32,
    program: String,
    #[serde(flatten)]
    checkpoint: C,
}

/// Which format metadata are of, whatever else they hold.
#[derive(Deserialize)]
struct Format {
    format: u32,
    #[serde(default)]
    program: String,
}

/// Why a checkpoint cannot be read or made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is not what was written.
    #[error("{0}")]
    Damaged(String),
    /// It is whole, and of a later program.
    #[error(
        "it has the format {found} of {program}, and this program ({}) knows formats up to {FORMAT}",
        this_program()
    )]
    Newer {
        /// Its format.
        found: u32,
        /// The program that made it.
        program: String,
    },
    /// The evaluator's state is not what this file can hold.
    #[error("the evaluator's state cannot be kept: {0}")]
    Evaluator(String),
}

fn this_program() -> String {
    concat!("isthmus ", env!("CARGO_PKG_VERSION")).into()
}

impl Checkpoint {
    /// How good what the search has found is: the mean accuracy of the modes as they were last validated, on the
    /// validation set. `None` until each was.
    pub fn accuracy(&self) -> Option<f64> {
        let known: Vec<f64> = self.validated.iter().flatten().copied().collect();
        let all = !known.is_empty() && known.len() == self.validated.len();
        all.then(|| known.iter().sum::<f64>() / known.len() as f64)
    }

    /// The parts of the file, to be written one after the other: header, tensors, hash.
    fn parts(&self) -> Result<Parts<'_>, CheckpointError> {
        let refused = |error: &dyn std::fmt::Display| CheckpointError::Evaluator(error.to_string());
        let (mut tensors, data) = tensors(&self.evaluator).map_err(|error| refused(&error))?;
        if tensors.iter().any(|(name, _)| name == CHECKSUM) {
            return Err(refused(&format!("a tensor of it is called `{CHECKSUM}`")));
        }
        let hash = TensorInfo { dtype: Dtype::U8, shape: vec![HASH], data_offsets: (data.len(), data.len() + HASH) };
        tensors.push((CHECKSUM.into(), hash));
        let record = Record { format: FORMAT, program: this_program(), checkpoint: self };
        let json = serde_json::to_string(&record).map_err(|error| refused(&error))?;
        let header = header(Some(HashMap::from([(KEY.into(), json)])), tensors).map_err(|error| refused(&error))?;
        let hash = blake3::Hasher::new().update(&header).update(data).finalize();
        Ok((header, data, *hash.as_bytes()))
    }

    /// The file in one piece.
    ///
    /// # Errors
    /// An evaluator's state that is no safetensors file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CheckpointError> {
        let (header, data, hash) = self.parts()?;
        Ok([&header, data, &hash].concat())
    }

    /// Reads a file, which is not to be trusted.
    ///
    /// # Errors
    /// Damage of any kind; a format that is newer than this program.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let damaged = |why: &dyn std::fmt::Display| CheckpointError::Damaged(why.to_string());
        let Some(hashed) = bytes.len().checked_sub(HASH).filter(|&hashed| hashed >= LENGTH) else {
            return Err(damaged(&format!("it is cut off: it has only {} bytes", bytes.len())));
        };
        if blake3::hash(&bytes[..hashed]).as_bytes() != &bytes[hashed..] {
            return Err(damaged(&"its checksum does not fit: it is cut off, or bytes of it have changed"));
        }
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(&error))?;
        let json = metadata.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
        let json = json.ok_or_else(|| damaged(&format!("its metadata have no `{KEY}`")))?;
        let Format { format, program } = serde_json::from_str(json).map_err(|error| damaged(&error))?;
        if format > FORMAT {
            let program = program.chars().filter(|c| !c.is_control()).take(40).collect();
            return Err(CheckpointError::Newer { found: format, program });
        }
        let record: Record<Checkpoint> = serde_json::from_str(json).map_err(|error| damaged(&error))?;
        let (mut tensors, data) = tensors(bytes).map_err(|error| damaged(&error))?;
        let (name, hash) = tensors.pop().ok_or_else(|| damaged(&"it has no tensor"))?;
        if name != CHECKSUM || hash.data_offsets.1 - hash.data_offsets.0 != HASH {
            return Err(damaged(&format!("its last tensor is not `{CHECKSUM}`")));
        }
        let mut evaluator = Vec::new();
        if !tensors.is_empty() {
            evaluator = header(None, tensors).map_err(|error| damaged(&error))?;
            evaluator.extend_from_slice(&data[..data.len() - HASH]);
        }
        Ok(Self { evaluator, ..record.checkpoint })
    }
}

/// The tensors of a safetensors file in the order of their data, and the data.
fn tensors(bytes: &[u8]) -> Result<(Tensors, &[u8]), safetensors::SafeTensorError> {
    if bytes.is_empty() {
        return Ok((Vec::new(), bytes));
    }
    let (header, metadata) = SafeTensors::read_metadata(bytes)?;
    let known = metadata.offset_keys().into_iter();
    let list = known.filter_map(|name| metadata.info(&name).cloned().map(|info| (name, info))).collect();
    Ok((list, &bytes[LENGTH + header..]))
}

/// The beginning of a safetensors file: the header's length and the header.
fn header(
    metadata: Option<HashMap<String, String>>,
    tensors: Tensors,
) -> Result<Vec<u8>, safetensors::SafeTensorError> {
    let mut json = serde_json::to_vec(&Metadata::new(metadata, tensors)?)?;
    json.resize(json.len().next_multiple_of(LENGTH), b' ');
    Ok([&(json.len() as u64).to_le_bytes()[..], &json].concat())
}
