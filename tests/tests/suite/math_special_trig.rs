//! Special values of the trigonometric functions, their inverses, roots and error
//! functions, and a sweep of `float32` over every binade.

use jitney_ir::DType;
use jitney_ir::lanes::Evaluator;
use jitney_ir::ops::Elementwise;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
const THREE_QUARTERS_PI: f64 = 3.0 * FRAC_PI_4;

/// A function, its arguments and the result, which is rounded to the format under test.
type Row = (&'static str, &'static [f64], f64);

/// Rows that hold in both formats. The rules of `data/special_cases.tsv` are among them.
const ROWS: &[Row] = &[
    ("sin", &[0.0], 0.0),
    ("sin", &[-0.0], -0.0),
    ("sin", &[INF], NAN),
    ("sin", &[-INF], NAN),
    ("sin", &[NAN], NAN),
    ("cos", &[0.0], 1.0),
    ("cos", &[-0.0], 1.0),
    ("cos", &[INF], NAN),
    ("cos", &[-INF], NAN),
    ("cos", &[NAN], NAN),
    ("tan", &[0.0], 0.0),
    ("tan", &[-0.0], -0.0),
    ("tan", &[INF], NAN),
    ("tan", &[-INF], NAN),
    ("tan", &[NAN], NAN),
    ("arcsin", &[0.0], 0.0),
    ("arcsin", &[-0.0], -0.0),
    ("arcsin", &[1.0], FRAC_PI_2),
    ("arcsin", &[-1.0], -FRAC_PI_2),
    ("arcsin", &[1.0000002], NAN),
    ("arcsin", &[-1.0000002], NAN),
    ("arcsin", &[INF], NAN),
    ("arcsin", &[-INF], NAN),
    ("arcsin", &[NAN], NAN),
    ("arccos", &[1.0], 0.0),
    ("arccos", &[-1.0], PI),
    ("arccos", &[0.0], FRAC_PI_2),
    ("arccos", &[-0.0], FRAC_PI_2),
    ("arccos", &[1.0000002], NAN),
    ("arccos", &[-1.0000002], NAN),
    ("arccos", &[INF], NAN),
    ("arccos", &[-INF], NAN),
    ("arccos", &[NAN], NAN),
    ("arctan", &[0.0], 0.0),
    ("arctan", &[-0.0], -0.0),
    ("arctan", &[1.0], FRAC_PI_4),
    ("arctan", &[-1.0], -FRAC_PI_4),
    ("arctan", &[INF], FRAC_PI_2),
    ("arctan", &[-INF], -FRAC_PI_2),
    ("arctan", &[NAN], NAN),
    ("arctan2", &[0.0, 0.0], 0.0),
    ("arctan2", &[0.0, -0.0], PI),
    ("arctan2", &[-0.0, 0.0], -0.0),
    ("arctan2", &[-0.0, -0.0], -PI),
    ("arctan2", &[0.0, 3.0], 0.0),
    ("arctan2", &[-0.0, 3.0], -0.0),
    ("arctan2", &[0.0, -3.0], PI),
    ("arctan2", &[-0.0, -3.0], -PI),
    ("arctan2", &[3.0, 0.0], FRAC_PI_2),
    ("arctan2", &[3.0, -0.0], FRAC_PI_2),
    ("arctan2", &[-3.0, 0.0], -FRAC_PI_2),
    ("arctan2", &[-3.0, -0.0], -FRAC_PI_2),
    ("arctan2", &[3.0, 3.0], FRAC_PI_4),
    ("arctan2", &[3.0, -3.0], THREE_QUARTERS_PI),
    ("arctan2", &[-3.0, 3.0], -FRAC_PI_4),
    ("arctan2", &[-3.0, -3.0], -THREE_QUARTERS_PI),
    ("arctan2", &[0.0, INF], 0.0),
    ("arctan2", &[-0.0, -INF], -PI),
    ("arctan2", &[3.0, INF], 0.0),
    ("arctan2", &[-3.0, INF], -0.0),
    ("arctan2", &[3.0, -INF], PI),
    ("arctan2", &[-3.0, -INF], -PI),
    ("arctan2", &[INF, 0.0], FRAC_PI_2),
    ("arctan2", &[INF, 3.0], FRAC_PI_2),
    ("arctan2", &[INF, -3.0], FRAC_PI_2),
    ("arctan2", &[-INF, 3.0], -FRAC_PI_2),
    ("arctan2", &[-INF, -0.0], -FRAC_PI_2),
    ("arctan2", &[INF, INF], FRAC_PI_4),
    ("arctan2", &[INF, -INF], THREE_QUARTERS_PI),
    ("arctan2", &[-INF, INF], -FRAC_PI_4),
    ("arctan2", &[-INF, -INF], -THREE_QUARTERS_PI),
    ("arctan2", &[NAN, 1.0], NAN),
    ("arctan2", &[1.0, NAN], NAN),
    ("arctan2", &[NAN, INF], NAN),
    ("arctan2", &[INF, NAN], NAN),
    ("arctan2", &[NAN, 0.0], NAN),
    ("arctan2", &[0.0, NAN], NAN),
    ("cbrt", &[0.0], 0.0),
    ("cbrt", &[-0.0], -0.0),
    ("cbrt", &[1.0], 1.0),
    ("cbrt", &[-27.0], -3.0),
    ("cbrt", &[1000.0], 10.0),
    ("cbrt", &[INF], INF),
    ("cbrt", &[-INF], -INF),
    ("cbrt", &[NAN], NAN),
    ("hypot", &[0.0, 0.0], 0.0),
    ("hypot", &[-0.0, -0.0], 0.0),
    ("hypot", &[-2.5, 0.0], 2.5),
    ("hypot", &[-2.5, -0.0], 2.5),
    ("hypot", &[-0.0, 2.5], 2.5),
    ("hypot", &[3.0, -4.0], 5.0),
    ("hypot", &[INF, 1.0], INF),
    ("hypot", &[1.0, -INF], INF),
    ("hypot", &[-INF, INF], INF),
    ("hypot", &[INF, NAN], INF),
    ("hypot", &[NAN, -INF], INF),
    ("hypot", &[NAN, 1.0], NAN),
    ("hypot", &[1.0, NAN], NAN),
    ("hypot", &[NAN, 0.0], NAN),
    ("erf", &[0.0], 0.0),
    ("erf", &[-0.0], -0.0),
    ("erf", &[7.0], 1.0),
    ("erf", &[INF], 1.0),
    ("erf", &[-INF], -1.0),
    ("erf", &[NAN], NAN),
    ("erfc", &[0.0], 1.0),
    ("erfc", &[-0.0], 1.0),
    ("erfc", &[30.0], 0.0),
    ("erfc", &[-7.0], 2.0),
    ("erfc", &[INF], 0.0),
    ("erfc", &[-INF], 2.0),
    ("erfc", &[NAN], NAN),
];

