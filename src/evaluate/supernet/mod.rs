//! The supernetwork: the weights of all candidates once, of which an architecture uses its own.
//!
//! A forward pass runs the sampled path alone. A weight step follows the mean gradient over the pool, clipped, by SGD
//! with momentum; weights that no architecture of the pool uses stay as they are, bit for bit. Batch normalisation
//! uses the statistics of the batch throughout, since the running ones of a supernetwork mix all its paths.

mod device;
mod forward;
mod layout;
mod saved;
mod sgd;
mod workers;

use std::sync::Arc;

use rand_distr::{Distribution, StandardNormal};
use tch::{Device, TchError, Tensor};

pub use device::choose;

use self::forward::UsedWeights;
use self::layout::channels_last;
use self::sgd::{Sgd, learning_rate};
use self::workers::{Answer, Job, Workers, single_threaded};
use super::{EvaluateError, Evaluator, Score, TrainReport};
use crate::config::Settings;
use crate::data::{Batch, Batches, Parts, Pictures};
use crate::search::{Purpose, stream};
use crate::space::Architecture;
use crate::space::cells::CellSpace;
use crate::space::network::{Initial, Weight, WeightId};

/// Pictures that are scored at once in validation and test: enough for steady batch statistics, little memory.
const SCORING_BATCH: usize = 250;

/// The supernetwork of a cell space, with the pictures it learns from.
pub struct Supernet {
    space: Arc<CellSpace>,
    parts: Parts,
    settings: Settings,
    device: Device,
    workers: Workers,
    worker_count: usize,
    weights: Vec<Tensor>,
    optimiser: Sgd,
    weight_batches: Batches,
    theta_batches: Batches,
}

impl Supernet {
    /// A supernetwork with fresh weights.
    ///
    /// # Errors
    /// A device that is not there, threads that cannot start, memory that is not enough.
    pub fn new(space: Arc<CellSpace>, parts: Parts, settings: &Settings) -> Result<Self, EvaluateError> {
        single_threaded();
        let device = choose(settings.engine.device)?;
        let worker_count = match (device, settings.engine.workers) {
            (Device::Cpu, 0) => std::thread::available_parallelism().map_or(1, usize::from),
            (_, 0) => 1,
            (_, count) => count,
        };
        let workers = Workers::new(worker_count).map_err(|cause| {
            EvaluateError::Unavailable(format!("{worker_count} workers cannot be started: {cause}"))
        })?;
        let batch = settings.training.batch;
        let failed = |error| explain(error, device, worker_count, batch);
        let weights = space
            .weights()
            .iter()
            .enumerate()
            .map(|(index, weight)| initial(weight, settings.seed, index as u64, device))
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?;
        let optimiser = Sgd::new(&settings.training, weights.len());
        let shift = settings.data.shift;
        let weight_batches = Batches::new(settings.seed, Purpose::Batch, batch, shift, &parts.weights);
        let theta_batches = Batches::new(settings.seed, Purpose::ScoreBatch, batch, 0, &parts.weights);
        let settings = settings.clone();
        Ok(Self {
            space,
            parts,
            settings,
            device,
            workers,
            worker_count,
            weights,
            optimiser,
            weight_batches,
            theta_batches,
        })
    }

    fn job(&self, architecture: &Architecture, (pictures, labels): &(Tensor, Tensor), gradient: bool) -> Job {
        let network = Arc::new(self.space.network(architecture));
        let weights = UsedWeights::of(&network, &self.weights);
        let (pictures, labels) = (pictures.shallow_clone(), labels.shallow_clone());
        Job { network, weights, pictures, labels, gradient }
    }

    fn tensors(&self, batch: &Batch) -> Result<(Tensor, Tensor), TchError> {
        let shape = batch.shape;
        let size = [batch.len(), shape.channels, shape.height, shape.width].map(|n| n as i64);
        let pictures = Tensor::f_from_slice(&batch.values)?.f_reshape(size)?;
        Ok((
            channels_last(&pictures)?.f_to_device(self.device)?,
            Tensor::f_from_slice(&batch.labels)?.f_to_device(self.device)?,
        ))
    }

    fn explain(&self, error: TchError) -> EvaluateError {
        explain(error, self.device, self.worker_count, self.settings.training.batch)
    }

    fn weight_step(&mut self, pool: &[Architecture], step: u64) -> Result<TrainReport, TchError> {
        let batch = self.weight_batches.batch(&self.parts.weights, step);
        let batch = self.tensors(&batch)?;
        let jobs: Vec<Job> = pool.iter().map(|architecture| self.job(architecture, &batch, true)).collect();
        let used: Vec<Vec<WeightId>> = jobs.iter().map(|job| job.weights.ids().to_vec()).collect();
        let answers = self.workers.run(jobs)?;
        let search = &self.settings.search;
        let rate = learning_rate(&self.settings.training, step, search.iterations * search.weight_steps as u64);
        let scores = answers.iter().map(score).collect();
        let gradients = tch::no_grad(|| mean_gradients(self.weights.len(), &used, answers))?;
        self.optimiser.step(&self.weights, gradients, rate)?;
        Ok(TrainReport { scores, learning_rate: rate })
    }

    fn score_all(&self, architecture: &Architecture, pictures: &Pictures) -> Result<Score, TchError> {
        let jobs = (0..pictures.len())
            .step_by(SCORING_BATCH)
            .map(|first| {
                let batch = self.tensors(&self.theta_batches.consecutive(pictures, first, SCORING_BATCH))?;
                Ok(self.job(architecture, &batch, false))
            })
            .collect::<Result<Vec<Job>, TchError>>()?;
        let answers = self.workers.run(jobs)?;
        let count: f64 = answers.iter().map(|answer| answer.pictures).sum();
        let loss = answers.iter().map(|answer| answer.loss * answer.pictures).sum::<f64>() / count;
        let accuracy = answers.iter().map(|answer| answer.correct).sum::<f64>() / count;
        Ok(Score { loss, accuracy })
    }
}

