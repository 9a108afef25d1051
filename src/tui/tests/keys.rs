//! What keys do.

use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::sample::Search;
use super::*;
use crate::engine::{Command, State};
use crate::run::Play;
use crate::search::Adjustment;
use crate::tui::Leave;
use crate::tui::app::Effect;
use crate::tui::keys::TABLE;
use crate::tui::view::{Focus, Overlay, Playback, Subject};

/// Presses a key by its name.
pub(super) fn press(app: &mut App, name: &str) -> Effect {
    let (modifiers, name) = match name.strip_prefix("ctrl-") {
        Some(rest) => (KeyModifiers::CONTROL, rest),
        None => (KeyModifiers::NONE, name),
    };
    let code = match name {
        "space" => KeyCode::Char(' '),
        "tab" => KeyCode::Tab,
        "shift-tab" => KeyCode::BackTab,
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "page down" => KeyCode::PageDown,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "backspace" => KeyCode::Backspace,
        c => KeyCode::Char(char::from_str(c).unwrap()),
    };
    app.press(KeyEvent::new(code, modifiers))
}

fn coefficient(distribution: usize, coefficient: f64) -> Effect {
    Effect::Send(Command::Adjust(Adjustment::Coefficient { distribution, coefficient }.into()))
}

fn state(app: &mut App, state: State) {
    take(app, Event::State { state });
}

#[test]
fn space_rests_what_runs_and_the_other_way_round() {
    let mut app = app([]);
    assert_eq!(press(&mut app, "space"), Effect::Send(Command::Pause));
    assert_eq!(press(&mut app, "space"), Effect::Send(Command::Resume), "asked before the answer came");
    state(&mut app, State::Running);
    assert_eq!(press(&mut app, "space"), Effect::Send(Command::Pause));
    state(&mut app, State::Paused { reason: None });
    assert_eq!(press(&mut app, "space"), Effect::Send(Command::Resume));
    state(&mut app, State::Running);
    assert_eq!(press(&mut app, "s"), Effect::Send(Command::Step { iterations: 1 }));
    state(&mut app, State::Reporting);
    assert_eq!(press(&mut app, "space"), Effect::None);
    assert!(app.view.notice.is_some());
}

#[test]
fn steps_of_a_coefficient_are_ratios_down_to_nought() {
    let mut app = searching();
    assert_eq!(press(&mut app, "+"), coefficient(0, 0.01));
    assert_eq!(press(&mut app, "+"), coefficient(0, 0.0125), "from what is asked for, before the answer");
    assert_eq!(press(&mut app, "-"), coefficient(0, 0.01));
    assert_eq!(press(&mut app, "-"), coefficient(0, 0.0));
    press(&mut app, "]");
    assert_eq!(press(&mut app, "+"), coefficient(1, 0.375));
    press(&mut app, "]");
    assert_eq!(press(&mut app, "-"), coefficient(2, 0.8));
}

#[test]
fn a_change_is_shown_as_asked_until_it_is_answered() {
    let mut app = searching();
    press(&mut app, "+");
    assert_eq!(app.view.pending.get(&0), Some(&0.01));
    let change = Adjustment::Coefficient { distribution: 0, coefficient: 0.01 }.into();
    take(&mut app, Event::Adjusted { iteration: 620, change, undo: None });
    assert!(app.view.pending.is_empty());
    press(&mut app, "+");
    take(&mut app, Event::Refused { reason: "no".into() });
    assert!(app.view.pending.is_empty());
}

#[test]
fn a_coefficient_can_be_typed_and_only_a_sound_one_is_sent() {
    let mut app = searching();
    press(&mut app, "enter");
    press(&mut app, "backspace");
    for (typed, sent) in [("-1", false), ("nan", false), ("inf", false), ("1e999", false), ("x", false), ("", false)] {
        for c in typed.chars() {
            press(&mut app, &c.to_string());
        }
        assert_eq!(press(&mut app, "enter") != Effect::None, sent, "{typed}");
        press(&mut app, "ctrl-u");
    }
    for c in "0.5".chars() {
        press(&mut app, &c.to_string());
    }
    assert_eq!(press(&mut app, "enter"), coefficient(0, 0.5));
    assert!(app.view.overlay.is_none());
    press(&mut app, "enter");
    press(&mut app, "9");
    assert_eq!(press(&mut app, "esc"), Effect::None);
    assert!(app.view.overlay.is_none());
}

#[test]
fn leaving_a_search_asks_then_waits_then_goes_by_itself() {
    let mut app = searching();
    press(&mut app, "q");
    assert_eq!(press(&mut app, "n"), Effect::None);
    assert!(app.view.overlay.is_none());
    press(&mut app, "ctrl-c");
    assert_eq!(press(&mut app, "y"), Effect::Send(Command::Stop));
    state(&mut app, State::Reporting);
    assert_eq!(app.leave(), None);
    assert_eq!(app.clone().press(KeyEvent::from(KeyCode::Char('q'))), Effect::Leave(Leave::Abandoned));
    take(&mut app, Search::new().finished());
    assert_eq!(app.leave(), Some(Leave::Stopped));
}

#[test]
fn a_search_that_ended_by_itself_stays_until_the_person_leaves() {
    let mut app = searching();
    press(&mut app, "q");
    take(&mut app, Search::new().finished());
    assert!(app.view.overlay.is_none(), "there is nothing left to stop");
    assert_eq!(app.leave(), None);
    assert_eq!(press(&mut app, "+"), Effect::None);
    assert_eq!(press(&mut app, "q"), Effect::Leave(Leave::Ended));
}

