//! Sorting along an axis.

use crate::reduce::{self, Axes};
use crate::{Array, DType, ErrorKind, build};
use jitney_ir::graph::Op;
use jitney_ir::ops::Call;
use jitney_ir::shape::normalize_axis;

/// The order is stable whether or not that is asked for.
#[track_caller]
pub(crate) fn sort(a: &Array, axis: Axes, _stable: Option<bool>) -> Array {
    sorted(a, "sort", axis, 0, a.dtype())
}

/// As [`sort`], but that a 0-d array counts as one of one axis.
#[track_caller]
pub(crate) fn argsort(a: &Array, axis: Axes, _stable: Option<bool>) -> Array {
    let is_scalar = a.ndim() == 0 && !a.is_failed();
    let a = if is_scalar { &build::reshape_to(a, a.full_shape().flat()) } else { a };
    sorted(a, "argsort", axis, 1, DType::I64)
}

/// One of the results of sorting along an axis, or of all elements in C order.
#[track_caller]
fn sorted(a: &Array, operation: &str, axis: Axes, result: u8, dtype: DType) -> Array {
    if a.is_failed() {
        return a.clone();
    }
    let (x, axis) = match axis {
        Axes::All => (build::reshape_to(a, a.full_shape().flat()), 0),
        Axes::One(axis) => (a.clone(), axis),
        Axes::Each(_) => {
            return Array::error_at(ErrorKind::Axis, operation, "takes one axis or all");
        }
    };
    let Some(axis) = normalize_axis(axis, x.ndim()) else {
        return reduce::bad_axis(operation, axis, &x);
    };
    let shape = x.full_shape();
    let call = build::node(Op::Call(Call::Sort { axis }), &[&x], x.dtype(), shape.clone());
    build::node(Op::Output(result), &[&call], dtype, shape.clone())
}
