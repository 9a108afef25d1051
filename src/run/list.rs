//! The runs in a folder, and finding one by its name.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;

use super::database::{FILE, Summary};
use super::{Database, duration, lock};
use crate::clean::clean;

/// What a run is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Status {
    /// A process searches.
    Running {
        /// Which, where it has said so.
        pid: Option<u32>,
    },
    /// All iterations are done.
    Finished,
    /// It was ended before that, with results.
    Stopped,
    /// It ended by an error.
    Failed,
    /// Its process went away without a word.
    Crashed,
    /// Its database cannot be read.
    Unreadable {
        /// Why.
        reason: String,
    },
}

impl Status {
    /// In a word or two.
    pub fn words(&self) -> String {
        match self {
            Status::Running { pid: Some(pid) } => format!("running {pid}"),
            Status::Running { pid: None } => "running".into(),
            Status::Finished => "finished".into(),
            Status::Stopped => "stopped".into(),
            Status::Failed => "failed".into(),
            Status::Crashed => "crashed".into(),
            Status::Unreadable { .. } => "unreadable".into(),
        }
    }
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed {
    /// Its folder's name.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// What it is doing.
    pub status: Status,
    /// How far it is, where its database can be read.
    #[serde(flatten)]
    pub summary: Option<Summary>,
    /// Bytes on disk.
    pub bytes: u64,
    /// Seconds since the last change; 0 where the clock was set back since.
    pub age: u64,
}

/// Why no run is meant.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// There is none.
    #[error("there are no runs in {}", .0.display())]
    None(PathBuf),
    /// No run is called so.
    #[error("no run in {} is called `{name}`, and there is no such folder: `isthmus runs` lists them", folder.display())]
    Unknown {
        /// Where runs are.
        folder: PathBuf,
        /// What was asked for.
        name: String,
    },
    /// Several runs could be meant.
    #[error("`{name}` could be {}: say more of the name", .runs.join(", "))]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// Those it could be.
        runs: Vec<String>,
    },
}

/// The runs of a folder, the last changed first. A folder that is not there holds none.
///
/// # Errors
/// A folder that cannot be read.
pub fn list(folder: &Path) -> std::io::Result<Vec<Listed>> {
    let mut runs: Vec<Listed> = folders(folder)?.into_iter().map(|path| look(&path)).collect();
    runs.sort_by_key(|run| run.age);
    Ok(runs)
}

/// The run that is meant: a folder, or the beginning or the end of a name among `folder`; without a word the last changed.
///
/// # Errors
/// None or several that could be meant.
pub fn find(folder: &Path, asked: Option<&Path>) -> Result<PathBuf, FindError> {
    let Some(asked) = asked else {
        let newest = folders(folder).unwrap_or_default().into_iter().min_by_key(|path| age(path));
        return newest.ok_or_else(|| FindError::None(folder.into()));
    };
    if asked.is_dir() {
        return Ok(asked.into());
    }
    let name = asked.to_string_lossy().into_owned();
    let exact = folder.join(asked);
    if exact.is_dir() {
        return Ok(exact);
    }
    let mut fits = folders(folder).unwrap_or_default();
    fits.retain(|path| {
        let known = name_of(path);
        known.starts_with(&name) || known.ends_with(&name)
    });
    match fits.len() {
        0 => Err(FindError::Unknown { folder: folder.into(), name: clean(&name) }),
        1 => Ok(fits.remove(0)),
        _ => Err(FindError::Ambiguous {
            name: clean(&name),
            runs: fits.iter().map(|path| clean(&name_of(path))).collect(),
        }),
    }
}

