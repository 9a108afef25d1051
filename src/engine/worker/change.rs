//! How people's changes are made, and how each could be taken back.

use super::Worker;
use crate::engine::change::KEPT;
use crate::engine::event::Event;
use crate::engine::{Change, ChangeError, Removed};
use crate::search::{Adjustment, Aim, Distribution};

/// How a change is said to be made.
type Made = fn(iteration: u64, change: Change, undo: Option<Change>) -> Event;

impl Worker<'_> {
    /// Makes the recorded changes whose time has come again, and after the last of them those that were asked for with the
    /// resume.
    pub(super) fn adjust_again(&mut self) {
        while let Some(&recorded) = self.again.front().filter(|next| next.iteration <= self.iteration) {
            self.again.pop_front();
            self.adjust(recorded.change, |iteration, change, undo| Event::Reapplied { iteration, change, undo });
            self.adjustments += 1;
        }
        if !self.again.is_empty() {
            return;
        }
        let count = self.problem.strategy.distributions().len();
        if let Some(search) = self.new_aims.take() {
            for (distribution, aim) in search.aims(&self.problem.normaliser).into_iter().enumerate().take(count) {
                if self.problem.strategy.distributions()[distribution].aim() != aim {
                    self.adjust_now(Change::aim(distribution, aim));
                }
            }
        }
        for change in std::mem::take(&mut self.new_settings) {
            let is_so = self.live.clone().change(change, count) == Ok(Some(change));
            if !is_so {
                self.adjust_now(change);
            }
        }
    }

    /// Makes a change that is not on record yet.
    pub(super) fn adjust_now(&mut self, change: Change) {
        if self.adjust(change, |iteration, change, undo| Event::Adjusted { iteration, change, undo }) {
            self.adjustments += 1;
        }
    }

    /// Makes a change, says so in an event, and gives back whether it was allowed.
    fn adjust(&mut self, change: Change, made: Made) -> bool {
        let changed = self.change(change);
        let is_made = changed.is_ok();
        (self.emit)(match changed {
            Ok(undo) => made(self.iteration, change, undo),
            Err(error) => Event::Refused { reason: error.to_string() },
        });
        is_made
    }

    /// Makes a change, and gives the one that takes it back.
    fn change(&mut self, change: Change) -> Result<Option<Change>, ChangeError> {
        match change {
            Change::Distributions(adjustment) => self.change_distributions(adjustment),
            Change::Restore { distribution, removed, aim } => self.put_back(distribution, removed, aim),
            Change::LearningRate { .. } | Change::Samples { .. } | Change::ValidateEvery { .. } => {
                let undo = self.live.change(change, self.problem.strategy.distributions().len())?;
                if let Change::LearningRate { rate } = change {
                    self.evaluator.set_learning_rate(rate);
                }
                Ok(undo)
            }
        }
    }

    fn change_distributions(&mut self, adjustment: Adjustment) -> Result<Option<Change>, ChangeError> {
        let strategy = &mut self.problem.strategy;
        match adjustment {
            Adjustment::Coefficient { distribution, .. } | Adjustment::Target { distribution, .. } => {
                let before = strategy.distributions().get(distribution).map(Distribution::aim);
                strategy.adjust(&adjustment)?;
                Ok(before.map(|aim| Change::aim(distribution, aim)))
            }
            Adjustment::Add { distribution, .. } => {
                strategy.adjust(&adjustment)?;
                self.validated.insert(distribution, None);
                Ok(Some(Adjustment::Remove { distribution }.into()))
            }
            Adjustment::Remove { distribution } => {
                let count = strategy.distributions().len();
                // The strategy refuses to remove the last one, and says so.
                self.live.check(count.saturating_sub(1).max(1))?;
                let known = strategy.distributions().get(distribution).map(Distribution::aim);
                let kept = known.map(|aim| (aim, strategy.save_distribution(distribution)));
                strategy.adjust(&adjustment)?;
                self.validated.remove(distribution);
                Ok(kept.map(|(aim, saved)| self.keep_removed(distribution, aim, saved)))
            }
        }
    }

    /// Keeps what was removed, and gives the change that puts it back.
    fn keep_removed(&mut self, distribution: usize, aim: Aim, saved: serde_json::Value) -> Change {
        let removed = self.removed.back().map_or(0, |last| last.number + 1);
        self.removed.push_back(Removed { number: removed, aim, saved });
        if self.removed.len() > KEPT {
            self.removed.pop_front();
        }
        Change::Restore { distribution, removed, aim }
    }

    fn put_back(&mut self, distribution: usize, removed: u64, aim: Aim) -> Result<Option<Change>, ChangeError> {
        let known = self.removed.iter().find(|known| known.number == removed && known.aim == aim);
        let known = known.ok_or(ChangeError::NotKept(removed))?;
        self.problem.strategy.put_back(distribution, &known.saved)?;
        self.validated.insert(distribution, None);
        Ok(Some(Adjustment::Remove { distribution }.into()))
    }
}
