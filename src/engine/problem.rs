//! From settings to what a search works on: space, evaluator, strategy.

use std::sync::Arc;

use super::{ChangeError, fingerprint};
use crate::config::{SearchSettings, Settings, SpaceSettings, StrategyKind};
use crate::data::{self, DataError, DataFacts, Parts};
use crate::evaluate::table::TableEvaluator;
use crate::evaluate::{EvaluateError, Evaluator};
use crate::run::Checkpoint;
use crate::search::{Domain, Evolution, Nsga2, Random, Separate, Shared, SharedArchive, Strategy, StrategyError};
use crate::space::cells::CellPlan;
use crate::space::mobile::MobilePlan;
use crate::space::network::PictureShape;
use crate::space::table::{Table, TableError, TableSpace};
use crate::space::{Extent, NetworkSpace, Normaliser, Plan, Scale, Space, format_amount};

/// Why a search could not begin.
#[derive(Debug, thiserror::Error)]
pub enum ProblemError {
    /// The pictures.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The evaluator.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// The strategy.
    #[error(transparent)]
    Strategy(#[from] StrategyError),
    /// What was changed in it while it ran.
    #[error("the checkpoint cannot be continued from: {0}")]
    Change(#[from] ChangeError),
    /// The space does not know the cost that the search asks for.
    #[error("search.complexity = {0:?} is not known in this space")]
    Measure(crate::space::Measure),
    /// A cost of zero has no logarithm.
    #[error("search.complexity_scale = \"log\" needs costs above 0, and the smallest is {0}: take \"linear\"")]
    Log(f64),
    /// The data are not those of the checkpoint.
    #[error(
        "the checkpoint was made with other data than there are now: bring those back, or begin a new run with the \
             config.toml of this one"
    )]
    OtherData,
    /// Aims for another number of distributions.
    #[error("{asked} coefficients or targets were asked for, and the run has {known} distributions by now")]
    Aims {
        /// How many were asked for.
        asked: usize,
        /// How many there are.
        known: usize,
    },
    /// A target that no architecture, or every one, meets.
    #[error("search.targets: {target} lies outside the space, whose architectures cost {smallest} to {largest}")]
    Target {
        /// As it was written.
        target: String,
        /// The least cost.
        smallest: String,
        /// The greatest cost.
        largest: String,
    },
}

impl ProblemError {
    /// What it is and, where less memory can help, how a run of this name goes on with less.
    pub(super) fn said(&self, run: &str) -> String {
        let Self::Evaluate(EvaluateError::OutOfMemory { workers, batch, .. }) = self else { return self.to_string() };
        // Batch normalisation needs two pictures.
        let batch = (*batch >= 4).then(|| format!("isthmus resume {run} --set training.batch={}", batch / 2));
        let workers = (*workers > 1)
            .then(|| format!("isthmus resume {run} --set engine.workers={}, which changes no result", workers / 2));
        match (batch, workers) {
            (Some(batch), Some(workers)) => format!("{self}. To go on with less: {batch}; or {workers}"),
            (Some(less), None) | (None, Some(less)) => format!("{self}. To go on with less: {less}"),
            (None, None) => self.to_string(),
        }
    }
}

/// Makes the evaluator of a run, in the thread that will own it. It is given what the run knows of its data, and says
/// what is known of them now, where there are any.
pub(super) type MakeEvaluator =
    Box<dyn FnOnce(&Settings, Option<&DataFacts>) -> Result<(Box<dyn Evaluator>, Option<DataFacts>), ProblemError>>;

/// A space, what its data hash to, and what makes its evaluator.
type Searched = (Arc<dyn Space>, String, MakeEvaluator);

/// A search before its evaluator exists: cheap to make, so that a viewer soon knows what is searched.
pub(super) struct Problem {
    pub space: Arc<dyn Space>,
    pub normaliser: Normaliser,
    pub strategy: Box<dyn Strategy>,
    /// What the data hash to.
    pub data: String,
}

impl Problem {
    /// Reads the data and makes the space and the strategy. The evaluator is made by what comes with them: for a
    /// supernetwork that is where libtorch wakes up.
    pub fn new(settings: &Settings) -> Result<(Self, MakeEvaluator), ProblemError> {
        let (space, data, evaluator): Searched = match &settings.space {
            SpaceSettings::Cells(cells) => networks(settings, |picture, classes| {
                Plan::Cells(CellPlan { settings: cells.clone(), picture, classes })
            })?,
            SpaceSettings::Mobile(mobile) => networks(settings, |picture, classes| {
                Plan::Mobile(MobilePlan { settings: mobile.clone(), picture, classes })
            })?,
            SpaceSettings::Table(read) => {
                let table = Arc::new(Table::open(read)?);
                let (space, noise) = (Arc::new(TableSpace(Arc::clone(&table))), read.noise);
                let data = fingerprint::table(&space);
                let make: MakeEvaluator = Box::new(move |settings, _| {
                    Ok((Box::new(TableEvaluator::new(table, settings.seed, noise)?), None))
                });
                (space, data, make)
            }
        };
        let normaliser = normaliser(&*space, &settings.search)?;
        let strategy = strategy(&settings.search, domain(&space, normaliser), &normaliser)?;
        Ok((Self { space, normaliser, strategy, data }, evaluator))
    }
}

