//! Frames and keys in, effects out: the screen without a terminal, so that tests can press every key of it.

use std::sync::mpsc::Sender;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tui_input::{Input, InputRequest};

use super::keys::{self, Action, Context};
use super::text;
use super::view::{self, Focus, Overlay, Playback, Request, Subject, View};
use super::{Leave, Theme, draw};
use crate::engine::{Change, Command, Dashboard, Dropped, Event, Frame, State};
use crate::run::Play;
use crate::search::Adjustment;

/// A step of `+` and `-`.
const RATIO: f64 = 1.25;
/// The least coefficient that steps reach before 0.
const LEAST: f64 = 0.01;
/// The slowest and the fastest that a recorded run is played.
pub const SPEEDS: (f64, f64) = (1.0 / 16.0, 1024.0);
/// Jumps from one end of a search to the other.
const JUMPS: u64 = 50;
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
    /// The end of the screen.
    Leave(Leave),
}

/// Everything that is on screen.
#[derive(Clone, Debug)]
pub(super) struct App {
    pub(super) dashboard: Dashboard,
    pub(super) view: View,
    pub(super) theme: Theme,
    /// Who plays, where this is a recorded run.
    pub(super) player: Option<Sender<Play>>,
    /// Events that this screen was too slow for, as its viewer counts them.
    pub(super) dropped: Dropped,
}

impl App {
    pub(super) fn new(run: String, theme: Theme) -> Self {
        Self { dashboard: Dashboard::default(), view: View::new(run), theme, player: None, dropped: Dropped::default() }
    }

    /// Draws the screen. Only here is it known how long a page is, so that a scroll beyond its end stops here.
    pub(super) fn draw(&mut self, area: Rect, buffer: &mut Buffer) {
        let limit = draw::longest_scroll(&self.scene(), area);
        if let Some(Overlay::Help { scroll } | Overlay::Log { scroll }) = &mut self.view.overlay {
            *scroll = (*scroll).min(limit);
        }
        draw::draw(&self.scene(), area, buffer);
    }

