//! What the fold keeps, and what it bounds.

use super::*;
use crate::engine::{Change, KEPT_REMOVED};
use crate::evaluate::Score;
use crate::search::{Adjustment, Aim, Theta};
use crate::space::{Architecture, Complexity, Extent, Measure, Normaliser, Outline, Scale};

fn started() -> Event {
    let extent = Extent { smallest: 10.0, largest: 1000.0 };
    Event::Started(Box::new(Started {
        run: "test".into(),
        seed: 1,
        strategy: "shared".into(),
        outline: Outline {
            decisions: Vec::new(),
            parameters: Some(extent),
            macs: None,
            latency: None,
            nodes: None,
            plan: None,
        },
        normaliser: Normaliser { measure: Measure::Parameters, scale: Scale::Log, extent },
        coefficients: vec![0.0, 1.0],
        iterations: 100,
        warm_up: 2,
        live: Some(LiveSettings { learning_rate: Some(0.05), samples: 2, validate_every: 50 }),
    }))
}

fn architecture(option: u16) -> Architecture {
    Architecture::new([option])
}

fn cost(parameters: u64) -> Complexity {
    Complexity { parameters: Some(parameters), ..Complexity::default() }
}

fn iteration(number: u64) -> Event {
    let sample = Sample {
        architecture: architecture(0),
        source: 0,
        score: Score { loss: 1.0, accuracy: 0.5 },
        complexity: cost(100),
    };
    let report = |coefficient| DistributionReport {
        coefficient,
        target: None,
        entropy: 1.0,
        ess: None,
        step: None,
        mode: architecture(0),
        complexity: cost(100),
    };
    Event::Iteration(Box::new(Iteration {
        iteration: number,
        warm_up: number <= 2,
        seconds: number as f64 * 0.5,
        evaluated: number * 4,
        redrawn: 0,
        learning_rate: 0.1,
        training_loss: Some(1.0),
        waited: Some(0.25),
        samples: vec![sample; 4],
        weights: Vec::new(),
        distributions: vec![report(0.0), report(1.0)],
    }))
}

fn validated(option: u16, parameters: u64, accuracy: f64) -> Event {
    Event::Validated(Validated {
        iteration: 1,
        distribution: 0,
        architecture: architecture(option),
        score: Score { loss: 1.0 - accuracy, accuracy },
        complexity: cost(parameters),
    })
}

fn fold(events: impl IntoIterator<Item = Event>) -> Dashboard {
    let mut dashboard = Dashboard::default();
    for event in events {
        dashboard.apply(&event);
    }
    dashboard
}

#[test]
fn memory_is_bounded_however_long_the_search() {
    let dashboard = fold(std::iter::once(started()).chain((1..5_000).map(iteration)));
    assert_eq!(dashboard.samples.len(), samples::SAMPLES);
    assert_eq!(dashboard.sampled, 4 * 4_999);
    assert!(dashboard.distributions[0].entropy.points().len() <= 1024);
    assert_eq!(dashboard.iteration, 4_999);
}

#[test]
fn the_pace_is_that_of_the_recent_past() {
    let dashboard = fold(std::iter::once(started()).chain((1..=50).map(iteration)));
    assert!((dashboard.pace - 2.0).abs() < 1e-9 && (dashboard.rate - 8.0).abs() < 1e-9);
    assert!((dashboard.remaining().unwrap() - 25.0).abs() < 1e-9);
    assert_eq!(dashboard.progress(), 0.5);
}

#[test]
fn the_front_holds_the_non_dominated_by_complexity() {
    let dashboard = fold([
        started(),
        iteration(1),
        validated(0, 100, 0.9),
        validated(1, 50, 0.8),
        validated(2, 60, 0.7),
        validated(3, 200, 0.95),
        validated(4, 100, 0.92),
    ]);
    let kept: Vec<u16> = dashboard.front.iter().map(|known| known.architecture.options()[0]).collect();
    assert_eq!(kept, [1, 4, 3]);
    assert_eq!(dashboard.distributions[0].trail.len(), 5);
}

