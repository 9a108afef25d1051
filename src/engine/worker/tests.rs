//! The loop with an evaluator whose losses are known.

mod changes;

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use super::*;
use crate::config::EngineSettings;
use crate::data::DataFacts;
use crate::evaluate::EvaluateError;
use crate::run::Checkpoint;
use crate::search::{Adjustment, Aim, Strategy};

/// Losses by a formula, with the calls it got.
struct Formula {
    loss: fn(&Architecture, u64, usize) -> f64,
    rate: f64,
    steps: Arc<Mutex<Vec<(u64, usize)>>>,
}

impl Formula {
    fn scores(&self, pool: &[Architecture], iteration: u64) -> Vec<Score> {
        let score = |(place, architecture): (usize, &Architecture)| {
            let loss = (self.loss)(architecture, iteration, place);
            Score { loss, accuracy: 1.0 / (1.0 + loss) }
        };
        pool.iter().enumerate().map(score).collect()
    }
}

impl Evaluator for Formula {
    fn set_learning_rate(&mut self, rate: f64) {
        self.rate = rate;
    }
    fn train(&mut self, pool: &[Architecture], step: u64) -> Result<TrainReport, EvaluateError> {
        self.steps.lock().unwrap().push((step, pool.len()));
        Ok(TrainReport { scores: self.scores(pool, step), learning_rate: self.rate })
    }
    fn score(&mut self, pool: &[Architecture], iteration: u64) -> Result<Vec<Score>, EvaluateError> {
        Ok(self.scores(pool, iteration))
    }
    fn validate(&mut self, architecture: &Architecture) -> Result<Score, EvaluateError> {
        Ok(self.scores(std::slice::from_ref(architecture), 0)[0])
    }
    fn test(&mut self, architecture: &Architecture) -> Result<Score, EvaluateError> {
        self.validate(architecture)
    }
    fn waited(&self) -> Option<f64> {
        Some(0.25 * self.steps.lock().unwrap().len() as f64)
    }
    fn iterations_an_epoch(&self) -> Option<f64> {
        None
    }
    fn device(&self) -> String {
        "a formula".into()
    }
}

fn first_option(architecture: &Architecture, _: u64, _: usize) -> f64 {
    f64::from(architecture.options()[0])
}

fn coefficient(distribution: usize, coefficient: f64) -> Change {
    Adjustment::Coefficient { distribution, coefficient }.into()
}

fn settings(iterations: u64) -> Settings {
    let mut settings = Settings::default();
    settings.search.iterations = iterations;
    settings.search.warm_up = 0.25;
    settings.search.coefficients = Some(vec![0.0, 1.0]);
    settings.search.score_samples = 2;
    settings.engine.validate_every = 0;
    settings
}

struct Run {
    events: Vec<Event>,
    results: Result<Results, ProblemError>,
    steps: Vec<(u64, usize)>,
    checkpoints: Vec<Checkpoint>,
}

impl Run {
    fn iterations(&self) -> Vec<&Iteration> {
        self.events
            .iter()
            .filter_map(|event| if let Event::Iteration(one) = event { Some(&**one) } else { None })
            .collect()
    }

    fn states(&self) -> Vec<State> {
        self.events
            .iter()
            .filter_map(|event| if let Event::State { state } = event { Some(state.clone()) } else { None })
            .collect()
    }
}

/// Runs a search during which `react` is shown every event and may send commands.
fn run(
    settings: &Settings,
    loss: fn(&Architecture, u64, usize) -> f64,
    react: impl Fn(&Event, &Sender<Command>) + Send + 'static,
) -> Run {
    run_with(settings, loss, &|| None, react)
}

/// The same with a recorder that may be in trouble.
fn run_with(
    settings: &Settings,
    loss: fn(&Architecture, u64, usize) -> f64,
    trouble: &Trouble<'_>,
    react: impl Fn(&Event, &Sender<Command>) + Send + 'static,
) -> Run {
    go_on_with(settings, None, loss, trouble, react)
}

/// Keeps checkpoints in memory.
struct Memory<'a> {
    kept: RefCell<Vec<Checkpoint>>,
    emit: &'a Emit<'a>,
}

