//! Batches: in which order pictures come, how they are moved about, and their numbers.

use rand::RngExt;
use rand::seq::SliceRandom;

use super::Pictures;
use crate::search::{Purpose, stream};
use crate::space::network::PictureShape;

/// Normalised pictures with their labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Numbers, picture by picture, channels first.
    pub values: Vec<f32>,
    /// One label a picture.
    pub labels: Vec<i64>,
    /// The shape of a picture.
    pub shape: PictureShape,
}

impl Batch {
    /// How many pictures.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}

/// Endless shuffled batches of some pictures, the same for the same seed, purpose and iteration.
#[derive(Clone, Debug)]
pub struct Batches {
    seed: u64,
    order: Purpose,
    size: usize,
    shift: usize,
    mean: f32,
    deviation: f32,
    /// The permutation of the epoch that was asked for last.
    epoch: Option<(u64, Vec<u32>)>,
}

impl Batches {
    /// Batches of `size` pictures, moved by up to `shift` pixels, in an order that is drawn for `order`; values are
    /// normalised by the mean and deviation of `reference`.
    pub fn new(seed: u64, order: Purpose, size: usize, shift: usize, reference: &Pictures) -> Self {
        let (mean, deviation) = statistics(reference);
        Self { seed, order, size, shift, mean, deviation, epoch: None }
    }

    /// Batches in one pass over the pictures; those that do not fill the last one wait for the next pass.
    pub fn an_epoch(&self, pictures: &Pictures) -> u64 {
        (pictures.len() / self.size).max(1) as u64
    }

    /// The batch of an iteration.
    pub fn batch(&mut self, pictures: &Pictures, iteration: u64) -> Batch {
        let each = self.an_epoch(pictures);
        let (epoch, place) = (iteration / each, (iteration % each) as usize);
        if self.epoch.as_ref().is_none_or(|(known, _)| *known != epoch) {
            let mut order: Vec<u32> = (0..pictures.len() as u32).collect();
            order.shuffle(&mut stream(self.seed, self.order, epoch));
            self.epoch = Some((epoch, order));
        }
        let order = self.epoch.as_ref().map_or(&[][..], |(_, order)| order);
        let chosen: Vec<usize> = order.iter().skip(place * self.size).take(self.size).map(|&i| i as usize).collect();
        let mut shifts = stream(self.seed, Purpose::Augmentation, iteration);
        let reach = self.shift as i32;
        let moves: Vec<[i32; 2]> =
            chosen.iter().map(|_| [0; 2].map(|_: i32| shifts.random_range(-reach..=reach))).collect();
        self.gather(pictures, chosen.into_iter().zip(moves))
    }

    /// The pictures from `first` on, at most `count`, in their own order and as they are.
    pub fn consecutive(&self, pictures: &Pictures, first: usize, count: usize) -> Batch {
        let last = pictures.len().min(first + count);
        self.gather(pictures, (first..last).map(|index| (index, [0, 0])))
    }

