//! Searches that cannot begin: the screen and its end without any libtorch.

use std::time::Duration;

use crate::support::{Folder, keys, signal, with};

/// The arguments of a run whose pictures are not there.
fn no_pictures() -> Vec<&'static str> {
    [&["run", "tiny.toml", "--run-dir", "kept"][..], &with(&["data.set=mnist", "data.path=no"])].concat()
}

/// The part of the reason that a terminal of any width shows.
const REASON: &str = "no has no contents: there is no such folder";

#[test]
fn a_search_that_fails_says_why_on_screen_and_again_once_it_is_left() {
    let folder = Folder::new();
    let mut terminal = folder.on_terminal((120, 40), &no_pictures());
    terminal.see(&["✗ failed", REASON, "q leave"]);
    assert!(terminal.is_taken());
    terminal.press("q");
    let ended = terminal.ended();
    assert!(ended.code == 1 && ended.text.starts_with(REASON), "{ended:?}");
}

#[test]
fn between_pipes_a_search_that_fails_says_why_and_leaves_standard_output_empty() {
    let ended = Folder::new().run(&[&no_pictures()[..], &["--json"]].concat());
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
    assert!(ended.stderr.contains(REASON), "{ended:?}");
}

#[test]
fn help_and_palette_open_over_the_panes_and_close_again() {
    let folder = Folder::new();
    let mut terminal = folder.on_terminal((120, 40), &no_pictures());
    terminal.see(&["✗ failed"]);
    for (key, page) in [("?", "┏ Help"), (":", "┏ Actions")] {
        terminal.press(key);
        terminal.see(&[page]);
        terminal.press(keys::ESCAPE);
        terminal.see_no(page);
    }
}

#[test]
fn the_screen_follows_the_terminal_to_any_size() {
    let folder = Folder::new();
    let mut terminal = folder.on_terminal((120, 40), &no_pictures());
    terminal.see(&["✗ failed"]);
    for (columns, rows) in [(80, 24), (200, 60), (40, 10), (120, 40)] {
        terminal.resize(columns, rows);
        if columns == 40 {
            terminal.see(&["40x10 is too small", "60x16 is needed"]);
        } else {
            // The last row is where the keys are, at any size.
            terminal.find("the keys in the last row", |screen| {
                let last = screen.rows(0, columns).last()?;
                (last.contains("? help") && screen.contents().contains("✗ failed")).then_some(())
            });
        }
    }
}

#[test]
fn a_screen_on_which_nothing_happens_writes_nothing() {
    let folder = Folder::new();
    let terminal = folder.on_terminal((80, 24), &no_pictures());
    terminal.see(&["✗ failed"]);
    terminal.assert_silent(Duration::from_millis(300));
}

#[test]
fn a_signal_hands_the_terminal_back() {
    for number in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
        let folder = Folder::new();
        let terminal = folder.on_terminal((80, 24), &no_pictures());
        terminal.see(&["✗ failed"]);
        signal(terminal.process(), number);
        let ended = terminal.ended();
        assert!(ended.code == 1 && ended.signal.is_none(), "{ended:?}");
    }
}

#[test]
fn control_z_lends_the_terminal_to_the_shell_until_the_program_goes_on() {
    let folder = Folder::new();
    let mut terminal = folder.on_terminal((80, 24), &no_pictures());
    terminal.see(&["✗ failed"]);
    terminal.press(keys::control('z'));
    terminal.find("the ordinary screen", |screen| (!screen.alternate_screen()).then_some(()));
    terminal.wait_until_stopped();
    assert!(!terminal.is_taken());
    signal(terminal.process(), libc::SIGCONT);
    terminal.see(&["✗ failed"]);
    assert!(terminal.is_taken());
}

#[cfg(not(feature = "torch"))]
#[test]
fn a_program_without_libtorch_says_so() {
    let folder = Folder::new();
    let ended = folder.run(&["run", "tiny.toml"]);
    let said = "this program was built without libtorch";
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
    assert!(ended.stderr.contains(said), "{ended:?}");
    let mut terminal = folder.on_terminal((120, 40), &["run", "tiny.toml"]);
    terminal.see(&["✗ failed", said]);
    terminal.press("q");
    let ended = terminal.ended();
    assert!(ended.code == 1 && ended.text.contains(said), "{ended:?}");
}