#[test]
fn a_mode_validated_anew_replaces_its_older_figure() {
    let dashboard = fold([started(), iteration(1), validated(0, 100, 0.9), validated(0, 100, 0.8)]);
    assert_eq!(dashboard.front.len(), 1);
    assert_eq!(dashboard.front[0].score.accuracy, 0.8);
}

fn adjusted(iteration: u64, change: Change, undo: Change) -> Event {
    Event::Adjusted { iteration, change, undo: Some(undo) }
}

fn coefficient(distribution: usize, coefficient: f64) -> Change {
    Adjustment::Coefficient { distribution, coefficient }.into()
}

#[test]
fn samples_of_large_architectures_take_no_more_memory() {
    let sample = Sample {
        architecture: Architecture::new(vec![1; 4096]),
        source: 0,
        score: Score { loss: 1.0, accuracy: 0.5 },
        complexity: cost(100),
    };
    let mut samples = Samples::default();
    for number in 1..=1_000 {
        samples.push(Kept { number, iteration: 1, weights: [].into(), sample: sample.clone() });
    }
    assert_eq!((samples.len(), samples.get(0).unwrap().number), (2_000_000 / 4096, 1_001 - 2_000_000 / 4096));
}

#[test]
fn copies_share_their_samples_and_are_apart_where_one_is_renumbered() {
    let mut dashboard = fold([started(), iteration(1)]);
    let before = dashboard.clone();
    let aim = Aim::Coefficient(0.5);
    let (add, remove) =
        (Adjustment::Add { distribution: 0, aim }.into(), Adjustment::Remove { distribution: 0 }.into());
    dashboard.apply(&adjusted(1, add, remove));
    assert!(dashboard.samples.iter().all(|sample| sample.source == 1));
    assert!(before.samples.iter().all(|sample| sample.source == 0));
    dashboard.apply(&adjusted(1, Adjustment::Remove { distribution: 1 }.into(), add));
    assert!(dashboard.samples.is_empty() && before.samples.len() == 4);
}

/// An iteration whose pool has weights: those of distribution k are k.
fn weighed(number: u64, distributions: usize) -> Event {
    let Event::Iteration(mut one) = iteration(number) else { unreachable!() };
    one.weights = (0..distributions).map(|k| vec![k as f64; one.samples.len()]).collect();
    Event::Iteration(one)
}

#[test]
fn samples_keep_their_number_iteration_and_weights() {
    let dashboard = fold([started(), iteration(1), weighed(2, 3)]);
    let numbers: Vec<_> = dashboard.samples.kept().map(|kept| (kept.number, kept.iteration)).collect();
    assert_eq!(numbers, [(1, 1), (2, 1), (3, 1), (4, 1), (5, 2), (6, 2), (7, 2), (8, 2)]);
    assert!(dashboard.samples.find(4).unwrap().weights.is_empty());
    assert_eq!(*dashboard.samples.find(5).unwrap().weights, [Some(0.0), Some(1.0), Some(2.0)]);
    assert!(dashboard.samples.find(0).is_none() && dashboard.samples.find(9).is_none());
}

#[test]
fn weights_follow_their_distributions() {
    let mut dashboard = fold([started(), weighed(1, 2)]);
    let aim = Aim::Coefficient(0.5);
    let (add, remove) =
        (Adjustment::Add { distribution: 1, aim }.into(), Adjustment::Remove { distribution: 1 }.into());
    dashboard.apply(&adjusted(1, add, remove));
    assert_eq!(*dashboard.samples.find(1).unwrap().weights, [Some(0.0), None, Some(1.0)]);
    dashboard.apply(&adjusted(1, remove, add));
    assert_eq!(*dashboard.samples.find(1).unwrap().weights, [Some(0.0), Some(1.0)]);
}