/// Rows at the ends of a format: its largest float, its smallest one, and a subnormal `cube`
/// with an exact cube root.
fn edge_rows(max: f64, tiny: f64, cube: f64, root: f64) -> Vec<(&'static str, Vec<f64>, f64)> {
    vec![
        ("sin", vec![-tiny], -tiny),
        ("cos", vec![tiny], 1.0),
        ("tan", vec![tiny], tiny),
        ("arcsin", vec![-tiny], -tiny),
        ("arcsin", vec![max], NAN),
        ("arccos", vec![tiny], FRAC_PI_2),
        ("arccos", vec![-max], NAN),
        ("arctan", vec![tiny], tiny),
        ("arctan", vec![-max], -FRAC_PI_2),
        ("arctan2", vec![tiny, tiny], FRAC_PI_4),
        ("arctan2", vec![max, max], FRAC_PI_4),
        ("arctan2", vec![-max, -max], -THREE_QUARTERS_PI),
        ("arctan2", vec![tiny, 1.0], tiny),
        ("arctan2", vec![-tiny, max], -0.0),
        ("arctan2", vec![tiny, -max], PI),
        ("arctan2", vec![max, -tiny], FRAC_PI_2),
        ("arctan2", vec![tiny, 0.0], FRAC_PI_2),
        ("cbrt", vec![-cube], -root),
        ("hypot", vec![tiny, 0.0], tiny),
        ("hypot", vec![3.0 * tiny, 4.0 * tiny], 5.0 * tiny),
        ("hypot", vec![max, tiny], max),
        ("hypot", vec![max, max], INF),
        ("hypot", vec![max, INF], INF),
        ("erf", vec![tiny], tiny),
        ("erf", vec![max], 1.0),
        ("erfc", vec![tiny], 1.0),
        ("erfc", vec![max], 0.0),
        ("erfc", vec![-max], 2.0),
    ]
}

/// Angles closest to multiples of pi/2, the largest ones, and their sine, cosine and
/// tangent, computed with 1500 bits.
const HARD_ANGLES_F64: &[[f64; 4]] = &[
    [5.319372648326541e255, 1.0, -4.687165924254628e-19, -2.133485385753704e18],
    [PI, 1.2246467991473532e-16, -1.0, -1.2246467991473532e-16],
    [f64::MAX, 0.004961954789184062, -0.9999876894265599, -0.004962015874444895],
];
const HARD_ANGLES_F32: &[[f64; 4]] = &[
    [7.729178919452902e28, 1.0, -1.6147697623480894e-09, -619283328.0],
    [21999384576.0, 1.0, -2.0126460498204324e-09, -496858368.0],
    [1.5458357838905804e29, -3.229539524696179e-09, -1.0, 3.229539524696179e-09],
    [f32::MAX as f64, -0.5218765139579773, 0.8530210256576538, -0.6117979288101196],
];

