//! A running search and those who look at it, in different processes of one person on one machine.
//!
//! Every search listens on a Unix socket in its run folder ([`Server`]); a viewer connects to it ([`connect`]) and has
//! from then on the same [`crate::engine::Viewer`] and sender of commands as one in the search's own process. A viewer
//! on another machine comes by SSH. There is no other way in.
//!
//! What is said stands in [`wire`]. Both sides treat the other as hostile: messages are bounded, versions are compared,
//! and only the user who owns the search is let in.

mod client;
mod server;
pub mod wire;

use std::path::{Path, PathBuf};

pub use client::{Attached, Mode, connect};
pub use server::Server;

/// The socket's name in a run's folder.
pub const SOCKET: &str = "socket";

/// Why a search cannot be attached to, or listen.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// Nobody listens.
    #[error("{}: no search is running here", folder.display())]
    NotRunning {
        /// The run's folder.
        folder: PathBuf,
    },
    /// The two programs do not understand each other.
    #[error(
        "the search speaks version {theirs} of the attach protocol, this program version {ours}: use the same isthmus"
    )]
    Version {
        /// That of the search.
        theirs: u32,
        /// That of this program.
        ours: u32,
    },
    /// The search said no.
    #[error("the search refused: {0}")]
    Refused(String),
    /// The other side said what makes no sense.
    #[error("{}: what answers here is no search of isthmus: {cause}", folder.display())]
    Nonsense {
        /// The run's folder.
        folder: PathBuf,
        /// What was wrong.
        cause: String,
    },
    /// The system said no.
    #[error("{}: {cause}", folder.display())]
    System {
        /// The run's folder.
        folder: PathBuf,
        /// What it said.
        cause: std::io::Error,
    },
}

impl AttachError {
    fn system(folder: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let folder = folder.to_path_buf();
        move |cause| Self::System { folder, cause }
    }
}

/// A path to the socket that is short however deep the folder is: the address of a Unix socket has at most 108 bytes.
/// The open folder must stay so while the path is used.
fn short_path(folder: &std::fs::File) -> PathBuf {
    use std::os::fd::AsRawFd as _;
    PathBuf::from(format!("/proc/self/fd/{}/{SOCKET}", folder.as_raw_fd()))
}

#[cfg(test)]
mod tests;
