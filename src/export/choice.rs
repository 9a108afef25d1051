//! Which architecture of a run is meant, and its trained model.

use std::fs;
use std::path::{Path, PathBuf};

use super::ExportError;
use crate::clean::clean;
use crate::engine::Dashboard;
use crate::model::Model;
use crate::space::{Architecture, Outline, genotype};

/// The folder of a run's trained models, each in a folder of its own.
const MODELS: &str = "models";
/// A trained model's file in there.
const FILE: &str = "model.safetensors";

/// Which architecture is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The mode of a distribution, counted from 0 as on the screen.
    Distribution(usize),
    /// One of the front, the cheapest of which is 0.
    Front(usize),
    /// The genotype in a file.
    File(PathBuf),
    /// That of a trained model.
    Model(String),
}

impl Choice {
    /// What it is called in names of files and of models: `distribution-2`.
    pub fn name(&self) -> String {
        match self {
            Self::Distribution(index) => format!("distribution-{index}"),
            Self::Front(index) => format!("front-{index}"),
            Self::File(path) => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            Self::Model(name) => name.clone(),
        }
    }

    /// The same in words: `distribution 2`.
    pub fn words(&self) -> String {
        match self {
            Self::Distribution(index) => format!("distribution {index}"),
            Self::Front(index) => format!("front {index}"),
            _ => clean(&self.name()),
        }
    }

    /// The arguments that say it.
    fn arguments(&self) -> String {
        match self {
            Self::Distribution(index) => format!("--distribution {index}"),
            Self::Front(index) => format!("--front {index}"),
            Self::File(path) => format!("--architecture {}", path.display()),
            Self::Model(name) => format!("--model {name}"),
        }
    }
}

/// The names of a run's trained models, sorted.
pub fn trained(run: &Path) -> Vec<String> {
    let entries = fs::read_dir(run.join(MODELS)).into_iter().flatten().flatten();
    let trained = entries.filter(|entry| entry.path().join(FILE).is_file());
    let mut names: Vec<String> = trained.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// The architecture that is meant, and the outline of its space.
pub(super) fn architecture(
    run: &Path,
    dashboard: &Dashboard,
    choice: &Choice,
) -> Result<(Outline, Architecture), ExportError> {
    let known = || dashboard.started.as_ref().map(|started| &started.outline).ok_or(ExportError::NotStarted);
    match choice {
        Choice::Distribution(index) => match dashboard.distributions.get(*index) {
            Some(view) => Ok((known()?.clone(), view.report.mode.clone())),
            None => Err(absent("distribution", *index, dashboard.distributions.len())),
        },
        Choice::Front(index) => match dashboard.front.get(*index) {
            Some(found) => Ok((known()?.clone(), found.architecture.clone())),
            None => Err(absent("architecture of the front", *index, dashboard.front.len())),
        },
        Choice::File(path) => {
            let outline = known()?;
            let text = fs::read_to_string(path);
            let text = text.map_err(|cause| ExportError::Unreadable { path: path.clone(), cause })?;
            let read = genotype::read(outline, &text);
            Ok((outline.clone(), read.map_err(|cause| ExportError::Genotype { path: path.clone(), cause })?))
        }
        Choice::Model(name) => {
            let model = read(run, name)?;
            let header = model.header();
            Ok((header.plan.space().outline(), header.architecture.clone()))
        }
    }
}

/// The trained model of what is meant, and its name.
pub(super) fn model(run: &Path, dashboard: &Dashboard, choice: &Choice) -> Result<(String, Model), ExportError> {
    let trained = trained(run);
    let name = choice.name();
    if let Choice::Model(_) = choice {
        return Ok((name.clone(), read(run, &name)?));
    }
    let (_, wanted) = architecture(run, dashboard, choice)?;
    if !matches!(choice, Choice::File(_)) && trained.contains(&name) {
        return Ok((name.clone(), read(run, &name)?));
    }
    // Another name for the same network: a genotype has none of its own.
    for name in trained {
        let model = read(run, &name)?;
        if model.header().architecture == wanted {
            return Ok((name, model));
        }
    }
    Err(ExportError::Untrained {
        what: choice.words(),
        command: format!("isthmus train {} {}", run.display(), choice.arguments()),
    })
}

fn read(run: &Path, name: &str) -> Result<Model, ExportError> {
    let trained = trained(run);
    if !trained.iter().any(|known| known == name) {
        let known = if trained.is_empty() { "none".into() } else { clean(&trained.join(", ")) };
        return Err(ExportError::NoModel { name: clean(name), folder: run.join(MODELS), known });
    }
    let path = run.join(MODELS).join(name).join(FILE);
    let bytes = fs::read(&path).map_err(|cause| ExportError::Unreadable { path: path.clone(), cause })?;
    Model::from_bytes(&bytes).map_err(|cause| ExportError::Model { path, cause })
}

/// One that is not there.
fn absent(what: &'static str, asked: usize, count: usize) -> ExportError {
    ExportError::Absent { what, asked, count }
}
