//! Long graphs, many threads, and the limits that a host sets.

use super::alone::in_own_process;
use jitney::{Array, ErrorKind, Mode, Settings, with_mode, with_settings};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// `n` steps from an array of three elements.
fn chain(n: usize, step: impl Fn(&Array, &Array) -> Array) -> Array {
    let x = jitney::array(vec![1.0, 2.0, 3.0]);
    (0..n).fold(x.clone(), |y, _| step(&y, &x))
}

/// Building, evaluating and dropping take about as long per node as in a short graph: what
/// takes seconds here took minutes where it was quadratic.
fn check_long(what: &str, seconds: u64, evaluate: impl FnOnce()) {
    let start = Instant::now();
    evaluate();
    let took = start.elapsed();
    assert!(took < Duration::from_secs(seconds), "{what} took {took:?}");
}

#[test]
fn a_chain_of_a_million_nodes_builds_evaluates_and_drops() {
    check_long("a chain of a million sums", 60, || {
        let y = chain(1_000_000, |y, x| y + x);
        assert_eq!(y.to_vec::<f64>().expect("evaluates"), [1_000_001.0, 2_000_002.0, 3_000_003.0]);
    });
    check_long("a chain of a million nodes that is only dropped", 20, || {
        drop(chain(1_000_000, |y, x| y * x));
    });
}

#[test]
fn long_graphs_of_many_forms_are_planned_in_linear_time() {
    type Form = (&'static str, fn(&Array, &Array) -> Array);
    let forms: [Form; 6] = [
        ("functions", |y, _| y.sin() * y),
        ("reductions", |y, _| y - y.mean(..)),
        ("mirrors", |y, _| y + y.flip([])),
        ("views", |y, _| y.flip([])),
        ("updates", |y, x| y.set(jitney::s![1], x.slice(jitney::s![0]))),
        ("joins", |y, x| {
            jitney::concatenate(&[&y.slice(jitney::s![..2]), &x.slice(jitney::s![2..])], 0)
        }),
    ];
    for (name, step) in forms {
        check_long(name, 20, || assert!(chain(16_000, step).eval().is_ok(), "{name}"));
    }
    check_long("one value with many readers", 20, || {
        let shared = jitney::array(vec![1.0, 2.0, 3.0]).sin();
        let y = chain(16_000, |y, _| y + &shared * y);
        assert!(y.eval().is_ok());
    });
}

#[test]
fn eight_threads_evaluate_at_once() {
    let x = jitney::linspace(-1.0, 1.0, 10_007).eval().expect("evaluates");
    let formulas = |x: &Array| {
        [
            x.sin().sum(..),
            (x * 2.0 + 1.0).exp().max(..),
            (x - x.mean(..)).square().sum(..),
            (x.slice(jitney::s![..;-1]) / 3.0).prod(..),
        ]
    };
    let law: Vec<u64> = with_mode(Mode::Reference, || {
        formulas(&x).iter().map(|y| y.item::<f64>().expect("evaluates").to_bits()).collect()
    });
    let shared = x.cos();
    let shared_law: f64 = with_mode(Mode::Reference, || x.cos().sum(..).item().expect("evaluates"));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let found = formulas(&x).map(|y| y.item::<f64>().expect("evaluates").to_bits());
                    assert_eq!(found.as_slice(), law);
                    let total: f64 = shared.sum(..).item().expect("evaluates");
                    assert_eq!(total.to_bits(), shared_law.to_bits());
                }
            });
        }
    });
}

#[test]
fn memory_beyond_the_limit_is_an_error() {
    let settings = Settings { max_memory: Some(1 << 20), ..Settings::default() };
    with_settings(settings, || {
        for mode in [Mode::Fused, Mode::Eager, Mode::Reference] {
            let large = with_mode(mode, || (jitney::zeros([1 << 20]) + 1.0).eval().map(|_| ()));
            let kind = large.err().map(|error| error.kind());
            assert_eq!(kind, Some(ErrorKind::Memory), "{mode:?}");
            let small = with_mode(mode, || (jitney::zeros([1 << 10]) + 1.0).eval().map(|_| ()));
            assert!(small.is_ok(), "{mode:?}");
        }
        // What is fused away needs no memory.
        assert!((jitney::zeros([1 << 20]) + 1.0).sum(..).eval().is_ok());
    });
    let huge = jitney::zeros([1 << 59]).exp().eval().err().map(|error| error.kind());
    assert_eq!(huge, Some(ErrorKind::Memory));
}

