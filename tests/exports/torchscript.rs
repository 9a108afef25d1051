//! TorchScript in libtorch.

use std::fs;

use isthmus::export::torchscript;
use tch::{CModule, Tensor};

use crate::{compare, write_pictures};

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