impl Keeper for Memory<'_> {
    fn keep(&self, checkpoint: Checkpoint) {
        (self.emit)(Event::Checkpointed { iteration: checkpoint.iteration, bytes: 0 });
        self.kept.borrow_mut().push(checkpoint);
    }

    fn keep_data(&self, _: &DataFacts) -> Result<(), String> {
        Ok(())
    }

    fn is_busy(&self) -> bool {
        false
    }

    fn cost(&self) -> Duration {
        Duration::ZERO
    }
}

/// Runs a search from a point.
fn go_on(
    settings: &Settings,
    resume: Option<ResumePoint>,
    loss: fn(&Architecture, u64, usize) -> f64,
    react: impl Fn(&Event, &Sender<Command>) + Send + 'static,
) -> Run {
    go_on_with(settings, resume, loss, &|| None, react)
}

fn go_on_with(
    settings: &Settings,
    resume: Option<ResumePoint>,
    loss: fn(&Architecture, u64, usize) -> f64,
    trouble: &Trouble<'_>,
    react: impl Fn(&Event, &Sender<Command>) + Send + 'static,
) -> Run {
    let (commands, queue) = channel();
    let events = Arc::new(Mutex::new(RefCell::new(Vec::new())));
    let steps = Arc::new(Mutex::new(Vec::new()));
    let (kept, calls) = (Arc::clone(&events), Arc::clone(&steps));
    let emit = move |event: Event| {
        react(&event, &commands);
        kept.lock().unwrap().borrow_mut().push(event);
    };
    let rate = settings.training.learning_rate;
    let make: MakeEvaluator = Box::new(move |_, _| Ok((Box::new(Formula { loss, rate, steps: calls }), None)));
    let (problem, _) = Problem::new(settings).unwrap();
    let keeper = Memory { kept: RefCell::default(), emit: &emit };
    let outlets = Outlets { emit: &emit, trouble, keeper: &keeper };
    let results = search_with("test", settings, resume, &queue, outlets, problem, make);
    let checkpoints = keeper.kept.into_inner();
    let events = events.lock().unwrap().borrow().clone();
    let steps = steps.lock().unwrap().clone();
    Run { events, results, steps, checkpoints }
}

#[test]
fn a_whole_search_reports_every_iteration_and_ends_with_results() {
    let run = run(&settings(8), first_option, |_, _| {});
    let iterations = run.iterations();
    assert_eq!(iterations.iter().map(|one| one.iteration).collect::<Vec<_>>(), (1..=8).collect::<Vec<_>>());
    assert!(iterations.iter().all(|one| one.waited == Some(0.25)), "each says what it alone has waited");
    let warm_up: Vec<bool> = iterations.iter().map(|one| one.warm_up).collect();
    assert_eq!(warm_up, [true, true, false, false, false, false, false, false]);
    assert!(iterations[0].weights.is_empty() && iterations[0].distributions[0].entropy == 1.0);
    assert_eq!((iterations[2].weights.len(), iterations[2].weights[0].len()), (2, 4));
    assert_eq!(run.states(), [State::Running, State::Reporting]);
    let results = run.results.unwrap();
    assert!(results.complete && results.iterations == 8 && results.distributions.len() == 2);
    assert_eq!(results.architectures_evaluated, 8 * 2 + 6 * 4);
}

#[test]
fn a_pause_comes_within_one_iteration_and_single_steps_are_single() {
    let pauses = AtomicUsize::new(0);
    let run = run(&settings(10), first_option, move |event, commands| {
        let command = match event {
            Event::Iteration(one) if one.iteration == 3 => Command::Pause,
            Event::State { state: State::Paused { .. } } => match pauses.fetch_add(1, Ordering::Relaxed) {
                0 | 1 => Command::Step { iterations: 1 },
                2 => Command::Step { iterations: 2 },
                _ => Command::Resume,
            },
            _ => return,
        };
        commands.send(command).unwrap();
    });
    let mut seen = Vec::new();
    for event in &run.events {
        match event {
            Event::Iteration(one) => seen.push(one.iteration.to_string()),
            Event::State { state: State::Paused { reason: None } } => seen.push("paused".into()),
            _ => {}
        }
    }
    assert_eq!(seen, ["1", "2", "3", "paused", "4", "paused", "5", "paused", "6", "7", "paused", "8", "9", "10"]);
}