#[test]
fn what_a_search_takes_of_its_machine_is_known_while_it_computes() {
    let usage = Usage { processors: 1.5, memory: 300_000_000, gpu: None };
    let rest = State::Paused { reason: None };
    let mut dashboard = fold([started(), Event::Usage(usage), Event::State { state: State::Running }]);
    assert_eq!(dashboard.usage, Some(usage));
    for state in [rest, State::Running] {
        dashboard.apply(&Event::State { state });
        assert_eq!(dashboard.usage, None);
    }
    dashboard.apply(&Event::Usage(usage));
    dashboard.apply(&Event::Failed { reason: "no memory".into() });
    dashboard.apply(&Event::Usage(usage));
    assert_eq!(dashboard.usage, None);
}

#[test]
fn a_changed_coefficient_shows_at_once_in_the_log_and_as_a_mark() {
    let dashboard = fold([started(), iteration(1), adjusted(1, coefficient(1, 2.0), coefficient(1, 1.0))]);
    assert_eq!(dashboard.distributions[1].report.coefficient, 2.0);
    let entry = dashboard.log.back().unwrap();
    assert_eq!((entry.kind, entry.text.as_str()), (LogKind::Adjustment, "coefficient of distribution 1: 1 -> 2"));
    let mark = dashboard.changes.back().unwrap();
    assert_eq!((mark.iteration, &mark.text, dashboard.undo()), (1, &entry.text, Some(coefficient(1, 1.0))));
}

#[test]
fn every_change_is_worded_and_what_was_before_it() {
    let aim = Aim::Target(0.5);
    let target = |target| Adjustment::Target { distribution: 1, target }.into();
    let (add, remove) =
        (Adjustment::Add { distribution: 2, aim }.into(), Adjustment::Remove { distribution: 2 }.into());
    let restore = Change::Restore { distribution: 2, removed: 0, aim: Aim::Coefficient(0.3) };
    let every = |iterations| Change::ValidateEvery { iterations };
    let (rate, each) = (|rate| Change::LearningRate { rate }, |each| Change::Samples { each });
    let mut dashboard = fold([started()]);
    for (change, undo, words) in [
        (coefficient(1, 0.3), Some(coefficient(1, 1.0)), "coefficient of distribution 1: 1 -> 0.3"),
        (coefficient(1, 0.3), None, "coefficient of distribution 1: 0.3"),
        (target(1.0), Some(target(0.5)), "target of distribution 1: 100 -> 1.00k"),
        (target(0.5), Some(coefficient(1, 0.3)), "distribution 1: coefficient 0.3 -> target 100"),
        (coefficient(1, 0.3), Some(target(0.5)), "distribution 1: target 100 -> coefficient 0.3"),
        (add, Some(remove), "added distribution 2 with target 100"),
        (remove, Some(restore), "removed distribution 2"),
        (restore, Some(remove), "put back distribution 2 with coefficient 0.3"),
        (rate(0.02), Some(rate(0.05)), "learning rate: 0.05 -> 0.02"),
        (each(4), Some(each(1)), "samples from each distribution: 1 -> 4"),
        (every(10), Some(every(0)), "validation: only at the end -> every 10 iterations"),
        (every(1), Some(every(10)), "validation: every 10 iterations -> every iteration"),
    ] {
        dashboard.apply(&Event::Adjusted { iteration: 0, change, undo });
        assert_eq!(dashboard.changes.back().unwrap().text, words);
    }
}

#[test]
fn the_settings_in_effect_are_those_of_the_start_and_of_the_changes_since() {
    let mut dashboard = fold([started()]);
    let begun = LiveSettings { learning_rate: Some(0.05), samples: 2, validate_every: 50 };
    assert_eq!(dashboard.live, Some(begun));
    let (rate, each) = (|rate| Change::LearningRate { rate }, |each| Change::Samples { each });
    let every = |iterations| Change::ValidateEvery { iterations };
    for (change, undo) in [(rate(0.02), rate(0.05)), (each(7), each(2)), (every(0), every(50))] {
        dashboard.apply(&adjusted(3, change, undo));
    }
    assert_eq!(dashboard.live, Some(LiveSettings { learning_rate: Some(0.02), samples: 7, validate_every: 0 }));
    while let Some(undo) = dashboard.undo() {
        dashboard.apply(&adjusted(4, undo, undo));
    }
    assert_eq!(dashboard.live, Some(begun));
}

