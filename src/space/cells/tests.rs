//! What must hold of every architecture of every cell space.

use proptest::prelude::*;

use super::*;
use crate::space::Part;

const DIGITS: PictureShape = PictureShape { channels: 1, height: 28, width: 28 };

fn space(settings: CellSettings) -> CellSpace {
    CellSpace::new(settings, DIGITS, 10)
}

/// Any small cell space, with an architecture of it.
fn space_and_architecture() -> impl Strategy<Value = (CellSpace, Architecture)> {
    let operations = proptest::sample::subsequence(Operation::ALL.to_vec(), 1..=5);
    (1usize..=5, 1usize..=7, 1usize..=6, 1usize..=3, 1usize..=2, operations, any::<bool>())
        .prop_map(|(nodes, cells, channels, stem_multiplier, stem_stride, operations, affine)| {
            space(CellSettings { nodes, cells, channels, stem_multiplier, stem_stride, operations, affine })
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