#[test]
fn a_cancelled_evaluation_stops() {
    let cancel = Arc::new(AtomicBool::new(true));
    let settings = Settings { cancel: Some(Arc::clone(&cancel)), ..Settings::default() };
    with_settings(settings, || {
        for mode in [Mode::Fused, Mode::Eager, Mode::Reference] {
            with_mode(mode, || {
                let y = jitney::arange(5).sum(..);
                cancel.store(true, Ordering::Relaxed);
                let kind = y.eval().err().map(|error| error.kind());
                assert_eq!(kind, Some(ErrorKind::Cancelled), "{mode:?}");
                // The array is none the worse for it.
                cancel.store(false, Ordering::Relaxed);
                assert_eq!(y.item::<i64>().ok(), Some(10), "{mode:?}");
            });
        }
    });
}

/// Whatever is asked for after it, and whoever asks.
#[test]
fn a_deadline_ends_all_evaluations_of_its_scope() {
    let x = jitney::linspace(0.0, 1.0, 1_000_000).eval().expect("evaluates");
    let double = jitney::jit(|[x]: [Array; 1]| x * 2.0);
    let limit = Duration::from_millis(300);
    let settings = Settings { deadline: Some(Instant::now() + limit), ..Settings::default() };
    let start = Instant::now();
    with_settings(settings, || {
        // Each takes some milliseconds: no single one is too long.
        let endless = std::iter::repeat_with(|| x.sin().sum(..).item::<f64>());
        let mut ended = endless.take(100_000).skip_while(Result::is_ok);
        let kind = |error: jitney::Error| error.kind();
        assert_eq!(ended.next().expect("it ends").map_err(kind), Err(ErrorKind::Timeout));
        assert!(start.elapsed() >= limit && start.elapsed() < limit * 4, "{:?}", start.elapsed());
        for mode in [Mode::Fused, Mode::Eager, Mode::Reference] {
            let small = with_mode(mode, || (jitney::arange(5) + 1).to_vec::<i64>());
            assert_eq!(small.map_err(kind), Err(ErrorKind::Timeout), "{mode:?}");
            let called = with_mode(mode, || double.call([&x]).map(|_| ()));
            assert_eq!(called.map_err(kind), Err(ErrorKind::Timeout), "{mode:?}");
        }
        // What has a value keeps it.
        assert_eq!(x.to_vec::<f64>().map_err(kind).map(|x| x.len()), Ok(1_000_000));
    });
    assert_eq!((jitney::arange(2) + 1).to_vec::<i64>().ok(), Some(vec![1, 2]));
}

#[test]
fn planning_stops_soon_after_it_is_cancelled() {
    let y = chain(300_000, |y, x| y.sin() * x);
    for mode in [Mode::Fused, Mode::Eager] {
        let cancel = Arc::new(AtomicBool::new(false));
        let settings = Settings { cancel: Some(Arc::clone(&cancel)), ..Settings::default() };
        let settings = Settings { mode: Some(mode), compile_at_once: true, ..settings };
        let took = std::thread::scope(|scope| {
            let evaluation = scope.spawn(|| {
                let error = with_settings(settings, || y.eval()).err();
                assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Cancelled));
            });
            std::thread::sleep(Duration::from_millis(20));
            let start = Instant::now();
            cancel.store(true, Ordering::Relaxed);
            evaluation.join().expect("the evaluation ends");
            start.elapsed()
        });
        // All of it takes many times as long.
        assert!(took < Duration::from_secs(2), "{mode:?} took {took:?} to stop");
    }
}

