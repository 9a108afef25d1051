//! Isthmus finds several neural architectures of different complexity in one search.
//!
//! K categorical distributions, each with its own complexity coefficient, share one supernetwork, and each learns
//! from the samples of all of them through importance sampling (Noda, Saito and Shirakawa, ICANN 2022,
//! arXiv 2207.10334).
//!
//! The crate in layers, each naming only those below it:
//!
//! * [`tui`] draws a [`engine::Dashboard`] and turns keys into [`engine::Command`]s;
//! * [`usage`] tells viewers what a search takes of its machine;
//! * [`attach`] joins a search and its viewers in other processes;
//! * [`compare`] judges search methods on a table, where the truth is known;
//! * [`report`] tells of a run on one page, to be sent;
//! * [`export`] is what people take away: models, drawings and tables in the formats of other programs;
//! * [`run`] keeps a search on disk;
//! * [`train`] trains what was found from scratch;
//! * [`model`] is a trained network as a file;
//! * [`engine`] is the loop on its worker thread: commands in, events out;
//! * [`evaluate`] is where losses come from (libtorch lives there alone);
//! * [`search`] holds the strategies, pure mathematics over plain data;
//! * [`space`] holds decisions, architectures, cells and their complexity;
//! * [`chart`] is what charts have in common;
//! * [`data`] reads pictures, [`config`] reads a run's TOML file.

pub mod attach;
pub mod chart;
mod clean;
pub mod compare;
pub mod config;
pub mod data;
pub mod engine;
pub mod evaluate;
pub mod export;
mod figures;
pub mod headless;
pub mod model;
mod nearest;
pub mod process;
pub mod report;
pub mod run;
pub mod search;
pub mod space;
#[cfg(feature = "torch")]
mod tensor;
pub mod train;
pub mod tui;
pub mod usage;
