//! How a search keeps its state, and how it takes up one that was kept.

use std::time::{Duration, Instant};

use super::{CHECKPOINT_SHARE, LONGEST_CHECKPOINT_INTERVAL, Worker};
use crate::engine::Change;
use crate::engine::event::{Event, Resumed};
use crate::engine::problem::ProblemError;
use crate::engine::resume::ResumePoint;
use crate::run::Checkpoint;
use crate::search::{Adjustment, StrategyError};

impl Worker<'_> {
    /// Goes on from a point.
    ///
    /// # Errors
    /// A state that does not fit, other data, aims for other distributions.
    pub(super) fn take_up(&mut self, point: ResumePoint) -> Result<(), ProblemError> {
        if let Some(checkpoint) = point.checkpoint {
            if checkpoint.data != self.problem.data {
                return Err(ProblemError::OtherData);
            }
            self.problem.strategy.restore(&checkpoint.strategy)?;
            let distributions = self.problem.strategy.distributions().len();
            if checkpoint.validated.len() != distributions {
                let why = format!("it has {distributions} distributions and {} accuracies", checkpoint.validated.len());
                return Err(StrategyError::Saved(why).into());
            }
            self.evaluator.restore(&checkpoint.evaluator)?;
            // A pool of one architecture is not refused here: earlier versions let people go down to that.
            self.live.check(distributions.max(2))?;
            if let Some(rate) = self.live.learning_rate {
                self.evaluator.set_learning_rate(rate);
            }
            self.removed = checkpoint.removed;
            self.work = Duration::try_from_secs_f64(checkpoint.seconds).unwrap_or_default();
            self.iteration = checkpoint.iteration;
            self.evaluated = checkpoint.evaluated;
            self.adjustments = checkpoint.adjustments;
            self.validated = checkpoint.validated;
            self.kept = (self.iteration, self.adjustments);
        }
        self.again = point.adjustments;
        if let Some(search) = &point.new_aims {
            self.check_aims(search.distributions())?;
        }
        self.new_aims = point.new_aims;
        self.new_settings = point.new_settings;
        point.notes.iter().for_each(|note| tracing::info!("{note}"));
        (self.emit)(Event::Resumed(Box::new(Resumed {
            iteration: self.iteration,
            seconds: self.work.as_secs_f64(),
            evaluated: self.evaluated,
            settings: self.settings_text(),
            notes: point.notes,
        })));
        Ok(())
    }

    /// Refuses another number of aims than there will be distributions.
    fn check_aims(&self, asked: usize) -> Result<(), ProblemError> {
        let count = |change: fn(&Change) -> bool| self.again.iter().filter(|again| change(&again.change)).count();
        let (added, removed) = (
            count(|change| matches!(change, Change::Distributions(Adjustment::Add { .. }) | Change::Restore { .. })),
            count(|change| matches!(change, Change::Distributions(Adjustment::Remove { .. }))),
        );
        let known = (self.problem.strategy.distributions().len() + added).saturating_sub(removed);
        if asked == known { Ok(()) } else { Err(ProblemError::Aims { asked, known }) }
    }

    /// Hands the state over to be kept. A state that cannot be had is said, and does not end the search.
    pub(super) fn checkpoint(&mut self) {
        let start = Instant::now();
        match self.evaluator.save() {
            Ok(evaluator) => {
                self.kept = (self.iteration, self.adjustments);
                self.keeper.keep(Checkpoint {
                    iteration: self.iteration,
                    evaluated: self.evaluated,
                    seconds: self.work.as_secs_f64(),
                    warm_up: self.warm_up,
                    adjustments: self.adjustments,
                    validated: self.validated.clone(),
                    live: Some(self.live),
                    removed: self.removed.clone(),
                    strategy: self.problem.strategy.save(),
                    settings: self.settings_text(),
                    data: self.problem.data.clone(),
                    evaluator,
                });
            }
            Err(error) => {
                let message = format!("no checkpoint: {error}");
                (self.emit)(Event::Warning { iteration: self.iteration, message });
            }
        }
        let took = start.elapsed();
        self.work += took;
        self.plan_checkpoint(took);
    }

    /// Sets the time of the next checkpoint after one that took so long here, and so long as the last one took on the
    /// other side.
    pub(super) fn plan_checkpoint(&mut self, took: Duration) {
        let every = self.settings.engine.checkpoint_seconds;
        let cost = (took + self.keeper.cost()).as_secs_f64();
        let wait = every.max(cost / CHECKPOINT_SHARE).min(LONGEST_CHECKPOINT_INTERVAL);
        self.next_checkpoint = (every > 0.0).then(|| Instant::now() + Duration::from_secs_f64(wait));
    }

    /// How long until a checkpoint is due; `None` where none is, or where there is nothing new to keep.
    pub(super) fn checkpoint_in(&self) -> Option<Duration> {
        let next = self.next_checkpoint.filter(|_| self.kept != (self.iteration, self.adjustments))?;
        Some(next.saturating_duration_since(Instant::now()))
    }

    /// Settings are loaded from TOML, and written to it before the search begins.
    fn settings_text(&self) -> String {
        self.settings.to_toml().unwrap_or_default()
    }
}
