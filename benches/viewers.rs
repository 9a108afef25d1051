//! What viewers cost a search: 50 that read, one that never reads, and one after the other that sends noise, against
//! none.
//!
//! Alternates runs of the default search with and without them, with the same seed, and compares the seconds of work
//! that they report. Also: how soon a viewer that attaches has the whole state.
//!
//! `cargo bench --bench viewers -- [ROUNDS] [ITERATIONS]`

use std::error::Error;
use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use isthmus::attach::{Mode, SOCKET, connect};

const VIEWERS: usize = 50;
/// The search goes on for so long before a viewer's time to attach is taken.
const HISTORY: Duration = Duration::from_secs(5);

type Outcome<T> = Result<T, Box<dyn Error>>;

fn start(folder: &Path, iterations: u64) -> Outcome<Child> {
    let sets = [format!("search.iterations={iterations}"), "engine.validate_every=0".into()];
    Ok(Command::new(env!("CARGO_BIN_EXE_isthmus"))
        .args(["run", "digits", "--headless", "--run-dir"])
        .arg(folder)
        .args(sets.iter().flat_map(|set| ["--set", set]))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?)
}

fn seconds(mut search: Child, folder: &Path) -> Outcome<f64> {
    let status = search.wait()?;
    if !status.success() {
        return Err(format!("the program ended with {status}").into());
    }
    let results: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(folder.join("results.json"))?)?;
    results["seconds"].as_f64().ok_or_else(|| "results.json has no seconds".into())
}

/// Reads all frames until the search ends.
fn view(folder: PathBuf) {
    let Ok(mut attached) = connect(&folder, Mode::ReadOnly) else { return };
    while attached.viewer.frames.blocking_recv().is_some() {}
}

/// Sends a megabyte of noise over and over, as often as it is let in, and never reads.
fn bother(socket: &Path, over: &AtomicBool) {
    let noise = vec![0xa5; 1 << 20];
    while !over.load(Ordering::Relaxed) {
        if let Ok(mut stream) = UnixStream::connect(socket) {
            // Until it is hung up on.
            while stream.write_all(&noise).is_ok() {}
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// Seconds of work, and how long a viewer took to attach.
fn with_viewers(folder: &Path, iterations: u64) -> Outcome<(f64, Duration)> {
    let search = start(folder, iterations)?;
    let socket = folder.join(SOCKET);
    while !socket.exists() {
        thread::sleep(Duration::from_millis(5));
    }
    let viewers: Vec<_> =
        (0..VIEWERS).map(|_| folder.to_path_buf()).map(|folder| thread::spawn(move || view(folder))).collect();
    let silent = connect(folder, Mode::ReadOnly)?;
    let over = Arc::new(AtomicBool::new(false));
    let noise = thread::spawn({
        let over = Arc::clone(&over);
        move || bother(&socket, &over)
    });
    thread::sleep(HISTORY);
    let begin = Instant::now();
    let late = connect(folder, Mode::ReadOnly)?;
    let attached = begin.elapsed();
    drop(late);
    let seconds = seconds(search, folder)?;
    over.store(true, Ordering::Relaxed);
    drop(silent);
    viewers.into_iter().chain([noise]).try_for_each(|thread| thread.join().map_err(|_| "a viewer panicked"))?;
    Ok((seconds, attached))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() -> Outcome<()> {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let rounds = numbers.first().copied().unwrap_or(5);
    let iterations = numbers.get(1).copied().unwrap_or(150);
    let folder = tempfile::tempdir()?;
    let (mut with, mut without, mut attached) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let alone = folder.path().join(format!("without-{round}"));
        without.push(seconds(start(&alone, iterations)?, &alone)?);
        let (seconds, took) = with_viewers(&folder.path().join(format!("with-{round}")), iterations)?;
        with.push(seconds);
        attached.push(1e3 * took.as_secs_f64());
        println!("round {round}: {:.2} s without, {seconds:.2} s with viewers", without[without.len() - 1]);
    }
    let (with, without) = (median(with), median(without));
    println!("median of {rounds} rounds of {iterations} iterations: {without:.2} s without, {with:.2} s with viewers");
    println!("throughput with {VIEWERS} viewers, a silent one and noise: {:.1} %", 100.0 * without / with);
    println!("attached with the whole state after {:.0} ms", median(attached));
    Ok(())
}
