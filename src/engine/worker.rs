//! The search loop. It owns the evaluator and with it every tensor; all else reaches it as commands.

mod change;
mod keep;
mod orders;
mod report;

use std::collections::VecDeque;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::event::{DistributionReport, Event, Iteration, Sample, Started, State};
use super::problem::{MakeEvaluator, Problem, ProblemError};
use super::resume::Recorded;
use super::{Change, Command, Emit, Keeper, LiveSettings, Outlets, Removed, ResumePoint, Trouble, fault};
use crate::config::{SearchSettings, Settings};
use crate::evaluate::{Evaluator, Score, TrainReport};
use crate::run::Results;
use crate::search::{Proposal, Purpose, REDRAWS, Scored, Update, stream};
use crate::space::Architecture;

/// The score of what cannot be evaluated.
const UNKNOWN: Score = Score { loss: f64::NAN, accuracy: f64::NAN };

/// Seconds between two iterations at most: times further off overflow the clock.
const LONGEST_INTERVAL: f64 = 86_400.0;
/// Seconds between two checkpoints at most, for the same reason.
const LONGEST_CHECKPOINT_INTERVAL: f64 = 3e7;
/// Of the time, so much may go into checkpoints: where they cost more, they come less often.
const CHECKPOINT_SHARE: f64 = 0.005;

/// How often a search that rests for the recorder looks whether it may go on.
const LOOK: Duration = Duration::from_millis(200);

/// What the loop does between two iterations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    Running,
    Paused,
    /// So many iterations, then paused.
    Stepping(u64),
    Stopped,
}

/// Runs a search to its end, or to where it is stopped.
///
/// # Errors
/// Data, device and evaluator failures, after which nothing more can be done.
pub(super) fn search(
    run: &str,
    settings: &Settings,
    resume: Option<ResumePoint>,
    commands: &Receiver<Command>,
    outlets: Outlets<'_>,
) -> Result<Results, ProblemError> {
    let (problem, make) = Problem::new(settings)?;
    search_with(run, settings, resume, commands, outlets, problem, make)
}

/// Runs a search whose evaluator is made by `make`, once viewers know the problem.
fn search_with(
    run: &str,
    settings: &Settings,
    resume: Option<ResumePoint>,
    commands: &Receiver<Command>,
    Outlets { emit, trouble, keeper }: Outlets<'_>,
    problem: Problem,
    make: MakeEvaluator,
) -> Result<Results, ProblemError> {
    let outline = problem.space.outline();
    let begun = resume.as_ref().and_then(|point| point.checkpoint.as_ref());
    // A table has no weights to warm up.
    let warm_up = match begun {
        Some(checkpoint) => checkpoint.warm_up,
        None if settings.space.has_networks() => {
            (settings.search.iterations as f64 * settings.search.warm_up).round() as u64
        }
        None => 0,
    };
    let kept = begun.and_then(|checkpoint| checkpoint.live);
    let live = kept.unwrap_or_else(|| LiveSettings::new(settings));
    emit(Event::Started(Box::new(Started {
        run: run.into(),
        seed: settings.seed,
        strategy: settings.search.strategy.name().into(),
        outline,
        normaliser: problem.normaliser,
        coefficients: problem.strategy.distributions().iter().map(|known| known.coefficient).collect(),
        iterations: settings.search.iterations,
        warm_up,
        live: Some(live),
    })));
    let known = resume.as_ref().and_then(|point| point.data.as_ref());
    let (evaluator, facts) = make(settings, known)?;
    let new_facts = facts.filter(|facts| Some(facts) != known);
    emit(Event::Ready { device: evaluator.device(), iterations_an_epoch: evaluator.iterations_an_epoch() });
    let mut worker = Worker {
        run,
        settings,
        emit,
        trouble,
        keeper,
        validated: vec![None; problem.strategy.distributions().len()],
        problem,
        evaluator,
        warm_up,
        iteration: 0,
        evaluated: 0,
        work: Duration::ZERO,
        pace: Pace::Running,
        waiting: false,
        due: Instant::now(),
        adjustments: 0,
        again: VecDeque::new(),
        new_aims: None,
        new_settings: Vec::new(),
        live,
        removed: VecDeque::new(),
        next_checkpoint: None,
        kept: (0, 0),
        waited: 0.0,
    };
    if let Some(point) = resume {
        worker.take_up(point)?;
    }
    // Not before it is known that these are the data that the run began with.
    if let Some(Err(message)) = new_facts.map(|facts| keeper.keep_data(&facts)) {
        emit(Event::Warning { iteration: worker.iteration, message });
    }
    worker.plan_checkpoint(Duration::ZERO);
    emit(Event::State { state: State::Running });
    worker.iterate(commands)?;
    worker.report()
}

