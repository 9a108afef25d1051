//! What batches promise, on made pictures.

use rand::RngExt;

use super::*;
use crate::data::{Dataset, Pictures};

/// Pictures of 3x3 of which picture i has the value 20 i in its middle.
fn pictures(count: usize) -> Part {
    let shape = PictureShape { channels: 1, height: 3, width: 3 };
    let pixels = (0..count).flat_map(|i| [0, 0, 0, 0, 20 * i as u8, 0, 0, 0, 0]).collect();
    Pictures { shape, classes: count, names: Vec::new(), pixels, labels: (0..count as u8).collect() }.into()
}

fn shuffled(part: &Part, size: usize, augmentation: Augmentation) -> Batches {
    let normalisation = Normalisation::of(part).unwrap();
    Batches::shuffled(part.clone(), size, &normalisation, (7, Purpose::Batch), augmentation)
}

fn shifted(shift: usize) -> Augmentation {
    Augmentation { shift, ..Augmentation::NONE }
}

/// The same pictures behind a set that says that it is slow.
#[derive(Debug)]
struct Slow(Pictures);

impl Dataset for Slow {
    fn shape(&self) -> PictureShape {
        self.0.shape
    }
    fn classes(&self) -> usize {
        self.0.classes
    }
    fn class_names(&self) -> &[String] {
        &self.0.names
    }
    fn len(&self) -> usize {
        self.0.len()
    }
    fn label(&self, index: usize) -> usize {
        self.0.label(index)
    }
    fn picture(&self, index: usize) -> Result<Picture<'_>, DataError> {
        match self.label(index) {
            200 => Err(DataError::Picture(crate::data::Fault::new("cat.jpeg", "is gone"))),
            _ => self.0.picture(index),
        }
    }
    fn is_slow(&self) -> bool {
        true
    }
    fn identify(&self, _: std::ops::Range<usize>, _: &mut blake3::Hasher) {}
}

