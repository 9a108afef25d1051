//! The seam between search methods and the loop that drives them.

use std::sync::Arc;

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::space::Architecture;

use super::Theta;

/// R(c), the complexity of an architecture scaled to [0, 1] over its space.
pub type Cost = Arc<dyn Fn(&Architecture) -> f64 + Send + Sync>;

/// Whether an architecture can be evaluated: a table may lack some of its space.
pub type Legal = Arc<dyn Fn(&Architecture) -> bool + Send + Sync>;

/// How often an illegal architecture is drawn again before its place in the pool is left empty.
pub const REDRAWS: usize = 100;

/// What a strategy knows of its space.
#[derive(Clone)]
pub struct Domain {
    /// How many options each decision has.
    pub sizes: Vec<usize>,
    /// R(c).
    pub cost: Cost,
    /// Which architectures can be evaluated; all where there is none.
    pub legal: Option<Legal>,
}

impl Domain {
    /// A space in which every architecture can be evaluated.
    pub fn new(sizes: &[usize], cost: Cost) -> Self {
        Self { sizes: sizes.to_vec(), cost, legal: None }
    }

    /// Whether an architecture can be evaluated.
    pub fn is_legal(&self, architecture: &Architecture) -> bool {
        self.legal.as_ref().is_none_or(|legal| legal(architecture))
    }

    /// Whether an architecture answers exactly these decisions with options they have.
    pub fn fits(&self, architecture: &Architecture) -> bool {
        let options = architecture.options();
        options.len() == self.sizes.len()
            && options.iter().zip(&self.sizes).all(|(&option, &size)| usize::from(option) < size)
    }

    /// The first legal architecture of up to [`REDRAWS`] + 1 draws; every illegal one is counted in `redrawn`.
    pub fn draw(&self, redrawn: &mut u64, mut draw: impl FnMut() -> Architecture) -> Option<Architecture> {
        for _ in 0..=REDRAWS {
            let architecture = draw();
            if self.is_legal(&architecture) {
                return Some(architecture);
            }
            *redrawn += 1;
        }
        None
    }

    /// Refuses a space that no distribution can be made over.
    ///
    /// # Errors
    /// A decision without options or with more than 65,536.
    pub fn check(&self) -> Result<(), StrategyError> {
        match self.sizes.iter().find(|size| !(1..=1 << 16).contains(*size)) {
            Some(size) => Err(StrategyError::refused("the number of options of a decision", "from 1 to 65536", size)),
            None => Ok(()),
        }
    }

    /// Refuses a pool that nothing can be learned from.
    ///
    /// # Errors
    /// An architecture of another space; a loss or complexity that is not finite.
    pub fn check_pool(&self, scored: &[Scored]) -> Result<(), StrategyError> {
        for (sample, told) in scored.iter().enumerate() {
            if !self.fits(&told.architecture) {
                return Err(StrategyError::Misfit { sample, decisions: self.sizes.len() });
            }
            for (quantity, value) in [("loss", told.loss), ("complexity", told.complexity)] {
                if !value.is_finite() {
                    return Err(StrategyError::NotFinite { sample, quantity, value });
                }
            }
        }
        Ok(())
    }
}

/// What a distribution aims at, beside a low loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aim {
    /// Complexity counts with this weight, at least 0.
    Coefficient(f64),
    /// Complexity R stays at or below this, in [0, 1]; the weight adapts.
    Target(f64),
}

impl Aim {
    /// Refuses what no search can aim at.
    ///
    /// # Errors
    /// A coefficient that is not finite or below 0, a target outside [0, 1].
    pub fn check(self) -> Result<(), StrategyError> {
        match self {
            Aim::Coefficient(coefficient) if coefficient.is_finite() && coefficient >= 0.0 => Ok(()),
            Aim::Coefficient(coefficient) => Err(StrategyError::Coefficient(coefficient)),
            Aim::Target(target) if (0.0..=1.0).contains(&target) => Ok(()),
            Aim::Target(target) => Err(StrategyError::Target(target)),
        }
    }
}

/// An architecture to evaluate, and the distribution it was drawn from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// What to evaluate.
    pub architecture: Architecture,
    /// The index of the distribution that it was drawn from.
    pub source: usize,
}

/// A proposal with what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// What was evaluated.
    pub architecture: Architecture,
    /// The index of the distribution that it was drawn from.
    pub source: usize,
    /// Its loss, to be minimised.
    pub loss: f64,
    /// Its complexity R, in [0, 1].
    pub complexity: f64,
}

/// What one `tell` did to one distribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DistributionUpdate {
    /// The importance weight p_k(c) / q(c) of every sample of the pool, in the order told; where a distribution learns
    /// from its own samples only, 1 for those and 0 for the others.
    pub weights: Vec<f64>,
    /// Effective sample size, (sum w)^2 / sum w^2.
    pub ess: f64,
    /// Length of the step taken in the Fisher metric; 0 where the distribution stayed as it was.
    pub step: f64,
}

/// What one `tell` did, one entry a distribution.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// In the order of [`Strategy::distributions`].
    pub distributions: Vec<DistributionUpdate>,
}

/// A change to a search while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
pub enum Adjustment {
    /// Sets the complexity coefficient of one distribution.
    Coefficient {
        /// The distribution's index.
        distribution: usize,
        /// Its new coefficient, at least 0.
        coefficient: f64,
    },
    /// Sets the complexity target of one distribution.
    Target {
        /// The distribution's index.
        distribution: usize,
        /// Its new target, R in [0, 1].
        target: f64,
    },
    /// Adds a distribution between those that are there.
    Add {
        /// The index it will have; those from there on move up by one.
        distribution: usize,
        /// What it aims at.
        aim: Aim,
    },
    /// Removes one distribution; those behind it move down by one.
    Remove {
        /// The distribution's index.
        distribution: usize,
    },
}

