//! The command line.

mod cli;

use std::fmt::Write as _;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Mutex;

use clap::{CommandFactory as _, Parser as _};
use color_eyre::eyre::{Report, Result, bail};
use isthmus::config::{self, ConfigError, Settings};
use isthmus::engine::{self, Engine, Viewer};
use isthmus::headless;
use isthmus::process::{quit, say};
use isthmus::run::{self, Database, Lock, Recorder, RunFolder, Shown};
use isthmus::tui::{Leave, Options, Screen};

use cli::{Cli, Command, ConfigCommand, RUNS, RunOptions, source};

/// The exit code of what went wrong on the way.
const FAILURE: u8 = 1;
/// The exit code of usage errors, clap's as ours.
const USAGE: u8 = 2;

fn main() {
    let result = match Cli::parse().chosen() {
        Command::Run(run) => config::load(&run.source(), &run.options.sets())
            .map_err(Report::from)
            .and_then(|settings| run_search(settings, &run.options)),
        Command::Runs { folder, json } => list_runs(&folder, json),
        Command::Show { run, json } => show_run(run.as_deref(), json),
        Command::Replay { run, at, speed } => replay(run.as_deref(), at, speed),
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
    let _lock = Lock::acquire(folder.path())?;
    folder.write("config.toml", &settings.to_toml()?)?;
    log_to(&folder)?;
    let terminals = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let trouble = if options.headless() || !terminals {
        let (engine, viewer) = start(&folder, settings)?;
        let trouble = headless::follow(viewer, engine.commands())?;
        report(engine, options)?.or(trouble)
    } else {
        on_screen(&folder, settings, options)?
    };
    say(format_args!("\nKept in {}", folder.path().display()));
    trouble.map_or(Ok(()), |reason| bail!("{reason}"))
}

/// The first frame comes before the search, which takes a moment to wake libtorch.
fn on_screen(folder: &RunFolder, settings: Settings, options: &RunOptions) -> Result<Option<String>> {
    let screen = Screen::open(Options::from_environment(folder.name()))?;
    let (engine, viewer) = start(folder, settings)?;
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
            let unrecorded = report(engine, options)?;
            Ok(unrecorded.or(Some(format!("stopped by signal {signal}"))))
        }
        Leave::Ended | Leave::Stopped | Leave::Disconnected => report(engine, options),
    }
}

fn start(folder: &RunFolder, settings: Settings) -> Result<(Engine, Viewer)> {
    let recorder = Recorder::start(folder.clone(), &settings)?;
    Ok(Engine::start(folder.name(), settings, recorder)?)
}

/// Prints what a search found; gives back what of it could not be written.
fn report(engine: Engine, options: &RunOptions) -> Result<Option<String>> {
    let ended = engine.join().map_err(Report::msg)?;
    let text = if options.json { ended.results.to_json() } else { ended.results.summary() };
    print(text.as_bytes())?;
    Ok(ended.unrecorded)
}

/// What the program has to say to those who look for a cause goes to the run's `log.txt`, never to the screen.
fn log_to(folder: &RunFolder) -> Result<()> {
    let file = Mutex::new(folder.append("log.txt")?);
    tracing_subscriber::fmt().with_writer(file).with_ansi(false).try_init().map_err(Report::msg)
}

fn list_runs(folder: &Path, json: bool) -> Result<()> {
    let runs = run::list(folder)?;
    let text = match json {
        true => serde_json::to_string_pretty(&runs)? + "\n",
        false if runs.is_empty() => format!("There are no runs in {}\n", folder.display()),
        false => run::table(&runs),
    };
    print(text.as_bytes())
}

fn show_run(asked: Option<&Path>, json: bool) -> Result<()> {
    let path = run::find(Path::new(RUNS), asked)?;
    let listed = run::look(&path);
    let dashboard = Database::open(&path)?.dashboard_at(u64::MAX)?;
    let shown = Shown::new(listed.name, listed.status, &dashboard);
    let text = if json { serde_json::to_string_pretty(&shown)? + "\n" } else { shown.text() };
    print(text.as_bytes())
}

fn replay(asked: Option<&Path>, at: u64, speed: f64) -> Result<()> {
    let path = run::find(Path::new(RUNS), asked)?;
    let database = Database::open(&path)?;
    if !std::io::stdin().is_terminal() {
        bail!("a replay needs a terminal; `isthmus show` prints what the run has found");
    }
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let screen = Screen::open(Options::from_environment(name))?;
    let (viewer, player) = run::play(database, at, speed)?;
    match screen.replay(viewer, player, speed)?.leave {
        Leave::Signal(signal) => bail!("ended by signal {signal}"),
        _ => Ok(()),
    }
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
