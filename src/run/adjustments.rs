//! People's changes to a search on disk, so that a resumed search makes them again at the same places.
//!
//! One line of JSON each, in `adjustments.jsonl`. They outlive the checkpoint that was continued from: what a person
//! wanted is not lost with the iterations after it. Their order is that of the iterations and, within one, that of the
//! lines; a search makes them in this order, so that the number of those made says which are left.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::FolderError;
use crate::search::Adjustment;

const FILE: &str = "adjustments.jsonl";
/// Files above this size are no list of changes that people have made.
const LARGEST: u64 = 1 << 26;

/// A change that was made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// Iterations done at that moment.
    pub iteration: u64,
    /// The change.
    pub change: Adjustment,
    /// The value before it, where there was one.
    pub before: Option<f64>,
}

/// Where changes are recorded.
#[derive(Debug)]
pub struct Adjustments {
    path: PathBuf,
    file: File,
    /// Up to here the file is on disk.
    length: u64,
    /// What could not be written yet.
    waiting: Vec<u8>,
}

impl Adjustments {
    /// Those of this run.
    ///
    /// # Errors
    /// A file that cannot be opened.
    pub fn open(run: &Path) -> Result<Self, FolderError> {
        let path = run.join(FILE);
        let open = || {
            let mut file = OpenOptions::new().create(true).append(true).read(true).open(&path)?;
            // A line without an end was being written when the program was killed; nobody was told of it.
            let length = whole_lines(&mut file)?.len() as u64;
            file.set_len(length)?;
            Ok((file, length))
        };
        let (file, length) = open().map_err(|cause| FolderError::System { path: path.clone(), cause })?;
        Ok(Self { path, file, length, waiting: Vec::new() })
    }

    /// Records a change; it is on disk afterwards.
    ///
    /// # Errors
    /// What the system refused; the change is then written with the next one, or by [`Adjustments::flush`].
    pub fn write(&mut self, recorded: &Recorded) -> Result<(), FolderError> {
        let line = serde_json::to_string(recorded).map_err(|error| self.failed(io::Error::other(error)))?;
        self.waiting.extend_from_slice(line.as_bytes());
        self.waiting.push(b'\n');
        self.flush()
    }

    /// Writes what could not be written before. A checkpoint counts changes, and must not come to disk before them.
    ///
    /// # Errors
    /// What the system refused.
    pub fn flush(&mut self) -> Result<(), FolderError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let write = |file: &mut File| {
            file.set_len(self.length)?;
            file.write_all(&self.waiting)?;
            file.sync_all()
        };
        write(&mut self.file).map_err(|cause| FolderError::System { path: self.path.clone(), cause })?;
        self.length += self.waiting.len() as u64;
        self.waiting.clear();
        Ok(())
    }

    fn failed(&self, cause: io::Error) -> FolderError {
        FolderError::System { path: self.path.clone(), cause }
    }
}

/// What of a file are lines with an end.
fn whole_lines(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other(format!(
            "it has more than {LARGEST} bytes: that is no list of a person's changes"
        )));
    }
    bytes.truncate(bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1));
    Ok(bytes)
}

/// The recorded changes of a run, in their order.
///
/// # Errors
/// A file that cannot be read, or that holds something else.
pub fn recorded(run: &Path) -> Result<Vec<Recorded>, FolderError> {
    let path = run.join(FILE);
    let read = || {
        let mut file = match File::open(&path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            file => file?,
        };
        let text = whole_lines(&mut file)?;
        let lines = text.split_inclusive(|&byte| byte == b'\n');
        let read = |(number, line): (usize, &[u8])| {
            serde_json::from_slice(line).map_err(|error| io::Error::other(format!("line {}: {error}", number + 1)))
        };
        let mut list = lines.enumerate().map(read).collect::<io::Result<Vec<Recorded>>>()?;
        list.sort_by_key(|recorded| recorded.iteration);
        Ok(list)
    };
    read().map_err(|cause: io::Error| FolderError::System { path: path.clone(), cause })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn change(iteration: u64, coefficient: f64) -> Recorded {
        let change = Adjustment::Coefficient { distribution: 1, coefficient };
        Recorded { iteration, change, before: Some(0.1 + 0.2) }
    }

    #[test]
    fn changes_come_back_in_the_order_in_which_a_search_makes_them() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(recorded(folder.path()).unwrap(), []);
        let made = [change(70, 1.0), change(60, 2.0), change(70, 3.0)];
        let mut file = Adjustments::open(folder.path()).unwrap();
        made.iter().for_each(|change| file.write(change).unwrap());
        assert_eq!(recorded(folder.path()).unwrap(), [made[1], made[0], made[2]]);
    }

    #[test]
    fn a_line_that_was_being_written_is_forgotten_and_others_follow() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        Adjustments::open(folder.path()).unwrap().write(&change(1, 1.0)).unwrap();
        let whole = fs::read(&path).unwrap();
        fs::write(&path, [&whole[..], &whole[..20]].concat()).unwrap();
        assert_eq!(recorded(folder.path()).unwrap().len(), 1);
        Adjustments::open(folder.path()).unwrap().write(&change(2, 2.0)).unwrap();
        assert_eq!(recorded(folder.path()).unwrap(), [change(1, 1.0), change(2, 2.0)]);
    }

    #[test]
    fn something_else_in_the_file_is_named_by_line() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "{\"iteration\": 1}\n").unwrap();
        let error = recorded(folder.path()).unwrap_err().to_string();
        assert!(error.contains("adjustments.jsonl: line 1: missing field"), "{error}");
    }
}
