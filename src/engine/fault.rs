//! Faults that a test asks for, to see what becomes of a search. Release builds know none.

use crate::config::Settings;
use crate::evaluate::EvaluateError;

/// Strikes where `ISTHMUS_FAULT` asks for it: `panic@7` or `memory@7`, as the seventh iteration begins.
///
/// # Errors
/// The fault that was asked for.
#[cfg(debug_assertions)]
pub(super) fn strike(next: u64, settings: &Settings) -> Result<(), EvaluateError> {
    const VARIABLE: &str = "ISTHMUS_FAULT";
    let Ok(asked) = std::env::var(VARIABLE) else { return Ok(()) };
    match asked.split_once('@').map(|(fault, iteration)| (fault, iteration.parse::<u64>())) {
        Some((_, Ok(iteration))) if iteration != next => Ok(()),
        Some(("panic", Ok(_))) => panic!("{VARIABLE} asked for it"),
        Some(("memory", Ok(_))) => {
            let batch = settings.training.batch;
            Err(EvaluateError::OutOfMemory { device: "a test".into(), workers: settings.engine.workers, batch })
        }
        _ => Err(EvaluateError::Unavailable(format!("{VARIABLE} is neither panic@N nor memory@N: {asked}"))),
    }
}

/// Never strikes.
///
/// # Errors
/// None.
#[cfg(not(debug_assertions))]
pub(super) fn strike(_: u64, _: &Settings) -> Result<(), EvaluateError> {
    Ok(())
}
