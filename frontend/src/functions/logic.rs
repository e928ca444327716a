//! Choices between values, comparisons within bounds, rounding, and parts of numbers.

use super::parameters::*;
use crate::composite;
use crate::formula::pieces;

functions! {
    /// The first choice where a condition holds, else the second.
    alone where_ as "where" (condition: Operand; x: Operand, y: Operand) = composite::where_any,
        in Rust "where_(condition, x, y)" "condition.where_(x, y)";

    /// The first choice whose condition holds, else the default.
    ///
    /// Dtype: the common one of choices and default.
    ///
    /// # Errors
    /// Deferred: lists of different lengths; a condition that is not bool.
    alone select(condlist: Arrays, choicelist: Operands, default: Operand = Operand::Int(0))
        = composite::select;

    /// The value of the last function whose condition holds.
    alone piecewise(x: Array, condlist: Written, funclist: Written) = pieces::piecewise,
        in Rust "piecewise(x, conditions, functions)";

    /// Values cut to a range.
    alone clip(a: Array; a_min: ClipBound, a_max: ClipBound; * min: ClipBound, max: ClipBound)
        = composite::clip_any, in Rust "clip(a, min, max)" "a.clip(min, max)";

    /// Values cut to the range from `min` to `max`, either of which may be an array, or `..` for
    /// none.
    only_method clip(
        a: Array, min: ClipBound = ClipBound(None), max: ClipBound = ClipBound(None)
    ) = composite::clip_between;

    /// Rounded to the given number of decimals, ties to even; negative ones round before the
    /// point.
    ///
    /// Dtype: that of the array; `float32` for bool.
    ///
    /// # Errors
    /// Deferred: decimals of bool.
    method round also around (a: Array, decimals: isize = 0) = composite::round;

    /// The integer part: [`trunc`](crate::trunc()).
    function fix(x: Array) = composite::fix;

    /// `sin(pi*x) / (pi*x)`, 1 at 0.
    function sinc(x: Array) = composite::sinc;

    /// The real part: the array itself.
    function real(val: Array) = composite::real;

    /// The imaginary part of a real array: zeros.
    function imag(val: Array) = composite::imag;

    /// The complex conjugate of a real array: itself.
    ///
    /// Dtype: that of `x`; `int8` for bool.
    alone conj also conjugate (x: Array) = composite::conj;

    /// The complex conjugate of a real array: itself.
    only_method conj also conjugate (x: Array) = composite::real;

    /// The angle of a real array in the complex plane, in radians, or in degrees if `deg`: 0, or
    /// pi where negative.
    function angle / angle_with (z: Array; deg: bool = false) = composite::angle;

    /// The fractional and the integral part, both with the sign of `x`.
    function modf(x: Array) -> (Array, Array) = composite::modf;

    /// Mantissas of magnitude in `[0.5, 1)` and `int32` exponents of two.
    function frexp(x: Array) -> (Array, Array) = composite::frexp;

    /// The floored quotient and the remainder.
    alone divmod(x1: Operand, x2: Operand) -> (Array, Array) = composite::divmod;

    /// Whether `|a - b| <= atol + rtol * |b|`; infinities only equal themselves, NaN equals NaN
    /// only if asked to.
    ///
    /// ```
    /// use jitney as jn;
    /// let x = jn::array([1.0, f64::NAN]);
    /// assert_eq!(jn::isclose(&x, &x).to_vec::<bool>()?, [true, false]);
    /// let same = jn::isclose_with(&x, &x, |o| o.equal_nan(true));
    /// assert_eq!(same.to_vec::<bool>()?, [true, true]);
    /// # Ok::<(), jn::Error>(())
    /// ```
    function isclose / isclose_with (
        a: Array, b: Array;
        rtol: f64 = 1e-5, atol: f64 = 1e-8, equal_nan: bool = false
    ) = composite::isclose;

    /// Whether all elements are close, as [`isclose`](isclose()) says.
    function allclose / allclose_with (
        a: Array, b: Array;
        rtol: f64 = 1e-5, atol: f64 = 1e-8, equal_nan: bool = false
    ) = composite::allclose;

    /// NaN and infinities replaced; infinities become the largest finite values if none are
    /// given.
    ///
    /// ```
    /// use jitney as jn;
    /// let x = jn::array([f64::NAN, 1.0]);
    /// assert_eq!(jn::nan_to_num(&x).to_vec::<f64>()?, [0.0, 1.0]);
    /// assert_eq!(x.nan_to_num_with(|o| o.nan(2.0)).to_vec::<f64>()?, [2.0, 1.0]);
    /// # Ok::<(), jn::Error>(())
    /// ```
    function nan_to_num / nan_to_num_with (
        x: Array;
        copy: bool = true, nan: Filling = Filling(Some(0.0)), posinf: f64, neginf: f64
    ) = composite::nan_to_num;
}
