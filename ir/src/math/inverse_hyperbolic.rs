//! The inverse hyperbolic functions.
//!
//! The first two are logarithms of a number that is computed as an unrounded sum of two
//! floats, so that it may be as close to 1 as it likes. The third reduces its argument as
//! the logarithm does, but in a way that costs a single division.

use super::exp::LN_2_LOW;
use super::log::{Base, LN_2_HIGH, log_of_pair};
use super::parts::{
    Pair, estrin, fast_two_sum, quotient, sign_bits, two_product, two_sum, with_sign_bits,
};
use crate::lanes::{Builder, LaneType, V};
use crate::math::Format;
use std::f64::consts::LN_2;

/// `(atanh(s)/s - 1) / s^2` as a polynomial in `s^2` for `|s| <= 0.2005`: minimax, of degree
/// 7, good for `2^-60.9` of `atanh s`.
const ATANH_F64: &[f64] = &[
    0.333333333333333,
    0.20000000000028872,
    0.14285714277788242,
    0.11111112162282982,
    0.09090832103917931,
    0.07695583033272997,
    0.06586346902183582,
    0.06924573639195053,
];

/// The same of degree 2, good for `2^-28.2`.
const ATANH_F32: &[f64] = &[0.333334743976593, 0.19978736340999603, 0.15184219181537628];

/// The inverse hyperbolic sine.
///
/// Method: `log(|x| + sqrt(x^2 + 1))`; 73 operations for F64 and 68 for F32. Largest error
/// measured: 0.65 ULP for F64, 0.76 for F32.
pub fn arcsinh(b: &mut Builder, x: V) -> V {
    let absolute = b.fabs(x);
    let magnitude = log_with_root(b, absolute, 1.0);
    let sign = sign_bits(b, x);
    with_sign_bits(b, magnitude, sign)
}

/// The inverse hyperbolic cosine.
///
/// Method: `log(x + sqrt(x^2 - 1))`; 73 operations for F64 and 68 for F32, 2 more in
/// rare cases. Largest error measured: 0.67 ULP for F64, 0.74 for F32.
pub fn arccosh(b: &mut Builder, x: V) -> V {
    let (zero, one) = (b.float(x.ty, 0.0), b.float(x.ty, 1.0));
    let value = log_with_root(b, x, -1.0);
    let nan = b.float(x.ty, f64::NAN);
    let is_one = b.feq(x, one);
    let edge = b.select(is_one, zero, nan);
    let inside = b.flt(one, x);
    let is_edge = b.not(inside);
    b.select_rare(is_edge, edge, value)
}

/// The inverse hyperbolic tangent.
///
/// Method: half the logarithm of `u / v` with `u = 1 + |x|` and `v = 1 - |x|`, which is `k
/// ln(2)/2 + atanh((u - 2^k v) / (u + 2^k v))`; numerator, denominator and quotient are
/// unrounded sums. 60 operations for F64 and 54 for F32, 2 more in rare cases. Largest
/// error measured: 0.56 ULP for F64, 0.57 for F32.
pub fn arctanh(b: &mut Builder, x: V) -> V {
    let (one, infinity) = (b.float(x.ty, 1.0), b.float(x.ty, f64::INFINITY));
    let nan = b.float(x.ty, f64::NAN);
    let absolute = b.fabs(x);
    let value = arctanh_inside(b, absolute);
    let is_one = b.feq(absolute, one);
    let edge = b.select(is_one, infinity, nan);
    let inside = b.flt(absolute, one);
    let is_edge = b.not(inside);
    let magnitude = b.select_rare(is_edge, edge, value);
    let sign = sign_bits(b, x);
    with_sign_bits(b, magnitude, sign)
}

/// `log(x + sqrt(x^2 + offset))` for `x` not negative, `offset` being 1 or -1.
fn log_with_root(b: &mut Builder, x: V, offset: f64) -> V {
    let ty = x.ty;
    let (zero, half, one) = (b.float(ty, 0.0), b.float(ty, 0.5), b.float(ty, 1.0));
    let (offset, infinity) = (b.float(ty, offset), b.float(ty, f64::INFINITY));
    let square = two_product(b, x, x);
    let radicand = two_sum(b, square.high, offset);
    let radicand_low = b.fadd(radicand.low, square.low);
    // The root, and its Newton correction.
    let root = b.fsqrt(radicand.high);
    let minus_root = b.fneg(root);
    let rest = b.fma(minus_root, root, radicand.high);
    let rest = b.fadd(rest, radicand_low);
    let inverse = b.fdiv(half, root);
    let sum = two_sum(b, x, root);
    let low = b.fma(rest, inverse, sum.low);

    // For large x the sum is 2x; its square may not be finite.
    let limit = b.float(ty, if ty == LaneType::F32 { 16384.0 } else { 1073741824.0 });
    let large = b.flt(limit, x);
    let high = b.select(large, x, sum.high);
    let low = b.select(large, zero, low);
    let doubling = b.select(large, one, zero);
    let value = log_of_pair(b, Pair { high, low }, Some(doubling), Base::NATURAL);
    let value = b.fadd(value.high, value.low);
    let is_infinite = b.feq(x, infinity);
    b.select(is_infinite, x, value)
}

