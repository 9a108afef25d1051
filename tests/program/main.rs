//! The real program, on a terminal and between pipes.

#![allow(clippy::unwrap_used)]
// Without libtorch no network can be trained, and half of the support has no use.
#![cfg_attr(not(feature = "torch"), allow(dead_code))]

mod attached;
mod exported;
// Release builds know no faults.
#[cfg(debug_assertions)]
mod faults;
#[cfg(feature = "torch")]
mod headless;
#[path = "../support/models.rs"]
mod models;
#[cfg(feature = "torch")]
mod pictures;
#[cfg(feature = "torch")]
mod rank_check;
mod recorded;
mod report;
mod resume;
#[cfg(feature = "torch")]
mod screen;
#[path = "../support/mod.rs"]
mod support;
mod table;
#[cfg(feature = "torch")]
mod trained;
mod without_search;
