//! Whatever comes, in whatever order, in whatever room: no panic.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::*;

use super::sample::Search;
use super::*;
use crate::engine::{
    Change, Dashboard, DistributionReport, Epoch, GpuUsage, Iteration, Sample, Started, State, Tested, Training,
    TrainingState, Usage, Validated,
};
use crate::evaluate::Score;
use crate::search::{Adjustment, Aim};
use crate::space::{Architecture, Complexity, Decision, Extent, Measure, Normaliser, Outline, Scale};
use crate::tui::view::Focus;

/// What happens to a screen.
#[derive(Clone, Debug)]
enum Happening {
    Event(Box<Event>),
    Snapshot(Box<Dashboard>),
    Key(KeyEvent),
    Gone,
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => 0.0..1.0f64,
        2 => -10.0..1e7f64,
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE, -0.0]),
    ]
}

fn count() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0u64..2_000, 1 => prop::sample::select(vec![u64::MAX, 1 << 40])]
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z ]{0,80}", any::<String>(), Just("\x1b[2J\u{202e}宽字符 e\u{301}".into())]
}

fn architecture() -> impl Strategy<Value = Architecture> {
    let fitting = proptest::collection::vec(0u16..2, 32).prop_map(Architecture::new);
    prop_oneof![fitting, proptest::collection::vec(any::<u16>(), 0..5).prop_map(Architecture::new)]
}

fn complexity() -> impl Strategy<Value = Complexity> {
    (prop::option::of(count()), prop::option::of(count()), prop::option::of(number()))
        .prop_map(|(parameters, macs, latency)| Complexity { parameters, macs, latency })
}

fn score() -> impl Strategy<Value = Score> {
    (number(), number()).prop_map(|(loss, accuracy)| Score { loss, accuracy })
}

fn outline() -> impl Strategy<Value = Outline> {
    let cells = Just(match Search::new().started() {
        Event::Started(started) => started.outline,
        _ => unreachable!(),
    });
    let plain = words().prop_map(|name| Outline {
        decisions: vec![Decision { name: name.clone(), options: vec![name; 2] }; 2],
        parameters: None,
        macs: None,
        latency: None,
        nodes: None,
        plan: None,
    });
    prop_oneof![cells, plain]
}

fn started() -> impl Strategy<Value = Event> {
    let scale = prop::sample::select(vec![Scale::Linear, Scale::Log]);
    let measure = prop::sample::select(vec![Measure::Parameters, Measure::Macs, Measure::Latency]);
    let sound = (Just(7_000.0), Just(150_000.0));
    let extent = prop_oneof![sound, (number(), number())];
    let coefficients = proptest::collection::vec(number(), 0..40);
    (words(), outline(), (measure, scale, extent), coefficients, count(), count()).prop_map(
        |(run, outline, (measure, scale, (smallest, largest)), coefficients, iterations, warm_up)| {
            Event::Started(Box::new(Started {
                run,
                seed: 1,
                strategy: "shared".into(),
                outline,
                normaliser: Normaliser { measure, scale, extent: Extent { smallest, largest } },
                coefficients,
                iterations,
                warm_up,
                live: None,
            }))
        },
    )
}

fn iteration() -> impl Strategy<Value = Event> {
    let sample = (architecture(), 0usize..50, score(), complexity())
        .prop_map(|(architecture, source, score, complexity)| Sample { architecture, source, score, complexity });
    let report =
        (number(), number(), prop::option::of(number()), prop::option::of(number()), architecture(), complexity())
            .prop_map(|(coefficient, entropy, ess, step, mode, complexity)| DistributionReport {
                coefficient,
                target: step.map(|step: f64| step / 2.0),
                entropy,
                ess,
                step,
                mode,
                complexity,
            });
    let weights = proptest::collection::vec(proptest::collection::vec(number(), 0..12), 0..12);
    let samples = proptest::collection::vec(sample, 0..40);
    let reports = proptest::collection::vec(report, 0..40);
    (count(), any::<bool>(), number(), count(), samples, weights, reports).prop_map(
        |(iteration, warm_up, seconds, evaluated, samples, weights, distributions)| {
            Event::Iteration(Box::new(Iteration {
                iteration: iteration.min(1 << 50),
                warm_up,
                seconds,
                evaluated,
                redrawn: 0,
                learning_rate: 0.1,
                training_loss: Some(seconds),
                waited: Some(seconds),
                samples,
                weights,
                distributions,
            }))
        },
    )
}

fn state() -> impl Strategy<Value = State> {
    prop_oneof![
        Just(State::Preparing),
        Just(State::Running),
        prop::option::of(words()).prop_map(|reason| State::Paused { reason }),
        words().prop_map(|reason| State::Waiting { reason }),
        Just(State::Reporting),
    ]
}

fn training() -> impl Strategy<Value = Training> {
    let state = prop_oneof![
        prop::option::of(any::<u32>()).prop_map(|process| TrainingState::Waiting { process }),
        prop::option::of(any::<u32>()).prop_map(|process| TrainingState::Running { process }),
        Just(TrainingState::Interrupted),
        words().prop_map(|reason| TrainingState::Failed { reason }),
        (number(), number(), number(), number()).prop_map(|(accuracy, standard_error, one, many)| {
            TrainingState::Trained(Tested { accuracy, standard_error, latency_ms: [one, many] })
        }),
    ];
    let epoch = (count(), number(), number()).prop_map(|(epoch, loss, accuracy)| Epoch { epoch, loss, accuracy });
    let names = (words(), prop::option::of(words()), proptest::collection::vec(words(), 0..3));
    let counts = (count(), count(), count(), count(), count(), number(), prop::option::of(number()));
    (names, state, counts, proptest::collection::vec(epoch, 0..9)).prop_map(
        |((name, architecture, command), state, counts, curve)| {
            let (parameters, macs, step, steps, epochs, seconds, found_accuracy) = counts;
            Training {
                name,
                state,
                architecture,
                parameters,
                macs,
                found_accuracy,
                step,
                steps,
                epochs,
                seconds,
                curve,
                command,
            }
        },
    )
}

