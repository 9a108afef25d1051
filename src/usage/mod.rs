//! What a search takes of its machine: processors, memory and, where it computes on one, a GPU.
//!
//! It is measured every few seconds on a thread of its own in the process that searches, and told to viewers where it has
//! moved. It is not recorded: a run that is replayed has no process.

#[cfg(feature = "nvml")]
mod gpu;

use std::iter::{once, repeat};
use std::time::Duration;
use std::{io, thread};

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid};

use crate::engine::{Event, GpuUsage, Hub, State, Usage};
use crate::evaluate::CUDA;

/// How soon the first figures come: the use of processors is a mean over a while.
const FIRST: Duration = Duration::from_secs(1);
/// How often is measured.
const EVERY: Duration = Duration::from_secs(5);

/// A change of a share that is told.
const SHARE: f64 = 0.1;
/// A change of an amount of memory that is told, as a share of it.
const MEMORY: f64 = 0.05;

/// Tells a search's viewers what this process takes, until the search has ended.
///
/// # Errors
/// A thread that cannot be started.
pub fn tell(hub: Hub) -> io::Result<()> {
    let tell = move || {
        let Some(mut meter) = Meter::new() else { return };
        for pause in once(FIRST).chain(repeat(EVERY)) {
            thread::sleep(pause);
            let (state, told, on_gpu) = hub.look(|dashboard| {
                let on_gpu = dashboard.device.as_ref().is_some_and(|device| device.starts_with(CUDA));
                (dashboard.state.clone(), dashboard.usage, on_gpu)
            });
            if matches!(state, State::Finished | State::Failed { .. }) {
                return;
            }
            // Also of a search that rests, so that the next mean does not reach back before the rest.
            let measured = meter.measure(on_gpu);
            if let Some(usage) = measured.filter(|measured| state.works() && has_moved(told.as_ref(), measured)) {
                hub.publish(Event::Usage(usage));
            }
        }
    };
    thread::Builder::new().name("usage".into()).spawn(tell)?;
    Ok(())
}

/// Whether what is measured is worth telling to those who know of something else.
fn has_moved(told: Option<&Usage>, measured: &Usage) -> bool {
    let share = |a: f64, b: f64| (a - b).abs() >= SHARE;
    let memory = |a: u64, b: u64| a.abs_diff(b) as f64 >= MEMORY * a.max(1) as f64;
    let gpu = |a: &GpuUsage, b: &GpuUsage| share(a.busy, b.busy) || memory(a.used, b.used) || a.total != b.total;
    let Some(told) = told else { return true };
    share(told.processors, measured.processors)
        || memory(told.memory, measured.memory)
        || match (&told.gpu, &measured.gpu) {
            (Some(told), Some(measured)) => gpu(told, measured),
            (told, measured) => told.is_some() != measured.is_some(),
        }
}

/// Measures this process.
struct Meter {
    system: System,
    process: Pid,
    #[cfg(feature = "nvml")]
    gpu: gpu::Gpu,
}

impl Meter {
    /// None where the system knows no processes.
    fn new() -> Option<Self> {
        let mut meter = Self {
            system: System::new(),
            process: get_current_pid().ok()?,
            #[cfg(feature = "nvml")]
            gpu: gpu::Gpu::default(),
        };
        // What the first mean begins with.
        meter.measure(false).map(|_| meter)
    }

    /// What it takes now, and of processors since the last time.
    fn measure(&mut self, on_gpu: bool) -> Option<Usage> {
        let what = ProcessRefreshKind::nothing().with_cpu().with_memory().without_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[self.process]), true, what);
        let process = self.system.process(self.process)?;
        let (processors, memory) = (f64::from(process.cpu_usage()) / 100.0, process.memory());
        Some(Usage { processors, memory, gpu: if on_gpu { self.gpu() } else { None } })
    }

    #[cfg(feature = "nvml")]
    fn gpu(&mut self) -> Option<GpuUsage> {
        self.gpu.usage()
    }

    #[cfg(not(feature = "nvml"))]
    fn gpu(&self) -> Option<GpuUsage> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USAGE: Usage = Usage {
        processors: 1.87,
        memory: 312_000_000,
        gpu: Some(GpuUsage { busy: 0.45, used: 2_100_000_000, total: 8_000_000_000 }),
    };

    #[test]
    fn what_has_hardly_moved_is_not_told_again() {
        let gpu = USAGE.gpu.unwrap();
        assert!(has_moved(None, &USAGE));
        for same in [
            USAGE,
            Usage { processors: 1.95, ..USAGE },
            Usage { memory: 320_000_000, ..USAGE },
            Usage { gpu: Some(GpuUsage { busy: 0.5, used: 2_150_000_000, ..gpu }), ..USAGE },
        ] {
            assert!(!has_moved(Some(&USAGE), &same), "{same:?}");
        }
        for other in [
            Usage { processors: 1.7, ..USAGE },
            Usage { memory: 330_000_000, ..USAGE },
            Usage { memory: 0, ..USAGE },
            Usage { gpu: None, ..USAGE },
            Usage { gpu: Some(GpuUsage { busy: 0.9, ..gpu }), ..USAGE },
            Usage { gpu: Some(GpuUsage { used: 3_000_000_000, ..gpu }), ..USAGE },
        ] {
            assert!(has_moved(Some(&USAGE), &other) && has_moved(Some(&other), &USAGE), "{other:?}");
        }
    }

    #[test]
    fn this_process_is_measured() {
        let mut meter = Meter::new().unwrap();
        let most = thread::available_parallelism().unwrap().get() as f64;
        for on_gpu in [false, true] {
            let usage = meter.measure(on_gpu).unwrap();
            // A test takes megabytes, and no machine has a petabyte.
            assert!((1_000_000..1 << 50).contains(&usage.memory), "{usage:?}");
            assert!((0.0..=2.0 * most).contains(&usage.processors), "{usage:?}");
        }
    }
}
