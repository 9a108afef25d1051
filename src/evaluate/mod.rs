//! Where losses come from: an [`Evaluator`] is a supernetwork, or a table.

#[cfg(feature = "torch")]
pub mod supernet;
pub mod table;

use serde::{Deserialize, Serialize};

use crate::data::DataError;
use crate::space::Architecture;

/// What the name of a device begins with that is a GPU.
pub const CUDA: &str = "CUDA";

/// How well an architecture does on some pictures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Mean loss, to be minimised; may be not finite, which the engine handles.
    pub loss: f64,
    /// Share of right answers, 0 to 1.
    pub accuracy: f64,
}

/// What one weight step did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainReport {
    /// The training score of every architecture of the pool, in its order, before the step; empty where nothing is
    /// trained (a table).
    pub scores: Vec<Score>,
    /// The learning rate of the step.
    pub learning_rate: f64,
}

/// Why an evaluation failed.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// The tensor library refused; the first line of what it said.
    #[error("libtorch: {0}")]
    Tensor(String),
    /// The device has no memory left.
    #[error("out of memory on {device} with training.batch = {batch}")]
    OutOfMemory {
        /// The device.
        device: String,
        /// The threads that share it.
        workers: usize,
        /// The batch size that did not fit.
        batch: usize,
    },
    /// Something an evaluator needs is not there.
    #[error("{0}")]
    Unavailable(String),
    /// The pictures.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A saved state that is not of this evaluator.
    #[error("the saved weights do not fit: {0}")]
    Saved(String),
}

/// Where losses come from. Owned by the engine's worker thread, and made there.
pub trait Evaluator {
    /// Whether there are weights to train; a table has none, and its pools for them are not even drawn.
    fn trains(&self) -> bool {
        true
    }

    /// Sets what the learning rate falls from, as the settings have it, from the next step on; nothing in a table.
    fn set_learning_rate(&mut self, _: f64) {}

    /// One weight step, the `step`th of the search, on the mean gradient of the pool; a table does nothing here.
    ///
    /// # Errors
    /// What the tensor library refused, pictures that cannot be read. The weights are then as before.
    fn train(&mut self, pool: &[Architecture], step: u64) -> Result<TrainReport, EvaluateError>;

    /// Scores a pool, without gradient, on this iteration's validation batch.
    ///
    /// # Errors
    /// What the tensor library refused, pictures that cannot be read.
    fn score(&mut self, pool: &[Architecture], iteration: u64) -> Result<Vec<Score>, EvaluateError>;

    /// Scores an architecture on the whole validation set.
    ///
    /// # Errors
    /// What the tensor library refused, pictures that cannot be read.
    fn validate(&mut self, architecture: &Architecture) -> Result<Score, EvaluateError>;

    /// Scores an architecture on the test set: for the final report alone.
    ///
    /// # Errors
    /// What the tensor library refused, pictures that cannot be read.
    fn test(&mut self, architecture: &Architecture) -> Result<Score, EvaluateError>;

    /// The whole state as a safetensors file, from which [`Evaluator::restore`] continues bit for bit; empty where
    /// there is none, as in a table.
    ///
    /// # Errors
    /// What the tensor library refused.
    fn save(&mut self) -> Result<Vec<u8>, EvaluateError> {
        Ok(Vec::new())
    }

    /// Takes up a saved state, which is not to be trusted.
    ///
    /// # Errors
    /// A state of another evaluator; nothing has changed then.
    fn restore(&mut self, saved: &[u8]) -> Result<(), EvaluateError> {
        if saved.is_empty() {
            return Ok(());
        }
        Err(EvaluateError::Saved("they are of a supernetwork, and here is none".into()))
    }

    /// Seconds that it has waited for pictures so far; `None` where it needs none.
    fn waited(&self) -> Option<f64> {
        None
    }

    /// Iterations in one pass over the training pictures; `None` where there are none.
    fn iterations_an_epoch(&self) -> Option<f64>;

    /// Where it computes, for people: `CPU, 2 workers`.
    fn device(&self) -> String;
}
