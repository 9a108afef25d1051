//! An export as a whole: from a run's folder to files.

use std::path::{Path, PathBuf};

use super::choice::{self, Choice};
use super::write::{Drafts, WriteError};
use super::{TableFormat, dot, onnx, pytorch, svg, tables, tensorboard, trained};
use crate::engine::Dashboard;
use crate::model::{Model, ModelError};
use crate::run::{Database, DatabaseError};
use crate::space::genotype::{self, GenotypeError};

/// What an export becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An architecture in words.
    Genotype,
    /// The cells for Graphviz.
    Dot,
    /// The cells as a picture.
    Svg,
    /// A trained model as a module of PyTorch.
    PyTorch,
    /// A trained model for ONNX Runtime.
    Onnx,
    /// A trained model for libtorch, without code.
    TorchScript,
    /// The run's history as tables.
    Tables(TableFormat),
    /// The run's history for TensorBoard.
    TensorBoard,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// What it becomes.
    pub format: Format,
    /// Which architecture; tables are of all.
    pub choice: Option<Choice>,
    /// Where to: a file, `-` for standard output, or a folder.
    pub out: Option<PathBuf>,
    /// Whether it replaces what is there.
    pub replace: bool,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Exported {
    /// Files that were written, and what a person should know of them.
    Files(Vec<PathBuf>, Vec<String>),
    /// A text for standard output.
    Text(String),
}

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The run's database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A file that was to be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A model that cannot be used.
    #[error("{}: {cause}", path.display())]
    Model {
        /// Its file.
        path: PathBuf,
        /// Why.
        cause: ModelError,
    },
    /// A genotype that cannot be used.
    #[error("{}: {cause}", path.display())]
    Genotype {
        /// Its file.
        path: PathBuf,
        /// Why.
        cause: GenotypeError,
    },
    /// A file that cannot be read.
    #[error("{}: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A search that has not begun.
    #[error("the run has not begun: its database does not say what is searched")]
    NotStarted,
    /// No architecture is meant.
    #[error("which architecture? Say --distribution K{}, --front I{}, --architecture FILE or --model NAME{}", upto(*.distributions), upto(*.front), listed(.trained))]
    Unsaid {
        /// How many distributions there are.
        distributions: usize,
        /// How many architectures the front has.
        front: usize,
        /// The names of trained models.
        trained: Vec<String>,
    },
    /// A number beyond those that there are.
    #[error("there is no {what} {asked}: there {}", counted(*.count))]
    Absent {
        /// Of what.
        what: &'static str,
        /// Which was asked for.
        asked: usize,
        /// How many there are.
        count: usize,
    },
    /// A model that nobody has trained yet.
    #[error(
        "{what} has not been trained yet, and weights that all architectures share are no model: first run `{command}`"
    )]
    Untrained {
        /// What was asked for.
        what: String,
        /// What trains it.
        command: String,
    },
    /// A model by a name that none has.
    #[error("no trained model is called `{name}` in {}; there {}: {known}", folder.display(), if known.contains(',') { "are" } else { "is" })]
    NoModel {
        /// The name.
        name: String,
        /// Where models are.
        folder: PathBuf,
        /// The names there are.
        known: String,
    },
    /// A network that cannot be traced.
    #[cfg(feature = "torch")]
    #[error("{}: {cause}", path.display())]
    Trace {
        /// The file that was to be written.
        path: PathBuf,
        /// Why.
        cause: super::TraceError,
    },
    /// A program that has no tensor library to trace with.
    #[cfg(not(feature = "torch"))]
    #[error(
        "this program was built without libtorch and cannot trace a network: build it with its default features, or take \
         --to pytorch or --to onnx, which need none"
    )]
    NoTensors,
    /// Nothing to draw.
    #[error("architectures of this space have no cells or stages to draw; --to genotype writes their decisions")]
    NoCells,
    /// More than one text, or none at all, for standard output.
    #[error("--out -: only a genotype, dot and svg can go to standard output")]
    NoText,
    /// An architecture where it is a whole run that is exported.
    #[error(
        "a history is that of the whole run, not of one architecture: leave --distribution, --front, --architecture and --model out"
    )]
    Whole,
    /// A module that Python could not import.
    #[error("--out {}: PyTorch imports modules whose names are letters, digits and _, and begin with no digit", .0.display())]
    NoModule(PathBuf),
}

fn upto(count: usize) -> String {
    count.checked_sub(1).map_or_else(|| " (there is none)".into(), |last| format!(" (0 to {last})"))
}

fn counted(count: usize) -> String {
    match count {
        0 => "is none".into(),
        1 => "is only 0".into(),
        _ => format!("are 0 to {}", count - 1),
    }
}

fn listed(trained: &[String]) -> String {
    if trained.is_empty() { String::new() } else { format!(" ({})", crate::clean::clean(&trained.join(", "))) }
}

/// Exports something of the run in a folder.
///
/// # Errors
/// What is missing or not allowed, by name. Then no file has been written.
pub fn export(run: &Path, request: &Request) -> Result<Exported, ExportError> {
    let out = request.out.as_deref();
    let mut drafts = Drafts::new(request.replace);
    let name = name_of(run);
    match request.format {
        Format::Tables(_) | Format::TensorBoard if request.choice.is_some() => return Err(ExportError::Whole),
        Format::Tables(_) | Format::TensorBoard if out == Some(Path::new("-")) => return Err(ExportError::NoText),
        Format::Tables(format) => {
            tables(&Database::open(run)?, format, out.unwrap_or(Path::new("")), &name, &mut drafts)?;
        }
        Format::TensorBoard => {
            let folder = out.map_or_else(|| PathBuf::from(format!("{name}-tensorboard")), Path::to_owned);
            tensorboard(&Database::open(run)?, &folder, &mut drafts)?;
        }
        Format::Genotype | Format::Dot | Format::Svg => return drawing(run, &name, request, drafts),
        Format::PyTorch | Format::Onnx | Format::TorchScript => return exported_model(run, &name, request, drafts),
    }
    Ok(Exported::Files(drafts.keep()?, Vec::new()))
}

