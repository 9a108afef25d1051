//! Search spaces: the decisions, the architectures they make, and what those cost.
//!
//! Everything here is pure. A space is a list of [`Decision`]s; an [`Architecture`] picks one option of each.

mod architecture;
pub mod cells;
mod complexity;
mod difference;
pub mod drawing;
pub mod genotype;
pub mod network;
mod outline;
pub mod table;

pub use architecture::{Architecture, Decision};
pub use complexity::{Complexity, Extent, Measure, Normaliser, Scale};
pub use difference::Difference;
pub use outline::{Outline, format_amount};

/// A search space: which decisions there are, and what an architecture costs.
pub trait Space: Send + Sync {
    /// The decisions, in the order in which an [`Architecture`] answers them.
    fn decisions(&self) -> &[Decision];

    /// The exact complexity of an architecture of this space.
    fn complexity(&self, architecture: &Architecture) -> Complexity;

    /// What a viewer needs to know of this space: its decisions, its extent and how to draw an architecture.
    fn outline(&self) -> Outline;

    /// Whether this architecture can be evaluated: a table may lack some.
    fn contains(&self, architecture: &Architecture) -> bool {
        architecture.fits(self.decisions())
    }

    /// The architecture in words, as it is written to results and read by people.
    fn genotype(&self, architecture: &Architecture) -> serde_json::Value;
}
