//! The grammar of `isthmus export`.

use std::path::PathBuf;

use clap::Args;
use isthmus::export::{Choice, Format, Request, TableFormat};

#[derive(Debug, Args)]
pub struct Export {
    /// A run's folder, or the beginning or end of its name in runs/; by default the last changed
    pub run: Option<PathBuf>,
    /// What to write
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: Target,
    #[command(flatten)]
    choice: Chosen,
    /// The file to write, or the folder for several; `-` is standard output; by default here, by the name of the run
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
}

/// Which architecture: tables are of all.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct Chosen {
    /// The mode of a distribution, counted from 0 as on the screen
    #[arg(long, value_name = "K")]
    distribution: Option<usize>,
    /// One of the front; the cheapest is 0
    #[arg(long, value_name = "I")]
    front: Option<usize>,
    /// The genotype in a file
    #[arg(long, value_name = "FILE")]
    architecture: Option<PathBuf>,
    /// A trained model by its name in the run's models/
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Target {
    /// An architecture as JSON, which --architecture reads back
    Genotype,
    /// Its cells for Graphviz
    Dot,
    /// Its cells as a picture
    Svg,
    /// A trained model as a module of PyTorch, with its weights as safetensors
    Pytorch,
    /// A trained model for ONNX Runtime
    Onnx,
    /// A trained model for libtorch and PyTorch, traced: no code, no other file
    Torchscript,
    /// Samples, distributions, validations and changes as comma-separated values
    Csv,
    /// The same as a JSON object a line
    Jsonl,
    /// The same for Parquet readers
    Parquet,
    /// Scalars over iterations for TensorBoard
    Tensorboard,
}

impl Export {
    /// What is asked for.
    pub fn request(&self) -> Request {
        let Chosen { distribution, front, architecture, model } = &self.choice;
        let choice = distribution.map(Choice::Distribution).or(front.map(Choice::Front));
        let choice = choice.or(architecture.clone().map(Choice::File)).or(model.clone().map(Choice::Model));
        let format = match self.to {
            Target::Genotype => Format::Genotype,
            Target::Dot => Format::Dot,
            Target::Svg => Format::Svg,
            Target::Pytorch => Format::PyTorch,
            Target::Onnx => Format::Onnx,
            Target::Torchscript => Format::TorchScript,
            Target::Csv => Format::Tables(TableFormat::Csv),
            Target::Jsonl => Format::Tables(TableFormat::Jsonl),
            Target::Parquet => Format::Tables(TableFormat::Parquet),
            Target::Tensorboard => Format::TensorBoard,
        };
        Request { format, choice, out: self.out.clone(), replace: self.force }
    }
}
