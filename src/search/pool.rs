//! A scored pool in an order of its own.

use super::{Picks, Scored, Theta};

/// A pool in an order that does not depend on how it was told, so that sums over it do not either.
pub(super) struct Pool<'a> {
    /// For each sample, its place in the pool as told.
    order: Vec<usize>,
    pub samples: Vec<&'a Scored>,
    pub picks: Picks,
}

impl<'a> Pool<'a> {
    /// All samples.
    pub fn new(scored: &'a [Scored], theta: &Theta) -> Self {
        Self::of((0..scored.len()).collect(), scored, theta)
    }

    /// The samples that distribution `source` has drawn.
    pub fn own(scored: &'a [Scored], source: usize, theta: &Theta) -> Self {
        Self::of((0..scored.len()).filter(|&i| scored[i].source == source).collect(), scored, theta)
    }

    fn of(mut order: Vec<usize>, scored: &'a [Scored], theta: &Theta) -> Self {
        order.sort_by(|&a, &b| {
            let (a, b) = (&scored[a], &scored[b]);
            let numbers = || a.loss.total_cmp(&b.loss).then(a.complexity.total_cmp(&b.complexity));
            a.architecture.cmp(&b.architecture).then_with(numbers)
        });
        let samples: Vec<&Scored> = order.iter().map(|&i| &scored[i]).collect();
        let picks = Picks::new(theta, samples.iter().map(|told| &told.architecture));
        Self { order, samples, picks }
    }

    /// One value a sample, in the order told; 0 for samples that are not of this pool, of `told` in all.
    pub fn as_told(&self, values: &[f64], told: usize) -> Vec<f64> {
        let mut all = vec![0.0; told];
        self.order.iter().zip(values).for_each(|(&place, &value)| all[place] = value);
        all
    }
}
