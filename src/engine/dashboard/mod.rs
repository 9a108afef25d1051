//! All that a screen shows, folded from events.
//!
//! Live, attached and replayed searches use the same fold and so show the same. Its memory is bounded: series are
//! thinned, samples and log entries beyond a limit are dropped from the old end.

mod changes;
mod front;
mod samples;
mod series;
mod thetas;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

pub use changes::ChangeMark;
pub use samples::{Kept, Samples};
pub use series::Series;
pub use thetas::{Moved, SaidTheta, moved};

use super::event::{DistributionReport, Event, Iteration, Resumed, Sample, Started, State, Usage, Validated};
use super::{LiveSettings, Training};
use crate::run::Results;

/// Log entries that are kept.
const LOG: usize = 512;
/// Places a distribution's trail is kept of.
const TRAIL: usize = 64;

/// A complexity with an accuracy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// In the measure of the search.
    pub complexity: f64,
    /// 0 to 1.
    pub accuracy: f64,
}

/// What is known of one distribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DistributionView {
    /// Its last report.
    pub report: DistributionReport,
    /// Its mode as last validated, which may be older than the report's.
    pub validated: Option<Validated>,
    /// Where its validated modes have been, oldest first.
    pub trail: VecDeque<Point>,
    /// Entropy over iterations.
    pub entropy: Series,
    /// Its probabilities as they were said last; they are said at intervals.
    pub theta: Option<SaidTheta>,
    /// Those that were said before.
    pub theta_before: Option<SaidTheta>,
}

/// What a log entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogKind {
    /// A stage of the search.
    Stage,
    /// A person's change.
    Adjustment,
    /// Something to know.
    Warning,
    /// A line that a library wrote.
    Output,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogEntry {
    /// Iterations done at that moment.
    pub iteration: u64,
    /// What it is about.
    pub kind: LogKind,
    /// What happened.
    pub text: String,
}

/// The state of a search as a viewer knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dashboard {
    /// What is searched; nothing before the first event.
    pub started: Option<Started>,
    /// What the search does.
    pub state: State,
    /// Where it computes, once that is known.
    pub device: Option<String>,
    /// What the search takes of its machine, while it computes and that is known.
    pub usage: Option<Usage>,
    /// Iterations in one pass over the training pictures.
    pub iterations_an_epoch: Option<f64>,
    /// The last iteration's number.
    pub iteration: u64,
    /// Whether theta rested in the last iteration.
    pub warm_up: bool,
    /// Seconds of work so far.
    pub seconds: f64,
    /// Architectures evaluated so far.
    pub evaluated: u64,
    /// Architectures that cannot be evaluated and were drawn again so far.
    pub redrawn: u64,
    /// Architectures a second, over the recent past.
    pub rate: f64,
    /// Iterations a second, over the recent past.
    pub pace: f64,
    /// The last weight step's learning rate.
    pub learning_rate: f64,
    /// Seconds of the work in which pictures were waited for; none where there are no pictures.
    #[serde(default)]
    pub waited: Option<f64>,
    /// Training loss over iterations.
    pub training_loss: Series,
    /// One view a distribution.
    pub distributions: Vec<DistributionView>,
    /// Recent samples, oldest first.
    pub samples: Samples,
    /// Samples seen in all: the number of the newest, counted from 1.
    pub sampled: u64,
    /// The last pool that theta learned from.
    pub pool: Vec<Sample>,
    /// Importance weights of that pool, `[distribution][sample]`.
    pub weights: Vec<Vec<f64>>,
    /// The non-dominated validated modes, by complexity.
    pub front: Vec<Validated>,
    /// The area that the front dominates, over iterations: in accuracy, and in complexity scaled to [0, 1], from no accuracy
    /// at the greatest complexity.
    pub hypervolume: Series,
    /// The settings that can change, as they are in effect; not known of recordings of before there were such.
    pub live: Option<LiveSettings>,
    /// People's recent changes, oldest first.
    pub changes: VecDeque<ChangeMark>,
    /// Iterations done in the last checkpoint.
    #[serde(default)]
    pub checkpoint: Option<u64>,
    /// Recent happenings, oldest first.
    pub log: VecDeque<LogEntry>,
    /// The results, once there are any.
    pub results: Option<Results>,
    /// The networks that are trained from scratch, the smallest first. A search does not know of them: who shows it looks.
    #[serde(skip)]
    pub trainings: Vec<Training>,
}

impl Default for Dashboard {
    fn default() -> Self {
        Self {
            started: None,
            state: State::Preparing,
            device: None,
            usage: None,
            iterations_an_epoch: None,
            iteration: 0,
            warm_up: false,
            seconds: 0.0,
            evaluated: 0,
            redrawn: 0,
            rate: 0.0,
            pace: 0.0,
            learning_rate: 0.0,
            waited: None,
            training_loss: Series::default(),
            distributions: Vec::new(),
            samples: Samples::default(),
            sampled: 0,
            pool: Vec::new(),
            weights: Vec::new(),
            front: Vec::new(),
            hypervolume: Series::default(),
            live: None,
            changes: VecDeque::new(),
            checkpoint: None,
            log: VecDeque::new(),
            results: None,
            trainings: Vec::new(),
        }
    }
}

