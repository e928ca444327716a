//! The logarithms.
//!
//! `x = 2^k (1 + f)` with `1 + f` between `sqrt(1/2)` and `sqrt(2)`, hence
//! `log x = k ln 2 + log(1 + f)`. With `s = f / (2 + f)` the latter is `f - f^2/2` and
//! `s (f^2/2 + s^2 P(s^2))`: a division, but half of the multiplications that a polynomial
//! in `f` takes. (That sum is known from FreeBSD's `e_log.c`.) The sum of the large terms is
//! kept unrounded and the small ones are added last, so that nearly all of the error is that
//! of the last rounding.

use super::exp::LN_2_LOW;
use super::parts::{Pair, estrin, fast_two_sum, pair_constant};
use crate::lanes::{Builder, LaneType, V};
use crate::math::Format;
use std::f32::consts::FRAC_1_SQRT_2 as FRAC_1_SQRT_2_SINGLE;
use std::f64::consts::{FRAC_1_SQRT_2, LN_2, LOG2_E, LOG10_2, LOG10_E};

/// `(log(1 + f) - 2s) / s^3` as a polynomial in `s^2`, where `s = f / (2 + f)` and `1 + f` is
/// between `sqrt(1/2)` and `sqrt(2)`: minimax, of degree 6; `log(1 + f)` is then within
/// `2^-59.4` of itself.
const LOG_F64: &[f64] = &[
    0.6666666666666734,
    0.3999999999941648,
    0.28571428742102434,
    0.2222219859343253,
    0.18183563661163435,
    0.1531405897079535,
    0.1479594229988424,
];

/// The same of degree 2, good for `2^-30.2`.
const LOG_F32: &[f64] = &[0.6666677594184875, 0.39977580308914185, 0.29871004819869995];

/// A base of logarithms, as pairs of doubles.
#[derive(Clone, Copy)]
pub(super) struct Base {
    /// The logarithm of `e` to this base.
    pub of_e: (f64, f64),
    /// The logarithm of 2, the first part with at most 42 bits.
    of_2: (f64, f64),
    /// The same for floats, the first part with at most 16 bits.
    of_2_single: (f64, f64),
}

impl Base {
    /// Natural logarithms.
    pub const NATURAL: Base = Base {
        of_e: (1.0, 0.0),
        of_2: (LN_2_HIGH, LN_2 - LN_2_HIGH + LN_2_LOW),
        of_2_single: (0.693145751953125, LN_2 - 0.693145751953125),
    };

    /// Logarithms to base 2.
    pub const BINARY: Base =
        Base { of_e: (LOG2_E, 2.0355273740931033e-17), of_2: (1.0, 0.0), of_2_single: (1.0, 0.0) };

    /// Logarithms to base 10.
    const DECIMAL: Base = Base {
        of_e: (LOG10_E, 1.098319650216765e-17),
        of_2: (LOG10_2_HIGH, LOG10_2 - LOG10_2_HIGH - 2.8037281277851704e-18),
        of_2_single: (0.301025390625, LOG10_2 - 0.301025390625),
    };

    /// Whether the logarithm of 2 is 1.
    pub fn is_binary(self) -> bool {
        self.of_2.0 == 1.0
    }

    /// Whether the logarithm of `e` is 1.
    fn is_natural(self) -> bool {
        self.of_e.0 == 1.0
    }
}

/// The upper bits of `ln 2`: its product with any exponent is exact.
pub(super) const LN_2_HIGH: f64 = f64::from_bits(LN_2.to_bits() & !0x7ff);

/// The upper bits of `log10 2`.
const LOG10_2_HIGH: f64 = f64::from_bits(LOG10_2.to_bits() & !0x7ff);

/// A positive number as `2^exponent * (1 + fraction)`.
pub(super) struct Parts {
    /// `k`, a float.
    pub exponent: V,
    /// `f`.
    pub fraction: V,
    /// The bits of `k` in the place of a float's exponent.
    pub exponent_bits: V,
}

/// The natural logarithm.
///
/// Method: see the module; 36 operations for F64 and 31 for F32, 10 more in rare cases.
/// Largest error measured: 0.69 ULP for F64, 0.74 for F32.
pub fn log(b: &mut Builder, x: V) -> V {
    log_to_base(b, x, Base::NATURAL)
}

/// The logarithm to base 2, exact for powers of two.
///
/// Method: see the module; 38 operations for F64 and 33 for F32, 10 more in rare cases.
/// Largest error measured: 0.81 ULP for F64, 0.98 for F32.
pub fn log2(b: &mut Builder, x: V) -> V {
    log_to_base(b, x, Base::BINARY)
}

/// The logarithm to base 10, exact for powers of ten.
///
/// Method: see the module; 40 operations for F64 and 35 for F32, 10 more in rare cases.
/// Largest error measured: 0.79 ULP for F64, 0.90 for F32.
pub fn log10(b: &mut Builder, x: V) -> V {
    log_to_base(b, x, Base::DECIMAL)
}

