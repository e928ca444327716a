//! The threads that a plan's steps may use.

use crate::Settings;
use rayon::ThreadPool;
use rustc_hash::FxHashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
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

    /// Runs tasks 0 to `n`, in any order, on this thread and on those that come to help.
    ///
    /// Nobody waits for a thread to wake up: if none comes before the last task is taken, the
    /// caller has done all of them, and has lost the time it takes to call for help.
    pub fn run(&self, n: usize, task: impl Fn(usize) + Sync) {
        let n_helpers = self.count().min(n).saturating_sub(1);
        if n_helpers == 0 {
            return (0..n).for_each(task);
        }
        let crew = Arc::new(Crew::new(n, &task));
        for _ in 0..n_helpers {
            let crew = Arc::clone(&crew);
            self.spawn(move || crew.help());
        }
        // Also if a task panics, nobody is left working when the tasks go.
        let _close = Close(&crew);
        crew.work();
    }

    fn spawn(&self, job: impl FnOnce() + Send + 'static) {
        match self {
            Workers::Caller => {}
            Workers::Current => rayon::spawn(job),
            Workers::Own(pool) => pool.spawn(job),
        }
    }
}

/// Tasks that are being done, and who does them. It may outlive the tasks, which nobody
/// touches then.
struct Crew {
    n_tasks: usize,
    /// The first task that nobody has taken.
    next: AtomicUsize,
    /// The helpers at work, and [`Crew::CLOSED`].
    helpers: AtomicUsize,
    /// The `Fn(usize)` that does a task, and what calls it.
    task: *const (),
    call: unsafe fn(*const (), usize),
}

// SAFETY: `task` points to a value that is `Sync`: `Crew::new` asks for it.
unsafe impl Send for Crew {}
// SAFETY: as above; all else is atomic or never changes.
unsafe impl Sync for Crew {}

impl Crew {
    /// Nobody may come any more.
    const CLOSED: usize = 1 << (usize::BITS - 1);

    /// A crew for a task that must live until the crew is closed.
    fn new<F: Fn(usize) + Sync>(n_tasks: usize, task: &F) -> Crew {
        /// # Safety
        /// `task` must point to an `F`.
        unsafe fn call<F: Fn(usize)>(task: *const (), number: usize) {
            // SAFETY: the caller vouches for it.
            let task = unsafe { &*task.cast::<F>() };
            task(number);
        }
        let (next, helpers) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Crew { n_tasks, next, helpers, task: (&raw const *task).cast(), call: call::<F> }
    }

    /// Takes tasks until there are none. The crew must not be closed before this returns.
    fn work(&self) {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.n_tasks {
                return;
            }
            // SAFETY: `call` is for the type of the task, which lives: `Workers::run` holds it
            // until it has closed the crew, after its own work and that of every helper.
            unsafe { (self.call)(self.task, number) };
        }
    }

    /// Works, unless the crew is closed.
    fn help(&self) {
        /// Goes when dropped, so that the caller does not wait for a helper that panicked.
        struct Leave<'a>(&'a Crew);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.helpers.fetch_sub(1, Ordering::Release);
            }
        }
        let enter = |helpers: usize| (helpers & Crew::CLOSED == 0).then_some(helpers + 1);
        if self.helpers.fetch_update(Ordering::Acquire, Ordering::Relaxed, enter).is_ok() {
            let _leave = Leave(self);
            self.work();
        }
    }
}

/// Closes a crew when dropped and waits for the helpers that are at work.
struct Close<'a>(&'a Crew);

impl Drop for Close<'_> {
    fn drop(&mut self) {
        /// Looks before the processor is left to others: some microseconds.
        const IMPATIENT: usize = 1000;
        self.0.helpers.fetch_or(Crew::CLOSED, Ordering::AcqRel);
        let mut looks = 0;
        while self.0.helpers.load(Ordering::Acquire) != Crew::CLOSED {
            looks += 1;
            if looks < IMPATIENT { std::hint::spin_loop() } else { std::thread::yield_now() }
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
