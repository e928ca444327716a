//! Joining arrays.

use crate::reduce::bad_axis;
use crate::{Array, DType, ErrorKind, build};
use jitney_ir::Shape;
use jitney_ir::graph::Op;
use jitney_ir::shape::normalize_axis;

/// Arrays one after the other along an axis that they have.
///
/// Dtype: the common one of all.
///
/// NumPy: `np.concatenate(arrays, axis)`.
///
/// # Errors
/// Deferred: no array, an axis out of range, or shapes that differ in another axis; the
/// message names both.
///
/// ```
/// use jitney as jn;
/// let x = jn::concatenate(&[&jn::arange(2), &jn::arange(3)], 0);
/// assert_eq!(x.to_vec::<i64>()?, [0, 1, 0, 1, 2]);
/// # Ok::<(), jn::Error>(())
/// ```
#[track_caller]
pub fn concatenate(arrays: &[&Array], axis: isize) -> Array {
    concatenate_as(arrays, axis, None)
}

/// [`concatenate`], each array cast to a dtype of its own kind or a following one.
#[track_caller]
pub(crate) fn concatenate_as(arrays: &[&Array], axis: isize, dtype: Option<DType>) -> Array {
    let Some(first) = arrays.first() else {
        let message = "need at least one array to concatenate";
        return Array::error_at(ErrorKind::Value, "concatenate", message);
    };
    if let Some(failed) = arrays.iter().find(|array| array.is_failed()) {
        return (*failed).clone();
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
fn join(arrays: &[&Array], axis: usize, dtype: DType, shape: Shape) -> Array {
    let arrays: Vec<Array> = arrays.iter().map(|array| array.astype(dtype)).collect();
    let inputs: Vec<&Array> = arrays.iter().collect();
    build::node(Op::Concat(axis), &inputs, dtype, shape)
}

/// Arrays of one shape along a new axis.
///
/// NumPy: `np.stack(arrays, axis)`.
///
/// # Errors
/// Deferred: no array, an axis out of range, or shapes that differ.
#[track_caller]
pub fn stack(arrays: &[&Array], axis: isize) -> Array {
    stack_as(arrays, axis, None)
}

/// [`stack`], as [`concatenate_as`].
#[track_caller]
pub(crate) fn stack_as(arrays: &[&Array], axis: isize, dtype: Option<DType>) -> Array {
    if let Some(other) = arrays.iter().find(|array| array.shape() != arrays[0].shape()) {
        if let Some(failed) = arrays.iter().find(|array| array.is_failed()) {
            return (*failed).clone();
        }
        let message = format!(
            "all input arrays must have the same shape: {} and {}",
            arrays[0].full_shape(),
            other.full_shape()
        );
        return Array::error_at(ErrorKind::Shape, "stack", message);
    }
    let expanded: Vec<Array> = arrays.iter().map(|array| array.expand_dims(axis)).collect();
    concatenate_as(&expanded.iter().collect::<Vec<_>>(), axis, dtype)
}

/// Arrays one below the other: along the first axis, one-dimensional ones as rows.
///
/// NumPy: `np.vstack(arrays)`.
#[track_caller]
pub fn vstack(arrays: &[&Array]) -> Array {
    vstack_as(arrays, None)
}

/// [`vstack`], as [`concatenate_as`].
#[track_caller]
pub(crate) fn vstack_as(arrays: &[&Array], dtype: Option<DType>) -> Array {
    let rows: Vec<Array> = arrays.iter().map(|array| array.atleast_2d()).collect();
    concatenate_as(&rows.iter().collect::<Vec<_>>(), 0, dtype)
}

/// Arrays side by side: along the second axis, one-dimensional ones end to end.
///
/// NumPy: `np.hstack(arrays)`.
#[track_caller]
pub fn hstack(arrays: &[&Array]) -> Array {
    hstack_as(arrays, None)
}

/// [`hstack`], as [`concatenate_as`].
#[track_caller]
pub(crate) fn hstack_as(arrays: &[&Array], dtype: Option<DType>) -> Array {
    let wide: Vec<Array> = arrays.iter().map(|array| array.atleast_1d()).collect();
    let axis = if wide.first().is_some_and(|array| array.ndim() == 1) { 0 } else { 1 };
    concatenate_as(&wide.iter().collect::<Vec<_>>(), axis, dtype)
}

/// One-dimensional arrays as columns, others as they are, along the second axis.
///
/// NumPy: `np.column_stack(arrays)`.
#[track_caller]
pub fn column_stack(arrays: &[&Array]) -> Array {
    let column = |array: &&Array| {
        let array = array.atleast_1d();
        if array.ndim() == 1 { array.expand_dims(1) } else { array }
    };
    let columns: Vec<Array> = arrays.iter().map(column).collect();
    concatenate(&columns.iter().collect::<Vec<_>>(), 1)
}

/// Arrays along the third axis.
///
/// NumPy: `np.dstack(arrays)`.
#[track_caller]
pub fn dstack(arrays: &[&Array]) -> Array {
    let deep = |array: &&Array| {
        let array = array.atleast_2d();
        if array.ndim() == 2 { array.expand_dims(2) } else { array }
    };
    let deep: Vec<Array> = arrays.iter().map(deep).collect();
    concatenate(&deep.iter().collect::<Vec<_>>(), 2)
}
