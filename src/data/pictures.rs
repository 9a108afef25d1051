//! A data set whose pixels are all in memory.

use std::ops::Range;
use std::sync::Arc;

use blake3::Hasher;

use super::{DataError, Dataset, Part, Picture, Pixels};
use crate::space::network::PictureShape;

/// Labelled pictures of one shape, in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pictures {
    /// The shape of each.
    pub shape: PictureShape,
    /// How many classes there are; every label is below.
    pub classes: usize,
    /// What they are called; empty where that is not known.
    pub names: Vec<String>,
    /// Pixels, picture by picture, channels first.
    pub pixels: Vec<u8>,
    /// One label a picture.
    pub labels: Vec<u8>,
}

impl Pictures {
    fn bytes(&self, indices: Range<usize>) -> &[u8] {
        let each = self.shape.channels * self.shape.area();
        &self.pixels[indices.start * each..indices.end * each]
    }
}

impl Dataset for Pictures {
    fn shape(&self) -> PictureShape {
        self.shape
    }

    fn classes(&self) -> usize {
        self.classes
    }

    fn class_names(&self) -> &[String] {
        &self.names
    }

    fn len(&self) -> usize {
        self.labels.len()
    }

    fn label(&self, index: usize) -> usize {
        usize::from(self.labels[index])
    }

    fn picture(&self, index: usize) -> Result<Picture<'_>, DataError> {
        let PictureShape { height, width, .. } = self.shape;
        Ok(Picture { height, width, pixels: Pixels::Borrowed(self.bytes(index..index + 1)) })
    }

    fn is_slow(&self) -> bool {
        false
    }

    fn identify(&self, indices: Range<usize>, hasher: &mut Hasher) {
        hasher.update(self.bytes(indices.clone())).update(&self.labels[indices]);
    }
}

impl From<Pictures> for Part {
    fn from(pictures: Pictures) -> Self {
        Self::whole(Arc::new(pictures))
    }
}
