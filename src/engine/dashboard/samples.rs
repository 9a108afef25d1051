//! The recent samples of a search.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::engine::event::Sample;

/// Samples that are kept at most. One takes 112 bytes and two more a decision, its memory's overhead aside.
pub(super) const SAMPLES: usize = 10_000;
/// Options of all kept samples together at most: where architectures have more than 200 decisions, fewer are kept.
const OPTIONS: usize = 2_000_000;

/// Recent samples, oldest first. Clones share them, so that a copy of the dashboard is soon made and takes little memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples(VecDeque<Arc<Sample>>);

impl Samples {
    /// How many are kept.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one at a place, counted from the oldest.
    pub fn get(&self, place: usize) -> Option<&Sample> {
        self.0.get(place).map(|sample| &**sample)
    }

    /// All, the oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Sample> + ExactSizeIterator {
        self.0.iter().map(|sample| &**sample)
    }

    /// Adds the newest, and drops the oldest where there are too many.
    pub(super) fn push(&mut self, sample: &Sample) {
        let most = SAMPLES.min(OPTIONS / sample.architecture.options().len().max(1)).max(1);
        self.0.push_back(Arc::new(sample.clone()));
        while self.0.len() > most {
            self.0.pop_front();
        }
    }

    /// Gives the distributions that they were drawn from new numbers; those of one that is gone are dropped.
    pub(super) fn renumber(&mut self, number: impl Fn(usize) -> Option<usize>) {
        self.0.retain_mut(|sample| match number(sample.source) {
            Some(source) if source == sample.source => true,
            Some(source) => {
                Arc::make_mut(sample).source = source;
                true
            }
            None => false,
        });
    }
}

impl Serialize for Samples {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Samples {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let samples: Vec<Sample> = Vec::deserialize(deserializer)?;
        Ok(Self(samples.into_iter().map(Arc::new).collect()))
    }
}
