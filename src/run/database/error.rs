//! What goes wrong with a database, and what to do about it.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a run's database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// There is none.
    #[error("{} is not there: this folder holds no recorded run", .0.display())]
    Missing(PathBuf),
    /// It was made by a later program.
    #[error("{} has the format {found}, and this program knows formats up to {known}: use a newer isthmus", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The latest format that is known here.
        known: i64,
    },
    /// It is something else.
    #[error("{} is not the database of a run", .0.display())]
    Foreign(PathBuf),
    /// Its contents make no sense.
    #[error("{} is damaged: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What makes no sense.
        what: String,
    },
    /// The system refused what is not SQLite's.
    #[error("{}: {cause}", path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// What it said.
        cause: std::io::Error,
    },
    /// SQLite, or the system below it, refused.
    #[error("{}: {}", path.display(), said(cause))]
    Refused {
        /// The file.
        path: PathBuf,
        /// What was said.
        cause: rusqlite::Error,
    },
}

/// The cause in words that say what to do.
fn said(cause: &rusqlite::Error) -> String {
    let advice = match cause.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full: free some room",
        Some(ErrorCode::SystemIoFailure) => "the disk refused, which may be full: look at its room and limits",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "another program has locked it: close that one",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => "it may not be written",
        Some(ErrorCode::CannotOpen) => "it cannot be opened",
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "it is damaged",
        _ => return cause.to_string(),
    };
    format!("{advice} ({cause})")
}

/// Gives errors of SQLite the file that they are about.
pub(super) trait At<T> {
    fn at(self, path: &Path) -> Result<T, DatabaseError>;
}

impl<T> At<T> for rusqlite::Result<T> {
    fn at(self, path: &Path) -> Result<T, DatabaseError> {
        self.map_err(|cause| match cause.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => DatabaseError::Foreign(path.into()),
            _ => DatabaseError::Refused { path: path.into(), cause },
        })
    }
}
