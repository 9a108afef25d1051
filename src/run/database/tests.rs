//! What is written comes back; what is no run's database is refused.

use std::path::Path;

use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::config::Settings;
use crate::engine::{
    Change, Dashboard, DistributionReport, Event, Iteration, LiveSettings, Resumed, Sample, Started, State, Validated,
};
use crate::evaluate::Score;
use crate::run::{DistributionResult, Results, SpaceExtents};
use crate::search::{Adjustment, Aim, Theta};
use crate::space::{Architecture, Complexity, Decision, Extent, Measure, Normaliser, Outline, Scale};

const DECISIONS: usize = 5;

fn decisions() -> Vec<Decision> {
    let decision = |d| Decision { name: format!("d{d}"), options: ["a", "b", "c"].map(String::from).into() };
    (0..DECISIONS).map(decision).collect()
}

fn started() -> Event {
    let extent = Extent { smallest: 10.0, largest: 1000.0 };
    let outline = Outline {
        decisions: decisions(),
        parameters: Some(extent),
        macs: None,
        latency: None,
        nodes: None,
        plan: None,
    };
    Event::Started(Box::new(Started {
        run: "test".into(),
        seed: u64::MAX,
        strategy: "shared".into(),
        outline,
        normaliser: Normaliser { measure: Measure::Parameters, scale: Scale::Log, extent },
        coefficients: vec![0.0, 1.25],
        iterations: 40,
        warm_up: 5,
        live: Some(LiveSettings { learning_rate: Some(0.05), samples: 2, validate_every: 50 }),
    }))
}

fn architecture(seed: u64) -> Architecture {
    Architecture::new((0..DECISIONS as u64).map(|d| ((seed / (d + 1)) % 3) as u16).collect::<Vec<_>>())
}

fn cost(seed: u64) -> Complexity {
    Complexity { parameters: Some(10 + seed), macs: None, latency: Some(seed as f64 / 7.0) }
}

pub(crate) fn iteration(number: u64) -> Event {
    let warm_up = number <= 5;
    let sample = |place: u64| Sample {
        architecture: architecture(number + place),
        source: (place / 2) as usize,
        score: Score { loss: 1.0 / (number + place) as f64, accuracy: 0.1 * place as f64 },
        complexity: cost(number + place),
    };
    let weights = if warm_up { Vec::new() } else { vec![vec![2.0, 1.5, 0.25, 0.0], vec![0.0, 0.5, 1.75, 2.0]] };
    let report = |k: u64| DistributionReport {
        coefficient: 1.25 * k as f64,
        target: (k == 1).then_some(0.5),
        entropy: 1.0 / (number + k) as f64,
        ess: (!warm_up).then_some(2.5),
        step: (!warm_up).then_some(0.125),
        mode: architecture(number / 8 + k),
        complexity: cost(number / 8 + k),
    };
    Event::Iteration(Box::new(Iteration {
        iteration: number,
        warm_up,
        seconds: number as f64 * 0.1,
        evaluated: number * 4,
        redrawn: number / 3,
        learning_rate: 0.1 / number as f64,
        training_loss: (number != 7).then(|| 1.0 / number as f64),
        waited: (number != 9).then(|| 0.1 / number as f64),
        samples: (0..4).map(sample).collect(),
        weights,
        distributions: (0..2).map(report).collect(),
    }))
}

fn results(iterations: u64) -> Event {
    let extents = SpaceExtents { parameters: None, macs: None };
    let found = DistributionResult {
        index: 0,
        coefficient: 0.0,
        parameters: Some(3),
        macs: None,
        validation_accuracy: 0.5,
        test_accuracy: 0.25,
        entropy: 0.5,
        architecture: serde_json::json!({ "d0": "a" }),
    };
    Event::Finished(Box::new(Results {
        run: "test".into(),
        seed: 1,
        seconds: 4.0,
        iterations,
        complete: true,
        evaluator: Default::default(),
        architectures_evaluated: 160,
        redrawn: 0,
        space: extents,
        distributions: vec![found],
    }))
}

