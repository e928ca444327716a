//! Choices and permutations of arrays, and of the integers below a number.

use super::Choice;
use super::size::mistake;
use crate::{Array, DType, ErrorKind, Operand};
use jitney_ir::Shape;
use jitney_ir::shape::normalize_axis;
use jitney_runtime::random::{self, Source};
use jitney_runtime::{Error, Value};

/// Chosen elements, or numbers.
pub(super) fn choose<G: Source>(
    bits: &mut G,
    a: Operand,
    shape: &Shape,
    how: &Choice,
    is_legacy: bool,
) -> Result<Value, Error> {
    let p = how.p.as_ref().map(|p| p.astype(DType::F64).value()).transpose()?;
    let is_single = how.p.as_ref().is_some_and(|p| p.dtype() == DType::F32);
    let known = random::Choice {
        without_replacement: !how.replace,
        p,
        tolerance: if is_single { f64::from(f32::EPSILON).sqrt() } else { 0.0 },
        is_unordered: !how.shuffle,
        is_legacy,
    };
    if let Some(n) = number(&a)? {
        return random::choice(bits, n, shape, &known);
    }
    let a = a.into_array().value()?;
    if is_legacy && a.shape().rank() != 1 {
        return Err(mistake(ErrorKind::Shape, "a must be 1-dimensional"));
    }
    let axis = known_axis(how.axis, a.shape().rank())?;
    let numbers = random::choice(bits, a.shape().extents()[axis] as i128, shape, &known)?;
    random::chosen(&a, &numbers, axis)
}

/// Slices of an array, or the integers below a number, in random order.
pub(super) fn permuted<G: Source>(bits: &mut G, x: Operand, axis: isize) -> Result<Value, Error> {
    match number(&x)? {
        Some(n) => match usize::try_from(n) {
            Ok(n) => random::permutation(bits, n),
            // As an empty range.
            Err(_) => random::permutation(bits, 0),
        },
        None => shuffled(bits, &x.into_array(), axis),
    }
}

/// The slices of an array along an axis in random order.
pub(super) fn shuffled<G: Source>(bits: &mut G, x: &Array, axis: isize) -> Result<Value, Error> {
    let axis = known_axis(axis, x.ndim())?;
    random::shuffled(bits, &x.value()?, axis)
}

/// The number that an operand is, unless it is an array with axes.
fn number(operand: &Operand) -> Result<Option<i128>, Error> {
    match operand {
        Operand::Int(n) => Ok(Some(*n)),
        Operand::Array(array) if array.ndim() > 0 || array.is_failed() => Ok(None),
        Operand::Array(array) if array.dtype().is_int() => {
            Ok(Some(array.value()?.get(0).to_i128()))
        }
        Operand::Array(_) | Operand::Bool(_) | Operand::Huge(_) | Operand::Float(_) => {
            Err(mistake(ErrorKind::Value, "a must be a sequence or an integer"))
        }
    }
}

pub(super) fn known_axis(axis: isize, rank: usize) -> Result<usize, Error> {
    normalize_axis(axis, rank).ok_or_else(|| {
        let message = format!("axis {axis} is out of bounds for array of dimension {rank}");
        mistake(ErrorKind::Axis, message)
    })
}