/// The value of an operation on arguments rounded to the format.
fn value(dtype: DType, name: &str, args: &[f64]) -> f64 {
    let op = Elementwise::from_name(name).expect("an operation");
    let program = op.program(&vec![dtype; args.len()]);
    let mut evaluator = Evaluator::new(&program);
    let bits: Vec<u64> = args.iter().map(|arg| to_bits(dtype, *arg)).collect();
    evaluator.run(&bits);
    from_bits(dtype, evaluator.result(0))
}

fn to_bits(dtype: DType, value: f64) -> u64 {
    match dtype {
        DType::F32 => u64::from((value as f32).to_bits()),
        _ => value.to_bits(),
    }
}

fn from_bits(dtype: DType, bits: u64) -> f64 {
    match dtype {
        DType::F32 => f64::from(f32::from_bits(bits as u32)),
        _ => f64::from_bits(bits),
    }
}

/// Distance in units in the last place; a NaN is far from everything but a NaN, and zeros
/// of different signs are not equal.
fn ulps(dtype: DType, a: f64, b: f64) -> u64 {
    if a.is_nan() || b.is_nan() {
        return if a.is_nan() && b.is_nan() { 0 } else { u64::MAX };
    }
    if a.is_sign_negative() != b.is_sign_negative() {
        return u64::MAX;
    }
    to_bits(dtype, a).abs_diff(to_bits(dtype, b))
}

#[track_caller]
fn check(dtype: DType, name: &str, args: &[f64], want: f64, bound: u64) {
    let got = value(dtype, name, args);
    let want = from_bits(dtype, to_bits(dtype, want));
    let distance = ulps(dtype, got, want);
    assert!(distance <= bound, "{name}{args:?} : {dtype:?} is {got:e}, not {want:e}");
}

#[test]
fn special_values_are_those_of_numpy() {
    for (name, args, want) in ROWS {
        check(DType::F64, name, args, *want, 0);
        check(DType::F32, name, args, *want, 0);
    }
}

#[test]
fn values_at_the_ends_of_the_formats() {
    let tiny = f64::from_bits(1);
    for (name, args, want) in edge_rows(f64::MAX, tiny, tiny, 2f64.powi(-358)) {
        check(DType::F64, name, &args, want, 0);
    }
    let (max, tiny) = (f64::from(f32::MAX), f64::from(f32::from_bits(1)));
    for (name, args, want) in edge_rows(max, tiny, 4.0 * tiny, 2f64.powi(-49)) {
        check(DType::F32, name, &args, want, 0);
    }
}

#[test]
fn angles_near_multiples_of_half_pi_and_huge_ones() {
    for (dtype, table, bound) in
        [(DType::F64, HARD_ANGLES_F64, 1), (DType::F32, HARD_ANGLES_F32, 2)]
    {
        for [angle, sine, cosine, tangent] in table {
            for sign in [1.0, -1.0] {
                check(dtype, "sin", &[sign * angle], sign * sine, bound);
                check(dtype, "cos", &[sign * angle], *cosine, bound);
                check(dtype, "tan", &[sign * angle], sign * tangent, bound);
            }
        }
    }
}

#[test]
fn float32_is_within_two_units_in_every_binade() {
    type Named = (&'static str, fn(f64) -> f64);
    let functions: [Named; 7] = [
        ("sin", f64::sin),
        ("cos", f64::cos),
        ("tan", f64::tan),
        ("arcsin", f64::asin),
        ("arccos", f64::acos),
        ("arctan", f64::atan),
        ("cbrt", f64::cbrt),
    ];
    for (name, function) in functions {
        let op = Elementwise::from_name(name).expect("an operation");
        let program = op.program(&[DType::F32]);
        let mut evaluator = Evaluator::new(&program);
        // An odd stride that walks through all binades of both signs.
        for bits in (0..=u32::MAX).step_by(65_521) {
            let x = f32::from_bits(bits);
            evaluator.run(&[u64::from(bits)]);
            let got = f32::from_bits(evaluator.result(0) as u32);
            let want = function(f64::from(x)) as f32;
            let distance = ulps(DType::F32, f64::from(got), f64::from(want));
            assert!(distance <= 2, "{name}({x:e}) is {got:e}, not {want:e}");
        }
    }
}
