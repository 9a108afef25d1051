//! From the text of a table to its rows.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;

use csv::{Position, StringRecord};

use super::{Row, Table, TableSettings};
use crate::nearest::nearest;
use crate::space::{Architecture, Complexity, Decision, Measure};

/// Why a table cannot be used: what is wrong, and where. `place` is the file, and line and column where they matter.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file cannot be read.
    #[error("{place}: {cause}")]
    Unreadable {
        /// The file.
        place: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Text that is no table.
    #[error("{place}: {cause}")]
    Malformed {
        /// The file and the line.
        place: String,
        /// What is wrong.
        cause: String,
    },
    /// The settings name a column that is not there.
    #[error("{place}: there is no column {column:?}{}; the columns are {columns}", near(.nearest))]
    NoColumn {
        /// The file.
        place: String,
        /// What was asked for.
        column: String,
        /// What was probably meant.
        nearest: Option<String>,
        /// All columns.
        columns: String,
    },
    /// Two columns of one name.
    #[error("{place}: the column {column:?} is there twice")]
    ColumnTwice {
        /// The file.
        place: String,
        /// The name.
        column: String,
    },
    /// A cell that should hold a number and does not.
    #[error("{place}, column {column:?}: {value:?} is no {allowed}")]
    NoNumber {
        /// The file and the line.
        place: String,
        /// The column.
        column: String,
        /// What it holds.
        value: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A decision cell that holds nothing.
    #[error("{place}, column {column:?}: a decision cannot be empty")]
    Empty {
        /// The file and the line.
        place: String,
        /// The column.
        column: String,
    },
    /// Two rows for one architecture.
    #[error("{place}: the same architecture as in line {first}: each may be there once")]
    Repeated {
        /// The file and the line.
        place: String,
        /// The line that has it first.
        first: u64,
    },
    /// More options than an architecture can name.
    #[error("{place}: the column {column:?} has {count} different values; at most 65536 can be options")]
    Options {
        /// The file.
        place: String,
        /// The column.
        column: String,
        /// How many.
        count: usize,
    },
    /// As many names must be given as there are values.
    #[error("{place}: space.option_names has {names} names for {count} values ({values}) of the decision columns")]
    Names {
        /// The file.
        place: String,
        /// How many names.
        names: usize,
        /// How many values.
        count: usize,
        /// The values.
        values: String,
    },
    /// Nothing to search.
    #[error("{place}: no row has a value in the column {metric:?}")]
    NoRows {
        /// The file.
        place: String,
        /// The searched column.
        metric: String,
    },
}

fn near(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|nearest| format!(" (nearest: {nearest:?})")).unwrap_or_default()
}

/// So many values are shown of a long list.
const SHOWN: usize = 20;

/// A column that is used: its place in a row, its name, and what its figures are multiplied by.
struct Column<'a> {
    index: usize,
    name: &'a str,
    unit: f64,
}

/// A row whose decisions are still text.
struct Raw {
    line: u64,
    values: Vec<String>,
    loss: f64,
    reported: Option<f64>,
    complexity: Complexity,
}

impl Table {
    /// Reads the file that the settings name.
    ///
    /// # Errors
    /// Everything of [`TableError`].
    pub fn open(settings: &TableSettings) -> Result<Self, TableError> {
        let place = settings.path.display().to_string();
        match std::fs::File::open(&settings.path) {
            Ok(file) => Self::read(&place, file, settings),
            Err(cause) => Err(TableError::Unreadable { place, cause }),
        }
    }

    /// Reads a table; `name` is what errors call it.
    ///
    /// # Errors
    /// Everything of [`TableError`].
    pub fn read(name: &str, text: impl Read, settings: &TableSettings) -> Result<Self, TableError> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
        let header = reader.headers().map_err(|error| malformed(name, &error))?.clone();
        let columns = Columns::find(name, &header, settings)?;
        let mut raw = Vec::new();
        let mut record = StringRecord::new();
        while reader.read_record(&mut record).map_err(|error| malformed(name, &error))? {
            raw.extend(columns.row(name, &record, settings)?);
        }
        if raw.is_empty() {
            return Err(TableError::NoRows { place: name.to_owned(), metric: settings.metric.clone() });
        }
        assemble(name, &raw, settings)
    }
}

struct Columns<'a> {
    decisions: Vec<Column<'a>>,
    metric: Column<'a>,
    report: Column<'a>,
    costs: Vec<(Measure, Column<'a>)>,
}

