//! One search of one strategy with one seed, judged while it runs.
//!
//! It is the search that `isthmus run` makes with that seed: the same streams, the same pools, the same losses. What it
//! evaluates is counted sample by sample, so that a budget may end within a pool. A strategy learns from whole pools
//! alone; after so many evaluations its answers are therefore those learned from the pools complete by then.

use std::sync::Arc;
use std::time::Instant;

use super::metrics::{Front, Point};
use super::truth::{Known, Regret, Truth};
use crate::config::SearchSettings;
use crate::evaluate::table::TableEvaluator;
use crate::evaluate::{EvaluateError, Evaluator as _};
use crate::search::{Proposal, Purpose, Scored, Strategy, StrategyError, stream};
use crate::space::Architecture;
use crate::space::table::Table;

/// A search that proposes nothing so often in a row will never propose anything.
pub const EMPTY_POOLS: u64 = 1_000;

/// Why a search broke off.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The evaluator.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// The strategy.
    #[error(transparent)]
    Strategy(#[from] StrategyError),
    /// It never had anything to judge.
    #[error("it proposed no architecture in {EMPTY_POOLS} pools")]
    Nothing,
}

/// What all searches of a comparison have in common.
#[derive(Clone, Debug)]
pub struct Task {
    /// Where losses come from.
    pub table: Arc<Table>,
    /// The deviation of the noise that a search sees on them.
    pub noise: f64,
    /// What is true of them.
    pub truth: Arc<Truth>,
    /// Evaluations in all.
    pub budget: u64,
    /// The numbers of evaluations after which the share is recorded, rising, the last of them the budget.
    pub marks: Vec<u64>,
    /// Those of them after which the regret is recorded too.
    pub checkpoints: Vec<u64>,
    /// The shares whose first evaluation is recorded.
    pub reach: Vec<f64>,
}

/// The state of a search after so many evaluations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// After so many.
    pub evaluations: u64,
    /// The hypervolume as a share of the true front's.
    pub share: f64,
    /// The regret; at checkpoints and at the end alone.
    pub regret: Option<Regret>,
}

/// How one search went.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its seed.
    pub seed: u64,
    /// One entry for each mark of the task. One that the search did not live to see holds what it had at its end.
    pub marks: Vec<Mark>,
    /// For each share of the task, the number of the evaluation that reached it.
    pub reached: Vec<Option<u64>>,
    /// Evaluations: the budget, except where the search had nothing left to propose.
    pub evaluations: u64,
    /// Different architectures evaluated.
    pub distinct: u64,
    /// IGD+ at the end.
    pub igd_plus: f64,
    /// How long it took.
    pub seconds: f64,
}

impl Run {
    /// The state after so many evaluations; none where that is no mark.
    pub fn at(&self, evaluations: u64) -> Option<&Mark> {
        let place = self.marks.binary_search_by_key(&evaluations, |mark| mark.evaluations).ok()?;
        Some(&self.marks[place])
    }

    /// The regret at the end.
    pub fn regret(&self) -> Option<Regret> {
        self.marks.last().and_then(|mark| mark.regret)
    }
}

impl Task {
    /// Runs one search to the end of the budget.
    ///
    /// # Errors
    /// What the evaluator and the strategy refuse; a strategy that proposes nothing at all.
    pub fn run(&self, strategy: &mut dyn Strategy, search: &SearchSettings, seed: u64) -> Result<Run, RunError> {
        let start = Instant::now();
        let mut evaluator = TableEvaluator::new(Arc::clone(&self.table), seed, self.noise)?;
        let mut judge = Judge::new(self);
        let (mut iteration, mut empty) = (0, 0);
        while judge.evaluations < self.budget && empty < EMPTY_POOLS {
            let pool = strategy.ask(search.score_samples, &mut stream(seed, Purpose::ScorePool, iteration));
            empty = if pool.is_empty() { empty + 1 } else { 0 };
            if !pool.is_empty() {
                let scored = judge.watch(&pool, &mut evaluator, iteration, strategy)?;
                if scored.len() == pool.len() {
                    strategy.tell(&scored, &mut stream(seed, Purpose::Update, iteration))?;
                }
                judge.mark(strategy);
            }
            iteration += 1;
        }
        judge.mark_rest(strategy);
        Ok(Run {
            seed,
            igd_plus: self.truth.igd_plus(&judge.found).ok_or(RunError::Nothing)?,
            marks: judge.marks,
            reached: judge.reached,
            evaluations: judge.evaluations,
            distinct: judge.distinct,
            seconds: start.elapsed().as_secs_f64(),
        })
    }
}

