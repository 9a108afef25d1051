//! Where to compute.

use tch::{Device, TchError};

use crate::config::DeviceChoice;
use crate::evaluate::{CUDA, EvaluateError};

/// The library that registers CUDA with libtorch. Linkers drop it, since no symbol of it is named (tch-rs issue 980).
const CUDA_LIBRARY: &str = "libtorch_cuda.so";

/// The device for a choice.
///
/// # Errors
/// CUDA was asked for and is not there.
pub fn choose(choice: DeviceChoice) -> Result<Device, EvaluateError> {
    if choice == DeviceChoice::Cpu {
        return Ok(Device::Cpu);
    }
    let loaded = load_cuda();
    match (choice, Device::cuda_if_available()) {
        (DeviceChoice::Cuda, Device::Cpu) => {
            let cause = match loaded {
                Ok(()) => "no CUDA device answers".into(),
                Err(cause) => format!("{CUDA_LIBRARY} cannot be loaded ({cause})"),
            };
            let remedy = "set engine.device = \"cpu\", or install libtorch with CUDA: make setup CUDA=1";
            Err(EvaluateError::Unavailable(format!("engine.device = \"cuda\", but {cause}; {remedy}")))
        }
        (_, device) => Ok(device),
    }
}

/// Loads the CUDA side of libtorch, once and for good.
fn load_cuda() -> Result<(), libloading::Error> {
    // SAFETY: the library's initialisers are libtorch's own, meant to run on loading, and it stays loaded.
    let library = unsafe { libloading::Library::new(CUDA_LIBRARY) }?;
    std::mem::forget(library);
    Ok(())
}

/// A device, for a person.
pub(crate) fn name(device: Device) -> String {
    match device {
        Device::Cpu => "CPU".into(),
        Device::Cuda(index) => format!("{CUDA} {index}"),
        other => format!("{other:?}"),
    }
}

/// What went wrong, for a person: the first line of what libtorch said, or what to do when memory ran out.
pub(crate) fn explain(error: TchError, device: Device, workers: usize, batch: usize) -> EvaluateError {
    let text = error.to_string();
    let lower = text.to_lowercase();
    if lower.contains("out of memory") || lower.contains("can't allocate memory") {
        return EvaluateError::OutOfMemory { device: name(device), workers, batch };
    }
    tracing::error!("libtorch: {text}");
    EvaluateError::Tensor(text.lines().next().unwrap_or_default().into())
}
