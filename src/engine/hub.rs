//! From the one search to any number of viewers.
//!
//! Publishing never waits: each viewer has a bounded queue, and where that is full its frames are dropped and
//! counted. Since a fold with missing events would be wrong, a viewer that has fallen behind gets the whole dashboard
//! as its next frame.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::mpsc;

use super::{Dashboard, Event};

/// Frames that wait for a viewer at most.
const QUEUE: usize = 256;

/// What a viewer receives.
#[derive(Clone, Debug)]
pub enum Frame {
    /// The next event.
    Event(Arc<Event>),
    /// The whole dashboard, in place of events that were dropped.
    Snapshot(Arc<Dashboard>),
}

/// One viewer's end of the hub.
#[derive(Debug)]
pub struct Viewer {
    /// The dashboard as it was when the viewer came.
    pub dashboard: Dashboard,
    /// Everything that happened since.
    pub frames: mpsc::Receiver<Frame>,
    dropped: Dropped,
    /// Where the frames come from, and the number there.
    hub: Option<(Weak<Mutex<Inner>>, u64)>,
}

impl Viewer {
    /// A viewer whose frames come from elsewhere than a hub.
    pub fn new(dashboard: Dashboard, frames: mpsc::Receiver<Frame>, dropped: Dropped) -> Self {
        Self { dashboard, frames, dropped, hub: None }
    }

    /// Events that this viewer was too slow for.
    pub fn dropped(&self) -> u64 {
        self.dropped.get()
    }

    /// Their count, to be asked later.
    pub fn dropped_count(&self) -> Dropped {
        self.dropped.clone()
    }

    /// For a viewer that has taken all its frames: the dashboard as it is now, where events were dropped that no later
    /// frame has made up for. What had been waiting is in it.
    pub fn catch_up(&mut self) -> Option<Dashboard> {
        let (hub, number) = self.hub.as_ref()?;
        let hub = Hub(hub.upgrade()?);
        let mut inner = hub.lock();
        let outlet = inner.outlets.iter_mut().find(|outlet| outlet.number == *number)?;
        if !std::mem::take(&mut outlet.behind) {
            return None;
        }
        while self.frames.try_recv().is_ok() {}
        Some(inner.dashboard.clone())
    }
}

/// A count of events that somebody was too slow for.
#[derive(Clone, Debug, Default)]
pub struct Dropped(Arc<AtomicU64>);

impl Dropped {
    /// So many in all.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Takes over a count.
    pub fn set(&self, count: u64) {
        self.0.store(count, Ordering::Relaxed);
    }

    fn one_more(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Debug)]
struct Outlet {
    number: u64,
    frames: mpsc::Sender<Frame>,
    dropped: Dropped,
    behind: bool,
}

#[derive(Debug, Default)]
struct Inner {
    dashboard: Dashboard,
    outlets: Vec<Outlet>,
    /// Viewers that came so far.
    arrived: u64,
}

/// Passes events on to viewers.
#[derive(Clone, Debug, Default)]
pub struct Hub(Arc<Mutex<Inner>>);

impl Hub {
    /// One that goes on from a dashboard.
    pub fn new(dashboard: Dashboard) -> Self {
        Self(Arc::new(Mutex::new(Inner { dashboard, outlets: Vec::new(), arrived: 0 })))
    }

    /// Adds a viewer.
    pub fn subscribe(&self) -> Viewer {
        let (frames, receiver) = mpsc::channel(QUEUE);
        let dropped = Dropped::default();
        let mut inner = self.lock();
        inner.arrived += 1;
        let number = inner.arrived;
        inner.outlets.push(Outlet { number, frames, dropped: dropped.clone(), behind: false });
        Viewer {
            dashboard: inner.dashboard.clone(),
            frames: receiver,
            dropped,
            hub: Some((Arc::downgrade(&self.0), number)),
        }
    }

