//! A model for ONNX Runtime and all that reads ONNX.
//!
//! The input `pictures` has the bytes of pictures as numbers, 0 to 255, `[batch, channels, rows, columns]`: they are
//! normalised inside the graph. The output `logits` is `[batch, classes]`. The metadata say what the network is.

mod schema;

use std::collections::HashSet;

use prost::Message as _;

use super::names::Names;
use super::{PRODUCER, genotype};
use crate::model::Model;
use crate::space::network::{Layer, Step};

/// The version of the operators: of 2021, so that runtimes of years ago read it.
const OPERATORS: i64 = 17;
/// The version of the format that goes with it.
const FORMAT: i64 = 8;
/// Added to variances in batch normalisation.
const EPSILON: f32 = 1e-5;
/// The name of the normalised pictures.
const NORMALISED: &str = "normalised";
/// The name of what comes out.
const LOGITS: &str = "logits";

/// The model as the bytes of an ONNX file.
pub fn onnx(model: &Model) -> Vec<u8> {
    let header = model.header();
    let picture = header.plan.picture();
    let mut graph = Graph { model, inner: schema::Graph { name: "network".into(), ..Default::default() } };
    graph.normalise();
    let names = Names::new(model);
    let mut values = vec![NORMALISED.to_owned()];
    let mut taken: HashSet<String> = ["pictures", NORMALISED, LOGITS].map(String::from).into();
    for (index, step) in model.network().steps.iter().enumerate() {
        let module = names.modules[index].as_deref();
        let own = module
            .map_or_else(|| format!("{}_{}", names.values[index], super::names::operation(&step.layer)), str::to_owned);
        // Nodes are called as the values that they make.
        let value = free(&mut taken, &own);
        let inputs: Vec<&str> = step.inputs.iter().map(|&input| values[input].as_str()).collect();
        let is_last = index + 1 == model.network().steps.len();
        graph.layer(step, &value, &inputs, if is_last { LOGITS } else { &value });
        values.push(value);
    }
    let sizes = [picture.channels, picture.height, picture.width].map(size);
    graph.inner.input = vec![value_info("pictures", &sizes)];
    graph.inner.output = vec![value_info(LOGITS, &[size(header.plan.classes())])];
    schema::Model {
        ir_version: FORMAT,
        producer_name: PRODUCER.into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        doc_string: "Input: pictures as bytes, 0 to 255, not normalised. Output: logits.".into(),
        graph: Some(graph.inner),
        opset_import: vec![schema::OperatorSet { domain: String::new(), version: OPERATORS }],
        metadata_props: metadata(model),
    }
    .encode_to_vec()
}

fn metadata(model: &Model) -> Vec<schema::Entry> {
    let header = model.header();
    let known = [
        ("producer", Some(PRODUCER.to_owned())),
        ("version", Some(env!("CARGO_PKG_VERSION").to_owned())),
        ("genotype", Some(genotype(model))),
        ("classes", Some(header.plan.classes().to_string())),
        ("test_accuracy", header.test_accuracy.map(|accuracy| accuracy.to_string())),
    ];
    let entry = |(key, value): (&str, Option<String>)| Some(schema::Entry { key: key.into(), value: value? });
    known.into_iter().filter_map(entry).collect()
}

/// A name that no value has yet.
fn free(taken: &mut HashSet<String>, wanted: &str) -> String {
    let numbered = (2..).map(|number| format!("{wanted}_{number}"));
    let mut candidates = std::iter::once(wanted.to_owned()).chain(numbered);
    let found = candidates.find(|name| !taken.contains(name)).unwrap_or_else(|| wanted.to_owned());
    taken.insert(found.clone());
    found
}

fn size(size: usize) -> i64 {
    // Sides and classes are bounded by the plan.
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// A tensor of numbers behind a batch of any size.
fn value_info(name: &str, sizes: &[i64]) -> schema::ValueInfo {
    let batch = schema::Dimension { dim_value: None, dim_param: Some("batch".into()) };
    let rest = sizes.iter().map(|&size| schema::Dimension { dim_value: Some(size), dim_param: None });
    let shape = schema::Shape { dim: std::iter::once(batch).chain(rest).collect() };
    let tensor = schema::TensorType { elem_type: schema::Tensor::FLOAT, shape: Some(shape) };
    schema::ValueInfo { name: name.into(), kind: Some(schema::Type { tensor_type: Some(tensor) }) }
}

fn ints(name: &str, ints: &[usize]) -> schema::Attribute {
    let ints = ints.iter().map(|&int| size(int)).collect();
    schema::Attribute { name: name.into(), ints, kind: schema::Attribute::INTS, ..Default::default() }
}

fn int(name: &str, int: usize) -> schema::Attribute {
    schema::Attribute { name: name.into(), i: size(int), kind: schema::Attribute::INT, ..Default::default() }
}

fn float(name: &str, float: f32) -> schema::Attribute {
    schema::Attribute { name: name.into(), f: float, kind: schema::Attribute::FLOAT, ..Default::default() }
}

/// A graph in the making.
struct Graph<'a> {
    model: &'a Model,
    inner: schema::Graph,
}

