//! Reading saved states of strategies, which come from files and are not to be trusted.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Distribution, StrategyError};

/// A distribution of a strategy that keeps nothing else of it alone.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedDistribution {
    strategy: String,
    distribution: Distribution,
}

/// Such a distribution, of the strategy with this name.
pub(super) fn distribution(name: &str, distribution: &Distribution) -> Value {
    serde_json::json!({ "strategy": name, "distribution": distribution })
}

/// Reads what [`distribution`] has made.
pub(super) fn read_distribution(name: &str, saved: &Value) -> Result<Distribution, StrategyError> {
    let saved: SavedDistribution = read(name, saved)?;
    Ok(saved.distribution)
}

/// A saved state of the strategy with this name, which stands in it as `strategy`.
pub(super) fn read<T: DeserializeOwned>(name: &str, saved: &Value) -> Result<T, StrategyError> {
    match saved.get("strategy").and_then(Value::as_str) {
        Some(strategy) if strategy == name => {
            serde_json::from_value(saved.clone()).map_err(|error| StrategyError::Saved(error.to_string()))
        }
        Some(other) => Err(StrategyError::Saved(format!("it is of the strategy `{other}`, not `{name}`"))),
        None => Err(StrategyError::Saved("it does not name its strategy".to_owned())),
    }
}
