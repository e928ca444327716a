//! Sorting along an axis.

use crate::{Array, DType, build, reduce};
use jitney_ir::graph::Op;
use jitney_ir::ops::Call;
use jitney_ir::shape::normalize_axis;

impl Array {
    /// The elements along an axis in ascending order: equal ones as they were, NaN last.
    ///
    /// Shape: that of the array. Dtype: that of the array.
    ///
    /// NumPy: `np.sort(a, axis, kind="stable")`.
    ///
    /// # Errors
    /// A failed array, if there is no such axis.
    ///
    /// ```
    /// use jitney as jn;
    /// let x = jn::array([3.0, f64::NAN, 1.0, 2.0]);
    /// assert_eq!(x.sort(-1).to_vec::<f64>()?[..3], [1.0, 2.0, 3.0]);
    /// # Ok::<(), jn::Error>(())
    /// ```
    #[track_caller]
    pub fn sort(&self, axis: isize) -> Array {
        sorted(self, "sort", axis, 0, self.dtype())
    }

    /// Where the elements along an axis are to be taken from for them to be in order; of equal
    /// ones the first comes first, NaN last.
    ///
    /// Shape: that of the array. Dtype: `int64`.
    ///
    /// NumPy: `np.argsort(a, axis, kind="stable")`.
    ///
    /// # Errors
    /// A failed array, if there is no such axis.
    ///
    /// ```
    /// use jitney as jn;
    /// let x = jn::array([3, 1, 2]);
    /// assert_eq!(x.argsort(-1).to_vec::<i64>()?, [1, 2, 0]);
    /// # Ok::<(), jn::Error>(())
    /// ```
    #[track_caller]
    pub fn argsort(&self, axis: isize) -> Array {
        sorted(self, "argsort", axis, 1, DType::I64)
    }
}

/// One of the results of sorting.
#[track_caller]
fn sorted(x: &Array, operation: &str, axis: isize, result: u8, dtype: DType) -> Array {
    if x.is_failed() {
        return x.clone();
    }
    let Some(index) = normalize_axis(axis, x.ndim()) else {
        return reduce::bad_axis(operation, axis, x);
    };
    let shape = x.full_shape();
    let call = build::node(Op::Call(Call::Sort { axis: index }), &[x], x.dtype(), shape.clone());
    build::node(Op::Output(result), &[&call], dtype, shape.clone())
}
