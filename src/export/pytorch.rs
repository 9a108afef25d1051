//! A model as a module of plain PyTorch: one file to read, and its numbers as safetensors.
//!
//! The names in the safetensors file are those of the module's `state_dict`. No package but `torch` is needed.

use std::collections::HashMap;
use std::fmt::Write as _;

use safetensors::tensor::{Dtype, TensorView, serialize};

use super::names::{Names, last_uses};
use super::{PRODUCER, batch_norm, convolution, genotype};
use crate::model::{Model, ModelError};
use crate::space::cells::CellKind;
use crate::space::network::{Layer, Step};
use crate::space::{Plan, format_amount};

/// A model for PyTorch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PyTorch {
    /// The module.
    pub code: String,
    /// Its numbers, a safetensors file.
    pub weights: Vec<u8>,
}

/// The model for PyTorch. `module` is what its file will be called, without `.py`; the numbers belong beside it as
/// `<module>.safetensors`.
///
/// # Errors
/// Numbers that safetensors does not take.
pub fn pytorch(model: &Model, module: &str) -> Result<PyTorch, ModelError> {
    Ok(PyTorch { code: code(model, module), weights: weights(model)? })
}

fn weights(model: &Model) -> Result<Vec<u8>, ModelError> {
    let names = Names::new(model);
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    let mut add = |name: String, shape: Vec<usize>, numbers: &[f32]| {
        tensors.push((name, shape, numbers.iter().flat_map(|number| number.to_le_bytes()).collect()));
    };
    for (step, module) in model.network().steps.iter().zip(&names.modules) {
        let Some(module) = module else { continue };
        match &step.layer {
            Layer::Convolution { .. } => {
                let (shape, numbers) = convolution(model, &step.layer);
                add(format!("{module}.weight"), shape, &numbers);
            }
            Layer::BatchNorm { affine } => {
                for (part, numbers) in batch_norm(model, affine.as_ref()) {
                    add(format!("{module}.{part}"), vec![numbers.len()], numbers);
                }
            }
            Layer::Linear { weight, bias } => {
                for (part, id) in [("weight", *weight), ("bias", *bias)] {
                    add(format!("{module}.{part}"), model.weight(id).shape.clone(), model.values(id));
                }
            }
            _ => {}
        }
    }
    let format = |error: safetensors::SafeTensorError| ModelError::Format(error.to_string());
    let views = tensors
        .iter()
        .map(|(name, shape, bytes)| Ok((name, TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(format)?)));
    let views: Vec<_> = views.collect::<Result<_, ModelError>>()?;
    let made_by = HashMap::from([("producer".into(), PRODUCER.into())]);
    serialize(views, Some(made_by)).map_err(format)
}

fn code(model: &Model, module: &str) -> String {
    let names = Names::new(model);
    let mut code = opening(model, module);
    // Writing to a String cannot fail.
    let _ = writeln!(code, "\n\nGENOTYPE = {}\n\n", quoted(&genotype(model)));
    code += "class Network(nn.Module):\n    def __init__(self):\n        super().__init__()\n";
    for (name, numbers) in
        [("mean", &model.header().normalisation.mean), ("deviation", &model.header().normalisation.deviation)]
    {
        // As Rust shows them for debugging, numbers without a fraction have one.
        let _ = writeln!(
            code,
            "        self.register_buffer(\"{name}\", torch.tensor({numbers:?}).view(1, -1, 1, 1), persistent=False)"
        );
    }
    for (step, name) in model.network().steps.iter().zip(&names.modules) {
        if let (Some(name), Some(made)) = (name, constructor(model, step)) {
            let _ = writeln!(code, "        self.{name} = {made}");
        }
    }
    code += "\n    def forward(self, pictures):\n        x = (pictures.float() - self.mean) / self.deviation\n";
    code += &forward(model, &names);
    code += CLOSING;
    code
}

