//! Search methods: pure mathematics over plain data, without tensors, files, threads or clocks.
//!
//! A [`Strategy`] proposes architectures and learns from their scores:
//!
//! | name | strategy | learns from | answers with |
//! | --- | --- | --- | --- |
//! | `shared` | [`Shared`], the method of Noda, Saito and Shirakawa: K distributions, importance weights | all samples | the most likely architecture |
//! | `shared-archive` | [`SharedArchive`], our variant of it that scores nothing twice | all samples, new and old | the best told |
//! | `separate` | [`Separate`], the same K searches without sharing | own samples | the most likely architecture |
//! | `random` | [`Random`], uniform sampling | nothing | the best told |
//! | `regularised-evolution` | [`Evolution`] of Real et al., one population a distribution | own samples | the best told |
//! | `nsga2` | [`Nsga2`] of Deb et al., one population for the whole front | all samples | the best told |
//!
//! Each is one file; what is a paper's and what is ours stands in the documentation of its module. A new one is a file
//! here, a line in the table of the contract test (`tests/contract.rs`) and one in that of the golden runs.
//!
//! The mathematics, from below:
//!
//! * [`Theta`] is a product of categorical distributions, [`Picks`] a pool as places in it;
//! * [`mixture`] weighs the samples of all distributions for each, [`Utility`] turns losses into coefficients;
//! * [`gradient`] sums these to natural gradients;
//! * [`Asng`] and [`sng`] step along them, [`bound`] keeps theta off the edge;
//! * `learner` puts these together for `shared` and `separate`; `multiplier` adapts the coefficient of a distribution that
//!   has a complexity target, `likely` finds the most likely architecture within it;
//! * `front` remembers the best told for any aim; [`pareto`] measures fronts;
//! * [`stream()`] is where every random number comes from.

pub mod archive;
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
pub mod pareto;
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

pub use archive::{ArchiveOptions, SharedArchive};
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
