//! One process at most works on a run: who does holds the lock of its folder.
//!
//! The lock is the kernel's (`flock`) on a file that names the process, so that it falls with its holder, however that
//! dies; a file that is left over means nothing.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// The lock's name in a run's folder.
pub const LOCK: &str = "lock";

/// Why a run is not ours.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process works on it.
    #[error("{}: {} is working on this run: watch it with `isthmus attach`, or end it first", folder.display(), named(*process))]
    Held {
        /// The run's folder.
        folder: PathBuf,
        /// The process, where it has said which it is.
        process: Option<u32>,
    },
    /// The system said no.
    #[error("{}: {cause}", path.display())]
    System {
        /// The lock's file.
        path: PathBuf,
        /// What it said.
        cause: std::io::Error,
    },
}

fn named(process: Option<u32>) -> String {
    process.map_or("another process".into(), |process| format!("process {process}"))
}

/// The lock of a run, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the run in this folder.
    ///
    /// # Errors
    /// Another process that holds it, and what the system said.
    pub fn acquire(folder: &Path) -> Result<Self, LockError> {
        let path = folder.join(LOCK);
        let system = |cause| LockError::System { path: path.clone(), cause };
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = opened.map_err(system)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held { folder: folder.to_path_buf(), process: process_in(&mut file) });
            }
            Err(TryLockError::Error(cause)) => return Err(system(cause)),
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(system)?;
        write!(file, "{}", std::process::id()).map_err(system)?;
        Ok(Self { _file: file })
    }
}

/// Whether somebody works on the run in this folder, and which process, where it has said so.
pub fn holder(folder: &Path) -> Option<Option<u32>> {
    let mut file = File::open(folder.join(LOCK)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(process_in(&mut file)),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

fn process_in(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(20).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_refused_and_told_who_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(holder(folder.path()), None);
        let lock = Lock::acquire(folder.path()).unwrap();
        assert_eq!(holder(folder.path()), Some(Some(std::process::id())));
        let refused = Lock::acquire(folder.path()).unwrap_err().to_string();
        assert!(refused.contains(&format!("process {} is working", std::process::id())), "{refused}");
        drop(lock);
        assert_eq!(holder(folder.path()), None);
        Lock::acquire(folder.path()).unwrap();
    }

    #[test]
    fn a_file_that_a_dead_process_left_is_no_lock() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(LOCK), "999999").unwrap();
        assert_eq!(holder(folder.path()), None);
        Lock::acquire(folder.path()).unwrap();
        std::fs::write(folder.path().join(LOCK), "no number\u{7}").unwrap();
        let _lock = Lock::acquire(folder.path()).unwrap();
    }
}
