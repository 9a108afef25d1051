//! What must hold of every architecture of every cell space.

use proptest::prelude::*;

use super::*;
use crate::space::Part;
use crate::space::network::{Layer, Step, WeightId};

const DIGITS: PictureShape = PictureShape { channels: 1, height: 28, width: 28 };

fn space(settings: CellSettings) -> CellSpace {
    CellSpace::new(settings, DIGITS, 10)
}

/// Any small cell space, with an architecture of it.
fn space_and_architecture() -> impl Strategy<Value = (CellSpace, Architecture)> {
    let operations = proptest::sample::subsequence(Operation::ALL.to_vec(), 1..=5);
    let stem = (proptest::sample::select(vec![Stem::Single, Stem::ImageNet]), 1usize..=3, 1usize..=2);
    (1usize..=5, 1usize..=7, 1usize..=6, stem, operations, any::<bool>())
        .prop_map(|(nodes, cells, channels, (stem, stem_multiplier, stem_stride), operations, affine)| {
            space(CellSettings { nodes, cells, channels, stem, stem_multiplier, stem_stride, operations, affine })
        })
        .prop_flat_map(|space| {
            let sizes: Vec<usize> = space.decisions().iter().map(|decision| decision.options.len()).collect();
            let options: Vec<_> = sizes.into_iter().map(|size| 0..size as u16).collect();
            (Just(space), options.prop_map(Architecture::new))
        })
}

proptest! {
    #[test]
    fn the_formula_counts_what_the_network_has((space, architecture) in space_and_architecture()) {
        let network = space.network(&architecture);
        prop_assert_eq!(space.complexity(&architecture), network.complexity(space.weights()));
    }

    #[test]
    fn the_parts_add_up_to_the_whole((space, architecture) in space_and_architecture()) {
        let shares = space.plan().breakdown(&architecture);
        let whole = space.complexity(&architecture);
        prop_assert_eq!(Some(shares.iter().map(|share| share.parameters).sum()), whole.parameters);
        prop_assert_eq!(Some(shares.iter().map(|share| share.macs).sum()), whole.macs);
        let parts: std::collections::HashSet<_> = shares.iter().map(|share| share.part).collect();
        prop_assert_eq!(parts.len(), shares.len());
    }

    #[test]
    fn operations_are_counted_once_a_live_cell((space, architecture) in space_and_architecture()) {
        let plan = space.plan();
        let [normal, reduction] = CellKind::ALL.map(|kind| plan.count(&architecture, kind));
        prop_assert_eq!(normal.0 + reduction.0, space.settings().cells);
        prop_assert!(normal.1 <= normal.0 && reduction.1 <= reduction.0 && normal.1 + reduction.1 > 0);
        let shares = plan.breakdown(&architecture);
        let operations = shares.iter().filter(|share| matches!(share.part, Part::Operation(_)));
        let counted: usize = operations.map(|share| share.count).sum();
        prop_assert_eq!(counted, 2 * space.settings().nodes * (normal.1 + reduction.1));
    }

    #[test]
    fn a_plan_fits_its_own_decisions_alone((space, _) in space_and_architecture()) {
        let mut decisions = space.decisions().to_vec();
        prop_assert!(space.plan().fits(&decisions));
        let last = decisions.len() - 1;
        decisions[last].options.push("other".into());
        prop_assert!(!space.plan().fits(&decisions));
        prop_assert!(!space.plan().fits(&decisions[..last]));
    }

    #[test]
    fn no_architecture_is_outside_the_extent((space, architecture) in space_and_architecture()) {
        let outline = space.outline();
        for measure in [Measure::Parameters, Measure::Macs] {
            let cost = space.complexity(&architecture).get(measure).unwrap();
            let extent = outline.extent(measure).unwrap();
            prop_assert!(extent.smallest <= cost && cost <= extent.largest, "{cost} outside {extent:?}");
        }
    }

    #[test]
    fn every_step_of_a_network_reaches_its_output((space, architecture) in space_and_architecture()) {
        let network = space.network(&architecture);
        let mut needed = vec![false; network.steps.len() + 1];
        needed[network.steps.len()] = true;
        for (index, step) in network.steps.iter().enumerate().rev() {
            prop_assert!(needed[index + 1], "step {index} {step:?} is of no use");
            for &input in &step.inputs {
                prop_assert!(input <= index);
                needed[input] = true;
            }
        }
    }
}

