//! What a person can tell a running search; each is applied between two iterations and answered with an event.

use serde::{Deserialize, Serialize};

use super::Change;

/// An order to the engine.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "command")]
pub enum Command {
    /// Rest after the iteration under way.
    Pause,
    /// Go on.
    Resume,
    /// Do so many iterations and rest again.
    Step {
        /// How many.
        iterations: u64,
    },
    /// Change the search from here on.
    Adjust(Change),
    /// Keep a checkpoint now.
    Checkpoint,
    /// End the search now, with results from where it stands.
    Stop,
}
