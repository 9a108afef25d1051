//! The grammar of the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use isthmus::config::Source;

/// Finds several neural architectures of different complexity in one search, watched and steered from a terminal.
///
/// Without a command it runs: `isthmus --seed 3` is `isthmus run --seed 3`.
#[derive(Debug, Parser)]
#[command(name = "isthmus", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: RunOptions,
}

impl Cli {
    /// The command; a run of the default preset where none was named.
    pub fn chosen(self) -> Command {
        let Self { command, run: options } = self;
        command.unwrap_or(Command::Run(Run { config: None, options }))
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a search
    Run(Run),
    /// Go on with a search that was interrupted or stopped
    Resume(Resume),
    /// Look at settings without running anything
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub struct Run {
    /// A settings file, or the name of a preset (`isthmus config list`)
    config: Option<PathBuf>,
    #[command(flatten)]
    pub options: RunOptions,
}

#[derive(Debug, Args)]
pub struct RunOptions {
    #[command(flatten)]
    sets: Sets,
    /// The seed of every random stream: short for --set seed=N
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<u64>,
    #[command(flatten)]
    pub output: Output,
    /// The folder to keep the run in
    #[arg(long, value_name = "DIR")]
    pub run_dir: Option<PathBuf>,
}

impl Run {
    /// Where the settings come from.
    pub fn source(&self) -> Source {
        source(self.config.as_ref())
    }
}

impl RunOptions {
    /// What replaces values of the settings, in order.
    pub fn sets(&self) -> Vec<String> {
        let seed = self.seed.map(|seed| format!("seed={seed}"));
        self.sets.sets.iter().cloned().chain(seed).collect()
    }
}

#[derive(Debug, Args)]
pub struct Resume {
    /// The folder of the run, or its name in `runs/`
    pub run: PathBuf,
    #[command(flatten)]
    pub sets: Sets,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct Output {
    /// Search without a screen; progress goes to stderr
    #[arg(long)]
    headless: bool,
    /// Print the result to stdout as JSON; implies --headless
    #[arg(long)]
    pub json: bool,
}

impl Output {
    /// Whether the run has no screen.
    pub fn headless(&self) -> bool {
        self.headless || self.json
    }
}

#[derive(Debug, Args)]
pub struct Sets {
    /// Replace a value of the settings, such as search.iterations=200 (may be repeated)
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// The presets inside the program
    List,
    /// All settings of a run, as TOML
    Show {
        /// A settings file, or the name of a preset; by default what a run without arguments uses
        config: Option<PathBuf>,
        #[command(flatten)]
        sets: Sets,
    },
    /// Say whether settings are right, and where not
    Check {
        /// A settings file, or the name of a preset
        config: PathBuf,
        #[command(flatten)]
        sets: Sets,
    },
}

/// Where the settings come from that an argument names.
pub fn source(config: Option<&PathBuf>) -> Source {
    config.map_or(Source::Default, Source::named)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn run(arguments: &[&str]) -> Run {
        match Cli::try_parse_from([&["isthmus"], arguments].concat()).unwrap().chosen() {
            Command::Run(run) => run,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_grammar_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_run_needs_no_word() {
        for arguments in
            [&["--seed", "3", "--headless", "--set", "a=1"][..], &["run", "--seed=3", "--set", "a=1", "--json"]]
        {
            let run = run(arguments);
            assert_eq!(run.source(), Source::Default);
            assert_eq!(run.options.sets(), ["a=1", "seed=3"]);
            assert!(run.options.output.headless());
        }
        assert!(!run(&[]).options.output.headless());
    }

    #[test]
    fn a_run_takes_a_preset_or_a_file() {
        assert_eq!(run(&["run", "digits"]).source(), Source::Preset("digits".into()));
        assert_eq!(run(&["run", "./digits"]).source(), Source::File("./digits".into()));
        let run = run(&["run", "x.toml", "--run-dir", "kept"]);
        assert_eq!((run.source(), run.options.run_dir), (Source::File("x.toml".into()), Some("kept".into())));
    }
}
