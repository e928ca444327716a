//! Creation of arrays.

use crate::functions::parameters::ArrayLike;
use crate::operand::out_of_bounds;
use crate::options::Indexing;
use crate::views::too_many_axes;
use crate::{Array, ErrorKind, Index, Operand, Slice, build};
use jitney_ir::graph::Op;
use jitney_ir::shape::Dims;
use jitney_ir::{DType, Kind, Scalar, Shape};
use jitney_runtime::{Element, Error, Value};
use std::ops::Range;

/// A one-dimensional array of the elements, taking over their memory if it is a `Vec`.
///
/// NumPy: `np.array(elements)`; see [`Array::reshape`] for more axes.
///
/// ```
/// use jitney as jn;
/// let x = jn::array(vec![1.0, 2.0, 3.0, 4.0]).reshape([2, 2]);
/// assert_eq!(x.shape(), [2, 2]);
/// ```
#[track_caller]
pub fn array<T: Element>(elements: impl Into<Vec<T>>) -> Array {
    let elements = elements.into();
    let n = elements.len();
    made("array", &[n], |shape| Value::from_vec(elements, shape))
}

/// A 0-d array of one element, with the dtype of its type.
///
/// NumPy: `np.array(element)`.
pub fn scalar<T: Element>(element: T) -> Array {
    Array::constant(element.scalar())
}

impl Array {
    /// An array of elements in C order, taking over their memory.
    ///
    /// NumPy: `np.array(elements).reshape(shape)`.
    ///
    /// # Errors
    /// Deferred: if the number of elements is not that of the shape.
    #[track_caller]
    pub fn from_vec<T: Element>(elements: Vec<T>, shape: impl AsRef<[usize]>) -> Array {
        made("from_vec", shape.as_ref(), |shape| Value::from_vec(elements, shape))
    }

    /// An array of a copy of the elements in C order. The copy is aligned to cache lines and,
    /// if it is large, to the system's huge pages, which a `Vec` seldom is: computing with it
    /// is faster.
    ///
    /// # Errors
    /// As [`Array::from_vec`].
    #[track_caller]
    pub fn from_slice<T: Element>(elements: &[T], shape: impl AsRef<[usize]>) -> Array {
        made("from_slice", shape.as_ref(), |shape| Value::from_slice(elements, shape))
    }
}

/// The array of a value with the given extents, or one that remembers the mistake and the caller's
/// line.
#[track_caller]
fn made(
    operation: &'static str,
    extents: &[usize],
    value: impl FnOnce(&Shape) -> Result<Value, Error>,
) -> Array {
    let shape = match Shape::new(extents) {
        Ok(shape) => shape,
        Err(error) => return build::bad_shape(operation, &error),
    };
    match value(&shape) {
        Ok(value) => Array::from_value(value),
        Err(error) => {
            let message = error.message().to_owned();
            Array::failed(Error::new(error.kind(), operation, message))
        }
    }
}

impl<T: Element> From<Vec<T>> for Array {
    fn from(elements: Vec<T>) -> Array {
        array(elements)
    }
}

impl<T: Element> From<&[T]> for Array {
    fn from(elements: &[T]) -> Array {
        Array::from_slice(elements, [elements.len()])
    }
}

#[track_caller]
pub(crate) fn full(shape: &[usize], fill_value: Operand, dtype: Option<DType>) -> Array {
    let dtype = dtype.unwrap_or(fill_value.dtype());
    full_of(shape, fill_value, dtype)
}

#[track_caller]
pub(crate) fn zeros(shape: &[usize], dtype: DType) -> Array {
    full_of(shape, Operand::Float(0.0), dtype)
}

#[track_caller]
pub(crate) fn ones(shape: &[usize], dtype: DType) -> Array {
    full_of(shape, Operand::Float(1.0), dtype)
}

#[track_caller]
pub(crate) fn zeros_like(a: &Array, dtype: Option<DType>) -> Array {
    full_like(a, Operand::Int(0), dtype)
}

#[track_caller]
pub(crate) fn ones_like(a: &Array, dtype: Option<DType>) -> Array {
    full_like(a, Operand::Int(1), dtype)
}

