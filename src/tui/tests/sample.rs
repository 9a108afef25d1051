//! A made-up search, the same in every run: a real cell space, distributions that part along a front.

use std::cell::RefCell;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::engine::{
    DistributionReport, Epoch, Event, Iteration, LiveSettings, Sample, Started, State, Tested, Training, TrainingState,
    Validated,
};
use crate::evaluate::Score;
use crate::run::{DistributionResult, Results, SpaceExtents};
use crate::search::Theta;
use crate::space::cells::{CellSettings, CellSpace};
use crate::space::network::PictureShape;
use crate::space::{Architecture, Measure, Normaliser, Scale, Space};
use crate::train::name_of;

pub(crate) const ITERATIONS: u64 = 1_000;
pub(crate) const WARM_UP: u64 = 400;
/// Samples of each distribution in a pool.
const EACH: usize = 2;
const COEFFICIENTS: [f64; 4] = [0.0, 0.3, 1.0, 3.0];

/// The search.
pub(crate) struct Search {
    space: CellSpace,
    normaliser: Normaliser,
    targets: Vec<Architecture>,
    rng: RefCell<ChaCha8Rng>,
    coefficients: Vec<f64>,
}

impl Search {
    pub(crate) fn new() -> Self {
        let settings = CellSettings { nodes: 4, ..CellSettings::default() };
        let space = CellSpace::new(settings, PictureShape { channels: 1, height: 28, width: 28 }, 10);
        let extent = space.outline().parameters.unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let targets = (0..COEFFICIENTS.len())
            .map(|k| {
                let decisions = space.decisions().iter();
                let options = decisions.map(|decision| {
                    let options = decision.options.len() as u16;
                    // Dear distributions like convolutions, which come last among the operations.
                    if decision.name.contains("operation") && rng.random::<f64>() < 0.8 - 0.25 * k as f64 {
                        rng.random_range(3..options)
                    } else if decision.name.contains("operation") {
                        rng.random_range(0..3)
                    } else {
                        rng.random_range(0..options)
                    }
                });
                Architecture::new(options.collect::<Vec<_>>())
            })
            .collect();
        Self {
            space,
            normaliser: Normaliser { measure: Measure::Parameters, scale: Scale::Log, extent },
            targets,
            rng: RefCell::new(rng),
            coefficients: COEFFICIENTS.into(),
        }
    }

    pub(crate) fn started(&self) -> Event {
        Event::Started(Box::new(Started {
            run: "digits-2026-01-01".into(),
            seed: 1,
            strategy: "shared".into(),
            outline: self.space.outline(),
            normaliser: self.normaliser,
            coefficients: self.coefficients.clone(),
            iterations: ITERATIONS,
            warm_up: WARM_UP,
            live: Some(LiveSettings { learning_rate: Some(0.05), samples: EACH, validate_every: 50 }),
        }))
    }

    pub(crate) fn ready(&self) -> Event {
        Event::Ready { device: "CPU, 2 workers".into(), iterations_an_epoch: Some(31.25) }
    }

    /// The events up to an iteration, from the first on.
    pub(crate) fn until(&self, last: u64) -> Vec<Event> {
        self.between(1, last)
    }

    /// The same without the iterations before one, for tests that draw often.
    pub(crate) fn between(&self, first: u64, last: u64) -> Vec<Event> {
        let mut events = vec![self.started(), self.ready(), Event::State { state: State::Running }];
        for iteration in first..=last {
            events.extend(self.iteration(iteration));
        }
        events
    }

    /// How far a distribution has decided.
    fn decided(&self, k: usize, iteration: u64) -> f64 {
        let learned = iteration.saturating_sub(WARM_UP) as f64 / (ITERATIONS - WARM_UP) as f64;
        1.0 - (-learned * (2.0 + k as f64)).exp()
    }

    fn probability(&self, k: usize, architecture: &Architecture, iteration: u64) -> f64 {
        let decided = self.decided(k, iteration);
        let decisions = self.space.decisions().iter().zip(architecture.options()).zip(self.targets[k].options());
        decisions
            .map(|((decision, option), target)| {
                (1.0 - decided) / decision.options.len() as f64 + if option == target { decided } else { 0.0 }
            })
            .product()
    }

