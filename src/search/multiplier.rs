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

use super::Scored;

/// What the coefficient is before the first pool.
pub(super) const UNSTARTED: f64 = 0.0;

/// By how much, in the logarithm, the multiplier moves where all is over the target.
const RATE: f64 = 0.1;

/// The share over the target at which the multiplier rests. Above 0: the best architectures lie at the edge, which is
/// found from both sides.
const TOLERATED: f64 = 0.25;

/// How far from the scale of the pool the multiplier may be.
const RANGE: f64 = 100.0;

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
    // The ends of the doubles, where a coefficient would no longer be a finite number.
    moved.clamp(scale / RANGE, (scale * RANGE).min(f64::MAX))
}
