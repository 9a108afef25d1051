//! That a checkpoint comes back as it was, and never as anything else.

use std::fs;

use proptest::prelude::*;
use safetensors::tensor::{TensorView, serialize};
use serde_json::json;

use super::*;
use crate::search::Aim;

/// An evaluator's state of one tensor.
fn tensors(numbers: &[f32]) -> Vec<u8> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let view = TensorView::new(Dtype::F32, vec![numbers.len()], &bytes).unwrap();
    serialize([("weight.stem \"ä\"", view)], None).unwrap()
}

/// A checkpoint of two distributions.
pub(in crate::run) fn checkpoint(iteration: u64) -> Checkpoint {
    Checkpoint {
        iteration,
        evaluated: u64::MAX,
        seconds: 0.1 + 0.2,
        warm_up: 3,
        adjustments: 2,
        validated: vec![Some(0.25), Some(0.75)],
        live: Some(LiveSettings { learning_rate: Some(0.1 + 0.2), samples: 4, validate_every: u64::MAX }),
        removed: [Removed { number: 7, aim: Aim::Target(0.1 + 0.2), saved: json!([1.0 / 3.0]) }].into(),
        strategy: json!({ "strategy": "shared", "theta": [0.1 + 0.2, 1e-300, 1.0 / 3.0] }),
        settings: "seed = 1\n".into(),
        data: "00ff".into(),
        evaluator: tensors(&[1.0, f32::MIN_POSITIVE, -0.0, f32::NAN]),
    }
}

#[test]
fn other_tools_read_the_tensors_and_the_rest_as_json() {
    let bytes = checkpoint(7).to_bytes().unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(file.tensor("weight.stem \"ä\"").unwrap().shape(), [4]);
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let json: serde_json::Value = serde_json::from_str(&metadata.metadata().as_ref().unwrap()[KEY]).unwrap();
    assert_eq!((&json["format"], &json["iteration"]), (&2.into(), &7.into()));
}

#[test]
fn a_table_has_no_tensor_but_the_checksum() {
    let checkpoint = Checkpoint { evaluator: Vec::new(), ..checkpoint(1) };
    assert_eq!(Checkpoint::from_bytes(&checkpoint.to_bytes().unwrap()).unwrap(), checkpoint);
}

#[test]
fn every_truncation_and_every_flipped_bit_is_found() {
    let bytes = checkpoint(7).to_bytes().unwrap();
    for length in 0..bytes.len() {
        assert!(matches!(Checkpoint::from_bytes(&bytes[..length]), Err(CheckpointError::Damaged(_))), "{length}");
    }
    let mut flipped = bytes;
    for bit in 0..8 * flipped.len() {
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(matches!(Checkpoint::from_bytes(&flipped), Err(CheckpointError::Damaged(_))), "{bit}");
        flipped[bit / 8] ^= 1 << (bit % 8);
    }
}

/// A file with other metadata, whose checksum fits.
fn with_metadata(json: &str) -> Vec<u8> {
    let hash = TensorInfo { dtype: Dtype::U8, shape: vec![HASH], data_offsets: (0, HASH) };
    let metadata = HashMap::from([(KEY.to_owned(), json.to_owned())]);
    let header = header(Some(metadata), vec![(CHECKSUM.into(), hash)]).unwrap();
    [&header[..], blake3::hash(&header).as_bytes()].concat()
}

