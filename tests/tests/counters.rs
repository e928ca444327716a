//! What must stay flat: compilations and memory, however often a formula is evaluated.
//!
//! Both are counted for the whole process, so these tests have a binary of their own, in
//! which they take turns.

use jitney_runtime::buffer::bytes_in_use;
use jitney_runtime::{
    Settings, clear_caches, compilations, set_cache_bytes, set_kernel_cache_size, settings,
    with_settings,
};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A turn with the process-wide counters.
fn counters() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn lengths_and_scalars_compile_nothing_new() {
    let _turn = counters();
    // Two kernels: rows, then the total of their results with what follows.
    let formula = |n: usize, scalar: f64| {
        let x = jitney::linspace(0.0, 1.0, n);
        let y = (&x * scalar + 0.7).sqrt();
        (&y - y.mean(..)).eval().expect("evaluates")
    };
    // Below five elements the last index and the step are 0, 1 or 2, which rules look for.
    drop(formula(1000, 3.5));
    let (kernels, before) = (compilations().0, bytes_in_use());
    for i in 0..10_000 {
        drop(formula(5 + i * 7 % 1000, 3.1 + i as f64 / 3.0));
    }
    // Nor does a scalar that happens to be that of another place of the formula.
    drop(formula(10, 0.7));
    assert_eq!(compilations().0, kernels);
    assert_eq!(bytes_in_use(), before);
}

#[test]
fn a_function_compiles_once_for_all_shapes_and_frees_what_it_kept() {
    let _turn = counters();
    clear_caches();
    let (kernels, before) = (compilations().0, bytes_in_use());
    // No constant: that would be a number to the function.
    let held = jitney::linspace(1.0, 3.0, 50) * 3.0;
    let function = jitney::jit(move |[x, y]| ((x * 0.3 + y).exp() - 0.7) * held.max(..));
    for n in 2..300 {
        let x = jitney::linspace(0.0, 1.0, n);
        let result = function.call([&x, &(&x * 2.0)]).expect("evaluates");
        assert_eq!(result.size(), n);
    }
    // Those of the arguments and of the function, for 298 shapes.
    assert_eq!(compilations().0 - kernels, 4);
    drop(function);
    assert_eq!(bytes_in_use(), before);
}

#[test]
fn functions_make_evicted_plans_again() {
    let _turn = counters();
    clear_caches();
    let x = jitney::linspace(0.5, 1.0, 10).eval().expect("evaluates");
    // Each has a kernel of its own.
    let functions: Vec<_> = (0..64_u32)
        .map(|bits| {
            jitney::jit(move |[x]: [jitney::Array; 1]| {
                let step = |y: jitney::Array, i: u32| match (bits >> i) & 1 {
                    0 => y.sin(),
                    _ => y.cos(),
                };
                (0..6_u32).fold(x, step)
            })
        })
        .collect();
    let call = || -> Vec<Vec<f64>> {
        let results = functions.iter().map(|f| f.call([&x]).and_then(|y| y.to_vec()));
        results.map(|result| result.expect("evaluates")).collect()
    };
    let compiled = |from: u64| compilations().0 - from;
    let start = compilations().0;
    let first = call();
    let all = compiled(start);
    assert!(all >= 64, "{all} compilations");
    assert_eq!((call(), compiled(start)), (first.clone(), all));
    set_cache_bytes(1);
    let evicted = compilations().0;
    assert_eq!(call(), first);
    assert!(compiled(evicted) >= all - 1, "{} of {all} compiled again", compiled(evicted));
    set_cache_bytes(128 << 20);
    clear_caches();
    let cleared = compilations().0;
    assert_eq!((call(), compiled(cleared)), (first, all));
    clear_caches();
}

#[test]
fn evicted_kernels_are_compiled_again_and_nothing_grows() {
    let _turn = counters();
    clear_caches();
    set_kernel_cache_size(8);
    // As many kernels as there are subsets of operations to chain.
    let settings = Settings { compile_at_once: true, ..settings() };
    let evaluate = |bits: u32| {
        let x = jitney::array(vec![0.5f64; 4]);
        let y = (0..6).fold(x, |y, i| if bits >> i & 1 == 1 { y.sqrt() } else { y.square() });
        with_settings(settings.clone(), || y.eval()).expect("evaluates");
    };
    let compiled = |from: u64| compilations().0 - from;
    let start = compilations().0;
    (0..64).for_each(evaluate);
    let first = compiled(start);
    clear_caches();
    let again = compilations().0;
    (0..64).for_each(evaluate);
    set_kernel_cache_size(1024);
    assert!(first >= 64, "{first} compilations");
    assert_eq!(compiled(again), first);
    clear_caches();
}

