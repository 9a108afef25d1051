//! The supernetwork: the weights of all candidates once, of which an architecture uses its own.
//!
//! A forward pass runs the sampled path alone. A weight step follows the mean gradient over the pool, clipped, by SGD
//! with momentum; weights that no architecture of the pool uses stay as they are, bit for bit. Batch normalisation
//! uses the statistics of the batch throughout, since the running ones of a supernetwork mix all its paths.

mod saved;

use std::sync::Arc;

use tch::{Device, TchError, Tensor};

use super::{EvaluateError, Evaluator, Score, TrainReport};
use crate::config::Settings;
use crate::data::{Augmentation, Batch, Batches, Normalisation, Parts};
use crate::search::Purpose;
use crate::space::network::WeightId;
use crate::space::{Architecture, NetworkSpace};
use crate::tensor::{
    self, Answer, Job, Sgd, UsedWeights, Workers, choose, explain, initial, learning_rate, mean_gradients, name,
    single_threaded,
};

/// Pictures that are scored at once in validation and test: enough for steady batch statistics, little memory.
const SCORING_BATCH: usize = 250;

/// The supernetwork of a space, with the pictures it learns from.
pub struct Supernet {
    space: Arc<dyn NetworkSpace>,
    settings: Settings,
    device: Device,
    workers: Workers,
    worker_count: usize,
    weights: Vec<Tensor>,
    optimiser: Sgd,
    weight_batches: Batches,
    theta_batches: Batches,
    validation: Batches,
    test: Batches,
}

impl Supernet {
    /// A supernetwork with fresh weights.
    ///
    /// # Errors
    /// A device that is not there, threads that cannot start, memory that is not enough.
    pub fn new(
        space: Arc<dyn NetworkSpace>,
        parts: Parts,
        normalisation: &Normalisation,
        settings: &Settings,
    ) -> Result<Self, EvaluateError> {
        single_threaded();
        let device = choose(settings.engine.device)?;
        let (workers, worker_count) = Workers::on(device, settings.engine.workers)?;
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
        let shuffled = |part: &_, purpose, augmentation| {
            Batches::shuffled(Clone::clone(part), batch, normalisation, (settings.seed, purpose), augmentation)
        };
        let weight_batches = shuffled(&parts.weights, Purpose::Batch, Augmentation::from(&settings.data));
        let theta_batches = shuffled(&parts.theta, Purpose::ScoreBatch, Augmentation::NONE);
        let [validation, test] =
            [parts.theta, parts.test].map(|part| Batches::in_order(part, SCORING_BATCH, normalisation));
        let settings = settings.clone();
        Ok(Self {
            space,
            settings,
            device,
            workers,
            worker_count,
            weights,
            optimiser,
            weight_batches,
            theta_batches,
            validation,
            test,
        })
    }

    fn job(&self, architecture: &Architecture, (pictures, labels): &(Tensor, Tensor), gradient: bool) -> Job {
        let network = Arc::new(self.space.network(architecture));
        let weights = UsedWeights::of(&network, &self.weights);
        let (pictures, labels) = (pictures.shallow_clone(), labels.shallow_clone());
        Job::new(network, weights, pictures, labels, gradient)
    }

    fn explain(&self, error: TchError) -> EvaluateError {
        explain(error, self.device, self.worker_count, self.settings.training.batch)
    }

    fn weight_step(&mut self, pool: &[Architecture], batch: &Batch, step: u64) -> Result<TrainReport, TchError> {
        let lesson = tensor::batch(batch, self.device)?;
        let jobs: Vec<Job> = pool.iter().map(|architecture| self.job(architecture, &lesson, true)).collect();
        let used: Vec<Vec<WeightId>> = jobs.iter().map(|job| job.weights.ids().to_vec()).collect();
        let answers = self.workers.run(jobs)?;
        let search = &self.settings.search;
        let rate = learning_rate(&self.settings.training, step, search.iterations * search.weight_steps as u64);
        let scores = answers.iter().map(score).collect();
        let gradients = tch::no_grad(|| mean_gradients(self.weights.len(), &used, answers))?;
        self.optimiser.step(&self.weights, gradients, rate)?;
        Ok(TrainReport { scores, learning_rate: rate })
    }

    /// Scores an architecture on a whole part. As many batches as there are workers are numbers at a time.
    fn score_all(
        &mut self,
        architecture: &Architecture,
        part: fn(&mut Self) -> &mut Batches,
    ) -> Result<Score, EvaluateError> {
        let count = part(self).an_epoch();
        let mut answers: Vec<Answer> = Vec::new();
        for first in (0..count).step_by(self.worker_count) {
            let numbers = first..count.min(first + self.worker_count as u64);
            let batches = numbers.map(|number| part(self).batch(number)).collect::<Result<Vec<Batch>, _>>()?;
            let run = || {
                let job = |batch| Ok(self.job(architecture, &tensor::batch(batch, self.device)?, false));
                self.workers.run(batches.iter().map(job).collect::<Result<Vec<Job>, TchError>>()?)
            };
            answers.extend(run().map_err(|error| self.explain(error))?);
        }
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
        let batch = self.weight_batches.batch(step)?;
        self.weight_step(pool, &batch, step).map_err(|error| self.explain(error))
    }

    fn score(&mut self, pool: &[Architecture], iteration: u64) -> Result<Vec<Score>, EvaluateError> {
        let pictures = self.theta_batches.batch(iteration)?;
        let run = || {
            let pictures = tensor::batch(&pictures, self.device)?;
            let jobs = pool.iter().map(|architecture| self.job(architecture, &pictures, false)).collect();
            Ok(self.workers.run(jobs)?.iter().map(score).collect())
        };
        run().map_err(|error| self.explain(error))
    }

    fn validate(&mut self, architecture: &Architecture) -> Result<Score, EvaluateError> {
        self.score_all(architecture, |supernet| &mut supernet.validation)
    }

    fn test(&mut self, architecture: &Architecture) -> Result<Score, EvaluateError> {
        self.score_all(architecture, |supernet| &mut supernet.test)
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

    fn waited(&self) -> Option<f64> {
        let all = [&self.weight_batches, &self.theta_batches, &self.validation, &self.test];
        Some(all.iter().map(|batches| batches.waited().as_secs_f64()).sum())
    }

    fn iterations_an_epoch(&self) -> Option<f64> {
        let steps = self.settings.search.weight_steps as f64;
        Some(self.weight_batches.an_epoch() as f64 / steps)
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

#[cfg(test)]
mod tests;
