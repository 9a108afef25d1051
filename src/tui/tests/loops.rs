//! The loop on a terminal that only counts, in a time that passes only where everything waits for it.

use std::future::Future;
use std::io;
use std::sync::mpsc as orders;
use std::time::Duration;

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use futures_util::stream;
use ratatui::layout::Rect;
use tokio::time::{Instant, sleep, timeout};

use super::sample::{ITERATIONS, Search};
use super::*;
use crate::engine::{Command, Hub, State, Usage, Viewer};
use crate::tui::terminal::{Painter, Surface};
use crate::tui::view::{Playback, Tab};
use crate::tui::{Leave, event_loop};

/// Iterations a second of the default search, about.
const PACE: u64 = 11;
/// Bytes of a whole frame at most.
const WHOLE: usize = 8 * 1024;
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

#[derive(Default)]
struct Counted {
    /// When each frame was shown.
    frames: Vec<Instant>,
    bytes: usize,
    last: Vec<u8>,
    suspended: usize,
}

impl Counted {
    /// The most frames in any second.
    fn a_second(&self) -> usize {
        let within =
            |from: Instant| self.frames.iter().filter(move |&&at| at >= from && at < from + Duration::from_secs(1));
        self.frames.iter().map(|&from| within(from).count()).max().unwrap_or(0)
    }
}

impl Surface for Counted {
    fn area(&self) -> Rect {
        Rect::new(0, 0, 120, 40)
    }

    fn show(&mut self, frame: &[u8]) -> io::Result<()> {
        // There is one only in a runtime.
        if tokio::runtime::Handle::try_current().is_ok() {
            self.frames.push(Instant::now());
        }
        self.bytes += frame.len();
        self.last = frame.into();
        Ok(())
    }

    fn mouse(&mut self, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn copy(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.suspended += 1;
        Ok(())
    }
}

type Keys = std::pin::Pin<Box<dyn futures_util::Stream<Item = io::Result<Input>>>>;

/// Presses these keys, each after so many milliseconds.
fn keys(keys: impl IntoIterator<Item = (u64, KeyCode)> + 'static) -> Keys {
    Box::pin(stream::unfold(keys.into_iter(), |mut keys| async move {
        match keys.next() {
            Some((wait, code)) => {
                sleep(Duration::from_millis(wait)).await;
                Some((Ok(Input::Key(KeyEvent::from(code))), keys))
            }
            None => std::future::pending().await,
        }
    }))
}

fn no_keys() -> Keys {
    keys([])
}

/// How a loop is run.
struct Run {
    seconds: u64,
    draws_a_second: usize,
    tab: Tab,
    replay: bool,
}

const RUN: Run = Run { seconds: 5, draws_a_second: 20, tab: Tab::Overview, replay: false };

impl Run {
    /// Runs the loop beside something else, for so many seconds at most.
    fn beside(
        self,
        viewer: &mut Viewer,
        mut keys: Keys,
        other: impl Future<Output = ()>,
    ) -> (Option<Leave>, Counted, Vec<Command>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let mut app = App::new("test".into(), Theme::COLOUR);
        app.replace(viewer.dashboard.clone());
        app.view.show(self.tab);
        app.view.playback = self.replay.then_some(Playback { playing: true, speed: 1.0, target: None });
        let mut painter = Painter::new(Counted::default());
        let (sender, receiver) = orders::channel();
        let (_kept, mut news) = tokio::sync::mpsc::channel(1);
        let leave = runtime.block_on(async {
            let screen = event_loop::run(
                &mut app,
                &mut painter,
                &mut keys,
                &mut viewer.frames,
                &mut news,
                &sender,
                self.draws_a_second,
            );
            let both = async { tokio::join!(timeout(Duration::from_secs(self.seconds), screen), other).0 };
            // What goes on beside it may have no end.
            timeout(Duration::from_secs(self.seconds + 1), both).await
        });
        (leave.ok().and_then(Result::ok).map(Result::unwrap), painter.surface, receiver.try_iter().collect())
    }

