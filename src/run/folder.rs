//! The folder of a run.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rand::RngExt;

/// Why a run has no folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The folder that was asked for holds something already.
    #[error("{} is not empty: a run needs a folder of its own; choose another --run-dir", .0.display())]
    Occupied(PathBuf),
    /// There is no run in this folder.
    #[error("{}: no run is kept here (it has no config.toml)", .0.display())]
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
            None => dated("runs", name),
        };
        let system = |cause| FolderError::System { path: path.clone(), cause };
        make_folder(&path)?;
        if fs::read_dir(&path).map_err(system)?.next().is_some() {
            return Err(FolderError::Occupied(path));
        }
        // What is in it, and who may order the search about, is its owner's alone.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).map_err(system)?;
        Ok(Self { path })
    }

    /// The folder of a run that is there.
    ///
    /// # Errors
    /// No run there.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        if path.join("config.toml").is_file() {
            Ok(Self { path: path.to_path_buf() })
        } else {
            Err(FolderError::NoRun(path.to_path_buf()))
        }
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
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<(), FolderError> {
        write_whole(&self.path, name, content)
    }

    /// Removes a file, where it is there.
    ///
    /// # Errors
    /// What the system refused.
    pub fn remove(&self, name: &str) -> Result<(), FolderError> {
        let path = self.path.join(name);
        match fs::remove_file(&path) {
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(FolderError::System { path, cause }),
            _ => Ok(()),
        }
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

/// A folder that is not there yet: `<parent>/<date>-<name>-<short id>`.
pub fn dated(parent: &str, name: &str) -> PathBuf {
    let date = jiff::ZonedDateTime::now().strftime("%Y-%m-%d");
    let id: u16 = rand::rng().random();
    Path::new(parent).join(format!("{date}-{name}-{id:04x}"))
}

/// Makes a folder and those above it, where they are not there.
///
/// # Errors
/// What the system refused.
pub fn make_folder(path: &Path) -> Result<(), FolderError> {
    fs::create_dir_all(path).map_err(|cause| FolderError::System { path: path.to_path_buf(), cause })
}

/// Writes a whole file of a folder: under a temporary name first, so that it is there entirely or not at all. The folder
/// may come from anywhere: no link in it leads to another file.
///
/// # Errors
/// What the system refused.
pub fn write_whole(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> Result<(), FolderError> {
    let path = folder.join(name);
    let temporary = folder.join(format!(".{name}.new"));
    let write = || {
        // What an interrupted write has left behind, or a link.
        match fs::remove_file(&temporary) {
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => return Err(cause),
            _ => {}
        }
        let mut file = fs::File::create_new(&temporary)?;
        file.write_all(content.as_ref())?;
        file.sync_all()?;
        fs::rename(&temporary, &path)?;
        fs::File::open(folder)?.sync_all()
    };
    write().map_err(|cause| FolderError::System { path: path.clone(), cause })
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

    #[test]
    fn a_link_in_a_folder_leads_to_no_other_file() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("other");
        fs::write(&other, "precious").unwrap();
        for name in ["file", ".file.new"] {
            std::os::unix::fs::symlink(&other, folder.path().join(name)).unwrap();
        }
        write_whole(folder.path(), "file", "new").unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "precious");
        assert_eq!(fs::read_to_string(folder.path().join("file")).unwrap(), "new");
    }
}
