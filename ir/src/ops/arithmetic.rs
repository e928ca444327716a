//! Meanings of arithmetic, per dtype class.

use super::float_parts::with_sign_of;
use crate::dtype::{DType, Kind};
use crate::lanes::{Builder, LaneOp, LaneType, V};
use crate::math;

/// Picks the lane operation by dtype class.
fn by_kind(b: &mut Builder, dtype: DType, args: &[V], ops: [LaneOp; 3]) -> V {
    let [bool_op, int_op, float_op] = ops;
    match dtype.kind() {
        Kind::Bool => b.op(bool_op, args),
        Kind::Signed | Kind::Unsigned => b.op(int_op, args),
        Kind::Float => b.op(float_op, args),
    }
}

pub(crate) fn add(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    by_kind(b, d[0], args, [LaneOp::Or, LaneOp::IAdd, LaneOp::FAdd])
}

pub(crate) fn subtract(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    by_kind(b, d[0], args, [LaneOp::Xor, LaneOp::ISub, LaneOp::FSub])
}

pub(crate) fn multiply(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    by_kind(b, d[0], args, [LaneOp::And, LaneOp::IMul, LaneOp::FMul])
}

pub(crate) fn divide(b: &mut Builder, x: V, y: V) -> V {
    b.fdiv(x, y)
}

pub(crate) fn sqrt(b: &mut Builder, x: V) -> V {
    b.fsqrt(x)
}

pub(crate) fn square(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    multiply(b, d, &[args[0], args[0]])
}

pub(crate) fn positive(_: &mut Builder, x: V) -> V {
    x
}

pub(crate) fn negative(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    match d[0].kind() {
        Kind::Float => b.fneg(args[0]),
        Kind::Bool | Kind::Signed | Kind::Unsigned => {
            let zero = b.int(args[0].ty, 0);
            b.isub(zero, args[0])
        }
    }
}

pub(crate) fn absolute(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    let x = args[0];
    match d[0].kind() {
        Kind::Bool | Kind::Unsigned => x,
        Kind::Signed => {
            // The smallest integer is its own negation and stays, as in NumPy.
            let negated = negative(b, d, args);
            b.op(LaneOp::SMax, &[x, negated])
        }
        Kind::Float => b.fabs(x),
    }
}

pub(crate) fn sign(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    let x = args[0];
    match d[0].kind() {
        Kind::Float => float_sign(b, x),
        Kind::Bool | Kind::Unsigned => unsigned_sign(b, x),
        Kind::Signed => {
            let positive = unsigned_sign(b, x);
            let (zero, minus_one) = (b.int(x.ty, 0), b.int(x.ty, -1));
            let below = b.slt(x, zero);
            b.select(below, minus_one, positive)
        }
    }
}

fn float_sign(b: &mut Builder, x: V) -> V {
    let ty = x.ty;
    let (zero, one, minus_one) = (b.float(ty, 0.0), b.float(ty, 1.0), b.float(ty, -1.0));
    let (above, below, is_zero) = (b.flt(zero, x), b.flt(x, zero), b.feq(x, zero));
    // NaN passes every test and comes out itself.
    let rest = b.select(is_zero, zero, x);
    let rest = b.select(below, minus_one, rest);
    b.select(above, one, rest)
}

/// 1, but for zero: of signed numbers the answer that a negative one overrides.
fn unsigned_sign(b: &mut Builder, x: V) -> V {
    let (zero, one) = (b.int(x.ty, 0), b.int(x.ty, 1));
    let nonzero = b.ine(x, zero);
    b.select(nonzero, one, zero)
}

pub(crate) fn reciprocal(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    let x = args[0];
    match d[0].kind() {
        Kind::Float => {
            let one = b.float(x.ty, 1.0);
            b.fdiv(one, x)
        }
        Kind::Bool | Kind::Signed | Kind::Unsigned => int_reciprocal(b, d[0], x),
    }
}

fn int_reciprocal(b: &mut Builder, dtype: DType, x: V) -> V {
    let one = b.int(x.ty, 1);
    let quotient = int_divide(b, dtype, one, x);
    if !matches!(dtype, DType::I32 | DType::I64) {
        return quotient;
    }
    // NumPy divides as floats and converts the infinity back, which on x86-64 gives the
    // smallest integer of these dtypes, and 0 of the others.
    let (zero, smallest) = (b.int(x.ty, 0), b.int(x.ty, dtype.int_range().0 as i64));
    let is_zero = b.ieq(x, zero);
    b.select(is_zero, smallest, quotient)
}

/// Truncated; by zero it is 0, as [`LaneOp::SDiv`] defines it, where a processor would trap.
fn int_divide(b: &mut Builder, dtype: DType, x: V, y: V) -> V {
    b.op(by_sign(dtype, LaneOp::SDiv, LaneOp::UDiv), &[x, y])
}

