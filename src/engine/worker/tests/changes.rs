//! What people change while a search runs.

use super::*;
use crate::engine::{ChangeError, Dashboard, KEPT_REMOVED};
use crate::search::Distribution;

#[test]
fn settings_that_are_changed_hold_from_the_next_iteration_and_are_said_at_a_resume() {
    let changes = [
        Change::LearningRate { rate: 0.02 },
        Change::Samples { each: 5 },
        Change::ValidateEvery { iterations: u64::MAX },
        Change::ValidateEvery { iterations: 2 },
    ];
    let settings = settings(8);
    let change = move |event: &Event, commands: &Sender<Command>| {
        if matches!(event, Event::Iteration(one) if one.iteration == 4) {
            changes.into_iter().for_each(|change| commands.send(Command::Adjust(change)).unwrap());
        }
    };
    let whole = run(&settings, first_option, change);
    let rates: Vec<f64> = whole.iterations().iter().map(|one| one.learning_rate).collect();
    assert_eq!(rates, [0.05, 0.05, 0.05, 0.05, 0.02, 0.02, 0.02, 0.02]);
    let samples: Vec<usize> = whole.iterations().iter().skip(2).map(|one| one.samples.len()).collect();
    assert_eq!(samples, [4, 4, 10, 10, 10, 10]);
    let validated = whole.events.iter().filter_map(|event| match event {
        Event::Validated(one) => Some((one.iteration, one.distribution)),
        _ => None,
    });
    // The last two for the report.
    assert_eq!(validated.collect::<Vec<_>>(), [(5, 1), (6, 0), (7, 1), (8, 0), (8, 0), (8, 1)]);
    let live = LiveSettings { learning_rate: Some(0.02), samples: 5, validate_every: 2 };
    assert_eq!(whole.checkpoints.last().unwrap().live, Some(live));
    let checkpoint = whole.checkpoints.last().cloned();
    let resumed = go_on(&settings, Some(ResumePoint { checkpoint, ..ResumePoint::default() }), first_option, |_, _| {});
    let Event::Started(started) = &resumed.events[0] else { panic!("{:?}", resumed.events[0]) };
    assert_eq!(started.live, Some(live));
}

#[test]
fn settings_that_are_asked_for_at_a_resume_come_after_the_recorded_changes() {
    let settings = settings(8);
    let checkpoint = run(&settings, first_option, change_and_keep).checkpoints.remove(2);
    let again = Recorded { iteration: 5, change: Change::Samples { each: 7 } };
    let point = ResumePoint {
        checkpoint: Some(checkpoint),
        adjustments: [again].into(),
        new_settings: vec![Change::Samples { each: 3 }, Change::ValidateEvery { iterations: 0 }],
        ..ResumePoint::default()
    };
    let resumed = go_on(&settings, Some(point), first_option, |_, _| {});
    let samples: Vec<usize> = resumed.iterations().iter().map(|one| one.samples.len()).collect();
    assert_eq!(samples, [4, 4, 6, 6, 6]);
    // What is so already is no change.
    assert_eq!(recorded(&resumed), [Recorded { iteration: 5, change: Change::Samples { each: 3 } }]);
}

