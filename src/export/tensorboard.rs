//! A run's history for TensorBoard: a folder a distribution, so that one chart shows them side by side, and `search`.
//!
//! An event file is a row of records, each a length, its checksum, an event and its checksum. The crates that write them
//! are bound to old versions of protobuf, and one of them needs its compiler installed; the three messages that scalars
//! take stand here by the field numbers of TensorFlow's public schema (`event.proto`, `summary.proto`).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use prost::Message as _;

use super::ExportError;
use super::tables::each_event;
use super::write::{Drafts, WriteError};
use crate::engine::{DistributionReport, Event, Iteration, Validated};
use crate::run::Database;

/// What happened at a step.
#[derive(Clone, PartialEq, prost::Message)]
struct Record {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    /// In the first record alone.
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
}

/// Values of a step.
#[derive(Clone, PartialEq, prost::Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Scalar>,
}

/// A number with a name.
#[derive(Clone, PartialEq, prost::Message)]
struct Scalar {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

/// A file of events.
struct Events {
    path: PathBuf,
    file: BufWriter<File>,
}

/// The folders of a run, as they come up.
struct Board<'a> {
    folder: &'a Path,
    drafts: &'a mut Drafts,
    /// Seconds since 1970 when the search began.
    began: f64,
    /// Seconds of work until the last iteration.
    seconds: f64,
    open: BTreeMap<String, Events>,
}

/// Writes a run's scalars into a folder that TensorBoard is pointed at.
///
/// # Errors
/// A damaged database, files that are there already, what the system refused.
pub fn tensorboard(database: &Database, folder: &Path, drafts: &mut Drafts) -> Result<(), ExportError> {
    let began = database.fact("started_at")?.and_then(|text| text.parse::<i64>().ok()).unwrap_or(0) as f64 / 1e3;
    let mut board = Board { folder, drafts, began, seconds: 0.0, open: BTreeMap::new() };
    each_event(database, |event| match event {
        Event::Iteration(iteration) => board.iteration(iteration),
        Event::Validated(validated) => board.validation(validated),
        _ => Ok(()),
    })?;
    for Events { path, mut file } in board.open.into_values() {
        file.flush().map_err(|cause| WriteError::System { path, cause })?;
    }
    Ok(())
}

impl Board<'_> {
    fn iteration(&mut self, iteration: &Iteration) -> Result<(), ExportError> {
        self.seconds = iteration.seconds;
        let step = iteration.iteration;
        let evaluated = Some(iteration.evaluated as f64);
        let rate = Some(iteration.learning_rate);
        let search = [("training loss", iteration.training_loss), ("learning rate", rate), ("evaluated", evaluated)];
        self.write("search", step, &search)?;
        for (index, report) in iteration.distributions.iter().enumerate() {
            let DistributionReport { coefficient, target, entropy, ess, step: length, complexity, .. } = report;
            let scalars = [
                ("coefficient", Some(*coefficient)),
                ("target", *target),
                ("entropy", Some(*entropy)),
                ("effective sample size", *ess),
                ("step length", *length),
                ("mode/parameters", complexity.parameters.map(|known| known as f64)),
                ("mode/MACs", complexity.macs.map(|known| known as f64)),
                ("mode/latency", complexity.latency),
            ];
            self.write(&distribution(index), step, &scalars)?;
        }
        Ok(())
    }

    fn validation(&mut self, validated: &Validated) -> Result<(), ExportError> {
        let scalars =
            [("validation/accuracy", Some(validated.score.accuracy)), ("validation/loss", Some(validated.score.loss))];
        self.write(&distribution(validated.distribution), validated.iteration, &scalars)
    }

    /// Writes those of the numbers that are known.
    fn write(&mut self, name: &str, step: u64, scalars: &[(&str, Option<f64>)]) -> Result<(), ExportError> {
        let scalar = |(tag, number): &(&str, Option<f64>)| {
            let number = number.filter(|number| number.is_finite())?;
            Some(Scalar { tag: (*tag).into(), simple_value: Some(number as f32) })
        };
        let value: Vec<Scalar> = scalars.iter().filter_map(scalar).collect();
        if value.is_empty() {
            return Ok(());
        }
        let wall_time = self.began + self.seconds;
        if !self.open.contains_key(name) {
            // TensorBoard knows its files by the first part of this name.
            let path = self.folder.join(name).join(format!("events.out.tfevents.{:.0}.isthmus", self.began));
            let mut events = Events { file: self.drafts.begin(&path)?, path };
            let version = Some("brain.Event:2".into());
            events.write(&Record { wall_time: self.began, step: 0, file_version: version, summary: None })?;
            self.open.insert(name.into(), events);
        }
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        let record = Record { wall_time, step, file_version: None, summary: Some(Summary { value }) };
        self.open.get_mut(name).map_or(Ok(()), |events| events.write(&record))
    }
}

impl Events {
    fn write(&mut self, record: &Record) -> Result<(), ExportError> {
        let written = write_record(&mut self.file, &record.encode_to_vec());
        written.map_err(|cause| WriteError::System { path: self.path.clone(), cause }.into())
    }
}

fn distribution(index: usize) -> String {
    format!("distribution-{index}")
}

fn write_record(file: &mut impl io::Write, data: &[u8]) -> io::Result<()> {
    let length = (data.len() as u64).to_le_bytes();
    file.write_all(&length)?;
    file.write_all(&masked(&length).to_le_bytes())?;
    file.write_all(data)?;
    file.write_all(&masked(data).to_le_bytes())
}

/// The checksum of a record, turned and moved so that checksums of data with checksums in it stay good ones.
fn masked(data: &[u8]) -> u32 {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}
