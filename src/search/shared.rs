//! The shared search: K distributions with coefficients of complexity, each learning from the samples of all.
//!
//! For coefficients eps_1..eps_K distribution k minimises J_k = E_{c ~ p_k}[ L(c) + eps_k R(c) ]. Each iteration draws
//! a pool from all distributions, scores it once, and moves every distribution on it:
//!
//! 1. importance weights w_k = p_k / q, q the mixture of all ([`mixture`]);
//! 2. objectives f = L + eps_k R, and coefficients a from f and w ([`Utility`]);
//! 3. the natural gradient (1/N) sum_i a_i (onehot(c_i) - theta_k) ([`super::gradient`]);
//! 4. one step of ASNG, each distribution with a path and a step length of its own ([`super::Asng`]).
//!
//! **What is the paper's** (Noda, Saito and Shirakawa, ICANN 2022, arXiv 2207.10334, as far as its abstract says): one
//! search; a weighted sum of two metrics; several distributions for different complexities; each updated with samples
//! from all of them through importance sampling; the natural gradient.
//!
//! **What is ours**: the mixture as the sampling distribution, with equally many samples from each; the utilities;
//! ASNG as the rule of steps; the complexity gradient from unscored samples; what happens at the edges:
//!
//! * a distribution for which all objectives of a pool are equal stays untouched, path and step length as well; with
//!   [`ComplexityGradient::Sampled`] and a coefficient above 0 its complexity, which needs no losses, still moves it;
//! * a distribution may have a complexity target in place of a coefficient: see the module `multiplier`;
//! * the answer is the mode, or where that is over a target or cannot be evaluated, the most likely architecture that
//!   is neither: see the module `likely`;
//! * samples that could not be scored may be left out of a pool; the shares of the mixture stay 1/K;
//! * the order in which samples are told does not matter, to the last bit; nor does which distribution drew them.
//!
//! With K = 1 all weights are exactly 1, and this is ASNG.
//!
//! ```
//! use std::sync::Arc;
//! use isthmus::search::{Aim, Domain, Purpose, Scored, Shared, SharedOptions, Strategy, stream};
//! use isthmus::space::Architecture;
//!
//! // Four decisions of three options: the higher, the lower the loss, and the dearer.
//! let level = |c: &Architecture| c.options().iter().map(|&o| f64::from(o)).sum::<f64>() / 8.0;
//! let loss = move |c: &Architecture| 1.0 - level(c);
//! // The bound of ASNG is made for many decisions; for so few it would stay far from a decision.
//! let options = SharedOptions { least_probability: Some(0.02), ..SharedOptions::default() };
//! let domain = Domain::new(&[3; 4], Arc::new(level));
//! let mut search = Shared::new(domain, &[Aim::Coefficient(0.0), Aim::Coefficient(4.0)], options)?;
//! for iteration in 0..300 {
//!     let pool = search.ask(2, &mut stream(1, Purpose::ScorePool, iteration));
//!     let scored: Vec<Scored> = pool
//!         .into_iter()
//!         .map(|proposal| Scored {
//!             loss: loss(&proposal.architecture),
//!             complexity: level(&proposal.architecture),
//!             architecture: proposal.architecture,
//!             source: proposal.source,
//!         })
//!         .collect();
//!     search.tell(&scored, &mut stream(1, Purpose::Update, iteration))?;
//! }
//! let modes: Vec<Architecture> = search.distributions().iter().map(|d| d.theta.mode()).collect();
//! assert_eq!(modes[0].options(), [2, 2, 2, 2]);
//! assert_eq!(modes[1].options(), [0, 0, 0, 0]);
//! # Ok::<(), isthmus::search::StrategyError>(())
//! ```

use rand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::space::Architecture;

use super::learner::{Learner, Lesson};
use super::pool::Pool;
use super::{
    Adjustment, Aim, AsngOptions, Distribution, DistributionUpdate, Domain, Proposal, Scored, Strategy, StrategyError,
    Update, Utility, likely, mixture,
};

/// What a saved state of this strategy calls itself.
const NAME: &str = "shared";

/// How complexity enters the gradient of theta.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ComplexityGradient {
    /// In the objective of the scored pool: f = L + eps R.
    Pool,
    /// Apart from the losses, from unscored samples of each distribution: complexity is known exactly, so that its
    /// share of the gradient needs no evaluation. The utility sees the losses alone, and eps times the gradient of
    /// complexity is taken off, so that eps is in units of the utility and not of the loss.
    Sampled,
}

