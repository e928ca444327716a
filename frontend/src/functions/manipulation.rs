//! Views of arrays, and joins of several.

use super::parameters::*;
use crate::{join, views};

functions! {
    /// The elements in C order in another shape, in which one extent may be -1: what is left.
    ///
    /// # Errors
    /// Deferred: a shape of another number of elements.
    spread reshape(a: Array, shape: NewShape; order: Order = Order) = views::reshape;

    /// All elements in C order along one axis.
    method ravel(a: Array; order: Order = Order) = views::ravel;

    /// All elements in C order along one axis.
    only_method flatten(a: Array; order: Order = Order) = views::ravel;

    /// The axes in another order; in reverse if they are `..`, NumPy's `None`.
    ///
    /// # Errors
    /// Deferred: axes that are no permutation.
    spread transpose also permute_dims (a: Array, axes: Axes = Axes::All) = views::transpose;

    /// The last two axes exchanged.
    ///
    /// # Errors
    /// Deferred: an array of fewer axes.
    function matrix_transpose(x: Array) = views::matrix_transpose;

    /// Two axes exchanged.
    ///
    /// # Errors
    /// Deferred: an axis out of range.
    method swapaxes(a: Array, axis1: isize, axis2: isize) = views::swapaxes;

    /// Axes moved to other places, the others keeping their order.
    ///
    /// # Errors
    /// Deferred: an axis out of range or repeated, or not as many destinations as sources.
    ///
    /// ```
    /// use jitney as jn;
    /// let x = jn::zeros([2, 3, 4]);
    /// assert_eq!(x.moveaxis(0, -1).shape(), [3, 4, 2]);
    /// assert_eq!(x.moveaxis([0, 1], [-1, -2]).shape(), [4, 3, 2]);
    /// ```
    function moveaxis(a: Array, source: Axes, destination: Axes) = views::moveaxis;

    /// New axes of one element at the given places of the result.
    ///
    /// # Errors
    /// Deferred: an axis out of range or repeated.
    ///
    /// ```
    /// use jitney as jn;
    /// let x = jn::zeros([2, 3]);
    /// assert_eq!(x.expand_dims(0).shape(), [1, 2, 3]);
    /// assert_eq!(x.expand_dims([0, -1]).shape(), [1, 2, 3, 1]);
    /// ```
    function expand_dims(a: Array, axis: Axes) = views::expand_dims;

    /// Without the given axes of one element; without all of them if they are `..`, NumPy's
    /// `None`.
    ///
    /// # Errors
    /// Deferred: an axis out of range, repeated, or of more than one element.
    method squeeze(a: Array, axis: Axes = Axes::All) = views::squeeze;

    /// The array repeated along new axes and axes of one element.
    ///
    /// # Errors
    /// Deferred: a shape that the array does not broadcast to, or of too many elements.
    function broadcast_to(array: Array, shape: Shape) = views::broadcast_to;

    /// The arrays repeated to their common shape.
    ///
    /// # Errors
    /// Deferred: shapes that do not broadcast.
    alone broadcast_arrays(args: Separate) -> Vec<Array> = views::broadcast_arrays;

    /// At least one axis: a 0-d array becomes one of a single element.
    function atleast_1d(ary: Array) = views::atleast_1d;

    /// At least two axes, new ones in front.
    function atleast_2d(ary: Array) = views::atleast_2d;

    /// The elements in reverse along the given axes; along all if they are `..`, NumPy's `None`.
    ///
    /// # Errors
    /// Deferred: an axis out of range or given twice.
    function flip(m: Array, axis: Axes = Axes::All) = views::flip;

    /// Arrays one after the other along an axis that they have; of flattened arrays if that is
    /// `..`, NumPy's `None`.
    ///
    /// Dtype: the common one of all, or the one given.
    ///
    /// # Errors
    /// Deferred: no array, an axis out of range, or shapes that differ in another axis; the
    /// message names both.
    ///
    /// ```
    /// use jitney as jn;
    /// let x = jn::concatenate([&jn::arange(2), &jn::arange(3)], 0);
    /// assert_eq!(x.to_vec::<i64>()?, [0, 1, 0, 1, 2]);
    /// let rows: Vec<jn::Array> = (0..2).map(|i| jn::full([1, 2], i)).collect();
    /// assert_eq!(jn::concatenate(&rows, ..).to_vec::<i64>()?, [0, 0, 1, 1]);
    /// # Ok::<(), jn::Error>(())
    /// ```
    alone concatenate / concatenate_with also concat (
        arrays: Arrays, axis: Axes = Axes::One(0);
        * dtype: DType
    ) = join::concatenate;

    /// Arrays of one shape along a new axis.
    ///
    /// # Errors
    /// Deferred: no array, an axis out of range, or shapes that differ.
    alone stack / stack_with (arrays: Arrays, axis: isize = 0; * dtype: DType) = join::stack;

    /// Arrays side by side: along the second axis, one-dimensional ones end to end.
    alone hstack / hstack_with (tup: Arrays; * dtype: DType) = join::hstack;

    /// Arrays one below the other: along the first axis, one-dimensional ones as rows.
    alone vstack / vstack_with (tup: Arrays; * dtype: DType) = join::vstack;

    /// Arrays along the third axis.
    alone dstack(tup: Arrays) = join::dstack;

    /// One-dimensional arrays as columns, others as they are, along the second axis.
    alone column_stack(tup: Arrays) = join::column_stack;

    /// The array converted to a dtype.
    ///
    /// Integers wrap, floats are truncated toward zero; floats that no integer is near become the
    /// same integer on every machine, which NumPy leaves open.
    ///
    /// ```
    /// use jitney as jn;
    /// let x = jn::array([1.9, -1.9]).astype(jn::DType::I32);
    /// assert_eq!(x.to_vec::<i32>()?, [1, -1]);
    /// # Ok::<(), jn::Error>(())
    /// ```
    method astype(x: Array, dtype: DType) = crate::build::cast;

    /// The array itself: arrays are values.
    method copy(a: Array) = views::copy;
}
