//! The grammar of `isthmus train` and `isthmus rank-check`.

use std::path::PathBuf;

use clap::builder::TypedValueParser as _;
use clap::{Args, value_parser};

use super::Sets;

#[derive(Debug, Args)]
pub struct Train {
    /// A run's folder, or the beginning or end of its name in runs/; by default the last changed
    pub run: Option<PathBuf>,
    /// The modes of these distributions, with commas between; without this and the next two, those of all
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub distribution: Vec<usize>,
    /// An architecture from a file with its genotype
    #[arg(long, value_name = "FILE")]
    pub architecture: Option<PathBuf>,
    /// The architectures of the front, or only these, with commas between: 0 is the cheapest
    #[arg(long, value_name = "LIST", value_delimiter = ',', num_args = 0..=1)]
    pub front: Option<Vec<usize>>,
    /// Beside each, so many random architectures of its size (within 5 %), and a ResNet-20 of its size
    #[arg(long, value_name = "N", num_args = 0..=1, default_value_t = 0, default_missing_value = "1")]
    pub baselines: usize,
    /// Train each with so many seeds: the run's and those after it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u64).range(1..=1000))]
    pub seeds: u64,
    /// Train anew what was trained already
    #[arg(long)]
    pub again: bool,
    /// Print how all of them did to stdout as JSON
    #[arg(long)]
    pub json: bool,
    /// Lead a session of its own, for a screen that started it
    #[arg(long, hide = true)]
    pub background: bool,
    #[command(flatten)]
    pub sets: Sets,
}

#[cfg(feature = "torch")]
impl Train {
    /// What is said behind the run to go on with the same networks, from any folder.
    pub fn command(&self) -> Vec<String> {
        let list = |name: &str, numbers: &[usize]| match numbers {
            [] => name.to_owned(),
            numbers => format!("{name}={}", numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(",")),
        };
        let mut words = Vec::new();
        words.extend((!self.distribution.is_empty()).then(|| list("--distribution", &self.distribution)));
        words.extend(self.front.as_ref().map(|front| list("--front", front)));
        if let Some(file) = &self.architecture {
            let file = std::path::absolute(file).unwrap_or_else(|_| file.clone());
            words.push(format!("--architecture={}", file.display()));
        }
        words.extend((self.baselines > 0).then(|| format!("--baselines={}", self.baselines)));
        words.extend((self.seeds > 1).then(|| format!("--seeds={}", self.seeds)));
        words.extend(self.sets.sets.iter().map(|set| format!("--set={set}")));
        words
    }
}

#[derive(Debug, Args)]
pub struct RankCheck {
    /// A run's folder, or the beginning or end of its name in runs/; by default the last changed
    pub run: Option<PathBuf>,
    /// How many architectures at least
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = value_parser!(u16).range(3..=1000).map(usize::from))]
    pub architectures: usize,
    /// Score with the weights of the end of the warm-up, which have learned from all architectures alike, in place of the
    /// last ones
    #[arg(long)]
    pub warm_up: bool,
    /// Train anew what was trained otherwise before: with other settings, or on other pictures
    #[arg(long)]
    pub again: bool,
    /// Print them and the check to stdout as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub sets: Sets,
}

#[cfg(feature = "torch")]
#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::cli::{Cli, Command};

    #[test]
    fn a_training_knows_how_to_be_gone_on_with() {
        let parse = |arguments: &[&str]| match Cli::try_parse_from([&["isthmus", "train", "run"], arguments].concat()) {
            Ok(cli) => match cli.chosen() {
                Command::Train(train) => train,
                other => panic!("{other:?}"),
            },
            Err(error) => panic!("{error}"),
        };
        assert_eq!(parse(&[]).command(), [""; 0]);
        let said = ["--front", "--baselines", "--json", "--again", "--set", "retraining.epochs=3"];
        assert_eq!(parse(&said).command(), ["--front", "--baselines=1", "--set=retraining.epochs=3"]);
        let said = ["--distribution", "0,2", "--front=1,0", "--architecture", "/a b.json", "--seeds", "2"];
        let command = parse(&said).command();
        assert_eq!(command, ["--distribution=0,2", "--front=1,0", "--architecture=/a b.json", "--seeds=2"]);
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        assert_eq!(parse(&words).command(), command);
    }
}
