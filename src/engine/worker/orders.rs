//! What people order between two iterations, and how long the search waits for it.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::{LONGEST_INTERVAL, LOOK, Pace, Worker};
use crate::engine::Command;
use crate::engine::event::{Event, State};

impl Worker<'_> {
    /// The least time between the starts of two iterations.
    pub(super) fn interval(&self) -> Duration {
        match self.settings.engine.max_iterations_per_second {
            most if most > 0.0 => Duration::from_secs_f64((1.0 / most).min(LONGEST_INTERVAL)),
            _ => Duration::ZERO,
        }
    }

    /// Takes all waiting commands, and those that come before the next iteration is due; while paused, waits for the
    /// next. Without anyone left to send one, a paused search stops.
    pub(super) fn obey(&mut self, commands: &Receiver<Command>) {
        loop {
            let left = self.due.saturating_duration_since(Instant::now());
            let next = if self.pace == Pace::Paused {
                match self.checkpoint_in() {
                    Some(wait) => commands.recv_timeout(wait),
                    None => commands.recv().map_err(|_| RecvTimeoutError::Disconnected),
                }
            } else if self.waits() {
                match commands.recv_timeout(LOOK) {
                    Ok(command) => Ok(command),
                    Err(RecvTimeoutError::Timeout) => continue,
                    // It waits for the disk, not for a person.
                    Err(RecvTimeoutError::Disconnected) => {
                        thread::sleep(LOOK);
                        continue;
                    }
                }
            } else {
                let start = Instant::now();
                let next = commands.recv_timeout(left);
                self.work += start.elapsed();
                next
            };
            match next {
                Ok(command) => self.execute(command),
                Err(RecvTimeoutError::Disconnected) if self.pace == Pace::Paused => self.pace = Pace::Stopped,
                Err(RecvTimeoutError::Disconnected) => {
                    thread::sleep(left);
                    self.work += left;
                    return;
                }
                Err(RecvTimeoutError::Timeout) if self.pace == Pace::Paused => self.checkpoint(),
                Err(RecvTimeoutError::Timeout) => return,
            }
            if self.pace == Pace::Stopped {
                return;
            }
        }
    }

    /// Whether to rest because what was found cannot be written; says so where that changes.
    pub(super) fn waits(&mut self) -> bool {
        match (self.trouble)() {
            Some(reason) if !self.waiting => {
                self.waiting = true;
                (self.emit)(Event::State { state: State::Waiting { reason } });
            }
            None if self.waiting => {
                self.waiting = false;
                (self.emit)(Event::State { state: State::Running });
            }
            _ => {}
        }
        self.waiting
    }

    pub(super) fn execute(&mut self, command: Command) {
        match command {
            Command::Pause if self.pace != Pace::Paused => self.pause(None),
            Command::Resume if self.pace != Pace::Running => self.go_on(Pace::Running),
            Command::Step { iterations } if iterations > 0 => self.go_on(Pace::Stepping(iterations)),
            Command::Pause | Command::Resume | Command::Step { .. } => {}
            Command::Adjust(change) => self.adjust_now(change),
            Command::Checkpoint => self.checkpoint(),
            Command::Stop => self.pace = Pace::Stopped,
        }
    }

    pub(super) fn pause(&mut self, reason: Option<String>) {
        self.pace = Pace::Paused;
        self.waiting = false;
        (self.emit)(Event::State { state: State::Paused { reason } });
    }

    pub(super) fn go_on(&mut self, pace: Pace) {
        self.pace = pace;
        self.waiting = false;
        (self.emit)(Event::State { state: State::Running });
    }
}
