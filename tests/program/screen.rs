//! A search on a terminal: watched, rested, steered and ended.

use std::time::Duration;

use serde_json::Value;

use crate::support::{Folder, SLOW_TO_SCORE, Terminal, keys, signal, with};

const RUN: &[&str] = &["run", "tiny.toml", "--run-dir", "kept"];
const SIZE: (u16, u16) = (120, 40);

/// How long a screen that rests is watched.
const REST: Duration = Duration::from_millis(300);

fn start(folder: &Folder, sets: &[&str]) -> Terminal {
    folder.on_terminal(SIZE, &[RUN, &with(sets)].concat())
}

fn results(folder: &Folder) -> Value {
    serde_json::from_str(&folder.read("kept/results.json")).unwrap()
}

/// The iteration that the header tells.
fn iteration(terminal: &Terminal) -> u64 {
    let row = terminal.row(" iteration ");
    let count = row.trim_start().trim_start_matches("iteration ").split('/').next().unwrap();
    count.replace(',', "").parse().unwrap()
}

fn see_more_iterations(terminal: &Terminal) {
    let before = iteration(terminal);
    terminal.find(&format!("an iteration after {before}"), |screen| {
        let row = screen.contents();
        (!row.contains(&format!(" iteration {before}/")) && row.contains(" iteration ")).then_some(())
    });
}

fn pause(terminal: &mut Terminal) {
    terminal.press(" ");
    terminal.see(&["‖ paused "]);
}

#[test]
fn every_pane_is_there_and_the_search_runs() {
    let folder = Folder::new();
    let terminal = start(&folder, &[]);
    terminal.see(&["isthmus", "kept", "distributions", "accuracy", "entropy", "importance weights", "samples", "cell"]);
    assert!(terminal.is_taken());
    terminal.see(&["● searching", "CPU, 1 worker", "architectures/s", "ETA", "q stop"]);
    see_more_iterations(&terminal);
}

#[test]
fn a_paused_search_rests_writes_nothing_and_goes_on_when_asked() {
    let folder = Folder::new();
    let mut terminal = start(&folder, &[]);
    terminal.see(&["● searching"]);
    pause(&mut terminal);
    let before = iteration(&terminal);
    terminal.assert_silent(REST);
    assert_eq!(iteration(&terminal), before);
    terminal.press(" ");
    terminal.see(&["● searching"]);
    see_more_iterations(&terminal);
}

#[test]
fn a_step_is_one_iteration() {
    let folder = Folder::new();
    let mut terminal = start(&folder, &[]);
    terminal.see(&["● searching"]);
    pause(&mut terminal);
    let before = iteration(&terminal);
    for step in 1..=3 {
        terminal.press("s");
        terminal.see(&[&format!(" iteration {}/", before + step), "‖ paused "]);
        terminal.assert_silent(REST / 3);
        assert_eq!(iteration(&terminal), before + step);
    }
}

#[test]
fn a_coefficient_is_changed_by_keys_and_by_typing_and_the_search_answers() {
    let folder = Folder::new();
    let mut terminal = start(&folder, &[]);
    terminal.see(&["● searching"]);
    pause(&mut terminal);
    terminal.press("]");
    terminal.see(&[" ▸ 1 "]);
    terminal.press("+");
    terminal.see(&["coefficient of distribution 1: 1 -> 1.25"]);
    assert_eq!(coefficient(&terminal), "1.25");
    terminal.press("c");
    terminal.see(&["Complexity coefficient of distribution 1", "> 1.25"]);
    terminal.press(keys::control('u'));
    terminal.press("0.x");
    terminal.see(&["not a number"]);
    terminal.press(format!("{}5", keys::BACKSPACE));
    terminal.see(&["1.25 → 0.5"]);
    terminal.press(keys::ENTER);
    terminal.see(&["coefficient of distribution 1: 1.25 -> 0.5"]);
    assert_eq!(coefficient(&terminal), "0.5");
    terminal.press("-");
    terminal.see(&["coefficient of distribution 1: 0.5 -> 0.4"]);
    terminal.press("q");
    terminal.see(&["Stop the search?"]);
    terminal.press("y");
    assert_eq!(terminal.ended().code, 0);
    assert_eq!(results(&folder)["distributions"][1]["coefficient"], 0.4);
}

/// That of the selected distribution, as the table has it.
fn coefficient(terminal: &Terminal) -> String {
    terminal.row(" ▸ 1 ").split_whitespace().nth(2).unwrap().into()
}

#[test]
fn a_selected_sample_is_held_and_its_cells_are_drawn() {
    let folder = Folder::new();
    let mut terminal = start(&folder, &[]);
    terminal.see(&["● searching"]);
    pause(&mut terminal);
    terminal.press("4");
    terminal.see(&["mode of 0"]);
    terminal.press("3");
    terminal.see(&["follows the newest"]);
    terminal.press(keys::DOWN.repeat(2));
    let held = terminal.row(" holds ");
    let number = held.split(" holds ").nth(1).unwrap().split_whitespace().next().unwrap();
    terminal.press(keys::ENTER);
    terminal.see(&[&format!("sample {number} · "), "normal cell", "reduction cell", "│ 0 ├", "│ 1 ├", "output"]);
    let contents = terminal.find("operations", |screen| Some(screen.contents()));
    assert!(contents.contains("sep3x3") || contents.contains("id"), "{contents}");
    terminal.press(" ");
    terminal.see(&["● searching"]);
    see_more_iterations(&terminal);
    terminal.press("3");
    terminal.see(&[&format!("holds {number}")]);
}

