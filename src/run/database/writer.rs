//! Adds events to a database, a batch a transaction.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, params};

use super::codec::{self, DISTRIBUTION_BITS, POOL_BITS};
use super::error::At;
use super::rows::{count, finite, maybe};
use super::{DatabaseError, FILE, schema, thin};
use crate::config::{Journal, Settings};
use crate::engine::{Event, Iteration, Started, State, Validated};
use crate::search::{Adjustment, Aim, Theta};
use crate::space::{Architecture, Complexity};

/// The milliseconds since 1970 that are written beside what happens.
pub type Clock = fn() -> i64;

/// How long to wait for a program that has the file locked, before the batch is kept for another time.
const PATIENCE: Duration = Duration::from_millis(500);
/// Modes that are remembered, so that one is stored once however long it lasts.
const MODES: usize = 4096;
/// Pages of the log beside the file after which it is folded into it: 1 MB.
const LOG_PAGES: i64 = 256;

/// Adds events to a run's database. There is one a run.
#[derive(Debug)]
pub struct Writer {
    connection: Connection,
    path: PathBuf,
    clock: Clock,
    /// Bytes of samples that are kept at most; 0: all.
    most: u64,
    place: Place,
    modes: HashMap<Architecture, i64>,
}

/// Where the writer stands; taken back where a batch could not be written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// The next sequence number.
    seq: i64,
    /// The last iteration that was written.
    iteration: u64,
    /// The next number of a mode.
    mode: i64,
    /// Hexadecimal digits an option.
    digits: u8,
    /// About how many bytes the samples take.
    pub(super) samples: u64,
}

impl Writer {
    /// Makes the database of a new run.
    ///
    /// # Errors
    /// A file that is there already, or that cannot be made.
    pub fn create(folder: &Path, settings: &Settings, clock: Clock) -> Result<Self, DatabaseError> {
        let path = folder.join(FILE);
        // Made under another name, so that a run that is killed has a whole one or none.
        let unfinished = folder.join(format!(".{FILE}.new"));
        let refused = |cause: std::io::Error| DatabaseError::System { path: path.clone(), cause };
        match std::fs::remove_file(&unfinished) {
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => return Err(refused(cause)),
            _ => {}
        }
        let connection = Connection::open(&unfinished).at(&path)?;
        schema::create(&connection).at(&path)?;
        let toml = settings.to_toml().unwrap_or_default();
        let facts = [
            ("name", settings.name.clone()),
            ("seed", settings.seed.to_string()),
            ("strategy", settings.search.strategy.name().to_owned()),
            ("settings", toml),
            ("started_at", clock().to_string()),
            ("program", concat!("isthmus ", env!("CARGO_PKG_VERSION")).to_owned()),
        ];
        for (key, value) in facts {
            set(&connection, key, &value).at(&path)?;
        }
        connection.close().map_err(|(_, error)| error).at(&path)?;
        if path.exists() {
            return Err(refused(std::io::ErrorKind::AlreadyExists.into()));
        }
        std::fs::rename(&unfinished, &path).map_err(refused)?;
        Self::open(folder, settings, clock)
    }

