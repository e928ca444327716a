//! Reductions.

use crate::{Array, ErrorKind, arange, build};
use jitney_ir::graph::Op;
use jitney_ir::ops::Reduction;
use jitney_ir::shape::{Dims, normalize_axis};
use jitney_ir::{DType, Kind};
use std::ops::RangeFull;

/// What a reduction reduces over, with NumPy's optional arguments.
///
/// Made from `..` (all axes), an axis, or an array of axes; negative axes count from the
/// end. [`axis`] starts one that needs more:
///
/// ```
/// use jitney as jn;
/// let x = jn::ones([2, 3]);
/// assert_eq!(x.sum(..).item::<f64>()?, 6.0);
/// assert_eq!(x.sum(-1).shape(), [2]);
/// assert_eq!(x.var(jn::axis([0, 1]).keepdims().ddof(1.0)).shape(), [1, 1]);
/// # Ok::<(), jn::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Over {
    axes: Axes,
    keepdims: bool,
    dtype: Option<DType>,
    ddof: f64,
}

/// The axes that a reduction is asked to reduce.
#[derive(Clone, Debug, Default)]
pub(crate) enum Axes {
    #[default]
    All,
    /// An axis given alone: of a 0-d array, 0 and -1 are none of its axes and no mistake.
    One(isize),
    /// Those of a list, each of which the array must have.
    Each(Vec<isize>),
}

/// The axes to reduce, to which options can be added.
pub fn axis(axes: impl Into<Over>) -> Over {
    axes.into()
}

impl Over {
    /// Keeps reduced axes as axes of one element.
    pub fn keepdims(self) -> Over {
        Over { keepdims: true, ..self }
    }

    /// The dtype to compute in and to return.
    pub fn dtype(self, dtype: DType) -> Over {
        Over { dtype: Some(dtype), ..self }
    }

    /// An axis given alone as a list of one: what NumPy makes of it where it counts the elements
    /// itself, so that 0-d arrays have no axis to be meant.
    fn listed(mut self) -> Over {
        if let Axes::One(axis) = self.axes {
            self.axes = Axes::Each(vec![axis]);
        }
        self
    }

    /// What variances subtract from the number of elements they divide by.
    pub fn ddof(self, ddof: f64) -> Over {
        Over { ddof, ..self }
    }
}

impl From<RangeFull> for Over {
    fn from(_: RangeFull) -> Over {
        Over::default()
    }
}

impl From<isize> for Over {
    fn from(axis: isize) -> Over {
        Over::from(Axes::One(axis))
    }
}

impl From<i32> for Over {
    fn from(axis: i32) -> Over {
        Over::from(axis as isize)
    }
}

impl<const N: usize> From<[isize; N]> for Over {
    fn from(axes: [isize; N]) -> Over {
        Over::from(axes.as_slice())
    }
}

impl From<&[isize]> for Over {
    fn from(axes: &[isize]) -> Over {
        Over::from(Axes::Each(axes.to_vec()))
    }
}

impl From<Axes> for Over {
    fn from(axes: Axes) -> Over {
        Over { axes, ..Over::default() }
    }
}

/// The array and axes that a call reduces, checked.
struct Target {
    array: Array,
    axes: Dims<usize>,
    keepdims: bool,
}

impl Target {
    /// # Errors
    /// A failed array: the array's own, or one that names the axis.
    #[track_caller]
    fn new(operation: &str, array: &Array, over: &Over) -> Result<Target, Array> {
        if array.is_failed() {
            return Err(array.clone());
        }
        let rank = array.ndim();
        let mut axes: Dims<usize> = Dims::new();
        match &over.axes {
            Axes::All => axes.extend(0..rank),
            Axes::One(0 | -1) if rank == 0 => {}
            Axes::One(axis) => match normalize_axis(*axis, rank) {
                Some(index) => axes.push(index),
                None => return Err(bad_axis(operation, *axis, array)),
            },
            Axes::Each(wanted) => {
                for &axis in wanted {
                    match normalize_axis(axis, rank) {
                        Some(index) if axes.contains(&index) => {
                            let message = format!("duplicate axis {axis} in the axes to reduce");
                            return Err(Array::error_at(ErrorKind::Axis, operation, message));
                        }
                        Some(index) => axes.push(index),
                        None => return Err(bad_axis(operation, axis, array)),
                    }
                }
            }
        }
        axes.sort_unstable();
        Ok(Target { array: array.clone(), axes, keepdims: over.keepdims })
    }

    /// The number of elements that become one.
    fn count(&self) -> usize {
        self.axes.iter().map(|&axis| self.array.shape()[axis]).product()
    }

