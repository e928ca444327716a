//! Operands that somebody else sees: clones, other threads, and whoever tries again after a
//! failure.

use super::{N, address, assigned, bits, spicy};
use jitney::{Array, ErrorKind, Settings, s, with_settings};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};

/// Ways to make a new array of an old one.
const STEPS: [fn(Array) -> Array; 4] = [
    |a| a * 2.0 + 1.0,
    |a| assigned(a, s![3..8], 1.5),
    |a| assigned(assigned(a, s![3..8], 1.5), s![4], 2.5),
    |a| {
        let value = a.slice(s![3..5]) - 1.0;
        assigned(a, s![3..5], value)
    },
];

#[test]
fn clones_stay_what_they_are() {
    for step in STEPS {
        let old = spicy(N);
        let new = step(old.clone()).eval().expect("evaluates");
        assert_eq!(bits(&old), bits(&spicy(N)));
        assert_eq!(bits(&new), bits(&step(spicy(N))));
        // Held by a graph that is evaluated later.
        let old = spicy(N);
        let later = &old + 1.0;
        let new = step(old).eval().expect("evaluates");
        assert_eq!(bits(&later), bits(&(spicy(N) + 1.0)));
        assert_eq!(bits(&new), bits(&step(spicy(N))));
        // Held by a view that has been evaluated, and by one that has not.
        for is_evaluated in [true, false] {
            let old = spicy(N);
            let view = old.slice(s![2..9]);
            if is_evaluated {
                view.eval().expect("evaluates");
            }
            let new = step(old).eval().expect("evaluates");
            assert_eq!(bits(&view), bits(&spicy(N).slice(s![2..9])));
            assert_eq!(bits(&new), bits(&step(spicy(N))));
        }
        // Held by a value that a tool looks at.
        let old = spicy(N);
        let value = old.expr().known_value().cloned().expect("is evaluated");
        let new = step(old).eval().expect("evaluates");
        assert_ne!(address(&new), value.buffer().address() as usize);
    }
}

#[test]
fn nodes_between_that_others_hold_keep_their_operands() {
    for step in STEPS {
        let between = step(spicy(N));
        let result = (&between * 3.0).eval().expect("evaluates");
        assert_eq!(bits(&between), bits(&step(spicy(N))));
        assert_eq!(bits(&result), bits(&(step(spicy(N)) * 3.0)));
        let between = step(spicy(N));
        let result = assigned(between.clone(), s![0], 9.0).eval().expect("evaluates");
        assert_eq!(bits(&between), bits(&step(spicy(N))));
        assert_eq!(bits(&result), bits(&assigned(step(spicy(N)), s![0], 9.0)));
    }
}

#[test]
fn arrays_evaluated_together_share_their_operands() {
    for step in STEPS {
        let old = spicy(N);
        let (a, b) = (step(old.clone()), &old - 1.0);
        drop(old);
        Array::eval_all(&[&a, &b]).expect("evaluates");
        assert_eq!(bits(&a), bits(&step(spicy(N))));
        assert_eq!(bits(&b), bits(&(spicy(N) - 1.0)));
    }
}

#[test]
fn threads_that_evaluate_one_array_agree() {
    const N_THREADS: usize = 4;
    for step in STEPS {
        let law = bits(&step(spicy(N)));
        let law_of_user = bits(&(step(spicy(N)) - 1.0));
        for _ in 0..300 {
            let root = step(spicy(N));
            let start = Barrier::new(N_THREADS);
            std::thread::scope(|scope| {
                for number in 0..N_THREADS {
                    let (root, start, law, law_of_user) =
                        (root.clone(), &start, &law, &law_of_user);
                    scope.spawn(move || {
                        start.wait();
                        match number % 2 {
                            0 => assert_eq!(bits(&root), *law),
                            _ => assert_eq!(bits(&(root - 1.0)), *law_of_user),
                        }
                    });
                }
            });
            assert_eq!(bits(&root), law);
        }
    }
}

