//! Random search: every architecture equally likely, always. What any other strategy must beat (Li and Talwalkar,
//! UAI 2019, arXiv 1902.07638).
//!
//! Each distribution is uniform and stays so; the same architecture may be drawn again. The answer for an aim is the
//! best architecture told: the least loss + coefficient R; with a target the least loss within it, and where nothing
//! told is within it, the least R. That uses every sample for every aim, which random sampling gives for nothing: all
//! importance weights are 1.

use rand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::space::Architecture;

use super::front::Front;
use super::{
    Adjustment, Aim, Distribution, Domain, Proposal, Scored, Strategy, StrategyError, Update, distribution, likely,
    mixture, saved,
};

/// What a saved state of this strategy calls itself.
const NAME: &str = "random";

/// Draws uniformly and remembers the best.
pub struct Random {
    distributions: Vec<Distribution>,
    front: Front,
    domain: Domain,
    redrawn: u64,
}

/// The state as it is saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    strategy: String,
    distributions: Vec<Distribution>,
    front: Front,
    redrawn: u64,
}

impl Random {
    /// A search with one distribution an aim.
    ///
    /// # Errors
    /// A decision without options or with more than 65,536, no aim or one outside what is allowed.
    pub fn new(domain: Domain, aims: &[Aim]) -> Result<Self, StrategyError> {
        domain.check()?;
        Ok(Self { distributions: distribution::uniform(&domain, aims)?, front: Front::default(), domain, redrawn: 0 })
    }
}

impl Strategy for Random {
    fn name(&self) -> &'static str {
        NAME
    }

    fn ask(&mut self, per_distribution: usize, rng: &mut dyn Rng) -> Vec<Proposal> {
        distribution::sample(&self.distributions, per_distribution, &self.domain, &mut self.redrawn, rng)
    }

    fn tell(&mut self, scored: &[Scored], _: &mut dyn Rng) -> Result<Update, StrategyError> {
        self.domain.check_pool(scored)?;
        self.front.tell(scored);
        Ok(Update { distributions: self.distributions.iter().map(|_| mixture::all_samples(scored)).collect() })
    }

    fn adjust(&mut self, change: &Adjustment) -> Result<(), StrategyError> {
        distribution::adjust(&mut self.distributions, change)
    }

    fn save_distribution(&self, distribution: usize) -> Value {
        saved::distribution(NAME, &self.distributions[distribution])
    }

    fn put_back(&mut self, distribution: usize, saved: &Value) -> Result<(), StrategyError> {
        let saved = saved::read_distribution(NAME, saved)?;
        distribution::put_back(&mut self.distributions, distribution, saved, &self.domain)
    }

    fn distributions(&self) -> &[Distribution] {
        &self.distributions
    }

    fn mode(&self, distribution: usize) -> Architecture {
        let distribution = &self.distributions[distribution];
        let best = self.front.best(distribution).map(|told| told.architecture.clone());
        best.unwrap_or_else(|| likely::most_likely(distribution, &self.domain))
    }

    fn redrawn(&self) -> u64 {
        self.redrawn
    }

    fn save(&self) -> Value {
        serde_json::json!({
            "strategy": NAME,
            "distributions": self.distributions,
            "front": self.front,
            "redrawn": self.redrawn,
        })
    }

    fn restore(&mut self, saved: &Value) -> Result<(), StrategyError> {
        let saved: Saved = saved::read(NAME, saved)?;
        distribution::check_saved(&self.domain, &saved.distributions)?;
        saved.front.check_saved(&self.domain)?;
        self.distributions = saved.distributions;
        self.front = saved.front;
        self.redrawn = saved.redrawn;
        Ok(())
    }
}
