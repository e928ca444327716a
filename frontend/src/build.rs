//! Builds nodes: promotion, casts and broadcasts made explicit, mistakes made into values.

use crate::operand::out_of_bounds;
use crate::{Array, ErrorKind, Operand, comparison};
use jitney_ir::graph::{Op, View};
use jitney_ir::ops::{Elementwise, Rule};
use jitney_ir::{DType, Kind, Scalar, Shape};
use jitney_runtime::{Expr, ExprInput};

/// A node whose operands are known to fit.
pub(crate) fn node(op: Op, inputs: &[&Array], dtype: DType, shape: Shape) -> Array {
    let inputs = inputs.iter().map(|input| ExprInput::Node(input.expr.clone())).collect();
    Array::from_expr(Expr::new(op, inputs, dtype, &shape))
}

/// The first failed array among the operands: an operation on it fails the same way.
fn first_failed(operands: &[Operand]) -> Option<Array> {
    operands.iter().find_map(|operand| match operand {
        Operand::Array(array) if array.is_failed() => Some(array.clone()),
        _ => None,
    })
}

/// An elementwise operation on operands of any dtype and shape.
#[inline]
#[track_caller]
pub(crate) fn elementwise<const N: usize>(op: Elementwise, operands: [Operand; N]) -> Array {
    // Most operands ever built need no conversion. Inlined where it is known which of them are
    // arrays, this is little code.
    if let Some((dtype, shape)) = common_type(&operands)
        && op.rule().keeps(dtype)
    {
        let shape = shape.clone();
        return build(op, operands, &[dtype; N], dtype, &shape, |array, _, _| array);
    }
    converted(op, operands)
}

/// An elementwise operation on operands that may have to be converted first.
#[inline(never)]
#[track_caller]
fn converted<const N: usize>(op: Elementwise, operands: [Operand; N]) -> Array {
    if let Some(failed) = first_failed(&operands) {
        return failed;
    }
    if let Some(refused) = refuse_negative_power(op, &operands) {
        return refused;
    }
    if let Some(answer) = comparison::decided(op, &operands) {
        return answer;
    }
    let signature = match op.signature(&resolve_weak(op, &operands)) {
        Ok(signature) => signature,
        Err(error) => return Array::error_at(ErrorKind::DType, op.name(), error.to_string()),
    };
    match broadcast_shape(op.name(), operands.iter().filter_map(shape_of)) {
        Ok(shape) => build(op, operands, &signature.operands, signature.result, &shape, fitted),
        Err(failed) => failed,
    }
}

/// The dtype and shape of all arrays among the operands, if they have one, and if the numbers
/// among the operands leave it at that, as they do with floats.
#[inline]
fn common_type(operands: &[Operand]) -> Option<(DType, &Shape)> {
    let mut common: Option<&Array> = None;
    let mut has_number = false;
    for operand in operands {
        let Operand::Array(array) = operand else {
            has_number = true;
            continue;
        };
        let first = common.get_or_insert(array);
        // One extent after the other: a call that compares memory takes longer.
        let (extents, others) = (array.shape(), first.shape());
        let is_same = array.dtype() == first.dtype()
            && extents.len() == others.len()
            && extents.iter().zip(others).all(|(a, b)| a == b);
        if array.is_failed() || !is_same {
            return None;
        }
    }
    let common = common.filter(|array| !has_number || array.dtype().is_float())?;
    Some((common.dtype(), common.full_shape()))
}

/// The node of an operation, given what its operands are to be converted to, and what converts
/// arrays.
#[inline]
#[track_caller]
fn build<const N: usize>(
    op: Elementwise,
    operands: [Operand; N],
    dtypes: &[DType],
    dtype: DType,
    shape: &Shape,
    fit: impl Fn(Array, DType, &Shape) -> Array,
) -> Array {
    let node = Expr::elementwise(dtype, shape, |inputs| {
        for (operand, dtype) in operands.into_iter().zip(dtypes) {
            inputs.push(match operand {
                Operand::Array(array) => ExprInput::Node(fit(array, *dtype, shape).expr),
                // The range is that of the dtype that is computed in: `u8 / 300` is float.
                weak => match literal(op, &weak, *dtype) {
                    Some(scalar) => ExprInput::Literal(scalar),
                    None => return Err((weak, *dtype)),
                },
            });
        }
        Ok(op)
    });
    match node {
        Ok(node) => Array::from_expr(node),
        // Not in the closure, which knows no caller.
        Err((weak, dtype)) => out_of_bounds(op.name(), &weak, dtype),
    }
}

/// A weak scalar as an operand of an operation.
fn literal(op: Elementwise, weak: &Operand, dtype: DType) -> Option<Scalar> {
    match op.rule() {
        Rule::Select => chosen(weak, dtype),
        _ => weak.as_scalar(dtype),
    }
}

