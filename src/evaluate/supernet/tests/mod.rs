//! What the supernetwork promises, on tiny configurations and real digits.

mod mobile;
mod reference;

use rand::RngExt;

use self::reference::Reference;
use super::*;
use crate::config::{DataSettings, DeviceChoice};
use crate::data;
use crate::search::stream;
use crate::space::cells::{CellSettings, CellSpace, Operation, Stem};
use crate::space::network::PictureShape;
use crate::tensor::{Passage, forward};

const DIGIT: PictureShape = PictureShape { channels: 1, height: 28, width: 28 };

fn settings(cells: CellSettings) -> Settings {
    let mut settings = Settings { space: crate::config::SpaceSettings::Cells(cells), ..Settings::default() };
    settings.training.batch = 16;
    settings.engine.device = DeviceChoice::Cpu;
    settings.engine.workers = 1;
    settings
}

fn tiny() -> CellSettings {
    CellSettings { nodes: 2, cells: 3, channels: 4, ..CellSettings::default() }
}

fn random(space: &dyn NetworkSpace, seed: u64) -> Architecture {
    let mut random = stream(seed, Purpose::WeightPool, 0);
    let options = space.decisions().iter().map(|decision| random.random_range(0..decision.options.len() as u16));
    Architecture::new(options.collect::<Vec<u16>>())
}

fn supernet(settings: &Settings) -> Supernet {
    let crate::config::SpaceSettings::Cells(cells) = &settings.space else { unreachable!("the tests are of cells") };
    let space = Arc::new(CellSpace::new(cells.clone(), DIGIT, 10));
    let parts = digits();
    Supernet::new(space, parts.clone(), &Normalisation::of(&parts.weights).unwrap(), settings).unwrap()
}

fn digits() -> Parts {
    data::divide(data::load(&DataSettings::default()).unwrap(), 0.5, 64).unwrap()
}

fn values(weights: &[Tensor]) -> Vec<Vec<f32>> {
    weights.iter().map(|w| Vec::<f32>::try_from(w.detach().contiguous().flatten(0, -1)).unwrap()).collect()
}

fn pictures(count: usize) -> (Tensor, Tensor) {
    let weights = digits().weights;
    let normalisation = Normalisation::of(&weights).unwrap();
    tensor::batch(&Batches::in_order(weights, count, &normalisation).batch(0).unwrap(), Device::Cpu).unwrap()
}

#[test]
fn a_sampled_path_gives_what_the_same_network_built_alone_gives() {
    let variants = [
        tiny(),
        CellSettings { affine: true, nodes: 3, stem_multiplier: 3, ..tiny() },
        CellSettings { cells: 5, stem_stride: 1, channels: 3, ..tiny() },
        CellSettings { cells: 1, ..tiny() },
        CellSettings { stem: Stem::ImageNet, cells: 4, affine: true, ..tiny() },
        CellSettings { stem: Stem::ImageNet, stem_multiplier: 2, channels: 1, ..tiny() },
    ];
    for (variant, cells) in variants.into_iter().enumerate() {
        let supernet = supernet(&settings(cells));
        let batch = pictures(8);
        for seed in 0..6 {
            let architecture = random(&*supernet.space, seed);
            let job = supernet.job(&architecture, &batch, false);
            let logits = forward(&job.network, &job.weights, &batch.0, &Passage::default()).unwrap().logits;
            let alone = Reference::new(&*supernet.space, &architecture, &supernet.weights).logits(&batch.0);
            let worst = (logits - &alone).abs().max().double_value(&[]);
            assert!(worst < 1e-3, "variant {variant}, architecture {seed}: logits differ by {worst}");
        }
    }
}

#[test]
fn complexity_is_that_of_the_network_built_alone_for_200_architectures() {
    let small = CellSettings { channels: 2, affine: true, ..tiny() };
    let batch = pictures(2);
    // Few nodes leave more of a network dead, its stem too.
    for (stem, nodes) in [(Stem::Single, 4), (Stem::ImageNet, 4), (Stem::ImageNet, 1), (Stem::Single, 1)] {
        let supernet = supernet(&settings(CellSettings { stem, nodes, ..small.clone() }));
        for seed in 0..50 {
            let architecture = random(&*supernet.space, seed);
            let alone = Reference::new(&*supernet.space, &architecture, &supernet.weights);
            let _ = tch::no_grad(|| alone.logits(&batch.0));
            let counted = supernet.space.complexity(&architecture);
            assert_eq!(counted.parameters, Some(alone.elements() as u64), "{:?}", alone.built.borrow().keys());
            assert_eq!(counted.macs, Some(alone.macs() as u64), "{:?}", alone.built.borrow().keys());
        }
    }
}

