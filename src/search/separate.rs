//! K searches that share nothing: the baseline that the paper's shared search is measured against.
//!
//! Distribution k minimises E_{c ~ p_k}\[ L(c) + eps_k R(c) \] from the samples that it has drawn itself, by ASNG
//! (Akimoto et al., ICML 2019, arXiv 1905.08537): the pool is taken apart by source, and each part moves its own
//! distribution as a [shared search](super::shared) of one distribution would, with every weight 1.
//!
//! An update shows that as weights: 1 for a distribution's own samples, 0 for all others, so that its ESS is the number
//! of its own. Samples of a source that there is no longer teach nobody.
//!
//! Targets, and the answer under one, are as in the shared search, and ours.

use rand::Rng;
use serde_json::Value;

use crate::space::Architecture;

use super::learner::{Learner, Lesson};
use super::pool::Pool;
use super::{
    Adjustment, Aim, Distribution, DistributionUpdate, Domain, Proposal, Scored, SharedOptions, Strategy,
    StrategyError, Update, likely, mixture,
};

/// What a saved state of this strategy calls itself.
const NAME: &str = "separate";

/// K distributions that each learn from their own samples.
pub struct Separate(Learner);

impl Separate {
    /// A search that starts uniformly; each aim makes a distribution. The options are those of the shared search.
    ///
    /// # Errors
    /// A decision without options or with more than 65,536, no aim or one outside what is allowed, an option outside
    /// what is allowed.
    pub fn new(domain: Domain, aims: &[Aim], options: SharedOptions) -> Result<Self, StrategyError> {
        Learner::new(domain, aims, options).map(Self)
    }
}

impl Strategy for Separate {
    fn name(&self) -> &'static str {
        NAME
    }

    fn ask(&mut self, per_distribution: usize, rng: &mut dyn Rng) -> Vec<Proposal> {
        self.0.ask(per_distribution, rng)
    }

    fn tell(&mut self, scored: &[Scored], rng: &mut dyn Rng) -> Result<Update, StrategyError> {
        self.0.domain.check_pool(scored)?;
        let own = |(k, distribution): (usize, &Distribution)| Pool::own(scored, k, &distribution.theta);
        let pools: Vec<Pool<'_>> = self.0.distributions.iter().enumerate().map(own).collect();
        let ones = vec![1.0; scored.len()];
        let lessons: Vec<Lesson<'_>> =
            pools.iter().map(|pool| Lesson { pool, weights: &ones[..pool.samples.len()], elite: None }).collect();
        let steps = self.0.learn(&lessons, rng)?;
        let update = steps
            .into_iter()
            .enumerate()
            .map(|(k, step)| DistributionUpdate { step, ..mixture::own_samples(scored, k) });
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
