//! Adds events to a database, a batch a transaction.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::batch::Batch;
use super::codec::{self, DISTRIBUTION_BITS, POOL_BITS};
use super::error::At;
use super::rows::count;
use super::{DatabaseError, FILE, schema, thin};
use crate::config::{Journal, Settings};
use crate::engine::Event;
use crate::space::Architecture;

/// The milliseconds since 1970 that are written beside what happens.
pub type Clock = fn() -> i64;

/// How long to wait for a program that has the file locked, before the batch is kept for another time.
const PATIENCE: Duration = Duration::from_millis(500);
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
    pub(super) seq: i64,
    /// The last iteration that was written.
    pub(super) iteration: u64,
    /// The next number of a mode.
    pub(super) mode: i64,
    /// Hexadecimal digits an option.
    pub(super) digits: u8,
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
    /// and recorded once. A file of an earlier format becomes one of this.
    ///
    /// # Errors
    /// What SQLite refused; nothing is forgotten then.
    pub fn truncate_after(&mut self, iteration: u64) -> Result<(), DatabaseError> {
        let next = iteration.saturating_add(1).min(codec::LAST_ITERATION);
        let forget = || {
            let transaction = self.connection.unchecked_transaction()?;
            schema::upgrade(&transaction)?;
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

pub(super) fn set(connection: &Connection, key: &str, value: &str) -> rusqlite::Result<usize> {
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
