//! The threads that share a product, as long as nobody asks them to stop.

use crate::Error;
use crate::context::Stop;
use crate::exec::Workers;
use crate::exec::first_error::FirstError;
use crate::exec::helpers::Tasks;

/// Tasks for each thread, so that one that is held up does not hold up all.
const TASKS_PER_THREAD: usize = 4;

/// Work of a multiplication and an addition, in the terms of [`Workers::share`].
const TERM_WORK: usize = 10;

/// Multiplications between two looks at whether the host has asked to stop: some milliseconds of
/// one thread.
const UNSTOPPABLE: usize = 1 << 22;

/// The threads that share a product, and when they are to stop.
#[derive(Clone, Copy)]
pub(in crate::exec) struct Team<'a> {
    pub workers: &'a Workers,
    pub stop: &'a Stop,
}

impl Team<'_> {
    /// Lets threads share so many lines of so much work (in multiplications) each: tasks are given
    /// the number of their first line and how many they have, a multiple of the unit but for the
    /// last.
    ///
    /// # Errors
    /// That of the first task that fails, or if the evaluation is to stop.
    pub fn share(
        &self,
        (n_lines, work): (usize, usize),
        unit: usize,
        task: impl Fn(usize, usize) -> Result<(), Error> + Sync,
    ) -> Result<(), Error> {
        let total = n_lines.saturating_mul(work).saturating_mul(TERM_WORK);
        self.workers.share(total, |n_threads| {
            let wanted = if n_threads == 1 { 1 } else { n_threads * TASKS_PER_THREAD };
            let mut chunk = n_lines.div_ceil(wanted);
            if self.stop.is_possible() {
                chunk = chunk.min(UNSTOPPABLE / work.max(1)).max(1);
            }
            let chunk = chunk.next_multiple_of(unit);
            if chunk >= n_lines {
                return task(0, n_lines);
            }
            self.run(n_lines.div_ceil(chunk), n_threads, |number| {
                let first = number * chunk;
                task(first, chunk.min(n_lines - first))
            })
        })
    }

    /// Runs so many tasks on so many threads.
    ///
    /// # Errors
    /// As [`share`](Team::share).
    pub fn run(
        &self,
        count: usize,
        n_threads: usize,
        task: impl Fn(usize) -> Result<(), Error> + Sync,
    ) -> Result<(), Error> {
        let failed = FirstError::default();
        self.workers.run(Tasks { count, n_threads, is_backward: false }, |number| {
            failed.run(|| {
                self.stop.check()?;
                task(number)
            });
        });
        failed.into_result()
    }
}
