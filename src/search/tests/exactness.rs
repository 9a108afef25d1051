//! Identities that hold exactly over a whole small space, checked by enumerating it.

use super::{architectures, close, rugged, theta};
use crate::search::{Picks, Purpose, Theta, Utility, gradient, mixture, stream};
use crate::space::Architecture;

const COSTS: [f64; 9] = [0.0, 0.4, 0.0, 0.1, 0.6, 0.3, 0.2, 0.9, 0.0];

fn thetas() -> [Theta; 3] {
    [
        theta(&[&[0.6, 0.4], &[0.5, 0.3, 0.2], &[0.1, 0.2, 0.3, 0.4]]),
        theta(&[&[0.3, 0.7], &[0.2, 0.2, 0.6], &[0.25, 0.25, 0.25, 0.25]]),
        theta(&[&[0.95, 0.05], &[0.05, 0.05, 0.9], &[0.05, 0.85, 0.05, 0.05]]),
    ]
}

fn all() -> Vec<Architecture> {
    let options: Vec<[u16; 3]> = (0..24).map(|i| [i / 12, i / 4 % 3, i % 4]).collect();
    architectures(&options.iter().map(|o| &o[..]).collect::<Vec<_>>())
}

fn cost(architecture: &Architecture) -> f64 {
    [0, 2, 5].iter().zip(architecture.options()).map(|(start, &option)| COSTS[start + usize::from(option)]).sum()
}

/// sum_c p(c) phi(c) (onehot(c) - theta), which is the natural gradient of E_p[phi].
fn enumerated(theta: &Theta, phi: impl Fn(&Architecture) -> f64) -> Vec<f64> {
    let all = all();
    let terms: Vec<f64> = all.iter().map(|c| all.len() as f64 * theta.log_probability(c).exp() * phi(c)).collect();
    gradient::natural(theta, &Picks::new(theta, all.iter()), &terms)
}

#[test]
fn the_natural_gradient_is_the_fisher_matrix_solved_for_the_gradient() {
    // With the last option of a row dependent, the inverse of its Fisher matrix is diag(theta) - theta theta^T, and
    // d ln p / d theta_j is [c = j] / theta_j - [c = last] / theta_last.
    for theta in thetas() {
        for architecture in all() {
            let picks = Picks::new(&theta, std::iter::once(&architecture));
            let natural = gradient::natural(&theta, &picks, &[1.0]);
            for (d, bounds) in theta.offsets().windows(2).enumerate() {
                let row = theta.row(d);
                let chosen = usize::from(architecture.options()[d]);
                let last = row.len() - 1;
                let slope = |j: usize| f64::from(chosen == j) / row[j] - f64::from(chosen == last) / row[last];
                let solved = |j: usize| {
                    let inner: f64 = (0..last).map(|m| row[m] * slope(m)).sum();
                    row[j] * (slope(j) - inner)
                };
                close(&natural[bounds[0]..bounds[1] - 1], &(0..last).map(solved).collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn importance_weighted_gradients_of_the_mixture_are_those_of_each_distribution() {
    let thetas = thetas();
    let all = all();
    let picks = Picks::new(&thetas[0], all.iter());
    let weights = mixture::importance_weights(thetas.iter(), &picks);
    let mixture: Vec<f64> = all
        .iter()
        .map(|c| mixture::log_mixture(&thetas.each_ref().map(|theta| theta.log_probability(c))).exp())
        .collect();
    close(&[mixture.iter().sum()], &[1.0]);
    for (theta, weights) in thetas.iter().zip(&weights) {
        close(&[weights.iter().zip(&mixture).map(|(w, q)| w * q).sum()], &[1.0]);
        let raw = Utility::Raw.coefficients(&all.iter().map(rugged).collect::<Vec<_>>(), weights).unwrap();
        let terms: Vec<f64> = raw.iter().zip(&mixture).map(|(a, q)| all.len() as f64 * a * q).collect();
        close(&gradient::natural(theta, &picks, &terms), &enumerated(theta, |c| -rugged(c)));
    }
}

#[test]
fn the_analytic_gradient_of_an_additive_complexity_is_the_enumerated_one() {
    for theta in thetas() {
        close(&gradient::analytic_complexity(&theta, &COSTS), &enumerated(&theta, cost));
    }
}

#[test]
fn the_sampled_gradient_of_complexity_is_unbiased() {
    // The expectation over all pairs of samples, each with its probability.
    let all = all();
    for theta in thetas() {
        let mut expectation = vec![0.0; COSTS.len()];
        for a in &all {
            for b in &all {
                let pair = [a.clone(), b.clone()];
                let p = (theta.log_probability(a) + theta.log_probability(b)).exp();
                let h = gradient::sampled_complexity(&theta, &pair, &[cost(a), cost(b)]);
                expectation.iter_mut().zip(h).for_each(|(e, h)| *e += p * h);
            }
        }
        close(&expectation, &gradient::analytic_complexity(&theta, &COSTS));
    }
}

#[test]
fn many_samples_of_complexity_come_near_its_gradient() {
    let [theta, ..] = thetas();
    let mut rng = stream(3, Purpose::Update, 0);
    let samples: Vec<Architecture> = (0..20_000).map(|_| theta.sample(&mut rng)).collect();
    let complexities: Vec<f64> = samples.iter().map(cost).collect();
    let estimate = gradient::sampled_complexity(&theta, &samples, &complexities);
    for (h, exact) in estimate.iter().zip(gradient::analytic_complexity(&theta, &COSTS)) {
        assert!((h - exact).abs() < 0.005, "{h} instead of {exact}");
    }
}
