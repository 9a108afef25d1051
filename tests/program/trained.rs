//! Networks that are trained from scratch: interrupted at any moment, in turn, and from the screen.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Child;
use std::time::{Duration, Instant};

use isthmus::engine::{Training, TrainingState};
use isthmus::train::list;
use rand::RngExt as _;

use crate::resume::json;
use crate::support::{Folder, Output, PATIENCE, Terminal, keys, output, signal, with};

/// A folder with a search of a moment, `kept`, whose networks are trained for so many epochs.
fn searched(epochs: u64) -> Folder {
    let folder = Folder::new();
    let epochs = format!("retraining.epochs={epochs}");
    let sets = with(&["search.iterations=20", "engine.validate_every=5", &epochs]);
    let ended = folder.run(&[&["run", "tiny.toml", "--run-dir", "kept", "--headless"], &sets[..]].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    folder
}

/// Waits until the networks are as wanted.
#[track_caller]
fn wait(folder: &Folder, wanted: impl Fn(&[Training]) -> bool) -> Vec<Training> {
    let start = Instant::now();
    loop {
        let trainings = list(&folder.path().join("kept"));
        if wanted(&trainings) {
            return trainings;
        }
        assert!(start.elapsed() < PATIENCE, "{trainings:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn train(folder: &Folder, arguments: &[&str]) -> Child {
    folder.command(&[&["train", "kept"], arguments].concat()).spawn().unwrap()
}

fn ended(child: Child) -> Output {
    output(child.wait_with_output().unwrap())
}

/// Whether it is trained now.
fn runs(trainings: &[Training], name: &str) -> bool {
    let named = trainings.iter().find(|training| training.name == name);
    named.is_some_and(|training| matches!(training.state, TrainingState::Running { .. }) && training.steps > 0)
}

#[test]
fn one_that_is_stopped_at_any_step_ends_in_the_bits_of_one_that_never_was() {
    const MODEL: &str = "kept/models/distribution-0/model.safetensors";
    let folder = searched(2);
    let whole = folder.run(&["train", "kept", "--distribution", "0", "--json"]);
    assert_eq!(whole.code, Some(0), "{whole:?}");
    let model = fs::read(folder.path().join(MODEL)).unwrap();
    fs::remove_dir_all(folder.path().join("kept/models")).unwrap();

    let mut rng = rand::rng();
    let mut before = 0;
    for stop in 0..2 {
        let mut training = train(&folder, &["--distribution", "0"]);
        // A tenth of the training each; the signal comes at any step of the next one.
        let said = BufReader::new(training.stderr.take().unwrap()).lines().map(Result::unwrap);
        let mut tenths = said.filter(|line| line.contains("training accuracy"));
        tenths.nth(rng.random_range(0..3)).unwrap();
        std::thread::sleep(Duration::from_millis(rng.random_range(0..30)));
        signal(training.id(), libc::SIGTERM);
        let rest = tenths.count();
        let ended = ended(training);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "stop {stop}, {rest} tenths later: {ended:?}");
        let [training] = list(&folder.path().join("kept")).try_into().unwrap();
        assert_eq!(training.state, TrainingState::Interrupted);
        assert!(training.step > before && training.step < training.steps, "stop {stop}: {training:?}");
        before = training.step;
    }
    let resumed = folder.run(&["train", "kept", "--distribution", "0", "--json"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    assert!(resumed.stderr.contains(&format!("goes on after {before}\n")), "{before}: {resumed:?}");
    assert!(fs::read(folder.path().join(MODEL)).unwrap() == model, "stopped after {before} steps");
    let [whole, resumed] = [whole, resumed].map(|ended| json(&ended.stdout));
    for figure in ["name", "parameters", "macs", "found_accuracy", "test_accuracy", "test_loss", "architecture"] {
        assert_eq!(whole[0][figure], resumed[0][figure], "{figure}");
    }
    assert_eq!(whole[0]["name"], "distribution-0");
    // How it went is kept as well.
    let [training] = list(&folder.path().join("kept")).try_into().unwrap();
    assert_eq!(training.curve.iter().map(|entry| entry.epoch).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn they_take_turns_and_no_network_is_trained_twice_at_once() {
    let folder = searched(1000);
    let first = train(&folder, &["--distribution", "0"]);
    wait(&folder, |trainings| runs(trainings, "distribution-0"));
    let twice = folder.run(&["train", "kept", "--distribution", "1,0"]);
    assert_eq!(twice.code, Some(1), "{twice:?}");
    let said = format!("distribution-0 is being trained already, or waits for its turn, in process {}", first.id());
    assert!(twice.stderr.contains(&said), "{twice:?}");
    let second = train(&folder, &["--distribution", "1"]);
    let waits = |trainings: &[Training]| {
        let waiting = TrainingState::Waiting { process: Some(second.id()) };
        trainings.iter().any(|training| training.name == "distribution-1" && training.state == waiting)
    };
    wait(&folder, |trainings| waits(trainings) && runs(trainings, "distribution-0"));
    signal(first.id(), libc::SIGTERM);
    assert_eq!(ended(first).code, Some(0));
    wait(&folder, |trainings| runs(trainings, "distribution-1"));
    // One that dies is one that is interrupted.
    signal(second.id(), libc::SIGKILL);
    let ended = ended(second);
    assert!(ended.code.is_none() && ended.stderr.contains("waiting for process "), "{ended:?}");
    let states = list(&folder.path().join("kept")).into_iter().map(|training| training.state);
    assert_eq!(states.collect::<Vec<_>>(), [TrainingState::Interrupted, TrainingState::Interrupted]);
}

#[test]
fn an_architecture_of_the_front_is_trained_stopped_and_gone_on_with_from_the_screen() {
    let folder = searched(1000);
    let mut terminal = replayed(&folder);
    terminal.press("T");
    terminal.see(&["Train architecture-", "1000 epochs, from fresh weights"]);
    terminal.press("n7");
    terminal.see(&["No network of this run has been trained"]);
    terminal.press("5Ty");
    terminal.see(&["trains architecture-"]);
    terminal.press("7");
    terminal.see(&["1 running", " of 1000, ETA "]);
    for (asks, question, becomes) in [
        ("x", "Stop training architecture-", "1 stopped"),
        ("T", "It goes on from epoch", "1 running"),
        ("x", "Stop training architecture-", "1 stopped"),
    ] {
        terminal.press(asks);
        terminal.see(&[question]);
        terminal.press(keys::ENTER);
        terminal.see(&[becomes]);
    }
    // Others take less.
    set_epochs(&folder, 1000, 1);
    terminal.press("5jTy7");
    terminal.see(&["1 stopped, 1 trained"]);
    terminal.press("G");
    terminal.find("how one did", |screen| {
        let text = screen.contents();
        ["Test ", "latency ", "dotted: test "].iter().all(|said| text.contains(said)).then_some(())
    });
    terminal.press("T");
    terminal.see(&["is trained already"]);
    terminal.press("5");
    terminal.see(&["MACs   trained"]);
    // What is at its end is at rest.
    terminal.assert_silent(Duration::from_millis(300));
    terminal.press("q");
    assert_eq!(terminal.ended().code, 0);
    let log = folder.read("kept/models/train.log");
    assert!(log.contains("on the test set after"), "{log}");
}

/// The front of a recorded run.
fn replayed(folder: &Folder) -> Terminal {
    let mut terminal = folder.on_terminal((120, 40), &["replay", "kept", "--at", "20"]);
    terminal.press("5");
    terminal.see(&["accuracy  params", "T train"]);
    terminal
}

fn set_epochs(folder: &Folder, before: u64, now: u64) {
    let settings = folder.read("kept/config.toml");
    let [before, now] = [before, now].map(|epochs| format!("\nepochs = {epochs}\n"));
    assert!(settings.contains(&before), "{settings}");
    fs::write(folder.path().join("kept/config.toml"), settings.replace(&before, &now)).unwrap();
}

#[test]
fn a_training_that_cannot_begin_says_why_on_the_screen_that_started_it() {
    let folder = searched(1);
    let mut terminal = replayed(&folder);
    set_epochs(&folder, 1, 0);
    terminal.press("Ty");
    terminal.see(&["the training has failed: ", "`retraining.epochs` cannot be 0"]);
    terminal.press("q");
    assert_eq!(terminal.ended().code, 0);
}
