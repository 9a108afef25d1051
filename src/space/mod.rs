//! Search spaces: the decisions, the architectures they make, and what those cost.
//!
//! Everything here is pure. A space is a list of [`Decision`]s; an [`Architecture`] picks one option of each.

mod architecture;
pub mod cells;
mod complexity;
mod difference;
pub mod drawing;
pub mod genotype;
mod lowering;
pub mod mobile;
pub mod network;
mod outline;
mod plan;
mod share;
pub mod table;

pub use architecture::{Architecture, Decision};
pub use complexity::{Complexity, Extent, Measure, Normaliser, Scale};
pub use difference::Difference;
pub use outline::{Outline, format_amount};
pub use plan::{Plan, PlanError};
pub use share::{Part, Share};

use network::{Network, Weight};

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

/// A space whose architectures are networks that share weights.
pub trait NetworkSpace: Space {
    /// Every weight that any architecture of the space can use, in a fixed order.
    fn weights(&self) -> &[Weight];

    /// The network of one architecture, layer by layer, with nothing in it that its output does not depend on.
    fn network(&self, architecture: &Architecture) -> Network;

    /// The values of that network which are sums, each with its name; sums of the same share a value.
    fn sums(&self, architecture: &Architecture) -> Vec<(usize, String)>;
}
