//! Plays a recorded run, also one that is still being recorded: frames for a screen, from the database alone.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::{Database, DatabaseError};
use crate::engine::{Dashboard, Dropped, Event, Frame, Viewer};

/// How often what has changed is shown.
const TICK: Duration = Duration::from_millis(33);
/// How long events are folded before orders are looked for again.
const WORK: Duration = Duration::from_millis(20);
/// How often a player at the end looks for more.
const LOOK: Duration = Duration::from_millis(300);
/// Iterations that are read at once.
const CHUNK: u64 = 64;
/// Dashboards that are kept to jump from, and how far they are apart at first.
const KEYFRAMES: usize = 128;
const APART: u64 = 256;

/// What a player can be told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Play {
    /// Go on, at so many times the pace of the search.
    On {
        /// How many.
        speed: f64,
    },
    /// Rest.
    Rest,
    /// Show how it was after so many iterations; beyond the last, the last.
    To {
        /// How many.
        iteration: u64,
    },
}

/// Starts to play a run after so many iterations. It ends with the viewer.
///
/// # Errors
/// The system has no thread to give.
pub fn play(database: Database, iteration: u64, speed: f64) -> std::io::Result<(Viewer, Sender<Play>)> {
    // One waits while one is drawn: what is newer comes with the next.
    let (frames, receiver) = mpsc::channel(2);
    let (orders, queue) = channel();
    let mut player = Player {
        database,
        dashboard: Dashboard::default(),
        keyframes: Vec::new(),
        apart: APART,
        ahead: VecDeque::new(),
        next: 0,
        clock: 0.0,
        speed: Some(speed),
        version: 0,
        tail: false,
        looked: Instant::now(),
    };
    thread::Builder::new().name("replay".into()).spawn(move || {
        player.heed(Play::To { iteration });
        player.run(&queue, &frames);
    })?;
    Ok((Viewer::new(Dashboard::default(), receiver, Dropped::default()), orders))
}

struct Player {
    database: Database,
    dashboard: Dashboard,
    /// Dashboards after some iterations, in order.
    keyframes: Vec<(u64, Dashboard)>,
    apart: u64,
    /// Events that come next.
    ahead: VecDeque<Event>,
    /// The first iteration that is not read yet.
    next: u64,
    /// Seconds of the search's work that have been played.
    clock: f64,
    /// None where it rests.
    speed: Option<f64>,
    /// The version of the file that was read last.
    version: u64,
    /// Whether that was its end, to which more may have been added since.
    tail: bool,
    looked: Instant,
}

