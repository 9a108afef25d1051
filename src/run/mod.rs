//! A run on disk: its folder, what is written there, and its results.

pub mod find;
mod folder;
mod lock;
mod recorder;
mod results;
mod summary;

pub use folder::{FolderError, RunFolder, dated, make_folder, write_whole};
pub use lock::{Lock, LockError, holder};
pub use recorder::Recorder;
pub use results::{DistributionResult, EvaluatorKind, Results, SpaceExtents};
pub use summary::duration;