fn opening(model: &Model, module: &str) -> String {
    let header = model.header();
    let picture = header.plan.picture();
    let parameters = header.plan.complexity(&header.architecture).parameters.unwrap_or(0);
    let accuracy = header.test_accuracy.map_or_else(String::new, |accuracy| {
        format!(", {:.2} % of the test pictures classified rightly", 100.0 * accuracy)
    });
    format!(
        r#""""A network found by Isthmus: {} parameters{accuracy}.

    from {module} import load

    network = load()            # reads {module}.safetensors, beside this file
    logits = network(pictures)  # pictures: [N, {}, {}, {}], bytes from 0 to 255; logits: [N, {}]

To train it further: network.train().
"""

import json
import pathlib
import struct

import torch
import torch.nn.functional as F
from torch import nn
"#,
        format_amount(parameters as f64),
        picture.channels,
        picture.height,
        picture.width,
        header.plan.classes(),
    )
}

const CLOSING: &str = r#"

def load(path=pathlib.Path(__file__).with_suffix(".safetensors")):
    """The network with its trained weights, ready to classify."""
    network = Network()
    network.load_state_dict(read(path))
    return network.eval()


def read(path):
    """The tensors of a safetensors file by name: what safetensors.torch.load_file reads too."""
    data = bytearray(pathlib.Path(path).read_bytes())
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, tensor in header.items():
        begin, end = (8 + length + offset for offset in tensor["data_offsets"])
        numbers = torch.frombuffer(data, dtype=torch.float32, count=(end - begin) // 4, offset=begin)
        tensors[name] = numbers.reshape(tensor["shape"]).clone()
    return tensors
"#;

/// A text as Python and JSON both write it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The module of a layer that has weights.
fn constructor(model: &Model, step: &Step) -> Option<String> {
    let network = model.network();
    let inputs = network.shape(step.inputs[0]).channels;
    let outputs = step.shape.channels;
    match step.layer {
        Layer::Convolution { kernel, stride, groups, .. } => {
            let mut made = format!("nn.Conv2d({inputs}, {outputs}, {kernel}");
            for (name, value, default) in [("stride", stride, 1), ("padding", kernel / 2, 0), ("groups", groups, 1)] {
                if value != default {
                    let _ = write!(made, ", {name}={value}");
                }
            }
            Some(made + ", bias=False)")
        }
        Layer::BatchNorm { .. } => Some(format!("nn.BatchNorm2d({outputs})")),
        Layer::Linear { .. } => Some(format!("nn.Linear({inputs}, {outputs})")),
        _ => None,
    }
}

/// The steps as assignments. A name is given to another value only once its own is no longer needed.
fn forward(model: &Model, names: &Names) -> String {
    let network = model.network();
    let last_uses = last_uses(network);
    let mut code = String::new();
    let mut variables = vec!["x".to_owned()];
    let mut held: HashMap<String, usize> = HashMap::from([("x".into(), 0)]);
    let mut part = "";
    for (index, step) in network.steps.iter().enumerate() {
        if names.parts[index] != part {
            part = &names.parts[index];
            let _ = writeln!(code, "\n        # {}", caption(model, part));
        }
        let numbered = (2..).map(|number| format!("{}_{number}", names.values[index]));
        let mut candidates = std::iter::once(names.values[index].clone()).chain(numbered);
        let needed = |value: usize| last_uses[value].is_some_and(|last| last > index);
        let variable = candidates.find(|name| !held.get(name).is_some_and(|&value| needed(value))).unwrap_or_default();
        let inputs: Vec<&str> = step.inputs.iter().map(|&input| variables[input].as_str()).collect();
        let made = expression(&step.layer, names.modules[index].as_deref(), &inputs);
        let _ = writeln!(code, "        {variable} = {made}");
        held.insert(variable.clone(), index + 1);
        variables.push(variable);
    }
    let _ = writeln!(code, "        return {}", variables[network.steps.len()]);
    code
}

/// What a part of the network is.
fn caption(model: &Model, part: &str) -> String {
    match (&model.header().plan, part.strip_prefix("cell").and_then(|cell| cell.parse().ok())) {
        (Plan::Cells(plan), Some(cell)) if plan.kind(cell) == CellKind::Reduction => {
            format!("cell {cell}, a reduction")
        }
        (Plan::Cells(_), Some(cell)) => format!("cell {cell}"),
        _ => part.replace("stage", "stage "),
    }
}

fn expression(layer: &Layer, module: Option<&str>, inputs: &[&str]) -> String {
    let input = inputs[0];
    match (layer, module) {
        (_, Some(module)) => format!("self.{module}({input})"),
        (Layer::AveragePool { stride }, _) => {
            format!("F.avg_pool2d({input}, 3, stride={stride}, padding=1, count_include_pad=False)")
        }
        (Layer::MaxPool { stride }, _) => format!("F.max_pool2d({input}, 3, stride={stride}, padding=1)"),
        (Layer::Shift, _) => format!("F.pad({input}, (0, 1, 0, 1))[:, :, 1:, 1:]"),
        (Layer::Add, _) => inputs.join(" + "),
        (Layer::Concatenate, _) => format!("torch.cat([{}], dim=1)", inputs.join(", ")),
        (Layer::GlobalAveragePool, _) => format!("{input}.mean(dim=(2, 3))"),
        _ => format!("F.relu({input})"),
    }
}
