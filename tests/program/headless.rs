//! A search without a screen: what it prints, keeps and gives back.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::sync::mpsc;
use std::thread;

use serde_json::Value;

use crate::support::{Folder, Output, PATIENCE, SLOW_TO_SCORE, output, signal, with};

/// Ten iterations of warm-up, thirty of search.
const SHORT: &[&str] = &["search.iterations=40", "search.warm_up=0.25"];
/// Samples of it: two distributions draw one each in an iteration.
const SAMPLES: usize = 80;

fn run(folder: &Folder, config: &str, kept: &str, more: &[&str]) -> Output {
    folder.run(&[&["run", config, "--run-dir", kept], more].concat())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Results without what differs between two runs of one search.
fn what_was_found(results: &str) -> Value {
    let mut results = json(results);
    let fields = results.as_object_mut().unwrap();
    assert!(fields.remove("run").is_some() && fields.remove("seconds").is_some());
    results
}

#[test]
fn the_results_are_one_json_document_on_standard_output_and_in_the_folder() {
    let folder = Folder::new();
    let ended = run(&folder, "tiny.toml", "kept", &[&with(SHORT)[..], &["--headless", "--json"]].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.stdout, folder.read("kept/results.json"));
    for part in ["kept: seed 5, 40 iterations", "computing on CPU, 1 worker", "40/40 search, ", "Kept in kept"] {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
    let results = json(&ended.stdout);
    let known = [
        "run",
        "seed",
        "seconds",
        "iterations",
        "complete",
        "evaluator",
        "architectures_evaluated",
        "space",
        "distributions",
    ];
    assert_same(&keys(&results), &known);
    assert_eq!((&results["run"], &results["seed"], &results["iterations"]), (&"kept".into(), &5.into(), &40.into()));
    assert_eq!((&results["complete"], &results["architectures_evaluated"]), (&true.into(), &140.into()));
    assert!(results["seconds"].as_f64().unwrap() > 0.0);
    for measure in ["parameters", "macs"] {
        let extent = &results["space"][measure];
        assert_same(&keys(extent), &["smallest", "largest"]);
        assert!(extent["smallest"].as_f64().unwrap() < extent["largest"].as_f64().unwrap());
    }
    let distributions = results["distributions"].as_array().unwrap();
    assert_eq!(distributions.len(), 2);
    for (index, found) in distributions.iter().enumerate() {
        let known = [
            "index",
            "coefficient",
            "parameters",
            "macs",
            "validation_accuracy",
            "test_accuracy",
            "entropy",
            "architecture",
        ];
        assert_same(&keys(found), &known);
        assert_eq!((&found["index"], &found["coefficient"]), (&index.into(), &[0.0, 1.0][index].into()));
        assert!(found["parameters"].as_u64().unwrap() > 0 && found["macs"].as_u64().unwrap() > 0);
        for share in ["validation_accuracy", "test_accuracy", "entropy"] {
            assert!((0.0..=1.0).contains(&found[share].as_f64().unwrap()), "{share}: {found}");
        }
        assert!(found["architecture"].as_object().is_some_and(|genotype| !genotype.is_empty()), "{found}");
    }
}

fn assert_same(names: &[&str], known: &[&str]) {
    let sorted = |names: &[&str]| {
        let mut names: Vec<String> = names.iter().map(ToString::to_string).collect();
        names.sort();
        names
    };
    assert_eq!(sorted(names), sorted(known));
}

#[test]
fn every_sample_is_kept_with_its_loss() {
    let folder = Folder::new();
    assert_eq!(run(&folder, "tiny.toml", "kept", &with(SHORT)).code, Some(0));
    let rows = folder.query(
        "kept/run.db",
        "SELECT iteration, warm_up, loss, json_array_length(weights) FROM samples JOIN iterations USING (iteration) \
         ORDER BY iteration, place",
    );
    assert_eq!(rows.len(), SAMPLES);
    for (place, row) in rows.iter().enumerate() {
        let cells: Vec<&str> = row.split('|').collect();
        assert_eq!(cells[0], (1 + place / 2).to_string());
        assert_eq!(cells[1], if place < 20 { "1" } else { "0" });
        assert!(cells[2].parse::<f64>().is_ok_and(f64::is_finite), "{row}");
        assert_eq!(cells[3], if place < 20 { "" } else { "2" }, "{row}");
    }
}

#[test]
fn the_same_settings_and_seed_give_the_same_bits_with_any_number_of_workers() {
    let folder = Folder::new();
    assert_eq!(run(&folder, "tiny.toml", "first", &with(SHORT)).code, Some(0));
    let check = folder.run(&["config", "check", "first/config.toml"]);
    assert!(check.code == Some(0) && check.stdout.starts_with("ok: "), "{check:?}");
    let (samples, found) = (folder.samples("first"), what_was_found(&folder.read("first/results.json")));
    for (kept, workers) in [("again", "engine.workers=1"), ("wider", "engine.workers=3")] {
        let ended = run(&folder, "first/config.toml", kept, &[&["--json"][..], &with(&[workers])].concat());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(what_was_found(&ended.stdout), found);
        assert!(folder.samples(kept) == samples, "{kept} drew other samples");
    }
    let ended = run(&folder, "first/config.toml", "other", &["--json", "--seed", "6"]);
    assert!(what_was_found(&ended.stdout)["distributions"] != found["distributions"], "another seed is another search");
}

#[test]
fn between_pipes_a_run_has_no_screen_and_prints_the_summary() {
    let folder = Folder::new();
    let plain = run(&folder, "tiny.toml", "kept", &with(&["search.iterations=5"]));
    let asked = run(&folder, "tiny.toml", "asked", &[&["--headless"][..], &with(&["search.iterations=5"])].concat());
    for (name, ended) in [("kept", plain), ("asked", asked)] {
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stdout.starts_with(&format!("{name}: finished after 5 iterations in ")), "{}", ended.stdout);
        assert!(ended.stderr.ends_with(&format!("Kept in {name}\n")), "{}", ended.stderr);
        assert!(!format!("{}{}", ended.stdout, ended.stderr).contains('\u{1b}'), "{ended:?}");
    }
}

#[test]
fn a_folder_that_holds_something_is_refused_and_left_alone() {
    let folder = Folder::new();
    fs::create_dir(folder.path().join("kept")).unwrap();
    fs::write(folder.path().join("kept/results.json"), "mine").unwrap();
    let ended = run(&folder, "tiny.toml", "kept", &["--headless"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
    assert!(ended.stderr.starts_with("kept is not empty"), "{ended:?}");
    assert_eq!(folder.read("kept/results.json"), "mine");
    assert_eq!(fs::read_dir(folder.path().join("kept")).unwrap().count(), 1);
}

#[test]
fn a_search_that_diverges_ends_with_the_reason_and_what_to_try() {
    let folder = Folder::new();
    let ended = run(&folder, "tiny.toml", "kept", &with(&["training.learning_rate=1e30", "training.clip=0"]));
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let last = ended.stderr.lines().last().unwrap();
    for part in ["losses are not finite", "smaller training.learning_rate than 1e30", "training.clip above 0"] {
        assert!(last.contains(part), "{part}: {}", ended.stderr);
    }
    assert!(ended.stdout.starts_with("kept: stopped after "), "{}", ended.stdout);
}

/// A program whose standard error is read line by line.
struct Followed {
    child: Child,
    lines: mpsc::Receiver<String>,
    said: Vec<String>,
}

impl Followed {
    fn start(folder: &Folder, more: &[&str]) -> Self {
        let mut child =
            folder.command(&[&["run", "tiny.toml", "--run-dir", "kept", "--headless"], more].concat()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (outlet, lines) = mpsc::channel();
        // Sending fails where the test has ended.
        thread::spawn(move || stderr.lines().try_for_each(|line| outlet.send(line.unwrap())));
        Self { child, lines, said: Vec::new() }
    }

    /// Waits for a line that holds a text.
    #[track_caller]
    fn see(&mut self, text: &str) {
        while !self.said.last().is_some_and(|line| line.contains(text)) {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.said.push(line),
                Err(error) => panic!("{text:?} is not said: {error}: {:?}", self.said),
            }
        }
    }

    fn signal(&self, number: i32) {
        signal(self.child.id(), number);
    }

    /// Waits for the end of all that it says, and so of the program.
    fn ended(mut self) -> Output {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.said.push(line),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(error) => panic!("the program does not end: {error}: {:?}", self.said),
            }
        }
        let mut stdout = Vec::new();
        self.child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
        let status = self.child.wait().unwrap();
        let stderr = self.said.join("\n").into_bytes();
        output(std::process::Output { status, stdout, stderr })
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        // Without effect on a program that was waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_first_interrupt_stops_a_search_with_results() {
    for number in [libc::SIGINT, libc::SIGTERM] {
        let folder = Folder::new();
        let mut program = Followed::start(&folder, &[]);
        program.see("/5000 ");
        program.signal(number);
        let ended = program.ended();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stdout.starts_with("kept: stopped after "), "{ended:?}");
        assert!(ended.stderr.contains("stopping: the modes are scored"), "{ended:?}");
        assert_eq!(json(&folder.read("kept/results.json"))["complete"], false);
    }
}

#[test]
fn results_that_cannot_be_written_are_printed_and_the_failure_said() {
    let folder = Folder::new();
    let mut program = Followed::start(&folder, &[]);
    program.see("/5000 ");
    std::fs::create_dir(folder.path().join("kept/results.json")).unwrap();
    program.signal(libc::SIGINT);
    let ended = program.ended();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.starts_with("kept: stopped after "), "{ended:?}");
    assert!(ended.stderr.lines().last().unwrap().starts_with("not recorded: "), "{ended:?}");
    assert!(ended.stderr.contains("results.json"), "{ended:?}");
}

#[test]
fn a_second_interrupt_ends_the_program_at_once() {
    let folder = Folder::new();
    let mut program = Followed::start(&folder, &[&with(&SLOW_TO_SCORE)[..], &with(&["engine.workers=3"])].concat());
    program.see("/5000 ");
    program.signal(libc::SIGINT);
    program.see("stopping: the modes are scored");
    program.signal(libc::SIGINT);
    let ended = program.ended();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(128 + libc::SIGINT), ""), "{ended:?}");
    assert!(!folder.path().join("kept/results.json").exists());
}

#[test]
fn a_search_whose_progress_nobody_reads_goes_on_to_its_results() {
    let folder = Folder::new();
    let arguments = [&["run", "tiny.toml", "--run-dir", "kept", "--json"][..], &with(SHORT)].concat();
    let mut child = folder.command(&arguments).spawn().unwrap();
    drop(child.stderr.take());
    let ended = output(child.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.stdout, folder.read("kept/results.json"));
}