/// Counts and judges what a search evaluates.
struct Judge<'a> {
    task: &'a Task,
    found: Front,
    share: f64,
    /// For each row of the table, whether it was evaluated.
    seen: Vec<bool>,
    evaluations: u64,
    distinct: u64,
    marks: Vec<Mark>,
    reached: Vec<Option<u64>>,
}

impl<'a> Judge<'a> {
    fn new(task: &'a Task) -> Self {
        Self {
            task,
            found: Front::default(),
            share: 0.0,
            seen: vec![false; task.truth.rows()],
            evaluations: 0,
            distinct: 0,
            marks: Vec::with_capacity(task.marks.len()),
            reached: vec![None; task.reach.len()],
        }
    }

    /// Evaluates a pool, as far as the budget goes; gives back what the search may know of it.
    fn watch(
        &mut self,
        pool: &[Proposal],
        evaluator: &mut TableEvaluator,
        iteration: u64,
        strategy: &dyn Strategy,
    ) -> Result<Vec<Scored>, EvaluateError> {
        let architectures: Vec<Architecture> = pool.iter().map(|proposal| proposal.architecture.clone()).collect();
        let scores = evaluator.score(&architectures, iteration)?;
        let mut scored = Vec::with_capacity(pool.len());
        for (Proposal { architecture, source }, score) in pool.iter().zip(scores) {
            // Before the next one, not after this: at the end of a whole pool the search has to learn from it first.
            self.mark(strategy);
            if self.evaluations == self.task.budget {
                break;
            }
            let known = self.task.truth.known(architecture).ok_or_else(|| {
                EvaluateError::Unavailable(format!("the table has no cost for the architecture {architecture:?}"))
            })?;
            self.evaluate(known);
            let (architecture, source) = (architecture.clone(), *source);
            scored.push(Scored { architecture, source, loss: score.loss, complexity: known.complexity });
        }
        Ok(scored)
    }

    fn evaluate(&mut self, Known { row, point, .. }: Known) {
        self.evaluations += 1;
        if std::mem::replace(&mut self.seen[row], true) {
            return;
        }
        self.distinct += 1;
        self.find(point);
    }

    fn find(&mut self, point: Point) {
        if !self.found.add(point) {
            return;
        }
        self.share = self.task.truth.share(&self.found);
        for (reached, share) in self.reached.iter_mut().zip(&self.task.reach) {
            if reached.is_none() && self.share >= *share {
                *reached = Some(self.evaluations);
            }
        }
    }

    /// Records the present state if it is to be recorded now, and has not been.
    fn mark(&mut self, strategy: &dyn Strategy) {
        if self.task.marks.get(self.marks.len()) == Some(&self.evaluations) {
            self.record(self.evaluations, strategy);
        }
    }

    fn mark_rest(&mut self, strategy: &dyn Strategy) {
        for &evaluations in &self.task.marks[self.marks.len()..] {
            self.record(evaluations, strategy);
        }
    }

    fn record(&mut self, evaluations: u64, strategy: &dyn Strategy) {
        let judged = evaluations == self.task.budget || self.task.checkpoints.contains(&evaluations);
        let regret = judged.then(|| self.task.truth.regret(strategy));
        self.marks.push(Mark { evaluations, share: self.share, regret });
    }
}