    /// Opens the database of a run that goes on. [`Writer::truncate_after`] then takes it back to where that is.
    ///
    /// # Errors
    /// A file that is not a run's, is damaged or newer, or cannot be written.
    pub fn open(folder: &Path, settings: &Settings, clock: Clock) -> Result<Self, DatabaseError> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Err(DatabaseError::Missing(path));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags).at(&path)?;
        schema::distrust(&connection).at(&path)?;
        schema::check(&connection, &path)?;
        Self::prepare(&connection, settings.run.journal).at(&path)?;
        let place = find_place(&connection).at(&path)?;
        Ok(Self::with(connection, path, settings, clock, place))
    }

    fn with(connection: Connection, path: PathBuf, settings: &Settings, clock: Clock, place: Place) -> Self {
        let most = settings.run.history_mb.saturating_mul(1_000_000);
        Self { connection, path, clock, most, place, modes: HashMap::new() }
    }

    fn prepare(connection: &Connection, journal: Journal) -> rusqlite::Result<()> {
        connection.busy_timeout(PATIENCE)?;
        let journal = match journal {
            Journal::Wal => "wal",
            Journal::Delete => "delete",
        };
        connection.pragma_update_and_check(None, "journal_mode", journal, |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "normal")?;
        connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The time that goes beside an event of now.
    pub fn now(&self) -> i64 {
        (self.clock)()
    }

    /// Writes events with their times: all of them, or on an error none. `sync` returns only once they, and all before
    /// them, would outlast a loss of power.
    ///
    /// # Errors
    /// What SQLite refused.
    pub fn write(&mut self, events: &[(i64, Event)], sync: bool) -> Result<(), DatabaseError> {
        let before = self.place;
        let written = self.try_write(events, sync);
        if written.is_err() {
            self.place = before;
            self.modes.clear();
        } else if self.most > 0 && self.place.samples > self.most {
            // Nothing is lost where that fails, and the next batch tries again.
            match thin::thin(&self.connection, self.place.samples, self.most) {
                Ok(samples) => self.place.samples = samples,
                Err(cause) => tracing::warn!("{}: samples were not thinned: {cause}", self.path.display()),
            }
        }
        written.at(&self.path)
    }

    /// Leaves the file as one, for copies and for places where nothing can be written beside it.
    pub fn rest(&self) {
        // Whoever reads it at the moment prevents that, and then the log is left beside it.
        let folded = self.connection.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(()));
        if let Err(cause) = folded {
            tracing::info!("{}: its log is left beside it: {cause}", self.path.display());
        }
    }

    fn try_write(&mut self, events: &[(i64, Event)], sync: bool) -> rusqlite::Result<()> {
        if sync {
            self.connection.pragma_update(None, "synchronous", "full")?;
        }
        let transaction = self.connection.unchecked_transaction()?;
        let mut batch = Batch { transaction, place: &mut self.place, modes: &mut self.modes };
        for (time, event) in events {
            batch.add(*time, event)?;
        }
        if sync {
            // A commit without a change would not reach the disk.
            set(&batch.transaction, "synced_at", &(self.clock)().to_string())?;
        }
        let written = batch.transaction.commit();
        if sync {
            self.connection.pragma_update(None, "synchronous", "normal")?;
        }
        written
    }

    /// Forgets everything after an iteration, but no person's change: those are made again by whoever goes on from there,
    /// and recorded once.
    ///
    /// # Errors
    /// What SQLite refused; nothing is forgotten then.
    pub fn truncate_after(&mut self, iteration: u64) -> Result<(), DatabaseError> {
        let next = iteration.saturating_add(1).min(codec::LAST_ITERATION);
        let forget = || {
            let transaction = self.connection.unchecked_transaction()?;
            for (table, column, first) in [
                ("iterations", "iteration", count(next)),
                ("stored_samples", "row", codec::row(next, 0, POOL_BITS)),
                ("stored_distributions", "row", codec::row(next, 0, DISTRIBUTION_BITS)),
                ("stored_thetas", "row", codec::row(next, 0, DISTRIBUTION_BITS)),
                ("stored_validations", "iteration", count(next)),
                ("happenings", "iteration", count(next)),
                ("results", "iteration", count(next)),
            ] {
                transaction.execute(&format!("DELETE FROM {table} WHERE {column} >= ?1"), [first])?;
            }
            let place = find_place(&transaction)?;
            transaction.commit()?;
            Ok(place)
        };
        let place = forget().at(&self.path)?;
        self.place = Place { iteration, ..place };
        self.modes.clear();
        Ok(())
    }
}

fn set(connection: &Connection, key: &str, value: &str) -> rusqlite::Result<usize> {
    connection.prepare_cached("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")?.execute([key, value])
}

/// Where a writer of what is there stands.
fn find_place(connection: &Connection) -> rusqlite::Result<Place> {
    let one = |statement: &str| connection.query_row(statement, [], |row| row.get::<_, Option<i64>>(0));
    let mut seq = 0;
    for table in ["stored_validations", "adjustments", "happenings", "results"] {
        seq = seq.max(one(&format!("SELECT max(seq) FROM {table}"))?.unwrap_or(0));
    }
    let digits = one("SELECT max(CAST(value AS INTEGER)) FROM meta WHERE key = 'option_digits'")?;
    Ok(Place {
        seq: seq + 1,
        iteration: one("SELECT max(iteration) FROM iterations")?.unwrap_or(0).try_into().unwrap_or(0),
        mode: one("SELECT max(mode) FROM stored_modes")?.map_or(0, |last| last + 1),
        digits: digits.and_then(|digits| digits.try_into().ok()).unwrap_or(4),
        samples: thin::measure(connection)?,
    })
}

