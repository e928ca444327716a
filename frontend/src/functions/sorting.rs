//! Sorting and what needs sorted elements.

use super::parameters::*;
use crate::sorting;

functions! {
    /// The elements along an axis in ascending order, equal ones as they were and NaN last; of the
    /// flattened array if the axis is `..`, NumPy's `None`.
    ///
    /// # Errors
    /// Deferred: an axis out of range.
    ///
    /// ```
    /// use jitney as jn;
    /// let x = jn::array([3.0, f64::NAN, 1.0, 2.0]);
    /// assert_eq!(x.sort(-1).to_vec::<f64>()?[..3], [1.0, 2.0, 3.0]);
    /// # Ok::<(), jn::Error>(())
    /// ```
    function sort(a: Array, axis: Axes = Axes::One(-1); * stable: bool) = sorting::sort;

    /// Where the elements along an axis are to be taken from for them to be in order: an `int64`
    /// each, of equal ones the first comes first, NaN last. Of the flattened array if the axis is
    /// `..`, NumPy's `None`.
    ///
    /// # Errors
    /// Deferred: an axis out of range.
    ///
    /// ```
    /// use jitney as jn;
    /// let x = jn::array([3, 1, 2]);
    /// assert_eq!(x.argsort(-1).to_vec::<i64>()?, [1, 2, 0]);
    /// # Ok::<(), jn::Error>(())
    /// ```
    method argsort(a: Array, axis: Axes = Axes::One(-1); * stable: bool) = sorting::argsort;
}
