//! What a search leaves behind: `results.json`, which `--json` prints too.

use serde::{Deserialize, Deserializer, Serialize};

use crate::space::Extent;

/// The results of a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// The run's name: that of its folder.
    pub run: String,
    /// The seed.
    pub seed: u64,
    /// Seconds of work, pauses not counted.
    pub seconds: f64,
    /// Iterations done.
    pub iterations: u64,
    /// Whether all iterations of the configuration were done.
    pub complete: bool,
    /// Where the accuracies come from.
    #[serde(default)]
    pub evaluator: EvaluatorKind,
    /// Architectures evaluated, for weights and for scores.
    pub architectures_evaluated: u64,
    /// Architectures that cannot be evaluated and were drawn again instead.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub redrawn: u64,
    /// The extent of the space.
    pub space: SpaceExtents,
    /// One result a distribution.
    pub distributions: Vec<DistributionResult>,
}

impl Results {
    /// As JSON text, indented, with a line's end.
    pub fn to_json(&self) -> String {
        // Numbers, strings and lists alone, under string keys: there is nothing that serde_json could refuse.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

/// Where accuracies come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvaluatorKind {
    /// Weights that all architectures share.
    #[default]
    Supernet,
    /// A table.
    Table,
}

fn number_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The smallest and largest costs of a space.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpaceExtents {
    /// In parameters.
    pub parameters: Option<Extent>,
    /// In multiply-accumulates.
    pub macs: Option<Extent>,
}

/// What one distribution found: its mode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DistributionResult {
    /// The distribution's index.
    pub index: usize,
    /// Its coefficient at the end.
    pub coefficient: f64,
    /// Trainable parameters.
    pub parameters: Option<u64>,
    /// Multiply-accumulates for one picture.
    pub macs: Option<u64>,
    /// Accuracy on the validation set with the shared weights, 0 to 1.
    #[serde(deserialize_with = "number_or_null")]
    pub validation_accuracy: f64,
    /// Accuracy on the test set with the shared weights, 0 to 1; of a table, the reported figure, not a number (in JSON
    /// null) where it has none.
    #[serde(deserialize_with = "number_or_null")]
    pub test_accuracy: f64,
    /// Mean entropy of the rows, 0 decided to 1 undecided.
    pub entropy: f64,
    /// The architecture in words.
    pub architecture: serde_json::Value,
}
