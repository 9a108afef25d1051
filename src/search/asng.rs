//! Adaptive steps: ASNG (Akimoto, Shirakawa, Yoshinari, Uchida, Saito and Nishida, ICML 2019, arXiv 1905.08537,
//! section 4; details from the authors' code, shirakawas/ASNG-NAS).
//!
//! Every step has the length delta = delta0 / Delta in the Fisher metric. A path s sums the directions of past steps:
//! where they agree (|s|^2 above alpha times what independent ones would give) steps grow, where they cancel they
//! shrink.

use serde::{Deserialize, Serialize};

use super::{Theta, bound};

/// A gradient none of whose entries is larger is no gradient (authors' code).
const NEGLIGIBLE: f64 = 1e-18;

/// The two constants of ASNG.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AsngOptions {
    /// Length of the first step (delta0).
    pub initial_step: f64,
    /// The signal-to-noise ratio that steps adapt to (alpha).
    pub signal_to_noise: f64,
}

/// What adapts, beside theta.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asng {
    /// The path s, one entry a free parameter.
    pub path: Vec<f64>,
    /// The squared length that the path of independent directions would have (gamma).
    pub gamma: f64,
    /// By how much steps are shorter than the first (Delta).
    pub shrink: f64,
}

impl Asng {
    /// The start, for a theta with so many free parameters.
    pub fn new(freedom: usize) -> Self {
        Self { path: vec![0.0; freedom], gamma: 0.0, shrink: 1.0 }
    }

    /// Whether this can be the state of a theta with so many free parameters.
    pub fn is_sound(&self, freedom: usize) -> bool {
        self.path.len() == freedom
            && self.path.iter().all(|s| s.is_finite())
            && (0.0..=1.0 + 1e-9).contains(&self.gamma)
            && self.shrink.is_normal()
            && self.shrink > 0.0
    }

    /// Moves theta along a natural gradient (upwards), keeps it above `least`, and adapts.
    ///
    /// Returns the length of the step; where there is no direction to go nothing changes, and it is 0.
    ///
    /// Ours: no step is longer than the root of the number of free parameters, which is across the whole simplex.
    /// The rate of the path, delta over that root, stays at most 1 then; beyond 2 it would be the root of a negative
    /// number.
    pub fn update(&mut self, theta: &mut Theta, gradient: &[f64], least: &[f64], options: AsngOptions) -> f64 {
        let squares: f64 = gradient.iter().zip(theta.values()).map(|(g, p)| g * g / p).sum();
        let norm = squares.sqrt();
        if gradient.iter().all(|g| g.abs() < NEGLIGIBLE) || !norm.is_normal() {
            return 0.0;
        }
        let root = (self.path.len() as f64).sqrt();
        let step = (options.initial_step / self.shrink).min(root);
        let rate = step / root;

        // The path turns by the direction at the theta from before the step.
        self.turn(theta, gradient, norm, rate);
        for (p, g) in theta.values_mut().iter_mut().zip(gradient) {
            *p += step / norm * g;
        }
        bound::project(theta, least);

        let length: f64 = self.path.iter().map(|s| s * s).sum();
        self.gamma = (1.0 - rate) * (1.0 - rate) * self.gamma + rate * (2.0 - rate);
        self.shrink *= (rate * (self.gamma - length / options.signal_to_noise)).exp();
        self.shrink = self.shrink.max(options.initial_step / root);
        step
    }

    /// s <- (1 - rate) s + sqrt(rate (2 - rate)) v / |g|, with v the gradient times the square root of the Fisher
    /// matrix. The closed form per row has the norm of the gradient, and the last option of a row for its dependent
    /// one.
    fn turn(&mut self, theta: &Theta, gradient: &[f64], norm: f64, rate: f64) {
        let scale = (rate * (2.0 - rate)).sqrt() / norm;
        let mut path = self.path.iter_mut();
        for bounds in theta.offsets().windows(2) {
            let (start, last) = (bounds[0], bounds[1] - 1);
            let (row, gradient) = (&theta.values()[start..last], &gradient[start..last]);
            let dependent = theta.values()[last];
            let shift = gradient.iter().sum::<f64>() / (dependent + dependent.sqrt());
            for ((p, g), s) in row.iter().zip(gradient).zip(&mut path) {
                let root = p.sqrt();
                *s = (1.0 - rate) * *s + scale * (g / root + root * shift);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: AsngOptions = AsngOptions { initial_step: 1.0, signal_to_noise: 1.5 };

    #[test]
    fn without_a_direction_nothing_changes() {
        let start = (Theta::uniform(&[2, 3, 4]), Asng::new(6));
        for gradient in [[0.0; 9], [9e-19; 9], [f64::NAN; 9], [1e300; 9]] {
            let (mut theta, mut asng) = start.clone();
            assert_eq!(asng.update(&mut theta, &gradient, &[0.0; 3], OPTIONS), 0.0);
            assert_eq!((theta, asng), start);
        }
    }

    #[test]
    fn steps_of_any_first_length_stay_finite() {
        for initial_step in [1e-3, 1.0, 50.0, 1e9] {
            let options = AsngOptions { initial_step, ..OPTIONS };
            let (mut theta, mut asng) = (Theta::uniform(&[2, 3]), Asng::new(3));
            for turn in 0..200 {
                let sign = if turn % 50 < 40 { 0.1 } else { -0.1 };
                asng.update(&mut theta, &[sign, -sign, -sign, sign, 0.0], &[0.05; 2], options);
                assert!(theta.values().iter().all(|p| p.is_finite()));
                assert!(asng.gamma.is_finite() && asng.shrink.is_normal() && asng.path.iter().all(|s| s.is_finite()));
            }
        }
    }
}
