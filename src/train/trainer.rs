//! One network on its way from fresh weights to a model.
//!
//! A batch is cut into parts, each normalised by itself and computed by one thread; the gradients of the parts are added
//! up in their order. So the bits do not depend on the number of threads. The model is an average of the weights over the
//! steps, with statistics for its batch normalisations that are measured on training pictures once the weights are
//! final: nothing is averaged while they still move. [ours; the former as in Polyak and Juditsky 1992, the latter as in
//! Izmailov et al. 2018]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use rand::RngExt;
use tch::{Device, TchError, Tensor};

use super::recipe::{RecipeError, Schedule};
use crate::config::{DeviceChoice, RetrainingSettings, TrainingSettings};
use crate::data::{Augmentation, Batch, Batches, DataError, Normalisation, TrainTest};
use crate::evaluate::{EvaluateError, Score};
use crate::model::statistics_names;
use crate::search::{Purpose, stream};
use crate::space::network::{Layer, Network, PictureShape, Weight, WeightId};
use crate::tensor::{
    self, Answer, Job, Lesson, Passage, Sgd, Statistics, UsedWeights, Workers, choose, explain, forward, initial,
    mean_gradients, numbers, single_threaded,
};

/// Pictures that are passed at once where no gradient is needed.
const PASSED: usize = 250;
/// Pictures that statistics are measured on at most.
const MEASURED: usize = 5_000;
/// Passes before a latency is taken, and passes that it is the median of.
const LATENCY: (usize, usize) = (5, 41);

/// Why a network could not be trained.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// Settings and pictures do not go together.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The tensor library refused, or there is no such device.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// The loss is not a number any more.
    #[error(
        "the loss of step {step} is {loss}: training has diverged; take a smaller retraining.learning_rate than {rate}"
    )]
    Diverged {
        /// The step.
        step: u64,
        /// Its loss.
        loss: f64,
        /// The highest learning rate.
        rate: f64,
    },
    /// Pictures that cannot be read any more.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A saved state of another training.
    #[error("the saved state does not fit: {0}")]
    Saved(String),
}

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Mean loss, with all that training adds to it.
    pub loss: f64,
    /// Share of right answers.
    pub accuracy: f64,
}

/// A network that is being trained.
pub struct Trainer {
    pub(super) network: Arc<Network>,
    pub(super) weights: Vec<Weight>,
    pub(super) used: Vec<WeightId>,
    /// One a weight of the space; those that the network does not use are empty.
    pub(super) tensors: Vec<Tensor>,
    pub(super) averages: Vec<Tensor>,
    pub(super) optimiser: Sgd,
    pub(super) step: u64,
    settings: RetrainingSettings,
    schedule: Schedule,
    seed: u64,
    batches: Batches,
    /// Training pictures as they are.
    plain: Batches,
    /// How many passes of those measure statistics.
    measured: u64,
    test: Batches,
    workers: Workers,
    worker_count: usize,
    pub(super) device: Device,
}

/// What all networks of one command have in common.
#[derive(Clone, Debug)]
pub struct Common {
    /// How they are trained.
    pub retraining: RetrainingSettings,
    /// How training pictures are changed.
    pub augmentation: Augmentation,
    /// Where to compute.
    pub device: DeviceChoice,
    /// Threads; 0 is one a core.
    pub workers: usize,
    /// The pictures.
    pub data: TrainTest,
    /// How they become numbers.
    pub normalisation: Normalisation,
    /// What they hash to.
    pub fingerprint: String,
    /// What is said to `isthmus train` behind the run to go on with these networks.
    pub command: Vec<String>,
}

