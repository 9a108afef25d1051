//! The costs of a space as places on an axis.

use super::axis::{Axis, Tick, round_between};
use crate::figures::round_amount;
use crate::space::{Extent, Normaliser, Scale};

/// Costs as places on an axis: 0 to 1 over the space, on the scale of the search.
#[derive(Clone, Copy, Debug)]
pub struct CostScale(Normaliser);

impl CostScale {
    /// Of a search. Where its figures make no sense, or there is no logarithm of them, it is linear.
    pub fn new(normaliser: &Normaliser) -> Self {
        let Extent { smallest, largest } = normaliser.extent;
        let sound = smallest.is_finite() && largest.is_finite() && largest > smallest && largest < 1e15;
        let extent = if sound { normaliser.extent } else { Extent { smallest: 0.0, largest: 1.0 } };
        let scale = if extent.smallest > 0.0 { normaliser.scale } else { Scale::Linear };
        Self(Normaliser { scale, extent, ..*normaliser })
    }

    /// The place of a cost.
    pub fn at(&self, cost: f64) -> f64 {
        self.0.scaled(cost)
    }

    /// The axis over the whole space.
    pub fn axis(&self) -> Axis {
        let Extent { smallest, largest } = self.0.extent;
        if self.0.scale == Scale::Linear {
            let axis = Axis::linear(smallest, largest, 5, round_amount);
            let ticks = axis.ticks.into_iter().map(|tick| Tick { at: self.at(tick.at), ..tick });
            return Axis { low: 0.0, high: 1.0, ticks: ticks.collect() };
        }
        let ticks = round_between(smallest, largest).map(|cost| Tick { at: self.at(cost), label: round_amount(cost) });
        Axis { low: 0.0, high: 1.0, ticks: ticks.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Measure;

    #[test]
    fn costs_lie_on_the_scale_of_their_search() {
        let labels = |scale, smallest, largest| {
            let extent = Extent { smallest, largest };
            let axis = CostScale::new(&Normaliser { measure: Measure::Macs, scale, extent }).axis();
            axis.ticks.into_iter().map(|tick| tick.label).collect::<Vec<_>>()
        };
        assert_eq!(labels(Scale::Log, 15_000.0, 80_000.0), ["15k", "20k", "30k", "40k", "50k", "70k"]);
        assert_eq!(labels(Scale::Log, 1_000.0, 80_000.0), ["1k", "2k", "5k", "10k", "20k", "50k"]);
        assert_eq!(labels(Scale::Linear, 0.0, 1e6), ["0", "200k", "400k", "600k", "800k", "1M"]);
        assert_eq!(labels(Scale::Log, 0.0, f64::NAN), labels(Scale::Linear, 0.0, 1.0));
    }
}
