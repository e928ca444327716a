//! Formulas of a few operations, at every size from ten elements to ten million.

use super::{floats, size, tolerance};
use crate::compare::case::{Case, Must, Scale, Section, one};
use crate::compare::random::Random;
use jitney as jn;
use jn::{Array, DType};

/// Elements that fill no cache.
const LARGE: usize = 10_000_000;

/// The cases of a scale.
pub fn cases(scale: Scale) -> Vec<Case> {
    let sizes: &[usize] = match scale {
        Scale::Tiny => &[10],
        Scale::Quick => &[10, 100_000, LARGE],
        Scale::Full => &[10, 1_000, 100_000, LARGE],
    };
    let mut cases = Vec::new();
    for &dtype in floats(scale) {
        for kernel in [arithmetic, transcendental, square_sum] {
            cases.extend(sizes.iter().map(|n| kernel(*n, dtype)));
        }
        for columns in [10, 1000, 4096] {
            let columns = if scale == Scale::Tiny { columns / 10 } else { columns };
            let rows = if scale == Scale::Tiny { 3 } else { LARGE / columns };
            cases.push(normalize_rows([rows, columns], dtype));
        }
        let n = if scale == Scale::Tiny { 70 } else { LARGE };
        cases.push(over_maximum(n, dtype));
    }
    cases.push(layernorm(if scale == Scale::Tiny { [3, 17] } else { [2048, 4096] }));
    cases.push(outer_sum(if scale == Scale::Tiny { [3, 5] } else { [100, 1000] }));
    cases
}

/// `count` blocks of one length.
fn lines(count: usize, n: usize, dtype: DType) -> impl Fn() -> Vec<Array> {
    move || {
        let mut random = Random::seeded();
        (0..count).map(|_| random.between(0.0, 1.0, &[n], dtype)).collect()
    }
}

fn elementwise(
    (name, program): (&str, &'static str),
    (count, n, dtype): (usize, usize, DType),
    build: fn(&[Array]) -> Array,
) -> Case {
    let inputs = lines(count, n, dtype);
    let (relative, absolute) = tolerance(dtype);
    let names = (name, size(&[n], dtype));
    Case::new(Section::Kernels, names, program, inputs, move |x| one(build(x)))
        .tolerance(relative, absolute)
        .fused()
        .gaining(1.0)
}

fn arithmetic(n: usize, dtype: DType) -> Case {
    let names = ("a*b + c - a/(b+1)", "arithmetic");
    let case = elementwise(names, (3, n, dtype), |x| &x[0] * &x[1] + &x[2] - &x[0] / (&x[1] + 1.0));
    match (n, dtype) {
        (LARGE, DType::F64) => {
            case.must(3, Must::TakeOfBestPeer(0.6)).must(3, Must::ReachTriad(0.85))
        }
        (10, DType::F64) => case.must(10, Must::TakeSeconds(2e-6)),
        _ => case,
    }
}

fn transcendental(n: usize, dtype: DType) -> Case {
    let names = ("exp(-a*a)*log1p(b) + sin(c)", "transcendental");
    let case =
        elementwise(names, (3, n, dtype), |x| (-&x[0] * &x[0]).exp() * x[1].log1p() + x[2].sin());
    match (n, dtype) {
        (100_000 | LARGE, DType::F64) => case.must(2, Must::TakeOfBestPeer(0.25)),
        _ => case,
    }
}

fn square_sum(n: usize, dtype: DType) -> Case {
    let names = ("((a-b)**2).sum()", "square_sum");
    let case = elementwise(names, (2, n, dtype), |x| (&x[0] - &x[1]).pow(2).sum(..));
    match (n, dtype) {
        (LARGE, DType::F64) => {
            case.must(4, Must::TakeOfPeer("numba fastmath", 1.0)).must(4, Must::ReachRead(0.9))
        }
        _ => case,
    }
}

fn normalize_rows(shape: [usize; 2], dtype: DType) -> Case {
    let inputs = move || vec![Random::seeded().between(0.0, 1.0, &shape, dtype)];
    let run = |x: &[Array]| {
        let over = || jn::axis(-1).keepdims();
        one((&x[0] - x[0].mean(over())) / x[0].std(over()))
    };
    let (relative, absolute) = tolerance(dtype);
    let names = ("(x - x.mean(-1)) / x.std(-1)", size(&shape, dtype));
    Case::new(Section::Kernels, names, "normalize_rows", inputs, run)
        // Elements near the mean lose digits to cancellation, in single precision many.
        .tolerance(relative, if dtype == DType::F32 { 1e-4 } else { absolute })
        .must(6, Must::TakeOfBestPeer(0.7))
        .fused()
        .gaining(1.0)
}

fn layernorm(shape: [usize; 2]) -> Case {
    let inputs = move || {
        let mut random = Random::seeded();
        let mut draw = |shape: &[usize]| random.between(0.0, 1.0, shape, DType::F32);
        vec![draw(&shape), draw(&shape[1..]), draw(&shape[1..])]
    };
    let run = |inputs: &[Array]| {
        let [x, scale, offset] = inputs else { unreachable!("three inputs") };
        let over = || jn::axis(-1).keepdims();
        one((x - x.mean(over())) / (x.var(over()) + 1e-5).sqrt() * scale + offset)
    };
    let names = ("layernorm", size(&shape, DType::F32));
    Case::new(Section::Kernels, names, "layernorm", inputs, run)
        .tolerance(1e-4, 1e-4)
        .must(6, Must::TakeOfBestPeer(0.7))
        .fused()
        .gaining(1.0)
}

fn over_maximum(n: usize, dtype: DType) -> Case {
    elementwise(("A / A.max()", "over_maximum"), (1, n, dtype), |x| &x[0] / x[0].max(..))
        .must(6, Must::TakeOfBestPeer(0.7))
}

fn outer_sum([m, n]: [usize; 2]) -> Case {
    let inputs = move || {
        let mut random = Random::seeded();
        vec![random.doubles(&[1, n]), random.doubles(&[m, 1])]
    };
    let run = |x: &[Array]| one(x[0].pow(2).sin() + x[1].pow(2).cos());
    let names = ("sin(x**2)[1,n] + cos(y**2)[m,1]", size(&[m, n], DType::F64));
    let case = Case::new(Section::Kernels, names, "outer_sum", inputs, run)
        .must(15, Must::BeatTemporaries)
        .fused();
    let with_temporaries = |x: &[Array]| {
        let (x, y) = (x[0].pow(2).sin().eval()?, x[1].pow(2).cos().eval()?);
        one(x + y)
    };
    Case { with_temporaries: Some(Box::new(with_temporaries)), ..case }
}
