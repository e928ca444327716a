//! Cube root and hypotenuse.
//!
//! Operations are counted without constants and bit casts; errors are the largest measured,
//! in units in the last place, against 113 bits or more.

use super::parts::{
    estrin, fast_two_sum, horner, rough_reciprocal, scale, signed_like, two_product,
};
use crate::lanes::{Builder, LaneType, V};
use crate::math::Format;

/// Cube root.
///
/// With an inverse root `y` from the bits of the argument, `x y^2` is the root but for a factor
/// of `(x y^3)^(-2/3)`, which is a polynomial as `x y^3` is near 1. No division. 26 operations
/// for f64, 20 for f32, 8 more in rare cases. Error 0.67 for f64, 1.08 for f32.
pub fn cbrt(b: &mut Builder, x: V) -> V {
    let magnitude = b.fabs(x);
    let f = Format::of(x.ty);
    let bits = b.bitcast(f.int, magnitude);
    let (one, inf) = (b.int(f.int, 1), b.int(f.int, f.inf));
    // Zero is no rare case: it wraps around to the top.
    let below = b.isub(bits, one);
    let n_subnormal = b.int(f.int, f.power_bits(1 - f.bias) - 1);
    let is_subnormal = b.ult(below, n_subnormal);
    let is_unbounded = b.sle(inf, bits);
    let is_rare = b.or(is_subnormal, is_unbounded);

    // Subnormals are lifted by a cube, whose root is undone.
    let (lift, undo) = match x.ty {
        LaneType::F32 => (2f64.powi(30), 2f64.powi(-10)),
        _ => (2f64.powi(60), 2f64.powi(-20)),
    };
    let (lift, undo) = (b.float(x.ty, lift), b.float(x.ty, undo));
    let lifted = b.fmul(magnitude, lift);
    let normal = b.select_rare(is_rare, lifted, magnitude);
    let root = root_of_normal(b, normal);
    let lowered = b.fmul(root, undo);
    // Infinity and NaN are their own roots.
    let rare = b.select(is_unbounded, magnitude, lowered);
    let root = b.select_rare(is_rare, rare, root);
    signed_like(b, root, x)
}

/// The hypotenuse of the right triangle with sides `x` and `y`.
///
/// The root of the sum of the scaled squares, in f64 with one correction for what squares, sum
/// and root lost. One square root. 32 operations for f64, 17 for f32. Error 0.76 for f64,
/// 0.96 for f32.
pub fn hypot(b: &mut Builder, x: V, y: V) -> V {
    let ty = x.ty;
    let (width, height) = (b.fabs(x), b.fabs(y));
    // Ordered, so that the scale is that of the longer side and the sum of squares a fast one.
    let (low, high) = (b.fmin(width, height), b.fmax(width, height));
    let scale = scale(b, high, -1);
    let (low, high) = (b.fmul(low, scale.factor), b.fmul(high, scale.factor));
    let root = match ty {
        LaneType::F32 => rounded_hypot(b, low, high),
        _ => corrected_hypot(b, low, high),
    };
    let root = b.fmul(root, scale.inverse);
    // An infinite side wins over a NaN.
    let inf = b.float(ty, f64::INFINITY);
    let (wide, tall) = (b.feq(width, inf), b.feq(height, inf));
    let unbounded = b.or(wide, tall);
    b.select(unbounded, inf, root)
}

/// The cube root of zero or a normal positive number.
fn root_of_normal(b: &mut Builder, x: V) -> V {
    let rough = rough_inverse_cube_root(b, x);
    let (inverse, coefficients): (V, &[f64]) = match x.ty {
        LaneType::F32 => (rough, &CUBE_ROOT_F32),
        _ => (better_inverse_cube_root(b, x, rough), &CUBE_ROOT_F64),
    };
    // The square of the inverse is exact, for the inverse has few bits. Two thirds of what the
    // product loses are in the error below, and are made up for.
    let square = b.fmul(inverse, inverse);
    let product = b.fmul(x, square);
    let (minus_product, one) = (b.fneg(product), b.float(x.ty, 1.0));
    let error = b.fma(minus_product, inverse, one);
    let factor = estrin(b, error, coefficients);
    let step = b.fmul(product, error);
    b.fma(step, factor, product)
}

