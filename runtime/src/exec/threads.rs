//! The threads that a plan's steps may use.

use crate::Settings;
use rayon::ThreadPool;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Where tasks run.
pub(crate) enum Workers {
    /// On the caller's thread.
    Caller,
    /// On rayon's current pool: the one that the caller has entered, or the global one.
    Current,
    /// On a pool of the size asked for.
    Own(Arc<ThreadPool>),
}

impl Workers {
    /// The workers that the settings ask for.
    pub fn of(settings: &Settings) -> Workers {
        match settings.threads {
            Some(0 | 1) => Workers::Caller,
            Some(n) => pool(n).map_or(Workers::Caller, Workers::Own),
            None => Workers::Current,
        }
    }

    /// How many tasks can run at once.
    pub fn count(&self) -> usize {
        match self {
            Workers::Caller => 1,
            Workers::Current => rayon::current_num_threads(),
            Workers::Own(pool) => pool.current_num_threads(),
        }
    }

    /// Runs tasks 0 to `n`, in any order, and waits for them.
    pub fn run(&self, n: usize, task: impl Fn(usize) + Sync + Send) {
        match self {
            _ if n == 1 => task(0),
            Workers::Caller => (0..n).for_each(task),
            Workers::Current => (0..n).into_par_iter().with_max_len(1).for_each(task),
            Workers::Own(pool) => {
                pool.install(|| (0..n).into_par_iter().with_max_len(1).for_each(task));
            }
        }
    }
}

/// A pool of `n` threads, kept for the next time.
fn pool(n: usize) -> Option<Arc<ThreadPool>> {
    static POOLS: Mutex<Option<FxHashMap<usize, Arc<ThreadPool>>>> = Mutex::new(None);
    let mut guard = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    let pools = guard.get_or_insert_default();
    if let Some(pool) = pools.get(&n) {
        return Some(Arc::clone(pool));
    }
    let pool = Arc::new(rayon::ThreadPoolBuilder::new().num_threads(n).build().ok()?);
    pools.insert(n, Arc::clone(&pool));
    Some(pool)
}
