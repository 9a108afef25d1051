//! The list of samples: its orders and filters, and which of them is selected.

use super::keys::{press, type_in};
use super::sample::Search;
use super::*;
use crate::engine::Kept;
use crate::tui::app::Effect;
use crate::tui::view::Overlay;

/// The page of the samples, with the numbers of the first rows.
fn listed(app: &mut App) -> Vec<u64> {
    press(app, "3");
    drawn(app, 120, 40);
    let samples = &app.dashboard.samples;
    (0..40).filter_map(|row| app.view.listing.get(row, samples)).map(|(_, kept)| kept.number).collect()
}

fn is_sorted_by(app: &App, numbers: &[u64], value: impl Fn(&Kept) -> f64) -> bool {
    let values: Vec<f64> = numbers.iter().map(|&number| value(app.dashboard.samples.find(number).unwrap())).collect();
    values.is_sorted()
}

#[test]
fn samples_are_ordered_by_one_column_after_the_other_and_the_other_way_round() {
    let mut app = searching();
    let newest = app.dashboard.sampled;
    assert_eq!(listed(&mut app)[..3], [newest, newest - 1, newest - 2]);
    press(&mut app, "O");
    assert_eq!(listed(&mut app)[..3], [1, 2, 3]);
    press(&mut app, "o");
    let by_source = listed(&mut app);
    assert!(is_sorted_by(&app, &by_source, |kept| kept.sample.source as f64));
    assert!(by_source.is_sorted_by(|a, b| a > b), "equals stay as they were: {by_source:?}");
    press(&mut app, "o");
    assert!(is_sorted_by(&app.clone(), &listed(&mut app), |kept| kept.sample.score.loss));
    press(&mut app, "O");
    assert!(is_sorted_by(&app.clone(), &listed(&mut app), |kept| -kept.sample.score.loss));
    press(&mut app, "o");
    assert!(is_sorted_by(&app.clone(), &listed(&mut app), |kept| -kept.sample.score.accuracy));
    press(&mut app, "o");
    assert!(is_sorted_by(&app.clone(), &listed(&mut app), |kept| kept.sample.complexity.parameters.unwrap() as f64));
    press(&mut app, "o");
    assert!(is_sorted_by(&app.clone(), &listed(&mut app), |kept| kept.sample.complexity.macs.unwrap() as f64));
    // The space knows no latency.
    press(&mut app, "o");
    for distribution in [0, 1] {
        let weight = |kept: &Kept| kept.weights[distribution].unwrap();
        let by_weight = listed(&mut app);
        assert!(is_sorted_by(&app, &by_weight, |kept| -f64::from(weight(kept))), "{by_weight:?}");
        press(&mut app, "]");
    }
    press(&mut app, "o");
    assert_eq!(listed(&mut app)[0], newest);
}

#[test]
fn what_is_not_known_of_samples_comes_last_either_way() {
    let mut app = searching();
    let Event::Iteration(mut one) = Search::new().iteration(621).swap_remove(0) else { unreachable!() };
    one.samples[3].score.loss = f64::NAN;
    take(&mut app, Event::Iteration(one));
    let unknown = app.dashboard.sampled - 4;
    press(&mut app, "3");
    press(&mut app, "o");
    press(&mut app, "o");
    for _ in 0..2 {
        listed(&mut app);
        press(&mut app, "G");
        assert_eq!(app.view.sample, Some(unknown));
        press(&mut app, "O");
    }
}

#[test]
fn a_held_sample_stays_selected_in_any_order_and_filter_that_has_it() {
    let mut app = searching();
    press(&mut app, "3");
    for _ in 0..5 {
        press(&mut app, "down");
    }
    let held = app.view.sample.unwrap();
    assert_eq!(held, app.dashboard.sampled - 5);
    filter(&mut app, "acc>0.5");
    let search = Search::new();
    for iteration in 621..624 {
        press(&mut app, "o");
        search.iteration(iteration).into_iter().for_each(|event| take(&mut app, event));
        drawn(&mut app, 80, 24);
        assert_eq!(app.view.sample, Some(held));
        let row = app.view.row(&app.dashboard);
        assert_eq!(app.view.listing.get(row, &app.dashboard.samples).unwrap().1.number, held);
    }
    let source = app.dashboard.samples.find(held).unwrap().sample.source;
    filter(&mut app, &format!("source!={source}"));
    drawn(&mut app, 80, 24);
    let near = app.view.sample.unwrap();
    assert!(near != held && near.abs_diff(held) <= 2, "{near} in place of {held}");
}

