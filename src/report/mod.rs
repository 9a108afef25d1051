//! A run on one page, for people who were not at the screen: an HTML file that needs nothing else.
//!
//! No network, no script and no font of its own; it is light or dark as its reader's machine is, fits a phone and can be
//! printed. `facts` reads a run's folder, `history` adds what a dashboard does not keep over time, `words`, `tables`,
//! `charts` and `architectures` tell it, and `page` puts it together.

mod architectures;
mod charts;
mod facts;
mod history;
mod page;
mod tables;
mod words;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::chart::ChartError;
use crate::export::{Drafts, WriteError, name_of, placed};
use crate::run::DatabaseError;
use facts::Facts;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The run's database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The file that was to be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A chart.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// A search that has not begun.
    #[error("the run has not begun: its database does not say what is searched")]
    NotStarted,
}

/// The report of the run in a folder, as HTML. `now` is what the clock says, in milliseconds since 1970.
///
/// # Errors
/// A database that cannot be read, or a search that has not begun.
pub fn html(run: &Path, now: i64) -> Result<String, ReportError> {
    Ok(page::page(&Facts::read(run, now)?)?.into_string())
}

/// Writes the report of the run in a folder: into the file that is asked for, or here by the name of the run. Gives the
/// file. Only where `replace` is said it replaces one.
///
/// # Errors
/// What [`html`] says; a file that is there already, or cannot be written. Then nothing has been written.
pub fn report(run: &Path, out: Option<&Path>, replace: bool) -> Result<PathBuf, ReportError> {
    let path = placed(out, &format!("{}-report.html", name_of(run)));
    let mut drafts = Drafts::new(replace);
    // Begun before the work is done: a file that is there, or a folder that may not be written, is said at once.
    let mut file = drafts.begin(&path)?;
    let html = html(run, jiff::Timestamp::now().as_millisecond())?;
    let written = file.write_all(html.as_bytes()).and_then(|()| file.flush());
    written.map_err(|cause| WriteError::System { path: path.clone(), cause })?;
    drafts.keep()?;
    Ok(path)
}

#[cfg(test)]
mod tests;
