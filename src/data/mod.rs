//! Pictures: reading them, dividing the training set, and making batches of them.
//!
//! A [`Dataset`] is in memory, or decodes when it is asked. Pixels stay bytes until a batch is made of them; no tensor
//! is known here. What a batch holds follows from the seed and its number alone.

mod ahead;
mod augment;
mod batch;
mod cifar;
mod dataset;
mod error;
mod facts;
mod folder;
mod idx;
mod normal;
mod pictures;
#[cfg(test)]
mod testing;

pub use augment::Augmentation;
pub use batch::{Batch, Batches};
pub use dataset::{Dataset, Part, Parts, Picture, Pixels, TrainTest, divide};
pub use error::{DataError, Fault};
pub use facts::DataFacts;
pub use normal::Normalisation;
pub use pictures::Pictures;

use crate::config::{DataSet, DataSettings};

/// Reads the data set that the settings name.
///
/// # Errors
/// Missing, unreadable and malformed files, by name.
pub fn load(settings: &DataSettings) -> Result<TrainTest, DataError> {
    let data = read(settings)?;
    Ok(if settings.hold_out > 0.0 { data.holding_out(settings.hold_out) } else { data })
}

fn read(settings: &DataSettings) -> Result<TrainTest, DataError> {
    let Some((path, expected)) = settings.path.as_deref().zip(settings.set.files()) else {
        return idx::embedded_digits();
    };
    if !path.is_dir() {
        let (folder, missing) = (error::shown(path), "contents: there is no such folder".into());
        return Err(DataError::Missing { folder, missing, expected });
    }
    match settings.set {
        DataSet::Digits => idx::embedded_digits(),
        DataSet::Mnist => idx::folder(path),
        DataSet::Cifar10 => cifar::cifar10(path),
        DataSet::Cifar100 => cifar::cifar100(path),
        DataSet::Folder => folder::open(path, settings),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::network::PictureShape;

    #[test]
    fn the_embedded_digits_are_all_there() {
        let data = load(&DataSettings::default()).unwrap();
        for (pictures, each) in [(&data.train, 400), (&data.test, 100)] {
            assert_eq!(pictures.len(), 10 * each);
            assert_eq!(pictures.shape(), PictureShape { channels: 1, height: 28, width: 28 });
            for class in 0..10 {
                assert_eq!((0..pictures.len()).filter(|&i| pictures.label(i) == class).count(), each);
            }
        }
    }

    #[test]
    fn the_parts_hold_every_training_picture_once() {
        let data = load(&DataSettings::default()).unwrap();
        let parts = divide(data.clone(), 0.25, 64).unwrap();
        assert_eq!((parts.weights.len(), parts.theta.len()), (3000, 1000));
        for i in 0..4000 {
            let (part, place) = if i < 3000 { (&parts.weights, i) } else { (&parts.theta, i - 3000) };
            assert_eq!(*part.picture(place).unwrap().pixels, *data.train.picture(i).unwrap().pixels);
            assert_eq!(part.label(place), data.train.label(i));
        }
        assert_eq!(parts.test.len(), data.test.len());
    }

    #[test]
    fn what_is_held_out_stands_in_for_the_test_pictures_and_is_not_trained_on() {
        let whole = load(&DataSettings::default()).unwrap();
        let data = load(&DataSettings { hold_out: 0.2, ..DataSettings::default() }).unwrap();
        assert_eq!((data.train.len(), data.test.len()), (3200, 800));
        for i in 0..4000 {
            let (part, place) = if i < 3200 { (&data.train, i) } else { (&data.test, i - 3200) };
            assert_eq!(*part.picture(place).unwrap().pixels, *whole.train.picture(i).unwrap().pixels);
        }
        for (share, held_out) in [(1e-9, 1), (0.999999, 3999)] {
            let data = load(&DataSettings { hold_out: share, ..DataSettings::default() }).unwrap();
            assert_eq!((data.train.len(), data.test.len()), (4000 - held_out, held_out));
        }
    }

    #[test]
    fn a_part_without_a_whole_batch_is_refused() {
        let data = load(&DataSettings::default()).unwrap();
        let message = divide(data, 0.999, 64).unwrap_err().to_string();
        assert!(message.contains("4 pictures for the weights and 3996 for theta"), "{message}");
    }

    #[test]
    fn a_folder_that_is_not_there_says_what_is_expected_and_where_to_get_it() {
        for set in [DataSet::Mnist, DataSet::Cifar10, DataSet::Cifar100, DataSet::Folder] {
            let settings = DataSettings { set, path: Some("no/such/folder".into()), ..DataSettings::default() };
            let message = load(&settings).unwrap_err().to_string();
            assert!(message.starts_with("no/such/folder has no contents"), "{message}");
            assert!(message.contains("https://"), "{message}");
        }
    }
}
