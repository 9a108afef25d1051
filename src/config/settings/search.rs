//! `[search]`: the search method.

use serde::{Deserialize, Serialize};

use crate::config::Amount;
use crate::search::{Aim, ComplexityGradient, Utility};
use crate::space::{Measure, Normaliser, Scale};

/// `[search]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SearchSettings {
    /// The method.
    pub strategy: StrategyKind,
    /// The complexity coefficient of each distribution, at least one, each at least 0; none where there are targets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coefficients: Option<Vec<f64>>,
    /// The complexity that each distribution is to stay at or below, in place of coefficients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<Vec<Amount>>,
    /// Iterations in all.
    pub iterations: u64,
    /// Share of the iterations, in [0, 1), in which theta rests and architectures are drawn uniformly.
    pub warm_up: f64,
    /// Architectures a distribution in the pool that the weights learn from.
    pub weight_samples: usize,
    /// Steps of the weights an iteration: the pool is dealt out to so many, each with a batch of its own.
    pub weight_steps: usize,
    /// Architectures a distribution in the pool that theta learns from.
    pub score_samples: usize,
    /// How losses become coefficients of the natural gradient.
    pub utility: Utility,
    /// How complexity enters the gradient.
    pub complexity_gradient: ComplexityGradient,
    /// Unscored architectures a distribution for `complexity_gradient = "sampled"`.
    pub complexity_samples: usize,
    /// What complexity is measured in.
    pub complexity: Measure,
    /// How complexity is scaled to [0, 1].
    pub complexity_scale: Scale,
    /// First length of a step of theta in the Fisher metric (delta0 of ASNG).
    pub initial_step: f64,
    /// The signal-to-noise ratio that ASNG's steps adapt to (alpha), above 1.
    pub signal_to_noise: f64,
    /// Pools that `shared-archive` learns from at once, the newest among them.
    pub pools: usize,
    /// Share of the weighted samples that `shared-archive` counts as the best, and as the worst.
    pub elite: f64,
    /// Share of samples that `shared-archive` draws from between neighbouring distributions.
    pub between: f64,
    /// Candidates that `shared-archive` chooses each sample among.
    pub candidates: usize,
    /// Architectures that `shared-archive` remembers.
    pub memory: usize,
    /// Members of each population of `regularised-evolution` and of that of `nsga2`.
    pub population: usize,
    /// Members that `regularised-evolution` chooses a parent among.
    pub tournament: usize,
    /// Least probability of an option; by default that of ASNG, 1 / (decisions * (options - 1)).
    pub least_probability: Option<f64>,
}

/// The search methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StrategyKind {
    /// K distributions that learn from each other's samples.
    Shared,
    /// The same with an archive of what was scored, for tables.
    SharedArchive,
    /// The same K distributions, each learning from its own samples.
    Separate,
    /// Uniform sampling.
    Random,
    /// Regularised evolution, one population a distribution.
    RegularisedEvolution,
    /// NSGA-II, one population for the whole front.
    Nsga2,
}

impl StrategyKind {
    /// The name used in configurations and on the screen.
    pub fn name(self) -> &'static str {
        match self {
            StrategyKind::Shared => "shared",
            StrategyKind::SharedArchive => "shared-archive",
            StrategyKind::Separate => "separate",
            StrategyKind::Random => "random",
            StrategyKind::RegularisedEvolution => "regularised-evolution",
            StrategyKind::Nsga2 => "nsga2",
        }
    }
}

/// The coefficients of a search that names neither them nor targets.
const COEFFICIENTS: [f64; 4] = [0.0, 0.3, 1.0, 3.0];

impl SearchSettings {
    /// Writes down the coefficients that a search has which names neither them nor targets.
    pub(in crate::config) fn choose_aims(&mut self) {
        if self.targets.is_none() {
            self.coefficients.get_or_insert_with(|| COEFFICIENTS.into());
        }
    }

    /// How many distributions there are at the start.
    pub fn distributions(&self) -> usize {
        match (&self.targets, &self.coefficients) {
            (Some(targets), _) => targets.len(),
            (None, Some(coefficients)) => coefficients.len(),
            (None, None) => COEFFICIENTS.len(),
        }
    }

    /// What each distribution aims at, with targets as R.
    pub fn aims(&self, normaliser: &Normaliser) -> Vec<Aim> {
        match (&self.targets, &self.coefficients) {
            (Some(targets), _) => targets.iter().map(|target| Aim::Target(normaliser.scaled(target.value()))).collect(),
            (None, Some(coefficients)) => coefficients.iter().map(|&c| Aim::Coefficient(c)).collect(),
            (None, None) => COEFFICIENTS.into_iter().map(Aim::Coefficient).collect(),
        }
    }
}

impl Default for SearchSettings {
    fn default() -> Self {
        Self {
            strategy: StrategyKind::Shared,
            coefficients: None,
            targets: None,
            iterations: 1_000,
            warm_up: 0.4,
            weight_samples: 1,
            weight_steps: 1,
            score_samples: 1,
            utility: Utility::Wquant,
            complexity_gradient: ComplexityGradient::Pool,
            complexity_samples: 32,
            complexity: Measure::Parameters,
            complexity_scale: Scale::Log,
            initial_step: 1.0,
            signal_to_noise: 1.5,
            pools: 8,
            elite: 0.125,
            between: 0.5,
            candidates: 16,
            memory: 4096,
            population: 20,
            tournament: 5,
            least_probability: None,
        }
    }
}
