//! Folders of pictures, whole and with every fault.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::data::testing::shared;
use crate::data::{Augmentation, Batches, Normalisation, load};

fn encoded(format: ImageFormat, colour: [u8; 3], width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_pixel(width, height, Rgb(colour)).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn write(root: &Path, name: &str, bytes: &[u8]) {
    let file = root.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, bytes).unwrap();
}

/// Red and blue pictures, six of each to train with and two of each to test.
fn made() -> TempDir {
    let made = tempfile::tempdir().unwrap();
    for (class, colour) in [("blue", [0, 0, 250]), ("red", [250, 0, 0])] {
        for i in 0..6 {
            write(made.path(), &format!("train/{class}/{i}.JPEG"), &encoded(ImageFormat::Jpeg, colour, 30 + i, 40));
        }
        for i in 0..2 {
            write(made.path(), &format!("val/{class}/{i}.png"), &encoded(ImageFormat::Png, colour, 20, 16 + i));
        }
    }
    made
}

fn settings(root: &Path, cache_mb: u64) -> DataSettings {
    let path = Some(root.to_path_buf());
    DataSettings { set: DataSet::Folder, path, size: 16, cache_mb, shift: 0, ..DataSettings::default() }
}

fn read(root: &Path) -> Result<TrainTest, DataError> {
    load(&settings(root, 10))
}

fn refused(root: &Path) -> String {
    read(root).unwrap_err().to_string()
}

#[test]
fn classes_are_the_folders_and_pictures_are_cut_to_one_size() {
    let made = made();
    write(made.path(), "train/red/.DS_Store", b"no part of the set");
    let set = read(made.path()).unwrap();
    assert_eq!((set.train.len(), set.test.len()), (12, 4));
    assert_eq!(set.train.set().class_names(), ["blue", "red"]);
    for part in [set.train, set.test] {
        let raw = Normalisation { mean: vec![0.0; 3], deviation: vec![1.0; 3] };
        let whole = Batches::in_order(part.clone(), 100, &raw).batch(0).unwrap();
        assert_eq!(whole.values.len(), whole.len() * 3 * 16 * 16);
        for (label, values) in whole.labels.iter().zip(whole.values.chunks(3 * 256)) {
            let (red, blue) = (values[..256].iter().sum::<f32>() / 256.0, values[512..].iter().sum::<f32>() / 256.0);
            assert!(if *label == 1 { red > 240.0 && blue < 10.0 } else { blue > 240.0 && red < 10.0 }, "{red} {blue}");
        }
        // Both halves of what theta and the weights get should hold both classes.
        assert!(whole.labels.windows(2).any(|two| two[0] > two[1]), "mixed: {:?}", whole.labels);
    }
}

