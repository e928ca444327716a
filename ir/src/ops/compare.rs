//! Meanings of comparisons, extrema and selection.

use crate::dtype::{DType, Kind};
use crate::lanes::{Builder, LaneOp, V};

/// Where a signed and an unsigned operand meet (`int64` with `uint64`): the bits are
/// compared as unsigned, and `negative` is the answer where the signed one is below zero.
fn mixed(b: &mut Builder, signed: V, unsigned_answer: V, negative: bool) -> V {
    let zero = b.int(signed.ty, 0);
    let below = b.slt(signed, zero);
    let answer = b.truth(negative);
    b.select(below, answer, unsigned_answer)
}

/// `x < y` or `x <= y`, by the operations for floats, signed and unsigned integers.
fn order(b: &mut Builder, d: &[DType], [x, y]: [V; 2], ops: [LaneOp; 3]) -> V {
    let [float_op, signed_op, unsigned_op] = ops;
    match (d[0].kind(), d[1].kind()) {
        (Kind::Float, _) => b.op(float_op, &[x, y]),
        // No dtype holds both operands. A signed number that is not negative has the same bits as
        // an unsigned one, and a negative one is below all of them.
        (Kind::Signed, Kind::Unsigned) => {
            let answer = b.op(unsigned_op, &[x, y]);
            mixed(b, x, answer, true)
        }
        (Kind::Unsigned, Kind::Signed) => {
            let answer = b.op(unsigned_op, &[x, y]);
            mixed(b, y, answer, false)
        }
        (Kind::Signed, _) => b.op(signed_op, &[x, y]),
        (Kind::Unsigned, _) => b.op(unsigned_op, &[x, y]),
        (Kind::Bool, _) => {
            let not_x = b.not(x);
            // false < true: `<` is `!x & y`, `<=` is `!x | y`.
            if float_op == LaneOp::FLt { b.and(not_x, y) } else { b.or(not_x, y) }
        }
    }
}

pub(crate) fn less(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    order(b, d, [args[0], args[1]], [LaneOp::FLt, LaneOp::SLt, LaneOp::ULt])
}

pub(crate) fn less_equal(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    order(b, d, [args[0], args[1]], [LaneOp::FLe, LaneOp::SLe, LaneOp::ULe])
}

// The operands change places, and with them their dtypes: NaN is unordered either way round,
// while `!(x <= y)` would be true of it.
pub(crate) fn greater(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    less(b, &[d[1], d[0]], &[args[1], args[0]])
}

pub(crate) fn greater_equal(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    less_equal(b, &[d[1], d[0]], &[args[1], args[0]])
}

// Signed and unsigned: equal bits are equal numbers unless the sign bit is set.
pub(crate) fn equal(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    let [x, y] = [args[0], args[1]];
    match (d[0].kind(), d[1].kind()) {
        (Kind::Float, _) => b.feq(x, y),
        (Kind::Bool, _) => {
            let differs = b.xor(x, y);
            b.not(differs)
        }
        (Kind::Signed, Kind::Unsigned) => {
            let answer = b.ieq(x, y);
            mixed(b, x, answer, false)
        }
        (Kind::Unsigned, Kind::Signed) => {
            let answer = b.ieq(x, y);
            mixed(b, y, answer, false)
        }
        (Kind::Signed | Kind::Unsigned, _) => b.ieq(x, y),
    }
}

pub(crate) fn not_equal(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    // `!(x == y)` is IEEE's `!=`, true with NaN.
    let equal = equal(b, d, args);
    b.not(equal)
}

// A truth value is 0 or 1: the larger of two is their disjunction, the smaller one their
// conjunction.
pub(crate) fn maximum(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    let op = match d[0].kind() {
        Kind::Bool => LaneOp::Or,
        Kind::Signed => LaneOp::SMax,
        Kind::Unsigned => LaneOp::UMax,
        Kind::Float => LaneOp::FMax,
    };
    b.op(op, args)
}

pub(crate) fn minimum(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    let op = match d[0].kind() {
        Kind::Bool => LaneOp::And,
        Kind::Signed => LaneOp::SMin,
        Kind::Unsigned => LaneOp::UMin,
        Kind::Float => LaneOp::FMin,
    };
    b.op(op, args)
}

/// The extremum of two floats in which NaN loses: `x` where it wins or `y` is NaN.
fn ignoring_nan(b: &mut Builder, x: V, y: V, x_wins: V) -> V {
    let y_nan = b.fne(y, y);
    let take_x = b.or(x_wins, y_nan);
    b.select(take_x, x, y)
}

pub(crate) fn fmax(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    match d[0].kind() {
        // `<=` is false with a NaN on either side: if `x` is one, `y` is taken, and if both are,
        // `x`, which is one as well.
        Kind::Float => {
            let wins = b.fle(args[1], args[0]);
            ignoring_nan(b, args[0], args[1], wins)
        }
        Kind::Bool | Kind::Signed | Kind::Unsigned => maximum(b, d, args),
    }
}

pub(crate) fn fmin(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    match d[0].kind() {
        Kind::Float => {
            let wins = b.fle(args[0], args[1]);
            ignoring_nan(b, args[0], args[1], wins)
        }
        Kind::Bool | Kind::Signed | Kind::Unsigned => minimum(b, d, args),
    }
}

pub(crate) fn select(b: &mut Builder, _: &[DType], args: &[V]) -> V {
    b.select(args[0], args[1], args[2])
}
