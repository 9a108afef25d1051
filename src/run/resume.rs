//! From the folder of a run to the point where it goes on, and whether it may go on with changed settings.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;

use serde::Deserialize;
use toml::{Table, Value};

use super::{Checkpoint, FolderError, Results, RunFolder, newest, recorded};
use crate::config::{self, ConfigError, Settings, Source, SpaceSettings};
use crate::engine::{Dashboard, ResumePoint};

/// Files above this size are no results.
const LARGEST_RESULTS: u64 = 1 << 26;
/// A line of a sample has at most so many bytes.
const LONGEST_LINE: u64 = 1 << 20;

/// Why a run does not go on.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// Its settings, or those asked for.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its files.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Settings that cannot be written down.
    #[error("{0}")]
    Toml(#[from] toml::ser::Error),
    /// A setting that cannot change within a run.
    #[error(
        "{key} cannot change from {before} to {after} within a run: {reason}. For a new run: isthmus run {folder}/config.toml \
         --set {key}={after}"
    )]
    Refused {
        /// The setting.
        key: String,
        /// What it is in this run.
        before: String,
        /// What was asked for.
        after: String,
        /// Why it cannot change.
        reason: &'static str,
        /// The run.
        folder: String,
    },
    /// Fewer iterations than are done.
    #[error("search.iterations cannot become {asked}: {done} are done")]
    Done {
        /// What was asked for.
        asked: u64,
        /// How many are done.
        done: u64,
    },
}

/// What is to be done with a run.
#[derive(Debug)]
pub enum Resume {
    /// Nothing: these are its results.
    Finished(Box<Results>),
    /// It goes on with these settings.
    From(Box<Settings>, Box<ResumePoint>),
}

/// Looks at a run that is to go on with some settings replaced. Nothing is changed on disk.
///
/// # Errors
/// Files that cannot be read, settings that are wrong or cannot change.
pub fn plan(folder: &RunFolder, sets: &[String]) -> Result<Resume, ResumeError> {
    let source = Source::File(folder.path().join("config.toml"));
    let mut settings = config::load(&source, sets)?;
    let found = newest(folder.path())?;
    let before = match &found.checkpoint {
        Some(checkpoint) => config::parse("the checkpoint's settings", &checkpoint.settings, &[])?,
        None => config::load(&source, &[])?,
    };
    let done = found.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.iteration);
    let mut notes: Vec<String> = found
        .skipped
        .iter()
        .map(|skipped| format!("{} cannot be used: {}", skipped.path.display(), skipped.why))
        .collect();
    for key in changed(&before, &settings)? {
        notes.extend(allow(&key, &before, &settings, found.checkpoint.as_ref(), folder)?);
    }
    if settings.search.iterations < done {
        return Err(ResumeError::Done { asked: settings.search.iterations, done });
    }
    if let Some(results) = results(folder)
        && results.iterations >= settings.search.iterations
    {
        return Ok(Resume::Finished(Box::new(results)));
    }
    if found.checkpoint.is_none() {
        notes.push("there is no checkpoint to go on from".into());
    }
    // Aims that are asked for become adjustments at this place; the settings keep those that the run began with.
    let key = |set: &String| set.split('=').next().unwrap_or_default().trim().to_owned();
    let asked = sets.iter().map(key).any(|key| key == "search.coefficients" || key == "search.targets");
    let new_aims = asked.then(|| settings.search.clone());
    settings.search.coefficients.clone_from(&before.search.coefficients);
    settings.search.targets.clone_from(&before.search.targets);
    let made = found.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.adjustments);
    let adjustments = recorded(folder.path())?.into_iter().skip(usize::try_from(made).unwrap_or(usize::MAX)).collect();
    let point =
        ResumePoint { checkpoint: found.checkpoint, adjustments, dashboard: Dashboard::default(), new_aims, notes };
    Ok(Resume::From(Box::new(settings), Box::new(point)))
}

/// Takes back what was written after an iteration, which a search that goes on from there writes again: samples and
/// results. People's adjustments stay.
///
/// # Errors
/// What the system refused.
pub(super) fn rewind(folder: &RunFolder, iteration: u64) -> Result<(), FolderError> {
    let samples = folder.path().join("samples.jsonl");
    cut(&samples, iteration).map_err(|cause| FolderError::System { path: samples, cause })?;
    let results = folder.path().join("results.json");
    match std::fs::remove_file(&results) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(FolderError::System { path: results, cause }),
        _ => Ok(()),
    }
}

