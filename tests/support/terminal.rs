//! The program on a pseudo-terminal. A thread reads what it writes into a terminal emulator; a test waits for what it
//! wants to see there, and never for time to pass.

use std::fmt;
use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use vt100::{Callbacks, Parser, Screen};

use super::{PATIENCE, signal};

/// The bytes of keys that are no characters.
pub mod keys {
    /// Enter.
    pub const ENTER: &str = "\r";
    /// Escape. Wait for what it does before the next key: the two would be one with Alt.
    pub const ESCAPE: &str = "\u{1b}";
    /// Backspace.
    pub const BACKSPACE: &str = "\u{7f}";
    /// Delete.
    pub const DELETE: &str = "\u{1b}[3~";
    /// The arrow down.
    pub const DOWN: &str = "\u{1b}[B";
    /// The arrow to the right.
    pub const RIGHT: &str = "\u{1b}[C";
    /// Home.
    pub const HOME: &str = "\u{1b}[H";
    /// End.
    pub const END: &str = "\u{1b}[F";
    /// Control and a letter.
    pub const fn control(letter: char) -> char {
        (letter as u8 & 0x1f) as char
    }
}

/// Frames, which are synchronized updates (mode 2026).
#[derive(Default)]
struct Frames {
    /// Whether the program is in the middle of one.
    open: bool,
    whole: usize,
}

impl Callbacks for Frames {
    fn unhandled_csi(&mut self, _: &mut Screen, first: Option<u8>, _: Option<u8>, numbers: &[&[u16]], letter: char) {
        if first == Some(b'?') && numbers.iter().any(|number| *number == [2026]) {
            self.whole += usize::from(self.open && letter == 'l');
            self.open = letter == 'h';
        }
    }
}

/// How much a program has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Bytes in all.
    pub bytes: usize,
    /// Whole frames.
    pub frames: usize,
    /// When the last of it came.
    pub last: Instant,
}

/// What is known of the program.
struct Shown {
    emulator: Parser<Frames>,
    bytes: usize,
    last: Instant,
    /// Nothing more will be read: nobody has the terminal any more, or it was hung up.
    over: bool,
    /// How the program ended, if it did.
    status: Option<ExitStatus>,
}

impl Shown {
    fn written(&self) -> Written {
        Written { bytes: self.bytes, frames: self.emulator.callbacks().whole, last: self.last }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let screen = self.emulator.screen();
        let (rows, columns) = screen.size();
        let which = if screen.alternate_screen() { "alternate" } else { "ordinary" };
        writeln!(f, "the {which} screen, {columns}x{rows}, after {} bytes:", self.bytes)?;
        screen.rows(0, columns.get()).try_for_each(|row| writeln!(f, "|{}", row.trim_end()))
    }
}

#[derive(Clone)]
struct Shared(Arc<(Mutex<Shown>, Condvar)>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Shown)) {
        change(&mut self.lock());
        self.0.1.notify_all();
    }

    fn wait<'a>(&self, shown: MutexGuard<'a, Shown>, at_most: Duration) -> MutexGuard<'a, Shown> {
        self.0.1.wait_timeout(shown, at_most).unwrap_or_else(PoisonError::into_inner).0
    }
}

/// The modes of a terminal: input, output, control, local.
type Modes = [libc::tcflag_t; 4];

/// How a program on a terminal ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code.
    pub code: u32,
    /// The signal that ended it instead.
    pub signal: Option<String>,
    /// What stands on the screen.
    pub text: String,
}

/// A program on a pseudo-terminal. Dropped, it takes the program down with it.
pub struct Terminal {
    shared: Shared,
    process: u32,
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<File>,
    deaf: Arc<AtomicBool>,
    modes: Modes,
}

