//! Functions of two floats, one of them special and the other of every size: where a formula
//! that is right for numbers of like sizes may leave its range.
//!
//! `float32` is compared with `float64`, which is computed by other paths, overflows elsewhere,
//! and is off by nothing that `float32` could tell.

use crate::math::ulps;
use crate::math_special::{Function, numbers_of_all_sizes, report};
use jitney_ir::DType;
use jitney_ir::ops::{Accuracy, Elementwise};

/// Ends of the range, ends of exponentials, and what functions treat apart.
const SPECIAL: &[f32] = &[
    0.0,
    f32::INFINITY,
    f32::NAN,
    1e-45,
    f32::MIN_POSITIVE,
    f32::MAX,
    0.5,
    1.0,
    1.5,
    2.0,
    3.0,
    80.0,
    90.0,
    104.0,
    127.0,
    150.0,
];

/// The functions that are not exact.
fn functions() -> impl Iterator<Item = Elementwise> {
    Elementwise::NAMED.iter().copied().filter(|op| {
        let result = op.signature(&[DType::F32; 2]).map(|signature| signature.result);
        op.arity() == 2 && op.accuracy() == Accuracy::Ulp && result == Ok(DType::F32)
    })
}

/// What is wrong with the result for floats, if anything.
fn check(single: &Function, double: &Function, args: &[f64]) -> Option<String> {
    let (got, want) = (single.call(args) as f32, double.call(args));
    let distance = ulps(DType::F32, got.to_bits().into(), (want as f32).to_bits().into());
    let same_sign = got.is_nan() || got.is_sign_negative() == want.is_sign_negative();
    let is_right = distance <= 2 && same_sign;
    (!is_right).then(|| format!("{}{args:?} = {got:e}, not {want:e}", single.name))
}

#[test]
fn special_values_meet_numbers_of_all_sizes() {
    let numbers = numbers_of_all_sizes(DType::F32, &[1.0, 1.7]);
    let (mut failures, mut n_functions) = (Vec::new(), 0);
    for op in functions() {
        n_functions += 1;
        let [single, double] =
            [DType::F32, DType::F64].map(|dtype| Function::new(op.name(), dtype));
        for special in SPECIAL.iter().flat_map(|x| [f64::from(*x), -f64::from(*x)]) {
            for &number in &numbers {
                failures.extend(check(&single, &double, &[special, number]));
                failures.extend(check(&single, &double, &[number, special]));
            }
        }
    }
    assert!(n_functions >= 5, "only {n_functions} functions");
    report(failures);
}
