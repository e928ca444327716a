//! Matrix products.

use crate::{Array, DType, ErrorKind, Over, axis, build};
use jitney_ir::graph::Op;
use jitney_ir::ops::Call;
use jitney_ir::product::{MAX_SMALL, MAX_TERMS};
use jitney_ir::shape::{Dims, ShapeError};
use jitney_ir::{Kind, Shape};

/// Matrix product; leading axes are batches that broadcast, one-dimensional operands are a
/// row on the left and a column on the right, whose axis goes.
///
/// Accuracy: floats are multiplied by a blocked algorithm, within `k` roundings of each sum
/// of `k` products; products with a vector are added up as [`sum`](crate::sum()) adds up, which is
/// more exact. The same bits fused, eager, on any number of threads, and however the operands lie
/// in memory. Integers wrap and are exact.
///
/// NumPy: `np.matmul(a, b)`, `a @ b`.
///
/// # Errors
/// Deferred: 0-d operands, shapes that do not fit, or a result of too many elements.
///
/// ```
/// use jitney as jn;
/// let a = jn::array([1.0, 2.0, 3.0, 4.0]).reshape([2, 2]);
/// assert_eq!(a.matmul(&a).to_vec::<f64>()?, [7.0, 10.0, 15.0, 22.0]);
/// assert_eq!(jn::array([1.0, 10.0]).matmul(&a).to_vec::<f64>()?, [31.0, 42.0]);
/// # Ok::<(), jn::Error>(())
/// ```
#[track_caller]
pub fn matmul(a: &Array, b: &Array) -> Array {
    if let Some(failed) = [a, b].into_iter().find(|array| array.is_failed()) {
        return failed.clone();
    }
    if a.ndim() == 0 || b.ndim() == 0 {
        let message = "operands must have an axis: multiply scalars with `*`";
        return Array::error_at(ErrorKind::Shape, "matmul", message);
    }
    let left = if a.ndim() == 1 { a.expand_dims(0) } else { a.clone() };
    let right = if b.ndim() == 1 { b.expand_dims(1) } else { b.clone() };
    let product = match batched(&left, &right) {
        Ok((left, right)) => multiply(&left, &right),
        Err(ShapeError::NoCommonShape) => return no_fit("matmul", a, b),
        Err(error) => return build::bad_shape("matmul", &error),
    };
    if product.is_failed() {
        return product;
    }
    let rank = product.ndim();
    let mut dropped: Dims<usize> = Dims::new();
    dropped.extend((a.ndim() == 1).then_some(rank - 2));
    dropped.extend((b.ndim() == 1).then_some(rank - 1));
    build::reshape_to(&product, product.full_shape().without(&dropped))
}

/// Stacks of matrices of one dtype, broadcast to as many.
#[track_caller]
fn batched(left: &Array, right: &Array) -> Result<(Array, Array), ShapeError> {
    let matrix = |array: &Array| [array.ndim() - 2, array.ndim() - 1];
    let ([_, inner], [row, _]) = (matrix(left), matrix(right));
    if left.shape()[inner] != right.shape()[row] {
        return Err(ShapeError::NoCommonShape);
    }
    let dtype = left.dtype().promote(right.dtype());
    let (left, right) = (left.astype(dtype), right.astype(dtype));
    if left.ndim() == 2 && right.ndim() == 2 {
        return Ok((left, right));
    }
    let batch = |array: &Array| array.full_shape().without(&matrix(array));
    let batches = batch(&left).broadcast(&batch(&right))?;
    let stack = |array: &Array| {
        let extents = [batches.extents(), &array.shape()[array.ndim() - 2..]].concat();
        Ok(build::broadcast(array, &Shape::new(&extents)?))
    };
    Ok((stack(&left)?, stack(&right)?))
}

/// The failed array for operands whose shapes do not fit.
#[track_caller]
fn no_fit(operation: &str, a: &Array, b: &Array) -> Array {
    let (columns, rows) = (a.shape()[a.ndim() - 1], b.shape()[b.ndim().saturating_sub(2)]);
    let mut message = format!("shapes {} and {} do not fit", a.full_shape(), b.full_shape());
    message += &if columns == rows {
        ": the axes in front of the last two do not broadcast".to_owned()
    } else {
        format!(": {columns} columns on the left, {rows} rows on the right")
    };
    Array::error_at(ErrorKind::Shape, operation, message)
}

