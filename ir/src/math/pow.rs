//! Powers.
//!
//! `x^y = e^(y log x)`. The exponential makes an absolute error of its argument, which may
//! be 745, a relative error of the result: for doubles `log x` must be right to 66 bits, for
//! floats to 31, and is computed as a pair.

use super::exp::{
    EXP_F32, EXP_F64, LN_2_LOW, exp_tail, one_plus, reduce_pair, scaled_in_two_steps, with_exponent,
};
use super::inverse_hyperbolic::half_ln_2;
use super::log::{LN_2_HIGH, Parts, is_no_normal_positive, split_any};
use super::parts::{
    Pair, estrin, fast_two_sum, horner, outside, pair_constant, quotient, rounded_product,
    sign_bits, two_product, with_sign_bits,
};
use crate::lanes::{Builder, LaneType, V};
use std::f64::consts::{LN_2, LOG2_E};

/// Half of `ln 2`: its product with any exponent is exact.
const HALF_LN_2_HIGH: f64 = LN_2_HIGH / 2.0;

/// What is missing there.
const HALF_LN_2_LOW: f64 = (LN_2 - LN_2_HIGH + LN_2_LOW) / 2.0;

/// `(atanh(s)/s - 1 - s^2/3) / s^4` as a polynomial in `s^2`, for `1 + f` between
/// `sqrt(1/2)` and `sqrt(2)` where `s = f / (2 + f)`: minimax, of degree 6, good for `2^-66`
/// of the logarithm.
///
/// The exponent of a power near overflow is 2^9.5: these 66 bits, and roundings of about 64.5
/// behind them, are 0.25 of a unit in the last place of the power.
const ATANH: &[f64] = &[
    0.20000000000001128,
    0.1428571428504967,
    0.11111111260006015,
    0.09090892177696198,
    0.07693379021305027,
    0.06628398717506963,
    0.06598274960479131,
];

/// `(atanh(s)/s - 1) / s^2` likewise, for floats: of degree 3, good for `2^-35.2`.
const ATANH_SINGLE: &[f64] =
    &[0.3333333134651184, 0.20000487565994263, 0.14249245822429657, 0.12142946571111679];

/// `x^y`. With a `y` of 0, 1, 2 or -1 it is exactly 1, `x`, `x * x` or `1 / x`.
///
/// Method: see the module. F64: 103 operations, 55 more in rare cases. F32: 77 operations,
/// 55 more. Largest error measured: 0.80 ULP for F64 (subnormal results; else 0.76 for
/// `|y log x|` near 700), 1.22 for F32.
pub fn pow(b: &mut Builder, x: V, y: V) -> V {
    let is_edge = is_no_normal_positive(b, x);
    let absolute = b.fabs(x);
    let parts = split_any(b, x, absolute, is_edge);
    let half_log = match x.ty {
        LaneType::F32 => half_log_single(b, &parts),
        _ => half_log(b, &parts, None),
    };
    let power = magnitude(b, y, half_log);
    with_edges(b, x, y, &power, is_edge)
}

/// `|x|^y` for a finite `|x|` above zero, as `fraction * 2^n`.
struct Magnitude {
    /// `y log |x|`.
    exponent: V,
    /// `e^(exponent - n ln 2)`.
    fraction: V,
    /// `n` in the low bits of an integer.
    n: V,
}

/// `|x|^y`, given half the logarithm of `|x|`.
fn magnitude(b: &mut Builder, y: V, half_log: Pair) -> Magnitude {
    let double_y = b.fadd(y, y);
    let product = two_product(b, double_y, half_log.high);
    let low = b.fma(double_y, half_log.low, product.low);
    let exponent = Pair { high: product.high, low };
    if y.ty == LaneType::F32 {
        return exp_single(b, exponent);
    }
    let reduced = reduce_pair(b, exponent);
    let tail = exp_tail(b, reduced.r.high, EXP_F64);
    let tail = b.fadd(tail, reduced.r.low);
    let one = b.float(y.ty, 1.0);
    let sum = fast_two_sum(b, one, reduced.r.high);
    let tail = b.fadd(tail, sum.low);
    let fraction = b.fadd(sum.high, tail);
    Magnitude { exponent: product.high, fraction, n: reduced.n }
}

/// `e^x` of a sum of floats. What rounding takes from `r` beside its polynomial is not kept: that
/// takes five operations and gains 0.13 ULP.
fn exp_single(b: &mut Builder, x: Pair) -> Magnitude {
    let (n, rounded) = rounded_product(b, x.high, LOG2_E);
    let ln_2 = pair_constant(b, x.high.ty, -LN_2, -LN_2_LOW);
    let first = b.fma(rounded, ln_2.high, x.high);
    let second = b.fma(rounded, ln_2.low, x.low);
    let r = b.fadd(first, second);
    let tail = exp_tail(b, r, EXP_F32);
    let rest = b.fadd(tail, second);
    Magnitude { exponent: x.high, fraction: one_plus(b, first, rest), n }
}

