//! `[engine]` and `[run]`: the loop, the machine and the disk.

use serde::{Deserialize, Serialize};

/// `[engine]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EngineSettings {
    /// Where to compute.
    pub device: DeviceChoice,
    /// Threads that share the architectures of a pool, each computing with one core. 0: one a core.
    pub workers: usize,
    /// Iterations between two validations of the modes. 0: only at the end.
    pub validate_every: u64,
    /// Iterations between two records of every probability. 0: never.
    pub theta_every: u64,
    /// Seconds between two checkpoints. 0: only at the end, and when one is asked for.
    pub checkpoint_seconds: f64,
    /// Checkpoints that are kept, beside the best and the first one after the warm-up.
    pub checkpoints_kept: usize,
    /// Iterations a second at most, so that a fast search can be watched. 0: as fast as it goes.
    pub max_iterations_per_second: f64,
}

/// `[run]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RunSettings {
    /// How the database makes sure that a change is written entirely or not at all.
    pub journal: Journal,
    /// Megabytes of samples that are kept at most; beyond it older ones are thinned. 0: all are kept.
    pub history_mb: u64,
}

/// SQLite's journals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Journal {
    /// A log beside the database: fast, and read while it is written. It needs memory that processes share, which
    /// network file systems do not have.
    Wal,
    /// A copy of what is about to change, deleted once it has: works on any file system.
    Delete,
}

/// Where to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceChoice {
    /// CUDA where there is a device, else the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// The first CUDA device.
    Cuda,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            device: DeviceChoice::Auto,
            workers: 0,
            validate_every: 50,
            theta_every: 250,
            checkpoint_seconds: 60.0,
            checkpoints_kept: 3,
            max_iterations_per_second: 0.0,
        }
    }
}

impl Default for RunSettings {
    fn default() -> Self {
        Self { journal: Journal::Wal, history_mb: 6 }
    }
}
