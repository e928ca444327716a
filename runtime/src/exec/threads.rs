//! The threads that a plan's steps may use.

use super::helpers::{Host, Tasks};
use crate::Settings;
use rayon::ThreadPool;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

/// Where tasks run.
pub(crate) enum Workers {
    /// On the caller's thread.
    Caller,
    /// There, and on rayon's current pool: the one that the caller has entered, or the global one.
    Current,
    /// There, and on a pool of the size asked for.
    Own(Arc<ThreadPool>),
}

thread_local! {
    /// Where this thread's helpers come.
    static HOST: RefCell<Option<Host>> = const { RefCell::new(None) };
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

    /// Runs the tasks on this thread and on those that come to help.
    ///
    /// Nobody waits for a thread to wake up: if none comes before the last task is begun, the
    /// caller has done all of them, and has lost the time it takes to call for help.
    pub fn run(&self, tasks: Tasks, task: impl Fn(usize) + Sync) {
        let n_threads = self.count();
        if n_threads.min(tasks.count) < 2 {
            return tasks.run_alone(task);
        }
        // Taken out while in use, should a task run tasks.
        let mut host = HOST.take().filter(|host| host.n_threads() == n_threads);
        host.get_or_insert_with(|| Host::new(n_threads))
            .run(tasks, &task, |helper| self.spawn(move || helper.help()));
        HOST.set(host);
    }

    fn spawn(&self, job: impl FnOnce() + Send + 'static) {
        match self {
            Workers::Caller => {}
            Workers::Current => rayon::spawn(job),
            Workers::Own(pool) => pool.spawn(job),
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
