//! The loop on a terminal that only counts.

use std::io;
use std::sync::mpsc as orders;
use std::time::Duration;

use crossterm::event::{Event as Input, KeyCode, KeyEvent};
use futures_util::stream;
use ratatui::layout::Rect;

use super::sample::Search;
use super::*;
use crate::engine::{Command, Hub, Viewer};
use crate::tui::terminal::{Painter, Surface};
use crate::tui::{Leave, event_loop};

#[derive(Default)]
struct Counted {
    frames: usize,
    bytes: usize,
    suspended: usize,
}

impl Surface for Counted {
    fn area(&self) -> Rect {
        Rect::new(0, 0, 120, 40)
    }

    fn show(&mut self, frame: &[u8]) -> io::Result<()> {
        self.frames += 1;
        self.bytes += frame.len();
        Ok(())
    }

    fn mouse(&mut self, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.suspended += 1;
        Ok(())
    }
}

type Keys = std::pin::Pin<Box<dyn futures_util::Stream<Item = io::Result<Input>>>>;

/// Presses these keys, each after so many milliseconds.
fn keys(keys: Vec<(u64, KeyCode)>) -> Keys {
    Box::pin(stream::unfold(keys.into_iter(), |mut keys| async move {
        match keys.next() {
            Some((wait, code)) => {
                tokio::time::sleep(Duration::from_millis(wait)).await;
                Some((Ok(Input::Key(KeyEvent::from(code))), keys))
            }
            None => std::future::pending().await,
        }
    }))
}

/// Runs the loop for so many milliseconds at most.
fn run(viewer: &mut Viewer, mut keys: Keys, milliseconds: u64) -> (Option<Leave>, Counted, Vec<Command>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut app = App::new("test".into(), Theme::COLOUR);
    app.replace(viewer.dashboard.clone());
    let mut painter = Painter::new(Counted::default());
    let (sender, receiver) = orders::channel();
    let leave = runtime.block_on(async {
        let screen = event_loop::run(&mut app, &mut painter, &mut keys, &mut viewer.frames, &sender, 20);
        tokio::time::timeout(Duration::from_millis(milliseconds), screen).await
    });
    (leave.ok().map(Result::unwrap), painter.surface, receiver.try_iter().collect())
}

fn hub() -> Hub {
    let hub = Hub::default();
    Search::new().until(450).into_iter().for_each(|event| hub.publish(event));
    hub
}

#[test]
fn a_quiet_search_costs_one_frame() {
    let hub = hub();
    let (leave, counted, _) = run(&mut hub.subscribe(), keys(Vec::new()), 400);
    assert_eq!((leave, counted.frames), (None, 1));
    assert!(counted.bytes < 16 * 1024, "{} bytes", counted.bytes);
}

#[test]
fn a_flood_of_events_becomes_few_frames() {
    let hub = hub();
    let mut viewer = hub.subscribe();
    let (done, wait) = orders::channel::<()>();
    let flood = std::thread::spawn(move || {
        let search = Search::new();
        for iteration in 451.. {
            search.iteration(iteration.min(1_000)).into_iter().for_each(|event| hub.publish(event));
            if wait.recv_timeout(Duration::from_millis(1)) != Err(orders::RecvTimeoutError::Timeout) {
                break;
            }
        }
    });
    let (_, counted, _) = run(&mut viewer, keys(Vec::new()), 1_000);
    drop(done);
    flood.join().unwrap();
    assert!((2..=12).contains(&counted.frames), "{} frames", counted.frames);
}

#[test]
fn keys_become_commands_and_the_end_of_a_stopped_search_ends_the_screen() {
    let hub = hub();
    let mut viewer = hub.subscribe();
    let pressed = keys(vec![(0, KeyCode::Char(' ')), (0, KeyCode::Char('q')), (0, KeyCode::Char('y'))]);
    let later = hub.clone();
    let end = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(2_000));
        later.publish(Search::new().finished());
    });
    let (leave, _, commands) = run(&mut viewer, pressed, 5_000);
    end.join().unwrap();
    assert_eq!(leave, Some(Leave::Stopped));
    assert_eq!(commands, [Command::Pause, Command::Stop]);
}

#[test]
fn an_engine_that_goes_away_leaves_the_screen_up_and_quiet() {
    let hub = hub();
    let mut viewer = hub.subscribe();
    drop(hub);
    let (leave, counted, _) = run(&mut viewer, keys(Vec::new()), 300);
    assert_eq!(leave, None);
    assert!(counted.frames <= 2, "{} frames", counted.frames);
    let (leave, ..) = run(&mut viewer, keys(vec![(50, KeyCode::Char('q'))]), 5_000);
    assert_eq!(leave, Some(Leave::Disconnected));
}

#[test]
fn suspending_hands_the_terminal_back_and_draws_it_whole_again() {
    let hub = hub();
    let suspend = Input::Key(KeyEvent::new(KeyCode::Char('z'), crossterm::event::KeyModifiers::CONTROL));
    let pressed: Keys = Box::pin(futures_util::StreamExt::chain(stream::iter([Ok(suspend)]), stream::pending()));
    let (_, counted, _) = run(&mut hub.subscribe(), pressed, 300);
    assert_eq!((counted.suspended, counted.frames), (1, 2));
}

#[test]
fn a_terminal_that_is_gone_ends_the_screen() {
    let hub = hub();
    let (leave, ..) = run(&mut hub.subscribe(), Box::pin(stream::empty()), 5_000);
    assert!(matches!(leave, Some(Leave::Signal(_))));
}