struct Worker<'a> {
    run: &'a str,
    settings: &'a Settings,
    emit: &'a Emit<'a>,
    trouble: &'a Trouble<'a>,
    keeper: &'a dyn Keeper,
    problem: Problem,
    evaluator: Box<dyn Evaluator>,
    warm_up: u64,
    iteration: u64,
    evaluated: u64,
    work: Duration,
    pace: Pace,
    /// Whether it would go on, but rests for the recorder.
    waiting: bool,
    /// When the next iteration may begin.
    due: Instant,
    /// Recorded adjustments that were made, or that could not be made again.
    adjustments: u64,
    /// Those that are to be made again.
    again: VecDeque<Recorded>,
    /// Settings whose aims are to be taken up after them.
    new_aims: Option<SearchSettings>,
    /// Changes that are to be made after those.
    new_settings: Vec<Change>,
    /// What of the settings a person may have changed.
    live: LiveSettings,
    /// The distributions that were removed last, the oldest first.
    removed: VecDeque<Removed>,
    /// The accuracy of each distribution's mode when it was last validated.
    validated: Vec<Option<f64>>,
    /// When the next checkpoint is due; never where there is none.
    next_checkpoint: Option<Instant>,
    /// Iterations and adjustments in the last one.
    kept: (u64, u64),
    /// Seconds that the evaluator had waited for pictures when that was said last.
    waited: f64,
}

