//! Natural gradients with respect to theta.
//!
//! For a categorical row in expectation parameters the natural gradient of ln p(c) is onehot(c) - theta (Shirakawa,
//! Iwata and Akimoto, AAAI 2018, arXiv 1801.07650), so that of any expectation is a sum of such differences. All of
//! these are flat, in the layout of [`Theta::values`].

use crate::space::Architecture;

use super::{Picks, Theta};

/// A gradient this small beside its coefficients is what rounding left of a sum that is zero. (Ours: steps of a given
/// length would turn it into a full step in no direction.)
const ROUNDING: f64 = 1e-14;

/// (1/N) sum_i a_i (onehot(c_i) - theta): the direction in which the expected utility grows.
///
/// # Panics
/// Where there are not as many coefficients as samples.
pub fn natural(theta: &Theta, picks: &Picks, coefficients: &[f64]) -> Vec<f64> {
    assert_eq!(picks.samples(), coefficients.len());
    let mut gradient = vec![0.0; theta.values().len()];
    let (mut sum, mut magnitude) = (0.0, 0.0);
    for (sample, &a) in coefficients.iter().enumerate().filter(|(_, a)| **a != 0.0) {
        for &place in picks.sample(sample) {
            gradient[place as usize] += a;
        }
        sum += a;
        magnitude += a.abs();
    }
    let mut largest = 0.0_f64;
    for (g, p) in gradient.iter_mut().zip(theta.values()) {
        *g -= sum * p;
        largest = largest.max(g.abs());
    }
    if largest <= ROUNDING * magnitude {
        gradient.fill(0.0);
    } else {
        let share = 1.0 / coefficients.len() as f64;
        gradient.iter_mut().for_each(|g| *g *= share);
    }
    gradient
}

/// The natural gradient of the expectation of an additive cost R(c) = sum_d costs\[d\]\[c_d\], exact and without samples:
/// h_dj = theta_dj (r_dj - sum_m theta_dm r_dm) (Saito and Shirakawa 2019, arXiv 1907.06341).
///
/// `costs` is flat, in the layout of [`Theta::values`].
///
/// # Panics
/// Where there are not as many costs as probabilities.
pub fn analytic_complexity(theta: &Theta, costs: &[f64]) -> Vec<f64> {
    assert_eq!(theta.values().len(), costs.len());
    let mut gradient = Vec::with_capacity(costs.len());
    for bounds in theta.offsets().windows(2) {
        let (row, costs) = (&theta.values()[bounds[0]..bounds[1]], &costs[bounds[0]..bounds[1]]);
        let mean: f64 = row.iter().zip(costs).map(|(p, r)| p * r).sum();
        gradient.extend(row.iter().zip(costs).map(|(p, r)| p * (r - mean)));
    }
    gradient
}

/// The natural gradient of the expected complexity, estimated without bias from unscored samples of p_theta itself;
/// for costs that are not additive.
///
/// h = sum_i (R_i - mean R) (onehot(c_i) - theta) / (M - 1); taking the mean off makes it far less noisy, and M - 1
/// in place of M undoes the bias that this brings. (Ours.) Zero for fewer than two samples.
///
/// # Panics
/// Where there are not as many complexities as samples.
pub fn sampled_complexity(theta: &Theta, samples: &[Architecture], complexities: &[f64]) -> Vec<f64> {
    let count = complexities.len() as f64;
    let mean = complexities.iter().sum::<f64>() / count;
    // `natural` divides by M.
    let share = count / (count - 1.0);
    let coefficients: Vec<f64> =
        complexities.iter().map(|r| if count < 2.0 { 0.0 } else { share * (r - mean) }).collect();
    natural(theta, &Picks::new(theta, samples.iter()), &coefficients)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_no_gradient() {
        let theta = Theta::uniform(&[3, 3]);
        let same = vec![Architecture::new([1, 2]); 7];
        let picks = Picks::new(&theta, same.iter());
        let third = 1.0 / 3.0;
        let gradient = natural(&theta, &picks, &[third, third, third, 0.0, -third, -0.6, 0.6 - 2.0 * third]);
        assert_eq!(gradient, [0.0; 6]);
    }

    #[test]
    fn one_unscored_sample_says_nothing_of_complexity() {
        let theta = Theta::uniform(&[3, 3]);
        assert_eq!(sampled_complexity(&theta, &[Architecture::new([0, 1])], &[0.3]), [0.0; 6]);
        assert_eq!(sampled_complexity(&theta, &[], &[]), [0.0; 6]);
    }
}