/// [`arctanh`] between 0 and 1.
fn arctanh_inside(b: &mut Builder, x: V) -> V {
    let format = Format::of(x.ty);
    let (one, minus_x) = (b.float(x.ty, 1.0), b.fneg(x));
    let above = fast_two_sum(b, one, x);
    let below = fast_two_sum(b, one, minus_x);
    let power_field = ratio_exponent(b, above.high, below.high);
    let s = reduced_quotient(b, above, below, power_field);

    let square = b.fmul(s.high, s.high);
    let factor = estrin(b, square, format.pick(ATANH_F32, ATANH_F64));
    let cube = b.fmul(square, s.high);
    let tail = b.fma(cube, factor, s.low);

    // k as a float: it is the fraction of a large power of two's successor.
    let places = b.int(format.int, format.fraction_bits);
    let magic_bits = b.int(format.int, format.power_bits(format.fraction_bits));
    let magic = format.float_of(b, magic_bits);
    let k = b.lshr(power_field, places);
    let k = b.or(k, magic_bits);
    let k = format.float_of(b, k);
    let k = b.fsub(k, magic);

    let half_ln_2 = half_ln_2(x.ty);
    let (half_high, half_low) = (b.float(x.ty, half_ln_2.0), b.float(x.ty, half_ln_2.1));
    let of_power = b.fmul(k, half_high);
    let low = b.fma(k, half_low, tail);
    let sum = fast_two_sum(b, of_power, s.high);
    let low = b.fadd(low, sum.low);
    b.fadd(sum.high, low)
}

/// `k` in a float's exponent field, `2^k` being near the quotient of two floats.
///
/// The bits of a positive float are nearly a linear function of its logarithm, so that a
/// rounded difference of bits replaces the rounded logarithm of the quotient.
fn ratio_exponent(b: &mut Builder, above: V, below: V) -> V {
    let format = Format::of(above.ty);
    let (above, below) = (format.bits_of(b, above), format.bits_of(b, below));
    let difference = b.isub(above, below);
    let half = b.int(format.int, 1 << (format.fraction_bits - 1));
    let rounded = b.iadd(difference, half);
    let mask = b.int(format.int, !0 << format.fraction_bits);
    b.and(rounded, mask)
}

/// `(above - 2^k below) / (above + 2^k below)` as an unrounded sum.
fn reduced_quotient(b: &mut Builder, above: Pair, below: Pair, power_field: V) -> Pair {
    let ty = above.high.ty;
    let format = Format::of(ty);
    let one_bits = b.int(format.int, format.power_bits(0));
    let power = b.iadd(power_field, one_bits);
    let power = format.float_of(b, power);
    let scaled = b.fmul(below.high, power);
    let scaled_low = b.fmul(below.low, power);

    // Exact, for the terms are within a factor of two of each other.
    let difference = b.fsub(above.high, scaled);
    let difference_low = b.fsub(above.low, scaled_low);
    // Near zero the difference is all there is, and its low part a good share of it.
    let numerator = fast_two_sum(b, difference, difference_low);
    let double = b.fadd(above.high, above.high);
    let minus_difference = b.fneg(difference);
    let divisor = fast_two_sum(b, double, minus_difference);
    let sum_low = b.fadd(above.low, scaled_low);
    let divisor_low = b.fadd(divisor.low, sum_low);
    let divisor = Pair { high: divisor.high, low: divisor_low };
    quotient(b, numerator.high, Some(numerator.low), divisor)
}

/// `ln(2)/2` in two parts, the first short enough for exact products with `k`.
pub(super) fn half_ln_2(ty: LaneType) -> (f64, f64) {
    const SINGLE: f64 = 0.3465728759765625;
    match ty {
        LaneType::F32 => (SINGLE, LN_2 / 2.0 - SINGLE),
        _ => (LN_2_HIGH / 2.0, (LN_2 - LN_2_HIGH + LN_2_LOW) / 2.0),
    }
}
