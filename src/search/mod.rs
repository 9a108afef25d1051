//! Search methods: pure mathematics over plain data, without tensors, files, threads or clocks.
//!
//! A [`Strategy`] proposes architectures and learns from their scores. [`Shared`] is the method of Noda, Saito and
//! Shirakawa; what of it is the paper's and what is ours stands in the documentation of its module, [`shared`].
//!
//! The mathematics, from below:
//!
//! * [`Theta`] is a product of categorical distributions, [`Picks`] a pool as places in it;
//! * [`mixture`] weighs the samples of all distributions for each, [`Utility`] turns losses into coefficients;
//! * [`gradient`] sums these to natural gradients;
//! * [`Asng`] and [`sng`] step along them, [`bound`] keeps theta off the edge;
//! * [`stream()`] is where every random number comes from.

mod asng;
pub mod bound;
mod distribution;
pub mod evolution;
mod front;
pub mod gradient;
mod learner;
mod likely;
pub mod mixture;
mod multiplier;
pub mod nsga2;
mod picks;
mod pool;
pub mod random;
mod saved;
pub mod separate;
pub mod shared;
pub mod sng;
mod strategy;
mod stream;
#[cfg(test)]
mod tests;
mod theta;
mod utility;

pub use asng::{Asng, AsngOptions};
pub use distribution::MOST as MOST_DISTRIBUTIONS;
pub use evolution::{Evolution, EvolutionOptions};
pub use nsga2::{Nsga2, Nsga2Options};
pub use picks::Picks;
pub use random::Random;
pub use separate::Separate;
pub use shared::{ComplexityGradient, Shared, SharedOptions};
pub use strategy::{
    Adjustment, Aim, Cost, Distribution, DistributionUpdate, Domain, Legal, Proposal, REDRAWS, Scored, Strategy,
    StrategyError, Update,
};
pub use stream::{Purpose, stream};
pub use theta::{Theta, ThetaError};
pub use utility::Utility;
