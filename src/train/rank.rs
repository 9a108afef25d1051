//! Whether the shared weights of a search can be trusted: do they order architectures as training each alone does?
//!
//! The measure is Kendall's tau-b (Kendall 1945): of all pairs of architectures, the share that both orders agree on less
//! the share that they do not, with ties left out: 1 is the same order, 0 none, -1 the opposite. What size alone would
//! say stands beside it, what the shared weights say beyond size (the partial tau of Kendall 1942), and what they say of
//! networks of about one size, since large networks are mostly the better ones and a search over sizes needs more than
//! that. Pure. [what stands beside is ours]

use std::fmt::Write as _;

use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use serde::{Deserialize, Serialize};

use super::subject::uniform;
use crate::search::{Purpose, stream};
use crate::space::{Architecture, Measure, Plan, format_amount};

/// Resamples that an interval is taken from.
const RESAMPLES: u64 = 2_000;
/// The share of them that it holds.
const SHARE: f64 = 0.95;
/// Networks are of about one size where the larger has at most so many times the parameters of the smaller.
const ABOUT: f64 = 1.15;
/// Architectures that are drawn for each one that is chosen.
const DRAWN: usize = 64;

/// One architecture in both orders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// The network's name.
    pub name: String,
    /// Trainable parameters of the network that was trained.
    pub parameters: u64,
    /// Accuracy on the validation set with the weights that the search shares, 0 to 1.
    pub shared: f64,
    /// Accuracy on the test set once trained alone, 0 to 1: the mean over its seeds.
    pub trained: f64,
    /// How many seeds it was trained with.
    pub seeds: usize,
}

/// Tau, and between which bounds it lies in 95 % of resampled lists of architectures (the bootstrap of Efron 1979).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Kendall's tau-b.
    pub tau: f64,
    /// The bounds.
    pub interval: [f64; 2],
}

/// How well the shared weights order architectures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankCheck {
    /// Iterations of the search whose weights were taken.
    pub iteration: u64,
    /// Shared weights and training.
    pub shared: Option<Agreement>,
    /// Parameters and training: what size alone says.
    pub size: Option<Agreement>,
    /// What shared weights say beyond size: their partial tau with training, given parameters.
    pub beyond_size: Option<f64>,
    /// Shared weights and training, over the pairs of architectures of about one size.
    pub within_size: Option<Agreement>,
    /// The architectures, those that training thinks best of first.
    pub architectures: Vec<Ranked>,
}

impl RankCheck {
    /// The check of these architectures; `seed` is that of the resampling.
    pub fn new(mut architectures: Vec<Ranked>, iteration: u64, seed: u64) -> Self {
        architectures.sort_by(|a, b| b.trained.total_cmp(&a.trained).then_with(|| a.name.cmp(&b.name)));
        let of = |value: fn(&Ranked) -> f64| architectures.iter().map(value).collect::<Vec<f64>>();
        let (shared, trained) = (of(|ranked| ranked.shared), of(|ranked| ranked.trained));
        let size = of(|ranked| ranked.parameters as f64);
        let beyond_size = kendall(&shared, &trained)
            .zip(kendall(&size, &trained))
            .zip(kendall(&shared, &size))
            .and_then(|((score, by_size), between)| partial(score, by_size, between));
        Self {
            iteration,
            shared: agreement(&shared, &trained, seed, |_, _| true),
            size: agreement(&size, &trained, seed, |_, _| true),
            beyond_size,
            within_size: agreement(&shared, &trained, seed, |a, b| {
                size[a].max(size[b]) <= ABOUT * size[a].min(size[b])
            }),
            architectures,
        }
    }

    /// The check for a terminal.
    pub fn text(&self) -> String {
        let names = self.architectures.iter().map(|ranked| ranked.name.chars().count());
        let width = names.max().unwrap_or(0).max("network".len());
        let mut text = format!("{:width$}  parameters   shared  trained  seeds\n", "network");
        for Ranked { name, parameters, shared, trained, seeds } in &self.architectures {
            let (parameters, name) = (format_amount(*parameters as f64), crate::clean::clean(name));
            let (shared, trained) = (100.0 * shared, 100.0 * trained);
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name:width$}  {parameters:>10}  {shared:5.2} %  {trained:5.2} %  {seeds:5}");
        }
        let said =
            |Agreement { tau, interval: [low, high] }: &Agreement| format!("{tau:.2}  (95 %: {low:.2} to {high:.2})");
        let or_not =
            |agreement: &Option<Agreement>| agreement.as_ref().map_or_else(|| "not defined: all the same".into(), said);
        let count = self.architectures.len();
        let _ = writeln!(text, "\nKendall's tau over {count} architectures, after {} iterations", self.iteration);
        let _ = writeln!(text, "  shared weights and training  {}", or_not(&self.shared));
        let _ = writeln!(text, "  size and training            {}", or_not(&self.size));
        if let Some(tau) = self.beyond_size {
            let _ = writeln!(text, "  shared weights beyond size   {tau:.2}");
        }
        if let Some(agreement) = &self.within_size {
            let _ = writeln!(text, "  shared weights at one size   {}", said(agreement));
        }
        text
    }
}

