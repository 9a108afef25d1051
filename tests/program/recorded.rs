//! Runs on disk: listed, shown, replayed; full disks, copies and files from elsewhere.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;

use crate::support::{Folder, keys, limit_files, output, signal, with};

const RUN: [&str; 4] = ["run", "table.toml", "--run-dir", "runs/kept"];

/// A folder with a finished run of 100 iterations, which takes so many seconds to play.
fn recorded(seconds: f64) -> Folder {
    let folder = Folder::table();
    let pace = format!("engine.max_iterations_per_second={}", 100.0 / seconds);
    let ended = folder.run(&[&RUN[..], &with(&[&pace, "engine.validate_every=10"])].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    folder
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn copy(folder: &Folder, to: &str) {
    fs::create_dir_all(folder.path().join(to)).unwrap();
    fs::copy(folder.path().join("runs/kept/run.db"), folder.path().join(to).join("run.db")).unwrap();
}

const ENDLESS: [&str; 3] = ["search.iterations=1000000", "engine.max_iterations_per_second=200", "run.history_mb=0"];

#[test]
fn a_full_disk_rests_the_search_until_there_is_room_and_nothing_is_lost() {
    let folder = Folder::table();
    let sets = with(&["search.iterations=3000", "engine.max_iterations_per_second=1500", "run.history_mb=0"]);
    let whole = folder.run(&[&["run", "table.toml", "--run-dir", "runs/whole"], &sets[..]].concat());
    assert_eq!(whole.code, Some(0), "{whole:?}");
    let mut terminal = folder.on_terminal((120, 40), &[&RUN[..], &sets].concat());
    terminal.see(&["● searching"]);
    let search = folder.searching("runs/kept").unwrap();
    limit_files(search, 200_000);
    terminal.see(&["‖ waiting for the disk", "waiting: ", "run.db: the disk"]);
    terminal.assert_silent(Duration::from_millis(500));
    terminal.press("]+");
    terminal.see(&["coefficient of distribution 1: 1 -> 1.25"]);
    terminal.press("-");
    terminal.see(&["coefficient of distribution 1: 1.25 -> 1"]);
    limit_files(search, libc::RLIM_INFINITY);
    terminal.see(&["✓ finished"]);
    terminal.press("q");
    let ended = terminal.ended();
    assert_eq!(ended.code, 0, "{}", ended.text);
    assert_eq!(folder.query("runs/kept/run.db", "SELECT count(*) FROM iterations"), ["3000"]);
    assert!(folder.samples("runs/kept") == folder.samples("runs/whole"));
    let said = folder.query("runs/kept/run.db", "SELECT kind FROM happenings ORDER BY seq");
    assert!(said.contains(&"waiting".to_owned()), "{said:?}");
}

#[test]
fn a_checkpoint_that_the_disk_refuses_rests_the_search_until_it_is_kept() {
    let folder = Folder::table();
    let sets = with(&[
        "search.iterations=4000",
        "engine.max_iterations_per_second=1000",
        "engine.checkpoint_seconds=0.001",
        "run.history_mb=0",
    ]);
    let whole = folder.run(&[&["run", "table.toml", "--run-dir", "runs/whole"], &sets[..]].concat());
    assert_eq!(whole.code, Some(0), "{whole:?}");
    let mut terminal = folder.on_terminal((120, 40), &[&RUN[..], &sets].concat());
    terminal.see(&["● searching"]);
    // What is in the way of the temporary file; at times that is there itself.
    let obstacle = folder.path().join("runs/kept/checkpoints/.new");
    while fs::create_dir(&obstacle).is_err() {}
    terminal.see(&["‖ waiting for the disk", "waiting: no checkpoint can be kept: ", ".safetensors: "]);
    terminal.assert_silent(Duration::from_millis(1500));
    fs::remove_dir(&obstacle).unwrap();
    terminal.see(&["✓ finished"]);
    terminal.press("q");
    let ended = terminal.ended();
    assert_eq!(ended.code, 0, "{}", ended.text);
    assert!(folder.samples("runs/kept") == folder.samples("runs/whole"));
    let newest = isthmus::run::newest(&folder.path().join("runs/kept")).unwrap().checkpoint.unwrap();
    assert_eq!(newest.iteration, 4000);
}

#[cfg(feature = "torch")]
#[test]
fn a_disk_with_room_for_the_samples_and_none_for_a_checkpoint_is_waited_for() {
    let folder = Folder::new();
    let sets = with(&[
        "search.iterations=60",
        "space.channels=32",
        "engine.checkpoint_seconds=0.001",
        "engine.validate_every=0",
        "run.journal=delete",
    ]);
    let arguments = [&["run", "tiny.toml", "--run-dir", "runs/kept"], &sets[..]].concat();
    let (child, _said) = limited(folder.command(&arguments), 250_000);
    // Half a checkpoint is there while one is tried, and then no more.
    let start = std::time::Instant::now();
    while folder.path().join("runs/kept/checkpoints/.new").exists() {
        assert!(start.elapsed() < crate::support::PATIENCE, "half a checkpoint is left");
        std::thread::sleep(Duration::from_millis(1));
    }
    limit_files(child.id(), libc::RLIM_INFINITY);
    let ended = output(child.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let waited = folder.query("runs/kept/run.db", "SELECT DISTINCT text FROM happenings WHERE kind = 'waiting'");
    assert!(waited.iter().all(|cause| cause.starts_with("no checkpoint can be kept: ")), "{waited:?}");
    let newest = isthmus::run::newest(&folder.path().join("runs/kept")).unwrap().checkpoint.unwrap();
    assert!(newest.iteration == 60 && newest.evaluator.len() > 250_000, "{}", newest.evaluator.len());
}

/// A search without a screen that waits for the disk, and its standard error.
fn waiting(folder: &Folder, sets: &[&str]) -> (std::process::Child, BufReader<std::process::ChildStderr>) {
    limited(folder.command(&[&RUN[..], &["--json"], &with(sets)].concat()), 100_000)
}

/// A search that may write files of so many bytes once it computes, and waits.
fn limited(
    mut command: std::process::Command,
    bytes: libc::rlim_t,
) -> (std::process::Child, BufReader<std::process::ChildStderr>) {
    let mut child = command.spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("waiting: ") {
        line.clear();
        assert!(said.read_line(&mut line).unwrap() > 0, "the program ended");
        if line.contains("computing on") {
            limit_files(child.id(), bytes);
        }
    }
    (child, said)
}

#[test]
fn without_a_screen_a_full_disk_is_said_and_waited_out() {
    let folder = Folder::table();
    let sets = ["search.iterations=2000", "engine.max_iterations_per_second=1000", "run.history_mb=0"];
    let (child, _said) = waiting(&folder, &sets);
    limit_files(child.id(), libc::RLIM_INFINITY);
    let ended = output(child.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(folder.query("runs/kept/run.db", "SELECT count(*) FROM samples"), ["8000"]);
}

#[test]
fn who_stops_a_search_that_waits_for_the_disk_is_told_what_is_lost() {
    let folder = Folder::table();
    let (child, mut said) = waiting(&folder, &ENDLESS);
    signal(child.id(), libc::SIGINT);
    let mut last = String::new();
    said.read_to_string(&mut last).unwrap();
    let ended = output(child.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(1), "{ended:?} {last}");
    assert_eq!(json(&ended.stdout)["complete"], false);
    assert!(last.contains("not recorded: the last ") && last.contains("run.db: the disk"), "{last}");
}

#[test]
fn runs_are_listed_and_shown() {
    let folder = recorded(0.1);
    let text = folder.run(&["runs"]);
    assert_eq!(text.code, Some(0), "{text:?}");
    for part in ["run ", "kept", "finished", "100/100", "shared", " %", " MB"] {
        assert!(text.stdout.contains(part), "{part}: {}", text.stdout);
    }
    let listed = json(&folder.run(&["runs", "--json"]).stdout);
    assert_eq!(listed[0]["status"]["is"], "finished");
    assert_eq!((&listed[0]["iteration"], &listed[0]["distributions"]), (&100.into(), &2.into()));
    assert!(listed[0]["bytes"].as_u64().unwrap() > 10_000);
    for asked in [&["show"][..], &["show", "ke"], &["show", "runs/kept"]] {
        let shown = folder.run(asked);
        assert!(
            shown.code == Some(0) && shown.stdout.starts_with("kept: finished, 100 of 100 iterations"),
            "{shown:?}"
        );
        assert!(shown.stdout.contains("Modes") && shown.stdout.contains("convolution"), "{}", shown.stdout);
    }
    let shown = json(&folder.run(&["show", "--json"]).stdout);
    assert_eq!(shown["modes"].as_array().unwrap().len(), 2);
    assert!(!shown["front"].as_array().unwrap().is_empty());
    let empty = folder.run(&["runs", "nowhere"]);
    assert_eq!((empty.code, empty.stdout.as_str()), (Some(0), "There are no runs in nowhere\n"));
    let unknown = folder.run(&["show", "other"]);
    assert!(unknown.code == Some(1) && unknown.stderr.contains("other"), "{unknown:?}");
}

#[test]
fn a_run_is_drawn_without_a_terminal() {
    let folder = recorded(0.1);
    let drawn = |more: &[&str]| {
        let ended = folder.run(&[&["snapshot", "kept"], more].concat());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.stdout
    };
    let text = drawn(&[]);
    assert!(text.contains("iteration 100/100") && text.contains("✓ finished"), "{text}");
    assert!(text.lines().count() == 40 && text.lines().all(|line| line.chars().count() <= 120), "{text}");
    let early = drawn(&["--at", "30", "--size", "80x24", "--pane", "entropy", "--format", "ansi"]);
    assert!(early.contains("iteration 30/100") && early.contains("entropy") && early.contains('\u{1b}'), "{early}");
    assert_eq!(drawn(&["--pane", "cell", "--format", "svg", "--out", "cell.svg"]), "");
    assert!(folder.read("cell.svg").starts_with("<svg") && folder.read("cell.svg").contains("convolution"));
    let refused = folder.run(&["snapshot", "kept", "--size", "0x9"]);
    assert!(refused.code == Some(2) && refused.stderr.contains("from 1x1 to 500x200"), "{refused:?}");
}

#[test]
fn a_run_that_goes_on_is_listed_as_running_and_one_that_was_killed_as_crashed() {
    let folder = Folder::table();
    let terminal = folder.on_terminal((80, 24), &[&RUN[..], &with(&ENDLESS)].concat());
    terminal.see(&["● searching"]);
    let status = || json(&folder.run(&["runs", "--json"]).stdout)[0]["status"].clone();
    assert_eq!(status()["is"], "running");
    let search = folder.searching("runs/kept").unwrap();
    assert_eq!(status()["pid"], search);
    signal(search, libc::SIGKILL);
    while status()["is"] == "running" {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(status()["is"], "crashed");
    assert_eq!(folder.run(&["show"]).code, Some(0));
}

#[test]
fn files_from_elsewhere_are_read_or_refused_by_name() {
    let folder = recorded(0.1);
    for name in ["copied", "newer", "garbage"] {
        copy(&folder, name);
    }
    let shown = folder.run(&["show", "copied"]);
    assert!(shown.code == Some(0) && shown.stdout.starts_with("copied: finished"), "{shown:?}");
    let newer = Connection::open(folder.path().join("newer/run.db")).unwrap();
    newer.pragma_update(None, "user_version", 9).unwrap();
    drop(newer);
    fs::write(folder.path().join("garbage/run.db"), "no database at all ".repeat(500)).unwrap();
    for (name, said) in [
        ("newer", "newer/run.db has the format 9, and this program knows formats up to 3: use a newer isthmus"),
        ("garbage", "garbage/run.db is not the database of a run"),
    ] {
        for command in ["show", "replay"] {
            let refused = folder.run(&[command, name]);
            assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{refused:?}");
            assert!(refused.stderr.contains(said), "{refused:?}");
        }
    }
    let listed = folder.run(&["runs", "."]);
    assert!(listed.code == Some(0) && listed.stdout.contains("unreadable"), "{listed:?}");
}

#[test]
fn a_recorded_run_is_played_rested_and_jumped_about_in() {
    let folder = recorded(5.0);
    copy(&folder, "elsewhere");
    for (size, speed) in [((80, 24), "0.5"), ((120, 40), "0.0625")] {
        let mut terminal = folder.on_terminal(size, &["replay", "elsewhere", "--at", "20", "--speed", speed]);
        terminal.see(&["▶ replay", "● searching", "q leave", "distributions", "accuracy"]);
        terminal.press(" ");
        terminal.see(&["‖ replay", "space play"]);
        terminal.assert_silent(Duration::from_millis(300));
        terminal.press(keys::END);
        terminal.see(&["✓ finished", " iteration 100/100"]);
        terminal.press(keys::HOME);
        terminal.see(&[" iteration 0/100"]);
        terminal.press(keys::RIGHT);
        terminal.see(&[" iteration 2/100"]);
        terminal.press("s");
        terminal.see(&[" iteration 3/100"]);
        terminal.press("t");
        terminal.see(&["Iteration to go to"]);
        terminal.press("5x");
        terminal.see(&["not a whole number"]);
        terminal.press(format!("{}0{}", keys::BACKSPACE, keys::ENTER));
        terminal.see(&[" iteration 50/100"]);
        terminal.press(">");
        terminal.see(&[if speed == "0.5" { "replay ×1 " } else { "replay ×0.125 " }]);
        terminal.press(">".repeat(12));
        terminal.press(" ");
        terminal.see(&["✓ finished", " iteration 100/100"]);
        // A coefficient cannot be changed in what is over.
        terminal.press("+");
        terminal.assert_silent(Duration::from_millis(300));
        terminal.press("q");
        let ended = terminal.ended();
        assert_eq!(ended.code, 0, "{}", ended.text);
    }
}

#[test]
fn a_run_is_played_while_it_goes_on() {
    let folder = Folder::table();
    let sets = with(&["search.iterations=1000000", "engine.max_iterations_per_second=50"]);
    let mut search = folder.on_terminal((80, 24), &[&RUN[..], &sets].concat());
    search.see(&["● searching"]);
    let mut replay = folder.on_terminal((80, 24), &["replay", "--speed", "1024"]);
    let shown = |at_least: u64| {
        replay.find("iterations that come while it is played", |screen| {
            let contents = screen.contents();
            let count = contents.split(" iteration ").nth(1)?.split('/').next()?.replace(',', "");
            count.parse::<u64>().ok().filter(|&count| count >= at_least)
        })
    };
    let first = shown(1);
    shown(first + 60);
    search.press("q");
    search.see(&["Stop the search?"]);
    search.press("y");
    assert_eq!(search.ended().code, 0);
    replay.see(&["✓ finished"]);
    replay.press("q");
    assert_eq!(replay.ended().code, 0);
}

#[test]
fn every_query_of_the_documentation_finds_something() {
    let folder = recorded(0.1);
    let connection = Connection::open(folder.path().join("runs/kept/run.db")).unwrap();
    let change = r#"{"change":"samples","each":4}"#;
    connection.execute("INSERT INTO adjustments VALUES (9999, 50, 0, NULL, 2, 4, ?1, NULL)", [change]).unwrap();
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/run-database.md")).unwrap();
    let mut queries = 0;
    for block in page.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        let mut statement = connection.prepare(block).unwrap_or_else(|error| panic!("{error}: {block}"));
        assert!(statement.query([]).unwrap().next().unwrap().is_some(), "nothing is found: {block}");
        queries += 1;
    }
    assert!(queries >= 8, "{queries}");
    let tables = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'";
    for name in folder.query("runs/kept/run.db", tables) {
        assert!(page.contains(&format!("`{name}`")), "{name} is not documented");
    }
}
