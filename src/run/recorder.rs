//! Writes a run's events and checkpoints to its folder, on its own thread.
//!
//! Events wait in memory for about a second and go to the database as one batch. A batch that cannot be written stays,
//! is tried again every second, and the search is asked to wait in the meantime: nothing is lost. So does a checkpoint,
//! whose place a newer one takes.

mod recording;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use super::database::{DatabaseError, FILE, Writer};
use super::{Checkpoint, Checkpoints, FolderError, RunFolder, Written};
use crate::config::Settings;
use crate::data::DataFacts;
use crate::engine::Event;
use recording::Recording;

/// The file that says what the data of a run are.
pub(super) const DATA: &str = "data.json";
/// Jobs that wait for the recorder at most; beyond that the search waits for the disk, so that nothing is lost.
const QUEUE: usize = 1024;

/// Why a run cannot be recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Its folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Its database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// What is told what became of a checkpoint, on the recorder's thread.
type Kept = Box<dyn FnOnce(Result<Written, String>) + Send>;

/// What the recorder's thread is asked to do.
enum Job {
    /// Keep an event.
    Event(Box<Event>),
    /// Keep a checkpoint, after all that was asked for before.
    Checkpoint(Box<Checkpoint>, Kept),
    /// Write everything that was asked for before, and answer once it would outlast a loss of power.
    Sync(mpsc::SyncSender<Result<(), String>>),
}

/// The search's end of the recorder. Dropping it writes out what is left and waits for that.
#[derive(Debug)]
pub struct Recorder {
    folder: RunFolder,
    jobs: Option<mpsc::SyncSender<Job>>,
    said: Arc<Said>,
    thread: Option<thread::JoinHandle<()>>,
}

/// What the thread has to say.
#[derive(Debug, Default)]
struct Said {
    /// What could not be written for good.
    failure: Mutex<Option<String>>,
    /// Why a batch waits.
    trouble: Mutex<Option<String>>,
    /// Why a checkpoint waits.
    unkept: Mutex<Option<String>>,
}

impl Recorder {
    /// Records into a folder: `run.db` in batches, `results.json` at the end, and checkpoints. A run that goes on is
    /// recorded on: its database is taken back to where it goes on by the event that says so.
    ///
    /// # Errors
    /// A database that cannot be made or written, a thread that cannot start.
    pub fn start(folder: RunFolder, settings: &Settings) -> Result<Self, RecordError> {
        let writer = if folder.path().join(FILE).exists() {
            Writer::open(folder.path(), settings, now)?
        } else {
            Writer::create(folder.path(), settings, now)?
        };
        let checkpoints = Checkpoints::open(folder.path(), settings.engine.checkpoints_kept)?;
        Self::with(folder, writer, checkpoints)
    }

    fn with(folder: RunFolder, writer: Writer, checkpoints: Checkpoints) -> Result<Self, RecordError> {
        let (jobs, queue) = mpsc::sync_channel(QUEUE);
        let said = Arc::new(Said::default());
        let path = folder.path().to_path_buf();
        // A write beyond a limit on file sizes is then an error, which is waited out as a full disk is, and not the end.
        signal_hook::flag::register(libc::SIGXFSZ, Arc::default())
            .map_err(|cause| FolderError::System { path: path.clone(), cause })?;
        let there = Arc::clone(&said);
        let mut recording = Recording::new(folder.clone(), writer, checkpoints, Arc::clone(&said));
        let run = move || {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| recording.run(&queue))) {
                let message =
                    "nothing more is recorded, since the recorder's thread panicked: stop, and resume the run";
                *lock(&there.trouble) = Some(message.into());
                resume_unwind(panic);
            }
        };
        let thread = thread::Builder::new()
            .name("recorder".into())
            .spawn(run)
            .map_err(|cause| FolderError::System { path, cause })?;
        Ok(Self { folder, jobs: Some(jobs), said, thread: Some(thread) })
    }

    /// Hands an event over to be written. A person's change would outlast a loss of power when this returns, unless
    /// there is [`Recorder::trouble`]: only then is it said to be made.
    ///
    /// # Errors
    /// What could not be written for good since the last call; said once.
    pub fn record(&self, event: &Event) -> Result<(), String> {
        self.ask(Job::Event(Box::new(event.clone())));
        if matches!(event, Event::Adjusted { .. }) {
            // Why it waits is said as trouble.
            let _ = self.sync();
        }
        self.failure()
    }

    /// Hands a checkpoint over to be written, after all that was handed over before. `kept` is told once it is on disk,
    /// or that it cannot be made a file of; until then there is [`Recorder::trouble`] where the disk refuses it. One that
    /// waits for the disk gives way to a newer one, and its `kept` is told nothing.
    pub fn keep(&self, checkpoint: Checkpoint, kept: impl FnOnce(Result<Written, String>) + Send + 'static) {
        self.ask(Job::Checkpoint(Box::new(checkpoint), Box::new(kept)));
    }

    /// Writes down what the data of the run are, before this returns.
    ///
    /// # Errors
    /// What the system refused.
    pub fn keep_data(&self, facts: &DataFacts) -> Result<(), FolderError> {
        // Texts, numbers and lists alone: there is nothing that serde_json could refuse.
        let text = serde_json::to_string_pretty(facts).unwrap_or_default();
        self.folder.write(DATA, &text)
    }

    /// Why what happened cannot be written at the moment, if so. It is kept and tried again every second; a search should
    /// rest until this is gone.
    pub fn trouble(&self) -> Option<String> {
        let unkept = || lock(&self.said.unkept).as_ref().map(|cause| format!("no checkpoint can be kept: {cause}"));
        lock(&self.said.trouble).clone().or_else(unkept)
    }

    /// Writes everything that was recorded, and returns once it would outlast a loss of power.
    ///
    /// # Errors
    /// Why that cannot be done now; what was recorded is kept.
    pub fn sync(&self) -> Result<(), String> {
        let (reply, answer) = mpsc::sync_channel(1);
        self.ask(Job::Sync(reply));
        answer.recv().unwrap_or_else(|_| Err("the recorder has ended".into()))
    }

    /// Writes out what is left and waits for that.
    ///
    /// # Errors
    /// What could not be written since the last call.
    pub fn finish(mut self) -> Result<(), String> {
        self.close();
        self.failure()
    }

    fn ask(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            // A closed queue means a recorder thread that is gone, and that has said why.
            let _ = jobs.send(job);
        }
    }

    fn close(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            *lock(&self.said.failure) = Some("not recorded: the recorder's thread panicked".to_owned());
        }
    }

    fn failure(&self) -> Result<(), String> {
        lock(&self.said.failure).take().map_or(Ok(()), Err)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.close();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The clock of the machine.
fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

#[cfg(test)]
mod tests;