#[test]
fn what_a_cache_holds_changes_no_batch() {
    let made = made();
    let batches = |cache_mb| {
        let train = load(&settings(made.path(), cache_mb)).unwrap().train;
        let normalisation = Normalisation::of(&train).unwrap();
        let all = Augmentation { shift: 2, flip: true, cutout: 4, least_scale: 0.1, rotate: 30.0 };
        let mut batches = Batches::shuffled(train, 5, &normalisation, (3, Purpose::Batch), all);
        (0..6).map(|number| batches.batch(number).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(batches(0), batches(10));
}

#[test]
fn every_fault_is_named_and_counted() {
    let made = made();
    let jpeg = encoded(ImageFormat::Jpeg, [1, 2, 3], 50, 50);
    write(made.path(), "train/red/note.jpeg", b"I am a text");
    write(made.path(), "train/red/cut.jpeg", &jpeg[..jpeg.len() - 20]);
    write(made.path(), "train/red/empty.png", b"");
    write(made.path(), "train/red/list.csv", b"a,b");
    let mut huge = encoded(ImageFormat::Png, [0; 3], 2, 2);
    huge[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    write(made.path(), "val/blue/huge.png", &huge);
    let message = refused(made.path());
    assert!(message.starts_with("5 of 20 files cannot be used: "), "{message}");
    for said in [
        "train/red/note.jpeg: is neither a JPEG nor a PNG",
        "train/red/cut.jpeg: ends before its picture does: it is truncated",
        "train/red/empty.png: is empty",
        "train/red/list.csv: is no picture by its name",
        "val/blue/huge.png: is a picture of 65536x65536 pixels, more than",
    ] {
        assert!(message.contains(said), "{said} in {message}");
    }
}

#[test]
fn files_that_are_too_large_or_cannot_be_read_are_named() {
    let made = made();
    fs::File::create(made.path().join("train/red/large.png")).unwrap().set_len(LARGEST + 1).unwrap();
    std::os::unix::fs::symlink("nowhere", made.path().join("val/red/link.jpeg")).unwrap();
    let message = refused(made.path());
    assert!(message.starts_with("2 of 18 files cannot be used: "), "{message}");
    assert!(message.contains("train/red/large.png: has 268435457 bytes, more than 268435456"), "{message}");
    assert!(message.contains("val/red/link.jpeg: No such file"), "{message}");
}

#[test]
fn what_is_not_where_it_belongs_is_named() {
    let made = made();
    write(made.path(), "train/loose.png", b"");
    write(made.path(), "train/red/deep/a.png", b"");
    write(made.path(), "val/green/a.png", &encoded(ImageFormat::Png, [0, 9, 0], 9, 9));
    fs::create_dir(made.path().join("train/yellow")).unwrap();
    let message = refused(made.path());
    assert!(message.starts_with("4 of "), "{message}");
    for said in [
        "train/loose.png: is not in the folder of a class",
        "train/red/deep: is a folder in the folder of a class",
        "val/green: is the folder of a class that is not in train",
        "train/yellow: is the folder of a class without a picture",
    ] {
        assert!(message.contains(said), "{said} in {message}");
    }
}

/// Five classes of four training pictures and one test picture each, all alike.
fn many() -> TempDir {
    let made = tempfile::tempdir().unwrap();
    let picture = encoded(ImageFormat::Png, [9; 3], 20, 20);
    for class in ["a", "b", "c", "d", "e"] {
        for i in 0..4 {
            write(made.path(), &format!("train/{class}/{i}.png"), &picture);
        }
        write(made.path(), &format!("test/{class}/0.png"), &picture);
    }
    made
}

#[test]
fn classes_and_their_pictures_are_taken_at_equal_distances_and_the_others_are_not_looked_at() {
    let made = many();
    write(made.path(), "train/e/damaged.png", b"not looked at");
    let of = |classes, class_pictures| {
        let set = load(&DataSettings { classes, class_pictures, ..settings(made.path(), 1) }).unwrap();
        let mut hasher = Hasher::new();
        set.train.identify(&mut hasher);
        (set.train.set().class_names().to_vec(), set.train.len(), set.test.len(), hasher.finalize())
    };
    let (names, train, test, hash) = of(Some(2), None);
    assert_eq!((names, train, test), (vec!["a".to_owned(), "c".into()], 8, 2));
    let (names, train, test, fewer) = of(Some(3), Some(3));
    assert_eq!((names, train, test), (vec!["a".to_owned(), "b".into(), "d".into()], 9, 3));
    assert_eq!(of(Some(2), Some(9)).3, hash);
    assert_ne!(fewer, hash);
    let train = load(&DataSettings { classes: Some(2), ..settings(made.path(), 1) }).unwrap().train;
    assert!((0..train.len()).all(|i| train.label(i) < 2));
}

#[test]
fn more_classes_than_there_are_and_a_class_that_only_the_tests_have_are_refused() {
    let made = many();
    let classes = |classes| load(&DataSettings { classes: Some(classes), ..settings(made.path(), 1) });
    assert_eq!(classes(5).unwrap().train.classes(), 5);
    let message = classes(6).unwrap_err().to_string();
    assert!(message.starts_with("data.classes = 6: there are only 5 folders of classes in "), "{message}");
    fs::create_dir(made.path().join("test/f")).unwrap();
    let message = classes(2).unwrap_err().to_string();
    assert!(message.contains("test/f: is the folder of a class that is not in train"), "{message}");
}

proptest! {
    #[test]
    fn so_many_are_spread_over_a_list(length in 0..60usize, count in 1..70usize) {
        let chosen = spread((0..length).collect(), Some(count));
        prop_assert_eq!(chosen.len(), count.min(length));
        // No two neighbours are further apart than others by more than one.
        let steps: Vec<usize> = chosen.windows(2).map(|two| two[1] - two[0]).collect();
        let (least, most) = (steps.iter().min(), steps.iter().max());
        prop_assert!(least.zip(most).is_none_or(|(least, most)| most - least <= 1 && *least > 0));
        prop_assert_eq!(chosen.first(), (length > 0).then_some(&0));
    }
}

#[test]
fn a_folder_of_another_layout_says_what_is_expected() {
    let empty = tempfile::tempdir().unwrap();
    let message = refused(empty.path());
    assert!(
        message.contains("has no folder train. Expected there: JPEG and PNG pictures as train/<class>/"),
        "{message}"
    );
    fs::create_dir(empty.path().join("train")).unwrap();
    assert!(refused(empty.path()).contains("has no folder test, nor val"));
    fs::create_dir(empty.path().join("test")).unwrap();
    assert!(refused(empty.path()).contains("has no two or more folders of classes in train"));
}

#[test]
fn a_picture_that_is_damaged_later_is_an_error_by_name() {
    let made = made();
    let set = read(made.path()).unwrap();
    let whole = fs::read(made.path().join("val/red/1.png")).unwrap();
    write(made.path(), "val/red/1.png", &whole[..whole.len() - 15]);
    fs::remove_file(made.path().join("val/red/0.png")).unwrap();
    let raw = Normalisation { mean: vec![0.0; 3], deviation: vec![1.0; 3] };
    let mut one_by_one = Batches::in_order(set.test, 1, &raw);
    let mut errors: Vec<String> =
        (0..4).filter_map(|number| one_by_one.batch(number).err()).map(|error| error.to_string()).collect();
    errors.sort_unstable();
    let [gone, cut] = &errors[..] else { panic!("{errors:?}") };
    assert!(gone.contains("val/red/0.png: No such file"), "{gone}");
    assert!(cut.contains("val/red/1.png") && cut.ends_with("truncated"), "{cut}");
}

#[test]
fn other_names_or_sizes_are_other_data() {
    let made = made();
    let hash = || {
        let set = read(made.path()).unwrap();
        let mut hasher = Hasher::new();
        set.train.identify(&mut hasher);
        hasher.finalize()
    };
    let before = hash();
    assert_eq!(hash(), before);
    let larger = encoded(ImageFormat::Jpeg, [9, 9, 9], 99, 99);
    write(made.path(), "train/red/0.JPEG", &larger);
    let grown = hash();
    assert_ne!(grown, before);
    fs::rename(made.path().join("train/red/0.JPEG"), made.path().join("train/red/9.JPEG")).unwrap();
    assert_ne!(hash(), grown);
}

#[test]
fn imagenette_is_read_whole() {
    let Some(path) = shared("imagenette-mini") else { return };
    let set = load(&settings(&path, 100)).unwrap();
    assert_eq!((set.train.len(), set.test.len(), set.train.classes()), (500, 200, 10));
    assert_eq!(set.train.set().class_names()[9], "tench");
    let normalisation = Normalisation::of(&set.test).unwrap();
    assert!(normalisation.fits(3) && normalisation.mean.iter().all(|mean| (90.0..150.0).contains(mean)));
    let mut batches = Batches::in_order(set.test, 60, &normalisation);
    let sizes: Vec<usize> = (0..4).map(|number| batches.batch(number).unwrap().len()).collect();
    assert_eq!(sizes, [60, 60, 60, 20]);
}
