//! A run on disk: its folder, what is written there, and its results.

mod adjustments;
mod checkpoint;
mod folder;
mod recorder;
mod results;
pub mod resume;
mod summary;

pub use adjustments::{Adjustments, Recorded, recorded};
pub use checkpoint::{Checkpoint, CheckpointError, Checkpoints, Found, Skipped, Written, newest};
pub use folder::{FolderError, RunFolder};
pub use recorder::Recorder;
pub use results::{DistributionResult, EvaluatorKind, Results, SpaceExtents};
pub use summary::duration;
