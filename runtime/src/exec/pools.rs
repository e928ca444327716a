//! The threads that evaluations share: rayon's global ones, and one pool of our own.
//!
//! Threads come when work is split for the first time, and no sooner. The system may refuse
//! them, and after `fork` a child has the pools of its parent without their threads: whoever
//! hands such a pool work that it waits for waits for ever. In both cases there is no pool, and
//! the caller works alone.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The pools, as far as they have been asked for.
pub(crate) struct Pools {
    n_processors: OnceLock<usize>,
    /// The process that first asked for threads; 0 if none has.
    process: AtomicU32,
    global: OnceLock<Option<Global>>,
    own: Mutex<Own>,
}

impl Pools {
    pub const fn new() -> Pools {
        Pools {
            n_processors: OnceLock::new(),
            process: AtomicU32::new(0),
            global: OnceLock::new(),
            own: Mutex::new(Own { pool: None, refused: None }),
        }
    }

    pub fn n_processors(&self) -> usize {
        let available = || std::thread::available_parallelism().map_or(1, usize::from);
        *self.n_processors.get_or_init(available)
    }

    /// Threads of our own pool, at most: as many as settings can ask for with an effect.
    pub fn max_threads(&self) -> usize {
        /// A few for machines with one processor or two, so that work is split there as elsewhere.
        const FEW: usize = 16;
        self.n_processors().max(FEW)
    }

    /// Whether this process can have threads that help: a child of one that has split work, made
    /// by `fork`, has none. Nothing that another thread may have held at that time is touched.
    pub fn may_have_threads(&self) -> bool {
        let own = std::process::id();
        match self.process.compare_exchange(0, own, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => true,
            Err(first) => first == own,
        }
    }

    /// The number of threads of rayon's pool that the caller has entered, or of the global one; 1
    /// if there is none that works.
    pub fn current_threads(&self) -> usize {
        if rayon::current_thread_index().is_some() {
            return rayon::current_num_threads();
        }
        match self.global.get_or_init(Global::new) {
            Some(global) if global.is_alive() => global.n_threads,
            Some(_) | None => 1,
        }
    }

    /// A pool in which `n` threads can work, if the system has so many: one pool for all numbers,
    /// which is replaced by a larger one where it does not do.
    pub fn own_pool(&self, n: usize) -> Option<Arc<ThreadPool>> {
        /// Time until the system is asked again.
        const PATIENCE: Duration = Duration::from_secs(1);
        let n = n.min(self.max_threads());
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let is_enough = own.pool.as_ref().is_some_and(|pool| pool.current_num_threads() >= n);
        if is_enough || own.refused.is_some_and(|refused| refused.elapsed() < PATIENCE) {
            return own.pool.clone();
        }
        // In powers of two, so that a program that asks for every number does not replace it often.
        let size = n.next_power_of_two().min(self.max_threads());
        match ThreadPoolBuilder::new().num_threads(size).build() {
            Ok(pool) => own.pool = Some(Arc::new(pool)),
            Err(_) => own.refused = Some(Instant::now()),
        }
        own.pool.clone()
    }
}

/// Rayon's global pool.
struct Global {
    n_threads: usize,
    /// Set by one of its threads.
    is_alive: Arc<AtomicBool>,
}

impl Global {
    /// The pool, which is made if the program has made none. Without this, rayon makes it at its
    /// first use, and panics if the system refuses threads.
    fn new() -> Option<Global> {
        match ThreadPoolBuilder::new().build_global() {
            Ok(()) => Some(Global {
                n_threads: rayon::current_num_threads(),
                is_alive: Arc::new(AtomicBool::new(true)),
            }),
            Err(error) if std::error::Error::source(&error).is_some() => None,
            Err(_) => Global::of_the_program(),
        }
    }

    /// The pool that the program has made, perhaps before it forked: it works if one of its
    /// threads answers. If all are busy, they are asked for later.
    fn of_the_program() -> Option<Global> {
        /// Time for a thread to wake up.
        const PATIENCE: Duration = Duration::from_millis(50);
        // What the program has tried and failed to make is as bad as nothing: rayon panics.
        let n_threads = std::panic::catch_unwind(rayon::current_num_threads).ok()?;
        let global = Global { n_threads, is_alive: Arc::default() };
        let answer = Arc::clone(&global.is_alive);
        rayon::spawn(move || answer.store(true, Ordering::Relaxed));
        let asked = Instant::now();
        while !global.is_alive() && asked.elapsed() < PATIENCE {
            std::thread::yield_now();
        }
        Some(global)
    }

    fn is_alive(&self) -> bool {
        self.is_alive.load(Ordering::Relaxed)
    }
}

/// Our own pool.
struct Own {
    pool: Option<Arc<ThreadPool>>,
    /// When the system has refused threads.
    refused: Option<Instant>,
}

#[cfg(test)]
mod tests {
    use super::{Global, Pools};
    use rayon::ThreadPoolBuilder;
    use std::time::{Duration, Instant};

    #[test]
    fn a_pool_that_the_program_has_made_answers() {
        // If it fails, another test has made it.
        let _ = ThreadPoolBuilder::new().num_threads(3).build_global();
        let global = Global::of_the_program().expect("there is one");
        let asked = Instant::now();
        while !global.is_alive() && asked.elapsed() < Duration::from_secs(10) {
            std::thread::yield_now();
        }
        assert!(global.is_alive());
        assert_eq!(global.n_threads, 3);
    }

    #[test]
    fn a_pool_grows_and_does_not_shrink() {
        let pools = Pools::new();
        let n_threads = |n| pools.own_pool(n).expect("threads").current_num_threads();
        assert_eq!([2, 3, 2, 5, 1].map(n_threads), [2, 4, 4, 8, 8]);
    }
}
