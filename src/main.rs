//! The command line.

mod cli;

use std::fmt::Write as _;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::sync::Mutex;

use clap::{CommandFactory as _, Parser as _};
use color_eyre::eyre::{Report, Result, bail};
use isthmus::config::{self, ConfigError, Settings};
use isthmus::engine::{self, Engine, ResumePoint, Viewer};
use isthmus::headless;
use isthmus::process::{quit, say};
use isthmus::run::resume::{self, Resume, ResumeError};
use isthmus::run::{Recorder, Results, RunFolder};
use isthmus::tui::{Leave, Options, Screen};

use cli::{Cli, Command, ConfigCommand, Output, RunOptions, source};

/// The exit code of what went wrong on the way.
const FAILURE: u8 = 1;
/// The exit code of usage errors, clap's as ours.
const USAGE: u8 = 2;

fn main() {
    let result = match Cli::parse().chosen() {
        Command::Run(run) => config::load(&run.source(), &run.options.sets())
            .map_err(Report::from)
            .and_then(|settings| run_search(settings, &run.options)),
        Command::Resume(resume) => resume_search(&resume),
        Command::Config { command } => config_command(command).and_then(|text| print(text.as_bytes())),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "isthmus", &mut script);
            print(&script)
        }
    };
    quit(match result {
        Ok(()) => 0,
        Err(report) => match report.downcast_ref::<ConfigError>() {
            Some(error) => {
                say(error);
                USAGE
            }
            None => {
                say(format_args!("{report:#}"));
                FAILURE
            }
        },
    })
}

/// Runs a search, on a screen where there is one, and says what it found.
fn run_search(settings: Settings, options: &RunOptions) -> Result<()> {
    let folder = RunFolder::create(options.run_dir.as_deref(), &settings.name)?;
    folder.write("config.toml", &settings.to_toml()?)?;
    search(&folder, settings, None, &options.output)
}

/// Goes on with a search, where it is not at its end.
fn resume_search(asked: &cli::Resume) -> Result<()> {
    let folder = RunFolder::open(&asked.run)?;
    match resume::plan(&folder, &asked.sets.sets) {
        Ok(Resume::Finished(results)) => {
            let done = results.iterations;
            say(format_args!(
                "{} has finished: for more than its {done} iterations, add --set search.iterations=N",
                folder.name()
            ));
            print(text(&results, &asked.output).as_bytes())
        }
        Ok(Resume::From(settings, point)) => search(&folder, *settings, Some(*point), &asked.output),
        Err(ResumeError::Config(error)) => Err(error.into()),
        Err(error) => Err(error.into()),
    }
}

fn search(folder: &RunFolder, settings: Settings, resume: Option<ResumePoint>, output: &Output) -> Result<()> {
    log_to(folder)?;
    let terminals = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let trouble = if output.headless() || !terminals {
        let (engine, viewer) = start(folder, settings, resume)?;
        let trouble = headless::follow(viewer, engine.commands())?;
        report(engine, output)?.or(trouble)
    } else {
        on_screen(folder, settings, resume, output)?
    };
    say(format_args!("\nKept in {}", folder.path().display()));
    trouble.map_or(Ok(()), |reason| bail!("{reason}"))
}

/// The first frame comes before the search, which takes a moment to wake libtorch.
fn on_screen(
    folder: &RunFolder,
    settings: Settings,
    resume: Option<ResumePoint>,
    output: &Output,
) -> Result<Option<String>> {
    let screen = Screen::open(Options::from_environment(folder.name()))?;
    let (engine, viewer) = start(folder, settings, resume)?;
    let commands = engine.commands();
    let leave = screen.run(viewer, commands.clone())?.leave;
    match leave {
        Leave::Abandoned => {
            let kept = folder.path().display();
            say(format_args!("Left before the modes were scored; the samples are kept in {kept}"));
            quit(0)
        }
        Leave::Signal(signal) => {
            headless::stop_on_signals(commands.clone())?;
            // A search that is gone already needs no order to stop.
            let _ = commands.send(engine::Command::Stop);
            let unrecorded = report(engine, output)?;
            Ok(unrecorded.or(Some(format!("stopped by signal {signal}"))))
        }
        Leave::Ended | Leave::Stopped | Leave::Disconnected => report(engine, output),
    }
}

fn start(folder: &RunFolder, settings: Settings, resume: Option<ResumePoint>) -> Result<(Engine, Viewer)> {
    let recorder = Recorder::start(folder.clone(), settings.engine.checkpoints_kept)?;
    Ok(Engine::start(folder.name(), settings, recorder, resume)?)
}

/// Prints what a search found; gives back what of it could not be written.
fn report(engine: Engine, output: &Output) -> Result<Option<String>> {
    let ended = engine.join().map_err(Report::msg)?;
    print(text(&ended.results, output).as_bytes())?;
    Ok(ended.unrecorded)
}

fn text(results: &Results, output: &Output) -> String {
    if output.json { results.to_json() } else { results.summary() }
}

/// What the program has to say to those who look for a cause goes to the run's `log.txt`, never to the screen.
fn log_to(folder: &RunFolder) -> Result<()> {
    let file = Mutex::new(folder.append("log.txt")?);
    tracing_subscriber::fmt().with_writer(file).with_ansi(false).try_init().map_err(Report::msg)
}

fn config_command(command: ConfigCommand) -> Result<String> {
    match command {
        ConfigCommand::List => {
            let presets = config::presets();
            let width = presets.iter().map(|preset| preset.name.len()).max().unwrap_or(0);
            let mut list = String::new();
            for preset in presets {
                writeln!(list, "{:width$}  {}", preset.name, preset.description)?;
            }
            Ok(list)
        }
        ConfigCommand::Show { config, sets } => Ok(config::load(&source(config.as_ref()), &sets.sets)?.to_toml()?),
        ConfigCommand::Check { config, sets } => {
            let source = source(Some(&config));
            let settings = config::load(&source, &sets.sets)?;
            Ok(format!("ok: {source}: {}\n", settings.summary()))
        }
    }
}

/// Writes to stdout; a reader that has seen enough (`| head`) is no failure.
fn print(text: &[u8]) -> Result<()> {
    match std::io::stdout().write_all(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