#[test]
fn weights_that_the_pool_does_not_use_stay_bit_for_bit() {
    let mut supernet = supernet(&settings(tiny()));
    // The first step gives every weight of `first` a velocity; the second must not move those that only `first` uses.
    let (first, second) = (random(&*supernet.space, 1), random(&*supernet.space, 2));
    supernet.train(&[first], 0).unwrap();
    let before = values(&supernet.weights);
    let used = supernet.space.network(&second).weights();
    supernet.train(&[second], 1).unwrap();
    let after = values(&supernet.weights);
    for (id, (before, after)) in before.iter().zip(&after).enumerate() {
        let moved = before.iter().zip(after).any(|(a, b)| a.to_bits() != b.to_bits());
        assert_eq!(moved, used.contains(&WeightId(id)), "{}", supernet.space.weights()[id].name);
    }
}

#[test]
fn a_step_follows_the_mean_gradient_of_the_pool() {
    let plain = |pool: &[Architecture]| {
        let mut settings = settings(tiny());
        settings.training.clip = 0.0;
        settings.training.weight_decay = 0.0;
        let mut supernet = supernet(&settings);
        let before = values(&supernet.weights);
        supernet.train(pool, 0).unwrap();
        let moved: Vec<Vec<f32>> = values(&supernet.weights);
        let difference = |(a, b): (&Vec<f32>, &Vec<f32>)| a.iter().zip(b).map(|(a, b)| b - a).collect::<Vec<f32>>();
        before.iter().zip(&moved).map(difference).collect::<Vec<_>>()
    };
    let space = supernet(&settings(tiny())).space;
    let (a, b) = (random(&*space, 3), random(&*space, 4));
    let (both, only_a, only_b) = (plain(&[a.clone(), b.clone()]), plain(&[a]), plain(&[b]));
    for (id, moves) in both.iter().enumerate() {
        for (place, &moved) in moves.iter().enumerate() {
            let mean = (only_a[id][place] + only_b[id][place]) / 2.0;
            assert!((moved - mean).abs() < 1e-5, "weight {id}: {moved} is not {mean}");
        }
    }
}

#[test]
fn the_loss_falls_on_64_digits() {
    let mut settings = settings(CellSettings { channels: 8, ..tiny() });
    settings.training.batch = 64;
    settings.training.learning_rate = 0.2;
    settings.search.iterations = 100;
    let mut supernet = supernet(&settings);
    let weights = digits().weights;
    let (normalisation, order) = (Normalisation::of(&weights).unwrap(), (1, Purpose::Batch));
    supernet.weight_batches = Batches::shuffled(weights.split_at(64).0, 64, &normalisation, order, Augmentation::NONE);
    let architecture = [random(&*supernet.space, 5)];
    let losses: Vec<f64> = (0..100).map(|i| supernet.train(&architecture, i).unwrap().scores[0].loss).collect();
    assert!(losses[99] < 0.5 * losses[0], "{losses:?}");
}

#[test]
fn the_same_seed_gives_the_same_bits_whatever_the_number_of_workers() {
    let run = |workers: usize| {
        let mut settings = settings(tiny());
        settings.engine.workers = workers;
        let mut supernet = supernet(&settings);
        let pool: Vec<Architecture> = (0..5).map(|seed| random(&*supernet.space, seed)).collect();
        let scores: Vec<Vec<Score>> = (0..3)
            .map(|iteration| {
                supernet.train(&pool, iteration).unwrap();
                supernet.score(&pool, iteration).unwrap()
            })
            .collect();
        let bits: Vec<Vec<u32>> =
            values(&supernet.weights).iter().map(|w| w.iter().map(|v| v.to_bits()).collect()).collect();
        (scores, bits, supernet.validate(&pool[0]).unwrap())
    };
    let one = run(1);
    assert_eq!(one, run(1));
    assert_eq!(one, run(3));
}

