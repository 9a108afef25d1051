//! Decoded pictures that stay in memory.
//!
//! An epoch asks for every picture once, in an order of its own, so that any pictures are as good to keep as any others:
//! those that come first stay, and none is ever given up for another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A picture, decoded and resized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Red, green and blue planes.
    pub pixels: Arc<[u8]>,
}

/// Bytes that an entry takes beside its pixels, about.
const ENTRY: u64 = 96;

/// Up to so many bytes of decoded pictures, by the number of their file.
#[derive(Debug)]
pub(super) struct Cache {
    most: u64,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    pictures: HashMap<usize, Decoded>,
    bytes: u64,
}

impl Cache {
    pub(super) fn new(megabytes: u64) -> Self {
        Self { most: megabytes.saturating_mul(1_000_000), kept: Mutex::default() }
    }

    pub(super) fn get(&self, number: usize) -> Option<Decoded> {
        self.lock().pictures.get(&number).cloned()
    }

    /// Keeps a picture, where there is room.
    pub(super) fn offer(&self, number: usize, picture: &Decoded) {
        let mut kept = self.lock();
        let bytes = kept.bytes + picture.pixels.len() as u64 + ENTRY;
        if bytes <= self.most && !kept.pictures.contains_key(&number) {
            kept.pictures.insert(number, picture.clone());
            kept.bytes = bytes;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn picture(bytes: usize) -> Decoded {
        Decoded { height: 1, width: bytes, pixels: vec![0; bytes].into() }
    }

    proptest! {
        #[test]
        fn it_never_holds_more_than_its_limit(offers in proptest::collection::vec((0..20usize, 0..600_000usize), 0..60)) {
            let cache = Cache::new(2);
            for (number, bytes) in offers {
                cache.offer(number, &picture(bytes));
                let kept = cache.lock();
                let bytes: u64 = kept.pictures.values().map(|one| one.pixels.len() as u64 + ENTRY).sum();
                prop_assert!(bytes <= 2_000_000 && bytes <= kept.bytes);
            }
        }
    }

    #[test]
    fn what_came_first_stays() {
        let cache = Cache::new(1);
        cache.offer(1, &picture(600_000));
        cache.offer(2, &picture(600_000));
        assert_eq!((cache.get(1), cache.get(2)), (Some(picture(600_000)), None));
        let none = Cache::new(0);
        none.offer(1, &picture(1));
        assert_eq!(none.get(1), None);
    }
}