#[test]
fn decisions_are_those_of_the_paper() {
    let decisions = space(CellSettings { nodes: 5, ..CellSettings::default() }).decisions().to_vec();
    let sizes: Vec<usize> = decisions.iter().map(|decision| decision.options.len()).collect();
    let cell = [2, 2, 5, 5, 3, 3, 5, 5, 4, 4, 5, 5, 5, 5, 5, 5, 6, 6, 5, 5];
    assert_eq!(sizes, cell.repeat(2));
    assert_eq!(decisions[0].name, "normal.0.input_a");
    assert_eq!(decisions[39].name, "reduction.4.operation_b");
}

/// What stands in recordings and models of before stems could be chosen.
#[test]
fn settings_without_a_stem_have_a_single_one() {
    let of_old = r#"{"nodes": 2, "cells": 3, "channels": 4, "stem_multiplier": 1, "stem_stride": 2,
        "operations": ["identity", "separable-3x3"], "affine": true}"#;
    let space = space(serde_json::from_str(of_old).unwrap());
    assert_eq!(space.settings().stem, Stem::Single);
    let names: Vec<&str> = space.weights().iter().map(|weight| weight.name.as_str()).collect();
    let first = ["stem.convolution", "stem.batch_norm.scale", "stem.batch_norm.shift", "cell0.input0.convolution"];
    assert_eq!(names[..4], first);
    assert_eq!(space.weights()[0].shape, [4, 1, 3, 3]);
}

#[test]
fn cells_of_the_mobile_setting_begin_at_28_pixels() {
    let settings = CellSettings { stem: Stem::ImageNet, cells: 14, channels: 48, ..CellSettings::default() };
    let space = CellSpace::new(settings, PictureShape { channels: 3, height: 224, width: 224 }, 1000);
    let network = space.network(&Architecture::new([0, 1, 3, 3].repeat(8)));
    let made_by = |name: &str| {
        let id = WeightId(space.weights().iter().position(|weight| weight.name == name).unwrap());
        let uses = |step: &&Step| matches!(&step.layer, Layer::Convolution { weights, .. } if weights.contains(&id));
        let shape = network.steps.iter().find(uses).unwrap().shape;
        [shape.channels, shape.height, shape.width]
    };
    assert_eq!(made_by("stem.first.convolution"), [24, 112, 112]);
    assert_eq!(made_by("stem.second.convolution"), [48, 56, 56]);
    assert_eq!(made_by("stem.third.convolution"), [48, 28, 28]);
    assert_eq!(made_by("cell0.input0.even"), [24, 28, 28]);
    assert_eq!(made_by("cell0.output.node0"), [48, 28, 28]);
    assert_eq!(made_by("cell13.output.node0"), [192, 7, 7]);
}

#[test]
fn half_a_stem_that_no_cell_reads_costs_nothing() {
    // Of three cells the last alone lives, and it takes the first, which takes what is before the last of the stem.
    let space = space(CellSettings { stem: Stem::ImageNet, ..CellSettings::default() });
    let skipping = Architecture::new([0, 0, 3, 3].repeat(8));
    let network = space.network(&skipping);
    let has = |part: &str| network.weights().iter().any(|id| space.weights()[id.0].name.starts_with(part));
    assert!(has("stem.second.") && !has("stem.third."));
}

#[test]
fn a_cell_that_nothing_reads_costs_nothing() {
    // Both cells take the cell before the last alone: of three cells the middle one is dead.
    let space = space(CellSettings::default());
    let skipping = Architecture::new([0, 0, 3, 3].repeat(8));
    let network = space.network(&skipping);
    let names: Vec<&str> = network.weights().iter().map(|id| space.weights()[id.0].name.as_str()).collect();
    assert!(names.iter().all(|name| !name.starts_with("cell1.")), "{names:?}");
    assert!(names.iter().any(|name| name.starts_with("cell0.")));
    assert_eq!(space.plan().count(&skipping, CellKind::Normal), (1, 1));
    assert_eq!(space.plan().count(&skipping, CellKind::Reduction), (2, 1));
}

#[test]
fn unused_nodes_are_the_output_of_a_cell() {
    let space = space(CellSettings { nodes: 3, ..CellSettings::default() });
    let architecture = Architecture::new([0, 1, 0, 0, 2, 1, 3, 1, 0, 0, 2, 4].repeat(2));
    let cells = space.outline().cells(&architecture);
    assert_eq!(cells.len(), 2);
    let loose: Vec<bool> = cells[0].nodes.iter().map(|node| node.loose).collect();
    assert_eq!(loose, [false, true, true]);
    let genotype = space.genotype(&architecture);
    assert_eq!(genotype["normal"]["output"], serde_json::json!(["node 1", "node 2"]));
    assert_eq!(genotype["normal"]["nodes"][1][0]["operation"], "separable-3x3");
    assert_eq!(genotype["normal"]["nodes"][1][0]["input"], "node 0");
}
