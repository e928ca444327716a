//! Powers whose exponent is a literal: small integers and halves of odd integers.
//!
//! An integer power is a chain of squares and products. Rounded at each step, `x * x * x` is off
//! by up to 1.27 units in the last place and `x^4` by 1.9, so what each product loses is kept
//! beside it, and the last product is a fused multiply-add that adds it: one rounding that counts.
//! Negative powers are powers of the reciprocal, not reciprocals of powers, which would overflow
//! where `x^-2` is merely subnormal. Halves begin with the square root, or its reciprocal.
//!
//! Magnitudes whose power overflows, or underflows to zero, are replaced by the least power of two
//! that does so. Infinities and zeros then take the same way as numbers, and no intermediate is
//! infinite, whose lost part would be NaN.

use super::parts::{sign_bits, two_product, with_sign_bits};
use crate::lanes::{Builder, LaneType, V};
use crate::math::Format;

/// `x^(halves/2)`, for a magnitude of `halves` up to 24 other than 0 and 2.
///
/// Method: see the module; 8 to 32 operations beside the 103 of [`super::pow`]. Largest error
/// measured: 0.51 ULP, and 1.00 where the result is about the least normal number.
pub(crate) fn literal_pow(b: &mut Builder, x: V, halves: i32) -> V {
    debug_assert!(!matches!(halves, -2 | 0 | 2), "there are simpler operations");
    if halves % 2 == 0 { integer_power(b, x, halves / 2) } else { half_integer_power(b, x, halves) }
}

fn integer_power(b: &mut Builder, x: V, exponent: i32) -> V {
    let n = exponent.unsigned_abs();
    // Of the magnitude, lest an odd power that underflows get the sign of a lost part.
    let magnitude = b.fabs(x);
    let power = if exponent < 0 {
        power_of_reciprocal(b, magnitude, n)
    } else {
        let base = at_most(b, magnitude, overflow_exponent(x.ty, 2 * n));
        rounded_power(b, base, n, None)
    };
    if n.is_multiple_of(2) {
        return power;
    }
    let sign = sign_bits(b, x);
    with_sign_bits(b, power, sign)
}

fn half_integer_power(b: &mut Builder, x: V, halves: i32) -> V {
    let n = halves.unsigned_abs();
    // The sum makes 0 of -0, whose power is not negative.
    let (zero, infinity) = (b.float(x.ty, 0.0), b.float(x.ty, f64::INFINITY));
    let base = b.fadd(x, zero);
    let (power, of_infinity) = match halves {
        1 => (b.fsqrt(base), infinity),
        -1 => (inverse_root(b, base), zero),
        2.. => (power_times_root(b, base, n), infinity),
        _ => (power_of_inverse_root(b, base, n), zero),
    };
    // Negative numbers have no root, but the power of minus infinity is that of infinity.
    let minus_infinity = b.float(x.ty, f64::NEG_INFINITY);
    let is_minus_infinity = b.feq(x, minus_infinity);
    b.select(is_minus_infinity, of_infinity, power)
}

/// `x^-n` for `x >= 0`.
fn power_of_reciprocal(b: &mut Builder, x: V, n: u32) -> V {
    let one = b.float(x.ty, 1.0);
    let x = at_most(b, x, underflow_exponent(x.ty, 2 * n));
    let quotient = b.fdiv(one, x);
    let base = at_most(b, quotient, overflow_exponent(x.ty, 2 * n));
    // What the quotient lacks, relative to it: exact, and between 0 and 1 where it was replaced.
    let minus_x = b.fneg(x);
    let rest = b.fma(minus_x, base, one);
    powers_rest_and_power(b, base, n, rest)
}

/// `x^(-n/2)` for an odd `n` from 3 on.
fn power_of_inverse_root(b: &mut Builder, x: V, n: u32) -> V {
    let x = at_most(b, x, underflow_exponent(x.ty, n));
    let inverse = rounded_inverse_root(b, x);
    let base = at_most(b, inverse, overflow_exponent(x.ty, 2 * n));
    let rest = rest_of_inverse_root(b, x, base);
    powers_rest_and_power(b, base, n, rest)
}

/// `(base (1 + rest))^n`.
fn powers_rest_and_power(b: &mut Builder, base: V, n: u32, rest: V) -> V {
    let n_times = b.float(base.ty, f64::from(n));
    let rest = b.fmul(rest, n_times);
    rounded_power(b, base, n, Some(rest))
}

/// `x^(n/2)` for an odd `n` from 3 on.
fn power_times_root(b: &mut Builder, x: V, n: u32) -> V {
    let x = at_most(b, x, overflow_exponent(x.ty, n));
    let root = b.fsqrt(x);
    // The root lacks `rest / (2 x)` of itself: of the power that it is multiplied with, this is
    // a part that needs no division.
    let (minus_root, half) = (b.fneg(root), b.float(x.ty, 0.5));
    let rest = b.fma(minus_root, root, x);
    let half_rest = b.fmul(rest, half);
    let power = unrounded_power(b, x, n / 2);
    let low = match n / 2 {
        1 => half_rest,
        whole => {
            let others = unrounded_power(b, x, whole - 1);
            plus_product(b, power.low, others.high, half_rest)
        }
    };
    times(b, power.high, low, root)
}

