//! Creation of arrays.

use super::parameters::*;
use crate::create;

functions! {
    /// An array of numbers, or of lists of them.
    alone array(object: Written; dtype: DType) = crate::formula::literal::array, in Rust "array(elements)";

    /// What is no array yet as an array; of another dtype if one is given.
    ///
    /// ```
    /// use jitney as jn;
    /// let x = jn::asarray_with(3, |o| o.dtype(jn::DType::F32));
    /// assert_eq!(x.item::<f32>()?, 3.0);
    /// # Ok::<(), jn::Error>(())
    /// ```
    alone asarray / asarray_with (a: ArrayLike; dtype: DType) = create::array_like;

    /// An array of zeros.
    ///
    /// # Errors
    /// Deferred: a shape of too many elements.
    alone zeros / zeros_with (shape: Shape; dtype: DType = DType::F64) = create::zeros;

    /// An array of ones.
    ///
    /// # Errors
    /// Deferred: a shape of too many elements.
    alone ones / ones_with (shape: Shape; dtype: DType = DType::F64) = create::ones;

    /// An array of any content (zeros).
    ///
    /// # Errors
    /// Deferred: a shape of too many elements.
    alone empty / empty_with (shape: Shape; dtype: DType = DType::F64) = create::zeros;

    /// An array of one value everywhere. A Rust scalar gives `bool`, `int64` or `float64`.
    ///
    /// # Errors
    /// Deferred: a shape of too many elements; a value that does not broadcast to the shape, or
    /// an integer that the dtype cannot hold.
    ///
    /// ```
    /// use jitney as jn;
    /// assert_eq!(jn::full([2], 7).to_vec::<i64>()?, [7, 7]);
    /// # Ok::<(), jn::Error>(())
    /// ```
    alone full / full_with (shape: Shape, fill_value: Operand; dtype: DType) = create::full;

    /// Zeros of the shape and dtype of another array.
    alone zeros_like / zeros_like_with (a: Array; dtype: DType) = create::zeros_like;

    /// Ones of the shape and dtype of another array.
    alone ones_like / ones_like_with (a: Array; dtype: DType) = create::ones_like;

    /// An array of any content (zeros) of the shape and dtype of another array.
    alone empty_like / empty_like_with (a: Array; dtype: DType) = create::zeros_like;

    /// One value everywhere, of the shape and dtype of another array.
    ///
    /// # Errors
    /// Deferred: an integer that the dtype cannot hold; a value that does not broadcast.
    alone full_like / full_like_with (a: Array, fill_value: Operand; dtype: DType)
        = create::full_like;

    /// Evenly spaced values: the integers from 0 to a number, exclusive, or those of a range, or
    /// those from a start to a stop, a step apart.
    ///
    /// Dtype: `int64` if all numbers are integers, else `float64`.
    ///
    /// # Errors
    /// Deferred: a step of zero or NaN, or too many elements.
    ///
    /// ```
    /// use jitney as jn;
    /// assert_eq!(jn::arange(3).to_vec::<i64>()?, [0, 1, 2]);
    /// assert_eq!(jn::arange(2..4).to_vec::<i64>()?, [2, 3]);
    /// assert_eq!(jn::arange((5, 0, -2)).to_vec::<i64>()?, [5, 3, 1]);
    /// let x = jn::arange_with((0, 6, 2), |o| o.dtype(jn::DType::F32));
    /// assert_eq!(x.to_vec::<f32>()?, [0.0, 2.0, 4.0]);
    /// # Ok::<(), jn::Error>(())
    /// ```
    alone arange / arange_with (steps: Steps; dtype: DType) = create::arange;

    /// Evenly spaced values from `start` to `stop`, which is the last one unless `endpoint` is
    /// false, as `float64`.
    ///
    /// ```
    /// use jitney as jn;
    /// assert_eq!(jn::linspace(0, 1, 3).to_vec::<f64>()?, [0.0, 0.5, 1.0]);
    /// let x = jn::linspace_with(0, 1, 2, |o| o.endpoint(false));
    /// assert_eq!(x.to_vec::<f64>()?, [0.0, 0.5]);
    /// let (_, step) = jn::linspace_retstep(0, 1, 3);
    /// assert_eq!(step.item::<f64>()?, 0.5);
    /// # Ok::<(), jn::Error>(())
    /// ```
    alone linspace / linspace_with (
        start: f64, stop: f64, num: usize = 50;
        endpoint: bool = true;
        * dtype: DType
    ) = create::linspace,
        or retstep linspace_retstep / linspace_retstep_with -> (Array, Array)
            = create::linspace_retstep;

    /// Values whose logarithms to `base` are evenly spaced from `start` to `stop`.
    alone logspace / logspace_with (
        start: f64, stop: f64, num: usize = 50;
        endpoint: bool = true, base: f64 = 10.0, dtype: DType
    ) = create::logspace;

    /// Ones on a diagonal (0 the main one, positive above) of an array of zeros.
    ///
    /// ```
    /// use jitney as jn;
    /// assert_eq!(jn::eye(2).to_vec::<f64>()?, [1.0, 0.0, 0.0, 1.0]);
    /// assert_eq!(jn::eye_with(2, |o| o.k(1)).to_vec::<f64>()?, [0.0, 1.0, 0.0, 0.0]);
    /// # Ok::<(), jn::Error>(())
    /// ```
    alone eye / eye_with (
        n as "N": usize;
        m as "M": usize, k: isize = 0, dtype: DType = DType::F64
    ) = create::eye;

    /// Ones on the main diagonal of an `n` by `n` array of zeros.
    alone identity / identity_with (n: usize; dtype: DType = DType::F64) = create::identity;

    /// One-dimensional coordinates spread over a grid, one array per coordinate.
    alone meshgrid / meshgrid_with (xi: Separate; * indexing: Indexing = Indexing::Xy)
        -> Vec<Array> = create::meshgrid;

    /// The index along each axis of an array of the shape, stacked along a new first axis.
    ///
    /// # Errors
    /// Deferred: no dimension, or indices that the dtype cannot hold.
    alone indices / indices_with (dimensions: Shape; dtype: DType = DType::I64) = create::indices;
}