impl Trainer {
    /// A network with fresh weights; `weights` is the list that its ids are of.
    ///
    /// # Errors
    /// Fewer pictures than a batch, a device that is not there, threads that cannot start.
    pub fn new(network: Network, weights: Vec<Weight>, common: &Common, seed: u64) -> Result<Self, TrainError> {
        single_threaded();
        let Common { retraining: settings, augmentation, data, normalisation, .. } = common;
        let device = choose(common.device)?;
        let (workers, worker_count) = Workers::on(device, common.workers)?;
        let schedule = Schedule::new(settings, data.train.len())?;
        let used = network.weights();
        let fresh = |index: usize| match used.binary_search(&WeightId(index)) {
            Ok(_) => initial(&weights[index], seed, index as u64, device),
            Err(_) => Ok(Tensor::new()),
        };
        let failed = |error| explain(error, device, worker_count, settings.batch);
        let tensors = (0..weights.len()).map(fresh).collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let averages = tensors.iter().map(copied).collect::<Result<_, _>>();
        let averages = averages.map_err(failed)?;
        let optimiser = TrainingSettings {
            momentum: settings.momentum,
            weight_decay: settings.weight_decay,
            clip: settings.clip,
            ..TrainingSettings::default()
        };
        let optimiser = Sgd::new(&optimiser, weights.len());
        let shuffled = |size, purpose, augmentation| {
            Batches::shuffled(data.train.clone(), size, normalisation, (seed, purpose), augmentation)
        };
        let few = PASSED.min(data.train.len());
        Ok(Self {
            network: Arc::new(network),
            weights,
            used,
            tensors,
            averages,
            optimiser,
            step: 0,
            settings: settings.clone(),
            schedule,
            seed,
            batches: shuffled(settings.batch, Purpose::Batch, *augmentation),
            plain: shuffled(few, Purpose::StatisticsBatch, Augmentation::NONE),
            measured: (MEASURED.min(data.train.len()) / few) as u64,
            test: Batches::in_order(data.test.clone(), PASSED, normalisation),
            workers,
            worker_count,
            device,
        })
    }

    /// Steps done.
    pub fn done(&self) -> u64 {
        self.step
    }

    /// When what happens.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// One step of the weights.
    ///
    /// # Errors
    /// What the tensor library refused; a loss that is no number.
    pub fn step(&mut self) -> Result<Step, TrainError> {
        let batch = self.batches.batch(self.step)?;
        let done = self.step_on(&batch).map_err(|error| self.explain(error))?;
        if !done.loss.is_finite() {
            let rate = self.settings.learning_rate;
            return Err(TrainError::Diverged { step: self.step, loss: done.loss, rate });
        }
        self.step += 1;
        Ok(done)
    }

    fn step_on(&mut self, batch: &Batch) -> Result<Step, TchError> {
        let (pictures, labels) = tensor::batch(batch, self.device)?;
        let count = labels.size()[0];
        let parts = self.settings.parts as i64;
        let lesson = Lesson { smoothing: self.settings.label_smoothing, auxiliary: self.settings.auxiliary };
        let mut jobs = Vec::with_capacity(self.settings.parts);
        for part in 0..parts {
            let (first, last) = (part * count / parts, (part + 1) * count / parts);
            let weights = UsedWeights::of(&self.network, &self.tensors);
            let pictures = pictures.f_narrow(0, first, last - first)?;
            let labels = labels.f_narrow(0, first, last - first)?;
            let passage = Passage { dropped: self.dropped(part, last - first)?, ..Passage::default() };
            let job = Job::new(Arc::clone(&self.network), weights, pictures, labels, true);
            jobs.push(Job { passage, lesson, ..job });
        }
        let answers = self.workers.run(jobs)?;
        let mean = |of: fn(&Answer) -> f64| answers.iter().map(of).sum::<f64>() / count as f64;
        let done = Step { loss: mean(|answer| answer.loss * answer.pictures), accuracy: mean(|answer| answer.correct) };
        if done.loss.is_finite() {
            let used = vec![self.used.clone(); answers.len()];
            let gradients = tch::no_grad(|| mean_gradients(self.weights.len(), &used, answers))?;
            self.optimiser.step(&self.tensors, gradients, self.schedule.learning_rate(self.step))?;
            self.average()?;
        }
        Ok(done)
    }

