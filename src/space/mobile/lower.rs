//! From an architecture to its network, and to the weights of the whole space.

use super::{Block, MobilePlan, MobileSpace};
use crate::space::Architecture;
use crate::space::lowering::{Lowering, Weights};
use crate::space::network::{Layer, Network};

/// Every weight of a space.
pub(super) fn weights(plan: &MobilePlan) -> Weights {
    let settings = &plan.settings;
    Weights::asked_for(plan.picture, settings.affine, |all| {
        let mut value = stem(all, plan);
        for (stage, &channels) in settings.stage_channels.iter().enumerate() {
            for place in 0..settings.stage_blocks[stage] {
                let stride = if place == 0 { settings.stage_strides[stage] } else { 1 };
                let (name, input) = (name(stage, place), value);
                for chosen in settings.blocks() {
                    (value, _) = block(all, &name, input, chosen, channels, stride);
                }
            }
        }
        end(all, plan, value);
    })
}

/// The network of one architecture, and the name of each sum in it.
pub(super) fn network(space: &MobileSpace, architecture: &Architecture) -> (Network, Vec<(usize, String)>) {
    let plan = &space.plan;
    let mut look_up = space.weights.look_up();
    let mut lowering = Lowering::new(plan.picture, plan.settings.affine, &mut look_up);
    let mut value = stem(&mut lowering, plan);
    let mut sums = Vec::new();
    for (number, stage) in plan.stages(architecture).iter().enumerate() {
        for (place, &chosen) in stage.blocks.iter().enumerate() {
            let stride = if place == 0 { stage.stride } else { 1 };
            let (name, is_sum);
            name = self::name(number, place);
            (value, is_sum) = block(&mut lowering, &name, value, chosen, stage.shape.channels, stride);
            if is_sum {
                sums.push((value, name));
            }
        }
    }
    end(&mut lowering, plan, value);
    (lowering.network, sums)
}

fn name(stage: usize, block: usize) -> String {
    format!("stage{stage}.block{block}")
}

fn stem(lowering: &mut Lowering, plan: &MobilePlan) -> usize {
    let settings = &plan.settings;
    let convolved = lowering.convolution("stem.convolution", 0, settings.stem_channels, 3, settings.stem_stride);
    let normalised = lowering.batch_norm("stem.batch_norm", convolved);
    lowering.relu(normalised)
}

/// An inverted residual, and whether it is a sum with its input.
fn block(
    lowering: &mut Lowering,
    name: &str,
    input: usize,
    chosen: Block,
    channels: usize,
    stride: usize,
) -> (usize, bool) {
    let from = lowering.network.shape(input).channels;
    let layer = |part: &str, layer: &str| format!("{name}.{chosen}.{part}.{layer}");
    let mut value = input;
    if chosen.expansion > 1 {
        value = lowering.convolution(&layer("expand", "convolution"), value, from * chosen.expansion, 1, 1);
        value = lowering.batch_norm(&layer("expand", "batch_norm"), value);
        value = lowering.relu(value);
    }
    value = lowering.depthwise(&layer("depthwise", "convolution"), value, chosen.kernel, stride);
    value = lowering.batch_norm(&layer("depthwise", "batch_norm"), value);
    value = lowering.relu(value);
    value = lowering.convolution(&layer("project", "convolution"), value, channels, 1, 1);
    value = lowering.batch_norm(&layer("project", "batch_norm"), value);
    if stride != 1 || from != channels {
        return (value, false);
    }
    lowering.network.paths.push(value);
    let shape = lowering.network.shape(value);
    (lowering.network.push(Layer::Add, vec![value, input], shape), true)
}

/// The head and the classifier.
fn end(lowering: &mut Lowering, plan: &MobilePlan, input: usize) {
    let convolved = lowering.convolution("head.convolution", input, plan.settings.head_channels, 1, 1);
    let normalised = lowering.batch_norm("head.batch_norm", convolved);
    lowering.head("classifier", normalised, plan.classes);
}
