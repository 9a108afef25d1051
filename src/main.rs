//! The command line.

mod cli;

use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};
use color_eyre::eyre::{Report, Result, bail};
use isthmus::config::{self, ConfigError, Settings};

use cli::{Cli, Command, ConfigCommand, RunOptions, source};

/// The exit code of usage errors, clap's as ours.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let result = match Cli::parse().chosen() {
        Command::Run(run) => config::load(&run.source(), &run.options.sets())
            .map_err(Report::from)
            .and_then(|settings| run_search(settings, &run.options)),
        Command::Config { command } => config_command(command).and_then(|text| print(text.as_bytes())),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "isthmus", &mut script);
            print(&script)
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => match report.downcast_ref::<ConfigError>() {
            Some(error) => {
                eprintln!("{error}");
                ExitCode::from(USAGE)
            }
            None => {
                eprintln!("{report:#}");
                ExitCode::FAILURE
            }
        },
    }
}

/// PLACEHOLDER: the engine, its screen and its run folder go here.
fn run_search(_settings: Settings, options: &RunOptions) -> Result<()> {
    let (_headless, _json, _run_dir) = (options.headless(), options.json, &options.run_dir);
    bail!("not wired yet")
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