    fn scene(&self) -> draw::Scene<'_> {
        draw::Scene { dashboard: &self.dashboard, view: &self.view, theme: self.theme }
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
        self.dashboard = dashboard;
        self.view.pending.clear();
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
        if matches!(self.view.overlay, Some(Overlay::Stop | Overlay::Coefficient { .. })) {
            self.view.overlay = None;
        }
    }

    /// Why the screen should end by itself: what the person asked to wait for is over.
    pub(super) fn leave(&self) -> Option<Leave> {
        let over = view::ended(&self.dashboard) || !self.view.connected;
        (over && self.view.request == Some(Request::Stop)).then_some(Leave::Stopped)
    }

    fn acknowledge(&mut self, event: &Event) {
        match event {
            Event::Adjusted {
                change: Change::Distributions(Adjustment::Coefficient { distribution, coefficient }),
                ..
            } => {
                let answered = self.view.pending.get(distribution) == Some(coefficient);
                self.view.pending.retain(|pending, _| !(answered && pending == distribution));
            }
            // Those that are waited for go by numbers that have changed.
            Event::Adjusted {
                change:
                    Change::Distributions(Adjustment::Add { .. } | Adjustment::Remove { .. }) | Change::Restore { .. },
                ..
            } => {
                self.view.pending.clear();
            }
            Event::Refused { .. } => {
                self.view.pending.clear();
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

    fn settle(&mut self) {
        self.view.follow(&self.dashboard);
        if view::ended(&self.dashboard) {
            self.view.pending.clear();
            if self.view.request != Some(Request::Stop) {
                self.view.request = None;
            }
            if matches!(self.view.overlay, Some(Overlay::Stop | Overlay::Coefficient { .. })) {
                self.view.overlay = None;
            }
        }
    }

    /// Where keys go now.
    pub(super) fn context(&self) -> Context {
        match self.view.overlay {
            None => Context::Panes,
            Some(Overlay::Stop) => Context::Stop,
            Some(Overlay::Coefficient { .. } | Overlay::Iteration { .. }) => Context::Input,
            Some(Overlay::Help { .. } | Overlay::Log { .. }) => Context::Reading,
        }
    }

    /// Does what a key says.
    pub(super) fn press(&mut self, key: KeyEvent) -> Effect {
        self.view.notice = None;
        match (keys::lookup(self.context(), self.view.playback.is_some(), key), self.context()) {
            (Some(Action::Redraw), _) => Effect::Redraw,
            (Some(Action::Suspend), _) => Effect::Suspend,
            (Some(Action::Leave), _) => self.ask_to_leave(),
            (Some(action), Context::Panes) => match self.view.playback {
                Some(playback) => self.play(playback, action),
                None => self.act(action),
            },
            (Some(action), Context::Stop) => self.answer(action),
            (Some(action), Context::Reading) => self.read(action),
            (Some(action), Context::Input) => self.finish_input(action),
            (None, Context::Input) => self.edit(key),
            _ => Effect::None,
        }
    }

    fn act(&mut self, action: Action) -> Effect {
        let rows = self.view.focus == Focus::Distributions;
        let page = PAGE as isize;
        match action {
            Action::Pause => return self.pause(),
            Action::Step => return self.command(Command::Step { iterations: 1 }),
            Action::FocusNext => self.view.set_focus(self.view.focus.next()),
            Action::FocusPrevious => self.view.set_focus(self.view.focus.previous()),
            Action::DistributionPrevious => self.view.move_distribution(-1, &self.dashboard),
            Action::DistributionNext => self.view.move_distribution(1, &self.dashboard),
            Action::Up if rows => self.view.move_distribution(-1, &self.dashboard),
            Action::Down if rows => self.view.move_distribution(1, &self.dashboard),
            Action::PageUp if rows => self.view.move_distribution(-page, &self.dashboard),
            Action::PageDown if rows => self.view.move_distribution(page, &self.dashboard),
            Action::First if rows => self.view.move_distribution(isize::MIN + 1, &self.dashboard),
            Action::Last if rows => self.view.move_distribution(isize::MAX, &self.dashboard),
            Action::Up => self.view.move_sample(-1, &self.dashboard),
            Action::Down => self.view.move_sample(1, &self.dashboard),
            Action::PageUp => self.view.move_sample(-(PAGE as i64), &self.dashboard),
            Action::PageDown => self.view.move_sample(PAGE as i64, &self.dashboard),
            Action::First => {
                self.view.sample = None;
                self.view.subject = Subject::Sample;
            }
            Action::Last => self.view.move_sample(i64::MAX, &self.dashboard),
            Action::Raise => return self.step_coefficient(raised),
            Action::Lower => return self.step_coefficient(lowered),
            Action::Edit => self.open_input(),
            Action::Zoom => self.view.zoom = !self.view.zoom,
            Action::Cancel => self.view.zoom = false,
            Action::Help => self.view.overlay = Some(Overlay::Help { scroll: 0 }),
            Action::Log => self.view.overlay = Some(Overlay::Log { scroll: 0 }),
            Action::Detach => return self.detach(),
            Action::Leave | Action::Redraw | Action::Suspend | Action::Confirm => {}
            Action::Slower | Action::Faster | Action::Back | Action::Forward | Action::Start | Action::End => {}
        }
        Effect::None
    }

    /// What a key does in a recorded run.
    fn play(&mut self, mut playback: Playback, action: Action) -> Effect {
        let now = playback.target.unwrap_or(self.dashboard.iteration);
        let all = self.dashboard.started.as_ref().map_or(0, |started| started.iterations);
        let jump = (all / JUMPS).max(1);
        match action {
            Action::Pause => playback.playing = !playback.playing,
            Action::Slower => playback.speed = (playback.speed / 2.0).max(SPEEDS.0),
            Action::Faster => playback.speed = (playback.speed * 2.0).min(SPEEDS.1),
            Action::Step => return self.go_to(Playback { playing: false, ..playback }, now.saturating_add(1)),
            Action::Back => return self.go_to(playback, now.saturating_sub(jump)),
            Action::Forward => return self.go_to(playback, now.saturating_add(jump)),
            Action::Start => return self.go_to(playback, 0),
            Action::End => return self.go_to(playback, u64::MAX),
            Action::Edit => {
                self.view.overlay = Some(Overlay::Iteration { input: Input::default() });
                return Effect::None;
            }
            other => return self.act(other),
        }
        self.view.playback = Some(playback);
        Effect::Play(if playback.playing { Play::On { speed: playback.speed } } else { Play::Rest })
    }

    fn go_to(&mut self, playback: Playback, iteration: u64) -> Effect {
        self.view.playback = Some(Playback { target: Some(iteration), ..playback });
        Effect::Play(Play::To { iteration })
    }

    fn refuse(&mut self, why: &str) -> Effect {
        self.view.notice = Some(why.into());
        Effect::None
    }

    /// Sends an order, or says why there is no use in it.
    fn command(&mut self, command: Command) -> Effect {
        if !self.view.connected {
            return self.refuse("the search is no longer connected");
        }
        if self.view.read_only {
            return self.refuse("this screen only looks: attach without --read-only to steer");
        }
        match self.dashboard.state {
            State::Preparing | State::Running | State::Paused { .. } | State::Waiting { .. }
                if self.view.request != Some(Request::Stop) =>
            {
                Effect::Send(command)
            }
            State::Finished | State::Failed { .. } => self.refuse("the search has ended"),
            _ => self.refuse("the search is ending"),
        }
    }

    fn pause(&mut self) -> Effect {
        let rests = match self.view.request {
            Some(Request::Pause) => true,
            Some(Request::Resume) => false,
            _ => matches!(self.dashboard.state, State::Paused { .. }),
        };
        let (command, request) =
            if rests { (Command::Resume, Request::Resume) } else { (Command::Pause, Request::Pause) };
        let effect = self.command(command);
        if effect != Effect::None {
            self.view.request = Some(request);
        }
        effect
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

    fn answer(&mut self, action: Action) -> Effect {
        self.view.overlay = None;
        match action {
            Action::Detach => self.detach(),
            Action::Confirm => {
                self.view.request = Some(Request::Stop);
                Effect::Send(Command::Stop)
            }
            _ => Effect::None,
        }
    }

    fn read(&mut self, action: Action) -> Effect {
        let Some(Overlay::Help { scroll } | Overlay::Log { scroll }) = &mut self.view.overlay else {
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

    fn step_coefficient(&mut self, step: fn(f64) -> f64) -> Effect {
        match self.view.coefficient(&self.dashboard) {
            Some(now) => self.adjust(self.view.distribution, step(now)),
            None => self.refuse("no distribution is known yet"),
        }
    }

    fn adjust(&mut self, distribution: usize, coefficient: f64) -> Effect {
        if !coefficient.is_finite() || self.view.pending.get(&distribution) == Some(&coefficient) {
            return Effect::None;
        }
        let effect = self.command(Command::Adjust(Adjustment::Coefficient { distribution, coefficient }.into()));
        if effect != Effect::None {
            self.view.pending.insert(distribution, coefficient);
        }
        effect
    }

    fn open_input(&mut self) {
        if let Some(now) = self.view.coefficient(&self.dashboard) {
            let input = Input::default().with_value(text::coefficient(now));
            self.view.overlay = Some(Overlay::Coefficient { distribution: self.view.distribution, input });
        } else {
            self.refuse("no distribution is known yet");
        }
    }

    fn finish_input(&mut self, action: Action) -> Effect {
        if action != Action::Confirm {
            self.view.overlay = None;
            return Effect::None;
        }
        if let (Some(Overlay::Iteration { input }), Some(playback)) = (&self.view.overlay, self.view.playback) {
            let Ok(iteration) = parse_iteration(input.value()) else { return Effect::None };
            self.view.overlay = None;
            return self.go_to(playback, iteration);
        }
        let Some(Overlay::Coefficient { distribution, input }) = &self.view.overlay else { return Effect::None };
        match (parse_coefficient(input.value()), *distribution) {
            (Ok(coefficient), distribution) => {
                self.view.overlay = None;
                self.adjust(distribution, coefficient)
            }
            (Err(_), _) => Effect::None,
        }
    }

    fn edit(&mut self, key: KeyEvent) -> Effect {
        let Some(Overlay::Coefficient { input, .. } | Overlay::Iteration { input }) = &mut self.view.overlay else {
            return Effect::None;
        };
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let plain = (key.modifiers - KeyModifiers::SHIFT).is_empty();
        let request = match key.code {
            KeyCode::Char('u') if control => InputRequest::DeleteFromStart,
            KeyCode::Char('k') if control => InputRequest::DeleteTillEnd,
            KeyCode::Char('w') if control => InputRequest::DeletePrevWord,
            KeyCode::Char('a') if control => InputRequest::GoToStart,
            KeyCode::Char('e') if control => InputRequest::GoToEnd,
            KeyCode::Char(c) if plain && !c.is_control() && input.value().len() < 24 => InputRequest::InsertChar(c),
            KeyCode::Backspace => InputRequest::DeletePrevChar,
            KeyCode::Delete => InputRequest::DeleteNextChar,
            KeyCode::Left => InputRequest::GoToPrevChar,
            KeyCode::Right => InputRequest::GoToNextChar,
            KeyCode::Home => InputRequest::GoToStart,
            KeyCode::End => InputRequest::GoToEnd,
            _ => return Effect::None,
        };
        input.handle(request);
        Effect::None
    }
}

fn raised(coefficient: f64) -> f64 {
    if coefficient <= 0.0 { LEAST } else { text::round4(coefficient * RATIO) }
}

fn lowered(coefficient: f64) -> f64 {
    let lower = text::round4(coefficient / RATIO);
    if lower < LEAST { 0.0 } else { lower }
}

/// A typed coefficient, or what is wrong with it.
pub(super) fn parse_coefficient(typed: &str) -> Result<f64, &'static str> {
    match typed.trim().parse::<f64>() {
        Ok(value) if !value.is_finite() => Err("must be finite"),
        Ok(value) if value < 0.0 => Err("must be at least 0"),
        // Not -0.
        Ok(value) => Ok(value.abs()),
        Err(_) if typed.trim().is_empty() => Err("type a number of at least 0"),
        Err(_) => Err("not a number"),
    }
}

/// A typed iteration, or what is wrong with it.
pub(super) fn parse_iteration(typed: &str) -> Result<u64, &'static str> {
    match typed.trim() {
        "" => Err("type an iteration"),
        digits => digits.parse().map_err(|_| "not a whole number"),
    }
}