#[test]
fn a_newer_format_is_refused_with_both_named() {
    let error = Checkpoint::from_bytes(&with_metadata(r#"{"format":3,"program":"isthmus\u001b 9.0"}"#)).unwrap_err();
    let this = format!("this program (isthmus {}) knows formats up to 2", env!("CARGO_PKG_VERSION"));
    assert_eq!(error.to_string(), format!("it has the format 3 of isthmus 9.0, and {this}"));
    for json in ["", "[]", r#"{"format":1}"#, &"[".repeat(100_000)] {
        assert!(matches!(Checkpoint::from_bytes(&with_metadata(json)), Err(CheckpointError::Damaged(_))));
    }
}

#[test]
fn one_of_the_first_format_is_read() {
    let json = r#"{"format":1,"program":"isthmus 0.1.0","iteration":7,"evaluated":9,"seconds":1.5,"warm_up":3,
        "adjustments":2,"validated":[0.25],"strategy":null,"settings":"","data":""}"#;
    let read = Checkpoint::from_bytes(&with_metadata(json)).unwrap();
    assert_eq!((read.iteration, read.live, read.removed.len()), (7, None, 0));
}

/// Writes checkpoints of these iterations; the second number is the accuracy of the modes.
fn folder(kept: usize, written: &[(u64, f64)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for &(iteration, accuracy) in written {
        // Opened anew each time, as after a resume.
        let mut checkpoints = Checkpoints::open(folder.path(), kept).unwrap();
        checkpoints.write(&Checkpoint { validated: vec![Some(accuracy)], ..checkpoint(iteration) }).unwrap();
    }
    folder
}

fn files(folder: &tempfile::TempDir) -> Vec<String> {
    let names = fs::read_dir(folder.path().join("checkpoints")).unwrap();
    let mut names: Vec<String> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_newest_and_the_best_are_kept() {
    let folder = folder(1, &[(1, 0.5), (2, 0.9), (4, 0.6), (5, 0.7), (7, 0.6), (10, 0.8)]);
    // The warm-up has three iterations.
    assert_eq!(files(&folder), ["0000000002", "0000000004", "0000000010"].map(|name| format!("{name}.safetensors")));
    assert_eq!(newest(folder.path()).unwrap().checkpoint.unwrap().iteration, 10);
    assert_eq!(after_warm_up(folder.path()).unwrap().unwrap().iteration, 4);
    let place = folder.path().join("checkpoints/0000000004.safetensors");
    let bytes = fs::read(&place).unwrap();
    fs::write(&place, &bytes[..bytes.len() / 2]).unwrap();
    let damaged = after_warm_up(folder.path()).unwrap_err().to_string();
    assert!(damaged.contains("0000000004.safetensors") && damaged.contains("cut off"), "{damaged}");
}

#[test]
fn before_the_end_of_the_warm_up_there_is_none_after_it() {
    let folder = folder(2, &[(1, 0.5), (2, 0.9)]);
    assert_eq!(after_warm_up(folder.path()).unwrap(), None);
    assert_eq!(after_warm_up(&folder.path().join("nowhere")).unwrap(), None);
}

#[test]
fn one_that_the_system_refuses_leaves_nothing_behind_and_can_be_written_later() {
    let folder = folder(2, &[(1, 0.5)]);
    let (before, place) = (files(&folder), folder.path().join("checkpoints/0000000002.safetensors"));
    fs::create_dir(&place).unwrap();
    let mut checkpoints = Checkpoints::open(folder.path(), 2).unwrap();
    let refused = checkpoints.write(&checkpoint(2)).unwrap_err();
    assert!(matches!(refused, WriteError::Folder(_)) && refused.to_string().contains("0000000002"), "{refused}");
    fs::remove_dir(place).unwrap();
    assert_eq!(files(&folder), before);
    checkpoints.write(&checkpoint(2)).unwrap();
    fs::remove_dir_all(folder.path().join("checkpoints")).unwrap();
    checkpoints.write(&checkpoint(3)).unwrap();
    assert_eq!(newest(folder.path()).unwrap().checkpoint, Some(checkpoint(3)));
}

#[test]
fn damaged_checkpoints_are_named_and_the_one_before_is_used() {
    let folder = folder(5, &[(1, 0.5), (2, 0.5), (3, 0.5), (4, 0.5)]);
    let path = |iteration: u64| folder.path().join(format!("checkpoints/{iteration:010}.safetensors"));
    let bytes = fs::read(path(4)).unwrap();
    fs::write(path(4), &bytes[..bytes.len() / 2]).unwrap();
    fs::copy(path(1), path(3)).unwrap();
    let found = newest(folder.path()).unwrap();
    assert_eq!(found.checkpoint.unwrap().iteration, 2);
    let why: Vec<&str> = found.skipped.iter().map(|skipped| skipped.why.as_str()).collect();
    assert!(why[0].contains("cut off") && why[1].contains("of iteration 1"), "{why:?}");
    assert_eq!(found.skipped[0].path, path(4));
    Checkpoints::open(folder.path(), 5).unwrap().rewind(2).unwrap();
    assert_eq!(files(&folder)[2..], ["0000000003.damaged", "0000000004.damaged"]);
}

#[test]
fn a_file_of_impossible_size_is_not_read() {
    let folder = folder(5, &[(1, 0.5)]);
    let file = fs::File::create(folder.path().join("checkpoints/0000000002.safetensors")).unwrap();
    file.set_len(1 << 40).unwrap();
    let found = newest(folder.path()).unwrap();
    assert!(found.skipped[0].why.contains("more than a checkpoint can have") && found.checkpoint.is_some());
    Checkpoints::open(folder.path(), 1).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_comes_back(
        numbers in prop::collection::vec(any::<f32>(), 0..40),
        state in prop::collection::vec(prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL, 0..40),
        seconds in 0.0..1e9f64,
        validated in prop::collection::vec(prop::option::of(0.0..1.0f64), 0..5),
    ) {
        let evaluator = tensors(&numbers);
        let checkpoint = Checkpoint { strategy: json!(state), seconds, validated, evaluator, ..checkpoint(1) };
        let bytes = checkpoint.to_bytes().unwrap();
        prop_assert_eq!(&Checkpoint::from_bytes(&bytes).unwrap(), &checkpoint);
        prop_assert_eq!(checkpoint.to_bytes().unwrap(), bytes);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Checkpoint::from_bytes(&bytes);
        let hash = *blake3::hash(&bytes).as_bytes();
        let _ = Checkpoint::from_bytes(&[&bytes[..], &hash].concat());
    }

    #[test]
    fn any_damage_is_found(at in any::<prop::sample::Index>(), length in any::<prop::sample::Index>(), flip in 1u8..) {
        let bytes = checkpoint(7).to_bytes().unwrap();
        let mut flipped = bytes.clone();
        flipped[at.index(bytes.len())] ^= flip;
        prop_assert!(matches!(Checkpoint::from_bytes(&flipped), Err(CheckpointError::Damaged(_))));
        let cut = &bytes[..length.index(bytes.len())];
        prop_assert!(matches!(Checkpoint::from_bytes(cut), Err(CheckpointError::Damaged(_))));
    }
}
