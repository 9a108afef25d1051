//! Searches on pictures from files: what they keep of them, and what they say of those that they cannot use.

use std::fs;
use std::path::Path;

use image::{Rgb, RgbImage};
use serde_json::Value;

use crate::support::{Folder, Output, with};

/// A folder of bright and dark pictures, fifty of each to train with and four of each to test.
fn draw(root: &Path) {
    for (half, count) in [("train", 50), ("test", 4)] {
        for (class, light) in [("bright", 200), ("dark", 20)] {
            let folder = root.join(half).join(class);
            fs::create_dir_all(&folder).unwrap();
            for i in 0..count {
                let picture = RgbImage::from_fn(14, 12 + i % 3, |x, _| Rgb([light, light + i as u8, 3 * x as u8]));
                picture.save(folder.join(format!("{i}.png"))).unwrap();
            }
        }
    }
}

const SETS: [&str; 7] = [
    "data.set=folder",
    "data.path=pictures",
    "data.size=10",
    "data.theta_share=0.4",
    "data.flip=true",
    "data.cutout=3",
    "data.least_scale=0.5",
];

fn go(folder: &Folder, arguments: &[&str], sets: &[&str]) -> Output {
    folder.run(&[arguments, &with(sets), &["--headless", "--json"]].concat())
}

fn data(folder: &Folder) -> Value {
    serde_json::from_str(&folder.read("kept/data.json")).unwrap()
}

#[test]
fn a_folder_of_pictures_is_searched_and_what_is_known_of_it_kept() {
    let folder = Folder::new();
    draw(&folder.path().join("pictures"));
    let begun = [&SETS[..], &["search.iterations=6", "search.warm_up=0.5"]].concat();
    let ended = go(&folder, &["run", "tiny.toml", "--run-dir", "kept"], &begun);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let kept = data(&folder);
    assert_eq!([&kept["weights"], &kept["theta"], &kept["test"]], [60, 40, 8].map(Value::from).each_ref());
    assert_eq!(kept["class_names"], serde_json::json!(["bright", "dark"]));
    assert_eq!(kept["mean"].as_array().unwrap().len(), 3);

    // What is known is taken as it is, and what is not there is found out again.
    fs::remove_file(folder.path().join("kept/data.json")).unwrap();
    let ended = go(&folder, &["resume", "kept"], &["search.iterations=8"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(data(&folder), kept);

    let picture = folder.path().join("pictures/train/dark/7.png");
    let bytes = fs::read(&picture).unwrap();
    fs::write(&picture, &bytes[..bytes.len() - 20]).unwrap();
    let ended = go(&folder, &["resume", "kept"], &["search.iterations=10"]);
    assert_eq!(ended.code, Some(1));
    let said =
        "1 of 108 files cannot be used: pictures/train/dark/7.png: ends before its picture does: it is truncated";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);

    fs::remove_file(&picture).unwrap();
    let ended = go(&folder, &["resume", "kept"], &["search.iterations=10"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("made with other data than there are now"), "{}", ended.stderr);
    assert_eq!(data(&folder), kept, "a resume that is refused changes nothing");
}

#[test]
fn a_set_that_is_not_there_says_what_is_expected_where() {
    let folder = Folder::new();
    for (set, said) in
        [("cifar10", "data_batch_1.bin to data_batch_5.bin and test_batch.bin"), ("folder", "train/<class>/*.jpeg")]
    {
        let sets = [&format!("data.set={set}"), "data.path=nowhere"];
        let ended = go(&folder, &["run", "tiny.toml", "--run-dir", set], &sets);
        assert_eq!(ended.code, Some(1));
        assert!(ended.stderr.contains("nowhere has no contents: there is no such folder"), "{}", ended.stderr);
        assert!(ended.stderr.contains(said) && ended.stderr.contains("https://"), "{}", ended.stderr);
    }
}
