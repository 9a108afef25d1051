//! NSGA-II (Deb, Pratap, Agarwal and Meyarivan, IEEE Transactions on Evolutionary Computation 6(2), 2002): one
//! population for the whole front of loss and complexity, without coefficients.
//!
//! 1. Parents: twice two members drawn, of each two the one of the better rank, and in the same rank the one with the
//!    larger crowding distance (section III-C).
//! 2. Offspring: crossover with probability `crossover`, then each decision to another option with probability
//!    `mutation`.
//! 3. Survival: offspring and population together are sorted into ranks, those that nothing dominates first, then those
//!    that only these dominate, and so on (III-A); the best ranks fill the next population, and the rank that does not
//!    fit whole does so by crowding distance (III-B): the distance between a point's two neighbours in each objective,
//!    relative to the range of its rank.
//!
//! **What is ours**: uniform crossover and a mutation to any other option, since options are names and not numbers;
//! what is already in the population or in the pool is drawn again (duplicates teach nothing and make a small
//! population smaller), unless nothing else is found; an architecture told again counts with its latest loss; the
//! distances that tournaments compare are those among the survivors; a pool is one generation, however large it is. Until a pool has filled the population, architectures are drawn uniformly.
//!
//! The distributions are aims to report by: offspring are dealt out to them in blocks, all are told to the one
//! population (every weight is 1), and the answer for an aim is the best architecture told. What is shown as theta are
//! the frequencies of options in the population, mixed with a little of the uniform distribution.
//!
//! Why not a crate: `moors` 0.2.11 and `nsga_rs` 1.4.1 call the objectives from inside of a loop of their own. A run
//! could then neither pause between ask and tell nor be saved and resumed to the same run, for neither lets the caller
//! bring the counted random numbers that a resumed search needs. `moors` would add about a hundred crates besides, a
//! second `rand` among them.

use std::collections::HashSet;

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::space::Architecture;

use super::front::{self, Front, Told};
use super::{
    Adjustment, Aim, Distribution, Domain, Proposal, REDRAWS, Scored, Strategy, StrategyError, Theta, Update,
    distribution, likely, mixture, saved,
};

/// What a saved state of this strategy calls itself.
const NAME: &str = "nsga2";

/// The largest population: ranks are found by comparing all pairs.
const MOST: usize = 10_000;

/// How the population evolves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nsga2Options {
    /// Members of the population, from 2 to 10,000.
    pub population: usize,
    /// The probability that a child has two parents, from 0 to 1.
    pub crossover: f64,
    /// The probability of each decision to change, from 0 to 1; by default 1 / decisions.
    pub mutation: Option<f64>,
}

impl Default for Nsga2Options {
    fn default() -> Self {
        Self { population: 20, crossover: 0.9, mutation: None }
    }
}

/// A member of the population, and how it stands in it.
#[derive(Clone, Debug, PartialEq)]
struct Member {
    told: Told,
    rank: usize,
    crowding: f64,
}

/// One population for the front of all.
pub struct Nsga2 {
    distributions: Vec<Distribution>,
    population: Vec<Member>,
    front: Front,
    options: Nsga2Options,
    domain: Domain,
    redrawn: u64,
}

/// The state as it is saved; ranks and crowding follow from the population.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    strategy: String,
    distributions: Vec<Distribution>,
    population: Vec<Told>,
    front: Front,
    redrawn: u64,
}

impl Nsga2 {
    /// A search that starts with an empty population; each aim is one to report by.
    ///
    /// # Errors
    /// A decision without options or with more than 65,536, no aim or one outside what is allowed, an option outside
    /// what is allowed.
    pub fn new(domain: Domain, aims: &[Aim], options: Nsga2Options) -> Result<Self, StrategyError> {
        domain.check()?;
        let distributions = distribution::uniform(&domain, aims)?;
        if !(2..=MOST).contains(&options.population) {
            return Err(StrategyError::refused("population", "from 2 to 10000", options.population));
        }
        for (name, p) in [("crossover", Some(options.crossover)), ("mutation", options.mutation)] {
            if let Some(p) = p.filter(|p| !(0.0..=1.0).contains(p)) {
                return Err(StrategyError::refused(name, "from 0 to 1", p));
            }
        }
        Ok(Self { distributions, population: Vec::new(), front: Front::default(), options, domain, redrawn: 0 })
    }

