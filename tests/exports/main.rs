//! Exported models in the programs they are for: their logits are ours.
//!
//! `make test` installs ONNX Runtime for this, `make test-pytorch` PyTorch; plain `cargo test` uses what is there.

#![allow(clippy::unwrap_used)]

mod drawings;
#[path = "../support/models.rs"]
mod models;
mod onnx;
mod python;
mod pytorch;
mod readme;
#[path = "../support/reference.rs"]
mod reference;
#[cfg(feature = "torch")]
mod torchscript;

use std::fs;
use std::path::Path;

use isthmus::config::DataSettings;
use isthmus::model::Model;
use isthmus::space::cells::{CellSettings, CellSpace};
use isthmus::space::mobile::{MobilePlan, MobileSettings};
use isthmus::space::network::{Layer, PictureShape};
use isthmus::space::{Architecture, Plan, Space as _};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha12Rng;
use rayon::prelude::*;

/// Pictures that each model is tried with.
const PICTURES: usize = 64;
/// How far logits may be from ours.
const TOLERANCE: f32 = 1e-4;

/// Models of many architectures, by a name that modules may have.
fn models() -> Vec<(String, Model)> {
    let settings = CellSettings { nodes: 3, cells: 3, channels: 4, ..CellSettings::default() };
    let mut models: Vec<(String, Model)> =
        (0..2).map(|seed| (format!("digits_{seed}"), random(seed, settings.clone(), models::DIGIT))).collect();
    // In colour, with sides that do not halve evenly.
    let colour = PictureShape { channels: 3, height: 13, width: 10 };
    let deep = CellSettings { nodes: 3, cells: 5, channels: 3, stem_multiplier: 2, stem_stride: 1, ..settings.clone() };
    models.extend((2..4).map(|seed| (format!("colour_{seed}"), random(seed, deep.clone(), colour))));
    // Every decision the first: both nodes' sides alike, no operation with weights in a normal cell.
    let alike = Architecture::new(vec![0; 24]);
    models.push(("alike".into(), models::of(1, settings, models::DIGIT, alike)));
    models.push(("mobile".into(), mobile(colour)));
    models
}

#[test]
fn the_models_have_every_layer_there_is() {
    let models = models();
    let has = |wanted: &dyn Fn(&Layer) -> bool| {
        models.iter().any(|(_, model)| model.network().steps.iter().any(|step| wanted(&step.layer)))
    };
    assert!(has(&|layer| matches!(layer, Layer::Convolution { weights, .. } if weights.len() > 1)));
    for wanted in [1, 2] {
        for side in [3, 5, 7] {
            let depthwise = |layer: &Layer| match *layer {
                Layer::Convolution { kernel, stride, groups: 2.., .. } => (kernel, stride) == (side, wanted),
                _ => false,
            };
            assert!(has(&depthwise), "{side}x{side}, stride {wanted}");
        }
        assert!(has(&|layer| *layer == Layer::AveragePool { stride: wanted }), "average, stride {wanted}");
        assert!(has(&|layer| *layer == Layer::MaxPool { stride: wanted }), "maximum, stride {wanted}");
    }
    assert!(has(&|layer| *layer == Layer::Shift) && has(&|layer| *layer == Layer::Concatenate));
}

/// A model of inverted residuals: over 7x7 with and without a stride, over 5x5 without a convolution that widens.
fn mobile(picture: PictureShape) -> Model {
    let settings = MobileSettings {
        stem_channels: 4,
        stem_stride: 1,
        stage_channels: vec![4, 6],
        stage_strides: vec![2, 1],
        stage_blocks: vec![2, 2],
        expansions: vec![1, 3],
        head_channels: 8,
        affine: true,
        ..MobileSettings::default()
    };
    let plan = Plan::Mobile(MobilePlan { settings, picture, classes: 10 });
    models::of_plan(5, plan, Architecture::new([1, 2, 1, 1, 0, 0, 2, 1, 0, 0]))
}

/// Real digits as they are, or as coloured pictures of another size.
fn pictures(shape: PictureShape) -> Vec<Vec<u8>> {
    let digits = isthmus::data::load(&DataSettings::default()).unwrap().test;
    let step = digits.len() / PICTURES;
    let picture = |number: usize| digits.picture(number * step).unwrap().pixels.to_vec();
    match shape {
        models::DIGIT => (0..PICTURES).map(picture).collect(),
        _ => {
            let bytes = shape.channels * shape.area();
            (0..PICTURES).map(|number| picture(number)[200..200 + bytes].to_vec()).collect()
        }
    }
}

/// Writes the pictures of a model for a script to read.
fn write_pictures(folder: &Path, name: &str, model: &Model) {
    fs::write(folder.join(format!("{name}.pictures")), pictures(model.network().picture).concat()).unwrap();
}

/// Holds the logits that a script has written against ours.
fn compare(folder: &Path, name: &str, model: &Model) {
    let bytes = fs::read(folder.join(format!("{name}.logits"))).unwrap();
    let theirs: Vec<f32> = bytes.chunks(4).map(|number| f32::from_le_bytes(number.try_into().unwrap())).collect();
    let pictures = pictures(model.network().picture);
    let ours: Vec<f32> = pictures.par_iter().flat_map_iter(|picture| reference::logits(model, picture)).collect();
    assert_eq!(theirs.len(), 10 * PICTURES, "{name}");
    let spread = ours.iter().fold(0.0, |spread: f32, logit| spread.max((logit - ours[0]).abs()));
    assert!(spread > 0.1, "{name}: the logits are all alike, and a comparison of them says nothing");
    let distance = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(distance <= TOLERANCE, "{name}: logits differ by {distance}");
}

/// A model of an architecture that the seed decides.
fn random(seed: u64, settings: CellSettings, picture: PictureShape) -> Model {
    let mut stream = ChaCha12Rng::seed_from_u64(seed);
    let space = CellSpace::new(settings.clone(), picture, 10);
    let options = space.decisions().iter().map(|decision| stream.random_range(0..decision.options.len() as u16));
    models::of(seed, settings, picture, Architecture::new(options.collect::<Vec<_>>()))
}