/// Half the logarithm of a float, with a relative error of `2^-30`.
fn half_log_single(b: &mut Builder, parts: &Parts) -> Pair {
    let (f, ty) = (parts.fraction, parts.fraction.ty);
    let (one, two, minus_two) = (b.float(ty, 1.0), b.float(ty, 2.0), b.float(ty, -2.0));
    let divisor = b.fadd(two, f);
    let inverse = b.fdiv(one, divisor);
    let s = b.fmul(f, inverse);
    // f - 2s is exact: they are within a factor of two of each other.
    let minus_s = b.fneg(s);
    let rest = b.fma(s, minus_two, f);
    let rest = b.fma(minus_s, f, rest);
    let s_low = b.fmul(rest, inverse);

    let square = two_product(b, s, s);
    let double_s = b.fadd(s, s);
    let square_low = b.fma(double_s, s_low, square.low);
    let factor = horner(b, square.high, ATANH_SINGLE);
    let tail = two_product(b, square.high, factor);
    let tail_low = b.fma(square_low, factor, tail.low);

    let (half_ln_2, half_ln_2_low) = half_ln_2(ty);
    let (half_ln_2, half_ln_2_low) = (b.float(ty, half_ln_2), b.float(ty, half_ln_2_low));
    let of_exponent = b.fmul(parts.exponent, half_ln_2);
    let product = two_product(b, s, tail.high);
    let product_low = b.fma(s, tail_low, product.low);
    let product_low = b.fma(s_low, tail.high, product_low);
    let small = b.fma(parts.exponent, half_ln_2_low, s_low);
    let small = b.fadd(small, product_low);
    // Each sum's first term is zero or larger than its second.
    let first = fast_two_sum(b, of_exponent, s);
    let second = fast_two_sum(b, first.high, product.high);
    let lost = b.fadd(first.low, second.low);
    Pair { high: second.high, low: b.fadd(lost, small) }
}

/// Half the logarithm, `k ln(2)/2 + atanh(f / (2 + f))`, with a relative error of `2^-64`;
/// `fraction_low` is what `f` lacks, if anything.
///
/// Halving saves the doubling of a pair.
pub(super) fn half_log(b: &mut Builder, parts: &Parts, fraction_low: Option<V>) -> Pair {
    let ty = parts.fraction.ty;
    let two = b.float(ty, 2.0);
    let mut divisor = fast_two_sum(b, two, parts.fraction);
    if let Some(low) = fraction_low {
        divisor.low = b.fadd(divisor.low, low);
    }
    let s = quotient(b, parts.fraction, fraction_low, divisor);
    // s^2, then s^2/3 + s^4/5 + …
    let square = two_product(b, s.high, s.high);
    let double_s = b.fadd(s.high, s.high);
    let square_low = b.fma(double_s, s.low, square.low);
    let third = pair_constant(b, ty, 1.0 / 3.0, 1.850371707708594e-17);
    let tail = two_product(b, square.high, third.high);
    let fourth = b.fmul(square.high, square.high);
    // The last step separately: only its rounding counts.
    let seventh = estrin(b, square.high, &ATANH[1..]);
    let fifth = b.float(ty, ATANH[0]);
    let rest = b.fma(seventh, square.high, fifth);
    // The fourth power is that of the rounded square: what it lacks is 2/5 of a square more
    // of what the square has lost.
    let two_fifths = b.float(ty, 0.4);
    let slope = b.fma(square.high, two_fifths, third.high);
    let tail_low = b.fma(square_low, slope, tail.low);
    let tail_low = b.fma(square.high, third.low, tail_low);
    let tail_low = b.fma(fourth, rest, tail_low);
    let tail = fast_two_sum(b, tail.high, tail_low);
    // s times that.
    let product = two_product(b, s.high, tail.high);
    let product_low = b.fma(s.high, tail.low, product.low);
    let product_low = b.fma(s.low, tail.high, product_low);

    let half_ln_2 = b.float(ty, HALF_LN_2_HIGH);
    let half_ln_2_low = b.float(ty, HALF_LN_2_LOW);
    let of_exponent = b.fmul(parts.exponent, half_ln_2);
    let small = b.fma(parts.exponent, half_ln_2_low, s.low);
    let small = b.fadd(small, product_low);
    // Each sum's first term is zero or larger than its second.
    let first = fast_two_sum(b, of_exponent, s.high);
    let second = fast_two_sum(b, first.high, product.high);
    let lost = b.fadd(first.low, second.low);
    Pair { high: second.high, low: b.fadd(lost, small) }
}