/// What [`int_divide`] leaves: 0 by zero, too.
fn int_remainder(b: &mut Builder, dtype: DType, x: V, y: V) -> V {
    b.op(by_sign(dtype, LaneOp::SRem, LaneOp::URem), &[x, y])
}

/// The operation for integers with a sign, or that for those without.
///
/// # Panics
/// For floats, of which no operation asks this.
pub(super) fn by_sign(dtype: DType, signed: LaneOp, unsigned: LaneOp) -> LaneOp {
    match dtype.kind() {
        Kind::Signed => signed,
        Kind::Bool | Kind::Unsigned => unsigned,
        Kind::Float => unreachable!("the integer operation of a {dtype}"),
    }
}

/// Whether the truncated remainder is nonzero and of another sign than the divisor, which
/// is when flooring and truncating differ.
fn floor_differs(b: &mut Builder, remainder: V, y: V) -> V {
    let zero = b.int(y.ty, 0);
    let nonzero = b.ine(remainder, zero);
    let signs = b.xor(remainder, y);
    let opposite = b.slt(signs, zero);
    b.and(nonzero, opposite)
}

pub(crate) fn floor_divide(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    let [x, y] = [args[0], args[1]];
    match d[0].kind() {
        Kind::Float => float_floor_divide(b, x, y),
        Kind::Bool | Kind::Unsigned => int_divide(b, d[0], x, y),
        Kind::Signed => {
            // Processors truncate, NumPy floors: one less where the signs differ and something is
            // left. Division by zero leaves nothing and stays 0; the smallest integer by -1 wraps
            // to itself.
            let quotient = int_divide(b, d[0], x, y);
            let remainder = int_remainder(b, d[0], x, y);
            let differs = floor_differs(b, remainder, y);
            let one = b.int(x.ty, 1);
            let below = b.isub(quotient, one);
            b.select(differs, below, quotient)
        }
    }
}

pub(crate) fn remainder(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    let [x, y] = [args[0], args[1]];
    match d[0].kind() {
        Kind::Float => float_remainder(b, x, y),
        Kind::Bool | Kind::Unsigned => int_remainder(b, d[0], x, y),
        Kind::Signed => {
            // The remainder of a floored quotient has the sign of the divisor.
            let remainder = int_remainder(b, d[0], x, y);
            let differs = floor_differs(b, remainder, y);
            let moved = b.iadd(remainder, y);
            b.select(differs, moved, remainder)
        }
    }
}

pub(crate) fn fmod(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    match d[0].kind() {
        Kind::Float => float_fmod(b, args[0], args[1]),
        Kind::Bool | Kind::Signed | Kind::Unsigned => int_remainder(b, d[0], args[0], args[1]),
    }
}

/// C's `fmod`: one fused multiply-add while the quotient is a small integer, which it is
/// but rarely not; [`LaneOp::FRem`] else.
fn float_fmod(b: &mut Builder, x: V, y: V) -> V {
    let ty = x.ty;
    let zero = b.float(ty, 0.0);
    let (ax, ay) = (b.fabs(x), b.fabs(y));
    let quotient = b.fdiv(ax, ay);
    let whole = b.ftrunc(quotient);
    let minus_whole = b.fneg(whole);
    // Exact: the true remainder, or it less one divisor where the quotient was rounded up.
    let rest = b.fma(minus_whole, ay, ax);
    let rounded_up = b.flt(rest, zero);
    let mended = b.fadd(rest, ay);
    let rest = b.select(rounded_up, mended, rest);
    let rest = with_sign_of(b, rest, x);
    // Below this limit the quotient's integer part is exact or one too large. The test is
    // false for NaN, so that every special case takes the exact path. A subnormal divisor
    // takes it as well: its quotients are the ones that could be rounded twice.
    let limit = b.float(ty, if ty.size() == 4 { 4_194_304.0 } else { 2_251_799_813_685_248.0 });
    let smallest = b.float(ty, if ty.size() == 4 { 1e-30 } else { 1e-290 });
    let inf = b.float(ty, f64::INFINITY);
    let (small, normal) = (b.flt(quotient, limit), b.flt(smallest, ay));
    let (easy, finite) = (b.and(small, normal), b.flt(ay, inf));
    let easy = b.and(easy, finite);
    let hard = b.not(easy);
    let exact = b.frem(x, y);
    b.select_rare(hard, exact, rest)
}

/// `fmod` moved to the sign of the divisor; a zero takes that sign too.
fn float_remainder(b: &mut Builder, x: V, y: V) -> V {
    let zero = b.float(x.ty, 0.0);
    let rest = float_fmod(b, x, y);
    // Comparisons and not sign bits: a NaN is on neither side and must come out unmoved.
    let (rest_below, y_below) = (b.flt(rest, zero), b.flt(y, zero));
    let opposite = b.xor(rest_below, y_below);
    let moved = b.fadd(rest, y);
    let nonzero = b.select(opposite, moved, rest);
    let is_zero = b.feq(rest, zero);
    let signed_zero = with_sign_of(b, zero, y);
    let modulo = b.select(is_zero, signed_zero, nonzero);
    // By zero the rest is NaN already; moving it could only change its payload.
    let by_zero = b.feq(y, zero);
    b.select(by_zero, rest, modulo)
}

