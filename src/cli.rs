//! The grammar of the command line.

mod compare;
mod export;
mod report;
mod snapshot;
mod train;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use isthmus::config::Source;
use isthmus::tui;

pub use compare::Compare;
pub use export::Export;
pub use report::Report;
pub use snapshot::Snapshot;
pub use train::{RankCheck, Train};

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
    /// Watch and steer a search that is running
    Attach {
        /// The run: its folder, its name in runs/, or the beginning of that; by default the one that runs
        run: Option<PathBuf>,
        /// Only look
        #[arg(long)]
        read_only: bool,
        #[command(flatten)]
        looks: Looks,
    },
    /// Search in the background for a screen that attaches: what `run` starts
    #[command(hide = true)]
    Serve {
        /// The folder of the run, with its config.toml
        folder: PathBuf,
        /// Go on with it
        #[arg(long)]
        resume: bool,
        #[command(flatten)]
        sets: Sets,
    },
    /// Compare search methods on a table, where the truth is known
    ///
    /// Every strategy searches with every seed until its evaluations are spent. A table says how they did, by
    /// hypervolume, IGD+ and regret, under the protocol that it was made by; compare.csv, compare.json and compare.svg
    /// hold the same in full.
    Compare(Compare),
    /// List recorded runs, the last changed first
    Runs {
        /// The folder that holds them
        #[arg(default_value = RUNS)]
        folder: PathBuf,
        /// Print them as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print what a run has found: its modes and its front
    Show {
        /// A run's folder, or the beginning or end of its name in runs/; by default the last changed
        run: Option<PathBuf>,
        /// Print it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Play a recorded run on the screen, also one that still goes on
    Replay {
        /// A run's folder, or the beginning or end of its name in runs/; by default the last changed
        run: Option<PathBuf>,
        /// Begin after so many iterations
        #[arg(long, value_name = "ITERATION", default_value_t = 0)]
        at: u64,
        /// Play so many times as fast as the search was, 0.0625 to 1024
        #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = speed)]
        speed: f64,
        #[command(flatten)]
        looks: Looks,
    },
    /// Go on with a search that was interrupted or stopped
    Resume(Resume),
    /// Train what a run has found from scratch
    ///
    /// Each network gets a folder in models/ of the run, with its weights (model.safetensors) and how it did
    /// (training.json). A training that was interrupted goes on where it was with the same command. Settings are those
    /// of the run's section [retraining].
    Train(Train),
    /// Check whether a search's shared weights order architectures as training them does
    ///
    /// What that prints is Kendall's tau between the accuracies that the search sees and those of networks trained alone.
    /// Networks that were trained already, with the same settings, are counted; the rest is trained first, of random
    /// architectures of all sizes.
    RankCheck(RankCheck),
    /// Draw a run's screen, or a pane of it, without a terminal
    Snapshot(Snapshot),
    /// Take away an architecture, a trained model or a run's history, in the formats of other programs
    Export(Export),
    /// Write a run's report: one HTML file to send, with charts, tables and drawings
    Report(Report),
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
    #[command(flatten)]
    pub looks: Looks,
}

/// How screens look.
#[derive(Clone, Copy, Debug, Args)]
pub struct Looks {
    /// Draw with ASCII alone, as is done where the locale is not UTF-8
    #[arg(long)]
    ascii: bool,
    /// The ground that colours are chosen for
    #[arg(long, value_enum, default_value = "auto")]
    theme: ThemeName,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ThemeName {
    /// What COLORFGBG says, else dark
    Auto,
    Dark,
    Light,
}

impl Looks {
    /// A theme with what was asked for.
    pub fn on(self, theme: tui::Theme) -> tui::Theme {
        let ground = match self.theme {
            ThemeName::Auto => theme.ground,
            ThemeName::Dark => tui::Ground::Dark,
            ThemeName::Light => tui::Ground::Light,
        };
        tui::Theme { ground, ascii: theme.ascii || self.ascii, ..theme }
    }

    /// What the environment and the person's keys ask for, with these.
    ///
    /// # Errors
    /// A file of keys that cannot be used.
    pub fn wishes(self) -> Result<tui::Wishes, tui::KeysError> {
        let wishes = tui::Wishes::from_environment()?;
        Ok(tui::Wishes { theme: self.on(wishes.theme), ..wishes })
    }
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

/// The folder of the runs that nobody asked to keep elsewhere.
pub const RUNS: &str = "runs";

fn speed(text: &str) -> Result<f64, String> {
    let (least, most) = tui::SPEEDS;
    match text.parse() {
        Ok(speed) if (least..=most).contains(&speed) => Ok(speed),
        _ => Err(format!("a number from {least} to {most}")),
    }
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