#[test]
fn values_outside_what_is_allowed_are_refused_with_a_reason_and_change_nothing() {
    let aim = Aim::Coefficient(0.0);
    let remove = |distribution| Adjustment::Remove { distribution }.into();
    let target = |distribution, target| Adjustment::Target { distribution, target }.into();
    let changes = [
        Change::LearningRate { rate: f64::NAN },
        Change::LearningRate { rate: 0.0 },
        Change::LearningRate { rate: -1.0 },
        Change::LearningRate { rate: f64::INFINITY },
        Change::Samples { each: 0 },
        Change::Samples { each: 1025 },
        Change::Samples { each: usize::MAX },
        coefficient(0, f64::NAN),
        target(1, 1.5),
        target(usize::MAX, 0.5),
        Adjustment::Add { distribution: 9, aim }.into(),
        remove(2),
        Change::Restore { distribution: 0, removed: 0, aim },
        // From here on one distribution of one sample is left.
        remove(1),
        Change::Samples { each: 1 },
        remove(0),
        Change::Restore { distribution: 3, removed: 0, aim: Aim::Coefficient(1.0) },
        Change::Restore { distribution: 0, removed: 0, aim: Aim::Target(1.0) },
    ];
    let send = move |event: &Event, commands: &Sender<Command>| {
        if matches!(event, Event::Iteration(one) if one.iteration == 3) {
            let adjust = |change| [Command::Adjust(change), Command::Checkpoint];
            changes.into_iter().flat_map(adjust).for_each(|command| commands.send(command).unwrap());
        }
    };
    let run = run(&settings(4), first_option, send);
    let refused = run.events.iter().filter_map(|event| match event {
        Event::Refused { reason } => Some(reason.as_str()),
        _ => None,
    });
    insta::assert_snapshot!(refused.collect::<Vec<_>>().join("\n"));
    assert_eq!(recorded(&run), [Recorded { iteration: 3, change: remove(1) }]);
    let state = |checkpoint: &Checkpoint| (checkpoint.strategy.clone(), checkpoint.live, checkpoint.removed.clone());
    assert!(run.checkpoints[..13].iter().all(|checkpoint| state(checkpoint) == state(&run.checkpoints[0])));
    assert!(run.checkpoints[14..18].iter().all(|checkpoint| state(checkpoint) == state(&run.checkpoints[13])));
}

#[test]
fn a_distribution_of_one_sample_is_not_left_alone() {
    let mut settings = settings(4);
    settings.search.score_samples = 1;
    let run = run(&settings, first_option, |event, commands| {
        if matches!(event, Event::Iteration(one) if one.iteration == 3) {
            commands.send(Command::Adjust(Adjustment::Remove { distribution: 0 }.into())).unwrap();
        }
    });
    let reason = ChangeError::Pool.to_string();
    assert!(run.events.contains(&Event::Refused { reason }) && recorded(&run).is_empty());
}

#[test]
fn a_table_has_no_learning_rate_to_change() {
    let mut live = LiveSettings { learning_rate: None, samples: 1, validate_every: 0 };
    assert_eq!(live.change(Change::LearningRate { rate: 0.1 }, 2), Err(ChangeError::NothingIsTrained));
}

#[test]
fn the_last_removed_distributions_are_kept_and_no_more() {
    let (aim, distribution) = (Aim::Coefficient(0.0), 0);
    let run = run(&settings(4), first_option, move |event, commands| {
        if matches!(event, Event::Iteration(one) if one.iteration == 3) {
            let changes: [Change; 2] =
                [Adjustment::Add { distribution, aim }.into(), Adjustment::Remove { distribution }.into()];
            let many = changes.into_iter().cycle().take(2 * KEPT_REMOVED + 2);
            let restore = [0, 1].map(|removed| Change::Restore { distribution, removed, aim });
            many.chain(restore).for_each(|change| commands.send(Command::Adjust(change)).unwrap());
        }
    });
    let reason = ChangeError::NotKept(0).to_string();
    assert!(run.events.contains(&Event::Refused { reason }));
    let kept = &run.checkpoints.last().unwrap().removed;
    assert_eq!((kept.len(), kept[0].number), (KEPT_REMOVED, 1));
    assert_eq!(recorded(&run).len(), 2 * KEPT_REMOVED + 3);
}

/// Aims and settings of a search, as its checkpoint has them.
fn in_effect(checkpoint: &Checkpoint) -> (Vec<Aim>, Option<LiveSettings>) {
    let distributions = checkpoint.strategy["distributions"].as_array().unwrap().iter();
    let known = distributions.map(|one| serde_json::from_value::<Distribution>(one.clone()).unwrap().aim());
    (known.collect(), checkpoint.live)
}