    /// Which paths of the network a part of this step's batch leaves out, picture by picture.
    fn dropped(&self, part: i64, pictures: i64) -> Result<Vec<(usize, Tensor)>, TchError> {
        let probability = self.schedule.drop_path(self.step);
        if probability == 0.0 {
            return Ok(Vec::new());
        }
        let mut random = stream(self.seed, Purpose::DropPath, self.step * self.settings.parts as u64 + part as u64);
        let kept = 1.0 - probability;
        let mut factors = |&value: &usize| {
            let of_picture = |_| if random.random_bool(kept) { (1.0 / kept) as f32 } else { 0.0 };
            let factors: Vec<f32> = (0..pictures).map(of_picture).collect();
            let factors = Tensor::f_from_slice(&factors)?.f_reshape([pictures, 1, 1, 1])?;
            Ok((value, factors.f_to_device(self.device)?))
        };
        self.network.paths.iter().map(&mut factors).collect()
    }

    fn average(&mut self) -> Result<(), TchError> {
        let kept = Schedule::kept(self.settings.average, self.step);
        tch::no_grad(|| {
            for &WeightId(id) in &self.used {
                let mut average = self.averages[id].shallow_clone();
                let _ = average.f_lerp_(&self.tensors[id], 1.0 - kept)?;
            }
            Ok(())
        })
    }

    /// What the averaged weights make of batches, as many at a time as there are workers.
    fn pass(
        &mut self,
        count: u64,
        batches: fn(&mut Self) -> &mut Batches,
        statistics: impl Fn() -> Statistics,
    ) -> Result<Vec<Answer>, TrainError> {
        let mut answers = Vec::new();
        for first in (0..count).step_by(self.worker_count) {
            let numbers = first..count.min(first + self.worker_count as u64);
            let taken = numbers.map(|number| batches(self).batch(number)).collect::<Result<Vec<Batch>, _>>()?;
            let run = || {
                let job = |batch| Ok(self.job(tensor::batch(batch, self.device)?, statistics()));
                self.workers.run(taken.iter().map(job).collect::<Result<Vec<Job>, TchError>>()?)
            };
            answers.extend(run().map_err(|error| self.explain(error))?);
        }
        Ok(answers)
    }

    fn job(&self, (pictures, labels): (Tensor, Tensor), statistics: Statistics) -> Job {
        let weights = UsedWeights::of(&self.network, &self.averages);
        let job = Job::new(Arc::clone(&self.network), weights, pictures, labels, false);
        Job { passage: Passage { statistics, ..Passage::default() }, ..job }
    }

    /// The mean and the variance that each batch normalisation will use, measured on training pictures as they are.
    fn measure(&mut self) -> Result<Vec<[Tensor; 2]>, TrainError> {
        let answers = self.pass(self.measured, |this| &mut this.plain, || Statistics::Measuring)?;
        pooled(answers).map_err(|error| self.explain(error))
    }

    /// The network as it is now: its numbers by name, its score on the test pictures, and its latencies.
    ///
    /// # Errors
    /// What the tensor library refused.
    pub fn trained(&mut self) -> Result<Trained, TrainError> {
        let statistics = self.measure()?;
        let score = self.score(&statistics)?;
        let rest = || {
            let latency = [self.latency(&statistics, 1)?, self.latency(&statistics, 64)?];
            Ok((latency, self.values(&statistics)?))
        };
        let (latency, values) = rest().map_err(|error| self.explain(error))?;
        Ok(Trained { values, score, latency })
    }

    fn score(&mut self, statistics: &[[Tensor; 2]]) -> Result<Score, TrainError> {
        let answers =
            self.pass(self.test.an_epoch(), |this| &mut this.test, || Statistics::Measured(shared(statistics)))?;
        let count: f64 = answers.iter().map(|answer| answer.pictures).sum();
        let loss = answers.iter().map(|answer| answer.loss * answer.pictures).sum::<f64>() / count;
        Ok(Score { loss, accuracy: answers.iter().map(|answer| answer.correct).sum::<f64>() / count })
    }

