//! The loop: signals before input before frames, one draw for all that has come, and none without a cause.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::mpsc::Sender;
use std::task::Poll;
use std::time::Duration;

use crossterm::event::{Event as Input, KeyEventKind};
use futures_util::{Stream, StreamExt};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::Leave;
use super::app::{App, Effect, News};
use super::terminal::{Painter, Surface};
use crate::engine::{Command, Event, Frame};

/// Inputs and frames taken in before a draw at most, so that a flood of them cannot hold the screen still.
const BATCH: usize = 1024;
/// The span over which draws are counted.
const SECOND: Duration = Duration::from_secs(1);

/// How far apart news of the search is drawn at least: nobody reads figures that stand for less than a second, and each
/// draw takes from the search and from the link.
const NEWS: Duration = Duration::from_secs(1);
/// The same where a recorded run is played: what is looked at there is how it moves.
const MOTION: Duration = Duration::from_millis(250);

/// At most so many draws in any second. News of the search is spaced; the rest is kept for keys and what they lead to,
/// which are drawn at once.
struct Pace {
    a_second: usize,
    news: Duration,
    drawn: VecDeque<Instant>,
}

impl Pace {
    fn new(a_second: usize, news: Duration) -> Self {
        Self { a_second: a_second.max(1), news, drawn: VecDeque::new() }
    }

    /// When the next draw may be.
    fn due(&self, pressed: bool) -> Option<Instant> {
        let room = self.drawn.len().checked_sub(self.a_second).map(|oldest| self.drawn[oldest] + SECOND);
        let spaced = self.drawn.back().filter(|_| !pressed).map(|&last| last + self.news);
        room.max(spaced)
    }

    fn drew(&mut self, now: Instant) {
        self.drawn.push_back(now);
        if self.drawn.len() > self.a_second {
            self.drawn.pop_front();
        }
    }
}

/// The signals that a screen heeds.
struct Signals(Vec<(i32, Signal)>);

impl Signals {
    fn new() -> io::Result<Self> {
        let listen = |number| Ok((number, signal(SignalKind::from_raw(number))?));
        Ok(Self([SIGTERM, SIGHUP, SIGINT, SIGTSTP].into_iter().map(listen).collect::<io::Result<_>>()?))
    }

    async fn next(&mut self) -> i32 {
        std::future::poll_fn(|context| {
            for (number, signal) in &mut self.0 {
                if signal.poll_recv(context).is_ready() {
                    return Poll::Ready(*number);
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// Whether and why to draw.
#[derive(Default)]
struct Dirty {
    changed: bool,
    pressed: bool,
}

/// Runs the screen until the person, a signal or the end of a stopped search ends it.
pub(super) async fn run<S: Surface>(
    app: &mut App,
    painter: &mut Painter<S>,
    input: &mut (impl Stream<Item = io::Result<Input>> + Unpin),
    frames: &mut mpsc::Receiver<Frame>,
    news: &mut mpsc::Receiver<News>,
    commands: &Sender<Command>,
    draws_a_second: usize,
) -> io::Result<Leave> {
    let mut signals = Signals::new()?;
    let mut pace = Pace::new(draws_a_second, if app.view.playback.is_some() { MOTION } else { NEWS });
    let mut dirty = Dirty { changed: true, pressed: true };
    loop {
        if dirty.changed && pace.due(dirty.pressed).is_none_or(|due| due <= Instant::now()) {
            if let Err(error) = painter.paint(|area, buffer| app.draw(area, buffer)) {
                // The terminal is gone, as the end of what is typed says too.
                let gone = error.raw_os_error() == Some(libc::EIO);
                return if gone { Ok(Leave::Signal(SIGHUP)) } else { Err(error) };
            }
            pace.drew(Instant::now());
            dirty = Dirty::default();
        }
        let due = pace.due(dirty.pressed).unwrap_or_else(Instant::now);
        tokio::select! {
            biased;
            number = signals.next() => {
                if number != SIGTSTP {
                    return Ok(Leave::Signal(number));
                }
                painter.surface.suspend()?;
                painter.invalidate();
                dirty = Dirty { changed: true, pressed: true };
            }
            first = input.next() => {
                let mut next = Some(first);
                for _ in 0..BATCH {
                    let Some(arrived) = next.take() else { break };
                    // The terminal is gone, which reaches some programs before SIGHUP does, and some without it.
                    let Some(Ok(arrived)) = arrived else { return Ok(Leave::Signal(SIGHUP)) };
                    if let Some(leave) = take_input(app, painter, &arrived, commands, &mut dirty)? {
                        return Ok(leave);
                    }
                    next = ready(input).await;
                }
            }
            frame = frames.recv(), if app.view.connected => {
                let mut next = frame;
                if next.is_none() {
                    app.disconnect();
                }
                for _ in 0..BATCH {
                    let Some(frame) = next else { break };
                    dirty.pressed |= answers(&frame);
                    app.take(&frame);
                    next = frames.try_recv().ok();
                }
                dirty.changed = true;
            }
            Some(heard) = news.recv() => {
                dirty.pressed |= matches!(heard, News::Ended(_));
                app.hear(heard);
                dirty.changed = true;
            }
            () = sleep_until(due), if dirty.changed => {}
        }
        if let Some(leave) = app.leave() {
            return Ok(leave);
        }
    }
}

fn take_input<S: Surface>(
    app: &mut App,
    painter: &mut Painter<S>,
    input: &Input,
    commands: &Sender<Command>,
    dirty: &mut Dirty,
) -> io::Result<Option<Leave>> {
    match input {
        Input::Key(key) if key.kind != KeyEventKind::Release => match app.press(*key) {
            Effect::None => {}
            Effect::Send(command) => {
                if commands.send(command).is_err() {
                    app.disconnect();
                }
            }
            Effect::Play(order) => {
                if app.player.as_ref().is_none_or(|player| player.send(order).is_err()) {
                    app.disconnect();
                }
            }
            Effect::Redraw => painter.invalidate(),
            Effect::Suspend => {
                painter.surface.suspend()?;
                painter.invalidate();
            }
            Effect::Copy(text) => painter.surface.copy(&text)?,
            Effect::Save { name, text } => app.save(&name, &text),
            Effect::Train(start) => app.start(&start),
            Effect::Halt(model) => app.halt(&model),
            Effect::Mouse(on) => painter.surface.mouse(on)?,
            Effect::Leave(leave) => return Ok(Some(leave)),
        },
        Input::Mouse(mouse) => app.point(*mouse),
        Input::Resize(..) => {}
        _ => return Ok(None),
    }
    *dirty = Dirty { changed: true, pressed: true };
    Ok(None)
}

/// Whether a frame may be what a person waits for: all but the steady news of iterations.
fn answers(frame: &Frame) -> bool {
    match frame {
        Frame::Event(event) => !matches!(
            **event,
            Event::Iteration(_)
                | Event::Validated(_)
                | Event::Thetas { .. }
                | Event::Checkpointed { .. }
                | Event::Output { .. }
                | Event::Usage(_)
                | Event::Trainings(_)
        ),
        Frame::Snapshot(_) => false,
    }
}

/// The next item if it is there already. The stream is polled with this task's own waker, which it may remember.
async fn ready<T>(stream: &mut (impl Stream<Item = T> + Unpin)) -> Option<Option<T>> {
    std::future::poll_fn(|context| match Pin::new(&mut *stream).poll_next(context) {
        Poll::Ready(item) => Poll::Ready(Some(item)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
