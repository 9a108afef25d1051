//! That nothing is lost on the way to the disk.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::*;
use crate::config::parse;
use crate::engine::{Dashboard, Engine, Kept, Samples};
use crate::run::checkpoint::{newest, tests::checkpoint};
use crate::run::database::{Database, FILE, tests};

/// How long anything may take that a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

fn folder(place: &tempfile::TempDir) -> RunFolder {
    RunFolder::create(Some(&place.path().join("run")), "test").unwrap()
}

#[test]
fn what_was_synced_is_there_and_what_cannot_be_written_waits() {
    let place = tempfile::tempdir().unwrap();
    let recorder = Recorder::start(folder(&place), &Settings::default()).unwrap();
    let events = tests::search();
    events[..9].iter().for_each(|event| recorder.record(event).unwrap());
    recorder.sync().unwrap();
    let database = Database::open(&place.path().join("run")).unwrap();
    assert_eq!(database.events(0..=99).unwrap(), events[..9]);
    let other = Connection::open(database.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    events[9..].iter().for_each(|event| recorder.record(event).unwrap());
    let refused = recorder.sync().unwrap_err();
    assert_eq!(recorder.trouble(), Some(refused));
    other.execute_batch("ROLLBACK").unwrap();
    recorder.sync().unwrap();
    assert_eq!(recorder.trouble(), None);
    assert_eq!(database.events(0..=99).unwrap(), events);
    recorder.finish().unwrap();
    assert!(place.path().join("run/results.json").exists());
}

/// What became of the checkpoints that were handed over, by their iterations.
type Told = mpsc::Receiver<(u64, Result<Written, String>)>;

/// Hands checkpoints over.
fn keep(recorder: &Recorder, checkpoints: impl IntoIterator<Item = Checkpoint>) -> Told {
    let (tell, told) = mpsc::channel();
    for checkpoint in checkpoints {
        let (tell, iteration) = (tell.clone(), checkpoint.iteration);
        recorder.keep(checkpoint, move |kept| tell.send((iteration, kept)).unwrap());
    }
    told
}

/// A recorder whose next checkpoint will be refused, as long as there is the folder that comes with it.
fn refusing(place: &tempfile::TempDir) -> (Recorder, PathBuf) {
    let recorder = Recorder::start(folder(place), &Settings::default()).unwrap();
    let obstacle = place.path().join("run/checkpoints/.new");
    fs::create_dir(&obstacle).unwrap();
    (recorder, obstacle)
}

#[test]
fn a_checkpoint_that_is_refused_waits_gives_way_to_a_newer_one_and_is_kept_once_it_can_be() {
    let place = tempfile::tempdir().unwrap();
    let (recorder, obstacle) = refusing(&place);
    let told = keep(&recorder, [checkpoint(1), checkpoint(2)]);
    recorder.sync().unwrap();
    let trouble = recorder.trouble().unwrap();
    assert!(trouble.starts_with("no checkpoint can be kept: ") && trouble.contains("0000000002"), "{trouble}");
    fs::remove_dir(obstacle).unwrap();
    assert!(matches!(told.recv_timeout(PATIENCE).unwrap(), (2, Ok(_))));
    assert_eq!(recorder.trouble(), None);
    recorder.finish().unwrap();
    assert_eq!(told.try_recv(), Err(mpsc::TryRecvError::Disconnected), "the first is told nothing");
    assert_eq!(fs::read_dir(place.path().join("run/checkpoints")).unwrap().count(), 1);
    assert_eq!(newest(&place.path().join("run")).unwrap().checkpoint, Some(checkpoint(2)));
}

#[test]
fn a_checkpoint_that_is_refused_to_the_end_is_said_and_the_events_are_there() {
    let place = tempfile::tempdir().unwrap();
    let (recorder, _) = refusing(&place);
    let told = keep(&recorder, [checkpoint(7)]);
    tests::search().iter().for_each(|event| recorder.record(event).unwrap());
    let lost = recorder.finish().unwrap_err();
    assert!(lost.starts_with("not recorded: the checkpoint of iteration 7: "), "{lost}");
    assert_eq!(told.recv(), Err(mpsc::RecvError));
    assert_eq!(Database::open(&place.path().join("run")).unwrap().events(0..=99).unwrap(), tests::search());
}

#[test]
fn a_checkpoint_that_cannot_be_made_a_file_of_is_told_at_once_and_not_waited_for() {
    let place = tempfile::tempdir().unwrap();
    let recorder = Recorder::start(folder(&place), &Settings::default()).unwrap();
    let told = keep(&recorder, [Checkpoint { evaluator: b"no tensors".into(), ..checkpoint(1) }]);
    let (_, kept) = told.recv().unwrap();
    assert!(kept.unwrap_err().starts_with("no checkpoint: "));
    assert_eq!(recorder.trouble(), None);
    recorder.finish().unwrap();
}

#[test]
fn a_recorder_that_panics_lets_the_search_rest_and_is_said_at_its_end() {
    let place = tempfile::tempdir().unwrap();
    let recorder = Recorder::start(folder(&place), &Settings::default()).unwrap();
    recorder.keep(checkpoint(1), |_| panic!("a test of panics"));
    let gone = recorder.sync().unwrap_err();
    assert!(gone.contains("has ended"), "{gone}");
    let start = Instant::now();
    while recorder.trouble().is_none() {
        assert!(start.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(1));
    }
    assert!(recorder.trouble().unwrap().contains("nothing more is recorded"));
    assert!(recorder.finish().unwrap_err().contains("panicked"));
    assert_eq!(newest(&place.path().join("run")).unwrap().checkpoint, Some(checkpoint(1)));
}

#[test]
fn a_run_that_ended_is_one_file() {
    let place = tempfile::tempdir().unwrap();
    let recorder = Recorder::start(folder(&place), &Settings::default()).unwrap();
    tests::search().iter().for_each(|event| recorder.record(event).unwrap());
    recorder.finish().unwrap();
    let names = || {
        let entries = std::fs::read_dir(place.path().join("run")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names(), ["checkpoints", "results.json", FILE]);
    Database::open(&place.path().join("run")).unwrap().dashboard_at(9).unwrap();
    assert_eq!(names(), ["checkpoints", "results.json", FILE], "reading leaves nothing behind");
}

#[test]
fn the_fold_of_a_real_search_is_that_of_its_recording() {
    let place = tempfile::tempdir().unwrap();
    let mut rows = String::from("a,b,val,params\n");
    for place in 0..9 {
        rows += &format!("{},{},{},{}\n", place / 3, place % 3, 0.1 * f64::from(place), 10 * (place + 1));
    }
    let table = place.path().join("table.csv");
    std::fs::write(&table, rows).unwrap();
    let text = format!(
        "[space]\nkind = 'table'\npath = '{}'\ndecisions = ['a', 'b']\nmetric = 'val'\nparameters = 'params'\n\
         [search]\ncoefficients = [0, 1]\niterations = 300\nscore_samples = 2\n[engine]\nvalidate_every = 7\n",
        table.display()
    );
    let settings = parse("test", &text, &[]).unwrap();
    let recorder = Recorder::start(folder(&place), &settings).unwrap();
    let (engine, _viewer) = Engine::start("run".into(), settings, recorder, None).unwrap();
    let viewer = loop {
        let viewer = engine.viewer();
        if viewer.dashboard.results.is_some() {
            break viewer;
        }
        thread::sleep(Duration::from_millis(5));
    };
    let recorded = Database::open(&place.path().join("run")).unwrap().dashboard_at(u64::MAX).unwrap();
    let near = |a: &Vec<f64>, b: &Vec<f64>| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 5e-5);
    assert!(recorded.weights.iter().zip(&viewer.dashboard.weights).all(|(a, b)| near(a, b)));
    let (samples, seen) = (recorded.samples.kept(), viewer.dashboard.samples.kept());
    assert_eq!(samples.len(), seen.len());
    for (recorded, seen) in samples.zip(seen) {
        let near = |(a, b): (&Option<f32>, &Option<f32>)| (a.unwrap() - b.unwrap()).abs() <= 5.1e-5;
        assert!(recorded.weights.len() == seen.weights.len() && recorded.weights.iter().zip(&seen.weights).all(near));
        assert!(Kept { weights: [].into(), ..recorded.clone() } == Kept { weights: [].into(), ..seen.clone() });
    }
    // Checkpoints are not recorded: they speak for themselves.
    let without =
        |dashboard| Dashboard { weights: Vec::new(), samples: Samples::default(), checkpoint: None, ..dashboard };
    assert!(without(recorded) == without(viewer.dashboard));
}
