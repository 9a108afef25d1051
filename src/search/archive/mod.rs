//! The shared search with an archive: nothing is scored twice, and everything scored is used again. (Ours.)
//!
//! K distributions learn from each other's samples as in the [shared search](super::shared). Where a score is exact and
//! costs more than arithmetic, as in a table or where every score is a training run, five things are added:
//!
//! 1. **Reuse.** Each distribution learns from the last T pools at once. Pool t was drawn from p_t1..p_tK, so that all
//!    of them are a sample of the mixture q(c) = (1/TK) sum_tl p_tl(c), and w_k = p_k / q weighs them for distribution
//!    k: multiple importance sampling with the balance heuristic (Veach and Guibas, SIGGRAPH 1995). As p_k is itself
//!    in the mixture, no weight exceeds T K. With so many samples an eighth of the weighted pool counts as the best,
//!    and an eighth as the worst, in place of a quarter.
//! 2. **No repeats.** An architecture that is remembered is drawn again; where a distribution gives nothing else, what
//!    it gave is changed in one random decision after another until it is new.
//! 3. **Between neighbours.** A part of all samples is drawn from the normalised p_k^a p_l^(1-a), with l the
//!    distribution before or behind k and a uniform: the front has points between those that the coefficients name.
//! 4. **Screening.** Of several candidates drawn in this way the one is proposed that promises to enlarge the front of
//!    all that was scored most (in the area it dominates), or where none does, the one with the least L + eps_k R; R is
//!    known, and L comes from a model of all that is remembered, with a term for every option and pair of options, by
//!    ridge regression. The model chooses among what the distributions draw, and never moves them.
//! 5. **An even start.** The first pool is a Latin hypercube sample, in which every option comes equally often.
//!
//! What that is worth on NAS-Bench-201 (validation accuracy on CIFAR-10 against parameters, coefficients 0 to 0.6, K = 6,
//! two samples each, 20 seeds): 0.99 of the hypervolume of the true front after 343 evaluations, where the shared
//! search needs 1,006; and after 3,000 of them 0.9994 against 0.9960.
//!
//! What this costs: samples that are never drawn twice and screened are no longer a sample of the mixture, so that
//! gradients have a bias: away from what is known. As a mode cannot be scored again, theta drifts past it when it has
//! converged, towards what has not been seen; that is what keeps the search finding new points, and why the
//! answer of a distribution is not its mode but the best that was scored. With noisy losses that answer is a lucky
//! one, and where losses drift, as while shared weights are trained, what is remembered misleads: take the shared
//! search there.
//!
//! Steps, objectives and targets are those of the shared search. An update shows the weights p_k / q of the last pool
//! alone. Memory is bounded: the last T pools, [`ArchiveOptions::memory`] architectures, beyond which the oldest are
//! forgotten and may be proposed again, and a front.
//!
//! ```
//! use std::collections::HashSet;
//! use std::sync::Arc;
//! use isthmus::search::{Aim, ArchiveOptions, Domain, Purpose, Scored, SharedArchive, Strategy, stream};
//! use isthmus::space::Architecture;
//!
//! // Six decisions of four options: the higher, the lower the loss, and the dearer.
//! let level = |c: &Architecture| c.options().iter().map(|&o| f64::from(o)).sum::<f64>() / 18.0;
//! let aims = [Aim::Coefficient(0.0), Aim::Coefficient(1.0), Aim::Coefficient(4.0)];
//! let domain = Domain::new(&[4; 6], Arc::new(level));
//! let mut search = SharedArchive::new(domain, &aims, ArchiveOptions::default())?;
//! let mut seen = HashSet::new();
//! for iteration in 0..30 {
//!     let pool = search.ask(2, &mut stream(1, Purpose::ScorePool, iteration));
//!     let score = |(source, architecture): (usize, Architecture)| {
//!         let complexity = level(&architecture);
//!         Scored { loss: (1.0 - complexity).powi(2), complexity, architecture, source }
//!     };
//!     let scored: Vec<Scored> = pool.into_iter().map(|p| score((p.source, p.architecture))).collect();
//!     assert!(scored.iter().all(|told| seen.insert(told.architecture.clone())));
//!     search.tell(&scored, &mut stream(1, Purpose::Update, iteration))?;
//! }
//! // 180 of 4,096 architectures were scored. (1 - R)^2 + R is least at R = 1/2, and (1 - R)^2 + 4 R at 0.
//! assert_eq!(search.mode(0).options(), [3; 6]);
//! assert_eq!(level(&search.mode(1)), 0.5);
//! assert_eq!(search.mode(2).options(), [0; 6]);
//! # Ok::<(), isthmus::search::StrategyError>(())
//! ```

