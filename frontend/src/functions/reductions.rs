//! Reductions: whole axes become one element.
//!
//! `over` stands for NumPy's `axis`, `dtype`, `ddof` and `keepdims`, as far as the function has
//! them: [`Plain`], [`Typed`], [`Spread`] say so.

use super::parameters::*;
use crate::reduce;

functions! {
    /// Sum of elements. Integers and bools add up in `int64` or `uint64`, wrapping.
    ///
    /// Accuracy: pairwise, in a fixed order; see [`jitney_ir::reduction`].
    method sum(a: Array, over: Typed) = reduce::sum;

    /// Product of elements. Integers and bools multiply in `int64` or `uint64`, wrapping.
    method prod(a: Array, over: Typed) = reduce::prod;

    /// Smallest element, NaN if there is one.
    ///
    /// Fails, deferred, where nothing is reduced.
    method min also amin (a: Array, over: Plain) = reduce::min;

    /// Largest element, NaN if there is one.
    ///
    /// Fails, deferred, where nothing is reduced.
    method max also amax (a: Array, over: Plain) = reduce::max;

    /// Largest less smallest element.
    function ptp(a: Array, over: Plain) = reduce::ptp;

    /// Whether any element is true.
    method any(a: Array, over: Plain) = reduce::any;

    /// Whether all elements are true.
    method all(a: Array, over: Plain) = reduce::all;

    /// The number of true or nonzero elements, an `int64`.
    function count_nonzero(a: Array, over: Plain) = reduce::count_nonzero;

    /// Arithmetic mean. Integers are averaged in `float64`.
    method mean(a: Array, over: Typed) = reduce::mean;

    /// Variance: the mean of squared distances from the mean, in two passes.
    ///
    /// Fails, deferred, if a dtype is asked for that is no float.
    method var(a: Array, over: Spread) = reduce::var;

    /// Standard deviation: the square root of the variance.
    ///
    /// Fails, deferred, if a dtype is asked for that is no float.
    method std(a: Array, over: Spread) = reduce::std;

    /// The index of the largest element, or of the first NaN; the first of equals.
    method argmax(a: Array, over: Plain) = reduce::argmax;

    /// The index of the smallest element, or of the first NaN; the first of equals.
    method argmin(a: Array, over: Plain) = reduce::argmin;
}
