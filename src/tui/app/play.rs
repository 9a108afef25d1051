//! What keys do in a recorded run.

use super::{App, Effect};
use crate::run::Play;
use crate::tui::keys::Action;
use crate::tui::prompt::Ask;
use crate::tui::view::Playback;

/// The slowest and the fastest that a recorded run is played.
pub const SPEEDS: (f64, f64) = (1.0 / 16.0, 1024.0);
/// Jumps from one end of a search to the other.
const JUMPS: u64 = 50;

impl App {
    pub(super) fn play(&mut self, mut playback: Playback, action: Action) -> Effect {
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
            Action::GoTo => return self.ask(Ask::Iteration),
            other => return self.act(other),
        }
        self.view.playback = Some(playback);
        Effect::Play(if playback.playing { Play::On { speed: playback.speed } } else { Play::Rest })
    }

    pub(super) fn go_to(&mut self, playback: Playback, iteration: u64) -> Effect {
        self.view.playback = Some(Playback { target: Some(iteration), ..playback });
        Effect::Play(Play::To { iteration })
    }
}
