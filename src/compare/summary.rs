//! What all seeds of a strategy say together.

use serde::{Serialize, Serializer};

use super::metrics::Estimate;
use super::{Run, Runs};

/// Values under names, written in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Named<T>(pub Vec<(String, T)>);

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The figures of one strategy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The share of the true hypervolume at each checkpoint.
    pub hypervolume_share: Named<Estimate>,
    /// IGD+ at the end.
    pub igd_plus: Option<Estimate>,
    /// The regret.
    pub regret: RegretSummary,
    /// For each share, when it was reached.
    pub evaluations_to_hypervolume: Named<Reached>,
    /// Different architectures evaluated, in the mean.
    pub distinct: f64,
    /// How long a search took on its thread, in the mean.
    pub seconds: f64,
}

/// The mean regret of the answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegretSummary {
    /// At the end, over the seeds with an answer that was not missed.
    pub mean: Option<f64>,
    /// Of that.
    pub standard_error: Option<f64>,
    /// Answers over their target, or with no figure in the table, at the end, in the mean.
    pub missed: f64,
    /// At each checkpoint.
    pub at: Named<Option<Estimate>>,
}

/// When a share of the true hypervolume was reached.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Reached {
    /// The mean number of evaluations, over the seeds that reached it.
    pub mean: Option<f64>,
    /// Of that.
    pub standard_error: Option<f64>,
    /// How many seeds reached it.
    pub seeds: usize,
}

impl Summary {
    pub(super) fn new(Runs { runs, .. }: &Runs, checkpoints: &[u64], reach: &[f64]) -> Self {
        let mean = |figure: &dyn Fn(&Run) -> f64| {
            Estimate::of(&runs.iter().map(figure).collect::<Vec<_>>()).map_or(0.0, |estimate| estimate.mean)
        };
        let regret = estimate(runs, |run| run.regret()?.mean);
        Self {
            hypervolume_share: Named(
                checkpoints
                    .iter()
                    .filter_map(|&at| Some((at.to_string(), estimate(runs, |run| Some(run.at(at)?.share))?)))
                    .collect(),
            ),
            igd_plus: estimate(runs, |run| Some(run.igd_plus)),
            regret: RegretSummary {
                mean: regret.map(|estimate| estimate.mean),
                standard_error: regret.and_then(|estimate| estimate.standard_error),
                missed: mean(&|run| run.regret().map_or(0.0, |regret| regret.missed as f64)),
                at: Named(
                    checkpoints
                        .iter()
                        .map(|&at| (at.to_string(), estimate(runs, |run| run.at(at)?.regret?.mean)))
                        .collect(),
                ),
            },
            evaluations_to_hypervolume: Named(
                reach.iter().enumerate().map(|(i, share)| (share.to_string(), Reached::new(runs, i))).collect(),
            ),
            distinct: mean(&|run| run.distinct as f64),
            seconds: mean(&|run| run.seconds),
        }
    }
}

impl Reached {
    fn new(runs: &[Run], share: usize) -> Self {
        let first: Vec<f64> = runs.iter().filter_map(|run| Some(run.reached[share]? as f64)).collect();
        let estimate = Estimate::of(&first);
        Self {
            mean: estimate.map(|estimate| estimate.mean),
            standard_error: estimate.and_then(|estimate| estimate.standard_error),
            seeds: first.len(),
        }
    }
}

/// Over the runs that have the figure.
fn estimate(runs: &[Run], figure: impl Fn(&Run) -> Option<f64>) -> Option<Estimate> {
    Estimate::of(&runs.iter().filter_map(figure).collect::<Vec<_>>())
}
