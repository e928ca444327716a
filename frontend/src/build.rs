//! Builds nodes: promotion, casts and broadcasts made explicit, mistakes made into values.

use crate::operand::out_of_bounds;
use crate::{Array, ErrorKind, Operand, comparison};
use jitney_ir::graph::{Op, View};
use jitney_ir::ops::{Elementwise, Rule};
use jitney_ir::shape::ShapeError;
use jitney_ir::{DType, Kind, Scalar, Shape};
use jitney_runtime::{Expr, ExprInput, ExprInputs};
use std::fmt::Display;

/// A node whose operands are known to fit, if its value is not too large.
#[track_caller]
pub(crate) fn node(op: Op, inputs: &[&Array], dtype: DType, shape: Shape) -> Array {
    if let Some(failed) = inputs.iter().find(|input| input.is_failed()) {
        return (*failed).clone();
    }
    if let Err(error) = shape.bytes(dtype.size()) {
        return bad_shape(numpy_name(&op), &error);
    }
    let inputs = inputs.iter().map(|input| ExprInput::Node(input.expr.clone())).collect();
    Array::from_expr(Expr::new(op, inputs, dtype, shape))
}

/// The function that NumPy's users know an operation by.
fn numpy_name(op: &Op) -> &'static str {
    match op {
        Op::Input(_) | Op::Constant(_) => "array",
        Op::Iota => "arange",
        Op::Elementwise(Elementwise::Cast(_)) => "astype",
        Op::Elementwise(op) => op.name(),
        Op::Reduce(reduction, _) => reduction.name(),
        Op::View(View::Reshape) => "reshape",
        Op::View(View::Transpose(_)) => "transpose",
        Op::View(View::Slice(_)) => "index",
        Op::View(View::Broadcast) => "broadcast_to",
        Op::Concat(_) => "concatenate",
        Op::Update(_) => "set",
        Op::Call(call) => call.name(),
        Op::Output(_) => "output",
    }
}

/// The failed array for a shape that there is not.
#[track_caller]
pub(crate) fn bad_shape(operation: &str, error: &ShapeError) -> Array {
    Array::error_at(ErrorKind::Shape, operation, error.to_string())
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
        return build(op, operands, &[dtype; N], dtype, &shape, |array, _, _| Ok(array));
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
    let shape = match broadcast_shape(op.name(), operands.iter().filter_map(shape_of)) {
        Ok(shape) => shape,
        Err(failed) => return failed,
    };
    match shape.bytes(signature.result.size()) {
        Ok(_) => build(op, operands, &signature.operands, signature.result, &shape, fitted),
        Err(error) => bad_shape(op.name(), &error),
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
    let common = common.filter(|array| !has_number || array.dtype().kind() == Kind::Float)?;
    Some((common.dtype(), common.full_shape()))
}

/// The node of an operation, given what its operands are to be converted to, and what converts
/// arrays or fails to.
#[inline]
#[track_caller]
fn build<const N: usize>(
    op: Elementwise,
    operands: [Operand; N],
    dtypes: &[DType],
    dtype: DType,
    shape: &Shape,
    fit: impl Fn(Array, DType, &Shape) -> Result<Array, Array>,
) -> Array {
    let node = Expr::elementwise(dtype, shape, |inputs| {
        for (operand, dtype) in operands.into_iter().zip(dtypes) {
            inputs.push(match operand {
                Operand::Array(array) => match fit(array, *dtype, shape) {
                    Ok(array) => ExprInput::Node(array.expr),
                    Err(failed) => return Err(Unfit::Array(failed)),
                },
                // The range is that of the dtype that is computed in: `u8 / 300` is float.
                weak => match literal(op, &weak, *dtype) {
                    Some(scalar) => ExprInput::Literal(scalar),
                    None => return Err(Unfit::Number(weak, *dtype)),
                },
            });
        }
        Ok(with_literal_exponent(op, inputs))
    });
    match node {
        Ok(node) => Array::from_expr(node),
        Err(Unfit::Array(failed)) => failed,
        // Not in the closure, which knows no caller.
        Err(Unfit::Number(weak, dtype)) => out_of_bounds(op.name(), &weak, dtype),
    }
}

/// An operand that an operation cannot have.
enum Unfit {
    /// The failed array that says why.
    Array(Array),
    /// A number that the dtype cannot hold.
    Number(Operand, DType),
}

/// A weak scalar as an operand of an operation.
fn literal(op: Elementwise, weak: &Operand, dtype: DType) -> Option<Scalar> {
    match op.rule() {
        Rule::Select => chosen(weak, dtype),
        _ => weak.as_scalar(dtype),
    }
}

/// The operation, or that of the base alone which stands for a power with this exponent.
#[inline]
fn with_literal_exponent(op: Elementwise, inputs: &mut ExprInputs) -> Elementwise {
    match inputs.last() {
        Some(ExprInput::Literal(exponent)) => match op.literal_power(*exponent) {
            Some(power) => {
                inputs.pop();
                power
            }
            None => op,
        },
        Some(ExprInput::Node(_)) | None => op,
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
///
/// # Errors
/// A failed array, if that is too large.
#[track_caller]
fn fitted(array: Array, dtype: DType, shape: &Shape) -> Result<Array, Array> {
    let array = if array.dtype() == dtype { array } else { cast(&array, dtype) };
    let array = if array.full_shape() == shape { array } else { broadcast(&array, shape) };
    if array.is_failed() { Err(array) } else { Ok(array) }
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
    if op != Elementwise::Power || !negative() || operands[0].dtype().kind() == Kind::Float {
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
            Ok(wider) => common = wider,
            Err(ShapeError::NoCommonShape) => {
                let shapes = all.map(Shape::to_string).collect::<Vec<_>>().join(" ");
                let message =
                    format!("operands could not be broadcast together with shapes {shapes}");
                return Err(Array::error_at(ErrorKind::Shape, operation, message));
            }
            Err(error) => return Err(bad_shape(operation, &error)),
        }
    }
    Ok(common)
}

/// The array repeated to a shape that it is known to broadcast to.
#[track_caller]
pub(crate) fn broadcast(array: &Array, shape: &Shape) -> Array {
    if array.full_shape() == shape {
        return array.clone();
    }
    view(array, View::Broadcast, shape.clone())
}

/// The array as a dtype.
#[track_caller]
pub(crate) fn cast(array: &Array, dtype: DType) -> Array {
    if array.dtype() == dtype || array.is_failed() {
        return array.clone();
    }
    node(Op::cast(dtype), &[array], dtype, array.full_shape().clone())
}

/// A view whose parameters are known to fit.
#[track_caller]
pub(crate) fn view(array: &Array, view: View, shape: Shape) -> Array {
    node(Op::View(view), &[array], array.dtype(), shape)
}

/// The elements in C order in another shape, if it has as many.
#[track_caller]
pub(crate) fn reshape_to(array: &Array, shape: Shape) -> Array {
    if array.is_failed() || *array.full_shape() == shape {
        return array.clone();
    }
    if array.size() != shape.len() {
        return no_reshape(array, &shape);
    }
    view(array, View::Reshape, shape)
}

/// The failed array for a reshape to another number of elements.
#[track_caller]
pub(crate) fn no_reshape(array: &Array, shape: impl Display) -> Array {
    let message = format!("cannot reshape array of size {} into shape {shape}", array.size());
    Array::error_at(ErrorKind::Shape, "reshape", message)
}