    /// Passes an event on, without waiting for anyone.
    pub fn publish(&self, event: Event) {
        let mut inner = self.lock();
        inner.dashboard.apply(&event);
        let event = Arc::new(event);
        let Inner { dashboard, outlets, .. } = &mut *inner;
        outlets.retain_mut(|outlet| {
            // The place first: a viewer that makes room in between must not get an event after those that were dropped.
            match outlet.frames.try_reserve() {
                Ok(place) => place.send(match std::mem::take(&mut outlet.behind) {
                    true => Frame::Snapshot(Arc::new(dashboard.clone())),
                    false => Frame::Event(Arc::clone(&event)),
                }),
                Err(mpsc::error::TrySendError::Full(())) => {
                    outlet.behind = true;
                    outlet.dropped.one_more();
                }
                Err(mpsc::error::TrySendError::Closed(())) => return false,
            }
            true
        });
    }

    /// Looks at the dashboard as it is now, for a moment, since events wait meanwhile.
    pub fn look<T>(&self, look: impl FnOnce(&Dashboard) -> T) -> T {
        look(&self.lock().dashboard)
    }

    /// The dashboard as it is now.
    pub fn dashboard(&self) -> Dashboard {
        self.lock().dashboard.clone()
    }

    /// The fold cannot panic half-way, so that a poisoned lock still guards a sound dashboard.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning(number: u64) -> Event {
        Event::Warning { iteration: number, message: number.to_string() }
    }

    fn drain(viewer: &mut Viewer) -> Dashboard {
        let mut dashboard = viewer.dashboard.clone();
        while let Ok(frame) = viewer.frames.try_recv() {
            match frame {
                Frame::Event(event) => dashboard.apply(&event),
                Frame::Snapshot(snapshot) => dashboard = (*snapshot).clone(),
            }
        }
        dashboard
    }

    #[test]
    fn a_slow_viewer_loses_frames_that_are_counted_and_then_catches_up() {
        let hub = Hub::default();
        let mut viewer = hub.subscribe();
        for number in 0..400 {
            hub.publish(warning(number));
        }
        assert_eq!(viewer.dropped(), 400 - QUEUE as u64);
        drain(&mut viewer);
        hub.publish(warning(400));
        assert_eq!(drain(&mut viewer), hub.dashboard());
    }

    #[test]
    fn a_slow_viewer_of_a_search_that_has_gone_quiet_catches_up() {
        let hub = Hub::default();
        let mut viewer = hub.subscribe();
        assert_eq!(viewer.catch_up(), None);
        for number in 0..400 {
            hub.publish(warning(number));
        }
        drain(&mut viewer);
        assert_eq!(viewer.catch_up(), Some(hub.dashboard()));
        assert_eq!(viewer.catch_up(), None);
        hub.publish(warning(400));
        assert!(matches!(viewer.frames.try_recv(), Ok(Frame::Event(_))));
    }

    #[test]
    fn a_viewer_that_takes_frames_while_others_are_dropped_never_misses_one_unnoticed() {
        let hub = Hub::default();
        let mut viewer = hub.subscribe();
        let publisher = hub.clone();
        let publishing = std::thread::spawn(move || (0..400_000).for_each(|number| publisher.publish(warning(number))));
        let mut dashboard = viewer.dashboard.clone();
        let mut newest = None;
        while newest != Some(399_999) {
            match viewer.frames.try_recv() {
                Ok(Frame::Event(event)) => {
                    let Event::Warning { iteration, .. } = *event else { panic!("{event:?}") };
                    assert!(newest.is_none_or(|newest| iteration == newest + 1), "{newest:?} before {iteration}");
                    dashboard.apply(&event);
                }
                Ok(Frame::Snapshot(snapshot)) => dashboard = (*snapshot).clone(),
                Err(_) => {
                    if let Some(latest) = viewer.catch_up() {
                        dashboard = latest;
                    }
                }
            }
            newest = dashboard.log.back().map(|entry| entry.text.parse::<u64>().unwrap());
        }
        publishing.join().unwrap();
        assert_eq!(dashboard, hub.dashboard());
    }

    #[test]
    fn a_late_viewer_starts_from_the_dashboard_so_far() {
        let hub = Hub::default();
        hub.publish(warning(1));
        let mut viewer = hub.subscribe();
        hub.publish(warning(2));
        assert_eq!(drain(&mut viewer).log.len(), 2);
    }
}
