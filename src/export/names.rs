//! What the layers and values of a network are called where people read them.
//!
//! A weight's name says where it stands, `cell0.node1.a.separable-3x3.first.depthwise`; layers without weights are called
//! after what they lead to, or after what they work on where they lead to several.

use crate::model::Model;
use crate::space::network::{Layer, Network, Step, Weight};

/// The names of a network, one a step in each list.
pub(super) struct Names {
    /// Layers, where they have weights; each is there once.
    pub modules: Vec<Option<String>>,
    /// Values, as a person would call them: those that follow each other on one path have one name.
    pub values: Vec<String>,
    /// The part of the network: `stem`, `cell0`, `classifier`.
    pub parts: Vec<String>,
}

impl Names {
    pub fn new(model: &Model) -> Self {
        let steps = &model.network().steps;
        let weighted: Vec<Option<String>> = steps.iter().map(|step| weighted(step, model)).collect();
        let modules = weighted.iter().map(|name| name.as_deref().map(identifier)).collect();
        let header = model.header();
        let sums = header.plan.space().sums(&header.architecture);
        let parts = parts(&weighted, &sums);
        Self { modules, values: values(steps, &sums, &weighted), parts }
    }
}

/// The number of the step that uses a value last, one a value; nothing for what no step uses.
pub(super) fn last_uses(network: &Network) -> Vec<Option<usize>> {
    let mut last = vec![None; network.steps.len() + 1];
    for (index, step) in network.steps.iter().enumerate() {
        step.inputs.iter().for_each(|&input| last[input] = Some(index));
    }
    last
}

/// The name of a layer with weights.
fn weighted(step: &Step, model: &Model) -> Option<String> {
    let name = |weight: &Weight, part: &str| weight.name.strip_suffix(part).unwrap_or(&weight.name).to_owned();
    match &step.layer {
        Layer::Convolution { weights, .. } => match weights[..] {
            [single] => Some(model.weight(single).name.clone()),
            // Side by side in one convolution: what their names have in common.
            [first, ..] => model.weight(first).name.rsplit_once('.').map(|(place, _)| format!("{place}.convolution")),
            [] => None,
        },
        Layer::BatchNorm { affine: Some([scale, _]) } => Some(name(model.weight(*scale), ".scale")),
        Layer::Linear { weight, .. } => Some(name(model.weight(*weight), ".weight")),
        _ => None,
    }
}

/// A name as languages write it.
fn identifier(name: &str) -> String {
    name.replace(['.', '-'], "_")
}

/// The part of each step: its own where it is a sum with a name, else that of the next layer with weights.
fn parts(weighted: &[Option<String>], sums: &[(usize, String)]) -> Vec<String> {
    let mut part = String::new();
    let mut parts: Vec<String> = weighted
        .iter()
        .enumerate()
        .rev()
        .map(|(index, name)| {
            let sum = || sums.iter().find(|(value, _)| *value == index + 1).map(|(_, name)| name);
            if let Some(name) = name.as_ref().or_else(sum) {
                part = name.split('.').next().unwrap_or_default().into();
            }
            part.clone()
        })
        .collect();
    parts.reverse();
    parts
}

fn values(steps: &[Step], sums: &[(usize, String)], weighted: &[Option<String>]) -> Vec<String> {
    let mut names: Vec<Option<String>> = vec![None; steps.len()];
    for index in (0..steps.len()).rev() {
        let sum = || sums.iter().find(|(value, _)| *value == index + 1).map(|(_, name)| identifier(name));
        let own = match (&steps[index].layer, &weighted[index]) {
            (Layer::Linear { .. }, _) => Some("logits".into()),
            (_, Some(name)) => Some(identifier(&path(name))),
            (Layer::Add, None) => sum(),
            _ => None,
        };
        names[index] = own.or_else(|| led_to(steps, &names, index + 1));
    }
    let mut known: Vec<String> = vec!["pictures".into()];
    for (step, name) in steps.iter().zip(names) {
        let after_input = || format!("{}_{}", known[step.inputs[0]], operation(&step.layer));
        known.push(name.unwrap_or_else(after_input));
    }
    known.split_off(1)
}

/// What a value without a name of its own leads to, where that is one thing.
fn led_to(steps: &[Step], names: &[Option<String>], value: usize) -> Option<String> {
    let uses = steps.iter().zip(names).flat_map(|(step, name)| {
        step.inputs.iter().enumerate().filter(move |(_, input)| **input == value).map(move |(place, _)| {
            match (&step.layer, place) {
                (Layer::Concatenate, _) => None,
                (Layer::Linear { .. }, _) => Some("features".into()),
                (Layer::Add, 0) => name.as_ref().map(|name| format!("{name}_a")),
                (Layer::Add, _) => name.as_ref().map(|name| format!("{name}_b")),
                _ => name.clone(),
            }
        })
    });
    let mut uses = uses.collect::<Vec<_>>();
    uses.dedup();
    if uses.len() == 1 { uses.remove(0) } else { None }
}

/// The path in the network that a layer is on: one of a cell's inputs, one side of a node, the output.
fn path(name: &str) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    let shared = match parts[..] {
        [cell, node, _, ..] if cell.starts_with("cell") && node.starts_with("node") => 3,
        [part, ..] if part.starts_with("cell") || part.starts_with("stage") => 2,
        _ => 1,
    };
    let mut path = parts[..shared.min(parts.len())].join(".");
    // The halves of a factorised reduction are there at the same time.
    if let Some(half @ (&"even" | &"odd")) = parts.last() {
        path = format!("{path}.{half}");
    }
    path
}

/// A layer in a word.
pub(super) fn operation(layer: &Layer) -> &'static str {
    match layer {
        Layer::Convolution { .. } => "convolution",
        Layer::BatchNorm { .. } => "batch_norm",
        Layer::Relu => "relu",
        Layer::AveragePool { .. } => "average_pool",
        Layer::MaxPool { .. } => "max_pool",
        Layer::Shift => "shifted",
        Layer::Add => "sum",
        Layer::Concatenate => "joined",
        Layer::GlobalAveragePool => "mean",
        Layer::Linear { .. } => "linear",
    }
}
