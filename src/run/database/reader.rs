//! Gives recorded events back. The file may come from anywhere: whatever stands in it, the answer is events or an error.

use std::cell::Cell;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Params};
use serde::de::DeserializeOwned;

use super::codec::{self, DISTRIBUTION_BITS, LAST_ITERATION, POOL_BITS};
use super::error::At;
use super::rows::{Cells, count};
use super::{DatabaseError, FILE, schema};
use crate::engine::{Change, Dashboard, DistributionReport, Event, Iteration, Sample, Started, Validated};
use crate::evaluate::Score;
use crate::search::{Adjustment, MOST_DISTRIBUTIONS, Theta};
use crate::space::{Architecture, Complexity};

/// How long to wait for the search, which writes for moments only.
const PATIENCE: Duration = Duration::from_secs(5);
/// Iterations that are read at once.
pub(super) const CHUNK: u64 = 256;

/// A run's database, to be read. The search may go on writing to it.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    path: PathBuf,
    format: i64,
    /// How the change that takes one back is asked for: the first format did not know it.
    undo: &'static str,
    /// The same of the seconds that pictures were waited for, which the third format has brought.
    waited: &'static str,
    /// Hexadecimal digits an option and decisions an architecture, once the search has said what it searches.
    shape: Cell<Option<(u8, usize)>>,
}

/// A recorded change by a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Adjusted {
    /// Iterations done at that moment.
    pub iteration: u64,
    /// Milliseconds since 1970, by the clock of the machine.
    pub time: i64,
    /// Who made it, where that is known.
    pub who: Option<String>,
    /// The change.
    pub change: Change,
    /// The change that takes it back, where that is known.
    pub undo: Option<Change>,
}

/// An event with its place: the iteration it came after, and its number among those.
type Placed = (u64, i64, Event);