impl Graph<'_> {
    fn node(&mut self, name: &str, operator: &str, inputs: &[&str], output: &str, attribute: Vec<schema::Attribute>) {
        self.inner.node.push(schema::Node {
            input: inputs.iter().map(|&input| input.into()).collect(),
            output: vec![output.into()],
            name: name.into(),
            op_type: operator.into(),
            attribute,
        });
    }

    /// Adds numbers that do not change.
    fn numbers(&mut self, name: &str, shape: &[usize], numbers: &[f32]) {
        self.inner.initializer.push(schema::Tensor {
            dims: shape.iter().map(|&side| size(side)).collect(),
            data_type: schema::Tensor::FLOAT,
            name: name.into(),
            raw_data: numbers.iter().flat_map(|number| number.to_le_bytes()).collect(),
        });
    }

    /// Adds whole numbers that do not change, once.
    fn indices(&mut self, name: &str, indices: &[i64]) {
        if self.inner.initializer.iter().any(|known| known.name == name) {
            return;
        }
        self.inner.initializer.push(schema::Tensor {
            dims: vec![size(indices.len())],
            data_type: schema::Tensor::INT64,
            name: name.into(),
            raw_data: indices.iter().flat_map(|index| index.to_le_bytes()).collect(),
        });
    }

    /// Makes of bytes what the network takes.
    fn normalise(&mut self) {
        let normalisation = &self.model.header().normalisation;
        let shape = [1, normalisation.mean.len(), 1, 1];
        self.numbers("mean", &shape, &normalisation.mean);
        self.numbers("deviation", &shape, &normalisation.deviation);
        self.node("centre", "Sub", &["pictures", "mean"], "centred", Vec::new());
        self.node("scale", "Div", &["centred", "deviation"], NORMALISED, Vec::new());
    }

    fn layer(&mut self, step: &Step, name: &str, inputs: &[&str], output: &str) {
        let model = self.model;
        let input = inputs[0];
        match &step.layer {
            Layer::Convolution { kernel, stride, groups, .. } => {
                let weight = format!("{name}.weight");
                let (shape, numbers) = super::convolution(model, &step.layer);
                self.numbers(&weight, &shape, &numbers);
                let mut attributes = window(*kernel, *stride);
                attributes.push(int("group", *groups));
                self.node(name, "Conv", &[input, &weight], output, attributes);
            }
            Layer::BatchNorm { affine } => {
                let tensors = super::batch_norm(model, affine.as_ref()).map(|(part, numbers)| {
                    let tensor = format!("{name}.{part}");
                    self.numbers(&tensor, &[numbers.len()], numbers);
                    tensor
                });
                let inputs: Vec<&str> = std::iter::once(input).chain(tensors.iter().map(String::as_str)).collect();
                self.node(name, "BatchNormalization", &inputs, output, vec![float("epsilon", EPSILON)]);
            }
            Layer::Relu => self.node(name, "Relu", &[input], output, Vec::new()),
            // Neighbours outside the picture do not count: that is the operator's default.
            Layer::AveragePool { stride } => self.node(name, "AveragePool", &[input], output, window(3, *stride)),
            Layer::MaxPool { stride } => self.node(name, "MaxPool", &[input], output, window(3, *stride)),
            Layer::Shift => {
                let padded = format!("{output}_padded");
                self.indices("shift.pads", &[0, 0, 0, 0, 0, 0, 1, 1]);
                self.indices("shift.starts", &[1, 1]);
                self.indices("shift.ends", &[i64::MAX, i64::MAX]);
                self.indices("shift.axes", &[2, 3]);
                self.node(&padded, "Pad", &[input, "shift.pads"], &padded, Vec::new());
                let cut = [padded.as_str(), "shift.starts", "shift.ends", "shift.axes"];
                self.node(name, "Slice", &cut, output, Vec::new());
            }
            Layer::Add => self.node(name, "Add", inputs, output, Vec::new()),
            Layer::Concatenate => self.node(name, "Concat", inputs, output, vec![int("axis", 1)]),
            Layer::GlobalAveragePool => {
                let pooled = format!("{output}_1x1");
                self.node(&pooled, "GlobalAveragePool", &[input], &pooled, Vec::new());
                self.node(name, "Flatten", &[&pooled], output, vec![int("axis", 1)]);
            }
            Layer::Linear { weight, bias } => {
                let [matrix, shift] = [format!("{name}.weight"), format!("{name}.bias")];
                self.numbers(&matrix, &model.weight(*weight).shape, model.values(*weight));
                self.numbers(&shift, &model.weight(*bias).shape, model.values(*bias));
                self.node(name, "Gemm", &[input, &matrix, &shift], output, vec![int("transB", 1)]);
            }
        }
    }
}

/// A window that pads so as to keep the size before its stride.
fn window(side: usize, stride: usize) -> Vec<schema::Attribute> {
    vec![ints("kernel_shape", &[side; 2]), ints("strides", &[stride; 2]), ints("pads", &[side / 2; 4])]
}