#[track_caller]
pub(crate) fn full_like(a: &Array, fill_value: Operand, dtype: Option<DType>) -> Array {
    if a.is_failed() {
        return a.clone();
    }
    full_of(a.shape(), fill_value, dtype.unwrap_or(a.dtype()))
}

#[track_caller]
pub(crate) fn array_like(object: ArrayLike, dtype: Option<DType>) -> Array {
    object.into_array(dtype)
}

/// One value everywhere, as a dtype that must be able to hold it if it is an integer.
#[track_caller]
pub(crate) fn full_of(shape: impl AsRef<[usize]>, value: Operand, dtype: DType) -> Array {
    match (&value, value.as_scalar(dtype)) {
        (Operand::Int(_) | Operand::Huge(_), Some(scalar)) => {
            Array::constant(scalar).broadcast_to(shape)
        }
        (Operand::Int(_) | Operand::Huge(_), None) => out_of_bounds("full", &value, dtype),
        // Cast first: it is the array of this dtype that must not be too large.
        (Operand::Array(_) | Operand::Bool(_) | Operand::Float(_), _) => {
            value.into_array().astype(dtype).broadcast_to(shape)
        }
    }
}

/// What [`arange`](crate::arange()) counts: up to a number, a range, or a start, a stop and a step.
#[derive(Clone)]
pub struct Steps {
    start: Operand,
    stop: Operand,
    step: Operand,
}

impl<T: Into<Operand>> From<T> for Steps {
    fn from(stop: T) -> Steps {
        Steps { start: Operand::Int(0), stop: stop.into(), step: Operand::Int(1) }
    }
}

impl<T: Into<Operand>> From<Range<T>> for Steps {
    fn from(range: Range<T>) -> Steps {
        Steps { start: range.start.into(), stop: range.end.into(), step: Operand::Int(1) }
    }
}

impl<A: Into<Operand>, B: Into<Operand>> From<(A, B)> for Steps {
    fn from((start, stop): (A, B)) -> Steps {
        Steps { start: start.into(), stop: stop.into(), step: Operand::Int(1) }
    }
}

impl<A: Into<Operand>, B: Into<Operand>, C: Into<Operand>> From<(A, B, C)> for Steps {
    fn from((start, stop, step): (A, B, C)) -> Steps {
        Steps { start: start.into(), stop: stop.into(), step: step.into() }
    }
}

impl Steps {
    /// NumPy's arguments of `arange`, of which the first one is the stop if there is no second.
    pub(crate) fn of(first: Operand, second: Option<Operand>, step: Option<Operand>) -> Steps {
        let step = step.unwrap_or(Operand::Int(1));
        match second {
            Some(stop) => Steps { start: first, stop, step },
            None => Steps { start: Operand::Int(0), stop: first, step },
        }
    }
}

#[track_caller]
pub(crate) fn arange(steps: Steps, dtype: Option<DType>) -> Array {
    let Steps { start, stop, step } = steps;
    match dtype {
        Some(dtype) => arange_as(start, stop, step, dtype),
        None => arange_of(start, stop, step),
    }
}

/// The integers from 0 to `n`, exclusive, as `int64`.
#[track_caller]
pub(crate) fn iota(n: usize) -> Array {
    match Shape::new(&[n]) {
        Ok(shape) => build::node(Op::Iota, &[], DType::I64, shape),
        Err(error) => build::bad_shape("arange", &error),
    }
}

/// Evenly spaced values from `start` to `stop`, exclusive, `step` apart: [`arange`](crate::arange()) of
/// all three.
///
/// NumPy: `np.arange(start, stop, step)`.
#[track_caller]
pub fn arange_of(
    start: impl Into<Operand>,
    stop: impl Into<Operand>,
    step: impl Into<Operand>,
) -> Array {
    let (start, stop, step) = (whole(start.into()), whole(stop.into()), whole(step.into()));
    if let (Operand::Int(start), Operand::Int(stop), Operand::Int(step)) = (&start, &stop, &step) {
        return int_range(*start, *stop, *step);
    }
    let (n, start, second) = match float_range(start, stop, step) {
        Ok(range) => range,
        Err(failed) => return failed,
    };
    // NumPy multiplies by the difference of the first two elements, not by the step.
    iota(n) * (second - start) + start
}

