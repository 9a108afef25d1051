//! The logits of a model by the plainest loops there are: what every export, and libtorch, must agree with.

use isthmus::model::Model;
use isthmus::space::network::{Layer, PictureShape, Step, WeightId};

/// Added to variances in batch normalisation.
const EPSILON: f32 = 1e-5;

/// A value of one picture: channels, rows, columns.
#[derive(Clone)]
struct Value {
    shape: PictureShape,
    numbers: Vec<f32>,
}

impl Value {
    fn at(&self, channel: usize, row: usize, column: usize) -> f32 {
        self.numbers[(channel * self.shape.height + row) * self.shape.width + column]
    }

    /// Makes a value by what each of its places is.
    fn of(shape: PictureShape, at: impl Fn(usize, usize, usize) -> f32) -> Self {
        let mut numbers = Vec::with_capacity(shape.channels * shape.area());
        for channel in 0..shape.channels {
            for row in 0..shape.height {
                numbers.extend((0..shape.width).map(|column| at(channel, row, column)));
            }
        }
        Self { shape, numbers }
    }

    /// The places of a window that lie inside: where in the window, and where in the value.
    fn window(
        &self,
        (row, column): (usize, usize),
        side: usize,
        stride: usize,
    ) -> impl Iterator<Item = ([usize; 2], [usize; 2])> + '_ {
        let inside = move |place: usize, step: usize, length: usize| {
            (place * stride + step).checked_sub(side / 2).filter(|&found| found < length)
        };
        (0..side * side).filter_map(move |place| {
            let [i, j] = [place / side, place % side];
            Some(([i, j], [inside(row, i, self.shape.height)?, inside(column, j, self.shape.width)?]))
        })
    }
}

/// The logits of one picture, whose bytes come channel by channel.
pub fn logits(model: &Model, picture: &[u8]) -> Vec<f32> {
    let normalisation = &model.header().normalisation;
    let shape = model.network().picture;
    let numbers = picture.iter().enumerate().map(|(place, &byte)| {
        let channel = place / shape.area();
        (f32::from(byte) - normalisation.mean[channel]) / normalisation.deviation[channel]
    });
    let mut values = vec![Value { shape, numbers: numbers.collect() }];
    for step in &model.network().steps {
        let inputs: Vec<&Value> = step.inputs.iter().map(|&input| &values[input]).collect();
        values.push(run(model, step, &inputs));
    }
    values.pop().unwrap().numbers
}

/// Weights side by side along their inputs.
fn joined(model: &Model, weights: &[WeightId]) -> Vec<f32> {
    let outputs = model.weight(weights[0]).shape[0];
    let row = |output: usize, id: WeightId| {
        let numbers = model.values(id);
        let length = numbers.len() / outputs;
        numbers[output * length..][..length].iter().copied()
    };
    (0..outputs).flat_map(|output| weights.iter().flat_map(move |&id| row(output, id))).collect()
}

fn run(model: &Model, step: &Step, inputs: &[&Value]) -> Value {
    let input = inputs[0];
    let shape = step.shape;
    match &step.layer {
        Layer::Convolution { weights, kernel, stride, groups } => {
            let joined = joined(model, weights);
            let (mine, theirs) = (input.shape.channels / groups, shape.channels / groups);
            Value::of(shape, |output, row, column| {
                let weights = &joined[output * mine * kernel * kernel..];
                let first = output / theirs * mine;
                let mut sum = 0.0;
                for ([i, j], [row, column]) in input.window((row, column), *kernel, *stride) {
                    for channel in 0..mine {
                        let weight = weights[(channel * kernel + i) * kernel + j];
                        sum += f64::from(weight) * f64::from(input.at(first + channel, row, column));
                    }
                }
                sum as f32
            })
        }
        Layer::BatchNorm { affine } => {
            let [scale, shift] = affine.unwrap();
            let [means, variances] = model.statistics(scale);
            Value::of(shape, |channel, row, column| {
                let standard =
                    (input.at(channel, row, column) - means[channel]) / (variances[channel] + EPSILON).sqrt();
                standard * model.values(scale)[channel] + model.values(shift)[channel]
            })
        }
        Layer::Relu => Value::of(shape, |channel, row, column| input.at(channel, row, column).max(0.0)),
        Layer::AveragePool { stride } => Value::of(shape, |channel, row, column| {
            let places = || input.window((row, column), 3, *stride);
            let sum: f32 = places().map(|(_, [row, column])| input.at(channel, row, column)).sum();
            sum / places().count() as f32
        }),
        Layer::MaxPool { stride } => Value::of(shape, |channel, row, column| {
            let places = input.window((row, column), 3, *stride);
            places.map(|(_, [row, column])| input.at(channel, row, column)).fold(f32::NEG_INFINITY, f32::max)
        }),
        Layer::Shift => Value::of(shape, |channel, row, column| {
            let inside = row + 1 < shape.height && column + 1 < shape.width;
            if inside { input.at(channel, row + 1, column + 1) } else { 0.0 }
        }),
        Layer::Add => {
            Value::of(shape, |channel, row, column| input.at(channel, row, column) + inputs[1].at(channel, row, column))
        }
        Layer::Concatenate => {
            Value { shape, numbers: inputs.iter().flat_map(|value| value.numbers.iter().copied()).collect() }
        }
        Layer::GlobalAveragePool => Value::of(shape, |channel, _, _| {
            let area = input.shape.area();
            let sum: f64 = input.numbers[channel * area..][..area].iter().map(|&number| f64::from(number)).sum();
            (sum / area as f64) as f32
        }),
        Layer::Linear { weight, bias } => Value::of(shape, |class, _, _| {
            let row = model.values(*weight)[class * input.numbers.len()..].iter().zip(&input.numbers);
            row.map(|(weight, number)| f64::from(weight * number)).sum::<f64>() as f32 + model.values(*bias)[class]
        }),
    }
}