#[test]
fn undoing_walks_back_over_several_changes_and_forward_again_over_new_ones() {
    let mut dashboard = fold([started(), iteration(1)]);
    let mut make = |change: Change, undo: Change| {
        dashboard.apply(&adjusted(1, change, undo));
        dashboard.undo()
    };
    let [a, b, c, d] = [0.0, 1.0, 2.0, 3.0].map(|to| coefficient(0, to));
    assert_eq!(make(b, a), Some(a));
    assert_eq!(make(c, b), Some(b));
    assert_eq!(make(c, c), Some(b), "what changes nothing is no step");
    assert_eq!(make(b, c), Some(a), "the last is taken back");
    assert_eq!(make(d, b), Some(b), "and another made");
    assert_eq!(make(b, d), Some(a));
    assert_eq!(make(a, b), None);
}

#[test]
fn a_change_that_cannot_be_taken_back_hides_what_came_before_it() {
    let remove = Adjustment::Remove { distribution: 0 }.into();
    let mut dashboard = fold([started(), iteration(1), adjusted(1, coefficient(1, 2.0), coefficient(1, 1.0))]);
    dashboard.apply(&Event::Adjusted { iteration: 1, change: remove, undo: None });
    assert_eq!(dashboard.undo(), None);
}

#[test]
fn what_is_no_longer_kept_is_not_offered_to_be_put_back() {
    let (aim, remove) = (Aim::Coefficient(1.0), Adjustment::Remove { distribution: 0 }.into());
    let restore = |removed| Change::Restore { distribution: 0, removed, aim };
    let mut dashboard = fold([started(), adjusted(0, remove, restore(0))]);
    let add: Change = Adjustment::Add { distribution: 0, aim }.into();
    for removed in 1..=KEPT_REMOVED as u64 {
        assert_eq!(dashboard.undo(), Some(restore(0)), "{removed}");
        dashboard.apply(&adjusted(0, add, remove));
        dashboard.apply(&adjusted(0, remove, restore(removed)));
    }
    assert_eq!(dashboard.undo(), None);
}

#[test]
fn changes_are_bounded_and_rewound_with_the_search() {
    let mut dashboard = fold([started(), iteration(1)]);
    let made = |number: u64| adjusted(number, coefficient(0, number as f64 + 1.0), coefficient(0, number as f64));
    (0..1_000).for_each(|number| dashboard.apply(&made(number)));
    assert_eq!((dashboard.changes.len(), dashboard.changes[0].iteration), (256, 744));
    let mut undone = 0;
    while let Some(undo) = dashboard.undo() {
        dashboard.apply(&adjusted(1_000, undo, undo));
        undone += 1;
    }
    // Half of those that are kept were made, and half take them back.
    assert_eq!(undone, 128);

    let mut dashboard = fold([started(), iteration(1)]);
    (0..5).for_each(|number| dashboard.apply(&made(number)));
    dashboard.apply(&adjusted(5, coefficient(0, 4.0), coefficient(0, 5.0)));
    let resumed = |iteration| {
        let (settings, notes) = (String::new(), Vec::new());
        Event::Resumed(Box::new(Resumed { iteration, seconds: 1.0, evaluated: 4, settings, notes }))
    };
    assert_eq!(dashboard.undo(), Some(coefficient(0, 3.0)));
    dashboard.apply(&resumed(4));
    assert_eq!((dashboard.changes.len(), dashboard.undo()), (5, Some(coefficient(0, 4.0))));
    dashboard.apply(&resumed(1));
    assert_eq!((dashboard.changes.len(), dashboard.undo()), (2, Some(coefficient(0, 1.0))));
}

fn theta(first: f64) -> Theta {
    Theta::try_from(vec![vec![first, 1.0 - first], vec![0.5, 0.5]]).unwrap()
}

