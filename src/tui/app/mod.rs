//! Frames, keys and the mouse in, effects out: the screen without a terminal, so that tests can press every key of it.

mod input;
mod mouse;
mod play;
mod steer;
mod take;
mod trainings;

use std::path::PathBuf;
use std::sync::mpsc::Sender;

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::mpsc;
use tui_input::Input;

use super::keys::{Action, Context, Keys, Place};
use super::prompt::{Ask, Prompt};
use super::view::{self, Overlay, Request, Start, Tab, View};
use super::{Leave, Theme, ascii, draw, panes};
use crate::config::Settings;
use crate::engine::{Change, Command, Dashboard, Dropped, Event, Frame, State};
use crate::run::Play;
use crate::search::{Adjustment, Aim};

pub use play::SPEEDS;
pub(super) use trainings::{News, recipe};

/// Rows that a page key moves.
const PAGE: usize = 10;

/// What a key leads to beyond the view.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Effect {
    /// Nothing, or a change of the view alone.
    None,
    /// An order to the engine.
    Send(Command),
    /// An order to the player of a recorded run.
    Play(Play),
    /// Draw everything anew.
    Redraw,
    /// Hand the terminal back until the shell gives it again.
    Suspend,
    /// Put a text into the person's clipboard.
    Copy(String),
    /// Write a text into a file of this name in the run's folder.
    Save { name: String, text: String },
    /// Start a training.
    Train(Start),
    /// Ask who trains the network of this name to stop.
    Halt(String),
    /// Listen to the mouse, or leave it to the terminal.
    Mouse(bool),
    /// The end of the screen.
    Leave(Leave),
}

/// Everything that is on screen.
#[derive(Clone, Debug)]
pub(super) struct App {
    pub(super) dashboard: Dashboard,
    pub(super) view: View,
    pub(super) theme: Theme,
    pub(super) keys: Keys,
    /// The run's folder, where it is known.
    pub(super) folder: Option<PathBuf>,
    /// The settings of the run, by which networks are trained; why none can be, else.
    pub(super) recipe: Result<Box<Settings>, String>,
    /// Where trainings that are started here say how they end.
    pub(super) news: Option<mpsc::Sender<News>>,
    /// The room that was drawn in last, for the mouse.
    area: Rect,
    /// Who plays, where this is a recorded run.
    pub(super) player: Option<Sender<Play>>,
    /// Events that this screen was too slow for, as its viewer counts them.
    pub(super) dropped: Dropped,
}

impl App {
    pub(super) fn new(run: String, theme: Theme) -> Self {
        Self {
            dashboard: Dashboard::default(),
            view: View::new(run),
            theme,
            keys: Keys::default(),
            folder: None,
            recipe: Err("the run's folder is not known here".into()),
            news: None,
            area: Rect::ZERO,
            player: None,
            dropped: Dropped::default(),
        }
    }

    /// Draws the screen. Only here is it known how long a page is, so that a scroll beyond its end stops here.
    pub(super) fn draw(&mut self, area: Rect, buffer: &mut Buffer) {
        self.area = area;
        self.view.list(&self.dashboard);
        let limit = draw::longest_scroll(&self.scene(), area);
        if let Some(Overlay::Help { scroll }) = &mut self.view.overlay {
            *scroll = (*scroll).min(limit);
        }
        draw::draw(&self.scene(), area, buffer);
        if self.theme.ascii {
            ascii::flatten(buffer);
        }
    }

