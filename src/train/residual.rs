//! A network made by hand, to set beside what was found: the residual networks for small pictures of He et al. 2016,
//! section 4.2. Pure.
//!
//! Three stages of blocks, each of two 3x3 convolutions with a shortcut; the width doubles and the picture halves between
//! stages. Where a stage begins, the shortcut is a 1x1 convolution. Before them come as many convolutions, of the same
//! strides, as before the cells of what it stands beside, so that both see pictures of the same size.

use crate::space::network::{Initial, Layer, Network, PictureShape, Weight, WeightId};

/// Blocks a stage: 20 layers, as in ResNet-20.
const BLOCKS: usize = 3;
/// The widest first stage that is tried.
const WIDEST: usize = 1024;

/// A network with the weights that its ids are of.
pub type Built = (Network, Vec<Weight>);

/// ResNet-20 of the width whose parameters come nearest to `parameters`.
pub fn nearest(picture: PictureShape, stem_strides: &[usize], classes: usize, parameters: u64) -> Built {
    let built = |width| residual(picture, stem_strides, classes, width);
    let count = |width| built(width).1.iter().map(|weight| weight.elements() as u64).sum::<u64>();
    // Parameters rise with the width.
    let width = (1..=WIDEST).find(|&width| count(width) >= parameters).unwrap_or(WIDEST);
    let off = |width: usize| count(width).abs_diff(parameters);
    if width > 1 && off(width - 1) < off(width) { built(width - 1) } else { built(width) }
}

/// ResNet-20 with so many channels in its first stage.
fn residual(picture: PictureShape, stem_strides: &[usize], classes: usize, width: usize) -> Built {
    let mut builder = Builder { network: Network::new(picture), weights: Vec::new() };
    let mut value = 0;
    for (place, &stride) in stem_strides.iter().enumerate() {
        let name = if place == 0 { "stem".into() } else { format!("stem{place}") };
        let convolved = builder.convolution(&name, value, width, 3, stride);
        value = builder.relu(convolved);
    }
    for stage in 0..3 {
        for block in 0..BLOCKS {
            let name = format!("stage{stage}.block{block}");
            let (channels, stride) = (width << stage, if stage > 0 && block == 0 { 2 } else { 1 });
            let first = builder.convolution(&format!("{name}.first"), value, channels, 3, stride);
            let first = builder.relu(first);
            let second = builder.convolution(&format!("{name}.second"), first, channels, 3, 1);
            let shortcut = match stride {
                1 => value,
                _ => builder.convolution(&format!("{name}.shortcut"), value, channels, 1, stride),
            };
            let shape = builder.network.shape(second);
            let sum = builder.network.push(Layer::Add, vec![second, shortcut], shape);
            value = builder.relu(sum);
        }
    }
    let shape = builder.network.shape(value);
    let pooled = PictureShape { height: 1, width: 1, ..shape };
    let mean = builder.network.push(Layer::GlobalAveragePool, vec![value], pooled);
    let weight = builder.weight("classifier.weight", vec![classes, shape.channels], Initial::HeNormal);
    let bias = builder.weight("classifier.bias", vec![classes], Initial::Zeros);
    builder.network.push(Layer::Linear { weight, bias }, vec![mean], pooled.with_channels(classes));
    (builder.network, builder.weights)
}

struct Builder {
    network: Network,
    weights: Vec<Weight>,
}

impl Builder {
    fn weight(&mut self, name: &str, shape: Vec<usize>, initial: Initial) -> WeightId {
        self.weights.push(Weight { name: name.into(), shape, initial });
        WeightId(self.weights.len() - 1)
    }

    /// A convolution with batch normalisation.
    fn convolution(&mut self, name: &str, input: usize, channels: usize, kernel: usize, stride: usize) -> usize {
        let from = self.network.shape(input);
        let shape = from.strided(stride).with_channels(channels);
        let weight = self.weight(
            &format!("{name}.convolution"),
            vec![channels, from.channels, kernel, kernel],
            Initial::HeNormal,
        );
        let layer = Layer::Convolution { weights: vec![weight], kernel, stride, groups: 1 };
        let convolved = self.network.push(layer, vec![input], shape);
        let scale = self.weight(&format!("{name}.batch_norm.scale"), vec![channels], Initial::Ones);
        let shift = self.weight(&format!("{name}.batch_norm.shift"), vec![channels], Initial::Zeros);
        self.network.push(Layer::BatchNorm { affine: Some([scale, shift]) }, vec![convolved], shape)
    }

    fn relu(&mut self, input: usize) -> usize {
        let shape = self.network.shape(input);
        self.network.push(Layer::Relu, vec![input], shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLOUR: PictureShape = PictureShape { channels: 3, height: 32, width: 32 };

    #[test]
    fn resnet_20_of_16_channels_has_the_parameters_and_macs_known_of_it() {
        let (network, weights) = residual(COLOUR, &[1], 10, 16);
        let complexity = network.complexity(&weights);
        // He et al. have 269,722 with shortcuts that have no weights; the two 1x1 shortcuts here add 2,560 and their
        // normalisations 192.
        assert_eq!(complexity.parameters, Some(269_722 + 2_560 + 192));
        assert_eq!(complexity.macs, Some(40_551_040 + 2 * 131_072));
    }

    #[test]
    fn the_nearest_width_is_taken() {
        let count =
            |asked| nearest(COLOUR, &[1], 10, asked).0.complexity(&nearest(COLOUR, &[1], 10, asked).1).parameters;
        let exact = count(270_000).unwrap();
        assert_eq!(exact, 272_474);
        for asked in [5_000, 20_000, 100_000] {
            let found = count(asked).unwrap() as f64;
            assert!((found / asked as f64 - 1.0).abs() < 0.35, "{asked}: {found}");
        }
    }
}
