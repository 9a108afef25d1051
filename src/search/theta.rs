//! A product of categorical distributions, one row of probabilities a decision.
//!
//! p(c) = prod_d theta\[d\]\[c_d\]. All rows lie in one flat list, so that an update walks memory once; a clone shares the
//! places where rows start.

use std::sync::Arc;

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use crate::space::Architecture;

/// How far the sum of a row that is read in may be from 1.
const SUM_TOLERANCE: f64 = 1e-9;

/// How much of the uniform distribution is mixed into frequencies.
const REST: f64 = 0.05;

/// For each decision, the probability of each option.
///
/// It is written and read as a list of rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Vec<f64>>", into = "Vec<Vec<f64>>")]
pub struct Theta {
    values: Vec<f64>,
    offsets: Arc<[usize]>,
}

/// Why rows are no probabilities.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ThetaError {
    /// A decision without options.
    #[error("row {decision} is empty")]
    Empty {
        /// The row.
        decision: usize,
    },
    /// A number that is no probability.
    #[error("row {decision}, option {option}: {value} is no probability")]
    NoProbability {
        /// The row.
        decision: usize,
        /// The place in it.
        option: usize,
        /// The number.
        value: f64,
    },
    /// A row that does not add up.
    #[error("row {decision} sums to {sum}, not to 1")]
    Sum {
        /// The row.
        decision: usize,
        /// Its sum.
        sum: f64,
    },
}

impl Theta {
    /// The start of a search: every option of a decision equally likely; `sizes` counts the options of each.
    pub fn uniform(sizes: &[usize]) -> Self {
        let values = sizes.iter().flat_map(|&size| std::iter::repeat_n(1.0 / size as f64, size)).collect();
        Self { values, offsets: offsets(sizes) }
    }