#[test]
fn an_epoch_shows_every_picture_once_and_epochs_differ() {
    let mut batches = shuffled(&pictures(12), 4, Augmentation::NONE);
    let mut epoch = |epoch: u64| -> Vec<i64> {
        (0..3).flat_map(|place| batches.batch(3 * epoch + place).unwrap().labels).collect()
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
    let fresh = || shuffled(&pictures, 5, shifted(1));
    let mut other = fresh();
    other.batch(100).unwrap();
    assert_eq!(fresh().batch(9).unwrap(), other.batch(9).unwrap());
    assert_eq!(fresh().batch(9).unwrap().len(), 5);
}

#[test]
fn batches_that_are_made_ahead_are_those_that_are_made_when_asked_for() {
    let shape = PictureShape { channels: 3, height: 6, width: 5 };
    let pixels: Vec<u8> = (0..40 * 90).map(|i| (i * 37 % 251) as u8).collect();
    let set = Pictures { shape, classes: 40, names: Vec::new(), pixels, labels: (0..40).collect() };
    let (now, slow) = (Part::from(set.clone()), Part::whole(Arc::new(Slow(set))));
    let all = Augmentation { shift: 2, flip: true, cutout: 3, least_scale: 0.3, rotate: 30.0 };
    let (mut expected, mut ahead) = (shuffled(&now, 7, all), shuffled(&slow, 7, all));
    for number in [0, 1, 2, 3, 4, 5, 6, 40, 41, 7, 8, 8, 8, 0] {
        assert_eq!(ahead.batch(number).unwrap(), expected.batch(number).unwrap(), "{number}");
    }
    let normalisation = Normalisation::of(&now).unwrap();
    let [mut expected, mut ahead] = [now, slow].map(|part| Batches::in_order(part, 9, &normalisation));
    for number in (0..5).chain(0..3) {
        assert_eq!(ahead.batch(number).unwrap(), expected.batch(number).unwrap(), "{number}");
    }
}

#[test]
fn a_picture_that_is_gone_is_the_error_of_its_batch() {
    let shape = PictureShape { channels: 1, height: 1, width: 1 };
    let set = Pictures { shape, classes: 256, names: Vec::new(), pixels: vec![3; 6], labels: vec![0, 1, 2, 200, 4, 5] };
    let normalisation = Normalisation { mean: vec![0.0], deviation: vec![1.0] };
    let mut batches = Batches::in_order(Part::whole(Arc::new(Slow(set))), 2, &normalisation);
    assert!(batches.batch(0).is_ok());
    assert_eq!(batches.batch(1).unwrap_err().to_string(), "a picture cannot be read: cat.jpeg: is gone");
    assert_eq!(batches.batch(2).unwrap().labels, [4, 5]);
}

#[test]
fn values_are_normalised_and_moved_with_black_coming_in() {
    let pictures = pictures(12);
    let still = Batches::in_order(pictures.clone(), 12, &Normalisation::of(&pictures).unwrap()).batch(0).unwrap();
    let mean = still.values.iter().sum::<f32>() / still.values.len() as f32;
    let square = still.values.iter().map(|value| value * value).sum::<f32>() / still.values.len() as f32;
    assert!(mean.abs() < 1e-5 && (square - 1.0).abs() < 1e-4);
    let moved = shuffled(&pictures, 12, shifted(1)).batch(0).unwrap();
    let mut places = std::collections::BTreeSet::new();
    for (values, label) in moved.values.chunks(9).zip(&moved.labels).filter(|(_, label)| **label > 0) {
        let bright: Vec<usize> = (0..9).filter(|&i| values[i] > values.iter().copied().fold(0.0, f32::min)).collect();
        assert_eq!(bright.len(), 1, "picture {label} keeps its one bright pixel: {values:?}");
        places.insert(bright[0]);
    }
    assert!(places.len() > 3, "moves differ: {places:?}");
}

#[test]
fn flips_mirror_each_row_of_each_channel() {
    let shape = PictureShape { channels: 2, height: 2, width: 3 };
    let pixels: Vec<u8> = (0..20 * 12).map(|i| i as u8).collect();
    let part: Part = Pictures { shape, classes: 20, names: Vec::new(), pixels, labels: (0..20).collect() }.into();
    let raw = Normalisation { mean: vec![0.0; 2], deviation: vec![1.0; 2] };
    let flip = Augmentation { flip: true, ..Augmentation::NONE };
    let batch = Batches::shuffled(part, 20, &raw, (1, Purpose::Batch), flip).batch(0).unwrap();
    let mut mirrored = 0;
    for (values, label) in batch.values.chunks(12).zip(&batch.labels) {
        let plain: Vec<f32> = (0..12).map(|i| (label * 12 + i) as f32).collect();
        let flipped: Vec<f32> = plain.chunks(3).flat_map(|row| row.iter().rev().copied()).collect();
        assert!(values == plain || values == flipped, "{values:?}");
        mirrored += usize::from(values == flipped);
    }
    assert!((4..=16).contains(&mirrored), "{mirrored} of 20");
}

#[test]
fn cutout_leaves_the_mean_in_a_square_of_every_channel_and_nothing_else_changes() {
    let shape = PictureShape { channels: 2, height: 9, width: 9 };
    // No pixel is the mean of its channel.
    let pixels: Vec<u8> = (0..30 * 162).map(|i| if i % 2 == 0 { 10 } else { 200 }).collect();
    let part: Part = Pictures { shape, classes: 30, names: Vec::new(), pixels, labels: (0..30).collect() }.into();
    let (mut plain, mut cut) = (
        shuffled(&part, 30, Augmentation::NONE),
        shuffled(&part, 30, Augmentation { cutout: 4, ..Augmentation::NONE }),
    );
    let (plain, cut) = (plain.batch(3).unwrap(), cut.batch(3).unwrap());
    let mut sizes = std::collections::BTreeSet::new();
    for (plain, cut) in plain.values.chunks(162).zip(cut.values.chunks(162)) {
        let holes: Vec<usize> = (0..162).filter(|&i| cut[i] == 0.0).collect();
        assert!((0..162).all(|i| cut[i] == 0.0 || cut[i] == plain[i]));
        let (first, second): (Vec<usize>, Vec<usize>) = holes.iter().partition(|&&i| i < 81);
        assert_eq!(first, second.iter().map(|i| i - 81).collect::<Vec<_>>(), "both channels alike");
        let range = |of: fn(usize) -> usize| {
            let places = || first.iter().map(|&i| of(i));
            (places().min().unwrap(), places().max().unwrap())
        };
        let ((top, bottom), (left, right)) = (range(|i| i / 9), range(|i| i % 9));
        let (rows, columns) = (bottom - top + 1, right - left + 1);
        assert_eq!(first.len(), rows * columns, "a rectangle without gaps");
        for (size, first, last) in [(rows, top, bottom), (columns, left, right)] {
            assert!(size == 4 || size < 4 && (first == 0 || last == 8), "clipped only at the border");
        }
        sizes.insert((rows, columns));
    }
    assert!(sizes.contains(&(4, 4)) && sizes.len() > 1, "{sizes:?}");
}

#[test]
fn the_last_batch_in_order_holds_what_is_left_and_then_they_begin_again() {
    let pictures = pictures(12);
    let mut batches = Batches::in_order(pictures.clone(), 5, &Normalisation::of(&pictures).unwrap());
    assert_eq!(batches.an_epoch(), 3);
    let sizes: Vec<usize> = (0..4).map(|number| batches.batch(number).unwrap().len()).collect();
    assert_eq!(sizes, [5, 5, 2, 5]);
    assert!(batches.waited() > Duration::ZERO);
}

/// The batches of earlier releases, which runs that were begun with them go on with: one channel, moved.
fn as_they_were(part: &Part, size: usize, reach: i32, seed: u64, number: u64) -> Batch {
    let Normalisation { mean, deviation } = Normalisation::of(part).unwrap();
    let each = (part.len() / size) as u64;
    let mut order: Vec<u32> = (0..part.len() as u32).collect();
    order.shuffle(&mut stream(seed, Purpose::Batch, number / each));
    let mut moves = stream(seed, Purpose::Augmentation, number);
    let shape = part.shape();
    let mut batch = Batch { values: Vec::new(), labels: Vec::new(), shape };
    for &index in order.iter().skip((number % each) as usize * size).take(size) {
        let [down, right] = [0; 2].map(|_: i32| moves.random_range(-reach..=reach));
        batch.labels.push(part.label(index as usize) as i64);
        let picture = part.picture(index as usize).unwrap();
        for row in 0..shape.height as i32 {
            for column in 0..shape.width as i32 {
                let (row, column) = (row - down, column - right);
                let inside = (0..shape.height as i32).contains(&row) && (0..shape.width as i32).contains(&column);
                let byte = if inside { picture.pixels[row as usize * shape.width + column as usize] } else { 0 };
                batch.values.push((f32::from(byte) - mean[0]) / deviation[0]);
            }
        }
    }
    batch
}

#[test]
fn the_batches_of_the_digits_are_those_of_every_release() {
    let digits = crate::data::load(&crate::config::DataSettings::default()).unwrap().train;
    for shift in [0, 2, 8] {
        let mut batches = shuffled(&digits, 48, shifted(shift));
        for number in [0, 1, 82, 83, 500] {
            let was = as_they_were(&digits, 48, shift as i32, 7, number);
            assert!(batches.batch(number).unwrap() == was, "shift {shift}, batch {number}");
        }
    }
    // As computed by another program.
    let Normalisation { mean, deviation } = Normalisation::of(&digits).unwrap();
    assert_eq!((mean, deviation), (vec![33.541_39], vec![78.744_74]));
}