#[test]
fn a_small_graph_is_interpreted_when_it_is_first_met_and_then_compiled() {
    let _turn = counters();
    clear_caches();
    // No other test has this formula, and no run has the literal of another.
    let run = |n: usize, scalar: f64| {
        let x = jitney::linspace(-3.0, 3.0, n).eval().expect("evaluates");
        let compiled = compilations().0;
        let y = ((&x * scalar).arctan() + 0.3).log1p().eval().expect("evaluates");
        let law = jitney::with_mode(jitney::Mode::Reference, || {
            ((&x * scalar).arctan() + 0.3).log1p().eval().expect("evaluates")
        });
        assert_eq!(y.first_difference(&law).expect("evaluated"), None);
        compilations().0 - compiled
    };
    let compiled = [run(10, 0.1), run(10, 0.2), run(10, 0.4), run(20, 0.5), run(100_000, 0.6)];
    assert_eq!(compiled, [0, 1, 0, 0, 0]);
    clear_caches();
    // Large ones are worth compiling at once.
    assert_eq!(run(100_000, 0.7), 1);
}

#[test]
fn a_changing_scalar_compiles_nothing_new() {
    let _turn = counters();
    clear_caches();
    let x = jitney::linspace(0.1, 1.0, 10).eval().expect("evaluates");
    let sum = |scalar: &dyn Fn() -> jitney::Operand| {
        let term = |i: i32| {
            let scalar = || if i == 7 { scalar() } else { jitney::Operand::from(i) };
            (&x + scalar()) * scalar()
        };
        (1..50).fold(term(0), |total, i| total + term(i)).eval().expect("evaluates");
    };
    let start = compilations().0;
    // Some of the scalars are those of other terms.
    (3..103).for_each(|i| sum(&|| jitney::Operand::from(i)));
    assert_eq!(compilations().0 - start, 1);
    // Written as a literal or handed over as an array, a scalar is a scalar to the kernel.
    (3..103).for_each(|i| sum(&|| jitney::array([f64::from(i)]).into()));
    assert_eq!(compilations().0 - start, 1);
}

/// Bytes of memory of this process.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").expect("the system tells");
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.expect("a number of pages") * 4096
}

/// Evaluates so many graphs of which each has a kernel of its own, of some hundred operations.
#[cfg(target_os = "linux")]
fn evaluate_large(numbers: std::ops::Range<u32>) {
    let settings = Settings { compile_at_once: true, ..settings() };
    let x = jitney::linspace(0.1, 1.0, 100).eval().expect("evaluates");
    for number in numbers {
        let y = (0..150).fold(x.clone(), |y, i| {
            match number.wrapping_mul(2_654_435_761) >> (i % 30) & 1 {
                0 => (y * &x).sqrt(),
                _ => y + &x,
            }
        });
        with_settings(settings.clone(), || y.eval()).expect("evaluates");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn plans_and_code_stay_within_their_bytes() {
    let _turn = counters();
    const MIB: usize = 1 << 20;
    clear_caches();
    set_cache_bytes(8 * MIB);
    // What there is but once.
    evaluate_large(0..100);
    let before = resident();
    evaluate_large(100..500);
    let grown = resident().saturating_sub(before);
    assert!(grown < 16 * MIB, "{} MiB more after 400 graphs", grown / MIB);

    // Of kernels alone, too: plans do not keep the code that is evicted.
    set_cache_bytes(1 << 40);
    set_kernel_cache_size(1);
    evaluate_large(500..900);
    let grown = resident().saturating_sub(before);
    assert!(grown < 16 * MIB, "{} MiB more with one kernel", grown / MIB);
    set_kernel_cache_size(1024);

    evaluate_large(900..1700);
    let grown = resident().saturating_sub(before);
    assert!(grown > 16 * MIB, "what is kept without a limit is {} MiB", grown / MIB);
    set_cache_bytes(128 * MIB);
    clear_caches();
}
