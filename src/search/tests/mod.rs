//! Tests of the mathematics as a whole; those of one part stand beside it.

mod convergence;
mod exactness;
mod worked_examples;

use crate::search::Theta;
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

/// A loss without structure: the same for the same architecture, otherwise as good as random.
fn rugged(architecture: &Architecture) -> f64 {
    let mix = |hash: u64, &option: &u16| (hash ^ u64::from(option)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23);
    (architecture.options().iter().fold(7, mix) >> 11) as f64 / (1_u64 << 53) as f64
}
