//! What an architecture costs, and that cost scaled to [0, 1] over its space.

use serde::{Deserialize, Serialize};

/// What complexity is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Elements of the trainable tensors.
    Parameters,
    /// Multiply-accumulates of one forward pass of one picture.
    Macs,
    /// A measured time, in milliseconds.
    Latency,
}

impl Measure {
    /// The word used in tables and on axes.
    pub fn label(self) -> &'static str {
        match self {
            Measure::Parameters => "parameters",
            Measure::Macs => "MACs",
            Measure::Latency => "latency (ms)",
        }
    }
}

/// The cost of one architecture in every measure that its space knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Complexity {
    /// Elements of the trainable tensors.
    pub parameters: Option<u64>,
    /// Multiply-accumulates of one forward pass of one picture.
    pub macs: Option<u64>,
    /// Milliseconds of one forward pass, as measured.
    pub latency: Option<f64>,
}

impl Complexity {
    /// The cost in one measure, where it is known.
    pub fn get(&self, measure: Measure) -> Option<f64> {
        match measure {
            Measure::Parameters => self.parameters.map(|n| n as f64),
            Measure::Macs => self.macs.map(|n| n as f64),
            Measure::Latency => self.latency,
        }
    }
}

/// The smallest and the largest cost in a space, in one measure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extent {
    /// The least cost of any architecture.
    pub smallest: f64,
    /// The greatest cost of any architecture.
    pub largest: f64,
}

/// How a cost is scaled to [0, 1].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// (c - smallest) / (largest - smallest).
    Linear,
    /// ln(c / smallest) / ln(largest / smallest): equal ratios count alike.
    Log,
}

/// R(c): a cost scaled to [0, 1] over its space.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normaliser {
    /// The measure that is scaled.
    pub measure: Measure,
    /// How it is scaled.
    pub scale: Scale,
    /// The costs that become 0 and 1.
    pub extent: Extent,
}

impl Normaliser {
    /// R of a cost; 0 for every cost in a space whose architectures all cost the same.
    pub fn scaled(&self, cost: f64) -> f64 {
        let Extent { smallest, largest } = self.extent;
        let share = match self.scale {
            Scale::Linear => (cost - smallest) / (largest - smallest),
            Scale::Log => (cost / smallest).ln() / (largest / smallest).ln(),
        };
        if largest > smallest { share } else { 0.0 }
    }

    /// The cost whose R is `share`.
    pub fn unscaled(&self, share: f64) -> f64 {
        let Extent { smallest, largest } = self.extent;
        match self.scale {
            Scale::Linear => smallest + share * (largest - smallest),
            Scale::Log => smallest * (largest / smallest).powf(share),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_sends_the_extent_to_zero_and_one_and_back() {
        for scale in [Scale::Linear, Scale::Log] {
            let extent = Extent { smallest: 20_000.0, largest: 80_000.0 };
            let normaliser = Normaliser { measure: Measure::Parameters, scale, extent };
            assert_eq!(normaliser.scaled(20_000.0), 0.0);
            assert_eq!(normaliser.scaled(80_000.0), 1.0);
            for share in [0.0, 0.3, 0.5, 1.0] {
                assert!((normaliser.scaled(normaliser.unscaled(share)) - share).abs() < 1e-12);
            }
        }
        let log =
            Normaliser { measure: Measure::Macs, scale: Scale::Log, extent: Extent { smallest: 1.0, largest: 100.0 } };
        assert!((log.scaled(10.0) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_space_of_one_cost_scales_it_to_zero() {
        let extent = Extent { smallest: 5.0, largest: 5.0 };
        let normaliser = Normaliser { measure: Measure::Latency, scale: Scale::Log, extent };
        assert_eq!(normaliser.scaled(5.0), 0.0);
    }
}