/// Every change that a person can make, with the one that takes it back.
fn changes() -> [(Change, Change); 9] {
    let aim = Aim::Target(0.1 + 0.2);
    let coefficient = |coefficient| Adjustment::Coefficient { distribution: 1, coefficient }.into();
    let (add, remove) = (Adjustment::Add { distribution: 1, aim }, Adjustment::Remove { distribution: 1 });
    let restore = Change::Restore { distribution: 1, removed: u64::MAX, aim };
    [
        (coefficient(0.3), coefficient(1.25)),
        (Change::aim(1, aim), coefficient(0.3)),
        (coefficient(0.3), Change::aim(1, aim)),
        (add.into(), remove.into()),
        (remove.into(), restore),
        (restore, remove.into()),
        (Change::LearningRate { rate: 0.02 }, Change::LearningRate { rate: 0.05 }),
        (Change::Samples { each: 4 }, Change::Samples { each: 2 }),
        (Change::ValidateEvery { iterations: 0 }, Change::ValidateEvery { iterations: u64::MAX }),
    ]
}

/// A whole search in which everything happens that can.
pub(crate) fn search() -> Vec<Event> {
    let mut events = vec![
        started(),
        Event::Ready { device: "CPU".into(), iterations_an_epoch: Some(31.25) },
        Event::State { state: State::Running },
    ];
    for number in 1..=40 {
        if number == 12 {
            events.push(Event::Warning { iteration: 12, message: "1 of 4 losses".into() });
        }
        events.push(iteration(number));
        if number % 8 == 0 {
            let thetas = vec![Theta::uniform(&[3; DECISIONS]); 2];
            events.push(Event::Thetas { iteration: number, thetas });
            events.push(Event::Validated(Validated {
                iteration: number,
                distribution: (number / 8 % 2) as usize,
                architecture: architecture(number),
                score: Score { loss: 0.5, accuracy: 0.5 + number as f64 / 100.0 },
                complexity: cost(number),
            }));
        }
        if number == 20 {
            events.push(Event::State { state: State::Paused { reason: None } });
            let changes = changes().into_iter();
            events.extend(changes.map(|(change, undo)| Event::Adjusted { iteration: 20, change, undo: Some(undo) }));
            events.push(Event::Refused { reason: "no".into() });
            events.push(Event::State { state: State::Running });
        }
    }
    events.extend([Event::State { state: State::Reporting }, results(40)]);
    events
}

fn settings() -> Settings {
    Settings::default()
}

fn still() -> i64 {
    1_700_000_000_000
}

pub(crate) fn timed(events: &[Event]) -> Vec<(i64, Event)> {
    events.iter().map(|event| (still(), event.clone())).collect()
}

/// A folder with the database of these events, written in batches of so many.
fn recorded(settings: &Settings, events: &[Event], batch: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(folder.path(), settings, still).unwrap();
    for batch in timed(events).chunks(batch) {
        writer.write(batch, false).unwrap();
    }
    folder
}

fn fold(events: &[Event]) -> Dashboard {
    let mut dashboard = Dashboard::default();
    events.iter().for_each(|event| dashboard.apply(event));
    dashboard
}

fn execute(folder: &Path, statements: &str) {
    Connection::open(folder.join(FILE)).unwrap().execute_batch(statements).unwrap();
}

#[test]
fn events_come_back_as_they_were_and_in_order() {
    let events = search();
    for batch in [1, 7, 1000] {
        let folder = recorded(&settings(), &events, batch);
        let database = Database::open(folder.path()).unwrap();
        assert_eq!(database.last().unwrap(), 40);
        assert_eq!(database.events(0..=40).unwrap(), events);
        let parts: Vec<Event> = (0..=40).flat_map(|number| database.events(number..=number).unwrap()).collect();
        assert_eq!(parts, events);
    }
}

#[test]
fn the_fold_of_what_was_recorded_is_the_live_one_at_any_moment() {
    let events = search();
    let folder = recorded(&settings(), &events, 9);
    let database = Database::open(folder.path()).unwrap();
    for number in [0, 1, 12, 20, 39, 40, 99] {
        let next = events.iter().position(|event| matches!(event, Event::Iteration(one) if one.iteration > number));
        let live = fold(&events[..next.unwrap_or(events.len())]);
        assert_eq!(database.dashboard_at(number).unwrap(), live, "{number}");
    }
}

#[test]
fn what_is_no_number_comes_back_as_such() {
    let Event::Iteration(mut one) = iteration(9) else { unreachable!() };
    one.samples[0].score = Score { loss: f64::INFINITY, accuracy: f64::NAN };
    one.samples[1].score.loss = f64::NAN;
    let events = [started(), Event::Iteration(one)];
    let folder = recorded(&settings(), &events, 9);
    let back = Database::open(folder.path()).unwrap().events(0..=9).unwrap();
    assert_eq!(format!("{back:?}"), format!("{events:?}"));
}

