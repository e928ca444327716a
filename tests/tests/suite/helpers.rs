//! Threads that help: the same bits whoever is awake, whoever calls, however often.

use jitney as jn;
use jn::{Array, Settings};

/// Elements of kernels that are too short to share, that are shared with who is awake, and that
/// wake others up.
const SIZES: [usize; 4] = [1_000, 60_000, 150_000, 600_000];

/// Evaluations in a row: enough for helpers to come, and to find more to do.
const REPEATS: usize = 40;

fn input(n: usize) -> Array {
    let element = |i: usize| ((i * 7919) % 1009) as f64 / 7.0 - 60.0;
    Array::from_vec((0..n).map(element).collect(), [n])
}

fn programs(x: &Array) -> [Array; 3] {
    [x * 0.5 + 1.25 - x / (x * x + 1.0), (x * x).sum(..), x / x.abs().max(..)]
}

fn bits(x: &Array) -> Vec<Vec<u64>> {
    let bits = |array: Array| array.to_vec::<f64>().unwrap().iter().map(|x| x.to_bits()).collect();
    programs(x).map(bits).into()
}

fn with_threads<R>(threads: Option<usize>, body: impl FnOnce() -> R) -> R {
    jn::with_settings(Settings { threads, compile_at_once: true, ..Settings::default() }, body)
}

/// Several threads, each with helpers of its own, some of them with changing pools.
#[test]
fn helpers_of_many_callers_change_no_bit() {
    let inputs = SIZES.map(input);
    let expected = with_threads(Some(1), || inputs.each_ref().map(bits));
    std::thread::scope(|scope| {
        for caller in 0..3 {
            let (inputs, expected) = (&inputs, &expected);
            scope.spawn(move || {
                for repeat in 0..REPEATS {
                    let threads = [None, Some(2), Some(3)][(caller + repeat / 8) % 3];
                    for (x, expected) in inputs.iter().zip(expected) {
                        assert!(with_threads(threads, || bits(x)) == *expected);
                    }
                }
            });
        }
    });
}

/// One expression that many threads evaluate at once has one value.
#[test]
fn a_tree_evaluated_by_many_threads_at_once() {
    let x = input(100);
    for repeat in 0..200 {
        let sum = (1..20).fold(&x + f64::from(repeat), |sum, i| sum + (&x + i as f64) * i as f64);
        let expected = with_threads(Some(1), || (&sum + 0.0).to_vec::<f64>().unwrap());
        let root = sum * 1.0;
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| assert!(root.to_vec::<f64>().unwrap() == expected));
            }
        });
    }
}
