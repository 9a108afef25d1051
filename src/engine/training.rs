//! What viewers know of the networks of a run that are trained from scratch.

use serde::{Deserialize, Serialize};

/// A network of a run that is trained, was, or will be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// Its name: that of its folder in `models/`.
    pub name: String,
    /// What becomes of it.
    pub state: TrainingState,
    /// Of which architecture it is, as [`crate::train::name_of`] calls that; none where it was made by hand, or where that
    /// is not known.
    pub architecture: Option<String>,
    /// Trainable parameters.
    pub parameters: u64,
    /// Multiply-accumulates for one picture.
    pub macs: u64,
    /// Accuracy in the search, 0 to 1, where it was found there.
    pub found_accuracy: Option<f64>,
    /// Steps done.
    pub step: u64,
    /// Steps in all; 0 where that is not known yet.
    pub steps: u64,
    /// Passes over the training pictures in all.
    pub epochs: u64,
    /// Seconds of training so far.
    pub seconds: f64,
    /// How it went, oldest first.
    pub curve: Vec<Epoch>,
    /// What is said to `isthmus train` behind the run to go on with it.
    pub command: Vec<String>,
}

/// What becomes of a training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrainingState {
    /// It waits for its turn.
    Waiting {
        /// The process that will train it, where that is one of this machine.
        process: Option<u32>,
    },
    /// It is trained.
    Running {
        /// The process that trains it, where that is one of this machine.
        process: Option<u32>,
    },
    /// Nobody trains it any more, and it is not at its end.
    #[default]
    Interrupted,
    /// It could not go on.
    Failed {
        /// Why.
        reason: String,
    },
    /// It is at its end.
    Trained(Tested),
}

/// How a trained network did.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tested {
    /// Accuracy on the test pictures, 0 to 1.
    pub accuracy: f64,
    /// The standard error of that, which follows from the number of pictures.
    pub standard_error: f64,
    /// Milliseconds that one picture takes, and 64 together.
    pub latency_ms: [f64; 2],
}

/// A training until the end of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Epochs done.
    pub epoch: u64,
    /// Mean loss since the entry before, with all that training adds to it.
    pub loss: f64,
    /// Share of right answers since the entry before, on training pictures.
    pub accuracy: f64,
}

impl Training {
    /// Epochs done, the last one not whole.
    pub fn epoch(&self) -> f64 {
        self.share() * self.epochs as f64
    }

    /// The share of its steps that is done.
    pub fn share(&self) -> f64 {
        if self.steps == 0 { 0.0 } else { (self.step as f64 / self.steps as f64).min(1.0) }
    }

    /// Seconds to its end, at the pace so far.
    pub fn remaining(&self) -> Option<f64> {
        let runs = matches!(self.state, TrainingState::Running { .. });
        (runs && self.step > 0).then(|| self.seconds * self.steps.saturating_sub(self.step) as f64 / self.step as f64)
    }

    /// The process that has it in hand, where it is one of this machine.
    pub fn process(&self) -> Option<u32> {
        match self.state {
            TrainingState::Waiting { process } | TrainingState::Running { process } => process,
            _ => None,
        }
    }
}
