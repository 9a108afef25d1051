//! Searches that are killed at any moment, and end as if they never had been.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use isthmus::attach::{Mode, connect};
use isthmus::engine::{Change, Command, Frame};
use isthmus::run::{Checkpoint, Database};
use isthmus::search::{Adjustment, Aim};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::support::{Folder, Output, PATIENCE, output, signal, with};

/// How long a whole search may take: long ones take minutes on a busy machine.
const LONG_PATIENCE: Duration = Duration::from_secs(900);

/// Checkpoints as often as their cost allows.
pub const OFTEN: &str = "engine.checkpoint_seconds=0.001";

/// How often a search is killed: `make test-long` asks for more.
fn kills(short: u64) -> u64 {
    std::env::var("ISTHMUS_LONG_TESTS").map_or(short, |_| 20)
}

pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Results without what differs between two runs of one search.
pub fn found(folder: &Folder, run: &str) -> Value {
    let mut results = json(&folder.read(&format!("{run}/results.json")));
    let fields = results.as_object_mut().unwrap();
    assert!(fields.remove("run").is_some() && fields.remove("seconds").is_some());
    results
}

/// The checkpoints of a run, the oldest first.
pub fn checkpoints(folder: &Folder, run: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder.path().join(run).join("checkpoints")) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "safetensors"));
    paths.sort();
    paths
}

pub fn read(path: &Path) -> Checkpoint {
    Checkpoint::from_bytes(&fs::read(path).unwrap()).unwrap()
}

/// The last checkpoint without what differs between two runs of one search.
fn last(folder: &Folder, run: &str) -> Checkpoint {
    Checkpoint { seconds: 0.0, ..read(checkpoints(folder, run).last().unwrap()) }
}

#[track_caller]
pub fn assert_alike(folder: &Folder, one: &str, other: &str) {
    assert!(last(folder, one) == last(folder, other), "the last checkpoints differ");
    assert!(folder.samples(one) == folder.samples(other), "the samples differ");
    assert_eq!(found(folder, one), found(folder, other));
}

/// A program that is killed when a test ends early.
struct Started(Child);

impl Started {
    fn new(folder: &Folder, arguments: &[&str]) -> Self {
        let mut command = folder.command(arguments);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        Self(command.spawn().unwrap())
    }

    fn kill(mut self) {
        signal(self.0.id(), libc::SIGKILL);
        self.0.wait().unwrap();
    }

    fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // Without effect on a program that was waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until something holds.
#[track_caller]
fn wait(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "{what}: this did not come");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Iterations of a run that are recorded.
fn done(folder: &Folder, run: &str) -> u64 {
    let database = Database::open(&folder.path().join(run));
    database.and_then(|database| database.last()).unwrap_or(0)
}

/// Waits until a run that goes on has recorded iterations beyond those that it has now.
fn wait_for_iterations(folder: &Folder, run: &str, more: u64) {
    let before = done(folder, run);
    wait("new iterations", || done(folder, run) >= before + more);
}

/// Kills a run again and again, each time at a random moment, and then lets it end.
fn kill_and_resume(folder: &Folder, config: &str, sets: &[&str], kills: u64, longest: u64) {
    let sets = with(sets);
    let mut random = ChaCha8Rng::seed_from_u64(kills);
    let mut started = Started::new(folder, &[&["run", config, "--run-dir", "killed"], &sets[..]].concat());
    // Before it a folder may have no settings yet, and be no run.
    wait("settings", || folder.path().join("killed/config.toml").exists());
    for kill in 0..kills {
        let newest = checkpoints(folder, "killed").pop();
        // Some are killed wherever they are by then, also before they have begun; some while they search; some after
        // they have got on.
        match kill % 3 {
            0 => {}
            1 => wait_for_iterations(folder, "killed", 1),
            _ => wait("a checkpoint", || checkpoints(folder, "killed").pop() != newest),
        }
        std::thread::sleep(Duration::from_millis(random.random_range(0..longest)));
        assert!(!started.has_ended(), "the search is too short: it has ended before kill {kill}");
        started.kill();
        started = Started::new(folder, &["resume", "killed"]);
    }
    started.kill();
    let ended = to_the_end(folder, &["resume", "killed"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

fn to_the_end(folder: &Folder, arguments: &[&str]) -> Output {
    let mut command = assert_cmd::Command::from_std(folder.command(arguments));
    output(command.timeout(LONG_PATIENCE).output().unwrap())
}

pub fn run(folder: &Folder, config: &str, kept: &str, sets: &[&str]) -> Output {
    let ended = to_the_end(folder, &[&["run", config, "--run-dir", kept], &with(sets)[..]].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended
}

#[test]
fn a_search_of_a_table_that_is_killed_again_and_again_ends_as_if_it_never_was() {
    let folder = Folder::table();
    let kills = kills(5);
    let iterations = format!("search.iterations={}", 1000 * (kills + 1));
    let sets =
        [OFTEN, &iterations, "space.noise=0.1", "engine.validate_every=7", "engine.max_iterations_per_second=1000"];
    run(&folder, "table.toml", "whole", &sets);
    kill_and_resume(&folder, "table.toml", &sets, kills, 300);
    assert_alike(&folder, "whole", "killed");
    assert_eq!(folder.samples("killed").len(), 4000 * (kills as usize + 1));
}

#[cfg(feature = "torch")]
#[test]
fn a_search_with_a_supernetwork_that_is_killed_again_and_again_ends_as_if_it_never_was() {
    let folder = Folder::new();
    let kills = kills(3);
    let iterations = format!("search.iterations={}", 60 * (kills + 1));
    let sets = [
        OFTEN,
        &iterations,
        "search.warm_up=0.25",
        "data.shift=1",
        "search.weight_steps=2",
        "engine.max_iterations_per_second=30",
    ];
    run(&folder, "tiny.toml", "whole", &sets);
    kill_and_resume(&folder, "tiny.toml", &sets, kills, 500);
    assert_alike(&folder, "whole", "killed");
}

/// Kills a search of a table that has kept several checkpoints and is far from its end.
fn killed_table(folder: &Folder, sets: &[&str]) {
    let started = Started::new(folder, &[&["run", "table.toml", "--run-dir", "killed"], &with(sets)[..]].concat());
    wait("three checkpoints", || checkpoints(folder, "killed").len() >= 3);
    started.kill();
}

const LONG: [&str; 3] = [OFTEN, "search.iterations=2000", "engine.max_iterations_per_second=1000"];

#[test]
fn a_damaged_checkpoint_is_named_and_the_one_before_it_used() {
    let damages: [fn(&mut Vec<u8>); 2] = [|bytes| bytes.truncate(bytes.len() * 2 / 3), |bytes| bytes[300] ^= 4];
    for damage in damages {
        let folder = Folder::table();
        run(&folder, "table.toml", "whole", &LONG);
        killed_table(&folder, &LONG);
        let kept = checkpoints(&folder, "killed");
        let (newest, before) = (kept.last().unwrap(), read(&kept[kept.len() - 2]));
        let mut bytes = fs::read(newest).unwrap();
        damage(&mut bytes);
        fs::write(newest, bytes).unwrap();
        let ended = folder.run(&["resume", "killed"]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let name = newest.file_name().unwrap().to_str().unwrap();
        let said = format!("{name} cannot be used: its checksum does not fit");
        for said in [said.as_str(), &format!("resumed after {} iterations", before.iteration)] {
            assert!(ended.stderr.contains(said), "{said}: {ended:?}");
        }
        assert!(folder.read("killed/log.txt").contains(&said));
        assert_alike(&folder, "whole", "killed");
    }
}

#[test]
fn a_run_without_a_checkpoint_begins_anew_and_says_so() {
    let folder = Folder::table();
    let sets = ["engine.checkpoint_seconds=0", "search.iterations=1000", "engine.max_iterations_per_second=1000"];
    run(&folder, "table.toml", "whole", &sets);
    let started = Started::new(&folder, &[&["run", "table.toml", "--run-dir", "killed"], &with(&sets)[..]].concat());
    wait_for_iterations(&folder, "killed", 3);
    started.kill();
    let ended = folder.run(&["resume", "killed"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for said in ["started again from iteration 0", "there is no checkpoint to go on from"] {
        assert!(ended.stderr.contains(said), "{said}: {ended:?}");
    }
    assert_alike(&folder, "whole", "killed");
}

#[test]
fn what_is_no_run_is_said() {
    let folder = Folder::table();
    let ended = folder.run(&["resume", "nowhere"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("no run in runs is called `nowhere`"), "{ended:?}");
}

#[test]
fn a_run_that_was_stopped_goes_on_and_one_that_has_finished_says_so() {
    let folder = Folder::table();
    run(&folder, "table.toml", "whole", &LONG);
    let mut started =
        Started::new(&folder, &[&["run", "table.toml", "--run-dir", "stopped"], &with(&LONG)[..]].concat());
    // By then the program listens to signals.
    wait_for_iterations(&folder, "stopped", 250);
    signal(started.0.id(), libc::SIGTERM);
    started.0.wait().unwrap();
    let stopped = json(&folder.read("stopped/results.json"));
    assert_eq!(stopped["complete"], false);
    assert_eq!(
        last(&folder, "stopped").iteration,
        stopped["iterations"].as_u64().unwrap(),
        "a stop keeps a checkpoint"
    );
    let ended = folder.run(&["resume", "stopped", "--json"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), folder.read("stopped/results.json").as_str()));
    assert_alike(&folder, "whole", "stopped");

    let again = folder.run(&["resume", "stopped", "--json"]);
    assert_eq!((again.code, &again.stdout), (Some(0), &ended.stdout));
    assert!(
        again.stderr.starts_with("stopped has finished: for more than its 2000 iterations, add --set"),
        "{again:?}"
    );
}

#[test]
fn more_iterations_of_a_table_end_as_if_they_had_been_asked_for_at_once() {
    let folder = Folder::table();
    run(&folder, "table.toml", "whole", &["search.iterations=150"]);
    run(&folder, "table.toml", "longer", &["search.iterations=100"]);
    let ended = folder.run(
        &[&["resume", "longer"], &with(&["search.iterations=150", "engine.workers=2", "training.batch=8"])[..]]
            .concat(),
    );
    assert_eq!(ended.code, Some(0), "{ended:?}");
    // A table has no pictures.
    for said in ["search.iterations: 100 -> 150\n", "engine.workers: 0 -> 2\n", "training.batch: 64 -> 8\n"] {
        assert!(ended.stderr.contains(said), "{said}: {ended:?}");
    }
    assert_eq!(found(&folder, "whole"), found(&folder, "longer"));
    assert!(folder.samples("longer") == folder.samples("whole"));
    assert!(folder.read("longer/config.toml").contains("iterations = 150"));
}

#[test]
fn settings_that_cannot_change_are_refused_by_name_and_nothing_is_touched() {
    let folder = Folder::table();
    run(&folder, "table.toml", "kept", &[]);
    let files = || {
        let texts = ["config.toml", "results.json"].map(|file| folder.read(&format!("kept/{file}")));
        (texts, folder.samples("kept"))
    };
    let before = files();
    for (set, said) in [
        ("seed=6", "seed cannot change from 1 to 6 within a run: every random draw comes from it"),
        ("search.utility=raw", "search.utility cannot change from \"rank\" to \"raw\" within a run: what was learned"),
        (
            "space.noise=0.5",
            "space.noise cannot change from 0.0 to 0.5 within a run: what was learned is of this space",
        ),
        (
            "training.clip=8.0",
            "training.clip cannot change from 5.0 to 8.0 within a run: the weights were trained with it",
        ),
        ("search.iterations=50", "search.iterations cannot become 50: 100 are done"),
    ] {
        let ended = folder.run(&["resume", "kept", "--set", set]);
        assert!(ended.code == Some(1) && ended.stderr.contains(said), "{said}: {ended:?}");
    }
    let ended = folder.run(&["resume", "kept", "--set", "seed=x"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(files() == before);
    fs::write(folder.path().join("table.csv"), folder.read("table.csv").replacen("0.25", "0.26", 1)).unwrap();
    let ended = folder.run(&["resume", "kept", "--set", "search.iterations=150"]);
    assert!(ended.code == Some(1) && ended.stderr.contains("other data"), "{ended:?}");
    assert!(files() == before);
}

#[test]
fn coefficients_that_are_asked_for_hold_from_there_on_and_are_recorded() {
    let folder = Folder::table();
    run(&folder, "table.toml", "kept", &[]);
    let sets = with(&["search.iterations=150", "search.coefficients=[0, 7.5]"]);
    let ended = folder.run(&[&["resume", "kept", "--json"], &sets[..]].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(json(&ended.stdout)["distributions"][1]["coefficient"], 7.5);
    assert_eq!(folder.query("kept/run.db", "SELECT iteration, before, after FROM adjustments"), ["100|1.0|7.5"]);
    let ended = folder.run(&["resume", "kept", "--set", "search.iterations=200", "--set", "search.coefficients=[1]"]);
    assert!(ended.code == Some(1) && ended.stderr.contains("the run has 2 distributions by now"), "{ended:?}");
}

#[test]
fn settings_that_are_asked_for_hold_from_there_on_and_are_recorded() {
    let folder = Folder::table();
    run(&folder, "table.toml", "kept", &[]);
    let sets = with(&["search.iterations=150", "search.score_samples=5", "engine.validate_every=10"]);
    let ended = folder.run(&[&["resume", "kept"], &sets[..]].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let recorded = folder.query("kept/run.db", "SELECT iteration, before, after FROM adjustments ORDER BY seq");
    assert_eq!(recorded, ["100|2.0|5.0", "100|50.0|10.0"]);
    assert_eq!(folder.samples("kept").len(), 100 * 4 + 50 * 10);
    let shown = folder.run(&["show", "kept"]).stdout;
    for line in
        ["100  samples from each distribution: 2 -> 5\n", "100  validation: every 50 iterations -> every 10 iter"]
    {
        assert!(shown.contains(line), "{shown}");
    }
    assert!(folder.read("kept/config.toml").contains("score_samples = 2"), "a run's settings are those of its start");
    // They hold on without being asked for again.
    let ended = folder.run(&["resume", "kept", "--set", "search.iterations=160"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(folder.samples("kept").len(), 100 * 4 + 60 * 10);
    let ended = folder.run(&["resume", "kept", "--set", "search.iterations=170", "--set", "training.learning_rate=1"]);
    assert!(ended.code == Some(1) && ended.stderr.contains("training.learning_rate cannot change"), "{ended:?}");
}

/// What a person has changed, as it is recorded.
fn changes(folder: &Folder, run: &str) -> Vec<String> {
    let query = "SELECT iteration, before, after, change, undo FROM adjustments ORDER BY iteration, seq";
    folder.query(&format!("{run}/run.db"), query)
}

/// Runs a search in which changes are made live, then lets it end once more from some of its checkpoints, as if it had been
/// killed after each.
fn change_and_resume(config: &str, folder: &Folder, sets: &[&str], live: &[Change]) {
    let sets = with(&[&[OFTEN, "engine.checkpoints_kept=1000"], sets].concat());
    let mut started = Started::new(folder, &[&["run", config, "--run-dir", "whole"], &sets[..]].concat());
    wait("a checkpoint", || !checkpoints(folder, "whole").is_empty());
    let place = folder.path().join("whole");
    let mut attached = connect(&place, Mode::Steer).unwrap();
    for &change in live {
        attached.commands.send(Command::Adjust(change)).unwrap();
        wait(&format!("{change:?}"), || {
            while let Ok(frame) = attached.viewer.frames.try_recv() {
                match frame {
                    Frame::Event(event) => attached.viewer.dashboard.apply(&event),
                    Frame::Snapshot(dashboard) => attached.viewer.dashboard = (*dashboard).clone(),
                }
            }
            attached.viewer.dashboard.changes.back().is_some_and(|mark| mark.change == change)
        });
        wait_for_iterations(folder, "whole", 1);
    }
    assert!(!started.has_ended(), "the search is too short");
    drop(attached);
    started.0.wait().unwrap();
    let recorded = changes(folder, "whole");
    assert_eq!(recorded.len(), live.len());
    let kept = checkpoints(folder, "whole");
    let between = kept.iter().position(|path| read(path).adjustments >= live.len() as u64 / 2).unwrap();
    for (turn, newest) in [0, between, kept.len() / 2].into_iter().enumerate() {
        let again = format!("again-{turn}");
        fs::create_dir_all(folder.path().join(&again).join("checkpoints")).unwrap();
        let names = ["config.toml", "run.db"].map(|name| place.join(name));
        for file in names.iter().chain(&kept[..=newest]) {
            fs::copy(file, folder.path().join(&again).join(file.strip_prefix(&place).unwrap())).unwrap();
        }
        let ended = to_the_end(folder, &["resume", &again, "--set", "engine.max_iterations_per_second=0"]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(changes(folder, &again), recorded, "from {newest}");
        let (one, other) = (last(folder, "whole"), last(folder, &again));
        let settings = one.settings.clone();
        assert!(Checkpoint { settings, ..other } == one, "the last checkpoints differ, from {newest}");
        assert!(folder.samples("whole") == folder.samples(&again), "the samples differ");
        assert_eq!(found(folder, "whole"), found(folder, &again));
    }
}

/// Changes of all kinds but those of the weights.
fn many_changes() -> Vec<Change> {
    let aim = Aim::Coefficient(0.25);
    vec![
        Adjustment::Coefficient { distribution: 1, coefficient: 0.1 + 0.2 }.into(),
        Change::Samples { each: 3 },
        Adjustment::Add { distribution: 1, aim }.into(),
        Adjustment::Remove { distribution: 0 }.into(),
        Adjustment::Target { distribution: 1, target: 0.5 }.into(),
        Change::ValidateEvery { iterations: 3 },
        Change::Restore { distribution: 1, removed: 0, aim: Aim::Coefficient(0.0) },
        Change::Samples { each: 2 },
    ]
}

#[test]
fn a_search_of_a_table_that_was_changed_live_ends_alike_from_any_checkpoint() {
    let sets = ["search.iterations=6000", "space.noise=0.1", "engine.max_iterations_per_second=500"];
    change_and_resume("table.toml", &Folder::table(), &sets, &many_changes());
}

#[cfg(feature = "torch")]
#[test]
fn a_search_with_a_supernetwork_that_was_changed_live_ends_alike_from_any_checkpoint() {
    let sets = ["search.iterations=300", "search.warm_up=0.1", "engine.max_iterations_per_second=20"];
    let rates = [0.2, 0.01].map(|rate| Change::LearningRate { rate });
    change_and_resume("tiny.toml", &Folder::new(), &sets, &[&rates[..1], &many_changes(), &rates[1..]].concat());
}

#[test]
fn a_persons_change_between_checkpoint_and_kill_is_not_lost() {
    let folder = Folder::table();
    let sets =
        with(&["engine.checkpoint_seconds=1.5", "search.iterations=600", "engine.max_iterations_per_second=100"]);
    let mut terminal =
        folder.on_terminal((120, 40), &[&["run", "table.toml", "--run-dir", "killed"], &sets[..]].concat());
    wait("a checkpoint", || !checkpoints(&folder, "killed").is_empty());
    terminal.press("]+");
    terminal.see(&["distribution 1: 1 -> 1.25"]);
    let adjustments = || folder.query("killed/run.db", "SELECT iteration, before, after FROM adjustments");
    let recorded = adjustments();
    assert!(recorded.len() == 1 && recorded[0].ends_with("|1.0|1.25"), "on record once it is said: {recorded:?}");
    wait_for_iterations(&folder, "killed", 10);
    signal(folder.searching("killed").unwrap(), libc::SIGKILL);
    folder.wait_for_end("killed");
    let seen = folder.samples("killed");
    let ended = folder.run(&["resume", "killed", "--set", "engine.max_iterations_per_second=0"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(folder.samples("killed").starts_with(&seen), "the samples after the change are drawn again");
    assert_eq!(found(&folder, "killed")["distributions"][1]["coefficient"], 1.25);
    assert_eq!(adjustments(), recorded, "it is not recorded twice");
}

#[test]
fn a_run_that_was_copied_elsewhere_goes_on_there() {
    let folder = Folder::table();
    run(&folder, "table.toml", "whole", &LONG);
    killed_table(&folder, &LONG);
    let (from, to) = (folder.path().join("killed"), folder.path().join("elsewhere/copied"));
    fs::create_dir_all(to.join("checkpoints")).unwrap();
    for name in ["", "checkpoints"] {
        for entry in fs::read_dir(from.join(name)).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), to.join(name).join(entry.file_name())).unwrap();
            }
        }
    }
    fs::remove_dir_all(from).unwrap();
    let ended = folder.run(&["resume", "elsewhere/copied"]);
    assert!(ended.code == Some(0) && ended.stdout.starts_with("copied: finished"), "{ended:?}");
    assert_alike(&folder, "whole", "elsewhere/copied");
}

#[test]
fn a_resumed_search_has_its_screen_back_with_its_history() {
    let folder = Folder::table();
    let endless = ["search.iterations=1000000", "engine.max_iterations_per_second=50"];
    killed_table(&folder, &[&["engine.checkpoint_seconds=0.2"], &endless[..]].concat());
    let mut terminal = folder.on_terminal((120, 40), &["resume", "killed"]);
    terminal.see(&["resumed after ", "● searching"]);
    let search = folder.searching("killed").unwrap();
    let refused = folder.run(&["resume", "killed"]);
    assert!(refused.stderr.contains(&format!("process {search} is working on this run")), "{refused:?}");
    terminal.press("q");
    terminal.see(&["Stop the search?"]);
    terminal.press("y");
    assert_eq!(terminal.ended().code, 0);
}
