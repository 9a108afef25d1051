//! The terminal: taken, painted, handed back whatever happens.
//!
//! Frames are painted from two buffers here and not by ratatui's `Terminal`, whose clearing and resizing ask the
//! terminal for its cursor: an answer that a thin link can delay and that would arrive among the keys.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableMouseCapture, EnableMouseCapture};
use crossterm::style::ResetColor;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode, size,
};
use crossterm::{execute, queue};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use signal_hook::consts::SIGTSTP;
use signal_hook::low_level::emulate_default_handler;

use super::emit::emit;
use crate::process::say;

/// Whether the terminal is ours at the moment.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Where frames go. A trait, so that tests run the loop without a terminal.
pub(super) trait Surface {
    /// The room there is.
    fn area(&self) -> Rect;
    /// Shows a frame.
    fn show(&mut self, frame: &[u8]) -> io::Result<()>;
    /// Listens to the mouse from here on, or no more.
    fn mouse(&mut self, on: bool) -> io::Result<()>;
    /// Puts a text into the clipboard of the person, through the terminal.
    fn copy(&mut self, text: &str) -> io::Result<()>;
    /// Hands the terminal back, stops the process, and takes the terminal again once it goes on.
    fn suspend(&mut self) -> io::Result<()>;
}

/// The terminal on standard output, by a descriptor of its own: what others write to the standard ones can be sent
/// elsewhere without touching the screen.
#[derive(Debug)]
pub(super) struct Terminal {
    output: File,
    mouse: bool,
}

impl Terminal {
    /// Takes the terminal, and sees to it that a panic hands it back.
    pub(super) fn open() -> io::Result<Self> {
        // crossterm would find the terminal of the session and set it up for frames that go elsewhere.
        if !io::stdout().is_terminal() {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "standard output is no terminal"));
        }
        let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        hand_back_on_panic(output.try_clone()?, thread::current().id());
        let mut terminal = Self { output, mouse: false };
        terminal.take()?;
        Ok(terminal)
    }

    /// Another descriptor of it.
    pub(super) fn try_clone(&self) -> io::Result<File> {
        self.output.try_clone()
    }

    fn take(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        execute!(self.output, EnterAlternateScreen, Hide, Clear(ClearType::All))
    }

    /// Hands the terminal back; a second time it does nothing.
    pub(super) fn close(&mut self) -> io::Result<()> {
        hand_back(&mut self.output)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nobody is left to tell of a failure.
        let _ = self.close();
    }
}

impl Surface for Terminal {
    fn area(&self) -> Rect {
        // A pseudo-terminal that nobody has given a size says 0.
        let (width, height) = size().ok().filter(|&(width, height)| width > 0 && height > 0).unwrap_or((80, 24));
        Rect::new(0, 0, width, height)
    }

    fn show(&mut self, frame: &[u8]) -> io::Result<()> {
        self.output.write_all(frame)
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        if on { execute!(self.output, EnableMouseCapture) } else { execute!(self.output, DisableMouseCapture) }
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(self.output, CopyToClipboard::to_clipboard_from(text))
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.close()?;
        emulate_default_handler(SIGTSTP)?;
        self.take()?;
        if self.mouse { self.mouse(true) } else { Ok(()) }
    }
}

/// What panics of other threads said while the terminal was taken.
static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn heard() -> MutexGuard<'static, Vec<String>> {
    HEARD.lock().unwrap_or_else(PoisonError::into_inner)
}

fn hand_back(output: &mut File) -> io::Result<()> {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return Ok(());
    }
    let shown = execute!(output, EndSynchronizedUpdate, ResetColor, DisableMouseCapture, LeaveAlternateScreen, Show);
    let closed = disable_raw_mode().and(shown);
    heard().drain(..).for_each(say);
    closed
}

/// A panic of the screen's own thread hands the terminal back before anything is said of it. That of another thread is
/// said once the terminal is handed back: a live screen is not written over.
fn hand_back_on_panic(mut output: File, screen: ThreadId) {
    let before = std::panic::take_hook();
    let output = Mutex::new(move || hand_back(&mut output));
    std::panic::set_hook(Box::new(move |panic| {
        if thread::current().id() == screen {
            if let Ok(mut hand_back) = output.try_lock() {
                let _ = hand_back();
            }
        } else if TAKEN.load(Ordering::SeqCst) {
            heard().push(panic.to_string());
            return;
        }
        before(panic);
    }));
}

/// Turns drawn buffers into as few bytes as show them.
#[derive(Debug)]
pub(super) struct Painter<S> {
    pub(super) surface: S,
    shown: Option<Buffer>,
    bytes: Vec<u8>,
}

impl<S: Surface> Painter<S> {
    pub(super) fn new(surface: S) -> Self {
        Self { surface, shown: None, bytes: Vec::with_capacity(1 << 16) }
    }

    /// Forgets what the terminal shows, so that the next frame is whole.
    pub(super) fn invalidate(&mut self) {
        self.shown = None;
    }

    /// Draws a frame and shows what differs from the last one, in one write inside a synchronized update; where
    /// nothing differs, nothing is written.
    pub(super) fn paint(&mut self, draw: impl FnOnce(Rect, &mut Buffer)) -> io::Result<()> {
        let area = self.surface.area();
        let mut next = Buffer::empty(area);
        draw(area, &mut next);
        self.bytes.clear();
        queue!(self.bytes, BeginSynchronizedUpdate)?;
        let before = match self.shown.take() {
            Some(shown) if *shown.area() == area => shown,
            _ => {
                queue!(self.bytes, ResetColor, Hide, Clear(ClearType::All))?;
                Buffer::empty(area)
            }
        };
        let start = self.bytes.len();
        emit(&before, &next, &mut self.bytes);
        if self.bytes.len() > start {
            queue!(self.bytes, EndSynchronizedUpdate)?;
            self.surface.show(&self.bytes)?;
        }
        self.shown = Some(next);
        Ok(())
    }
}