mod memory;
mod options;
mod pairs;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::space::Architecture;

use self::memory::{Memory, Window};
pub use self::options::ArchiveOptions;
use self::options::LEAST;
use self::pairs::Pairs;
use super::front::{Front, Told};
use super::learner::{self, Learner, Lesson};
use super::pool::Pool;
use super::{
    Adjustment, Aim, Asng, Distribution, DistributionUpdate, Domain, Picks, Proposal, Scored, Strategy, StrategyError,
    Theta, Update, likely, mixture, multiplier, saved,
};

/// What a saved state of this strategy calls itself.
const NAME: &str = "shared-archive";

/// How often a candidate that is known is drawn again.
const REPEATS: usize = 5;

/// Decisions changed at most to make a known architecture a new one.
const CHANGES: usize = 64;

/// Decisions changed before it starts from the known one again.
const STRAY: usize = 8;

/// K distributions that learn from each other's samples, new and old.
pub struct SharedArchive {
    learner: Learner,
    window: Window,
    memory: Memory,
    front: Front,
    model: Pairs,
    options: ArchiveOptions,
}

/// The state as it is saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    strategy: String,
    distributions: Vec<Distribution>,
    steps: Vec<Asng>,
    redrawn: u64,
    window: Window,
    memory: Vec<Told>,
    front: Front,
    model: Vec<f64>,
}

impl SharedArchive {
    /// A search that starts uniformly; each aim makes a distribution.
    ///
    /// # Errors
    /// A decision without options or with more than 65,536, no aim or one outside what is allowed, an option outside
    /// what is allowed.
    pub fn new(domain: Domain, aims: &[Aim], options: ArchiveOptions) -> Result<Self, StrategyError> {
        let mut learner = Learner::new(domain, aims, options.learning())?;
        options.check()?;
        if options.least_probability.is_none() {
            learner.least.iter_mut().for_each(|least| *least *= LEAST);
        }
        Ok(Self {
            window: Window::default(),
            memory: Memory::new(options.memory),
            front: Front::default(),
            model: Pairs::new(&learner.distributions[0].theta),
            learner,
            options,
        })
    }

    /// The first pool of all, which can only be drawn evenly; empty later.
    fn first(&self, count: usize, rng: &mut dyn Rng) -> Vec<Architecture> {
        if self.memory.told().is_empty() {
            self.learner.distributions[0].theta.stratified(count, rng)
        } else {
            Vec::new()
        }
    }

    /// What distribution k proposes: the only place where one is drawn after the first pool. None where nothing legal was
    /// found.
    fn propose(
        &self,
        k: usize,
        taken: &HashSet<Architecture>,
        redrawn: &mut u64,
        rng: &mut dyn Rng,
    ) -> Option<Architecture> {
        let is_new = |architecture: &Architecture| !self.memory.knows(architecture) && !taken.contains(architecture);
        let screened = self.options.candidates > 1 && !self.memory.told().is_empty();
        let mut candidates = Vec::new();
        let mut known = None;
        for _ in 0..if screened { self.options.candidates } else { 1 } {
            let between = self.between(k, rng);
            let theta = between.as_ref().unwrap_or(&self.learner.distributions[k].theta);
            for _ in 0..=REPEATS {
                let architecture = self.learner.domain.draw(redrawn, || theta.sample(rng))?;
                if is_new(&architecture) {
                    candidates.push(architecture);
                    break;
                }
                known = Some(architecture);
            }
        }
        if candidates.len() > 1 {
            return self.most_promising(k, candidates);
        }
        candidates.pop().or_else(|| known.map(|known| self.stray(known, is_new, rng)))
    }