#[test]
fn a_changed_coefficient_holds_from_the_next_iteration_and_is_answered() {
    let run = run(&settings(4), first_option, |event, commands| {
        if let Event::Iteration(one) = event
            && one.iteration == 2
        {
            for (distribution, coefficient) in [(1, 2.5), (7, 1.0), (0, -1.0)] {
                commands.send(Command::Adjust(self::coefficient(distribution, coefficient))).unwrap();
            }
        }
    });
    let (change, undo) = (coefficient(1, 2.5), Some(coefficient(1, 1.0)));
    assert!(run.events.contains(&Event::Adjusted { iteration: 2, change, undo }));
    assert_eq!(run.events.iter().filter(|event| matches!(event, Event::Refused { .. })).count(), 2);
    let coefficients: Vec<f64> = run.iterations().iter().map(|one| one.distributions[1].coefficient).collect();
    assert_eq!(coefficients, [1.0, 1.0, 2.5, 2.5]);
}

#[test]
fn a_search_whose_recorder_is_in_trouble_waits_says_why_and_goes_on_by_itself() {
    let asked = AtomicUsize::new(0);
    let trouble = || (asked.fetch_add(1, Ordering::Relaxed) == 2).then(|| "the disk is full".into());
    let run = run_with(&settings(6), first_option, &trouble, |_, _| {});
    let waiting = State::Waiting { reason: "the disk is full".into() };
    assert_eq!(run.states(), [State::Running, waiting, State::Running, State::Reporting]);
    assert_eq!(run.iterations().len(), 6);
}

#[test]
fn a_search_that_waits_for_its_recorder_still_obeys() {
    let (change, undo) = (coefficient(1, 2.5), Some(coefficient(1, 1.0)));
    let run = run_with(&settings(6), first_option, &|| Some("no room".into()), move |event, commands| {
        if matches!(event, Event::State { state: State::Waiting { .. } }) {
            for command in [Command::Pause, Command::Adjust(change), Command::Stop] {
                commands.send(command).unwrap();
            }
        }
    });
    let waiting = State::Waiting { reason: "no room".into() };
    assert_eq!(run.states(), [State::Running, waiting, State::Paused { reason: None }, State::Reporting]);
    assert!(run.events.contains(&Event::Adjusted { iteration: 0, change, undo }));
    assert_eq!(run.results.unwrap().iterations, 0);
}

