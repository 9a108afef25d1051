//! How good a set of architectures is: plain functions over plain numbers. Both objectives are to be minimised.
//!
//! * **Hypervolume**: the area that a set dominates below a reference point ([`crate::search::pareto`]).
//! * **IGD+** (Ishibuchi, Masuda, Tanigaki and Nojima 2015): from each point of the true front the distance to the
//!   nearest found one, where only what is worse counts; the mean of these. Unlike IGD it never ranks a dominated set
//!   above the one that dominates it.
//! * **Regret**: how much the objective of an answer lies above the least that any architecture has.

use serde::Serialize;

use crate::search::Aim;
pub use crate::search::pareto::{Front, Point};

/// The box around a front: what its objectives are scaled by, so that they count alike.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Frame {
    /// The least of each objective.
    pub ideal: Point,
    /// The greatest of each objective.
    pub nadir: Point,
}

impl Frame {
    /// Where the nadir lies once it is scaled.
    pub const SCALED_NADIR: Point = Point { loss: 1.0, cost: 1.0 };

    /// The box around a front; `None` where it has no area, or the front is nothing but its two ends, so that no
    /// hypervolume could be measured in it.
    pub fn around(front: &Front) -> Option<Self> {
        let [first, .., last] = front.points() else { return None };
        let (ideal, nadir) = (Point { loss: first.loss, cost: last.cost }, Point { loss: last.loss, cost: first.cost });
        (front.points().len() > 2).then_some(Self { ideal, nadir })
    }

    /// A point in units of this box: the ideal becomes (0, 0), the nadir (1, 1).
    pub fn scaled(&self, point: Point) -> Point {
        let Self { ideal, nadir } = self;
        Point {
            loss: (point.loss - ideal.loss) / (nadir.loss - ideal.loss),
            cost: (point.cost - ideal.cost) / (nadir.cost - ideal.cost),
        }
    }
}

/// IGD+ of what was found against the true front, both scaled; `None` where nothing was found.
pub fn igd_plus(truth: &Front, found: &Front) -> Option<f64> {
    let distance = |wanted: &Point, found: &Point| {
        let worse = |wanted: f64, found: f64| (found - wanted).max(0.0);
        worse(wanted.loss, found.loss).hypot(worse(wanted.cost, found.cost))
    };
    let nearest = |wanted: &Point| found.points().iter().map(|point| distance(wanted, point)).min_by(f64::total_cmp);
    let distances: Vec<f64> = truth.points().iter().filter_map(nearest).collect();
    Estimate::of(&distances).map(|estimate| estimate.mean)
}

/// The best that an aim allows, known by enumeration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimum {
    aim: Aim,
    objective: f64,
}

impl Optimum {
    /// Over all (loss, R); `None` where no architecture meets the aim.
    pub fn of(aim: Aim, architectures: impl IntoIterator<Item = (f64, f64)>) -> Option<Self> {
        let objectives = architectures.into_iter().filter_map(|(loss, complexity)| objective(aim, loss, complexity));
        objectives.min_by(f64::total_cmp).map(|objective| Self { aim, objective })
    }

    /// How far above the best an architecture is; `None` where it misses the target.
    pub fn regret(&self, loss: f64, complexity: f64) -> Option<f64> {
        objective(self.aim, loss, complexity).map(|objective| objective - self.objective)
    }
}

fn objective(aim: Aim, loss: f64, complexity: f64) -> Option<f64> {
    match aim {
        Aim::Coefficient(coefficient) => Some(loss + coefficient * complexity),
        Aim::Target(target) => (complexity <= target).then_some(loss),
    }
}

/// What several seeds say of one figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// The standard error of the mean: the deviation of the sample over the root of its size. One seed has none.
    pub standard_error: Option<f64>,
}

