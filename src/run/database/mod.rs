//! A run's database: everything that happened in a search, in the order in which it happened.
//!
//! [`Writer`] adds events in batches; [`Database`] gives them back, also while they are being written, so that folding
//! them shows what the live screen showed. `docs/run-database.md` describes the file for those who ask it with
//! `sqlite3`. Times are for people alone: order is that of iterations and sequence numbers, so that a clock that is set
//! back changes nothing.

mod batch;
mod codec;
mod error;
mod happenings;
mod reader;
mod rows;
mod schema;
mod summary;
#[cfg(test)]
pub(crate) mod tests;
mod thin;
mod writer;

pub use error::DatabaseError;
pub use happenings::Happening;
pub use reader::{Adjusted, Database};
pub use schema::VERSION;
pub use summary::Summary;
pub use writer::{Clock, Writer};

/// The file in a run's folder.
pub const FILE: &str = "run.db";