/// A space of networks over the pictures of the settings.
fn networks(settings: &Settings, plan: impl FnOnce(PictureShape, usize) -> Plan) -> Result<Searched, ProblemError> {
    let parts = data::divide(data::load(&settings.data)?, settings.data.theta_share, settings.training.batch)?;
    let space = plan(parts.weights.shape(), parts.weights.classes()).space();
    let data = fingerprint::pictures(&parts);
    let (known_by, viewed) = (data.clone(), Arc::clone(&space));
    let make: MakeEvaluator = Box::new(move |settings, known| {
        let facts = DataFacts::of(settings.data.set, &parts, &known_by, known)?;
        Ok((supernet(space, parts, &facts, settings)?, Some(facts)))
    });
    Ok((viewed, data, make))
}

#[cfg(feature = "torch")]
fn supernet(
    space: Arc<dyn NetworkSpace>,
    parts: Parts,
    facts: &DataFacts,
    settings: &Settings,
) -> Result<Box<dyn Evaluator>, ProblemError> {
    Ok(Box::new(crate::evaluate::supernet::Supernet::new(space, parts, &facts.normalisation, settings)?))
}

#[cfg(not(feature = "torch"))]
fn supernet(
    _: Arc<dyn NetworkSpace>,
    _: Parts,
    _: &DataFacts,
    _: &Settings,
) -> Result<Box<dyn Evaluator>, ProblemError> {
    let reason = "this program was built without libtorch and cannot train a supernetwork: build it with its default \
                  features";
    Err(EvaluateError::Unavailable(reason.into()).into())
}

/// The evaluator of a search as a checkpoint left it, to score architectures with the weights it had then. `known` is what
/// the run has kept of its data.
///
/// # Errors
/// Data that are not those of the checkpoint, weights of another space, a device that is not there.
pub fn evaluator(
    settings: &Settings,
    checkpoint: &Checkpoint,
    known: Option<&DataFacts>,
) -> Result<Box<dyn Evaluator>, ProblemError> {
    let (problem, make) = Problem::new(settings)?;
    if problem.data != checkpoint.data {
        return Err(ProblemError::OtherData);
    }
    let (mut evaluator, _) = make(settings, known)?;
    evaluator.restore(&checkpoint.evaluator)?;
    Ok(evaluator)
}

/// How the settings measure and scale complexity in a space.
///
/// # Errors
/// A measure that the space does not know, a logarithm of 0, a target outside the space.
pub fn normaliser(space: &dyn Space, search: &SearchSettings) -> Result<Normaliser, ProblemError> {
    let measure = search.complexity;
    let extent = space.outline().extent(measure).ok_or(ProblemError::Measure(measure))?;
    let Extent { smallest, largest } = extent;
    if search.complexity_scale == Scale::Log && smallest <= 0.0 {
        return Err(ProblemError::Log(smallest));
    }
    let outside = |target: &&crate::config::Amount| !(smallest..=largest).contains(&target.value());
    if let Some(target) = search.targets.iter().flatten().find(outside) {
        let [smallest, largest] = [smallest, largest].map(format_amount);
        return Err(ProblemError::Target { target: target.to_string(), smallest, largest });
    }
    Ok(Normaliser { measure, scale: search.complexity_scale, extent })
}

/// What a strategy knows of a space.
pub fn domain(space: &Arc<dyn Space>, normaliser: Normaliser) -> Domain {
    let sizes = space.decisions().iter().map(|decision| decision.options.len()).collect();
    let cost = {
        let space = Arc::clone(space);
        // Only architectures that are not in a table, which no strategy asks about, have no cost.
        move |architecture: &_| {
            let cost = space.complexity(architecture).get(normaliser.measure);
            cost.map_or(f64::NAN, |cost| normaliser.scaled(cost))
        }
    };
    let legal = {
        let space = Arc::clone(space);
        move |architecture: &_| {
            space.contains(architecture) && space.complexity(architecture).get(normaliser.measure).is_some()
        }
    };
    Domain { sizes, cost: Arc::new(cost), legal: Some(Arc::new(legal)) }
}

/// The strategy that the settings ask for.
///
/// # Errors
/// What the strategy does not allow.
pub fn strategy(
    search: &SearchSettings,
    domain: Domain,
    normaliser: &Normaliser,
) -> Result<Box<dyn Strategy>, StrategyError> {
    let aims = search.aims(normaliser);
    Ok(match search.strategy {
        StrategyKind::Shared => Box::new(Shared::new(domain, &aims, search.into())?),
        StrategyKind::SharedArchive => Box::new(SharedArchive::new(domain, &aims, search.into())?),
        StrategyKind::Separate => Box::new(Separate::new(domain, &aims, search.into())?),
        StrategyKind::Random => Box::new(Random::new(domain, &aims)?),
        StrategyKind::RegularisedEvolution => Box::new(Evolution::new(domain, &aims, search.into())?),
        StrategyKind::Nsga2 => Box::new(Nsga2::new(domain, &aims, search.into())?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_runs_out_of_memory_is_told_the_command_that_goes_on_with_less() {
        let said = |workers, batch| {
            let error = EvaluateError::OutOfMemory { device: "CPU".into(), workers, batch };
            ProblemError::from(error).said("digits-00ff")
        };
        let batch = "isthmus resume digits-00ff --set training.batch=16";
        let workers = "isthmus resume digits-00ff --set engine.workers=2, which changes no result";
        let whole = format!("out of memory on CPU with training.batch = 33. To go on with less: {batch}; or {workers}");
        assert_eq!(said(4, 33), whole);
        assert!(said(1, 33).ends_with(batch) && said(4, 3).ends_with(workers));
        assert_eq!(said(0, 2), "out of memory on CPU with training.batch = 2");
    }
}
