//! What keys do.

use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::sample::Search;
use super::*;
use crate::engine::{Change, Command, State};
use crate::run::Play;
use crate::search::{Adjustment, Aim};
use crate::tui::Leave;
use crate::tui::app::Effect;
use crate::tui::keys::TABLE;
use crate::tui::prompt::{Ask, Prompt};
use crate::tui::view::{Focus, Overlay, Playback, Subject, Tab};

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
    assert_eq!(app.view.pending.get(&0), Some(&Aim::Coefficient(0.01)));
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
    press(&mut app, "c");
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
    press(&mut app, "c");
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
    press(&mut app, "]");
    assert_eq!(app.view.subject, Subject::Mode);
    press(&mut app, "down");
    assert_eq!(app.view.subject, Subject::Sample);
    press(&mut app, "enter");
    assert_eq!((app.view.tab, app.view.subject), (Tab::Cell, Subject::Sample));
    app.view.set_focus(Focus::Front);
    press(&mut app, "enter");
    assert_eq!((app.view.tab, app.view.subject), (Tab::Cell, Subject::Front));
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
    for key in ["+", "-", "a", "X", "c"] {
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
    press(&mut app, "t");
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
    let trainings = Search::trainings(&states[4].dashboard.front[..2]);
    states[4].hear(News::Trainings(trainings));
    states[4].recipe = Ok(Box::default());
    state(&mut states[2], State::Paused { reason: Some("why".into()) });
    take(&mut states[3], search.finished());
    for start in &states {
        for focus in Focus::ALL {
            let overlays = [
                None,
                Some(Overlay::Stop),
                Some(Overlay::Remove { distribution: 9 }),
                Some(Overlay::Halt { model: "front-1".into() }),
                Some(Overlay::Help { scroll: 0 }),
                Some(Overlay::Palette { input: "a".into(), selected: 99 }),
                Some(Overlay::Prompt(Prompt::new(Ask::Target(0), &start.dashboard))),
                Some(Overlay::Prompt(Prompt { ask: Ask::Filter { distribution: 0 }, input: "dup".into() })),
            ];
            for overlay in overlays {
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

/// Types a text.
pub(super) fn type_in(app: &mut App, text: &str) {
    for c in text.chars() {
        let name = if c == ' ' { "space".to_owned() } else { c.to_string() };
        press(app, &name);
    }
}

#[test]
fn pages_are_shown_by_their_number_with_the_focus_they_had() {
    let mut app = searching();
    press(&mut app, "tab");
    press(&mut app, "tab");
    assert_eq!(app.view.focus, Focus::Entropy);
    for (key, tab) in ["2", "3", "4", "5", "6", "7"].into_iter().zip(&Tab::ALL[1..]) {
        press(&mut app, key);
        assert_eq!(app.view.tab, *tab);
        assert!(tab.panes().contains(&app.view.focus));
    }
    press(&mut app, "1");
    assert_eq!(app.view.focus, Focus::Entropy);
}

#[test]
fn a_target_is_typed_in_the_units_of_the_space() {
    let mut app = searching();
    press(&mut app, "t");
    press(&mut app, "ctrl-u");
    for wrong in ["1", "9G", "x"] {
        type_in(&mut app, wrong);
        assert_eq!(press(&mut app, "enter"), Effect::None, "{wrong}");
        press(&mut app, "ctrl-u");
    }
    type_in(&mut app, "40k");
    let share = app.dashboard.started.as_ref().unwrap().normaliser.scaled(40_000.0);
    let change = Adjustment::Target { distribution: 0, target: share }.into();
    assert_eq!(press(&mut app, "enter"), Effect::Send(Command::Adjust(change)));
    take(&mut app, Event::Adjusted { iteration: 620, change, undo: None });
    assert!(app.view.pending.is_empty());
}

#[test]
fn a_distribution_is_added_between_its_neighbours_and_removed_after_a_question() {
    let mut app = searching();
    press(&mut app, "]");
    press(&mut app, "a");
    let aim = Aim::Coefficient(0.5477);
    let change = Adjustment::Add { distribution: 2, aim }.into();
    assert_eq!(press(&mut app, "enter"), Effect::Send(Command::Adjust(change)));
    press(&mut app, "X");
    assert_eq!(press(&mut app, "n"), Effect::None);
    press(&mut app, "X");
    let change = Adjustment::Remove { distribution: 1 }.into();
    assert_eq!(press(&mut app, "y"), Effect::Send(Command::Adjust(change)));
}

#[test]
fn the_palette_finds_an_action_by_its_words_and_does_it() {
    let mut app = searching();
    press(&mut app, ":");
    type_in(&mut app, "checkp");
    assert_eq!(press(&mut app, "enter"), Effect::Send(Command::Checkpoint));
    assert!(app.view.overlay.is_none());
    press(&mut app, ":");
    type_in(&mut app, "no such thing");
    assert_eq!(press(&mut app, "enter"), Effect::None);
    assert!(app.view.notice.is_some());
    press(&mut app, ":");
    type_in(&mut app, "open-front");
    press(&mut app, "enter");
    assert_eq!((app.view.tab, app.view.subject), (Tab::Cell, Subject::Front));
}

#[test]
fn the_log_is_searched_for_words_until_esc() {
    let mut app = searching();
    press(&mut app, "6");
    press(&mut app, "/");
    type_in(&mut app, "WARM done");
    press(&mut app, "enter");
    let shown = |app: &mut App| {
        let buffer = drawn(app, 80, 24);
        let text: String = buffer.content().iter().map(|cell| cell.symbol()).collect();
        (text.matches("warm-up done").count(), text.matches("computing on").count())
    };
    // The last message stands below the panes as well.
    assert_eq!(shown(&mut app), (2, 0));
    press(&mut app, "esc");
    assert_eq!(shown(&mut app), (2, 1));
}

#[test]
fn the_mouse_chooses_pages_panes_and_rows_once_it_is_listened_to() {
    use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

    let mut app = searching();
    drawn(&mut app, 120, 40);
    assert_eq!(press(&mut app, "M"), Effect::Mouse(true));
    let at = |kind, column, row| MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
    let click = MouseEventKind::Down(MouseButton::Left);
    // The third row of the table: below the header, the bar, the rule and the names.
    app.point(at(click, 5, 7));
    assert_eq!((app.view.focus, app.view.distribution), (Focus::Table, 2));
    app.point(at(MouseEventKind::ScrollUp, 5, 7));
    assert_eq!(app.view.distribution, 0);
    app.point(at(click, 5, 20));
    assert_eq!(app.view.focus, Focus::Chart);
    app.point(at(click, 40, 2));
    assert_eq!(app.view.tab, Tab::Samples);
    // The fourth sample.
    app.point(at(click, 5, 8));
    assert_eq!(app.view.sample, Some(app.dashboard.sampled - 3));
    press(&mut app, "q");
    app.point(at(MouseEventKind::ScrollUp, 5, 7));
    assert!(app.view.overlay.is_some(), "a question stays until it is answered");
}

#[test]
fn the_settings_of_the_search_are_typed_and_checked() {
    for (key, wrong, right, change) in [
        ("R", ["0", "x", "inf"], "0.01", Change::LearningRate { rate: 0.01 }),
        ("N", ["0", "1.5", "99999"], "4", Change::Samples { each: 4 }),
        ("V", ["-1", "x", ""], "20", Change::ValidateEvery { iterations: 20 }),
    ] {
        let mut app = searching();
        press(&mut app, key);
        for wrong in wrong {
            press(&mut app, "ctrl-u");
            type_in(&mut app, wrong);
            assert_eq!(press(&mut app, "enter"), Effect::None, "{key} {wrong}");
        }
        press(&mut app, "ctrl-u");
        type_in(&mut app, right);
        assert_eq!(press(&mut app, "enter"), Effect::Send(Command::Adjust(change)));
    }
}

#[test]
fn u_takes_the_last_change_back_once_until_it_is_answered() {
    let mut app = searching();
    assert_eq!(press(&mut app, "u"), Effect::None);
    assert!(app.view.notice.is_some(), "there is nothing to undo");
    let coefficients = [0.3, 0.375].map(|coefficient| Adjustment::Coefficient { distribution: 1, coefficient }.into());
    let [undo, change] = coefficients;
    take(&mut app, Event::Adjusted { iteration: 620, change, undo: Some(undo) });
    assert_eq!(press(&mut app, "u"), Effect::Send(Command::Adjust(undo)));
    assert_eq!(press(&mut app, "u"), Effect::None, "its answer has not come");
    take(&mut app, Event::Adjusted { iteration: 620, change: undo, undo: Some(change) });
    assert_eq!(press(&mut app, "u"), Effect::None);
    assert!(app.view.notice.is_some(), "all is undone");
}

#[test]
fn a_genotype_is_copied_and_written_with_its_drawing() {
    let mut app = searching();
    press(&mut app, "4");
    let Effect::Copy(copied) = press(&mut app, "y") else { panic!("nothing is copied") };
    let outline = &app.dashboard.started.as_ref().unwrap().outline;
    let mode = &app.dashboard.distributions[0].report.mode;
    assert_eq!(crate::space::genotype::read(outline, &copied).unwrap(), *mode);
    let Effect::Save { name, text } = press(&mut app, "w") else { panic!("nothing is written") };
    assert_eq!(name, "mode-of-0-at-620");
    assert!(text.starts_with(&copied) && text.contains("normal cell"), "{text}");
    app.save(&name, &text);
    assert!(app.view.notice.as_ref().is_some_and(|notice| notice.contains("not known")));
    let place = tempfile::tempdir().unwrap();
    app.folder = Some(place.path().into());
    app.save(&name, &text);
    assert_eq!(std::fs::read_to_string(place.path().join("architectures/mode-of-0-at-620.txt")).unwrap(), text);
}

#[test]
fn an_architecture_is_trained_after_a_question_and_only_once() {
    let mut app = training();
    let refused = |app: &mut App, said: &str| {
        assert_eq!(press(app, "T"), Effect::None);
        let notice = app.view.notice.clone().unwrap_or_default();
        assert!(app.view.overlay.is_none() && notice.contains(said), "{said}: {notice}");
    };
    press(&mut app, "5");
    refused(&mut app, "the run's folder is not known here");
    app.recipe = Ok(Box::default());
    refused(&mut app, "is trained already");
    press(&mut app, "down");
    refused(&mut app, "is being trained already");
    press(&mut app, "G");
    press(&mut app, "T");
    let Effect::Train(start) = press(&mut app, "y") else { panic!("nothing is trained") };
    let last = app.dashboard.front.last().unwrap();
    assert_eq!(start.model, crate::train::name_of(&last.architecture));
    let outline = &app.dashboard.started.as_ref().unwrap().outline;
    let genotype = start.genotype.unwrap();
    assert_eq!(crate::space::genotype::read(outline, &genotype).unwrap(), last.architecture);
    press(&mut app, "T");
    assert_eq!(press(&mut app, "esc"), Effect::None);
    app.view.read_only = true;
    refused(&mut app, "only looks");
}

#[test]
fn a_training_is_stopped_and_gone_on_with_by_the_command_that_began_it() {
    let mut app = training();
    app.recipe = Ok(Box::default());
    press(&mut app, "7");
    press(&mut app, "x");
    assert!(app.view.notice.as_ref().is_some_and(|notice| notice.contains("is not being trained")));
    press(&mut app, "down");
    let running = app.view.model(&app.dashboard).unwrap().1.name.clone();
    press(&mut app, "x");
    assert_eq!(press(&mut app, "y"), Effect::Halt(running));
    press(&mut app, "down");
    press(&mut app, "down");
    press(&mut app, "T");
    let Effect::Train(start) = press(&mut app, "enter") else { panic!("nothing is trained") };
    assert_eq!((start.model.as_str(), start.genotype, start.command), ("front-3", None, vec!["--front=3".to_owned()]));
}

#[test]
fn the_selected_network_stays_so_while_others_come_and_a_whole_dashboard_changes_no_training() {
    let mut app = training();
    press(&mut app, "7");
    press(&mut app, "G");
    assert_eq!(app.view.model(&app.dashboard).unwrap().1.name, "front-4");
    let mut more = app.dashboard.trainings.clone();
    more.insert(0, crate::engine::Training { name: "small".into(), ..Default::default() });
    app.hear(News::Trainings(more.clone()));
    assert_eq!(app.view.model(&app.dashboard).unwrap(), (5, &more[5]));
    app.take(&Frame::Snapshot(Arc::new(searching().dashboard)));
    assert_eq!(app.dashboard.trainings, more);
    more.truncate(2);
    app.hear(News::Trainings(more));
    assert_eq!(app.view.model(&app.dashboard).unwrap().0, 0);
    app.hear(News::Ended("no such file".into()));
    assert!(app.view.notice.as_ref().is_some_and(|notice| notice.contains("has failed: no such file")));
}

#[test]
fn a_link_in_a_run_folder_leads_to_no_other_file() {
    let mut app = searching();
    let place = tempfile::tempdir().unwrap();
    let other = place.path().join("other.txt");
    std::fs::write(&other, "precious").unwrap();
    std::fs::create_dir(place.path().join("architectures")).unwrap();
    std::os::unix::fs::symlink(&other, place.path().join("architectures/name.txt")).unwrap();
    app.folder = Some(place.path().into());
    app.save("name", "a drawing");
    assert_eq!(std::fs::read_to_string(&other).unwrap(), "precious");
    assert!(app.view.notice.as_ref().is_some_and(|notice| notice.starts_with("there already: ")));
}

#[test]
fn a_marked_member_of_the_front_is_compared_with_the_selected_one_until_esc() {
    let mut app = searching();
    press(&mut app, "5");
    press(&mut app, "m");
    press(&mut app, "down");
    let shown = |app: &mut App| -> String { drawn(app, 120, 40).content().iter().map(|cell| cell.symbol()).collect() };
    let text = shown(&mut app);
    assert!(text.contains("against *: parameters +") && text.contains("instead of"), "{text}");
    press(&mut app, "esc");
    assert!(!shown(&mut app).contains("against *"));
}
