//! How a network is trained from scratch: schedules, and how wide it becomes. Pure.

use std::sync::Arc;

use crate::config::RetrainingSettings;
use crate::space::cells::{CellPlan, CellSettings};
use crate::space::mobile::{MobilePlan, MobileSettings};
use crate::space::{Architecture, Measure, NetworkSpace, Plan};

/// The widest networks that are tried under a limit.
const WIDEST: usize = 1024;

/// Why there is no network to train.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecipeError {
    /// Even the narrowest network has too many parameters or MACs.
    #[error("retraining.{key} = {limit}: the narrowest network already has {least}")]
    TooSmall {
        /// The setting.
        key: &'static str,
        /// What was asked for.
        limit: String,
        /// What the narrowest has.
        least: u64,
    },
    /// Fewer pictures than a batch.
    #[error("retraining.batch = {batch}: there are only {pictures} training pictures")]
    TooFew {
        /// The batch.
        batch: usize,
        /// The pictures.
        pictures: usize,
    },
}

/// When what happens while one network is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// Steps of the weights in one pass over the pictures.
    pub steps_an_epoch: u64,
    /// Steps in all.
    pub steps: u64,
    warm_up: u64,
    learning_rate: f64,
    drop_path: f64,
}

impl Schedule {
    /// The schedule over so many training pictures.
    ///
    /// # Errors
    /// Fewer pictures than a batch.
    pub fn new(settings: &RetrainingSettings, pictures: usize) -> Result<Self, RecipeError> {
        let RetrainingSettings { epochs, batch, warm_up_epochs, learning_rate, drop_path, .. } = *settings;
        let steps_an_epoch = (pictures / batch) as u64;
        if steps_an_epoch == 0 {
            return Err(RecipeError::TooFew { batch, pictures });
        }
        let steps = epochs * steps_an_epoch;
        let warm_up = (warm_up_epochs * steps_an_epoch).min(steps);
        Ok(Self { steps_an_epoch, steps, warm_up, learning_rate, drop_path })
    }

    /// The learning rate of a step: a straight line up to the highest one, then half a cosine down to 0.
    pub fn learning_rate(&self, step: u64) -> f64 {
        if step < self.warm_up {
            return self.learning_rate * (step + 1) as f64 / self.warm_up as f64;
        }
        let share = (step - self.warm_up) as f64 / (self.steps - self.warm_up).max(1) as f64;
        self.learning_rate * 0.5 * (1.0 + (std::f64::consts::PI * share.min(1.0)).cos())
    }

    /// The probability that a path is left out in a step: a straight line from 0 to the highest.
    pub fn drop_path(&self, step: u64) -> f64 {
        self.drop_path * step as f64 / self.steps as f64
    }

    /// How much the average of the weights keeps of itself after a step, when the settings say `average`: less in the
    /// beginning, so that it forgets the first weights.
    pub fn kept(average: f64, step: u64) -> f64 {
        average.min((1 + step) as f64 / (10 + step) as f64)
    }
}

/// What the network follows from that an architecture is trained as.
///
/// # Errors
/// A limit that no width keeps.
pub fn widened(
    settings: &RetrainingSettings,
    searched: &Plan,
    architecture: &Architecture,
) -> Result<Plan, RecipeError> {
    let plan = match searched {
        Plan::Cells(plan) => {
            let cells = CellSettings {
                cells: settings.cells.unwrap_or(plan.settings.cells),
                channels: settings.channels.unwrap_or(plan.settings.channels),
                stem_stride: settings.stem_stride.unwrap_or(plan.settings.stem_stride),
                affine: true,
                ..plan.settings.clone()
            };
            Plan::Cells(CellPlan { settings: cells, ..*plan })
        }
        Plan::Mobile(plan) => {
            let stem_stride = settings.stem_stride.unwrap_or(plan.settings.stem_stride);
            let mobile = MobileSettings { stem_stride, affine: true, ..plan.settings.clone() };
            Plan::Mobile(MobilePlan { settings: mobile, ..*plan })
        }
    };
    let (key, measure, limit) = match (&settings.most_parameters, &settings.most_macs) {
        (Some(limit), _) => ("most_parameters", Measure::Parameters, limit),
        (None, Some(limit)) => ("most_macs", Measure::Macs, limit),
        (None, None) => return Ok(plan),
    };
    widest(&plan, (measure, limit.value()), architecture).ok_or_else(|| {
        let least = cost(&plan.of_width(1), measure, architecture);
        RecipeError::TooSmall { key, limit: limit.to_string(), least }
    })
}

/// The same as wide as an architecture can be with at most so much of a measure; nothing where the narrowest has more.
pub fn widest(plan: &Plan, (measure, limit): (Measure, f64), architecture: &Architecture) -> Option<Plan> {
    let fits = |width| cost(&plan.of_width(width), measure, architecture) as f64 <= limit;
    // Parameters and MACs rise with the width.
    let (mut fitting, mut beyond) = (0, WIDEST + 1);
    while beyond - fitting > 1 {
        let middle = (fitting + beyond) / 2;
        if fits(middle) {
            fitting = middle;
        } else {
            beyond = middle;
        }
    }
    (fitting > 0).then(|| plan.of_width(fitting))
}

/// The parameters of an architecture's network.
pub fn parameters(plan: &Plan, architecture: &Architecture) -> u64 {
    cost(plan, Measure::Parameters, architecture)
}

