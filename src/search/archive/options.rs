//! How the shared search with an archive learns, and what of it is allowed.

use crate::search::{ComplexityGradient, SharedOptions, StrategyError, Utility};

/// The least probability of an option as a share of that of ASNG, which is made for searches that score again what
/// they know.
pub(super) const LEAST: f64 = 0.5;

/// Pools reused and candidates at most, which bounds time and what is saved.
const MOST: usize = 1_000;

/// Architectures remembered at most.
const MOST_MEMORY: usize = 1 << 20;

/// How the shared search with an archive learns.
#[derive(Clone, Debug, PartialEq)]
pub struct ArchiveOptions {
    /// The pools that distributions learn from, the last of which is the one told; from 1 to 1,000.
    pub pools: usize,
    /// The share of the weighted samples that counts as the best, and as the worst; above 0, at most 1/2.
    pub elite: f64,
    /// The share of samples that is drawn from between neighbouring distributions, from 0 to 1.
    pub between: f64,
    /// Candidates drawn for each sample, of which one is proposed, from 1 to 1,000: with 1 there is no screening.
    pub candidates: usize,
    /// Architectures remembered, from 1 to 1,048,576; time for an iteration grows with it.
    pub memory: usize,
    /// First length of a step in the Fisher metric (delta0 of ASNG), above 0.
    pub initial_step: f64,
    /// The signal-to-noise ratio that steps adapt to (alpha of ASNG), above 1.
    pub signal_to_noise: f64,
    /// Least probability of an option, in (0, 1); where it is 1 / options or more, the row stays uniform. By default
    /// half of that of ASNG, [`crate::search::bound::least_probabilities`].
    pub least_probability: Option<f64>,
}

impl Default for ArchiveOptions {
    fn default() -> Self {
        let SharedOptions { initial_step, signal_to_noise, least_probability, .. } = SharedOptions::default();
        Self {
            pools: 8,
            elite: 0.125,
            between: 0.5,
            candidates: 16,
            memory: 4096,
            initial_step,
            signal_to_noise,
            least_probability,
        }
    }
}

impl ArchiveOptions {
    pub(super) fn check(&self) -> Result<(), StrategyError> {
        let &Self { pools, elite, between, candidates, memory, .. } = self;
        if !(1..=MOST).contains(&pools) {
            return Err(StrategyError::refused("pools", "from 1 to 1000", pools));
        }
        if !(elite.is_normal() && elite > 0.0 && elite <= 0.5) {
            return Err(StrategyError::refused("elite", "above 0 and at most 0.5", elite));
        }
        if !(0.0..=1.0).contains(&between) {
            return Err(StrategyError::refused("between", "from 0 to 1", between));
        }
        if !(1..=MOST).contains(&candidates) {
            return Err(StrategyError::refused("candidates", "from 1 to 1000", candidates));
        }
        if !(1..=MOST_MEMORY).contains(&memory) {
            return Err(StrategyError::refused("memory", "from 1 to 1048576", memory));
        }
        Ok(())
    }

    /// How distributions step.
    pub(super) fn learning(&self) -> SharedOptions {
        let &Self { initial_step, signal_to_noise, least_probability, .. } = self;
        SharedOptions {
            utility: Utility::Wquant,
            complexity_gradient: ComplexityGradient::Pool,
            initial_step,
            signal_to_noise,
            least_probability,
            ..SharedOptions::default()
        }
    }
}
