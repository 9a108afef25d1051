//! A run's TOML file, checked and typed.
//!
//! Three things can be wrong with settings, and each is reported with its place, the offending text, what is allowed
//! and the nearest known word:
//!
//! 1. the text is not TOML: the first such place is reported, and nothing else is looked at;
//! 2. a key is unknown, or its value is of another type or out of its range;
//! 3. values that are good alone contradict each other.
//!
//! Problems of the last two kinds are collected and reported together. `--set key=value` replaces a value of the file
//! before anything is checked, so that a bad file can be repaired from the command line.
//!
//! ```
//! use isthmus::config::{Source, load};
//!
//! let settings = load(&Source::Default, &["search.iterations=5".into()])?;
//! assert_eq!(settings.search.iterations, 5);
//!
//! let error = load(&Source::Default, &["search.iteration=5".into()]).unwrap_err();
//! assert!(error.to_string().contains("nearest: search.iterations"));
//! # Ok::<(), isthmus::config::ConfigError>(())
//! ```

mod amount;
mod check;
mod error;
mod given;
mod kind;
mod schema;
mod settings;
mod source;
mod strategy;
mod text;

pub use amount::Amount;
pub use error::{ConfigError, Problem};
pub use schema::MOST_SAMPLES;
pub use settings::*;
pub use source::{Preset, Source, presets};

/// The settings of a source, after each `key=value` of `sets` in turn has replaced what the source says.
pub fn load(source: &Source, sets: &[String]) -> Result<Settings, ConfigError> {
    let text = source.read()?;
    parse(&source.to_string(), &text, sets)
}

/// The settings in a text; `name` is what errors call it.
pub fn parse(name: &str, text: &str, sets: &[String]) -> Result<Settings, ConfigError> {
    let mut given = given::Given::read(name, text)?;
    for set in sets {
        given.set(set);
    }
    given.settings()
}