    fn child(&self, rng: &mut dyn Rng) -> Architecture {
        if self.population.len() < self.options.population {
            return Theta::uniform_sample(&self.domain.sizes, rng);
        }
        let sizes = &self.domain.sizes;
        let [mut child, other] = [self.parent(rng), self.parent(rng)].map(|a| a.options().to_vec());
        if rng.random_bool(self.options.crossover) {
            for (option, other) in child.iter_mut().zip(other) {
                if rng.random_bool(0.5) {
                    *option = other;
                }
            }
        }
        let mutation = self.options.mutation.unwrap_or(1.0 / sizes.len() as f64);
        for (option, &size) in child.iter_mut().zip(sizes).filter(|(_, size)| **size > 1) {
            if rng.random_bool(mutation) {
                // One of the others: those from the present option on move up by one.
                let changed = rng.random_range(..size - 1) as u16;
                *option = changed + u16::from(changed >= *option);
            }
        }
        Architecture::new(child)
    }

    fn parent(&self, rng: &mut dyn Rng) -> &Architecture {
        let [a, b] = [(); 2].map(|()| &self.population[rng.random_range(..self.population.len())]);
        let first = a.rank.cmp(&b.rank).then(b.crowding.total_cmp(&a.crowding));
        if first.is_le() { &a.told.architecture } else { &b.told.architecture }
    }

    /// A legal child that is not known; one that is where nothing else is found.
    fn propose(&self, known: &HashSet<Architecture>, redrawn: &mut u64, rng: &mut dyn Rng) -> Option<Architecture> {
        let mut duplicate = None;
        for _ in 0..=REDRAWS {
            let child = self.child(rng);
            if !self.domain.is_legal(&child) {
                *redrawn += 1;
            } else if known.contains(&child) {
                duplicate = Some(child);
            } else {
                return Some(child);
            }
        }
        duplicate
    }

    /// Shows what the population holds.
    fn show(&mut self) {
        let theta =
            Theta::frequencies(&self.domain.sizes, self.population.iter().map(|member| &member.told.architecture));
        self.distributions.iter_mut().for_each(|distribution| distribution.theta = theta.clone());
    }
}

impl Strategy for Nsga2 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn ask(&mut self, per_distribution: usize, rng: &mut dyn Rng) -> Vec<Proposal> {
        let mut redrawn = self.redrawn;
        let mut known: HashSet<Architecture> =
            self.population.iter().map(|member| member.told.architecture.clone()).collect();
        let mut pool = Vec::with_capacity(per_distribution * self.distributions.len());
        for place in 0..per_distribution * self.distributions.len() {
            if let Some(architecture) = self.propose(&known, &mut redrawn, rng) {
                known.insert(architecture.clone());
                pool.push(Proposal { architecture, source: place / per_distribution });
            }
        }
        self.redrawn = redrawn;
        pool
    }

    fn tell(&mut self, scored: &[Scored], _: &mut dyn Rng) -> Result<Update, StrategyError> {
        self.domain.check_pool(scored)?;
        self.front.tell(scored);
        // The latest first, so that of what was told more than once the latest stays.
        let mut known = HashSet::new();
        let before = self.population.drain(..).map(|member| member.told);
        let mut merged: Vec<Told> = scored.iter().rev().map(Told::from).chain(before).collect();
        merged.retain(|told| known.insert(told.architecture.clone()));
        let chosen = survivors(merged, self.options.population);
        // Once more, so that how members stand follows from who they are, and need not be saved.
        self.population = survivors(chosen.into_iter().map(|member| member.told).collect(), self.options.population);
        self.show();
        Ok(Update { distributions: self.distributions.iter().map(|_| mixture::all_samples(scored)).collect() })
    }

    fn adjust(&mut self, change: &Adjustment) -> Result<(), StrategyError> {
        distribution::adjust(&mut self.distributions, change)
    }

    fn save_distribution(&self, distribution: usize) -> Value {
        saved::distribution(NAME, &self.distributions[distribution])
    }

    fn put_back(&mut self, distribution: usize, saved: &Value) -> Result<(), StrategyError> {
        let saved = saved::read_distribution(NAME, saved)?;
        distribution::put_back(&mut self.distributions, distribution, saved, &self.domain)?;
        self.show();
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
            "population": self.population.iter().map(|member| &member.told).collect::<Vec<_>>(),
            "front": self.front,
            "redrawn": self.redrawn,
        })
    }

    fn restore(&mut self, saved: &Value) -> Result<(), StrategyError> {
        let saved: Saved = saved::read(NAME, saved)?;
        distribution::check_saved(&self.domain, &saved.distributions)?;
        saved.front.check_saved(&self.domain)?;
        front::check_saved(&self.domain, &saved.population)?;
        self.distributions = saved.distributions;
        self.population = survivors(saved.population, self.options.population);
        self.front = saved.front;
        self.redrawn = saved.redrawn;
        Ok(())
    }
}

