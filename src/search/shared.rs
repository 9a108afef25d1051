//! The shared search: K distributions with coefficients of complexity, each learning from the samples of all.
//!
//! For coefficients eps_1..eps_K distribution k minimises J_k = E_{c ~ p_k}[ L(c) + eps_k R(c) ]. Each iteration draws
//! a pool from all distributions, scores it once, and moves every distribution on it:
//!
//! 1. importance weights w_k = p_k / q, q the mixture of all ([`mixture`]);
//! 2. objectives f = L + eps_k R, and coefficients a from f and w ([`Utility`]);
//! 3. the natural gradient (1/N) sum_i a_i (onehot(c_i) - theta_k) ([`gradient`]);
//! 4. one step of ASNG, each distribution with a path and a step length of its own ([`Asng`]).
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

use super::{
    Adjustment, Aim, Asng, AsngOptions, Distribution, DistributionUpdate, Domain, Picks, Proposal, Scored, Strategy,
    StrategyError, Theta, Update, Utility, bound, distribution, gradient, mixture, saved,
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
    /// that of ASNG, [`bound::least_probabilities`].
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
pub struct Shared {
    distributions: Vec<Distribution>,
    steps: Vec<Asng>,
    least: Vec<f64>,
    options: SharedOptions,
    domain: Domain,
    redrawn: u64,
}

/// The state as it is saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    strategy: String,
    distributions: Vec<Distribution>,
    steps: Vec<Asng>,
    redrawn: u64,
}

impl Shared {
    /// A search that starts uniformly; each aim makes a distribution.
    ///
    /// # Errors
    /// A decision without options or with more than 65,536, no aim or one outside what is allowed, an option outside
    /// what is allowed.
    pub fn new(domain: Domain, aims: &[Aim], options: SharedOptions) -> Result<Self, StrategyError> {
        domain.check()?;
        let distributions = distribution::uniform(&domain, aims)?;
        options.check()?;
        let theta = &distributions[0].theta;
        let least = match options.least_probability {
            Some(least) => vec![least; domain.sizes.len()],
            None => bound::least_probabilities(&domain.sizes),
        };
        Ok(Self {
            steps: vec![Asng::new(theta.freedom()); distributions.len()],
            distributions,
            least,
            options,
            domain,
            redrawn: 0,
        })
    }

    /// The direction in which the distribution improves; none where the pool says nothing to it.
    fn direction(
        &self,
        k: usize,
        pool: &Pool<'_>,
        weights: &[f64],
        rng: &mut dyn Rng,
    ) -> Result<Option<Vec<f64>>, StrategyError> {
        let Distribution { coefficient, theta, .. } = &self.distributions[k];
        let sampled = self.options.complexity_gradient == ComplexityGradient::Sampled;
        let share = if sampled { 0.0 } else { *coefficient };
        let objectives: Vec<f64> = pool.samples.iter().map(|told| told.loss + share * told.complexity).collect();
        let coefficients = self.options.utility.coefficients(&objectives, weights);
        let mut direction = coefficients.map(|a| gradient::natural(theta, &pool.picks, &a));
        if sampled && *coefficient > 0.0 {
            let dearer = self.complexity_gradient(k, rng)?;
            let direction = direction.get_or_insert_with(|| vec![0.0; dearer.len()]);
            direction.iter_mut().zip(dearer).for_each(|(g, h)| *g -= coefficient * h);
        }
        Ok(direction)
    }

    fn complexity_gradient(&self, k: usize, rng: &mut dyn Rng) -> Result<Vec<f64>, StrategyError> {
        let theta = &self.distributions[k].theta;
        // Not counted as drawn again: these are never evaluated.
        let samples: Vec<_> = (0..self.options.complexity_samples)
            .filter_map(|_| self.domain.draw(&mut 0, || theta.sample(rng)))
            .collect();
        let complexities: Vec<f64> = samples.iter().map(|architecture| (self.domain.cost)(architecture)).collect();
        match complexities.iter().find(|value| !value.is_finite()) {
            Some(&value) => Err(StrategyError::Complexity { distribution: k, value }),
            None => Ok(gradient::sampled_complexity(theta, &samples, &complexities)),
        }
    }
}

/// A pool in an order that does not depend on how it was told, so that sums over it do not either.
struct Pool<'a> {
    /// For each sample, its place in the pool as told.
    order: Vec<usize>,
    samples: Vec<&'a Scored>,
    picks: Picks,
}

