//! Training a list of networks, one after the other, in the folder of a run.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::diary::Diary;
use super::standing::Owner;
use super::trainer::{Common, TrainError, Trainer};
use super::{MODELS, Pictured, Record, Subject, record, turn};
use crate::config::RetrainingSettings;
use crate::data::TrainTest;
use crate::model::{Model, ModelError};
use crate::run::{FolderError, Lock, LockError, make_folder, write_whole};
use crate::space::Complexity;

/// The state that an interrupted training goes on from.
const CHECKPOINT: &str = "checkpoint.safetensors";
/// The model.
const MODEL: &str = "model.safetensors";
/// Time between two checkpoints.
const KEEP: Duration = Duration::from_secs(30);

/// Why a list of networks was not trained.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// One of them could not be.
    #[error("{name}: {cause}")]
    Train {
        /// Which.
        name: String,
        /// Why.
        cause: TrainError,
    },
    /// It was trained before, otherwise.
    #[error(
        "{} holds a network that was trained otherwise (other settings, another architecture or other pictures): \
         --again trains it anew",
        .0.display()
    )]
    Otherwise(PathBuf),
    /// What was trained does not make a model.
    #[error("{name}: {cause}")]
    Model {
        /// Which.
        name: String,
        /// Why.
        cause: ModelError,
    },
    /// Another process has it in hand.
    #[error("{name} is being trained already, or waits for its turn{}", by(*.process))]
    Held {
        /// Which.
        name: String,
        /// The process, where it has said which it is.
        process: Option<u32>,
    },
    /// A lock that cannot be taken.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The system refused.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

fn by(process: Option<u32>) -> String {
    process.map_or_else(String::new, |process| format!(", in process {process}"))
}

/// How far a training is.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// Another process trains networks of the run, and this one waits until that is done.
    Waits {
        /// Which one, where that is known.
        process: Option<u32>,
    },
    /// One begins, or goes on after so many steps.
    Begun {
        /// Which.
        name: String,
        /// Steps done before.
        done: u64,
        /// Steps in all.
        steps: u64,
        /// Steps in one epoch.
        steps_an_epoch: u64,
    },
    /// It has done a step.
    Step {
        /// Steps done.
        done: u64,
        /// Mean loss.
        loss: f64,
        /// Share of right answers.
        accuracy: f64,
    },
    /// It is trained.
    Trained(Box<Record>),
    /// It had been trained before.
    Known(Box<Record>),
    /// A state that was there cannot be used.
    Unusable {
        /// Which network.
        name: String,
        /// Why.
        why: String,
    },
}

/// Trains the networks that are not trained yet, once no other process trains any of the run. Gives back the records of all,
/// in their order; fewer where `stop` was set, after which a later call goes on at the same step.
///
/// # Errors
/// A network that another process has in hand, or that was trained otherwise: nothing is done then. The first that could not
/// be trained, and why; those before it are on disk.
pub fn train(
    run: &Path,
    subjects: &[Subject],
    pictured: Pictured,
    common: &Common,
    again: bool,
    stop: &AtomicBool,
    mut tell: impl FnMut(Progress),
) -> Result<Vec<Record>, SessionError> {
    let (models, owner) = (run.join(MODELS), Owner::this());
    let mut records: Vec<Option<Record>> = vec![None; subjects.len()];
    let mut waiting = Vec::new();
    for (place, subject) in subjects.iter().enumerate() {
        let folder = models.join(&subject.name);
        make_folder(&folder)?;
        let lock = Lock::acquire(&folder).map_err(|error| match error {
            LockError::Held { process, .. } => SessionError::Held { name: subject.name.clone(), process },
            error => error.into(),
        })?;
        let one = One { folder, subject, pictured, common, is: identity(subject, common) };
        match if again { None } else { one.known()? } {
            Some(known) => {
                tell(Progress::Known(Box::new(known.clone())));
                records[place] = Some(known);
            }
            None => waiting.push((place, one, lock)),
        }
    }
    let mut waiting: Vec<_> = waiting
        .into_iter()
        .map(|(place, one, lock)| {
            let complexity = one.complexity();
            let diary = Diary::new(one.folder.clone(), one.subject, complexity, owner.clone(), &common.command);
            (place, one, diary, lock)
        })
        .collect();
    let turn = match waiting.is_empty() {
        true => None,
        false => turn::wait(&models, &owner, stop, |process| tell(Progress::Waits { process }))?,
    };
    for (place, one, diary, _lock) in waiting.iter_mut().take_while(|_| turn.is_some()) {
        if again {
            one.forget()?;
        }
        let trained = one.train(stop, diary, &mut tell).inspect_err(|error| diary.fail(error.to_string()))?;
        let Some(record) = trained else { break };
        tell(Progress::Trained(Box::new(record.clone())));
        records[*place] = Some(record);
    }
    Ok(records.into_iter().flatten().collect())
}

/// One network and its folder.
struct One<'a> {
    folder: PathBuf,
    subject: &'a Subject,
    pictured: Pictured,
    common: &'a Common,
    is: String,
}

