//! Writes a run's events to its folder, on its own thread.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use serde_json::json;

use super::{FolderError, RunFolder};
use crate::engine::{Event, Iteration};

/// Events that wait to be written at most; beyond that the search waits for the disk, so that nothing is lost.
const QUEUE: usize = 1024;

/// The search's end of the recorder. Dropping it writes out what is left and waits for that.
#[derive(Debug)]
pub struct Recorder {
    events: Option<mpsc::SyncSender<Event>>,
    failure: Arc<Mutex<Option<String>>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Recorder {
    /// Records into a folder: `samples.jsonl` as they come, `results.json` at the end.
    ///
    /// # Errors
    /// A file that cannot be opened, a thread that cannot start.
    pub fn start(folder: RunFolder) -> Result<Self, FolderError> {
        let mut samples = BufWriter::new(folder.append("samples.jsonl")?);
        let (events, queue) = mpsc::sync_channel::<Event>(QUEUE);
        let failure = Arc::new(Mutex::new(None));
        let said = Arc::clone(&failure);
        let path = folder.path().to_path_buf();
        let write_all = move || {
            while let Ok(event) = queue.recv() {
                if let Err(cause) = write(&folder, &mut samples, &event) {
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

    /// Hands an event over to be written.
    ///
    /// # Errors
    /// What could not be written since the last call; said once.
    pub fn record(&self, event: &Event) -> Result<(), String> {
        if matches!(event, Event::Iteration(_) | Event::Finished(_))
            && let Some(events) = &self.events
        {
            // A closed queue means a recorder thread that is gone, and that has said why.
            let _ = events.send(event.clone());
        }
        self.said()
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

fn write(folder: &RunFolder, samples: &mut BufWriter<File>, event: &Event) -> Result<(), FolderError> {
    match event {
        Event::Iteration(iteration) => {
            let written = write_samples(samples, iteration);
            written.map_err(|cause| FolderError::System { path: folder.path().join("samples.jsonl"), cause })
        }
        Event::Finished(results) => folder.write("results.json", &results.to_json()),
        _ => Ok(()),
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
