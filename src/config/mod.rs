//! A run's TOML file, checked and typed.

mod settings;
mod strategy;

pub use settings::*;
