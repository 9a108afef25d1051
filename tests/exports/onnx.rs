//! ONNX in ONNX Runtime.

use std::fs;

use isthmus::export::onnx;
use isthmus::space::genotype;

use crate::{compare, models, python, write_pictures};

/// Runs every model of the folder, in batches of different size.
const RUN: &str = r#"
import pathlib, numpy, onnxruntime
for file in sorted(pathlib.Path(".").glob("*.onnx")):
    network = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    shape = network.get_inputs()[0].shape
    assert shape[0] == "batch", shape
    pictures = numpy.fromfile(file.with_suffix(".pictures"), numpy.uint8).reshape(-1, *shape[1:]).astype(numpy.float32)
    logits = [network.run(["logits"], {"pictures": batch})[0] for batch in (pictures[:1], pictures[1:20], pictures[20:])]
    numpy.concatenate(logits).astype("<f4").tofile(file.with_suffix(".logits"))
"#;

#[test]
fn logits_in_onnx_runtime_are_ours() {
    let Some(python) = python::onnx_runtime() else { return };
    let folder = tempfile::tempdir().unwrap();
    let models = crate::models();
    for (name, model) in &models {
        fs::write(folder.path().join(format!("{name}.onnx")), onnx(model)).unwrap();
        write_pictures(folder.path(), name, model);
    }
    python::run(&python, folder.path(), RUN);
    for (name, model) in &models {
        compare(folder.path(), name, model);
    }
}

#[test]
fn an_onnx_file_says_what_it_is() {
    let Some(python) = python::onnx_runtime() else { return };
    let folder = tempfile::tempdir().unwrap();
    let model = crate::random(3, Default::default(), models::DIGIT);
    fs::write(folder.path().join("network.onnx"), onnx(&model)).unwrap();
    let script = r#"
import json, onnxruntime
about = onnxruntime.InferenceSession("network.onnx").get_modelmeta()
print(json.dumps([about.producer_name, about.custom_metadata_map]))
"#;
    let said: serde_json::Value = serde_json::from_str(&python::run(&python, folder.path(), script)).unwrap();
    assert_eq!(said[0], "isthmus");
    let text = |key: &str| said[1][key].as_str().unwrap().to_owned();
    assert_eq!([text("producer"), text("version")], ["isthmus", env!("CARGO_PKG_VERSION")]);
    assert_eq!([text("classes"), text("test_accuracy")], ["10", "0.9625"]);
    let outline = model.header().plan.space().outline();
    assert_eq!(genotype::read(&outline, &text("genotype")).unwrap(), model.header().architecture);
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    let model = crate::random(3, Default::default(), models::DIGIT);
    assert_eq!(onnx(&model), onnx(&model));
}
