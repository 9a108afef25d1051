//! The real program in a folder of its own: on a terminal ([`Terminal`]) or between pipes.

mod terminal;

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rusqlite::Connection;
use rusqlite::types::Value;
use tempfile::TempDir;

pub use terminal::{Terminal, keys};

const PROGRAM: &str = env!("CARGO_BIN_EXE_isthmus");

/// How long anything may take that a test waits for.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// A search of many small steps: it runs for minutes, and each step takes milliseconds.
const TINY: &str = r#"
name = "tiny"
seed = 5
[data]
shift = 0
theta_share = 0.02
[space]
nodes = 2
cells = 3
channels = 4
operations = ["identity", "separable-3x3"]
[search]
coefficients = [0.0, 1.0]
iterations = 5000
warm_up = 0.001
[training]
batch = 16
[engine]
device = "cpu"
workers = 1
validate_every = 20
"#;

/// What makes scoring the modes take seconds, while the iterations before it stay short: nearly all pictures are for
/// validation.
pub const SLOW_TO_SCORE: [&str; 4] =
    ["data.theta_share=0.99", "engine.validate_every=0", "space.channels=16", "space.stem_stride=1"];

/// A search of the table that [`Folder::table`] writes.
const ON_TABLE: &str = r#"
name = "table"
[space]
kind = "table"
path = "table.csv"
decisions = ["a", "b", "c"]
option_names = ["none", "skip", "convolution"]
metric = "val"
report = "test"
parameters = "params"
[search]
coefficients = [0.0, 1.0]
iterations = 100
utility = "rank"
complexity_scale = "linear"
least_probability = 0.02
initial_step = 0.2
score_samples = 2
"#;

/// Settings as arguments.
pub fn with<'a>(sets: &[&'a str]) -> Vec<&'a str> {
    sets.iter().flat_map(|set| ["--set", set]).collect()
}

/// A folder with the settings of a tiny search, `tiny.toml`, for a program to run in.
pub struct Folder(TempDir);

/// How a program between pipes ended.
#[derive(Debug)]
pub struct Output {
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Folder {
    /// One with the settings of a search on a table, `table.toml`, and that table: what is dear is good, and a quarter of
    /// the architectures is missing.
    pub fn table() -> Self {
        let folder = Self::new();
        let mut text = String::from("a,b,c,val,test,params\n");
        for architecture in (0..27).filter(|place| place % 4 != 1) {
            let options = [architecture / 9, architecture / 3 % 3, architecture % 3];
            let sum: u32 = options.iter().sum();
            let [a, b, c] = options;
            text += &format!("{a},{b},{c},{},{},{}\n", 0.3 + 0.1 * f64::from(sum), 0.25, 100 * (sum + 1));
        }
        fs::write(folder.path().join("table.csv"), text).unwrap();
        fs::write(folder.path().join("table.toml"), ON_TABLE).unwrap();
        folder
    }

    /// A new one.
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("tiny.toml"), TINY).unwrap();
        Self(folder)
    }

    /// The process that works on a run in this folder, if any does.
    pub fn searching(&self, run: &str) -> Option<u32> {
        isthmus::run::holder(&self.path().join(run)).flatten()
    }

    /// Waits until no process works on a run any more.
    #[track_caller]
    pub fn wait_for_end(&self, run: &str) {
        let start = std::time::Instant::now();
        while self.searching(run).is_some() {
            assert!(start.elapsed() < PATIENCE, "the search of {run} does not end");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The text of a file in it.
    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// The samples of a recorded run, a line each, with all that stands in the database.
    pub fn samples(&self, kept: &str) -> Vec<String> {
        self.query(&format!("{kept}/run.db"), "SELECT * FROM samples ORDER BY iteration, place")
    }

    /// The rows of a query, their cells joined by `|`.
    pub fn query(&self, database: &str, statement: &str) -> Vec<String> {
        let connection = Connection::open(self.path().join(database)).unwrap();
        let mut statement = connection.prepare(statement).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        let mut lines = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            let cell = |index| match row.get::<_, Value>(index).unwrap() {
                Value::Null => String::new(),
                Value::Integer(number) => number.to_string(),
                Value::Real(number) => format!("{number:?}"),
                Value::Text(text) => text,
                Value::Blob(bytes) => format!("{bytes:x?}"),
            };
            lines.push((0..columns).map(cell).collect::<Vec<_>>().join("|"));
        }
        lines
    }

    /// Runs the program to its end, between pipes; a signal ends one that takes too long.
    pub fn run(&self, arguments: &[&str]) -> Output {
        output(assert_cmd::Command::from_std(self.command(arguments)).timeout(PATIENCE).output().unwrap())
    }

    /// Starts the program on a terminal of so many columns and rows.
    pub fn on_terminal(&self, size: (u16, u16), arguments: &[&str]) -> Terminal {
        self.on_terminal_with(size, arguments, &[])
    }

    /// The same with more variables in its environment.
    pub fn on_terminal_with(&self, size: (u16, u16), arguments: &[&str], variables: &[(&str, &str)]) -> Terminal {
        Terminal::start(self.path(), size, PROGRAM, arguments, variables)
    }

    /// Starts the program on a terminal whose hang-up reaches it by no signal: that of the shell around it, which heeds
    /// none. It ends with the program, and with 7.
    pub fn on_terminal_of_a_deaf_shell(&self, size: (u16, u16), arguments: &[&str]) -> Terminal {
        let script = ["-c", r#"trap "" HUP; "$0" "$@"; exit 7"#, PROGRAM];
        Terminal::start(self.path(), size, "sh", &[&script[..], arguments].concat(), &[])
    }

    /// The program, ready to be started between pipes.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.current_dir(self.path()).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Terminals of other tests, which are opened in two steps: one that this program had too would not hang up. A
        // kernel that does not know the call leaves it at that.
        // SAFETY: a system call that marks descriptors, none of which are used between here and the new program.
        unsafe {
            command.pre_exec(|| {
                libc::syscall(libc::SYS_close_range, 3, u32::MAX, libc::CLOSE_RANGE_CLOEXEC);
                Ok(())
            });
        }
        command
    }
}

impl Drop for Folder {
    /// Searches and trainings go on without their screens; these must not.
    fn drop(&mut self) {
        for folder in [self.path().to_path_buf(), self.path().join("runs"), self.path().join("kept/models")] {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                if let Some(Some(process)) = isthmus::run::holder(&entry.path()) {
                    signal(process, libc::SIGKILL);
                }
            }
        }
    }
}

/// What a finished program left in its pipes.
pub fn output(output: std::process::Output) -> Output {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Output { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Sends a signal to a program that this test started.
pub fn signal(process: u32, number: i32) {
    // SAFETY: kill only reads its two numbers.
    let sent = unsafe { libc::kill(process.try_into().unwrap(), number) };
    assert_eq!(sent, 0, "signal {number} to {process}: {}", std::io::Error::last_os_error());
}

/// Limits the size of the files that a program writes: what a full disk is to it.
pub fn limit_files(process: u32, bytes: libc::rlim_t) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: prlimit reads the limit, which outlives the call, and writes nowhere.
    let set = unsafe { libc::prlimit(process.try_into().unwrap(), libc::RLIMIT_FSIZE, &limit, std::ptr::null_mut()) };
    assert_eq!(set, 0, "{}", std::io::Error::last_os_error());
}
