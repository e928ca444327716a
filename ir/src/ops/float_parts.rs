//! Meanings that take floats apart: rounding, signs, neighbours, exponents.
//!
//! Signs, exponents and fractions are bits, so that many of these are integer operations on a
//! float's bits, where nothing is rounded. Where NumPy has a special case, or subnormals are in the
//! way, a select takes care of it: lane programs do not branch.

use crate::dtype::{DType, Kind};
use crate::lanes::{Builder, LaneOp, LaneType, V};
use crate::math::Format;

pub(crate) fn floor(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    whole(b, d[0], LaneOp::FFloor, args[0])
}

pub(crate) fn ceil(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    whole(b, d[0], LaneOp::FCeil, args[0])
}

pub(crate) fn trunc(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    whole(b, d[0], LaneOp::FTrunc, args[0])
}

/// A float made whole. Integers are: they are handed through, in their own dtype.
fn whole(b: &mut Builder, dtype: DType, rounding: LaneOp, x: V) -> V {
    match dtype.kind() {
        Kind::Float => b.op(rounding, &[x]),
        Kind::Bool | Kind::Signed | Kind::Unsigned => x,
    }
}

pub(crate) fn rint(b: &mut Builder, x: V) -> V {
    b.fnearest(x)
}

/// The magnitude of `x` with the sign bit of `y`.
pub(crate) fn with_sign_of(b: &mut Builder, x: V, y: V) -> V {
    let f = Format::of(x.ty);
    let (sign_mask, magnitude_mask) = (b.int(f.int, f.sign), b.int(f.int, !f.sign));
    let (x_bits, y_bits) = (b.bitcast(f.int, x), b.bitcast(f.int, y));
    let magnitude = b.and(x_bits, magnitude_mask);
    let sign = b.and(y_bits, sign_mask);
    let bits = b.or(magnitude, sign);
    b.bitcast(x.ty, bits)
}

/// A NaN counts as positive: its sign depends on how it came about, and results must not.
pub(crate) fn copysign(b: &mut Builder, x: V, y: V) -> V {
    let is_nan = b.fne(y, y);
    let one = b.float(y.ty, 1.0);
    let y = b.select(is_nan, one, y);
    with_sign_of(b, x, y)
}

pub(crate) fn signbit(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    let x = args[0];
    match d[0].kind() {
        Kind::Bool | Kind::Unsigned => b.truth(false),
        Kind::Signed => {
            let zero = b.int(x.ty, 0);
            b.slt(x, zero)
        }
        Kind::Float => {
            let f = Format::of(x.ty);
            let (bits, zero) = (b.bitcast(f.int, x), b.int(f.int, 0));
            // As `copysign` has it, NaN counts as positive. `-0.0` is negative, which no comparison
            // with 0 tells.
            let (negative, number) = (b.slt(bits, zero), b.feq(x, x));
            b.and(negative, number)
        }
    }
}

pub(crate) fn isnan(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    match d[0].kind() {
        Kind::Float => b.fne(args[0], args[0]),
        Kind::Bool | Kind::Signed | Kind::Unsigned => b.truth(false),
    }
}

/// Infinities are the only floats whose magnitude is infinity; NaN is equal to nothing.
pub(crate) fn isinf(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    match d[0].kind() {
        Kind::Float => {
            let (magnitude, inf) = (b.fabs(args[0]), b.float(args[0].ty, f64::INFINITY));
            b.feq(magnitude, inf)
        }
        Kind::Bool | Kind::Signed | Kind::Unsigned => b.truth(false),
    }
}

/// NaN is less than nothing, so that one comparison is enough.
pub(crate) fn isfinite(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    match d[0].kind() {
        Kind::Float => {
            let (magnitude, inf) = (b.fabs(args[0]), b.float(args[0].ty, f64::INFINITY));
            b.flt(magnitude, inf)
        }
        Kind::Bool | Kind::Signed | Kind::Unsigned => b.truth(true),
    }
}

