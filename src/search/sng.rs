//! Fixed steps: stochastic natural gradient (Shirakawa, Iwata and Akimoto, AAAI 2018, arXiv 1801.07650).

use super::{Theta, bound};

/// theta <- theta + rate * gradient, kept above `least`.
///
/// # Panics
/// Where there are fewer bounds than rows.
pub fn update(theta: &mut Theta, gradient: &[f64], rate: f64, least: &[f64]) {
    for (p, g) in theta.values_mut().iter_mut().zip(gradient) {
        *p += rate * g;
    }
    bound::project(theta, least);
}
