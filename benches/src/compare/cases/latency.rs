//! What a call costs beside its arithmetic: dispatch, compilation, changing scalars.

use crate::compare::case::{Case, Must, Program, Scale, Section, one};
use crate::compare::random::Random;
use jitney as jn;
use jn::Array;
use std::cell::Cell;

/// Terms of the sum whose scalars change.
const TERMS: usize = 50;

/// The cases; all are small at every scale but one.
pub fn cases(scale: Scale) -> Vec<Case> {
    vec![addition(), cold(scale), changing_argument(), changing_literal()]
}

fn lines(count: usize, n: usize) -> impl Fn() -> Vec<Array> {
    move || {
        let mut random = Random::seeded();
        (0..count).map(|_| random.doubles(&[n])).collect()
    }
}

fn addition() -> Case {
    let names = ("x + y", "10 float64");
    Case::new(Section::Latency, names, "addition", lines(2, 10), |x| one(&x[0] + &x[1]))
        .must(10, Must::TakeSeconds(1e-6))
}

fn cold(scale: Scale) -> Case {
    // Enough elements that code is compiled for them, few enough that it alone takes time.
    let n = if scale == Scale::Tiny { 10 } else { 10_000 };
    let run = |x: &[Array]| one(&x[0] * &x[1] + &x[2] - &x[0] / (&x[1] + 1.0));
    let names = ("a*b + c - a/(b+1), compiled anew", "10,000 float64");
    let case = Case::new(Section::Latency, names, "cold", lines(3, n), run)
        .must(11, Must::TakeSeconds(0.3e-3));
    Case { cold: true, ..case }
}

/// The sum of `(x + i)·i` over all `i` below [`TERMS`], the last `x + i` given.
fn sum_of_terms(x: &Array, last: Array) -> Array {
    let first = (x + 0.0) * 0.0;
    let middle = (1..TERMS - 1).fold(first, |sum, i| sum + (x + i as f64) * i as f64);
    middle + last * (TERMS - 1) as f64
}

/// Scalars that no earlier run has seen; the peers count in the same way.
fn changing() -> impl Fn() -> f64 + Clone {
    let run = Cell::new(0);
    move || TERMS as f64 - 1.0 + f64::from(run.replace(run.get() + 1)) / 1024.0
}

fn changing_argument() -> Case {
    let make = || -> Program {
        let scalar = changing();
        let sum = jn::jit(|[x, argument]| sum_of_terms(&x, &x + argument));
        Box::new(move |x| one(sum.call([&x[0], &jn::scalar(scalar())])?))
    };
    let names = ("w13 latency, changing argument", "10 float64");
    Case::making(Section::Latency, names, "latency_argument", lines(1, 10), make)
        .must(12, Must::CompileKernels(1))
        .must(12, Must::TakeOfPeer("NumPy", 0.2))
}

fn changing_literal() -> Case {
    let scalar = changing();
    let run = move |x: &[Array]| one(sum_of_terms(&x[0], &x[0] + scalar()));
    let names = ("w13 latency, changing literal", "10 float64");
    Case::new(Section::Latency, names, "latency_literal", lines(1, 10), run)
        .must(12, Must::CompileKernels(1))
        .must(12, Must::TakeOfPeer("NumPy", 0.2))
}
