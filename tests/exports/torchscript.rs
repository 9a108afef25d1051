//! TorchScript in libtorch.

use std::fs;

use isthmus::export::torchscript;
use tch::{CModule, Tensor};

use crate::{compare, python, write_pictures};

/// Runs every trace of the folder, in batches of different size.
const RUN: &str = r#"
import pathlib, torch
for file in sorted(pathlib.Path(".").glob("*.pt")):
    network = torch.jit.load(file)
    shape = {"alike": (1, 28, 28), "digits": (1, 28, 28), "colour": (3, 13, 10), "mobile": (3, 13, 10)}[file.stem.split("_")[0]]
    pictures = torch.frombuffer(bytearray(file.with_suffix(".pictures").read_bytes()), dtype=torch.uint8)
    pictures = pictures.view(-1, *shape).float()
    with torch.no_grad():
        logits = torch.cat([network(batch) for batch in (pictures[:1], pictures[1:20], pictures[20:])])
    file.with_suffix(".logits").write_bytes(logits.numpy().astype("<f4").tobytes())
"#;

#[test]
#[ignore = "PyTorch is large: make test-pytorch"]
fn logits_of_a_traced_network_in_pytorch_are_ours() {
    let Some(python) = python::pytorch() else { return };
    let folder = tempfile::tempdir().unwrap();
    let models = crate::models();
    for (name, model) in &models {
        torchscript(model, &folder.path().join(format!("{name}.pt"))).unwrap();
        write_pictures(folder.path(), name, model);
    }
    python::run(&python, folder.path(), RUN);
    for (name, model) in &models {
        compare(folder.path(), name, model);
    }
}

#[test]
fn logits_of_a_traced_network_are_ours_in_batches_of_any_size() {
    let folder = tempfile::tempdir().unwrap();
    for (name, model) in &crate::models() {
        let path = folder.path().join(format!("{name}.pt"));
        torchscript(model, &path).unwrap();
        write_pictures(folder.path(), name, model);
        let picture = model.network().picture;
        let bytes = fs::read(folder.path().join(format!("{name}.pictures"))).unwrap();
        let shape = [-1, picture.channels as i64, picture.height as i64, picture.width as i64];
        let pictures = Tensor::from_slice(&bytes).to_kind(tch::Kind::Float).reshape(shape);
        let module = CModule::load(&path).unwrap();
        let mut logits = Vec::new();
        for (first, count) in [(0, 1), (1, 19), (20, 44)] {
            let batch = module.forward_ts(&[pictures.narrow(0, first, count)]).unwrap();
            logits.extend(Vec::<f32>::try_from(batch.flatten(0, -1)).unwrap());
        }
        let bytes: Vec<u8> = logits.into_iter().flat_map(f32::to_le_bytes).collect();
        fs::write(folder.path().join(format!("{name}.logits")), bytes).unwrap();
        compare(folder.path(), name, model);
    }
}
