//! What a run keeps of its data: `data.json` in its folder.

use serde::{Deserialize, Serialize};

use super::{DataError, Normalisation, Parts};
use crate::config::DataSet;

/// The data of a run, in figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataFacts {
    /// The set.
    pub set: DataSet,
    /// Channels, rows and columns of a picture.
    pub picture: [usize; 3],
    /// Pictures that the weights learn from.
    pub weights: usize,
    /// Pictures that theta learns from.
    pub theta: usize,
    /// Pictures for the final report.
    pub test: usize,
    /// How many classes there are.
    pub classes: usize,
    /// What they are called; empty where that is not known.
    pub class_names: Vec<String>,
    /// How bytes become numbers, from the pictures that the weights learn from.
    #[serde(flatten)]
    pub normalisation: Normalisation,
    /// What tells these data from others.
    pub fingerprint: String,
}

impl DataFacts {
    /// Of these parts. Means and deviations are those that are known of the same data, where they are.
    ///
    /// # Errors
    /// A picture that cannot be read any more.
    pub fn of(set: DataSet, parts: &Parts, fingerprint: &str, known: Option<&Self>) -> Result<Self, DataError> {
        let part = &parts.weights;
        let shape = part.shape();
        let known = known.filter(|known| known.fingerprint == fingerprint && known.normalisation.fits(shape.channels));
        let normalisation = match known {
            Some(known) => known.normalisation.clone(),
            None => Normalisation::of(part)?,
        };
        Ok(Self {
            set,
            picture: [shape.channels, shape.height, shape.width],
            weights: part.len(),
            theta: parts.theta.len(),
            test: parts.test.len(),
            classes: part.classes(),
            class_names: part.set().class_names().to_vec(),
            normalisation,
            fingerprint: fingerprint.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DataSettings;
    use crate::data::{divide, load};

    #[test]
    fn what_is_known_of_the_same_data_is_not_computed_again() {
        let parts = divide(load(&DataSettings::default()).unwrap(), 0.5, 64).unwrap();
        let of = |fingerprint, known: Option<&DataFacts>| {
            DataFacts::of(DataSet::Digits, &parts, fingerprint, known).unwrap()
        };
        let fresh = of("a", None);
        let text = serde_json::to_string(&fresh).unwrap();
        assert_eq!(serde_json::from_str::<DataFacts>(&text).unwrap(), fresh);
        let other = Normalisation { mean: vec![1.0], deviation: vec![2.0] };
        let mut known = DataFacts { normalisation: other.clone(), ..fresh.clone() };
        assert_eq!(of("a", Some(&known)).normalisation, other);
        assert_eq!(of("b", Some(&known)).normalisation, fresh.normalisation);
        known.normalisation.deviation.clear();
        assert_eq!(of("a", Some(&known)), fresh);
    }
}