/// [`arange_of`] as `dtype`: as in NumPy, the first two elements are cast, and the others
/// keep their distance.
#[track_caller]
pub(crate) fn arange_as(start: Operand, stop: Operand, step: Operand, dtype: DType) -> Array {
    let (start, stop, step) = (whole(start), whole(stop), whole(step));
    if let (Operand::Int(first), Operand::Int(_), Operand::Int(by)) = (&start, &stop, &step) {
        let first_two = [*first, first.saturating_add(*by)];
        let values = arange_of(start, stop, step);
        return refuse_elements(values.size(), first_two, dtype)
            .unwrap_or_else(|| values.astype(dtype));
    }
    let (n, start, second) = match float_range(start, stop, step) {
        Ok(range) => range,
        Err(failed) => return failed,
    };
    let (first, next) = (start.trunc() as i128, second.trunc() as i128);
    if let Some(refused) = refuse_elements(n, [first, next], dtype) {
        return refused;
    }
    match dtype.kind() {
        Kind::Bool => (iota(n) * (second - start) + start).astype(dtype),
        Kind::Float => {
            let element = |value: f64| Array::constant(Scalar::from_f64(dtype, value));
            let (start, second) = (element(start), element(second));
            iota(n).astype(dtype) * (second - &start) + start
        }
        // In `uint64`, where a falling range wraps to what it should be, or in `int64`.
        Kind::Signed | Kind::Unsigned => {
            let element = |value: i128| Array::constant(Scalar::from_i128(dtype, value));
            iota(n).astype(dtype) * element(next - first) + element(first)
        }
    }
}

/// The operand, a truth value as an integer.
fn whole(operand: Operand) -> Operand {
    match operand {
        Operand::Bool(value) => Operand::Int(value.into()),
        other => other,
    }
}

/// The failed array if one of the first two of `n` elements is out of an integer dtype's bounds,
/// or if more than two are to be truth values.
#[track_caller]
fn refuse_elements(n: usize, first_two: [i128; 2], dtype: DType) -> Option<Array> {
    if dtype == DType::Bool && n > 2 {
        let message =
            "arange() is only supported for booleans when the result has at most length 2";
        return Some(Array::error_at(ErrorKind::DType, "arange", message));
    }
    let (low, high) = dtype.int_range();
    let outside = |value: &&i128| dtype.is_int() && !(low..=high).contains(*value);
    let found = first_two.iter().take(n).find(outside);
    found.map(|value| out_of_bounds("arange", &Operand::Int(*value), dtype))
}

/// How many elements there are from `start` to `stop`, and the first two.
///
/// # Errors
/// A failed array.
#[track_caller]
fn float_range(start: Operand, stop: Operand, step: Operand) -> Result<(usize, f64, f64), Array> {
    let real = |operand: &Operand| operand.as_scalar(DType::F64).map(|scalar| scalar.to_f64());
    let (Some(start), Some(stop), Some(step)) = (real(&start), real(&stop), real(&step)) else {
        let message = "takes scalars that a float can hold, not arrays";
        return Err(Array::error_at(ErrorKind::Value, "arange", message));
    };
    let n = ((stop - start) / step).ceil();
    if n.is_nan() || n >= 9e15 || step == 0.0 {
        let message = format!("cannot count from {start} to {stop} in steps of {step}");
        return Err(Array::error_at(ErrorKind::Value, "arange", message));
    }
    Ok((n.max(0.0) as usize, start, start + step))
}

#[track_caller]
fn int_range(start: i128, stop: i128, step: i128) -> Array {
    if step == 0 {
        return Array::error_at(ErrorKind::Value, "arange", "the step must not be zero");
    }
    // Between any two numbers of 128 bits there is room in 128 bits without a sign.
    let is_empty = if step > 0 { stop <= start } else { stop >= start };
    let distance = if is_empty { 0 } else { stop.abs_diff(start) };
    let n = distance.div_ceil(step.unsigned_abs());
    match usize::try_from(n) {
        Ok(n) if start == 0 && step == 1 => iota(n),
        Ok(n) => iota(n) * step + start,
        Err(_) => Array::error_at(ErrorKind::Shape, "arange", format!("{n} elements are too many")),
    }
}

