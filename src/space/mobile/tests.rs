//! What must hold of every architecture of every mobile space.

use proptest::prelude::*;

use super::*;
use crate::space::network::Layer;
use crate::space::{Difference, Part, genotype};

const DIGITS: PictureShape = PictureShape { channels: 1, height: 28, width: 28 };

fn space(settings: MobileSettings, picture: PictureShape) -> MobileSpace {
    let plan = MobilePlan { settings, picture, classes: 10 };
    assert!(plan.is_bounded());
    MobileSpace::new(plan)
}

/// Any small mobile space.
fn settings() -> impl Strategy<Value = MobileSettings> {
    let stages = proptest::collection::vec((1usize..=9, 1usize..=2, 1usize..=3), 1..=4);
    let kernels = proptest::sample::subsequence(vec![7, 3, 5], 1..=3);
    let expansions = proptest::sample::subsequence(vec![3, 1, 2], 1..=3);
    let sizes = (1usize..=9, 1usize..=2, 1usize..=4, 1usize..=9, any::<bool>());
    (stages, kernels, expansions, sizes).prop_map(
        |(stages, kernels, expansions, (stem_channels, stem_stride, least_blocks, head_channels, affine))| {
            MobileSettings {
                stem_channels,
                stem_stride,
                stage_channels: stages.iter().map(|stage| stage.0).collect(),
                stage_strides: stages.iter().map(|stage| stage.1).collect(),
                stage_blocks: stages.iter().map(|stage| stage.2).collect(),
                least_blocks,
                kernels,
                expansions,
                head_channels,
                affine,
            }
        },
    )
}

