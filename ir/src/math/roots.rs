//! Cube root and hypotenuse.
//!
//! Operations are counted without constants and bit casts; errors are the largest measured,
//! in units in the last place, against 113 bits or more.

use super::parts::{fast_two_sum, horner, rough_reciprocal, scale, signed_like, two_product};
use crate::lanes::{Builder, LaneType, V};
use crate::math::Format;

/// Cube root.
///
/// The inverse cube root from the bits of the argument, one polynomial correction of it, and
/// one step of Newton's method with a residual of twice the precision. No division. 35
/// operations for f64, 30 for f32. Error 0.51 for f64, 0.74 for f32.
pub fn cbrt(b: &mut Builder, x: V) -> V {
    let ty = x.ty;
    let magnitude = b.fabs(x);
    // Lifted so far that no residual below is subnormal: by a cube, whose root is undone.
    let (limit, lift, undo) = match ty {
        LaneType::F32 => (2f64.powi(-96), 2f64.powi(30), 2f64.powi(-10)),
        _ => (2f64.powi(-900), 2f64.powi(180), 2f64.powi(-60)),
    };
    let (limit, lift, undo) = (b.float(ty, limit), b.float(ty, lift), b.float(ty, undo));
    let one = b.float(ty, 1.0);
    let is_small = b.flt(magnitude, limit);
    let lift = b.select(is_small, lift, one);
    let undo = b.select(is_small, undo, one);
    let lifted = b.fmul(magnitude, lift);
    let inverse = inverse_cube_root(b, lifted);
    let root = refined_root(b, lifted, inverse);
    let root = b.fmul(root, undo);
    // Infinity and NaN are their own roots.
    let inf = b.float(ty, f64::INFINITY);
    let is_finite = b.flt(magnitude, inf);
    let root = b.select(is_finite, root, magnitude);
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

/// `x^(-1/3)` of a positive float.
fn inverse_cube_root(b: &mut Builder, x: V) -> V {
    let y = rough_inverse_cube_root(b, x);
    // The relative error of y^-3 is small; what corrects it is a polynomial in it.
    let (xy, yy) = (b.fmul(x, y), b.fmul(y, y));
    let (minus_xy, one) = (b.fneg(xy), b.float(x.ty, 1.0));
    let error = b.fma(minus_xy, yy, one);
    let polynomial = match x.ty {
        LaneType::F32 => horner(b, error, &INVERSE_CUBE_ROOT_F32),
        _ => horner(b, error, &INVERSE_CUBE_ROOT_F64),
    };
    let step = b.fmul(y, error);
    b.fma(step, polynomial, y)
}

/// `x^(-1/3)` within 3.6 percent: the bits of a float are nearly its logarithm, and those of
/// the result a constant minus a third of them. The upper bits, put below the significand's
/// leading bit, are a float; a fused multiply-add does the rest and leaves the upper bits of
/// the result in the same place.
fn rough_inverse_cube_root(b: &mut Builder, x: V) -> V {
    let f = Format::of(x.ty);
    let (shift, constant) = match x.ty {
        // 2^23 + 2^23/3, and 4/3 of the bits of 1 less 0.068 units of exponent, by 2^8.
        LaneType::F32 => (8, 16731296.0),
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

/// The cube root of `x` from its inverse, by one step of Newton's method: the residual is
/// taken from `x` exactly enough, and `root^-2` is the square of the inverse.
fn refined_root(b: &mut Builder, x: V, inverse: V) -> V {
    let xy = b.fmul(x, inverse);
    let root = b.fmul(xy, inverse);
    let minus_root = b.fneg(root);
    let minus_square = b.fmul(root, minus_root);
    let mut rest = b.fma(root, minus_square, x);
    // The residual is small beside `x`: what rounding the square lost is a good part of it.
    if x.ty == LaneType::F64 {
        let lost = b.fma(root, root, minus_square);
        rest = b.fma(minus_root, lost, rest);
    }
    let (inverse_square, third) = (b.fmul(inverse, inverse), b.float(x.ty, 1.0 / 3.0));
    let slope = b.fmul(inverse_square, third);
    b.fma(rest, slope, root)
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

/// `((1 - e)^(-1/3) - 1)/e` in `e`; minimax for `|e| <= 0.10204`, relative error 2^-32.2.
const INVERSE_CUBE_ROOT_F64: [f64; 6] = [
    0.3333333454534623,
    0.22222225577070087,
    0.17282997989184912,
    0.14401752681549507,
    0.12666929209822764,
    0.11309469273653822,
];

/// As [`INVERSE_CUBE_ROOT_F64`], relative error 2^-18.4.
const INVERSE_CUBE_ROOT_F32: [f64; 3] = [0.333327651, 0.2234735638, 0.1746962517];
