//! Results in the place of operands that nobody needs, against the same with a clone of the
//! operand held elsewhere, so that they need a place of their own.
//!
//! `cargo bench -p jitney-benches --bench inplace`

use divan::Bencher;
use jitney as jn;
use jn::{Array, s};

fn main() {
    divan::main();
}

/// Whether anybody else holds the operand.
#[derive(Clone, Copy, Debug)]
enum Holder {
    Nobody,
    Clone,
}

const HOLDERS: [Holder; 2] = [Holder::Nobody, Holder::Clone];
const SIZES: [usize; 7] = [10, 300, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

fn cases() -> impl Iterator<Item = (usize, Holder)> + Clone {
    SIZES.into_iter().flat_map(|n| HOLDERS.map(|holder| (n, holder)))
}

struct Case(usize, Holder);

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} / {:?}", self.0, self.1)
    }
}

fn all() -> impl Iterator<Item = Case> {
    cases().map(|(n, holder)| Case(n, holder))
}

/// An array in memory of the library's own.
fn operand(n: usize) -> Array {
    (jn::zeros([n]) + 1.0).eval().expect("there is memory")
}

/// Replaces an array by what a step makes of it, evaluated.
fn turn(array: &mut Array, holder: Holder, step: impl Fn(Array) -> Array) {
    let old = std::mem::replace(array, jn::scalar(0.0));
    let kept = match holder {
        Holder::Nobody => None,
        Holder::Clone => Some(old.clone()),
    };
    *array = step(old).eval().expect("there is memory");
    drop(kept);
}

fn bench(bencher: Bencher<'_, '_>, case: &Case, step: impl Fn(Array) -> Array) {
    let mut array = operand(case.0);
    bencher.bench_local(|| turn(&mut array, case.1, &step));
}

#[divan::bench(args = all())]
fn scale(bencher: Bencher<'_, '_>, case: &Case) {
    bench(bencher, case, |a| a * 1.0000001 + 1.0);
}

#[divan::bench(args = all())]
fn assign_one(bencher: Bencher<'_, '_>, case: &Case) {
    let mut index = 0;
    let mut array = operand(case.0);
    bencher.bench_local(|| {
        index = (index + 7) % case.0;
        turn(&mut array, case.1, |mut a| {
            a.assign(s![index], 2.0);
            a
        });
    });
}

#[divan::bench(args = all())]
fn add_to_tenth(bencher: Bencher<'_, '_>, case: &Case) {
    bench(bencher, case, |mut a| {
        let value = a.slice(s![..case.0 / 10]) + 1.0;
        a.assign(s![..case.0 / 10], value);
        a
    });
}

/// Many assignments, then one evaluation.
#[divan::bench(args = [10, 100, 1000], sample_count = 20)]
fn lazy_chain_on_a_million(bencher: Bencher<'_, '_>, n_updates: usize) {
    bencher.bench_local(|| {
        let mut a = jn::zeros([1_000_000]);
        (0..n_updates).for_each(|i| a.assign(s![i * 3], i as f64));
        a.eval().expect("there is memory")
    });
}

/// An element at a time of what the one before and itself are.
#[divan::bench(args = all())]
fn recurrence(bencher: Bencher<'_, '_>, case: &Case) {
    let mut index = 0;
    let mut array = operand(case.0);
    bencher.bench_local(|| {
        index = (index + 7) % (case.0 - 1);
        turn(&mut array, case.1, |mut a| {
            let value = a.slice(s![index]) * 0.5 + a.slice(s![index + 1]);
            a.assign(s![index + 1], value);
            a
        });
    });
}
