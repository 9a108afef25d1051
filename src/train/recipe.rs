//! How a network is trained from scratch: schedules, and how wide it becomes. Pure.

use crate::config::RetrainingSettings;
use crate::space::cells::{CellPlan, CellSettings, CellSpace};
use crate::space::network::PictureShape;
use crate::space::{Architecture, Measure};

/// The widest networks that are tried under a limit.
const WIDEST: usize = 1024;

/// Why there is no network to train.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecipeError {
    /// Even the narrowest network has too many parameters or MACs.
    #[error("retraining.{key} = {limit}: with 1 channel the network already has {least}")]
    TooSmall {
        /// The setting.
        key: &'static str,
        /// What was asked for.
        limit: String,
        /// What one channel gives.
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

/// The settings of the cells of the network that an architecture is trained as.
///
/// # Errors
/// A limit that no width keeps.
pub fn widened(
    settings: &RetrainingSettings,
    searched: &CellSettings,
    architecture: &Architecture,
    picture: PictureShape,
    classes: usize,
) -> Result<CellSettings, RecipeError> {
    let cells = CellSettings {
        cells: settings.cells.unwrap_or(searched.cells),
        channels: settings.channels.unwrap_or(searched.channels),
        stem_stride: settings.stem_stride.unwrap_or(searched.stem_stride),
        affine: true,
        ..searched.clone()
    };
    let (key, measure, limit) = match (&settings.most_parameters, &settings.most_macs) {
        (Some(limit), _) => ("most_parameters", Measure::Parameters, limit),
        (None, Some(limit)) => ("most_macs", Measure::Macs, limit),
        (None, None) => return Ok(cells),
    };
    match widest(&cells, (measure, limit.value()), architecture, picture, classes) {
        Some(channels) => Ok(CellSettings { channels, ..cells }),
        None => {
            let least = cost(CellSettings { channels: 1, ..cells }, measure, architecture, picture, classes);
            Err(RecipeError::TooSmall { key, limit: limit.to_string(), least })
        }
    }
}

/// The most channels with which an architecture has at most so much of a measure; nothing where one is too many.
pub fn widest(
    cells: &CellSettings,
    (measure, limit): (Measure, f64),
    architecture: &Architecture,
    picture: PictureShape,
    classes: usize,
) -> Option<usize> {
    let of = |channels| CellSettings { channels, ..cells.clone() };
    let fits = |channels| cost(of(channels), measure, architecture, picture, classes) as f64 <= limit;
    // Parameters and MACs rise with the channels.
    let (mut fitting, mut beyond) = (0, WIDEST + 1);
    while beyond - fitting > 1 {
        let middle = (fitting + beyond) / 2;
        if fits(middle) {
            fitting = middle;
        } else {
            beyond = middle;
        }
    }
    (fitting > 0).then_some(fitting)
}

/// The parameters of an architecture's network.
pub fn parameters(cells: CellSettings, architecture: &Architecture, picture: PictureShape, classes: usize) -> u64 {
    cost(cells, Measure::Parameters, architecture, picture, classes)
}

fn cost(
    cells: CellSettings,
    measure: Measure,
    architecture: &Architecture,
    picture: PictureShape,
    classes: usize,
) -> u64 {
    let plan = CellPlan { settings: cells, picture, classes };
    plan.complexity(architecture).get(measure).unwrap_or_default() as u64
}

/// The space of the network that is trained.
pub fn space(settings: &RetrainingSettings, cells: CellSettings, picture: PictureShape, classes: usize) -> CellSpace {
    match settings.auxiliary > 0.0 {
        true => CellSpace::with_auxiliary(cells, picture, classes),
        false => CellSpace::new(cells, picture, classes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGIT: PictureShape = PictureShape { channels: 1, height: 28, width: 28 };

    fn settings() -> RetrainingSettings {
        RetrainingSettings { epochs: 10, batch: 10, warm_up_epochs: 2, ..RetrainingSettings::default() }
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
        let searched = CellSettings { nodes: 2, ..CellSettings::default() };
        let architecture = architecture(2);
        let at = |limit: &str| {
            let settings = RetrainingSettings { most_parameters: Some(limit.parse().unwrap()), ..settings() };
            widened(&settings, &searched, &architecture, DIGIT, 10)
        };
        let count = |cells: CellSettings| parameters(cells, &architecture, DIGIT, 10);
        for limit in [2_000, 20_000, 1_000_000] {
            let cells = at(&limit.to_string()).unwrap();
            assert!(cells.affine && count(cells.clone()) <= limit);
            assert!(count(CellSettings { channels: cells.channels + 1, ..cells }) > limit);
        }
        assert!(matches!(at("50"), Err(RecipeError::TooSmall { .. })));
    }

    #[test]
    fn a_limit_of_macs_is_kept_as_one_of_parameters_is() {
        let searched = CellSettings { nodes: 2, ..CellSettings::default() };
        let architecture = architecture(2);
        let at = |limit: &str| {
            let settings = RetrainingSettings { most_macs: Some(limit.parse().unwrap()), ..settings() };
            widened(&settings, &searched, &architecture, DIGIT, 10)
        };
        let count = |cells: CellSettings| cost(cells, Measure::Macs, &architecture, DIGIT, 10);
        let cells = at("600k").unwrap();
        assert!(count(cells.clone()) <= 600_000);
        assert!(count(CellSettings { channels: cells.channels + 1, ..cells }) > 600_000);
        let message = at("1k").unwrap_err().to_string();
        assert!(message.starts_with("retraining.most_macs = 1k: with 1 channel the network already has "), "{message}");
    }

    #[test]
    fn what_is_not_said_is_as_in_the_search() {
        let searched = CellSettings { cells: 5, channels: 12, ..CellSettings::default() };
        let cells = widened(&settings(), &searched, &architecture(4), DIGIT, 10).unwrap();
        assert_eq!(cells, CellSettings { affine: true, ..searched });
    }
}
