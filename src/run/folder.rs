//! The folder of a run.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use rand::RngExt;

/// Why a run has no folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The folder that was asked for holds something already.
    #[error("{} is not empty: a run needs a folder of its own; choose another --run-dir", .0.display())]
    Occupied(PathBuf),
    /// The folder is not that of a run.
    #[error("{} is no run: it has no config.toml", .0.display())]
    NoRun(PathBuf),
    /// The system refused.
    #[error("{}: {cause}", path.display())]
    System {
        /// What it refused.
        path: PathBuf,
        /// What it said.
        cause: std::io::Error,
    },
}

/// The folder of one run.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Makes a folder for a new run: the one asked for, or `runs/<date>-<name>-<short id>`.
    ///
    /// # Errors
    /// A folder that holds something, or that cannot be made.
    pub fn create(asked: Option<&Path>, name: &str) -> Result<Self, FolderError> {
        let path = match asked {
            Some(path) => path.to_path_buf(),
            None => {
                let date = jiff::ZonedDateTime::now().strftime("%Y-%m-%d");
                let id: u16 = rand::rng().random();
                Path::new("runs").join(format!("{date}-{name}-{id:04x}"))
            }
        };
        let system = |cause| FolderError::System { path: path.clone(), cause };
        fs::create_dir_all(&path).map_err(system)?;
        if fs::read_dir(&path).map_err(system)?.next().is_some() {
            return Err(FolderError::Occupied(path));
        }
        Ok(Self { path })
    }

    /// The folder of a run that there is: at a path, or of this name in `runs/`.
    ///
    /// # Errors
    /// A folder without the settings of a run.
    pub fn open(run: &Path) -> Result<Self, FolderError> {
        let places = [run.to_path_buf(), Path::new("runs").join(run)];
        let found = places.into_iter().find(|path| path.join("config.toml").is_file());
        found.map(|path| Self { path }).ok_or_else(|| FolderError::NoRun(run.into()))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The run's name: that of its folder.
    pub fn name(&self) -> String {
        let whole = || self.path.display().to_string();
        self.path.file_name().map_or_else(whole, |name| name.to_string_lossy().into_owned())
    }

    /// Writes a whole file: under a temporary name first, so that it is there entirely or not at all.
    ///
    /// # Errors
    /// What the system refused.
    pub fn write(&self, name: &str, text: &str) -> Result<(), FolderError> {
        let path = self.path.join(name);
        let temporary = self.path.join(format!(".{name}.new"));
        let write = || {
            let mut file = fs::File::create(&temporary)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&temporary, &path)?;
            fs::File::open(&self.path)?.sync_all()
        };
        write().map_err(|cause| FolderError::System { path: path.clone(), cause })
    }

    /// Opens a file to append lines to.
    ///
    /// # Errors
    /// What the system refused.
    pub fn append(&self, name: &str) -> Result<fs::File, FolderError> {
        let path = self.path.join(name);
        let opened = fs::OpenOptions::new().create(true).append(true).open(&path);
        opened.map_err(|cause| FolderError::System { path, cause })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_holds_something_is_refused() {
        let temporary = tempfile::tempdir().unwrap();
        let asked = temporary.path().join("new/run");
        let folder = RunFolder::create(Some(&asked), "digits").unwrap();
        assert_eq!(folder.name(), "run");
        folder.write("config.toml", "seed = 1\n").unwrap();
        assert_eq!(fs::read_to_string(asked.join("config.toml")).unwrap(), "seed = 1\n");
        assert_eq!(fs::read_dir(&asked).unwrap().count(), 1, "no temporary file is left");
        let again = RunFolder::create(Some(&asked), "digits").unwrap_err();
        assert!(again.to_string().contains("is not empty"), "{again}");
    }
}