/// `1 / sqrt(x)`.
fn inverse_root(b: &mut Builder, x: V) -> V {
    let inverse = rounded_inverse_root(b, x);
    let rest = rest_of_inverse_root(b, x, inverse);
    let refined = b.fma(inverse, rest, inverse);
    // The root of zero or infinity needs no refinement, and has none.
    let is_edge = b.fne(rest, rest);
    b.select(is_edge, inverse, refined)
}

fn rounded_inverse_root(b: &mut Builder, x: V) -> V {
    let one = b.float(x.ty, 1.0);
    let root = b.fsqrt(x);
    b.fdiv(one, root)
}

/// What `inverse` lacks of the inverse root of `x`, relative to it: half of `1 - x inverse^2`.
fn rest_of_inverse_root(b: &mut Builder, x: V, inverse: V) -> V {
    // By way of the root and not of the square, whose lost part may be too small for any float.
    let root = b.fmul(x, inverse);
    let (minus_root, minus_inverse) = (b.fneg(root), b.fneg(inverse));
    let lost = b.fma(x, inverse, minus_root);
    let (one, half) = (b.float(x.ty, 1.0), b.float(x.ty, 0.5));
    let rest = b.fma(minus_root, inverse, one);
    let rest = b.fma(lost, minus_inverse, rest);
    b.fmul(rest, half)
}

/// An unrounded sum; without a low part it is exact.
#[derive(Clone, Copy)]
struct Unrounded {
    high: V,
    low: Option<V>,
}

/// `base^n (1 + rest)` for `n >= 2`, rounded.
fn rounded_power(b: &mut Builder, base: V, n: u32, rest: Option<V>) -> V {
    let is_square = n.is_multiple_of(2);
    let power = unrounded_power(b, base, if is_square { n / 2 } else { n - 1 });
    let factor = if is_square { power.high } else { base };
    let low = match power.low {
        // The square of a sum has its low part twice.
        Some(low) if is_square => Some(b.fadd(low, low)),
        low => low,
    };
    let low = match rest {
        Some(rest) => Some(plus_product(b, low, power.high, rest)),
        None => low,
    };
    match low {
        Some(low) => times(b, power.high, low, factor),
        None => b.fmul(power.high, factor),
    }
}

/// `base^n` for `n >= 1`.
fn unrounded_power(b: &mut Builder, base: V, n: u32) -> Unrounded {
    if n == 1 {
        return Unrounded { high: base, low: None };
    }
    if n.is_multiple_of(2) {
        let root = unrounded_power(b, base, n / 2);
        let square = two_product(b, root.high, root.high);
        let Some(low) = root.low else {
            return Unrounded { high: square.high, low: Some(square.low) };
        };
        let twice = b.fadd(root.high, root.high);
        return Unrounded { high: square.high, low: Some(b.fma(twice, low, square.low)) };
    }
    let others = unrounded_power(b, base, n - 1);
    let product = two_product(b, others.high, base);
    let low = others.low.map_or(product.low, |low| b.fma(low, base, product.low));
    Unrounded { high: product.high, low: Some(low) }
}

/// `(high + low) * factor`, rounded once but for the product with `low`.
///
/// That is half a unit in the last place where the result is about the least normal number, for it
/// is then rounded to whole units, and next to nothing anywhere else.
fn times(b: &mut Builder, high: V, low: V, factor: V) -> V {
    let low = b.fmul(low, factor);
    b.fma(high, factor, low)
}

/// `sum + x y`.
fn plus_product(b: &mut Builder, sum: Option<V>, x: V, y: V) -> V {
    match sum {
        Some(sum) => b.fma(x, y, sum),
        None => b.fmul(x, y),
    }
}

/// `x`, or `2^exponent` if that is less.
fn at_most(b: &mut Builder, x: V, exponent: u32) -> V {
    let most = b.float(x.ty, 2f64.powi(exponent as i32));
    // A constant in front takes one instruction, and NaN stays.
    b.fmin(most, x)
}

/// The least exponent of two whose power of `halves / 2` overflows.
fn overflow_exponent(ty: LaneType, halves: u32) -> u32 {
    let first = Format::of(ty).bias + 1;
    (2 * first as u32).div_ceil(halves)
}

/// An exponent of two whose power of `-halves / 2` rounds to zero.
fn underflow_exponent(ty: LaneType, halves: u32) -> u32 {
    let format = Format::of(ty);
    // The least subnormal number, halved, is a tie; this is half of that.
    let first = format.bias + format.fraction_bits + 1;
    (2 * first as u32).div_ceil(halves)
}