    fn alone(self, viewer: &mut Viewer, keys: Keys) -> (Option<Leave>, Counted, Vec<Command>) {
        self.beside(viewer, keys, async {})
    }
}

fn hub() -> Hub {
    hub_until(450)
}

fn hub_until(iteration: u64) -> Hub {
    let hub = Hub::default();
    Search::new().until(iteration).into_iter().for_each(|event| hub.publish(event));
    hub
}

/// The events of some iterations, as a search of the default pace has them.
fn iterations(numbers: impl Iterator<Item = u64>) -> Vec<Vec<Event>> {
    let search = Search::new();
    let paced = |number: u64, mut event: Event| {
        if let Event::Iteration(iteration) = &mut event {
            iteration.seconds = number as f64 / PACE as f64;
        }
        event
    };
    let usage = |number: u64| {
        // Up and down, as often as it is measured.
        let high = number.is_multiple_of(10 * PACE) as u64;
        let usage = Usage { processors: 1.0 + high as f64, memory: (300 + 100 * high) * 1_000_000, gpu: None };
        number.is_multiple_of(5 * PACE).then_some(Event::Usage(usage))
    };
    let events = |number| search.iteration(number).into_iter().map(move |event| paced(number, event));
    numbers.map(|number| events(number).chain(usage(number)).collect()).collect()
}

/// Publishes events, so many groups a second.
async fn publish(hub: &Hub, groups: Vec<Vec<Event>>, a_second: u64) {
    for events in groups {
        sleep(Duration::from_secs(1) / a_second as u32).await;
        events.into_iter().for_each(|event| hub.publish(event));
    }
}

#[test]
fn a_search_that_rests_costs_one_frame() {
    for state in [State::Running, State::Paused { reason: None }] {
        let hub = hub();
        hub.publish(Event::State { state });
        let (leave, counted, _) = Run { seconds: 3_600, ..RUN }.alone(&mut hub.subscribe(), no_keys());
        assert_eq!((leave, counted.frames.len()), (None, 1));
    }
}

#[test]
fn a_whole_frame_is_one_small_write_on_every_page() {
    let mut app = searching();
    let mut painter = Painter::new(Counted::default());
    for tab in Tab::ALL {
        for key in ["esc", "?", "esc", ":"] {
            app.view.show(tab);
            crate::tui::tests::keys::press(&mut app, key);
            painter.invalidate();
            let before = painter.surface.bytes;
            painter.paint(|area, buffer| app.draw(area, buffer)).unwrap();
            let frame = &painter.surface.last;
            assert_eq!(painter.surface.bytes - before, frame.len(), "one write");
            assert!(frame.len() <= WHOLE, "{} bytes: {tab:?} after {key}", frame.len());
            assert!(frame.starts_with(BEGIN) && frame.ends_with(END), "{tab:?}");
        }
    }
}

#[test]
fn a_live_search_takes_little_of_a_link() {
    // From the warm-up to what is nearly decided: a minute in which everything moves.
    let groups = iterations(ITERATIONS - 60 * PACE..ITERATIONS);
    for tab in Tab::ALL {
        let hub = hub_until(ITERATIONS - 60 * PACE - 1);
        let (_, counted, _) = Run { seconds: 60, tab, ..RUN }.beside(
            &mut hub.subscribe(),
            no_keys(),
            publish(&hub, groups.clone(), PACE),
        );
        let (frames, a_second) = (counted.frames.len(), counted.bytes / 60);
        assert!((55..=70).contains(&frames), "{frames} frames of {tab:?}");
        assert!(a_second <= 2 * 1024, "{a_second} bytes a second of {tab:?}");
    }
}

#[test]
fn a_flood_of_events_becomes_few_frames() {
    for (replay, most) in [(false, 6), (true, 21)] {
        let hub = hub();
        let flood = publish(&hub, iterations(451..5_451), 1_000);
        let (_, counted, _) = Run { replay, ..RUN }.beside(&mut hub.subscribe(), no_keys(), flood);
        let frames = counted.frames.len();
        assert!((most / 2..=most).contains(&frames), "{frames} frames, replay: {replay}");
    }
}

#[test]
fn keys_are_answered_at_once_and_not_more_often_than_a_link_bears() {
    for draws_a_second in [10, 30] {
        let hub = hub();
        // Each of these changes what is on screen.
        let pressed = (0..500).map(|press| (5, KeyCode::Char(if press % 2 == 0 { ']' } else { '[' })));
        let news = publish(&hub, iterations(451..500), PACE);
        let (_, counted, _) = Run { draws_a_second, ..RUN }.beside(&mut hub.subscribe(), keys(pressed), news);
        assert_eq!(counted.a_second(), draws_a_second);
    }
    let hub = hub();
    let pressed = keys([(700, KeyCode::Char(']'))]);
    let news = publish(&hub, iterations(451..460), PACE);
    let (_, counted, _) = Run { seconds: 1, ..RUN }.beside(&mut hub.subscribe(), pressed, news);
    let after: Vec<_> = counted.frames.iter().map(|&at| (at - counted.frames[0]).as_millis()).collect();
    assert_eq!(after, [0, 700]);
}

#[test]
fn keys_become_commands_and_the_end_of_a_stopped_search_ends_the_screen() {
    let hub = hub();
    let pressed = keys([(0, KeyCode::Char(' ')), (0, KeyCode::Char('q')), (0, KeyCode::Char('y'))]);
    let end = async {
        sleep(Duration::from_secs(2)).await;
        hub.publish(Search::new().finished());
    };
    let (leave, _, commands) = RUN.beside(&mut hub.subscribe(), pressed, end);
    assert_eq!(leave, Some(Leave::Stopped));
    assert_eq!(commands, [Command::Pause, Command::Stop]);
}

#[test]
fn an_engine_that_goes_away_leaves_the_screen_up_and_quiet() {
    let hub = hub();
    let mut viewer = hub.subscribe();
    drop(hub);
    let (leave, counted, _) = RUN.alone(&mut viewer, no_keys());
    assert_eq!(leave, None);
    assert!(counted.frames.len() <= 2, "{} frames", counted.frames.len());
    let (leave, ..) = RUN.alone(&mut viewer, keys([(50, KeyCode::Char('q'))]));
    assert_eq!(leave, Some(Leave::Disconnected));
}

#[test]
fn suspending_hands_the_terminal_back_and_draws_it_whole_again() {
    let hub = hub();
    let suspend = Input::Key(KeyEvent::new(KeyCode::Char('z'), KeyModifiers::CONTROL));
    let pressed: Keys = Box::pin(futures_util::StreamExt::chain(stream::iter([Ok(suspend)]), stream::pending()));
    let (_, counted, _) = RUN.alone(&mut hub.subscribe(), pressed);
    assert_eq!((counted.suspended, counted.frames.len()), (1, 2));
}

#[test]
fn a_terminal_that_is_gone_ends_the_screen() {
    let hub = hub();
    let (leave, ..) = RUN.alone(&mut hub.subscribe(), Box::pin(stream::empty()));
    assert!(matches!(leave, Some(Leave::Signal(_))));
}
