//! The plans that a thread has used of late: found without a lock, and borrowed instead of shared.
//!
//! Evaluating ten elements takes a quarter of a microsecond, of which locks and counts of
//! references are much. What is found here is what the engine's cache would have found.

use super::{Caches, Known};
use crate::exec::Prepared;
use crate::key::GraphKey;
use jitney_optimizer::Strategy;
use rustc_hash::FxBuildHasher;
use std::cell::Cell;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Plans of each kind that a thread remembers, a power of two.
const N_PLACES: usize = 16;

/// Plans by the hash of their key, the latest one of each place.
#[derive(Default)]
pub(crate) struct Recent {
    places: [Option<Entry<GraphKey>>; N_PLACES],
    /// The place of the plan that was used last: who evaluates one expression again and again need
    /// not look for it.
    last: usize,
    /// Those of keys that somebody keeps, which are not compared word by word.
    kept: [Option<Entry<Arc<GraphKey>>>; N_PLACES],
    /// What `n_forgotten` was when they were looked up.
    forgotten: u64,
}

struct Entry<K> {
    key: K,
    strategy: Strategy,
    prepared: Arc<Prepared>,
}

/// A key that is written once and asked for often.
pub(crate) struct KeptKey {
    key: Arc<GraphKey>,
    place: usize,
}

impl KeptKey {
    pub fn new(key: GraphKey) -> KeptKey {
        let place = place(&key);
        KeptKey { key: Arc::new(key), place }
    }

    pub fn key(&self) -> &GraphKey {
        &self.key
    }
}

fn place(key: &GraphKey) -> usize {
    FxBuildHasher.hash_one(key) as usize % N_PLACES
}

thread_local! {
    static RECENT: Cell<Option<Box<Recent>>> = const { Cell::new(None) };
}

/// Forgets this thread's plans.
pub(super) fn forget() {
    let _ = RECENT.try_with(Cell::take);
}

impl Caches {
    /// Lends the thread's plans out. Whoever evaluates something in `body` finds none.
    pub fn with_recent<R>(&self, body: impl FnOnce(&mut Recent) -> R) -> R {
        let mut recent = RECENT.try_with(Cell::take).ok().flatten().unwrap_or_default();
        let forgotten = self.n_forgotten.load(Ordering::Relaxed);
        if recent.forgotten != forgotten {
            *recent = Recent { forgotten, ..Recent::default() };
        }
        let result = body(&mut recent);
        // When the thread ends, its plans may go first.
        let _ = RECENT.try_with(|kept| kept.set(Some(recent)));
        result
    }
}

impl Recent {
    /// What is known of the graph behind a key.
    pub fn known(
        &mut self,
        caches: &Caches,
        key: &GraphKey,
        strategy: Strategy,
    ) -> Known<&Prepared> {
        let is_same = |entry: &Entry<_>| entry.strategy == strategy && entry.key == *key;
        if !self.places[self.last].as_ref().is_some_and(is_same) {
            self.last = place(key);
            if !self.places[self.last].as_ref().is_some_and(is_same) {
                let prepared = match caches.known(key, strategy) {
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

    /// As [`known`](Recent::known), for a key that is the same one every time.
    pub fn known_kept(
        &mut self,
        caches: &Caches,
        KeptKey { key, place }: &KeptKey,
        strategy: Strategy,
    ) -> Option<&Prepared> {
        let entry = &mut self.kept[*place];
        let is_same = |entry: &Entry<_>| Arc::ptr_eq(&entry.key, key) && entry.strategy == strategy;
        if !entry.as_ref().is_some_and(is_same) {
            let prepared = match caches.known(key, strategy) {
                Known::New | Known::Seen => return None,
                Known::Planned(prepared) => prepared,
            };
            *entry = Some(Entry { key: Arc::clone(key), strategy, prepared });
        }
        entry.as_ref().map(|entry| &*entry.prepared)
    }
}
