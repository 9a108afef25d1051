//! Writes a run's events to its folder, on its own thread.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use serde_json::json;

use super::resume;
use super::{Adjustments, Checkpoint, Checkpoints, FolderError, Recorded, RunFolder, Written};
use crate::engine::{Event, Iteration};

/// Events that wait to be written at most; beyond that the search waits for the disk, so that nothing is lost.
const QUEUE: usize = 1024;

/// What is told what became of a checkpoint, on the recorder's thread.
type Kept = Box<dyn FnOnce(Result<Written, String>) + Send>;

/// What the recorder is asked to do.
enum Message {
    /// Write an event.
    Event(Event),
    /// Write a change that a person made, and say when it is on disk.
    Change(Recorded, mpsc::Sender<()>),
    /// Write a checkpoint.
    Checkpoint(Box<Checkpoint>, Kept),
}

/// The search's end of the recorder. Dropping it writes out what is left and waits for that.
#[derive(Debug)]
pub struct Recorder {
    events: Option<mpsc::SyncSender<Message>>,
    failure: Arc<Mutex<Option<String>>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Recorder {
    /// Records into a folder: `samples.jsonl` and `adjustments.jsonl` as they come, `results.json` at the end, and the
    /// newest so many checkpoints.
    ///
    /// # Errors
    /// A file that cannot be opened, a thread that cannot start.
    pub fn start(folder: RunFolder, checkpoints: usize) -> Result<Self, FolderError> {
        let mut files = Files {
            samples: BufWriter::new(folder.append("samples.jsonl")?),
            adjustments: Adjustments::open(folder.path())?,
            checkpoints: Checkpoints::open(folder.path(), checkpoints)?,
            folder,
        };
        let (events, queue) = mpsc::sync_channel::<Message>(QUEUE);
        let failure = Arc::new(Mutex::new(None));
        let said = Arc::clone(&failure);
        let path = files.folder.path().to_path_buf();
        let write_all = move || {
            while let Ok(message) = queue.recv() {
                let written = match message {
                    Message::Event(event) => files.write(&event),
                    Message::Change(change, done) => {
                        let written = files.adjustments.write(&change);
                        // Who no longer waits need not be told.
                        let _ = done.send(());
                        written
                    }
                    Message::Checkpoint(checkpoint, done) => {
                        let kept =
                            files.keep(&checkpoint).inspect_err(|cause| tracing::error!("no checkpoint: {cause}"));
                        done(kept.map_err(|cause| format!("no checkpoint: {cause}")));
                        Ok(())
                    }
                };
                if let Err(cause) = written {
                    let message = format!("not recorded: {cause}");
                    tracing::error!("{message}");
                    *said.lock().unwrap_or_else(PoisonError::into_inner) = Some(message);
                }
            }
        };
        let thread = thread::Builder::new()
            .name("recorder".into())
            .spawn(write_all)
            .map_err(|cause| FolderError::System { path, cause })?;
        Ok(Self { events: Some(events), failure, thread: Some(thread) })
    }

    /// Hands an event over to be written. A person's change is on disk when this returns: it is then said to be made.
    ///
    /// # Errors
    /// What could not be written since the last call; said once.
    pub fn record(&self, event: &Event) -> Result<(), String> {
        match *event {
            Event::Iteration(_) | Event::Finished(_) | Event::Resumed(_) => self.send(Message::Event(event.clone())),
            Event::Adjusted { iteration, change, before } => {
                let (done, written) = mpsc::channel();
                self.send(Message::Change(Recorded { iteration, change, before }, done));
                // Nothing comes from a thread that is gone.
                let _ = written.recv();
            }
            _ => {}
        }
        self.said()
    }

    /// Hands a checkpoint over to be written, after all that was handed over before; `kept` is told what became of it.
    pub fn keep(&self, checkpoint: Checkpoint, kept: impl FnOnce(Result<Written, String>) + Send + 'static) {
        self.send(Message::Checkpoint(Box::new(checkpoint), Box::new(kept)));
    }

    fn send(&self, message: Message) {
        if let Some(events) = &self.events {
            // A closed queue means a recorder thread that is gone, and that has said why.
            let _ = events.send(message);
        }
    }

    /// Writes out what is left and waits for that.
    ///
    /// # Errors
    /// What could not be written since the last call.
    pub fn finish(mut self) -> Result<(), String> {
        self.close();
        self.said()
    }

    fn close(&mut self) {
        self.events = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            let message = "not recorded: the recorder's thread panicked".to_owned();
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(message);
        }
    }

    fn said(&self) -> Result<(), String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.close();
    }
}

/// What the recorder's thread writes to.
struct Files {
    folder: RunFolder,
    samples: BufWriter<File>,
    adjustments: Adjustments,
    checkpoints: Checkpoints,
}

impl Files {
    fn write(&mut self, event: &Event) -> Result<(), FolderError> {
        match event {
            Event::Iteration(iteration) => {
                let written = write_samples(&mut self.samples, iteration);
                written.map_err(|cause| self.failed(cause))
            }
            Event::Resumed(resumed) => {
                self.checkpoints.rewind(resumed.iteration)?;
                resume::rewind(&self.folder, resumed.iteration)?;
                self.folder.write("config.toml", &resumed.settings)
            }
            Event::Finished(results) => self.folder.write("results.json", &results.to_json()),
            _ => Ok(()),
        }
    }

    /// What a checkpoint counts on comes to disk before it.
    fn keep(&mut self, checkpoint: &Checkpoint) -> Result<Written, FolderError> {
        self.samples.get_ref().sync_data().map_err(|cause| self.failed(cause))?;
        self.adjustments.flush()?;
        self.checkpoints.write(checkpoint)
    }

    fn failed(&self, cause: std::io::Error) -> FolderError {
        FolderError::System { path: self.folder.path().join("samples.jsonl"), cause }
    }
}

/// One line a sample. A loss that is no number becomes `null`.
fn write_samples(file: &mut BufWriter<File>, iteration: &Iteration) -> std::io::Result<()> {
    for (index, sample) in iteration.samples.iter().enumerate() {
        let weights: Vec<f64> = iteration.weights.iter().map(|weights| weights[index]).collect();
        let line = json!({
            "iteration": iteration.iteration,
            "warm_up": iteration.warm_up,
            "source": sample.source,
            "loss": sample.score.loss,
            "accuracy": sample.score.accuracy,
            "parameters": sample.complexity.parameters,
            "macs": sample.complexity.macs,
            "importance_weights": weights,
            "options": sample.architecture,
        });
        serde_json::to_writer(&mut *file, &line)?;
        file.write_all(b"\n")?;
    }
    file.flush()
}