    fn draw(&self, k: usize, iteration: u64) -> Architecture {
        let decided = self.decided(k, iteration);
        let mut rng = self.rng.borrow_mut();
        let decisions = self.space.decisions().iter().zip(self.targets[k].options());
        let options = decisions.map(|(decision, &target)| {
            if rng.random::<f64>() < decided { target } else { rng.random_range(0..decision.options.len() as u16) }
        });
        Architecture::new(options.collect::<Vec<_>>())
    }

    fn score(&self, architecture: &Architecture, iteration: u64, noise: f64) -> Score {
        let cost = self.space.complexity(architecture).get(Measure::Parameters).unwrap();
        let trained = 1.0 - (-(iteration as f64) / 150.0).exp();
        let best = 0.93 + 0.06 * self.normaliser.scaled(cost).powf(0.5);
        let noise = noise * (self.rng.borrow_mut().random::<f64>() - 0.5);
        let accuracy = (0.1 + (best - 0.1) * trained + noise).clamp(0.0, 1.0);
        Score { loss: 3.0 * (1.0 - accuracy) + 0.02, accuracy }
    }

    fn mode(&self, k: usize, iteration: u64) -> Architecture {
        // The first decisions settle first.
        let settled = (self.decided(k, iteration) * 1.3 * self.targets[k].options().len() as f64) as usize;
        let options = self.targets[k].options().iter().enumerate();
        Architecture::new(options.map(|(i, &target)| if i < settled { target } else { 0 }).collect::<Vec<_>>())
    }

    /// One iteration, with validations where they are due.
    pub(crate) fn iteration(&self, iteration: u64) -> Vec<Event> {
        let warm_up = iteration <= WARM_UP;
        let k = self.coefficients.len();
        let samples: Vec<Sample> = (0..k * EACH)
            .map(|index| {
                let architecture = self.draw(index / EACH, iteration);
                let score = self.score(&architecture, iteration, 0.08);
                let complexity = self.space.complexity(&architecture);
                Sample { architecture, source: index / EACH, score, complexity }
            })
            .collect();
        let weights: Vec<Vec<f64>> = if warm_up {
            Vec::new()
        } else {
            let p: Vec<Vec<f64>> = (0..k)
                .map(|k| samples.iter().map(|s| self.probability(k, &s.architecture, iteration)).collect())
                .collect();
            let q: Vec<f64> = (0..samples.len()).map(|s| p.iter().map(|row| row[s]).sum::<f64>() / k as f64).collect();
            p.iter().map(|row| row.iter().zip(&q).map(|(p, q)| p / q).collect()).collect()
        };
        let distributions = (0..k)
            .map(|index| {
                let mode = self.mode(index, iteration);
                let ess = weights.get(index).map(|row| {
                    let (sum, squares) = row.iter().fold((0.0, 0.0), |(s, q), w| (s + w, q + w * w));
                    sum * sum / squares
                });
                DistributionReport {
                    coefficient: self.coefficients[index],
                    target: None,
                    entropy: 1.0 - self.decided(index, iteration) * 0.9,
                    ess,
                    step: ess.map(|ess| 0.01 * ess),
                    complexity: self.space.complexity(&mode),
                    mode,
                }
            })
            .collect();
        let mut events = vec![Event::Iteration(Box::new(Iteration {
            iteration,
            warm_up,
            seconds: iteration as f64 * 0.625,
            evaluated: iteration * 16,
            redrawn: 0,
            learning_rate: 0.05,
            training_loss: Some(2.3 * (-(iteration as f64) / 200.0).exp()),
            waited: None,
            samples,
            weights,
            distributions,
        }))];
        if !warm_up && iteration.is_multiple_of(100) {
            let thetas = (0..k).map(|index| self.theta(index, iteration)).collect();
            events.push(Event::Thetas { iteration, thetas });
        }
        if !warm_up && iteration.is_multiple_of(50) {
            events.extend((0..k).map(|index| self.validated(index, iteration)));
        }
        events
    }