impl Estimate {
    /// `None` of nothing.
    pub fn of(figures: &[f64]) -> Option<Self> {
        let count = figures.len() as f64;
        let mean = figures.iter().sum::<f64>() / count;
        let squares: f64 = figures.iter().map(|figure| (figure - mean).powi(2)).sum();
        let standard_error = (figures.len() > 1).then(|| (squares / (count - 1.0) / count).sqrt());
        (!figures.is_empty()).then_some(Self { mean, standard_error })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn front(points: &[(f64, f64)]) -> Front {
        points.iter().map(|&(loss, cost)| Point { loss, cost }).collect()
    }

    #[test]
    fn a_frame_scales_a_front_to_the_unit_square() {
        let truth = front(&[(0.1, 900.0), (0.2, 300.0), (0.5, 100.0)]);
        let frame = Frame::around(&truth).unwrap();
        assert_eq!(frame.ideal, Point { loss: 0.1, cost: 100.0 });
        assert_eq!(frame.nadir, Point { loss: 0.5, cost: 900.0 });
        let middle = frame.scaled(truth.points()[1]);
        assert!((middle.loss - 0.25).abs() < 1e-12 && (middle.cost - 0.25).abs() < 1e-12);
        let scaled: Front = truth.points().iter().map(|&point| frame.scaled(point)).collect();
        assert!((scaled.hypervolume(Frame::SCALED_NADIR) - 0.5625).abs() < 1e-12);
        for points in [&[][..], &[(1.0, 1.0)], &[(1.0, 2.0), (2.0, 1.0)]] {
            assert_eq!(Frame::around(&front(points)), None);
        }
    }

    #[test]
    fn igd_plus_worked_by_hand() {
        let truth = front(&[(0.0, 1.0), (1.0, 0.0)]);
        // From (0, 1): 3 worse in loss and nothing in cost; from (1, 0): 2 worse in loss, 1 in cost.
        let found = front(&[(3.0, 1.0)]);
        assert!((igd_plus(&truth, &found).unwrap() - (3.0 + 5f64.sqrt()) / 2.0).abs() < 1e-12);
        assert_eq!(igd_plus(&truth, &truth), Some(0.0));
        assert_eq!(igd_plus(&truth, &front(&[(-1.0, -1.0)])), Some(0.0), "what is better is no distance");
        assert_eq!(igd_plus(&truth, &Front::default()), None);
    }

    #[test]
    fn regrets_worked_by_hand() {
        let all = [(0.1, 1.0), (0.2, 0.25), (0.5, 0.0)];
        let plain = Optimum::of(Aim::Coefficient(0.0), all).unwrap();
        assert_eq!(plain.regret(0.1, 1.0), Some(0.0));
        assert_eq!(plain.regret(0.5, 0.0), Some(0.4));
        // The objectives are 0.5, 0.3 and 0.5.
        let weighed = Optimum::of(Aim::Coefficient(0.4), all).unwrap();
        assert!((weighed.regret(0.1, 1.0).unwrap() - 0.2).abs() < 1e-12);
        let aimed = Optimum::of(Aim::Target(0.25), all).unwrap();
        assert_eq!((aimed.regret(0.2, 0.25), aimed.regret(0.1, 1.0)), (Some(0.0), None));
        assert!((aimed.regret(0.5, 0.0).unwrap() - 0.3).abs() < 1e-12);
        assert_eq!(Optimum::of(Aim::Target(0.1), [(0.1, 1.0)]), None);
    }

    #[test]
    fn estimates_worked_by_hand() {
        let estimate = Estimate::of(&[1.0, 2.0, 3.0, 6.0]).unwrap();
        assert_eq!(estimate.mean, 3.0);
        // Squares 4 + 1 + 0 + 9, variance 14 / 3.
        assert!((estimate.standard_error.unwrap() - (14.0f64 / 12.0).sqrt()).abs() < 1e-12);
        assert_eq!(Estimate::of(&[2.0]), Some(Estimate { mean: 2.0, standard_error: None }));
        assert_eq!(Estimate::of(&[]), None);
    }

    /// Coarse numbers, so that equal ones come up.
    fn points() -> impl Strategy<Value = Vec<(f64, f64)>> {
        let number = || (0u8..20).prop_map(|number| f64::from(number) / 10.0);
        proptest::collection::vec((number(), number()), 0..40)
    }

    proptest! {
        #[test]
        fn what_is_found_of_a_front_has_a_share_up_to_one_and_the_whole_no_distance(
            points in points(),
            kept in proptest::collection::vec(any::<bool>(), 40),
        ) {
            let truth = front(&points);
            let Some(frame) = Frame::around(&truth) else { return Ok(()) };
            let scaled = |front: &Front| front.points().iter().map(|&point| frame.scaled(point)).collect::<Front>();
            let part: Front = points
                .iter()
                .zip(kept)
                .filter_map(|(&(loss, cost), kept)| kept.then_some(Point { loss, cost }))
                .collect();
            let (truth, part) = (scaled(&truth), scaled(&part));
            let share = |front: &Front| front.hypervolume(Frame::SCALED_NADIR) / truth.hypervolume(Frame::SCALED_NADIR);
            prop_assert_eq!(share(&truth), 1.0);
            prop_assert_eq!(igd_plus(&truth, &truth), Some(0.0));
            prop_assert!((0.0..=1.0 + 1e-12).contains(&share(&part)));
            prop_assert!(igd_plus(&truth, &part).is_none_or(|distance| distance >= 0.0));
        }
    }
}
