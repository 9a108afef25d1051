//! A run on disk: its folder, what is written there, and its results.

mod folder;
mod recorder;
mod results;
mod summary;

pub use folder::{FolderError, RunFolder, dated, make_folder, write_whole};
pub use recorder::Recorder;
pub use results::{DistributionResult, EvaluatorKind, Results, SpaceExtents};
pub use summary::duration;
