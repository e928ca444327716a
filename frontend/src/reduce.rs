//! Reductions.

use crate::create::iota;
use crate::{Array, ErrorKind, build};
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

/// NumPy's argument `axis`: one axis, several, or none at all. Negative ones count from the end.
///
/// Made from `..` (no axis in particular: mostly all of them, NumPy's `None`), an axis, or a list
/// of axes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Axes {
    /// No axis in particular.
    #[default]
    All,
    /// An axis given alone: of a 0-d array, 0 and -1 are none of its axes and no mistake.
    One(isize),
    /// Those of a list, each of which the array must have.
    Each(Vec<isize>),
}

impl From<RangeFull> for Axes {
    fn from(_: RangeFull) -> Axes {
        Axes::All
    }
}

impl From<isize> for Axes {
    fn from(axis: isize) -> Axes {
        Axes::One(axis)
    }
}

impl From<i32> for Axes {
    fn from(axis: i32) -> Axes {
        Axes::One(axis as isize)
    }
}

impl<const N: usize> From<[isize; N]> for Axes {
    fn from(axes: [isize; N]) -> Axes {
        Axes::Each(axes.to_vec())
    }
}

impl From<&[isize]> for Axes {
    fn from(axes: &[isize]) -> Axes {
        Axes::Each(axes.to_vec())
    }
}

impl From<&Vec<isize>> for Axes {
    fn from(axes: &Vec<isize>) -> Axes {
        Axes::Each(axes.clone())
    }
}

impl From<Vec<isize>> for Axes {
    fn from(axes: Vec<isize>) -> Axes {
        Axes::Each(axes)
    }
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

impl<A: Into<Axes>> From<A> for Over {
    fn from(axes: A) -> Over {
        Over { axes: axes.into(), ..Over::default() }
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
        true => build::reshape_to(&iota(1), target.array.full_shape().clone()),
        false => target.reduce(reduction),
    }
}

#[track_caller]
pub(crate) fn sum(x: &Array, over: Over) -> Array {
    accumulate("sum", Reduction::Sum, x, over)
}

#[track_caller]
pub(crate) fn prod(x: &Array, over: Over) -> Array {
    accumulate("prod", Reduction::Prod, x, over)
}

#[track_caller]
pub(crate) fn min(x: &Array, over: Over) -> Array {
    extremum("min", Reduction::Min, x, over)
}

#[track_caller]
pub(crate) fn max(x: &Array, over: Over) -> Array {
    extremum("max", Reduction::Max, x, over)
}

#[track_caller]
pub(crate) fn ptp(x: &Array, over: Over) -> Array {
    extremum("ptp", Reduction::Max, x, over.clone()) - extremum("ptp", Reduction::Min, x, over)
}

#[track_caller]
pub(crate) fn any(x: &Array, over: Over) -> Array {
    logical("any", Reduction::Any, x, over)
}

#[track_caller]
pub(crate) fn all(x: &Array, over: Over) -> Array {
    logical("all", Reduction::All, x, over)
}

#[track_caller]
pub(crate) fn count_nonzero(x: &Array, over: Over) -> Array {
    accumulate("count_nonzero", Reduction::Sum, &x.astype(DType::Bool), over)
}

#[track_caller]
pub(crate) fn mean(x: &Array, over: Over) -> Array {
    let over = over.listed();
    let dtype = mean_dtype(x, &over);
    match Target::new("mean", &x.astype(dtype), &over) {
        Ok(target) => mean_of(&target).astype(dtype),
        Err(failed) => failed,
    }
}

#[track_caller]
pub(crate) fn var(x: &Array, over: Over) -> Array {
    variance("var", x, over)
}

#[track_caller]
pub(crate) fn std(x: &Array, over: Over) -> Array {
    variance("std", x, over).sqrt()
}

#[track_caller]
pub(crate) fn argmax(x: &Array, over: Over) -> Array {
    arg_extremum("argmax", Reduction::Argmax, x, over)
}

#[track_caller]
pub(crate) fn argmin(x: &Array, over: Over) -> Array {
    arg_extremum("argmin", Reduction::Argmin, x, over)
}
