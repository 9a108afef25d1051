//! What a draw of each page costs with all the samples that are kept: 10,000 of four distributions, 100 points a series,
//! at 200x60. Also of the samples in an order and with a filter, which are made anew once news has come.
//!
//! `cargo bench --no-default-features --bench draw`

#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use crossterm::event::{KeyCode, KeyEvent};
use isthmus::engine::{Dashboard, DistributionReport, Event, Frame, Iteration, Sample, Started, State, Validated};
use isthmus::evaluate::Score;
use isthmus::space::cells::{CellSettings, CellSpace};
use isthmus::space::network::PictureShape;
use isthmus::space::{Architecture, Measure, Normaliser, Scale, Space};
use isthmus::tui::{Offscreen, Part, Theme};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const DISTRIBUTIONS: usize = 4;
const ITERATIONS: u64 = 100;
const POOL: usize = 100;
/// Architectures that samples are drawn among, so that some are drawn more than once.
const ARCHITECTURES: usize = 6_000;

struct Search {
    space: CellSpace,
    architectures: Vec<Architecture>,
    rng: ChaCha8Rng,
}

impl Search {
    fn new() -> Self {
        let picture = PictureShape { channels: 1, height: 28, width: 28 };
        let space = CellSpace::new(CellSettings { nodes: 5, ..CellSettings::default() }, picture, 10);
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut draw = || {
            let sizes = space.decisions().iter().map(|decision| decision.options.len() as u16);
            Architecture::new(sizes.map(|size| rng.random_range(0..size)).collect::<Vec<_>>())
        };
        let architectures = (0..ARCHITECTURES).map(|_| draw()).collect();
        Self { space, architectures, rng }
    }

    fn score(&mut self) -> Score {
        let accuracy = self.rng.random::<f64>();
        Score { loss: 2.3 * (1.0 - accuracy), accuracy }
    }

    fn started(&self) -> Event {
        let outline = self.space.outline();
        let extent = outline.parameters.unwrap();
        Event::Started(Box::new(Started {
            run: "digits".into(),
            seed: 1,
            strategy: "shared".into(),
            outline,
            normaliser: Normaliser { measure: Measure::Parameters, scale: Scale::Log, extent },
            coefficients: vec![0.5; DISTRIBUTIONS],
            iterations: 2 * ITERATIONS,
            warm_up: 0,
            live: None,
        }))
    }

    fn sample(&mut self, source: usize) -> Sample {
        let architecture = self.architectures[self.rng.random_range(0..ARCHITECTURES)].clone();
        let complexity = self.space.complexity(&architecture);
        Sample { architecture, source, score: self.score(), complexity }
    }

    fn iteration(&mut self, iteration: u64) -> Event {
        let samples: Vec<Sample> = (0..POOL).map(|index| self.sample(index % DISTRIBUTIONS)).collect();
        let mut row = |_| (0..POOL).map(|_| DISTRIBUTIONS as f64 * self.rng.random::<f64>()).collect();
        let weights = (0..DISTRIBUTIONS).map(&mut row).collect();
        let report = |sample: &Sample| DistributionReport {
            coefficient: 0.5,
            target: None,
            entropy: 1.0 - iteration as f64 / (2 * ITERATIONS) as f64,
            ess: Some(30.0),
            step: Some(0.01),
            mode: sample.architecture.clone(),
            complexity: sample.complexity,
        };
        Event::Iteration(Box::new(Iteration {
            waited: None,
            iteration,
            warm_up: false,
            seconds: iteration as f64,
            evaluated: iteration * POOL as u64,
            redrawn: 0,
            learning_rate: 0.05,
            training_loss: Some(2.3 / iteration as f64),
            distributions: samples[..DISTRIBUTIONS].iter().map(report).collect(),
            samples,
            weights,
        }))
    }

    fn validated(&mut self, iteration: u64, distribution: usize) -> Event {
        let Sample { architecture, score, complexity, .. } = self.sample(distribution);
        Event::Validated(Validated { iteration, distribution, architecture, score, complexity })
    }
}

fn draws(criterion: &mut Criterion) {
    let mut search = Search::new();
    let mut dashboard = Dashboard::default();
    dashboard.apply(&search.started());
    dashboard.apply(&Event::State { state: State::Running });
    for iteration in 1..=ITERATIONS {
        dashboard.apply(&search.iteration(iteration));
        (0..DISTRIBUTIONS).for_each(|distribution| dashboard.apply(&search.validated(iteration, distribution)));
    }
    assert_eq!(dashboard.samples.len(), 10_000);
    let news = Frame::Event(Arc::new(search.iteration(ITERATIONS + 1)));
    let screen = Offscreen::new("digits", dashboard, Theme::COLOUR);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 60));

    let pages = [Part::Overview, Part::Distributions, Part::Samples, Part::Cell, Part::Front, Part::Log, Part::Models];
    for part in pages {
        let mut screen = screen.clone();
        screen.show(part);
        criterion.bench_function(&format!("draw/10000x100/200x60/{part:?}"), |bencher| {
            bencher.iter(|| {
                buffer.reset();
                screen.draw(black_box(&mut buffer));
            });
        });
    }
    // Keys of the page of samples: ordered by loss, or by accuracy with a filter that looks at everything.
    for (name, keys) in [("usual", ""), ("ordered", "oo"), ("ordered and filtered", "ooo/dup r<0.9 w0<3 n>1 sep max\n")]
    {
        let mut screen = screen.clone();
        screen.show(Part::Samples);
        for key in keys.chars() {
            screen.press(KeyEvent::from(if key == '\n' { KeyCode::Enter } else { KeyCode::Char(key) }));
        }
        criterion.bench_function(&format!("draw/10000x100/200x60/Samples after news, {name}"), |bencher| {
            let informed = || {
                let mut screen = screen.clone();
                screen.take(&news);
                screen
            };
            let draw = |screen: &mut Offscreen| {
                buffer.reset();
                screen.draw(black_box(&mut buffer));
            };
            bencher.iter_batched_ref(informed, draw, BatchSize::SmallInput);
        });
    }
}

criterion_group!(benches, draws);
criterion_main!(benches);
