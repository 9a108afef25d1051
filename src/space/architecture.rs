//! One answer to every decision.

use serde::{Deserialize, Serialize};

/// A choice that a search makes, and the options it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What is decided, unique in its space, for example `normal.2.input_a`.
    pub name: String,
    /// The names of the options; an architecture holds an index into this list.
    pub options: Vec<String>,
}

/// One option index for every decision of a space.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Architecture(Box<[u16]>);

impl Architecture {
    /// An architecture from its option indices, one a decision.
    pub fn new(options: impl Into<Box<[u16]>>) -> Self {
        Self(options.into())
    }

    /// The option index of every decision.
    pub fn options(&self) -> &[u16] {
        &self.0
    }

    /// Whether this answers exactly the given decisions with options they have.
    pub fn fits(&self, decisions: &[Decision]) -> bool {
        self.0.len() == decisions.len()
            && self.0.iter().zip(decisions).all(|(&option, decision)| usize::from(option) < decision.options.len())
    }

    /// In how many decisions two architectures of one space differ.
    pub fn distance(&self, other: &Self) -> usize {
        self.0.iter().zip(&other.0).filter(|(a, b)| a != b).count()
    }
}
