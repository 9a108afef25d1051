//! Complexity targets: the coefficient of a distribution as a multiplier that adapts. (Beyond the paper; ours.)
//!
//! A distribution with the target T minimises E\[L(c)\] under R(c) <= T. Its objective is the exact penalty
//! f = L + eps max(0, R - T): only what exceeds the target costs. With the linear f = L + eps (R - T) of a Lagrangian
//! no eps may have an optimum near T, since in a finite space optima of linear objectives lie on the convex hull of
//! the front alone; with the penalty every eps that is large enough has the best architecture within the target as its
//! optimum (Nocedal and Wright, Numerical Optimization, section 17.2).
//!
//! How large is enough is learned by ascent on the constraint, in the logarithm, so that the scale of the losses does
//! not matter: v is the share of the distribution's own probability (the importance weighted share of the pool) that
//! is over the target, and
//!
//! ```text
//! eps <- eps exp(RATE (v - TOLERATED)),   kept within [scale / RANGE, scale RANGE]
//! ```
//!
//! with scale = (spread of the losses) / (spread of the complexities) of the pool, spreads being standard deviations.
//! It starts at the first scale that a pool shows. The range follows the losses where these change while shared
//! weights are trained, and keeps eps from running away where the target binds nothing, or where nothing meets it.
//! Complexity is known without noise, so that noisy losses disturb none of this but the scale.
//!
//! The three constants are ours. On NAS-Bench-201 (validation accuracy on CIFAR-10; 0.2, 0.4, 0.7, 1.0 and 1.3 M
//! parameters; 2,000 evaluations, 300 seeds) the answers are all within the budget, and on average 0.42 points below the
//! best architecture within it with the shared search and 0.45 with the separate one. Rates from 0.05 to 0.2 and shares
//! from 0.35 to 0.6 differ by less than 0.1. A narrow range costs nothing there, but where few architectures are within a
//! target it does: eps must be able to fall far, for losses to be heard at all among samples that are nearly all over
//! it. At a tenth of a latency scale a range of 10 left 4 to 8 points, 1,000 leaves 0.7 to 2.

use super::Scored;

/// What the coefficient is before the first pool.
pub(super) const UNSTARTED: f64 = 0.0;

/// By how much, in the logarithm, the multiplier moves where all is over the target.
const RATE: f64 = 0.15;

/// The share over the target at which the multiplier rests. Far above 0: the best architectures lie at the edge, which
/// is found from both sides, and a distribution held well inside of it finds others.
const TOLERATED: f64 = 0.5;

/// By what factor the multiplier may be below or above the scale of the pool.
const RANGE: f64 = 1_000.0;

/// What of a complexity counts for a distribution: all of it, or what is over its target.
pub(super) fn counted(complexity: f64, target: Option<f64>) -> f64 {
    target.map_or(complexity, |target| (complexity - target).max(0.0))
}

/// How much loss a unit of complexity is worth, from the spreads in a pool; none where one of them has no spread. In
/// units of the utility, the spread of the losses is taken as 1.
pub(super) fn scale(samples: &[&Scored], of_utility: bool) -> Option<f64> {
    let losses = if of_utility { 1.0 } else { spread(samples, |told| told.loss) };
    let scale = losses / spread(samples, |told| told.complexity);
    (scale.is_normal() && scale > 0.0).then_some(scale)
}

fn spread(samples: &[&Scored], value: impl Fn(&Scored) -> f64) -> f64 {
    let count = samples.len() as f64;
    let mean = samples.iter().map(|told| value(told) / count).sum::<f64>();
    samples.iter().map(|told| (value(told) - mean).powi(2) / count).sum::<f64>().sqrt()
}

/// The multiplier to learn from this pool with: where it has not started, at the scale.
pub(super) fn started(multiplier: f64, scale: Option<f64>) -> f64 {
    if multiplier > UNSTARTED { multiplier } else { scale.unwrap_or(UNSTARTED) }
}

