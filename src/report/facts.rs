//! All that a report tells, read from a run's folder.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::ReportError;
use super::history::History;
use crate::clean::clean;
use crate::data::DataFacts;
use crate::engine::{Dashboard, Started};
use crate::export::name_of;
use crate::run::database::{Adjusted, Happening};
use crate::run::{Database, EvaluatorKind, Status, look};
use crate::train::{self, Record};

/// Of a longer file no more is read.
const LONGEST: u64 = 1 << 20;

/// A run as its report tells it.
#[derive(Debug)]
pub(super) struct Facts {
    /// Its folder's name.
    pub(super) run: String,
    pub(super) status: Status,
    pub(super) started: Started,
    pub(super) dashboard: Dashboard,
    pub(super) history: History,
    pub(super) happenings: Vec<Happening>,
    pub(super) adjustments: Vec<Adjusted>,
    /// Milliseconds since 1970 when it began, and now.
    pub(super) begun: Option<i64>,
    pub(super) now: i64,
    /// The program that made it, and the format of its database.
    pub(super) program: Option<String>,
    pub(super) format: i64,
    /// As TOML.
    pub(super) settings: String,
    /// What is known of its pictures, where it has any.
    pub(super) data: Option<DataFacts>,
    /// Networks that were trained from scratch.
    pub(super) trained: Vec<Record>,
    /// What could not be read.
    pub(super) unreadable: Vec<String>,
}

impl Facts {
    /// Reads a run, which may still go on.
    pub(super) fn read(run: &Path, now: i64) -> Result<Self, ReportError> {
        // Asked first: a search that ends in between has then written its end.
        let status = look(run).status;
        let database = Database::open(run)?;
        let started = database.started()?.ok_or(ReportError::NotStarted)?;
        let (mut dashboard, last) = (Dashboard::default(), database.last()?);
        let mut history = History::new(started.normaliser.measure, last);
        database.each(last, |event| {
            dashboard.apply(event);
            history.apply(event);
        })?;
        history.finish();
        let mut unreadable = Vec::new();
        let (trained, damaged) = train::read(run).unwrap_or_else(|cause| (Vec::new(), vec![cause.to_string()]));
        unreadable.extend(damaged);
        let settings = match text(&run.join("config.toml")) {
            Some(text) => text,
            None => database.fact("settings")?.unwrap_or_default(),
        };
        let data = text(&run.join("data.json")).and_then(|text| match serde_json::from_str(&text) {
            Ok(facts) => Some(facts),
            Err(cause) => {
                unreadable.push(format!("data.json: {cause}"));
                None
            }
        });
        Ok(Self {
            run: clean(&name_of(run)),
            status,
            started,
            dashboard,
            history,
            happenings: database.happenings()?,
            adjustments: database.adjustments()?,
            begun: database.fact("started_at")?.and_then(|text| text.parse().ok()),
            now,
            program: database.fact("program")?,
            format: database.format(),
            settings,
            data,
            trained,
            unreadable,
        })
    }

    /// Whether accuracies come from a table, rather than from weights that all architectures share.
    pub(super) fn is_of_table(&self) -> bool {
        match &self.dashboard.results {
            Some(results) => results.evaluator == EvaluatorKind::Table,
            None => self.data.is_none() && self.started.outline.nodes.is_none(),
        }
    }

    /// The unit of complexity.
    pub(super) fn measure(&self) -> &'static str {
        self.started.normaliser.measure.label()
    }

    /// The accuracy on the test set that was reported of a distribution's mode.
    pub(super) fn test_accuracy(&self, distribution: usize) -> Option<f64> {
        let results = self.dashboard.results.as_ref()?;
        let found = results.distributions.iter().find(|found| found.index == distribution)?;
        Some(found.test_accuracy).filter(|accuracy| accuracy.is_finite())
    }
}

/// The text of a file that is there.
fn text(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LONGEST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
