//! What recording costs a search, and what it takes on disk: iterations as the default run has them.

#![allow(missing_docs, clippy::unwrap_used)]

use std::time::Instant;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use isthmus::config::Settings;
use isthmus::engine::{DistributionReport, Event, Iteration, Sample, Started};
use isthmus::evaluate::Score;
use isthmus::run::database::{Database, FILE, Writer};
use isthmus::run::{Recorder, RunFolder};
use isthmus::search::{Purpose, Theta, stream};
use isthmus::space::cells::{CellSettings, CellSpace};
use isthmus::space::network::PictureShape;
use isthmus::space::{Architecture, Measure, Normaliser, Scale, Space};
use rand::RngExt;

/// Iterations in an hour of the default run on two cores.
const AN_HOUR: u64 = 41_400;
/// Those of them in which a distribution's mode stays as it was: nearly all.
const MODE_LASTS: u64 = 20;

/// A search whose events cost what real ones do: four distributions, eight different samples, figures of full length.
struct Search {
    space: CellSpace,
    sizes: Vec<usize>,
}

impl Search {
    fn new() -> Self {
        let picture = PictureShape { channels: 1, height: 28, width: 28 };
        let space = CellSpace::new(CellSettings { nodes: 4, ..CellSettings::default() }, picture, 10);
        let sizes = space.decisions().iter().map(|decision| decision.options.len()).collect();
        Self { space, sizes }
    }

    fn started(&self) -> Event {
        let outline = self.space.outline();
        let extent = outline.parameters.unwrap();
        Event::Started(Box::new(Started {
            run: "bench".into(),
            seed: 1,
            strategy: "shared".into(),
            outline,
            normaliser: Normaliser { measure: Measure::Parameters, scale: Scale::Log, extent },
            coefficients: vec![0.0, 0.8, 1.4, 4.0],
            iterations: AN_HOUR,
            warm_up: 0,
            live: None,
        }))
    }

    fn architecture(&self, seed: u64) -> Architecture {
        let mut rng = stream(seed, Purpose::ScorePool, 0);
        Architecture::new(self.sizes.iter().map(|&size| rng.random_range(0..size) as u16).collect::<Vec<_>>())
    }

    fn iteration(&self, number: u64) -> Event {
        let mut rng = stream(number, Purpose::Update, 0);
        let sample = |place: usize| {
            let architecture = self.architecture(8 * number + place as u64);
            let complexity = self.space.complexity(&architecture);
            (architecture, complexity)
        };
        let samples = (0..8).map(|place| {
            let (architecture, complexity) = sample(place);
            let score =
                Score { loss: f64::from(rng.random::<f32>()), accuracy: f64::from(rng.random_range(0..33)) / 32.0 };
            Sample { architecture, source: place / 2, score, complexity }
        });
        let samples = samples.collect();
        let reports = (0..4).map(|k| {
            let mode = self.architecture(4 * (number / MODE_LASTS) + k);
            DistributionReport {
                coefficient: [0.0, 0.8, 1.4, 4.0][k as usize],
                target: None,
                entropy: rng.random(),
                ess: Some(8.0 * rng.random::<f64>()),
                step: Some(rng.random()),
                complexity: self.space.complexity(&mode),
                mode,
            }
        });
        let distributions = reports.collect();
        let weights = (0..4).map(|_| (0..8).map(|_| 4.0 * rng.random::<f64>()).collect()).collect();
        Event::Iteration(Box::new(Iteration {
            iteration: number,
            warm_up: false,
            seconds: number as f64 / 11.5,
            evaluated: 12 * number,
            redrawn: 0,
            learning_rate: rng.random(),
            training_loss: Some(rng.random()),
            waited: Some(rng.random()),
            samples,
            weights,
            distributions,
        }))
    }

    fn thetas(&self, iteration: u64) -> Event {
        let mut rng = stream(iteration, Purpose::WeightPool, 0);
        let mut theta = || {
            let rows = self.sizes.iter().map(|&size| {
                let row: Vec<f64> = (0..size).map(|_| rng.random_range(0.01..1.0)).collect();
                let sum: f64 = row.iter().sum();
                row.iter().map(|share| share / sum).collect::<Vec<f64>>()
            });
            Theta::try_from(rows.collect::<Vec<_>>()).unwrap()
        };
        Event::Thetas { iteration, thetas: vec![theta(), theta(), theta(), theta()] }
    }
}

/// The time that the search's own thread spends, and that of the recorder's beside it.
fn cost(criterion: &mut Criterion) {
    let search = Search::new();
    let event = search.iteration(1);
    let folder = tempfile::tempdir().unwrap();
    let place = RunFolder::create(Some(&folder.path().join("run")), "bench").unwrap();
    let recorder = Recorder::start(place, &Settings::default()).unwrap();
    recorder.record(&search.started()).unwrap();
    criterion.bench_function("recorder/record one iteration", |bencher| bencher.iter(|| recorder.record(&event)));
    drop(recorder);

    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(folder.path(), &Settings::default(), || 0).unwrap();
    writer.write(&[(0, search.started())], false).unwrap();
    let mut group = criterion.benchmark_group("recorder");
    let mut number = 0;
    group.throughput(Throughput::Elements(10));
    group.bench_function("write a batch of 10", |bencher| {
        bencher.iter_batched(
            || {
                number += 10;
                (number - 10..number).map(|number| (0, search.iteration(number + 1))).collect::<Vec<_>>()
            },
            |batch| writer.write(&batch, false).unwrap(),
            criterion::BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// What an hour takes on disk, said once.
fn size(_: &mut Criterion) {
    let search = Search::new();
    for history_mb in [0, Settings::default().run.history_mb] {
        let mut settings = Settings::default();
        settings.run.history_mb = history_mb;
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(folder.path(), &settings, || 1_700_000_000_000).unwrap();
        writer.write(&[(0, search.started())], false).unwrap();
        let start = Instant::now();
        let mut slowest = 0.0_f64;
        for first in (1..=AN_HOUR).step_by(12) {
            let mut batch: Vec<_> = (first..first + 12).map(|number| (0, search.iteration(number))).collect();
            if first % 250 < 12 {
                batch.push((0, search.thetas(first + 11)));
            }
            let before = Instant::now();
            writer.write(&batch, false).unwrap();
            slowest = slowest.max(before.elapsed().as_secs_f64());
        }
        let written = start.elapsed().as_secs_f64();
        drop(writer);
        let bytes = std::fs::metadata(folder.path().join(FILE)).unwrap().len();
        println!(
            "an hour with run.history_mb = {history_mb}: {:.1} MB, made and written in {written:.1} s, the longest \
             batch {:.0} ms",
            bytes as f64 / 1e6,
            1e3 * slowest
        );
        let database = Database::open(folder.path()).unwrap();
        let start = Instant::now();
        let dashboard = database.dashboard_at(u64::MAX).unwrap();
        println!("  folded to iteration {} in {:.1} s", dashboard.iteration, start.elapsed().as_secs_f64());
    }
}

criterion_group!(benches, cost, size);
criterion_main!(benches);