/// Kendall's tau-b of two lists; nothing where one of them is all the same, or numbers are missing.
pub fn kendall(a: &[f64], b: &[f64]) -> Option<f64> {
    kendall_over(a, b, |_, _| true)
}

/// The same over some of the pairs of places.
fn kendall_over(a: &[f64], b: &[f64], counts: impl Fn(usize, usize) -> bool) -> Option<f64> {
    let (mut agree, mut differ, mut tied_a, mut tied_b) = (0u64, 0u64, 0u64, 0u64);
    for first in 0..a.len().min(b.len()) {
        for second in (0..first).filter(|&second| counts(first, second)) {
            let (in_a, in_b) = (a[first].partial_cmp(&a[second])?, b[first].partial_cmp(&b[second])?);
            match (in_a.is_eq(), in_b.is_eq()) {
                (true, true) => {}
                (true, false) => tied_a += 1,
                (false, true) => tied_b += 1,
                (false, false) if in_a == in_b => agree += 1,
                (false, false) => differ += 1,
            }
        }
    }
    let decided = (agree + differ) as f64;
    let norm = ((decided + tied_a as f64) * (decided + tied_b as f64)).sqrt();
    (norm > 0.0).then(|| (agree as f64 - differ as f64) / norm)
}

/// The partial tau of two orders given a third: from that of the two, and from those of each with the third.
pub fn partial(both: f64, second: f64, first: f64) -> Option<f64> {
    let norm = ((1.0 - second * second) * (1.0 - first * first)).sqrt();
    (norm > 0.0).then(|| (both - second * first) / norm)
}

fn agreement(a: &[f64], b: &[f64], seed: u64, counts: impl Fn(usize, usize) -> bool) -> Option<Agreement> {
    let tau = kendall_over(a, b, &counts)?;
    let resample = |number: u64| {
        let mut random = stream(seed, Purpose::Resampling, number);
        let places: Vec<usize> = a.iter().map(|_| random.random_range(0..a.len())).collect();
        let of = |list: &[f64]| places.iter().map(|&place| list[place]).collect::<Vec<f64>>();
        kendall_over(&of(a), &of(b), |first, second| counts(places[first], places[second]))
    };
    let mut taus: Vec<f64> = (0..RESAMPLES).filter_map(resample).collect();
    taus.sort_by(f64::total_cmp);
    let at = |share: f64| taus.get((share * (taus.len().saturating_sub(1)) as f64).round() as usize).copied();
    let tail = (1.0 - SHARE) / 2.0;
    Some(Agreement { tau, interval: [at(tail).unwrap_or(tau), at(1.0 - tail).unwrap_or(tau)] })
}

