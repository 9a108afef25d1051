//! `[training]` and `[retraining]`: how weights are trained, shared ones and those of one network.

use serde::{Deserialize, Serialize};

use crate::config::Amount;

/// `[training]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingSettings {
    /// Pictures in a batch, of a weight step as of a score.
    pub batch: usize,
    /// First learning rate.
    pub learning_rate: f64,
    /// Learning rate at the end of the cosine.
    pub final_learning_rate: f64,
    /// Momentum of SGD, in [0, 1).
    pub momentum: f64,
    /// Weight decay.
    pub weight_decay: f64,
    /// Largest norm of the gradient; longer ones are shortened to it. 0: never.
    pub clip: f64,
}

/// `[retraining]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetrainingSettings {
    /// Cells in a row; as in the search where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cells: Option<usize>,
    /// Channels of the first cells; as in the search where neither this nor a limit is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<usize>,
    /// The most parameters that a network may have: it gets as many channels as fit, each network its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_parameters: Option<Amount>,
    /// The same of multiply-accumulates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_macs: Option<Amount>,
    /// Stride of a single stem's convolution; as in the search where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stem_stride: Option<usize>,
    /// How training pictures are changed; each as in `[data]` where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift: Option<usize>,
    /// See [`crate::config::DataSettings::flip`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flip: Option<bool>,
    /// See [`crate::config::DataSettings::cutout`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cutout: Option<usize>,
    /// See [`crate::config::DataSettings::least_scale`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least_scale: Option<f64>,
    /// See [`crate::config::DataSettings::rotate`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotate: Option<f64>,
    /// Passes over all training pictures.
    pub epochs: u64,
    /// Pictures in a batch.
    pub batch: usize,
    /// Parts of a batch, each normalised by itself and computed by a thread of its own.
    pub parts: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// Epochs in which the learning rate rises to it, before it falls along a cosine to 0.
    pub warm_up_epochs: u64,
    /// Momentum of SGD, in [0, 1).
    pub momentum: f64,
    /// Weight decay.
    pub weight_decay: f64,
    /// Largest norm of the gradient; longer ones are shortened to it. 0: never.
    pub clip: f64,
    /// Share of a label that is spread over all classes, in [0, 1).
    pub label_smoothing: f64,
    /// The probability that a path of a cell is left out, at the end of training; it rises from 0. In [0, 1).
    pub drop_path: f64,
    /// The weight of an auxiliary head's loss; 0: there is none.
    pub auxiliary: f64,
    /// What the average of the weights, which is the model, keeps of itself in a step, in [0, 1). 0: the model is the
    /// weights of the last step.
    pub average: f64,
}

impl Default for TrainingSettings {
    fn default() -> Self {
        Self { batch: 64, learning_rate: 0.05, final_learning_rate: 0.0, momentum: 0.9, weight_decay: 3e-4, clip: 5.0 }
    }
}

impl Default for RetrainingSettings {
    fn default() -> Self {
        Self {
            cells: None,
            channels: None,
            most_parameters: None,
            most_macs: None,
            stem_stride: None,
            shift: None,
            flip: None,
            cutout: None,
            least_scale: None,
            rotate: None,
            epochs: 60,
            batch: 64,
            parts: 2,
            learning_rate: 0.1,
            warm_up_epochs: 2,
            momentum: 0.9,
            weight_decay: 3e-4,
            clip: 5.0,
            label_smoothing: 0.1,
            drop_path: 0.0,
            auxiliary: 0.0,
            average: 0.995,
        }
    }
}
