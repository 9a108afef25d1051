//! How a comparison was made: said above its table, and written beside its figures.

use serde::Serialize;
use serde_json::{Map, Value};

use super::metrics::Frame;
use super::{EMPTY_POOLS, Options, Task};
use crate::config::{SearchSettings, Settings};
use crate::space::table::TableSettings;
use crate::space::{Outline, format_amount};

/// Settings of a search that play no part in a comparison, or are said apart.
const ASIDE: [&str; 8] =
    ["strategy", "iterations", "warm_up", "weight_samples", "weight_steps", "coefficients", "targets", "complexity"];

/// What must be known to make a comparison again, and to read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Protocol {
    /// The name in the settings.
    pub name: String,
    /// The file of the table.
    pub table: String,
    /// How many architectures of it can be searched.
    pub architectures: usize,
    /// How many decisions make one.
    pub decisions: usize,
    /// The column that is searched on.
    pub metric: String,
    /// How a figure of that column becomes a loss.
    pub loss: String,
    /// Standard deviation of the noise that searches see on the loss.
    pub noise: f64,
    /// The column of the cost.
    pub cost: String,
    /// What that measures.
    pub complexity: &'static str,
    /// How many points the true front has.
    pub true_front: usize,
    /// The box around it, to whose unit square loss and cost are scaled; its nadir is the reference point.
    pub normalised_by: Frame,
    /// How the hypervolume is measured.
    pub hypervolume: &'static str,
    /// How IGD+ is measured.
    pub igd_plus: &'static str,
    /// How the regret is measured.
    pub regret: &'static str,
    /// What is counted.
    pub counting: String,
    /// Seeds 1 to this.
    pub seeds: u64,
    /// Evaluations of each search.
    pub budget: u64,
    /// The numbers of evaluations that are reported on.
    pub checkpoints: Vec<u64>,
    /// The shares whose first evaluation is reported.
    pub reach: Vec<f64>,
    /// `coefficients` or `targets`.
    pub aims: Map<String, Value>,
    /// The other settings of the search.
    pub search: Map<String, Value>,
}

impl Protocol {
    pub(super) fn new(
        settings: &Settings,
        table: &TableSettings,
        outline: &Outline,
        task: &Task,
        options: &Options,
    ) -> Self {
        let complexity = settings.search.complexity;
        let part = |keep: &dyn Fn(&str) -> bool| -> Map<String, Value> {
            entries(&settings.search).into_iter().filter(|(name, _)| keep(name)).collect()
        };
        let figure = format!("{} * {}", table.metric_unit, table.metric);
        Self {
            name: settings.name.clone(),
            table: table.path.display().to_string(),
            architectures: task.truth.architectures(),
            decisions: outline.decisions.len(),
            metric: table.metric.clone(),
            loss: if table.maximise { format!("1 - {figure}") } else { figure },
            noise: table.noise,
            cost: table.cost(complexity).map(|(column, _)| column.to_owned()).unwrap_or_default(),
            complexity: complexity.label(),
            true_front: task.truth.front().points().len(),
            normalised_by: task.truth.frame(),
            hypervolume: "of all architectures evaluated, as a share of the true front's; the reference point is the \
                          true front's nadir, and what lies beyond it counts nothing",
            igd_plus: "of all architectures evaluated, against the true front",
            regret: "mean over the answers, one a distribution: loss + coefficient R less the least that any \
                     architecture has; with a target the loss less the least loss within it, answers over it left out \
                     and counted",
            counting: format!(
                "every evaluation counts, repeated ones too; answers are those learned from the pools complete by \
                 then; a search ends early after {EMPTY_POOLS} empty pools in a row"
            ),
            seeds: options.seeds,
            budget: options.budget,
            checkpoints: task.checkpoints.clone(),
            reach: task.reach.clone(),
            aims: part(&|name| matches!(name, "coefficients" | "targets")),
            search: part(&|name| !ASIDE.contains(&name)),
        }
    }

    /// The protocol as lines of text, each to be broken into as many as it needs.
    pub(super) fn lines(&self) -> Vec<(&'static str, String)> {
        let Frame { ideal, nadir } = self.normalised_by;
        let noise = match self.noise {
            0.0 => String::new(),
            noise => format!(", which searches see with noise of deviation {noise} and figures are without"),
        };
        let list = |map: &Map<String, Value>, between: &str| {
            map.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(between)
        };
        vec![
            ("table", format!("{}: {} architectures of {} decisions", self.table, self.architectures, self.decisions)),
            (
                "objectives",
                format!(
                    "the loss {}{noise}, and {} in the column {}; both as small as possible",
                    self.loss, self.complexity, self.cost
                ),
            ),
            (
                "normalised",
                format!(
                    "by ideal and nadir of the true front, {} points by enumeration: loss {:.4} to {:.4}, {} {} to {}",
                    self.true_front,
                    ideal.loss,
                    nadir.loss,
                    self.complexity,
                    format_amount(ideal.cost),
                    format_amount(nadir.cost)
                ),
            ),
            ("hypervolume", self.hypervolume.to_owned()),
            ("IGD+", self.igd_plus.to_owned()),
            ("regret", self.regret.to_owned()),
            ("counting", self.counting.clone()),
            (
                "searches",
                format!("seeds 1 to {}, {} evaluations each; mean and standard error", self.seeds, self.budget),
            ),
            ("aims", list(&self.aims, "; ")),
            ("settings", list(&self.search, ", ")),
        ]
    }
}

/// The settings of a search that are given, by their names.
fn entries(search: &SearchSettings) -> Map<String, Value> {
    match serde_json::to_value(search) {
        Ok(Value::Object(entries)) => entries.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        _ => Map::new(),
    }
}
