//! The most likely architecture of a distribution that meets demands.
//!
//! The mode takes the most likely option of every row. Where it is over a complexity target, or cannot be evaluated, the
//! answer of a distribution is the most likely architecture that is neither. Architectures are walked in the order of
//! their probability: each is a list of ranks, one a row, 0 for the most likely option; raising a rank never makes it
//! more likely, so that a queue ordered by ln p, started with the mode, gives them best first (the k best paths of
//! Lawler, Management Science 1972, where rows are independent). A rank is raised only in the row raised last or behind
//! it, so that none comes twice.
//!
//! The walk ends after [`STEPS`]. What then meets the target, in a large space far from it, is found by descent (ours):
//! from the mode one decision is changed at a time, always the one that takes off most complexity for what it costs in
//! ln p, until the target is met. That is no longer the most likely of all, and where even this does not meet the
//! target, the answer is where the descent ended; its complexity tells.
//!
//! All of this uses theta and the complexity, which is known, and no loss: it chooses among what the search believes,
//! and adds no belief.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::space::Architecture;

use super::{Distribution, Domain, Theta};

/// Architectures walked at most.
const STEPS: usize = 500;

/// The most likely architecture that is legal and within the target of the distribution, if it has one.
pub(super) fn most_likely(distribution: &Distribution, domain: &Domain) -> Architecture {
    let mode = distribution.theta.mode();
    let meets = |architecture: &Architecture| {
        let within = distribution.target.is_none_or(|target| (domain.cost)(architecture) <= target);
        within && domain.is_legal(architecture)
    };
    if meets(&mode) {
        return mode;
    }
    if let Some(found) = Walk::new(&distribution.theta).take(STEPS).find(|architecture| meets(architecture)) {
        return found;
    }
    match distribution.target {
        Some(target) => descend(mode, target, &distribution.theta, domain),
        None => mode,
    }
}

/// All architectures, the most likely first.
struct Walk {
    /// For each row, its options from the most likely on, with how much less likely (in ln p) each is than the first.
    rows: Vec<Vec<(u16, f64)>>,
    queue: BinaryHeap<Stop>,
}

/// One architecture of a walk.
#[derive(PartialEq)]
struct Stop {
    /// How much less likely than the mode, in ln p.
    gap: f64,
    ranks: Vec<u16>,
    /// The row raised last.
    last: usize,
}

impl Eq for Stop {}

impl Ord for Stop {
    fn cmp(&self, other: &Self) -> Ordering {
        // The heap gives out the greatest. Of equally likely ones the first by ranks, so that the same theta always
        // gives the same answer.
        other.gap.total_cmp(&self.gap).then_with(|| other.ranks.cmp(&self.ranks))
    }
}

impl PartialOrd for Stop {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Walk {
    fn new(theta: &Theta) -> Self {
        let ranked = |row: &[f64]| {
            let mut options: Vec<u16> = (0..row.len()).map(|option| option as u16).collect();
            let p = |option: u16| row[usize::from(option)];
            options.sort_by(|&a, &b| p(b).total_cmp(&p(a)));
            let best = p(options[0]).ln();
            options.into_iter().map(|option| (option, best - p(option).ln())).collect()
        };
        let rows: Vec<Vec<(u16, f64)>> = theta.rows().map(ranked).collect();
        let mode = Stop { gap: 0.0, ranks: vec![0; rows.len()], last: 0 };
        Self { rows, queue: BinaryHeap::from([mode]) }
    }
}

impl Iterator for Walk {
    type Item = Architecture;

