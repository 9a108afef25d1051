//! What the mathematics of a search costs: one update of a large search (`benches/numpy/update.py` is the same in
//! numpy), and a whole search of a tiny table.

#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use isthmus::search::{
    Aim, ComplexityGradient, Cost, Domain, Evolution, Nsga2, Proposal, Purpose, Random, Scored, Separate, Shared,
    SharedOptions, Strategy, Utility, stream,
};
use isthmus::space::Architecture;

fn level(c: &Architecture) -> f64 {
    c.options().iter().map(|&o| f64::from(o)).sum::<f64>() / (4 * c.options().len()) as f64
}

fn score(pool: Vec<Proposal>, loss: impl Fn(&Architecture) -> f64) -> Vec<Scored> {
    let score = |Proposal { architecture, source }| Scored {
        loss: loss(&architecture),
        complexity: level(&architecture),
        architecture,
        source,
    };
    pool.into_iter().map(score).collect()
}

/// K = 16, the 40 decisions of the ENAS cells, 128 samples.
fn update(criterion: &mut Criterion) {
    let sizes: Vec<usize> = (0..10).flat_map(|i| [i % 5 + 2, i % 5 + 2, 5, 5]).collect();
    let coefficients: Vec<Aim> = (0..16).map(|k| Aim::Coefficient(f64::from(k) / 4.0)).collect();
    for utility in [Utility::Rank, Utility::Wquant, Utility::RawCentred, Utility::Raw] {
        let options = SharedOptions { utility, ..SharedOptions::default() };
        let mut search = Shared::new(Domain::new(&sizes, Arc::new(level)), &coefficients, options).unwrap();
        let rng = &mut stream(1, Purpose::ScorePool, 0);
        for _ in 0..50 {
            let scored = score(search.ask(8, rng), |c| (1.0 - level(c)).powi(2));
            search.tell(&scored, rng).unwrap();
        }
        let scored = score(search.ask(8, rng), |c| (1.0 - level(c)).powi(2));
        let start = search.save();
        criterion.bench_function(&format!("update/16x40x128/{utility:?}"), |bencher| {
            search.restore(&start).unwrap();
            let mut rng = stream(1, Purpose::Update, 0);
            bencher.iter(|| search.tell(black_box(&scored), &mut rng).unwrap());
        });
    }
}

/// 3,000 evaluations on a table of 5^6 entries, four distributions, one sample of each an iteration.
fn table(criterion: &mut Criterion) {
    type Make = fn(Domain, &[Aim]) -> Box<dyn Strategy>;
    let strategies: [(&str, Make); 7] = [
        ("shared", |domain, aims| Box::new(Shared::new(domain, aims, SharedOptions::default()).unwrap())),
        ("shared-sampled", |domain, aims| {
            let complexity_gradient = ComplexityGradient::Sampled;
            let options = SharedOptions { complexity_gradient, ..SharedOptions::default() };
            Box::new(Shared::new(domain, aims, options).unwrap())
        }),
        ("shared-targets", |domain, _| {
            let targets = [0.2, 0.4, 0.6, 0.8].map(Aim::Target);
            Box::new(Shared::new(domain, &targets, SharedOptions::default()).unwrap())
        }),
        ("separate", |domain, aims| Box::new(Separate::new(domain, aims, SharedOptions::default()).unwrap())),
        ("random", |domain, aims| Box::new(Random::new(domain, aims).unwrap())),
        ("regularised-evolution", |domain, aims| Box::new(Evolution::new(domain, aims, Default::default()).unwrap())),
        ("nsga2", |domain, aims| Box::new(Nsga2::new(domain, aims, Default::default()).unwrap())),
    ];
    let place = |c: &Architecture| c.options().iter().fold(0, |place, &o| place * 5 + usize::from(o));
    let aims = [0.0, 0.3, 1.0, 3.0].map(Aim::Coefficient);
    let losses: Vec<f64> = (0..5_usize.pow(6)).map(|i| (i * 7_919 % 15_625) as f64 / 15_625.0).collect();
    let cost: Cost = Arc::new(level);
    for (name, make) in strategies {
        criterion.bench_function(&format!("table/3000/{name}"), |bencher| {
            bencher.iter_batched(
                || make(Domain::new(&[5; 6], cost.clone()), &aims),
                |mut search| {
                    for iteration in 0..750 {
                        let pool = search.ask(1, &mut stream(1, Purpose::ScorePool, iteration));
                        let scored = score(pool, |c| losses[place(c)]);
                        search.tell(&scored, &mut stream(1, Purpose::Update, iteration)).unwrap();
                    }
                    search
                },
                BatchSize::SmallInput,
            );
        });
    }
}

criterion_group!(benches, update, table);
criterion_main!(benches);
