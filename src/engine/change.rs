//! What a person can change in a running search.

use serde::{Deserialize, Serialize};

use crate::config::{MOST_SAMPLES, Settings};
use crate::search::{Adjustment, Aim, StrategyError};

/// Removed distributions that are kept, to be put back: the last so many.
pub const KEPT: usize = 16;

/// A change to a search while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
pub enum Change {
    /// Puts a distribution back that was removed, with all that it had learned.
    Restore {
        /// The index it will have; those from there on move up by one.
        distribution: usize,
        /// Which one: removals are numbered from 0.
        removed: u64,
        /// What it aimed at.
        aim: Aim,
    },
    /// Sets what the learning rate's cosine falls from, as `training.learning_rate` does.
    LearningRate {
        /// The rate, above 0.
        rate: f64,
    },
    /// Sets how many scored architectures are drawn from each distribution, as `search.score_samples` does.
    Samples {
        /// How many.
        each: usize,
    },
    /// Sets how often modes are validated, as `engine.validate_every` does.
    ValidateEvery {
        /// Iterations between two validations of a mode; 0: only at the end.
        iterations: u64,
    },
    /// Changes one of the distributions, or their number.
    #[serde(untagged)]
    Distributions(Adjustment),
}

impl From<Adjustment> for Change {
    fn from(adjustment: Adjustment) -> Self {
        Self::Distributions(adjustment)
    }
}

impl Change {
    /// The change that gives a distribution this aim.
    pub fn aim(distribution: usize, aim: Aim) -> Self {
        Self::Distributions(match aim {
            Aim::Coefficient(coefficient) => Adjustment::Coefficient { distribution, coefficient },
            Aim::Target(target) => Adjustment::Target { distribution, target },
        })
    }

    /// The aim that it gives a distribution, a new one or one that was there.
    pub fn given(self) -> Option<Aim> {
        match self {
            Change::Distributions(Adjustment::Coefficient { coefficient, .. }) => Some(Aim::Coefficient(coefficient)),
            Change::Distributions(Adjustment::Target { target, .. }) => Some(Aim::Target(target)),
            Change::Distributions(Adjustment::Add { aim, .. }) | Change::Restore { aim, .. } => Some(aim),
            _ => None,
        }
    }

    /// The number that it sets, where it sets one.
    pub fn value(self) -> Option<f64> {
        match self {
            Change::LearningRate { rate } => Some(rate),
            Change::Samples { each } => Some(each as f64),
            Change::ValidateEvery { iterations } => Some(iterations as f64),
            Change::Restore { .. } | Change::Distributions(_) => match self.given()? {
                Aim::Coefficient(value) | Aim::Target(value) => Some(value),
            },
        }
    }
}

/// The settings that a person can change while a search runs, as they are in effect.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveSettings {
    /// What the learning rate's cosine falls from; none where nothing is trained.
    pub learning_rate: Option<f64>,
    /// Scored architectures that are drawn from each distribution.
    pub samples: usize,
    /// Iterations between two validations of a mode; 0: only at the end.
    pub validate_every: u64,
}

impl LiveSettings {
    /// Those that a search begins with.
    pub fn new(settings: &Settings) -> Self {
        let trains = settings.space.has_networks();
        Self {
            learning_rate: trains.then_some(settings.training.learning_rate),
            samples: settings.search.score_samples,
            validate_every: settings.engine.validate_every,
        }
    }

    /// Makes a change of a setting, and gives the one that takes it back; none for a change of something else.
    ///
    /// # Errors
    /// A value outside what is allowed for so many distributions; nothing has changed then.
    pub(super) fn change(&mut self, change: Change, distributions: usize) -> Result<Option<Change>, ChangeError> {
        let mut changed = *self;
        let undo = match change {
            Change::LearningRate { rate } => {
                let before = changed.learning_rate.replace(rate).ok_or(ChangeError::NothingIsTrained)?;
                Change::LearningRate { rate: before }
            }
            Change::Samples { each } => Change::Samples { each: std::mem::replace(&mut changed.samples, each) },
            Change::ValidateEvery { iterations } => {
                Change::ValidateEvery { iterations: std::mem::replace(&mut changed.validate_every, iterations) }
            }
            Change::Distributions(_) | Change::Restore { .. } => return Ok(None),
        };
        changed.check(distributions)?;
        *self = changed;
        Ok(Some(undo))
    }

    /// Refuses what the settings of a search with so many distributions would not be allowed.
    ///
    /// # Errors
    /// What is wrong.
    pub(super) fn check(&self, distributions: usize) -> Result<(), ChangeError> {
        if let Some(rate) = self.learning_rate.filter(|rate| !(rate.is_finite() && *rate > 0.0)) {
            return Err(ChangeError::LearningRate(rate));
        }
        if !(1..=MOST_SAMPLES).contains(&self.samples) {
            return Err(ChangeError::Samples(self.samples));
        }
        // One architecture alone tells nothing: a utility needs another to compare it with.
        if distributions * self.samples < 2 { Err(ChangeError::Pool) } else { Ok(()) }
    }
}

/// A distribution that was removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Removed {
    /// How many were removed before it.
    pub number: u64,
    /// What it aimed at.
    pub aim: Aim,
    /// It, as the strategy saves it.
    pub saved: serde_json::Value,
}

/// Why a change was refused; the search is left as it was.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ChangeError {
    /// The strategy says no.
    #[error(transparent)]
    Strategy(#[from] StrategyError),
    /// A learning rate outside what is allowed.
    #[error("a learning rate must be a finite number above 0, not {0}")]
    LearningRate(f64),
    /// A table has no weights.
    #[error("there is no learning rate: a table trains nothing")]
    NothingIsTrained,
    /// A number of samples outside what is allowed.
    #[error("the samples from each distribution must be 1 to {MOST_SAMPLES}, not {0}")]
    Samples(usize),
    /// Too few samples in all.
    #[error("a pool of one architecture cannot be ranked: distributions times samples must be 2 or more")]
    Pool,
    /// A distribution that was removed too long ago, or never.
    #[error("there is no removed distribution of number {0} with this aim: the last {KEPT} that were removed are kept")]
    NotKept(u64),
}