impl<'a> Columns<'a> {
    fn find(place: &str, header: &StringRecord, settings: &'a TableSettings) -> Result<Self, TableError> {
        let find = |name: &'a str, unit: f64| match header.iter().filter(|known| *known == name).count() {
            1 => Ok(Column { index: header.iter().position(|known| known == name).unwrap_or(0), name, unit }),
            0 => Err(TableError::NoColumn {
                place: place.to_owned(),
                column: name.to_owned(),
                nearest: nearest(name, header.iter()).map(str::to_owned),
                columns: header.iter().collect::<Vec<_>>().join(", "),
            }),
            _ => Err(TableError::ColumnTwice { place: place.to_owned(), column: name.to_owned() }),
        };
        let metric = find(&settings.metric, settings.metric_unit)?;
        let report = find(settings.report.as_ref().unwrap_or(&settings.metric), settings.metric_unit)?;
        let mut costs = Vec::new();
        for measure in [Measure::Parameters, Measure::Macs, Measure::Latency] {
            if let Some((name, unit)) = settings.cost(measure) {
                costs.push((measure, find(name, unit)?));
            }
        }
        let decisions = settings.decisions.iter().map(|name| find(name, 1.0)).collect::<Result<_, _>>()?;
        Ok(Self { decisions, metric, report, costs })
    }

    /// One row; `None` where the searched figure is missing.
    fn row(&self, file: &str, record: &StringRecord, settings: &TableSettings) -> Result<Option<Raw>, TableError> {
        let line = record.position().map_or(0, Position::line);
        let place = || format!("{file}:{line}");
        let number = |column: &Column<'_>| -> Result<Option<f64>, TableError> {
            let text = record.get(column.index).unwrap_or_default();
            match text.parse::<f64>().ok().filter(|number| number.is_finite()) {
                Some(number) if Some(number) == settings.missing => Ok(None),
                Some(number) => Ok(Some(number * column.unit)),
                None => Err(no_number(place(), column, text, "finite number")),
            }
        };
        let mut complexity = Complexity::default();
        for (measure, column) in &self.costs {
            let cost = number(column)?;
            if let Some(cost) = cost.filter(|cost| *cost < 0.0) {
                return Err(no_number(place(), column, &cost.to_string(), "cost: one is 0 or more"));
            }
            match measure {
                Measure::Parameters => complexity.parameters = cost.map(|cost| cost.round() as u64),
                Measure::Macs => complexity.macs = cost.map(|cost| cost.round() as u64),
                Measure::Latency => complexity.latency = cost,
            }
        }
        let loss = |figure: f64| if settings.maximise { 1.0 - figure } else { figure };
        let reported = number(&self.report)?.map(loss);
        let mut values = Vec::with_capacity(self.decisions.len());
        for column in &self.decisions {
            match record.get(column.index).unwrap_or_default() {
                "" => return Err(TableError::Empty { place: place(), column: column.name.to_owned() }),
                value => values.push(value.to_owned()),
            }
        }
        Ok(number(&self.metric)?.map(|figure| Raw { line, values, loss: loss(figure), reported, complexity }))
    }
}

fn no_number(place: String, column: &Column<'_>, value: &str, allowed: &'static str) -> TableError {
    let value = value.chars().take(40).collect();
    TableError::NoNumber { place, column: column.name.to_owned(), value, allowed }
}

fn malformed(name: &str, error: &csv::Error) -> TableError {
    let line = error.position().map(|position| format!(":{}", position.line())).unwrap_or_default();
    let cause = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells in a table of {expected_len} columns")
        }
        csv::ErrorKind::Utf8 { .. } => "text that is not UTF-8".to_owned(),
        _ => error.to_string(),
    };
    TableError::Malformed { place: format!("{name}{line}"), cause }
}

/// The different values: by size where all are numbers, else by the alphabet.
fn sorted<'a>(values: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let values: Vec<&str> = values.collect::<BTreeSet<_>>().into_iter().collect();
    let numbers: Option<Vec<f64>> = values.iter().map(|value| value.parse().ok()).collect();
    let Some(numbers) = numbers else { return values };
    let mut numbered: Vec<(f64, &str)> = numbers.into_iter().zip(values).collect();
    numbered.sort_by(|a, b| a.0.total_cmp(&b.0));
    numbered.into_iter().map(|(_, value)| value).collect()
}

/// What each value of the decision columns is called.
fn names<'a>(
    place: &str,
    raw: &'a [Raw],
    settings: &'a TableSettings,
) -> Result<HashMap<&'a str, &'a str>, TableError> {
    let values = sorted(raw.iter().flat_map(|row| row.values.iter().map(String::as_str)));
    let Some(names) = &settings.option_names else {
        return Ok(values.iter().map(|value| (*value, *value)).collect());
    };
    if names.len() == values.len() {
        return Ok(values.into_iter().zip(names.iter().map(String::as_str)).collect());
    }
    let more = if values.len() > SHOWN { ", ..." } else { "" };
    let shown = values.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ") + more;
    let (place, names, count) = (place.to_owned(), names.len(), values.len());
    Err(TableError::Names { place, names, count, values: shown })
}

/// Numbers the options of every decision, and the rows by them.
fn assemble(file: &str, raw: &[Raw], settings: &TableSettings) -> Result<Table, TableError> {
    let names = names(file, raw, settings)?;
    let mut decisions = Vec::new();
    let mut options: Vec<HashMap<&str, u16>> = Vec::new();
    for (index, column) in settings.decisions.iter().enumerate() {
        let values = sorted(raw.iter().map(|row| row.values[index].as_str()));
        let numbered: Result<HashMap<&str, u16>, _> =
            values.iter().enumerate().map(|(option, value)| Ok((*value, u16::try_from(option)?))).collect();
        options.push(numbered.map_err(|_: std::num::TryFromIntError| TableError::Options {
            place: file.to_owned(),
            column: column.clone(),
            count: values.len(),
        })?);
        let named = values.iter().map(|value| names[value].to_owned()).collect();
        decisions.push(Decision { name: column.clone(), options: named });
    }
    let mut rows = Vec::with_capacity(raw.len());
    let mut places = HashMap::with_capacity(raw.len());
    for row in raw {
        let picked: Vec<u16> =
            row.values.iter().zip(&options).map(|(value, options)| options[value.as_str()]).collect();
        let architecture = Architecture::new(picked);
        if let Some(first) = places.insert(architecture.clone(), rows.len()) {
            return Err(TableError::Repeated { place: format!("{file}:{}", row.line), first: raw[first].line });
        }
        rows.push(Row { architecture, loss: row.loss, reported: row.reported, complexity: row.complexity });
    }
    Ok(Table { decisions, rows, places })
}
