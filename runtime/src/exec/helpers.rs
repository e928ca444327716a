//! A thread with tasks, and the threads that help it.
//!
//! A thread that sleeps takes some fifty microseconds to come, which is as long as many a
//! kernel takes. So helpers stay for a while at the [`Board`] of the thread that they helped,
//! where its next tasks find them awake. Then they go, and cost nothing any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Tasks by number.
#[derive(Clone, Copy)]
pub(crate) struct Tasks {
    /// How many.
    pub count: usize,
    /// How many threads at most share them.
    pub n_threads: usize,
    /// Whether each thread begins with the last of its share. Tasks of steps that follow each
    /// other go in opposite orders: what the end of one step has left in the caches, the next
    /// one begins with.
    pub is_backward: bool,
}

impl Tasks {
    /// The tasks of one of several shares, which belong to the same thread every time: its
    /// cache still holds what it wrote the last time.
    fn share(self, share: usize, n_shares: usize) -> std::ops::Range<usize> {
        let start = |share: usize| self.count * share / n_shares;
        start(share)..start(share + 1)
    }

    /// Does all of them.
    pub fn run_alone(self, task: impl Fn(usize)) {
        let number = |i: usize| if self.is_backward { self.count - 1 - i } else { i };
        (0..self.count).map(number).for_each(task);
    }
}

/// A thread that has tasks. It alone puts them on its board.
pub(super) struct Host(Arc<Board>);

impl Host {
    /// A host that at most so many threads work for, itself included, on so many processors.
    pub fn new(n_threads: usize, n_processors: usize) -> Host {
        let seats = (0..n_threads).map(|_| Seat::default()).collect();
        Host(Arc::new(Board {
            job: AtomicPtr::default(),
            visitors: AtomicUsize::new(0),
            has_failed: AtomicBool::new(false),
            has_other_processor: n_processors > 1,
            seats,
        }))
    }

    /// How many threads would begin at once, the host included.
    pub fn n_awake(&self) -> usize {
        let is_taken = |seat: &&Seat| seat.is_taken.load(Ordering::Relaxed);
        1 + self.0.seats.iter().skip(1).take_while(is_taken).count()
    }

    /// How many threads work for the host at most, itself included.
    pub fn n_threads(&self) -> usize {
        self.0.seats.len()
    }

    /// Does the tasks together with those who help, and has `call` send for helpers that are
    /// not there.
    pub fn run<F>(&mut self, tasks: Tasks, task: &F, call: impl Fn(Helper))
    where
        F: Fn(usize) + Sync,
    {
        let board = &*self.0;
        let n_shares = board.seats.len().min(tasks.n_threads).min(tasks.count);
        for seat in &board.seats[..n_shares] {
            seat.n_taken.store(0, Ordering::Relaxed);
        }
        let job = Job::new(tasks, n_shares, task);
        // Also if a task panics, nobody is left working when the tasks go.
        let close = Close(board);
        board.job.store((&raw const job).cast_mut(), Ordering::SeqCst);
        for (seat, place) in board.seats[..n_shares].iter().enumerate().skip(1) {
            if !place.is_taken.swap(true, Ordering::Relaxed) {
                call(Helper { board: Arc::clone(&self.0), seat });
            }
        }
        board.work(&job, 0);
        drop(close);
        assert!(!board.has_failed.load(Ordering::Relaxed), "a task panicked on another thread");
    }
}

/// Somebody who has been sent for.
pub(super) struct Helper {
    board: Arc<Board>,
    seat: usize,
}

impl Helper {
    /// Helps, now and as long as there is more to do soon.
    pub fn help(self) {
        let (board, seat) = (&self.board, self.seat);
        board.visit(seat);
        let (came, mut waited) = (Instant::now(), Duration::ZERO);
        while board.has_other_processor && waited < PATIENCE && came.elapsed() < STAY {
            let start = Instant::now();
            if board.is_wanted() {
                board.visit(seat);
                waited = Duration::ZERO;
            } else {
                waited += start.elapsed();
                // What others do in this time is none of the helper's: should it share the
                // host's processor, the system needs some milliseconds to find it another one.
                std::thread::yield_now();
            }
        }
    }
}

impl Drop for Helper {
    /// Leaves the seat to the next helper, also if no thread was found for this one.
    fn drop(&mut self) {
        self.board.seats[self.seat].is_taken.store(false, Ordering::Relaxed);
    }
}

