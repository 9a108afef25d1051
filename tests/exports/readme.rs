//! The program in the README does what it says.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use isthmus::export::onnx;

use crate::{models, python, reference};

/// The only Python of the README's section on models.
fn snippet() -> String {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let section = readme.split("\n## ").find(|section| section.starts_with("Taking models away\n")).unwrap();
    let (_, rest) = section.split_once("```python\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// The name of the model that it reads.
fn file(snippet: &str) -> &str {
    let (_, rest) = snippet.split_once("InferenceSession(\"").unwrap();
    rest.split_once('"').unwrap().0
}

#[test]
fn the_program_in_the_readme_classifies_digits() {
    let Some(python) = python::onnx_runtime() else { return };
    let folder = tempfile::tempdir().unwrap();
    let snippet = snippet();
    let model = crate::random(2, Default::default(), models::DIGIT);
    fs::write(folder.path().join(file(&snippet)), onnx(&model)).unwrap();
    symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets"), folder.path().join("assets")).unwrap();
    let printed: Vec<usize> = serde_json::from_str(&python::run(&python, folder.path(), &snippet)).unwrap();
    let digits = isthmus::data::load(&Default::default()).unwrap().test;
    let class = |number: usize| {
        let logits = reference::logits(&model, &digits.picture(number).unwrap().pixels);
        (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap()
    };
    assert_eq!(printed, (0..10).map(class).collect::<Vec<_>>());
}