impl Database {
    /// Opens the database of a run's folder, wherever it has been copied to.
    ///
    /// # Errors
    /// None there; one of a later program; a file that is something else or damaged.
    pub fn open(folder: &Path) -> Result<Self, DatabaseError> {
        let path = folder.join(FILE);
        if !path.is_file() {
            return Err(DatabaseError::Missing(path));
        }
        let connection = match connect(&path, false) {
            // A folder that may not be written has no room for the file that readers share with the search.
            Err(cause)
                if matches!(cause.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
                    && !folder.join(format!("{FILE}-wal")).exists() =>
            {
                connect(&path, true)
            }
            opened => opened,
        }
        .at(&path)?;
        let format = schema::check(&connection, &path)?;
        let undo = if format < 2 { "NULL AS undo" } else { "undo" };
        let waited = if format < 3 { "NULL AS waited" } else { "waited" };
        Ok(Self { connection, path, format, undo, waited, shape: Cell::new(None) })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The format that it has, at most [`super::VERSION`].
    pub fn format(&self) -> i64 {
        self.format
    }

    /// What `meta` says of the run under a key.
    ///
    /// # Errors
    /// A damaged file.
    pub fn fact(&self, key: &str) -> Result<Option<String>, DatabaseError> {
        let values =
            self.rows("SELECT value FROM meta WHERE key = ?1", [key], |cells| Ok(cells.text(0)?.to_owned()))?;
        Ok(values.into_iter().next())
    }

    /// What is searched, once the search has said it.
    ///
    /// # Errors
    /// A damaged file.
    pub fn started(&self) -> Result<Option<Started>, DatabaseError> {
        self.fact("started")?.map(|text| parsed(&text).map_err(|what| self.damaged(what))).transpose()
    }

    /// The last recorded iteration; 0 before the first.
    ///
    /// # Errors
    /// A damaged file.
    pub fn last(&self) -> Result<u64, DatabaseError> {
        let last = self.rows("SELECT max(iteration) FROM iterations", [], |cells| cells.maybe_whole(0))?;
        Ok(last.into_iter().flatten().next().unwrap_or(0).min(LAST_ITERATION))
    }

    /// A number that changes with every change that others make to the file.
    ///
    /// # Errors
    /// A damaged file.
    pub fn changes(&self) -> Result<u64, DatabaseError> {
        let versions = self.rows("PRAGMA data_version", [], |cells| cells.whole(0))?;
        Ok(versions.into_iter().next().unwrap_or(0))
    }

    /// The events of these iterations, each followed by what happened until the next; 0 is what came before the first.
    ///
    /// # Errors
    /// A damaged file.
    pub fn events(&self, iterations: RangeInclusive<u64>) -> Result<Vec<Event>, DatabaseError> {
        // All queries see the file as it is at one moment.
        let _moment = self.connection.unchecked_transaction().at(&self.path)?;
        let (from, to) = (*iterations.start(), (*iterations.end()).min(LAST_ITERATION));
        if from > to {
            return Ok(Vec::new());
        }
        if self.shape.get().is_none()
            && let (Some(digits), Some(started)) = (self.fact("option_digits")?, self.started()?)
        {
            self.shape.set(Some((digits.parse().unwrap_or(0), started.outline.decisions.len())));
        }
        let mut placed = self.iterations(from, to)?;
        placed.extend(self.thetas(from, to)?);
        placed.extend(self.others(from, to)?);
        placed.sort_by_key(|(iteration, seq, _)| (*iteration, *seq));
        Ok(placed.into_iter().map(|(_, _, event)| event).collect())
    }

    /// The dashboard as it was when an iteration was done, with what happened until the next.
    ///
    /// # Errors
    /// A damaged file.
    pub fn dashboard_at(&self, iteration: u64) -> Result<Dashboard, DatabaseError> {
        let mut dashboard = Dashboard::default();
        self.each(iteration, |event| dashboard.apply(event))?;
        Ok(dashboard)
    }

    /// Gives the events until an iteration is done, with what happened until the next, one by one.
    ///
    /// # Errors
    /// A damaged file.
    pub fn each(&self, iteration: u64, mut take: impl FnMut(&Event)) -> Result<(), DatabaseError> {
        let last = iteration.min(self.last()?);
        let mut from = 0;
        while from <= last {
            let to = last.min(from + CHUNK - 1);
            self.events(from..=to)?.iter().for_each(&mut take);
            from = to + 1;
        }
        Ok(())
    }

    /// What people changed, in order; also what was undone by going back to a checkpoint and not made again yet.
    ///
    /// # Errors
    /// A damaged file.
    pub fn adjustments(&self) -> Result<Vec<Adjusted>, DatabaseError> {
        let undo = self.undo;
        let statement =
            format!("SELECT iteration, time, who, before, change, {undo} FROM adjustments ORDER BY iteration, seq");
        self.rows(&statement, [], |cells| {
            let (change, undo) = changes(cells, 3)?;
            let who = cells.maybe_text(2)?.map(Into::into);
            Ok(Adjusted { iteration: cells.whole(0)?, time: cells.signed(1)?, who, change, undo })
        })
    }

    fn iterations(&self, from: u64, to: u64) -> Result<Vec<Placed>, DatabaseError> {
        let statement = format!(
            "SELECT iteration, warm_up, seconds, evaluated, redrawn, learning_rate, training_loss, {} \
             FROM iterations WHERE iteration BETWEEN ?1 AND ?2 ORDER BY iteration",
            self.waited
        );
        let rows = self.rows(&statement, [count(from), count(to)], |cells| {
            Ok(Iteration {
                iteration: cells.whole(0)?,
                warm_up: cells.whole(1)? != 0,
                seconds: cells.number(2)?,
                evaluated: cells.whole(3)?,
                redrawn: cells.whole(4)?,
                learning_rate: cells.number(5)?,
                training_loss: cells.maybe_number(6)?,
                waited: cells.maybe_number(7)?,
                samples: Vec::new(),
                weights: Vec::new(),
                distributions: Vec::new(),
            })
        })?;
        let mut samples = self.samples(from, to)?.into_iter().peekable();
        let mut reports = self.reports(from, to)?.into_iter().peekable();
        let mut placed = Vec::with_capacity(rows.len());
        for mut row in rows {
            let number = row.iteration;
            while reports.next_if(|(iteration, _)| *iteration < number).is_some() {}
            while let Some((_, report)) = reports.next_if(|(iteration, _)| *iteration == number) {
                row.distributions.push(report);
            }
            while samples.next_if(|(iteration, ..)| *iteration < number).is_some() {}
            let mut columns = Vec::new();
            while let Some((_, sample, weights)) = samples.next_if(|(iteration, ..)| *iteration == number) {
                row.samples.push(sample);
                columns.push(weights);
            }
            row.weights = transposed(&columns);
            // Before all that has a number of its own.
            placed.push((number, i64::MIN, Event::Iteration(Box::new(row))));
        }
        Ok(placed)
    }

    fn samples(&self, from: u64, to: u64) -> Result<Vec<(u64, Sample, Vec<f64>)>, DatabaseError> {
        let statement = "SELECT row, source, options, loss, accuracy, parameters, macs, latency, weights \
                         FROM stored_samples WHERE row BETWEEN ?1 AND ?2 ORDER BY row";
        self.rows(statement, span(from, to, POOL_BITS), |cells| {
            let sample = Sample {
                source: usize::try_from(cells.whole(1)?).unwrap_or(usize::MAX),
                architecture: self.architecture(cells.blob(2)?)?,
                score: Score { loss: cells.number(3)?, accuracy: cells.number(4)? },
                complexity: complexity(cells, 5)?,
            };
            let weights: Vec<Option<f64>> = cells.maybe_text(8)?.map(parsed).transpose()?.unwrap_or_default();
            if weights.len() > MOST_DISTRIBUTIONS {
                return Err(format!("a sample has {} importance weights", weights.len()));
            }
            let weights = weights.into_iter().map(|weight| weight.unwrap_or(f64::NAN)).collect();
            Ok((cells.whole(0)? >> POOL_BITS, sample, weights))
        })
    }

    fn reports(&self, from: u64, to: u64) -> Result<Vec<(u64, DistributionReport)>, DatabaseError> {
        let statement = "SELECT row, coefficient, target, entropy, ess, step, options, parameters, macs, latency \
                         FROM stored_distributions JOIN stored_modes USING (mode) \
                         WHERE row BETWEEN ?1 AND ?2 ORDER BY row";
        self.rows(statement, span(from, to, DISTRIBUTION_BITS), |cells| {
            let report = DistributionReport {
                coefficient: cells.number(1)?,
                target: cells.maybe_number(2)?,
                entropy: cells.number(3)?,
                ess: cells.maybe_number(4)?,
                step: cells.maybe_number(5)?,
                mode: self.architecture(cells.blob(6)?)?,
                complexity: complexity(cells, 7)?,
            };
            Ok((cells.whole(0)? >> DISTRIBUTION_BITS, report))
        })
    }

    fn thetas(&self, from: u64, to: u64) -> Result<Vec<Placed>, DatabaseError> {
        let statement = "SELECT row, theta FROM stored_thetas WHERE row BETWEEN ?1 AND ?2 ORDER BY row";
        let rows: Vec<(u64, Theta)> = self.rows(statement, span(from, to, DISTRIBUTION_BITS), |cells| {
            Ok((cells.whole(0)? >> DISTRIBUTION_BITS, parsed(cells.text(1)?)?))
        })?;
        let mut placed: Vec<Placed> = Vec::new();
        for (number, theta) in rows {
            match placed.last_mut() {
                Some((last, _, Event::Thetas { thetas, .. })) if *last == number => thetas.push(theta),
                _ => placed.push((number, i64::MIN + 1, Event::Thetas { iteration: number, thetas: vec![theta] })),
            }
        }
        Ok(placed)
    }

    /// Everything that is not said once an iteration.
    fn others(&self, from: u64, to: u64) -> Result<Vec<Placed>, DatabaseError> {
        let range = || [count(from), count(to)];
        let mut placed = self.rows(
            "SELECT iteration, seq, event FROM happenings WHERE iteration BETWEEN ?1 AND ?2",
            range(),
            |cells| Ok((cells.whole(0)?, cells.signed(1)?, parsed(cells.text(2)?)?)),
        )?;
        placed.extend(self.rows(
            "SELECT iteration, seq, results FROM results WHERE iteration BETWEEN ?1 AND ?2",
            range(),
            |cells| Ok((cells.whole(0)?, cells.signed(1)?, Event::Finished(Box::new(parsed(cells.text(2)?)?)))),
        )?);
        placed.extend(self.rows(
            &format!(
                "SELECT iteration, seq, before, change, {} FROM adjustments WHERE iteration BETWEEN ?1 AND ?2",
                self.undo
            ),
            range(),
            |cells| {
                let (iteration, (change, undo)) = (cells.whole(0)?, changes(cells, 2)?);
                Ok((iteration, cells.signed(1)?, Event::Adjusted { iteration, change, undo }))
            },
        )?);
        placed.extend(self.rows(
            "SELECT iteration, seq, distribution, options, loss, accuracy, parameters, macs, latency \
             FROM stored_validations JOIN stored_modes USING (mode) WHERE iteration BETWEEN ?1 AND ?2",
            range(),
            |cells| {
                let validated = Validated {
                    iteration: cells.whole(0)?,
                    distribution: usize::try_from(cells.whole(2)?).unwrap_or(usize::MAX),
                    architecture: self.architecture(cells.blob(3)?)?,
                    score: Score { loss: cells.number(4)?, accuracy: cells.number(5)? },
                    complexity: complexity(cells, 6)?,
                };
                Ok((validated.iteration, cells.signed(1)?, Event::Validated(validated)))
            },
        )?);
        Ok(placed)
    }

    fn architecture(&self, packed: &[u8]) -> Result<Architecture, String> {
        self.shape
            .get()
            .and_then(|(digits, decisions)| codec::unpack(packed, digits, decisions))
            .ok_or_else(|| format!("`options` of {} bytes is no architecture of this space", packed.len()))
    }

    /// The rows of a query, each read by `read`.
    pub(super) fn rows<T>(
        &self,
        statement: &str,
        parameters: impl Params,
        read: impl Fn(&Cells<'_, '_>) -> Result<T, String>,
    ) -> Result<Vec<T>, DatabaseError> {
        let mut statement = self.connection.prepare_cached(statement).at(&self.path)?;
        let mut rows = statement.query(parameters).at(&self.path)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next().at(&self.path)? {
            all.push(read(&Cells(row)).map_err(|what| self.damaged(what))?);
        }
        Ok(all)
    }

    fn damaged(&self, what: String) -> DatabaseError {
        DatabaseError::Damaged { path: self.path.clone(), what }
    }
}

/// A connection that cannot write; `still`: to a file that nobody writes to.
fn connect(path: &Path, still: bool) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = if still {
        let escaped: String = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags | OpenFlags::SQLITE_OPEN_URI)?
    } else {
        Connection::open_with_flags(path, flags)?
    };
    connection.busy_timeout(PATIENCE)?;
    schema::distrust(&connection)?;
    // The first look into the file, which is where a wrong one shows.
    connection.pragma_query_value(None, "schema_version", |_| Ok(()))?;
    Ok(connection)
}

