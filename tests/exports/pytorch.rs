//! The module in PyTorch.

use std::fs;

use isthmus::export::pytorch;
use isthmus::space::cells::CellSettings;
use isthmus::space::network::Layer;

use crate::{compare, models, python, write_pictures};

/// Runs every model of the folder through its own module, and names its tensors.
const RUN: &str = r#"
import importlib, pathlib, sys, torch
sys.path.insert(0, ".")
for file in sorted(pathlib.Path(".").glob("*.py")):
    module = importlib.import_module(file.stem)
    network = module.load()
    stored = module.read(file.with_suffix(".safetensors"))
    state = {name: tensor for name, tensor in network.state_dict().items() if "num_batches" not in name}
    assert stored.keys() == state.keys(), stored.keys() ^ state.keys()
    shape = {"alike": (1, 28, 28), "digits": (1, 28, 28), "colour": (3, 13, 10), "mobile": (3, 13, 10)}[file.stem.split("_")[0]]
    pictures = torch.frombuffer(bytearray(file.with_suffix(".pictures").read_bytes()), dtype=torch.uint8)
    with torch.no_grad():
        logits = network(pictures.view(-1, *shape))
    file.with_suffix(".logits").write_bytes(logits.numpy().astype("<f4").tobytes())
    network.train()(pictures.view(-1, *shape)).sum().backward()
"#;

#[test]
#[ignore = "PyTorch is large: make test-pytorch"]
fn logits_in_pytorch_are_ours() {
    let Some(python) = python::pytorch() else { return };
    let folder = tempfile::tempdir().unwrap();
    let models = crate::models();
    for (name, model) in &models {
        let exported = pytorch(model, name).unwrap();
        fs::write(folder.path().join(format!("{name}.py")), exported.code).unwrap();
        fs::write(folder.path().join(format!("{name}.safetensors")), exported.weights).unwrap();
        write_pictures(folder.path(), name, model);
    }
    python::run(&python, folder.path(), RUN);
    for (name, model) in &models {
        compare(folder.path(), name, model);
    }
}

#[test]
fn the_module_reads_like_one_that_a_person_wrote() {
    let settings = CellSettings { nodes: 2, cells: 3, channels: 4, ..CellSettings::default() };
    let exported = pytorch(&crate::random(4, settings, models::DIGIT), "digits_4").unwrap();
    insta::assert_snapshot!(exported.code);
}

#[test]
fn the_module_of_a_mobile_network_reads_like_one_too() {
    let exported = pytorch(&crate::mobile(models::DIGIT), "mobile").unwrap();
    let (_, forward) = exported.code.split_once("    def forward").unwrap();
    insta::assert_snapshot!(forward.split_once("\n\ndef load").unwrap().0);
}

#[test]
fn there_is_a_layer_for_every_layer() {
    for (name, model) in crate::models() {
        let code = pytorch(&model, &name).unwrap().code;
        let layers =
            |wanted: fn(&Layer) -> bool| model.network().steps.iter().filter(|step| wanted(&step.layer)).count();
        let lines = |part: &str| code.lines().filter(|line| line.contains(part)).count();
        assert_eq!(lines("nn.Conv2d("), layers(|layer| matches!(layer, Layer::Convolution { .. })), "{name}");
        assert_eq!(lines("nn.BatchNorm2d("), layers(|layer| matches!(layer, Layer::BatchNorm { .. })), "{name}");
        assert_eq!(lines("F.relu("), layers(|layer| matches!(layer, Layer::Relu)), "{name}");
        assert_eq!(lines("F.pad("), layers(|layer| matches!(layer, Layer::Shift)), "{name}");
    }
}
