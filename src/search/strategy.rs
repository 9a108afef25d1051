//! The seam between search methods and the loop that drives them.

use std::sync::Arc;

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::space::Architecture;

use super::Theta;

/// R(c), the complexity of an architecture scaled to [0, 1] over its space.
pub type Cost = Arc<dyn Fn(&Architecture) -> f64 + Send + Sync>;

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
    /// The importance weight p_k(c) / q(c) of every sample of the pool, in the order told.
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
}

/// A product of categorical distributions, one row of probabilities a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// The weight of complexity in its objective.
    pub coefficient: f64,
    /// For each decision, the probability of each option.
    pub theta: Theta,
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

/// A search method: proposes architectures, learns from their scores.
///
/// Pure: the same calls with equally seeded generators give the same answers.
pub trait Strategy: Send {
    /// Draws a pool with so many architectures from each distribution, ordered by distribution.
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

    /// The distributions as they are now.
    fn distributions(&self) -> &[Distribution];

    /// The whole state, from which [`Strategy::restore`] continues identically.
    fn save(&self) -> serde_json::Value;

    /// Takes up a saved state.
    ///
    /// # Errors
    /// A state of another strategy or space; nothing has changed then.
    fn restore(&mut self, saved: &serde_json::Value) -> Result<(), StrategyError>;
}
