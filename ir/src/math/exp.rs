//! The exponential functions.
//!
//! `x = n ln 2 + r` with an integer `n` and `|r| <= ln(2)/2`, hence `e^x = 2^n e^r`, where
//! `e^r` is a polynomial and `2^n` an addition to the exponent field. Whatever would leave
//! the normal numbers takes a rare path that multiplies by `2^n` in two steps, the second
//! of which rounds: underflow is gradual.

use super::parts::{Pair, estrin, outside, pair_constant, rounded_product};
use crate::lanes::{Builder, LaneType, V};
use crate::math::Format;
use std::f64::consts::{LN_2, LOG2_E};

/// What `ln 2` has beyond a double.
pub(super) const LN_2_LOW: f64 = 2.3190468138462996e-17;

/// `(e^r - 1 - r - r^2/2) / r^3` for `|r| <= 0.3469`, a minimax polynomial of degree 8;
/// `e^r` is then within `2^-57.3` of itself.
pub(super) const EXP_F64: &[f64] = &[
    0.16666666666666435,
    0.04166666666660344,
    0.008333333333499506,
    0.0013888888927023925,
    0.00019841269467188292,
    2.4801508373610036e-05,
    2.755763979044192e-06,
    2.762531875517184e-07,
    2.4978861143937662e-08,
];

/// The same of degree 3, good for `2^-27.9`.
pub(super) const EXP_F32: &[f64] =
    &[0.16666533052921295, 0.04166724160313606, 0.008367538452148438, 0.0013863705098628998];

/// The same of degree 9, good for `2^-59` of `e^r - 1`.
const EXPM1_F64: &[f64] = &[
    0.16666666666666677,
    0.041666666666666574,
    0.008333333333322085,
    0.001388888888894325,
    0.00019841269885163728,
    2.4801587197301828e-05,
    2.755724504038295e-06,
    2.755738755611527e-07,
    2.5108784876579548e-08,
    2.087884634867055e-09,
];

/// The same of degree 4, good for `2^-29.8` of `e^r - 1`.
const EXPM1_F32: &[f64] = &[
    0.1666666567325592,
    0.041666481643915176,
    0.008333420380949974,
    0.0013933333102613688,
    0.00019824101764243096,
];

/// `(2^r - 1 - r ln 2) / r^2` for `|r| <= 1/2`, a minimax polynomial of degree 9; `2^r` is
/// then within `2^-57.8` of itself.
const EXP2_F64: &[f64] = &[
    0.24022650695910122,
    0.05550410866482073,
    0.009618129107596955,
    0.001333355814668658,
    0.0001540353045412147,
    1.5252733546943032e-05,
    1.3215436574949002e-06,
    1.0178184441715315e-07,
    7.073586106354167e-09,
    4.436357457852676e-10,
];

/// The same of degree 4, good for `2^-28.0`.
const EXP2_F32: &[f64] = &[
    0.24022647738456726,
    0.05550362169742584,
    0.009618526324629784,
    0.0013390183448791504,
    0.00015321110549848527,
];

/// An exponent taken apart: `e^x = 2^n e^(high + low)`.
pub(super) struct Reduced {
    /// `n` in the low bits of an integer.
    pub n: V,
    /// `r`, and what rounding it has lost.
    pub r: Pair,
}

/// `e^x`.
///
/// Method: see the module; 25 operations for F64 and 18 for F32, 12 more in rare cases.
/// Largest error measured: 0.98 ULP for F64, 0.97 for F32.
pub fn exp(b: &mut Builder, x: V) -> V {
    let reduced = reduce(b, x);
    let tail = exp_tail(b, reduced.r.high, Format::of(x.ty).pick(EXP_F32, EXP_F64));
    let fraction = one_plus(b, reduced.r.high, tail);
    let safe = if x.ty == LaneType::F32 { 87.0 } else { 708.0 };
    scaled(b, x, fraction, reduced.n, safe)
}