impl Terminal {
    /// Starts a program in a folder, on a terminal of so many columns and rows, with more variables in its environment.
    pub fn start(
        folder: &Path,
        (columns, rows): (u16, u16),
        program: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let modes = modes(&*pair.master);
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.cwd(folder);
        command.env("TERM", "xterm-256color");
        for other in ["NO_COLOR", "SSH_CONNECTION", "COLUMNS", "LINES"] {
            command.env_remove(other);
        }
        variables.iter().for_each(|(name, value)| command.env(name, value));
        let mut child = pair.slave.spawn_command(command).unwrap();
        let process = child.process_id().unwrap();
        // With the program's own descriptors as the last ones, its end is the end of what the reader reads.
        drop(pair.slave);
        let emulator = Parser::new_with_callbacks(number(rows), number(columns), 0, Frames::default());
        let shown = Shown { emulator, bytes: 0, last: Instant::now(), over: false, status: None };
        let shared = Shared(Arc::new((Mutex::new(shown), Condvar::new())));
        let deaf = Arc::new(AtomicBool::new(false));
        // The writer that portable-pty has types an end of file when it is dropped, as no terminal does that goes away.
        // SAFETY: the descriptor is open as long as the master is.
        let master = unsafe { BorrowedFd::borrow_raw(pair.master.as_raw_fd().unwrap()) };
        let [input, writer] = [(); 2].map(|()| File::from(master.try_clone_to_owned().unwrap()));
        thread::spawn({
            let (shared, deaf) = (shared.clone(), Arc::clone(&deaf));
            move || read(input, &shared, &deaf)
        });
        thread::spawn({
            let shared = shared.clone();
            move || {
                let status = child.wait().unwrap();
                shared.change(|shown| shown.status = Some(status));
            }
        });
        Self { shared, process, master: Some(pair.master), writer: Some(writer), deaf, modes }
    }

    /// The program's process.
    pub fn process(&self) -> u32 {
        self.process
    }

    /// Presses keys: text, or what is in [`keys`].
    pub fn press(&mut self, keys: impl fmt::Display) {
        let writer = self.writer.as_mut().unwrap();
        write!(writer, "{keys}").and_then(|()| writer.flush()).unwrap();
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.shared.change(|shown| shown.emulator.set_size(number(rows), number(columns)));
        self.master.as_ref().unwrap().resize(size(columns, rows)).unwrap();
    }

    /// How much the program has written so far.
    pub fn written(&self) -> Written {
        self.shared.lock().written()
    }

    /// Waits until the program has written another frame.
    #[track_caller]
    pub fn see_frame_after(&self, before: Written) -> Written {
        let start = Instant::now();
        let mut shown = self.shared.lock();
        while shown.written().frames == before.frames {
            let left = PATIENCE.saturating_sub(start.elapsed());
            assert!(!shown.over && !left.is_zero(), "the program draws no frame\n{shown}");
            shown = self.shared.wait(shown, left);
        }
        shown.written()
    }

    /// Waits until the screen gives what is looked for, and gives that. Looks between frames only.
    #[track_caller]
    pub fn find<T>(&self, what: &str, look: impl Fn(&Screen) -> Option<T>) -> T {
        let start = Instant::now();
        let mut shown = self.shared.lock();
        loop {
            let between_frames = !shown.emulator.callbacks().open;
            if let Some(found) = between_frames.then(|| look(shown.emulator.screen())).flatten() {
                return found;
            }
            assert!(!shown.over, "the program ended without showing {what}\n{shown}");
            let left = PATIENCE.saturating_sub(start.elapsed());
            assert!(!left.is_zero(), "the program does not show {what}\n{shown}");
            shown = self.shared.wait(shown, left);
        }
    }

    /// Waits until all of these texts stand on the screen at once.
    #[track_caller]
    pub fn see(&self, texts: &[&str]) {
        self.find(&format!("{texts:?}"), |screen| {
            let contents = screen.contents();
            texts.iter().all(|text| contents.contains(text)).then_some(())
        });
    }

    /// Waits until a text is gone from the screen.
    #[track_caller]
    pub fn see_no(&self, text: &str) {
        self.find(&format!("the end of {text:?}"), |screen| (!screen.contents().contains(text)).then_some(()));
    }

    /// Waits for the first row that holds a text, and gives it.
    #[track_caller]
    pub fn row(&self, text: &str) -> String {
        self.find(&format!("a row with {text:?}"), |screen| {
            screen.contents().lines().find(|row| row.contains(text)).map(Into::into)
        })
    }

    /// Holds the program to writing nothing for so long.
    #[track_caller]
    pub fn assert_silent(&self, length: Duration) {
        let start = Instant::now();
        let mut shown = self.shared.lock();
        let before = shown.bytes;
        loop {
            let written = shown.bytes - before;
            assert!(!shown.over && written == 0, "{written} bytes in {:?}\n{shown}", start.elapsed());
            let left = length.saturating_sub(start.elapsed());
            if left.is_zero() {
                return;
            }
            shown = self.shared.wait(shown, left);
        }
    }

