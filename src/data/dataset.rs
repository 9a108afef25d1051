//! What a data set is, and the parts that a search uses of it.

use std::fmt::Debug;
use std::ops::{Deref, Range};
use std::sync::Arc;

use blake3::Hasher;

use super::DataError;
use crate::space::network::PictureShape;

/// Labelled pictures that become batches of one shape.
pub trait Dataset: Debug + Send + Sync {
    /// The shape of a picture in a batch.
    fn shape(&self) -> PictureShape;

    /// How many classes there are; every label is below.
    fn classes(&self) -> usize;

    /// What the classes are called, in the order of their labels; empty where that is not known.
    fn class_names(&self) -> &[String];

    /// How many pictures.
    fn len(&self) -> usize;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The label of a picture.
    fn label(&self, index: usize) -> usize;

    /// A picture, at least as large as [`Dataset::shape`] says: a batch takes a part of it.
    ///
    /// # Errors
    /// A file that cannot be read any more, by name.
    fn picture(&self, index: usize) -> Result<Picture<'_>, DataError>;

    /// Whether a picture takes long to come, so that it is worth reading ahead.
    fn is_slow(&self) -> bool;

    /// Tells these pictures from any others.
    fn identify(&self, indices: Range<usize>, hasher: &mut Hasher);
}

/// The bytes of one picture, channels first.
#[derive(Clone, Debug)]
pub struct Picture<'a> {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// One byte a pixel and channel.
    pub pixels: Pixels<'a>,
}

/// Bytes that belong to the set, or to whoever still looks at them.
#[derive(Clone, Debug)]
pub enum Pixels<'a> {
    /// Of a set in memory.
    Borrowed(&'a [u8]),
    /// Of a set that decodes.
    Shared(Arc<[u8]>),
}

impl Deref for Pixels<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Pixels::Borrowed(bytes) => bytes,
            Pixels::Shared(bytes) => bytes,
        }
    }
}

/// Consecutive pictures of a set. Copies share the set.
#[derive(Clone, Debug)]
pub struct Part {
    set: Arc<dyn Dataset>,
    indices: Range<usize>,
}

impl Part {
    /// All pictures of a set.
    pub fn whole(set: Arc<dyn Dataset>) -> Self {
        let indices = 0..set.len();
        Self { set, indices }
    }

    /// The first so many, and the others.
    pub fn split_at(&self, count: usize) -> (Self, Self) {
        let middle = self.indices.start + count.min(self.len());
        let part = |indices| Self { set: Arc::clone(&self.set), indices };
        (part(self.indices.start..middle), part(middle..self.indices.end))
    }

    /// The set that it is of.
    pub fn set(&self) -> &dyn Dataset {
        &*self.set
    }

    /// The shape of a picture in a batch.
    pub fn shape(&self) -> PictureShape {
        self.set.shape()
    }

    /// How many classes there are.
    pub fn classes(&self) -> usize {
        self.set.classes()
    }

    /// How many pictures.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// The label of a picture of this part.
    pub fn label(&self, index: usize) -> usize {
        self.set.label(self.indices.start + index)
    }

    /// A picture of this part.
    ///
    /// # Errors
    /// A file that cannot be read any more, by name.
    pub fn picture(&self, index: usize) -> Result<Picture<'_>, DataError> {
        self.set.picture(self.indices.start + index)
    }

    /// Tells this part from any other.
    pub fn identify(&self, hasher: &mut Hasher) {
        self.set.identify(self.indices.clone(), hasher);
    }
}

/// A data set: what it is trained on, and what is kept for the final report.
#[derive(Clone, Debug)]
pub struct TrainTest {
    /// Training pictures.
    pub train: Part,
    /// Test pictures.
    pub test: Part,
}

impl TrainTest {
    /// The training pictures alone, with a share of them, the last ones, in place of the test pictures: at least one of
    /// either.
    pub(super) fn holding_out(self, share: f64) -> Self {
        let count = self.train.len();
        let kept = count - ((count as f64 * share).round() as usize).clamp(1, count.max(2) - 1).min(count);
        let (train, test) = self.train.split_at(kept);
        Self { train, test }
    }
}

/// The three parts that a search uses.
#[derive(Clone, Debug)]
pub struct Parts {
    /// What the shared weights learn from.
    pub weights: Part,
    /// What theta learns from: the validation set of the search.
    pub theta: Part,
    /// What only the final report sees.
    pub test: Part,
}

/// Divides the training pictures between weights and theta, in the order they come.
///
/// # Errors
/// A division after which a part holds less than one batch.
pub fn divide(data: TrainTest, theta_share: f64, batch: usize) -> Result<Parts, DataError> {
    let TrainTest { train, test } = data;
    let total = train.len();
    let kept = total - ((total as f64 * theta_share).round() as usize).min(total);
    let (weights, theta) = train.split_at(kept);
    if weights.len() < batch || theta.len() < batch {
        let (weights, theta) = (weights.len(), theta.len());
        return Err(DataError::TooFew { share: theta_share, weights, theta, total, batch });
    }
    Ok(Parts { weights, theta, test })
}