#[test]
fn a_run_is_read_while_it_is_written_in_either_journal() {
    for journal in [crate::config::Journal::Wal, crate::config::Journal::Delete] {
        let mut settings = settings();
        settings.run.journal = journal;
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(folder.path(), &settings, still).unwrap();
        let events = search();
        writer.write(&timed(&events[..3]), false).unwrap();
        let database = Database::open(folder.path()).unwrap();
        assert_eq!(database.last().unwrap(), 0);
        for (number, event) in timed(&events[3..10]).iter().enumerate() {
            writer.write(std::slice::from_ref(event), number % 2 == 0).unwrap();
            assert_eq!(database.last().unwrap(), number as u64 + 1);
        }
        assert_eq!(database.events(0..=9).unwrap(), events[..10]);
    }
}

#[test]
fn going_back_to_a_checkpoint_forgets_what_came_after_but_no_change_of_a_person() {
    let events = search();
    let folder = recorded(&settings(), &events, 9);
    let mut writer = Writer::open(folder.path(), &settings(), still).unwrap();
    writer.truncate_after(16).unwrap();
    let database = Database::open(folder.path()).unwrap();
    let until = events.iter().position(|event| matches!(event, Event::Iteration(one) if one.iteration == 17));
    let until = until.unwrap();
    assert_eq!((database.last().unwrap(), database.events(0..=16).unwrap().len()), (16, until));
    let kept = database.adjustments().unwrap();
    assert!(kept.iter().map(|one| (one.iteration, one.change, one.undo)).eq(changes().map(|(a, b)| (20, a, Some(b)))));
    // Whoever goes on says again what it searches, and makes the change again where it was made.
    let (iteration, settings) = (16, String::new());
    let resumed = Resumed { iteration, seconds: 1.0, evaluated: 64, settings, notes: Vec::new() };
    let again = [&events[..3], &[Event::Resumed(Box::new(resumed))]].concat();
    writer.write(&timed(&again), false).unwrap();
    writer.write(&timed(&events[until..]), true).unwrap();
    let all = database.events(0..=40).unwrap();
    assert_eq!(all[..until], events[..until]);
    assert_eq!(all[until..until + 4], again);
    assert_eq!(all[until + 4..], events[until..]);
    assert_eq!(database.adjustments().unwrap(), kept);
}

/// The words of the table of changes in the first format.
const FIRST_ADJUSTMENTS: &str = "CREATE TABLE adjustments (seq INTEGER PRIMARY KEY, iteration INTEGER NOT NULL, \
    time INTEGER NOT NULL, who TEXT, before REAL, after REAL, change TEXT NOT NULL)";
/// Those of the table of iterations in the first two.
const FIRST_ITERATIONS: &str = "CREATE TABLE iterations (iteration INTEGER PRIMARY KEY, warm_up INTEGER NOT NULL, \
    time INTEGER NOT NULL, seconds REAL, evaluated INTEGER NOT NULL, redrawn INTEGER NOT NULL, learning_rate REAL, \
    training_loss REAL)";

/// Makes a file of this format one of the second.
fn before_waiting() -> String {
    format!(
        "CREATE TEMP TABLE older AS SELECT iteration, warm_up, time, seconds, evaluated, redrawn, learning_rate, \
         training_loss FROM iterations;
         DROP TABLE iterations; {FIRST_ITERATIONS};
         INSERT INTO iterations SELECT * FROM older; PRAGMA user_version = 2;"
    )
}

#[test]
fn a_file_of_the_second_format_is_read_and_goes_on_as_one_of_this() {
    let folder = recorded(&settings(), &search(), 99);
    let waited = || {
        let events = Database::open(folder.path()).unwrap().events(0..=40).unwrap();
        let waited = events.iter().filter_map(|event| match event {
            Event::Iteration(one) => Some(one.waited),
            _ => None,
        });
        waited.collect::<Vec<_>>()
    };
    let before = waited();
    execute(folder.path(), &before_waiting());
    assert_eq!(waited(), vec![None; before.len()]);
    let mut writer = Writer::open(folder.path(), &settings(), still).unwrap();
    writer.truncate_after(30).unwrap();
    writer.write(&timed(&[iteration(31)]), true).unwrap();
    let expected: Vec<Option<f64>> = (0..30).map(|_| None).chain([before[30]]).collect();
    assert_eq!(waited(), expected);
}