    /// Waits until the program is stopped, as by a shell's job control.
    #[track_caller]
    pub fn wait_until_stopped(&self) {
        let process = libc::pid_t::try_from(self.process).unwrap();
        // SAFETY: the structure is plain numbers, which waitid fills in; it leaves the process to be waited for.
        let (waited, stopped) = unsafe {
            let mut stopped: libc::siginfo_t = std::mem::zeroed();
            let how = libc::WSTOPPED | libc::WEXITED | libc::WNOWAIT;
            (libc::waitid(libc::P_PID, process as libc::id_t, &mut stopped, how), stopped)
        };
        assert_eq!((waited, stopped.si_code), (0, libc::CLD_STOPPED), "\n{}", self.shared.lock());
    }

    /// Whether the program holds the terminal: alternate screen, no cursor, raw mode.
    pub fn is_taken(&self) -> bool {
        let shown = self.shared.lock();
        let screen = shown.emulator.screen();
        screen.alternate_screen() && screen.hide_cursor() && modes(&**self.master.as_ref().unwrap()) != self.modes
    }

    /// Waits for the program's end, and holds it to having handed the terminal back.
    #[track_caller]
    pub fn ended(self) -> Ended {
        let (shown, status) = self.wait_for_end(|shown| shown.status.clone().filter(|_| shown.over));
        let screen = shown.emulator.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left\n{shown}");
        assert!(!screen.hide_cursor(), "the cursor is shown\n{shown}");
        assert!(!shown.emulator.callbacks().open, "no frame is left open\n{shown}");
        assert_eq!(modes(&**self.master.as_ref().unwrap()), self.modes, "the modes are as before\n{shown}");
        Ended { code: status.exit_code(), signal: status.signal().map(Into::into), text: screen.contents() }
    }

    /// Closes the terminal under a program, and waits for its end; gives its exit code.
    #[track_caller]
    pub fn hang_up(self) -> u32 {
        self.hang_up_after("", Duration::ZERO)
    }

    /// The same so long after keys were pressed: the program may be in the middle of reading them then.
    #[track_caller]
    pub fn hang_up_after(mut self, keys: &str, delay: Duration) -> u32 {
        self.deaf.store(true, Ordering::SeqCst);
        drop(self.wait_for_end(|shown| shown.over.then_some(())));
        // The reader has closed its end of the terminal; these are the others.
        self.press(keys);
        thread::sleep(delay);
        self.writer = None;
        self.master = None;
        self.wait_for_end(|shown| shown.status.clone()).1.exit_code()
    }

    #[track_caller]
    fn wait_for_end<T>(&self, end: impl Fn(&Shown) -> Option<T>) -> (MutexGuard<'_, Shown>, T) {
        let start = Instant::now();
        let mut shown = self.shared.lock();
        loop {
            if let Some(end) = end(&shown) {
                return (shown, end);
            }
            let left = PATIENCE.saturating_sub(start.elapsed());
            assert!(!left.is_zero(), "the program does not end\n{shown}");
            shown = self.shared.wait(shown, left);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if self.shared.lock().status.is_none() {
            signal(self.process, libc::SIGKILL);
        }
    }
}

fn read(mut input: File, shared: &Shared, deaf: &AtomicBool) {
    let mut bytes = [0; 1 << 16];
    while !deaf.load(Ordering::SeqCst) {
        let mut ready = libc::pollfd { fd: input.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: it is one structure, which is there as long as the call.
        if unsafe { libc::poll(&mut ready, 1, 50) } == 0 {
            continue;
        }
        let Ok(count @ 1..) = input.read(&mut bytes) else { break };
        let now = Instant::now();
        shared.change(|shown| {
            shown.last = now;
            shown.emulator.process(&bytes[..count]);
            shown.bytes += count;
        });
    }
    drop(input);
    shared.change(|shown| shown.over = true);
}

fn number(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn modes(master: &(dyn MasterPty + Send)) -> Modes {
    let modes = master.get_termios().unwrap();
    [modes.input_flags.bits(), modes.output_flags.bits(), modes.control_flags.bits(), modes.local_flags.bits()]
}
