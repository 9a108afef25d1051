//! A run's TOML file, checked and typed.

mod settings;

pub use settings::*;
