//! From settings to what a search works on: space, evaluator, strategy.

use std::sync::Arc;

use crate::config::{Settings, SpaceSettings, StrategyKind};
use crate::data::{self, DataError, Parts};
use crate::evaluate::{EvaluateError, Evaluator};
use crate::search::{Aim, Cost, Domain, Shared, Strategy, StrategyError};
use crate::space::cells::CellSpace;
use crate::space::{Normaliser, Space};

/// Why a search could not begin.
#[derive(Debug, thiserror::Error)]
pub enum ProblemError {
    /// The pictures.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The evaluator.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// The strategy.
    #[error(transparent)]
    Strategy(#[from] StrategyError),
    /// The space does not know the cost that the search asks for.
    #[error("search.complexity = {0:?} is not known in this space")]
    Measure(crate::space::Measure),
}

/// A search before its evaluator exists: cheap to make, so that a viewer soon knows what is searched.
pub(super) struct Problem {
    pub space: Arc<CellSpace>,
    pub normaliser: Normaliser,
    pub strategy: Box<dyn Strategy>,
    parts: Parts,
}

impl Problem {
    /// Reads the data and makes the space and the strategy.
    pub fn new(settings: &Settings) -> Result<Self, ProblemError> {
        let SpaceSettings::Cells(cells) = &settings.space;
        let parts = data::divide(data::load(&settings.data)?, settings.data.theta_share, settings.training.batch)?;
        let space = Arc::new(CellSpace::new(cells.clone(), parts.weights.shape, parts.weights.classes));
        let measure = settings.search.complexity;
        let extent = space.outline().extent(measure).ok_or(ProblemError::Measure(measure))?;
        let normaliser = Normaliser { measure, scale: settings.search.complexity_scale, extent };
        let cost: Cost = {
            let space = Arc::clone(&space);
            // The measure is known in this space: its extent was found above.
            Arc::new(move |architecture| {
                normaliser.scaled(space.complexity(architecture).get(measure).unwrap_or(extent.largest))
            })
        };
        let sizes: Vec<usize> = space.decisions().iter().map(|decision| decision.options.len()).collect();
        let strategy = match settings.search.strategy {
            StrategyKind::Shared => {
                let aims: Vec<Aim> = settings.search.coefficients.iter().map(|&c| Aim::Coefficient(c)).collect();
                Box::new(Shared::new(Domain::new(&sizes, cost), &aims, (&settings.search).into())?)
            }
        };
        Ok(Self { space, normaliser, strategy, parts })
    }

    /// Makes the evaluator: this is where libtorch wakes up.
    #[cfg(feature = "torch")]
    pub fn evaluator(&mut self, settings: &Settings) -> Result<Box<dyn Evaluator>, ProblemError> {
        let supernet = crate::evaluate::supernet::Supernet::new(Arc::clone(&self.space), self.parts.clone(), settings)?;
        Ok(Box::new(supernet))
    }

    /// Says that this program has no supernetwork.
    #[cfg(not(feature = "torch"))]
    pub fn evaluator(&mut self, _: &Settings) -> Result<Box<dyn Evaluator>, ProblemError> {
        let reason = format!(
            "this program was built without libtorch and cannot train a supernetwork on {} pictures: \
             build it with its default features",
            self.parts.weights.len()
        );
        Err(EvaluateError::Unavailable(reason).into())
    }
}
