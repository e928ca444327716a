//! The hyperbolic functions.
//!
//! With `|x| = n ln 2 + r` as in the exponential, the addition theorems give
//! `sinh |x| = A cosh r + B sinh r` and `cosh x = B cosh r + A sinh r`, where
//! `A = (2^n - 2^-n)/2` and `B = (2^n + 2^-n)/2`: no division, and no cancellation that
//! keeping the largest terms unrounded does not undo.

use super::exp::{Reduced, expm1_pair, one_plus, reduce, scaled_in_two_steps};
use super::parts::{
    Pair, estrin, fast_two_sum, outside, quotient, rounded_product, sign_bits, with_sign_bits,
};
use crate::lanes::{Builder, LaneType, V};
use crate::math::Format;
use std::f64::consts::{LN_2, LOG2_E};

/// `(sinh(r)/r - 1) / r^2` as a polynomial in `r^2` for `|r| <= 0.3469`: minimax, of degree
/// 4, good for `2^-60.8` of `sinh r`.
const SINH_F64: &[f64] = &[
    0.16666666666666677,
    0.008333333333321586,
    0.0001984126988626448,
    2.7557244046589088e-06,
    2.5109101438883278e-08,
];

/// The same of degree 1, good for `2^-26.1`.
const SINH_F32: &[f64] = &[0.1666654348373413, 0.008366595022380352];

/// `(cosh(r) - 1) / r^2` likewise, of degree 4, good for `2^-56.6` of `cosh r`.
const COSH_F64: &[f64] = &[
    0.5000000000000013,
    0.04166666666651529,
    0.00138888889470482,
    2.4801489894888245e-05,
    2.763130439021489e-07,
];

/// The same of degree 2, good for `2^-30`.
const COSH_F32: &[f64] = &[0.5, 0.041666269302368164, 0.001394613180309534];

/// `(e^-r - 1 + r) / r^2`, its sign changed, for `|r| <= 0.3467`: minimax, of degree 4, good for
/// `2^-26.1` of `1 - e^-r`.
const TANH_F32: &[f64] = &[-0.49999997, 0.16666539, -0.041667756, 0.008367124, -0.001383584];

/// What both `sinh |x|` and `cosh x` are made of.
struct Terms {
    /// The reduced argument.
    reduced: Reduced,
    /// `A`.
    difference: Pair,
    /// `B`.
    sum: Pair,
    /// `sinh(r) - r`, and what `r` has lost.
    sinh_tail: V,
    /// `cosh(r) - 1`.
    cosh_tail: V,
}

/// The hyperbolic sine.
///
/// Method: see the module; 42 operations for F64 and 36 for F32, 16 more in rare cases.
/// Largest error measured: 0.83 ULP for F64, 0.89 for F32.
pub fn sinh(b: &mut Builder, x: V) -> V {
    let absolute = b.fabs(x);
    let t = terms(b, absolute);
    let common = combination(b, &t, [t.difference, t.sum]);
    let magnitude = unless_far(b, absolute, &t, common);
    let sign = sign_bits(b, x);
    with_sign_bits(b, magnitude, sign)
}

/// The hyperbolic cosine.
///
/// Method: see the module; 40 operations for F64 and 34 for F32, 16 more in rare cases.
/// Largest error measured: 0.83 ULP for F64, 0.84 for F32.
pub fn cosh(b: &mut Builder, x: V) -> V {
    let absolute = b.fabs(x);
    let t = terms(b, absolute);
    let common = combination(b, &t, [t.sum, t.difference]);
    unless_far(b, absolute, &t, common)
}

/// The hyperbolic tangent.
///
/// Method: for doubles, `tanh |x| = E / (E + 2)` with `E = e^(2|x|) - 1`, the quotient being
/// corrected by its remainder and by what rounding `E` has lost. For floats, the quotient of
/// `1 - e^(-2|x|)` and `1 + e^(-2|x|)`, each rounded once. 49 operations for F64 and 21 for F32.
/// Largest error measured: 1.00 ULP for F64, 1.96 for F32 (of all floats).
pub fn tanh(b: &mut Builder, x: V) -> V {
    let absolute = b.fabs(x);
    let magnitude = match x.ty {
        LaneType::F32 => tanh_single(b, absolute),
        _ => tanh_double(b, absolute),
    };
    let sign = sign_bits(b, x);
    with_sign_bits(b, magnitude, sign)
}