#[test]
fn probabilities_are_told_at_intervals_and_at_the_end() {
    let mut settings = settings(10);
    settings.engine.theta_every = 4;
    let run = run(&settings, first_option, |_, _| {});
    let told = run.events.iter().filter_map(|event| match event {
        Event::Thetas { iteration, thetas } => Some((*iteration, thetas.len())),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [(4, 2), (8, 2), (10, 2)]);
}

#[test]
fn a_stop_ends_with_results_from_where_it_stands() {
    let run = run(&settings(100), first_option, |event, commands| {
        if let Event::Iteration(one) = event
            && one.iteration == 5
        {
            commands.send(Command::Stop).unwrap();
        }
    });
    let results = run.results.unwrap();
    assert_eq!((results.iterations, results.complete, results.distributions.len()), (5, false, 2));
}

#[test]
fn one_loss_that_is_not_finite_is_dropped_and_said() {
    let one_bad = |architecture: &Architecture, iteration: u64, place: usize| {
        if place == 1 && iteration == 3 { f64::NAN } else { first_option(architecture, iteration, place) }
    };
    let run = run(&settings(6), one_bad, |_, _| {});
    let warnings: Vec<&String> = run
        .events
        .iter()
        .filter_map(|e| if let Event::Warning { message, .. } = e { Some(message) } else { None })
        .collect();
    assert!(warnings.iter().any(|text| text.starts_with("1 of 4 validation losses are not finite")), "{warnings:?}");
    assert_eq!(run.iterations()[3].samples.len(), 3);
    assert!(run.results.is_ok());
}

#[test]
fn a_pool_without_a_finite_loss_pauses_with_the_reason_and_what_to_try() {
    let all_bad = |architecture: &Architecture, iteration: u64, place: usize| {
        if iteration == 4 { f64::INFINITY } else { first_option(architecture, iteration, place) }
    };
    let run = run(&settings(8), all_bad, |event, commands| {
        if matches!(event, Event::State { state: State::Paused { .. } }) {
            commands.send(Command::Resume).unwrap();
        }
    });
    let State::Paused { reason: Some(reason) } = &run.states()[1] else { panic!("{:?}", run.states()) };
    assert!(reason.contains("training.learning_rate"), "{reason}");
    assert_eq!(run.results.unwrap().iterations, 8, "a person may let it go on");
}

#[test]
fn weight_steps_deal_the_pool_out_evenly() {
    let mut settings = settings(2);
    settings.search.weight_samples = 2;
    settings.search.weight_steps = 3;
    let run = run(&settings, first_option, |_, _| {});
    assert_eq!(run.steps, [(0, 2), (1, 1), (2, 1), (3, 2), (4, 1), (5, 1)]);
}

#[test]
fn modes_are_validated_in_turn_so_that_no_pause_waits_for_all() {
    let mut settings = settings(12);
    settings.engine.validate_every = 4;
    let run = run(&settings, first_option, |_, _| {});
    let mut turns = Vec::new();
    for event in &run.events {
        if let Event::Validated(one) = event
            && one.iteration < 12
        {
            turns.push((one.iteration, one.distribution));
        }
    }
    assert_eq!(turns, [(4, 0), (6, 1), (8, 0), (10, 1)]);
}

#[test]
fn the_search_finds_the_best_option_of_the_decision_that_matters() {
    let run = run(&Settings { seed: 3, ..settings(200) }, first_option, |_, _| {});
    let last = run.iterations().last().unwrap().distributions[0].clone();
    assert_eq!(last.mode.options()[0], 0);
    let (mut problem, _) = Problem::new(&settings(1)).unwrap();
    let fresh: &mut dyn Strategy = &mut *problem.strategy;
    assert!(last.entropy < fresh.distributions()[0].theta.entropy());
}

/// Asks for a checkpoint after every iteration, and makes changes on the way.
fn change_and_keep(event: &Event, commands: &Sender<Command>) {
    let Event::Iteration(one) = event else { return };
    let changes = match one.iteration {
        1 => vec![Change::LearningRate { rate: 0.1 + 0.2 }],
        5 => vec![coefficient(0, 0.1 + 0.2), Change::Samples { each: 3 }],
        7 => vec![
            Adjustment::Add { distribution: 1, aim: Aim::Coefficient(0.5) }.into(),
            Adjustment::Remove { distribution: 0 }.into(),
            Change::ValidateEvery { iterations: 2 },
        ],
        8 => vec![Adjustment::Target { distribution: 0, target: 1.0 / 3.0 }.into()],
        9 => vec![Change::Restore { distribution: 1, removed: 0, aim: Aim::Coefficient(0.1 + 0.2) }],
        10 => vec![coefficient(0, 0.7), Change::LearningRate { rate: 0.01 }],
        _ => Vec::new(),
    };
    changes.into_iter().for_each(|change| commands.send(Command::Adjust(change)).unwrap());
    commands.send(Command::Checkpoint).unwrap();
}

fn timeless(checkpoint: &Checkpoint) -> Checkpoint {
    Checkpoint { seconds: 0.0, ..checkpoint.clone() }
}

fn recorded(run: &Run) -> Vec<Recorded> {
    let record = |event: &Event| match *event {
        Event::Adjusted { iteration, change, .. } => Some(Recorded { iteration, change }),
        _ => None,
    };
    run.events.iter().filter_map(record).collect()
}

#[test]
fn a_search_ends_alike_from_each_of_its_checkpoints() {
    let settings = Settings { engine: EngineSettings { validate_every: 3, ..settings(12).engine }, ..settings(12) };
    let whole = run(&settings, first_option, change_and_keep);
    let changes = recorded(&whole);
    assert_eq!((changes.len(), whole.checkpoints.len()), (10, 13));
    for checkpoint in &whole.checkpoints {
        // As it comes back from a file.
        let checkpoint = Checkpoint::from_bytes(&checkpoint.to_bytes().unwrap()).unwrap();
        let done = checkpoint.iteration;
        let adjustments = changes.iter().skip(checkpoint.adjustments as usize).copied().collect();
        let point = ResumePoint { checkpoint: Some(checkpoint), adjustments, ..ResumePoint::default() };
        let resumed = go_on(&settings, Some(point), first_option, |_, _| {});
        assert_eq!(timeless(resumed.checkpoints.last().unwrap()), timeless(whole.checkpoints.last().unwrap()));
        let timeless = |run: &Run| -> Vec<Iteration> {
            let later = run.iterations().into_iter().filter(|one| one.iteration > done).cloned();
            later.map(|one| Iteration { seconds: 0.0, ..one }).collect()
        };
        assert_eq!(timeless(&resumed), timeless(&whole), "from iteration {done}");
        assert_eq!(recorded(&resumed), [], "what is on record is not recorded again");
        let undos = |run: &Run| -> Vec<Option<Change>> {
            let undo = |event: &Event| match event {
                Event::Adjusted { undo, .. } | Event::Reapplied { undo, .. } => Some(*undo),
                _ => None,
            };
            run.events.iter().filter_map(undo).collect()
        };
        assert!(undos(&whole).ends_with(&undos(&resumed)));
        let results = |run: &Run| Results { seconds: 0.0, ..run.results.as_ref().unwrap().clone() };
        assert_eq!(results(&resumed), results(&whole));
    }
}

#[test]
fn a_checkpoint_of_other_data_is_refused() {
    let settings = settings(2);
    let mut checkpoint = run(&settings, first_option, |_, _| {}).checkpoints.remove(0);
    checkpoint.data = "others".into();
    let point = ResumePoint { checkpoint: Some(checkpoint), ..ResumePoint::default() };
    let error = go_on(&settings, Some(point), first_option, |_, _| {}).results.unwrap_err();
    assert!(error.to_string().contains("other data"), "{error}");
}

#[test]
fn aims_that_are_asked_for_come_after_the_recorded_changes() {
    let settings = settings(8);
    let checkpoint = run(&settings, first_option, change_and_keep).checkpoints.remove(2);
    let again = Recorded { iteration: 5, change: coefficient(1, 7.0) };
    let aims = |coefficients: Vec<f64>| SearchSettings { coefficients: Some(coefficients), ..settings.search.clone() };
    let point = |coefficients| ResumePoint {
        checkpoint: Some(checkpoint.clone()),
        adjustments: [again].into(),
        new_aims: Some(aims(coefficients)),
        ..ResumePoint::default()
    };
    let resumed = go_on(&settings, Some(point(vec![0.0, 3.0])), first_option, |_, _| {});
    let coefficients: Vec<f64> = resumed.iterations().iter().map(|one| one.distributions[1].coefficient).collect();
    assert_eq!(coefficients, [1.0, 1.0, 3.0, 3.0, 3.0]);
    assert_eq!(recorded(&resumed), [Recorded { iteration: 5, change: coefficient(1, 3.0) }]);
    let undo = Some(coefficient(1, 7.0));
    assert!(resumed.events.contains(&Event::Adjusted { iteration: 5, change: coefficient(1, 3.0), undo }));
    let error = go_on(&settings, Some(point(vec![1.0])), first_option, |_, _| {}).results.unwrap_err();
    assert!(error.to_string().contains("has 2 distributions by now"), "{error}");
}

#[test]
fn checkpoints_come_at_their_interval_also_in_a_pause_and_never_without_one() {
    let kept = |seconds: f64, pause: bool| -> Vec<u64> {
        let mut settings = settings(20);
        settings.engine.checkpoint_seconds = seconds;
        let run = run(&settings, first_option, move |event, commands| match event {
            Event::Iteration(one) if one.iteration == 5 && pause => commands.send(Command::Pause).unwrap(),
            Event::Checkpointed { iteration: 5, .. } => commands.send(Command::Resume).unwrap(),
            _ => {}
        });
        run.checkpoints.iter().map(|checkpoint| checkpoint.iteration).collect()
    };
    assert_eq!(kept(0.0, false), [20]);
    assert_eq!(kept(1e300, false), [20]);
    let often = kept(1e-9, true);
    assert!(often.iter().filter(|&&iteration| iteration == 5).count() == 1, "{often:?}");
}