impl Evaluator for Supernet {
    fn set_learning_rate(&mut self, rate: f64) {
        self.settings.training.learning_rate = rate;
    }

    fn train(&mut self, pool: &[Architecture], step: u64) -> Result<TrainReport, EvaluateError> {
        self.weight_step(pool, step).map_err(|error| self.explain(error))
    }

    fn score(&mut self, pool: &[Architecture], iteration: u64) -> Result<Vec<Score>, EvaluateError> {
        let batch = self.theta_batches.batch(&self.parts.theta, iteration);
        let run = || {
            let batch = self.tensors(&batch)?;
            let jobs = pool.iter().map(|architecture| self.job(architecture, &batch, false)).collect();
            Ok(self.workers.run(jobs)?.iter().map(score).collect())
        };
        run().map_err(|error| self.explain(error))
    }

    fn validate(&mut self, architecture: &Architecture) -> Result<Score, EvaluateError> {
        self.score_all(architecture, &self.parts.theta).map_err(|error| self.explain(error))
    }

    fn test(&mut self, architecture: &Architecture) -> Result<Score, EvaluateError> {
        self.score_all(architecture, &self.parts.test).map_err(|error| self.explain(error))
    }

    fn save(&mut self) -> Result<Vec<u8>, EvaluateError> {
        saved::save(self.space.weights(), &self.weights, self.optimiser.velocities())
            .map_err(|error| self.explain(error))
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), EvaluateError> {
        let state = saved::read(self.space.weights(), saved, self.device).map_err(|error| match error {
            saved::Error::Misfit(why) => EvaluateError::Saved(why),
            saved::Error::Tensor(error) => self.explain(error),
        })?;
        self.weights = state.weights;
        self.optimiser.set_velocities(state.velocities);
        Ok(())
    }

    fn iterations_an_epoch(&self) -> Option<f64> {
        let steps = self.settings.search.weight_steps as f64;
        Some(self.weight_batches.an_epoch(&self.parts.weights) as f64 / steps)
    }

    fn device(&self) -> String {
        let name = name(self.device);
        match self.worker_count {
            1 => format!("{name}, 1 worker"),
            count => format!("{name}, {count} workers"),
        }
    }
}

fn score(answer: &Answer) -> Score {
    Score { loss: answer.loss, accuracy: answer.correct / answer.pictures }
}

/// A fresh weight, drawn from its own counted stream: the same on every device.
fn initial(weight: &Weight, seed: u64, index: u64, device: Device) -> Result<Tensor, TchError> {
    let elements = weight.elements();
    let values: Vec<f32> = match weight.initial {
        Initial::Ones => vec![1.0; elements],
        Initial::Zeros => vec![0.0; elements],
        Initial::HeNormal => {
            let fan_in: usize = weight.shape[1..].iter().product();
            let deviation = (2.0 / fan_in as f32).sqrt();
            let mut random = stream(seed, Purpose::Initial, index);
            (0..elements)
                .map(|_| {
                    let normal: f32 = StandardNormal.sample(&mut random);
                    normal * deviation
                })
                .collect()
        }
    };
    placed(weight, &values, device)?.f_set_requires_grad(true)
}

/// A tensor of a weight's shape on a device.
fn placed(weight: &Weight, values: &[f32], device: Device) -> Result<Tensor, TchError> {
    let size: Vec<i64> = weight.shape.iter().map(|&n| n as i64).collect();
    channels_last(&Tensor::f_from_slice(values)?.f_reshape(size)?)?.f_to_device(device)
}

/// The mean of the gradients over the samples whose loss is finite, summed in the order of the samples so that the
/// same seed gives the same bits.
fn mean_gradients(
    weights: usize,
    used: &[Vec<WeightId>],
    answers: Vec<Answer>,
) -> Result<Vec<(WeightId, Tensor)>, TchError> {
    let mut sums: Vec<Option<Tensor>> = (0..weights).map(|_| None).collect();
    let finite = answers.iter().filter(|answer| !answer.gradients.is_empty()).count();
    for (ids, answer) in used.iter().zip(answers) {
        for (id, gradient) in ids.iter().zip(answer.gradients) {
            sums[id.0] = Some(match sums[id.0].take() {
                Some(mut sum) => sum.f_add_(&gradient)?,
                None => gradient,
            });
        }
    }
    let mut means = Vec::new();
    for (id, sum) in sums.into_iter().enumerate() {
        if let Some(mut sum) = sum {
            means.push((WeightId(id), sum.f_mul_scalar_(1.0 / finite as f64)?));
        }
    }
    Ok(means)
}

/// A device, for a person.
fn name(device: Device) -> String {
    match device {
        Device::Cpu => "CPU".into(),
        Device::Cuda(index) => format!("CUDA {index}"),
        other => format!("{other:?}"),
    }
}

/// What went wrong, for a person: the first line of what libtorch said, or what to do when memory ran out.
fn explain(error: TchError, device: Device, workers: usize, batch: usize) -> EvaluateError {
    let text = error.to_string();
    let lower = text.to_lowercase();
    if lower.contains("out of memory") || lower.contains("can't allocate memory") {
        return EvaluateError::OutOfMemory { device: name(device), workers, batch };
    }
    tracing::error!("libtorch: {text}");
    EvaluateError::Tensor(text.lines().next().unwrap_or_default().into())
}

#[cfg(test)]
mod tests;
