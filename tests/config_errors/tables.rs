//! Tables and targets: what must be given, and what must not be given together.

use insta::assert_snapshot;
use isthmus::config::{Source, load};

use super::error;

#[test]
fn a_table_must_be_named_decide_and_measure() {
    assert_snapshot!(error("[space]\nkind = \"table\"\n"), @r#"
    x.toml:2:8: a table needs `space.path`, the file
      |
    2 | kind = "table"
      |        ^^^^^^^
      = allowed: space.path: a file of comma-separated values
    "#);
    assert_snapshot!(error("[space]\nkind = \"table\"\npath = \"t.csv\"\n"), @r#"
    x.toml:2:8: a table needs `space.decisions`, the columns that decide
      |
    2 | kind = "table"
      |        ^^^^^^^
      = allowed: a list of columns of the table
    "#);
    assert_snapshot!(error("[space]\nkind = \"table\"\npath = \"t.csv\"\ndecisions = [\"a\", \"b\"]\n"), @r#"
    x.toml:2:8: a table needs `space.metric`, the column to search on
      |
    2 | kind = "table"
      |        ^^^^^^^
      = allowed: a column of the table
    "#);
}

#[test]
fn a_table_must_know_the_complexity_that_is_searched() {
    let table = "[space]\nkind = \"table\"\npath = \"t.csv\"\ndecisions = [\"a\"]\nmetric = \"v\"\nmacs = \"m\"\n";
    assert_snapshot!(error(&format!("{table}[search]\ncomplexity = \"latency\"\n")), @r#"
    x.toml:2:8: the complexity is "latency", and the table names no column of it
      |
    2 | kind = "table"
      |        ^^^^^^^
      = allowed: space.latency: a column of the table, or another search.complexity
    "#);
}

#[test]
fn columns_are_different_texts() {
    assert_snapshot!(error("[space]\nkind = \"table\"\ndecisions = [\"a\", \"a\", 3]\nmetric = \"\"\n"), @r#"
    x.toml:2:8: a table needs `space.path`, the file
      |
    2 | kind = "table"
      |        ^^^^^^^
      = allowed: space.path: a file of comma-separated values

    x.toml:3:19: `space.decisions` cannot hold the text "a" twice
      |
    3 | decisions = ["a", "a", 3]
      |                   ^^^
      = allowed: a list [...] of 1 to 4096 different texts

    x.toml:3:24: `space.decisions` cannot hold 3
      |
    3 | decisions = ["a", "a", 3]
      |                        ^
      = allowed: a list [...] of 1 to 4096 different texts

    x.toml:4:10: `space.metric` cannot be the text ""
      |
    4 | metric = ""
      |          ^^
      = allowed: text

    4 problems
    "#);
    assert_snapshot!(error("[space]\nkind = \"table\"\nnodes = 3\n"), @r#"
    x.toml:2:8: a table needs `space.path`, the file
      |
    2 | kind = "table"
      |        ^^^^^^^
      = allowed: space.path: a file of comma-separated values

    x.toml:3:1: unknown key `space.nodes`
      |
    3 | nodes = 3
      | ^^^^^
      = allowed: in [space]: kind, path, decisions, option_names, metric, report, metric_unit, maximise, noise, parameters, parameters_unit, macs, macs_unit, latency, latency_unit, missing
      = nearest: space.noise

    2 problems
    "#);
}

#[test]
fn targets_are_amounts_in_place_of_coefficients() {
    assert_snapshot!(error("[search]\ntargets = [\"200K\", 3, \"-1k\"]\n"), @r#"
    x.toml:2:12: `search.targets` cannot hold the text "200K"
      |
    2 | targets = ["200K", 3, "-1k"]
      |            ^^^^^^
      = allowed: a list [...] of 1 to 64 amounts such as "200k", "1.2M" or "3.5ms"

    x.toml:2:20: `search.targets` cannot hold 3
      |
    2 | targets = ["200K", 3, "-1k"]
      |                    ^
      = allowed: a list [...] of 1 to 64 amounts such as "200k", "1.2M" or "3.5ms"

    x.toml:2:23: `search.targets` cannot hold the text "-1k"
      |
    2 | targets = ["200K", 3, "-1k"]
      |                       ^^^^^
      = allowed: a list [...] of 1 to 64 amounts such as "200k", "1.2M" or "3.5ms"

    3 problems
    "#);
    assert_snapshot!(error("[search]\ntargets = [\"20k\", \"30k\"]\ncoefficients = [0, 1]\n"), @r#"
    x.toml:2:11: a distribution has a coefficient or a target, not both
      |
    2 | targets = ["20k", "30k"]
      |           ^^^^^^^^^^^^^^
      = allowed: search.coefficients or search.targets
    "#);
}

#[test]
fn targets_on_the_command_line_take_the_place_of_the_coefficients_of_a_file() {
    let settings = load(&Source::Default, &["search.targets=[\"3k\", \"10k\"]".into()]).unwrap();
    assert_eq!((settings.search.coefficients, settings.search.targets.map(|targets| targets.len())), (None, Some(2)));
    let back = ["search.targets=[\"3k\"]", "search.coefficients=[0, 1]"].map(String::from);
    let settings = load(&Source::Default, &back).unwrap();
    assert_eq!((settings.search.coefficients, settings.search.targets), (Some(vec![0.0, 1.0]), None));
}
