//! Keeps [`Standing`] while a network is trained.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::recipe::Schedule;
use super::standing::{FILE, LONGEST, Owner, Phase, Standing};
use super::{Step, Subject, name_of};
use crate::engine::Epoch;
use crate::run::write_whole;
use crate::space::Complexity;

/// How far apart it is written at least.
const EVERY: Duration = Duration::from_secs(2);

/// One network's.
pub(super) struct Diary {
    folder: PathBuf,
    standing: Standing,
    steps_an_epoch: u64,
    /// Losses and accuracies since the last entry of the curve, and how many.
    recent: (f64, f64, u64),
    written: Instant,
}

impl Diary {
    /// That of a network whose turn has not come.
    pub(super) fn new(
        folder: PathBuf,
        subject: &Subject,
        complexity: Complexity,
        owner: Owner,
        command: &[String],
    ) -> Self {
        let before = Standing::read(&folder).ok().flatten();
        let standing = Standing {
            phase: Phase::Waiting,
            owner,
            command: command.to_vec(),
            architecture: subject.plan.as_ref().map(|(_, architecture)| name_of(architecture)),
            parameters: complexity.parameters.unwrap_or_default(),
            macs: complexity.macs.unwrap_or_default(),
            // A search that went on may not know it any more.
            found_accuracy: subject.found.or(before.as_ref().and_then(|before| before.found_accuracy)),
            step: before.as_ref().map_or(0, |before| before.step),
            steps: before.as_ref().map_or(0, |before| before.steps),
            epochs: before.as_ref().map_or(0, |before| before.epochs),
            seconds: before.as_ref().map_or(0.0, |before| before.seconds),
            curve: before.map_or_else(Vec::new, |before| before.curve),
        };
        let diary = Self { folder, standing, steps_an_epoch: 1, recent: (0.0, 0.0, 0), written: Instant::now() };
        diary.write();
        diary
    }

    /// It begins, or goes on after so many steps and seconds.
    pub(super) fn begin(&mut self, schedule: &Schedule, epochs: u64, step: u64, seconds: f64) {
        let Standing { phase, curve, .. } = &mut self.standing;
        *phase = Phase::Running;
        curve.retain(|entry| entry.epoch.saturating_mul(schedule.steps_an_epoch) <= step);
        self.steps_an_epoch = schedule.steps_an_epoch;
        (self.standing.steps, self.standing.epochs) = (schedule.steps, epochs);
        (self.standing.step, self.standing.seconds) = (step, seconds);
        self.write();
    }

    /// It has done a step, after so many in all and so many seconds.
    pub(super) fn step(&mut self, done: u64, step: Step, seconds: f64) {
        (self.standing.step, self.standing.seconds) = (done, seconds);
        let (losses, accuracies, count) = self.recent;
        self.recent = (losses + step.loss, accuracies + step.accuracy, count + 1);
        let entry = self.standing.epochs.div_ceil(LONGEST).max(1) * self.steps_an_epoch;
        if done.is_multiple_of(entry) || done == self.standing.steps {
            let (losses, accuracies, count) = std::mem::take(&mut self.recent);
            let mean = |sum: f64| sum / count as f64;
            let epoch = done / self.steps_an_epoch;
            self.standing.curve.push(Epoch { epoch, loss: mean(losses), accuracy: mean(accuracies) });
        }
        if self.written.elapsed() > EVERY {
            self.write();
            self.written = Instant::now();
        }
    }

    /// The accuracy in the search, where it was found there.
    pub(super) fn found_accuracy(&self) -> Option<f64> {
        self.standing.found_accuracy
    }

    /// It could not go on.
    pub(super) fn fail(&mut self, reason: String) {
        self.standing.phase = Phase::Failed(reason);
        self.write();
    }

    /// Writes it now. A training does not end since those who watch it learn nothing: where the disk refuses, its next
    /// checkpoint says so.
    pub(super) fn write(&self) {
        // Numbers, strings and lists alone: there is nothing that serde_json could refuse.
        let text = serde_json::to_string(&self.standing).unwrap_or_default();
        let _ = write_whole(&self.folder, FILE, text);
    }
}
