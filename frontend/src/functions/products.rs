//! Products of matrices and vectors.

use super::parameters::*;
use crate::linalg;

functions! {
    /// Matrix product; leading axes are batches that broadcast, one-dimensional operands are a
    /// row on the left and a column on the right, whose axis goes.
    ///
    /// Accuracy: floats are multiplied by a blocked algorithm, within `k` roundings of each sum
    /// of `k` products; products with a vector are added up as [`sum`](crate::sum()) adds up,
    /// which is more exact. The same bits fused, eager, on any number of threads, and however the
    /// operands lie in memory. Integers wrap and are exact.
    ///
    /// NumPy: `a @ b`, too.
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
    function matmul(x1: Array, x2: Array) = linalg::matmul;

    /// Product over the last axis of `a` and the second to last of `b` (the only one of a
    /// one-dimensional `b`); a plain product if either is 0-d.
    ///
    /// # Errors
    /// Deferred: shapes that do not fit.
    method dot(a: Array, b: Array) = linalg::dot;
}
