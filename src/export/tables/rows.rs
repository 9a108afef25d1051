//! What the tables hold: their columns, and the rows that an event makes.

use std::borrow::Cow;

use serde::Serialize;

use super::{Cell, Column, Kind, of_decisions};
use crate::engine::{Iteration, Validated};
use crate::run::database::Adjusted;
use crate::search::Theta;
use crate::space::{Architecture, Complexity, Decision};

use Kind::{Flag, Number, Text, Whole};

/// What every architecture costs.
const COSTS: [(&str, Kind); 3] = [("parameters", Whole), ("macs", Whole), ("latency", Number)];

fn columns(named: &[(&str, Kind)]) -> Vec<Column> {
    named.iter().map(|(name, kind)| Column { name: (*name).into(), kind: *kind }).collect()
}

/// Columns, the costs, and the decisions behind them.
fn with_architecture(named: &[(&str, Kind)], decisions: &[Decision]) -> Vec<Column> {
    let mut columns = columns(&[named, &COSTS].concat());
    columns.extend(of_decisions(&columns, decisions));
    columns
}

/// The cells behind those: what it costs, and its options.
fn architecture<'a>(
    complexity: Complexity,
    architecture: &Architecture,
    decisions: &'a [Decision],
) -> impl Iterator<Item = Cell<'a>> {
    let costs = [maybe(complexity.parameters), maybe(complexity.macs), maybe_number(complexity.latency)];
    let options = decisions.iter().enumerate().map(|(place, decision)| {
        let option = architecture.options().get(place).and_then(|&option| decision.options.get(usize::from(option)));
        option.map_or(Cell::None, |name| Cell::Text(name.into()))
    });
    costs.into_iter().chain(options.collect::<Vec<_>>())
}

fn maybe(amount: Option<u64>) -> Cell<'static> {
    amount.map_or(Cell::None, Cell::Whole)
}

fn whole(amount: usize) -> Cell<'static> {
    Cell::Whole(amount as u64)
}

fn number(number: f64) -> Cell<'static> {
    if number.is_nan() { Cell::None } else { Cell::Number(number) }
}

fn maybe_number(amount: Option<f64>) -> Cell<'static> {
    amount.map_or(Cell::None, number)
}

fn json(value: &impl Serialize) -> Cell<'static> {
    serde_json::to_string(value).map_or(Cell::None, |text| Cell::Text(Cow::Owned(text)))
}

pub(super) fn iteration_columns() -> Vec<Column> {
    columns(&[
        ("iteration", Whole),
        ("warm_up", Flag),
        ("seconds", Number),
        ("evaluated", Whole),
        ("redrawn", Whole),
        ("learning_rate", Number),
        ("training_loss", Number),
    ])
}

pub(super) fn iteration(iteration: &Iteration) -> Vec<Cell<'static>> {
    vec![
        Cell::Whole(iteration.iteration),
        Cell::Flag(iteration.warm_up),
        number(iteration.seconds),
        Cell::Whole(iteration.evaluated),
        Cell::Whole(iteration.redrawn),
        number(iteration.learning_rate),
        maybe_number(iteration.training_loss),
    ]
}

pub(super) fn sample_columns(decisions: &[Decision]) -> Vec<Column> {
    let own = [
        ("iteration", Whole),
        ("place", Whole),
        ("source", Whole),
        ("loss", Number),
        ("accuracy", Number),
        ("importance_weights", Text),
    ];
    with_architecture(&own, decisions)
}

pub(super) fn sample<'a>(iteration: &Iteration, place: usize, decisions: &'a [Decision]) -> Vec<Cell<'a>> {
    let sample = &iteration.samples[place];
    let weights: Vec<f64> = iteration.weights.iter().filter_map(|weights| weights.get(place).copied()).collect();
    let own = [
        Cell::Whole(iteration.iteration),
        whole(place),
        whole(sample.source),
        number(sample.score.loss),
        number(sample.score.accuracy),
        if weights.is_empty() { Cell::None } else { json(&weights) },
    ];
    own.into_iter().chain(architecture(sample.complexity, &sample.architecture, decisions)).collect()
}

pub(super) fn distribution_columns(decisions: &[Decision]) -> Vec<Column> {
    let own = [
        ("iteration", Whole),
        ("distribution", Whole),
        ("coefficient", Number),
        ("target", Number),
        ("entropy", Number),
        ("ess", Number),
        ("step", Number),
    ];
    with_architecture(&own, decisions)
}

pub(super) fn distribution<'a>(iteration: &Iteration, index: usize, decisions: &'a [Decision]) -> Vec<Cell<'a>> {
    let report = &iteration.distributions[index];
    let own = [
        Cell::Whole(iteration.iteration),
        whole(index),
        number(report.coefficient),
        maybe_number(report.target),
        number(report.entropy),
        maybe_number(report.ess),
        maybe_number(report.step),
    ];
    own.into_iter().chain(architecture(report.complexity, &report.mode, decisions)).collect()
}

pub(super) fn theta_columns() -> Vec<Column> {
    columns(&[
        ("iteration", Whole),
        ("distribution", Whole),
        ("decision", Text),
        ("option", Text),
        ("probability", Number),
    ])
}

pub(super) fn thetas<'a>(
    iteration: u64,
    thetas: &'a [Theta],
    decisions: &'a [Decision],
) -> impl Iterator<Item = Vec<Cell<'a>>> {
    let of_row = move |(index, (decision, row)): (usize, (&'a Decision, &'a [f64]))| {
        decision.options.iter().zip(row).map(move |(option, &probability)| {
            vec![
                Cell::Whole(iteration),
                whole(index),
                Cell::Text(decision.name.as_str().into()),
                Cell::Text(option.into()),
                number(probability),
            ]
        })
    };
    let of_theta =
        move |(index, theta): (usize, &'a Theta)| decisions.iter().zip(theta.rows()).map(move |row| (index, row));
    thetas.iter().enumerate().flat_map(of_theta).flat_map(of_row)
}

pub(super) fn validation_columns(decisions: &[Decision]) -> Vec<Column> {
    let own = [("iteration", Whole), ("distribution", Whole), ("loss", Number), ("accuracy", Number)];
    with_architecture(&own, decisions)
}

pub(super) fn validation<'a>(validated: &Validated, decisions: &'a [Decision]) -> Vec<Cell<'a>> {
    let own = [
        Cell::Whole(validated.iteration),
        whole(validated.distribution),
        number(validated.score.loss),
        number(validated.score.accuracy),
    ];
    own.into_iter().chain(architecture(validated.complexity, &validated.architecture, decisions)).collect()
}

pub(super) fn adjustment_columns() -> Vec<Column> {
    columns(&[("iteration", Whole), ("time", Text), ("who", Text), ("change", Text), ("undo", Text)])
}

pub(super) fn adjustment(adjusted: &Adjusted) -> Vec<Cell<'_>> {
    let time = jiff::Timestamp::from_millisecond(adjusted.time);
    vec![
        Cell::Whole(adjusted.iteration),
        time.map_or(Cell::None, |time| Cell::Text(time.to_string().into())),
        adjusted.who.as_deref().map_or(Cell::None, |who| Cell::Text(who.into())),
        json(&adjusted.change),
        adjusted.undo.as_ref().map_or(Cell::None, json),
    ]
}