impl One<'_> {
    fn train_error(&self, cause: TrainError) -> SessionError {
        SessionError::Train { name: self.subject.name.clone(), cause }
    }

    /// Removes what is there of an earlier training.
    fn forget(&self) -> Result<(), SessionError> {
        for name in [record::FILE, MODEL, CHECKPOINT] {
            let path = self.folder.join(name);
            match std::fs::remove_file(&path) {
                Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                    return Err(FolderError::System { path, cause }.into());
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The record of a training that has ended.
    fn known(&self) -> Result<Option<Record>, SessionError> {
        let Ok(text) = std::fs::read(self.folder.join(record::FILE)) else { return Ok(None) };
        match serde_json::from_slice::<Record>(&text) {
            Ok(known) if known.subject == self.is => Ok(Some(known)),
            _ => Err(SessionError::Otherwise(self.folder.clone())),
        }
    }

    /// What it costs, of which an auxiliary head is no part.
    fn complexity(&self) -> Complexity {
        let plain = RetrainingSettings { auxiliary: 0.0, ..self.common.retraining.clone() };
        let (network, weights) = self.subject.network(&plain, self.pictured);
        network.complexity(&weights)
    }

    /// Trains it, from the last checkpoint where there is one; nothing where it was stopped on the way.
    fn train(
        &self,
        stop: &AtomicBool,
        diary: &mut Diary,
        tell: &mut impl FnMut(Progress),
    ) -> Result<Option<Record>, SessionError> {
        let Self { subject, pictured, common, .. } = *self;
        let failed = |cause| self.train_error(cause);
        let (network, weights) = subject.network(&common.retraining, pictured);
        let complexity = self.complexity();
        let mut trainer = Trainer::new(network, weights, common, subject.seed).map_err(failed)?;
        let mut seconds = 0.0;
        if let Ok(bytes) = std::fs::read(self.folder.join(CHECKPOINT)) {
            match trainer.restore(&bytes, &self.is) {
                Ok(before) => seconds = before,
                Err(TrainError::Saved(why)) => tell(Progress::Unusable { name: subject.name.clone(), why }),
                Err(cause) => return Err(failed(cause)),
            }
        }
        let schedule = *trainer.schedule();
        let (steps, steps_an_epoch) = (schedule.steps, schedule.steps_an_epoch);
        diary.begin(&schedule, common.retraining.epochs, trainer.done(), seconds);
        tell(Progress::Begun { name: subject.name.clone(), done: trainer.done(), steps, steps_an_epoch });
        let (start, mut kept, mut losses) = (Instant::now(), Instant::now(), (0.0, 0u64));
        while trainer.done() < steps {
            let stopped = stop.load(Ordering::Relaxed);
            if stopped || kept.elapsed() > KEEP {
                self.keep(&trainer, seconds + start.elapsed().as_secs_f64())?;
                kept = Instant::now();
            }
            if stopped {
                diary.write();
                return Ok(None);
            }
            if trainer.done() % steps_an_epoch == 0 {
                losses = (0.0, 0);
            }
            let step = trainer.step().map_err(failed)?;
            losses = (losses.0 + step.loss, losses.1 + 1);
            diary.step(trainer.done(), step, seconds + start.elapsed().as_secs_f64());
            tell(Progress::Step { done: trainer.done(), loss: step.loss, accuracy: step.accuracy });
        }
        seconds += start.elapsed().as_secs_f64();
        diary.write();
        let trained = trainer.trained().map_err(failed)?;
        let record = Record {
            name: subject.name.clone(),
            parameters: complexity.parameters.unwrap_or_default(),
            macs: complexity.macs.unwrap_or_default(),
            found_accuracy: diary.found_accuracy(),
            test_accuracy: trained.score.accuracy,
            test_loss: trained.score.loss,
            test_pictures: common.data.test.len() as u64,
            latency_ms: trained.latency,
            seed: subject.seed,
            seconds,
            training_loss: losses.0 / losses.1.max(1) as f64,
            channels: subject.channels(),
            settings: common.retraining.clone(),
            pictures: common.pictures(),
            subject: self.is.clone(),
            architecture: subject.genotype(),
        };
        if let Some(header) = subject.header(common.normalisation.clone(), record.test_accuracy) {
            let model = |cause| SessionError::Model { name: subject.name.clone(), cause };
            let bytes = Model::new(header, trained.values).and_then(|model| model.to_bytes()).map_err(model)?;
            write_whole(&self.folder, MODEL, &bytes)?;
        }
        // Numbers, strings and lists alone, under string keys: there is nothing that serde_json could refuse.
        let text = serde_json::to_string_pretty(&record).unwrap_or_default() + "\n";
        write_whole(&self.folder, record::FILE, text.as_bytes())?;
        // It is trained: what it could go on from is of no more use.
        let _ = std::fs::remove_file(self.folder.join(CHECKPOINT));
        Ok(Some(record))
    }

    fn keep(&self, trainer: &Trainer, seconds: f64) -> Result<(), SessionError> {
        let bytes = trainer.save(&self.is, seconds).map_err(|cause| self.train_error(cause))?;
        Ok(write_whole(&self.folder, CHECKPOINT, &bytes)?)
    }
}

/// What is trained, how and on what.
fn identity(subject: &Subject, common: &Common) -> String {
    let Subject { plan, seed, .. } = subject;
    let plan = plan.as_ref().map(|(plan, architecture)| (plan.settings(), architecture));
    let network = (plan, subject.parameters(), seed);
    // The debug form of numbers, words and lists tells any two of them apart.
    let how = format!("{network:?} {:?} {}", common.retraining, common.pictures());
    blake3::hash(how.as_bytes()).to_hex().to_string()
}

impl Common {
    /// What tells the pictures, and how they are changed, from others.
    pub fn pictures(&self) -> String {
        let all = format!("{:?} {}", self.augmentation, self.fingerprint);
        blake3::hash(all.as_bytes()).to_hex().to_string()
    }
}

/// What pictures hash to.
pub fn fingerprint(data: &TrainTest) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in [&data.train, &data.test] {
        part.identify(&mut hasher);
    }
    hasher.finalize().to_hex().to_string()
}
