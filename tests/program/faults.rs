//! Searches that fail, by faults that are asked for: what is said, what stays, and how they go on.

use crate::resume::{OFTEN, assert_alike, checkpoints, found, json, read, run};
use crate::support::{Folder, Output, Terminal, keys, output, with};

const SIZE: (u16, u16) = (120, 40);
const SETS: [&str; 3] = [OFTEN, "search.iterations=600", "engine.max_iterations_per_second=1000"];
const PANIC: (&str, &str) = ("ISTHMUS_FAULT", "panic@300");
const SAID: &str = "the search panicked: ISTHMUS_FAULT asked for it";

/// The arguments of a run without a screen.
fn headless<'a>(kept: &'a str, sets: &[&'a str]) -> Vec<&'a str> {
    [&["run", "table.toml", "--run-dir", kept, "--headless"], &with(sets)[..]].concat()
}

/// Runs the program with a fault to its end.
fn struck(folder: &Folder, arguments: &[&str], fault: &str) -> Output {
    output(folder.command(arguments).env("ISTHMUS_FAULT", fault).output().unwrap())
}

/// Holds a run that has failed to being listed so, to having kept a checkpoint, and to going on to the end of `whole`.
fn assert_goes_on(folder: &Folder) {
    folder.wait_for_end("runs/kept");
    let listed = folder.run(&["runs"]);
    assert!(listed.stdout.contains("failed") && listed.stdout.contains("isthmus resume RUN"), "{listed:?}");
    assert_eq!(json(&folder.run(&["runs", "--json"]).stdout)[0]["status"]["is"], "failed");
    assert!(folder.read("runs/kept/log.txt").contains("panicked at src/engine/fault.rs:"));
    assert!((1..300).contains(&read(checkpoints(folder, "runs/kept").last().unwrap()).iteration));
    let ended = folder.run(&["resume", "kept"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    run(folder, "table.toml", "whole", &SETS);
    assert_alike(folder, "whole", "runs/kept");
}

#[test]
fn a_panic_without_a_screen_is_said_and_the_run_goes_on_from_its_checkpoint() {
    let folder = Folder::table();
    let ended = struck(&folder, &headless("runs/kept", &SETS), PANIC.1);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
    assert_eq!(ended.stderr.lines().last(), Some(SAID), "{ended:?}");
    assert!(ended.stderr.contains("Failed, and resumable from iteration "), "{ended:?}");
    assert!(!ended.stderr.contains("panicked at"), "its place is for the log: {ended:?}");
    assert_goes_on(&folder);
}

#[test]
fn a_panic_leaves_the_screen_up_and_usable_and_the_terminal_as_it_was() {
    let folder = Folder::table();
    let arguments = [&["run", "table.toml", "--run-dir", "runs/kept"], &with(&SETS)[..]].concat();
    let mut terminal = folder.on_terminal_with(SIZE, &arguments, &[PANIC]);
    terminal.see(&["✗ failed", SAID, "iteration 299/600"]);
    terminal.press("?");
    terminal.see(&["Keys of the search"]);
    terminal.press(keys::ESCAPE);
    terminal.see_no("Keys of the search");
    terminal.press(" ");
    terminal.see(&["the search has ended"]);
    terminal.press("q");
    let ended = terminal.ended();
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.text.contains(SAID) && ended.text.contains("Failed, and resumable from iteration "), "{ended:?}");
    assert_goes_on(&folder);
}

#[test]
fn a_panic_is_seen_by_all_who_watch() {
    let folder = Folder::table();
    let sets = with(&["engine.max_iterations_per_second=20", "search.iterations=1000"]);
    let arguments = [&["run", "table.toml", "--run-dir", "kept"], &sets[..]].concat();
    let mut first = folder.on_terminal_with(SIZE, &arguments, &[("ISTHMUS_FAULT", "panic@150")]);
    first.see(&["● searching"]);
    // So that there is time to come.
    first.press(" ");
    first.see(&["‖ paused "]);
    let others = ["attach", "attach"].map(|attach| folder.on_terminal(SIZE, &[attach, "kept"]));
    others.iter().for_each(|other| other.see(&["‖ paused "]));
    first.press(" ");
    let all: Vec<Terminal> = [first].into_iter().chain(others).collect();
    all.iter().for_each(|screen| screen.see(&["✗ failed", SAID]));
    folder.wait_for_end("kept");
    for mut screen in all {
        screen.press("q");
        let ended = screen.ended();
        assert!(ended.code == 1 && ended.text.contains(SAID), "{ended:?}");
    }
}

#[test]
fn who_runs_out_of_memory_is_told_the_command_that_goes_on_with_less() {
    let folder = Folder::table();
    let ended = struck(&folder, &headless("runs/kept", &[&SETS[..], &["engine.workers=4"]].concat()), "memory@300");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let batch = "isthmus resume kept --set training.batch=32";
    let workers = "isthmus resume kept --set engine.workers=2";
    for said in ["out of memory on a test with training.batch = 64", batch, workers] {
        assert!(ended.stderr.lines().last().unwrap().contains(said), "{said}: {ended:?}");
    }
    let words: Vec<&str> = batch.split(' ').skip(1).chain(["--set", "engine.workers=2"]).collect();
    let ended = folder.run(&words);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for said in ["training.batch: 64 -> 32\n", "engine.workers: 4 -> 2\n", "resumed after "] {
        assert!(ended.stderr.contains(said), "{said}: {ended:?}");
    }
    run(&folder, "table.toml", "whole", &SETS);
    assert!(folder.samples("runs/kept") == folder.samples("whole"));
    assert_eq!(found(&folder, "runs/kept"), found(&folder, "whole"));
}

#[test]
fn a_failure_right_after_the_checkpoint_is_none_of_the_search_that_goes_on_from_there() {
    let folder = Folder::table();
    run(&folder, "table.toml", "runs/kept", &["search.iterations=100"]);
    let ended = struck(&folder, &["resume", "kept", "--set", "search.iterations=200"], "panic@101");
    assert_eq!((ended.code, ended.stderr.lines().last()), (Some(1), Some(SAID)), "{ended:?}");
    assert!(ended.stderr.contains("resumable from iteration 100"), "{ended:?}");
    let ended = folder.run(&["resume", "kept"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("resumed after 100 iterations") && ended.stderr.contains("200/200"), "{ended:?}");
}

#[test]
fn a_fault_that_is_not_known_is_said() {
    let folder = Folder::table();
    let ended = struck(&folder, &headless("kept", &[]), "panic@seven");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("ISTHMUS_FAULT is neither panic@N nor memory@N: panic@seven"), "{ended:?}");
}

#[cfg(feature = "torch")]
#[test]
fn a_supernetwork_that_ran_out_of_memory_goes_on_with_smaller_batches() {
    let folder = Folder::new();
    let sets = [OFTEN, "search.iterations=60", "search.warm_up=0.1", "engine.validate_every=0"];
    run(&folder, "tiny.toml", "whole", &sets);
    let arguments = [&["run", "tiny.toml", "--run-dir", "runs/kept"], &with(&sets)[..]].concat();
    let ended = struck(&folder, &arguments, "memory@40");
    assert!(ended.code == Some(1) && ended.stderr.contains("isthmus resume kept --set training.batch=8"), "{ended:?}");
    let checkpoint = read(checkpoints(&folder, "runs/kept").last().unwrap()).iteration;
    assert!((1..40).contains(&checkpoint), "{checkpoint}");
    let ended = folder.run(&["resume", "kept", "--set", "training.batch=8"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let said = "training.batch: 16 -> 8; pictures come in other batches from here on, at the same learning rate";
    assert!(ended.stderr.contains(said), "{ended:?}");
    let resumed = folder.query("runs/kept/run.db", "SELECT event FROM happenings WHERE kind = 'resumed'");
    assert!(resumed.len() == 1 && resumed[0].contains(said), "{resumed:?}");
    assert!(folder.read("runs/kept/config.toml").contains("\nbatch = 8\n"));
    // Two samples an iteration: the same pictures before, others after.
    let (kept, whole) = (folder.samples("runs/kept"), folder.samples("whole"));
    let before = 2 * checkpoint as usize;
    assert_eq!((kept.len(), &kept[..before]), (120, &whole[..before]));
    assert!(kept[before..] != whole[before..]);
    let ended = folder.run(&["resume", "kept", "--set", "search.iterations=70"]);
    assert!(ended.code == Some(0) && !ended.stderr.contains("training.batch"), "it stays: {ended:?}");
}