/// `log(1 + x)`, accurate near zero too.
///
/// Method: `1 + x` as an unrounded sum of two floats, whose second changes the logarithm of
/// the first by a near multiple of itself. 49 operations for F64 and 44 for F32, 6 more in
/// rare cases. Largest error measured: 0.68 ULP for F64, 0.74 for F32.
pub fn log1p(b: &mut Builder, x: V) -> V {
    let one = b.float(x.ty, 1.0);
    let high = b.fadd(x, one);
    let taken = b.fsub(high, one);
    let low = b.fsub(x, taken);
    let value = log_of_pair(b, Pair { high, low }, None, Base::NATURAL);
    let value = b.fadd(value.high, value.low);
    let value = with_edges(b, high, value);
    // The sum of zeros has lost the sign of -0.
    let zero = b.float(x.ty, 0.0);
    let is_zero = b.feq(x, zero);
    b.select(is_zero, x, value)
}

/// The logarithm of an unrounded sum, `high` being normal: another unrounded sum.
/// `more` is added to the exponent.
pub(super) fn log_of_pair(b: &mut Builder, x: Pair, more: Option<V>, base: Base) -> Pair {
    let ty = x.high.ty;
    let (mut parts, fraction_low) = split_pair(b, x);
    if let Some(more) = more {
        parts.exponent = b.fadd(parts.exponent, more);
    }
    // 1 / (1 + f) within 7 %: the low part is that much smaller than the last place.
    let (slope, level) = (b.float(ty, -0.94), b.float(ty, 1.045));
    let derivative = b.fma(parts.fraction, slope, level);
    let correction = b.fmul(fraction_low, derivative);
    sum_of_logarithms(b, &parts, Some(correction), base)
}

/// Takes an unrounded sum apart, `high` being normal; the second value is what the fraction
/// has lost.
pub(super) fn split_pair(b: &mut Builder, x: Pair) -> (Parts, V) {
    let format = Format::of(x.high.ty);
    let mut parts = split(b, x.high);
    // The low part is scaled by 2^(1 - k), for 2^-k may be too small for a normal number.
    let two = b.int(format.int, format.power_bits(1));
    // A difference of exponent fields is the quotient of powers of two.
    let scale = b.isub(two, parts.exponent_bits);
    let scale = format.float_of(b, scale);
    let half = b.float(x.high.ty, 0.5);
    let scaled = b.fmul(x.low, scale);
    let low = b.fmul(scaled, half);
    let fraction = fast_two_sum(b, parts.fraction, low);
    parts.fraction = fraction.high;
    (parts, fraction.low)
}

/// Takes an absolute value apart, be it subnormal or not. That of `x`, which is subnormal or
/// negative only where `is_rare`: there with more work, while others need not even take the
/// absolute value.
pub(super) fn split_any(b: &mut Builder, x: V, absolute: V, is_rare: V) -> Parts {
    let format = Format::of(x.ty);
    // Subnormal numbers are made normal, and the exponent's bias makes up for it.
    let places = format.fraction_bits + 2;
    let smallest = b.float(x.ty, 2f64.powi(1 - format.bias as i32));
    let factor = b.float(x.ty, 2f64.powi(places as i32));
    let subnormal = b.flt(absolute, smallest);
    let enlarged = b.fmul(absolute, factor);
    let normal = b.select(subnormal, enlarged, absolute);
    let normal = b.select_rare(is_rare, normal, x);
    let (bias, enlarged_bias) = (exponent_bias(b, x.ty, 0), exponent_bias(b, x.ty, places));
    let rare_bias = b.select(subnormal, enlarged_bias, bias);
    let bias = b.select_rare(is_rare, rare_bias, bias);
    split_with_bias(b, normal, bias)
}

/// Whether `x` is no normal positive number: such have bits next to each other.
pub(super) fn is_no_normal_positive(b: &mut Builder, x: V) -> V {
    let format = Format::of(x.ty);
    let smallest = format.power_bits(1 - format.bias);
    let (smallest, n_normal) =
        (b.int(format.int, smallest), b.int(format.int, format.inf - smallest));
    let bits = format.bits_of(b, x);
    let above = b.isub(bits, smallest);
    b.ule(n_normal, above)
}

/// Takes a normal positive number apart.
fn split(b: &mut Builder, x: V) -> Parts {
    let bias = exponent_bias(b, x.ty, 0);
    split_with_bias(b, x, bias)
}

/// The float whose fraction is the exponent field of `2^places`.
fn exponent_bias(b: &mut Builder, ty: LaneType, places: i64) -> V {
    let format = Format::of(ty);
    b.float(ty, ((1 << format.fraction_bits) + format.bias + places) as f64)
}

