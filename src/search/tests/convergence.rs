//! The toy problem of ASNG's authors (shirakawas/ASNG-NAS): weights and architecture learned at once.
//!
//! They stop when the noise-free loss of a sample falls below 1/K, which waits for the noise of the weights long after
//! theta has decided. Here theta is asked after a fixed number of iterations.

use rand::Rng;
use rand_distr::{Distribution as _, StandardNormal};

use crate::search::{Asng, AsngOptions, Picks, Purpose, Theta, Utility, bound, gradient, stream};
use crate::space::Architecture;

const DECISIONS: usize = 30;
const OPTIONS: usize = 5;
const RATE: f64 = 0.05;
const MOMENTUM: f64 = 0.9;
const HORIZON: f64 = 1e5;

fn normal(rng: &mut impl Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// sum_d c_d / K + (x[d][c_d] - t_d)^2.
fn loss(c: &Architecture, x: &[f64], target: &[f64; DECISIONS]) -> f64 {
    let terms = c.options().iter().zip(x.chunks(OPTIONS)).zip(target);
    terms.map(|((&o, x), t)| f64::from(o) / OPTIONS as f64 + (x[usize::from(o)] - t).powi(2)).sum()
}

/// Theta after so many iterations.
fn solve(seed: u64, iterations: u32) -> Theta {
    let mut rng = stream(seed, Purpose::ScorePool, 0);
    let mut theta = Theta::uniform(&[OPTIONS; DECISIONS]);
    let least = bound::least_probabilities(&[OPTIONS; DECISIONS]);
    let mut asng = Asng::new(theta.freedom());
    let mut x: Vec<f64> = (0..DECISIONS * OPTIONS).map(|_| normal(&mut rng)).collect();
    let mut velocity = vec![0.0; x.len()];
    for iteration in 0..iterations {
        let rate = RATE / 2.0 * (1.0 + (std::f64::consts::PI * f64::from(iteration) / HORIZON).cos());
        let mut target = [0.0; DECISIONS];

        target.iter_mut().for_each(|t| *t = normal(&mut rng) / OPTIONS as f64);
        velocity.iter_mut().for_each(|v| *v *= MOMENTUM);
        for _ in 0..2 {
            for (d, &option) in theta.sample(&mut rng).options().iter().enumerate() {
                let place = d * OPTIONS + usize::from(option);
                // The mean over two samples of 2 (x - t).
                velocity[place] += x[place] - target[d];
            }
        }
        x.iter_mut().zip(&velocity).for_each(|(x, v)| *x -= rate * v);

        target.iter_mut().for_each(|t| *t = normal(&mut rng) / OPTIONS as f64);
        let pool = [theta.sample(&mut rng), theta.sample(&mut rng)];
        let losses = pool.each_ref().map(|c| loss(c, &x, &target));
        if let Some(utility) = Utility::Rank.coefficients(&losses, &[1.0; 2]) {
            let gradient = gradient::natural(&theta, &Picks::new(&theta, pool.iter()), &utility);
            asng.update(&mut theta, &gradient, &least, AsngOptions { initial_step: 1.0, signal_to_noise: 1.5 });
        }
    }
    theta
}

#[test]
fn asng_solves_the_toy_of_its_authors() {
    for seed in 0..2 {
        let theta = solve(seed, 3_000);
        assert_eq!(theta.mode().options(), [0; DECISIONS]);
        assert!(theta.entropy() < 0.3);
    }
}
