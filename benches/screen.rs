//! What the screen costs a search, and how soon it is there.
//!
//! Alternates runs of the real program with a screen of 120x40 in a pseudo-terminal and without one, with the same
//! seed, and compares the seconds of work that they report. Also: bytes written to the terminal a second, and the time
//! from the start of the program to its first frame.
//!
//! `cargo bench --bench screen -- [ROUNDS] [ITERATIONS]`

use std::error::Error;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, NativePtySystem, PtySize, PtySystem};

const PROGRAM: &str = env!("CARGO_BIN_EXE_isthmus");

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What one run with a screen gave.
struct Shown {
    seconds: f64,
    first_frame: Duration,
    bytes_a_second: f64,
}

fn arguments(folder: &Path, iterations: u64) -> Vec<String> {
    let sets = [format!("search.iterations={iterations}"), "engine.validate_every=0".into()];
    let mut arguments = vec!["run".into(), "digits".into()];
    arguments.extend(sets.into_iter().flat_map(|set| ["--set".into(), set]));
    arguments.extend(["--run-dir".into(), folder.display().to_string()]);
    arguments
}

fn seconds(folder: &Path) -> Outcome<f64> {
    let results: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(folder.join("results.json"))?)?;
    results["seconds"].as_f64().ok_or_else(|| "results.json has no seconds".into())
}

fn without_screen(folder: &Path, iterations: u64) -> Outcome<f64> {
    let status = Command::new(PROGRAM)
        .args(arguments(folder, iterations))
        .arg("--headless")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(format!("the program ended with {status}").into());
    }
    seconds(folder)
}

fn with_screen(folder: &Path, iterations: u64) -> Outcome<Shown> {
    let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
    let pair = NativePtySystem::default().openpty(size)?;
    let mut command = CommandBuilder::new(PROGRAM);
    command.args(arguments(folder, iterations));
    command.cwd(std::env::current_dir()?);
    let start = Instant::now();
    let mut child = pair.slave.spawn_command(command)?;
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader()?;
    let mut writer = pair.master.take_writer()?;
    let (chunks, received) = mpsc::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 65536];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            if chunks.send((Instant::now(), buffer[..count].to_vec())).is_err() {
                break;
            }
        }
    });
    let mut first_frame = None;
    let mut bytes = 0;
    let mut left: Option<Instant> = None;
    loop {
        match received.recv_timeout(Duration::from_millis(50)) {
            Ok((when, chunk)) => {
                let text = String::from_utf8_lossy(&chunk);
                if first_frame.is_none() && text.contains("isthmus") {
                    first_frame = Some(when - start);
                }
                bytes += chunk.len();
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
        // The screen learns of the end after the file is there; before that the key asks whether to stop.
        if left.is_none_or(|last: Instant| last.elapsed() > Duration::from_millis(500))
            && folder.join("results.json").exists()
        {
            std::io::Write::write_all(&mut writer, b"q")?;
            left = Some(Instant::now());
        }
    }
    let status = child.wait()?;
    if !status.success() {
        return Err(format!("the program ended with {status:?}").into());
    }
    let seconds = seconds(folder)?;
    let first_frame = first_frame.ok_or("no frame was drawn")?;
    Ok(Shown { seconds, first_frame, bytes_a_second: bytes as f64 / seconds })
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() -> Outcome<()> {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let rounds = numbers.first().copied().unwrap_or(5);
    let iterations = numbers.get(1).copied().unwrap_or(120);
    let folder = tempfile::tempdir()?;
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        without.push(without_screen(&folder.path().join(format!("without-{round}")), iterations)?);
        with.push(with_screen(&folder.path().join(format!("with-{round}")), iterations)?);
        println!(
            "round {round}: {:.2} s without, {:.2} s with a screen",
            without[without.len() - 1],
            with[with.len() - 1].seconds
        );
    }
    // Of each round by itself: what the machine does from minute to minute is more than what is measured.
    let costs: Vec<f64> = with.iter().zip(&without).map(|(with, without)| with.seconds / without - 1.0).collect();
    let (mean, error) = mean_and_error(&costs);
    println!(
        "cost of the screen: {:+.2} % (standard error {:.2}, {rounds} rounds of {iterations} iterations)",
        100.0 * mean,
        100.0 * error
    );
    println!("bytes a second: {:.0}", median(with.iter().map(|run| run.bytes_a_second).collect()));
    println!("first frame: {:.0} ms", median(with.iter().map(|run| run.first_frame.as_secs_f64() * 1e3).collect()));
    Ok(())
}
