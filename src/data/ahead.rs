//! Batches that are made before anybody asks for them.
//!
//! Threads make the batches behind the one that was asked for last, so many of them and no more. What a batch holds
//! depends on its number alone, so that it does not matter which thread makes it, nor in which order they are asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::{Batch, DataError};

/// Makes the batch of a number.
type Make = dyn Fn(u64) -> Result<Batch, DataError> + Send + Sync;

/// The threads, and what they have made. Dropping it ends them.
pub(super) struct Ahead {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    make: Box<Make>,
    /// How many batches behind the next one are made before they are asked for.
    depth: u64,
    /// How many numbers there are, where they begin again.
    cycle: Option<u64>,
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    /// The number that will be asked for next; none before the first.
    next: Option<u64>,
    ready: BTreeMap<u64, Result<Batch, DataError>>,
    making: BTreeSet<u64>,
    closed: bool,
}

impl Ahead {
    /// Starts so many threads.
    pub(super) fn start(
        threads: usize,
        depth: u64,
        cycle: Option<u64>,
        make: impl Fn(u64) -> Result<Batch, DataError> + Send + Sync + 'static,
    ) -> Result<Self, DataError> {
        let (queue, changed) = (Mutex::default(), Condvar::new());
        let shared = Arc::new(Shared { make: Box::new(make), depth, cycle, queue, changed });
        let mut ahead = Self { shared, threads: Vec::new() };
        for _ in 0..threads.max(1) {
            let shared = Arc::clone(&ahead.shared);
            let thread = thread::Builder::new().name("pictures".into()).spawn(move || shared.work());
            ahead.threads.push(thread.map_err(|cause| DataError::Ahead(cause.to_string()))?);
        }
        Ok(ahead)
    }

    /// Waits for a batch, and has those behind it made.
    pub(super) fn get(&self, number: u64) -> Result<Batch, DataError> {
        let shared = &*self.shared;
        let number = shared.behind(number, 0);
        let mut queue = shared.lock();
        queue.next = Some(number);
        queue.ready.retain(|&made, _| shared.is_near(number, made));
        shared.changed.notify_all();
        loop {
            if let Some(batch) = queue.ready.remove(&number) {
                queue.next = Some(shared.behind(number, 1));
                shared.changed.notify_all();
                return batch;
            }
            queue = shared.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // A panic was the error of its batch.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number so many places behind another.
    fn behind(&self, number: u64, places: u64) -> u64 {
        let sum = number.wrapping_add(places);
        self.cycle.map_or(sum, |cycle| sum % cycle)
    }

    /// The numbers that are to be ready when this one is asked for next.
    fn wanted(&self, next: u64) -> impl Iterator<Item = u64> {
        (0..=self.depth).map(move |places| self.behind(next, places))
    }

    fn is_near(&self, next: u64, number: u64) -> bool {
        self.wanted(next).any(|wanted| wanted == number)
    }

    fn work(&self) {
        let mut queue = self.lock();
        while !queue.closed {
            let is_new = |number: &u64| !queue.ready.contains_key(number) && !queue.making.contains(number);
            let Some(number) = queue.next.and_then(|next| self.wanted(next).find(is_new)) else {
                queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            queue.making.insert(number);
            drop(queue);
            let made = catch_unwind(AssertUnwindSafe(|| (self.make)(number)));
            let made = made.unwrap_or_else(|_| Err(DataError::Ahead("a thread panicked, as the log says".into())));
            queue = self.lock();
            queue.making.remove(&number);
            if queue.next.is_some_and(|next| self.is_near(next, number)) {
                queue.ready.insert(number, made);
                self.changed.notify_all();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use proptest::prelude::*;

    use super::*;
    use crate::space::network::PictureShape;

    fn batch(number: u64) -> Batch {
        let shape = PictureShape { channels: 1, height: 1, width: 1 };
        Batch { values: vec![number as f32], labels: vec![number as i64], shape }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(30))]
        #[test]
        fn whatever_is_asked_for_comes(
            asked in proptest::collection::vec(0..12u64, 1..30), threads in 1..4usize, depth in 0..5u64, wraps in any::<bool>(),
        ) {
            let ahead = Ahead::start(threads, depth, wraps.then_some(5), |number| Ok(batch(number))).unwrap();
            for number in asked {
                let expected = if wraps { number % 5 } else { number };
                prop_assert_eq!(ahead.get(number).unwrap(), batch(expected));
            }
        }
    }

    #[test]
    fn so_many_are_made_ahead_and_no_more() {
        let made = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&made);
        let make = move |number| {
            count.fetch_add(1, Ordering::SeqCst);
            Ok(batch(number))
        };
        let ahead = Ahead::start(2, 3, None, make).unwrap();
        for number in 0..20 {
            ahead.get(number).unwrap();
        }
        // The twenty, and numbers 20 to 23 once they are there.
        while made.load(Ordering::SeqCst) < 24 {
            thread::yield_now();
        }
        while !ahead.shared.lock().making.is_empty() {
            thread::yield_now();
        }
        let ready: Vec<u64> = ahead.shared.lock().ready.keys().copied().collect();
        assert_eq!((made.load(Ordering::SeqCst), ready), (24, vec![20, 21, 22, 23]));
    }

    #[test]
    fn errors_and_panics_are_values_and_the_threads_go_on() {
        let make = |number| match number {
            1 => Err(DataError::Ahead("gone".into())),
            2 => panic!("a bug"),
            number => Ok(batch(number)),
        };
        let ahead = Ahead::start(1, 2, None, make).unwrap();
        assert!(ahead.get(0).is_ok());
        assert!(ahead.get(1).unwrap_err().to_string().ends_with("gone"));
        assert!(ahead.get(2).unwrap_err().to_string().contains("panicked"));
        assert!(ahead.get(3).is_ok());
    }
}
