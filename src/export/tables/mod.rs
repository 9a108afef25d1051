//! A run's history as tables, one file each: CSV, JSON lines or Parquet.
//!
//! | table | a row is |
//! | --- | --- |
//! | `iterations` | an iteration |
//! | `samples` | a sampled architecture with its score; `importance_weights` is a JSON list, one a distribution |
//! | `distributions` | a distribution after an iteration, with its mode |
//! | `thetas` | a probability, at the intervals at which they were recorded |
//! | `validations` | a mode scored on the whole validation set |
//! | `adjustments` | a person's change: `change`, and what takes it back, as JSON |
//!
//! Architectures have a column a decision, which holds the name of the option. What is not known is left out: an empty
//! cell, null.

mod csv;
mod jsonl;
mod parquet;
mod rows;

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use super::ExportError;
use super::write::{Drafts, WriteError};
use crate::engine::Event;
use crate::run::Database;
use crate::space::Decision;

/// Iterations that are in memory at once.
const CHUNK: u64 = 256;

/// How tables are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Comma-separated values, with a line of names first.
    Csv,
    /// A JSON object a line.
    Jsonl,
    /// Apache Parquet.
    Parquet,
}

impl TableFormat {
    /// How the names of such files end.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
        }
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Whole,
    Number,
    Flag,
    Text,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Column {
    name: String,
    kind: Kind,
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
enum Cell<'a> {
    None,
    Whole(u64),
    Number(f64),
    Flag(bool),
    Text(std::borrow::Cow<'a, str>),
}

/// Where rows of one table go.
trait Sink {
    /// Takes a row: a cell a column.
    fn row(&mut self, row: &[Cell<'_>]) -> io::Result<()>;
    /// Writes what is left.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// A table being written.
struct Table<'a> {
    path: std::path::PathBuf,
    sink: Box<dyn Sink + 'a>,
}

impl Table<'_> {
    fn row(&mut self, row: &[Cell<'_>]) -> Result<(), ExportError> {
        let written = self.sink.row(row);
        written.map_err(|cause| WriteError::System { path: self.path.clone(), cause }.into())
    }
}

/// Writes the tables of a run as `<folder>/<name>-<table>.<extension>`, a chunk of its iterations after the other.
///
/// # Errors
/// A damaged database, files that are there already, what the system refused.
pub fn tables(
    database: &Database,
    format: TableFormat,
    folder: &Path,
    name: &str,
    drafts: &mut Drafts,
) -> Result<(), ExportError> {
    let decisions = database.started()?.ok_or(ExportError::NotStarted)?.outline.decisions;
    let mut open = |table: &str, columns: Vec<Column>| -> Result<Table<'static>, ExportError> {
        let path = folder.join(format!("{name}-{table}.{}", format.extension()));
        let file = drafts.begin(&path)?;
        let sink = sink(format, columns, file).map_err(|cause| WriteError::System { path: path.clone(), cause })?;
        Ok(Table { path, sink })
    };
    let mut iterations = open("iterations", rows::iteration_columns())?;
    let mut samples = open("samples", rows::sample_columns(&decisions))?;
    let mut distributions = open("distributions", rows::distribution_columns(&decisions))?;
    let mut thetas = open("thetas", rows::theta_columns())?;
    let mut validations = open("validations", rows::validation_columns(&decisions))?;
    let mut adjustments = open("adjustments", rows::adjustment_columns())?;
    each_event(database, |event| {
        match event {
            Event::Iteration(iteration) => {
                iterations.row(&rows::iteration(iteration))?;
                for place in 0..iteration.samples.len() {
                    samples.row(&rows::sample(iteration, place, &decisions))?;
                }
                for index in 0..iteration.distributions.len() {
                    distributions.row(&rows::distribution(iteration, index, &decisions))?;
                }
            }
            Event::Thetas { iteration, thetas: said } => {
                for row in rows::thetas(*iteration, said, &decisions) {
                    thetas.row(&row)?;
                }
            }
            Event::Validated(validated) => validations.row(&rows::validation(validated, &decisions))?,
            _ => {}
        }
        Ok(())
    })?;
    for adjusted in database.adjustments()? {
        adjustments.row(&rows::adjustment(&adjusted))?;
    }
    for Table { path, sink } in [iterations, samples, distributions, thetas, validations, adjustments] {
        sink.finish().map_err(|cause| WriteError::System { path, cause })?;
    }
    Ok(())
}

/// Gives every recorded event, in order.
pub(super) fn each_event(
    database: &Database,
    mut take: impl FnMut(&Event) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let last = database.last()?;
    let mut from = 0;
    while from <= last {
        let to = last.min(from + CHUNK - 1);
        database.events(from..=to)?.iter().try_for_each(&mut take)?;
        from = to + 1;
    }
    Ok(())
}

fn sink(format: TableFormat, columns: Vec<Column>, file: BufWriter<File>) -> io::Result<Box<dyn Sink>> {
    Ok(match format {
        TableFormat::Csv => Box::new(csv::Csv::new(&columns, file)?),
        TableFormat::Jsonl => Box::new(jsonl::Jsonl::new(columns, file)),
        TableFormat::Parquet => Box::new(parquet::Parquet::new(columns, file)?),
    })
}

/// A column a decision; one that is called as another column gets a longer name.
fn of_decisions(columns: &[Column], decisions: &[Decision]) -> Vec<Column> {
    let is_taken = |name: &str| columns.iter().any(|column| column.name == name);
    let name = |decision: &Decision| {
        if is_taken(&decision.name) { format!("decision {}", decision.name) } else { decision.name.clone() }
    };
    decisions.iter().map(|decision| Column { name: name(decision), kind: Kind::Text }).collect()
}