fn span(from: u64, to: u64, bits: u32) -> [i64; 2] {
    [codec::row(from, 0, bits), codec::row(to, usize::MAX, bits)]
}

/// A change and the one that takes it back, from the value before, the change, and what takes it back. A file of the first
/// format says that by the value alone.
fn changes(cells: &Cells<'_, '_>, first: usize) -> Result<(Change, Option<Change>), String> {
    let change: Change = parsed(cells.text(first + 1)?)?;
    let known = cells.maybe_text(first + 2)?.map(parsed).transpose()?;
    let undo = known.or(match (change, cells.maybe_number(first)?) {
        (Change::Distributions(Adjustment::Coefficient { distribution, .. }), Some(coefficient)) => {
            Some(Adjustment::Coefficient { distribution, coefficient }.into())
        }
        (Change::Distributions(Adjustment::Target { distribution, .. }), Some(target)) => {
            Some(Adjustment::Target { distribution, target }.into())
        }
        (Change::Distributions(Adjustment::Add { distribution, .. }), _) => {
            Some(Adjustment::Remove { distribution }.into())
        }
        _ => None,
    });
    Ok((change, undo))
}

fn complexity(cells: &Cells<'_, '_>, first: usize) -> Result<Complexity, String> {
    Ok(Complexity {
        parameters: cells.maybe_whole(first)?,
        macs: cells.maybe_whole(first + 1)?,
        latency: cells.maybe_number(first + 2)?,
    })
}

/// `[sample][distribution]` the other way round; nothing where not every sample has as many.
fn transposed(columns: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let rows = columns.first().map_or(0, Vec::len);
    if columns.iter().any(|column| column.len() != rows) {
        return Vec::new();
    }
    (0..rows).map(|row| columns.iter().map(|column| column[row]).collect()).collect()
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|cause| format!("a JSON text cannot be read: {cause}"))
}