/// Evenly spaced values, and the distance between two of them.
#[track_caller]
pub(crate) fn linspace_retstep(
    start: f64,
    stop: f64,
    num: usize,
    endpoint: bool,
    dtype: Option<DType>,
) -> (Array, Array) {
    let values = linspace(start, stop, num, endpoint, dtype);
    let n_steps = if endpoint { num.saturating_sub(1) } else { num };
    // Without a second value there is no distance.
    let step = if n_steps == 0 { f64::NAN } else { (stop - start) / n_steps as f64 };
    (values, Array::constant(Scalar::from_f64(DType::F64, step)))
}

#[track_caller]
pub(crate) fn linspace(
    start: f64,
    stop: f64,
    num: usize,
    endpoint: bool,
    dtype: Option<DType>,
) -> Array {
    let values = spaced(num, endpoint, |num| evenly(start, stop, num));
    match dtype {
        // NumPy rounds down where integers are asked for, toward zero everywhere else.
        Some(dtype) if dtype.is_int() => values.floor().astype(dtype),
        Some(dtype) => values.astype(dtype),
        None => values,
    }
}

/// `num` values including the end, or as many of one more value without its last.
#[track_caller]
fn spaced(num: usize, endpoint: bool, values: impl Fn(usize) -> Array) -> Array {
    if endpoint {
        return values(num);
    }
    let but_last = Slice { start: Some(0), stop: Some(num as isize), step: None };
    values(num.saturating_add(1)).slice([Index::Slice(but_last)])
}

#[track_caller]
fn evenly(start: f64, stop: f64, num: usize) -> Array {
    let index = iota(num);
    if num < 2 {
        return index * 1.0 + start;
    }
    let intervals = (num - 1) as f64;
    let step = (stop - start) / intervals;
    // A step that underflows to zero is applied after the division instead.
    let inner = if step == 0.0 {
        &index / intervals * (stop - start) + start
    } else {
        &index * step + start
    };
    index.equal(num - 1).where_(stop, inner)
}

#[track_caller]
pub(crate) fn logspace(
    start: f64,
    stop: f64,
    num: usize,
    endpoint: bool,
    base: f64,
    dtype: Option<DType>,
) -> Array {
    let values = spaced(num, endpoint, |num| crate::power(base, evenly(start, stop, num)));
    dtype.map_or(values.clone(), |dtype| values.astype(dtype))
}

#[track_caller]
pub(crate) fn eye(n: usize, m: Option<usize>, k: isize, dtype: DType) -> Array {
    let rows = iota(n).expand_dims(1);
    (rows + k as i64).equal(iota(m.unwrap_or(n))).astype(dtype)
}

#[track_caller]
pub(crate) fn identity(n: usize, dtype: DType) -> Array {
    eye(n, None, 0, dtype)
}

#[track_caller]
pub(crate) fn indices(dimensions: &[usize], dtype: DType) -> Array {
    if dimensions.is_empty() {
        let message = "needs at least one dimension";
        return Array::error_at(ErrorKind::Value, "indices", message);
    }
    if let Some(refused) = too_many_axes("indices", dimensions.len()) {
        return refused;
    }
    let along = |axis: usize| {
        let n = Operand::Int(dimensions[axis] as i128);
        let mut extents: Dims<isize> = Dims::from_elem(1, dimensions.len());
        extents[axis] = dimensions[axis] as isize;
        let index = arange_as(Operand::Int(0), n, Operand::Int(1), dtype);
        index.reshape(&extents).broadcast_to(dimensions)
    };
    let along: Vec<Array> = (0..dimensions.len()).map(along).collect();
    crate::stack(&along, 0)
}

#[track_caller]
pub(crate) fn meshgrid(xi: &[Array], indexing: Indexing) -> Vec<Array> {
    let n = xi.len();
    let place = |i: usize| match indexing {
        Indexing::Xy if n > 1 && i < 2 => 1 - i,
        Indexing::Xy | Indexing::Ij => i,
    };
    let mut shape = vec![1; n];
    for (i, coordinate) in xi.iter().enumerate() {
        shape[place(i)] = coordinate.size();
    }
    let spread = |(i, coordinate): (usize, &Array)| {
        let mut extents = vec![1isize; n];
        extents[place(i)] = -1;
        coordinate.reshape(&extents).broadcast_to(&shape)
    };
    xi.iter().enumerate().map(spread).collect()
}