    /// Networks in every state of a training; the first of them are of these members of the front.
    pub(crate) fn trainings(front: &[Validated]) -> Vec<Training> {
        let curve = |epochs: u64| -> Vec<Epoch> {
            let learned = |epoch: u64| 1.0 - (-(epoch as f64) / 6.0).exp();
            let entry =
                |epoch| Epoch { epoch, loss: 2.3 - 1.7 * learned(epoch), accuracy: 0.2 + 0.76 * learned(epoch) };
            (1..=epochs).map(entry).collect()
        };
        let tested = Tested { accuracy: 0.9812, standard_error: 0.0043, latency_ms: [0.52, 12.34] };
        let states = [
            (TrainingState::Trained(tested), 30),
            (TrainingState::Running { process: Some(4711) }, 12),
            (TrainingState::Waiting { process: Some(4712) }, 0),
            (TrainingState::Interrupted, 7),
            (
                TrainingState::Failed {
                    reason: "front-4: the loss of step 17 is inf: try a smaller learning rate".into(),
                },
                0,
            ),
        ];
        let known = front.iter().map(Some).chain(std::iter::repeat(None));
        let one = |(index, ((state, epochs), known)): (usize, ((TrainingState, u64), Option<&Validated>))| Training {
            name: known.map_or_else(|| format!("front-{index}"), |known| name_of(&known.architecture)),
            state,
            architecture: known.map(|known| name_of(&known.architecture)),
            parameters: 20_000 + 9_000 * index as u64,
            macs: 1_200_000 + 400_000 * index as u64,
            found_accuracy: known.map(|known| known.score.accuracy),
            step: epochs * 31 + 12 * u64::from(epochs == 12),
            steps: 30 * 31,
            epochs: 30,
            seconds: 6.3 * epochs as f64,
            curve: curve(epochs),
            command: vec![format!("--front={index}")],
        };
        states.into_iter().zip(known).enumerate().map(one).collect()
    }

    fn theta(&self, k: usize, iteration: u64) -> Theta {
        let decided = self.decided(k, iteration);
        let rows: Vec<Vec<f64>> = self
            .space
            .decisions()
            .iter()
            .zip(self.targets[k].options())
            .map(|(decision, &target)| {
                let options = decision.options.len();
                let other = (1.0 - decided) / options as f64;
                (0..options).map(|option| if option == usize::from(target) { other + decided } else { other }).collect()
            })
            .collect();
        Theta::try_from(rows).unwrap()
    }

    fn validated(&self, index: usize, iteration: u64) -> Event {
        let mode = self.mode(index, iteration);
        Event::Validated(Validated {
            iteration,
            distribution: index,
            score: self.score(&mode, iteration, 0.0),
            complexity: self.space.complexity(&mode),
            architecture: mode,
        })
    }

    /// The end, with results.
    pub(crate) fn finished(&self) -> Event {
        let outline = self.space.outline();
        let distributions = self.targets.iter().enumerate().map(|(index, target)| {
            let complexity = self.space.complexity(target);
            let accuracy = self.score(target, ITERATIONS, 0.0).accuracy;
            DistributionResult {
                index,
                coefficient: self.coefficients[index],
                parameters: complexity.parameters,
                macs: complexity.macs,
                validation_accuracy: accuracy,
                test_accuracy: accuracy - 0.004,
                entropy: 0.1,
                architecture: self.space.genotype(target),
            }
        });
        Event::Finished(Box::new(Results {
            run: "digits-2026-01-01".into(),
            seed: 1,
            seconds: 625.0,
            iterations: ITERATIONS,
            complete: true,
            evaluator: crate::run::EvaluatorKind::Supernet,
            architectures_evaluated: 16 * ITERATIONS,
            redrawn: 0,
            space: SpaceExtents { parameters: outline.parameters, macs: outline.macs },
            distributions: distributions.collect(),
        }))
    }
}
