//! Snapshots of the whole screen.

use insta::assert_snapshot;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::sample::{ITERATIONS, Search};
use super::*;
use crate::engine::{Command, GpuUsage, State, Usage};
use crate::search::Adjustment;
use crate::tui::tests::keys::{press, type_in};
use crate::tui::view::Tab;
use crate::tui::{Colours, Ground};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

/// What is on screen as text.
fn text(app: &mut App, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| app.draw(frame.area(), frame.buffer_mut())).unwrap();
    let cells = terminal.backend().buffer().content();
    let rows = cells.chunks(usize::from(width));
    rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>().trim_end().to_string() + "\n").collect()
}

fn snapshot(name: &str, app: &mut App) {
    for (width, height) in SIZES {
        assert_snapshot!(format!("{name}-{width}x{height}"), text(app, width, height));
    }
}

#[test]
fn preparing() {
    snapshot("preparing", &mut app([]));
}

#[test]
fn started_without_an_iteration() {
    let search = Search::new();
    assert_snapshot!("started-80x24", text(&mut app([search.started(), search.ready()]), 80, 24));
}

#[test]
fn the_share_of_waiting_for_pictures_is_in_the_header_where_there_are_any() {
    let mut app = searching();
    assert!(!text(&mut app, 120, 40).contains("data "));
    let mut events = Search::new().until(2);
    for event in &mut events {
        if let Event::Iteration(one) = event {
            one.waited = Some(0.004 * one.seconds / one.iteration as f64);
        }
    }
    let header = text(&mut self::app(events), 120, 40);
    assert!(header.lines().next().unwrap().contains("data 0.4 %"), "{header}");
}

#[test]
fn warm_up() {
    snapshot("warm-up", &mut app(Search::new().until(150)));
}

#[test]
fn in_search() {
    snapshot("searching", &mut searching());
}

#[test]
fn every_page() {
    let mut app = searching();
    for tab in &Tab::ALL[1..] {
        app.view.show(*tab);
        press(&mut app, "down");
        snapshot(tab.name(), &mut app);
    }
}

#[test]
fn networks_that_are_trained() {
    let mut app = training();
    press(&mut app, "7");
    snapshot("trained", &mut app);
    for name in ["running", "waiting", "stopped", "failed"] {
        press(&mut app, "down");
        assert_snapshot!(format!("training-{name}-80x24"), text(&mut app, 80, 24));
    }
    press(&mut app, "x");
    assert!(text(&mut app, 80, 24).contains("front-4 is not being trained"));
    press(&mut app, "5");
    assert_snapshot!("front-trained-80x24", text(&mut app, 80, 24));
    press(&mut app, "down");
    press(&mut app, "up");
    press(&mut app, "enter");
    assert!(text(&mut app, 120, 40).contains("· trained: 98.1%"));
}

#[test]
fn the_questions_about_trainings() {
    let mut app = training();
    app.recipe = Ok(Box::default());
    press(&mut app, "5");
    press(&mut app, "G");
    press(&mut app, "T");
    assert_snapshot!("train-80x24", text(&mut app, 80, 24));
    for key in ["n", "7", "down", "x"] {
        press(&mut app, key);
    }
    assert_snapshot!("halt-80x24", text(&mut app, 80, 24));
    for key in ["n", "down", "down", "T"] {
        press(&mut app, key);
    }
    assert_snapshot!("train-on-80x24", text(&mut app, 80, 24));
}

#[test]
fn what_a_search_takes_of_its_machine() {
    let mut app = searching();
    let gpu = GpuUsage { busy: 0.45, used: 2_100_000_000, total: 8_000_000_000 };
    let usage = Usage { processors: 1.87, memory: 312_000_000, gpu: Some(gpu) };
    take(&mut app, Event::Usage(usage));
    snapshot("usage", &mut app);
    take(&mut app, Event::Usage(Usage { gpu: None, memory: 12_300_000_000, processors: 16.0 }));
    assert!(text(&mut app, 80, 24).contains("━ cpu 1600%  mem 12.3 GB\n"));
    take(&mut app, Event::State { state: State::Paused { reason: None } });
    assert!(!text(&mut app, 80, 24).contains("cpu"));
}

#[test]
fn samples_in_an_order_and_with_a_filter() {
    let mut app = searching();
    for key in ["3", "o", "o", "O", "/"] {
        press(&mut app, key);
    }
    type_in(&mut app, "params<60k acc>=97% ident");
    assert_snapshot!("filter-80x24", text(&mut app, 80, 24));
    press(&mut app, "enter");
    press(&mut app, "down");
    snapshot("samples-filtered", &mut app);
    for key in ["/", "space", "l", "o", "s", "<", "1"] {
        press(&mut app, key);
    }
    assert_snapshot!("filter-wrong-80x24", text(&mut app, 80, 24));
    for key in ["ctrl-u", "n", "<", "1", "enter"] {
        press(&mut app, key);
    }
    assert_snapshot!("samples-none-80x24", text(&mut app, 80, 24));
}

