//! How the program speaks to its caller, and how it ends.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{Write as _, stderr, stdout};
use std::{panic, thread};

/// Says a line on standard error. Where nobody hears it any more (a closed pipe, a terminal that hung up) the search
/// goes on: `eprintln!` would panic.
pub fn say(line: impl std::fmt::Display) {
    // There is nowhere left to tell of a failure.
    let _ = writeln!(stderr(), "{line}");
}

/// Ends the program at once, without the destructors of its libraries: a search may still compute on other threads,
/// and those crash in a libtorch that is taken down below them.
pub fn quit(code: u8) -> ! {
    // As above.
    let _ = stdout().flush();
    signal_hook::low_level::exit(code.into())
}

/// Sends what panics say to the log, with their place. On standard error, where progress may stand, they are said of the
/// main thread alone: what becomes of another one is told by who waits for it.
pub fn log_panics() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let thread = thread::current();
        if thread.name() == Some("main") {
            before(panic);
        }
        tracing::error!("the thread {:?} {panic}", thread.name().unwrap_or_default());
        let trace = Backtrace::capture();
        if trace.status() == BacktraceStatus::Captured {
            tracing::error!("{trace}");
        }
    }));
}
