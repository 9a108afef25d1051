//! What comes before the first cell.

use serde::{Deserialize, Serialize};

use super::CellSettings;
use crate::space::network::PictureShape;

/// A row of 3x3 convolutions with batch normalisation, and ReLU between them, that the first cell takes its inputs from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stem {
    /// One convolution: both inputs of the first cell.
    #[default]
    Single,
    /// Three convolutions that each halve the picture, the first with half the channels; the second is the first input of
    /// the first cell and the third the other. That of the DARTS family for pictures of 224x224 (Liu et al. 2019).
    #[serde(rename = "imagenet")]
    ImageNet,
}

impl Stem {
    /// The names of the convolutions, as they stand in the names of weights.
    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            Stem::Single => &["stem"],
            Stem::ImageNet => &["stem.first", "stem.second", "stem.third"],
        }
    }

    /// Which of the convolutions the two inputs of the first cell are.
    pub(super) fn inputs(self) -> [usize; 2] {
        match self {
            Stem::Single => [0, 0],
            Stem::ImageNet => [1, 2],
        }
    }

    /// How many of the convolutions a network has, by whether a cell takes the last of them.
    pub(super) fn length(self, last: bool) -> usize {
        1 + self.inputs()[usize::from(last)]
    }
}

impl CellSettings {
    /// The strides of the stem's convolutions.
    pub fn stem_strides(&self) -> &'static [usize] {
        match (self.stem, self.stem_stride) {
            (Stem::Single, 1) => &[1],
            (Stem::Single, _) => &[2],
            (Stem::ImageNet, _) => &[2, 2, 2],
        }
    }

    /// What each of the stem's convolutions makes of a picture.
    pub(super) fn stem_shapes(&self, picture: PictureShape) -> Vec<PictureShape> {
        let channels = self.channels * self.stem_multiplier;
        let last = self.stem.inputs()[0];
        let strides = self.stem_strides().iter().enumerate();
        let shapes = strides.scan(picture, |shape, (place, &stride)| {
            let channels = if place < last { (channels / 2).max(1) } else { channels };
            *shape = shape.strided(stride).with_channels(channels);
            Some(*shape)
        });
        shapes.collect()
    }
}