/// How long a helper stays at most before others who wait for a thread of its pool have a turn.
const STAY: Duration = Duration::from_millis(10);

/// How long a helper stays when there is nothing to do.
const PATIENCE: Duration = Duration::from_micros(50);

/// Where helpers find what there is to do.
struct Board {
    /// Null if there is nothing to do, or nothing that nobody has begun with.
    job: AtomicPtr<Job>,
    /// Helpers that may be looking at the job: while there are any, it stays.
    visitors: AtomicUsize,
    /// Whether a task has panicked in a helper's hands: what it was to compute is not there.
    has_failed: AtomicBool,
    /// Whether a thread can wait without keeping the only processor from the one it waits for.
    has_other_processor: bool,
    /// By thread, the host first.
    seats: Box<[Seat]>,
}

/// What there is of each thread at a board, in a cache line of its own.
#[derive(Default)]
#[repr(align(128))]
struct Seat {
    /// Whether a helper has been sent for who has not gone again.
    is_taken: AtomicBool,
    /// How many tasks of the thread's share have been begun, by whomever.
    n_taken: AtomicUsize,
}

/// Tasks to be done, and how.
struct Job {
    tasks: Tasks,
    n_shares: usize,
    /// The `Fn(usize)` that does a task, and what calls it.
    task: *const (),
    call: unsafe fn(*const (), usize),
}

impl Job {
    fn new<F: Fn(usize) + Sync>(tasks: Tasks, n_shares: usize, task: &F) -> Job {
        /// # Safety
        /// `task` must point to an `F`.
        unsafe fn call<F: Fn(usize)>(task: *const (), number: usize) {
            // SAFETY: the caller vouches for it.
            let task = unsafe { &*task.cast::<F>() };
            task(number);
        }
        Job { tasks, n_shares, task: (&raw const *task).cast(), call: call::<F> }
    }
}

impl Board {
    /// Whether there is something to do; asked for a microsecond.
    fn is_wanted(&self) -> bool {
        const LOOKS: usize = 32;
        (0..LOOKS).any(|_| {
            std::hint::spin_loop();
            !self.job.load(Ordering::Relaxed).is_null()
        })
    }

    /// Works at what is on the board.
    fn visit(&self, seat: usize) {
        /// Goes when dropped, so that the host does not wait for a helper that panicked.
        struct Leave<'a>(&'a Board);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                if std::thread::panicking() {
                    self.0.has_failed.store(true, Ordering::Relaxed);
                }
                self.0.visitors.fetch_sub(1, Ordering::Release);
            }
        }
        // In this order, and the host's in the opposite one (see `Close`): either it sees the
        // visitor, or the visitor sees that the job has gone.
        self.visitors.fetch_add(1, Ordering::SeqCst);
        let _leave = Leave(self);
        let job = self.job.load(Ordering::SeqCst);
        // SAFETY: the host keeps the job as long as there are visitors, and puts up another
        // one only afterwards.
        if let Some(job) = unsafe { job.as_ref() } {
            self.work(job, seat);
        }
    }

    /// Does tasks until none is left to begin with: those of the thread's own share, then those
    /// of others. The job must be on the board, or have been since the thread came.
    fn work(&self, job: &Job, seat: usize) {
        for share in (seat..seat + job.n_shares).map(|share| share % job.n_shares) {
            let numbers = job.tasks.share(share, job.n_shares);
            loop {
                let n_taken = self.seats[share].n_taken.fetch_add(1, Ordering::Relaxed);
                if n_taken >= numbers.len() {
                    break;
                }
                let is_backward = job.tasks.is_backward;
                let number =
                    if is_backward { numbers.end - 1 - n_taken } else { numbers.start + n_taken };
                // SAFETY: `call` is for the type of the task, which lives as long as the job.
                unsafe { (job.call)(job.task, number) };
            }
        }
        // Nobody need come any more.
        self.job.store(std::ptr::null_mut(), Ordering::SeqCst);
    }
}

/// Clears a board when dropped and waits for the helpers that are at work.
struct Close<'a>(&'a Board);

impl Drop for Close<'_> {
    fn drop(&mut self) {
        /// Looks before the processor is left to others: some microseconds.
        const IMPATIENT: usize = 1000;
        self.0.job.store(std::ptr::null_mut(), Ordering::SeqCst);
        let mut looks = 0;
        while self.0.visitors.load(Ordering::SeqCst) != 0 {
            looks += 1;
            if looks < IMPATIENT { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
    }
}
