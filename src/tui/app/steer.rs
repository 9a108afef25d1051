//! What keys tell a running search.

use super::{App, Effect};
use crate::engine::{Change, Command, State};
use crate::search::{Adjustment, Aim};
use crate::tui::text;
use crate::tui::view::{self, Overlay, Request};

/// A step of `+` and `-`.
const RATIO: f64 = 1.25;
/// The least coefficient that steps reach before 0.
const LEAST: f64 = 0.01;

impl App {
    /// Whether there is a use in telling the search anything.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn may_steer(&self) -> Result<(), &'static str> {
        if self.view.playback.is_some() {
            return Err("this is a recorded run: there is nothing to steer");
        }
        // A search that has ended goes away, which says nothing more.
        if view::ended(&self.dashboard) {
            return Err("the search has ended");
        }
        if !self.view.connected {
            return Err("the search is no longer connected");
        }
        if self.view.read_only {
            return Err("this screen only looks: attach without --read-only to steer");
        }
        match self.dashboard.state {
            State::Preparing | State::Running | State::Paused { .. } | State::Waiting { .. }
                if self.view.request != Some(Request::Stop) =>
            {
                Ok(())
            }
            _ => Err("the search is ending"),
        }
    }

    /// Sends an order, or says why there is no use in it.
    pub(super) fn command(&mut self, command: Command) -> Effect {
        match self.may_steer() {
            Ok(()) => Effect::Send(command),
            Err(why) => self.refuse(why),
        }
    }

    pub(super) fn pause(&mut self) -> Effect {
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

    /// Lets complexity count for more in the selected distribution, or for less.
    pub(super) fn step_aim(&mut self, more: bool) -> Effect {
        let distribution = self.view.distribution;
        let Some(now) = self.view.aim(&self.dashboard) else { return self.refuse("no distribution is known yet") };
        let aim = match (now, &self.dashboard.started) {
            (Aim::Coefficient(now), _) => Aim::Coefficient(if more { raised(now) } else { lowered(now) }),
            (Aim::Target(now), Some(started)) => {
                let cost = started.normaliser.unscaled(now);
                let next = text::round4(if more { cost / RATIO } else { cost * RATIO });
                Aim::Target(started.normaliser.scaled(next).clamp(0.0, 1.0))
            }
            (Aim::Target(_), None) => return Effect::None,
        };
        self.aim(distribution, aim)
    }

    /// Asks for another aim of a distribution.
    fn aim(&mut self, distribution: usize, aim: Aim) -> Effect {
        match aim {
            Aim::Coefficient(coefficient) if !coefficient.is_finite() => Effect::None,
            aim => self.adjust(Change::aim(distribution, aim)),
        }
    }

    /// Sends a change, and shows it as asked for until it is answered.
    pub(super) fn adjust(&mut self, change: Change) -> Effect {
        let asked = match change {
            Change::Distributions(Adjustment::Coefficient { distribution, coefficient }) => {
                Some((distribution, Aim::Coefficient(coefficient)))
            }
            Change::Distributions(Adjustment::Target { distribution, target }) => {
                Some((distribution, Aim::Target(target)))
            }
            _ => None,
        };
        if asked.is_some_and(|(distribution, aim)| self.view.pending.get(&distribution) == Some(&aim)) {
            return Effect::None;
        }
        let effect = self.command(Command::Adjust(change));
        if let (Some((distribution, aim)), Effect::Send(_)) = (asked, &effect) {
            self.view.pending.insert(distribution, aim);
        }
        effect
    }

    /// Takes the last change back that was not taken back yet.
    pub(super) fn undo(&mut self) -> Effect {
        if self.view.undoing.is_some() {
            return Effect::None;
        }
        let Some(undo) = self.dashboard.undo() else { return self.refuse("there is no change to take back") };
        let effect = self.command(Command::Adjust(undo));
        if effect != Effect::None {
            self.view.undoing = Some(undo);
        }
        effect
    }

    pub(super) fn ask_to_remove(&mut self) -> Effect {
        if let Err(why) = self.may_steer() {
            return self.refuse(why);
        }
        if view::distributions(&self.dashboard) < 2 {
            return self.refuse("the only distribution cannot be removed");
        }
        self.view.overlay = Some(Overlay::Remove { distribution: self.view.distribution });
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
