//! The GPU that this process computes on, by NVIDIA's management library. That is part of the driver and loaded here once
//! it is asked for; where it is missing, or knows no such device, there are no figures.

use nvml_wrapper::{Device, Nvml};

use crate::engine::GpuUsage;

/// Says which GPUs a process may use, and in which order.
const VISIBLE: &str = "CUDA_VISIBLE_DEVICES";

/// The library, once it was asked for.
#[derive(Debug, Default)]
pub(super) struct Gpu(Option<Option<Nvml>>);

/// The first GPU that a process sees.
#[derive(Debug, PartialEq, Eq)]
enum First<'a> {
    Index(u32),
    Uuid(&'a str),
}

impl Gpu {
    pub(super) fn usage(&mut self) -> Option<GpuUsage> {
        let nvml =
            self.0.get_or_insert_with(|| Nvml::init().inspect_err(|cause| tracing::info!("no NVML: {cause}")).ok());
        let device = device(nvml.as_ref()?)?;
        let busy = f64::from(device.utilization_rates().ok()?.gpu) / 100.0;
        let memory = device.memory_info().ok()?;
        Some(GpuUsage { busy, used: memory.used, total: memory.total })
    }
}

/// The one that knows this process. In a container, where processes have other numbers than outside, it is the first one
/// that is visible, since `engine.device = "cuda"` means that.
fn device(nvml: &Nvml) -> Option<Device<'_>> {
    let own = |device: &Device| {
        let processes = device.running_compute_processes();
        processes.is_ok_and(|processes| processes.iter().any(|process| process.pid == std::process::id()))
    };
    let mut devices = (0..nvml.device_count().ok()?).filter_map(|index| nvml.device_by_index(index).ok());
    devices.find(own).or_else(|| match first(std::env::var(VISIBLE).ok().as_deref()) {
        First::Index(index) => nvml.device_by_index(index).ok(),
        First::Uuid(uuid) => nvml.device_by_uuid(uuid).ok(),
    })
}

fn first(visible: Option<&str>) -> First<'_> {
    let first = visible.and_then(|visible| visible.split(',').next()).map_or("", str::trim);
    match first.parse() {
        _ if first.is_empty() => First::Index(0),
        Ok(index) => First::Index(index),
        Err(_) => First::Uuid(first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_visible_gpu_is_by_number_or_by_name() {
        for (visible, expected) in [
            (None, First::Index(0)),
            (Some(""), First::Index(0)),
            (Some("2,0"), First::Index(2)),
            (Some(" GPU-8932f937, 1"), First::Uuid("GPU-8932f937")),
        ] {
            assert_eq!(first(visible), expected);
        }
    }

    #[test]
    fn a_machine_without_a_gpu_has_no_figures_and_any_other_sound_ones() {
        let mut gpu = Gpu::default();
        for _ in 0..2 {
            let usage = gpu.usage();
            assert!(usage.is_none_or(|gpu| gpu.used <= gpu.total && (0.0..=1.0).contains(&gpu.busy)), "{usage:?}");
        }
        assert!(gpu.0.is_some(), "the library is looked for once");
    }
}
