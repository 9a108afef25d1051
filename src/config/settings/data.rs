//! `[data]`: which pictures, and how they are changed and divided.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// `[data]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataSettings {
    /// Which data set.
    pub set: DataSet,
    /// Folder with the files of the set, relative to the working directory; none for the embedded digits.
    pub path: Option<PathBuf>,
    /// How many classes of a folder are taken, spread evenly over all in the order of their names; all where it is left
    /// out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<usize>,
    /// How many training pictures of each of those classes are taken at most, spread evenly over their names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_pictures: Option<usize>,
    /// Side of the square pictures that those of a folder become.
    pub size: usize,
    /// Megabytes of a folder's decoded pictures that are kept in memory at most.
    pub cache_mb: u64,
    /// Training pictures are moved by up to so many pixels in each direction.
    pub shift: usize,
    /// Whether every second training picture is mirrored.
    pub flip: bool,
    /// Side of a square of each training picture that is blotted out, in pixels. 0: none.
    pub cutout: usize,
    /// The least share of a training picture, in (0, 1], that a part of it has which is scaled up to the whole. 1: the
    /// pictures stay whole.
    pub least_scale: f64,
    /// Training pictures are turned by up to so many degrees in each direction.
    pub rotate: f64,
    /// Share of the training pictures that stand in for the test pictures, in [0, 1): the last ones. 0: none.
    pub hold_out: f64,
    /// Share of the training pictures that is kept for theta: the validation set of the search. In (0, 1).
    pub theta_share: f64,
}

/// The data sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataSet {
    /// 4,000 + 1,000 handwritten digits inside the program.
    Digits,
    /// The four files of an MNIST-like set in a folder, plain or gzipped.
    Mnist,
    /// CIFAR-10 in its binary version.
    Cifar10,
    /// CIFAR-100 in its binary version.
    Cifar100,
    /// JPEG and PNG pictures in a folder a class, as ImageNet is kept.
    Folder,
}

impl DataSet {
    /// The name used in configurations.
    pub fn name(self) -> &'static str {
        match self {
            DataSet::Digits => "digits",
            DataSet::Mnist => "mnist",
            DataSet::Cifar10 => "cifar10",
            DataSet::Cifar100 => "cifar100",
            DataSet::Folder => "folder",
        }
    }

    /// What is to be in its folder, and where people get that; nothing for what is inside the program.
    pub fn files(self) -> Option<&'static str> {
        match self {
            DataSet::Digits => None,
            DataSet::Mnist => Some(
                "the four files train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and \
                 t10k-labels-idx1-ubyte, plain or gzipped. MNIST: https://ossci-datasets.s3.amazonaws.com/mnist/ has \
                 them; Fashion-MNIST: https://github.com/zalandoresearch/fashion-mnist",
            ),
            DataSet::Cifar10 => Some(
                "data_batch_1.bin to data_batch_5.bin and test_batch.bin, or any train*.bin and test*.bin of the same \
                 records. https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz holds them",
            ),
            DataSet::Cifar100 => Some(
                "train.bin and test.bin, or any train*.bin and test*.bin of the same records. \
                 https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz holds them",
            ),
            DataSet::Folder => Some(
                "JPEG and PNG pictures as train/<class>/*.jpeg and test/<class>/*.jpeg (or val/ in place of test/). \
                 Imagenette, from https://github.com/fastai/imagenette, and ImageNet, from https://image-net.org, are \
                 kept like that",
            ),
        }
    }
}

impl Default for DataSettings {
    fn default() -> Self {
        Self {
            set: DataSet::Digits,
            path: None,
            classes: None,
            class_pictures: None,
            size: 64,
            cache_mb: 1024,
            shift: 2,
            flip: false,
            cutout: 0,
            least_scale: 1.0,
            rotate: 0.0,
            hold_out: 0.0,
            theta_share: 0.5,
        }
    }
}