/// The best of a population by rank, and in the last rank that has a place by crowding distance; in an order that does
/// not depend on the one given.
fn survivors(mut all: Vec<Told>, most: usize) -> Vec<Member> {
    all.sort_by(|a, b| a.architecture.cmp(&b.architecture));
    let mut members: Vec<Member> =
        all.into_iter().map(|told| Member { told, rank: 0, crowding: f64::INFINITY }).collect();
    let mut survivors = Vec::with_capacity(most);
    let mut rank = 0;
    // Distances are taken in each whole rank, before any of it goes (III-B).
    while survivors.len() < most && !members.is_empty() {
        let (mut first, rest) = split(members);
        members = rest;
        first.iter_mut().for_each(|member| member.rank = rank);
        crowd(&mut first);
        first.sort_by(|a, b| b.crowding.total_cmp(&a.crowding));
        first.truncate(most - survivors.len());
        survivors.append(&mut first);
        rank += 1;
    }
    survivors
}

/// Takes off those that nothing dominates.
///
/// With two objectives one pass over the members from the least loss on finds them: all of less loss are known, so that
/// a member is dominated where one of them has no more R.
fn split(mut members: Vec<Member>) -> (Vec<Member>, Vec<Member>) {
    let key = |member: &Member| member.told.pair();
    members.sort_by(|a, b| key(a).0.total_cmp(&key(b).0).then(key(a).1.total_cmp(&key(b).1)));
    let mut least: Option<(f64, f64)> = None;
    members.into_iter().partition(|member| {
        let (loss, complexity) = key(member);
        // Equal pairs do not dominate each other.
        let stays = least.is_none_or(|least| complexity < least.1 || (loss, complexity) == least);
        if stays {
            least = Some((loss, complexity));
        }
        stays
    })
}

