//! Writes a run's events to its folder, on its own thread.
//!
//! Events wait in memory for about a second and go to the database as one batch. A batch that cannot be written stays,
//! is tried again every second, and the search is asked to wait in the meantime: nothing is lost.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::database::{DatabaseError, FILE, Writer};
use super::{Checkpoint, Checkpoints, FolderError, RunFolder, Written};
use crate::config::Settings;
use crate::engine::{Event, Resumed};

/// Jobs that wait for the recorder at most; beyond that the search waits for the disk, so that nothing is lost.
const QUEUE: usize = 1024;
/// How long events wait for others to be written with, and how long a batch that failed waits.
const BATCH: Duration = Duration::from_secs(1);
/// Events that are written before that time is over.
const MANY: usize = 4096;
/// How often the last batch is tried.
const LAST_TRIES: usize = 3;

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
        let said_there = Arc::clone(&said);
        let mut recording =
            Recording { folder, writer, checkpoints, batch: Vec::new(), rewind: None, due: None, said: said_there };
        let thread = thread::Builder::new()
            .name("recorder".into())
            .spawn(move || recording.run(&queue))
            .map_err(|cause| FolderError::System { path, cause })?;
        Ok(Self { jobs: Some(jobs), said, thread: Some(thread) })
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

    /// Hands a checkpoint over to be written, after all that was handed over before; `kept` is told what became of it.
    pub fn keep(&self, checkpoint: Checkpoint, kept: impl FnOnce(Result<Written, String>) + Send + 'static) {
        self.ask(Job::Checkpoint(Box::new(checkpoint), Box::new(kept)));
    }

    /// Why what happened cannot be written at the moment, if so. It is kept and tried again every second; a search should
    /// rest until this is gone.
    pub fn trouble(&self) -> Option<String> {
        lock(&self.said.trouble).clone()
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

/// The thread's side.
struct Recording {
    folder: RunFolder,
    writer: Writer,
    checkpoints: Checkpoints,
    /// Events that are not written yet, each with its time.
    batch: Vec<(i64, Event)>,
    /// What came after this iteration is to be forgotten before they are written.
    rewind: Option<u64>,
    /// When they are to be written.
    due: Option<Instant>,
    said: Arc<Said>,
}

impl Recording {
    fn run(&mut self, jobs: &mpsc::Receiver<Job>) {
        loop {
            let job = match self.due {
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
                    let written = self.keep(&checkpoint).inspect_err(|cause| tracing::error!("no checkpoint: {cause}"));
                    kept(written.map_err(|cause| format!("no checkpoint: {cause}")));
                }
                Err(mpsc::RecvTimeoutError::Timeout) => _ = self.write(false),
                Err(mpsc::RecvTimeoutError::Disconnected) => return self.end(),
            }
        }
    }

    fn take(&mut self, event: Event) {
        let written = match &event {
            Event::Finished(results) => self.folder.write("results.json", &results.to_json()),
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

    /// What a checkpoint counts on comes to disk before it.
    fn keep(&mut self, checkpoint: &Checkpoint) -> Result<Written, String> {
        self.write(true)?;
        self.checkpoints.write(checkpoint).map_err(|cause| cause.to_string())
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
            match self.write(false) {
                Ok(()) => return self.writer.rest(),
                Err(cause) if left == 0 => {
                    self.fail(format!("not recorded: the last {} events: {cause}", self.batch.len()));
                }
                Err(_) => thread::sleep(BATCH),
            }
        }
    }

    fn fail(&self, message: String) {
        tracing::error!("{message}");
        *lock(&self.said.failure) = Some(message);
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::config::parse;
    use crate::engine::{Dashboard, Engine};
    use crate::run::database::{Database, FILE, tests};

    fn folder(place: &tempfile::TempDir) -> RunFolder {
        RunFolder::create(Some(&place.path().join("run")), "test").unwrap()
    }

    #[test]
    fn what_was_synced_is_there_and_what_cannot_be_written_waits() {
        let place = tempfile::tempdir().unwrap();
        let recorder = Recorder::start(folder(&place), &Settings::default()).unwrap();
        let events = tests::search();
        events[..9].iter().for_each(|event| recorder.record(event).unwrap());
        recorder.sync().unwrap();
        let database = Database::open(&place.path().join("run")).unwrap();
        assert_eq!(database.events(0..=99).unwrap(), events[..9]);
        let other = Connection::open(database.path()).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        events[9..].iter().for_each(|event| recorder.record(event).unwrap());
        let refused = recorder.sync().unwrap_err();
        assert_eq!(recorder.trouble(), Some(refused));
        other.execute_batch("ROLLBACK").unwrap();
        recorder.sync().unwrap();
        assert_eq!(recorder.trouble(), None);
        assert_eq!(database.events(0..=99).unwrap(), events);
        recorder.finish().unwrap();
        assert!(place.path().join("run/results.json").exists());
    }

    #[test]
    fn a_run_that_ended_is_one_file() {
        let place = tempfile::tempdir().unwrap();
        let recorder = Recorder::start(folder(&place), &Settings::default()).unwrap();
        tests::search().iter().for_each(|event| recorder.record(event).unwrap());
        recorder.finish().unwrap();
        let names = || {
            let entries = std::fs::read_dir(place.path().join("run")).unwrap();
            let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        assert_eq!(names(), ["checkpoints", "results.json", FILE]);
        Database::open(&place.path().join("run")).unwrap().dashboard_at(9).unwrap();
        assert_eq!(names(), ["checkpoints", "results.json", FILE], "reading leaves nothing behind");
    }

    #[test]
    fn the_fold_of_a_real_search_is_that_of_its_recording() {
        let place = tempfile::tempdir().unwrap();
        let mut rows = String::from("a,b,val,params\n");
        for place in 0..9 {
            rows += &format!("{},{},{},{}\n", place / 3, place % 3, 0.1 * f64::from(place), 10 * (place + 1));
        }
        let table = place.path().join("table.csv");
        std::fs::write(&table, rows).unwrap();
        let text = format!(
            "[space]\nkind = 'table'\npath = '{}'\ndecisions = ['a', 'b']\nmetric = 'val'\nparameters = 'params'\n\
             [search]\ncoefficients = [0, 1]\niterations = 300\nscore_samples = 2\n[engine]\nvalidate_every = 7\n",
            table.display()
        );
        let settings = parse("test", &text, &[]).unwrap();
        let recorder = Recorder::start(folder(&place), &settings).unwrap();
        let (engine, _viewer) = Engine::start("run".into(), settings, recorder, None).unwrap();
        let viewer = loop {
            let viewer = engine.viewer();
            if viewer.dashboard.results.is_some() {
                break viewer;
            }
            thread::sleep(Duration::from_millis(5));
        };
        let recorded = Database::open(&place.path().join("run")).unwrap().dashboard_at(u64::MAX).unwrap();
        let near = |a: &Vec<f64>, b: &Vec<f64>| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 5e-5);
        assert!(recorded.weights.iter().zip(&viewer.dashboard.weights).all(|(a, b)| near(a, b)));
        // Checkpoints are not recorded: they speak for themselves.
        let without = |dashboard| Dashboard { weights: Vec::new(), checkpoint: None, ..dashboard };
        assert!(without(recorded) == without(viewer.dashboard));
    }
}
