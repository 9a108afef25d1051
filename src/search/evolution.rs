//! Regularised evolution (Real, Aggarwal, Huang and Le, AAAI 2019, arXiv 1802.01548, algorithm 1), one population a
//! distribution.
//!
//! A population is a queue by age. As long as it is not full, architectures are drawn uniformly. Then, for each child,
//! `tournament` members are drawn with replacement, the best of them is copied with one decision changed to another
//! option, and when the child has been scored it joins and the **oldest** member leaves, however good it is: nothing
//! survives by one lucky score.
//!
//! **What is ours**: the paper has one objective. Here distribution k has a population of its own that is judged by
//! L + eps_k R; with a target, those within it by L come before those over it by R (the constrained tournament of Deb,
//! 2000). Members keep loss and complexity, so that a change of aim judges them anew. A pool holds several children of
//! one population, all made before any is scored. The paper's 100 members and 25 in a tournament are for 20,000
//! evaluations; our defaults are for the 80 to 500 that a population gets where six share 500 to 3,000.
//!
//! The answer is the best architecture told to any population (as in the paper: the best of the whole history). Populations
//! share nothing else: an update shows weight 1 for a distribution's own samples and 0 for others. What is shown as
//! theta are the frequencies of options in the population, mixed with a little of the uniform distribution.

use std::collections::VecDeque;

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::space::Architecture;

use super::front::{self, Front, Told};
use super::{
    Adjustment, Aim, Distribution, Domain, Proposal, Scored, Strategy, StrategyError, Theta, Update, distribution,
    likely, mixture, saved,
};

/// What a saved state of this strategy calls itself.
const NAME: &str = "regularised-evolution";

/// The largest population, which bounds what is saved.
const MOST: usize = 10_000;

/// How populations evolve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EvolutionOptions {
    /// Members of each population, from 2 to 10,000.
    pub population: usize,
    /// Members drawn to find a parent, from 1 to `population`: the more, the greedier.
    pub tournament: usize,
}

impl Default for EvolutionOptions {
    fn default() -> Self {
        Self { population: 20, tournament: 5 }
    }
}

/// One population a distribution, each evolving for its own objective.
pub struct Evolution {
    distributions: Vec<Distribution>,
    populations: Vec<VecDeque<Told>>,
    front: Front,
    options: EvolutionOptions,
    domain: Domain,
    redrawn: u64,
}

/// The state as it is saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    strategy: String,
    distributions: Vec<Distribution>,
    populations: Vec<VecDeque<Told>>,
    front: Front,
    redrawn: u64,
}

/// One distribution as it is saved, to be put back.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedDistribution {
    strategy: String,
    distribution: Distribution,
    population: VecDeque<Told>,
}

impl Evolution {
    /// A search that starts with empty populations; each aim makes one.
    ///
    /// # Errors
    /// A decision without options or with more than 65,536, no aim or one outside what is allowed, an option outside
    /// what is allowed.
    pub fn new(domain: Domain, aims: &[Aim], options: EvolutionOptions) -> Result<Self, StrategyError> {
        domain.check()?;
        let distributions = distribution::uniform(&domain, aims)?;
        let EvolutionOptions { population, tournament } = options;
        if !(2..=MOST).contains(&population) {
            return Err(StrategyError::refused("population", "from 2 to 10000", population));
        }
        if !(1..=population).contains(&tournament) {
            return Err(StrategyError::refused("tournament", "at least 1 and at most the population", tournament));
        }
        let populations = vec![VecDeque::new(); distributions.len()];
        Ok(Self { distributions, populations, front: Front::default(), options, domain, redrawn: 0 })
    }

    fn child(&self, k: usize, rng: &mut dyn Rng) -> Architecture {
        let population = &self.populations[k];
        if population.len() < self.options.population {
            return Theta::uniform_sample(&self.domain.sizes, rng);
        }
        let drawn = (0..self.options.tournament).map(|_| &population[rng.random_range(..population.len())]);
        let compare = |a: &&Told, b: &&Told| self.distributions[k].compare(a.pair(), b.pair());
        let mut options = match drawn.min_by(compare) {
            Some(parent) => parent.architecture.options().to_vec(),
            None => return Theta::uniform_sample(&self.domain.sizes, rng),
        };
        let choices: Vec<usize> = (0..options.len()).filter(|&d| self.domain.sizes[d] > 1).collect();
        if !choices.is_empty() {
            let decision = choices[rng.random_range(..choices.len())];
            // One of the others: those from the present option on move up by one.
            let other = rng.random_range(..self.domain.sizes[decision] - 1) as u16;
            options[decision] = other + u16::from(other >= options[decision]);
        }
        Architecture::new(options)
    }