/// The strategy's state without the multipliers of targets, which start again where a target is given.
fn learned(checkpoint: &Checkpoint) -> serde_json::Value {
    let mut state = checkpoint.strategy.clone();
    for distribution in state["distributions"].as_array_mut().unwrap() {
        if distribution.get("target").is_some() {
            distribution["coefficient"] = 0.into();
        }
    }
    state
}

fn any_change() -> impl proptest::strategy::Strategy<Value = Change> {
    use proptest::prelude::*;
    let aim = || {
        let value = prop::sample::select(vec![0.0, 0.25, 0.5]);
        (any::<bool>(), value)
            .prop_map(|(target, value)| if target { Aim::Target(value) } else { Aim::Coefficient(value) })
    };
    let place = || 0usize..5;
    prop_oneof![
        3 => (place(), aim()).prop_map(|(distribution, aim)| Change::aim(distribution, aim)),
        2 => (place(), aim()).prop_map(|(distribution, aim)| Adjustment::Add { distribution, aim }.into()),
        3 => place().prop_map(|distribution| Adjustment::Remove { distribution }.into()),
        2 => (place(), 0u64..3, aim()).prop_map(|(distribution, removed, aim)| Change::Restore { distribution, removed, aim }),
        1 => prop::sample::select(vec![0.05, 0.1, f64::NAN]).prop_map(|rate| Change::LearningRate { rate }),
        1 => (0usize..4).prop_map(|each| Change::Samples { each }),
        1 => (0u64..3).prop_map(|iterations| Change::ValidateEvery { iterations }),
    ]
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn as_many_undos_as_changes_bring_back_what_was(changes in proptest::collection::vec(any_change(), 0..14)) {
        // In a pause: all changes, then undo after undo. A checkpoint after each shows what is in effect.
        let dashboard = Arc::new(Mutex::new(Dashboard::default()));
        let (seen, shown) = (Arc::clone(&dashboard), Arc::new(Mutex::new(Vec::new())));
        let shows = Arc::clone(&shown);
        let most = changes.len();
        let react = move |event: &Event, commands: &Sender<Command>| {
            let mut dashboard = seen.lock().unwrap();
            dashboard.apply(event);
            let adjust = |change| [Command::Adjust(change), Command::Checkpoint];
            match event {
                Event::Iteration(one) if one.iteration == 4 => {
                    let all = [Command::Pause, Command::Checkpoint].into_iter();
                    all.chain(changes.iter().flat_map(|&change| adjust(change))).for_each(|order| commands.send(order).unwrap());
                }
                Event::Checkpointed { .. } => {
                    let aims = dashboard.distributions.iter().map(|view| {
                        view.report.target.map_or(Aim::Coefficient(view.report.coefficient), Aim::Target)
                    });
                    let mut shown = shows.lock().unwrap();
                    shown.push((aims.collect::<Vec<_>>(), dashboard.live));
                    if shown.len() > changes.len() {
                        let next = dashboard.undo().map_or(vec![Command::Stop], |undo| adjust(undo).into());
                        next.into_iter().for_each(|order| _ = commands.send(order));
                    }
                }
                _ => {}
            }
        };
        let run = run(&settings(8), first_option, react);
        let (before, after) = (&run.checkpoints[0], run.checkpoints.last().unwrap());
        proptest::prop_assert_eq!(in_effect(after), in_effect(before));
        proptest::prop_assert_eq!(learned(after), learned(before));
        proptest::prop_assert!(run.checkpoints.len() <= 2 * most + 2, "no more undos than changes");
        let known: Vec<_> = run.checkpoints.iter().map(in_effect).collect();
        proptest::prop_assert_eq!(&*shown.lock().unwrap(), &known, "the dashboard shows what is in effect");
        proptest::prop_assert_eq!(dashboard.lock().unwrap().undo(), None);
    }
}
