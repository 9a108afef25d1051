//! A mobile space without its weights, and its architectures as stages of blocks.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{MobileSettings, PictureShape, complexity};
use crate::space::{Architecture, Complexity, Decision, Share};

/// The sides that kernels may have.
pub(in crate::space) const KERNELS: [usize; 3] = [3, 5, 7];
/// The most that a block may widen its channels by.
const MOST_EXPANSION: usize = 10;
/// Channels, at most.
const MOST_CHANNELS: usize = 1_024;
/// Stages and blocks a stage, at most.
const MOST_BLOCKS: usize = 16;
/// The width of the settings themselves, of which others are multiples.
const WIDTH: usize = 64;

/// All that the networks of a mobile space follow from; small, so that it can travel.
///
/// One that comes from outside is used only where it [fits](MobilePlan::fits).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename = "mobile")]
pub struct MobilePlan {
    /// The settings of the space.
    pub settings: MobileSettings,
    /// The shape of the pictures.
    pub picture: PictureShape,
    /// How many classes they are in.
    pub classes: usize,
}

/// One stage of an architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The shape of what it makes.
    pub shape: PictureShape,
    /// Stride of its first block.
    pub stride: usize,
    /// The blocks that it has.
    pub blocks: Vec<Block>,
    /// What was decided of the blocks that it does not have.
    pub unused: Vec<Block>,
}

/// What is decided of a block. Shown, it is a word: `k5e6`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The side of its kernel.
    pub kernel: usize,
    /// What it multiplies its channels by inside.
    pub expansion: usize,
}

impl fmt::Display for Block {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "k{}e{}", self.kernel, self.expansion)
    }
}

impl MobileSettings {
    /// The decisions of the space: of each stage its depth, then kernel and expansion of each of its blocks.
    pub fn decisions(&self) -> Vec<Decision> {
        let decision = |name: String, options: Vec<String>| Decision { name, options };
        let kernels: Vec<String> = self.kernels.iter().map(|kernel| format!("k{kernel}")).collect();
        let expansions: Vec<String> = self.expansions.iter().map(|expansion| format!("e{expansion}")).collect();
        let mut decisions = Vec::new();
        for (stage, &most) in self.stage_blocks.iter().enumerate() {
            let depths = (self.fewest(most)..=most).map(|depth| depth.to_string()).collect();
            decisions.push(decision(format!("stage{stage}.depth"), depths));
            for block in 0..most {
                decisions.push(decision(format!("stage{stage}.block{block}.kernel"), kernels.clone()));
                decisions.push(decision(format!("stage{stage}.block{block}.expansion"), expansions.clone()));
            }
        }
        decisions
    }

    /// Every block that there can be.
    pub fn blocks(&self) -> impl Iterator<Item = Block> + '_ {
        let expansions = |kernel: usize| self.expansions.iter().map(move |&expansion| Block { kernel, expansion });
        self.kernels.iter().flat_map(move |&kernel| expansions(kernel))
    }

    /// The fewest blocks of a stage that has so many at most.
    pub(in crate::space) fn fewest(&self, most: usize) -> usize {
        self.least_blocks.min(most)
    }

    /// The same with all channels times `width / 64`, at least one and at most as many as there may be.
    pub(in crate::space) fn of_width(&self, width: usize) -> Self {
        let scaled = |channels: usize| ((channels * width + WIDTH / 2) / WIDTH).clamp(1, MOST_CHANNELS);
        Self {
            stem_channels: scaled(self.stem_channels),
            stage_channels: self.stage_channels.iter().map(|&channels| scaled(channels)).collect(),
            head_channels: scaled(self.head_channels),
            ..self.clone()
        }
    }
}