fn event() -> impl Strategy<Value = Event> {
    let validated = (count(), 0usize..50, architecture(), score(), complexity()).prop_map(
        |(iteration, distribution, architecture, score, complexity)| {
            Event::Validated(Validated { iteration, distribution, architecture, score, complexity })
        },
    );
    let aim = || prop_oneof![number().prop_map(Aim::Coefficient), number().prop_map(Aim::Target)];
    let change = || {
        (0usize..9, number(), count(), aim())
            .prop_flat_map(|(distribution, number, count, aim)| {
                prop_oneof![
                    Just(Adjustment::Coefficient { distribution, coefficient: number }.into()),
                    Just(Adjustment::Target { distribution, target: number }.into()),
                    Just(Adjustment::Add { distribution, aim }.into()),
                    Just(Adjustment::Remove { distribution }.into()),
                    Just(Change::Restore { distribution, removed: count, aim }),
                    Just(Change::LearningRate { rate: number }),
                    Just(Change::Samples { each: distribution }),
                    Just(Change::ValidateEvery { iterations: count }),
                ]
                .boxed()
            })
            .boxed()
    };
    let adjusted = (count(), change(), prop::option::of(change()))
        .prop_map(|(iteration, change, undo)| Event::Adjusted { iteration, change, undo });
    prop_oneof![
        4 => started(),
        1 => (words(), prop::option::of(number()))
            .prop_map(|(device, iterations_an_epoch)| Event::Ready { device, iterations_an_epoch }),
        4 => state().prop_map(|state| Event::State { state }),
        12 => iteration(),
        8 => validated,
        2 => adjusted,
        1 => words().prop_map(|reason| Event::Refused { reason }),
        2 => (count(), words()).prop_map(|(iteration, message)| Event::Warning { iteration, message }),
        1 => words().prop_map(|text| Event::Output { text }),
        1 => (number(), count(), prop::option::of((number(), count(), count()))).prop_map(|(processors, memory, gpu)| {
            let gpu = gpu.map(|(busy, used, total)| GpuUsage { busy, used, total });
            Event::Usage(Usage { processors, memory, gpu })
        }),
        2 => proptest::collection::vec(training(), 0..6).prop_map(Event::Trainings),
        1 => Just(()).prop_map(|()| Search::new().finished()),
        1 => words().prop_map(|reason| Event::Failed { reason }),
    ]
}

fn key() -> impl Strategy<Value = KeyEvent> {
    let known = crate::tui::keys::TABLE.iter().flat_map(|binding| binding.keys).map(|key| (key.code, key.modifiers));
    let any = any::<char>().prop_map(|c| (KeyCode::Char(c), KeyModifiers::NONE));
    let edits = [KeyCode::Left, KeyCode::Right, KeyCode::Backspace, KeyCode::Delete, KeyCode::F(1), KeyCode::Char('1')];
    let edits = edits.map(|code| (code, KeyModifiers::NONE)).to_vec();
    prop_oneof![
        8 => prop::sample::select(known.collect::<Vec<_>>()),
        3 => prop::sample::select(edits),
        1 => any,
    ]
    .prop_map(|(code, modifiers)| KeyEvent::new(code, modifiers))
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        8 => event().prop_map(|event| Happening::Event(Box::new(event))),
        8 => key().prop_map(Happening::Key),
        1 => proptest::collection::vec(event(), 0..8).prop_map(|events| {
            let mut dashboard = Dashboard::default();
            events.iter().for_each(|event| dashboard.apply(event));
            Happening::Snapshot(Box::new(dashboard))
        }),
        1 => Just(Happening::Gone),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn nothing_brings_the_screen_down(
        happenings in proptest::collection::vec((happening(), 1u16..=300, 1u16..=100), 1..24),
        monochrome in any::<bool>(),
    ) {
        let mut app = app([]);
        app.recipe = Ok(Box::default());
        app.theme = if monochrome { Theme::MONOCHROME } else { Theme::COLOUR };
        for (happening, width, height) in happenings {
            match happening {
                Happening::Event(event) => take(&mut app, *event),
                Happening::Snapshot(dashboard) => app.take(&Frame::Snapshot(Arc::new(*dashboard))),
                Happening::Key(key) => {
                    app.press(key);
                }
                Happening::Gone => app.disconnect(),
            }
            drawn(&mut app, width, height);
        }
    }
}

#[test]
fn every_size_is_drawn() {
    let search = Search::new();
    let mut states = [app([]), app(search.until(3)), app(search.between(445, 451))];
    let trainings = Search::trainings(&states[2].dashboard.front);
    take(&mut states[2], Event::Trainings(trainings));
    take(&mut states[2], Event::Failed { reason: "why ".repeat(40) });
    for state in &mut states {
        let zoomed = Focus::ALL.map(|focus| (focus, true));
        for (focus, zoom) in zoomed.into_iter().chain([(Focus::Chart, false), (Focus::Front, false)]) {
            state.view.set_focus(focus);
            state.view.zoom = zoom;
            for width in (1..=150).step_by(13).chain([500]) {
                for height in (1..=45).step_by(4).chain([200]) {
                    drawn(state, width, height);
                }
            }
        }
    }
}
