//! A trained network that people can take away: its plan, its architecture, its numbers.
//!
//! A model is one safetensors file. Its tensors are the weights of its network by name, and the mean and variance that
//! each batch normalisation `x` uses once training is over, as `x.mean` and `x.variance`. The key `isthmus` of its
//! metadata holds the rest as JSON ([`Header`]). No tensor library is needed to read or write one.

mod file;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use file::ModelError;

use crate::data::Normalisation;
use crate::space::network::{Layer, Network, Weight, WeightId};
use crate::space::{Architecture, Plan};

/// What a model is, but for its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The network's depth, width and operations, its pictures and classes.
    pub plan: Plan,
    /// The options that it takes of the plan's decisions.
    pub architecture: Architecture,
    /// How pictures become its input.
    pub normalisation: Normalisation,
    /// Accuracy on the test set, 0 to 1, where it was tested.
    pub test_accuracy: Option<f64>,
}

/// A trained network.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    header: Header,
    network: Network,
    weights: Vec<Weight>,
    /// Weights and statistics by name, each in the order of its shape.
    values: BTreeMap<String, Vec<f32>>,
}

impl Model {
    /// A model of these numbers.
    ///
    /// # Errors
    /// A plan, an architecture or numbers that do not fit each other; which, and how they should be.
    pub fn new(header: Header, values: BTreeMap<String, Vec<f32>>) -> Result<Self, ModelError> {
        let (network, weights) = built(&header)?;
        file::check(&needed(&network, &weights), &values)?;
        Ok(Self { header, network, weights, values })
    }

    /// The tensors of a model that such a header describes: the shape of each by its name.
    ///
    /// # Errors
    /// A plan, an architecture or a normalisation that do not fit each other.
    pub fn shapes(header: &Header) -> Result<BTreeMap<String, Vec<usize>>, ModelError> {
        let (network, weights) = built(header)?;
        Ok(needed(&network, &weights))
    }

    /// What it is.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Its layers; every batch normalisation in it is affine.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// A weight of the network.
    pub fn weight(&self, id: WeightId) -> &Weight {
        &self.weights[id.0]
    }

    /// The numbers of a weight of the network, in the order of its shape.
    pub fn values(&self, id: WeightId) -> &[f32] {
        self.named(&self.weights[id.0].name)
    }

    /// The mean and the variance of each channel that a batch normalisation with this scale uses.
    pub fn statistics(&self, scale: WeightId) -> [&[f32]; 2] {
        statistics_names(&self.weights[scale.0]).map(|name| self.named(&name))
    }

    /// Numbers that `new` has found to be there.
    fn named(&self, name: &str) -> &[f32] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }
}

/// The names of a batch normalisation's mean and variance, from its scale.
pub fn statistics_names(scale: &Weight) -> [String; 2] {
    let base = scale.name.strip_suffix(".scale").unwrap_or(&scale.name);
    ["mean", "variance"].map(|part| format!("{base}.{part}"))
}

/// Every tensor of a network's model: its name and its shape, each once.
fn needed(network: &Network, weights: &[Weight]) -> BTreeMap<String, Vec<usize>> {
    let mut needed: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for id in network.weights() {
        needed.insert(weights[id.0].name.clone(), weights[id.0].shape.clone());
    }
    for step in &network.steps {
        if let Layer::BatchNorm { affine: Some([scale, _]) } = step.layer {
            for name in statistics_names(&weights[scale.0]) {
                needed.insert(name, weights[scale.0].shape.clone());
            }
        }
    }
    needed
}

/// The network that a header describes, which may come from anywhere.
fn built(header: &Header) -> Result<(Network, Vec<Weight>), ModelError> {
    let Header { plan, architecture, normalisation, .. } = header;
    let unfit = |reason: String| Err(ModelError::Header { reason });
    if !plan.is_affine() {
        return unfit("plan.settings.affine is false; the network of a model has trained scales and shifts".into());
    }
    if !plan.is_bounded() {
        return unfit("plan: depth, width or picture is beyond what networks may have".into());
    }
    let channels = plan.picture().channels;
    if !normalisation.fits(channels) {
        return unfit(format!("normalisation: it must have {channels} means, and as many deviations above 0"));
    }
    let space = plan.space();
    if !architecture.fits(space.decisions()) {
        return unfit("architecture: its options are not those of the plan's decisions".into());
    }
    Ok((space.network(architecture), space.weights().to_vec()))
}

#[cfg(test)]
mod tests;
