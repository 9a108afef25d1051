//! The search loop on its worker thread: commands in, events out, and the dashboard that events fold into.

mod change;
mod command;
mod dashboard;
mod event;
mod fault;
mod fingerprint;
mod hub;
mod problem;
mod resume;
mod training;
mod worker;

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

pub use change::{Change, ChangeError, KEPT as KEPT_REMOVED, LiveSettings, Removed};
pub use command::Command;
pub use dashboard::{
    ChangeMark, Dashboard, DistributionView, Kept, LogEntry, LogKind, Moved, Point, SaidTheta, Samples, Series, moved,
};
pub use event::{DistributionReport, Event, GpuUsage, Iteration, Resumed, Sample, Started, State, Usage, Validated};
pub use hub::{Dropped, Frame, Hub, Viewer};
pub use problem::{ProblemError, domain, evaluator, normaliser, strategy};
pub use resume::{Recorded, ResumePoint};
pub use training::{Epoch, Tested, Training, TrainingState};

use crate::clean::clean;
use crate::config::Settings;
use crate::data::DataFacts;
use crate::run::{Checkpoint, Recorder, Results};

/// Where the loop's events go.
type Emit<'a> = dyn Fn(Event) + 'a;

/// Why the loop's events cannot be written at the moment, if they cannot.
type Trouble<'a> = dyn Fn() -> Option<String> + 'a;

/// Where the loop's checkpoints go, for which nobody waits for the disk, and what is written once.
trait Keeper {
    /// Hands one over.
    fn keep(&self, checkpoint: Checkpoint);

    /// Writes down what the data are.
    fn keep_data(&self, facts: &DataFacts) -> Result<(), String>;

    /// Whether the one that was handed over last is not on disk yet.
    fn is_busy(&self) -> bool;

    /// What the last one cost on the other side.
    fn cost(&self) -> Duration;
}

/// Where all that comes out of the loop goes.
#[derive(Clone, Copy)]
struct Outlets<'a> {
    emit: &'a Emit<'a>,
    trouble: &'a Trouble<'a>,
    keeper: &'a dyn Keeper,
}

/// Keeps checkpoints through the recorder, and says what became of each.
struct RecorderKeeper<'a> {
    recorder: &'a Recorder,
    hub: &'a Hub,
    pending: Arc<Pending>,
}

#[derive(Default)]
struct Pending {
    busy: AtomicBool,
    nanoseconds: AtomicU64,
}

impl Keeper for RecorderKeeper<'_> {
    fn keep(&self, checkpoint: Checkpoint) {
        let (iteration, hub, pending) = (checkpoint.iteration, self.hub.clone(), Arc::clone(&self.pending));
        pending.busy.store(true, Ordering::Relaxed);
        self.recorder.keep(checkpoint, move |kept| {
            pending.busy.store(false, Ordering::Relaxed);
            hub.publish(match kept {
                Ok(written) => {
                    let nanoseconds = u64::try_from(written.busy.as_nanos()).unwrap_or(u64::MAX);
                    pending.nanoseconds.store(nanoseconds, Ordering::Relaxed);
                    Event::Checkpointed { iteration, bytes: written.bytes }
                }
                Err(message) => Event::Warning { iteration, message },
            });
        });
    }

    fn keep_data(&self, facts: &DataFacts) -> Result<(), String> {
        self.recorder.keep_data(facts).map_err(|error| error.to_string())
    }

    fn is_busy(&self) -> bool {
        self.pending.busy.load(Ordering::Relaxed)
    }

    fn cost(&self) -> Duration {
        Duration::from_nanos(self.pending.nanoseconds.load(Ordering::Relaxed))
    }
}

/// A search on its own thread.
#[derive(Debug)]
pub struct Engine {
    hub: Hub,
    commands: mpsc::Sender<Command>,
    thread: thread::JoinHandle<Option<Ended>>,
}

/// What a search that came to its end leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// What it found.
    pub results: Results,
    /// What of it could not be written to the run's folder, and why.
    pub unrecorded: Option<String>,
}

impl Engine {
    /// Starts a search of this name, or resumes it from a point. The recorder gets every event; viewers get them from
    /// the hub, the one given back here from the first on.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start(
        run: String,
        settings: Settings,
        recorder: Recorder,
        resume: Option<ResumePoint>,
    ) -> std::io::Result<(Self, Viewer)> {
        let hub = Hub::new(resume.as_ref().map(|point| point.dashboard.clone()).unwrap_or_default());
        let viewer = hub.subscribe();
        let (commands, queue) = mpsc::channel();
        let outlet = hub.clone();
        let thread = thread::Builder::new().name("search".into()).spawn(move || {
            let iteration = Cell::new(0);
            let emit = |event: Event| {
                if let Event::Iteration(done) = &event {
                    iteration.set(done.iteration);
                }
                if let Err(message) = recorder.record(&event) {
                    outlet.publish(Event::Warning { iteration: iteration.get(), message });
                }
                outlet.publish(event);
            };
            let keeper = RecorderKeeper { recorder: &recorder, hub: &outlet, pending: Arc::default() };
            let outlets = Outlets { emit: &emit, trouble: &|| recorder.trouble(), keeper: &keeper };
            let searched = catch_unwind(AssertUnwindSafe(|| worker::search(&run, &settings, resume, &queue, outlets)));
            let reason = match searched {
                Ok(Ok(results)) => return Some(end(results, recorder, &outlet)),
                Ok(Err(error)) => error.said(&run),
                Err(panic) => panic_text(&*panic),
            };
            emit(Event::Failed { reason });
            None
        })?;
        Ok((Self { hub, commands, thread }, viewer))
    }

    /// A later viewer of this search, which begins with the dashboard so far.
    pub fn viewer(&self) -> Viewer {
        self.hub.subscribe()
    }

    /// Where viewers come to.
    pub fn hub(&self) -> Hub {
        self.hub.clone()
    }

    /// A sender of commands to this search.
    pub fn commands(&self) -> mpsc::Sender<Command> {
        self.commands.clone()
    }

    /// Waits for the end; the results, or why there are none.
    ///
    /// # Errors
    /// The reason that the search failed for.
    pub fn join(self) -> Result<Ended, String> {
        drop(self.commands);
        match self.thread.join() {
            Ok(Some(ended)) => Ok(ended),
            _ => Err(match self.hub.dashboard().state {
                State::Failed { reason } => reason,
                _ => "the search thread ended without results".into(),
            }),
        }
    }
}

/// Says that a search has finished once its results are on disk, or why they are not.
fn end(results: Results, recorder: Recorder, outlet: &Hub) -> Ended {
    let finished = Event::Finished(Box::new(results.clone()));
    let unrecorded = recorder.record(&finished).and(recorder.finish()).err();
    if let Some(message) = unrecorded.clone() {
        outlet.publish(Event::Warning { iteration: results.iterations, message });
    }
    outlet.publish(finished);
    Ended { results, unrecorded }
}

/// What a panic said.
fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("the search panicked: {}", clean(text.unwrap_or("no message")))
}
