//! What is long stops soon after its host has asked, or its time is up, whatever it is.

use jitney::{Array, DType, Error, ErrorKind, Mode, Settings, with_settings};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How late an evaluation may stop.
const LATE: Duration = Duration::from_millis(50);

/// Attempts of which the earliest counts: others may have the processor when it is time to stop.
const ATTEMPTS: usize = 64;

/// How long evaluations run before they are to stop.
const HEAD_START: Duration = Duration::from_millis(30);

/// A graph that takes seconds or more.
struct Long {
    name: &'static str,
    mode: Mode,
    array: Array,
}

fn ones(shape: &[usize]) -> Array {
    jitney::array([1.0]).eval().expect("a value").broadcast_to(shape)
}

fn product(m: usize, k: usize, n: usize) -> Array {
    let (a, b) = (jitney::linspace(0.0, 1.0, m * k), jitney::linspace(1.0, 2.0, k * n));
    Array::eval_all(&[&a, &b]).expect("evaluates");
    jitney::matmul(&a.reshape([m as isize, k as isize]), &b.reshape([k as isize, n as isize]))
}

/// As many axes of two elements, which no kernel joins.
fn many_axes(rank: usize) -> Array {
    let axes = |first: usize| (0..rank).map(|axis| 1 + (axis % 2 + first) % 2).collect::<Vec<_>>();
    let part = |first: usize| {
        let x = jitney::arange(1 << (rank / 2)).astype(DType::U8).eval().expect("evaluates");
        x.reshape(axes(first).iter().map(|&extent| extent as isize).collect::<Vec<_>>())
    };
    part(0) + part(1)
}

fn all() -> Vec<Long> {
    let fused = |name, array| Long { name, mode: Mode::Fused, array };
    let interpreted = |name, array| Long { name, mode: Mode::Reference, array };
    let column = jitney::arange(17).reshape([17, 1]).eval().expect("evaluates");
    let numbers = jitney::linspace(0.0, 1.0, 1 << 24).eval().expect("evaluates");
    let stack = |n, rows: usize| {
        let x = jitney::linspace(0.0, 1.0, rows * rows).eval().expect("evaluates");
        x.reshape([rows as isize; 2]).broadcast_to([n, rows, rows])
    };
    let flat = column.slice(jitney::s![..1]).astype(DType::F64).eval().expect("evaluates");
    let flat = flat.broadcast_to([4096, 1 << 24]);
    vec![
        fused("a product", product(6000, 6000, 6000)),
        fused("a product of few rows", product(70, 1 << 18, 300)),
        fused("products of small matrices", jitney::matmul(&stack(40_000, 90), &stack(40_000, 90))),
        fused("tiny products", jitney::matmul(&stack(500_000, 12), &stack(500_000, 12))),
        fused("a product with a vector", jitney::matmul(&flat, &numbers)),
        fused("axes of two elements", many_axes(30)),
        fused("long rows", (&column + jitney::arange(1 << 40)).max(-1)),
        fused("a long row", (jitney::arange(1 << 40) * 3).max(..)),
        fused("the longest row", ones(&[1 << 59]).sum(..)),
        fused("rows that are read twice", (&flat + jitney::arange(1 << 24)).var(-1)),
        fused("very long rows", (&ones(&[1000, 1 << 34]) + jitney::arange(1 << 34)).var(-1)),
        fused(
            "a product of long sums",
            jitney::matmul(&ones(&[143, 1 << 40]), &ones(&[1 << 40, 143])),
        ),
        fused("columns", (jitney::arange(1 << 40).reshape([-1, 16]) * 3).max(0)),
        fused("a sort", numbers.reshape([2, -1]).flip([]).argsort(1)),
        fused("sorts of columns", stack(64, 512).sort(1)),
        interpreted("a product, interpreted", product(700, 700, 700)),
        interpreted("functions, interpreted", numbers.sin().cos()),
        interpreted("a sum, interpreted", numbers.sum(..)),
        interpreted("joins, interpreted", jitney::concatenate(&[&numbers; 16], 0)),
        interpreted(
            "views, interpreted",
            numbers.reshape([1 << 12, -1]).broadcast_to([16, 1 << 12, 1 << 12]).flip([]),
        ),
    ]
}

/// How late the evaluation ended, which was to end with an error of the given kind.
fn lateness(long: &Long, threads: usize, expected: ErrorKind) -> Duration {
    let cancel = Arc::new(AtomicBool::new(false));
    let settings = Settings {
        mode: Some(long.mode),
        threads: Some(threads),
        compile_at_once: true,
        ..Settings::default()
    };
    let result: Result<Array, Error>;
    let stop;
    if expected == ErrorKind::Timeout {
        stop = Instant::now() + HEAD_START;
        result = with_settings(Settings { deadline: Some(stop), ..settings }, || long.array.eval());
    } else {
        let settings = Settings { cancel: Some(Arc::clone(&cancel)), ..settings };
        (result, stop) = std::thread::scope(|scope| {
            let evaluation = scope.spawn(|| with_settings(settings, || long.array.eval()));
            std::thread::sleep(HEAD_START);
            let stop = Instant::now();
            cancel.store(true, Ordering::Relaxed);
            (evaluation.join().expect("it ends"), stop)
        });
    }
    let late = stop.elapsed();
    let kind = result.map(|_| ()).map_err(|error| error.kind());
    assert_eq!(kind, Err(expected), "{}, {threads} threads", long.name);
    late
}

#[test]
fn evaluations_stop_within_fifty_milliseconds() {
    for long in all() {
        for threads in [1, 2] {
            for kind in [ErrorKind::Cancelled, ErrorKind::Timeout] {
                let mut late = Duration::MAX;
                for _ in 0..ATTEMPTS {
                    late = late.min(lateness(&long, threads, kind));
                    if late < LATE {
                        break;
                    }
                }
                assert!(late < LATE, "{}, {threads} threads: {late:?} late", long.name);
            }
        }
    }
}

/// However many threads compute it, and whether it may be stopped.
#[test]
fn a_product_has_the_same_bits_in_any_panels() {
    let n = [(2, 700), (700, 2), (65, 300), (96, 96), (100, 1000), (191, 193), (300, 301)];
    for (m, n) in n {
        for (k, dtype) in
            [(3, DType::F64), (600, DType::F64), (1500, DType::F64), (700, DType::F32)]
        {
            let operand = |rows: usize, columns: usize| {
                let x = jitney::linspace(-1.0, 1.3, rows * columns).sin().astype(dtype);
                x.reshape([rows as isize, columns as isize]).eval().expect("evaluates")
            };
            let (a, b) = (operand(m, k), operand(k, n));
            let by = |threads: usize, deadline: Option<Instant>| {
                let settings = Settings { threads: Some(threads), deadline, ..Settings::default() };
                with_settings(settings, || jitney::matmul(&a, &b).eval()).expect("evaluates")
            };
            let whole = by(1, None);
            let soon = Some(Instant::now() + Duration::from_secs(600));
            for (threads, deadline) in [(2, None), (3, None), (16, None), (2, soon)] {
                let found = by(threads, deadline).first_difference(&whole).expect("evaluates");
                assert_eq!(found, None, "{m} {k} {n} {dtype}, {threads} threads");
            }
        }
    }
}
