//! What is on screen, and what keys do.
//!
//! A [`Screen`] folds the frames of a [`Viewer`] into a dashboard and turns keys into [`Command`]s; it knows nothing
//! else of the engine. Inside, from the terminal inwards: `terminal` takes it, paints it with the bytes of `emit` and
//! hands it back; `input` reads what is typed; `event_loop` waits for signals, input and frames; `app` is what those do
//! to the `view`, by the one table in `keys`; `draw` lays the `panes` out. Everything from `app` inwards is free of
//! terminal and clock.

mod app;
mod ascii;
mod draw;
mod emit;
mod event_loop;
mod field;
mod filter;
mod input;
mod keys;
mod listing;
mod panes;
mod picture;
mod plot;
mod prompt;
mod terminal;
mod text;
mod theme;
mod view;

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::Sender;

use tokio::sync::mpsc;

use crate::engine::{Command, Dashboard, Viewer};
use crate::run::Play;
use crate::train;
pub use app::SPEEDS;
use app::{App, News};
pub use keys::{Keys, KeysError};
pub use picture::{Format, Offscreen, Part, picture};
use terminal::{Painter, Terminal};
pub use text::clean;
pub use theme::{Colours, Ground, Theme};

/// Draws a second at most.
const DRAWS_A_SECOND: usize = 30;
/// The same over SSH, where each draw costs the link.
const DRAWS_A_SECOND_OVER_SSH: usize = 10;

/// News of trainings that wait to be drawn.
const NEWS: usize = 8;

/// How a person wants screens to be.
#[derive(Clone, Debug)]
pub struct Wishes {
    /// The colours and characters.
    pub theme: Theme,
    /// Draws a second at most.
    pub draws_a_second: usize,
    /// The keys.
    pub keys: Keys,
}

/// What a screen is made from.
#[derive(Clone, Debug)]
pub struct Options {
    /// The run's name, shown before the search has said it.
    pub run: String,
    /// How the person wants it.
    pub wishes: Wishes,
    /// The run's folder, into which drawings are written, and in which networks are trained.
    pub folder: Option<PathBuf>,
    /// Whether keys only look, and steer nothing.
    pub read_only: bool,
}

impl Wishes {
    /// What the environment asks for: [`Theme::from_environment`], fewer draws with `SSH_CONNECTION`, and the person's
    /// own keys.
    ///
    /// # Errors
    /// A file of keys that cannot be used.
    pub fn from_environment() -> Result<Self, KeysError> {
        let over_ssh = std::env::var_os("SSH_CONNECTION").is_some();
        Ok(Self {
            theme: Theme::from_environment(),
            keys: Keys::of_the_person()?,
            draws_a_second: if over_ssh { DRAWS_A_SECOND_OVER_SSH } else { DRAWS_A_SECOND },
        })
    }
}

/// Why a screen ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// The search had ended by itself, and the person left.
    Ended,
    /// The person stopped the search and waited for its end.
    Stopped,
    /// The person stopped the search and did not wait for its end.
    Abandoned,
    /// The person left a search that goes on.
    Detached,
    /// The engine went away before the end of the search, and the person left.
    Disconnected,
    /// This signal asked for it.
    Signal(i32),
}

/// How a screen ended, and what it showed last.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Why it ended.
    pub leave: Leave,
    /// The search as it was last known.
    pub dashboard: Dashboard,
}

/// The screen: it holds the terminal until it is dropped.
#[derive(Debug)]
pub struct Screen {
    app: App,
    painter: Painter<Terminal>,
    draws_a_second: usize,
}

impl Screen {
    /// Takes the terminal and draws a first frame at once.
    ///
    /// # Errors
    /// Standard output is no terminal, or the terminal refused.
    pub fn open(options: Options) -> io::Result<Self> {
        let mut app = App::new(options.run, options.wishes.theme);
        app.view.read_only = options.read_only;
        app.keys = options.wishes.keys;
        app.recipe = app::recipe(options.folder.as_deref());
        app.folder = options.folder;
        let mut painter = Painter::new(Terminal::open()?);
        painter.paint(|area, buffer| app.draw(area, buffer))?;
        Ok(Self { app, painter, draws_a_second: options.wishes.draws_a_second })
    }

    /// Plays a recorded run, at so many times its pace, until the person leaves; as [`Screen::run`] otherwise.
    ///
    /// # Errors
    /// The terminal refused.
    pub fn replay(mut self, viewer: Viewer, player: Sender<Play>, speed: f64) -> io::Result<Outcome> {
        self.app.view.playback = Some(view::Playback { playing: true, speed, target: None });
        self.app.player = Some(player);
        // There is no search to take commands.
        self.run(viewer, std::sync::mpsc::channel().0)
    }

    /// Shows a search until the person leaves; the terminal is handed back before it returns. Call it on the thread
    /// that opened the screen: that one's panics hand the terminal back.
    ///
    /// SIGTERM, SIGHUP and SIGINT end it, and are caught from here to the end of the process: whoever goes on after a
    /// screen heeds them anew.
    ///
    /// # Errors
    /// The terminal refused.
    pub fn run(mut self, mut viewer: Viewer, commands: Sender<Command>) -> io::Result<Outcome> {
        self.app.replace(std::mem::take(&mut viewer.dashboard));
        self.app.dropped = viewer.dropped_count();
        let (news, mut heard) = mpsc::channel(NEWS);
        if let Some(folder) = &self.app.folder {
            let news = news.clone();
            train::watch(folder, move |trainings| news.blocking_send(News::Trainings(trainings)).is_ok())?;
        }
        self.app.news = Some(news);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let leave = runtime.block_on(async {
            let mut input = input::inputs(self.painter.surface.try_clone()?)?;
            event_loop::run(
                &mut self.app,
                &mut self.painter,
                &mut input,
                &mut viewer.frames,
                &mut heard,
                &commands,
                self.draws_a_second,
            )
            .await
        });
        let closed = self.painter.surface.close();
        let leave = leave?;
        // A terminal that went away by hanging up cannot be handed back.
        if !matches!(leave, Leave::Signal(_)) {
            closed?;
        }
        Ok(Outcome { leave, dashboard: self.app.dashboard })
    }
}

#[cfg(test)]
mod tests;
