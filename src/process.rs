//! How the program speaks to its caller, and how it ends.

use std::io::{Write as _, stderr, stdout};

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
