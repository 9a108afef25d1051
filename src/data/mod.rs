//! Pictures: reading them, halving the training set, and making batches of them.
//!
//! Pixels stay bytes in memory; a batch becomes numbers only when it is made. No tensor is known here.

mod batch;
mod idx;

use std::path::PathBuf;

pub use batch::{Batch, Batches};

use crate::config::{DataSet, DataSettings};
use crate::space::network::PictureShape;

/// Labelled pictures of one shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pictures {
    /// The shape of each.
    pub shape: PictureShape,
    /// How many classes there are; every label is below.
    pub classes: usize,
    /// Pixels, picture by picture, channels first.
    pub pixels: Vec<u8>,
    /// One label a picture.
    pub labels: Vec<u8>,
}

impl Pictures {
    /// How many pictures.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Bytes a picture.
    pub fn picture_bytes(&self) -> usize {
        self.shape.channels * self.shape.area()
    }

    /// The pixels of one picture.
    pub fn picture(&self, index: usize) -> &[u8] {
        let bytes = self.picture_bytes();
        &self.pixels[index * bytes..(index + 1) * bytes]
    }

    fn split_off(&mut self, first: usize) -> Pictures {
        let pixels = self.pixels.split_off(first * self.picture_bytes());
        Pictures { shape: self.shape, classes: self.classes, pixels, labels: self.labels.split_off(first) }
    }
}

/// A data set: what it is trained on, and what is kept for the final report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainTest {
    /// Training pictures.
    pub train: Pictures,
    /// Test pictures.
    pub test: Pictures,
}

/// The three parts that a search uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// What the shared weights learn from.
    pub weights: Pictures,
    /// What theta learns from: the validation set of the search.
    pub theta: Pictures,
    /// What only the final report sees.
    pub test: Pictures,
}

/// Why a data set could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file could not be read.
    #[error("{file}: {cause}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// None of the names that a file may have is there.
    #[error("{} has no {name}, nor {name}.gz: an MNIST-like set is four files in IDX format, \
             train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte", folder.display())]
    Missing {
        /// Where it was looked for.
        folder: PathBuf,
        /// What was looked for.
        name: &'static str,
    },
    /// A file is not what it should be.
    #[error("{file}: {problem}")]
    Malformed {
        /// The file.
        file: String,
        /// What is wrong with it, and what was expected.
        problem: String,
    },
    /// The settings leave a part of the set empty or too small.
    #[error(
        "data.theta_share = {share} leaves {weights} pictures for the weights and {theta} for theta of {total}: \
             each needs at least training.batch = {batch}"
    )]
    TooFew {
        /// The share.
        share: f64,
        /// Pictures for the weights.
        weights: usize,
        /// Pictures for theta.
        theta: usize,
        /// Training pictures in all.
        total: usize,
        /// Pictures in a batch.
        batch: usize,
    },
}

/// Reads the data set that the settings name.
///
/// # Errors
/// Missing, unreadable and malformed files, by name.
pub fn load(settings: &DataSettings) -> Result<TrainTest, DataError> {
    match (settings.set, &settings.path) {
        (DataSet::Mnist, Some(folder)) => idx::folder(folder),
        _ => idx::embedded_digits(),
    }
}

/// Divides the training pictures between weights and theta, in the order they come.
///
/// # Errors
/// A division after which a part holds less than one batch.
pub fn divide(data: TrainTest, theta_share: f64, batch: usize) -> Result<Parts, DataError> {
    let TrainTest { train: mut weights, test } = data;
    let total = weights.len();
    let kept = total - ((total as f64 * theta_share).round() as usize).min(total);
    let theta = weights.split_off(kept);
    if weights.len() < batch || theta.len() < batch {
        let (weights, theta) = (weights.len(), theta.len());
        return Err(DataError::TooFew { share: theta_share, weights, theta, total, batch });
    }
    Ok(Parts { weights, theta, test })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_digits_are_all_there() {
        let data = load(&DataSettings::default()).unwrap();
        for (pictures, each) in [(&data.train, 400), (&data.test, 100)] {
            assert_eq!(pictures.len(), 10 * each);
            assert_eq!(pictures.shape, PictureShape { channels: 1, height: 28, width: 28 });
            for class in 0..10 {
                assert_eq!(pictures.labels.iter().filter(|&&label| label == class).count(), each);
            }
        }
    }

    #[test]
    fn the_parts_hold_every_training_picture_once() {
        let data = load(&DataSettings::default()).unwrap();
        let parts = divide(data.clone(), 0.25, 64).unwrap();
        assert_eq!((parts.weights.len(), parts.theta.len()), (3000, 1000));
        let joined = [parts.weights.pixels, parts.theta.pixels].concat();
        assert_eq!(joined, data.train.pixels);
        assert_eq!(parts.test, data.test);
    }

    #[test]
    fn a_part_without_a_whole_batch_is_refused() {
        let data = load(&DataSettings::default()).unwrap();
        let message = divide(data, 0.999, 64).unwrap_err().to_string();
        assert!(message.contains("4 pictures for the weights and 3996 for theta"), "{message}");
    }
}