    /// The median of the milliseconds that so many pictures take together, on one thread of a CPU.
    fn latency(&self, statistics: &[[Tensor; 2]], pictures: usize) -> Result<f64, TchError> {
        let (ignored, timed) = LATENCY;
        let PictureShape { channels, height, width } = self.network.picture;
        let size = [pictures, channels, height, width].map(|n| n as i64);
        let input = tensor::channels_last(&Tensor::f_zeros(size, (tch::Kind::Float, self.device))?)?;
        let weights = UsedWeights::of(&self.network, &self.averages);
        let passage = Passage { statistics: Statistics::Measured(shared(statistics)), ..Passage::default() };
        let _guard = tch::no_grad_guard();
        let mut times = Vec::with_capacity(timed);
        for pass in 0..ignored + timed {
            let start = Instant::now();
            let passed = forward(&self.network, &weights, &input, &passage)?;
            // Reading a number waits for a device that works on its own.
            let _ = passed.logits.f_double_value(&[0, 0])?;
            if pass >= ignored {
                times.push(start.elapsed().as_secs_f64() * 1e3);
            }
        }
        times.sort_by(f64::total_cmp);
        Ok(times[timed / 2])
    }

    fn values(&self, statistics: &[[Tensor; 2]]) -> Result<BTreeMap<String, Vec<f32>>, TchError> {
        let mut values = BTreeMap::new();
        for &WeightId(id) in &self.used {
            values.insert(self.weights[id].name.clone(), numbers(&self.averages[id])?);
        }
        // In the order in which they were measured.
        let scales = self.network.steps.iter().filter_map(|step| match step.layer {
            Layer::BatchNorm { affine: Some([scale, _]) } => Some(scale),
            _ => None,
        });
        for (scale, pair) in scales.zip(statistics) {
            for (name, tensor) in statistics_names(&self.weights[scale.0]).into_iter().zip(pair) {
                values.insert(name, numbers(tensor)?);
            }
        }
        // Of use in training alone.
        values.retain(|name, _| !name.starts_with("auxiliary."));
        Ok(values)
    }

    fn explain(&self, error: TchError) -> TrainError {
        explain(error, self.device, self.worker_count, self.settings.batch).into()
    }
}

/// Mean and variance over all pictures from those of equal batches.
fn pooled(answers: Vec<Answer>) -> Result<Vec<[Tensor; 2]>, TchError> {
    let count = answers.len() as f64;
    let mut sums: Vec<[Tensor; 2]> = Vec::new();
    for answer in answers {
        for (place, [mean, variance]) in answer.statistics.into_iter().enumerate() {
            let square = variance.f_add(&mean.f_square()?)?;
            match sums.get_mut(place) {
                Some([means, squares]) => {
                    let _ = means.f_add_(&mean)?;
                    let _ = squares.f_add_(&square)?;
                }
                None => sums.push([mean, square]),
            }
        }
    }
    let finished = |[means, squares]: [Tensor; 2]| {
        let mean = means.f_div_scalar(count)?;
        let variance = squares.f_div_scalar(count)?.f_sub(&mean.f_square()?)?.f_clamp_min(0.0)?;
        Ok([mean, variance])
    };
    sums.into_iter().map(finished).collect()
}

/// A copy that does not follow the tensor.
fn copied(tensor: &Tensor) -> Result<Tensor, TchError> {
    if tensor.defined() { tensor.f_detach()?.f_mul_scalar(1.0) } else { Ok(Tensor::new()) }
}

fn shared(statistics: &[[Tensor; 2]]) -> Vec<[Tensor; 2]> {
    statistics.iter().map(|[mean, variance]| [mean.shallow_clone(), variance.shallow_clone()]).collect()
}

/// A network that was trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// Weights and statistics by name.
    pub values: BTreeMap<String, Vec<f32>>,
    /// On the test pictures.
    pub score: Score,
    /// Milliseconds that one picture takes, and 64 together, on this machine.
    pub latency: [f64; 2],
}
