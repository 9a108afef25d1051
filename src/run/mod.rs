//! A run on disk, and its results.

mod results;

pub use results::{DistributionResult, Results, SpaceExtents};
