//! What a loss may be, from the losses of other architectures: a term for every option and for every pair of options.
//!
//! The model is L(c) = b + sum_d b_d\[c_d\] + sum_{d<e} b_de\[c_d, c_e\], fitted by ridge regression to all architectures
//! remembered: b minimises sum_i (L_i - L(c_i))^2 + RIDGE |b|^2, with the constant term left almost free. Losses above
//! the quantile [`CAP`] count as that quantile: how bad the worst are would bend the model where it matters.
//!
//! The normal equations are solved by the method of conjugate gradients, a few steps after each pool from where the
//! last left off: fresh losses change the solution little, and a solution that lags a little ranks as well. A step
//! costs one walk over what is remembered, with D (D + 1) / 2 + 1 terms an architecture.

use crate::search::mixture::sum_at;
use crate::search::{Picks, Theta};

/// The quantile of the losses that worse ones count as.
const CAP: f64 = 0.9;

/// Steps of conjugate gradients after each pool.
const STEPS: usize = 3;

/// The weight of the squared terms against the squared errors.
const RIDGE: f64 = 1.0;

/// The same for the constant term: only what keeps the equations solvable.
const FREE: f64 = 1e-6;

/// Terms at most; in a larger space there are none for pairs.
const MOST: usize = 1 << 16;

/// The terms of the model.
#[derive(Clone, Debug)]
pub(super) struct Pairs {
    layout: Layout,
    terms: Vec<f64>,
}

/// Where the terms of an architecture lie: first the constant, then one for every place in theta, then for every
/// decision a block for its pairs with all later ones.
#[derive(Clone, Debug)]
struct Layout {
    rows: Vec<Row>,
    terms: usize,
}

/// One decision in the layout.
#[derive(Clone, Debug)]
struct Row {
    /// Its first place in theta.
    start: usize,
    /// Its first pair.
    pairs: usize,
    /// How many options all later decisions have, which is how many pairs an option of this one has; 0 where the model
    /// has none.
    later: usize,
}

impl Layout {
    fn new(theta: &Theta) -> Self {
        let offsets = theta.offsets();
        let places = theta.values().len();
        let later = |two: &[usize]| places - two[1];
        let pairs: usize = offsets.windows(2).map(|two| (two[1] - two[0]) * later(two)).sum();
        let with_pairs = 1 + places + pairs <= MOST;
        let mut next = 1 + places;
        let rows = offsets
            .windows(2)
            .map(|two| {
                let row = Row { start: two[0], pairs: next, later: if with_pairs { later(two) } else { 0 } };
                next += (two[1] - two[0]) * row.later;
                row
            })
            .collect();
        Self { rows, terms: next }
    }

    /// Calls `visit` with every term of the architecture that chooses these places.
    fn visit(&self, places: &[u32], mut visit: impl FnMut(usize)) {
        visit(0);
        for (d, (row, &place)) in self.rows.iter().zip(places).enumerate() {
            let place = place as usize;
            visit(1 + place);
            if row.later > 0 {
                // Places of later decisions start behind the places of this one.
                let block = row.pairs + (place - row.start) * row.later;
                let first = self.rows[d + 1].start;
                places[d + 1..].iter().for_each(|&other| visit(block + (other as usize - first)));
            }
        }
    }

    /// How many terms every architecture has.
    fn width(&self) -> usize {
        let decisions = self.rows.len();
        let pairs = if self.rows.iter().any(|row| row.later > 0) { decisions * (decisions - 1) / 2 } else { 0 };
        1 + decisions + pairs
    }
}

impl Pairs {
    /// A model that knows nothing.
    pub fn new(theta: &Theta) -> Self {
        let layout = Layout::new(theta);
        Self { terms: vec![0.0; layout.terms], layout }
    }

    /// All terms, which are all of its state.
    pub fn terms(&self) -> &[f64] {
        &self.terms
    }

    /// Takes up terms; false where these are not of this model.
    #[must_use]
    pub fn take_up(&mut self, terms: Vec<f64>) -> bool {
        let fits = terms.len() == self.terms.len() && terms.iter().all(|term| term.is_finite());
        if fits {
            self.terms = terms;
        }
        fits
    }

    /// The loss that the architecture which chooses these places may have.
    pub fn loss(&self, places: &[u32]) -> f64 {
        let mut sum = 0.0;
        self.layout.visit(places, |term| sum += self.terms[term]);
        sum
    }

