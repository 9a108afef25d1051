//! Tests of the mathematics as a whole; those of one part stand beside it.

mod contract;
mod convergence;
mod exactness;
mod golden;
mod properties;
mod separate;
mod shared;
mod worked_examples;

use std::sync::Arc;

use crate::search::{Aim, Cost, Domain, Proposal, Purpose, Scored, Shared, Strategy, Theta, Update, stream};
use crate::space::Architecture;

fn theta(rows: &[&[f64]]) -> Theta {
    Theta::try_from(rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>()).unwrap()
}

fn architectures(samples: &[&[u16]]) -> Vec<Architecture> {
    samples.iter().map(|&options| Architecture::new(options)).collect()
}

fn close(values: &[f64], expected: &[f64]) {
    assert_eq!(values.len(), expected.len());
    for (value, expected) in values.iter().zip(expected) {
        assert!((value - expected).abs() < 1e-9, "{value} instead of {expected}");
    }
}

fn close_rows(theta: &Theta, expected: &[&[f64]]) {
    close(theta.values(), &expected.concat());
}

/// An additive complexity for any space: mean share of the highest option.
pub(super) fn level(sizes: &[usize]) -> Cost {
    let sizes = sizes.to_vec();
    Arc::new(move |c: &Architecture| {
        let shares = c.options().iter().zip(&sizes).map(|(&o, &size)| f64::from(o) / size.max(2) as f64);
        shares.sum::<f64>() / sizes.len() as f64
    })
}

/// A space of these sizes with the complexity [`level`].
pub(super) fn domain(sizes: &[usize]) -> Domain {
    Domain::new(sizes, level(sizes))
}

pub(super) fn aims(coefficients: &[f64]) -> Vec<Aim> {
    coefficients.iter().map(|&coefficient| Aim::Coefficient(coefficient)).collect()
}

/// A loss without structure: the same for the same architecture, otherwise as good as random.
pub(super) fn rugged(architecture: &Architecture) -> f64 {
    let mix = |hash: u64, &option: &u16| (hash ^ u64::from(option)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23);
    (architecture.options().iter().fold(7, mix) >> 11) as f64 / (1_u64 << 53) as f64
}

pub(super) fn score(pool: Vec<Proposal>, loss: impl Fn(&Architecture) -> f64, cost: &Cost) -> Vec<Scored> {
    let score = |Proposal { architecture, source }| Scored {
        loss: loss(&architecture),
        complexity: cost(&architecture),
        architecture,
        source,
    };
    pool.into_iter().map(score).collect()
}

/// One iteration on a rugged loss.
fn iterate(search: &mut Shared, cost: &Cost, seed: u64, iteration: u64, samples: usize) -> Update {
    let pool = search.ask(samples, &mut stream(seed, Purpose::ScorePool, iteration));
    let scored = score(pool, rugged, cost);
    search.tell(&scored, &mut stream(seed, Purpose::Update, iteration)).unwrap()
}
