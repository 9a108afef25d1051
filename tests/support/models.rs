//! Models with random numbers, the size of trained ones.

use isthmus::data::Normalisation;
use isthmus::model::{Header, Model};
use isthmus::space::cells::{CellPlan, CellSettings};
use isthmus::space::network::PictureShape;
use isthmus::space::{Architecture, Plan};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha12Rng;

/// The shape of the embedded digits.
pub const DIGIT: PictureShape = PictureShape { channels: 1, height: 28, width: 28 };

/// A model of this architecture, whose numbers the seed decides.
pub fn of(seed: u64, settings: CellSettings, picture: PictureShape, architecture: Architecture) -> Model {
    let settings = CellSettings { affine: true, ..settings };
    of_plan(seed, Plan::Cells(CellPlan { settings, picture, classes: 10 }), architecture)
}

/// The same of a plan, whose batch normalisations are affine.
pub fn of_plan(seed: u64, plan: Plan, architecture: Architecture) -> Model {
    let mut stream = ChaCha12Rng::seed_from_u64(!seed);
    let picture = plan.picture();
    let normalisation = Normalisation {
        mean: (0..picture.channels).map(|channel| 33.0 + channel as f32).collect(),
        deviation: (0..picture.channels).map(|channel| 78.5 - channel as f32).collect(),
    };
    let header = Header { plan, architecture, normalisation, test_accuracy: Some(0.9625) };
    let values = Model::shapes(&header).unwrap().into_iter().map(|(name, shape)| {
        let elements: usize = shape.iter().product();
        let fan_in = (elements / shape[0]).max(1) as f32;
        let number = |range: std::ops::Range<f32>, stream: &mut ChaCha12Rng| stream.random_range(range);
        let numbers = (0..elements).map(|_| match name.rsplit('.').next() {
            Some("variance") => number(0.5..1.5, &mut stream),
            // Sums of sums grow; trained statistics would know.
            Some("scale") => number(0.2..0.6, &mut stream),
            Some("mean" | "shift" | "bias") => number(-0.3..0.3, &mut stream),
            _ => number(-1.0..1.0, &mut stream) * (6.0 / fan_in).sqrt(),
        });
        let numbers = numbers.collect();
        (name, numbers)
    });
    let values = values.collect();
    Model::new(header, values).unwrap()
}