#[test]
fn an_engine_that_went_away_leaves_the_screen_until_q() {
    let mut app = searching();
    app.disconnect();
    assert_eq!(app.leave(), None);
    assert_eq!(press(&mut app, "space"), Effect::None);
    assert_eq!(press(&mut app, "q"), Effect::Leave(Leave::Disconnected));
}

#[test]
fn a_held_sample_stays_while_others_come() {
    let search = Search::new();
    let mut app = app(search.until(450));
    app.view.set_focus(Focus::Samples);
    press(&mut app, "down");
    press(&mut app, "down");
    let (number, held) = app.view.selected(&app.dashboard).map(|(n, sample)| (n, sample.clone())).unwrap();
    assert_eq!(number, app.dashboard.sampled - 2);
    for event in search.iteration(451) {
        take(&mut app, event);
    }
    assert_eq!(app.view.selected(&app.dashboard).unwrap(), (number, &held));
    press(&mut app, "home");
    assert_eq!(app.view.selected(&app.dashboard).unwrap().0, app.dashboard.sampled);
}

#[test]
fn selections_stop_at_both_ends() {
    let mut app = searching();
    for _ in 0..9 {
        press(&mut app, "]");
    }
    assert_eq!(app.view.distribution, 3);
    for _ in 0..9 {
        press(&mut app, "[");
    }
    assert_eq!(app.view.distribution, 0);
    app.view.set_focus(Focus::Samples);
    press(&mut app, "end");
    let oldest = app.view.selected(&app.dashboard).unwrap().0;
    assert_eq!(oldest, app.dashboard.sampled - app.dashboard.samples.len() as u64 + 1);
    press(&mut app, "down");
    assert_eq!(app.view.selected(&app.dashboard).unwrap().0, oldest);
    press(&mut app, "home");
    press(&mut app, "up");
    assert_eq!(app.view.sample, None);
}

#[test]
fn the_cell_follows_what_was_selected_last() {
    let mut app = searching();
    assert_eq!(app.view.subject, Subject::Mode);
    app.view.set_focus(Focus::Samples);
    assert_eq!(app.view.subject, Subject::Sample);
    press(&mut app, "]");
    assert_eq!(app.view.subject, Subject::Mode);
    press(&mut app, "down");
    assert_eq!(app.view.subject, Subject::Sample);
    app.view.set_focus(Focus::Distributions);
    assert_eq!(app.view.subject, Subject::Mode);
}

/// A recorded run in the middle.
fn replayed() -> App {
    let mut app = searching();
    app.view.playback = Some(Playback { playing: true, speed: 1.0, target: None });
    app
}

#[test]
fn a_recorded_run_is_played_and_not_steered() {
    let mut app = replayed();
    assert_eq!(press(&mut app, "space"), Effect::Play(Play::Rest));
    assert_eq!(press(&mut app, "space"), Effect::Play(Play::On { speed: 1.0 }));
    assert_eq!(press(&mut app, ">"), Effect::Play(Play::On { speed: 2.0 }));
    assert_eq!(press(&mut app, ","), Effect::Play(Play::On { speed: 1.0 }));
    for key in ["+", "-"] {
        assert_eq!(press(&mut app, key), Effect::None);
        assert!(app.view.pending.is_empty());
    }
    press(&mut app, "]");
    assert_eq!(app.view.distribution, 1);
    assert_eq!(press(&mut app, "q"), Effect::Leave(Leave::Ended));
}

#[test]
fn jumps_add_up_before_the_first_is_done_and_stop_at_the_beginning() {
    let mut app = replayed();
    let to = |iteration| Effect::Play(Play::To { iteration });
    assert_eq!(app.dashboard.iteration, 620);
    assert_eq!(press(&mut app, "right"), to(640));
    assert_eq!(press(&mut app, "right"), to(660));
    assert_eq!(press(&mut app, "left"), to(640));
    assert_eq!(press(&mut app, "end"), to(u64::MAX));
    assert_eq!(press(&mut app, "right"), to(u64::MAX));
    assert_eq!(press(&mut app, "home"), to(0));
    assert_eq!(press(&mut app, "left"), to(0));
    assert_eq!(press(&mut app, "s"), to(1));
    press(&mut app, "enter");
    for key in ["7", "7"] {
        press(&mut app, key);
    }
    assert_eq!(press(&mut app, "enter"), to(77));
    assert!(app.view.overlay.is_none());
}

#[test]
fn every_key_of_the_table_can_be_pressed_in_every_focus_and_state() {
    let search = Search::new();
    let brief = app(search.between(445, 451));
    let mut states = [app([]), app(search.until(3)), brief.clone(), brief, replayed()];
    state(&mut states[2], State::Paused { reason: Some("why".into()) });
    take(&mut states[3], search.finished());
    for start in &states {
        for focus in Focus::ALL {
            for overlay in
                [None, Some(Overlay::Stop), Some(Overlay::Help { scroll: 0 }), Some(Overlay::Log { scroll: 9 })]
            {
                for key in TABLE.iter().flat_map(|binding| binding.keys) {
                    let mut app = start.clone();
                    app.view.set_focus(focus);
                    app.view.overlay.clone_from(&overlay);
                    app.press(KeyEvent::new(key.code, key.modifiers));
                    drawn(&mut app, 80, 24);
                }
            }
        }
    }
}