/// A transaction with what it changes of the writer.
struct Batch<'a> {
    transaction: Transaction<'a>,
    place: &'a mut Place,
    modes: &'a mut HashMap<Architecture, i64>,
}

impl Batch<'_> {
    fn add(&mut self, time: i64, event: &Event) -> rusqlite::Result<()> {
        match event {
            Event::Started(started) => {
                self.start(started)?;
                let text = format!("search {} with seed {}", started.run, started.seed);
                self.happen(time, "started", &text, event)
            }
            Event::Ready { device, .. } => self.happen(time, "ready", device, event),
            Event::State { state } => {
                let (kind, text) = match state {
                    State::Preparing => ("preparing", ""),
                    State::Running => ("running", ""),
                    State::Paused { reason } => ("paused", reason.as_deref().unwrap_or_default()),
                    State::Waiting { reason } => ("waiting", reason.as_str()),
                    State::Reporting => ("reporting", ""),
                    State::Finished => ("finished", ""),
                    State::Failed { reason } => ("failed", reason.as_str()),
                };
                self.happen(time, kind, text, event)
            }
            Event::Iteration(iteration) => self.iterate(time, iteration),
            Event::Thetas { thetas, .. } => self.thetas(thetas),
            Event::Validated(validated) => self.validate(validated),
            Event::Adjusted { change, before, .. } | Event::Reapplied { change, before, .. } => {
                self.adjust(time, change, *before)
            }
            Event::Resumed(resumed) => self.happen(time, "resumed", &resumed.said(), event),
            // Checkpoints speak for themselves; this comes from the thread that has written one.
            Event::Checkpointed { .. } => Ok(()),
            Event::Refused { reason } => self.happen(time, "refused", reason, event),
            Event::Warning { message, .. } => self.happen(time, "warning", message, event),
            Event::Finished(results) => {
                let seq = self.seq();
                let mut insert = self.transaction.prepare_cached("INSERT INTO results VALUES (?1, ?2, ?3, ?4)")?;
                insert.execute(params![seq, count(self.place.iteration), time, results.to_json()])?;
                Ok(())
            }
            Event::Failed { reason } => self.happen(time, "failed", reason, event),
        }
    }

    fn seq(&mut self) -> i64 {
        self.place.seq += 1;
        self.place.seq - 1
    }

    fn start(&mut self, started: &Started) -> rusqlite::Result<()> {
        self.place.digits = codec::digits(&started.outline.decisions);
        set(&self.transaction, "option_digits", &self.place.digits.to_string())?;
        set(&self.transaction, "run", &started.run)?;
        set(&self.transaction, "strategy", &started.strategy)?;
        set(&self.transaction, "started", &json(started))?;
        Ok(())
    }

    fn happen(&mut self, time: i64, kind: &str, text: &str, event: &Event) -> rusqlite::Result<()> {
        let seq = self.seq();
        let mut insert = self.transaction.prepare_cached("INSERT INTO happenings VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        insert.execute(params![seq, count(self.place.iteration), time, kind, text, json(event)])?;
        Ok(())
    }

    fn iterate(&mut self, time: i64, one: &Iteration) -> rusqlite::Result<()> {
        self.place.iteration = one.iteration;
        let reports = one.distributions.iter();
        let modes: Vec<i64> =
            reports.map(|report| self.mode(&report.mode, &report.complexity)).collect::<rusqlite::Result<_>>()?;
        let mut insert = self
            .transaction
            .prepare_cached("INSERT OR REPLACE INTO iterations VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
        insert.execute(params![
            count(one.iteration.min(codec::LAST_ITERATION)),
            one.warm_up,
            time,
            finite(one.seconds),
            count(one.evaluated),
            count(one.redrawn),
            finite(one.learning_rate),
            one.training_loss.and_then(finite),
        ])?;
        let mut insert = self
            .transaction
            .prepare_cached("INSERT OR REPLACE INTO stored_samples VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
        for (place, sample) in one.samples.iter().enumerate() {
            let options = codec::pack(&sample.architecture, self.place.digits);
            let weights: Option<Vec<f64>> = one.weights.iter().map(|row| row.get(place).copied()).collect();
            let weights = weights.filter(|weights| !weights.is_empty());
            let weights = weights.map(|weights| codec::weights_text(weights.into_iter()));
            let length = options.len() + weights.as_ref().map_or(0, String::len);
            self.place.samples += thin::ROW + length as u64;
            insert.execute(params![
                codec::row(one.iteration, place, POOL_BITS),
                count(sample.source as u64),
                options,
                finite(sample.score.loss),
                finite(sample.score.accuracy),
                maybe(sample.complexity.parameters),
                maybe(sample.complexity.macs),
                sample.complexity.latency.and_then(finite),
                weights,
            ])?;
        }
        let mut insert = self
            .transaction
            .prepare_cached("INSERT OR REPLACE INTO stored_distributions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
        for (k, (report, mode)) in one.distributions.iter().zip(modes).enumerate() {
            insert.execute(params![
                codec::row(one.iteration, k, DISTRIBUTION_BITS),
                finite(report.coefficient),
                report.target.and_then(finite),
                finite(report.entropy),
                report.ess.and_then(finite),
                report.step.and_then(finite),
                mode,
            ])?;
        }
        Ok(())
    }

    /// The number of a mode, which is stored where it is new.
    fn mode(&mut self, mode: &Architecture, complexity: &Complexity) -> rusqlite::Result<i64> {
        if let Some(&known) = self.modes.get(mode) {
            return Ok(known);
        }
        let number = self.place.mode;
        self.transaction.prepare_cached("INSERT INTO stored_modes VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
            number,
            codec::pack(mode, self.place.digits),
            maybe(complexity.parameters),
            maybe(complexity.macs),
            complexity.latency.and_then(finite),
        ])?;
        self.place.mode += 1;
        if self.modes.len() >= MODES {
            self.modes.clear();
        }
        self.modes.insert(mode.clone(), number);
        Ok(number)
    }

    fn thetas(&mut self, thetas: &[Theta]) -> rusqlite::Result<()> {
        let mut insert = self.transaction.prepare_cached("INSERT OR REPLACE INTO stored_thetas VALUES (?1, ?2)")?;
        for (k, theta) in thetas.iter().enumerate() {
            insert.execute(params![codec::row(self.place.iteration, k, DISTRIBUTION_BITS), json(theta)])?;
        }
        Ok(())
    }

    fn validate(&mut self, one: &Validated) -> rusqlite::Result<()> {
        let mode = self.mode(&one.architecture, &one.complexity)?;
        let seq = self.seq();
        let mut insert =
            self.transaction.prepare_cached("INSERT INTO stored_validations VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        insert.execute(params![
            seq,
            count(self.place.iteration),
            count(one.distribution as u64),
            mode,
            finite(one.score.loss),
            finite(one.score.accuracy),
        ])?;
        Ok(())
    }

    /// A change that was kept over a [`Writer::truncate_after`] and is made again moves to where it belongs now.
    fn adjust(&mut self, time: i64, change: &Adjustment, before: Option<f64>) -> rusqlite::Result<()> {
        let after = match *change {
            Adjustment::Coefficient { coefficient, .. } => Some(coefficient),
            Adjustment::Target { target, .. } => Some(target),
            Adjustment::Add { aim: Aim::Coefficient(value) | Aim::Target(value), .. } => Some(value),
            Adjustment::Remove { .. } => None,
        };
        let (seq, iteration, change) = (self.seq(), count(self.place.iteration), json(change));
        let mut moved = self.transaction.prepare_cached(
            "UPDATE adjustments SET seq = ?1 WHERE seq = (\
               SELECT min(seq) FROM adjustments WHERE iteration = ?2 AND change = ?3 AND seq < (\
                 SELECT coalesce(max(seq), 0) FROM happenings WHERE kind = 'resumed'))",
        )?;
        if moved.execute(params![seq, iteration, change])? == 0 {
            let mut insert =
                self.transaction.prepare_cached("INSERT INTO adjustments VALUES (?1, ?2, ?3, NULL, ?4, ?5, ?6)")?;
            insert.execute(params![seq, iteration, time, before, after, change])?;
        }
        Ok(())
    }
}

/// Events hold numbers, texts and lists alone, under string keys: there is nothing that serde_json could refuse.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
