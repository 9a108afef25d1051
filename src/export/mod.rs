//! What people take away from a run: architectures, drawings, models and tables, in the formats of what they use already.
//!
//! A model's network is a list of layers, and [`onnx()`] and [`pytorch()`] translate it layer by layer; no tensor library is
//! needed for either. [`torchscript()`] traces the network that libtorch runs. Both take pictures as bytes, so that who uses them prepares nothing. [`dot()`] and [`svg()`] draw the
//! cells of an architecture; [`tables()`] and [`tensorboard()`] give a run's history. [`export()`] is all of it, from a
//! run's folder to files.

mod cells;
mod choice;
mod dot;
mod names;
mod onnx;
mod pytorch;
mod run;
mod svg;
mod tables;
mod tensorboard;
#[cfg(feature = "torch")]
mod torchscript;
mod write;

use std::borrow::Cow;

pub use choice::{Choice, trained};
pub use dot::dot;
pub use onnx::onnx;
pub use pytorch::{PyTorch, pytorch};
pub use run::{ExportError, Exported, Format, Request, export};
pub(crate) use run::{name_of, placed};
pub use svg::{ARROW, Picture, picture, svg};
pub use tables::{TableFormat, tables};
pub use tensorboard::tensorboard;
#[cfg(feature = "torch")]
pub use torchscript::{TraceError, torchscript};
pub use write::{Drafts, WriteError};

use crate::model::Model;
use crate::space::network::{Layer, WeightId};

/// The name that files carry of what made them.
const PRODUCER: &str = "isthmus";

/// The genotype of a model's architecture.
fn genotype(model: &Model) -> String {
    let header = model.header();
    header.plan.genotype(&header.architecture).to_string()
}

/// The weight of a convolution: its shape, and its numbers with those of several side by side along the inputs.
fn convolution<'a>(model: &'a Model, layer: &Layer) -> (Vec<usize>, Cow<'a, [f32]>) {
    let Layer::Convolution { weights, .. } = layer else { return Default::default() };
    if let [single] = weights[..] {
        return (model.weight(single).shape.clone(), model.values(single).into());
    }
    let shapes: Vec<&[usize]> = weights.iter().map(|&id| model.weight(id).shape.as_slice()).collect();
    let mut shape = shapes.first().map_or_else(Vec::new, |first| first.to_vec());
    let Some(&outputs) = shape.first() else { return Default::default() };
    shape[1] = shapes.iter().map(|shape| shape[1]).sum();
    let rows = (0..outputs).flat_map(|output| {
        weights.iter().flat_map(move |&id| {
            let numbers = model.values(id);
            let row = numbers.len() / outputs;
            &numbers[output * row..(output + 1) * row]
        })
    });
    (shape, rows.copied().collect())
}

/// The numbers of a batch normalisation as PyTorch calls them, in the order in which ONNX takes them.
fn batch_norm<'a>(model: &'a Model, affine: Option<&[WeightId; 2]>) -> [(&'static str, &'a [f32]); 4] {
    // A model's batch normalisations are affine.
    let [scale, shift, mean, variance] = affine.map_or([&[][..]; 4], |&[scale, shift]| {
        let [mean, variance] = model.statistics(scale);
        [model.values(scale), model.values(shift), mean, variance]
    });
    [("weight", scale), ("bias", shift), ("running_mean", mean), ("running_var", variance)]
}
