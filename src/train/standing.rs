//! How far the training of a network is: `progress.json` in its folder, for everyone who wants to know.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::engine::Epoch;

/// The file's name.
pub(super) const FILE: &str = "progress.json";
/// Larger files are none of ours.
const LARGEST: u64 = 1 << 20;
/// Entries of a curve at most.
pub(super) const LONGEST: u64 = 512;
/// Words of a command at most.
const WORDS: usize = 64;

/// How far it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Standing {
    pub(super) phase: Phase,
    /// Whose it is.
    pub(super) owner: Owner,
    /// What is said to `isthmus train` behind the run to go on.
    pub(super) command: Vec<String>,
    /// What [`super::name_of`] calls the architecture; none where it was made by hand.
    pub(super) architecture: Option<String>,
    pub(super) parameters: u64,
    pub(super) macs: u64,
    pub(super) found_accuracy: Option<f64>,
    pub(super) step: u64,
    pub(super) steps: u64,
    pub(super) epochs: u64,
    pub(super) seconds: f64,
    pub(super) curve: Vec<Epoch>,
}

/// What it says of itself. Whether that still holds, the lock of its folder says; whether it is at its end, its record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Phase {
    /// Its turn has not come.
    Waiting,
    /// It is trained.
    Running,
    /// It could not go on, and why.
    Failed(String),
}

/// The process that has a network in hand. Their order is that of their turns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Owner {
    /// When it began with its networks, in milliseconds since 1970.
    pub(super) since: i64,
    /// Its number.
    pub(super) process: u32,
    /// Its machine.
    pub(super) host: String,
}

impl Owner {
    /// This process.
    #[cfg(any(feature = "torch", test))]
    pub(super) fn this() -> Self {
        let since = jiff::Timestamp::now().as_millisecond();
        Self { since, process: std::process::id(), host: host() }
    }
}

/// The name of this machine.
pub(super) fn host() -> String {
    sysinfo::System::host_name().unwrap_or_default()
}

impl Standing {
    /// That of the network in a folder, where there is one. It may come from anywhere.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, String> {
        let Some(standing) = read::<Self>(folder, FILE)? else { return Ok(None) };
        if standing.curve.len() as u64 > LONGEST || standing.command.len() > WORDS {
            return Err(format!("{FILE}: more entries than there can be"));
        }
        Ok(Some(standing))
    }
}

/// Reads a file of a network's folder, where it is there.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<Option<T>, String> {
    let path = folder.join(name);
    match std::fs::metadata(&path) {
        Err(_) => return Ok(None),
        Ok(known) if !known.is_file() || known.len() > LARGEST => return Err(format!("{name}: no such file of ours")),
        Ok(_) => {}
    }
    let bytes = std::fs::read(&path).map_err(|error| format!("{name}: {error}"))?;
    serde_json::from_slice(&bytes).map(Some).map_err(|error| format!("{name}: {error}"))
}
