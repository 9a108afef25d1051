//! Searches of tables, which need no libtorch.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Folder, with};

const RUN: &[&str] = &["run", "table.toml", "--run-dir", "kept"];

fn run(folder: &Folder, kept: &str, more: &[&str]) -> Value {
    let ended = folder.run(&[&["run", "table.toml", "--run-dir", kept, "--json"], more].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    serde_json::from_str(&ended.stdout).unwrap()
}

#[test]
fn a_table_is_searched_to_the_end_and_reports_its_other_column() {
    let folder = Folder::table();
    let results = run(&folder, "kept", &[]);
    assert_eq!(results["evaluator"], "table");
    assert_eq!(results["architectures_evaluated"], 400);
    assert!(results["redrawn"].as_u64().unwrap() > 0, "a quarter of the table is missing: {results}");
    let found = results["distributions"].as_array().unwrap();
    assert_eq!(
        found[0]["architecture"],
        serde_json::json!({ "a": "convolution", "b": "convolution", "c": "convolution" })
    );
    assert_eq!(found[1]["architecture"], serde_json::json!({ "a": "none", "b": "none", "c": "none" }));
    assert!(found.iter().all(|found| found["test_accuracy"] == 0.25), "{found:?}");
    assert_eq!(results["space"]["parameters"]["largest"], 700.0);
}

#[test]
fn the_same_seed_finds_the_same_in_a_table_with_noise() {
    let folder = Folder::table();
    let noise = with(&["space.noise=0.05"]);
    let samples: Vec<Vec<String>> = ["first", "second"]
        .map(|kept| {
            run(&folder, kept, &noise);
            folder.samples(kept)
        })
        .into();
    assert_eq!(samples[0], samples[1]);
    run(&folder, "without", &[]);
    assert_ne!(samples[0], folder.samples("without"));
}

#[test]
fn a_paced_search_takes_its_time() {
    let folder = Folder::table();
    let start = Instant::now();
    run(&folder, "kept", &with(&["search.iterations=11", "engine.max_iterations_per_second=20"]));
    assert!(start.elapsed() >= Duration::from_millis(500));
}

#[test]
fn a_table_has_the_screen_of_any_other_search() {
    let folder = Folder::table();
    let slowly = with(&["engine.max_iterations_per_second=20", "search.iterations=1000000"]);
    let mut terminal = folder.on_terminal((120, 40), &[RUN, &slowly].concat());
    terminal.see(&["● searching", "table of 20 rows", "accuracy", "entropy", "importance weights"]);
    terminal.press(" ");
    terminal.see(&["‖ paused "]);
    terminal.press("]+");
    terminal.see(&["1.25"]);
    terminal.press("4");
    terminal.see(&["cell ━", "mode of 1"]);
    terminal.press("q");
    terminal.see(&["Stop the search?"]);
    terminal.press("y");
    let ended = terminal.ended();
    assert!(ended.code == 0 && ended.text.contains("Accuracies are those of the table."), "{ended:?}");
}

#[test]
fn a_table_that_cannot_be_searched_says_why() {
    let cases = [
        (&["space.path=no.csv"][..], "no.csv: No such file"),
        (&["space.metric=value"], "there is no column \"value\" (nearest: \"val\")"),
        (
            &["search.targets=[\"5k\"]"],
            "search.targets: 5k lies outside the space, whose architectures cost 100 to 700",
        ),
    ];
    for (sets, said) in cases {
        let folder = Folder::table();
        let ended = folder.run(&[RUN, &with(sets), &["--json"]].concat());
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
        assert!(ended.stderr.contains(said), "{ended:?}");
    }
}
