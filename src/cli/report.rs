//! The grammar of `isthmus report`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct Report {
    /// A run's folder, or the beginning or end of its name in runs/; by default the last changed
    pub run: Option<PathBuf>,
    /// The file to write; by default `<run>-report.html` here
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long)]
    pub force: bool,
}
