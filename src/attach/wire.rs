//! What a search and its viewers say to each other.
//!
//! A message is four bytes of length, most significant first, and so many bytes of MessagePack, with the names of its
//! fields in it. The viewer begins with [`ToSearch::Hello`]; the search answers with [`ToViewer::Hello`] and its whole
//! dashboard, or says why not. From then on the search sends what happens and the viewer orders, each of which is
//! acknowledged by its number once the search's loop will see it.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio_util::codec::LengthDelimitedCodec;

use crate::engine::{Command, Dashboard, Event};

/// The version of what is said; sides of different versions part at once.
pub const VERSION: u32 = 3;

/// The largest message of a viewer, in bytes.
pub const LARGEST_TO_SEARCH: usize = 64 << 10;
/// The largest message of a search, in bytes: a dashboard is up to two million or so.
pub const LARGEST_TO_VIEWER: usize = 64 << 20;

/// What a viewer says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToSearch {
    /// The first message.
    Hello {
        /// The viewer's [`VERSION`].
        version: u32,
        /// Whether orders from here are to be refused.
        read_only: bool,
    },
    /// An order.
    Command {
        /// Counted by the viewer, to know its acknowledgement.
        number: u64,
        /// What to do.
        command: Command,
    },
}

/// What a search says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToViewer {
    /// The answer to a hello of any version; where the versions differ nothing follows.
    Hello {
        /// The search's [`VERSION`].
        version: u32,
        /// The process that searches.
        process: u32,
    },
    /// Nothing follows, and why.
    Refused {
        /// The reason.
        reason: String,
    },
    /// The whole state: at the start, and where events had to be dropped.
    Snapshot {
        /// The state.
        dashboard: Box<Dashboard>,
        /// Events that this viewer was too slow for, in all.
        dropped: u64,
    },
    /// What happened next.
    Event {
        /// It.
        event: Box<Event>,
    },
    /// An order has reached the search's loop.
    Acknowledged {
        /// The order's number.
        number: u64,
    },
}

/// Frames of at most so many bytes; a longer one is refused before any of it is read.
pub(super) fn codec(largest: usize) -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().max_frame_length(largest).new_codec()
}

/// A message as bytes.
///
/// # Errors
/// Nothing that these types can hold fails.
pub(super) fn encode<T: Serialize>(message: &T) -> std::io::Result<Bytes> {
    rmp_serde::to_vec_named(message).map(Bytes::from).map_err(std::io::Error::other)
}

/// A message out of bytes.
///
/// # Errors
/// Bytes that are no such message.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> std::io::Result<T> {
    rmp_serde::from_slice(bytes).map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error))
}
