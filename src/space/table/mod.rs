//! A space given by a table: a tabular benchmark, in which somebody has trained every architecture beforehand.
//!
//! One row an architecture: decision columns, whose options are the values found in them, columns with what was
//! measured, and columns with what it costs. Rows may be missing.

mod read;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Architecture, Complexity, Decision, Extent, Measure, Outline, Space, genotype};
pub use read::TableError;

/// How a table is to be read. Column names are those of its first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TableSettings {
    /// The file, with commas between columns and names in the first line.
    pub path: std::path::PathBuf,
    /// The columns that decide.
    pub decisions: Vec<String>,
    /// What the values in those columns are called, in the order in which the values sort; by default as they stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub option_names: Option<Vec<String>>,
    /// The column that is searched on.
    pub metric: String,
    /// The column that is reported at the end; by default the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// What a figure of those two is multiplied by to lie between 0 and 1: 0.01 for percent.
    pub metric_unit: f64,
    /// Whether larger is better (an accuracy) or worse (an error).
    pub maximise: bool,
    /// Standard deviation of the Gaussian noise on the searched figure, after `metric_unit`.
    pub noise: f64,
    /// The column of parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<String>,
    /// What it is multiplied by: 1e6 for millions.
    pub parameters_unit: f64,
    /// The column of multiply-accumulates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub macs: Option<String>,
    /// What it is multiplied by.
    pub macs_unit: f64,
    /// The column of a measured time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<String>,
    /// What it is multiplied by to be milliseconds.
    pub latency_unit: f64,
    /// The figure that means, in any column but the decisions, that nothing was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<f64>,
}

impl Default for TableSettings {
    fn default() -> Self {
        Self {
            path: std::path::PathBuf::new(),
            decisions: Vec::new(),
            option_names: None,
            metric: String::new(),
            report: None,
            metric_unit: 1.0,
            maximise: true,
            noise: 0.0,
            parameters: None,
            parameters_unit: 1.0,
            macs: None,
            macs_unit: 1.0,
            latency: None,
            latency_unit: 1.0,
            missing: None,
        }
    }
}

impl TableSettings {
    /// The column of a cost, and what its figures are multiplied by.
    pub fn cost(&self, measure: Measure) -> Option<(&str, f64)> {
        let (column, unit) = match measure {
            Measure::Parameters => (&self.parameters, self.parameters_unit),
            Measure::Macs => (&self.macs, self.macs_unit),
            Measure::Latency => (&self.latency, self.latency_unit),
        };
        column.as_deref().map(|column| (column, unit))
    }
}

/// One architecture of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which.
    pub architecture: Architecture,
    /// The searched figure as a loss: to be minimised, 1 - accuracy where larger is better.
    pub loss: f64,
    /// The reported figure as a loss; `None` where nothing was measured.
    pub reported: Option<f64>,
    /// What it costs.
    pub complexity: Complexity,
}

/// A table in memory. Rows without a searched figure are left out.
#[derive(Clone, Debug)]
pub struct Table {
    decisions: Vec<Decision>,
    rows: Vec<Row>,
    places: HashMap<Architecture, usize>,
}

impl Table {
    /// The rows in the order of the file.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row of an architecture, where there is one.
    pub fn row(&self, architecture: &Architecture) -> Option<&Row> {
        self.place(architecture).map(|place| &self.rows[place])
    }

    /// Where an architecture stands in [`Table::rows`].
    pub fn place(&self, architecture: &Architecture) -> Option<usize> {
        self.places.get(architecture).copied()
    }

    /// The smallest and largest cost of its rows; `None` where no row has that cost.
    pub fn extent(&self, measure: Measure) -> Option<Extent> {
        let costs = self.rows.iter().filter_map(|row| row.complexity.get(measure));
        costs.fold(None, |extent: Option<Extent>, cost| {
            let Extent { smallest, largest } = extent.unwrap_or(Extent { smallest: cost, largest: cost });
            Some(Extent { smallest: smallest.min(cost), largest: largest.max(cost) })
        })
    }
}

/// The space of a table. Shares it with the evaluator.
#[derive(Clone, Debug)]
pub struct TableSpace(pub Arc<Table>);

impl Space for TableSpace {
    fn decisions(&self) -> &[Decision] {
        &self.0.decisions
    }

    /// What the table says; nothing of an architecture that is not in it.
    fn complexity(&self, architecture: &Architecture) -> Complexity {
        self.0.row(architecture).map(|row| row.complexity).unwrap_or_default()
    }

    fn outline(&self) -> Outline {
        Outline {
            decisions: self.0.decisions.clone(),
            parameters: self.0.extent(Measure::Parameters),
            macs: self.0.extent(Measure::Macs),
            latency: self.0.extent(Measure::Latency),
            nodes: None,
            plan: None,
        }
    }

    fn contains(&self, architecture: &Architecture) -> bool {
        self.0.places.contains_key(architecture)
    }

    fn genotype(&self, architecture: &Architecture) -> serde_json::Value {
        genotype::of_decisions(&self.0.decisions, architecture)
    }
}
