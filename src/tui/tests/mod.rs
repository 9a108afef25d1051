//! The screen without a terminal: what it looks like, what every key does, and that nothing brings it down.

mod emit;
mod keys;
mod looks;
mod loops;
mod properties;
pub(super) mod sample;
mod samples;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::sync::Arc;

use super::Theme;
use super::app::{App, News};
use crate::engine::{Event, Frame};
use sample::Search;

/// A screen that has seen these events.
fn app(events: impl IntoIterator<Item = Event>) -> App {
    let mut app = App::new("digits-2026-01-01".into(), Theme::COLOUR);
    for event in events {
        take(&mut app, event);
    }
    app
}

fn take(app: &mut App, event: Event) {
    app.take(&Frame::Event(Arc::new(event)));
}

/// A screen in the middle of its search.
fn searching() -> App {
    app(Search::new().until(620))
}

/// The same where networks are trained.
fn training() -> App {
    let mut app = searching();
    app.hear(News::Trainings(Search::trainings(&app.dashboard.front[..2])));
    app
}

fn drawn(app: &mut App, width: u16, height: u16) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    app.draw(area, &mut buffer);
    buffer
}
