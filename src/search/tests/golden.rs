//! One whole run of each strategy, pinned: whatever changes what a strategy does shows here.
//!
//! The loss is made: 5^6 architectures, a term for each decision and one for each pair of neighbouring decisions.

use std::fmt::Write;

use super::{level, score};
use crate::search::{
    Aim, ArchiveOptions, Domain, Evolution, EvolutionOptions, Nsga2, Nsga2Options, Purpose, Random, Separate, Shared,
    SharedArchive, SharedOptions, Strategy, stream,
};
use crate::space::Architecture;

const SIZES: [usize; 6] = [5; 6];
const AIMS: [Aim; 4] = [Aim::Coefficient(0.0), Aim::Coefficient(0.2), Aim::Coefficient(1.0), Aim::Target(0.4)];
const ITERATIONS: u64 = 150;

/// Higher options are better, the less so the higher; some neighbours suit each other.
fn loss(architecture: &Architecture) -> f64 {
    let options = architecture.options();
    let single: f64 = options.iter().enumerate().map(|(d, &o)| (1.0 + d as f64 / 3.0) / (1.0 + f64::from(o))).sum();
    let pairs: f64 = options.windows(2).map(|two| f64::from((two[0] * 3 + two[1] * 2) % 5)).sum();
    (single + 0.15 * pairs) / 10.0
}

/// What can be read and compared of a run.
fn run(search: &mut dyn Strategy) -> String {
    let cost = level(&SIZES);
    let mut ess = 0.0;
    let mut step = 0.0;
    for iteration in 0..ITERATIONS {
        let pool = search.ask(2, &mut stream(1, Purpose::ScorePool, iteration));
        let scored = score(pool, loss, &cost);
        let update = search.tell(&scored, &mut stream(1, Purpose::Update, iteration)).unwrap();
        ess += update.distributions.iter().map(|d| d.ess).sum::<f64>() / (ITERATIONS * 4) as f64;
        step += update.distributions.iter().map(|d| d.step).sum::<f64>() / (ITERATIONS * 4) as f64;
    }
    let mut text = format!("{}: mean ESS {ess:.6}, mean step {step:.6}", search.name());
    for (k, distribution) in search.distributions().iter().enumerate() {
        let mode = search.mode(k);
        let (coefficient, entropy) = (distribution.coefficient, distribution.theta.entropy());
        write!(
            text,
            "\n{:?} loss {:.6} R {:.6} coefficient {coefficient:.6} entropy {entropy:.6}",
            mode.options(),
            loss(&mode),
            cost(&mode)
        )
        .unwrap();
    }
    text
}

fn domain() -> Domain {
    Domain::new(&SIZES, level(&SIZES))
}

#[test]
fn shared() {
    insta::assert_snapshot!(run(&mut Shared::new(domain(), &AIMS, SharedOptions::default()).unwrap()));
}

#[test]
fn shared_archive() {
    insta::assert_snapshot!(run(&mut SharedArchive::new(domain(), &AIMS, ArchiveOptions::default()).unwrap()));
}

#[test]
fn separate() {
    insta::assert_snapshot!(run(&mut Separate::new(domain(), &AIMS, SharedOptions::default()).unwrap()));
}

#[test]
fn random() {
    insta::assert_snapshot!(run(&mut Random::new(domain(), &AIMS).unwrap()));
}

#[test]
fn regularised_evolution() {
    insta::assert_snapshot!(run(&mut Evolution::new(domain(), &AIMS, EvolutionOptions::default()).unwrap()));
}

#[test]
fn nsga2() {
    insta::assert_snapshot!(run(&mut Nsga2::new(domain(), &AIMS, Nsga2Options::default()).unwrap()));
}