#[test]
fn after_a_failure_the_operands_are_as_before() {
    let cancel = Arc::new(AtomicBool::new(true));
    let cancelled = Settings { cancel: Some(Arc::clone(&cancel)), ..Settings::default() };
    let small = Settings { max_memory: Some(100), ..Settings::default() };
    let failures = [(cancelled.clone(), ErrorKind::Cancelled), (small, ErrorKind::Memory)];
    for step in STEPS {
        for (settings, kind) in &failures {
            // Sorted out by a temporary that the limit does not allow.
            let slow = |a: Array| {
                let rows = spicy(N).exp().reshape([3, -1]);
                step(a * rows.matmul(&rows.t()).sum(..))
            };
            let root = slow(spicy(N));
            let failed = with_settings(settings.clone(), || root.eval().err());
            assert_eq!(failed.map(|error| error.kind()), Some(*kind));
            assert_eq!(bits(&root), bits(&slow(spicy(N))));
        }
    }
    // An operand that is kept: the copy is what fails.
    let old = spicy(N);
    let new = assigned(old.clone(), s![1], 1.0);
    let limit = Settings { max_memory: Some(100), ..Settings::default() };
    assert!(with_settings(limit.clone(), || new.eval().is_err()));
    drop(old);
    assert_eq!(with_settings(limit, || bits(&new)), bits(&assigned(spicy(N), s![1], 1.0)));
    // What runs for long stays stoppable, and so leaves its operand alone.
    cancel.store(false, Ordering::Relaxed);
    let old = spicy(1_000_000);
    let before = address(&old);
    let long = (0..4).fold(old, |a, _| a.sin());
    with_settings(cancelled, || long.eval()).expect("is not cancelled");
    assert_ne!(address(&long), before);
}

#[test]
fn failed_arrays_take_nobodys_place() {
    let old = spicy(N);
    let bad = assigned(old.clone(), s![N as i64], 1.0);
    assert!(bad.eval().is_err());
    let array = old + spicy(N - 1);
    assert_eq!(array.eval().err().map(|error| error.kind()), Some(ErrorKind::Shape));
    let value = spicy(3) + spicy(4);
    assert!(assigned(spicy(N), s![..3], value).eval().is_err());
}

#[test]
fn files_are_not_written() {
    let path = std::env::temp_dir().join(format!("jitney-inplace-{}.npy", std::process::id()));
    jitney::save(&path, &spicy(N)).expect("can be written");
    let bytes = std::fs::read(&path).expect("can be read");
    for step in STEPS {
        let loaded = jitney::load(&path).eval().expect("evaluates");
        let new = step(loaded).eval().expect("evaluates");
        assert_eq!(bits(&new), bits(&step(spicy(N))));
    }
    assert_eq!(std::fs::read(&path).expect("can be read"), bytes);
    std::fs::remove_file(path).expect("can be removed");
}

/// The sum of two graphs over one array that read it at different places, of which another
/// thread evaluates the first meanwhile: that one lets go of the array then, but the sum may
/// have come to it by then.
#[test]
fn what_two_inputs_read_is_not_overwritten() {
    const N: usize = 8192;
    type Pair = fn(&Array) -> (Array, Array);
    const PAIRS: [Pair; 2] = [
        |x| (x.slice(s![..;-1]).eval().expect("evaluates") * 1.5, x.clone()),
        |x| (x * 1.5, x.slice(s![..;-1])),
    ];
    for (number, pair) in PAIRS.into_iter().enumerate() {
        for round in 0..600 {
            let x = (jitney::arange(N) + 1.0).eval().expect("evaluates");
            let (first, second) = pair(&x);
            drop(x);
            let sum = &first + second;
            let barrier = Barrier::new(2);
            let wait = |turns: usize| {
                barrier.wait();
                (0..turns % 1000).for_each(|_| std::hint::spin_loop());
            };
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    wait(round * 140);
                    let other = first;
                    other.eval().expect("evaluates");
                });
                wait(round * 260);
                sum.eval().expect("evaluates");
            });
            let there = |i: usize| (i + 1) as f64;
            let back = |i: usize| (N - i) as f64;
            let expected = |i: usize| match number {
                0 => back(i) * 1.5 + there(i),
                _ => there(i) * 1.5 + back(i),
            };
            let found = sum.to_vec::<f64>().expect("fits");
            assert!((0..N).all(|i| found[i] == expected(i)), "pair {number}, round {round}");
        }
    }
}