fn thetas(iteration: u64, firsts: &[f64]) -> Event {
    Event::Thetas { iteration, thetas: firsts.iter().map(|&first| theta(first)).collect() }
}

#[test]
fn probabilities_stay_with_their_distribution_and_show_what_moved_most() {
    let mut dashboard = fold([started(), iteration(10), thetas(10, &[0.5, 0.5]), iteration(20)]);
    assert!(dashboard.distributions[1].moved(9).is_empty());
    dashboard.apply(&thetas(20, &[0.5, 0.875]));
    let moved = |decision, option, before, after| Moved { decision, option, before, after };
    let both = [moved(0, 0, 0.5, 0.875), moved(0, 1, 0.5, 0.125)];
    assert!(dashboard.distributions[0].moved(9).is_empty());
    assert_eq!(dashboard.distributions[1].moved(9), both);
    assert_eq!(dashboard.distributions[1].moved(1), both[..1]);
    let aim = Aim::Coefficient(0.5);
    let (add, remove) =
        (Adjustment::Add { distribution: 1, aim }.into(), Adjustment::Remove { distribution: 1 }.into());
    dashboard.apply(&adjusted(20, add, remove));
    assert!(dashboard.distributions[1].theta.is_none());
    assert_eq!(dashboard.distributions[2].moved(9), both);
    dashboard.apply(&adjusted(20, Adjustment::Remove { distribution: 0 }.into(), add));
    assert_eq!(dashboard.distributions[1].moved(9), both);
    dashboard.distributions[1].rewind(15);
    let said = SaidTheta { iteration: 10, theta: theta(0.5) };
    let view = &dashboard.distributions[1];
    assert_eq!((&view.theta, &view.theta_before), (&Some(said), &None));
    dashboard.distributions[1].rewind(5);
    assert!(dashboard.distributions[1].theta.is_none());
}

#[test]
fn more_probabilities_than_there_is_room_for_are_not_kept() {
    let mut dashboard = fold([started(), iteration(10)]);
    let large = Theta::uniform(&[5_000; 2]);
    dashboard.apply(&Event::Thetas { iteration: 10, thetas: vec![large; 2] });
    assert!(dashboard.distributions[0].theta.is_none());
}

#[test]
fn the_hypervolume_follows_the_front() {
    let mut dashboard = fold([started(), iteration(1)]);
    let mut volume = |event| {
        dashboard.apply(&event);
        dashboard.hypervolume.last().unwrap().1
    };
    // R is 0 at 10 parameters, 0.5 at 100 and 1 at 1,000.
    assert!((volume(validated(0, 100, 0.5)) - 0.5 * 0.5).abs() < 1e-12);
    assert!(
        (volume(validated(1, 1_000, 0.9)) - 0.5 * 0.5).abs() < 1e-12,
        "nothing lies beyond the greatest complexity"
    );
    assert!((volume(validated(2, 10, 0.25)) - (0.5 * 0.5 + 0.5 * 0.25)).abs() < 1e-12);
    assert!((volume(validated(0, 100, 0.125)) - 0.25).abs() < 1e-12, "a mode that turns out worse takes from it");
    assert!((volume(validated(3, 10, f64::NAN)) - 0.25).abs() < 1e-12);
    assert_eq!(dashboard.hypervolume.points().len(), 3);
}

#[test]
fn a_search_that_fails_says_why() {
    let dashboard = fold([started(), Event::Failed { reason: "no memory".into() }]);
    assert_eq!(dashboard.state, State::Failed { reason: "no memory".into() });
}

#[test]
fn the_share_of_waiting_is_that_of_the_whole_search() {
    let mut dashboard = fold([]);
    assert_eq!(dashboard.waiting_share(), None);
    for number in 1..=4 {
        dashboard.apply(&iteration(number));
        assert_eq!(dashboard.waiting_share(), Some(0.5));
    }
    let Event::Iteration(mut last) = iteration(8) else { unreachable!("it is one") };
    last.waited = Some(0.0);
    dashboard.apply(&Event::Iteration(last));
    assert_eq!(dashboard.waiting_share(), Some(0.25));
}