    /// Shows what the population of one distribution holds.
    fn show(&mut self, k: usize) {
        let members = self.populations[k].iter().map(|told| &told.architecture);
        self.distributions[k].theta = Theta::frequencies(&self.domain.sizes, members);
    }
}

impl Strategy for Evolution {
    fn name(&self) -> &'static str {
        NAME
    }

    fn ask(&mut self, per_distribution: usize, rng: &mut dyn Rng) -> Vec<Proposal> {
        let mut pool = Vec::with_capacity(per_distribution * self.distributions.len());
        let mut redrawn = self.redrawn;
        for source in 0..self.distributions.len() {
            let draws =
                (0..per_distribution).filter_map(|_| self.domain.draw(&mut redrawn, || self.child(source, rng)));
            pool.extend(draws.map(|architecture| Proposal { architecture, source }));
        }
        self.redrawn = redrawn;
        pool
    }

    fn tell(&mut self, scored: &[Scored], _: &mut dyn Rng) -> Result<Update, StrategyError> {
        self.domain.check_pool(scored)?;
        self.front.tell(scored);
        for told in scored {
            if let Some(population) = self.populations.get_mut(told.source) {
                population.push_back(told.into());
                if population.len() > self.options.population {
                    population.pop_front();
                }
            }
        }
        let count = self.distributions.len();
        (0..count).for_each(|k| self.show(k));
        Ok(Update { distributions: (0..count).map(|k| mixture::own_samples(scored, k)).collect() })
    }

    fn adjust(&mut self, change: &Adjustment) -> Result<(), StrategyError> {
        distribution::adjust(&mut self.distributions, change)?;
        match *change {
            Adjustment::Add { distribution: k, .. } => {
                let last = self.populations.len() - 1;
                let neighbours = [&self.populations[k.saturating_sub(1)], &self.populations[k.min(last)]];
                let between = youngest(neighbours, self.options.population);
                self.populations.insert(k, between);
                self.show(k);
            }
            Adjustment::Remove { distribution } => drop(self.populations.remove(distribution)),
            Adjustment::Coefficient { .. } | Adjustment::Target { .. } => {}
        }
        Ok(())
    }

    fn save_distribution(&self, distribution: usize) -> Value {
        serde_json::json!({
            "strategy": NAME,
            "distribution": self.distributions[distribution],
            "population": self.populations[distribution],
        })
    }

    fn put_back(&mut self, distribution: usize, saved: &Value) -> Result<(), StrategyError> {
        let mut saved: SavedDistribution = saved::read(NAME, saved)?;
        front::check_saved(&self.domain, saved.population.make_contiguous())?;
        saved.population.drain(..saved.population.len().saturating_sub(self.options.population));
        distribution::put_back(&mut self.distributions, distribution, saved.distribution, &self.domain)?;
        self.populations.insert(distribution, saved.population);
        self.show(distribution);
        Ok(())
    }

    fn distributions(&self) -> &[Distribution] {
        &self.distributions
    }

    fn mode(&self, distribution: usize) -> Architecture {
        let distribution = &self.distributions[distribution];
        let best = self.front.best(distribution).map(|told| told.architecture.clone());
        best.unwrap_or_else(|| likely::most_likely(distribution, &self.domain))
    }

    fn redrawn(&self) -> u64 {
        self.redrawn
    }

    fn save(&self) -> Value {
        serde_json::json!({
            "strategy": NAME,
            "distributions": self.distributions,
            "populations": self.populations,
            "front": self.front,
            "redrawn": self.redrawn,
        })
    }

    fn restore(&mut self, saved: &Value) -> Result<(), StrategyError> {
        let saved: Saved = saved::read(NAME, saved)?;
        distribution::check_saved(&self.domain, &saved.distributions)?;
        saved.front.check_saved(&self.domain)?;
        if saved.populations.len() != saved.distributions.len() {
            let (distributions, populations) = (saved.distributions.len(), saved.populations.len());
            return Err(StrategyError::Saved(format!(
                "it has {distributions} distributions and {populations} populations"
            )));
        }
        let mut populations = saved.populations;
        for population in &mut populations {
            front::check_saved(&self.domain, population.make_contiguous())?;
            // Saved where populations were larger: the youngest stay.
            population.drain(..population.len().saturating_sub(self.options.population));
        }
        self.distributions = saved.distributions;
        self.populations = populations;
        self.front = saved.front;
        self.redrawn = saved.redrawn;
        Ok(())
    }
}

