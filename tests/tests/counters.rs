//! What must stay flat: compilations and memory, however often a formula is evaluated.
//!
//! Both are counted for the whole process, so these tests have a binary of their own, in
//! which they take turns.

use jitney_runtime::buffer::bytes_in_use;
use jitney_runtime::{clear_caches, compilations, set_kernel_cache_size};
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
    // No scalar is that of another place of the formula: equal literals are one operand.
    drop(formula(10, 3.5));
    let (kernels, before) = (compilations().0, bytes_in_use());
    for i in 0..10_000 {
        drop(formula(5 + i * 7 % 1000, 3.1 + i as f64 / 3.0));
    }
    assert_eq!(compilations().0, kernels);
    assert_eq!(bytes_in_use(), before);
}

#[test]
fn evicted_kernels_are_compiled_again_and_nothing_grows() {
    let _turn = counters();
    clear_caches();
    set_kernel_cache_size(8);
    // As many kernels as there are subsets of operations to chain.
    let evaluate = |bits: u32| {
        let x = jitney::array(vec![0.5f64; 4]);
        let y = (0..6).fold(x, |y, i| if bits >> i & 1 == 1 { y.sqrt() } else { y.square() });
        y.eval().expect("evaluates");
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