#[test]
fn losses_that_are_not_finite_leave_the_weights_alone() {
    let mut supernet = supernet(&settings(tiny()));
    let pool = [random(&*supernet.space, 6)];
    let poisoned = supernet.space.network(&pool[0]).weights()[0];
    let _ = tch::no_grad(|| supernet.weights[poisoned.0].fill_(f64::NAN));
    let before = values(&supernet.weights);
    let report = supernet.train(&pool, 0).unwrap();
    assert!(!report.scores[0].loss.is_finite());
    for (before, after) in before.iter().zip(&values(&supernet.weights)) {
        assert!(before.iter().zip(after).all(|(a, b)| a.to_bits() == b.to_bits()));
    }
}

#[test]
fn validation_counts_every_picture_once() {
    let supernet = &mut supernet(&settings(CellSettings { operations: vec![Operation::Identity], ..tiny() }));
    let architecture = random(&*supernet.space, 7);
    let whole = supernet.validate(&architecture).unwrap();
    let accuracy = whole.accuracy * 2000.0;
    assert!((accuracy - accuracy.round()).abs() < 1e-9 && whole.loss.is_finite());
}

#[test]
fn a_learning_rate_that_is_set_holds_from_the_next_step() {
    let rates = |set: Option<f64>| -> Vec<f64> {
        let mut settings = settings(tiny());
        settings.search.iterations = 4;
        let mut supernet = supernet(&settings);
        let pool = [random(&*supernet.space, 8)];
        let mut rates = vec![supernet.train(&pool, 0).unwrap().learning_rate];
        if let Some(rate) = set {
            supernet.set_learning_rate(rate);
        }
        rates.extend((1..4).map(|step| supernet.train(&pool, step).unwrap().learning_rate));
        rates
    };
    let (plain, set) = (rates(None), rates(Some(settings(tiny()).training.learning_rate / 4.0)));
    assert_eq!((plain[0], settings(tiny()).training.final_learning_rate), (set[0], 0.0));
    assert!(
        plain[1..].iter().zip(&set[1..]).all(|(plain, set)| (plain / 4.0 - set).abs() < 1e-12),
        "{plain:?} {set:?}"
    );
}

#[test]
fn a_restored_supernetwork_continues_bit_for_bit() {
    let settings = settings(CellSettings { affine: true, ..tiny() });
    let mut whole = supernet(&settings);
    // Not every weight has a velocity after these two.
    let pool: Vec<Architecture> = (0..2).map(|seed| random(&*whole.space, seed)).collect();
    for step in 0..3 {
        whole.train(&pool, step).unwrap();
    }
    let saved = whole.save().unwrap();
    assert!(whole.optimiser.velocities().iter().any(Option::is_none));
    let mut resumed = supernet(&settings);
    resumed.restore(&saved).unwrap();
    assert!(resumed.save().unwrap() == saved, "what is restored saves to the same bytes");
    let later: Vec<Architecture> = (1..5).map(|seed| random(&*whole.space, seed)).collect();
    for step in 3..6 {
        assert_eq!(whole.train(&later, step).unwrap(), resumed.train(&later, step).unwrap());
        assert_eq!(whole.score(&later, step).unwrap(), resumed.score(&later, step).unwrap());
    }
    assert!(whole.save().unwrap() == resumed.save().unwrap());
}

#[test]
fn a_state_of_another_supernetwork_is_refused_and_changes_nothing() {
    let mut supernet = supernet(&settings(tiny()));
    let before = supernet.save().unwrap();
    for (cells, said) in [
        (CellSettings { channels: 5, ..tiny() }, "must be F32"),
        (CellSettings { nodes: 1, ..tiny() }, "there is no weight."),
        (CellSettings { nodes: 3, ..tiny() }, "this supernetwork has no weight."),
    ] {
        let other = super::tests::supernet(&settings(cells)).save().unwrap();
        let error = supernet.restore(&other).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
        assert!(supernet.restore(&other[..other.len() - 1]).is_err());
        assert!(supernet.restore(&[]).is_err());
        assert!(supernet.save().unwrap() == before);
    }
}
