//! What the screen takes of a thin link and of the machine, and how soon keys are answered: the real program on a
//! pseudo-terminal of 120x40, beside the figures that it has to keep to.
//!
//! The search is the default one, or without libtorch one of a table at the same pace. A pace of 0 takes all that the
//! machine has.
//!
//! `cargo bench --bench cockpit -- [SECONDS] [ITERATIONS A SECOND]`

#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "../tests/support/mod.rs"]
mod support;

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use support::{Folder, Terminal, keys, with};

const SIZE: (u16, u16) = (120, 40);
const PRESSES: usize = 200;
/// Long enough for whatever is still on its way.
const SETTLED: Duration = Duration::from_millis(500);
const OVER_SSH: (&str, &str) = ("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22");
/// Distributions of the search of a table, as many as the default search has.
const SETTINGS: &str = r#"
name = "table"
[space]
kind = "table"
path = "table.csv"
decisions = ["a", "b", "c", "d"]
option_names = ["none", "skip", "pool", "small", "large"]
metric = "val"
parameters = "params"
[search]
coefficients = [0.0, 0.3, 1.0, 3.0]
score_samples = 2
initial_step = 0.1
"#;

/// A table in which what is dear is good, but for some noise.
fn table() -> String {
    let rows = (0..625u32).map(|row| {
        let options = [row / 125, row / 25 % 5, row / 5 % 5, row % 5];
        let dear: u32 = options.iter().sum();
        let noise = f64::from(row.wrapping_mul(2_654_435_761) % 1_000) / 1_000.0;
        let [a, b, c, d] = options;
        format!("{a},{b},{c},{d},{:.4},{}\n", 0.6 + 0.02 * f64::from(dear) + 0.05 * noise, 1_000 + 700 * dear * dear)
    });
    String::from("a,b,c,d,val,params\n") + &rows.collect::<String>()
}

/// The seconds that a process has computed.
fn computed(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The name before the last parenthesis may hold anything.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: f64 = fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    // SAFETY: sysconf reads a number and touches no memory.
    ticks / unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as f64
}

/// Bytes and frames a second, and the share of a core, over so long.
fn watch(terminal: &Terminal, length: Duration) -> (f64, f64, f64) {
    let (start, before, worked) = (Instant::now(), terminal.written(), computed(terminal.process()));
    thread::sleep(length);
    let (after, worked) = (terminal.written(), computed(terminal.process()) - worked);
    let seconds = start.elapsed().as_secs_f64();
    let a_second = |count: usize| count as f64 / seconds;
    (a_second(after.bytes - before.bytes), a_second(after.frames - before.frames), worked / seconds)
}

/// Presses a key until its frame is there.
fn answer(terminal: &mut Terminal, key: &str, look: impl Fn(&str) -> bool) -> Duration {
    let pressed = Instant::now();
    terminal.press(key);
    terminal.find(key, |screen| look(&screen.contents()).then_some(()));
    terminal.written().last.saturating_duration_since(pressed)
}

/// The times of many answers in their order, while as many threads as there are cores do nothing but compute.
fn answers(terminal: &mut Terminal) -> Vec<Duration> {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().unwrap().get() {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let mut times: Vec<Duration> = (0..PRESSES)
            .map(|press| {
                // Not in step with anything else.
                thread::sleep(Duration::from_millis(50 + press as u64 * 37 % 60));
                match press % 4 {
                    0 => answer(terminal, "?", |shown| shown.contains("This pane: ")),
                    1 => answer(terminal, keys::ESCAPE, |shown| !shown.contains("This pane: ")),
                    2 => answer(terminal, "]", |shown| shown.contains(" ▸ 1 ")),
                    _ => answer(terminal, "[", |shown| shown.contains(" ▸ 0 ")),
                }
            })
            .collect();
        over.store(true, Ordering::Relaxed);
        times.sort();
        times
    })
}

/// Frames a second of a screen whose keys are pressed all the time.
fn frames_under_keys(terminal: &mut Terminal) -> f64 {
    let (start, before) = (Instant::now(), terminal.written());
    while start.elapsed() < Duration::from_secs(3) {
        for key in ["]", "["] {
            terminal.press(key);
            thread::sleep(Duration::from_millis(5));
        }
    }
    let frames = terminal.written().frames - before.frames;
    frames as f64 / start.elapsed().as_secs_f64()
}

fn row(what: &str, measured: String, target: &str) {
    println!("{what:<44} {measured:>12}   {target}");
}

fn main() {
    let numbers: Vec<f64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let length = Duration::from_secs_f64(numbers.first().copied().unwrap_or(20.0));
    let default = cfg!(feature = "torch");
    let pace = numbers.get(1).copied().unwrap_or(if default { 0.0 } else { 11.0 });
    let folder = Folder::new();
    fs::write(folder.path().join("table.toml"), SETTINGS).unwrap();
    fs::write(folder.path().join("table.csv"), table()).unwrap();
    let run = ["run", if default { "digits" } else { "table.toml" }, "--run-dir", "kept"];
    let paced = format!("engine.max_iterations_per_second={pace}");
    let arguments = [&run[..], &with(&["search.iterations=1000000", "search.warm_up=0.000001", &paced])].concat();

    let start = Instant::now();
    let mut terminal = folder.on_terminal(SIZE, &arguments);
    terminal.see(&["isthmus"]);
    row("first frame", format!("{:.0} ms", (terminal.written().last - start).as_secs_f64() * 1e3), "");
    terminal.see(&["● searching"]);
    let (bytes, frames, share) = watch(&terminal, length);
    row("live: bytes a second", format!("{bytes:.0}"), "2048 at most");
    row("live: frames a second", format!("{frames:.1}"), "");
    row("live: share of a core", format!("{:.2} %", 100.0 * share), "");

    let times = answers(&mut terminal);
    for (part, target) in [(50, ""), (99, "20 ms at most")] {
        let time = times[(times.len() * part).div_ceil(100) - 1];
        let what = format!("key to its frame, busy cores: {part}th percentile");
        row(&what, format!("{:.1} ms", time.as_secs_f64() * 1e3), target);
    }
    row("frames a second under keys", format!("{:.1}", frames_under_keys(&mut terminal)), "30 at most");
    let mut remote = folder.on_terminal_with(SIZE, &["attach", "kept"], &[OVER_SSH]);
    remote.see(&["● searching"]);
    row("frames a second under keys, over SSH", format!("{:.1}", frames_under_keys(&mut remote)), "10 at most");
    drop(remote);

    terminal.press(" ");
    terminal.see(&["‖ paused "]);
    thread::sleep(SETTLED);
    let (bytes, frames, share) = watch(&terminal, Duration::from_secs(10));
    row("paused: bytes a second", format!("{bytes:.0}"), "0");
    row("paused: frames a second", format!("{frames:.1}"), "0");
    row("paused: share of a core", format!("{:.2} %", 100.0 * share), "less than 0.5 %");
    let before = terminal.written();
    terminal.press(keys::control('l'));
    let after = terminal.see_frame_after(before);
    let frames = after.frames - before.frames;
    row("whole frame: bytes", format!("{}", after.bytes - before.bytes), "8192 at most");
    row("whole frame: frames", format!("{frames}"), "1");
}
