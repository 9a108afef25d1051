//! Search methods: pure mathematics over plain data, without tensors, files, threads or clocks.
//!
//! A [`Strategy`] proposes architectures and learns from their scores. [`shared`] is the method of Noda, Saito and
//! Shirakawa; what of it is the paper's and what is ours stands in its documentation.

mod strategy;

pub use strategy::{
    Adjustment, Cost, Distribution, DistributionUpdate, Proposal, Scored, Strategy, StrategyError, Update,
};