    fn scene(&self) -> draw::Scene<'_> {
        draw::Scene { dashboard: &self.dashboard, view: &self.view, theme: self.theme, keys: &self.keys }
    }

    /// Folds a frame in.
    pub(super) fn take(&mut self, frame: &Frame) {
        match frame {
            Frame::Event(event) => {
                self.dashboard.apply(event);
                self.acknowledge(event);
            }
            Frame::Snapshot(dashboard) => {
                self.view.missed = self.dropped.get();
                self.replace((**dashboard).clone());
            }
        }
        if let Some(playback) = &mut self.view.playback {
            playback.target = None;
        }
        self.settle();
    }

    /// Takes up a whole dashboard. Answers may be among what was dropped before it, so that nothing is waited for.
    pub(super) fn replace(&mut self, dashboard: Dashboard) {
        let before = std::mem::replace(&mut self.dashboard, dashboard);
        // Of which nobody knows but this screen.
        if self.dashboard.trainings.is_empty() {
            self.dashboard.trainings = before.trainings;
        }
        self.view.pending.clear();
        self.view.undoing = None;
        if self.view.request != Some(Request::Stop) {
            self.view.request = None;
        }
        self.settle();
    }

    /// The engine has gone.
    pub(super) fn disconnect(&mut self) {
        self.view.connected = false;
        self.view.pending.clear();
        if self.view.request != Some(Request::Stop) {
            self.view.request = None;
        }
        self.close_questions();
    }

    /// Why the screen should end by itself: what the person asked to wait for is over.
    pub(super) fn leave(&self) -> Option<Leave> {
        let over = view::ended(&self.dashboard) || !self.view.connected;
        (over && self.view.request == Some(Request::Stop)).then_some(Leave::Stopped)
    }

    fn acknowledge(&mut self, event: &Event) {
        match event {
            Event::Adjusted { change, .. } => {
                if self.view.undoing == Some(*change) {
                    self.view.undoing = None;
                }
                match *change {
                    Change::Distributions(Adjustment::Coefficient { distribution, coefficient }) => {
                        self.answered(distribution, Aim::Coefficient(coefficient));
                    }
                    Change::Distributions(Adjustment::Target { distribution, target }) => {
                        self.answered(distribution, Aim::Target(target));
                    }
                    // Those that are waited for go by numbers that have changed.
                    Change::Distributions(Adjustment::Add { .. } | Adjustment::Remove { .. })
                    | Change::Restore { .. } => self.view.pending.clear(),
                    Change::LearningRate { .. } | Change::Samples { .. } | Change::ValidateEvery { .. } => {}
                }
            }
            Event::Refused { .. } => {
                self.view.pending.clear();
                self.view.undoing = None;
                if self.view.request != Some(Request::Stop) {
                    self.view.request = None;
                }
            }
            Event::State { state } => {
                let answered = match self.view.request {
                    Some(Request::Pause) => matches!(state, State::Paused { .. } | State::Reporting),
                    Some(Request::Resume) => {
                        matches!(state, State::Running | State::Waiting { .. } | State::Reporting)
                    }
                    _ => false,
                };
                if answered {
                    self.view.request = None;
                }
            }
            _ => {}
        }
    }

    /// What was asked for a distribution is there.
    fn answered(&mut self, distribution: usize, aim: Aim) {
        if self.view.pending.get(&distribution) == Some(&aim) {
            self.view.pending.remove(&distribution);
        }
    }

    fn settle(&mut self) {
        self.view.follow(&self.dashboard);
        if view::ended(&self.dashboard) {
            self.view.pending.clear();
            if self.view.request != Some(Request::Stop) {
                self.view.request = None;
            }
            self.close_questions();
        }
    }

    /// Takes away the questions whose answers would be orders to a search that takes none any more.
    fn close_questions(&mut self) {
        let orders = match &self.view.overlay {
            Some(Overlay::Stop | Overlay::Remove { .. }) => true,
            Some(Overlay::Prompt(prompt)) => prompt.ask.steers(),
            _ => false,
        };
        if orders {
            self.view.overlay = None;
        }
    }

    /// Where keys go now.
    pub(super) fn place(&self) -> Place {
        place(&self.view)
    }

    /// Does what a key says.
    pub(super) fn press(&mut self, key: KeyEvent) -> Effect {
        self.view.notice = None;
        let place = self.place();
        match (self.keys.lookup(place, key), place.context) {
            (Some(action), _) => self.perform(action),
            (None, Context::Input | Context::Palette) => self.edit(key),
            _ => Effect::None,
        }
    }

    /// Does what an action says, where keys go now.
    fn perform(&mut self, action: Action) -> Effect {
        match (action, self.place().context) {
            (Action::Redraw, _) => Effect::Redraw,
            (Action::Suspend, _) => Effect::Suspend,
            (Action::Leave, _) => self.ask_to_leave(),
            (action, Context::Stop | Context::Remove | Context::Training) => self.answer(action),
            (action, Context::Reading) => self.read(action),
            (action, Context::Input) => self.finish_input(action),
            (action, Context::Palette) => self.choose(action),
            (action, _) => match self.view.playback {
                Some(playback) => self.play(playback, action),
                None => self.act(action),
            },
        }
    }

    /// What an action does in the panes.
    fn act(&mut self, action: Action) -> Effect {
        if panes::pane(self.view.focus).act(action, &mut self.view, &self.dashboard) {
            return Effect::None;
        }
        match action {
            Action::Pause => return self.pause(),
            Action::Step => return self.command(Command::Step { iterations: 1 }),
            Action::Steps => return self.ask(Ask::Steps),
            Action::Checkpoint => return self.command(Command::Checkpoint),
            Action::Raise => return self.step_aim(true),
            Action::Lower => return self.step_aim(false),
            Action::Coefficient => return self.ask(Ask::Coefficient(self.view.distribution)),
            Action::Target => return self.ask(Ask::Target(self.view.distribution)),
            Action::Add => return self.ask(Ask::Add(self.view.distribution + 1)),
            Action::Remove => return self.ask_to_remove(),
            Action::LearningRate => return self.ask(Ask::LearningRate),
            Action::Samples => return self.ask(Ask::Samples),
            Action::ValidateEvery => return self.ask(Ask::ValidateEvery),
            Action::Undo => return self.undo(),
            Action::Copy => return self.copy(),
            Action::Save => return self.save_drawing(),
            Action::Train => return self.ask_to_train(),
            Action::Halt => return self.ask_to_halt(),
            Action::Find => return self.ask(Ask::Find),
            Action::Show(tab) => self.view.show(tab),
            Action::FocusNext => self.view.move_focus(true),
            Action::FocusPrevious => self.view.move_focus(false),
            Action::DistributionPrevious | Action::Up | Action::Left => {
                self.view.move_distribution(-1, &self.dashboard);
            }
            Action::DistributionNext | Action::Down | Action::Right => {
                self.view.move_distribution(1, &self.dashboard);
            }
            Action::PageUp | Action::First => self.view.move_distribution(isize::MIN + 1, &self.dashboard),
            Action::PageDown | Action::Last => self.view.move_distribution(isize::MAX, &self.dashboard),
            Action::Open => self.view.show(Tab::Cell),
            Action::Zoom => self.view.zoom = !self.view.zoom,
            Action::Mouse => {
                self.view.mouse = !self.view.mouse;
                return Effect::Mouse(self.view.mouse);
            }
            Action::Cancel => self.view.zoom = false,
            Action::Help => self.view.overlay = Some(Overlay::Help { scroll: 0 }),
            Action::Palette => self.view.overlay = Some(Overlay::Palette { input: Input::default(), selected: 0 }),
            Action::Detach => return self.detach(),
            Action::Compare | Action::Mark | Action::Leave | Action::Redraw | Action::Suspend | Action::Confirm => {}
            Action::Slower | Action::Faster | Action::Back | Action::Forward => {}
            Action::Start | Action::End | Action::GoTo => {}
            Action::Order | Action::TurnOrder | Action::Follow => {}
        }
        Effect::None
    }

    fn refuse(&mut self, why: &str) -> Effect {
        self.view.notice = Some(why.into());
        Effect::None
    }

    fn ask_to_leave(&mut self) -> Effect {
        if view::ended(&self.dashboard) || self.view.playback.is_some() {
            return Effect::Leave(Leave::Ended);
        }
        if !self.view.connected {
            return Effect::Leave(Leave::Disconnected);
        }
        if self.view.request == Some(Request::Stop) {
            return Effect::Leave(Leave::Abandoned);
        }
        if self.view.read_only {
            return Effect::Leave(Leave::Detached);
        }
        self.view.overlay = Some(Overlay::Stop);
        Effect::None
    }

    /// A search that has ended, or gone, is left as by any other way out.
    fn detach(&mut self) -> Effect {
        if view::ended(&self.dashboard) || !self.view.connected {
            return self.ask_to_leave();
        }
        Effect::Leave(Leave::Detached)
    }

    /// What the answer to a question leads to.
    fn answer(&mut self, action: Action) -> Effect {
        match (self.view.overlay.take(), action) {
            (Some(Overlay::Stop), Action::Detach) => self.detach(),
            (Some(Overlay::Stop), Action::Confirm) => {
                self.view.request = Some(Request::Stop);
                Effect::Send(Command::Stop)
            }
            (Some(Overlay::Remove { distribution }), Action::Confirm) => {
                self.command(Command::Adjust(Adjustment::Remove { distribution }.into()))
            }
            (Some(Overlay::Train(start)), Action::Confirm) => Effect::Train(start),
            (Some(Overlay::Halt { model }), Action::Confirm) => Effect::Halt(model),
            _ => Effect::None,
        }
    }

    fn read(&mut self, action: Action) -> Effect {
        let Some(Overlay::Help { scroll }) = &mut self.view.overlay else {
            return Effect::None;
        };
        match action {
            Action::Up => *scroll = scroll.saturating_sub(1),
            Action::Down => *scroll = scroll.saturating_add(1),
            Action::PageUp => *scroll = scroll.saturating_sub(PAGE),
            Action::PageDown => *scroll = scroll.saturating_add(PAGE),
            Action::First => *scroll = 0,
            Action::Last => *scroll = usize::MAX,
            _ => self.view.overlay = None,
        }
        Effect::None
    }

    /// Opens a question that is answered by typing, where an answer could be sent.
    fn ask(&mut self, ask: Ask) -> Effect {
        if ask.steers() {
            if let Err(why) = self.may_steer() {
                return self.refuse(why);
            }
            if view::distributions(&self.dashboard) == 0 {
                return self.refuse("no distribution is known yet");
            }
        }
        self.view.overlay = Some(Overlay::Prompt(Prompt::new(ask, &self.dashboard)));
        Effect::None
    }
}

/// Where keys go in a view.
pub(super) fn place(view: &View) -> Place {
    let context = match view.overlay {
        None => Context::Panes,
        Some(Overlay::Stop) => Context::Stop,
        Some(Overlay::Remove { .. }) => Context::Remove,
        Some(Overlay::Train(_) | Overlay::Halt { .. }) => Context::Training,
        Some(Overlay::Prompt(_)) => Context::Input,
        Some(Overlay::Palette { .. }) => Context::Palette,
        Some(Overlay::Help { .. }) => Context::Reading,
    };
    Place { context, focus: view.focus, replay: view.playback.is_some() }
}