    fn reduce(&self, reduction: Reduction) -> Array {
        if self.axes.is_empty() {
            return self.array.clone();
        }
        let op = Op::Reduce(reduction, self.axes.clone());
        let shape = self.array.full_shape().without(&self.axes);
        let dtype = reduction.result(self.array.dtype());
        self.keep(build::node(op, &[&self.array], dtype, shape))
    }

    /// Puts the reduced axes back as axes of one element, if they are to be kept.
    fn keep(&self, reduced: Array) -> Array {
        if !self.keepdims {
            return reduced;
        }
        build::reshape_to(&reduced, self.array.full_shape().with_ones(&self.axes))
    }

    fn with(&self, array: Array) -> Target {
        Target { array, axes: self.axes.clone(), keepdims: self.keepdims }
    }
}

/// The failed array for an axis out of range, with NumPy's message.
#[track_caller]
pub(crate) fn bad_axis(operation: &str, axis: isize, array: &Array) -> Array {
    let message = format!(
        "axis {axis} is out of bounds for array of dimension {} (shape {})",
        array.ndim(),
        array.full_shape()
    );
    Array::error_at(ErrorKind::Axis, operation, message)
}

/// The dtype in which sums and products of a dtype are taken.
fn accumulator(dtype: DType) -> DType {
    match dtype.kind() {
        Kind::Float => dtype,
        Kind::Unsigned => DType::U64,
        Kind::Bool | Kind::Signed => DType::I64,
    }
}

#[track_caller]
fn accumulate(operation: &str, reduction: Reduction, x: &Array, over: Over) -> Array {
    let dtype = over.dtype.unwrap_or_else(|| accumulator(x.dtype()));
    match Target::new(operation, &x.astype(dtype), &over) {
        Ok(target) => target.reduce(reduction),
        Err(failed) => failed,
    }
}

#[track_caller]
fn extremum(operation: &str, reduction: Reduction, x: &Array, over: Over) -> Array {
    let target = match Target::new(operation, x, &over) {
        Ok(target) => target,
        Err(failed) => return failed,
    };
    if target.count() == 0 {
        let message = format!(
            "zero-size array to reduction operation {operation} which has no identity (shape {})",
            x.full_shape()
        );
        return Array::error_at(ErrorKind::Value, operation, message);
    }
    target.reduce(reduction)
}

#[track_caller]
fn logical(operation: &str, reduction: Reduction, x: &Array, over: Over) -> Array {
    match Target::new(operation, &x.astype(DType::Bool), &over) {
        Ok(target) => target.reduce(reduction),
        Err(failed) => failed,
    }
}

/// A dtype of floats that holds what this one does, or nearly.
pub(crate) fn float_of(dtype: DType) -> DType {
    match dtype.kind() {
        Kind::Float => dtype,
        Kind::Bool | Kind::Signed | Kind::Unsigned => DType::F64,
    }
}

/// The dtype in which means are taken.
fn mean_dtype(x: &Array, over: &Over) -> DType {
    over.dtype.unwrap_or(float_of(x.dtype()))
}

/// `sum / count`. Divided before axes are kept, so that a mean is the same node either way.
fn mean_of(target: &Target) -> Array {
    let sums = Target { keepdims: false, ..target.with(target.array.clone()) };
    target.keep(sums.reduce(Reduction::Sum) / target.count() as f64)
}

#[track_caller]
fn variance(operation: &str, x: &Array, over: Over) -> Array {
    let over = over.listed();
    let dtype = mean_dtype(x, &over);
    if dtype.kind() != Kind::Float {
        let message = format!("a variance of {dtype} would be cut: give a float dtype");
        return Array::error_at(ErrorKind::DType, operation, message);
    }
    let target = match Target::new(operation, &x.astype(dtype), &over) {
        Ok(target) => target,
        Err(failed) => return failed,
    };
    let mean = mean_of(&Target { keepdims: true, ..target.with(target.array.clone()) });
    let distance = &target.array - mean;
    let squares = target.with(distance.square()).reduce(Reduction::Sum);
    squares / (target.count() as f64 - over.ddof).max(0.0)
}

/// The index of the first extremum, or of the first NaN.
#[track_caller]
fn arg_extremum(operation: &str, reduction: Reduction, x: &Array, over: Over) -> Array {
    // A 0-d array counts as one of one axis.
    let over = match over.axes {
        Axes::One(axis) if x.ndim() == 0 && !x.is_failed() => {
            if normalize_axis(axis, 1).is_none() {
                return bad_axis(operation, axis, &build::reshape_to(x, x.full_shape().flat()));
            }
            Over { axes: Axes::All, ..over }
        }
        _ => over,
    };
    // Truth values are compared as numbers, of which vectors hold more.
    let numbers = match x.dtype() {
        DType::Bool => x.astype(DType::U8),
        _ => x.clone(),
    };
    let target = match Target::new(operation, &numbers, &over) {
        Ok(target) => target,
        Err(failed) => return failed,
    };
    if !matches!(over.axes, Axes::All) && target.axes.len() != 1 {
        return Array::error_at(ErrorKind::Axis, operation, "takes one axis or all");
    }
    if target.count() == 0 {
        let message = format!("attempt to get {operation} of an empty sequence");
        return Array::error_at(ErrorKind::Value, operation, message);
    }
    match target.axes.is_empty() {
        // The one element is the first.
        true => build::reshape_to(&arange(1), target.array.full_shape().clone()),
        false => target.reduce(reduction),
    }
}

