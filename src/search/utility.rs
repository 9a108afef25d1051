//! From losses and importance weights to the coefficients of the natural gradient.
//!
//! The gradient of a distribution is (1/N) sum_i a_i (onehot(c_i) - theta). `Rank` weighs the utility of ASNG (Akimoto
//! et al., ICML 2019, arXiv 1905.08537): the best quarter of the pool, rounded up, counts up, the worst counts down.
//! The paper of the shared search does not say which utility it takes; the others are ours to choose from.

use serde::{Deserialize, Serialize};

/// Losses this near count as equal. Absolute: a relative one would tell equal losses apart near 0 and below.
const TIE: f64 = 1e-14;

/// What differs by less, relative to what it was taken from, differs by rounding alone.
const ROUNDING: f64 = 1e-12;

/// How the losses of a pool become coefficients of the natural gradient.
///
/// In what follows f is the objective, w the importance weight, N the size of the pool, v = w / sum w.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Utility {
    /// a = w u(f), with u the rank utility of ASNG.
    Rank,
    /// a = N v u, where u is the rank utility over quantiles of the weighted pool: each sample owns an interval as
    /// long as its v, and gets the mean over it. With equal weights that is `Rank`.
    Wquant,
    /// a = -N v (f - sum v f): the losses themselves, from the weighted mean.
    RawCentred,
    /// a = -w f: unbiased, and very noisy.
    Raw,
}

impl Utility {
    /// The coefficient of every sample, from its objective (to be minimised) and its weight.
    ///
    /// None where the pool says nothing: all objectives equal, a single sample, or no weight above 0.
    ///
    /// # Panics
    /// Where there are fewer weights than objectives.
    pub fn coefficients(self, objectives: &[f64], weights: &[f64]) -> Option<Vec<f64>> {
        let (least, greatest) =
            objectives.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, g), &f| (l.min(f), g.max(f)));
        let total: f64 = weights.iter().sum();
        if objectives.len() < 2 || greatest - least <= TIE || total <= 0.0 {
            return None;
        }
        let samples = objectives.len() as f64;
        // Divided first: N / sum w overflows where all weights are tiny.
        let mass = |i: usize| samples * (weights[i] / total);
        let quarter = objectives.len().div_ceil(4) as f64;
        Some(match self {
            Utility::Rank => {
                let mut utilities = quantile_utilities(objectives, |_| 1.0, quarter);
                utilities.iter_mut().zip(weights).for_each(|(u, w)| *u *= w);
                utilities
            }
            Utility::Wquant => weighted_quantiles(objectives, mass, quarter),
            Utility::RawCentred => {
                let mean: f64 = objectives.iter().zip(weights).map(|(f, w)| f * (w / total)).sum();
                let noise = ROUNDING * least.abs().max(greatest.abs());
                let deviation = |f: f64| if (f - mean).abs() <= noise { 0.0 } else { f - mean };
                objectives.iter().enumerate().map(|(i, &f)| -mass(i) * deviation(f)).collect()
            }
            Utility::Raw => objectives.iter().zip(weights).map(|(f, w)| -w * f).collect(),
        })
    }
}

/// As [`Utility::Wquant`], with another share of the mass than a quarter that counts as the best and as the worst, in
/// (0, 1/2]. None in the same cases.
///
/// # Panics
/// Where there are fewer weights than objectives.
pub(super) fn quantile_coefficients(objectives: &[f64], weights: &[f64], share: f64) -> Option<Vec<f64>> {
    let samples = objectives.len() as f64;
    let total: f64 = weights.iter().sum();
    let is_tied = objectives.iter().all(|f| (f - objectives[0]).abs() <= TIE);
    if is_tied || objectives.len() < 2 || total <= 0.0 {
        return None;
    }
    Some(weighted_quantiles(objectives, |i| samples * (weights[i] / total), share * samples))
}

fn weighted_quantiles(objectives: &[f64], mass: impl Fn(usize) -> f64, mu: f64) -> Vec<f64> {
    let mut utilities = quantile_utilities(objectives, &mass, mu);
    utilities.iter_mut().enumerate().for_each(|(i, u)| *u *= mass(i));
    utilities
}