/// `2^x`.
///
/// Method: `r = x - n` is exact, and `2^r` a polynomial; 24 operations for F64 and 18 for
/// F32, 12 more in rare cases. Largest error measured: 0.98 ULP for F64, 0.89 for F32.
pub fn exp2(b: &mut Builder, x: V) -> V {
    let (n, rounded) = rounded_product(b, x, 1.0);
    let r = b.fsub(x, rounded);
    let squares = estrin(b, r, Format::of(x.ty).pick(EXP2_F32, EXP2_F64));
    let square = b.fmul(r, r);
    let tail = b.fmul(square, squares);
    let (one, ln_2) = (b.float(x.ty, 1.0), b.float(x.ty, LN_2));
    let rest = b.fma(r, ln_2, tail);
    let fraction = b.fadd(rest, one);
    let safe = if x.ty == LaneType::F32 { 125.5 } else { 1021.5 };
    scaled(b, x, fraction, n, safe)
}

/// `e^x - 1`, accurate near zero too.
///
/// Method: `2^n e^r - 1 = (2^n - 1) + 2^n r + 2^n (e^r - 1 - r)`, where the sum of the
/// first two is kept unrounded: no cancellation loses anything. 38 operations for F64 and
/// 32 for F32, 16 more in rare cases. Largest error measured: 1.00 ULP for F64, 0.99 for
/// F32.
pub fn expm1(b: &mut Builder, x: V) -> V {
    let (zero, minus_one) = (b.float(x.ty, 0.0), b.float(x.ty, -1.0));
    let reduced = reduce(b, x);
    let pair = expm1_pair(b, &reduced);
    let lost = lost_of_one(b, &reduced);
    let low = b.fadd(pair.low, lost);
    let common = b.fadd(pair.high, low);

    // Further away the result is that of exp, or -1.
    let tail = exp_tail(b, reduced.r.high, Format::of(x.ty).pick(EXPM1_F32, EXPM1_F64));
    let fraction = one_plus(b, reduced.r.high, tail);
    let large = scaled_in_two_steps(b, x, fraction, reduced.n);
    let negative = b.flt(x, zero);
    let far = b.select(negative, minus_one, large);
    let is_far = outside(b, x, if x.ty == LaneType::F32 { 87.0 } else { 708.0 });
    let result = b.select_rare(is_far, far, common);

    // The sum of zeros has lost the sign of -0.
    let is_zero = b.feq(x, zero);
    b.select(is_zero, x, result)
}

/// `e^x - 1` as an unrounded sum, for exponents whose power of two is a normal number.
pub(super) fn expm1_pair(b: &mut Builder, reduced: &Reduced) -> Pair {
    let r = reduced.r.high;
    let format = Format::of(r.ty);
    let tail = exp_tail(b, r, format.pick(EXPM1_F32, EXPM1_F64));
    let tail = b.fadd(tail, reduced.r.low);
    let one = b.float(r.ty, 1.0);
    let power = format.power_of_two(b, reduced.n, 0);
    let offset = b.fsub(power, one);
    let high = b.fma(power, r, offset);
    let added = b.fsub(offset, high);
    let lost = b.fma(power, r, added);
    let low = b.fma(power, tail, lost);
    Pair { high, low }
}

/// What `2^n - 1` loses when it is rounded.
fn lost_of_one(b: &mut Builder, reduced: &Reduced) -> V {
    let ty = reduced.r.high.ty;
    let one = b.float(ty, 1.0);
    let power = Format::of(ty).power_of_two(b, reduced.n, 0);
    let offset = b.fsub(power, one);
    let taken = b.fsub(power, offset);
    b.fsub(taken, one)
}

