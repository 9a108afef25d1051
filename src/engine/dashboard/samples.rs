//! The recent samples of a search.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::engine::event::{Iteration, Sample};

/// Samples that are kept at most. One takes some 150 bytes, two more a decision and eight more a distribution, its
/// memory's overhead aside.
pub(super) const SAMPLES: usize = 10_000;
/// Options and weights of all kept samples together at most: where one has more than 200 of them, fewer are kept.
const NUMBERS: usize = 2_000_000;

/// A sample with what is known of it beside itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Its number, counted from 1 over the whole search.
    pub number: u64,
    /// The iteration that it was drawn in.
    pub iteration: u64,
    /// Its importance weight for each distribution, as it was then: none in the warm-up, and none for a distribution that
    /// was added since.
    pub weights: Box<[Option<f32>]>,
    /// It.
    pub sample: Sample,
}

/// Recent samples, oldest first. Clones share them, so that a copy of the dashboard is soon made and takes little memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples(VecDeque<Arc<Kept>>);

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
    pub fn get(&self, place: usize) -> Option<&Kept> {
        self.0.get(place).map(|kept| &**kept)
    }

    /// The place of a number, or of the next greater one that is kept; the length beyond the newest.
    pub fn place(&self, number: u64) -> usize {
        self.0.partition_point(|kept| kept.number < number)
    }

    /// The one of a number.
    pub fn find(&self, number: u64) -> Option<&Kept> {
        self.get(self.place(number)).filter(|kept| kept.number == number)
    }

    /// All, the oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Sample> + ExactSizeIterator {
        self.kept().map(|kept| &kept.sample)
    }

    /// All with what is known of them, the oldest first.
    pub fn kept(&self) -> impl DoubleEndedIterator<Item = &Kept> + ExactSizeIterator {
        self.0.iter().map(|kept| &**kept)
    }

    /// Takes in the samples of an iteration, before which there were so many.
    pub(super) fn take(&mut self, before: u64, iteration: &Iteration) {
        for ((index, sample), number) in iteration.samples.iter().enumerate().zip(before.saturating_add(1)..) {
            let weights = iteration.weights.iter().map(|row| row.get(index).map(|&weight| weight as f32)).collect();
            self.push(Kept { number, iteration: iteration.iteration, weights, sample: sample.clone() });
        }
    }

    /// Adds the newest, and drops the oldest where there are too many.
    pub(super) fn push(&mut self, kept: Kept) {
        let numbers = kept.sample.architecture.options().len() + kept.weights.len();
        let most = SAMPLES.min(NUMBERS / numbers.max(1)).max(1);
        self.0.push_back(Arc::new(kept));
        while self.0.len() > most {
            self.0.pop_front();
        }
    }

    /// Gives the distributions new numbers; the samples of one that is gone are dropped, and the others' weights for it.
    pub(super) fn renumber(&mut self, number: impl Fn(usize) -> Option<usize>) {
        self.0.retain_mut(|shared| {
            let Some(source) = number(shared.sample.source) else { return false };
            let mut weights = Vec::new();
            for (old, &weight) in shared.weights.iter().enumerate() {
                if let Some(new) = number(old) {
                    weights.resize(weights.len().max(new + 1), None);
                    weights[new] = weight;
                }
            }
            if source != shared.sample.source || weights[..] != shared.weights[..] {
                let kept = Arc::make_mut(shared);
                kept.sample.source = source;
                kept.weights = weights.into();
            }
            true
        });
    }
}

impl Serialize for Samples {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.kept())
    }
}

impl<'de> Deserialize<'de> for Samples {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let samples: Vec<Kept> = Vec::deserialize(deserializer)?;
        Ok(Self(samples.into_iter().map(Arc::new).collect()))
    }
}
