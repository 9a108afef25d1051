//! Searches of tables, which need no libtorch.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Folder, Terminal, keys, with};

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

/// Accuracy in per cent and parameters of the samples on a screen.
fn samples(screen: &str) -> Vec<(f64, u64)> {
    let figures = |row: &str| {
        let mut figures = row.split_whitespace();
        figures.next()?.parse::<u64>().ok()?;
        let accuracy = figures.nth(3)?.strip_suffix('%')?.parse().ok()?;
        Some((accuracy, figures.next()?.parse().ok()?))
    };
    screen.lines().filter_map(figures).collect()
}

/// The samples once a text is on the screen.
fn samples_with(terminal: &Terminal, text: &str) -> Vec<(f64, u64)> {
    terminal.find(text, |screen| screen.contents().contains(text).then(|| samples(&screen.contents())))
}

#[test]
fn samples_are_sorted_and_filtered_on_the_screen() {
    let folder = Folder::table();
    // Slow to learn, so that there is something to tell apart.
    let sets = ["engine.max_iterations_per_second=50", "search.iterations=1000000", "search.initial_step=0.001"];
    let mut terminal = folder.on_terminal((120, 40), &[RUN, &with(&sets)].concat());
    terminal.press("3");
    terminal.see(&["follows the newest", " #↓ ", " loss ", " acc ", " params ", " dup ", " w0 ", " w1 ", "×"]);
    terminal.find("a full page", |screen| (samples(&screen.contents()).len() > 30).then_some(()));
    terminal.press(" ");
    let newest = samples_with(&terminal, "‖ paused ");

    terminal.press("oooo");
    let cheapest = samples_with(&terminal, "by params ↑ · follows the first row");
    assert!(cheapest.len() > 30 && cheapest.is_sorted_by_key(|(_, parameters)| *parameters), "{cheapest:?}");
    assert_ne!(cheapest, newest);
    terminal.press("O");
    let dearest = samples_with(&terminal, "by params ↓");
    assert!(dearest.is_sorted_by(|a, b| a.1 >= b.1) && dearest[0].1 > cheapest[0].1, "{dearest:?}");

    terminal.press("/paramz<=300 acc>=40%");
    terminal.see(&["at 1: no column is called \"paramz\" (did you mean ", "weight w0 w1 …"]);
    terminal.press(keys::ENTER);
    terminal.press(format!("{}{}s{}", keys::HOME, keys::RIGHT.repeat(5), keys::DELETE));
    terminal.see(&["> params<=300 acc>=40%", " samples  "]);
    terminal.press(keys::ENTER);
    let filter = "/params<=300 acc>=40% · ";
    let found = samples_with(&terminal, filter);
    let wanted = |(accuracy, parameters): &(f64, u64)| *parameters <= 300 && *accuracy >= 40.0;
    assert!(!found.is_empty() && found.iter().all(wanted) && found.is_sorted_by(|a, b| a.1 >= b.1), "{found:?}");

    // What comes is filtered as well.
    let count = |screen: &str| screen.lines().find_map(|row| row.split(filter).nth(1)).map(str::to_owned);
    let before = terminal.find(filter, |screen| count(&screen.contents()));
    terminal.press(" ");
    let more = terminal.find("more samples", |screen| {
        let contents = screen.contents();
        (count(&contents)? != before).then(|| samples(&contents))
    });
    assert!(more.iter().all(wanted), "{more:?}");
    terminal.press(keys::ESCAPE);
    terminal.see_no(filter);
    terminal.find("the others", |screen| samples(&screen.contents()).iter().any(|one| !wanted(one)).then_some(()));
}

#[test]
fn the_overview_says_what_the_search_takes_until_it_rests() {
    let folder = Folder::table();
    let mut terminal = folder.on_terminal(
        (80, 24),
        &[RUN, &with(&["engine.max_iterations_per_second=50", "search.iterations=1000000"])].concat(),
    );
    let row = terminal.row(" mem ");
    let memory = row.split(" mem ").nth(1).and_then(|rest| rest.strip_suffix(" MB")).map(str::parse::<u64>);
    assert!(matches!(memory, Some(Ok(1..1000))) && row.contains(" distributions ") && row.contains("% "), "{row}");
    terminal.press(" ");
    terminal.see(&["‖ paused ", "costs and accuracy"]);
    terminal.press(" ");
    terminal.see(&["● searching", " mem "]);
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
