//! The command line.

mod cli;
#[cfg(feature = "torch")]
mod rank_check;
mod session;
#[cfg(feature = "torch")]
mod training;

use std::fmt::Write as _;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::path::Path;

use clap::{CommandFactory as _, Parser as _};
use color_eyre::eyre::{Report, Result, WrapErr as _, bail};
use isthmus::attach::Mode;
use isthmus::compare::{CompareError, compare};
use isthmus::config::{self, ConfigError, Settings};
use isthmus::engine::Event;
use isthmus::export::{Exported, export};
use isthmus::process::{quit, say};
use isthmus::report::report;
use isthmus::run::{self, Database, RunFolder, Shown, dated};
use isthmus::train;
use isthmus::tui::{self, Leave, Options, Screen};

use cli::{Cli, Command, Compare, ConfigCommand, Export, Looks, RUNS, Resume, RunOptions, Snapshot, source};

/// The exit code of what went wrong on the way.
const FAILURE: u8 = 1;
/// The exit code of usage errors, clap's as ours.
const USAGE: u8 = 2;

fn main() {
    let result = match Cli::parse().chosen() {
        Command::Run(run) => config::load(&run.source(), &run.options.sets())
            .map_err(Report::from)
            .and_then(|settings| run_search(settings, &run.options)),
        Command::Attach { run, read_only, looks } => session::running(run.as_deref()).and_then(|folder| {
            session::attach(&folder, if read_only { Mode::ReadOnly } else { Mode::Steer }, looks.wishes()?)
        }),
        Command::Resume(resume) => resume_search(&resume),
        Command::Serve { folder, resume, sets } => session::serve(&folder, resume.then_some(&sets.sets)),
        Command::Compare(options) => compare_strategies(&options),
        Command::Runs { folder, json } => list_runs(&folder, json),
        Command::Show { run, json } => show_run(run.as_deref(), json),
        #[cfg(feature = "torch")]
        Command::Train(asked) => training::train(&asked),
        #[cfg(feature = "torch")]
        Command::RankCheck(asked) => rank_check::check(&asked),
        #[cfg(not(feature = "torch"))]
        Command::Train(_) | Command::RankCheck(_) => Err(color_eyre::eyre::eyre!(
            "this program was built without libtorch and cannot train a network: build it with its default features"
        )),
        Command::Snapshot(asked) => snapshot(&asked),
        Command::Export(asked) => export_run(&asked),
        Command::Report(asked) => report_run(&asked),
        Command::Replay { run, at, speed, looks } => replay(run.as_deref(), at, speed, looks),
        Command::Config { command } => config_command(command).and_then(|text| print(text.as_bytes())),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "isthmus", &mut script);
            print(&script)
        }
    };
    quit(match result {
        Ok(()) => 0,
        Err(report) => {
            say(format_args!("{report:#}"));
            let misused = matches!(report.downcast_ref(), Some(CompareError::NoTable(_)));
            if misused || report.is::<ConfigError>() { USAGE } else { FAILURE }
        }
    })
}

/// Runs a search, on a screen where there is one, and says what it found.
fn run_search(settings: Settings, options: &RunOptions) -> Result<()> {
    let create = || -> Result<RunFolder> {
        let folder = RunFolder::create(options.run_dir.as_deref(), &settings.name)?;
        folder.write("config.toml", &settings.to_toml()?)?;
        Ok(folder)
    };
    if options.output.headless() || !has_screen() {
        session::without_screen(&create()?, settings, options.output.json)
    } else {
        // Before there is a run.
        let wishes = options.output.looks.wishes()?;
        session::on_screen(&create()?, None, wishes)
    }
}

/// Goes on with a search, where it is not at its end.
fn resume_search(asked: &Resume) -> Result<()> {
    let folder = RunFolder::open(&run::find(Path::new(RUNS), Some(&asked.run))?)?;
    let screen = !asked.output.headless() && has_screen();
    let wishes = screen.then(|| asked.output.looks.wishes()).transpose()?;
    session::resume(&folder, &asked.sets.sets, wishes, asked.output.json)
}

fn has_screen() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Compares search methods; prints what came of it before the files are written, which may fail.
fn compare_strategies(options: &Compare) -> Result<()> {
    let settings = config::load(&options.source(), &options.sets.sets)?;
    let comparison = compare(&settings, &options.options())?;
    let text = if options.json { comparison.json() } else { comparison.text() };
    print(text.as_bytes())?;
    let folder = options.out.clone().unwrap_or_else(|| dated("compare", &settings.name));
    comparison.write(&folder)?;
    say(format_args!("\nKept in {}: compare.csv, compare.json, compare.svg", folder.display()));
    Ok(())
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

fn snapshot(asked: &Snapshot) -> Result<()> {
    let path = run::find(Path::new(RUNS), asked.run.as_deref())?;
    let mut dashboard = Database::open(&path)?.dashboard_at(asked.at.unwrap_or(u64::MAX))?;
    dashboard.apply(&Event::Trainings(train::list(&path)));
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let picture = tui::picture(&name, dashboard, asked.pane.into(), asked.size, asked.format.into(), |theme| {
        asked.looks.on(theme)
    });
    match &asked.out {
        Some(file) => std::fs::write(file, picture).wrap_err_with(|| file.display().to_string()),
        None => print(picture.as_bytes()),
    }
}

fn export_run(asked: &Export) -> Result<()> {
    let path = run::find(Path::new(RUNS), asked.run.as_deref())?;
    match export(&path, &asked.request())? {
        Exported::Text(text) => print(text.as_bytes()),
        Exported::Files(files, notes) => {
            files.iter().for_each(|file| say(format_args!("Wrote {}", file.display())));
            notes.iter().for_each(|note| say(format_args!("Note: {note}")));
            Ok(())
        }
    }
}

fn report_run(asked: &cli::Report) -> Result<()> {
    let path = run::find(Path::new(RUNS), asked.run.as_deref())?;
    let written = report(&path, asked.out.as_deref(), asked.force)?;
    say(format_args!("Wrote {}", written.display()));
    Ok(())
}

fn replay(asked: Option<&Path>, at: u64, speed: f64, looks: Looks) -> Result<()> {
    let path = run::find(Path::new(RUNS), asked)?;
    let database = Database::open(&path)?;
    if !std::io::stdin().is_terminal() {
        bail!("a replay needs a terminal; `isthmus show` prints what the run has found");
    }
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let (run, wishes) = (name.into(), looks.wishes()?);
    let screen = Screen::open(Options { run, wishes, folder: Some(path.clone()), read_only: false })?;
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
