//! The bandwidth of memory: McCalpin's STREAM triad, and reading alone, in plain Rust.

use std::hint::black_box;
use std::thread;
use std::time::Instant;

/// Elements of an array: three of them are far larger than any cache.
const ELEMENTS: usize = 1 << 24;

/// The best of so many repetitions counts.
const REPETITIONS: usize = 8;

/// Bytes per second that memory gives.
#[derive(Clone, Copy, Debug)]
pub struct Bandwidth {
    /// Of `a = b + s·c`, counted as 24 bytes an element.
    pub triad: f64,
    /// Of the sum of an array.
    pub read: f64,
}

impl Bandwidth {
    /// Measures with a number of threads.
    pub fn measure(threads: usize) -> Bandwidth {
        let chunk = ELEMENTS.div_ceil(threads.max(1));
        let (b, c) = (vec![1.0_f64; ELEMENTS], vec![2.0_f64; ELEMENTS]);
        let mut a = vec![0.5_f64; ELEMENTS];
        let triad = fastest(|| {
            thread::scope(|scope| {
                let parts = a.chunks_mut(chunk).zip(b.chunks(chunk)).zip(c.chunks(chunk));
                for ((a, b), c) in parts {
                    scope.spawn(|| triad(a, b, c, black_box(3.0)));
                }
            });
        });
        let read = fastest(|| {
            thread::scope(|scope| {
                for part in b.chunks(chunk) {
                    scope.spawn(|| black_box(sum(part)));
                }
            });
        });
        let bytes = (ELEMENTS * size_of::<f64>()) as f64;
        Bandwidth { triad: 3.0 * bytes / triad, read: bytes / read }
    }
}

fn fastest(mut run: impl FnMut()) -> f64 {
    let times = (0..REPETITIONS).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    });
    times.fold(f64::INFINITY, f64::min)
}

fn triad(a: &mut [f64], b: &[f64], c: &[f64], s: f64) {
    for ((a, b), c) in a.iter_mut().zip(b).zip(c) {
        *a = b + s * c;
    }
}

/// Sixteen sums side by side, so that memory is what it waits for.
fn sum(x: &[f64]) -> f64 {
    let mut sums = [0.0; 16];
    for row in x.chunks_exact(16) {
        for (sum, x) in sums.iter_mut().zip(row) {
            *sum += x;
        }
    }
    sums.iter().sum()
}
