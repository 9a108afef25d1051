//! Search methods compared on a table, where the whole truth is known by enumeration.
//!
//! **The protocol.** Each strategy makes one search with each of the seeds 1..N, and every one is the search that
//! `isthmus run` would make with that seed. Each evaluation of an architecture counts as one, also of one that was
//! evaluated before, until exactly the budget is spent. Searches see losses with the noise that the settings ask for;
//! all figures are of the losses without it:
//!
//! * the *hypervolume* (Zitzler and Thiele 1998) of everything evaluated so far, as a share of the true front's. Loss
//!   and cost are scaled so that the true front's ideal becomes 0 and its nadir 1; the reference point is the nadir,
//!   and what lies beyond it counts nothing. Costs are taken as the table has them, whatever scale the search uses;
//! * the number of the *evaluation that reached* given shares;
//! * *IGD+* (Ishibuchi, Masuda, Tanigaki and Nojima, Modified distance calculation in generational distance and
//!   inverted generational distance, EMO 2015) of everything evaluated, against the true front, scaled alike;
//! * the *regret* of the answers, one a distribution: loss + coefficient R of the answer, less the least that any
//!   architecture has; for a distribution with a target the loss of its answer less the least loss within the target.
//!   Answers over their target, or without a figure in the table, are left out of the mean and counted as missed;
//! * how many *distinct* architectures were evaluated.
//!
//! What several seeds say is given as mean and standard error. Searches run in parallel and share nothing but the
//! table, so that the number of threads changes nothing but how long it takes.
//!
//! [`compare`] runs it all; [`Comparison`] is what comes of it, as text, JSON, CSV and SVG.

pub mod metrics;
mod plot;
mod protocol;
mod report;
mod run;
mod summary;
#[cfg(test)]
mod tests;
mod truth;

use std::io::IsTerminal as _;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

pub use protocol::Protocol;
pub use run::{EMPTY_POOLS, Mark, Run, RunError, Task};
pub use summary::{Reached, RegretSummary, Summary};
pub use truth::{Known, Regret, Truth};

use crate::config::{SearchSettings, Settings, SpaceSettings, StrategyKind};
use crate::engine::{ProblemError, domain, normaliser, strategy};
use crate::space::table::{Table, TableSpace};
use crate::space::{Normaliser, Space};

/// Points of the curve in the plot, beside the checkpoints.
const CURVE: u32 = 200;

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The strategies, in the order of the report.
    pub strategies: Vec<StrategyKind>,
    /// So many seeds: 1 to this.
    pub seeds: u64,
    /// Evaluations of each search.
    pub budget: u64,
    /// The numbers of evaluations to report on; those beyond the budget are left out.
    pub checkpoints: Vec<u64>,
    /// The shares of the true hypervolume whose first evaluation is reported.
    pub reach: Vec<f64>,
}

/// Why there is no comparison.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// The settings search something else.
    #[error(
        "`isthmus compare` needs a table, which knows the truth of every architecture, and {0} has none: take settings \
         with space.kind = \"table\", such as those of the preset nb201"
    )]
    NoTable(String),
    /// The table or what is asked of it.
    #[error(transparent)]
    Problem(#[from] ProblemError),
    /// A front without area.
    #[error(
        "{0}: there are at most two architectures on the true front of loss and cost, and between them no hypervolume \
         to compare by: search on another metric or another search.complexity"
    )]
    Flat(String),
    /// One of the searches broke off.
    #[error("{strategy}, seed {seed}: {cause}")]
    Run {
        /// The strategy.
        strategy: &'static str,
        /// The seed.
        seed: u64,
        /// Why.
        cause: RunError,
    },
}

/// What came of a comparison.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// How it was made.
    pub protocol: Protocol,
    /// In the order asked for.
    pub strategies: Vec<Runs>,
}

/// All searches of one strategy.
#[derive(Clone, Debug, PartialEq)]
pub struct Runs {
    /// Its name.
    pub strategy: &'static str,
    /// By seed.
    pub runs: Vec<Run>,
}

/// Runs every strategy with every seed, in parallel, with a progress bar where standard error is a terminal.
///
/// # Errors
/// Settings without a table, or with one that cannot be searched; a strategy that refuses to go on.
pub fn compare(settings: &Settings, options: &Options) -> Result<Comparison, CompareError> {
    let SpaceSettings::Table(table_settings) = &settings.space else {
        return Err(CompareError::NoTable(settings.name.clone()));
    };
    let table = Arc::new(Table::open(table_settings).map_err(ProblemError::from)?);
    let space: Arc<dyn Space> = Arc::new(TableSpace(Arc::clone(&table)));
    let normaliser = normaliser(&*space, &settings.search)?;
    let truth = Truth::new(Arc::clone(&table), &normaliser, &settings.search.aims(&normaliser))
        .ok_or_else(|| CompareError::Flat(table_settings.path.display().to_string()))?;
    let task = task(table, table_settings.noise, Arc::new(truth), options);
    let protocol = Protocol::new(settings, table_settings, &space.outline(), &task, options);

    let mut strategies: Vec<StrategyKind> = Vec::new();
    for kind in &options.strategies {
        if !strategies.contains(kind) {
            strategies.push(*kind);
        }
    }
    let pairs: Vec<(StrategyKind, u64)> =
        strategies.iter().flat_map(|&kind| (1..=options.seeds).map(move |seed| (kind, seed))).collect();
    let bar = progress(pairs.len() as u64);
    let searched: Result<Vec<Run>, CompareError> = pairs
        .par_iter()
        .map(|&(kind, seed)| {
            let search = SearchSettings { strategy: kind, ..settings.search.clone() };
            let run = one(&task, &space, &search, normaliser, seed);
            bar.inc(1);
            run.map_err(|cause| CompareError::Run { strategy: kind.name(), seed, cause })
        })
        .collect();
    bar.finish_and_clear();
    let mut searched = searched?.into_iter();
    let each = options.seeds as usize;
    let runs = |kind: StrategyKind| Runs { strategy: kind.name(), runs: searched.by_ref().take(each).collect() };
    Ok(Comparison { protocol, strategies: strategies.into_iter().map(runs).collect() })
}

fn one(
    task: &Task,
    space: &Arc<dyn Space>,
    search: &SearchSettings,
    normaliser: Normaliser,
    seed: u64,
) -> Result<Run, RunError> {
    let mut strategy = strategy(search, domain(space, normaliser), &normaliser)?;
    task.run(&mut *strategy, search, seed)
}

fn task(table: Arc<Table>, noise: f64, truth: Arc<Truth>, options: &Options) -> Task {
    let budget = options.budget;
    let mut checkpoints: Vec<u64> = options.checkpoints.iter().copied().filter(|&at| at <= budget).collect();
    checkpoints.sort_unstable();
    checkpoints.dedup();
    let curve = (0..=CURVE).map(|i| (budget as f64).powf(f64::from(i) / f64::from(CURVE)).round() as u64);
    let mut marks: Vec<u64> = curve.chain(checkpoints.iter().copied()).chain([budget]).collect();
    marks.sort_unstable();
    marks.dedup();
    let mut reach = options.reach.clone();
    reach.sort_by(f64::total_cmp);
    reach.dedup();
    Task { table, noise, truth, budget, marks, checkpoints, reach }
}

fn progress(searches: u64) -> ProgressBar {
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(searches) } else { ProgressBar::hidden() };
    let template = "searches {wide_bar} {pos}/{len}, {eta} left";
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(std::time::Duration::from_secs(1));
    bar
}
