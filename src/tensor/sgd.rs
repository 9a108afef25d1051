//! Stochastic gradient descent with momentum, whose velocities can be saved.
//!
//! With g the clipped gradient plus `decay * w`: v <- momentum * v + g, w <- w - rate * v. A weight without a gradient
//! in this step is left exactly as it is: no decay, no momentum.

use tch::{Kind, TchError, Tensor};

use crate::config::TrainingSettings;
use crate::space::network::WeightId;

/// The optimiser of the shared weights.
#[derive(Debug)]
pub(crate) struct Sgd {
    momentum: f64,
    decay: f64,
    clip: f64,
    velocities: Vec<Option<Tensor>>,
}

impl Sgd {
    /// An optimiser for so many weights, all at rest.
    pub(crate) fn new(settings: &TrainingSettings, weights: usize) -> Self {
        let velocities = (0..weights).map(|_| None).collect();
        Self { momentum: settings.momentum, decay: settings.weight_decay, clip: settings.clip, velocities }
    }

    /// The velocity of every weight that has had a gradient.
    pub(crate) fn velocities(&self) -> &[Option<Tensor>] {
        &self.velocities
    }

    /// Goes on with saved velocities.
    pub(crate) fn set_velocities(&mut self, velocities: Vec<Option<Tensor>>) {
        self.velocities = velocities;
    }

    /// Moves the weights that have a gradient. The gradients are consumed: clipping and decay change them.
    pub(crate) fn step(
        &mut self,
        weights: &[Tensor],
        mut gradients: Vec<(WeightId, Tensor)>,
        rate: f64,
    ) -> Result<(), TchError> {
        tch::no_grad(|| {
            if self.clip > 0.0 {
                let norm = norm(&gradients)?;
                if norm > self.clip {
                    for (_, gradient) in &mut gradients {
                        let _ = gradient.f_mul_scalar_(self.clip / norm)?;
                    }
                }
            }
            for (WeightId(id), mut gradient) in gradients {
                let mut weight = weights[id].shallow_clone();
                if self.decay > 0.0 {
                    let _ = gradient.f_add_(&weight.f_mul_scalar(self.decay)?)?;
                }
                let velocity = match self.velocities[id].take() {
                    Some(mut velocity) => velocity.f_mul_scalar_(self.momentum)?.f_add_(&gradient)?,
                    None => gradient,
                };
                let _ = weight.f_sub_(&velocity.f_mul_scalar(rate)?)?;
                self.velocities[id] = Some(velocity);
            }
            Ok(())
        })
    }
}

/// The Euclidean norm of all gradients together.
fn norm(gradients: &[(WeightId, Tensor)]) -> Result<f64, TchError> {
    let mut sum = 0.0;
    for (_, gradient) in gradients {
        sum += gradient.f_square()?.f_sum(Kind::Double)?.f_double_value(&[])?;
    }
    Ok(sum.sqrt())
}

/// The learning rate of an iteration: half a cosine from the first rate to the final one.
pub(crate) fn learning_rate(settings: &TrainingSettings, iteration: u64, iterations: u64) -> f64 {
    let TrainingSettings { learning_rate: first, final_learning_rate: last, .. } = settings;
    let share = iteration.min(iterations) as f64 / iterations.max(1) as f64;
    last + (first - last) * 0.5 * (1.0 + (std::f64::consts::PI * share).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> TrainingSettings {
        TrainingSettings { momentum: 0.9, weight_decay: 0.1, clip: 5.0, ..TrainingSettings::default() }
    }

    fn one(value: f32) -> Tensor {
        Tensor::from_slice(&[value])
    }

    #[test]
    fn momentum_and_decay_follow_the_formula() {
        let weights = [one(1.0)];
        let mut sgd = Sgd::new(&settings(), 1);
        sgd.step(&weights, vec![(WeightId(0), one(2.0))], 0.5).unwrap();
        // v = 2 + 0.1, w = 1 - 0.5 * 2.1
        assert!((weights[0].double_value(&[0]) - -0.05).abs() < 1e-6);
        sgd.step(&weights, vec![(WeightId(0), one(1.0))], 0.5).unwrap();
        // v = 0.9 * 2.1 + 1 - 0.005, w = -0.05 - 0.5 * 2.885
        assert!((weights[0].double_value(&[0]) - -1.4925).abs() < 1e-6);
    }

    #[test]
    fn a_long_gradient_is_shortened_to_the_clip() {
        let weights = [one(0.0), one(0.0)];
        let free = TrainingSettings { momentum: 0.0, weight_decay: 0.0, ..settings() };
        let mut sgd = Sgd::new(&free, 2);
        sgd.step(&weights, vec![(WeightId(0), one(30.0)), (WeightId(1), one(-40.0))], 1.0).unwrap();
        assert!((weights[0].double_value(&[0]) - -3.0).abs() < 1e-5);
        assert!((weights[1].double_value(&[0]) - 4.0).abs() < 1e-5);
    }

    #[test]
    fn the_rate_falls_along_a_cosine_and_stays_at_its_end() {
        let settings = TrainingSettings { learning_rate: 0.2, final_learning_rate: 0.1, ..settings() };
        let rates: Vec<f64> = [0, 50, 100, 200].map(|i| learning_rate(&settings, i, 100)).into();
        for (rate, expected) in rates.iter().zip([0.2, 0.15, 0.1, 0.1]) {
            assert!((rate - expected).abs() < 1e-12);
        }
    }
}
