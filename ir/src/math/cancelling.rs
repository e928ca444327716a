//! Logarithms of sums of exponentials that are close to 1, where the result cancels.
//!
//! `log(e^x + e^y)` is `log(1 + s)` with `s = (e^x - 1) + e^y`. Both terms of `s` are computed
//! as pairs, good for some 102 bits, so that `s` is still good for 53 when 49 bits of it
//! have cancelled. For doubles only.

use super::exp::LN_2_LOW;
use super::log::{Base, LN_2_HIGH};
use super::parts::{
    Pair, fast_two_sum, horner, pair_constant, product, rounded_product, two_product, two_sum,
};
use crate::lanes::{Builder, LaneType, V};
use crate::math::Format;
use std::f64::consts::{LN_2, LOG2_E};

/// What `LN_2 + LN_2_LOW` lacks of the logarithm of 2.
const LN_2_LOWEST: f64 = 5.707_708_438_416_212e-34;

/// `(log(1 + s) - s) / s^2` for `|s| < 2^-8`: the Taylor series, whose first omitted term is
/// below `2^-70` of the logarithm.
const LOG_SMALL: &[f64] =
    &[-1.0 / 2.0, 1.0 / 3.0, -1.0 / 4.0, 1.0 / 5.0, -1.0 / 6.0, 1.0 / 7.0, -1.0 / 8.0];

/// The last term of the series of `(e^t - 1) / t` for `|t| <= ln(2)/16` that is needed for
/// 107 bits, and the last one that is needed in more than a double.
const LAST_TERM: u32 = 15;
const LAST_PAIR: u32 = 8;

/// The logarithm of the sum of the exponentials of `x <= 0` and of `y <= x`, if it is below
/// `2^-8` in magnitude.
pub(super) fn log_of_sum_near_one(b: &mut Builder, x: V, y: V, base: Base) -> V {
    let (x_power, x_expm1) = exponential(b, x, base);
    let (y_power, y_expm1) = exponential(b, y, base);
    let one = b.float(x.ty, 1.0);
    let zero = b.float(x.ty, 0.0);
    // e^x - 1 = (2^n - 1) + 2^n (e^r - 1), where n is 0 or -1 and the first part exact.
    let x_whole = Pair { high: b.fsub(x_power, one), low: zero };
    let x_part = scaled(b, x_expm1, x_power);
    let x_term = sum(b, x_whole, x_part);
    let y_whole = sum(b, Pair { high: one, low: zero }, y_expm1);
    let y_term = scaled(b, y_whole, y_power);
    let s = sum(b, x_term, y_term);
    log_one_plus(b, s, base)
}

/// `2^n` and `e^r - 1`, whose exponential to the base is `2^n e^r`.
fn exponential(b: &mut Builder, x: V, base: Base) -> (V, Pair) {
    let (n, r) = if base.is_binary() { reduce_binary(b, x) } else { reduce_natural(b, x) };
    (Format::of(x.ty).power_of_two(b, n, 0), expm1(b, r))
}

fn reduce_binary(b: &mut Builder, x: V) -> (V, Pair) {
    let (n, rounded) = rounded_product(b, x, 1.0);
    let rest = b.fsub(x, rounded);
    let ln_2 = pair_constant(b, x.ty, LN_2, LN_2_LOW);
    let high = two_product(b, rest, ln_2.high);
    let low = b.fma(rest, ln_2.low, high.low);
    (n, fast_two_sum(b, high.high, low))
}

/// `x - n ln(2)`, the logarithm in four parts: products of the first two are exact.
fn reduce_natural(b: &mut Builder, x: V) -> (V, Pair) {
    let ty = x.ty;
    let (n, rounded) = rounded_product(b, x, LOG2_E);
    let minus_n = b.fneg(rounded);
    let [first, second, third, fourth] =
        [LN_2_HIGH, LN_2 - LN_2_HIGH, LN_2_LOW, LN_2_LOWEST].map(|part| b.float(ty, part));
    let rest = b.fma(minus_n, first, x);
    let second = b.fmul(minus_n, second);
    let rest = two_sum(b, rest, second);
    let third = two_product(b, minus_n, third);
    let middle = two_sum(b, rest.low, third.high);
    let low = b.fma(minus_n, fourth, third.low);
    let low = b.fadd(low, middle.low);
    let low = b.fadd(low, middle.high);
    (n, fast_two_sum(b, rest.high, low))
}

/// `e^r - 1` for `|r| <= ln(2)/2`: that of `r/8` by its series, thrice `t (t + 2)`.
fn expm1(b: &mut Builder, r: Pair) -> Pair {
    let ty = r.high.ty;
    let (eighth, two) = (b.float(ty, 0.125), b.float(ty, 2.0));
    let t = scaled(b, r, eighth);
    let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
    let tail: Vec<f64> = (LAST_PAIR + 1..=LAST_TERM).map(|n| 1.0 / factorial(n)).collect();
    let mut series = Pair { high: horner(b, t.high, &tail), low: b.float(ty, 0.0) };
    for n in (1..=LAST_PAIR).rev() {
        // These factorials are exact, and so is what the quotient's remainder is made of.
        let high = 1.0 / factorial(n);
        let low = -high.mul_add(factorial(n), -1.0) / factorial(n);
        let coefficient = Pair { high: b.float(ty, high), low: b.float(ty, low) };
        let rest = product(b, series, t);
        series = sum(b, coefficient, rest);
    }
    let mut value = product(b, series, t);
    for _ in 0..3 {
        let square = product(b, value, value);
        let double = scaled(b, value, two);
        value = sum(b, double, square);
    }
    value
}

/// `log(1 + s)` for `|s| < 2^-8`.
fn log_one_plus(b: &mut Builder, s: Pair, base: Base) -> V {
    let square = b.fmul(s.high, s.high);
    let series = horner(b, s.high, LOG_SMALL);
    let low = b.fma(square, series, s.low);
    if !base.is_binary() {
        return b.fadd(s.high, low);
    }
    let natural = fast_two_sum(b, s.high, low);
    let of_e = pair_constant(b, s.high.ty, base.of_e.0, base.of_e.1);
    let binary = product(b, natural, of_e);
    b.fadd(binary.high, binary.low)
}

/// `x + y`, for any two pairs.
fn sum(b: &mut Builder, x: Pair, y: Pair) -> Pair {
    debug_assert_eq!(x.high.ty, LaneType::F64);
    let (high, low) = (two_sum(b, x.high, y.high), two_sum(b, x.low, y.low));
    let middle = b.fadd(high.low, low.high);
    let first = fast_two_sum(b, high.high, middle);
    let rest = b.fadd(first.low, low.low);
    fast_two_sum(b, first.high, rest)
}

/// `x` times a power of two.
fn scaled(b: &mut Builder, x: Pair, power: V) -> Pair {
    Pair { high: b.fmul(x.high, power), low: b.fmul(x.low, power) }
}
