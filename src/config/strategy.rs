//! From the settings of a search to the options of its strategy.

use crate::search::SharedOptions;

use super::SearchSettings;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_of_a_run_are_those_of_the_strategy() {
        assert_eq!(SharedOptions::from(&SearchSettings::default()), SharedOptions::default());
    }
}