    /// A distribution between this one and one of its neighbours, for the share of samples that comes from there.
    fn between(&self, k: usize, rng: &mut dyn Rng) -> Option<Theta> {
        if rng.random::<f64>() >= self.options.between {
            return None;
        }
        let distributions = &self.learner.distributions;
        let neighbour = if rng.random::<bool>() { k.checked_add(1) } else { k.checked_sub(1) };
        let neighbour = neighbour.and_then(|l| distributions.get(l))?;
        Some(distributions[k].theta.geometric(&neighbour.theta, rng.random()))
    }

    /// The candidate that, with the loss the model gives it, enlarges the front most; where none does, the best for the
    /// distribution.
    fn most_promising(&self, k: usize, candidates: Vec<Architecture>) -> Option<Architecture> {
        let Distribution { coefficient, target, ref theta } = self.learner.distributions[k];
        let picks = Picks::new(theta, candidates.iter());
        let corner = self.front.corner()?;
        let promise = |(i, architecture): (usize, Architecture)| {
            let complexity = (self.learner.domain.cost)(&architecture);
            let loss = self.model.loss(picks.sample(i));
            let gain = self.front.gain((loss, complexity), corner);
            let objective = loss + coefficient * multiplier::counted(complexity, target);
            (gain.max(0.0), objective, architecture)
        };
        let promises = candidates.into_iter().enumerate().map(promise);
        promises.min_by(|a, b| b.0.total_cmp(&a.0).then(a.1.total_cmp(&b.1))).map(|(_, _, architecture)| architecture)
    }

    /// A legal and new architecture near a known one; the known one where none was found.
    fn stray(&self, known: Architecture, is_new: impl Fn(&Architecture) -> bool, rng: &mut dyn Rng) -> Architecture {
        let domain = &self.learner.domain;
        let mut options = known.options().to_vec();
        for change in 0..CHANGES {
            if change % STRAY == 0 {
                options.copy_from_slice(known.options());
            }
            let decision = rng.random_range(..options.len());
            options[decision] = rng.random_range(..domain.sizes[decision]) as u16;
            let architecture = Architecture::new(&options[..]);
            if is_new(&architecture) && domain.is_legal(&architecture) {
                return architecture;
            }
        }
        known
    }

    fn fit(&mut self) {
        if self.options.candidates == 1 {
            return;
        }
        let told = self.memory.told();
        let picks = Picks::new(&self.learner.distributions[0].theta, told.iter().map(|told| &told.architecture));
        let losses: Vec<f64> = told.iter().map(|told| told.loss).collect();
        self.model.fit(&picks, &losses);
    }
}

