//! The plans that a thread has used of late: found without a lock, and borrowed instead of shared.
//!
//! Evaluating ten elements takes a quarter of a microsecond, of which locks and counts of
//! references are much. What is found here is what the process's cache would have found.

use super::{CACHES, Known, known};
use crate::exec::Prepared;
use crate::key::GraphKey;
use jitney_optimizer::Strategy;
use rustc_hash::FxBuildHasher;
use std::cell::Cell;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Plans that a thread remembers, a power of two.
const N_PLACES: usize = 16;

/// Plans by the hash of their key, the latest one of each place.
#[derive(Default)]
pub(crate) struct Recent {
    places: [Option<Entry>; N_PLACES],
    /// The place of the plan that was used last: who evaluates one expression again and again need
    /// not look for it.
    last: usize,
    /// What `n_forgotten` was when they were looked up.
    forgotten: u64,
}

struct Entry {
    key: GraphKey,
    strategy: Strategy,
    prepared: Arc<Prepared>,
}

thread_local! {
    static RECENT: Cell<Option<Box<Recent>>> = const { Cell::new(None) };
}

/// Lends the thread's plans out. Whoever evaluates something in `body` finds none.
pub(crate) fn with_recent<R>(body: impl FnOnce(&mut Recent) -> R) -> R {
    let mut recent = RECENT.try_with(Cell::take).ok().flatten().unwrap_or_default();
    let forgotten = CACHES.n_forgotten.load(Ordering::Relaxed);
    if recent.forgotten != forgotten {
        *recent = Recent { forgotten, ..Recent::default() };
    }
    let result = body(&mut recent);
    // When the thread ends, its plans may go first.
    let _ = RECENT.try_with(|kept| kept.set(Some(recent)));
    result
}

/// Forgets this thread's plans.
pub(super) fn forget() {
    let _ = RECENT.try_with(Cell::take);
}

impl Recent {
    /// What is known of the graph behind a key.
    pub fn known(&mut self, key: &GraphKey, strategy: Strategy) -> Known<&Prepared> {
        let is_same = |entry: &Entry| entry.strategy == strategy && entry.key == *key;
        if !self.places[self.last].as_ref().is_some_and(is_same) {
            self.last = FxBuildHasher.hash_one(key) as usize % N_PLACES;
            if !self.places[self.last].as_ref().is_some_and(is_same) {
                let prepared = match known(key, strategy) {
                    Known::New => return Known::New,
                    Known::Seen => return Known::Seen,
                    Known::Planned(prepared) => prepared,
                };
                self.places[self.last] = Some(Entry { key: key.clone(), strategy, prepared });
            }
        }
        let entry = self.places[self.last].as_ref();
        entry.map_or(Known::New, |entry| Known::Planned(&entry.prepared))
    }
}