    /// The shares that options have among architectures, mixed with [`REST`] of the uniform distribution, so that none
    /// is 0; uniform where there are no architectures.
    pub(super) fn frequencies<'a>(sizes: &[usize], architectures: impl Iterator<Item = &'a Architecture>) -> Self {
        let mut theta = Self::uniform(sizes);
        let mut counts = vec![0.0; theta.values.len()];
        let mut members = 0.0;
        for architecture in architectures {
            let places = theta.offsets.iter().zip(architecture.options());
            places.for_each(|(start, &option)| counts[start + usize::from(option)] += 1.0);
            members += 1.0;
        }
        if members > 0.0 {
            theta
                .values
                .iter_mut()
                .zip(counts)
                .for_each(|(p, count)| *p = REST * *p + (1.0 - REST) * (count / members));
        }
        theta
    }

    /// An architecture of which every option is equally likely.
    pub(super) fn uniform_sample(sizes: &[usize], rng: &mut dyn Rng) -> Architecture {
        Architecture::new(sizes.iter().map(|&size| rng.random_range(..size) as u16).collect::<Vec<_>>())
    }

    /// How many decisions there are.
    pub fn decisions(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The number of options of each decision.
    pub fn sizes(&self) -> impl Iterator<Item = usize> + '_ {
        self.offsets.windows(2).map(|pair| pair[1] - pair[0])
    }

    /// The number of free parameters, sum over decisions of (options - 1).
    pub fn freedom(&self) -> usize {
        self.values.len() - self.decisions()
    }

    /// Where each row starts in [`Theta::values`], and the end of the last.
    pub fn offsets(&self) -> &[usize] {
        &self.offsets
    }

    /// All rows, one after the other.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All rows, to be changed; keeping each a row of probabilities is the caller's part.
    pub(super) fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// The probabilities of one decision.
    ///
    /// # Panics
    /// Where there is no such decision.
    pub fn row(&self, decision: usize) -> &[f64] {
        &self.values[self.offsets[decision]..self.offsets[decision + 1]]
    }

    /// The rows in order.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> + '_ {
        self.offsets.windows(2).map(|pair| &self.values[pair[0]..pair[1]])
    }

    /// The rows in order, to be changed; keeping each a row of probabilities is the caller's part.
    pub(super) fn rows_mut(&mut self) -> impl Iterator<Item = &mut [f64]> + '_ {
        let mut rest = &mut self.values[..];
        self.offsets.windows(2).map(move |pair| {
            let (row, after) = std::mem::take(&mut rest).split_at_mut(pair[1] - pair[0]);
            rest = after;
            row
        })
    }

    /// Whether an architecture answers exactly these decisions with options they have.
    pub fn fits(&self, architecture: &Architecture) -> bool {
        let options = architecture.options();
        options.len() == self.decisions()
            && options.iter().zip(self.sizes()).all(|(&option, size)| usize::from(option) < size)
    }

    /// ln p(c), which stays exact where p(c) itself would underflow.
    ///
    /// # Panics
    /// Where the architecture does not fit.
    pub fn log_probability(&self, architecture: &Architecture) -> f64 {
        self.rows().zip(architecture.options()).map(|(row, &option)| row[usize::from(option)].ln()).sum()
    }

    /// log10 p(c), as people read it; nothing where the architecture does not fit.
    pub fn log10_probability(&self, architecture: &Architecture) -> Option<f64> {
        self.fits(architecture).then(|| self.log_probability(architecture) / std::f64::consts::LN_10)
    }

    /// Mean entropy of the rows, each divided by the greatest it can have, ln(options): 1 undecided, 0 decided.
    ///
    /// A decision with one option decides nothing and is left out; 0 where all are such.
    pub fn entropy(&self) -> f64 {
        let mut sum = 0.0;
        let mut rows = 0;
        for row in self.rows().filter(|row| row.len() > 1) {
            let entropy: f64 = row.iter().filter(|&&p| p > 0.0).map(|p| -p * p.ln()).sum();
            sum += entropy / (row.len() as f64).ln();
            rows += 1;
        }
        if rows == 0 { 0.0 } else { sum / f64::from(rows) }
    }

    /// The mean of two, over the same decisions.
    ///
    /// # Panics
    /// Where they are over different decisions.
    pub fn midway(&self, other: &Self) -> Self {
        assert_eq!(self.offsets, other.offsets, "over different decisions");
        let values = self.values.iter().zip(&other.values).map(|(a, b)| (a + b) / 2.0).collect();
        Self { values, offsets: Arc::clone(&self.offsets) }
    }

    /// The geometric mean of two over the same decisions, p^share q^(1 - share), each row brought to the sum 1.
    ///
    /// # Panics
    /// Where they are over different decisions.
    pub(super) fn geometric(&self, other: &Self, share: f64) -> Self {
        assert_eq!(self.offsets, other.offsets, "over different decisions");
        let mean = |(p, q): (&f64, &f64)| (share * p.ln() + (1.0 - share) * q.ln()).exp();
        let values = self.values.iter().zip(&other.values).map(mean).collect();
        let mut theta = Self { values, offsets: Arc::clone(&self.offsets) };
        for row in theta.rows_mut() {
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|p| *p /= sum);
        }
        theta
    }

    /// The most likely architecture; of equally likely options the first.
    pub fn mode(&self) -> Architecture {
        let mode = |row: &[f64]| (1..row.len()).fold(0, |best, j| if row[j] > row[best] { j } else { best }) as u16;
        Architecture::new(self.rows().map(mode).collect::<Vec<_>>())
    }

    /// Draws so many architectures at once that for every decision one falls into each of as many equal shares of the
    /// probability (Latin hypercube sampling; McKay, Beckman and Conover, Technometrics 1979): each is distributed as
    /// one of [`Theta::sample`], and together they leave no likely option out.
    pub(super) fn stratified(&self, count: usize, rng: &mut dyn Rng) -> Vec<Architecture> {
        let mut options = vec![Vec::with_capacity(self.decisions()); count];
        let mut order: Vec<usize> = (0..count).collect();
        for row in self.rows() {
            order.shuffle(rng);
            for (options, &stratum) in options.iter_mut().zip(&order) {
                let uniform = (stratum as f64 + rng.random::<f64>()) / count as f64;
                options.push(invert(row, uniform));
            }
        }
        options.into_iter().map(Architecture::new).collect()
    }

    /// Draws an architecture by inverting the cumulative distribution of each row.
    ///
    /// One number is drawn for each decision that has a choice.
    pub fn sample(&self, rng: &mut dyn Rng) -> Architecture {
        let draw = |row: &[f64]| if row.len() > 1 { invert(row, rng.random()) } else { 0 };
        Architecture::new(self.rows().map(draw).collect::<Vec<_>>())
    }
}

/// The option in whose share of [0, 1) the number lies.
fn invert(row: &[f64], uniform: f64) -> u16 {
    let mut cumulative = 0.0;
    // The last option takes what rounding leaves between the sum of the row and 1.
    let last = row.len() - 1;
    for (option, p) in row[..last].iter().enumerate() {
        cumulative += p;
        if uniform < cumulative {
            return option as u16;
        }
    }
    last as u16
}

fn offsets(sizes: &[usize]) -> Arc<[usize]> {
    let ends = sizes.iter().scan(0, |end, size| {
        *end += size;
        Some(*end)
    });
    std::iter::once(0).chain(ends).collect()
}