fn cost(plan: &Plan, measure: Measure, architecture: &Architecture) -> u64 {
    plan.complexity(architecture).get(measure).unwrap_or_default() as u64
}

/// The space of the network that is trained.
pub fn space(settings: &RetrainingSettings, plan: &Plan) -> Arc<dyn NetworkSpace> {
    if settings.auxiliary > 0.0 { plan.space_with_auxiliary() } else { plan.space() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::network::PictureShape;

    const DIGIT: PictureShape = PictureShape { channels: 1, height: 28, width: 28 };

    fn settings() -> RetrainingSettings {
        RetrainingSettings { epochs: 10, batch: 10, warm_up_epochs: 2, ..RetrainingSettings::default() }
    }

    fn plan(settings: CellSettings) -> Plan {
        Plan::Cells(CellPlan { settings, picture: DIGIT, classes: 10 })
    }

    /// Every node takes both inputs of its cell, by separable convolutions of 3x3.
    fn architecture(nodes: usize) -> Architecture {
        Architecture::new([0, 1, 3, 3].repeat(2 * nodes))
    }

    #[test]
    fn the_learning_rate_rises_in_a_line_and_falls_along_a_cosine() {
        let schedule = Schedule::new(&RetrainingSettings { learning_rate: 0.4, ..settings() }, 109).unwrap();
        assert_eq!((schedule.steps_an_epoch, schedule.steps), (10, 100));
        for (step, rate) in [(0, 0.02), (9, 0.2), (19, 0.4), (20, 0.4), (60, 0.2), (100, 0.0)] {
            assert!((schedule.learning_rate(step) - rate).abs() < 1e-12, "{step}");
        }
        let warm = Schedule::new(&RetrainingSettings { warm_up_epochs: 99, ..settings() }, 100).unwrap();
        assert!(warm.learning_rate(99) <= 0.1 + 1e-12);
    }

    #[test]
    fn paths_are_left_out_more_and_more_often() {
        let schedule = Schedule::new(&RetrainingSettings { drop_path: 0.3, ..settings() }, 100).unwrap();
        assert_eq!(schedule.drop_path(0), 0.0);
        assert!((schedule.drop_path(50) - 0.15).abs() < 1e-12);
    }

    #[test]
    fn fewer_pictures_than_a_batch_are_refused() {
        let error = Schedule::new(&settings(), 9).unwrap_err();
        assert_eq!(error, RecipeError::TooFew { batch: 10, pictures: 9 });
    }

    #[test]
    fn a_network_is_as_wide_as_its_limit_allows() {
        let searched = plan(CellSettings { nodes: 2, ..CellSettings::default() });
        let architecture = architecture(2);
        let at = |limit: &str| {
            let settings = RetrainingSettings { most_parameters: Some(limit.parse().unwrap()), ..settings() };
            widened(&settings, &searched, &architecture)
        };
        for limit in [2_000, 20_000, 1_000_000] {
            let plan = at(&limit.to_string()).unwrap();
            assert!(plan.is_affine() && parameters(&plan, &architecture) <= limit);
            assert!(parameters(&plan.of_width(plan.channels() + 1), &architecture) > limit);
        }
        assert!(matches!(at("50"), Err(RecipeError::TooSmall { .. })));
    }

    #[test]
    fn a_limit_of_macs_is_kept_as_one_of_parameters_is() {
        let searched = plan(CellSettings { nodes: 2, ..CellSettings::default() });
        let architecture = architecture(2);
        let at = |limit: &str| {
            let settings = RetrainingSettings { most_macs: Some(limit.parse().unwrap()), ..settings() };
            widened(&settings, &searched, &architecture)
        };
        let count = |plan: &Plan| cost(plan, Measure::Macs, &architecture);
        let plan = at("600k").unwrap();
        assert!(count(&plan) <= 600_000);
        assert!(count(&plan.of_width(plan.channels() + 1)) > 600_000);
        let message = at("1k").unwrap_err().to_string();
        assert!(message.starts_with("retraining.most_macs = 1k: the narrowest network already has "), "{message}");
    }

    #[test]
    fn a_mobile_network_is_widened_throughout() {
        let mobile = MobilePlan { settings: MobileSettings::default(), picture: DIGIT, classes: 10 };
        let (searched, architecture) = (Plan::Mobile(mobile), Architecture::new([0; 19]));
        let limited = |limit: &str| {
            let settings = RetrainingSettings { most_parameters: Some(limit.parse().unwrap()), ..settings() };
            widened(&settings, &searched, &architecture).unwrap()
        };
        for limit in [5_000, 20_000, 200_000] {
            let plan = limited(&limit.to_string());
            let count = parameters(&plan, &architecture);
            assert!(plan.is_affine() && plan.is_bounded() && count <= limit && count as f64 > 0.9 * limit as f64);
        }
        let same = widened(&settings(), &searched, &architecture).unwrap();
        assert_eq!((same.channels(), same.is_affine()), (searched.channels(), true));
    }

    #[test]
    fn what_is_not_said_is_as_in_the_search() {
        let searched = CellSettings { cells: 5, channels: 12, ..CellSettings::default() };
        let found = widened(&settings(), &plan(searched.clone()), &architecture(4)).unwrap();
        assert_eq!(found, plan(CellSettings { affine: true, ..searched }));
    }
}