/// The shape of an array; scalars fit any.
pub(crate) fn shape_of(operand: &Operand) -> Option<&Shape> {
    match operand {
        Operand::Array(array) => Some(array.full_shape()),
        Operand::Bool(_) | Operand::Int(_) | Operand::Huge(_) | Operand::Float(_) => None,
    }
}

/// The array as a dtype, repeated to a shape that it is known to broadcast to.
fn fitted(array: Array, dtype: DType, shape: &Shape) -> Array {
    let array = if array.dtype() == dtype { array } else { cast(&array, dtype) };
    if array.full_shape() == shape { array } else { broadcast(&array, shape) }
}

/// A scalar as an element of the dtype of what it is chosen beside. As in NumPy, a choice alone
/// wraps integers that the dtype cannot hold, if `int64` or `uint64` can.
fn chosen(weak: &Operand, dtype: DType) -> Option<Scalar> {
    let held = i128::from(i64::MIN)..=i128::from(u64::MAX);
    match weak {
        Operand::Int(value) if held.contains(value) => Some(Scalar::from_i128(dtype, *value)),
        _ => weak.as_scalar(dtype),
    }
}

/// A choice of several as an array of the dtype of all of them.
#[track_caller]
pub(crate) fn choice(operation: &str, operand: Operand, dtype: DType) -> Array {
    match operand {
        Operand::Array(array) => cast(&array, dtype),
        weak => match chosen(&weak, dtype) {
            Some(scalar) => Array::constant(scalar),
            None => out_of_bounds(operation, &weak, dtype),
        },
    }
}

/// NumPy refuses integer powers whose exponent is known to be negative.
#[track_caller]
fn refuse_negative_power(op: Elementwise, operands: &[Operand]) -> Option<Array> {
    let negative = || matches!(operands.last(), Some(Operand::Int(value)) if *value < 0);
    if op != Elementwise::Power || !negative() || operands[0].dtype().is_float() {
        return None;
    }
    let message = "integers to negative integer powers are not allowed: use a float base";
    Some(Array::error_at(ErrorKind::Value, op.name(), message))
}

/// The dtype each operand counts with: a weak scalar adapts to the arrays it meets.
fn resolve_weak<const N: usize>(op: Elementwise, operands: &[Operand; N]) -> [DType; N] {
    // A condition and an exponent do not take part in the promotion of the others.
    let group = |index: usize| match op.rule() {
        Rule::Select => usize::from(index > 0),
        Rule::Ldexp | Rule::Logical => index,
        _ => 0,
    };
    let resolve = |index: usize| {
        let operand = &operands[index];
        let Some(kind) = operand.weak_kind() else { return operand.dtype() };
        // Beside integers, NumPy takes the first loop of `ldexp` that a weak one fits: that of
        // small ones.
        let has_small_loop = kind < Kind::Float && has_integer_array(&operands[N - 1]);
        if op.rule() == Rule::Ldexp && index == 0 && has_small_loop {
            return DType::I8;
        }
        let peers = operands.iter().enumerate().filter(|(peer, _)| group(*peer) == group(index));
        let arrays = peers.clone().filter(|(_, peer)| peer.weak_kind().is_none());
        match arrays.map(|(_, peer)| peer.dtype()).reduce(DType::promote) {
            Some(common) => common.promote_weak(kind),
            // Among themselves, weak integers are `int64`, which an error says if one is not.
            None if N > 1 => DType::Bool.promote_weak(kind),
            None => operand.dtype(),
        }
    };
    std::array::from_fn(resolve)
}

fn has_integer_array(operand: &Operand) -> bool {
    matches!(operand, Operand::Array(array) if array.dtype().is_int())
}

/// The common shape of arrays.
///
/// # Errors
/// A failed array with NumPy's message.
#[track_caller]
pub(crate) fn broadcast_shape<'a>(
    operation: &str,
    mut shapes: impl Iterator<Item = &'a Shape> + Clone,
) -> Result<Shape, Array> {
    let all = shapes.clone();
    let Some(first) = shapes.next() else { return Ok(Shape::scalar()) };
    let mut common = first.clone();
    for shape in shapes.filter(|shape| *shape != first) {
        match common.broadcast(shape) {
            Some(wider) if wider.checked_len().is_some() => common = wider,
            Some(wider) => return Err(too_big(operation, &wider)),
            None => {
                let shapes = all.map(Shape::to_string).collect::<Vec<_>>().join(" ");
                let message =
                    format!("operands could not be broadcast together with shapes {shapes}");
                return Err(Array::error_at(ErrorKind::Shape, operation, message));
            }
        }
    }
    Ok(common)
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
