//! A model as TorchScript: traced once through libtorch, and run by it without any code of its own.
//!
//! As in the other exports the input is the bytes of pictures as numbers, 0 to 255, and the output logits.

use std::path::Path;

use tch::{CModule, Device, Kind, TchError, Tensor};

use crate::model::Model;
use crate::tensor::Loaded;

/// Pictures of the two batches that a traced network is tried with: one is another number than it was traced with.
const TRIED: [i64; 2] = [2, 3];
/// How far logits of the trace may be from those of the network.
const TOLERANCE: f64 = 1e-4;

/// Why there is no trace.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The tensor library refused; the first line of what it said.
    #[error("libtorch: {}", .0.to_string().lines().next().unwrap_or_default())]
    Tensor(#[from] TchError),
    /// What was traced is another network.
    #[error("the traced network is {0} off from the network itself, so that it was not kept")]
    Off(f64),
}

/// Traces a model, tries the trace, and writes it to a file.
///
/// # Errors
/// What the tensor library refused; a trace that gives other logits.
pub fn torchscript(model: &Model, path: &Path) -> Result<(), TraceError> {
    let _guard = tch::no_grad_guard();
    let loaded = Loaded::new(model, Device::Cpu)?;
    let header = model.header();
    let picture = header.plan.picture();
    let channels = picture.channels as i64;
    let of_channels = |numbers: &[f32]| Tensor::f_from_slice(numbers)?.f_reshape([1, channels, 1, 1]);
    let mean = of_channels(&header.normalisation.mean)?;
    let deviation = of_channels(&header.normalisation.deviation)?;
    let run = |pictures: &Tensor| loaded.logits(&pictures.f_sub(&mean)?.f_div(&deviation)?);
    let bytes = |count: i64| {
        let sizes = [count, channels, picture.height as i64, picture.width as i64];
        let numbers = Tensor::f_arange(sizes.iter().product::<i64>(), (Kind::Float, Device::Cpu))?;
        numbers.f_mul_scalar(7.0)?.f_remainder(256.0)?.f_reshape(sizes)
    };
    let mut refused = None;
    let mut traced = |inputs: &[Tensor]| match run(&inputs[0]) {
        Ok(logits) => vec![logits],
        Err(error) => {
            refused = Some(error);
            vec![inputs[0].shallow_clone()]
        }
    };
    let module = CModule::create_by_tracing("Network", "forward", &[bytes(TRIED[0])?], &mut traced)?;
    if let Some(error) = refused {
        return Err(error.into());
    }
    for count in TRIED {
        let pictures = bytes(count)?;
        let off = run(&pictures)?.f_sub(&module.forward_ts(&[&pictures])?)?.f_abs()?.f_max()?.f_double_value(&[])?;
        if off.is_nan() || off > TOLERANCE {
            return Err(TraceError::Off(off));
        }
    }
    Ok(module.save(path)?)
}