#[test]
fn a_file_of_the_first_format_is_read_and_goes_on_as_one_of_this() {
    let folder = recorded(&settings(), &search(), 99);
    let first = format!(
        "{} CREATE TEMP TABLE old AS SELECT seq, iteration, time, who, before, after, change FROM adjustments LIMIT 4;
         DROP TABLE adjustments; {FIRST_ADJUSTMENTS};
         CREATE INDEX adjustments_by_iteration ON adjustments (iteration);
         INSERT INTO adjustments SELECT * FROM old; PRAGMA user_version = 1",
        before_waiting()
    );
    execute(folder.path(), &first);
    // It knew the number before alone, and what was added.
    let coefficient = |coefficient| Adjustment::Coefficient { distribution: 1, coefficient }.into();
    let target = Adjustment::Target { distribution: 1, target: 0.3 }.into();
    let known = [coefficient(1.25), target, coefficient(0.1 + 0.2), Adjustment::Remove { distribution: 1 }.into()];
    let undos = |database: &Database| -> Vec<Change> {
        database.adjustments().unwrap().into_iter().map(|one| one.undo.unwrap()).collect()
    };
    let database = Database::open(folder.path()).unwrap();
    assert_eq!(undos(&database), known);
    assert_eq!(database.dashboard_at(40).unwrap().changes.len(), 4);
    let mut writer = Writer::open(folder.path(), &settings(), still).unwrap();
    let version = || -> i64 {
        let connection = Connection::open(folder.path().join(FILE)).unwrap();
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    };
    assert_eq!(version(), 1, "opening changes nothing");
    writer.truncate_after(30).unwrap();
    assert_eq!(version(), VERSION);
    let (change, undo) =
        (Change::Restore { distribution: 1, removed: 0, aim: Aim::Target(0.5) }, Change::Samples { each: 2 });
    let event = Event::Adjusted { iteration: 31, change, undo: Some(undo) };
    writer.write(&timed(&[iteration(31), event.clone()]), true).unwrap();
    assert_eq!(database.adjustments().unwrap().len(), 5, "who reads meanwhile reads on");
    let database = Database::open(folder.path()).unwrap();
    assert_eq!(undos(&database), [&known[..], &[undo]].concat());
    assert_eq!(database.events(31..=31).unwrap()[1], event);
}

#[test]
fn a_clock_that_is_set_back_changes_no_order() {
    let events = search();
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(folder.path(), &settings(), still).unwrap();
    let backwards: Vec<_> = events.iter().enumerate().map(|(i, e)| (-1_000 * i as i64, e.clone())).collect();
    writer.write(&backwards, false).unwrap();
    assert_eq!(Database::open(folder.path()).unwrap().events(0..=40).unwrap(), events);
}

#[test]
fn a_batch_that_cannot_be_written_is_left_out_entirely_and_can_be_written_later() {
    let events = search();
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(folder.path(), &settings(), still).unwrap();
    writer.write(&timed(&events[..10]), false).unwrap();
    let other = Connection::open(folder.path().join(FILE)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = writer.write(&timed(&events[10..]), false).unwrap_err().to_string();
    assert!(refused.contains("another program has locked it"), "{refused}");
    other.execute_batch("ROLLBACK").unwrap();
    writer.write(&timed(&events[10..]), false).unwrap();
    assert_eq!(Database::open(folder.path()).unwrap().events(0..=40).unwrap(), events);
}

#[test]
fn old_samples_are_thinned_and_reach_back_to_the_beginning() {
    let mut settings = settings();
    settings.run.history_mb = 1;
    let events: Vec<Event> = std::iter::once(started()).chain((1..=12_000).map(iteration)).collect();
    let folder = recorded(&settings, &events, 500);
    let connection = Connection::open(folder.path().join(FILE)).unwrap();
    assert!(thin::measure(&connection).unwrap() <= 1_000_000);
    let kept: Vec<u64> = connection
        .prepare("SELECT DISTINCT iteration FROM samples")
        .unwrap()
        .query_map([], |row| row.get::<_, i64>(0))
        .unwrap()
        .map(|number| number.unwrap() as u64)
        .collect();
    assert!(kept.len() > 2_000 && kept[0] == 1 && kept.ends_with(&[11_999, 12_000]), "{}", kept.len());
    let gaps: Vec<u64> = kept.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.windows(2).all(|pair| pair[0] >= pair[1]), "older samples are sparser, never denser");
    assert!(gaps.iter().all(|&gap| gap <= 256), "{:?}", gaps.iter().max());
    let database = Database::open(folder.path()).unwrap();
    assert_eq!(database.dashboard_at(12_000).unwrap().training_loss, fold(&events).training_loss);
}

