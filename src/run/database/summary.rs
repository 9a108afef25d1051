//! A run in a few words, without its whole history.

use serde::Serialize;

use super::{Database, DatabaseError};

/// How far a run is, and how well it does.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Iterations done.
    pub iteration: u64,
    /// Iterations in all; 0 where the search has not said it.
    pub iterations: u64,
    /// The strategy's name.
    pub strategy: String,
    /// How many distributions there are.
    pub distributions: u64,
    /// The best accuracy of a validated mode.
    pub best_accuracy: Option<f64>,
    /// What happened last, by its kind in `happenings`; `finished` where there are results.
    pub last: String,
    /// Whether there are results of all iterations.
    pub complete: bool,
}

impl Database {
    /// The run in a few words.
    ///
    /// # Errors
    /// A damaged file.
    pub fn summary(&self) -> Result<Summary, DatabaseError> {
        let started = self.started()?;
        let iteration = self.last()?;
        let one = |statement: &str| self.rows(statement, [], |cells| cells.maybe_number(0));
        let accuracies = one("SELECT max(accuracy) FROM stored_validations")?;
        let distributions = self.rows(
            "SELECT count(*) FROM stored_distributions WHERE row >> 6 = (SELECT max(row) >> 6 FROM stored_distributions) \
             AND row >= (SELECT max(row) - 63 FROM stored_distributions)",
            [],
            |cells| cells.whole(0),
        )?;
        let last = self.rows(
            "SELECT kind FROM (SELECT seq, kind FROM happenings UNION ALL SELECT seq, 'finished' FROM results) \
             ORDER BY seq DESC LIMIT 1",
            [],
            |cells| Ok(cells.text(0)?.to_owned()),
        )?;
        let iterations = started.as_ref().map_or(0, |started| started.iterations);
        let last = last.into_iter().next().unwrap_or_default();
        Ok(Summary {
            iteration,
            iterations,
            strategy: match &started {
                Some(started) => started.strategy.clone(),
                None => self.fact("strategy")?.unwrap_or_default(),
            },
            distributions: match distributions.into_iter().next() {
                Some(known @ 1..) => known,
                _ => started.map_or(0, |started| started.coefficients.len() as u64),
            },
            best_accuracy: accuracies.into_iter().flatten().find(|accuracy| accuracy.is_finite()),
            complete: last == "finished" && iterations > 0 && iteration >= iterations,
            last,
        })
    }
}
