//! Parameters and MACs of an architecture by formula, without making its network.
//!
//! A search asks for thousands of these a second; `tests.rs` checks them against the network's own layers.

use super::{Block, MobilePlan, MobileSettings};
use crate::space::share::{self, Cost, Part, Share};
use crate::space::{Architecture, Complexity};

/// The exact complexity of an architecture.
pub(super) fn complexity(plan: &MobilePlan, architecture: &Architecture) -> Complexity {
    share::sum(|add| charge(plan, architecture, add))
}

/// The same by parts.
pub(super) fn breakdown(plan: &MobilePlan, architecture: &Architecture) -> Vec<Share> {
    let stages = (0..plan.settings.stage_channels.len()).map(Part::Stage);
    let parts = [Part::Stem].into_iter().chain(stages).chain([Part::Output, Part::Classifier]);
    share::shares(parts, |add| charge(plan, architecture, add))
}

/// Says of every piece of a network to which part it belongs and what it costs.
fn charge(plan: &MobilePlan, architecture: &Architecture, add: &mut dyn FnMut(Part, Cost)) {
    let MobilePlan { settings, picture, classes } = plan;
    let affine = settings.affine;
    let mut shape = picture.strided(settings.stem_stride).with_channels(settings.stem_channels);
    let stem = Cost::default().convolve(9 * picture.channels * shape.channels, shape.area());
    add(Part::Stem, stem.normalise(affine, 1, shape.channels));
    for (number, stage) in plan.stages(architecture).iter().enumerate() {
        let channels = stage.shape.channels;
        for &Block { kernel, expansion } in &stage.blocks {
            let wide = shape.channels * expansion;
            let mut cost = Cost::default();
            if expansion > 1 {
                cost = cost.convolve(shape.channels * wide, shape.area()).normalise(affine, 1, wide);
            }
            shape = stage.shape;
            cost = cost.convolve(kernel * kernel * wide, shape.area()).normalise(affine, 1, wide);
            add(Part::Stage(number), cost.convolve(wide * channels, shape.area()).normalise(affine, 1, channels));
        }
    }
    let head = Cost::default().convolve(shape.channels * settings.head_channels, shape.area());
    add(Part::Output, head.normalise(affine, 1, settings.head_channels));
    add(Part::Classifier, Cost::default().classify(settings.head_channels, *classes));
}

/// The smallest and the largest architecture of the space, in parameters as in MACs: every cost rises with depths,
/// kernels and expansions.
pub(super) fn extremes(settings: &MobileSettings) -> [Architecture; 2] {
    let MobileSettings { kernels, expansions, stage_blocks, .. } = settings;
    let place =
        |list: &[usize], sought: Option<&usize>| list.iter().position(|known| Some(known) == sought).unwrap_or(0);
    let smallest = [place(kernels, kernels.iter().min()), place(expansions, expansions.iter().min())];
    let largest = [place(kernels, kernels.iter().max()), place(expansions, expansions.iter().max())];
    let of = |block: [usize; 2], is_deep: bool| {
        let stage = |&most: &usize| {
            let depth = if is_deep { most - settings.fewest(most) } else { 0 };
            std::iter::once(depth).chain(block.repeat(most)).map(|option| option as u16).collect::<Vec<_>>()
        };
        Architecture::new(stage_blocks.iter().flat_map(stage).collect::<Vec<_>>())
    };
    [of(smallest, false), of(largest, true)]
}
