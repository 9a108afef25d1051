//! What a dashboard does not keep over time: how far each distribution's samples went, and what it drew.

use crate::engine::{Change, Event, Iteration};
use crate::search::Adjustment;
use crate::space::Measure;

/// Points of a curve at most: each is the mean over as many iterations as that takes.
const POINTS: u64 = 80;

/// Means over equal spans of iterations.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Means {
    points: Vec<(f64, f64)>,
    span: u64,
    at: f64,
    sum: f64,
    count: f64,
}

impl Means {
    /// Takes a value of an iteration into the mean over its span.
    fn take(&mut self, span: u64, iteration: u64, value: f64) {
        if !value.is_finite() {
            return;
        }
        if span != self.span {
            self.close();
            self.span = span;
        }
        self.at += iteration as f64;
        self.sum += value;
        self.count += 1.0;
    }

    fn close(&mut self) {
        if self.count > 0.0 {
            self.points.push((self.at / self.count, self.sum / self.count));
        }
        (self.at, self.sum, self.count) = (0.0, 0.0, 0.0);
    }

    /// Iterations with the means around them, in order.
    pub(super) fn points(&self) -> &[(f64, f64)] {
        &self.points
    }
}

/// One distribution over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Curves {
    /// Effective sample size.
    pub(super) ess: Means,
    /// What the architectures cost that it drew, in the measure of the search.
    pub(super) drawn: Means,
}

/// The distributions over time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct History {
    measure: Measure,
    /// Iterations that a mean is taken over.
    width: u64,
    /// The last iteration of the warm-up.
    pub(super) warm_up: u64,
    pub(super) curves: Vec<Curves>,
}

impl History {
    /// None yet, of so many iterations.
    pub(super) fn new(measure: Measure, iterations: u64) -> Self {
        Self { measure, width: iterations.div_ceil(POINTS).max(1), warm_up: 0, curves: Vec::new() }
    }

    /// Takes an event in.
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Iteration(iteration) => self.iterate(iteration),
            Event::Adjusted { change, .. } | Event::Reapplied { change, .. } => match *change {
                Change::Distributions(Adjustment::Add { distribution, .. }) | Change::Restore { distribution, .. }
                    if distribution <= self.curves.len() =>
                {
                    self.curves.insert(distribution, Curves::default());
                }
                Change::Distributions(Adjustment::Remove { distribution }) if distribution < self.curves.len() => {
                    self.curves.remove(distribution);
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// Takes the last means in, which may be over fewer iterations.
    pub(super) fn finish(&mut self) {
        for Curves { ess, drawn } in &mut self.curves {
            ess.close();
            drawn.close();
        }
    }

    fn iterate(&mut self, one: &Iteration) {
        if one.warm_up {
            self.warm_up = one.iteration;
        }
        self.curves.resize(one.distributions.len(), Curves::default());
        let span = one.iteration / self.width;
        for (report, curves) in one.distributions.iter().zip(&mut self.curves) {
            curves.ess.take(span, one.iteration, report.ess.unwrap_or(f64::NAN));
        }
        for sample in &one.samples {
            if let (Some(curves), Some(cost)) =
                (self.curves.get_mut(sample.source), sample.complexity.get(self.measure))
            {
                curves.drawn.take(span, one.iteration, cost);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::database::tests;
    use crate::search::Aim;

    fn history(iterations: u64) -> History {
        let mut history = History::new(Measure::Parameters, iterations);
        (1..=iterations).for_each(|number| history.apply(&tests::iteration(number)));
        history
    }

    #[test]
    fn curves_are_means_over_equal_spans_and_stay_short() {
        let mut history = history(1_000);
        history.finish();
        let Curves { ess, drawn } = &history.curves[0];
        assert_eq!(history.warm_up, 5);
        assert!(drawn.points().len() <= POINTS as usize + 1 && drawn.points().len() > 50);
        assert!(ess.points().iter().all(|(at, ess)| *at > 5.0 && *ess == 2.5));
        // Distribution 0 draws the first two of a pool, which cost 10 + n and 11 + n.
        assert!(drawn.points().iter().all(|(at, cost)| (cost - at - 10.5).abs() < 1e-9), "{drawn:?}");
    }

    #[test]
    fn distributions_keep_their_curves_where_others_come_and_go() {
        let mut history = history(8);
        let (first, second) = (history.curves[0].clone(), history.curves[1].clone());
        let change = |adjustment: Adjustment| Event::Adjusted { iteration: 8, change: adjustment.into(), undo: None };
        history.apply(&change(Adjustment::Add { distribution: 1, aim: Aim::Coefficient(0.5) }));
        assert_eq!(history.curves, [first.clone(), Curves::default(), second.clone()]);
        history.apply(&change(Adjustment::Remove { distribution: 0 }));
        assert_eq!(history.curves, [Curves::default(), second]);
        history.apply(&change(Adjustment::Remove { distribution: 9 }));
        history.apply(&change(Adjustment::Add { distribution: 9, aim: Aim::Coefficient(0.5) }));
        assert_eq!(history.curves.len(), 2);
        assert_ne!(history.curves[0], first);
    }
}