/// So many architectures, spread evenly over the sizes that uniform sampling finds, by the logarithm of their parameters in
/// the searched plan; fewer where the space has no more. Large and small ones come in no order, so that any first few of them
/// are of all sizes.
pub fn spread(searched: &Plan, count: usize, seed: u64) -> Vec<Architecture> {
    let decisions = searched.decisions();
    let mut random = stream(seed, Purpose::Ranked, 0);
    let mut drawn: Vec<(f64, Architecture)> = Vec::new();
    for _ in 0..count * DRAWN {
        let architecture = Architecture::new(uniform(&decisions, &mut random));
        if drawn.iter().all(|(_, other)| *other != architecture) {
            let parameters = searched.complexity(&architecture).get(Measure::Parameters).unwrap_or(1.0);
            drawn.push((parameters.ln(), architecture));
        }
    }
    drawn.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let (Some(&(least, _)), Some(&(most, _))) = (drawn.first(), drawn.last()) else { return Vec::new() };
    let mut chosen = Vec::with_capacity(count);
    for place in 0..count.min(drawn.len()) {
        let wanted = least + (most - least) * place as f64 / (count.max(2) - 1) as f64;
        let off = |(size, _): &(f64, Architecture)| (size - wanted).abs();
        let nearest = (0..drawn.len()).min_by(|&a, &b| off(&drawn[a]).total_cmp(&off(&drawn[b])));
        chosen.extend(nearest.map(|nearest| drawn.remove(nearest).1));
    }
    chosen.shuffle(&mut random);
    chosen
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::space::cells::{CellPlan, CellSettings};
    use crate::space::network::PictureShape;

    fn ranked(name: &str, parameters: u64, shared: f64, trained: f64) -> Ranked {
        Ranked { name: name.into(), parameters, shared, trained, seeds: 1 }
    }

    #[test]
    fn tau_is_that_of_worked_examples() {
        let close = |tau: Option<f64>, expected: f64| assert!((tau.unwrap() - expected).abs() < 1e-9, "{tau:?}");
        close(kendall(&[1.0, 2.0, 3.0], &[10.0, 20.0, 30.0]), 1.0);
        close(kendall(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), -1.0);
        // Four pairs agree and two do not.
        close(kendall(&[1.0, 2.0, 3.0, 4.0], &[2.0, 1.0, 4.0, 3.0]), 2.0 / 6.0);
        // Of six pairs one is tied in a, one in b, three agree and one does not.
        close(kendall(&[1.0, 1.0, 2.0, 3.0], &[1.0, 2.0, 3.0, 1.0]), 0.0 / 5.0);
        close(kendall(&[1.0, 1.0, 2.0, 3.0], &[1.0, 2.0, 3.0, 3.0]), 4.0 / 5.0);
        assert_eq!(kendall(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(kendall(&[1.0, f64::NAN], &[1.0, 2.0]), None);
        assert_eq!(kendall(&[], &[]), None);
        close(partial(0.7, 0.5, 0.4), (0.7 - 0.2) / (0.75f64 * 0.84).sqrt());
        assert_eq!(partial(1.0, 1.0, 0.5), None);
    }

    proptest! {
        #[test]
        fn tau_is_symmetric_bounded_and_does_not_ask_how_far_apart_numbers_are(
            pairs in prop::collection::vec((0i32..6, 0i32..6), 2..20)
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().map(|&(a, b)| (f64::from(a), f64::from(b))).unzip();
            let tau = kendall(&a, &b);
            prop_assert_eq!(tau, kendall(&b, &a));
            prop_assert_eq!(tau, kendall(&a.iter().map(|a| a.exp()).collect::<Vec<_>>(), &b));
            let opposite = kendall(&a.iter().map(|a| -a).collect::<Vec<_>>(), &b);
            prop_assert_eq!(tau.map(|tau| -tau), opposite);
            prop_assert!(tau.is_none_or(|tau| (-1.0..=1.0).contains(&tau)));
        }
    }

    #[test]
    fn what_size_explains_is_not_counted_for_the_shared_weights() {
        let list = |shared: [f64; 4]| {
            let sizes = [10, 20, 30, 40].into_iter().zip(shared).zip([0.5, 0.6, 0.65, 0.7]);
            sizes.map(|((size, shared), trained)| ranked(&size.to_string(), size, shared, trained)).collect()
        };
        let check = RankCheck::new(list([0.1, 0.3, 0.2, 0.4]), 7, 1);
        assert_eq!(check.size.unwrap().tau, 1.0);
        assert_eq!(check.beyond_size, None);
        let shared = check.shared.unwrap();
        assert!((shared.tau - 4.0 / 6.0).abs() < 1e-9);
        assert!(shared.interval[0] <= shared.tau && shared.tau <= shared.interval[1]);
        assert_eq!(check, RankCheck::new(list([0.1, 0.3, 0.2, 0.4]), 7, 1));
    }

    #[test]
    fn networks_of_about_one_size_have_an_order_of_their_own() {
        let list = [(1_000, 0.3, 0.5), (1_100, 0.4, 0.6), (1_120, 0.2, 0.4), (5_000, 0.1, 0.9), (5_700, 0.15, 0.8)];
        let list = list.map(|(size, shared, trained)| ranked(&format!("{size}"), size, shared, trained));
        let check = RankCheck::new(list.to_vec(), 7, 1);
        // Three pairs about 1,000 agree, the one about 5,000 does not.
        assert!((check.within_size.unwrap().tau - 2.0 / 4.0).abs() < 1e-9);
        assert!(check.shared.unwrap().tau < 0.0);
        assert_eq!(RankCheck::new(list[2..4].to_vec(), 7, 1).within_size, None);
    }

    #[test]
    fn the_check_is_a_table_with_what_it_comes_to() {
        let list = vec![
            ranked("distribution-0", 2_150, 0.91, 0.95),
            ranked("architecture-00ff\u{1b}[2J", 42_900, 0.96, 0.99),
            ranked("distribution-1", 12_400, 0.97, 0.97),
            ranked("distribution-1-random-1", 12_900, 0.95, 0.96),
        ];
        insta::assert_snapshot!(RankCheck::new(list, 2_300, 1).text());
    }

    #[test]
    fn architectures_are_spread_over_the_sizes_and_the_same_again() {
        let picture = PictureShape { channels: 1, height: 28, width: 28 };
        let plan = Plan::Cells(CellPlan { settings: CellSettings::default(), picture, classes: 10 });
        let first = spread(&plan, 8, 5);
        assert_eq!(first, spread(&plan, 8, 5));
        assert_ne!(first, spread(&plan, 8, 6));
        let mut sizes: Vec<f64> =
            first.iter().map(|architecture| plan.complexity(architecture).get(Measure::Parameters).unwrap()).collect();
        assert!(!sizes.is_sorted());
        sizes.sort_by(f64::total_cmp);
        let steps: Vec<f64> = sizes.windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect();
        let mean = (sizes[7] / sizes[0]).ln() / 7.0;
        assert!(steps.iter().all(|step| (0.3 * mean..2.5 * mean).contains(step)), "{sizes:?}");
    }
}