impl Strategy for SharedArchive {
    fn name(&self) -> &'static str {
        NAME
    }

    fn ask(&mut self, per_distribution: usize, rng: &mut dyn Rng) -> Vec<Proposal> {
        let count = self.learner.distributions.len();
        let mut pool = Vec::with_capacity(per_distribution * count);
        let mut taken = HashSet::new();
        let mut redrawn = self.learner.redrawn;
        let mut first = self.first(per_distribution * count, rng).into_iter();
        for source in (0..count).flat_map(|k| std::iter::repeat_n(k, per_distribution)) {
            let fits = |first: &Architecture| self.learner.domain.is_legal(first) && !taken.contains(first);
            let first = first.next().filter(fits);
            if let Some(architecture) = first.or_else(|| self.propose(source, &taken, &mut redrawn, rng)) {
                taken.insert(architecture.clone());
                pool.push(Proposal { architecture, source });
            }
        }
        self.learner.redrawn = redrawn;
        pool
    }

    fn tell(&mut self, scored: &[Scored], rng: &mut dyn Rng) -> Result<Update, StrategyError> {
        self.learner.domain.check_pool(scored)?;
        let count = self.learner.distributions.len();
        let theta = self.learner.distributions[0].theta.clone();
        let pool = Pool::new(scored, &theta);
        let shown = mixture::importance_weights(self.learner.distributions.iter().map(|d| &d.theta), &pool.picks);

        let sorted: Vec<Scored> = pool.samples.iter().map(|&told| told.clone()).collect();
        let mut steps = vec![0.0; count];
        if !sorted.is_empty() {
            let window = self.window.with(&sorted, &self.learner.distributions, self.options.pools);
            let reused = Pool::new(&window.samples, &theta);
            let thetas = window.thetas();
            // Those of the last pool are the distributions as they are now.
            let weights =
                mixture::importance_weights(thetas.iter().copied(), &reused.picks).split_off(thetas.len() - count);
            let elite = Some(self.options.elite);
            let lesson = |weights| Lesson { pool: &reused, weights, elite };
            let lessons: Vec<Lesson<'_>> = weights.iter().map(|weights| lesson(&weights[..])).collect();
            steps = self.learner.learn(&lessons, rng)?;
            self.window = window;
            self.front.tell(&sorted);
            sorted.iter().for_each(|told| self.memory.add(told.into()));
            self.fit();
        }

        let update = shown.iter().zip(steps).map(|(weights, step)| DistributionUpdate {
            weights: pool.as_told(weights, scored.len()),
            ess: mixture::effective_samples(weights),
            step,
        });
        Ok(Update { distributions: update.collect() })
    }

    fn adjust(&mut self, change: &Adjustment) -> Result<(), StrategyError> {
        self.learner.adjust(change)
    }

    fn save_distribution(&self, distribution: usize) -> Value {
        self.learner.save_distribution(NAME, distribution)
    }

    fn put_back(&mut self, distribution: usize, saved: &Value) -> Result<(), StrategyError> {
        self.learner.put_back(NAME, distribution, saved)
    }

    fn distributions(&self) -> &[Distribution] {
        &self.learner.distributions
    }

    fn mode(&self, distribution: usize) -> Architecture {
        let distribution = &self.learner.distributions[distribution];
        let best = self.front.best(distribution).map(|told| told.architecture.clone());
        best.unwrap_or_else(|| likely::most_likely(distribution, &self.learner.domain))
    }

    fn redrawn(&self) -> u64 {
        self.learner.redrawn
    }

    fn save(&self) -> Value {
        let mut state = self.learner.save(NAME);
        state["window"] = serde_json::json!(self.window);
        state["memory"] = serde_json::json!(self.memory.told());
        state["front"] = serde_json::json!(self.front);
        state["model"] = serde_json::json!(self.model.terms());
        state
    }

    fn restore(&mut self, saved: &Value) -> Result<(), StrategyError> {
        let saved: Saved = saved::read(NAME, saved)?;
        let Saved { strategy, distributions, steps, redrawn, .. } = saved;
        let learner = learner::Saved { strategy, distributions, steps, redrawn };
        self.learner.check_saved(&learner)?;
        let domain = &self.learner.domain;
        saved.window.check_saved(domain)?;
        saved.front.check_saved(domain)?;
        memory::check_saved(domain, &saved.memory)?;
        if !self.model.take_up(saved.model) {
            return Err(StrategyError::Saved("its model is of another space".to_owned()));
        }
        self.window = saved.window;
        self.window.keep(self.options.pools);
        self.memory = Memory::from_told(saved.memory, self.options.memory);
        self.front = saved.front;
        self.learner.take_up(learner);
        Ok(())
    }
}
