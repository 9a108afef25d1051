//! Sets of points in two objectives, both to be minimised: what of a set nothing beats, and the area it dominates.
//!
//! The **hypervolume** (Zitzler and Thiele, PPSN V, 1998) is the area that a set dominates below a reference point.

use serde::Serialize;

/// What an architecture is in both objectives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Its loss.
    pub loss: f64,
    /// What it costs.
    pub cost: f64,
}

/// The points of a set that no other of it beats in one objective without losing in the other; of equal ones, one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Front {
    /// By rising loss, and therefore falling cost.
    points: Vec<Point>,
}

impl Front {
    /// From the lowest loss to the lowest cost.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Adds a point to the set; whether that changed the front. Takes time with the logarithm of its length where it
    /// did not, which is nearly always.
    pub fn add(&mut self, point: Point) -> bool {
        let as_good = self.points.partition_point(|known| known.loss <= point.loss);
        if as_good > 0 && self.points[as_good - 1].cost <= point.cost {
            return false;
        }
        let start = self.points.partition_point(|known| known.loss < point.loss);
        let beaten = self.points[start..].iter().take_while(|known| known.cost >= point.cost).count();
        self.points.splice(start..start + beaten, [point]);
        true
    }

    /// The area that lies between the front and a reference point. What is not better than the reference in both
    /// objectives counts nothing.
    pub fn hypervolume(&self, reference: Point) -> f64 {
        let mut ceiling = reference.cost;
        let mut area = 0.0;
        for point in self.points.iter().filter(|point| point.loss < reference.loss) {
            if point.cost < ceiling {
                area += (reference.loss - point.loss) * (ceiling - point.cost);
                ceiling = point.cost;
            }
        }
        area
    }
}

impl FromIterator<Point> for Front {
    fn from_iter<I: IntoIterator<Item = Point>>(points: I) -> Self {
        let mut front = Self::default();
        points.into_iter().for_each(|point| _ = front.add(point));
        front
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const REFERENCE: Point = Point { loss: 1.0, cost: 1.0 };

    fn front(points: &[(f64, f64)]) -> Front {
        points.iter().map(|&(loss, cost)| Point { loss, cost }).collect()
    }

    #[test]
    fn a_front_keeps_what_nothing_beats_and_one_of_equals() {
        let kept = front(&[(3.0, 3.0), (1.0, 4.0), (3.0, 2.0), (2.0, 2.0), (2.0, 2.0), (4.0, 1.0), (4.0, 5.0)]);
        assert_eq!(kept, front(&[(1.0, 4.0), (2.0, 2.0), (4.0, 1.0)]));
        assert_eq!(kept.points()[0], Point { loss: 1.0, cost: 4.0 });
        let mut kept = kept;
        assert!(!kept.add(Point { loss: 1.0, cost: 4.5 }) && !kept.add(Point { loss: 1.5, cost: 4.0 }));
        assert!(kept.add(Point { loss: 1.0, cost: 1.0 }));
        assert_eq!(kept.points().len(), 1);
    }

    #[test]
    fn hypervolumes_worked_by_hand() {
        let reference = Point { loss: 5.0, cost: 6.0 };
        // (5-1)(6-4) + (5-2)(4-2) + (5-4)(2-1) = 8 + 6 + 1.
        assert_eq!(front(&[(1.0, 4.0), (2.0, 2.0), (4.0, 1.0)]).hypervolume(reference), 15.0);
        assert_eq!(front(&[(1.0, 4.0)]).hypervolume(reference), 8.0);
        assert_eq!(Front::default().hypervolume(reference), 0.0);
        let outside = front(&[(0.5, 6.0), (0.1, 9.0), (1.0, 4.0), (5.0, 1.0), (7.0, 0.0)]);
        assert_eq!(outside.hypervolume(reference), 8.0, "on the edge or beyond it nothing is gained");
    }

    /// Coarse numbers, so that equal ones come up.
    fn points() -> impl Strategy<Value = Vec<(f64, f64)>> {
        let number = || (0u8..20).prop_map(|number| f64::from(number) / 10.0);
        proptest::collection::vec((number(), number()), 0..40)
    }

    proptest! {
        #[test]
        fn a_front_is_what_comparing_all_pairs_leaves(points in points()) {
            let beats = |a: &(f64, f64), b: &(f64, f64)| a != b && a.0 <= b.0 && a.1 <= b.1;
            let mut left: Vec<_> =
                points.iter().filter(|&b| !points.iter().any(|a| beats(a, b))).copied().collect();
            left.sort_by(|a, b| a.0.total_cmp(&b.0));
            left.dedup();
            let kept: Vec<_> = front(&points).points().iter().map(|point| (point.loss, point.cost)).collect();
            prop_assert_eq!(kept, left);
        }

        #[test]
        fn hypervolume_grows_and_does_not_depend_on_the_order(points in points(), turn in 0usize..40) {
            let mut growing = Front::default();
            let mut last = 0.0;
            for &(loss, cost) in &points {
                growing.add(Point { loss, cost });
                let area = growing.hypervolume(REFERENCE);
                prop_assert!(area >= last - 1e-12);
                last = area;
            }
            let mut turned = points.clone();
            turned.rotate_left(turn % points.len().max(1));
            prop_assert_eq!(front(&turned).hypervolume(REFERENCE), last);
            turned.reverse();
            prop_assert_eq!(front(&turned).hypervolume(REFERENCE), last);
        }
    }
}
