//! A run on disk: its folder, what is written there, and its results.

pub mod database;
mod folder;
mod recorder;
mod results;
mod summary;

pub use database::{Database, DatabaseError};
pub use folder::{FolderError, RunFolder};
pub use recorder::{RecordError, Recorder};
pub use results::{DistributionResult, EvaluatorKind, Results, SpaceExtents};
pub use summary::duration;
