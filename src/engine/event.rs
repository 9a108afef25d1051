//! What a search says of itself. Everything that a screen, a recorder or a progress bar knows comes from here.

use serde::{Deserialize, Serialize};

use super::{Change, LiveSettings, Training};
use crate::evaluate::Score;
use crate::run::Results;
use crate::search::Theta;
use crate::space::{Architecture, Complexity, Normaliser, Outline};

/// A happening in a search, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    /// The first event: what is searched, and how.
    Started(Box<Started>),
    /// The evaluator is ready.
    Ready {
        /// Where it computes.
        device: String,
        /// Iterations in one pass over the training pictures.
        iterations_an_epoch: Option<f64>,
    },
    /// The search rests, goes on, or ends.
    State {
        /// What it does from here on.
        state: State,
    },
    /// One iteration is done.
    Iteration(Box<Iteration>),
    /// Every probability of every distribution, said at intervals.
    Thetas {
        /// Iterations done at that moment.
        iteration: u64,
        /// One a distribution.
        thetas: Vec<Theta>,
    },
    /// The mode of a distribution was scored on the whole validation set.
    Validated(Validated),
    /// A person's change was applied.
    Adjusted {
        /// Iterations done at that moment.
        iteration: u64,
        /// The change.
        change: Change,
        /// The change that takes it back, where there is one.
        undo: Option<Change>,
    },
    /// A change that is on record was applied again, by a search that was resumed from before it.
    Reapplied {
        /// Iterations done at that moment.
        iteration: u64,
        /// The change.
        change: Change,
        /// The change that takes it back, where there is one.
        undo: Option<Change>,
    },
    /// A search goes on from a checkpoint, or begins anew where there was none.
    Resumed(Box<Resumed>),
    /// A checkpoint is on disk.
    Checkpointed {
        /// Iterations done in it.
        iteration: u64,
        /// The size of its file.
        bytes: u64,
    },
    /// A person's change was refused, and why.
    Refused {
        /// The reason.
        reason: String,
    },
    /// Something a person should know.
    Warning {
        /// Iterations done at that moment.
        iteration: u64,
        /// What, and what to try.
        message: String,
    },
    /// A line that a library wrote to a standard descriptor. It is in the run's log, and not recorded again.
    Output {
        /// The line.
        text: String,
    },
    /// What the search takes of its machine, where that has moved. It is not recorded.
    Usage(Usage),
    /// The networks of the run that are trained from scratch, where that has changed. It comes from whoever shows the run,
    /// who reads it from the run's folder, and is not recorded.
    Trainings(Vec<Training>),
    /// The last event of a search that ended: its results.
    Finished(Box<Results>),
    /// The last event of a search that could not go on.
    Failed {
        /// Why.
        reason: String,
    },
}

/// What is searched, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// The run's name: that of its folder.
    pub run: String,
    /// The seed.
    pub seed: u64,
    /// The strategy's name.
    pub strategy: String,
    /// The space.
    pub outline: Outline,
    /// How complexity is measured and scaled.
    pub normaliser: Normaliser,
    /// The coefficient of each distribution.
    pub coefficients: Vec<f64>,
    /// Iterations in all.
    pub iterations: u64,
    /// How many of them are warm-up.
    pub warm_up: u64,
    /// The settings that can change, as they are at this moment; not in recordings of before there were such.
    #[serde(default)]
    pub live: Option<LiveSettings>,
}

/// Where a resumed search goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resumed {
    /// Iterations done; 0 where it begins anew.
    pub iteration: u64,
    /// Seconds of work so far.
    pub seconds: f64,
    /// Architectures evaluated so far.
    pub evaluated: u64,
    /// The settings from here on, as TOML.
    pub settings: String,
    /// What a person should know: settings that were changed, checkpoints that could not be used.
    pub notes: Vec<String>,
}

impl Resumed {
    /// In words.
    pub fn said(&self) -> String {
        match self.iteration {
            0 => "started again from iteration 0".into(),
            iteration => format!("resumed after {iteration} iterations"),
        }
    }
}

/// What a search does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum State {
    /// Loading data and making the evaluator.
    Preparing,
    /// Iterating.
    Running,
    /// Resting between two iterations.
    Paused {
        /// Why, where it was not a person who paused it.
        reason: Option<String>,
    },
    /// Resting until what it has found can be written to disk again; it goes on by itself.
    Waiting {
        /// Why it cannot be written.
        reason: String,
    },
    /// Scoring the modes for the report.
    Reporting,
    /// Done, with results.
    Finished,
    /// Ended by an error.
    Failed {
        /// Why.
        reason: String,
    },
}

impl State {
    /// Whether the search computes, rather than rests or has ended.
    pub fn works(&self) -> bool {
        matches!(self, State::Preparing | State::Running | State::Reporting)
    }
}

/// What the process that searches takes of its machine.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Processors that were busy with it, on average since the last time: 1.5 is one and a half.
    pub processors: f64,
    /// Bytes of its memory that are in the machine's.
    pub memory: u64,
    /// The GPU, where it computes on one whose figures can be had.
    pub gpu: Option<GpuUsage>,
}

/// What is used of a GPU, by all processes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GpuUsage {
    /// Share of the time that it was busy, 0 to 1.
    pub busy: f64,
    /// Bytes of its memory in use.
    pub used: u64,
    /// Bytes that it has.
    pub total: u64,
}

/// One iteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Iteration {
    /// Its number, counted from 1: so many are done.
    pub iteration: u64,
    /// Whether theta rested.
    pub warm_up: bool,
    /// Seconds of work so far, pauses not counted.
    pub seconds: f64,
    /// Architectures evaluated so far, for weights and for scores.
    pub evaluated: u64,
    /// Architectures that cannot be evaluated and were drawn again so far.
    pub redrawn: u64,
    /// The learning rate of its weight step.
    pub learning_rate: f64,
    /// Mean training loss of the pool of the weight step.
    pub training_loss: Option<f64>,
    /// Seconds of its work, and of what came since the iteration before, in which pictures were waited for; none where
    /// there are no pictures, and in recordings of before that was known.
    #[serde(default)]
    pub waited: Option<f64>,
    /// The pool: scored ones, or in the warm-up those that the weights were trained on.
    pub samples: Vec<Sample>,
    /// Importance weights of the pool, `[distribution][sample]`; empty in the warm-up.
    pub weights: Vec<Vec<f64>>,
    /// Every distribution after it.
    pub distributions: Vec<DistributionReport>,
}

/// A sampled architecture with its score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The architecture.
    pub architecture: Architecture,
    /// The distribution it was drawn from.
    pub source: usize,
    /// Its score on one batch.
    pub score: Score,
    /// What it costs.
    pub complexity: Complexity,
}

/// A distribution after an iteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DistributionReport {
    /// Its complexity coefficient.
    pub coefficient: f64,
    /// The complexity R that it is to stay at or below.
    pub target: Option<f64>,
    /// Mean entropy of its rows, each divided by the greatest it can have: 1 undecided, 0 decided.
    pub entropy: f64,
    /// Effective sample size in the last pool, where there was one.
    pub ess: Option<f64>,
    /// Length of its last step in the Fisher metric.
    pub step: Option<f64>,
    /// Its most likely architecture.
    pub mode: Architecture,
    /// What that costs.
    pub complexity: Complexity,
}

/// A mode scored on the whole validation set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validated {
    /// Iterations done at that moment.
    pub iteration: u64,
    /// The distribution.
    pub distribution: usize,
    /// Its mode.
    pub architecture: Architecture,
    /// How well it does with the shared weights.
    pub score: Score,
    /// What it costs.
    pub complexity: Complexity,
}