/// The product of `[.., m, k]` and `[.., k, n]`.
#[track_caller]
fn multiply(a: &Array, b: &Array) -> Array {
    if let Some(failed) = [a, b].into_iter().find(|array| array.is_failed()) {
        return failed.clone();
    }
    let (m, k, n) = (a.shape()[a.ndim() - 2], a.shape()[a.ndim() - 1], b.shape()[b.ndim() - 1]);
    // No library multiplies integers, but in any order they are exact: those of small matrices are
    // products to the runtime, all others sums of products.
    let is_small = k <= MAX_TERMS && m > 1 && n > 1 && m.saturating_mul(n) <= MAX_SMALL;
    let is_product = match a.dtype().kind() {
        Kind::Float => true,
        Kind::Signed | Kind::Unsigned => is_small,
        Kind::Bool => false,
    };
    if is_product {
        return product(a, b, n);
    }
    if n == 1 && k > MAX_TERMS {
        return sum_of(&(a * b.swapaxes(-1, -2)), axis(-1).keepdims());
    }
    sum_of(&(a.expand_dims(-1) * b.expand_dims(-3)), axis(-2))
}

/// A product that the runtime computes as such, with so many columns.
#[track_caller]
fn product(a: &Array, b: &Array, n: usize) -> Array {
    match a.full_shape().resized(a.ndim() - 1, n) {
        Ok(shape) => build::node(Op::Call(Call::MatMul {}), &[a, b], a.dtype(), shape),
        Err(error) => build::bad_shape("matmul", &error),
    }
}

/// Sums of products over an axis, in the dtype of the products.
#[track_caller]
fn sum_of(products: &Array, over: Over) -> Array {
    match products.dtype() {
        DType::Bool => products.any(over),
        dtype => products.sum(over.dtype(dtype)),
    }
}

/// Product over the last axis of `a` and the second to last of `b` (the only one of a
/// one-dimensional `b`); a plain product if either is 0-d.
///
/// NumPy: `np.dot(a, b)`.
///
/// # Errors
/// Deferred: shapes that do not fit.
#[track_caller]
pub fn dot(a: &Array, b: &Array) -> Array {
    if let Some(failed) = [a, b].into_iter().find(|array| array.is_failed()) {
        return failed.clone();
    }
    if a.ndim() == 0 || b.ndim() == 0 {
        return a * b;
    }
    if b.ndim() <= 2 {
        return matmul(a, b);
    }
    let (inner, row) = (a.ndim() - 1, b.ndim() - 2);
    let k = a.shape()[inner];
    if k != b.shape()[row] {
        return no_fit("dot", a, b);
    }
    // dot(a, b)[i, j, k, l] = sum(a[i, j, :] * b[k, :, l]): b's batch axes come last but one.
    let (rows, columns) = (a.full_shape().without(&[inner]), b.full_shape().without(&[row]));
    let left = reshaped("dot", a, &[rows.len(), k]);
    let right = reshaped("dot", &b.moveaxis(row as isize, 0), &[k, columns.len()]);
    reshaped("dot", &matmul(&left, &right), &[rows.extents(), columns.extents()].concat())
}

/// The array in a shape of as many elements, if there is such a shape.
#[track_caller]
fn reshaped(operation: &str, array: &Array, extents: &[usize]) -> Array {
    match Shape::new(extents) {
        Ok(shape) => build::reshape_to(array, shape),
        Err(error) => build::bad_shape(operation, &error),
    }
}

impl Array {
    /// Matrix product: [`matmul`].
    #[track_caller]
    pub fn matmul(&self, other: &Array) -> Array {
        matmul(self, other)
    }

    /// Product over one axis: [`dot`].
    #[track_caller]
    pub fn dot(&self, other: &Array) -> Array {
        dot(self, other)
    }
}