macro_rules! reductions {
    ($($(#[doc = $doc:literal])* $name:ident($x:ident, $over:ident) $body:block)*) => {
        $(
            $(#[doc = $doc])*
            ///
            /// Shape: without the reduced axes, or with ones in their place with `keepdims`.
            ///
            #[doc = concat!("NumPy: `np.", stringify!($name), "(x, axis, keepdims=…)`.")]
            ///
            /// # Errors
            /// Deferred: an axis out of range or repeated. (Of a 0-d array, axis 0 or -1 alone is
            /// legal where it is in NumPy.)
            ///
            /// ```
            /// use jitney as jn;
            /// let x = jn::arange(6).reshape([2, 3]);
            #[doc = concat!("assert_eq!(jn::", stringify!($name), "(&x, ..).eval()?.ndim(), 0);")]
            #[doc = concat!("assert_eq!(jn::", stringify!($name), "(&x, -1).eval()?.shape(), [2]);")]
            /// # Ok::<(), jn::Error>(())
            /// ```
            #[track_caller]
            pub fn $name(x: &Array, over: impl Into<Over>) -> Array {
                let ($x, $over): (&Array, Over) = (x, over.into());
                $body
            }
        )*

        /// Reductions. See [`Over`] for the argument.
        impl Array {
            $(
                $(#[doc = $doc])*
                ///
                #[doc = concat!("See [`", stringify!($name), "`](crate::", stringify!($name), "()).")]
                #[track_caller]
                pub fn $name(&self, over: impl Into<Over>) -> Array {
                    $name(self, over)
                }
            )*
        }
    };
}

reductions! {
    /// Sum of elements. Integers and bools add up in `int64` or `uint64`, wrapping.
    ///
    /// Accuracy: pairwise, in a fixed order; see [`jitney_ir::reduction`].
    sum(x, over) { accumulate("sum", Reduction::Sum, x, over) }

    /// Product of elements. Integers and bools multiply in `int64` or `uint64`, wrapping.
    prod(x, over) { accumulate("prod", Reduction::Prod, x, over) }

    /// Smallest element, NaN if there is one.
    ///
    /// Fails, deferred, where nothing is reduced.
    min(x, over) { extremum("min", Reduction::Min, x, over) }

    /// Largest element, NaN if there is one.
    ///
    /// Fails, deferred, where nothing is reduced.
    max(x, over) { extremum("max", Reduction::Max, x, over) }

    /// Largest less smallest element.
    ptp(x, over) {
        extremum("ptp", Reduction::Max, x, over.clone()) - extremum("ptp", Reduction::Min, x, over)
    }

    /// Whether any element is true.
    any(x, over) { logical("any", Reduction::Any, x, over) }

    /// Whether all elements are true.
    all(x, over) { logical("all", Reduction::All, x, over) }

    /// The number of true or nonzero elements, an `int64`.
    count_nonzero(x, over) {
        accumulate("count_nonzero", Reduction::Sum, &x.astype(DType::Bool), over)
    }

    /// Arithmetic mean. Integers are averaged in `float64`.
    mean(x, over) {
        let over = over.listed();
        let dtype = mean_dtype(x, &over);
        match Target::new("mean", &x.astype(dtype), &over) {
            Ok(target) => mean_of(&target).astype(dtype),
            Err(failed) => failed,
        }
    }

    /// Variance: the mean of squared distances from the mean, in two passes.
    ///
    /// Fails, deferred, if a dtype is asked for that is no float.
    var(x, over) { variance("var", x, over) }

    /// Standard deviation: the square root of the variance.
    ///
    /// Fails, deferred, if a dtype is asked for that is no float.
    std(x, over) { variance("std", x, over).sqrt() }

    /// The index of the largest element, or of the first NaN; the first of equals.
    argmax(x, over) { arg_extremum("argmax", Reduction::Argmax, x, over) }

    /// The index of the smallest element, or of the first NaN; the first of equals.
    argmin(x, over) { arg_extremum("argmin", Reduction::Argmin, x, over) }
}
