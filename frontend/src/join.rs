//! Joining arrays.

use crate::reduce::{Axes, bad_axis};
use crate::{Array, DType, ErrorKind, build};
use jitney_ir::Shape;
use jitney_ir::graph::Op;
use jitney_ir::shape::normalize_axis;

#[track_caller]
pub(crate) fn concatenate(arrays: &[Array], axis: Axes, dtype: Option<DType>) -> Array {
    match axis {
        Axes::All => {
            let flat: Vec<Array> = arrays.iter().map(Array::ravel).collect();
            along(&flat, 0, dtype)
        }
        Axes::One(axis) => along(arrays, axis, dtype),
        Axes::Each(axes) => match axes[..] {
            [axis] => along(arrays, axis, dtype),
            _ => Array::error_at(ErrorKind::Axis, "concatenate", "takes one axis or none"),
        },
    }
}

/// Arrays one after the other, each cast to a dtype of its own kind or a following one.
#[track_caller]
fn along(arrays: &[Array], axis: isize, dtype: Option<DType>) -> Array {
    let Some(first) = arrays.first() else {
        let message = "need at least one array to concatenate";
        return Array::error_at(ErrorKind::Value, "concatenate", message);
    };
    if let Some(failed) = arrays.iter().find(|array| array.is_failed()) {
        return failed.clone();
    }
    let Some(axis) = normalize_axis(axis, first.ndim()) else {
        return bad_axis("concatenate", axis, first);
    };
    let shape = first.full_shape();
    let mut extent = first.shape()[axis];
    for (i, array) in arrays.iter().enumerate().skip(1) {
        let fits = array.ndim() == shape.rank()
            && array.full_shape().with_ones(&[axis]) == shape.with_ones(&[axis]);
        if !fits {
            let message = format!(
                "all arrays must agree in every axis but axis {axis}: array 0 has shape {}, \
                 array {i} has shape {}",
                first.full_shape(),
                array.full_shape()
            );
            return Array::error_at(ErrorKind::Shape, "concatenate", message);
        }
        extent = extent.saturating_add(array.shape()[axis]);
    }
    let shape = match shape.resized(axis, extent) {
        Ok(shape) => shape,
        Err(error) => return build::bad_shape("concatenate", &error),
    };
    let dtypes = arrays.iter().map(|array| array.dtype());
    let to = dtype.unwrap_or_else(|| DType::promote_all(dtypes.clone()));
    match dtypes.into_iter().find(|from| !from.casts_within_kind(to)) {
        Some(from) => refuse_cast("concatenate", from, to),
        None => join(arrays, axis, to, shape),
    }
}

/// The failed array of a cast that loses more than a function may lose unasked.
#[track_caller]
fn refuse_cast(operation: &str, from: DType, to: DType) -> Array {
    let message = format!(
        "Cannot cast array data from dtype('{from}') to dtype('{to}') according to the rule \
         'same_kind': cast with astype first"
    );
    Array::error_at(ErrorKind::DType, operation, message)
}

#[track_caller]
fn join(arrays: &[Array], axis: usize, dtype: DType, shape: Shape) -> Array {
    let arrays: Vec<Array> = arrays.iter().map(|array| array.astype(dtype)).collect();
    let inputs: Vec<&Array> = arrays.iter().collect();
    build::node(Op::Concat(axis), &inputs, dtype, shape)
}

#[track_caller]
pub(crate) fn stack(arrays: &[Array], axis: isize, dtype: Option<DType>) -> Array {
    if let Some(other) = arrays.iter().find(|array| array.shape() != arrays[0].shape()) {
        if let Some(failed) = arrays.iter().find(|array| array.is_failed()) {
            return failed.clone();
        }
        let message = format!(
            "all input arrays must have the same shape: {} and {}",
            arrays[0].full_shape(),
            other.full_shape()
        );
        return Array::error_at(ErrorKind::Shape, "stack", message);
    }
    let expanded: Vec<Array> = arrays.iter().map(|array| array.expand_dims(axis)).collect();
    along(&expanded, axis, dtype)
}

#[track_caller]
pub(crate) fn vstack(arrays: &[Array], dtype: Option<DType>) -> Array {
    let rows: Vec<Array> = arrays.iter().map(|array| array.atleast_2d()).collect();
    along(&rows, 0, dtype)
}

#[track_caller]
pub(crate) fn hstack(arrays: &[Array], dtype: Option<DType>) -> Array {
    let wide: Vec<Array> = arrays.iter().map(|array| array.atleast_1d()).collect();
    let axis = if wide.first().is_some_and(|array| array.ndim() == 1) { 0 } else { 1 };
    along(&wide, axis, dtype)
}

#[track_caller]
pub(crate) fn column_stack(arrays: &[Array]) -> Array {
    let column = |array: &Array| {
        let array = array.atleast_1d();
        if array.ndim() == 1 { array.expand_dims(1) } else { array }
    };
    let columns: Vec<Array> = arrays.iter().map(column).collect();
    along(&columns, 1, None)
}

#[track_caller]
pub(crate) fn dstack(arrays: &[Array]) -> Array {
    let deep = |array: &Array| {
        let array = array.atleast_2d();
        if array.ndim() == 2 { array.expand_dims(2) } else { array }
    };
    let deep: Vec<Array> = arrays.iter().map(deep).collect();
    along(&deep, 2, None)
}
