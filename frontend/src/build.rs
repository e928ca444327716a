//! Builds nodes: promotion, casts and broadcasts made explicit, mistakes made into values.

use crate::operand::out_of_bounds;
use crate::{Array, ErrorKind, Operand};
use jitney_ir::graph::{Op, View};
use jitney_ir::ops::{Elementwise, Rule};
use jitney_ir::{DType, Scalar, Shape};
use jitney_runtime::Expr;
use smallvec::SmallVec;

/// A node whose operands are known to fit.
pub(crate) fn node(op: Op, inputs: &[&Array], dtype: DType, shape: Shape) -> Array {
    let inputs: SmallVec<[_; 3]> = inputs.iter().map(|input| &input.expr).collect();
    Array::from_expr(Expr::new(op, &inputs, dtype, shape))
}

/// The first failed array among the operands: an operation on it fails the same way.
fn first_failed(operands: &[Operand]) -> Option<Array> {
    operands.iter().find_map(|operand| match operand {
        Operand::Array(array) if array.is_failed() => Some(array.clone()),
        _ => None,
    })
}

/// An elementwise operation on operands of any dtype and shape.
#[track_caller]
pub(crate) fn elementwise(op: Elementwise, operands: &[Operand]) -> Array {
    if let Some(failed) = first_failed(operands) {
        return failed;
    }
    if let Some(refused) = refuse_negative_power(op, operands) {
        return refused;
    }
    let compared: SmallVec<[Operand; 3]>;
    let operands = if op.rule() == Rule::Compare {
        compared = operands.iter().map(comparable).collect();
        &compared
    } else {
        operands
    };
    let dtypes = resolve_weak(op, operands);
    let signature = match op.signature(&dtypes) {
        Ok(signature) => signature,
        Err(error) => return Array::error_at(ErrorKind::DType, op.name(), error.to_string()),
    };
    let mut arrays: SmallVec<[Array; 3]> = SmallVec::new();
    for (operand, dtype) in operands.iter().zip(&signature.operands) {
        arrays.push(match operand {
            Operand::Array(array) => cast(array, *dtype),
            // The range is that of the dtype that is computed in: `u8 / 300` is float.
            weak => match weak.as_scalar(*dtype) {
                Some(scalar) => Array::constant(scalar),
                None => match wrapped_choice(op, weak, *dtype) {
                    Some(scalar) => Array::constant(scalar),
                    None => return out_of_bounds(op.name(), weak, *dtype),
                },
            },
        });
    }
    let shape = match broadcast_shape(op.name(), &arrays) {
        Ok(shape) => shape,
        Err(failed) => return failed,
    };
    for array in arrays.iter_mut().filter(|array| *array.full_shape() != shape) {
        *array = broadcast(array, &shape);
    }
    let inputs: SmallVec<[&Array; 3]> = arrays.iter().collect();
    node(Op::Elementwise(op), &inputs, signature.result, shape)
}

/// What NumPy makes of an integer beyond the dtype of the array that it is chosen beside:
/// `where` alone casts without looking, from `int64`.
fn wrapped_choice(op: Elementwise, operand: &Operand, dtype: DType) -> Option<Scalar> {
    match operand {
        Operand::Int(value) if op.rule() == Rule::Select => {
            i64::try_from(*value).ok().map(|value| Scalar::from_i128(dtype, i128::from(value)))
        }
        _ => None,
    }
}

/// The operand of a comparison: an integer that no dtype holds is compared as a float, which
/// answers right for every integer that one does hold.
fn comparable(operand: &Operand) -> Operand {
    let held = i128::from(i64::MIN)..=i128::from(u64::MAX);
    match operand {
        Operand::Int(value) if !held.contains(value) => Operand::Float(*value as f64),
        operand => operand.clone(),
    }
}

/// NumPy refuses integer powers whose exponent is known to be negative.
#[track_caller]
fn refuse_negative_power(op: Elementwise, operands: &[Operand]) -> Option<Array> {
    let negative = matches!(operands.last(), Some(Operand::Int(value)) if *value < 0);
    let refused = op == Elementwise::Power && negative && !operands[0].dtype().is_float();
    refused.then(|| {
        let message = "integers to negative integer powers are not allowed: use a float base";
        Array::error_at(ErrorKind::Value, op.name(), message)
    })
}

/// The dtype each operand counts with: a weak scalar adapts to the arrays it meets.
fn resolve_weak(op: Elementwise, operands: &[Operand]) -> SmallVec<[DType; 3]> {
    // A condition and an exponent do not take part in the promotion of the others.
    let group = |index: usize| match op.rule() {
        Rule::Select => usize::from(index > 0),
        Rule::Ldexp | Rule::Logical => index,
        _ => 0,
    };
    let resolve = |(index, operand): (usize, &Operand)| {
        let Some(kind) = operand.weak_kind() else { return operand.dtype() };
        let peers = operands.iter().enumerate().filter(|(peer, _)| group(*peer) == group(index));
        let arrays = peers.clone().filter(|(_, peer)| peer.weak_kind().is_none());
        match arrays.map(|(_, peer)| peer.dtype()).reduce(DType::promote) {
            Some(common) => {
                let adapted = common.promote_weak(kind);
                // A comparison answers for any integer, whatever the array can hold.
                let fits = operand.as_scalar(adapted).is_some();
                if op.rule() == Rule::Compare && !fits { operand.dtype() } else { adapted }
            }
            None => operand.dtype(),
        }
    };
    operands.iter().enumerate().map(resolve).collect()
}

/// The common shape of the arrays.
///
/// # Errors
/// A failed array with NumPy's message.
#[track_caller]
pub(crate) fn broadcast_shape(operation: &str, arrays: &[Array]) -> Result<Shape, Array> {
    let mut shape = Shape::scalar();
    for array in arrays {
        match shape.broadcast(array.full_shape()) {
            Some(common) if common.checked_len().is_some() => shape = common,
            Some(common) => return Err(too_big(operation, &common)),
            None => {
                let shapes: Vec<_> = arrays.iter().map(|a| a.full_shape().to_string()).collect();
                let shapes = shapes.join(" ");
                let message =
                    format!("operands could not be broadcast together with shapes {shapes}");
                return Err(Array::error_at(ErrorKind::Shape, operation, message));
            }
        }
    }
    Ok(shape)
}

/// The failed array for a shape of more elements than memory has addresses.
#[track_caller]
pub(crate) fn too_big(operation: &str, shape: &Shape) -> Array {
    let message = format!("array of shape {shape} is too big: its size does not fit in an isize");
    Array::error_at(ErrorKind::Shape, operation, message)
}

/// The array repeated to a shape that it is known to broadcast to.
pub(crate) fn broadcast(array: &Array, shape: &Shape) -> Array {
    if array.full_shape() == shape {
        return array.clone();
    }
    view(array, View::Broadcast, shape.clone())
}

/// The array as a dtype.
pub(crate) fn cast(array: &Array, dtype: DType) -> Array {
    if array.dtype() == dtype || array.is_failed() {
        return array.clone();
    }
    node(Op::Cast, &[array], dtype, array.full_shape().clone())
}

/// A view whose parameters are known to fit.
pub(crate) fn view(array: &Array, view: View, shape: Shape) -> Array {
    node(Op::View(view), &[array], array.dtype(), shape)
}

/// The elements in C order in another shape of as many elements.
pub(crate) fn reshape_to(array: &Array, shape: Shape) -> Array {
    if *array.full_shape() == shape {
        return array.clone();
    }
    view(array, View::Reshape, shape)
}
