//! What bytes become as numbers: the mean of each channel taken off, and divided by its deviation.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::augment::view;
use super::{DataError, Part};

/// Pictures of a set that decodes which are looked at: enough for three digits of the mean.
const LOOKED_AT: usize = 4096;

/// Mean and standard deviation of each channel, of bytes from 0 to 255.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normalisation {
    /// One a channel.
    pub mean: Vec<f32>,
    /// One a channel, above 0.
    pub deviation: Vec<f32>,
}

type Histogram = [u64; 256];

impl Normalisation {
    /// Of all pixels of some pictures, or where those must be decoded, of 4,096 pictures spread over them. A deviation
    /// of 0 counts as 1.
    ///
    /// # Errors
    /// A picture that cannot be read any more.
    pub fn of(part: &Part) -> Result<Self, DataError> {
        let shape = part.shape();
        let looked_at = if part.set().is_slow() { part.len().min(LOOKED_AT) } else { part.len() };
        let none = || vec![[0; 256]; shape.channels];
        let add = |mut counts: Vec<Histogram>, place: usize| {
            let picture = part.picture(place * part.len() / looked_at)?;
            for (count, plane) in counts.iter_mut().zip(view(&picture, shape, None).chunks_exact(shape.area())) {
                plane.iter().for_each(|&byte| count[usize::from(byte)] += 1);
            }
            Ok(counts)
        };
        let join = |mut a: Vec<Histogram>, b: Vec<Histogram>| {
            a.iter_mut().flatten().zip(b.iter().flatten()).for_each(|(a, b)| *a += b);
            Ok(a)
        };
        let counts = (0..looked_at).into_par_iter().try_fold(none, add).try_reduce(none, join)?;
        let (mean, deviation) = counts.iter().map(moments).unzip();
        Ok(Self { mean, deviation })
    }

    /// Whether it can be that of pictures with so many channels.
    pub fn fits(&self, channels: usize) -> bool {
        let good = |values: &[f32], least: f32| {
            values.len() == channels && values.iter().all(|value| value.is_finite() && *value >= least)
        };
        good(&self.mean, 0.0) && good(&self.deviation, f32::MIN_POSITIVE)
    }

    /// What each byte becomes, one table a channel.
    pub(super) fn tables(&self) -> Vec<[f32; 256]> {
        let table = |(mean, deviation): (&f32, &f32)| {
            let mut table = [0.0; 256];
            for (value, byte) in table.iter_mut().zip(0..=255u8) {
                *value = (f32::from(byte) - mean) / deviation;
            }
            table
        };
        self.mean.iter().zip(&self.deviation).map(table).collect()
    }
}

fn moments(counts: &Histogram) -> (f32, f32) {
    let count = counts.iter().sum::<u64>().max(1) as f64;
    let moment = |power: i32| {
        let sum: f64 = counts.iter().enumerate().map(|(byte, &n)| n as f64 * (byte as f64).powi(power)).sum();
        sum / count
    };
    let mean = moment(1);
    let deviation = (moment(2) - mean * mean).max(0.0).sqrt();
    (mean as f32, if deviation > 0.0 { deviation as f32 } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Pictures;
    use crate::space::network::PictureShape;

    #[test]
    fn each_channel_has_its_own_mean_and_deviation() {
        let shape = PictureShape { channels: 3, height: 1, width: 2 };
        let pixels = vec![0, 2, 100, 100, 255, 255, 4, 6, 100, 100, 255, 0];
        let part = Part::from(Pictures { shape, classes: 2, names: Vec::new(), pixels, labels: vec![0, 1] });
        let found = Normalisation::of(&part).unwrap();
        assert_eq!(found.mean, [3.0, 100.0, 191.25]);
        assert_eq!(found.deviation[..2], [5f32.sqrt(), 1.0]);
        assert!(found.fits(3) && !found.fits(1));
        assert!(!Normalisation { mean: vec![1.0], deviation: vec![0.0] }.fits(1));
        assert!(!Normalisation { mean: vec![f32::NAN], deviation: vec![1.0] }.fits(1));
    }

    #[test]
    fn what_is_kept_in_a_run_reads_back_to_the_same_bits() {
        let values: Vec<f32> = (0..20_000).map(|i| (i as f32 * 0.777).sin().abs() * 255.0 + 1e-3).collect();
        let kept = Normalisation { mean: values.clone(), deviation: values };
        let read: Normalisation = serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
        assert_eq!(read, kept);
    }
}
