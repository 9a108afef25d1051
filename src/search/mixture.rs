//! Importance weights: how each distribution may learn from the samples of all.
//!
//! With K distributions the pool is a sample of the mixture q(c) = (1/K) sum_l p_l(c), and
//! E_{p_k}\[phi\] = E_q\[w_k phi\] holds exactly for w_k(c) = p_k(c) / q(c). As q is at least p_k / K, no weight exceeds
//! K; that is why the mixture is taken and not the ratio of two distributions, which has no bound.
//!
//! That every distribution learns from the samples of all through importance sampling is the paper's
//! (arXiv 2207.10334, abstract). The mixture with equal shares, and drawing equally many samples from each, are our
//! reading. The shares stay 1/K where some samples of a pool were dropped.

use super::{DistributionUpdate, Picks, Scored, Theta};

/// ln q(c) from ln p_l(c) of every distribution, by a log-sum-exp that neither underflows nor overflows.
pub fn log_mixture(log_probabilities: &[f64]) -> f64 {
    let largest = log_probabilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    let sum: f64 = log_probabilities.iter().map(|lp| (lp - largest).exp()).sum();
    largest + sum.ln() - (log_probabilities.len() as f64).ln()
}

/// The importance weights of every distribution, one list a distribution, in the order of the picks.
///
/// w_k = K exp(lp_k) / sum_l exp(lp_l), with the largest lp taken off all: in exact arithmetic p_k / q, and in
/// floating point at most K, exactly 1 for K = 1, and of mean 1 over k. One of 0 means a ratio below the smallest
/// double, as between distributions that have decided differently on hundreds of decisions.
pub fn importance_weights<'a>(distributions: impl ExactSizeIterator<Item = &'a Theta>, picks: &Picks) -> Vec<Vec<f64>> {
    let count = distributions.len() as f64;
    let mut weights: Vec<Vec<f64>> = distributions.map(|theta| log_probabilities(theta, picks)).collect();
    for sample in 0..picks.samples() {
        let largest = weights.iter().map(|row| row[sample]).fold(f64::NEG_INFINITY, f64::max);
        let mut sum = 0.0;
        for row in &mut weights {
            row[sample] = (row[sample] - largest).exp();
            sum += row[sample];
        }
        for row in &mut weights {
            row[sample] = count * (row[sample] / sum);
        }
    }
    weights
}

/// ln p(c) of every sample.
pub fn log_probabilities(theta: &Theta, picks: &Picks) -> Vec<f64> {
    let logs: Vec<f64> = theta.values().iter().map(|p| p.ln()).collect();
    (0..picks.samples()).map(|i| sum_at(&logs, picks.sample(i))).collect()
}

/// The sum of the values at these places. Four sums at once: a single one would wait for each addition.
pub(super) fn sum_at(values: &[f64], places: &[u32]) -> f64 {
    let mut sums = [0.0; 4];
    let fours = places.chunks_exact(4);
    let rest: f64 = fours.remainder().iter().map(|&place| values[place as usize]).sum();
    for four in fours {
        for (sum, &place) in sums.iter_mut().zip(four) {
            *sum += values[place as usize];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

/// Effective sample size, (sum w)^2 / sum w^2: of how many equally weighted samples the pool is worth; 0 where no
/// weight is above 0.
pub fn effective_samples(weights: &[f64]) -> f64 {
    let largest = weights.iter().copied().fold(0.0, f64::max);
    if largest == 0.0 {
        return 0.0;
    }
    // Squares of tiny weights would underflow.
    let (sum, squares) = weights.iter().map(|w| w / largest).fold((0.0, 0.0), |(s, q), w| (s + w, q + w * w));
    sum * sum / squares
}

/// What an update shows where distribution k learns from the samples it has drawn itself: weight 1 for those, 0 for the
/// others, and no step.
pub(super) fn own_samples(scored: &[Scored], k: usize) -> DistributionUpdate {
    let weights: Vec<f64> = scored.iter().map(|told| if told.source == k { 1.0 } else { 0.0 }).collect();
    DistributionUpdate { ess: effective_samples(&weights), weights, step: 0.0 }
}

/// What an update shows where every sample counts the same: weight 1 for all, and no step.
pub(super) fn all_samples(scored: &[Scored]) -> DistributionUpdate {
    DistributionUpdate { weights: vec![1.0; scored.len()], ess: scored.len() as f64, step: 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effective_samples_counts_equal_weights_and_ignores_their_scale() {
        for scale in [1.0, 1e-200, 3.0] {
            assert_eq!(effective_samples(&[scale; 4]), 4.0);
            assert_eq!(effective_samples(&[scale, 0.0, 0.0]), 1.0);
        }
        assert_eq!(effective_samples(&[0.0, 0.0]), 0.0);
        assert_eq!(effective_samples(&[]), 0.0);
    }

    #[test]
    fn a_mixture_of_impossible_things_is_impossible() {
        assert_eq!(log_mixture(&[f64::NEG_INFINITY; 2]), f64::NEG_INFINITY);
    }
}
