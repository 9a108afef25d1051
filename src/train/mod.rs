//! Training found architectures from scratch: what a search is for.
//!
//! A [`Subject`] is a network to train: an architecture that was found, one that a person brings, or one that both are
//! compared with. It becomes a [`crate::model::Model`] in a folder of its own, `models/<name>` in that of the run, with a
//! [`Record`] of how it did. The protocol is that of the DARTS family and of ASNG-NAS: all training pictures, batch
//! normalisation with scale and shift, a cosine, cutout, drop-path, an auxiliary head, label smoothing; the average of
//! the weights and the measured statistics are ours.

#[cfg(feature = "torch")]
mod diary;
mod launch;
mod rank;
pub mod recipe;
mod record;
mod residual;
#[cfg(feature = "torch")]
mod saved;
#[cfg(feature = "torch")]
mod session;
mod standing;
mod subject;
#[cfg(feature = "torch")]
mod trainer;
#[cfg(feature = "torch")]
mod turn;
mod watch;

pub use launch::{Launched, launch, stop, written};
pub use rank::{Agreement, RankCheck, Ranked, kendall, partial, spread};
pub use record::{Record, read, table};
#[cfg(feature = "torch")]
pub use session::{Progress, SessionError, fingerprint, train};
pub use subject::{Pictured, SIMILAR, Subject, name_of};
#[cfg(feature = "torch")]
pub use trainer::{Common, Step, TrainError, Trained, Trainer};
pub use watch::{list, watch};

/// The folder of a run's trained networks.
pub const MODELS: &str = "models";

#[cfg(feature = "torch")]
#[cfg(test)]
mod tests;
