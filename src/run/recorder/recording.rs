//! The thread's side of the recorder.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::{Job, Kept, Said, lock};
use crate::engine::{Event, Resumed};
use crate::run::database::Writer;
use crate::run::{Checkpoint, Checkpoints, FolderError, RunFolder, WriteError};

/// How long events wait for others to be written with, and how long what could not be written waits.
const BATCH: Duration = Duration::from_secs(1);
/// Events that are written before that time is over.
const MANY: usize = 4096;
/// How often the last batch and the last checkpoint are tried.
const LAST_TRIES: usize = 3;

/// What the thread works with.
pub(super) struct Recording {
    folder: RunFolder,
    writer: Writer,
    checkpoints: Checkpoints,
    /// Events that are not written yet, each with its time.
    batch: Vec<(i64, Event)>,
    /// What came after this iteration is to be forgotten before they are written.
    rewind: Option<u64>,
    /// When they are to be written.
    due: Option<Instant>,
    /// The checkpoint that is not on disk yet.
    waiting: Option<Waiting>,
    said: Arc<Said>,
}

/// A checkpoint on its way to the disk.
struct Waiting {
    checkpoint: Box<Checkpoint>,
    kept: Kept,
    /// When it is tried.
    due: Instant,
}

impl Recording {
    pub(super) fn new(folder: RunFolder, writer: Writer, checkpoints: Checkpoints, said: Arc<Said>) -> Self {
        Self { folder, writer, checkpoints, batch: Vec::new(), rewind: None, due: None, waiting: None, said }
    }

    /// Does what is asked for until nobody is left who could ask.
    pub(super) fn run(&mut self, jobs: &mpsc::Receiver<Job>) {
        loop {
            let again = self.waiting.as_ref().map(|waiting| waiting.due);
            let job = match self.due.into_iter().chain(again).min() {
                Some(due) => jobs.recv_timeout(due.saturating_duration_since(Instant::now())),
                None => jobs.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
            };
            match job {
                Ok(Job::Event(event)) => self.take(*event),
                Ok(Job::Sync(reply)) => {
                    // Who asked and went away needs no answer.
                    let _ = reply.send(self.write(true));
                }
                Ok(Job::Checkpoint(checkpoint, kept)) => {
                    self.waiting = Some(Waiting { checkpoint, kept, due: Instant::now() });
                    self.keep();
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    let now = Instant::now();
                    if self.due.is_some_and(|due| due <= now) {
                        // A failure is said as trouble.
                        let _ = self.write(false);
                    }
                    if again.is_some_and(|due| due <= now) {
                        self.keep();
                    }
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => return self.end(),
            }
        }
    }

    fn take(&mut self, event: Event) {
        let written = match &event {
            Event::Finished(results) => self.folder.write("results.json", results.to_json()),
            Event::Resumed(resumed) => {
                self.rewind = Some(resumed.iteration);
                self.take_back(resumed)
            }
            _ => Ok(()),
        };
        if let Err(cause) = written {
            self.fail(format!("not recorded: {cause}"));
        }
        let at_once = matches!(event, Event::Adjusted { .. } | Event::Finished(_) | Event::Failed { .. });
        self.batch.push((self.writer.now(), event));
        self.due.get_or_insert_with(|| Instant::now() + BATCH);
        let many = self.batch.len() >= MANY && lock(&self.said.trouble).is_none();
        if at_once || many {
            // A failure is said as trouble.
            let _ = self.write(false);
        }
    }

    /// Makes the folder that of a run that goes on after an iteration: what it did after that is done again.
    fn take_back(&mut self, resumed: &Resumed) -> Result<(), FolderError> {
        self.checkpoints.rewind(resumed.iteration)?;
        self.folder.remove("results.json")?;
        self.folder.write("config.toml", &resumed.settings)
    }

    /// Writes the checkpoint that waits, where there is one; what it counts on comes to disk before it.
    fn keep(&mut self) {
        let Some(waiting) = self.waiting.take() else { return };
        let later = |waiting| Some(Waiting { due: Instant::now() + BATCH, ..waiting });
        if self.write(true).is_err() {
            // Why is said as the trouble of the batch.
            self.waiting = later(waiting);
            return;
        }
        let unkept = match self.checkpoints.write(&waiting.checkpoint) {
            Ok(written) => {
                *lock(&self.said.unkept) = None;
                return (waiting.kept)(Ok(written));
            }
            Err(WriteError::Checkpoint(cause)) => {
                tracing::error!("no checkpoint: {cause}");
                *lock(&self.said.unkept) = None;
                return (waiting.kept)(Err(format!("no checkpoint: {cause}")));
            }
            Err(WriteError::Folder(cause)) => cause.to_string(),
        };
        self.waiting = later(waiting);
        if lock(&self.said.unkept).replace(unkept.clone()).is_none() {
            tracing::error!("a checkpoint waits to be written: {unkept}");
        }
    }

    fn write(&mut self, sync: bool) -> Result<(), String> {
        let rewound = match self.rewind {
            Some(iteration) => self.writer.truncate_after(iteration),
            None => Ok(()),
        };
        match rewound.and_then(|()| {
            self.rewind = None;
            self.writer.write(&self.batch, sync)
        }) {
            Ok(()) => {
                self.batch.clear();
                self.due = None;
                *lock(&self.said.trouble) = None;
                Ok(())
            }
            Err(cause) => {
                self.due = Some(Instant::now() + BATCH);
                let message = cause.to_string();
                let before = lock(&self.said.trouble).replace(message.clone());
                if before.is_none() {
                    tracing::error!("events wait to be written: {message}");
                }
                Err(message)
            }
        }
    }

    fn end(&mut self) {
        for left in (0..LAST_TRIES).rev() {
            let written = self.write(false);
            if written.is_ok() {
                self.keep();
            }
            if left > 0 && (written.is_err() || self.waiting.is_some()) {
                thread::sleep(BATCH);
                continue;
            }
            let mut lost = Vec::new();
            match written {
                Ok(()) => self.writer.rest(),
                Err(cause) => lost.push(format!("the last {} events: {cause}", self.batch.len())),
            }
            if let Some(waiting) = &self.waiting {
                let cause = lock(&self.said.unkept).as_ref().map_or_else(String::new, |cause| format!(": {cause}"));
                lost.push(format!("the checkpoint of iteration {}{cause}", waiting.checkpoint.iteration));
            }
            if !lost.is_empty() {
                self.fail(format!("not recorded: {}", lost.join("; ")));
            }
            return;
        }
    }

    fn fail(&self, message: String) {
        tracing::error!("{message}");
        *lock(&self.said.failure) = Some(message);
    }
}
