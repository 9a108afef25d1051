//! Searches that outlive their screens, and screens that come to searches.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Folder, Terminal, keys, signal, with};

const SIZE: (u16, u16) = (120, 40);
const FOREVER: [&str; 2] = ["search.iterations=1000000", "engine.max_iterations_per_second=50"];

fn start(folder: &Folder) -> Terminal {
    // Without checkpoints nothing happens in a pause.
    let sets = with(&[&FOREVER[..], &["engine.checkpoint_seconds=0"]].concat());
    let terminal = folder.on_terminal(SIZE, &[&["run", "table.toml", "--run-dir", "kept"], &sets[..]].concat());
    terminal.see(&["● searching", "table of 20 rows"]);
    terminal
}

fn attach(folder: &Folder, more: &[&str]) -> Terminal {
    let start = Instant::now();
    let terminal = folder.on_terminal(SIZE, &[&["attach", "kept"], more].concat());
    terminal.see(&["● searching", "table of 20 rows"]);
    assert!(start.elapsed() < Duration::from_secs(20));
    terminal
}

fn stop(mut terminal: Terminal) {
    terminal.press("q");
    terminal.see(&["Stop the search?"]);
    terminal.press("y");
    let ended = terminal.ended();
    assert!(ended.code == 0 && ended.text.contains("kept: stopped after "), "{ended:?}");
}

#[test]
fn a_detached_search_goes_on_and_is_come_back_to_with_its_history() {
    let folder = Folder::table();
    let mut terminal = start(&folder);
    terminal.press("]+");
    terminal.see(&["coefficient of distribution 1: 1 -> 1.25"]);
    terminal.press("d");
    let ended = terminal.ended();
    assert!(ended.code == 0 && ended.text.contains("Back to it: isthmus attach kept"), "{ended:?}");
    let process = folder.searching("kept").expect("the search goes on");
    let terminal = attach(&folder, &[]);
    terminal.see(&["coefficient of distribution 1: 1 -> 1.25"]);
    assert_eq!(folder.searching("kept"), Some(process));
    stop(terminal);
    folder.wait_for_end("kept");
    let results: Value = serde_json::from_str(&folder.read("kept/results.json")).unwrap();
    assert_eq!(results["distributions"][1]["coefficient"], 1.25);
}

#[test]
fn a_terminal_that_goes_away_leaves_the_search_alone() {
    let folder = Folder::table();
    let terminal = start(&folder);
    terminal.hang_up();
    assert!(folder.searching("kept").is_some());
    let killed = attach(&folder, &[]);
    signal(killed.process(), libc::SIGKILL);
    stop(attach(&folder, &[]));
}

#[test]
fn a_screen_is_painted_anew_in_one_small_frame() {
    let folder = Folder::table();
    let mut terminal = start(&folder);
    terminal.press(" ");
    terminal.see(&["‖ paused "]);
    terminal.assert_silent(Duration::from_millis(300));
    let before = terminal.written();
    terminal.press(keys::control('l'));
    let after = terminal.see_frame_after(before);
    assert!((1..=8 * 1024).contains(&(after.bytes - before.bytes)), "{before:?}, {after:?}");
    assert_eq!(after.frames, before.frames + 1);
    stop(terminal);
}

#[test]
fn a_terminal_that_goes_away_while_keys_come_in_ends_its_screen() {
    let folder = Folder::table();
    let terminal = start(&folder);
    for tenths in [1, 3, 6, 10, 15] {
        attach(&folder, &[]).hang_up_after(&"?".repeat(500), Duration::from_micros(100 * tenths));
    }
    stop(terminal);
}

#[test]
fn a_terminal_that_goes_away_without_a_signal_ends_a_screen_that_rests() {
    let folder = Folder::table();
    let mut terminal = start(&folder);
    terminal.press(" ");
    terminal.see(&["‖ paused "]);
    let resting = folder.on_terminal_of_a_deaf_shell(SIZE, &["attach", "kept"]);
    resting.see(&["‖ paused "]);
    assert_eq!(resting.hang_up(), 7);
    stop(terminal);
}

#[test]
fn who_only_looks_cannot_steer_and_leaves_without_ending_anything() {
    let folder = Folder::table();
    let steering = start(&folder);
    let mut looking = attach(&folder, &["--read-only"]);
    looking.see(&["read-only"]);
    looking.press(" ");
    looking.see(&["this screen only looks"]);
    looking.press("q");
    assert_eq!(looking.ended().code, 0);
    steering.see(&["● searching"]);
    stop(steering);
}

