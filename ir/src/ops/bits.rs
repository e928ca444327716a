//! Meanings of bitwise and logical operations.

use super::arithmetic::{absolute, by_sign};
use crate::dtype::DType;
use crate::lanes::{Builder, LaneOp, LaneType, V};

pub(crate) fn and(b: &mut Builder, x: V, y: V) -> V {
    b.and(x, y)
}

pub(crate) fn or(b: &mut Builder, x: V, y: V) -> V {
    b.or(x, y)
}

pub(crate) fn xor(b: &mut Builder, x: V, y: V) -> V {
    b.xor(x, y)
}

pub(crate) fn invert(b: &mut Builder, x: V) -> V {
    b.not(x)
}

/// A negative amount, read as unsigned, is past every width: all bits are shifted out.
pub(crate) fn left_shift(b: &mut Builder, x: V, amount: V) -> V {
    b.shl(x, amount)
}

/// A negative or too large amount leaves what an arithmetic shift converges to: 0 or -1 by the
/// sign. NumPy has it so, though C leaves it open.
pub(crate) fn right_shift(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    b.op(by_sign(d[0], LaneOp::AShr, LaneOp::LShr), args)
}

pub(crate) fn count(b: &mut Builder, d: &[DType], args: &[V]) -> V {
    // NumPy counts the bits of the magnitude. That of the smallest integer wraps to itself,
    // which read as unsigned is the right one.
    let magnitude = absolute(b, d, args);
    let count = b.op(LaneOp::Popcnt, &[magnitude]);
    b.uresize(LaneType::I8, count)
}
