//! Files that are there whole or not at all, and that replace nothing unasked.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Files of one export, each under a temporary name until all are whole.
#[derive(Debug)]
pub struct Drafts {
    replace: bool,
    drafts: Vec<(PathBuf, PathBuf)>,
}

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// There is one already.
    #[error("{} is there already, and is left as it is: --force replaces it, --out chooses another name", .0.display())]
    There(PathBuf),
    /// The system refused.
    #[error("{}: {cause}", path.display())]
    System {
        /// What it refused.
        path: PathBuf,
        /// What it said.
        cause: io::Error,
    },
}

impl Drafts {
    /// None yet. Only where `replace` is said they replace what is there.
    pub fn new(replace: bool) -> Self {
        Self { replace, drafts: Vec::new() }
    }

    /// Begins a file, and makes the folder that it is in.
    ///
    /// # Errors
    /// A file of that name, or what the system refused.
    pub fn begin(&mut self, path: &Path) -> Result<BufWriter<File>, WriteError> {
        let temporary = self.reserve(path)?;
        let file = File::create(temporary).map_err(|cause| WriteError::System { path: path.to_owned(), cause })?;
        Ok(BufWriter::new(file))
    }

    /// Begins a file that something else writes, under the temporary name that this gives, and makes the folder that it is
    /// in.
    ///
    /// # Errors
    /// A file of that name, or what the system refused.
    pub fn reserve(&mut self, path: &Path) -> Result<PathBuf, WriteError> {
        self.check(path)?;
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(".new");
        let temporary = path.with_file_name(name);
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(|cause| WriteError::System { path: folder.to_owned(), cause })?;
        }
        self.drafts.push((temporary.clone(), path.to_owned()));
        Ok(temporary)
    }

    /// Writes a file whose bytes are known.
    ///
    /// # Errors
    /// A file of that name, or what the system refused.
    pub fn write(&mut self, path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
        let mut file = self.begin(path)?;
        let written = file.write_all(bytes).and_then(|()| file.flush());
        written.map_err(|cause| WriteError::System { path: path.to_owned(), cause })
    }

    /// Gives every file its name, now that all are whole, and tells the names.
    ///
    /// # Errors
    /// A file of such a name, or what the system refused.
    pub fn keep(mut self) -> Result<Vec<PathBuf>, WriteError> {
        for (temporary, path) in &self.drafts {
            self.check(path)?;
            let synced = File::open(temporary).and_then(|file| file.sync_all());
            synced.map_err(|cause| WriteError::System { path: path.clone(), cause })?;
        }
        let mut kept = Vec::new();
        for (temporary, path) in &self.drafts {
            fs::rename(temporary, path).map_err(|cause| WriteError::System { path: path.clone(), cause })?;
            kept.push(path.clone());
        }
        self.drafts.clear();
        Ok(kept)
    }

    fn check(&self, path: &Path) -> Result<(), WriteError> {
        if !self.replace && path.symlink_metadata().is_ok() {
            return Err(WriteError::There(path.to_owned()));
        }
        Ok(())
    }
}

impl Drop for Drafts {
    /// What was not kept is not left lying about.
    fn drop(&mut self) {
        for (temporary, _) in &self.drafts {
            // There is nobody to tell, and the file harms nobody.
            let _ = fs::remove_file(temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn files_appear_together_once_all_are_whole() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["new/a", "b"].map(|name| folder.path().join(name));
        let mut drafts = Drafts::new(false);
        drafts.write(&paths[0], b"first").unwrap();
        drafts.write(&paths[1], b"second").unwrap();
        assert!(!paths[0].exists() && !paths[1].exists());
        assert_eq!(drafts.keep().unwrap(), paths);
        assert_eq!([names(folder.path()), names(&folder.path().join("new"))], [vec!["b", "new"], vec!["a"]]);
        assert_eq!(fs::read(&paths[1]).unwrap(), b"second");
    }

    #[test]
    fn what_is_there_is_replaced_only_where_that_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a", "b"].map(|name| folder.path().join(name));
        fs::write(&paths[1], b"mine").unwrap();
        let mut drafts = Drafts::new(false);
        drafts.write(&paths[0], b"new").unwrap();
        let refused = drafts.write(&paths[1], b"new").unwrap_err().to_string();
        assert!(refused.contains("b is there already") && refused.contains("--force"), "{refused}");
        drop(drafts);
        assert_eq!(names(folder.path()), ["b"]);
        assert_eq!(fs::read(&paths[1]).unwrap(), b"mine");
        let mut drafts = Drafts::new(true);
        drafts.write(&paths[1], b"new").unwrap();
        drafts.keep().unwrap();
        assert_eq!(fs::read(&paths[1]).unwrap(), b"new");
    }

    #[test]
    fn a_file_that_came_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut drafts = Drafts::new(false);
        drafts.write(&path, b"new").unwrap();
        fs::write(&path, b"mine").unwrap();
        assert!(matches!(drafts.keep(), Err(WriteError::There(_))));
        assert_eq!((names(folder.path()), fs::read(&path).unwrap()), (vec!["a".to_owned()], b"mine".to_vec()));
    }
}
