//! The two sets, whole and damaged.

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::data::testing::shared;
use crate::data::{Dataset as _, Normalisation, Part};

/// Records with these labels, each with the pixels 0, 1, 2, ... from its place on.
fn records(layout: Layout, labels: &[u8]) -> Vec<u8> {
    let record = |(place, label): (usize, &u8)| {
        let mut record = vec![7; layout.labels - 1];
        record.push(*label);
        record.extend((0..PIXELS).map(|i| (place + i) as u8));
        record
    };
    labels.iter().enumerate().flat_map(record).collect()
}

fn folder(files: &[(&str, Vec<u8>)]) -> TempDir {
    let made = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(made.path().join(name), bytes).unwrap();
    }
    made
}

fn labels(part: &Part) -> Vec<usize> {
    (0..part.len()).map(|i| part.label(i)).collect()
}

fn refused(layout: Layout, files: &[(&str, Vec<u8>)]) -> String {
    layout.read(folder(files).path()).unwrap_err().to_string()
}

#[test]
fn the_official_files_are_read_in_their_order() {
    let names: Vec<String> = (1..=5).map(|number| format!("data_batch_{number}.bin")).collect();
    let mut files: Vec<(&str, Vec<u8>)> =
        names.iter().zip(0..).map(|(name, label)| (&**name, records(CIFAR_10, &[label, 9]))).collect();
    files.push(("test_batch.bin", records(CIFAR_10, &[5, 6, 7])));
    files.push(("batches.meta.txt", b"a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n".to_vec()));
    files.push(("train.bin", records(CIFAR_10, &[1])));
    let read = cifar10(folder(&files).path()).unwrap();
    assert_eq!(labels(&read.train), [0, 9, 1, 9, 2, 9, 3, 9, 4, 9]);
    assert_eq!(labels(&read.test), [5, 6, 7]);
    assert_eq!(read.test.set().class_names()[9], "j");
    assert_eq!(read.train.picture(1).unwrap().pixels[..3], [1, 2, 3]);
    files.remove(3);
    assert!(refused(CIFAR_10, &files).contains("has no data_batch_4.bin. Expected there: data_batch_1.bin to"));
}

#[test]
fn of_cifar_100_the_fine_label_is_taken() {
    let (train, test) = (records(CIFAR_100, &[99, 3]), records(CIFAR_100, &[42]));
    let read = cifar100(folder(&[("train.bin", train), ("test.bin", test)]).path()).unwrap();
    assert_eq!((labels(&read.train), labels(&read.test)), (vec![99, 3], vec![42]));
    assert_eq!((read.train.classes(), read.train.set().class_names().len()), (100, 0));
}

#[test]
fn each_fault_of_a_file_is_named() {
    let good = || records(CIFAR_10, &[1, 2, 3]);
    let with = |bad: Vec<u8>| refused(CIFAR_10, &[("train.bin", bad), ("test.bin", good())]);
    let whole = good();
    let message = with(whole[..whole.len() - 1].to_vec());
    assert!(message.starts_with("1 of 2 files cannot be used: "), "{message}");
    let said =
        "train.bin: ends 3072 bytes behind the last of 2 records of 3073 bytes: it is truncated, or not of cifar10";
    assert!(message.ends_with(said), "{message}");
    assert!(with([whole, vec![0; 5]].concat()).contains("ends 5 bytes behind the last of 3 records"));
    assert!(with(Vec::new()).ends_with("train.bin: is empty"));
    let message = with(records(CIFAR_10, &[1, 10, 2, 200]));
    assert!(message.ends_with("train.bin: 2 of 4 labels are not below 10: the first is 10, of record 2"), "{message}");
    let message =
        refused(CIFAR_10, &[("train.bin", vec![1]), ("test.bin", vec![]), ("batches.meta.txt", b"cat".to_vec())]);
    assert!(message.starts_with("3 of 3 files cannot be used"), "{message}");
    assert!(message.contains("names 1 classes, and there are 10"), "{message}");
    assert!(refused(CIFAR_10, &[]).contains("has no data_batch_1.bin"));
    assert!(refused(CIFAR_10, &[("train.bin", good())]).contains("has no test_batch.bin"));
    assert!(refused(CIFAR_100, &[("train.bin", good())]).contains("has no test.bin"));
}

#[test]
fn files_that_are_too_large_or_not_files_are_named() {
    let made = folder(&[("train.bin", Vec::new()), ("test.bin", records(CIFAR_10, &[1]))]);
    fs::File::options().write(true).open(made.path().join("train.bin")).unwrap().set_len(LARGEST + 1).unwrap();
    let message = cifar10(made.path()).unwrap_err().to_string();
    assert!(message.ends_with("train.bin: has 1073741825 bytes, more than 1073741824"), "{message}");
    fs::remove_file(made.path().join("train.bin")).unwrap();
    fs::create_dir(made.path().join("train.bin")).unwrap();
    let message = cifar10(made.path()).unwrap_err().to_string();
    assert!(message.contains("train.bin: Is a directory"), "{message}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn a_file_is_read_whole_or_refused(length in 0..5 * 3073usize, label in any::<u8>()) {
        let bytes = vec![label; length];
        let mut pictures =
            Pictures { shape: SHAPE, classes: 10, names: Vec::new(), pixels: Vec::new(), labels: Vec::new() };
        let made = folder(&[("a.bin", bytes)]);
        let read = CIFAR_10.records(&made.path().join("a.bin"), &mut pictures);
        let good = length > 0 && length.is_multiple_of(3073) && label < 10;
        prop_assert_eq!(read.is_ok(), good);
        prop_assert_eq!(pictures.len(), if good { length / 3073 } else { 0 });
    }
}

#[test]
fn the_real_subset_is_read() {
    let Some(path) = shared("cifar-10-subset") else { return };
    let read = cifar10(&path).unwrap();
    for (part, each) in [(&read.train, 1000), (&read.test, 200)] {
        let all = labels(part);
        assert!((0..10).all(|class| all.iter().filter(|&&label| label == class).count() == each));
    }
    assert_eq!(read.train.set().class_names()[..2], ["airplane", "automobile"]);
    // What is known of all of CIFAR-10: means .491, .482, .447 and deviations .247, .243, .262.
    let Normalisation { mean, deviation } = Normalisation::of(&read.train).unwrap();
    for (found, known) in mean.iter().chain(&deviation).zip([0.491, 0.482, 0.447, 0.247, 0.243, 0.262]) {
        assert!((found / 255.0 - known).abs() < 0.01, "{found} is not {known}");
    }
}