#[test]
fn a_running_search_fits_any_size() {
    let folder = Folder::new();
    let mut terminal = start(&folder, &[]);
    terminal.see(&["● searching"]);
    terminal.resize(80, 24);
    terminal.find("fewer keys", |screen| {
        let shown = screen.contents();
        (shown.contains("accuracy ─") && !shown.contains("z zoom") && shown.contains("? help")).then_some(())
    });
    terminal.resize(200, 60);
    terminal.see(&["accuracy ─", "z zoom"]);
    terminal.resize(40, 10);
    terminal.see(&["isthmus: ● searching", "40x10 is too small", "60x16 is needed"]);
    terminal.resize(SIZE.0, SIZE.1);
    terminal.see(&["accuracy ─", "c type it"]);
    see_more_iterations(&terminal);
}

#[test]
fn stopping_asks_first_and_ends_with_results_on_the_ordinary_screen() {
    let folder = Folder::new();
    let mut terminal = start(&folder, &[]);
    terminal.see(&["● searching"]);
    terminal.press("q");
    terminal.see(&["Stop the search?"]);
    terminal.press("n");
    terminal.see_no("Stop the search?");
    see_more_iterations(&terminal);
    terminal.press("q");
    terminal.see(&["Stop the search?"]);
    terminal.press("y");
    let ended = terminal.ended();
    assert_eq!(ended.code, 0, "{}", ended.text);
    for part in ["kept: stopped after ", "  k  coefficient  parameters    MACs  validation     test", "Kept in kept"] {
        assert!(ended.text.contains(part), "{part}: {}", ended.text);
    }
    assert_eq!(results(&folder)["complete"], false);
}

#[test]
fn a_search_that_ended_stays_on_screen_until_it_is_left() {
    let folder = Folder::new();
    let mut terminal = start(&folder, &["search.iterations=10"]);
    terminal.see(&["✓ finished", "iteration 10/10", "results of the modes", "q leave"]);
    terminal.assert_silent(REST);
    assert!(terminal.is_taken());
    terminal.press("q");
    let ended = terminal.ended();
    assert!(ended.code == 0 && ended.text.contains("kept: finished after 10 iterations"), "{ended:?}");
    assert_eq!(results(&folder)["complete"], true);
}

#[test]
fn a_signal_ends_a_search_with_results_and_hands_the_terminal_back() {
    for (number, rests) in [(libc::SIGTERM, false), (libc::SIGTERM, true), (libc::SIGINT, false)] {
        let folder = Folder::new();
        let mut terminal = start(&folder, &[]);
        terminal.see(&["● searching"]);
        if rests {
            pause(&mut terminal);
        }
        signal(terminal.process(), number);
        let ended = terminal.ended();
        assert!(ended.code == 1 && ended.signal.is_none(), "{ended:?}");
        assert!(ended.text.contains("kept: stopped after "), "{ended:?}");
        assert!(ended.text.contains(&format!("stopped by signal {number}")), "{ended:?}");
        assert_eq!(results(&folder)["complete"], false);
    }
}

#[test]
fn a_terminal_that_hangs_up_leaves_the_search_running() {
    let folder = Folder::new();
    let terminal = start(&folder, &[]);
    terminal.see(&["● searching"]);
    terminal.hang_up();
    let process = folder.searching("kept").expect("the search goes on");
    signal(process, libc::SIGTERM);
    folder.wait_for_end("kept");
    assert_eq!(results(&folder)["complete"], false);
}

#[test]
fn who_does_not_wait_for_the_results_leaves_at_once() {
    let folder = Folder::new();
    let mut terminal = start(&folder, &SLOW_TO_SCORE);
    terminal.see(&["● searching"]);
    for (key, then) in [("q", "Stop the search?"), ("y", "… scoring the modes")] {
        terminal.press(key);
        terminal.see(&[then]);
    }
    terminal.press("q");
    let ended = terminal.ended();
    assert!(ended.code == 0 && ended.signal.is_none(), "{ended:?}");
    assert!(ended.text.contains("The modes are still being scored"), "{ended:?}");
    folder.wait_for_end("kept");
    assert_eq!(results(&folder)["complete"], false);
}

#[test]
fn a_search_that_diverges_rests_and_says_what_to_try() {
    let folder = Folder::new();
    let mut terminal = start(&folder, &["training.learning_rate=1e30", "training.clip=0"]);
    terminal.see(&["‖ paused ", "losses are not finite", "training.learning_rate than 1e30"]);
    terminal.assert_silent(REST);
    terminal.press("q");
    terminal.see(&["Stop the search?"]);
    terminal.press("y");
    let ended = terminal.ended();
    assert!(ended.code == 0 && ended.text.contains("kept: stopped after "), "{ended:?}");
}

#[test]
fn without_a_screen_progress_stays_on_the_ordinary_one() {
    let folder = Folder::new();
    let terminal = folder.on_terminal(SIZE, &[RUN, &["--headless"], &with(&["search.iterations=10"])].concat());
    let ended = terminal.ended();
    assert!(ended.code == 0 && ended.text.contains("kept: finished after 10 iterations"), "{ended:?}");
    assert!(ended.text.contains("kept: seed 5, 10 iterations") && ended.text.contains("Kept in kept"), "{ended:?}");
}