    /// Moves the terms towards those that fit these losses.
    ///
    /// Where the losses are so far apart that numbers overflow it knows nothing again.
    pub fn fit(&mut self, picks: &Picks, losses: &[f64]) {
        let Self { layout, terms } = self;
        let cap = cap(losses);
        let ridge = |term: usize| if term == 0 { FREE } else { RIDGE };
        // Listed once: looking terms up again in every step would take most of the time.
        let mut listed = Vec::with_capacity(picks.samples() * layout.width());
        (0..picks.samples()).for_each(|i| layout.visit(picks.sample(i), |term| listed.push(term as u32)));
        let samples = || listed.chunks_exact(layout.width());

        let mut counts = vec![0.0; terms.len()];
        let mut rest = vec![0.0; terms.len()];
        for (sample, loss) in samples().zip(losses) {
            let error = loss.min(cap) - sum_at(terms, sample);
            for &term in sample {
                rest[term as usize] += error;
                counts[term as usize] += 1.0;
            }
        }
        rest.iter_mut().zip(&*terms).enumerate().for_each(|(i, (rest, term))| *rest -= ridge(i) * term);

        // Preconditioned by the diagonal, for options are remembered unequally often.
        let scaled = |rest: &[f64]| -> Vec<f64> {
            rest.iter().zip(&counts).enumerate().map(|(i, (rest, count))| rest / (count + ridge(i))).collect()
        };
        let mut towards = scaled(&rest);
        let mut square = dot(&rest, &towards);
        let mut image = vec![0.0; terms.len()];
        for _ in 0..STEPS {
            if !square.is_normal() {
                break;
            }
            image.iter_mut().zip(&towards).enumerate().for_each(|(i, (image, t))| *image = ridge(i) * t);
            for sample in samples() {
                let value = sum_at(&towards, sample);
                sample.iter().for_each(|&term| image[term as usize] += value);
            }
            let length = square / dot(&towards, &image);
            for (i, term) in terms.iter_mut().enumerate() {
                *term += length * towards[i];
                rest[i] -= length * image[i];
            }
            let next = scaled(&rest);
            let following = dot(&rest, &next);
            towards.iter_mut().zip(&next).for_each(|(t, next)| *t = next + following / square * *t);
            square = following;
        }
        if !terms.iter().all(|term| term.is_finite()) {
            terms.fill(0.0);
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// What losses are capped at; infinite where there are none.
fn cap(losses: &[f64]) -> f64 {
    let mut losses = losses.to_vec();
    let place = (losses.len().saturating_sub(1) as f64 * CAP) as usize;
    if losses.is_empty() { f64::INFINITY } else { *losses.select_nth_unstable_by(place, f64::total_cmp).1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Architecture;

    fn all(sizes: &[usize]) -> Vec<Architecture> {
        let more = |all: Vec<Vec<u16>>, &size: &usize| {
            let with = |c: &Vec<u16>| (0..size as u16).map(|o| [&c[..], &[o]].concat()).collect::<Vec<_>>();
            all.iter().flat_map(with).collect()
        };
        sizes.iter().fold(vec![vec![]], more).into_iter().map(Architecture::new).collect()
    }

    /// 3 to 6, with a term for each option and one for a pair.
    fn paired(c: &Architecture) -> f64 {
        let o = c.options();
        let single: f64 = o.iter().map(|&o| f64::from(o % 3)).sum::<f64>() / 10.0;
        3.0 + single + if o[0] == 1 && o[3] == 2 { 2.0 } else { 0.0 }
    }

    fn fitted(theta: &Theta, architectures: &[Architecture], losses: &[f64], pools: usize) -> Pairs {
        let mut pairs = Pairs::new(theta);
        let picks = Picks::new(theta, architectures.iter());
        (0..pools).for_each(|_| pairs.fit(&picks, losses));
        pairs
    }

    #[test]
    fn every_option_and_pair_has_a_term_of_its_own() {
        let theta = Theta::uniform(&[2, 1, 3, 4]);
        let pairs = Pairs::new(&theta);
        assert_eq!(pairs.terms.len(), 1 + 10 + (2 + 6 + 8) + (3 + 4) + 12);
        let mut seen = vec![0; pairs.terms.len()];
        let picks = Picks::new(&theta, all(&[2, 1, 3, 4]).iter());
        for i in 0..picks.samples() {
            let mut terms = vec![];
            pairs.layout.visit(picks.sample(i), |term| terms.push(term));
            terms.iter().for_each(|&term| seen[term] += 1);
            terms.sort_unstable();
            terms.dedup();
            assert_eq!(terms.len(), 1 + 4 + 6);
        }
        assert!(seen.iter().all(|&count| count > 0));
    }

    #[test]
    fn it_ranks_architectures_that_it_has_not_seen() {
        let sizes = [3, 3, 3, 3, 3];
        let theta = Theta::uniform(&sizes);
        let (seen, unseen): (Vec<_>, Vec<_>) = all(&sizes).into_iter().enumerate().partition(|(i, _)| i % 5 < 2);
        let seen: Vec<Architecture> = seen.into_iter().map(|(_, c)| c).collect();
        let losses: Vec<f64> = seen.iter().map(paired).collect();
        let pairs = fitted(&theta, &seen, &losses, 30);
        let unseen: Vec<Architecture> = unseen.into_iter().map(|(_, c)| c).collect();
        let picks = Picks::new(&theta, unseen.iter());
        for (i, c) in unseen.iter().enumerate().filter(|(_, c)| paired(c) < 5.0) {
            let error = pairs.loss(picks.sample(i)) - paired(c);
            assert!(error.abs() < 0.3, "{c:?}: {error}");
        }
    }

    #[test]
    fn what_overflows_is_forgotten() {
        let theta = Theta::uniform(&[2, 2]);
        let architectures = all(&[2, 2]);
        for losses in [[f64::MAX, -f64::MAX, f64::MAX, -f64::MAX], [1e300, 0.0, -1e300, 1e-300]] {
            let pairs = fitted(&theta, &architectures, &losses, 5);
            assert!(pairs.terms.iter().all(|term| term.is_finite()));
        }
        assert!(fitted(&theta, &[], &[], 1).terms.iter().all(|&term| term == 0.0));
    }

    #[test]
    fn in_a_large_space_there_are_no_pairs() {
        let theta = Theta::uniform(&[10; 100]);
        assert_eq!(Pairs::new(&theta).terms.len(), 1 + 1_000);
        assert_eq!(Pairs::new(&Theta::uniform(&[5; 40])).terms.len(), 1 + 200 + 780 * 25);
        let mode = theta.mode();
        assert_eq!(
            fitted(&theta, std::slice::from_ref(&mode), &[0.5], 5)
                .loss(Picks::new(&theta, [&mode].into_iter()).sample(0))
                .signum(),
            1.0
        );
    }
}
