//! Which strategies there are, and from the settings of a search to the options of its strategy.

use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error, StrDeserializer};

use crate::search::{ArchiveOptions, EvolutionOptions, Nsga2Options, SharedOptions};

use super::kind::words;
use super::{SearchSettings, StrategyKind};

impl StrategyKind {
    /// Every strategy.
    pub fn all() -> Vec<Self> {
        words::<Self>().into_iter().filter_map(Self::named).collect()
    }

    /// The strategy of a name.
    pub fn named(name: &str) -> Option<Self> {
        let name: StrDeserializer<'_, Error> = name.into_deserializer();
        Self::deserialize(name).ok()
    }
}

impl From<&SearchSettings> for SharedOptions {
    fn from(settings: &SearchSettings) -> Self {
        Self {
            utility: settings.utility,
            complexity_gradient: settings.complexity_gradient,
            complexity_samples: settings.complexity_samples,
            initial_step: settings.initial_step,
            signal_to_noise: settings.signal_to_noise,
            least_probability: settings.least_probability,
        }
    }
}

impl From<&SearchSettings> for ArchiveOptions {
    fn from(settings: &SearchSettings) -> Self {
        Self {
            pools: settings.pools,
            elite: settings.elite,
            between: settings.between,
            candidates: settings.candidates,
            memory: settings.memory,
            initial_step: settings.initial_step,
            signal_to_noise: settings.signal_to_noise,
            least_probability: settings.least_probability,
        }
    }
}

impl From<&SearchSettings> for EvolutionOptions {
    fn from(settings: &SearchSettings) -> Self {
        Self { population: settings.population, tournament: settings.tournament }
    }
}

impl From<&SearchSettings> for Nsga2Options {
    fn from(settings: &SearchSettings) -> Self {
        Self { population: settings.population, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_of_a_run_are_those_of_the_strategy() {
        assert_eq!(SharedOptions::from(&SearchSettings::default()), SharedOptions::default());
        assert_eq!(ArchiveOptions::from(&SearchSettings::default()), ArchiveOptions::default());
        assert_eq!(EvolutionOptions::from(&SearchSettings::default()), EvolutionOptions::default());
        assert_eq!(Nsga2Options::from(&SearchSettings::default()), Nsga2Options::default());
    }

    #[test]
    fn every_strategy_is_called_alike_in_settings_and_elsewhere() {
        let all = StrategyKind::all();
        assert!(all.contains(&StrategyKind::Shared) && all.len() == words::<StrategyKind>().len());
        for kind in all {
            assert_eq!(StrategyKind::named(kind.name()), Some(kind));
        }
        assert_eq!(StrategyKind::named("Shared"), None);
    }
}