/// Cuts a file of samples off before the first line that is of a later iteration, or no whole line.
fn cut(path: &Path, iteration: u64) -> io::Result<()> {
    #[derive(Deserialize)]
    struct Line {
        iteration: u64,
    }

    let file = match OpenOptions::new().read(true).write(true).open(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file?,
    };
    let (mut reader, mut line, mut length) = (BufReader::new(&file), Vec::new(), 0);
    loop {
        line.clear();
        // A file without lines must not fill the memory.
        let read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        let earlier = || serde_json::from_slice(&line).is_ok_and(|line: Line| line.iteration <= iteration);
        if read == 0 || !line.ends_with(b"\n") || !earlier() {
            break;
        }
        length += read as u64;
    }
    file.set_len(length)?;
    file.sync_all()
}

/// The results of a run that came to an end, where it did.
fn results(folder: &RunFolder) -> Option<Results> {
    let mut text = String::new();
    let file = File::open(folder.path().join("results.json")).ok()?;
    file.take(LARGEST_RESULTS).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// The dotted keys whose values differ.
fn changed(before: &Settings, after: &Settings) -> Result<BTreeSet<String>, ResumeError> {
    let (before, after) = (values(before)?, values(after)?);
    let keys = before.keys().chain(after.keys());
    Ok(keys.filter(|key| before.get(*key) != after.get(*key)).cloned().collect())
}

/// Every value by its dotted key.
fn values(settings: &Settings) -> Result<BTreeMap<String, Value>, ResumeError> {
    let mut values = BTreeMap::new();
    for (name, value) in Table::try_from(settings)? {
        match value {
            Value::Table(section) => {
                values.extend(section.into_iter().map(|(key, value)| (format!("{name}.{key}"), value)));
            }
            value => _ = values.insert(name, value),
        }
    }
    Ok(values)
}

/// What a person should know of a changed setting.
///
/// # Errors
/// A setting that cannot change.
fn allow(
    key: &str,
    before: &Settings,
    after: &Settings,
    checkpoint: Option<&Checkpoint>,
    folder: &RunFolder,
) -> Result<Option<String>, ResumeError> {
    let [old, new] = [before, after].map(|settings| {
        let value = values(settings).map(|mut values| values.remove(key));
        value.map(|value| value.map_or_else(|| "nothing".into(), |value| value.to_string()))
    });
    let (old, new) = (old?, new?);
    let consequence = match (key, &after.space) {
        // Said when they are applied.
        ("search.coefficients" | "search.targets", _) => return Ok(None),
        ("search.iterations", SpaceSettings::Cells(_)) => {
            let warm_up =
                checkpoint.map_or_else(String::new, |known| format!(", the warm-up stays at {}", known.warm_up));
            format!(
                "; the learning rate follows the cosine over {new} iterations from here on{warm_up}, so that this does not \
                 end as a run of {new} iterations from the start"
            )
        }
        ("engine.device", _) => "; where that is another processor, the bits are no longer those of one search".into(),
        // Whether a moved file holds the same is checked when it is read.
        ("name" | "data.path" | "space.path" | "search.iterations", _) => String::new(),
        (key, _) if key.starts_with("engine.") => String::new(),
        (key, _) => {
            let reason = match key.split('.').next() {
                Some("data") => "the weights have learned from these pictures",
                Some("space") => "what was learned is of this space",
                Some("training") => "the weights were trained with it so far",
                Some("seed") => "every random draw comes from it",
                _ => "what was learned so far depends on it",
            };
            let folder = folder.path().display().to_string();
            return Err(ResumeError::Refused { key: key.into(), before: old, after: new, reason, folder });
        }
    };
    Ok(Some(format!("{key}: {old} -> {new}{consequence}")))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn samples_are_cut_behind_an_iteration_and_a_line_that_was_being_written() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(Some(temporary.path()), "cut").unwrap();
        let path = folder.path().join("samples.jsonl");
        let (early, late) = ("{\"iteration\":2,\"loss\":1}\n{\"iteration\":2}\n", "{\"iteration\":3}\n");
        for behind in [late, "{\"iter", "{\"iteration\":2}", "\0\0\n", ""] {
            fs::write(&path, format!("{early}{behind}")).unwrap();
            folder.write("results.json", "{}").unwrap();
            rewind(&folder, 2).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), early, "{behind:?}");
            assert!(!folder.path().join("results.json").exists());
        }
        fs::write(&path, vec![b'{'; 3 << 20]).unwrap();
        rewind(&folder, 2).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"");
    }
}