impl<'a> Pool<'a> {
    fn new(scored: &'a [Scored], theta: &Theta) -> Self {
        let mut order: Vec<usize> = (0..scored.len()).collect();
        order.sort_by(|&a, &b| {
            let (a, b) = (&scored[a], &scored[b]);
            let numbers = || a.loss.total_cmp(&b.loss).then(a.complexity.total_cmp(&b.complexity));
            a.architecture.cmp(&b.architecture).then_with(numbers)
        });
        let samples: Vec<&Scored> = order.iter().map(|&i| &scored[i]).collect();
        let picks = Picks::new(theta, samples.iter().map(|told| &told.architecture));
        Self { order, samples, picks }
    }

    fn as_told(&self, values: &[f64]) -> Vec<f64> {
        let mut told = vec![0.0; values.len()];
        self.order.iter().zip(values).for_each(|(&place, &value)| told[place] = value);
        told
    }
}

impl Strategy for Shared {
    fn name(&self) -> &'static str {
        NAME
    }

    fn ask(&mut self, per_distribution: usize, rng: &mut dyn Rng) -> Vec<Proposal> {
        let mut pool = Vec::with_capacity(per_distribution * self.distributions.len());
        for (source, distribution) in self.distributions.iter().enumerate() {
            let draws = (0..per_distribution)
                .filter_map(|_| self.domain.draw(&mut self.redrawn, || distribution.theta.sample(rng)));
            pool.extend(draws.map(|architecture| Proposal { architecture, source }));
        }
        pool
    }

    fn tell(&mut self, scored: &[Scored], rng: &mut dyn Rng) -> Result<Update, StrategyError> {
        self.domain.check_pool(scored)?;
        let pool = Pool::new(scored, &self.distributions[0].theta);
        let thetas = self.distributions.iter().map(|distribution| &distribution.theta);
        let weights = mixture::importance_weights(thetas, &pool.picks);
        // All directions before the first step: a refusal must leave every distribution as it was.
        let directions = weights
            .iter()
            .enumerate()
            .map(|(k, weights)| self.direction(k, &pool, weights, rng))
            .collect::<Result<Vec<_>, _>>()?;

        let steps = self.options.steps();
        let mut update = Update::default();
        for (k, (weights, direction)) in weights.iter().zip(directions).enumerate() {
            let theta = &mut self.distributions[k].theta;
            let step = direction.map_or(0.0, |g| self.steps[k].update(theta, &g, &self.least, steps));
            let ess = mixture::effective_samples(weights);
            update.distributions.push(DistributionUpdate { weights: pool.as_told(weights), ess, step });
        }
        Ok(update)
    }

    fn adjust(&mut self, change: &Adjustment) -> Result<(), StrategyError> {
        distribution::adjust(&mut self.distributions, change)?;
        match *change {
            Adjustment::Add { distribution, .. } => {
                let freedom = self.distributions[distribution].theta.freedom();
                self.steps.insert(distribution, Asng::new(freedom));
            }
            Adjustment::Remove { distribution } => drop(self.steps.remove(distribution)),
            Adjustment::Coefficient { .. } | Adjustment::Target { .. } => {}
        }
        Ok(())
    }

    fn distributions(&self) -> &[Distribution] {
        &self.distributions
    }

    fn redrawn(&self) -> u64 {
        self.redrawn
    }

    fn save(&self) -> Value {
        serde_json::json!({
            "strategy": NAME,
            "distributions": self.distributions,
            "steps": self.steps,
            "redrawn": self.redrawn,
        })
    }

    fn restore(&mut self, saved: &Value) -> Result<(), StrategyError> {
        let saved: Saved = saved::read(NAME, saved)?;
        let misfit = |why: String| Err(StrategyError::Saved(why));
        if saved.distributions.len() != saved.steps.len() {
            let (distributions, steps) = (saved.distributions.len(), saved.steps.len());
            return misfit(format!("it has {distributions} distributions and {steps} step states"));
        }
        distribution::check_saved(&self.domain, &saved.distributions)?;
        let freedom = self.distributions[0].theta.freedom();
        if let Some(k) = saved.steps.iter().position(|steps| !steps.is_sound(freedom)) {
            return misfit(format!("the step state of distribution {k} is broken"));
        }
        self.redrawn = saved.redrawn;
        self.distributions = saved.distributions;
        self.steps = saved.steps;
        Ok(())
    }
}

impl SharedOptions {
    fn steps(&self) -> AsngOptions {
        AsngOptions { initial_step: self.initial_step, signal_to_noise: self.signal_to_noise }
    }

    fn check(&self) -> Result<(), StrategyError> {
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