/// A product of categorical distributions, one row of probabilities a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// The weight of complexity in its objective; with a target, that of what is over it, which adapts.
    pub coefficient: f64,
    /// The complexity R that it is to stay at or below; its coefficient then adapts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
    /// For each decision, the probability of each option.
    pub theta: Theta,
}

impl Distribution {
    /// What it aims at.
    pub fn aim(&self) -> Aim {
        self.target.map_or(Aim::Coefficient(self.coefficient), Aim::Target)
    }
}

/// Why a strategy refused a call; it is left as it was.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StrategyError {
    /// A loss or complexity that is no number.
    #[error("sample {sample} has the {quantity} {value}: only finite numbers can be learned from")]
    NotFinite {
        /// Its place in the pool.
        sample: usize,
        /// `loss` or `complexity`.
        quantity: &'static str,
        /// The value.
        value: f64,
    },
    /// An architecture that is not of the strategy's space.
    #[error("sample {sample} does not answer the {decisions} decisions of this space")]
    Misfit {
        /// Its place in the pool.
        sample: usize,
        /// How many decisions the space has.
        decisions: usize,
    },
    /// A distribution that there is none of.
    #[error("there is no distribution {index}: they are numbered 0 to {last}")]
    NoSuchDistribution {
        /// What was asked for.
        index: usize,
        /// The last one.
        last: usize,
    },
    /// A coefficient outside what is allowed.
    #[error("a coefficient must be a finite number of at least 0, not {0}")]
    Coefficient(f64),
    /// A target outside what is allowed.
    #[error("a complexity target must lie in the space, R from 0 to 1, not {0}")]
    Target(f64),
    /// A change that this strategy cannot make.
    #[error("the strategy {strategy} has no {what}")]
    Unsupported {
        /// Its name.
        strategy: &'static str,
        /// What was asked of it.
        what: &'static str,
    },
    /// The last distribution must stay.
    #[error("the only distribution cannot be removed: a search needs at least one")]
    LastDistribution,
    /// More distributions than a search can show.
    #[error("a search has at most {0} distributions")]
    TooManyDistributions(usize),
    /// A complexity that is no number, of an architecture that was drawn to measure the complexity of a distribution.
    #[error("distribution {distribution} drew an architecture whose complexity is {value}: it must be a finite number")]
    Complexity {
        /// The distribution.
        distribution: usize,
        /// The value.
        value: f64,
    },
    /// An option of the strategy outside what is allowed.
    #[error("{option} must be {allowed}, not {value}")]
    Option {
        /// Its name.
        option: &'static str,
        /// What is allowed.
        allowed: &'static str,
        /// What it was.
        value: String,
    },
    /// A saved state that does not belong to this strategy and space.
    #[error("the saved state does not fit: {0}")]
    Saved(String),
}

impl StrategyError {
    pub(super) fn refused(option: &'static str, allowed: &'static str, value: impl ToString) -> Self {
        Self::Option { option, allowed, value: value.to_string() }
    }
}

/// A search method: proposes architectures, learns from their scores.
///
/// Pure: the same calls with equally seeded generators give the same answers.
pub trait Strategy: Send {
    /// The name used in configurations and saved states.
    fn name(&self) -> &'static str;

    /// Draws a pool with so many architectures from each distribution, ordered by distribution. All are legal; where
    /// no legal one was found in [`REDRAWS`] draws, the pool is smaller.
    ///
    /// A pool may be asked for and never told.
    fn ask(&mut self, per_distribution: usize, rng: &mut dyn Rng) -> Vec<Proposal>;

    /// Learns from a scored pool.
    ///
    /// # Errors
    /// A pool with a loss or complexity that is not finite, or with a misfit; nothing has changed then.
    fn tell(&mut self, scored: &[Scored], rng: &mut dyn Rng) -> Result<Update, StrategyError>;

    /// Changes the search from here on.
    ///
    /// # Errors
    /// A change that is not allowed; nothing has changed then.
    fn adjust(&mut self, change: &Adjustment) -> Result<(), StrategyError>;

    /// All that the search keeps of one distribution alone, for [`Strategy::put_back`] once it was removed.
    ///
    /// # Panics
    /// Where there is no such distribution.
    fn save_distribution(&self, distribution: usize) -> serde_json::Value;

    /// Puts a distribution that was removed back as it was; those from there on move up by one.
    ///
    /// # Errors
    /// A place that there is none, a state of another strategy or space; nothing has changed then.
    fn put_back(&mut self, distribution: usize, saved: &serde_json::Value) -> Result<(), StrategyError>;

    /// The distributions as they are now.
    fn distributions(&self) -> &[Distribution];

    /// The current answer of one distribution: its most likely architecture that can be evaluated and is within its
    /// target, or for a strategy that keeps what it has seen, the best of that for the distribution's objective.
    ///
    /// # Panics
    /// Where there is no such distribution.
    fn mode(&self, distribution: usize) -> Architecture {
        self.distributions()[distribution].theta.mode()
    }

    /// Illegal architectures that were drawn again so far.
    fn redrawn(&self) -> u64;

    /// The whole state, from which [`Strategy::restore`] continues identically.
    fn save(&self) -> serde_json::Value;

    /// Takes up a saved state.
    ///
    /// # Errors
    /// A state of another strategy or space; nothing has changed then.
    fn restore(&mut self, saved: &serde_json::Value) -> Result<(), StrategyError>;
}