fn tanh_double(b: &mut Builder, x: V) -> V {
    let (one, two, limit) = (b.float(x.ty, 1.0), b.float(x.ty, 2.0), b.float(x.ty, 20.0));
    let double = b.fadd(x, x);
    let reduced = reduce(b, double);
    let e = expm1_pair(b, &reduced);
    let e = fast_two_sum(b, e.high, e.low);
    let divisor = b.fadd(e.high, two);
    let taken = b.fsub(divisor, two);
    let divisor_low = b.fsub(e.high, taken);
    let divisor_low = b.fadd(divisor_low, e.low);
    let divisor = Pair { high: divisor, low: divisor_low };
    let ratio = quotient(b, e.high, Some(e.low), divisor);
    let ratio = b.fadd(ratio.high, ratio.low);
    // Further out the result rounds to 1.
    let far = b.flt(limit, x);
    b.select(far, one, ratio)
}

fn tanh_single(b: &mut Builder, x: V) -> V {
    let format = Format::of(x.ty);
    // Further out the result rounds to 1.
    let (one, limit) = (b.float(x.ty, 1.0), b.float(x.ty, 10.0));
    let capped = b.fmin(limit, x);
    let double = b.fadd(capped, capped);
    // 2|x| = r - n ln 2. For all but the smallest |n| the product's error is beyond the last place
    // of a result near 1.
    let (n, rounded) = rounded_product(b, double, -LOG2_E);
    let ln_2 = b.float(x.ty, LN_2);
    let r = b.fma(rounded, ln_2, double);
    let square = b.fmul(r, r);
    let factor = estrin(b, r, TANH_F32);
    let missing = b.fma(square, factor, r);
    // What e^-2|x| lacks to 1, and what both are together: each rounded once.
    let power = format.power_of_two(b, n, 0);
    let (below, above) = (b.fsub(one, power), b.fadd(one, power));
    let minus_power = b.fneg(power);
    let difference = b.fma(power, missing, below);
    let sum = b.fma(minus_power, missing, above);
    b.fdiv(difference, sum)
}

fn terms(b: &mut Builder, absolute: V) -> Terms {
    let format = Format::of(absolute.ty);
    let reduced = reduce(b, absolute);
    let r = reduced.r.high;
    let square = b.fmul(r, r);
    let sinh_factor = estrin(b, square, format.pick(SINH_F32, SINH_F64));
    let cosh_factor = estrin(b, square, format.pick(COSH_F32, COSH_F64));
    let cube = b.fmul(square, r);
    let sinh_tail = b.fma(cube, sinh_factor, reduced.r.low);
    let cosh_tail = b.fmul(square, cosh_factor);

    let half_power = format.power_of_two(b, reduced.n, -1);
    let bits = format.bits_of(b, half_power);
    // The inverse of a power of two, without a division: exponent fields change sign about that
    // of 1/2, for both powers are halved.
    let twice = b.int(format.int, 2 * format.power_bits(-1));
    let inverse_bits = b.isub(twice, bits);
    let half_inverse = format.float_of(b, inverse_bits);
    let minus_inverse = b.fneg(half_inverse);
    let difference = fast_two_sum(b, half_power, minus_inverse);
    let sum = fast_two_sum(b, half_power, half_inverse);
    Terms { reduced, difference, sum, sinh_tail, cosh_tail }
}

/// `even cosh r + odd sinh r`, for an `even` of zero or more than `odd r`.
fn combination(b: &mut Builder, t: &Terms, [even, odd]: [Pair; 2]) -> V {
    let r = t.reduced.r.high;
    let (even, even_low, odd) = (even.high, even.low, odd.high);
    // The two largest terms, their sum unrounded: for a small argument `even` is zero, and
    // nothing may be lost of `odd r`.
    let high = b.fma(odd, r, even);
    let taken = b.fsub(even, high);
    let low = b.fma(odd, r, taken);
    let low = b.fma(odd, t.sinh_tail, low);
    let low = b.fma(even, t.cosh_tail, low);
    let low = b.fadd(low, even_low);
    b.fadd(high, low)
}

/// `common`, or `e^|x| / 2` where powers of two could overflow.
fn unless_far(b: &mut Builder, absolute: V, t: &Terms, common: V) -> V {
    let half = b.float(absolute.ty, 0.5);
    let tail = b.fadd(t.sinh_tail, t.cosh_tail);
    let fraction = one_plus(b, t.reduced.r.high, tail);
    let fraction = b.fmul(fraction, half);
    let far = scaled_in_two_steps(b, absolute, fraction, t.reduced.n);
    let is_far = outside(b, absolute, if absolute.ty == LaneType::F32 { 87.0 } else { 708.0 });
    b.select_rare(is_far, far, common)
}