/// The inverse cube root of a double within `2^-14.3`, from a rough one, with 26 bits.
fn better_inverse_cube_root(b: &mut Builder, x: V, rough: V) -> V {
    let square = b.fmul(rough, rough);
    let product = b.fmul(x, square);
    let (minus_product, one) = (b.fneg(product), b.float(x.ty, 1.0));
    let error = b.fma(minus_product, rough, one);
    let factor = horner(b, error, &INVERSE_CUBE_ROOT);
    let step = b.fmul(rough, error);
    let inverse = b.fma(step, factor, rough);
    let f = Format::of(x.ty);
    let (bits, mask) = (b.bitcast(f.int, inverse), b.int(f.int, !0 << (f.fraction_bits - 25)));
    let bits = b.and(bits, mask);
    b.bitcast(x.ty, bits)
}

/// `x^(-1/3)` within 3.6 percent: the bits of a float are nearly its logarithm, and those of
/// the result a constant minus a third of them. The upper bits, put below the significand's
/// leading bit, are a float; a fused multiply-add does the rest and leaves the upper bits of
/// the result in the same place.
fn rough_inverse_cube_root(b: &mut Builder, x: V) -> V {
    let f = Format::of(x.ty);
    let (shift, constant) = match x.ty {
        // 2^23 + 2^23/3, and 4/3 of the bits of 1 less 0.068 units of exponent, by 2^12.
        LaneType::F32 => (12, 11531466.0),
        // 2^52 + 2^52/3, and the same by 2^32.
        _ => (32, 6004800933346999.0),
    };
    let unit = b.float(x.ty, (1u64 << f.fraction_bits) as f64);
    let (shift, unit_bits) = (b.int(f.int, shift), b.bitcast(f.int, unit));
    let bits = b.bitcast(f.int, x);
    let upper = b.lshr(bits, shift);
    let upper = b.or(upper, unit_bits);
    let upper = b.bitcast(x.ty, upper);
    let (minus_third, constant) = (b.float(x.ty, -1.0 / 3.0), b.float(x.ty, constant));
    let result = b.fma(upper, minus_third, constant);
    let result = b.bitcast(f.int, result);
    // The exponent that the bits were borrowed from is shifted out.
    let result = b.shl(result, shift);
    b.bitcast(x.ty, result)
}

/// Three roundings, of which the root halves two: below 1.3 units in the last place.
fn rounded_hypot(b: &mut Builder, low: V, high: V) -> V {
    let low_square = b.fmul(low, low);
    let sum = b.fma(high, high, low_square);
    b.fsqrt(sum)
}

/// The same with one correction for what squares, sum and root lost.
fn corrected_hypot(b: &mut Builder, low: V, high: V) -> V {
    let low_square = two_product(b, low, low);
    let high_square = two_product(b, high, high);
    let sum = fast_two_sum(b, high_square.high, low_square.high);
    let root = b.fsqrt(sum.high);
    let minus_root = b.fneg(root);
    let root_lost = b.fma(minus_root, root, sum.high);
    let squares_lost = b.fadd(high_square.low, low_square.low);
    let lost = b.fadd(root_lost, sum.low);
    let lost = b.fadd(lost, squares_lost);
    let twice = b.fadd(root, root);
    let reciprocal = rough_reciprocal(b, twice);
    b.fma(lost, reciprocal, root)
}

/// `((1 - e)^(-1/3) - 1)/e` in `e`; minimax for `|e| <= 0.1022`, relative error 2^-14.3.
const INVERSE_CUBE_ROOT: [f64; 2] = [0.3346864477355433, 0.22356048227939976];

/// `((1 - e)^(-2/3) - 1)/e` in `e`; minimax for `|e| <= 1.433e-4`, relative error 2^-68.
const CUBE_ROOT_F64: [f64; 4] =
    [0.6666666666666666, 0.5555555555555552, 0.4938271702514874, 0.45267492811743765];

/// The same for `|e| <= 0.103`, relative error 2^-25.7.
const CUBE_ROOT_F32: [f64; 5] = [0.6666667, 0.5555359, 0.4938001, 0.4586349, 0.42883077];
