//! A mobile network written a second time: straight from the stages of the genotype, channels first, every tensor taken
//! when the output asks for it, every MAC counted on the tensors that a convolution is given.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use tch::Tensor;

use super::*;
use crate::space::mobile::{MobilePlan, MobileSettings, MobileSpace};
use crate::space::{Plan, genotype};

/// A network of one architecture alone.
struct Alone {
    settings: MobileSettings,
    /// The words of the blocks of each stage.
    stages: Vec<Vec<String>>,
    source: BTreeMap<String, Tensor>,
    built: RefCell<BTreeMap<String, Tensor>>,
    macs: Cell<u64>,
}

impl Alone {
    fn new(space: &dyn NetworkSpace, architecture: &Architecture, values: &[Tensor]) -> Self {
        let outline = space.outline();
        let genotype: serde_json::Value =
            serde_json::from_str(&genotype::write(&outline, architecture).unwrap()).unwrap();
        let stages = serde_json::from_value(genotype["stages"].clone()).unwrap();
        let Some(Plan::Mobile(plan)) = outline.plan else { unreachable!("the tests are of a mobile space") };
        let named = space.weights().iter().zip(values);
        let source = named.map(|(weight, value)| (weight.name.clone(), value.detach().contiguous())).collect();
        Self { settings: plan.settings, stages, source, built: RefCell::default(), macs: Cell::new(0) }
    }

    fn weight(&self, name: &str) -> Tensor {
        let mut built = self.built.borrow_mut();
        built.entry(name.into()).or_insert_with(|| self.source[name].copy()).shallow_clone()
    }

    fn logits(&self, pictures: &Tensor) -> Tensor {
        let stem = self.conv("stem", &pictures.contiguous(), self.settings.stem_stride as i64, 1).relu();
        let mut value = stem;
        for (number, words) in self.stages.iter().enumerate() {
            for (place, word) in words.iter().enumerate() {
                let stride = if place == 0 { self.settings.stage_strides[number] as i64 } else { 1 };
                let name = format!("stage{number}.block{place}.{word}");
                let (kernel, expansion) = word.trim_start_matches('k').split_once('e').unwrap();
                let mut inner = value.shallow_clone();
                if expansion != "1" {
                    inner = self.conv(&format!("{name}.expand"), &inner, 1, 1).relu();
                }
                let channels = inner.size()[1];
                assert_eq!(channels, value.size()[1] * expansion.parse::<i64>().unwrap());
                let deep = self.conv(&format!("{name}.depthwise"), &inner, stride, channels).relu();
                assert_eq!(self.weight(&format!("{name}.depthwise.convolution")).size()[2].to_string(), kernel);
                let narrow = self.conv(&format!("{name}.project"), &deep, 1, 1);
                value = if narrow.size() == value.size() { narrow + value } else { narrow };
            }
        }
        let pooled = self.conv("head", &value, 1, 1).relu().mean_dim(&[2i64, 3][..], false, None);
        let matrix = self.weight("classifier.weight");
        self.macs.set(self.macs.get() + matrix.numel() as u64);
        pooled.matmul(&matrix.tr()) + self.weight("classifier.bias")
    }

    /// A convolution and its batch normalisation.
    fn conv(&self, name: &str, value: &Tensor, stride: i64, groups: i64) -> Tensor {
        let weight = self.weight(&format!("{name}.convolution"));
        let padding = weight.size()[2] / 2;
        let made = value.conv2d::<Tensor>(&weight, None, [stride; 2], [padding; 2], [1, 1], groups);
        // Every number that is made takes one multiplication for each weight of its channel.
        let numbers = made.numel() as u64 / made.size()[0] as u64;
        self.macs.set(self.macs.get() + numbers * weight.numel() as u64 / weight.size()[0] as u64);
        let mean = made.mean_dim(&[0i64, 2, 3][..], true, None);
        let variance = made.var_dim(&[0i64, 2, 3][..], false, true);
        let normal = (made - mean) / (variance + 1e-5).sqrt();
        if !self.settings.affine {
            return normal;
        }
        let [scale, shift] =
            ["scale", "shift"].map(|part| self.weight(&format!("{name}.batch_norm.{part}")).reshape([1, -1, 1, 1]));
        normal * scale + shift
    }
}

fn small() -> MobileSettings {
    MobileSettings {
        stem_channels: 4,
        stage_channels: vec![4, 6],
        stage_strides: vec![1, 2],
        stage_blocks: vec![2, 2],
        expansions: vec![1, 3],
        head_channels: 8,
        ..MobileSettings::default()
    }
}

fn supernet_of(mobile: MobileSettings) -> Supernet {
    let space = Arc::new(MobileSpace::new(MobilePlan { settings: mobile, picture: DIGIT, classes: 10 }));
    let parts = digits();
    let settings = settings(CellSettings::default());
    Supernet::new(space, parts.clone(), &Normalisation::of(&parts.weights).unwrap(), &settings).unwrap()
}

#[test]
fn a_sampled_mobile_network_gives_what_it_gives_alone_and_costs_what_is_counted() {
    for mobile in [small(), MobileSettings { affine: true, stem_stride: 1, least_blocks: 2, ..small() }] {
        let supernet = supernet_of(mobile);
        let batch = pictures(8);
        for seed in 0..40 {
            let architecture = random(&*supernet.space, seed);
            let job = supernet.job(&architecture, &batch, false);
            let alone = Alone::new(&*supernet.space, &architecture, &supernet.weights);
            let (logits, expected) = tch::no_grad(|| {
                let passed = forward(&job.network, &job.weights, &batch.0, &Passage::default()).unwrap();
                (passed.logits, alone.logits(&batch.0))
            });
            let worst = (logits - expected).abs().max().double_value(&[]);
            assert!(worst < 1e-3, "architecture {seed}: logits differ by {worst}");
            let complexity = supernet.space.complexity(&architecture);
            let elements: usize = alone.built.borrow().values().map(Tensor::numel).sum();
            assert_eq!(complexity.parameters, Some(elements as u64));
            assert_eq!(complexity.macs, Some(alone.macs.get()));
        }
    }
}

#[test]
fn a_mobile_supernetwork_moves_what_its_pool_uses_alone() {
    let mut supernet = supernet_of(small());
    let architecture = random(&*supernet.space, 1);
    let used = supernet.space.network(&architecture).weights();
    let before = values(&supernet.weights);
    supernet.train(&[architecture], 0).unwrap();
    for (id, (before, after)) in before.iter().zip(&values(&supernet.weights)).enumerate() {
        assert_eq!(before != after, used.contains(&WeightId(id)), "{}", supernet.space.weights()[id].name);
    }
}