#[test]
fn all_screens_of_a_search_see_what_one_of_them_does_and_its_end() {
    let folder = Folder::table();
    let mut first = start(&folder);
    let mut second = attach(&folder, &[]);
    first.press(" ");
    second.see(&["‖ paused "]);
    second.press(" ");
    first.see(&["● searching"]);
    stop(first);
    second.see(&["✓ finished"]);
    second.press("q");
    let ended = second.ended();
    assert!(ended.code == 0 && ended.text.contains("kept: stopped after "), "{ended:?}");
}

#[test]
fn a_search_without_a_screen_can_be_attached_to() {
    let folder = Folder::table();
    let sets = with(&FOREVER);
    let mut child = folder
        .command(&[&["run", "table.toml", "--run-dir", "kept", "--headless"], &sets[..]].concat())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while folder.searching("kept").is_none() || !folder.path().join("kept/socket").exists() {
        assert!(start.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(5));
    }
    stop(attach(&folder, &[]));
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_search_without_a_screen_outlives_its_terminal_and_says_that_it_can_go_on() {
    let folder = Folder::table();
    let sets = with(&FOREVER);
    let arguments = [&["run", "table.toml", "--run-dir", "kept", "--headless"], &sets[..]].concat();
    let child = folder.command(&arguments).spawn().unwrap();
    let start = Instant::now();
    while !folder.path().join("kept/socket").exists() {
        assert!(start.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(5));
    }
    let watching = attach(&folder, &[]);
    for _ in 0..3 {
        signal(child.id(), libc::SIGHUP);
        std::thread::sleep(Duration::from_millis(50));
    }
    watching.see(&["● searching"]);
    signal(child.id(), libc::SIGTERM);
    let ended = crate::support::output(child.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("Stopped, and resumable: isthmus resume kept"), "{ended:?}");
    watching.see(&["✓ finished"]);
}

#[test]
fn a_second_process_on_a_run_is_refused_and_told_who_holds_it() {
    let folder = Folder::table();
    let terminal = start(&folder);
    let process = folder.searching("kept").unwrap();
    let refused = folder.run(&["serve", "kept"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains(&format!("process {process} is working on this run")), "{refused:?}");
    stop(terminal);
}

#[test]
fn a_search_process_that_is_killed_is_said_to_be_gone() {
    let folder = Folder::table();
    let mut terminal = start(&folder);
    signal(folder.searching("kept").unwrap(), libc::SIGKILL);
    terminal.see(&["no longer connected"]);
    terminal.press("q");
    let ended = terminal.ended();
    assert!(ended.code == 1 && ended.text.contains("the process of the search has gone"), "{ended:?}");
    let refused = folder.run(&["attach", "kept"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("no search is running here"), "{refused:?}");
}

#[test]
fn without_a_running_search_there_is_nothing_to_attach_to() {
    let folder = Folder::table();
    let refused = folder.run(&["attach"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("no search is running in runs"), "{refused:?}");
    let refused = folder.run(&["attach", "nothing"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("no run in runs is called `nothing`"), "{refused:?}");
}

#[test]
fn where_several_searches_run_a_person_chooses() {
    let folder = Folder::table();
    let sets = with(&FOREVER);
    let searches: Vec<Terminal> = ["runs/one", "runs/two"]
        .map(|run| {
            let terminal = folder.on_terminal(SIZE, &[&["run", "table.toml", "--run-dir", run][..], &sets].concat());
            terminal.see(&["● searching"]);
            terminal
        })
        .into();
    let mut terminal = folder.on_terminal(SIZE, &["attach"]);
    terminal.see(&["Several searches are running:", "Which one? 1 to 2"]);
    let row = terminal.row("one");
    let number = row.split_whitespace().next().unwrap().to_owned();
    terminal.press(format!("{number}\n"));
    terminal.see(&["isthmus  one", "● searching"]);
    terminal.press("d");
    assert_eq!(terminal.ended().code, 0);
    searches.into_iter().for_each(|mut search| {
        search.press("d");
        assert_eq!(search.ended().code, 0);
    });
}

#[test]
fn the_folder_and_the_socket_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::table();
    let terminal = start(&folder);
    let mode = |path: &str| std::fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("kept"), mode("kept/socket")), (0o700, 0o600));
    stop(terminal);
}

#[test]
fn what_a_library_writes_reaches_the_log_and_not_the_screen() {
    let folder = Folder::table();
    let mut terminal = start(&folder);
    let process = folder.searching("kept").unwrap();
    // As libtorch does, from within the process that searches: on its standard error.
    let mut descriptor = std::fs::OpenOptions::new().append(true).open(format!("/proc/{process}/fd/2")).unwrap();
    std::io::Write::write_all(&mut descriptor, b"[W515 Context.cpp:76] a warning of the library\n").unwrap();
    terminal.press("6");
    terminal.see(&["› ", "[W515 Context.cpp:76] a warning of the library"]);
    assert!(folder.read("kept/log.txt").contains("a warning of the library"));
    stop(terminal);
}