/// Any small mobile space, with an architecture of it.
fn space_and_architecture() -> impl Strategy<Value = (MobileSpace, Architecture)> {
    let picture = (1usize..=3, 1usize..=20, 1usize..=20);
    let picture = picture.prop_map(|(channels, height, width)| PictureShape { channels, height, width });
    (settings(), picture).prop_flat_map(|(settings, picture)| {
        let space = space(settings, picture);
        let options: Vec<_> = space.decisions().iter().map(|decision| 0..decision.options.len() as u16).collect();
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
        let shares = space.plan.breakdown(&architecture);
        let whole = space.complexity(&architecture);
        prop_assert_eq!(Some(shares.iter().map(|share| share.parameters).sum()), whole.parameters);
        prop_assert_eq!(Some(shares.iter().map(|share| share.macs).sum()), whole.macs);
        for (number, stage) in space.plan.stages(&architecture).iter().enumerate() {
            let counted = shares.iter().find(|share| share.part == Part::Stage(number)).map(|share| share.count);
            prop_assert_eq!(counted, Some(stage.blocks.len()));
        }
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

    /// Paths that training may leave out are those beside which something else goes on.
    #[test]
    fn what_can_be_left_out_is_added_to_something((space, architecture) in space_and_architecture()) {
        let network = space.network(&architecture);
        let sums: Vec<_> = network.steps.iter().filter(|step| step.layer == Layer::Add).collect();
        prop_assert_eq!(network.paths.len(), sums.len());
        prop_assert!(network.paths.iter().zip(&sums).all(|(path, sum)| sum.inputs[0] == *path && sum.inputs[1] < *path));
        let named: Vec<usize> = space.sums(&architecture).iter().map(|(value, _)| *value).collect();
        prop_assert!(named.iter().all(|&value| network.steps[value - 1].layer == Layer::Add));
        prop_assert_eq!(named.len(), sums.len());
    }

    #[test]
    fn unused_decisions_change_nothing_and_used_ones_do((space, architecture) in space_and_architecture()) {
        let (network, used) = (space.network(&architecture), space.plan.used(&architecture));
        prop_assert_eq!(used.len(), space.decisions().len());
        for (at, decision) in space.decisions().iter().enumerate().filter(|(_, decision)| decision.options.len() > 1) {
            let mut options = architecture.options().to_vec();
            options[at] = (options[at] + 1) % decision.options.len() as u16;
            let other = space.network(&Architecture::new(options));
            prop_assert_eq!(other != network, used[at], "{}", decision.name);
        }
    }

    #[test]
    fn a_genotype_is_read_back_with_or_without_its_options((space, architecture) in space_and_architecture()) {
        let outline = space.outline();
        let text = genotype::write(&outline, &architecture).unwrap();
        prop_assert_eq!(&genotype::read(&outline, &text).unwrap(), &architecture);
        let mut value = space.genotype(&architecture);
        prop_assert_eq!(value.to_string(), text);
        value.as_object_mut().unwrap().remove("options");
        let read = genotype::read(&outline, &value.to_string()).unwrap();
        prop_assert_eq!(space.network(&read), space.network(&architecture));
        prop_assert_eq!(outline.differences(&read, &architecture), Some(vec![]));
    }

    #[test]
    fn a_plan_fits_its_own_decisions_alone((space, _) in space_and_architecture()) {
        let mut decisions = space.decisions().to_vec();
        prop_assert!(space.plan.fits(&decisions));
        let last = decisions.len() - 1;
        decisions[last].options.push("other".into());
        prop_assert!(!space.plan.fits(&decisions));
        prop_assert!(!space.plan.fits(&decisions[..last]));
    }

    #[test]
    fn parameters_do_not_fall_where_the_width_rises((space, architecture) in space_and_architecture(), width in 1usize..200) {
        let at = |width| {
            let plan = MobilePlan { settings: space.plan.settings.of_width(width), ..space.plan };
            assert!(plan.is_bounded());
            plan.complexity(&architecture).parameters
        };
        prop_assert!(at(width) <= at(width + 1));
        prop_assert_eq!(at(64), space.complexity(&architecture).parameters);
    }
}

/// Two stages of two blocks, of which the first may have one.
fn small() -> MobileSpace {
    let settings = MobileSettings {
        stage_channels: vec![16, 24],
        stage_strides: vec![1, 2],
        stage_blocks: vec![2, 2],
        kernels: vec![3, 5],
        ..MobileSettings::default()
    };
    space(settings, DIGITS)
}

#[test]
fn the_sizes_of_a_network_are_known_by_hand() {
    let space = small();
    // Stage 0: k3e3, stage 1: k5e6, k3e3.
    let architecture = Architecture::new([0, 0, 0, 1, 1, 1, 1, 1, 0, 0]);
    let convolutions =
        9 * 16 + (16 * 48 + 9 * 48 + 48 * 16) + (16 * 96 + 25 * 96 + 96 * 24) + (24 * 72 + 9 * 72 + 72 * 24) + 24 * 128;
    assert_eq!(space.complexity(&architecture).parameters, Some(convolutions + 128 * 10 + 10));
    let stages = [48 * 16 * 2 + 9 * 48, 16 * 96, 25 * 96 + 96 * 24, 24 * 72 * 2 + 9 * 72];
    let macs = 14 * 14 * (9 * 16 + stages[0] + stages[1]) + 7 * 7 * (stages[2] + stages[3] + 24 * 128) + 128 * 10;
    assert_eq!(space.complexity(&architecture).macs, Some(macs));
    let layers =
        |layer: fn(&Layer) -> bool| space.network(&architecture).steps.iter().filter(|step| layer(&step.layer)).count();
    // One residual a stage: the first block of stage 1 halves.
    assert_eq!(layers(|layer| *layer == Layer::Add), 2);
    assert_eq!(layers(|layer| *layer == Layer::Relu), 2 + 2 * 3);
}

#[test]
fn a_genotype_says_the_blocks_of_each_stage() {
    let space = small();
    let text = r#"{"stages":[["k3e3"],["k5e6","k3e3"]],"options":[0,0,0,0,0,1,1,1,0,0]}"#;
    let read = |text: &str| genotype::read(&space.outline(), text).map_err(|error| error.to_string());
    let architecture = read(text).unwrap();
    assert_eq!(architecture, Architecture::new([0, 0, 0, 0, 0, 1, 1, 1, 0, 0]));
    let wrong = |text: &str| read(text).unwrap_err();
    assert_eq!(wrong(r#"{"stages":[["k3e3"]]}"#), "stages: 1 stages, and this space has 2");
    assert_eq!(wrong(r#"{"stages":[[],["k3e3"]]}"#), "stages[0]: 0 blocks, and this space has 1 to 2");
    assert_eq!(
        wrong(r#"{"stages":[["k3e3"],["k3e6","k5e5"]]}"#),
        "stages[1][1]: \"k5e5\" is none of k3e3, k3e6, k5e3, k5e6; is \"k5e6\" meant?"
    );
    assert_eq!(
        wrong(&text.replace("k5e6", "k3e6")),
        "options: [0,0,0,0,0,1,1,1,0,0], but from the rest follows [0,0,0,0,0,1,0,1,0,0]; correct one of the two, or \
         leave options out"
    );
    assert!(wrong(&text.replace("0,0,0,0,0,1", "0,0,0,9,0,1")).starts_with("options[3]: 9, but"));
    assert!(wrong(&text.replace("0,0,0,0,0,1", "0,0,0")).starts_with("options: "));
    assert!(wrong(r#"{"stages":[["k3e3"],["k3e3"]],"depth":1}"#).contains("unknown field `depth`"));
}

#[test]
fn a_block_that_not_both_have_differs_by_the_depth_alone() {
    let outline = small().outline();
    let [ours, theirs] = [[0, 0, 0, 0, 0, 1, 1, 1, 0, 0], [1, 0, 1, 1, 1, 1, 1, 1, 0, 0]].map(Architecture::new);
    let differences = outline.differences(&ours, &theirs).unwrap();
    let decision = |name: &str, ours: &str, theirs: &str| Difference::Decision {
        name: name.into(),
        ours: ours.into(),
        theirs: theirs.into(),
    };
    assert_eq!(differences, [decision("stage0.depth", "1", "2"), decision("stage0.block0.expansion", "e3", "e6")]);
    // Both blocks of stage 0 matter to one of the two.
    assert_eq!(outline.distance(&ours, &theirs), Some((2, 10)));
    let cheaper = Architecture::new([0, 0, 0, 1, 1, 0, 1, 1, 0, 0]);
    assert_eq!(outline.distance(&ours, &cheaper), Some((1, 8)));
}

#[test]
fn a_plan_that_makes_no_sense_is_not_bounded() {
    let plan = MobilePlan { settings: MobileSettings::default(), picture: DIGITS, classes: 10 };
    assert!(plan.is_bounded());
    let changes: [fn(&mut MobilePlan); 12] = [
        |plan| plan.settings.stage_channels.clear(),
        |plan| plan.settings.stage_strides.push(1),
        |plan| plan.settings.stage_blocks[1] = 0,
        |plan| plan.settings.stage_blocks[1] = usize::MAX,
        |plan| plan.settings.stage_strides[0] = 3,
        |plan| plan.settings.kernels.push(4),
        |plan| plan.settings.kernels.push(3),
        |plan| plan.settings.expansions.clear(),
        |plan| plan.settings.head_channels = 0,
        |plan| plan.settings.least_blocks = 0,
        |plan| plan.settings.stem_channels = 1 << 40,
        |plan| plan.picture.width = usize::MAX,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut changed = plan.clone();
        change(&mut changed);
        assert!(!changed.is_bounded(), "{number}");
    }
}