impl Worker<'_> {
    fn iterate(&mut self, commands: &Receiver<Command>) -> Result<(), ProblemError> {
        loop {
            self.adjust_again();
            self.obey(commands);
            if self.pace == Pace::Stopped || self.iteration >= self.settings.search.iterations {
                self.checkpoint();
                return Ok(());
            }
            if self.checkpoint_in() == Some(Duration::ZERO) && !self.keeper.is_busy() {
                self.checkpoint();
            }
            fault::strike(self.iteration + 1, self.settings)?;
            let start = Instant::now();
            self.due = start + self.interval();
            let (event, trouble) = self.one_iteration()?;
            self.work += start.elapsed();
            let event = Event::Iteration(Box::new(Iteration { seconds: self.work.as_secs_f64(), ..event }));
            (self.emit)(event);
            self.tell_thetas();
            if trouble.is_some() {
                self.pause(trouble);
            }
            let start = Instant::now();
            self.validate_in_turn()?;
            self.work += start.elapsed();
            if let Pace::Stepping(left) = self.pace {
                self.pace = Pace::Stepping(left - 1);
                if left == 1 {
                    self.pause(None);
                }
            }
        }
    }

    /// One iteration, and the reason to pause after it, where there is one.
    fn one_iteration(&mut self) -> Result<(Iteration, Option<String>), ProblemError> {
        let number = self.iteration;
        let seed = self.settings.seed;
        let search = &self.settings.search;
        let mut pool = Vec::new();
        if self.evaluator.trains() {
            pool = self.problem.strategy.ask(search.weight_samples, &mut stream(seed, Purpose::WeightPool, number));
        }
        let (scores, learning_rate) = self.train(&pool)?;
        let training = self.samples(&pool, &scores);
        self.evaluated += pool.len() as u64;
        let finite: Vec<f64> =
            training.iter().map(|sample| sample.score.loss).filter(|loss| loss.is_finite()).collect();
        let training_loss = (!finite.is_empty()).then(|| finite.iter().sum::<f64>() / finite.len() as f64);
        self.iteration += 1;
        let mut reason = self.count_losses("training", &training);
        let resting = number < self.warm_up;
        let mut update = Update::default();
        let mut samples = training;
        if !resting {
            let pool = self.problem.strategy.ask(self.live.samples, &mut stream(seed, Purpose::ScorePool, number));
            if pool.is_empty() {
                reason = reason.or(Some(format!(
                    "no distribution drew an architecture that can be evaluated, in {REDRAWS} attempts each"
                )));
            }
            let scores = self.evaluator.score(&architectures(&pool), number)?;
            self.evaluated += pool.len() as u64;
            samples = self.samples(&pool, &scores);
            reason = reason.or(self.count_losses("validation", &samples));
            samples.retain(|sample| sample.score.loss.is_finite());
            if !samples.is_empty() {
                let scored: Vec<Scored> = samples.iter().map(|sample| self.scored(sample)).collect();
                match self.problem.strategy.tell(&scored, &mut stream(seed, Purpose::Update, number)) {
                    Ok(told) => update = told,
                    Err(error) => reason = Some(error.to_string()),
                }
            }
        }
        let weights = update.distributions.iter().map(|update| update.weights.clone()).collect();
        let iteration = Iteration {
            iteration: self.iteration,
            warm_up: resting,
            seconds: 0.0,
            evaluated: self.evaluated,
            redrawn: self.problem.strategy.redrawn(),
            learning_rate,
            training_loss,
            waited: self.waited_since(),
            samples,
            weights,
            distributions: self.reports(&update),
        };
        Ok((iteration, reason))
    }

    /// Seconds that pictures were waited for since this was asked last.
    fn waited_since(&mut self) -> Option<f64> {
        let waited = self.evaluator.waited()?;
        let before = std::mem::replace(&mut self.waited, waited);
        Some(waited - before)
    }

    /// Deals the pool out to the weight steps of this iteration. Neighbours in it are of one distribution, so that
    /// every step gets some of each where it can.
    fn train(&mut self, pool: &[Proposal]) -> Result<(Vec<Score>, f64), ProblemError> {
        let steps = self.settings.search.weight_steps.min(pool.len());
        let first = self.iteration * self.settings.search.weight_steps as u64;
        let mut scores = vec![Score { loss: f64::NAN, accuracy: f64::NAN }; pool.len()];
        let mut rate = 0.0;
        for step in 0..steps {
            let dealt: Vec<usize> = (step..pool.len()).step_by(steps).collect();
            let architectures: Vec<Architecture> = dealt.iter().map(|&i| pool[i].architecture.clone()).collect();
            let report: TrainReport = self.evaluator.train(&architectures, first + step as u64)?;
            for (&place, score) in dealt.iter().zip(report.scores) {
                scores[place] = score;
            }
            rate = report.learning_rate;
        }
        Ok((scores, rate))
    }

    fn samples(&self, pool: &[Proposal], scores: &[Score]) -> Vec<Sample> {
        pool.iter()
            .zip(scores)
            .map(|(proposal, &score)| Sample {
                architecture: proposal.architecture.clone(),
                source: proposal.source,
                score,
                complexity: self.problem.space.complexity(&proposal.architecture),
            })
            .collect()
    }

    fn scored(&self, sample: &Sample) -> Scored {
        let cost = sample.complexity.get(self.problem.normaliser.measure).unwrap_or_default();
        Scored {
            architecture: sample.architecture.clone(),
            source: sample.source,
            loss: sample.score.loss,
            complexity: self.problem.normaliser.scaled(cost),
        }
    }

    /// Warns of losses that are not finite. Where none of the pool is, the reason to pause.
    fn count_losses(&self, which: &str, samples: &[Sample]) -> Option<String> {
        let bad = samples.iter().filter(|sample| !sample.score.loss.is_finite()).count();
        if bad == 0 {
            return None;
        }
        if bad < samples.len() {
            let message =
                format!("{bad} of {} {which} losses are not finite: those samples are dropped", samples.len());
            (self.emit)(Event::Warning { iteration: self.iteration, message });
            return None;
        }
        let training = &self.settings.training;
        let clip = match training.clip {
            clip if clip > 0.0 => format!("below {clip:?}"),
            _ => "above 0, which never shortens a gradient".into(),
        };
        Some(format!(
            "all {bad} {which} losses are not finite: the shared weights have probably diverged. Stop, and try a \
             smaller training.learning_rate than {:?} or a training.clip {clip}",
            self.live.learning_rate.unwrap_or(training.learning_rate)
        ))
    }

    fn reports(&self, update: &Update) -> Vec<DistributionReport> {
        let distributions = self.problem.strategy.distributions();
        distributions
            .iter()
            .enumerate()
            .map(|(index, distribution)| {
                let mode = self.problem.strategy.mode(index);
                let told = update.distributions.get(index);
                DistributionReport {
                    coefficient: distribution.coefficient,
                    target: distribution.target,
                    entropy: distribution.theta.entropy(),
                    ess: told.map(|told| told.ess),
                    step: told.map(|told| told.step),
                    complexity: self.problem.space.complexity(&mode),
                    mode,
                }
            })
            .collect()
    }

    fn tell_thetas(&self) {
        let every = self.settings.engine.theta_every;
        let last = self.iteration == self.settings.search.iterations;
        if every > 0 && self.iteration > self.warm_up && (self.iteration.is_multiple_of(every) || last) {
            let thetas = self.problem.strategy.distributions().iter().map(|one| one.theta.clone()).collect();
            (self.emit)(Event::Thetas { iteration: self.iteration, thetas });
        }
    }
}

fn architectures(pool: &[Proposal]) -> Vec<Architecture> {
    pool.iter().map(|proposal| proposal.architecture.clone()).collect()
}

#[cfg(test)]
mod tests;
