//! From the folder of a run to the point where it goes on, and whether it may go on with changed settings.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;

use toml::{Table, Value};

use serde::de::DeserializeOwned;

use super::Results;
use super::recorder::DATA;
use super::{Checkpoint, Database, DatabaseError, FolderError, RunFolder, newest};
use crate::config::{self, ConfigError, Settings, Source};
use crate::data::DataFacts;
use crate::engine::{Change, Dashboard, Event, LiveSettings, Recorded, ResumePoint};

/// Files above this size are no JSON of a run.
const LARGEST_JSON: u64 = 1 << 26;

/// Why a run does not go on.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// Its settings, or those asked for.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its files.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Its database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
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
    if let Some(results) = read::<Results>(folder, "results.json")
        && results.iterations >= settings.search.iterations
    {
        return Ok(Resume::Finished(Box::new(results)));
    }
    if found.checkpoint.is_none() {
        notes.push("there is no checkpoint to go on from".into());
    }
    // What can be changed while it runs becomes a change at this place; the settings keep what the run began with.
    let key = |set: &String| set.split('=').next().unwrap_or_default().trim().to_owned();
    let asked: BTreeSet<String> = sets.iter().map(key).chain(changed(&before, &settings)?).collect();
    let aims = sets.iter().map(key).any(|key| key == "search.coefficients" || key == "search.targets");
    let new_aims = aims.then(|| settings.search.clone());
    let new_settings = live(&settings).into_iter().filter(|(key, _)| asked.contains(*key));
    let new_settings = new_settings.map(|(_, change)| change).collect();
    settings.search.coefficients.clone_from(&before.search.coefficients);
    settings.search.targets.clone_from(&before.search.targets);
    settings.search.score_samples = before.search.score_samples;
    settings.training.learning_rate = before.training.learning_rate;
    settings.engine.validate_every = before.engine.validate_every;
    let made = found.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.adjustments);
    let made = usize::try_from(made).unwrap_or(usize::MAX);
    let (adjustments, dashboard) = match Database::open(folder.path()) {
        Ok(database) => {
            let left = database.adjustments()?.into_iter().skip(made).map(Recorded::from).collect();
            (left, seen(&database, done, made)?)
        }
        Err(DatabaseError::Missing(_)) => {
            if found.checkpoint.is_some() {
                notes.push(
                    "the run's database is gone: a new one begins here, without the changes that people made".into(),
                );
            }
            Default::default()
        }
        Err(error) => return Err(error.into()),
    };
    let checkpoint = found.checkpoint;
    let data = data(folder);
    let point = ResumePoint { checkpoint, adjustments, data, dashboard, new_aims, new_settings, notes };
    Ok(Resume::From(Box::new(settings), Box::new(point)))
}

/// What a run has kept of its data, where it has.
pub fn data(folder: &RunFolder) -> Option<DataFacts> {
    read(folder, DATA)
}

/// The settings that can also be changed while a search runs, each with its change.
fn live(settings: &Settings) -> Vec<(&'static str, Change)> {
    let LiveSettings { learning_rate, samples, validate_every } = LiveSettings::new(settings);
    let rate = learning_rate.map(|rate| ("training.learning_rate", Change::LearningRate { rate }));
    let others = [
        ("search.score_samples", Change::Samples { each: samples }),
        ("engine.validate_every", Change::ValidateEvery { iterations: validate_every }),
    ];
    rate.into_iter().chain(others).collect()
}

/// What a viewer saw when an iteration was done and so many changes were made: those after that are made again.
fn seen(database: &Database, iteration: u64, mut changes: usize) -> Result<Dashboard, DatabaseError> {
    let mut dashboard = Dashboard::default();
    if iteration == 0 {
        return Ok(dashboard);
    }
    for event in database.events(0..=iteration)? {
        if matches!(event, Event::Adjusted { .. }) {
            if changes == 0 {
                continue;
            }
            changes -= 1;
        }
        // What came between this iteration and the next is done again too, and an end is none any more.
        let again = matches!(event, Event::State { .. } | Event::Finished(_) | Event::Failed { .. });
        if dashboard.iteration == iteration && again {
            continue;
        }
        dashboard.apply(&event);
    }
    Ok(dashboard)
}

/// What a JSON file of a run says, where it is there and whole: its results once it came to an end, what its data are.
fn read<T: DeserializeOwned>(folder: &RunFolder, name: &str) -> Option<T> {
    let mut text = String::new();
    let file = File::open(folder.path().join(name)).ok()?;
    file.take(LARGEST_JSON).read_to_string(&mut text).ok()?;
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
    let consequence = match (key, after.space.has_networks()) {
        // Said when they are applied.
        ("search.coefficients" | "search.targets" | "search.score_samples" | "engine.validate_every", _)
        | ("training.learning_rate", true) => return Ok(None),
        ("search.iterations", true) => {
            let warm_up =
                checkpoint.map_or_else(String::new, |known| format!(", the warm-up stays at {}", known.warm_up));
            format!(
                "; the learning rate follows the cosine over {new} iterations from here on{warm_up}, so that this does not \
                 end as a run of {new} iterations from the start"
            )
        }
        // A batch that does not fit in memory must not be the end of a run.
        ("training.batch", true) => {
            format!(
                "; pictures come in other batches from here on, at the same learning rate, so that this does not end as a \
                 run with {new} from the start"
            )
        }
        ("engine.device", _) => "; where that is another processor, the bits are no longer those of one search".into(),
        // Whether a moved file holds the same is checked when it is read.
        ("name" | "data.path" | "data.cache_mb" | "space.path" | "search.iterations" | "training.batch", _) => {
            String::new()
        }
        (key, _) if key.starts_with("engine.") || key.starts_with("retraining.") => String::new(),
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
