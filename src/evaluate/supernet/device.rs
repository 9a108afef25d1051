//! Where to compute.

use tch::Device;

use crate::config::DeviceChoice;
use crate::evaluate::EvaluateError;

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