    fn gather(&self, pictures: &Pictures, chosen: impl Iterator<Item = (usize, [i32; 2])>) -> Batch {
        let shape = pictures.shape;
        let mut values = Vec::new();
        let mut labels = Vec::new();
        let table: Vec<f32> = (0..=255u8).map(|byte| (f32::from(byte) - self.mean) / self.deviation).collect();
        for (index, [down, right]) in chosen {
            labels.push(i64::from(pictures.labels[index]));
            for plane in pictures.picture(index).chunks_exact(shape.area()) {
                for row in 0..shape.height as i32 {
                    for column in 0..shape.width as i32 {
                        let byte = pixel(plane, shape, row - down, column - right);
                        values.push(table[usize::from(byte)]);
                    }
                }
            }
        }
        Batch { values, labels, shape }
    }
}

/// A pixel, or black beyond the edge.
fn pixel(plane: &[u8], shape: PictureShape, row: i32, column: i32) -> u8 {
    let inside = (0..shape.height as i32).contains(&row) && (0..shape.width as i32).contains(&column);
    if inside { plane[row as usize * shape.width + column as usize] } else { 0 }
}

/// Mean and standard deviation of all pixels; a deviation of 0 counts as 1.
fn statistics(pictures: &Pictures) -> (f32, f32) {
    let mut histogram = [0u64; 256];
    for &byte in &pictures.pixels {
        histogram[usize::from(byte)] += 1;
    }
    let count = pictures.pixels.len().max(1) as f64;
    let moment = |power: i32| {
        let sum: f64 = histogram.iter().enumerate().map(|(byte, &n)| n as f64 * (byte as f64).powi(power)).sum();
        sum / count
    };
    let mean = moment(1);
    let deviation = (moment(2) - mean * mean).max(0.0).sqrt();
    (mean as f32, if deviation > 0.0 { deviation as f32 } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pictures of 3x3 of which picture i has the value 20 i in its middle.
    fn pictures(count: usize) -> Pictures {
        let shape = PictureShape { channels: 1, height: 3, width: 3 };
        let pixels = (0..count).flat_map(|i| [0, 0, 0, 0, 20 * i as u8, 0, 0, 0, 0]).collect();
        Pictures { shape, classes: count, pixels, labels: (0..count as u8).collect() }
    }

    #[test]
    fn an_epoch_shows_every_picture_once_and_epochs_differ() {
        let pictures = pictures(12);
        let mut batches = Batches::new(7, Purpose::Batch, 4, 0, &pictures);
        let mut epoch = |epoch: u64| -> Vec<i64> {
            (0..3).flat_map(|place| batches.batch(&pictures, 3 * epoch + place).labels).collect()
        };
        let (first, second) = (epoch(0), epoch(1));
        for order in [&first, &second] {
            let mut sorted = order.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..12).collect::<Vec<i64>>());
        }
        assert_ne!(first, second);
    }

    #[test]
    fn the_same_iteration_gives_the_same_batch_whatever_was_asked_before() {
        let pictures = pictures(12);
        let fresh = || Batches::new(7, Purpose::Batch, 5, 1, &pictures);
        let mut other = fresh();
        other.batch(&pictures, 100);
        assert_eq!(fresh().batch(&pictures, 9), other.batch(&pictures, 9));
        assert_eq!(fresh().batch(&pictures, 9).len(), 5);
    }

    #[test]
    fn values_are_normalised_and_moved_with_black_coming_in() {
        let pictures = pictures(12);
        let mut batches = Batches::new(3, Purpose::Batch, 12, 1, &pictures);
        let still = batches.consecutive(&pictures, 0, 12);
        let mean = still.values.iter().sum::<f32>() / still.values.len() as f32;
        let square = still.values.iter().map(|value| value * value).sum::<f32>() / still.values.len() as f32;
        assert!(mean.abs() < 1e-5 && (square - 1.0).abs() < 1e-4);
        let moved = batches.batch(&pictures, 0);
        let mut places = std::collections::BTreeSet::new();
        for (values, label) in moved.values.chunks(9).zip(&moved.labels).filter(|(_, label)| **label > 0) {
            let bright: Vec<usize> =
                (0..9).filter(|&i| values[i] > values.iter().copied().fold(0.0, f32::min)).collect();
            assert_eq!(bright.len(), 1, "picture {label} keeps its one bright pixel: {values:?}");
            places.insert(bright[0]);
        }
        assert!(places.len() > 3, "moves differ: {places:?}");
    }

    #[test]
    fn the_last_consecutive_batch_holds_what_is_left() {
        let pictures = pictures(12);
        let batches = Batches::new(3, Purpose::Batch, 5, 0, &pictures);
        let sizes: Vec<usize> = [0, 5, 10].map(|first| batches.consecutive(&pictures, first, 5).len()).into();
        assert_eq!(sizes, [5, 5, 2]);
    }
}
