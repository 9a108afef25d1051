//! What training promises, on tiny networks and real digits.

use std::sync::atomic::AtomicBool;

use super::*;
use crate::config::{DataSettings, DeviceChoice, RetrainingSettings};
use crate::data::{self, Augmentation, Normalisation};
use crate::model::Model;
use crate::space::cells::{CellPlan, CellSettings};
use crate::space::{Architecture, Plan};
use crate::tensor::{self, Loaded};

fn settings() -> RetrainingSettings {
    RetrainingSettings {
        cells: Some(4),
        channels: Some(3),
        epochs: 1,
        batch: 100,
        drop_path: 0.2,
        auxiliary: 0.4,
        ..RetrainingSettings::default()
    }
}

fn common(retraining: RetrainingSettings, workers: usize) -> Common {
    let data = data::load(&DataSettings::default()).unwrap();
    Common {
        retraining,
        augmentation: Augmentation::from(&DataSettings::default()),
        device: DeviceChoice::Cpu,
        workers,
        normalisation: Normalisation::of(&data.train).unwrap(),
        fingerprint: fingerprint(&data),
        command: Vec::new(),
        data,
    }
}

fn plan() -> Plan {
    let picture = data::load(&DataSettings::default()).unwrap().train.shape();
    Plan::Cells(CellPlan { settings: CellSettings { nodes: 2, ..CellSettings::default() }, picture, classes: 10 })
}

fn pictured() -> Pictured {
    Pictured { picture: plan().picture(), classes: 10, stem_strides: &[2] }
}

fn subject(retraining: &RetrainingSettings) -> Subject {
    let architecture = Architecture::new([0, 1, 3, 1].repeat(4));
    Subject::found("it".into(), architecture, Some(0.9), retraining, &plan(), 3).unwrap()
}

fn trainer(common: &Common) -> Trainer {
    let subject = subject(&common.retraining);
    let (network, weights) = subject.network(&common.retraining, pictured());
    Trainer::new(network, weights, common, subject.seed).unwrap()
}

fn steps(trainer: &mut Trainer, count: usize) -> Vec<Step> {
    (0..count).map(|_| trainer.step().unwrap()).collect()
}

#[test]
fn an_interrupted_training_ends_in_the_bits_of_one_that_was_not() {
    let common = common(settings(), 1);
    let mut whole = trainer(&common);
    steps(&mut whole, 3);
    let saved = whole.save("it", 4.5).unwrap();
    let rest = steps(&mut whole, 3);
    let mut resumed = trainer(&common);
    assert_eq!(resumed.restore(&saved, "it").unwrap(), 4.5);
    assert_eq!(resumed.done(), 3);
    assert_eq!(steps(&mut resumed, 3), rest);
    let (a, b) = (whole.trained().unwrap(), resumed.trained().unwrap());
    assert_eq!((a.values, a.score), (b.values, b.score));
}

#[test]
fn the_number_of_workers_changes_no_bit() {
    let run = |workers| {
        let mut trainer = trainer(&common(settings(), workers));
        (steps(&mut trainer, 3), trainer.trained().unwrap().values)
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn a_saved_state_that_does_not_fit_changes_nothing() {
    let common = common(settings(), 1);
    let mut first = trainer(&common);
    steps(&mut first, 1);
    let saved = first.save("it", 0.0).unwrap();
    let mut second = trainer(&common);
    let before = second.save("it", 0.0).unwrap();
    let mut changed = saved.clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    for (bytes, subject, reason) in
        [(&saved, "other", "another architecture"), (&changed, "it", "checksum"), (&saved[..50].to_vec(), "it", "")]
    {
        let error = second.restore(bytes, subject).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
    assert_eq!(second.save("it", 0.0).unwrap(), before);
}

#[test]
fn a_loss_that_is_no_number_is_said_with_what_helps() {
    let mut trainer = trainer(&common(RetrainingSettings { learning_rate: 1e30, clip: 0.0, ..settings() }, 1));
    let error = (0..20).find_map(|_| trainer.step().err()).unwrap().to_string();
    assert!(error.contains("smaller retraining.learning_rate"), "{error}");
}

#[test]
fn trained_networks_are_models_that_give_the_accuracy_that_was_measured() {
    let folder = tempfile::tempdir().unwrap();
    let common = common(RetrainingSettings { epochs: 2, ..settings() }, 2);
    let found = subject(&common.retraining);
    let subjects = [found.clone(), found.by_hand()];
    let go = |stop: bool, tell: &mut dyn FnMut(Progress)| {
        train(folder.path(), &subjects, pictured(), &common, false, &AtomicBool::new(stop), tell).unwrap()
    };
    // Stopped before its first step, it has kept a state to go on from.
    assert!(go(true, &mut |_| {}).is_empty());
    let records = go(false, &mut |progress| assert!(!matches!(progress, Progress::Unusable { .. })));
    assert_eq!(records.iter().map(|record| record.name.as_str()).collect::<Vec<_>>(), ["it", "it-resnet"]);
    assert!(records[0].test_accuracy > 0.2, "{}", records[0].test_accuracy);
    assert_eq!(records[0].parameters, found.parameters());

    let bytes = std::fs::read(folder.path().join(MODELS).join("it/model.safetensors")).unwrap();
    let model = Model::from_bytes(&bytes).unwrap();
    assert_eq!(model.header().test_accuracy, Some(records[0].test_accuracy));
    let mut right = 0.0;
    let mut test = data::Batches::in_order(common.data.test.clone(), 100, &model.header().normalisation);
    for number in 0..10 {
        let (pictures, labels) = tensor::batch(&test.batch(number).unwrap(), tch::Device::Cpu).unwrap();
        let logits = Loaded::new(&model, tch::Device::Cpu).unwrap().logits(&pictures).unwrap();
        right += logits.argmax(1, false).eq_tensor(&labels).sum(tch::Kind::Int64).double_value(&[]);
    }
    assert_eq!(right / 1000.0, records[0].test_accuracy);

    // What is trained is not trained again, and not taken for another training.
    let mut known = 0;
    assert_eq!(go(false, &mut |progress| known += usize::from(matches!(progress, Progress::Known(_)))), records);
    assert_eq!(known, 2);
    let other = Common { retraining: RetrainingSettings { epochs: 1, ..common.retraining.clone() }, ..common.clone() };
    let error = train(folder.path(), &subjects, pictured(), &other, false, &AtomicBool::new(false), |_| {});
    assert!(error.unwrap_err().to_string().contains("--again"));
}