/// NumPy's `floor_divide`: `(x - fmod) / y` is close to an integer, which is then snapped.
fn float_floor_divide(b: &mut Builder, x: V, y: V) -> V {
    let ty = x.ty;
    let (zero, half, one) = (b.float(ty, 0.0), b.float(ty, 0.5), b.float(ty, 1.0));
    let rest = float_fmod(b, x, y);
    // The step to an integer is taken before the division: x / y itself could round up to one
    // that the true quotient does not reach.
    let difference = b.fsub(x, rest);
    let quotient = b.fdiv(difference, y);
    let (rest_below, y_below) = (b.flt(rest, zero), b.flt(y, zero));
    let opposite = b.xor(rest_below, y_below);
    let nonzero = b.fne(rest, zero);
    let differs = b.and(opposite, nonzero);
    let below = b.fsub(quotient, one);
    let quotient = b.select(differs, below, quotient);
    // The quotient is within a rounding of an integer, on either side of it: nearest, not floor,
    // is the integer that was meant.
    let floor = b.ffloor(quotient);
    let excess = b.fsub(quotient, floor);
    let up = b.flt(half, excess);
    let above = b.fadd(floor, one);
    let snapped = b.select(up, above, floor);
    // A zero has the sign of the true quotient, and by zero the division itself says what
    // comes out: an infinity or NaN.
    let plain = b.fdiv(x, y);
    let signed_zero = with_sign_of(b, zero, plain);
    let is_zero = b.feq(quotient, zero);
    let result = b.select(is_zero, signed_zero, snapped);
    let by_zero = b.feq(y, zero);
    b.select(by_zero, plain, result)
}

pub(crate) fn power(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    let [x, y] = [args[0], args[1]];
    match d[0].kind() {
        Kind::Float => math::pow(b, x, y),
        Kind::Bool | Kind::Unsigned => b.op(LaneOp::IPow, &[x, y]),
        Kind::Signed => signed_power(b, x, y),
    }
}

/// `x ** -n` is the truncated `1 / x**n`: 0 but for 1 and -1, whose powers are ±1.
fn signed_power(b: &mut Builder, x: V, y: V) -> V {
    let power = b.op(LaneOp::IPow, &[x, y]);
    let (zero, one, minus_one) = (b.int(x.ty, 0), b.int(x.ty, 1), b.int(x.ty, -1));
    let negative = b.slt(y, zero);
    let (is_one, is_minus_one) = (b.ieq(x, one), b.ieq(x, minus_one));
    let is_unit = b.or(is_one, is_minus_one);
    let truncated = b.select(is_unit, power, zero);
    b.select(negative, truncated, power)
}

/// `x` to a power that is known, of floats or, if it is a positive integer, of any numbers.
pub(crate) fn literal_power(b: &mut Builder, d: &[DType], x: V, exponent: f64) -> V {
    match d[0].kind() {
        Kind::Float => math::literal_pow(b, x, (2.0 * exponent) as i32),
        Kind::Bool | Kind::Signed | Kind::Unsigned => int_power(b, x, exponent as u32),
    }
}

/// `x^n` for `n >= 1` by squaring; wraps.
fn int_power(b: &mut Builder, x: V, n: u32) -> V {
    if n == 1 {
        return x;
    }
    let root = int_power(b, x, n / 2);
    let square = b.imul(root, root);
    if n.is_multiple_of(2) { square } else { b.imul(square, x) }
}

pub(crate) fn gcd(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    let x = absolute(b, &d[..1], &args[..1]);
    let y = absolute(b, &d[..1], &args[1..]);
    b.op(LaneOp::UGcd, &[x, y])
}

pub(crate) fn lcm(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    let divisor = gcd(b, d, args);
    let x = absolute(b, &d[..1], &args[..1]);
    let y = absolute(b, &d[..1], &args[1..]);
    let part = b.op(LaneOp::UDiv, &[x, divisor]);
    b.imul(part, y)
}

pub(crate) fn deg2rad(b: &mut Builder, x: V) -> V {
    let factor = b.float(x.ty, std::f64::consts::PI / 180.0);
    b.fmul(x, factor)
}

pub(crate) fn rad2deg(b: &mut Builder, x: V) -> V {
    // Divided in the dtype, as NumPy does: for float32 that is not the float nearest to 180/pi.
    let single = f64::from(180.0 / std::f32::consts::PI);
    let double = 180.0 / std::f64::consts::PI;
    let factor = b.float(x.ty, if x.ty == LaneType::F32 { single } else { double });
    b.fmul(x, factor)
}