impl Player {
    fn run(&mut self, orders: &Receiver<Play>, frames: &mpsc::Sender<Frame>) {
        let mut changed = true;
        let mut before = Instant::now();
        while !frames.is_closed() {
            if changed {
                let frame = Frame::Snapshot(Arc::new(self.dashboard.clone()));
                changed = frames.try_send(frame).is_err();
            }
            let order = orders.recv_timeout(TICK);
            let passed = before.elapsed();
            before = Instant::now();
            match order {
                Ok(order) => {
                    changed |= self.heed(order);
                    while let Ok(order) = orders.try_recv() {
                        changed |= self.heed(order);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let advanced = self.advance(passed.as_secs_f64());
            changed |= self.heard(advanced);
        }
    }

    /// Does what was ordered; gives whether that changed what is shown.
    fn heed(&mut self, order: Play) -> bool {
        match order {
            Play::On { speed } => self.speed = Some(speed),
            Play::Rest => self.speed = None,
            Play::To { iteration } => {
                let jumped = self.jump(iteration).map(|()| true);
                return self.heard(jumped);
            }
        }
        false
    }

    /// Shows what cannot be read, and rests.
    fn heard(&mut self, read: Result<bool, DatabaseError>) -> bool {
        read.unwrap_or_else(|cause| {
            let message = format!("the recording cannot be read: {cause}");
            self.dashboard.apply(&Event::Warning { iteration: self.dashboard.iteration, message });
            self.speed = None;
            true
        })
    }

    /// Folds the events until an iteration, from the last kept dashboard before it.
    fn jump(&mut self, iteration: u64) -> Result<(), DatabaseError> {
        let last = self.database.last()?;
        let iteration = iteration.min(last);
        let nearest = self.keyframes.iter().rev().find(|(number, _)| *number <= iteration);
        (self.next, self.dashboard) =
            nearest.map_or_else(|| (0, Dashboard::default()), |(number, kept)| (number + 1, kept.clone()));
        self.ahead.clear();
        while self.next <= iteration {
            self.read(iteration, last)?;
            while let Some(event) = self.ahead.pop_front() {
                self.fold(&event);
            }
        }
        self.clock = self.dashboard.seconds;
        Ok(())
    }

    /// Reads the next events, of iterations up to this one.
    fn read(&mut self, until: u64, last: u64) -> Result<(), DatabaseError> {
        let to = until.min(last).min(self.next + CHUNK - 1);
        self.version = self.database.changes()?;
        self.tail = to == last;
        self.ahead.extend(self.database.events(self.next..=to)?);
        self.next = to + 1;
        Ok(())
    }

    /// Folds an event. A dashboard is kept where the next iteration begins: before that, more may happen.
    fn fold(&mut self, event: &Event) {
        let number = self.dashboard.iteration;
        if matches!(event, Event::Iteration(_))
            && number.is_multiple_of(self.apart)
            && number > self.keyframes.last().map_or(0, |(newest, _)| *newest)
        {
            if self.keyframes.len() == KEYFRAMES {
                self.apart *= 2;
                self.keyframes.retain(|(number, _)| number.is_multiple_of(self.apart));
            }
            self.keyframes.push((number, self.dashboard.clone()));
        }
        self.dashboard.apply(event);
    }

    /// Plays on for so many seconds; gives whether that changed what is shown.
    fn advance(&mut self, seconds: f64) -> Result<bool, DatabaseError> {
        let Some(speed) = self.speed else { return Ok(false) };
        self.clock += seconds * speed;
        let start = Instant::now();
        let mut changed = false;
        loop {
            if self.ahead.is_empty() {
                if self.tail {
                    if !self.grew()? {
                        return Ok(changed);
                    }
                    // What came last may be followed by more before the next iteration.
                    self.jump(self.dashboard.iteration)?;
                    changed = true;
                }
                let last = self.database.last()?;
                if self.next > last {
                    return Ok(changed);
                }
                self.read(u64::MAX, last)?;
            }
            match self.ahead.front() {
                Some(Event::Iteration(one)) if one.seconds > self.clock => return Ok(changed),
                Some(_) if start.elapsed() > WORK => {
                    self.clock = self.dashboard.seconds;
                    return Ok(changed);
                }
                _ => {}
            }
            if let Some(event) = self.ahead.pop_front() {
                self.fold(&event);
                changed = true;
            }
        }
    }

    /// At the end: whether something was added since. Asked now and then only.
    fn grew(&mut self) -> Result<bool, DatabaseError> {
        self.clock = self.dashboard.seconds;
        if self.looked.elapsed() < LOOK {
            return Ok(false);
        }
        self.looked = Instant::now();
        Ok(self.database.changes()? != self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::run::database::{Writer, tests};

    fn recorded(events: &[Event]) -> (tempfile::TempDir, Writer) {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(folder.path(), &Settings::default(), || 0).unwrap();
        writer.write(&tests::timed(events), false).unwrap();
        (folder, writer)
    }

    /// The next frame that fits.
    fn see(viewer: &mut Viewer, fits: impl Fn(&Dashboard) -> bool) -> Dashboard {
        let start = Instant::now();
        loop {
            if let Ok(Frame::Snapshot(dashboard)) = viewer.frames.try_recv()
                && fits(&dashboard)
            {
                return (*dashboard).clone();
            }
            assert!(start.elapsed() < Duration::from_secs(20), "nothing fits");
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn jumps_show_what_the_live_screen_showed() {
        let events = tests::search();
        let (folder, _writer) = recorded(&events);
        let database = Database::open(folder.path()).unwrap();
        let (mut viewer, orders) = play(Database::open(folder.path()).unwrap(), 7, 1.0).unwrap();
        orders.send(Play::Rest).unwrap();
        see(&mut viewer, |dashboard| dashboard.iteration == 7);
        for iteration in [30, 3, 0, 99] {
            orders.send(Play::To { iteration }).unwrap();
            let shown = see(&mut viewer, |dashboard| dashboard.iteration == iteration.min(40));
            assert!(shown == database.dashboard_at(iteration).unwrap());
        }
    }

    #[test]
    fn it_plays_to_the_end_and_on_with_what_is_recorded_meanwhile() {
        let events = tests::search();
        let middle = events.len() / 2;
        let (folder, mut writer) = recorded(&events[..middle]);
        let database = Database::open(folder.path()).unwrap();
        let (mut viewer, _orders) = play(Database::open(folder.path()).unwrap(), 0, 1000.0).unwrap();
        let last = database.last().unwrap();
        see(&mut viewer, |dashboard| dashboard.iteration == last);
        writer.write(&tests::timed(&events[middle..]), false).unwrap();
        let end = see(&mut viewer, |dashboard| dashboard.results.is_some());
        assert!(end == database.dashboard_at(u64::MAX).unwrap());
    }

    #[test]
    fn kept_dashboards_stay_few_and_right() {
        let events: Vec<Event> = (1..=9_000).map(tests::iteration).collect();
        let (folder, _writer) = recorded(&[&tests::search()[..1], &events].concat());
        let database = Database::open(folder.path()).unwrap();
        let (mut viewer, orders) = play(Database::open(folder.path()).unwrap(), 9_000, 1.0).unwrap();
        orders.send(Play::Rest).unwrap();
        see(&mut viewer, |dashboard| dashboard.iteration == 9_000);
        orders.send(Play::To { iteration: 5_000 }).unwrap();
        let shown = see(&mut viewer, |dashboard| dashboard.iteration == 5_000);
        assert!(shown == database.dashboard_at(5_000).unwrap());
    }
}