#[test]
fn samples_of_many_distributions() {
    let mut app = searching();
    let Event::Iteration(mut one) = Search::new().iteration(621).swap_remove(0) else { unreachable!() };
    one.distributions = one.distributions.iter().cycle().take(40).cloned().collect();
    one.weights = one.weights.iter().cycle().take(40).cloned().collect();
    take(&mut app, Event::Iteration(one));
    app.view.distribution = 35;
    press(&mut app, "3");
    (0..6).for_each(|_| _ = press(&mut app, "o"));
    snapshot("samples-many", &mut app);
}

#[test]
fn the_palette() {
    let mut app = searching();
    press(&mut app, ":");
    press(&mut app, "s");
    press(&mut app, "t");
    press(&mut app, "down");
    snapshot("palette", &mut app);
}

#[test]
fn ascii_alone() {
    let mut app = searching();
    app.theme.ascii = true;
    let shown = text(&mut app, 80, 24);
    assert!(shown.is_ascii(), "{shown}");
    assert_snapshot!("ascii-80x24", shown);
}

#[test]
fn a_distribution_with_a_limit_and_the_question_for_another() {
    let mut app = searching();
    let change = Adjustment::Target { distribution: 0, target: 0.5 }.into();
    take(&mut app, Event::Adjusted { iteration: 620, change, undo: None });
    press(&mut app, "t");
    assert_snapshot!("target-80x24", text(&mut app, 80, 24));
}

#[test]
fn paused_for_a_reason() {
    let mut app = searching();
    let reason = "the loss of 3 of 8 samples was not finite: try training.learning_rate = 0.025, or training.clip = 1";
    take(&mut app, Event::State { state: State::Paused { reason: Some(reason.into()) } });
    snapshot("paused", &mut app);
}

#[test]
fn finished() {
    let search = Search::new();
    snapshot("finished", &mut app(search.until(ITERATIONS).into_iter().chain([search.finished()])));
}

#[test]
fn failed() {
    let mut app = searching();
    let reason = "out of memory on CPU with training.batch = 64. To go on with less: isthmus resume digits-2026-01-01 --set \
                  training.batch=32; or isthmus resume digits-2026-01-01 --set engine.workers=1, which changes no result";
    take(&mut app, Event::Failed { reason: reason.into() });
    snapshot("failed", &mut app);
}

#[test]
fn help() {
    let mut app = searching();
    press(&mut app, "tab");
    press(&mut app, "?");
    snapshot("help", &mut app);
}

#[test]
fn the_question_whether_to_stop() {
    let mut app = searching();
    press(&mut app, "q");
    snapshot("stop", &mut app);
}

#[test]
fn a_coefficient_being_typed() {
    let mut app = searching();
    for key in ["]", "c", "end", "5", "x"] {
        press(&mut app, key);
    }
    snapshot("coefficient", &mut app);
}

#[test]
fn a_change_that_waits_for_its_answer() {
    let mut app = searching();
    press(&mut app, "]");
    press(&mut app, "+");
    assert_snapshot!("pending-80x24", text(&mut app, 80, 24));
    let [undo, change] =
        [0.3, 0.375].map(|coefficient| Adjustment::Coefficient { distribution: 1, coefficient }.into());
    take(&mut app, Event::Adjusted { iteration: 620, change, undo: Some(undo) });
    assert_snapshot!("adjusted-80x24", text(&mut app, 80, 24));
}

#[test]
fn each_pane_zoomed() {
    let mut app = searching();
    press(&mut app, "z");
    for pane in ["table", "chart", "entropy", "weights"] {
        assert_snapshot!(format!("zoomed-{pane}-80x24"), text(&mut app, 80, 24));
        press(&mut app, "tab");
    }
}

#[test]
fn a_terminal_too_small_says_so() {
    assert_snapshot!("small-40x10", text(&mut searching(), 40, 10));
}

#[test]
fn colours() {
    let few = Theme { colours: Colours::Few, ..Theme::COLOUR };
    let light = Theme { ground: Ground::Light, ..Theme::COLOUR };
    for (name, theme) in [("colour", Theme::COLOUR), ("monochrome", Theme::MONOCHROME), ("few", few), ("light", light)]
    {
        let mut app = searching();
        app.theme = theme;
        assert_snapshot!(format!("styles-{name}-80x24"), format!("{:?}", drawn(&mut app, 80, 24)));
    }
}

#[test]
fn the_run_name_cannot_steer_the_terminal() {
    let mut app = App::new("a\x1b]0;b\x07c".into(), Theme::COLOUR);
    let text = text(&mut app, 80, 24);
    assert!(text.contains("a ]0;b c") && !text.contains('\x1b'), "{text}");
    take(&mut app, Event::Refused { reason: "x\x1b[2Jy".into() });
    assert!(!drawn(&mut app, 80, 24).content().iter().any(|cell| cell.symbol().contains('\x1b')));
    assert_eq!(press(&mut app, "space"), crate::tui::app::Effect::Send(Command::Pause));
}
