//! Threads that do not come, threads that stay, and processes that have lost theirs. Each case
//! has a process of its own, of which nothing else is asked.

use super::alone::in_own_process;
use jitney::{Array, Settings, with_settings};
#[cfg(target_os = "linux")]
use std::time::{Duration, Instant};

fn with_threads<R>(threads: Option<usize>, body: impl FnOnce() -> R) -> R {
    with_settings(Settings { threads, compile_at_once: true, ..Settings::default() }, body)
}

/// The bits of a long kernel, a long reduction and a product.
fn bits(threads: Option<usize>) -> Vec<u64> {
    let x = jitney::linspace(-1.0, 1.0, 1 << 20);
    let square = x.slice(jitney::s![..40_000]).reshape([200, 200]);
    let results = || {
        let arrays: [Array; 3] =
            [x.sin().slice(jitney::s![-5..]), x.exp().sum(..), jitney::matmul(&square, &square)];
        Array::eval_all(&arrays.each_ref())?;
        arrays.iter().map(|array| array.reshape([-1]).to_vec::<f64>()).collect()
    };
    let results: Result<Vec<Vec<f64>>, jitney::Error> = with_threads(threads, results);
    results.expect("evaluates").concat().iter().map(|x| x.to_bits()).collect()
}

/// A stack that fits no address space stands for a system that has no more threads.
#[test]
fn refused_by_the_system_leave_the_caller_alone() {
    let stack = (1_u64 << 60).to_string();
    in_own_process(
        "threads::refused_by_the_system_leave_the_caller_alone",
        &[("RUST_MIN_STACK", &stack)],
        || {
            assert!(std::thread::Builder::new().spawn(|| ()).is_err(), "no thread is to be had");
            let expected = bits(Some(1));
            for threads in [None, Some(2), None, Some(7)] {
                assert!(bits(threads) == expected, "{threads:?}");
                assert_eq!(with_threads(threads, jitney::threads), 1, "{threads:?}");
            }
        },
    );
}

#[cfg(target_os = "linux")]
fn n_threads() -> usize {
    std::fs::read_dir("/proc/self/task").expect("the system lists threads").count()
}

#[cfg(target_os = "linux")]
#[test]
fn of_pools_of_all_sizes_are_the_same() {
    in_own_process("threads::of_pools_of_all_sizes_are_the_same", &[], || {
        let before = n_threads();
        let small = with_threads(Some(100), || jitney::arange(1000).sum(..).item::<i64>());
        assert_eq!(small.ok(), Some(499_500));
        assert_eq!(n_threads(), before, "there was nothing to split");

        let expected = bits(Some(1));
        assert_eq!(n_threads(), before, "one thread does all");
        for threads in 2..=100 {
            assert!(bits(Some(threads)) == expected, "{threads} threads");
        }
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let most = before + processors.max(16);
        // Those of pools that have become too small go when they wake up.
        let started = Instant::now();
        while n_threads() > most && started.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(n_threads() <= most, "{} threads stay", n_threads());
    });
}

#[cfg(target_os = "linux")]
mod forked {
    unsafe extern "C" {
        fn fork() -> i32;
        fn waitpid(process: i32, status: *mut i32, options: i32) -> i32;
        fn kill(process: i32, signal: i32) -> i32;
        fn _exit(status: i32) -> !;
    }

    /// Runs `body` in a child of this process that has its memory and one thread. Whether the
    /// body returned true, within ten seconds.
    fn in_a_fork(body: impl FnOnce() -> bool + std::panic::UnwindSafe) -> bool {
        // SAFETY: this process has no other thread that holds a lock: it runs one test, and the
        // threads of its pools have nothing to do. The child leaves without running what the
        // parent is to run at its end.
        let child = unsafe { fork() };
        if child == 0 {
            let is_right = std::panic::catch_unwind(body).unwrap_or(false);
            // SAFETY: it does not return.
            unsafe { _exit(i32::from(!is_right)) };
        }
        assert!(child > 0, "the system forks");
        let mut status = -1;
        for _ in 0..1000 {
            /// Returns at once.
            const WNOHANG: i32 = 1;
            // SAFETY: the status is written to a local variable.
            if unsafe { waitpid(child, &raw mut status, WNOHANG) } == child {
                return status == 0;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        // SAFETY: it ends a child that has not been waited for, whose number is its own.
        unsafe {
            kill(child, 9);
            waitpid(child, &raw mut status, 0);
        }
        false
    }

    #[test]
    fn processes_work_alone() {
        super::super::alone::in_own_process("threads::forked::processes_work_alone", &[], || {
            let ways = [None, Some(2), Some(5)];
            let expected = super::bits(Some(1));
            // A child of a process that has split nothing has threads of its own.
            assert!(in_a_fork(|| ways.iter().all(|threads| super::bits(*threads) == expected)));
            assert!(ways.iter().all(|threads| super::bits(*threads) == expected));
            for _ in 0..3 {
                assert!(in_a_fork(|| ways.iter().all(|threads| {
                    super::bits(*threads) == expected
                        && super::with_threads(*threads, jitney::threads) == 1
                })));
            }
            assert!(ways.iter().all(|threads| super::bits(*threads) == expected));
        });
    }
}
