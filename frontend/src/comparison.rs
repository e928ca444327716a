//! Comparisons that integers decide alone, because of where they lie.

use crate::{Array, DType, Operand, build};
use jitney_ir::ops::{Elementwise, Rule};
use jitney_ir::{Kind, Scalar, Shape};
use std::cmp::Ordering;

/// What a comparison says where an integer lies beyond all that the other operand's dtype holds:
/// the same for each element, and exact, which it would not be in a dtype that holds both.
///
/// Two weak integers are compared as they are, whatever dtypes would hold them. NumPy does all of
/// this too, but for arrays of bool, for which it refuses integers beyond `int64`.
#[track_caller]
pub(crate) fn decided<const N: usize>(op: Elementwise, operands: &[Operand; N]) -> Option<Array> {
    let ([x, y], Rule::Compare) = (&operands[..], op.rule()) else { return None };
    // Two numbers in the same order stand for the operands.
    let (x_stand_in, y_stand_in) = match order(x, y)? {
        Ordering::Less => (0, 1),
        Ordering::Equal => (0, 0),
        Ordering::Greater => (1, 0),
    };
    let stand_ins = [x_stand_in, y_stand_in].map(|value| Array::constant(Scalar::i64(value)));
    let answer = build::elementwise(op, stand_ins.map(Operand::Array));
    let shape = [x, y].into_iter().find_map(build::shape_of).cloned();
    Some(build::broadcast(&answer, &shape.unwrap_or_else(Shape::scalar)))
}

/// The order of the operands if it is the same for all elements that they may have.
fn order(x: &Operand, y: &Operand) -> Option<Ordering> {
    match (x, y) {
        (Operand::Array(array), weak) => beside(weak, array.dtype()).map(Ordering::reverse),
        (weak, Operand::Array(array)) => beside(weak, array.dtype()),
        (x, y) => Some(whole(x)?.cmp(&whole(y)?)),
    }
}

/// Whether a weak integer is less or greater than all that a dtype holds.
fn beside(weak: &Operand, dtype: DType) -> Option<Ordering> {
    // Beside truth values, integers count as `int64`.
    let adapted = dtype.promote_weak(Kind::Signed);
    let (low, high) = adapted.int_range();
    match weak {
        _ if !adapted.is_int() => None,
        Operand::Int(value) if *value < low => Some(Ordering::Less),
        Operand::Int(value) if *value > high => Some(Ordering::Greater),
        Operand::Huge(value) => value.partial_cmp(&0.0),
        Operand::Array(_) | Operand::Bool(_) | Operand::Int(_) | Operand::Float(_) => None,
    }
}

fn whole(operand: &Operand) -> Option<i128> {
    match operand {
        Operand::Bool(value) => Some(i128::from(*value)),
        Operand::Int(value) => Some(*value),
        Operand::Array(_) | Operand::Huge(_) | Operand::Float(_) => None,
    }
}