#[test]
fn nodes_beyond_the_budget_are_errors() {
    let kind = |x: &Array| x.eval().err().map(|error| error.kind());
    let x = jitney::linspace(0.0, 1.0, 7).eval().expect("evaluates");
    let (few, many) = jitney::with_node_budget(10, || {
        let few = (0..5).fold(x.clone(), |y, _| y.sin() * 2.0);
        (few, x.cos())
    });
    assert_eq!((kind(&few), kind(&many)), (None, Some(ErrorKind::Memory)));
    let message = many.error().expect("failed").to_string();
    assert!(message.contains("more than 10 operations"), "{message}");
    // What is made of it fails alike, and what is made later does not.
    assert_eq!(kind(&(many + &few)), Some(ErrorKind::Memory));
    assert_eq!(kind(&x.cos()), None);
    // An evaluation within is none of the budget's, and a trace is made of nodes like others.
    let double = jitney::jit(|[x]: [Array; 1]| (x * 2.0).sin().cos());
    jitney::with_node_budget(2, || {
        assert_eq!((&x + 1.0).eval().err().map(|error| error.kind()), None);
        let error = double.call([&x]).err().map(|error| error.kind());
        assert_eq!(error, Some(ErrorKind::Memory));
    });
    let called = double.call([&x]).map(|y| y.size());
    assert_eq!(called.ok(), Some(7));
}

#[test]
fn a_long_kernel_stops_soon_after_it_is_cancelled() {
    let cancel = Arc::new(AtomicBool::new(false));
    let n = 4_000_000;
    let x = jitney::linspace(0.0, 1.0, n).eval().expect("evaluates");
    // One kernel of some seconds, elementwise or reducing.
    let long = |x: &Array| (0..40).fold(x.clone(), |y, _| (y.sin() + 1.1).power(1.0 / 3.0));
    for threads in [1, 2] {
        for sums in [false, true] {
            let y = if sums { long(&x).sum(..) } else { long(&x) };
            cancel.store(false, Ordering::Relaxed);
            let settings = Settings {
                cancel: Some(Arc::clone(&cancel)),
                threads: Some(threads),
                ..Settings::default()
            };
            // Compiled before, and long enough after, the host asks.
            let small = x.slice(jitney::s![..100_000]);
            let first = if sums { long(&small).sum(..) } else { long(&small) };
            let start = Instant::now();
            with_settings(settings.clone(), || first.eval()).expect("evaluates");
            let whole = start.elapsed() * 40;
            let took = std::thread::scope(|scope| {
                let evaluation = scope.spawn(|| {
                    let error = with_settings(settings, || y.eval()).err();
                    assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Cancelled));
                });
                std::thread::sleep(Duration::from_millis(20));
                let start = Instant::now();
                cancel.store(true, Ordering::Relaxed);
                evaluation.join().expect("the evaluation ends");
                start.elapsed()
            });
            assert!(took < whole / 10, "{threads} threads: took {took:?} of {whole:?} to stop");
        }
    }
}

/// Whatever evaluates it, and although nothing would be compiled.
#[test]
fn emitters_that_are_none_are_an_error_of_every_evaluation() {
    let test = "limits::emitters_that_are_none_are_an_error_of_every_evaluation";
    in_own_process(test, &[("JITNEY_EMITTER", "foo")], || {
        let kind = |result: Result<Array, jitney::Error>| {
            let error = result.expect_err("an error");
            assert!(error.message().contains("JITNEY_EMITTER is \"foo\""), "{error}");
            error.kind()
        };
        let x = jitney::array([1.0, 2.0]);
        let double = jitney::jit(|[x]: [Array; 1]| x * 2.0);
        for mode in [Mode::Fused, Mode::Eager, Mode::Reference] {
            let kinds = with_mode(mode, || [kind((&x + 1.0).eval()), kind(double.call([&x]))]);
            assert_eq!(kinds, [ErrorKind::Value; 2], "{mode:?}");
        }
        assert_eq!(jitney::check_environment().map_err(|e| e.kind()), Err(ErrorKind::Value));
    });
}