/// The power with what does not follow from its magnitude: signs, infinities, zeros, NaN,
/// results that are no normal numbers, and the exponents with a simpler formula.
fn with_edges(b: &mut Builder, x: V, y: V, power: &Magnitude, is_edge: V) -> V {
    let common = with_exponent(b, power.fraction, power.n);
    let rare = rare_power(b, x, y, power);

    // Below this, 2^n is a normal number, and so is its product with a fraction near 1.
    let safe = if x.ty == LaneType::F32 { 87.0 } else { 708.0 };
    let is_far = outside(b, power.exponent, safe);
    let is_rare = b.or(is_edge, is_far);
    let simple = simple_exponents(b, y);
    let is_rare = b.or(is_rare, simple);
    b.select_rare(is_rare, rare, common)
}

/// Whether `y` is 1, -1 or 2.
fn simple_exponents(b: &mut Builder, y: V) -> V {
    let (one, two) = (b.float(y.ty, 1.0), b.float(y.ty, 2.0));
    let magnitude = b.fabs(y);
    let (is_unit, is_two) = (b.feq(magnitude, one), b.feq(y, two));
    b.or(is_unit, is_two)
}

/// `x^y` for whatever is not common; the rules are those of C99, later ones winning.
fn rare_power(b: &mut Builder, x: V, y: V, power: &Magnitude) -> V {
    let ty = x.ty;
    let (zero, one, two) = (b.float(ty, 0.0), b.float(ty, 1.0), b.float(ty, 2.0));
    let (infinity, nan) = (b.float(ty, f64::INFINITY), b.float(ty, f64::NAN));
    let absolute = b.fabs(x);
    let scaled = scaled_in_two_steps(b, power.exponent, power.fraction, power.n);

    // |x| of zero or infinity: zero or infinity, by the direction.
    // The logarithm above is meaningless here: it was that of a number with this exponent field.
    let (is_zero, is_infinite) = (b.feq(x, zero), b.feq(absolute, infinity));
    let grows = b.flt(zero, y);
    let is_large = b.xor(is_zero, grows);
    let extreme = b.select(is_large, infinity, zero);
    let is_extreme = b.or(is_zero, is_infinite);
    let result = b.select(is_extreme, extreme, scaled);
    // 1 to an infinite power, and -1.
    let is_unit = b.feq(absolute, one);
    let result = b.select(is_unit, one, result);

    let signed = with_base_sign(b, x, y, result);
    let unordered = b.fne(x, x);
    let y_unordered = b.fne(y, y);
    let is_nan = b.or(unordered, y_unordered);
    let result = b.select(is_nan, nan, signed);

    let square = b.fmul(x, x);
    let inverse = b.fdiv(one, x);
    let minus_one = b.float(ty, -1.0);
    let result = choose_if_equal(b, y, two, square, result);
    let result = choose_if_equal(b, y, minus_one, inverse, result);
    let result = choose_if_equal(b, y, one, x, result);
    let result = choose_if_equal(b, x, one, one, result);
    choose_if_equal(b, y, zero, one, result)
}

/// `if a == b { yes } else { no }`.
fn choose_if_equal(b: &mut Builder, left: V, right: V, yes: V, no: V) -> V {
    let equal = b.feq(left, right);
    b.select(equal, yes, no)
}

/// `|x|^y` made `x^y`: negative for odd `y`, and NaN for finite `x < 0` and no integer `y`.
fn with_base_sign(b: &mut Builder, x: V, y: V, magnitude: V) -> V {
    let ty = x.ty;
    let (zero, half) = (b.float(ty, 0.0), b.float(ty, 0.5));
    let (minus_infinity, nan) = (b.float(ty, f64::NEG_INFINITY), b.float(ty, f64::NAN));
    let rounded = b.fnearest(y);
    let is_integer = b.feq(rounded, y);
    // Odd integers are those whose half is none. Floats from 2^53 on are even, and rounding
    // leaves them and their halves alone.
    let half_y = b.fmul(y, half);
    let half_rounded = b.fnearest(half_y);
    let half_fraction = b.fne(half_rounded, half_y);
    let is_odd = b.and(is_integer, half_fraction);

    let sign = sign_bits(b, x);
    let signed = with_sign_bits(b, magnitude, sign);
    let result = b.select(is_odd, signed, magnitude);
    let (negative, finite) = (b.flt(x, zero), b.flt(minus_infinity, x));
    let negative = b.and(negative, finite);
    let fractional = b.not(is_integer);
    let is_nan = b.and(negative, fractional);
    b.select(is_nan, nan, result)
}
