//! From what a person calls a run to its folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{RunFolder, holder};
use crate::nearest::nearest;

/// The folder that runs are kept in where nothing else is said.
pub const RUNS: &str = "runs";

/// Why there is no such run.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// No run of this name.
    #[error("there is no run {asked:?}{}", near(.nearest))]
    Unknown {
        /// What was asked for.
        asked: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// A beginning that several runs share.
    #[error("{asked:?} may be any of {}", found.join(", "))]
    Ambiguous {
        /// What was asked for.
        asked: String,
        /// The runs.
        found: Vec<String>,
    },
    /// Nothing to choose from.
    #[error("there is no run in {}", .0.display())]
    None(PathBuf),
    /// Nothing runs.
    #[error("no search is running in {}", .0.display())]
    NoneRunning(PathBuf),
}

fn near(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|nearest| format!(" (nearest: {nearest})")).unwrap_or_default()
}

/// The runs in a folder, the last changed first.
pub fn runs(base: &Path) -> Vec<RunFolder> {
    let entries = fs::read_dir(base).into_iter().flatten().flatten();
    let mut runs: Vec<(SystemTime, RunFolder)> = entries
        .filter_map(|entry| {
            let folder = RunFolder::open(&entry.path()).ok()?;
            let changed = fs::metadata(entry.path()).and_then(|metadata| metadata.modified());
            Some((changed.unwrap_or(SystemTime::UNIX_EPOCH), folder))
        })
        .collect();
    runs.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| b.1.name().cmp(&a.1.name())));
    runs.into_iter().map(|(_, folder)| folder).collect()
}

/// The run that a person means: a folder, a name, or the beginning of one; without any, the last changed.
///
/// # Errors
/// No such run, or several.
pub fn find(asked: Option<&Path>, base: &Path) -> Result<RunFolder, FindError> {
    let Some(asked) = asked else {
        return runs(base).into_iter().next().ok_or_else(|| FindError::None(base.to_path_buf()));
    };
    if let Ok(folder) = RunFolder::open(asked) {
        return Ok(folder);
    }
    let name = asked.to_string_lossy().into_owned();
    let known = runs(base);
    if let Some(folder) = known.iter().find(|folder| folder.name() == name) {
        return Ok(folder.clone());
    }
    let begun: Vec<&RunFolder> = known.iter().filter(|folder| folder.name().starts_with(&name)).collect();
    match begun[..] {
        [folder] => Ok(folder.clone()),
        [] => {
            let names: Vec<String> = known.iter().map(RunFolder::name).collect();
            let nearest = nearest(&name, names.iter().map(String::as_str)).map(str::to_owned);
            Err(FindError::Unknown { asked: name, nearest })
        }
        _ => Err(FindError::Ambiguous { asked: name, found: begun.iter().map(|folder| folder.name()).collect() }),
    }
}

/// The runs that somebody is working on, the last changed first.
pub fn running(base: &Path) -> Vec<RunFolder> {
    runs(base).into_iter().filter(|folder| holder(folder.path()).is_some()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Lock;

    fn base(names: &[&str]) -> tempfile::TempDir {
        let base = tempfile::tempdir().unwrap();
        for name in names {
            fs::create_dir(base.path().join(name)).unwrap();
            fs::write(base.path().join(name).join("config.toml"), "").unwrap();
        }
        base
    }

    #[test]
    fn a_run_is_found_by_folder_name_or_beginning() {
        let base = base(&["2026-01-01-digits-00ff", "2026-01-02-digits-aaaa", "other"]);
        let found = |asked: &str| find(Some(Path::new(asked)), base.path()).map(|folder| folder.name());
        assert_eq!(found("other").unwrap(), "other");
        assert_eq!(found("2026-01-02").unwrap(), "2026-01-02-digits-aaaa");
        assert_eq!(found(base.path().join("other").to_str().unwrap()).unwrap(), "other");
        assert!(found("2026").unwrap_err().to_string().contains("may be any of 2026-01-0"));
        assert_eq!(found("othre").unwrap_err().to_string(), "there is no run \"othre\" (nearest: other)");
        let none = find(None, &base.path().join("no")).unwrap_err();
        assert!(none.to_string().starts_with("there is no run in "), "{none}");
    }

    #[test]
    fn what_runs_is_what_is_locked() {
        let base = base(&["a", "b"]);
        fs::create_dir(base.path().join("no run")).unwrap();
        assert_eq!(runs(base.path()).len(), 2);
        let _lock = Lock::acquire(&base.path().join("b")).unwrap();
        let running: Vec<String> = running(base.path()).iter().map(RunFolder::name).collect();
        assert_eq!(running, ["b"]);
    }
}
