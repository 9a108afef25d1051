//! Events on their way into the database: one transaction.

use std::collections::HashMap;

use rusqlite::{Transaction, params};

use super::codec::{self, DISTRIBUTION_BITS, POOL_BITS};
use super::rows::{count, finite, maybe};
use super::thin;
use super::writer::{Place, set};
use crate::engine::{Change, Event, Iteration, Started, State, Validated};
use crate::search::Theta;
use crate::space::{Architecture, Complexity};

/// Modes that are remembered, so that one is stored once however long it lasts.
const MODES: usize = 4096;

/// A transaction with what it changes of the writer.
pub(super) struct Batch<'a> {
    pub(super) transaction: Transaction<'a>,
    pub(super) place: &'a mut Place,
    pub(super) modes: &'a mut HashMap<Architecture, i64>,
}

impl Batch<'_> {
    pub(super) fn add(&mut self, time: i64, event: &Event) -> rusqlite::Result<()> {
        match event {
            Event::Started(started) => {
                self.start(started)?;
                let text = format!("search {} with seed {}", started.run, started.seed);
                self.happen(time, "started", &text, event)
            }
            Event::Ready { device, .. } => self.happen(time, "ready", device, event),
            Event::State { state } => {
                let (kind, text) = match state {
                    State::Preparing => ("preparing", ""),
                    State::Running => ("running", ""),
                    State::Paused { reason } => ("paused", reason.as_deref().unwrap_or_default()),
                    State::Waiting { reason } => ("waiting", reason.as_str()),
                    State::Reporting => ("reporting", ""),
                    State::Finished => ("finished", ""),
                    State::Failed { reason } => ("failed", reason.as_str()),
                };
                self.happen(time, kind, text, event)
            }
            Event::Iteration(iteration) => self.iterate(time, iteration),
            Event::Thetas { thetas, .. } => self.thetas(thetas),
            Event::Validated(validated) => self.validate(validated),
            Event::Adjusted { change, undo, .. } | Event::Reapplied { change, undo, .. } => {
                self.adjust(time, *change, *undo)
            }
            Event::Resumed(resumed) => self.happen(time, "resumed", &resumed.said(), event),
            // Checkpoints speak for themselves, the log holds what libraries write, and what the process takes goes with
            // it: none of them comes from the search.
            Event::Checkpointed { .. } | Event::Output { .. } | Event::Usage(_) | Event::Trainings(_) => Ok(()),
            Event::Refused { reason } => self.happen(time, "refused", reason, event),
            Event::Warning { message, .. } => self.happen(time, "warning", message, event),
            Event::Finished(results) => {
                let seq = self.seq();
                let mut insert = self.transaction.prepare_cached("INSERT INTO results VALUES (?1, ?2, ?3, ?4)")?;
                insert.execute(params![seq, count(self.place.iteration), time, results.to_json()])?;
                Ok(())
            }
            Event::Failed { reason } => self.happen(time, "failed", reason, event),
        }
    }

    fn seq(&mut self) -> i64 {
        self.place.seq += 1;
        self.place.seq - 1
    }

    fn start(&mut self, started: &Started) -> rusqlite::Result<()> {
        self.place.digits = codec::digits(&started.outline.decisions);
        set(&self.transaction, "option_digits", &self.place.digits.to_string())?;
        set(&self.transaction, "run", &started.run)?;
        set(&self.transaction, "strategy", &started.strategy)?;
        set(&self.transaction, "started", &json(started))?;
        Ok(())
    }

    fn happen(&mut self, time: i64, kind: &str, text: &str, event: &Event) -> rusqlite::Result<()> {
        let seq = self.seq();
        let mut insert = self.transaction.prepare_cached("INSERT INTO happenings VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        insert.execute(params![seq, count(self.place.iteration), time, kind, text, json(event)])?;
        Ok(())
    }

    fn iterate(&mut self, time: i64, one: &Iteration) -> rusqlite::Result<()> {
        self.place.iteration = one.iteration;
        let reports = one.distributions.iter();
        let modes: Vec<i64> =
            reports.map(|report| self.mode(&report.mode, &report.complexity)).collect::<rusqlite::Result<_>>()?;
        let mut insert = self
            .transaction
            .prepare_cached("INSERT OR REPLACE INTO iterations VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
        insert.execute(params![
            count(one.iteration.min(codec::LAST_ITERATION)),
            one.warm_up,
            time,
            finite(one.seconds),
            count(one.evaluated),
            count(one.redrawn),
            finite(one.learning_rate),
            one.training_loss.and_then(finite),
            one.waited.and_then(finite),
        ])?;
        let mut insert = self
            .transaction
            .prepare_cached("INSERT OR REPLACE INTO stored_samples VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
        for (place, sample) in one.samples.iter().enumerate() {
            let options = codec::pack(&sample.architecture, self.place.digits);
            let weights: Option<Vec<f64>> = one.weights.iter().map(|row| row.get(place).copied()).collect();
            let weights = weights.filter(|weights| !weights.is_empty());
            let weights = weights.map(|weights| codec::weights_text(weights.into_iter()));
            let length = options.len() + weights.as_ref().map_or(0, String::len);
            self.place.samples += thin::ROW + length as u64;
            insert.execute(params![
                codec::row(one.iteration, place, POOL_BITS),
                count(sample.source as u64),
                options,
                finite(sample.score.loss),
                finite(sample.score.accuracy),
                maybe(sample.complexity.parameters),
                maybe(sample.complexity.macs),
                sample.complexity.latency.and_then(finite),
                weights,
            ])?;
        }
        let mut insert = self
            .transaction
            .prepare_cached("INSERT OR REPLACE INTO stored_distributions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
        for (k, (report, mode)) in one.distributions.iter().zip(modes).enumerate() {
            insert.execute(params![
                codec::row(one.iteration, k, DISTRIBUTION_BITS),
                finite(report.coefficient),
                report.target.and_then(finite),
                finite(report.entropy),
                report.ess.and_then(finite),
                report.step.and_then(finite),
                mode,
            ])?;
        }
        Ok(())
    }

    /// The number of a mode, which is stored where it is new.
    fn mode(&mut self, mode: &Architecture, complexity: &Complexity) -> rusqlite::Result<i64> {
        if let Some(&known) = self.modes.get(mode) {
            return Ok(known);
        }
        let number = self.place.mode;
        self.transaction.prepare_cached("INSERT INTO stored_modes VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
            number,
            codec::pack(mode, self.place.digits),
            maybe(complexity.parameters),
            maybe(complexity.macs),
            complexity.latency.and_then(finite),
        ])?;
        self.place.mode += 1;
        if self.modes.len() >= MODES {
            self.modes.clear();
        }
        self.modes.insert(mode.clone(), number);
        Ok(number)
    }

    fn thetas(&mut self, thetas: &[Theta]) -> rusqlite::Result<()> {
        let mut insert = self.transaction.prepare_cached("INSERT OR REPLACE INTO stored_thetas VALUES (?1, ?2)")?;
        for (k, theta) in thetas.iter().enumerate() {
            insert.execute(params![codec::row(self.place.iteration, k, DISTRIBUTION_BITS), json(theta)])?;
        }
        Ok(())
    }

    fn validate(&mut self, one: &Validated) -> rusqlite::Result<()> {
        let mode = self.mode(&one.architecture, &one.complexity)?;
        let seq = self.seq();
        let mut insert =
            self.transaction.prepare_cached("INSERT INTO stored_validations VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        insert.execute(params![
            seq,
            count(self.place.iteration),
            count(one.distribution as u64),
            mode,
            finite(one.score.loss),
            finite(one.score.accuracy),
        ])?;
        Ok(())
    }

    /// A change that was kept over a [`Writer::truncate_after`] and is made again moves to where it belongs now.
    fn adjust(&mut self, time: i64, change: Change, undo: Option<Change>) -> rusqlite::Result<()> {
        let (before, after) = (undo.and_then(Change::value), change.value());
        let (seq, iteration, change) = (self.seq(), count(self.place.iteration), json(&change));
        let mut moved = self.transaction.prepare_cached(
            "UPDATE adjustments SET seq = ?1 WHERE seq = (\
               SELECT min(seq) FROM adjustments WHERE iteration = ?2 AND change = ?3 AND seq < (\
                 SELECT coalesce(max(seq), 0) FROM happenings WHERE kind = 'resumed'))",
        )?;
        if moved.execute(params![seq, iteration, change])? == 0 {
            let mut insert =
                self.transaction.prepare_cached("INSERT INTO adjustments VALUES (?1, ?2, ?3, NULL, ?4, ?5, ?6, ?7)")?;
            let undo = undo.map(|undo| json(&undo));
            insert.execute(params![seq, iteration, time, before, after, change, undo])?;
        }
        Ok(())
    }
}

/// Events hold numbers, texts and lists alone, under string keys: there is nothing that serde_json could refuse.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
