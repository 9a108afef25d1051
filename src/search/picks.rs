//! The architectures of a pool as places in a flat theta, so that hot loops index without arithmetic.

use crate::space::Architecture;

use super::Theta;

/// For every sample and decision, the place of the chosen option in [`Theta::values`].
#[derive(Clone, Debug)]
pub struct Picks {
    places: Vec<u32>,
    decisions: usize,
    samples: usize,
}

impl Picks {
    /// The places of these architectures, in their order.
    pub fn new<'a>(theta: &Theta, architectures: impl Iterator<Item = &'a Architecture>) -> Self {
        let decisions = theta.decisions();
        let places = Vec::with_capacity(decisions * architectures.size_hint().0);
        let mut picks = Self { places, decisions, samples: 0 };
        for architecture in architectures {
            debug_assert!(theta.fits(architecture));
            let places = theta.offsets().iter().zip(architecture.options());
            picks.places.extend(places.map(|(&start, &option)| start as u32 + u32::from(option)));
            picks.samples += 1;
        }
        picks
    }

    /// How many samples there are.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// The places of one sample, one a decision.
    pub fn sample(&self, sample: usize) -> &[u32] {
        &self.places[sample * self.decisions..(sample + 1) * self.decisions]
    }
}