/// The youngest of two populations, taken in turn, the oldest first again; what is in both, once.
fn youngest(two: [&VecDeque<Told>; 2], most: usize) -> VecDeque<Told> {
    let mut between: VecDeque<Told> = VecDeque::new();
    let [mut one, mut other] = two.map(|population| population.iter().rev());
    loop {
        let pair = [one.next(), other.next()];
        if pair == [None; 2] {
            return between;
        }
        for told in pair.into_iter().flatten() {
            if between.len() < most && !between.contains(told) {
                between.push_front(told.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Purpose, stream, tests};

    const SIZES: [usize; 4] = [3, 1, 4, 5];

    fn search(options: EvolutionOptions) -> Result<Evolution, StrategyError> {
        Evolution::new(Domain::new(&SIZES, tests::level(&SIZES)), &[Aim::Coefficient(0.0); 2], options)
    }

    fn iterate(search: &mut Evolution, iteration: u64) -> Vec<Scored> {
        let pool = search.ask(2, &mut stream(1, Purpose::ScorePool, iteration));
        let scored = tests::score(pool, tests::rugged, &tests::level(&SIZES));
        search.tell(&scored, &mut stream(1, Purpose::Update, iteration)).unwrap();
        scored
    }

    #[test]
    fn children_differ_from_a_member_in_one_decision_and_the_oldest_leave() {
        let mut search = search(EvolutionOptions { population: 6, tournament: 3 }).unwrap();
        (0..3).for_each(|iteration| drop(iterate(&mut search, iteration)));
        for iteration in 3..40 {
            let before = search.populations.clone();
            for told in iterate(&mut search, iteration) {
                let parents = &before[told.source];
                assert!(parents.iter().any(|parent| parent.architecture.distance(&told.architecture) == 1));
            }
            for (before, after) in before.iter().zip(&search.populations) {
                assert_eq!(after.len(), 6);
                assert!(before.iter().skip(2).eq(after.iter().take(4)));
            }
        }
    }

    #[test]
    fn the_best_of_a_tournament_of_all_is_the_parent() {
        let options = EvolutionOptions { population: 6, tournament: 6 };
        let mut search = search(options).unwrap();
        (0..3).for_each(|iteration| drop(iterate(&mut search, iteration)));
        let best = search.populations[0].iter().min_by(|a, b| a.loss.total_cmp(&b.loss)).unwrap().clone();
        let mut rng = stream(1, Purpose::ScorePool, 9);
        let children = (0..300).filter(|_| search.child(0, &mut rng).distance(&best.architecture) == 1).count();
        // Six draws with replacement from six miss one of them in (5/6)^6 = 33 % of cases.
        assert!((170..=290).contains(&children), "{children}");
    }

    #[test]
    fn a_new_population_is_of_the_youngest_of_its_neighbours() {
        let told = |place: u16| Told { architecture: Architecture::new([place]), loss: 0.0, complexity: 0.0 };
        let population = |places: &[u16]| places.iter().map(|&place| told(place)).collect::<VecDeque<_>>();
        let [one, other] = [population(&[1, 2, 3]), population(&[4, 2, 5])];
        assert_eq!(youngest([&one, &other], 4), population(&[1, 2, 5, 3]));
        assert_eq!(youngest([&one, &one], 5), one);
        assert_eq!(youngest([&one, &VecDeque::new()], 2), population(&[2, 3]));
    }

    #[test]
    fn options_outside_what_is_allowed_are_refused_by_name() {
        let refused = |population, tournament| {
            search(EvolutionOptions { population, tournament }).map(drop).unwrap_err().to_string()
        };
        assert_eq!(refused(1, 1), "population must be from 2 to 10000, not 1");
        assert_eq!(refused(9, 10), "tournament must be at least 1 and at most the population, not 10");
        assert_eq!(refused(9, 0), "tournament must be at least 1 and at most the population, not 0");
    }
}
