//! The probabilities of every option, as they were said last and before.

use serde::{Deserialize, Serialize};

use super::{Dashboard, DistributionView};
use crate::search::Theta;

/// Probabilities of all distributions together that are kept at most; where there are more, none are.
const MOST: usize = 1 << 14;

/// All probabilities of a distribution at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SaidTheta {
    /// Iterations done at that moment.
    pub iteration: u64,
    /// They.
    pub theta: Theta,
}

/// An option whose probability has changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moved {
    /// The decision.
    pub decision: usize,
    /// Its option.
    pub option: usize,
    /// The probability before.
    pub before: f64,
    /// The probability after.
    pub after: f64,
}

/// The options whose probability has changed most, those first; at most so many.
pub fn moved(before: &Theta, after: &Theta, most: usize) -> Vec<Moved> {
    let rows = before.rows().zip(after.rows()).enumerate();
    let mut all: Vec<Moved> = rows
        .flat_map(|(decision, (before, after))| {
            let pairs = before.iter().zip(after).enumerate();
            pairs.map(move |(option, (&before, &after))| Moved { decision, option, before, after })
        })
        .filter(|one| one.before != one.after)
        .collect();
    let change = |one: &Moved| (one.after - one.before).abs();
    // In the order of decisions where changes are alike.
    all.sort_by(|a, b| change(b).total_cmp(&change(a)));
    all.truncate(most);
    all
}

impl DistributionView {
    /// The options whose probability has changed most between the last two times that they were said, those first; at most
    /// so many.
    pub fn moved(&self, most: usize) -> Vec<Moved> {
        match (&self.theta_before, &self.theta) {
            (Some(before), Some(after)) => moved(&before.theta, &after.theta, most),
            _ => Vec::new(),
        }
    }

    /// Forgets what was said after an iteration.
    pub(super) fn rewind(&mut self, iteration: u64) {
        let later = |said: &mut SaidTheta| said.iteration > iteration;
        if self.theta.take_if(later).is_some() {
            self.theta = self.theta_before.take();
            self.theta.take_if(later);
        }
    }
}

impl Dashboard {
    pub(super) fn say_thetas(&mut self, iteration: u64, thetas: &[Theta]) {
        let values: usize = thetas.iter().map(|theta| theta.values().len()).sum();
        if values > MOST {
            return;
        }
        for (view, theta) in self.distributions.iter_mut().zip(thetas) {
            view.theta_before = view.theta.replace(SaidTheta { iteration, theta: theta.clone() });
        }
    }
}