    fn next(&mut self) -> Option<Architecture> {
        let stop = self.queue.pop()?;
        for (row, options) in self.rows.iter().enumerate().skip(stop.last) {
            let rank = usize::from(stop.ranks[row]);
            if let Some((_, gap)) = options.get(rank + 1) {
                let mut ranks = stop.ranks.clone();
                ranks[row] += 1;
                self.queue.push(Stop { gap: stop.gap - options[rank].1 + gap, ranks, last: row });
            }
        }
        let options = self.rows.iter().zip(&stop.ranks).map(|(options, &rank)| options[usize::from(rank)].0);
        Some(Architecture::new(options.collect::<Vec<_>>()))
    }
}

fn descend(mode: Architecture, target: f64, theta: &Theta, domain: &Domain) -> Architecture {
    let mut here = mode;
    let mut complexity = (domain.cost)(&here);
    while complexity > target {
        let mut best: Option<(f64, f64, Architecture)> = None;
        for (decision, row) in theta.rows().enumerate() {
            let now = here.options()[decision];
            for option in (0..row.len() as u16).filter(|&option| option != now) {
                let mut options = here.options().to_vec();
                options[decision] = option;
                let changed = Architecture::new(options);
                let reached = (domain.cost)(&changed);
                if !(reached < complexity && domain.is_legal(&changed)) {
                    continue;
                }
                // What is below the target is worth nothing, and going to a likelier option costs nothing.
                let taken = complexity - reached.max(target);
                let price = (row[usize::from(now)].ln() - row[usize::from(option)].ln()).max(1e-9);
                if best.as_ref().is_none_or(|(value, ..)| taken / price > *value) {
                    best = Some((taken / price, reached, changed));
                }
            }
        }
        let Some((_, reached, changed)) = best else { break };
        (here, complexity) = (changed, reached);
    }
    here
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;

    use super::*;

    fn theta() -> Theta {
        let rows = [vec![0.1, 0.6, 0.3], vec![0.5, 0.5], vec![1.0], vec![0.05, 0.2, 0.35, 0.4]];
        Theta::try_from(rows.to_vec()).unwrap()
    }

    #[test]
    fn every_architecture_comes_once_and_the_likeliest_first() {
        let theta = theta();
        let walked: Vec<Architecture> = Walk::new(&theta).collect();
        assert_eq!(walked.len(), 24);
        assert_eq!(walked.iter().collect::<HashSet<_>>().len(), 24);
        assert_eq!(walked[0], theta.mode());
        assert!(walked.windows(2).all(|w| theta.log_probability(&w[0]) >= theta.log_probability(&w[1]) - 1e-12));
    }

    fn level(c: &Architecture) -> f64 {
        c.options().iter().map(|&o| f64::from(o)).sum::<f64>() / (4 * c.options().len()) as f64
    }

    #[test]
    fn the_answer_is_the_likeliest_that_is_legal_and_within_the_target() {
        let theta = theta();
        let domain =
            Domain { legal: Some(Arc::new(|c| c.options()[3] != 3)), ..Domain::new(&[3, 2, 1, 4], Arc::new(level)) };
        for target in [None, Some(0.3), Some(0.1), Some(0.0)] {
            let distribution = Distribution { coefficient: 0.0, target, theta: theta.clone() };
            let found = most_likely(&distribution, &domain);
            let meets = |c: &Architecture| domain.is_legal(c) && target.is_none_or(|target| level(c) <= target);
            let expected = Walk::new(&theta).find(|c| meets(c)).unwrap();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn far_from_the_target_in_a_large_space_a_descent_meets_it() {
        let sizes = [5; 40];
        let decided = vec![vec![0.01, 0.01, 0.02, 0.02, 0.94]; 40];
        let theta = Theta::try_from(decided).unwrap();
        let distribution = Distribution { coefficient: 0.0, target: Some(0.4), theta };
        let found = most_likely(&distribution, &Domain::new(&sizes, Arc::new(level)));
        assert!((0.35..=0.4).contains(&level(&found)), "{}", level(&found));
    }

    #[test]
    fn where_nothing_meets_the_target_the_answer_is_the_nearest_of_the_descent() {
        let theta = Theta::uniform(&[2, 2]);
        let distribution = Distribution { coefficient: 0.0, target: Some(0.0), theta };
        let cost = |c: &Architecture| 0.5 + level(c);
        let found = most_likely(&distribution, &Domain::new(&[2, 2], Arc::new(cost)));
        assert_eq!(found.options(), [0, 0]);
    }
}
