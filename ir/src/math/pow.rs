//! Powers.
//!
//! `x^y = e^(y log x)`. The exponential makes an absolute error of its argument, which may
//! be 745, a relative error of the result: for doubles `log x` must be right to 66 bits,
//! and is computed as a pair. Floats are computed as doubles, where 36 bits are easy.

use super::exp::{
    EXP_F64, LN_2_LOW, exp_tail, one_plus, reduce_pair, scaled_in_two_steps, with_exponent,
};
use super::log::{LN_2_HIGH, Parts, log_tail, split, split_any};
use super::parts::{
    Pair, estrin, fast_two_sum, outside, pair_constant, quotient, rounded_product, sign_bits,
    two_product, with_sign_bits,
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

/// `(log(1 + f) - f + f^2/2) / f^3`, as in the logarithm; of degree 11, good for `2^-38`.
const LOG_SINGLE: &[f64] = &[
    0.33333333399065723,
    -0.250000011252612,
    0.19999989275340402,
    -0.16666532488430083,
    0.14286178464847837,
    -0.12505712770500294,
    0.11105484486125705,
    -0.09889398880407149,
    0.09040068177181312,
    -0.09286784682439954,
    0.09116252936255918,
    -0.04823392111372579,
];

/// `(e^r - 1 - r - r^2/2) / r^3`, as in the exponential; of degree 5, good for `2^-39`.
const EXP_SINGLE: &[f64] = &[
    0.1666666677059894,
    0.0416666657431493,
    0.008333284805031371,
    0.0013889064901163848,
    0.00019907389070715443,
    2.4750086759586225e-05,
];

/// `x^y`. With a `y` of 0, 1, 2 or -1 it is exactly 1, `x`, `x * x` or `1 / x`.
///
/// Method: see the module. F64: 107 operations, 51 more in rare cases. F32: 59 operations,
/// 51 more. Largest error measured: 0.80 ULP for F64 (subnormal results; else 0.76 for
/// `|y log x|` near 700), 0.51 for F32.
pub fn pow(b: &mut Builder, x: V, y: V) -> V {
    if x.ty == LaneType::F32 {
        let (x, y) = (b.ftof(LaneType::F64, x), b.ftof(LaneType::F64, y));
        let power = magnitude_single(b, x, y);
        let power = with_edges(b, x, y, &power);
        return b.ftof(LaneType::F32, power);
    }
    let power = magnitude(b, x, y);
    with_edges(b, x, y, &power)
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

/// `|x|^y` in the precision of doubles.
fn magnitude(b: &mut Builder, x: V, y: V) -> Magnitude {
    let absolute = b.fabs(x);
    let parts = split_any(b, absolute);
    let half_log = half_log(b, &parts, None);
    // Undoes the halving of the logarithm, exactly. Where it overflows, so does the power, or it
    // underflows; a base of 1 is an edge.
    let double_y = b.fadd(y, y);
    let product = two_product(b, double_y, half_log.high);
    let low = b.fma(double_y, half_log.low, product.low);
    let reduced = reduce_pair(b, Pair { high: product.high, low });
    let tail = exp_tail(b, reduced.r.high, EXP_F64);
    let tail = b.fadd(tail, reduced.r.low);
    let one = b.float(x.ty, 1.0);
    let sum = fast_two_sum(b, one, reduced.r.high);
    let tail = b.fadd(tail, sum.low);
    let fraction = b.fadd(sum.high, tail);
    Magnitude { exponent: product.high, fraction, n: reduced.n }
}

/// `|x|^y` in doubles, with some 36 bits right.
fn magnitude_single(b: &mut Builder, x: V, y: V) -> Magnitude {
    let absolute = b.fabs(x);
    let parts = split(b, absolute);
    let (square, factor) = log_tail(b, parts.fraction, LOG_SINGLE, -0.5);
    let (ln_2, minus_ln_2) = (b.float(x.ty, LN_2), b.float(x.ty, -LN_2));
    let log = b.fma(square, factor, parts.fraction);
    let log = b.fma(parts.exponent, ln_2, log);
    let exponent = b.fmul(y, log);
    let (n, rounded) = rounded_product(b, exponent, LOG2_E);
    let r = b.fma(rounded, minus_ln_2, exponent);
    let tail = exp_tail(b, r, EXP_SINGLE);
    let fraction = one_plus(b, r, tail);
    Magnitude { exponent, fraction, n }
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
fn with_edges(b: &mut Builder, x: V, y: V, power: &Magnitude) -> V {
    let ty = x.ty;
    let common = with_exponent(b, power.fraction, power.n);
    let rare = rare_power(b, x, y, power);

    let (zero, infinity) = (b.float(ty, 0.0), b.float(ty, f64::INFINITY));
    let (positive, finite) = (b.flt(zero, x), b.flt(x, infinity));
    let inside = b.and(positive, finite);
    let is_edge = b.not(inside);
    // Below this, 2^n is a normal number, and so is its product with a fraction near 1.
    let is_far = outside(b, power.exponent, 708.0);
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
