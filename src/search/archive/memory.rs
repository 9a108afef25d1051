//! What a search remembers: the architectures that it has scored, and its last pools.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::search::front::{self, Told};
use crate::search::{Distribution, Domain, Scored, StrategyError, Theta};
use crate::space::Architecture;

/// Architectures with their losses, each once, from the oldest on. Beyond `most` the oldest are forgotten.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    told: VecDeque<Told>,
    /// How many came before each.
    numbers: HashMap<Architecture, u64>,
    forgotten: u64,
    most: usize,
}

impl Memory {
    pub fn new(most: usize) -> Self {
        Self { told: VecDeque::new(), numbers: HashMap::new(), forgotten: 0, most }
    }

    /// Takes up what was saved, the oldest first.
    pub fn from_told(told: Vec<Told>, most: usize) -> Self {
        let mut memory = Self::new(most);
        told.into_iter().for_each(|told| memory.add(told));
        memory
    }

    /// Remembers it; one that is known counts with its latest loss.
    pub fn add(&mut self, told: Told) {
        if let Some(number) = self.numbers.get(&told.architecture) {
            let place = (number - self.forgotten) as usize;
            self.told[place] = told;
            return;
        }
        self.numbers.insert(told.architecture.clone(), self.forgotten + self.told.len() as u64);
        self.told.push_back(told);
        if self.told.len() > self.most
            && let Some(oldest) = self.told.pop_front()
        {
            self.numbers.remove(&oldest.architecture);
            self.forgotten += 1;
        }
    }

    pub fn knows(&self, architecture: &Architecture) -> bool {
        self.numbers.contains_key(architecture)
    }

    pub fn told(&self) -> &VecDeque<Told> {
        &self.told
    }
}

/// The last pools, and the distributions that they were told to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Window {
    pools: VecDeque<Reused>,
    /// The samples of all pools.
    pub samples: Vec<Scored>,
}

/// One pool in the window.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reused {
    samples: usize,
    thetas: Vec<Theta>,
}

impl Window {
    /// This window with another pool, and without those before the last `most`.
    pub fn with(&self, samples: &[Scored], distributions: &[Distribution], most: usize) -> Self {
        let mut window = self.clone();
        let thetas = distributions.iter().map(|distribution| distribution.theta.clone()).collect();
        window.pools.push_back(Reused { samples: samples.len(), thetas });
        window.samples.extend_from_slice(samples);
        window.keep(most);
        window
    }

    /// Drops the pools before the last `most`.
    pub fn keep(&mut self, most: usize) {
        while self.pools.len() > most {
            let gone = self.pools.pop_front().map_or(0, |pool| pool.samples);
            self.samples.drain(..gone);
        }
    }

    /// The distributions of all pools, those of the last at the end.
    pub fn thetas(&self) -> Vec<&Theta> {
        self.pools.iter().flat_map(|pool| &pool.thetas).collect()
    }

    /// Refuses a window that is not of this space.
    ///
    /// # Errors
    /// Distributions over other decisions, samples that cannot be learned from, or more or fewer than there should be.
    pub fn check_saved(&self, domain: &Domain) -> Result<(), StrategyError> {
        let misfit = |why: String| Err(StrategyError::Saved(why));
        let sizes = || domain.sizes.iter().copied();
        let is_sound = |theta: &Theta| theta.sizes().eq(sizes()) && theta.values().iter().all(|&p| p > 0.0);
        if !self.pools.iter().all(|pool| pool.thetas.iter().all(is_sound)) {
            return misfit("a pool that is reused has distributions of another space".to_owned());
        }
        let told = self.pools.iter().fold(0, |sum: usize, pool| sum.saturating_add(pool.samples));
        if told != self.samples.len() {
            return misfit(format!("{} samples of {told} are reused", self.samples.len()));
        }
        domain.check_pool(&self.samples).map_err(|error| StrategyError::Saved(error.to_string()))
    }
}

/// Refuses what cannot be remembered.
///
/// # Errors
/// An architecture of another space, a loss or complexity that is not finite.
pub(super) fn check_saved(domain: &Domain, told: &[Told]) -> Result<(), StrategyError> {
    front::check_saved(domain, told)?;
    match told.iter().position(|told| !(told.loss.is_finite() && told.complexity.is_finite())) {
        Some(place) => Err(StrategyError::Saved(format!("what it remembers as number {place} is no number"))),
        None => Ok(()),
    }
}
