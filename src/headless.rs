//! A search without a screen: a progress bar where standard error is a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::sync::mpsc::Sender;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::engine::{Command, Dashboard, Event, Frame, State, Viewer};
use crate::process::{quit, say};
use crate::run::duration;

/// Progress is said in so many lines where there is no bar.
const LINES: u64 = 20;

/// Follows a search until it ends. The first interrupt ends it with results, a second one at once. Since nobody is
/// there to help a search that pauses itself, such a one is stopped, and the reason given back.
///
/// # Errors
/// Signals that cannot be caught.
pub fn follow(viewer: Viewer, commands: Sender<Command>) -> std::io::Result<Option<String>> {
    stop_on_signals(commands.clone())?;
    Ok(watch(viewer, &commands).1)
}

/// Waits for the end of a search that was told to stop, and gives back its last state.
///
/// # Errors
/// Signals that cannot be caught.
pub fn wait(viewer: Viewer, commands: Sender<Command>) -> std::io::Result<Dashboard> {
    stop_on_signals(commands.clone())?;
    Ok(watch(viewer, &commands).0)
}

fn watch(mut viewer: Viewer, commands: &Sender<Command>) -> (Dashboard, Option<String>) {
    let mut trouble = None;
    let mut progress = Progress::new(std::io::stderr().is_terminal());
    let mut dashboard = std::mem::take(&mut viewer.dashboard);
    loop {
        progress.show(&dashboard);
        if let State::Paused { reason } = &dashboard.state
            && trouble.is_none()
        {
            trouble = Some(reason.clone().unwrap_or_else(|| "paused".into()));
            // A search that is gone has sent its last event already.
            let _ = commands.send(Command::Stop);
        }
        // Asked before the first wait too: the search of a late viewer may have ended, and then no frame comes.
        if matches!(dashboard.state, State::Finished | State::Failed { .. }) {
            break;
        }
        if viewer.frames.is_empty()
            && let Some(latest) = viewer.catch_up()
        {
            dashboard = latest;
            continue;
        }
        match viewer.frames.blocking_recv() {
            Some(Frame::Event(event)) => {
                dashboard.apply(&event);
                progress.happened(&event);
            }
            Some(Frame::Snapshot(snapshot)) => dashboard = (*snapshot).clone(),
            None => break,
        }
    }
    progress.bar.finish_and_clear();
    (dashboard, trouble)
}

/// Lets the first interrupt or termination stop a search with results, and a second one end the program at once.
///
/// # Errors
/// Signals that cannot be caught.
pub fn stop_on_signals(commands: Sender<Command>) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        let mut first = true;
        for signal in signals.forever() {
            if !first || commands.send(Command::Stop).is_err() {
                quit(u8::try_from(128 + signal).unwrap_or(1));
            }
            first = false;
            say("stopping: the modes are scored; once more ends at once");
        }
    })?;
    Ok(())
}

struct Progress {
    bar: ProgressBar,
    /// The last share of [`LINES`] that was said.
    said: Option<u64>,
}

impl Progress {
    fn new(terminal: bool) -> Self {
        let bar = if terminal { ProgressBar::new(0) } else { ProgressBar::hidden() };
        let template = "{msg} {wide_bar} {pos}/{len}";
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_secs(1));
        Self { bar, said: None }
    }

    fn happened(&self, event: &Event) {
        let text = match event {
            Event::Started(started) => {
                format!("{}: seed {}, {} iterations", started.run, started.seed, started.iterations)
            }
            Event::Ready { device, .. } => format!("computing on {device}"),
            Event::Resumed(resumed) => {
                resumed.notes.iter().for_each(|note| self.say(note));
                resumed.said()
            }
            Event::Refused { reason } => format!("refused: {reason}"),
            Event::Warning { iteration, message } => format!("warning at iteration {iteration}: {message}"),
            Event::State { state: State::Paused { reason: Some(reason) } } => format!("cannot go on: {reason}"),
            Event::State { state: State::Waiting { reason } } => format!("waiting: {reason}"),
            Event::State { state: State::Reporting } => "scoring the modes on the test set".into(),
            _ => return,
        };
        self.say(&text);
    }

    fn say(&self, text: &str) {
        let text = crate::tui::clean(text);
        self.bar.suspend(|| say(text));
    }

    fn show(&mut self, dashboard: &Dashboard) {
        let Some(started) = &dashboard.started else { return };
        let left = dashboard.remaining().map_or_else(String::new, |left| format!(", {} left", duration(left)));
        let stage = if dashboard.warm_up { "warm-up" } else { "search" };
        let text = format!("{stage}, {:.1} architectures/s{left}", dashboard.rate);
        self.bar.set_length(started.iterations);
        self.bar.set_position(dashboard.iteration);
        self.bar.set_message(text.clone());
        let share = (dashboard.progress() * LINES as f64) as u64;
        if self.bar.is_hidden() && dashboard.iteration > 0 && self.said != Some(share) {
            self.said = Some(share);
            say(format_args!("{}/{} {text}", dashboard.iteration, started.iterations));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::engine::Hub;

    #[test]
    fn who_comes_after_the_end_of_a_search_does_not_wait_for_it() {
        let hub = Hub::default();
        hub.publish(Event::Failed { reason: "no pictures".into() });
        assert_eq!(follow(hub.subscribe(), mpsc::channel().0).unwrap(), None);
    }
}
