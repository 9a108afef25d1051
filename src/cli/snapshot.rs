//! The grammar of `isthmus snapshot`.

use std::path::PathBuf;

use clap::Args;
use isthmus::tui;

use super::Looks;

#[derive(Debug, Args)]
pub struct Snapshot {
    /// A run's folder, or the beginning or end of its name in runs/; by default the last changed
    pub run: Option<PathBuf>,
    /// What to draw
    #[arg(long, value_enum, default_value = "overview")]
    pub pane: PaneName,
    /// After so many iterations; by default the last
    #[arg(long, value_name = "ITERATION")]
    pub at: Option<u64>,
    /// Columns and rows, from 1x1 to 500x200
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "120x40", value_parser = size)]
    pub size: (u16, u16),
    /// How to draw it
    #[arg(long, value_enum, default_value = "txt")]
    pub format: FormatName,
    #[command(flatten)]
    pub looks: Looks,
    /// The file to write; by default standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// The panes by name.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum PaneName {
    Overview,
    Distributions,
    Accuracy,
    Entropy,
    Weights,
    Samples,
    Cell,
    Front,
    Log,
    Models,
}

impl From<PaneName> for tui::Part {
    fn from(name: PaneName) -> Self {
        match name {
            PaneName::Overview => Self::Overview,
            PaneName::Distributions => Self::Distributions,
            PaneName::Accuracy => Self::Accuracy,
            PaneName::Entropy => Self::Entropy,
            PaneName::Weights => Self::Weights,
            PaneName::Samples => Self::Samples,
            PaneName::Cell => Self::Cell,
            PaneName::Front => Self::Front,
            PaneName::Log => Self::Log,
            PaneName::Models => Self::Models,
        }
    }
}

/// The formats by name.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum FormatName {
    Txt,
    Ansi,
    Svg,
}

impl From<FormatName> for tui::Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Txt => Self::Text,
            FormatName::Ansi => Self::Ansi,
            FormatName::Svg => Self::Svg,
        }
    }
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let numbers = text.split_once('x').and_then(|(columns, rows)| Some((columns.parse().ok()?, rows.parse().ok()?)));
    match numbers {
        Some((columns @ 1..=500, rows @ 1..=200)) => Ok((columns, rows)),
        _ => Err("must be columns x rows, from 1x1 to 500x200".into()),
    }
}
