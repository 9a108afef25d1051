//! What is known of a kept sample: the columns of its table, which filters and orders go by as well.

use crate::engine::{Dashboard, Kept};
use crate::space::{Measure, Normaliser};

/// Something known of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Number,
    Iteration,
    Source,
    Loss,
    Accuracy,
    Parameters,
    Macs,
    Latency,
    /// The complexity R.
    Scaled,
    /// How often its architecture is among the kept samples.
    Times,
    /// The importance weight for a distribution; without one, for the selected distribution.
    Weight(Option<usize>),
}

impl Field {
    /// Those of which there is one each, as one would name them, in the order of the table.
    pub(super) const ALL: [(Field, &'static str); 11] = [
        (Field::Number, "n"),
        (Field::Iteration, "iteration"),
        (Field::Source, "source"),
        (Field::Loss, "loss"),
        (Field::Accuracy, "acc"),
        (Field::Parameters, "params"),
        (Field::Macs, "macs"),
        (Field::Latency, "latency"),
        (Field::Scaled, "r"),
        (Field::Times, "dup"),
        (Field::Weight(None), "weight"),
    ];

    /// What it is called.
    pub(super) fn name(self) -> String {
        match self {
            Field::Weight(Some(distribution)) => format!("w{distribution}"),
            other => Field::ALL.iter().find(|(field, _)| *field == other).map_or("", |(_, name)| name).into(),
        }
    }

    /// The one of a name, whatever its case.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let known = Field::ALL.iter().find(|(_, known)| *known == name).map(|(field, _)| *field);
        known.or_else(|| {
            let digits = name.strip_prefix('w').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
            digits.parse().ok().map(|distribution| Field::Weight(Some(distribution)))
        })
    }

    /// Whether its values are whole numbers, of which two can well be equal.
    pub(super) fn counts(self) -> bool {
        use Field::{Iteration, Macs, Number, Parameters, Source, Times};
        matches!(self, Number | Iteration | Source | Parameters | Macs | Times)
    }

    /// Whether the samples of a search have it.
    pub(super) fn is_known(self, dashboard: &Dashboard) -> bool {
        let extent =
            |measure| dashboard.started.as_ref().is_some_and(|started| started.outline.extent(measure).is_some());
        match self {
            Field::Parameters => extent(Measure::Parameters),
            Field::Macs => extent(Measure::Macs),
            Field::Latency => extent(Measure::Latency),
            _ => true,
        }
    }

    /// Its value, where there is one.
    pub(super) fn of(self, kept: &Kept, times: u32, about: &About) -> Option<f64> {
        let sample = &kept.sample;
        let value = match self {
            Field::Number => kept.number as f64,
            Field::Iteration => kept.iteration as f64,
            Field::Source => sample.source as f64,
            Field::Loss => sample.score.loss,
            Field::Accuracy => sample.score.accuracy,
            Field::Parameters => sample.complexity.get(Measure::Parameters)?,
            Field::Macs => sample.complexity.get(Measure::Macs)?,
            Field::Latency => sample.complexity.get(Measure::Latency)?,
            Field::Scaled => {
                let normaliser = about.normaliser?;
                normaliser.scaled(sample.complexity.get(normaliser.measure)?)
            }
            Field::Times => f64::from(times),
            Field::Weight(distribution) => {
                f64::from(kept.weights.get(distribution.unwrap_or(about.distribution)).copied()??)
            }
        };
        (!value.is_nan()).then_some(value)
    }
}

/// What the values of samples depend on beside them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct About {
    /// The selected distribution.
    pub(super) distribution: usize,
    /// How complexity is scaled.
    pub(super) normaliser: Option<Normaliser>,
}

impl About {
    /// That of a search.
    pub(super) fn new(dashboard: &Dashboard, distribution: usize) -> Self {
        Self { distribution, normaliser: dashboard.started.as_ref().map(|started| started.normaliser) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_again() {
        let fields =
            Field::ALL.iter().map(|(field, _)| *field).chain([Field::Weight(Some(0)), Field::Weight(Some(12))]);
        for field in fields {
            assert_eq!(Field::named(&field.name().to_uppercase()), Some(field));
        }
        for none in ["", "w", "w-1", "w1x", "sep3x3", "w99999999999999999999999"] {
            assert_eq!(Field::named(none), None, "{none}");
        }
    }
}
