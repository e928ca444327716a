//! Loops of our own, for the vectors of the machine and for several threads.

use crate::exec::Workers;
use crate::exec::helpers::Tasks;

/// Tasks for each thread, so that one that is held up does not hold up all.
const TASKS_PER_THREAD: usize = 4;

/// Work of a multiplication and an addition, in the terms of [`Workers::share`].
const TERM_WORK: usize = 10;

/// A loop that the compiler makes vector instructions of. Its methods are inlined.
pub(super) trait Loop {
    fn run(self);
}

/// Runs a loop by the widest vectors that the machine has. Nothing but the time depends on them:
/// each element is computed by the same operations.
#[inline]
pub(super) fn widely(body: impl Loop) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn with_avx2(body: impl Loop) {
            body.run();
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has AVX2.
            return unsafe { with_avx2(body) };
        }
    }
    body.run();
}

/// Lets threads share so many lines of so much work (in multiplications) each: tasks are given
/// the number of their first line and how many they have, a multiple of the unit but for the last.
pub(super) fn share(
    workers: &Workers,
    (n_lines, work): (usize, usize),
    unit: usize,
    task: impl Fn(usize, usize) + Sync,
) {
    let work = n_lines.saturating_mul(work).saturating_mul(TERM_WORK);
    workers.share(work, |n_threads| {
        if n_threads == 1 {
            return task(0, n_lines);
        }
        let chunk = n_lines.div_ceil(n_threads * TASKS_PER_THREAD).next_multiple_of(unit);
        let tasks = Tasks { count: n_lines.div_ceil(chunk), n_threads, is_backward: false };
        workers.run(tasks, |number| {
            let first = number * chunk;
            task(first, chunk.min(n_lines - first));
        });
    });
}