/// Takes a normal positive number apart, `bias` being taken from its exponent.
fn split_with_bias(b: &mut Builder, x: V, bias: V) -> Parts {
    let format = Format::of(x.ty);
    // With this added to the bits, the exponent field changes at sqrt(1/2).
    let root = match x.ty {
        LaneType::F32 => i64::from(FRAC_1_SQRT_2_SINGLE.to_bits()),
        _ => FRAC_1_SQRT_2.to_bits() as i64,
    };
    let bits = format.bits_of(b, x);
    let shift = b.int(format.int, format.power_bits(0) - root);
    let sum = b.iadd(bits, shift);

    let mask = b.int(format.int, (1 << format.fraction_bits) - 1);
    let below = b.and(sum, mask);
    let root = b.int(format.int, root);
    let mantissa = b.iadd(below, root);
    let mantissa = format.float_of(b, mantissa);
    let one = b.float(x.ty, 1.0);
    let fraction = b.fsub(mantissa, one);

    // The exponent field as the low bits of a float that is 2^fraction and that integer:
    // no conversion is needed.
    let places = b.int(format.int, format.fraction_bits);
    let field = b.lshr(sum, places);
    let magic = b.int(format.int, format.power_bits(format.fraction_bits));
    let float = b.or(field, magic);
    let float = format.float_of(b, float);
    let exponent = b.fsub(float, bias);

    let field_mask = b.int(format.int, !0 << format.fraction_bits);
    let field = b.and(sum, field_mask);
    let one = b.int(format.int, format.power_bits(0));
    let exponent_bits = b.isub(field, one);
    Parts { exponent, fraction, exponent_bits }
}

/// The logarithm of any number.
fn log_to_base(b: &mut Builder, x: V, base: Base) -> V {
    let is_rare = is_no_normal_positive(b, x);
    let parts = split_any(b, x, x, is_rare);
    let value = sum_of_logarithms(b, &parts, None, base);
    let value = b.fadd(value.high, value.low);
    with_edges(b, x, value)
}

/// `k log 2 + log(1 + f)` to some base, plus a small natural `correction`: an unrounded sum.
pub(super) fn sum_of_logarithms(
    b: &mut Builder,
    parts: &Parts,
    correction: Option<V>,
    base: Base,
) -> Pair {
    let f = parts.fraction;
    let ty = f.ty;
    let (mut log_f, mut of_exponent) = (f, parts.exponent);
    let mut small = correction;
    if !base.is_natural() {
        let of_e = pair_constant(b, ty, base.of_e.0, base.of_e.1);
        log_f = b.fmul(f, of_e.high);
        let minus_product = b.fneg(log_f);
        let lost = b.fma(f, of_e.high, minus_product);
        let lost = b.fma(f, of_e.low, lost);
        small = Some(small.map_or(lost, |small| b.fma(small, of_e.high, lost)));
    }
    if !base.is_binary() {
        let of_2 = if ty == LaneType::F32 { base.of_2_single } else { base.of_2 };
        let (of_2_high, of_2_low) = (b.float(ty, of_2.0), b.float(ty, of_2.1));
        of_exponent = b.fmul(parts.exponent, of_2_high);
        small = Some(match small {
            Some(small) => b.fma(parts.exponent, of_2_low, small),
            None => b.fmul(parts.exponent, of_2_low),
        });
    }
    // Exact: the exponent's part is zero or larger than the other.
    let high = b.fadd(of_exponent, log_f);
    let taken = b.fsub(high, of_exponent);
    let lost = b.fsub(log_f, taken);
    let small = small.map_or(lost, |small| b.fadd(lost, small));
    // The tail comes last: it is the largest of what is small.
    Pair { high, low: plus_log_tail(b, small, f, base.of_e.0) }
}

/// `sum` plus what the logarithm of `1 + f` lacks beside `f`, to a base; `of_e` is the
/// logarithm of `e` to it.
fn plus_log_tail(b: &mut Builder, sum: V, f: V, of_e: f64) -> V {
    let coefficients = Format::of(f.ty).pick(LOG_F32, LOG_F64);
    let coefficients: Vec<f64> = coefficients.iter().map(|c| c * of_e).collect();
    let (two, half) = (b.float(f.ty, 2.0), b.float(f.ty, 0.5 * of_e));
    let divisor = b.fadd(two, f);
    let s = b.fdiv(f, divisor);
    let square = b.fmul(s, s);
    let factor = estrin(b, square, &coefficients);
    let half_f = b.fmul(f, half);
    let half_square = b.fmul(half_f, f);
    let rest = b.fma(square, factor, half_square);
    let sum = b.fma(s, rest, sum);
    // The largest term last, and unrounded.
    let minus_half_f = b.fneg(half_f);
    b.fma(minus_half_f, f, sum)
}

/// `value` as the logarithm of `x` with what no polynomial gives: of zero, of infinity, of
/// NaN and of negative numbers.
fn with_edges(b: &mut Builder, x: V, value: V) -> V {
    let (zero, infinity) = (b.float(x.ty, 0.0), b.float(x.ty, f64::INFINITY));
    let minus_infinity = b.float(x.ty, f64::NEG_INFINITY);
    let nan = b.float(x.ty, f64::NAN);
    let (is_zero, is_positive) = (b.feq(x, zero), b.flt(zero, x));
    let is_infinite = b.feq(x, infinity);
    let positive = b.select(is_infinite, x, value);
    let rare = b.select(is_positive, positive, nan);
    let rare = b.select(is_zero, minus_infinity, rare);
    let is_rare = is_no_normal_positive(b, x);
    b.select_rare(is_rare, rare, value)
}