/// Gives every member of a rank its crowding distance; the ends of each objective get an infinite one.
fn crowd(rank: &mut [Member]) {
    rank.iter_mut().for_each(|member| member.crowding = 0.0);
    for value in [|told: &Told| told.loss, |told: &Told| told.complexity] {
        rank.sort_by(|a, b| value(&a.told).total_cmp(&value(&b.told)));
        let values: Vec<f64> = rank.iter().map(|member| value(&member.told)).collect();
        let last = values.len() - 1;
        // Halved, so that the ends of the doubles are not infinitely far apart.
        let range = values[last] / 2.0 - values[0] / 2.0;
        for (place, member) in rank.iter_mut().enumerate() {
            if place == 0 || place == last {
                member.crowding = f64::INFINITY;
            } else if range > 0.0 {
                member.crowding += (values[place + 1] / 2.0 - values[place - 1] / 2.0) / range;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Purpose, stream, tests};

    /// Points with ties in one objective and in both.
    fn points(count: u16) -> Vec<Told> {
        let told = |i| {
            let architecture = Architecture::new([i]);
            let loss = (tests::rugged(&architecture) * 12.0).floor();
            Told { loss, complexity: f64::from(i * 7 % 11), architecture }
        };
        (0..count).map(told).collect()
    }

    fn dominates(a: &Told, b: &Told) -> bool {
        a.loss <= b.loss && a.complexity <= b.complexity && a.pair() != b.pair()
    }

    #[test]
    fn ranks_are_those_of_the_definition() {
        let mut left = points(80);
        for member in survivors(left.clone(), 80) {
            // In the order of ranks: everything of a lower rank is gone.
            left.retain(|told| told.architecture != member.told.architecture);
            assert!(!left.iter().any(|other| dominates(other, &member.told)));
        }
        let members = survivors(points(80), 80);
        for member in members.iter().filter(|member| member.rank > 0) {
            let above = members.iter().filter(|other| other.rank + 1 == member.rank);
            assert!(above.into_iter().any(|other| dominates(&other.told, &member.told)));
        }
    }

    #[test]
    fn the_crowding_distance_is_the_sum_of_the_gaps_between_neighbours() {
        let pairs = [(5.0, 0.0), (4.0, 1.0), (1.0, 2.0), (0.0, 5.0)];
        let told = |(i, &(loss, complexity)): (usize, &(f64, f64))| Told {
            architecture: Architecture::new([i as u16]),
            loss,
            complexity,
        };
        let mut members = survivors(pairs.iter().enumerate().map(told).collect(), 4);
        members.sort_by(|a, b| a.told.complexity.total_cmp(&b.told.complexity));
        let distances: Vec<f64> = members.iter().map(|member| member.crowding).collect();
        assert_eq!(distances, [f64::INFINITY, 4.0 / 5.0 + 2.0 / 5.0, 4.0 / 5.0 + 4.0 / 5.0, f64::INFINITY]);
        let chosen = survivors(members.into_iter().map(|member| member.told).collect(), 3);
        assert!(chosen.iter().all(|member| member.told.pair() != pairs[1]));
    }

    #[test]
    fn survival_does_not_depend_on_the_order_and_changes_nothing_twice() {
        let mut told = points(60);
        let once = survivors(told.clone(), 20);
        told.reverse();
        told.rotate_left(17);
        let standing = |members: Vec<Member>| survivors(members.into_iter().map(|member| member.told).collect(), 20);
        assert_eq!(survivors(told, 20), once);
        let twice = standing(once);
        assert_eq!(standing(twice.clone()), twice);
    }

    #[test]
    fn what_is_known_is_drawn_again_while_anything_else_is_left() {
        let sizes = [2, 3, 5];
        let cost = tests::level(&sizes);
        let options = Nsga2Options { population: 8, ..Nsga2Options::default() };
        let mut search = Nsga2::new(Domain::new(&sizes, cost.clone()), &[Aim::Coefficient(0.0)], options).unwrap();
        let mut seen = HashSet::new();
        for iteration in 0..30 {
            let pool = search.ask(8, &mut stream(3, Purpose::ScorePool, iteration));
            let known: HashSet<&Architecture> =
                search.population.iter().map(|member| &member.told.architecture).collect();
            let drawn: HashSet<&Architecture> = pool.iter().map(|proposal| &proposal.architecture).collect();
            assert_eq!(drawn.len(), 8);
            assert!(drawn.is_disjoint(&known));
            seen.extend(pool.iter().map(|proposal| proposal.architecture.clone()));
            let scored = tests::score(pool, tests::rugged, &cost);
            search.tell(&scored, &mut stream(3, Purpose::Update, iteration)).unwrap();
        }
        assert_eq!(seen.len(), 30);
        assert_eq!(search.ask(40, &mut stream(3, Purpose::ScorePool, 99)).len(), 40);
    }

    #[test]
    fn options_outside_what_is_allowed_are_refused_by_name() {
        let refused = |options| {
            let domain = Domain::new(&[2, 3], tests::level(&[2, 3]));
            Nsga2::new(domain, &[Aim::Coefficient(0.0)], options).map(drop).unwrap_err().to_string()
        };
        let default = Nsga2Options::default;
        assert_eq!(refused(Nsga2Options { population: 1, ..default() }), "population must be from 2 to 10000, not 1");
        assert_eq!(refused(Nsga2Options { crossover: 1.1, ..default() }), "crossover must be from 0 to 1, not 1.1");
        let mutation = Some(f64::NAN);
        assert_eq!(refused(Nsga2Options { mutation, ..default() }), "mutation must be from 0 to 1, not NaN");
    }
}