pub(crate) fn heaviside(b: &mut Builder, x: V, at_zero: V) -> V {
    let (zero, one) = (b.float(x.ty, 0.0), b.float(x.ty, 1.0));
    let (below, above, is_zero) = (b.flt(x, zero), b.flt(zero, x), b.feq(x, zero));
    // What is left when `x` is neither zero, nor above, nor below, is NaN itself.
    let rest = b.select(is_zero, at_zero, x);
    let rest = b.select(above, one, rest);
    b.select(below, zero, rest)
}

pub(crate) fn nextafter(b: &mut Builder, x: V, y: V) -> V {
    let f = Format::of(x.ty);
    let (zero, one) = (b.float(x.ty, 0.0), b.int(f.int, 1));
    let bits = b.bitcast(f.int, x);
    // Bits order like magnitudes: away from zero is one up. 1.0 is 0x3ff0…00 and its neighbour has
    // 1 more; the greatest finite float has 1 less than infinity. Only those of zero are a case of
    // their own.
    let (up, positive) = (b.flt(x, y), b.flt(zero, x));
    let inward = b.xor(up, positive);
    let (larger, smaller) = (b.iadd(bits, one), b.isub(bits, one));
    let moved = b.select(inward, smaller, larger);
    let moved = b.bitcast(x.ty, moved);
    let tiniest = b.bitcast(x.ty, one);
    let from_zero = with_sign_of(b, tiniest, y);
    let is_zero = b.feq(x, zero);
    let moved = b.select(is_zero, from_zero, moved);
    let same = b.feq(x, y);
    let moved = b.select(same, y, moved);
    // Not a number if either is not: their sum.
    let sum = b.fadd(x, y);
    let (x_nan, y_nan) = (b.fne(x, x), b.fne(y, y));
    let any_nan = b.or(x_nan, y_nan);
    b.select(any_nan, sum, moved)
}

pub(crate) fn spacing(b: &mut Builder, x: V) -> V {
    let (zero, inf) = (b.float(x.ty, 0.0), b.float(x.ty, f64::INFINITY));
    let negative_inf = b.float(x.ty, f64::NEG_INFINITY);
    // Both zeros count as positive.
    let negative = b.flt(x, zero);
    let outward = b.select(negative, negative_inf, inf);
    let next = nextafter(b, x, outward);
    // An infinity is its own neighbour, and inf - inf is the NaN that NumPy returns.
    b.fsub(next, x)
}

/// `2**exponent` for an exponent (an integer of the format's width) in the normal range.
fn exact_power_of_two(b: &mut Builder, ty: LaneType, exponent: V) -> V {
    let f = Format::of(ty);
    let (bias, shift) = (b.int(f.int, f.bias), b.int(f.int, f.fraction_bits));
    let biased = b.iadd(exponent, bias);
    let bits = b.shl(biased, shift);
    b.bitcast(ty, bits)
}

/// Three steps of a factor each. A step down keeps a fraction's worth of bits in reserve
/// until the last one, so that a subnormal result is rounded once.
pub(crate) fn ldexp(b: &mut Builder, x: V, exponent: V) -> V {
    let ty = x.ty;
    let f = Format::of(ty);
    let limit = 3 * f.bias;
    let (low, high) = (b.int(exponent.ty, -limit), b.int(exponent.ty, limit));
    let clamped = b.op(LaneOp::SMax, &[exponent, low]);
    let clamped = b.op(LaneOp::SMin, &[clamped, high]);
    let mut rest = b.sresize(f.int, clamped);
    let mut scaled = x;
    let up = f.bias;
    let down = -(f.bias - 1) + f.fraction_bits + 1;
    let (up_by, down_by) = (b.int(f.int, up), b.int(f.int, down));
    let down_limit = b.int(f.int, -(f.bias - 1));
    let (up_factor, down_factor) =
        (b.float(ty, 2f64.powi(up as i32)), b.float(ty, 2f64.powi(down as i32)));
    for _ in 0..3 {
        let too_high = b.slt(up_by, rest);
        let grown = b.fmul(scaled, up_factor);
        let grown_rest = b.isub(rest, up_by);
        let too_low = b.slt(rest, down_limit);
        let shrunk = b.fmul(scaled, down_factor);
        let shrunk_rest = b.isub(rest, down_by);
        let value = b.select(too_low, shrunk, scaled);
        scaled = b.select(too_high, grown, value);
        let value = b.select(too_low, shrunk_rest, rest);
        rest = b.select(too_high, grown_rest, value);
    }
    let rest = b.op(LaneOp::SMax, &[rest, down_limit]);
    let factor = exact_power_of_two(b, ty, rest);
    b.fmul(scaled, factor)
}

