//! Where a search goes on that was begun earlier.

use std::collections::VecDeque;

use super::{Change, Dashboard};
use crate::config::SearchSettings;
use crate::data::DataFacts;
use crate::run::Checkpoint;
use crate::run::database::Adjusted;

/// A person's change that is on record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recorded {
    /// Iterations done at that moment.
    pub iteration: u64,
    /// The change.
    pub change: Change,
}

impl From<Adjusted> for Recorded {
    fn from(Adjusted { iteration, change, .. }: Adjusted) -> Self {
        Self { iteration, change }
    }
}

/// Everything that a search needs to go on. Made by [`crate::run::resume`].
#[derive(Clone, Debug, Default)]
pub struct ResumePoint {
    /// The state; without one the search begins anew.
    pub checkpoint: Option<Checkpoint>,
    /// The recorded adjustments that are not part of the state, in their order: they are applied again at their
    /// iterations.
    pub adjustments: VecDeque<Recorded>,
    /// What the run has kept of its data, where it has.
    pub data: Option<DataFacts>,
    /// What a viewer saw at that moment.
    pub dashboard: Dashboard,
    /// Settings whose coefficients or targets were asked for now: those are taken up after all recorded adjustments.
    pub new_aims: Option<SearchSettings>,
    /// Settings that were asked for now, taken up after them.
    pub new_settings: Vec<Change>,
    /// What a person should know.
    pub notes: Vec<String>,
}