/// Takes an exponent apart.
pub(super) fn reduce(b: &mut Builder, x: V) -> Reduced {
    let (n, rounded) = rounded_product(b, x, LOG2_E);
    let ln_2 = pair_constant(b, x.ty, -LN_2, -LN_2_LOW);
    // Exact: the product is not rounded, and x - n ln 2 has no more bits than x.
    let first = b.fma(rounded, ln_2.high, x);
    let high = b.fma(rounded, ln_2.low, first);
    let taken = b.fsub(first, high);
    let low = b.fma(rounded, ln_2.low, taken);
    Reduced { n, r: Pair { high, low } }
}

/// Takes the exponent `high + low` apart.
pub(super) fn reduce_pair(b: &mut Builder, x: Pair) -> Reduced {
    let (n, rounded) = rounded_product(b, x.high, LOG2_E);
    let ln_2 = pair_constant(b, x.high.ty, -LN_2, -LN_2_LOW);
    let first = b.fma(rounded, ln_2.high, x.high);
    let second = b.fma(rounded, ln_2.low, x.low);
    let high = b.fadd(first, second);
    let taken = b.fsub(high, first);
    let low = b.fsub(second, taken);
    Reduced { n, r: Pair { high, low } }
}

/// `e^r - 1 - r`, by the given polynomial for `(e^r - 1 - r - r^2/2) / r^3`.
pub(super) fn exp_tail(b: &mut Builder, r: V, coefficients: &[f64]) -> V {
    let half = b.float(r.ty, 0.5);
    let cubes = estrin(b, r, coefficients);
    let factor = b.fma(cubes, r, half);
    let square = b.fmul(r, r);
    b.fmul(square, factor)
}

/// `1 + (r + tail)`.
pub(super) fn one_plus(b: &mut Builder, r: V, tail: V) -> V {
    let one = b.float(r.ty, 1.0);
    // Small terms first: the last addition's rounding is nearly all of the error.
    let rest = b.fadd(r, tail);
    b.fadd(rest, one)
}

/// `fraction * 2^n`, which is a normal number while `|x| < safe`.
fn scaled(b: &mut Builder, x: V, fraction: V, n: V, safe: f64) -> V {
    let common = with_exponent(b, fraction, n);
    let rare = scaled_in_two_steps(b, x, fraction, n);
    let is_rare = outside(b, x, safe);
    b.select_rare(is_rare, rare, common)
}

/// `fraction * 2^n`, a normal number.
pub(super) fn with_exponent(b: &mut Builder, fraction: V, n: V) -> V {
    let format = Format::of(fraction.ty);
    let bits = format.bits_of(b, fraction);
    let field = format.to_exponent(b, n);
    let sum = b.iadd(bits, field);
    format.float_of(b, sum)
}

/// `fraction * 2^n`, rounded once where it is no normal number; infinite or zero where `x`,
/// the exponent that `n` comes from, is so large that `n` may mean nothing.
pub(super) fn scaled_in_two_steps(b: &mut Builder, x: V, fraction: V, n: V) -> V {
    let format = Format::of(x.ty);
    let one = b.int(format.int, 1);
    // A logical shift: `n` is the low bits of an integer, and of the halves, too, only the low
    // bits reach the exponent field.
    let half = b.lshr(n, one);
    let other_half = b.isub(n, half);
    let first = format.power_of_two(b, half, 0);
    let second = format.power_of_two(b, other_half, 0);
    let product = b.fmul(fraction, first);
    let product = b.fmul(product, second);

    // Twice the range of normal exponents is what two steps can make; further out `n` may have
    // outgrown the field, and what the product then is means nothing.
    let limit = if x.ty == LaneType::F32 { 160.0 } else { 1100.0 };
    let (top, bottom) = (b.float(x.ty, limit), b.float(x.ty, -limit));
    let (infinity, zero) = (b.float(x.ty, f64::INFINITY), b.float(x.ty, 0.0));
    let over = b.flt(top, x);
    let under = b.flt(x, bottom);
    let product = b.select(over, infinity, product);
    b.select(under, zero, product)
}
