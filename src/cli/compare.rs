//! The grammar of `isthmus compare`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, value_parser};
use isthmus::compare::Options;
use isthmus::config::{Source, StrategyKind};

use super::Sets;

#[derive(Debug, Args)]
pub struct Compare {
    /// A settings file with a table as its space, or the name of such a preset: nb201
    config: PathBuf,
    /// What to compare, with commas between; all where left out
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = strategies())]
    strategies: Vec<StrategyKind>,
    /// How many seeds: 1 to N
    #[arg(long, value_name = "N", default_value = "20", allow_negative_numbers = true, value_parser = value_parser!(u64).range(1..=10_000))]
    seeds: u64,
    /// Evaluations of each search
    #[arg(long, value_name = "E", default_value = "3000", allow_negative_numbers = true, value_parser = value_parser!(u64).range(1..=10_000_000))]
    budget: u64,
    /// Numbers of evaluations to report on; those beyond the budget are left out
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "100,200,500,1000,2000,3000",
        allow_negative_numbers = true,
        value_parser = value_parser!(u64).range(1..)
    )]
    at: Vec<u64>,
    /// Shares of the true hypervolume: how many evaluations they take is reported
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "0.98,0.99", allow_negative_numbers = true, value_parser = share)]
    reach: Vec<f64>,
    /// The folder for compare.csv, compare.json and compare.svg; by default a new one in compare/
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print protocol and figures to stdout as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub sets: Sets,
}

impl Compare {
    /// Where the settings come from.
    pub fn source(&self) -> Source {
        Source::named(&self.config)
    }

    /// What is compared.
    pub fn options(&self) -> Options {
        let strategies = if self.strategies.is_empty() { StrategyKind::all() } else { self.strategies.clone() };
        let (checkpoints, reach) = (self.at.clone(), self.reach.clone());
        Options { strategies, seeds: self.seeds, budget: self.budget, checkpoints, reach }
    }
}

/// The name of a strategy.
fn strategies() -> impl TypedValueParser<Value = StrategyKind> {
    let unknown = |name: String| StrategyKind::named(&name).ok_or("no strategy");
    PossibleValuesParser::new(StrategyKind::all().into_iter().map(StrategyKind::name)).try_map(unknown)
}

/// A share that something can have.
fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| *share > 0.0 && *share <= 1.0);
    share.ok_or_else(|| "a share is a number above 0 and at most 1".into())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    #[test]
    fn a_comparison_takes_lists_and_refuses_what_cannot_be() {
        let parse = |arguments: &[&str]| Cli::try_parse_from([&["isthmus", "compare", "nb201"], arguments].concat());
        let options = |arguments: &[&str]| match parse(arguments).unwrap().chosen() {
            Command::Compare(compare) => compare.options(),
            other => panic!("{other:?}"),
        };
        let usual = options(&[]);
        assert_eq!(usual.strategies, StrategyKind::all());
        assert_eq!((usual.seeds, usual.budget, usual.reach), (20, 3_000, vec![0.98, 0.99]));
        assert_eq!(usual.checkpoints, [100, 200, 500, 1_000, 2_000, 3_000]);
        let asked = options(&["--strategies", "shared,shared", "--at", "5,7", "--reach", "1", "--seeds=1"]);
        assert_eq!(asked.strategies, [StrategyKind::Shared; 2]);
        assert_eq!((asked.checkpoints, asked.reach, asked.seeds), (vec![5, 7], vec![1.0], 1));
        for wrong in [
            ["--seeds", "0"],
            ["--budget", "0"],
            ["--at", "0"],
            ["--at", "5,,7"],
            ["--reach", "0"],
            ["--reach", "1.1"],
            ["--reach", "nan"],
        ] {
            assert!(parse(&wrong).is_err(), "{wrong:?}");
        }
        let error = parse(&["--strategies", "sharde"]).unwrap_err().to_string();
        assert!(error.contains("possible values: shared") && error.contains("a similar value exists: 'shared'"));
    }
}
