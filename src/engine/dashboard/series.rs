//! A curve of bounded length: where it is full, every second point is dropped and the spacing doubles.

use serde::{Deserialize, Serialize};

/// Points that a series keeps at most.
const LIMIT: usize = 1024;

/// Values over iterations, evenly thinned so that memory stays bounded however long the search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    points: Vec<(f64, f64)>,
    /// Of so many pushed values one is kept.
    stride: u64,
    pushed: u64,
    last: Option<(f64, f64)>,
}

impl Default for Series {
    fn default() -> Self {
        Self { points: Vec::new(), stride: 1, pushed: 0, last: None }
    }
}

impl Series {
    /// Appends a value; `x` must not fall.
    pub fn push(&mut self, x: f64, y: f64) {
        if self.pushed.is_multiple_of(self.stride) {
            if self.points.len() == LIMIT {
                let mut index = 0;
                self.points.retain(|_| {
                    index += 1;
                    index % 2 == 1
                });
                self.stride *= 2;
            }
            if self.pushed.is_multiple_of(self.stride) {
                self.points.push((x, y));
            }
        }
        self.pushed += 1;
        self.last = Some((x, y));
    }

    /// The kept points, oldest first.
    pub fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    /// The newest point, kept or not.
    pub fn last(&self) -> Option<(f64, f64)> {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_series_stays_short_evenly_spaced_and_keeps_its_ends() {
        let mut series = Series::default();
        for i in 0..100_000 {
            series.push(f64::from(i), f64::from(i));
        }
        let points = series.points();
        assert!(points.len() <= LIMIT && points.len() > LIMIT / 4, "{}", points.len());
        assert_eq!(points[0].0, 0.0);
        let gap = points[1].0 - points[0].0;
        assert!(points.windows(2).all(|pair| pair[1].0 - pair[0].0 == gap));
        assert_eq!(series.last(), Some((99_999.0, 99_999.0)));
    }
}