/// A genotype or a drawing, which need no trained model.
fn drawing(run: &Path, name: &str, request: &Request, mut drafts: Drafts) -> Result<Exported, ExportError> {
    let dashboard = dashboard(run, request.choice.as_ref())?;
    let choice = match &request.choice {
        Some(choice) => choice.clone(),
        None if dashboard.distributions.len() == 1 => Choice::Distribution(0),
        None => return Err(unsaid(run, &dashboard)),
    };
    let (outline, architecture) = choice::architecture(run, &dashboard, &choice)?;
    let title = format!("{}, {}", crate::clean::clean(name), choice.words());
    let (text, extension) = match request.format {
        Format::Dot => (dot(&outline, &architecture, &title), "dot"),
        Format::Svg => (svg(&outline, &architecture, &title), "svg"),
        _ => (genotype::write(&outline, &architecture).map(|text| text + "\n"), "json"),
    };
    let text = text.ok_or(ExportError::NoCells)?;
    if request.out.as_deref() == Some(Path::new("-")) {
        return Ok(Exported::Text(text));
    }
    let path = placed(request.out.as_deref(), &format!("{name}-{}.{extension}", choice.name()));
    drafts.write(&path, text.as_bytes())?;
    Ok(Exported::Files(drafts.keep()?, Vec::new()))
}

/// A trained model.
fn exported_model(run: &Path, name: &str, request: &Request, mut drafts: Drafts) -> Result<Exported, ExportError> {
    if request.out.as_deref() == Some(Path::new("-")) {
        return Err(ExportError::NoText);
    }
    let dashboard = dashboard(run, request.choice.as_ref())?;
    let choice = match (&request.choice, &trained(run)[..]) {
        (Some(choice), _) => choice.clone(),
        (None, [single]) => Choice::Model(single.clone()),
        (None, _) => return Err(unsaid(run, &dashboard)),
    };
    let (model_name, model) = choice::model(run, &dashboard, &choice)?;
    let base = format!("{name}-{}", choice.name());
    let out = request.out.as_deref();
    match request.format {
        Format::PyTorch => {
            let path = placed(out, &format!("{}.py", module(&base)));
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if module(&stem) != stem || path.extension().is_none_or(|extension| extension != "py") {
                return Err(ExportError::NoModule(path));
            }
            let exported = pytorch(&model, &stem).map_err(|cause| ExportError::Model { path: path.clone(), cause })?;
            drafts.write(&path, exported.code.as_bytes())?;
            drafts.write(&path.with_extension("safetensors"), &exported.weights)?;
        }
        Format::TorchScript => trace(&model, &placed(out, &format!("{base}.pt")), &mut drafts)?,
        _ => drafts.write(&placed(out, &format!("{base}.onnx")), &onnx(&model))?,
    }
    Ok(Exported::Files(drafts.keep()?, notes(run, &dashboard, &choice, &model_name, &model)))
}

/// Writes the trace of a model.
#[cfg(feature = "torch")]
fn trace(model: &Model, path: &Path, drafts: &mut Drafts) -> Result<(), ExportError> {
    let temporary = drafts.reserve(path)?;
    super::torchscript(model, &temporary).map_err(|cause| ExportError::Trace { path: path.to_owned(), cause })
}

#[cfg(not(feature = "torch"))]
fn trace(_: &Model, _: &Path, _: &mut Drafts) -> Result<(), ExportError> {
    Err(ExportError::NoTensors)
}

/// Where a model is not quite what was asked for.
fn notes(run: &Path, dashboard: &Dashboard, choice: &Choice, name: &str, model: &Model) -> Vec<String> {
    match choice::architecture(run, dashboard, choice) {
        Ok((_, now)) if now != model.header().architecture => {
            vec![format!(
                "{} has another architecture by now than the model {name}, which was trained before",
                choice.words()
            )]
        }
        _ => Vec::new(),
    }
}

/// What the run has found; of a trained model nothing needs to be known.
fn dashboard(run: &Path, choice: Option<&Choice>) -> Result<Dashboard, ExportError> {
    match choice {
        Some(Choice::Model(_)) => Ok(Dashboard::default()),
        _ => Ok(Database::open(run)?.dashboard_at(u64::MAX)?),
    }
}

fn unsaid(run: &Path, dashboard: &Dashboard) -> ExportError {
    let (distributions, front) = (dashboard.distributions.len(), dashboard.front.len());
    ExportError::Unsaid { distributions, front, trained: trained(run) }
}

/// The name of a run: that of its folder, also where that is `.`.
pub(crate) fn name_of(run: &Path) -> String {
    let whole = run.canonicalize().unwrap_or_else(|_| run.to_owned());
    whole.file_name().unwrap_or(whole.as_os_str()).to_string_lossy().into_owned()
}

/// The file that was asked for, one of the usual name in a folder that was asked for, or here.
pub(crate) fn placed(out: Option<&Path>, usual: &str) -> PathBuf {
    match out {
        Some(folder) if folder.is_dir() => folder.join(usual),
        Some(file) => file.to_owned(),
        None => usual.into(),
    }
}

/// A name that a module of Python can have.
fn module(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if plain.starts_with(|c: char| c.is_ascii_digit()) { format!("run_{plain}") } else { plain }
}