impl MobilePlan {
    /// Whether its sizes are such that networks can be made and their complexities counted.
    pub fn is_bounded(&self) -> bool {
        let Self { settings, picture, classes } = self;
        let distinct = |list: &[usize]| (1..list.len()).all(|place| !list[..place].contains(&list[place]));
        let stages = settings.stage_channels.len();
        let channels = [settings.stem_channels, settings.head_channels];
        // A side of 4,096 pixels and the limits of a configuration: products stay far below 2^64.
        let sides = [picture.channels, picture.height, picture.width, *classes];
        (1..=MOST_BLOCKS).contains(&stages)
            && [settings.stage_strides.len(), settings.stage_blocks.len()] == [stages; 2]
            && settings.stage_channels.iter().chain(&channels).all(|count| (1..=MOST_CHANNELS).contains(count))
            && settings.stage_strides.iter().chain([&settings.stem_stride]).all(|stride| (1..=2).contains(stride))
            && settings.stage_blocks.iter().chain([&settings.least_blocks]).all(|n| (1..=MOST_BLOCKS).contains(n))
            && settings.kernels.iter().all(|kernel| KERNELS.contains(kernel))
            && settings.expansions.iter().all(|expansion| (1..=MOST_EXPANSION).contains(expansion))
            && [&settings.kernels, &settings.expansions].iter().all(|list| !list.is_empty() && distinct(list))
            && sides.iter().all(|side| (1..=4_096).contains(side))
    }

    /// Whether these are the decisions of this plan, and it [is bounded](MobilePlan::is_bounded).
    pub fn fits(&self, decisions: &[Decision]) -> bool {
        self.is_bounded() && self.settings.decisions() == decisions
    }

    /// The stages of an architecture that fits the decisions.
    pub fn stages(&self, architecture: &Architecture) -> Vec<Stage> {
        let Self { settings, picture, .. } = self;
        let mut options = architecture.options().iter().map(|&option| usize::from(option));
        let mut next = || options.next().unwrap_or_default();
        let mut shape = picture.strided(settings.stem_stride);
        let sizes = settings.stage_channels.iter().zip(&settings.stage_strides).zip(&settings.stage_blocks);
        let stage = |((&channels, &stride), &most): ((&usize, &usize), &usize)| {
            shape = shape.strided(stride).with_channels(channels);
            let depth = settings.fewest(most) + next();
            let block = |_| Block { kernel: settings.kernels[next()], expansion: settings.expansions[next()] };
            let mut blocks: Vec<Block> = (0..most).map(block).collect();
            let unused = blocks.split_off(depth);
            Stage { shape, stride, blocks, unused }
        };
        sizes.map(stage).collect()
    }

    /// Of each decision, whether the network of an architecture depends on it.
    pub fn used(&self, architecture: &Architecture) -> Vec<bool> {
        let stage = |stage: &Stage| {
            let blocks = [(stage.blocks.len(), true), (stage.unused.len(), false)];
            let decided = blocks.into_iter().flat_map(|(count, used)| std::iter::repeat_n(used, 2 * count));
            std::iter::once(true).chain(decided).collect::<Vec<_>>()
        };
        self.stages(architecture).iter().flat_map(stage).collect()
    }

    /// The exact parameters and MACs of an architecture of this plan's space.
    pub fn complexity(&self, architecture: &Architecture) -> Complexity {
        complexity::complexity(self, architecture)
    }

    /// The same by what they go to, in the order in which a picture passes.
    ///
    /// The shares add up to [`MobilePlan::complexity`].
    pub fn breakdown(&self, architecture: &Architecture) -> Vec<Share> {
        complexity::breakdown(self, architecture)
    }

    /// The genotype: the blocks of each stage as words, and the options.
    pub(in crate::space) fn genotype(&self, architecture: &Architecture) -> Value {
        let words = |stage: &Stage| stage.blocks.iter().map(Block::to_string).collect::<Vec<_>>();
        let stages: Vec<_> = self.stages(architecture).iter().map(words).collect();
        json!({ "stages": stages, "options": architecture.options() })
    }
}