#[test]
fn a_summary_says_how_far_a_run_is() {
    let events = search();
    let folder = recorded(&settings(), &events[..20], 9);
    let summary = Database::open(folder.path()).unwrap().summary().unwrap();
    assert_eq!((summary.iteration, summary.iterations, summary.distributions, summary.complete), (14, 40, 2, false));
    let folder = recorded(&settings(), &events, 9);
    let summary = Database::open(folder.path()).unwrap().summary().unwrap();
    assert_eq!((summary.last.as_str(), summary.complete, summary.best_accuracy), ("finished", true, Some(0.9)));
}

#[test]
fn a_copied_folder_is_read_whatever_its_name() {
    let events = search();
    let folder = recorded(&settings(), &events, 9);
    let copy = tempfile::tempdir().unwrap();
    let inner = copy.path().join("a % strange? #folder");
    std::fs::create_dir(&inner).unwrap();
    std::fs::copy(folder.path().join(FILE), inner.join(FILE)).unwrap();
    assert_eq!(Database::open(&inner).unwrap().events(0..=40).unwrap(), events);
}

#[test]
fn what_is_no_database_of_this_format_is_refused_by_name() {
    let folder = recorded(&settings(), &search(), 99);
    let refused = |statements: &str| {
        let copy = tempfile::tempdir().unwrap();
        std::fs::copy(folder.path().join(FILE), copy.path().join(FILE)).unwrap();
        execute(copy.path(), statements);
        Database::open(copy.path()).unwrap_err().to_string()
    };
    let newer = refused("PRAGMA user_version = 7");
    assert!(newer.ends_with("run.db has the format 7, and this program knows formats up to 3: use a newer isthmus"));
    assert!(refused("PRAGMA application_id = 7").ends_with("run.db is not the database of a run"));
    let disguised =
        "DROP VIEW thetas; DROP TABLE stored_thetas; CREATE VIEW stored_thetas AS SELECT 1 AS row, 2 AS theta";
    assert!(refused(disguised).contains("`stored_thetas` is not as it was made"));
    let missing = tempfile::tempdir().unwrap();
    assert!(Database::open(missing.path()).unwrap_err().to_string().contains("holds no recorded run"));
}

/// Reads everything that can be read.
fn read_all(folder: &Path) {
    let Ok(database) = Database::open(folder) else { return };
    let _ = (database.events(0..=u64::MAX), database.dashboard_at(50), database.adjustments(), database.summary());
    // Writing reads as well.
    let _ = Writer::open(folder, &Settings::default(), still).and_then(|mut writer| writer.truncate_after(3));
}

/// A literal of any type.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("NULL".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        (-5_i64..5).prop_map(|number| number.to_string()),
        prop::num::f64::NORMAL.prop_map(|number| format!("{number:e}")),
        prop::collection::vec(any::<u8>(), 0..9)
            .prop_map(|bytes| format!("x'{}'", bytes.iter().map(|b| format!("{b:02x}")).collect::<String>())),
        "[a-z\\[\\]{}:,0-9\"]{0,12}".prop_map(|text| format!("'{text}'")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_bytes_are_refused_or_read_without_harm(
        whole in prop::collection::vec(any::<u8>(), 0..4096),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
    ) {
        let folder = recorded(&settings(), &search(), 99);
        let path = folder.path().join(FILE);
        let mut bytes = std::fs::read(&path).unwrap();
        for (place, value) in flips {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        std::fs::write(&path, bytes).unwrap();
        read_all(folder.path());
        std::fs::write(&path, whole).unwrap();
        read_all(folder.path());
    }

    #[test]
    fn random_cells_are_refused_or_read_without_harm(cells in prop::collection::vec((0usize..40, cell(), 0..50_i64), 1..6)) {
        let folder = recorded(&settings(), &search(), 99);
        let connection = Connection::open(folder.path().join(FILE)).unwrap();
        let mut columns = Vec::new();
        for table in ["meta", "iterations", "stored_samples", "stored_modes", "stored_distributions", "stored_thetas",
            "stored_validations", "adjustments", "happenings", "results"] {
            let mut statement = connection.prepare(&format!("SELECT name FROM pragma_table_info('{table}')")).unwrap();
            let names = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
            columns.extend(names.map(|name| (table, name.unwrap())));
        }
        for (column, value, offset) in cells {
            let (table, name) = &columns[column * columns.len() / 40];
            let key = if *table == "meta" { "key" } else { "rowid" };
            let update = format!(
                "UPDATE OR IGNORE {table} SET {name} = {value} WHERE {key} = (SELECT {key} FROM {table} LIMIT 1 OFFSET {offset})"
            );
            // A column may refuse a value.
            let _ = connection.execute(&update, []);
        }
        drop(connection);
        read_all(folder.path());
    }
}