#[test]
fn samples_are_followed_or_held() {
    let search = Search::new();
    let mut app = searching();
    press(&mut app, "3");
    let next = |app: &mut App, iteration| {
        search.iteration(iteration).into_iter().for_each(|event| take(app, event));
        drawn(app, 80, 24);
        app.view.selected(&app.dashboard).unwrap().0 == app.dashboard.sampled
    };
    assert!(next(&mut app, 621));
    press(&mut app, "f");
    assert!(!next(&mut app, 622));
    press(&mut app, "f");
    assert!(next(&mut app, 623));
    press(&mut app, "down");
    press(&mut app, "up");
    assert!(!next(&mut app, 624), "moving holds, if it is at the newest");
    press(&mut app, "g");
    assert!(next(&mut app, 625));
    filter(&mut app, "source=1");
    assert!(!next(&mut app, 626));
    let followed = app.view.selected(&app.dashboard).unwrap();
    assert!(app.view.sample.is_none() && followed.1.source == 1 && app.dashboard.sampled - followed.0 < 8);
}

/// Types a filter for the samples.
fn filter(app: &mut App, text: &str) {
    press(app, "/");
    press(app, "ctrl-u");
    type_in(app, text);
    press(app, "enter");
}

#[test]
fn samples_are_filtered_until_esc() {
    let mut app = searching();
    let all = app.dashboard.samples.len();
    press(&mut app, "3");
    filter(&mut app, "source=2 acc>0.97");
    let found = listed(&mut app);
    let kept = |number: &u64| &app.dashboard.samples.find(*number).unwrap().sample;
    assert!(!found.is_empty() && found.iter().map(kept).all(|one| one.source == 2 && one.score.accuracy > 0.97));
    press(&mut app, "z");
    assert_eq!(press(&mut app, "esc"), Effect::None);
    assert_eq!(app.view.listing.len(&app.dashboard.samples), all);
    assert!(app.view.zoom, "one thing at a time");
    filter(&mut app, "source=2 acc>2");
    assert!(app.view.overlay.is_some(), "what is wrong stays to be mended");
    press(&mut app, "esc");
    assert_eq!(app.view.listing.len(&app.dashboard.samples), all);
    filter(&mut app, "n>5 n<3");
    assert!(listed(&mut app).is_empty());
    for key in ["down", "up", "end", "f", "o", "O"] {
        press(&mut app, key);
        drawn(&mut app, 80, 24);
    }
    filter(&mut app, "");
    drawn(&mut app, 80, 24);
    assert_eq!(app.view.listing.len(&app.dashboard.samples), all);
}

#[test]
fn a_filter_is_mended_from_what_it_was_and_outlives_the_search() {
    let mut app = searching();
    press(&mut app, "3");
    filter(&mut app, "dup  loss < 0.5");
    press(&mut app, "/");
    assert!(matches!(&app.view.overlay, Some(Overlay::Prompt(prompt)) if prompt.input.value() == "dup loss<0.5"));
    take(&mut app, Search::new().finished());
    assert!(app.view.overlay.is_some());
    press(&mut app, "enter");
    assert_eq!(app.view.listing.filter.to_string(), "dup loss<0.5");
}

#[test]
fn a_long_answer_is_seen_where_its_cursor_is() {
    let mut app = searching();
    press(&mut app, "3");
    press(&mut app, "/");
    type_in(&mut app, &format!("n>111 {} n<99999", "loss<1 ".repeat(12)));
    let shown = |app: &mut App| {
        let text: String = drawn(app, 80, 24).content().iter().map(|cell| cell.symbol()).collect();
        (text.contains("n>111"), text.contains("n<99999"))
    };
    assert_eq!(shown(&mut app), (false, true));
    press(&mut app, "home");
    assert_eq!(shown(&mut app), (true, false));
}

#[test]
fn architectures_that_were_sampled_more_than_once_say_how_often() {
    let mut app = searching();
    let Event::Iteration(mut one) = Search::new().iteration(621).swap_remove(0) else { unreachable!() };
    let architecture = one.samples[0].architecture.clone();
    one.samples[1..3].iter_mut().for_each(|sample| sample.architecture = architecture.clone());
    take(&mut app, Event::Iteration(one));
    press(&mut app, "3");
    filter(&mut app, "iteration=621 dup>2");
    let newest = app.dashboard.sampled;
    assert_eq!(listed(&mut app), [newest - 5, newest - 6, newest - 7]);
    let text: String = drawn(&mut app, 80, 24).content().iter().map(|cell| cell.symbol()).collect();
    assert_eq!(text.matches("×3").count(), 3);
}