/// How the shared search learns.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedOptions {
    /// How losses become coefficients of the natural gradient.
    pub utility: Utility,
    /// How complexity enters the gradient.
    pub complexity_gradient: ComplexityGradient,
    /// Unscored architectures a distribution for [`ComplexityGradient::Sampled`], at least 2 there.
    pub complexity_samples: usize,
    /// First length of a step in the Fisher metric (delta0 of ASNG), above 0.
    pub initial_step: f64,
    /// The signal-to-noise ratio that steps adapt to (alpha of ASNG), above 1.
    pub signal_to_noise: f64,
    /// Least probability of an option, in (0, 1); where it is 1 / options or more, the row stays uniform. By default
    /// that of ASNG, [`super::bound::least_probabilities`].
    pub least_probability: Option<f64>,
}

impl Default for SharedOptions {
    fn default() -> Self {
        Self {
            utility: Utility::Wquant,
            complexity_gradient: ComplexityGradient::Pool,
            complexity_samples: 32,
            initial_step: 1.0,
            signal_to_noise: 1.5,
            least_probability: None,
        }
    }
}

/// K distributions that learn from each other's samples.
///
/// A restored state brings its distributions with their number and coefficients, which may have been adjusted; options
/// and cost stay those that the search was made with.
pub struct Shared(Learner);

impl Shared {
    /// A search that starts uniformly; each aim makes a distribution.
    ///
    /// # Errors
    /// A decision without options or with more than 65,536, no aim or one outside what is allowed, an option outside
    /// what is allowed.
    pub fn new(domain: Domain, aims: &[Aim], options: SharedOptions) -> Result<Self, StrategyError> {
        Learner::new(domain, aims, options).map(Self)
    }
}

impl Strategy for Shared {
    fn name(&self) -> &'static str {
        NAME
    }

    fn ask(&mut self, per_distribution: usize, rng: &mut dyn Rng) -> Vec<Proposal> {
        self.0.ask(per_distribution, rng)
    }

    fn tell(&mut self, scored: &[Scored], rng: &mut dyn Rng) -> Result<Update, StrategyError> {
        self.0.domain.check_pool(scored)?;
        let pool = Pool::new(scored, &self.0.distributions[0].theta);
        let thetas = self.0.distributions.iter().map(|distribution| &distribution.theta);
        let weights = mixture::importance_weights(thetas, &pool.picks);
        let lessons: Vec<Lesson<'_>> =
            weights.iter().map(|weights| Lesson { pool: &pool, weights, elite: None }).collect();
        let steps = self.0.learn(&lessons, rng)?;
        let update = weights.iter().zip(steps).map(|(weights, step)| DistributionUpdate {
            weights: pool.as_told(weights, scored.len()),
            ess: mixture::effective_samples(weights),
            step,
        });
        Ok(Update { distributions: update.collect() })
    }

    fn adjust(&mut self, change: &Adjustment) -> Result<(), StrategyError> {
        self.0.adjust(change)
    }

    fn save_distribution(&self, distribution: usize) -> Value {
        self.0.save_distribution(NAME, distribution)
    }

    fn put_back(&mut self, distribution: usize, saved: &Value) -> Result<(), StrategyError> {
        self.0.put_back(NAME, distribution, saved)
    }

    fn distributions(&self) -> &[Distribution] {
        &self.0.distributions
    }

    fn mode(&self, distribution: usize) -> Architecture {
        likely::most_likely(&self.0.distributions[distribution], &self.0.domain)
    }

    fn redrawn(&self) -> u64 {
        self.0.redrawn
    }

    fn save(&self) -> Value {
        self.0.save(NAME)
    }

    fn restore(&mut self, saved: &Value) -> Result<(), StrategyError> {
        self.0.restore(NAME, saved)
    }
}

impl SharedOptions {
    pub(super) fn steps(&self) -> AsngOptions {
        AsngOptions { initial_step: self.initial_step, signal_to_noise: self.signal_to_noise }
    }

    pub(super) fn check(&self) -> Result<(), StrategyError> {
        let &Self { initial_step, signal_to_noise, least_probability, complexity_samples, .. } = self;
        if !(initial_step.is_normal() && initial_step > 0.0) {
            return Err(StrategyError::refused("initial_step", "a finite number above 0", initial_step));
        }
        if !(signal_to_noise.is_finite() && signal_to_noise > 1.0) {
            return Err(StrategyError::refused("signal_to_noise", "a finite number above 1", signal_to_noise));
        }
        if let Some(least) = least_probability.filter(|least| !(least.is_normal() && *least > 0.0 && *least < 1.0)) {
            return Err(StrategyError::refused("least_probability", "above 0 and below 1", least));
        }
        if self.complexity_gradient == ComplexityGradient::Sampled && complexity_samples < 2 {
            return Err(StrategyError::refused("complexity_samples", "at least 2", complexity_samples));
        }
        Ok(())
    }
}
