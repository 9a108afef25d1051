//! The front of validated modes, and how much it dominates.

use super::{Dashboard, Point, TRAIL, push_bounded};
use crate::engine::event::Validated;
use crate::search::pareto::{self, Front};

/// What the hypervolume is measured from: no accuracy, at the greatest complexity.
const REFERENCE: pareto::Point = pareto::Point { loss: 1.0, cost: 1.0 };

impl Dashboard {
    pub(super) fn validate(&mut self, validated: &Validated) {
        let complexity = self.cost(&validated.complexity);
        let point = Point { complexity, accuracy: validated.score.accuracy };
        if let Some(view) = self.distributions.get_mut(validated.distribution) {
            if view.trail.back() != Some(&point) {
                push_bounded(&mut view.trail, point, TRAIL);
            }
            view.validated = Some(validated.clone());
        }
        self.join_front(validated, point);
        let volume = self.dominated();
        if self.hypervolume.last().is_none_or(|(_, known)| known != volume) {
            self.hypervolume.push(validated.iteration as f64, volume);
        }
    }

    /// Keeps of the validated modes those that no other is at least as good as in both complexity and accuracy. A
    /// mode that is validated anew replaces its older figure: the shared weights have moved since.
    fn join_front(&mut self, validated: &Validated, point: Point) {
        self.front.retain(|known| known.architecture != validated.architecture);
        let place = |known: &Validated| (self.cost(&known.complexity), known.score.accuracy);
        if point.accuracy.is_nan() {
            return;
        }
        if self.front.iter().map(place).any(|(cost, accuracy)| cost <= point.complexity && accuracy >= point.accuracy) {
            return;
        }
        let mut front: Vec<Validated> = self
            .front
            .iter()
            .filter(|known| {
                let (cost, accuracy) = place(known);
                cost < point.complexity || accuracy > point.accuracy
            })
            .cloned()
            .collect();
        let at = front.partition_point(|known| self.cost(&known.complexity) < point.complexity);
        front.insert(at, validated.clone());
        self.front = front;
    }

    /// The area between the front and [`REFERENCE`], in accuracy and in complexity scaled to [0, 1].
    fn dominated(&self) -> f64 {
        let Some(started) = &self.started else { return 0.0 };
        let point = |known: &Validated| pareto::Point {
            loss: 1.0 - known.score.accuracy,
            cost: started.normaliser.scaled(self.cost(&known.complexity)),
        };
        let points = self.front.iter().map(point).filter(|point| point.loss.is_finite() && point.cost.is_finite());
        points.collect::<Front>().hypervolume(REFERENCE)
    }
}