/// The multiplier after a pool; `weights` are the distribution's, in the order of the samples.
pub(super) fn adapted(multiplier: f64, target: f64, samples: &[&Scored], weights: &[f64], scale: Option<f64>) -> f64 {
    let total: f64 = weights.iter().sum();
    let Some(scale) = scale.filter(|_| total > 0.0) else { return multiplier };
    let is_over = |told: &Scored| told.complexity > target;
    let over: f64 = samples.iter().zip(weights).filter(|(told, _)| is_over(told)).map(|(_, w)| w / total).sum();
    let moved = multiplier * (RATE * (over - TOLERATED)).exp();
    // At the end of the doubles a coefficient would no longer be a finite number.
    moved.clamp(scale / RANGE, (scale * RANGE).min(f64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Architecture;

    const TARGET: f64 = 0.4;

    fn pool(pairs: &[(f64, f64)]) -> Vec<Scored> {
        let scored = |&(loss, complexity)| Scored { architecture: Architecture::new([0]), source: 0, loss, complexity };
        pairs.iter().map(scored).collect()
    }

    fn next(multiplier: f64, pairs: &[(f64, f64)], weights: &[f64]) -> f64 {
        let pool = pool(pairs);
        let samples: Vec<&Scored> = pool.iter().collect();
        let scale = scale(&samples, false);
        adapted(started(multiplier, scale), TARGET, &samples, weights, scale)
    }

    #[test]
    fn only_what_is_over_the_target_counts() {
        assert_eq!(counted(0.3, None), 0.3);
        assert_eq!([0.1, 0.4, 0.5].map(|r| counted(r, Some(0.4))), [0.0, 0.0, 0.5 - 0.4]);
    }

    #[test]
    fn it_starts_at_the_scale_and_moves_by_the_weighted_share_over_the_target() {
        let pairs = [(1.0, 0.2), (3.0, 0.6)];
        let scale = 1.0 / 0.2;
        for (weights, share) in [([1.0, 1.0], 0.5), ([1.0, 3.0], 0.75), ([2.0, 0.0], 0.0)] {
            let expected = scale * (RATE * (share - 0.5)).exp();
            assert!((next(UNSTARTED, &pairs, &weights) - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn it_does_not_depend_on_the_unit_of_the_losses() {
        let pairs = [(1.0, 0.2), (3.0, 0.6), (2.0, 0.7)];
        let large = pairs.map(|(loss, r)| (1e6 * loss - 5.0, r));
        let run = |pairs: &[(f64, f64)]| (0..7).fold(UNSTARTED, |eps, _| next(eps, pairs, &[1.0; 3]));
        assert!((run(&large) / run(&pairs) / 1e6 - 1.0).abs() < 1e-9);
    }

    #[test]
    fn it_stays_within_its_range_and_a_pool_that_says_nothing_leaves_it() {
        let over = [(1.0, 0.5), (3.0, 0.9)];
        assert_eq!((0..1_000).fold(UNSTARTED, |eps, _| next(eps, &over, &[1.0; 2])), 5.0 * RANGE);
        let within = [(1.0, 0.0), (3.0, 0.4)];
        assert_eq!((0..1_000).fold(UNSTARTED, |eps, _| next(eps, &within, &[1.0; 2])), 5.0 / RANGE);
        for (pairs, weights) in [
            (vec![], vec![]),
            (vec![(1.0, 0.5)], vec![1.0]),
            (vec![(1.0, 0.5), (1.0, 0.7)], vec![1.0; 2]),
            (vec![(1.0, 0.5), (2.0, 0.5)], vec![1.0; 2]),
            (vec![(1.0, 0.5), (2.0, 0.7)], vec![0.0; 2]),
            (vec![(f64::MAX, 0.5), (-f64::MAX, 0.7)], vec![1.0; 2]),
        ] {
            assert_eq!(next(0.7, &pairs, &weights), 0.7);
        }
    }
}