/// The mean, over the interval that each sample owns in the sorted pool, of the function that is 1/mu on the best mu
/// of the mass, -1/mu on the worst mu, and 0 between; the masses sum to N.
///
/// Samples with equal objectives own their interval together, so that their order does not matter. With masses of 1
/// this is exact integer arithmetic and the rank utility of ASNG, ties sharing the mean.
fn quantile_utilities(objectives: &[f64], mass: impl Fn(usize) -> f64, mu: f64) -> Vec<f64> {
    let samples = objectives.len();
    let end = samples as f64;
    let mut order: Vec<usize> = (0..samples).collect();
    order.sort_unstable_by(|&a, &b| objectives[a].total_cmp(&objectives[b]).then(a.cmp(&b)));

    let mut utilities = vec![0.0; samples];
    let (mut first, mut from) = (0, 0.0);
    while first < samples {
        let tied = order[first..].iter().take_while(|&&i| objectives[i] - objectives[order[first]] <= TIE).count();
        let group = &order[first..first + tied];
        let to = from + group.iter().map(|&i| mass(i)).sum::<f64>();
        let best = (mu.min(to) - from).max(0.0);
        let worst = (to - from.max(end - mu)).max(0.0);
        let mean = (best - worst) / (mu * (to - from));
        // A sample that owns all of the mass has as much best as worst in it, but for rounding; one that owns none has
        // no mean, and its coefficient is 0 whatever it is given.
        if mean.is_finite() && mean.abs() > ROUNDING {
            group.iter().for_each(|&i| utilities[i] = mean);
        }
        (first, from) = (first + tied, to);
    }
    utilities
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(objectives: &[f64]) -> Vec<f64> {
        Utility::Rank.coefficients(objectives, &vec![1.0; objectives.len()]).unwrap_or(vec![0.0; objectives.len()])
    }

    #[test]
    fn the_best_quarter_counts_up_and_the_worst_counts_down() {
        assert_eq!(rank(&[0.9, 1.2]), [1.0, -1.0]);
        assert_eq!(rank(&[0.5, 0.9, 0.1, 0.6]), [0.0, -1.0, 1.0, 0.0]);
        assert_eq!(rank(&[0.3, 0.4, 0.1, 0.5, 0.2]), [0.0, -0.5, 0.5, -0.5, 0.5]);
    }

    #[test]
    fn equal_losses_share_the_mean_at_any_sign() {
        for shift in [0.0, -1.0, -0.5] {
            let tied: Vec<f64> = [0.5, 0.25, 0.5, 0.75, 0.125, 1.0].iter().map(|f| f + shift).collect();
            assert_eq!(rank(&tied), [0.0, 0.5, 0.0, -0.5, 0.5, -0.5]);
            let tied: Vec<f64> = [0.5, 0.5, 0.5, 0.75].iter().map(|f| f + shift).collect();
            assert_eq!(rank(&tied), [1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, -1.0]);
        }
    }

    #[test]
    fn a_pool_that_says_nothing_has_no_coefficients() {
        for utility in [Utility::Rank, Utility::Wquant, Utility::RawCentred, Utility::Raw] {
            assert_eq!(utility.coefficients(&[], &[]), None);
            assert_eq!(utility.coefficients(&[0.7], &[1.0]), None);
            assert_eq!(utility.coefficients(&[0.7; 3], &[1.0, 0.2, 1.8]), None);
            assert_eq!(utility.coefficients(&[0.0, 1e-15], &[1.0, 0.2]), None);
            assert_eq!(utility.coefficients(&[0.1, 0.2], &[0.0, 0.0]), None);
        }
    }

    #[test]
    fn weights_stretch_the_quantiles() {
        let losses = [0.5, 0.9, 0.1, 0.6];
        let utilities = |weights: &[f64; 4]| {
            let total: f64 = weights.iter().sum();
            quantile_utilities(&losses, |i| 4.0 * weights[i] / total, 1.0)
        };
        assert_eq!(utilities(&[1.0; 4]), [0.0, -1.0, 1.0, 0.0]);
        assert_eq!(utilities(&[2.0, 1.0, 0.5, 0.5]), [0.25, -1.0, 1.0, 0.0]);
    }

    #[test]
    fn a_sample_with_all_of_the_weight_learns_nothing_from_itself() {
        for utility in [Utility::Wquant, Utility::RawCentred] {
            for mass in [1.0, 0.3, 1e-300] {
                let coefficients = utility.coefficients(&[0.7, 0.1, 0.9], &[mass, 0.0, 0.0]).unwrap();
                assert!(coefficients.iter().all(|&a| a == 0.0), "{utility:?} {coefficients:?}");
            }
        }
    }
}
