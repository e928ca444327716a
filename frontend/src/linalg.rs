//! Matrix products.

use crate::{Array, DType, ErrorKind, build};
use jitney_ir::Shape;
use jitney_ir::graph::Op;

/// Matrix product; leading axes are batches that broadcast, one-dimensional operands are a
/// row on the left and a column on the right, whose axis goes.
///
/// Accuracy: floats are multiplied by a blocked algorithm, within `k` roundings of each sum
/// of `k` products; the same bits fused, eager and on any number of threads. Integers wrap
/// and are exact.
///
/// NumPy: `np.matmul(a, b)`, `a @ b`.
///
/// # Errors
/// Deferred: 0-d operands, or shapes that do not fit.
///
/// ```
/// use jitney as jn;
/// let a = jn::array([1.0, 2.0, 3.0, 4.0]).reshape([2, 2]);
/// assert_eq!(a.matmul(&a).to_vec::<f64>()?, [7.0, 10.0, 15.0, 22.0]);
/// # Ok::<(), jn::Error>(())
/// ```
#[track_caller]
pub fn matmul(a: &Array, b: &Array) -> Array {
    if let Some(failed) = [a, b].into_iter().find(|array| array.is_failed()) {
        return failed.clone();
    }
    let left = if a.ndim() == 1 { a.expand_dims(0) } else { a.clone() };
    let right = if b.ndim() == 1 { b.expand_dims(1) } else { b.clone() };
    let (left_axes, right_axes) = (left.shape(), right.shape());
    let (rank_a, rank_b) = (left_axes.len(), right_axes.len());
    if rank_a < 2 || rank_b < 2 {
        let message = "operands must have an axis: multiply scalars with `*`";
        return Array::error_at(ErrorKind::Shape, "matmul", message);
    }
    let inner = (left_axes[rank_a - 1], right_axes[rank_b - 2]);
    let batch_a = Shape::new(&left_axes[..rank_a - 2]);
    let batch_b = Shape::new(&right_axes[..rank_b - 2]);
    let batch = match batch_a.broadcast(&batch_b) {
        Some(batch) if inner.0 == inner.1 => batch,
        _ => {
            let message = format!(
                "shapes {} and {} do not fit: {} columns on the left, {} rows on the right",
                a.full_shape(),
                b.full_shape(),
                inner.0,
                inner.1
            );
            return Array::error_at(ErrorKind::Shape, "matmul", message);
        }
    };
    let dtype = a.dtype().promote(b.dtype());
    let with_batch = |array: &Array| {
        let mut shape = batch.clone();
        shape.0.extend_from_slice(&array.shape()[array.ndim() - 2..]);
        array.astype(dtype).broadcast_to(&shape.0)
    };
    let product = multiply(&with_batch(&left), &with_batch(&right), dtype);
    let mut shape = product.full_shape().clone();
    if b.ndim() == 1 {
        shape.0.pop();
    }
    if a.ndim() == 1 {
        let row = shape.rank() - usize::from(b.ndim() != 1);
        shape.0.remove(row.saturating_sub(usize::from(b.ndim() == 1)));
    }
    build::reshape_to(&product, shape)
}

/// Batched products of `[.., m, k]` and `[.., k, n]`.
#[track_caller]
fn multiply(a: &Array, b: &Array, dtype: DType) -> Array {
    if dtype.is_float() {
        let mut shape = a.full_shape().clone();
        let last = shape.rank() - 1;
        shape.0[last] = b.shape()[last];
        if shape.checked_len().is_none() {
            return build::too_big("matmul", &shape);
        }
        return build::node(Op::MatMul, &[a, b], dtype, shape);
    }
    // No library multiplies integers; as sums of products they are exact in any order.
    let products = a.expand_dims(-1) * b.expand_dims(-3);
    match dtype {
        DType::Bool => products.any(-2),
        _ => products.sum(crate::axis(-2).dtype(dtype)),
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
    if a.ndim() == 0 || b.ndim() == 0 {
        return a * b;
    }
    if b.ndim() <= 2 {
        return matmul(a, b);
    }
    // dot(a, b)[i, j, k, l] = sum(a[i, j, :] * b[k, :, l]): b's batch axes come last but one.
    let mut rows: Vec<isize> = a.shape().iter().map(|n| *n as isize).collect();
    let inner = rows.pop().unwrap_or(1);
    let columns = b.moveaxis(-2, 0);
    let flat = matmul(&a.reshape([-1, inner]), &columns.reshape([columns.shape()[0] as isize, -1]));
    rows.extend(columns.shape()[1..].iter().map(|n| *n as isize));
    flat.reshape(&rows)
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