impl Dashboard {
    /// Takes an event in.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Started(started) => {
                // A resumed search starts once more.
                if self.started.is_none() {
                    self.note(LogKind::Stage, format!("search {} with seed {}", started.run, started.seed));
                }
                self.live = started.live;
                self.started = Some((**started).clone());
            }
            Event::Ready { device, iterations_an_epoch } => {
                self.device = Some(device.clone());
                self.iterations_an_epoch = *iterations_an_epoch;
                self.note(LogKind::Stage, format!("computing on {device}"));
            }
            Event::State { state } => {
                match state {
                    State::Paused { reason: Some(reason) } => self.note(LogKind::Warning, format!("paused: {reason}")),
                    State::Waiting { reason } => self.note(LogKind::Warning, format!("waiting: {reason}")),
                    _ => {}
                }
                self.state = state.clone();
            }
            Event::Iteration(iteration) => self.iterate(iteration),
            Event::Thetas { iteration, thetas } => self.say_thetas(*iteration, thetas),
            Event::Validated(validated) => self.validate(validated),
            Event::Adjusted { iteration, change, undo } | Event::Reapplied { iteration, change, undo } => {
                self.change(*iteration, *change, *undo);
            }
            Event::Resumed(resumed) => self.resume(resumed),
            Event::Usage(usage) => self.usage = Some(*usage),
            Event::Trainings(trainings) => self.trainings.clone_from(trainings),
            Event::Output { text } => self.note(LogKind::Output, text.clone()),
            Event::Checkpointed { iteration, .. } => self.checkpoint = Some(*iteration),
            Event::Refused { reason } => self.note(LogKind::Warning, format!("refused: {reason}")),
            Event::Warning { message, .. } => self.note(LogKind::Warning, message.clone()),
            Event::Finished(results) => {
                self.state = State::Finished;
                self.results = Some((**results).clone());
                self.note(LogKind::Stage, "finished".into());
            }
            Event::Failed { reason } => {
                self.state = State::Failed { reason: reason.clone() };
                self.note(LogKind::Warning, format!("failed: {reason}"));
            }
        }
        if !self.state.works() {
            self.usage = None;
        }
    }

    /// The complexity of a sample or mode in the measure of this search; 0 where it is not known.
    pub fn cost(&self, complexity: &crate::space::Complexity) -> f64 {
        self.started.as_ref().and_then(|started| complexity.get(started.normaliser.measure)).unwrap_or(0.0)
    }

    /// Share of the iterations that is done.
    pub fn progress(&self) -> f64 {
        match &self.started {
            Some(started) if started.iterations > 0 => {
                (self.iteration as f64 / started.iterations as f64).clamp(0.0, 1.0)
            }
            _ => 0.0,
        }
    }

    /// Share of the time of work so far in which pictures were waited for, where there are any.
    pub fn waiting_share(&self) -> Option<f64> {
        let waited = self.waited?;
        (self.seconds > 0.0).then(|| (waited / self.seconds).clamp(0.0, 1.0))
    }

    /// Seconds to the end at the recent pace.
    pub fn remaining(&self) -> Option<f64> {
        let started = self.started.as_ref()?;
        (self.pace > 0.0).then(|| started.iterations.saturating_sub(self.iteration) as f64 / self.pace)
    }

    fn note(&mut self, kind: LogKind, text: String) {
        push_bounded(&mut self.log, LogEntry { iteration: self.iteration, kind, text }, LOG);
    }

    fn resume(&mut self, resumed: &Resumed) {
        (self.iteration, self.seconds, self.evaluated) = (resumed.iteration, resumed.seconds, resumed.evaluated);
        self.checkpoint = (resumed.iteration > 0).then_some(resumed.iteration);
        self.results = None;
        self.changes.retain(|mark| mark.iteration <= resumed.iteration);
        self.distributions.iter_mut().for_each(|view| view.rewind(resumed.iteration));
        self.note(LogKind::Stage, resumed.said());
        resumed.notes.iter().for_each(|note| self.note(LogKind::Warning, note.clone()));
    }

    fn iterate(&mut self, iteration: &Iteration) {
        self.measure_pace(iteration);
        self.iteration = iteration.iteration;
        if self.warm_up && !iteration.warm_up {
            self.note(LogKind::Stage, "warm-up done: theta learns from here on".into());
        }
        self.warm_up = iteration.warm_up;
        self.learning_rate = iteration.learning_rate;
        if let Some(waited) = iteration.waited {
            *self.waited.get_or_insert(0.0) += waited;
        }
        if let Some(loss) = iteration.training_loss {
            self.training_loss.push(iteration.iteration as f64, loss);
        }
        self.samples.take(self.sampled, iteration);
        self.sampled += iteration.samples.len() as u64;
        self.pool.clone_from(&iteration.samples);
        self.weights.clone_from(&iteration.weights);
        for (index, report) in iteration.distributions.iter().enumerate() {
            match self.distributions.get_mut(index) {
                Some(view) => view.report = report.clone(),
                None => self.distributions.push(DistributionView::new(report.clone())),
            }
            self.distributions[index].entropy.push(iteration.iteration as f64, report.entropy);
        }
        self.distributions.truncate(iteration.distributions.len());
    }

    /// Follows the rates by an exponential mean over about the last five seconds of work.
    fn measure_pace(&mut self, iteration: &Iteration) {
        let seconds = iteration.seconds - self.seconds;
        let iterations = iteration.iteration.saturating_sub(self.iteration) as f64;
        let evaluated = iteration.evaluated.saturating_sub(self.evaluated) as f64;
        if seconds > 0.0 {
            let keep = if self.pace == 0.0 { 0.0 } else { (-seconds / 5.0).exp() };
            self.pace = keep * self.pace + (1.0 - keep) * iterations / seconds;
            self.rate = keep * self.rate + (1.0 - keep) * evaluated / seconds;
        }
        self.seconds = iteration.seconds;
        self.evaluated = iteration.evaluated;
        self.redrawn = iteration.redrawn;
    }
}

fn push_bounded<T>(queue: &mut VecDeque<T>, item: T, limit: usize) {
    if queue.len() == limit {
        queue.pop_front();
    }
    queue.push_back(item);
}

#[cfg(test)]
mod tests;
