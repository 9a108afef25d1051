//! Starts trainings in processes of their own, which outlive who started them, and asks them to stop.

use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::{MODELS, list};
use crate::run::{FolderError, Output, RunFolder, make_folder, write_whole};

/// What they say is kept in this file, beside their networks.
const LOG: &str = "train.log";
/// The architecture of a network that is trained alone, in words.
const GENOTYPE: &str = "genotype.json";

/// Why none was started, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The run's folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The system refused a process.
    #[error("the training cannot be started: {0}")]
    Process(io::Error),
    /// Nobody trains the network.
    #[error("{0} is not being trained")]
    Idle(String),
    /// It is not for this machine to stop it.
    #[error("the process that trains {0} is not one of this machine: stop it there")]
    Elsewhere(String),
    /// The process does not take the signal.
    #[error("process {process} cannot be asked to stop: {cause}")]
    Signal {
        /// Which.
        process: u32,
        /// What the system said.
        cause: io::Error,
    },
}

/// A process that trains.
#[derive(Debug)]
pub struct Launched {
    child: Child,
    said: Output,
}

/// Writes down an architecture beside its network, and gives what is said to `isthmus train` to train that alone.
///
/// # Errors
/// What the system refused.
pub fn written(run: &Path, name: &str, genotype: &str) -> Result<String, FolderError> {
    let folder = run.join(MODELS).join(name);
    make_folder(&folder)?;
    write_whole(&folder, GENOTYPE, format!("{genotype}\n"))?;
    Ok(format!("--architecture={}", folder.join(GENOTYPE).display()))
}

/// Starts `isthmus train` for a run, with these arguments behind it. What it says goes to `models/train.log`.
///
/// # Errors
/// What the system refused.
pub fn launch(run: &Path, arguments: &[String]) -> Result<Launched, LaunchError> {
    let models = run.join(MODELS);
    make_folder(&models)?;
    let log = || RunFolder::open(run)?.append(&format!("{MODELS}/{LOG}"));
    let said = Output::new(models.join(LOG));
    let mut command = Command::new(std::env::current_exe().map_err(LaunchError::Process)?);
    command.args(["train", "--background"]).arg(run).args(arguments);
    command.stdin(Stdio::null()).stdout(log()?).stderr(log()?);
    Ok(Launched { child: command.spawn().map_err(LaunchError::Process)?, said })
}

impl Launched {
    /// The process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end; gives the last that it said where it has failed.
    pub fn wait(mut self) -> Option<String> {
        let status = match self.child.wait() {
            Ok(status) if status.success() => return None,
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        let last = self.said.lines().ok().and_then(|mut lines| lines.pop());
        Some(last.unwrap_or_else(|| format!("{status}, and it said nothing")))
    }
}

/// Asks the process that has a network of a run in hand to stop. It keeps the state, so that it can go on. Gives the process.
///
/// # Errors
/// No such process, or none of this machine.
pub fn stop(run: &Path, name: &str) -> Result<u32, LaunchError> {
    use crate::engine::TrainingState::{Running, Waiting};

    let known = list(run).into_iter().find(|training| training.name == name);
    let process = match known.map(|training| training.state) {
        Some(Running { process } | Waiting { process }) => {
            process.ok_or_else(|| LaunchError::Elsewhere(name.into()))?
        }
        _ => return Err(LaunchError::Idle(name.into())),
    };
    let signalled = i32::try_from(process).ok().and_then(Pid::from_raw).map(|pid| kill_process(pid, Signal::TERM));
    match signalled {
        Some(Ok(())) => Ok(process),
        Some(Err(cause)) => Err(LaunchError::Signal { process, cause: cause.into() }),
        None => Err(LaunchError::Idle(name.into())),
    }
}