/// `x` scaled into the normal range if it is subnormal, and whether it was.
fn normalized(b: &mut Builder, x: V) -> (V, V) {
    let f = Format::of(x.ty);
    let smallest_normal = b.float(x.ty, 2f64.powi(1 - f.bias as i32));
    let magnitude = b.fabs(x);
    let subnormal = b.flt(magnitude, smallest_normal);
    let scale = b.float(x.ty, 2f64.powi(f.fraction_bits as i32 + 2));
    let scaled = b.fmul(x, scale);
    (b.select(subnormal, scaled, x), subnormal)
}

/// Whether `frexp` leaves the value alone: zero, infinity, NaN.
fn has_no_exponent(b: &mut Builder, x: V) -> V {
    let (magnitude, zero) = (b.fabs(x), b.float(x.ty, 0.0));
    let inf = b.float(x.ty, f64::INFINITY);
    let (is_zero, finite) = (b.feq(x, zero), b.flt(magnitude, inf));
    let unbounded = b.not(finite);
    b.or(is_zero, unbounded)
}

pub(crate) fn frexp_mantissa(b: &mut Builder, x: V) -> V {
    let f = Format::of(x.ty);
    let (scaled, _) = normalized(b, x);
    let bits = b.bitcast(f.int, scaled);
    let (keep, half) = (b.int(f.int, !f.inf), b.int(f.int, (f.bias - 1) << f.fraction_bits));
    let fraction = b.and(bits, keep);
    let bits = b.or(fraction, half);
    let mantissa = b.bitcast(x.ty, bits);
    let special = has_no_exponent(b, x);
    b.select(special, x, mantissa)
}

pub(crate) fn frexp_exponent(b: &mut Builder, x: V) -> V {
    let f = Format::of(x.ty);
    let (scaled, subnormal) = normalized(b, x);
    let bits = b.bitcast(f.int, scaled);
    let (mask, shift) = (b.int(f.int, f.inf), b.int(f.int, f.fraction_bits));
    let field = b.and(bits, mask);
    let field = b.lshr(field, shift);
    let (usual, lower) = (b.int(f.int, f.bias - 1), b.int(f.int, f.bias - 1 + f.fraction_bits + 2));
    let offset = b.select(subnormal, lower, usual);
    let exponent = b.isub(field, offset);
    let special = has_no_exponent(b, x);
    let zero = b.int(f.int, 0);
    let exponent = b.select(special, zero, exponent);
    b.sresize(LaneType::I32, exponent)
}

pub(crate) fn modf_fraction(b: &mut Builder, x: V) -> V {
    let whole = b.ftrunc(x);
    let fraction = b.fsub(x, whole);
    let zero = b.float(x.ty, 0.0);
    // The fraction of an infinity is 0, not inf - inf.
    let (magnitude, inf) = (b.fabs(x), b.float(x.ty, f64::INFINITY));
    let infinite = b.feq(magnitude, inf);
    let fraction = b.select(infinite, zero, fraction);
    with_sign_of(b, fraction, x)
}