/// The folders that hold a database.
fn folders(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(cause),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.join(FILE).is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// One run.
pub fn look(path: &Path) -> Listed {
    // Asked first: a search that ends in between has then written its results.
    let holder = lock::holder(path);
    let (status, summary) = match Database::open(path).and_then(|database| database.summary()) {
        Ok(summary) => (status(holder, &summary), Some(summary)),
        Err(cause) => (Status::Unreadable { reason: cause.to_string() }, None),
    };
    Listed { name: name_of(path), path: path.into(), status, summary, bytes: bytes(path, 0), age: age(path) }
}

fn status(holder: Option<Option<u32>>, summary: &Summary) -> Status {
    match (holder, summary.last.as_str()) {
        (Some(pid), _) => Status::Running { pid },
        (None, "finished") if summary.complete => Status::Finished,
        (None, "finished") => Status::Stopped,
        (None, "failed") => Status::Failed,
        (None, _) => Status::Crashed,
    }
}

/// Seconds since the database, or the log beside it, was written to.
fn age(path: &Path) -> u64 {
    let changed = |name: String| fs::metadata(path.join(name)).and_then(|known| known.modified()).ok();
    let latest = changed(FILE.into()).max(changed(format!("{FILE}-wal")));
    let since = |time| SystemTime::now().duration_since(time).map_or(0, |age| age.as_secs());
    latest.map_or(u64::MAX, since)
}

/// What a folder takes on disk; links are not followed.
fn bytes(path: &Path, depth: usize) -> u64 {
    const DEEPEST: usize = 8;
    let Ok(entries) = fs::read_dir(path) else { return 0 };
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(known) if known.is_dir() && depth < DEEPEST => bytes(&entry.path(), depth + 1),
        Ok(known) => known.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}

/// The runs as a table for a terminal.
pub fn table(runs: &[Listed]) -> String {
    let mut rows = vec![["run", "state", "done", "strategy", "k", "best", "size", "changed"].map(String::from)];
    for run in runs {
        let summary = run.summary.as_ref();
        let of = |text: fn(&Summary) -> String| summary.map_or_else(|| "-".into(), text);
        rows.push([
            clean(&run.name),
            run.status.words(),
            of(|known| format!("{}/{}", known.iteration, known.iterations)),
            of(|known| clean(&known.strategy)),
            of(|known| known.distributions.to_string()),
            of(|known| known.best_accuracy.map_or_else(|| "-".into(), |best| format!("{:.1} %", 100.0 * best))),
            format!("{:.1} MB", run.bytes as f64 / 1e6),
            if run.age < 2 { "now".into() } else { duration(run.age as f64) + " ago" },
        ]);
    }
    let widths: Vec<usize> =
        (0..8).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            // Writing to a String cannot fail.
            let _ = write!(line, "{cell:<width$}  ");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    if runs.iter().any(|run| matches!(run.status, Status::Stopped | Status::Failed | Status::Crashed)) {
        let _ = writeln!(text, "\nWhat was stopped, failed or crashed goes on with: isthmus resume RUN");
    }
    for run in runs {
        if let Status::Unreadable { reason } = &run.status {
            let _ = writeln!(text, "{}", clean(reason));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::run::database::{Writer, tests};

    fn record(folder: &Path, name: &str, events: usize) {
        let path = folder.join(name);
        fs::create_dir(&path).unwrap();
        let mut writer = Writer::create(&path, &Settings::default(), || 0).unwrap();
        writer.write(&tests::timed(&tests::search()[..events]), false).unwrap();
    }

    #[test]
    fn runs_are_listed_with_what_became_of_them() {
        let folder = tempfile::tempdir().unwrap();
        assert!(list(&folder.path().join("none")).unwrap().is_empty());
        record(folder.path(), "whole", tests::search().len());
        record(folder.path(), "crashed", 20);
        fs::create_dir(folder.path().join("garbage")).unwrap();
        fs::write(folder.path().join("garbage").join(FILE), "x".repeat(5000)).unwrap();
        let runs = list(folder.path()).unwrap();
        let status = |name| runs.iter().find(|run| run.name == name).unwrap().status.words();
        assert_eq!([status("whole"), status("crashed"), status("garbage")], ["finished", "crashed", "unreadable"]);
        let text = table(&runs);
        assert!(text.contains("40/40") && text.contains("90.0 %") && text.contains("is not the database"), "{text}");
    }

    #[test]
    fn a_run_that_is_locked_is_running() {
        let folder = tempfile::tempdir().unwrap();
        record(folder.path(), "run", 9);
        let path = folder.path().join("run");
        let lock = crate::run::Lock::acquire(&path).unwrap();
        assert_eq!(look(&path).status, Status::Running { pid: Some(std::process::id()) });
        drop(lock);
        assert_eq!(look(&path).status, Status::Crashed);
    }

    #[test]
    fn a_run_is_found_by_either_end_of_its_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["2026-01-01-digits-00ff", "2026-01-02-digits-beef"] {
            record(folder.path(), name, 9);
        }
        let found = |asked: &str| find(folder.path(), Some(Path::new(asked))).map(|path| name_of(&path));
        assert_eq!(found("2026-01-02").unwrap(), "2026-01-02-digits-beef");
        assert_eq!(found("00ff").unwrap(), "2026-01-01-digits-00ff");
        assert_eq!(found(folder.path().to_str().unwrap()).unwrap(), name_of(folder.path()));
        assert!(found("2026").unwrap_err().to_string().contains("say more"));
        assert!(found("x").unwrap_err().to_string().contains("is called `x`"));
        assert!(find(folder.path(), None).is_ok());
        assert!(find(&folder.path().join("none"), None).unwrap_err().to_string().contains("there are no runs"));
    }

    #[test]
    fn a_change_in_the_future_is_one_of_now() {
        let folder = tempfile::tempdir().unwrap();
        record(folder.path(), "run", 9);
        let path = folder.path().join("run");
        let later = SystemTime::now() + std::time::Duration::from_secs(86_400);
        fs::File::options().write(true).open(path.join(FILE)).unwrap().set_modified(later).unwrap();
        assert_eq!(look(&path).age, 0);
    }
}
