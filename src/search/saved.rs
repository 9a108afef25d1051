//! Reading saved states of strategies, which come from files and are not to be trusted.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::StrategyError;

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