impl TryFrom<Vec<Vec<f64>>> for Theta {
    type Error = ThetaError;

    fn try_from(rows: Vec<Vec<f64>>) -> Result<Self, ThetaError> {
        for (decision, row) in rows.iter().enumerate() {
            if row.is_empty() {
                return Err(ThetaError::Empty { decision });
            }
            if let Some((option, &value)) = row.iter().enumerate().find(|(_, p)| !(0.0..=1.0).contains(*p)) {
                return Err(ThetaError::NoProbability { decision, option, value });
            }
            let sum: f64 = row.iter().sum();
            if (sum - 1.0).abs() > SUM_TOLERANCE {
                return Err(ThetaError::Sum { decision, sum });
            }
        }
        let sizes: Vec<usize> = rows.iter().map(Vec::len).collect();
        Ok(Self { values: rows.concat(), offsets: offsets(&sizes) })
    }
}

impl From<Theta> for Vec<Vec<f64>> {
    fn from(theta: Theta) -> Self {
        theta.rows().map(<[f64]>::to_vec).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Purpose, stream};

    fn theta(rows: &[&[f64]]) -> Theta {
        Theta::try_from(rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_uniform_start_is_undecided_and_its_mode_is_the_first_option() {
        let theta = Theta::uniform(&[2, 1, 5]);
        assert_eq!(theta.row(0), [0.5, 0.5]);
        assert_eq!(theta.row(1), [1.0]);
        assert_eq!(theta.freedom(), 5);
        assert!((theta.entropy() - 1.0).abs() < 1e-15);
        assert_eq!(theta.mode().options(), [0, 0, 0]);
    }

    #[test]
    fn the_probability_of_what_does_not_fit_is_unknown() {
        let theta = theta(&[&[0.1, 0.9], &[0.01, 0.99]]);
        let log10 = |options: &[u16]| theta.log10_probability(&Architecture::new(options));
        assert!((log10(&[0, 0]).unwrap() + 3.0).abs() < 1e-12);
        assert_eq!([log10(&[0]), log10(&[0, 2])], [None, None]);
    }

    #[test]
    fn entropy_is_the_mean_over_decisions_that_have_a_choice() {
        assert_eq!(theta(&[&[1.0, 0.0], &[0.5, 0.5], &[1.0]]).entropy(), 0.5);
        assert_eq!(theta(&[&[1.0]]).entropy(), 0.0);
    }

    #[test]
    fn the_ends_of_the_unit_interval_fall_into_the_first_and_the_last_option() {
        let row = [0.1; 10];
        assert!(row.iter().sum::<f64>() < 1.0);
        assert_eq!(invert(&row, 0.0), 0);
        assert_eq!(invert(&row, 1.0 - f64::EPSILON / 2.0), 9);
        assert_eq!(invert(&[0.25, 0.75], 0.25), 1);
    }

    #[test]
    fn frequencies_of_samples_are_the_probabilities() {
        let theta = theta(&[&[0.6, 0.4], &[0.5, 0.3, 0.2]]);
        let mut rng = stream(1, Purpose::ScorePool, 0);
        let mut counts = vec![0_u32; 5];
        for _ in 0..20_000 {
            for (start, &option) in [0, 2].iter().zip(theta.sample(&mut rng).options()) {
                counts[start + usize::from(option)] += 1;
            }
        }
        for (count, p) in counts.iter().zip(theta.values()) {
            assert!((f64::from(*count) / 20_000.0 - p).abs() < 0.015, "{counts:?}");
        }
    }

    #[test]
    fn it_is_written_as_rows_and_only_probabilities_are_read() {
        let rows = "[[0.6,0.4],[0.1,0.2,0.7]]";
        let read: Theta = serde_json::from_str(rows).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), rows);
        for (bad, why) in [
            ("[[]]", "row 0 is empty"),
            ("[[0.5,0.5],[1.5,-0.5]]", "row 1, option 0: 1.5 is no probability"),
            ("[[0.5,0.4]]", "row 0 sums to 0.9, not to 1"),
        ] {
            assert_eq!(serde_json::from_str::<Theta>(bad).unwrap_err().to_string(), why);
        }
    }

    #[test]
    fn only_architectures_of_the_space_fit() {
        let theta = Theta::uniform(&[2, 3]);
        assert!(theta.fits(&Architecture::new([1, 2])));
        for misfit in [vec![1], vec![1, 2, 0], vec![2, 0]] {
            assert!(!theta.fits(&Architecture::new(misfit)));
        }
    }
}
