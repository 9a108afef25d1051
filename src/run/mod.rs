//! A run on disk: its folder, what is written there, and its results.

mod checkpoint;
pub mod database;
mod folder;
mod list;
mod lock;
mod output;
mod recorder;
mod replay;
mod results;
pub mod resume;
mod show;
mod summary;

pub use checkpoint::{
    Checkpoint, CheckpointError, Checkpoints, Found, Skipped, WriteError, Written, after_warm_up, newest,
};
pub use database::{Database, DatabaseError};
pub use folder::{FolderError, RunFolder, dated, make_folder, write_whole};
pub use list::{FindError, Listed, Status, find, list, look, table};
pub use lock::{Lock, LockError, holder};
pub use output::{Output, OwnLines};
pub use recorder::{RecordError, Recorder};
pub use replay::{Play, play};
pub use results::{DistributionResult, EvaluatorKind, Results, SpaceExtents};
pub use show::{Shown, ShownChange, ShownMode};
pub use summary::duration;
