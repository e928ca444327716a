//! Creation of arrays.

use crate::operand::out_of_bounds;
use crate::{Array, ErrorKind, Operand, build};
use jitney_ir::graph::Op;
use jitney_ir::shape::Dims;
use jitney_ir::{DType, Kind, Scalar, Shape};
use jitney_runtime::{Element, Error, Value};

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

/// An array of one value everywhere. A Rust scalar gives `bool`, `int64` or `float64`.
///
/// NumPy: `np.full(shape, value)`.
///
/// # Errors
/// Deferred: a shape of too many elements; a value that does not broadcast to the shape.
///
/// ```
/// use jitney as jn;
/// assert_eq!(jn::full([2], 7).to_vec::<i64>()?, [7, 7]);
/// # Ok::<(), jn::Error>(())
/// ```
#[track_caller]
pub fn full(shape: impl AsRef<[usize]>, value: impl Into<Operand>) -> Array {
    value.into().into_array().broadcast_to(shape)
}

/// An array of zeros of `float64`.
///
/// NumPy: `np.zeros(shape)`.
#[track_caller]
pub fn zeros(shape: impl AsRef<[usize]>) -> Array {
    full(shape, 0.0)
}

/// An array of ones of `float64`.
///
/// NumPy: `np.ones(shape)`.
#[track_caller]
pub fn ones(shape: impl AsRef<[usize]>) -> Array {
    full(shape, 1.0)
}

/// An array of a shape and dtype, of any content (zeros).
///
/// NumPy: `np.empty(shape, dtype)`.
#[track_caller]
pub fn empty(shape: impl AsRef<[usize]>, dtype: DType) -> Array {
    full_of(shape, Operand::Int(0), dtype)
}

/// Zeros of the shape and dtype of another array.
///
/// NumPy: `np.zeros_like(x)`.
#[track_caller]
pub fn zeros_like(x: &Array) -> Array {
    full_like(x, 0)
}

/// Ones of the shape and dtype of another array.
///
/// NumPy: `np.ones_like(x)`.
#[track_caller]
pub fn ones_like(x: &Array) -> Array {
    full_like(x, 1)
}

/// An array of any content (zeros) of the shape and dtype of another array.
///
/// NumPy: `np.empty_like(x)`.
#[track_caller]
pub fn empty_like(x: &Array) -> Array {
    zeros_like(x)
}

/// One value everywhere, of the shape and dtype of another array.
///
/// NumPy: `np.full_like(x, value)`.
///
/// # Errors
/// Deferred: an integer that the dtype cannot hold; a value that does not broadcast.
#[track_caller]
pub fn full_like(x: &Array, value: impl Into<Operand>) -> Array {
    if x.is_failed() {
        return x.clone();
    }
    full_of(x.shape(), value.into(), x.dtype())
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

/// The integers from 0 to `n`, exclusive, as `int64`.
///
/// NumPy: `np.arange(n)`; see [`arange_of`] for start and step.
///
/// # Errors
/// Deferred: too many elements.
#[track_caller]
pub fn arange(n: usize) -> Array {
    match Shape::new(&[n]) {
        Ok(shape) => build::node(Op::Iota, &[], DType::I64, shape),
        Err(error) => build::bad_shape("arange", &error),
    }
}

/// Evenly spaced values from `start` to `stop`, exclusive, `step` apart.
///
/// Dtype: `int64` if all three are integers, else `float64`.
///
/// NumPy: `np.arange(start, stop, step)`.
///
/// # Errors
/// Deferred: a step of zero or NaN, or too many elements.
///
/// ```
/// use jitney as jn;
/// assert_eq!(jn::arange_of(5, 0, -2).to_vec::<i64>()?, [5, 3, 1]);
/// # Ok::<(), jn::Error>(())
/// ```
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
    arange(n) * (second - start) + start
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
        Kind::Bool => (arange(n) * (second - start) + start).astype(dtype),
        Kind::Float => {
            let element = |value: f64| Array::constant(Scalar::from_f64(dtype, value));
            let (start, second) = (element(start), element(second));
            arange(n).astype(dtype) * (second - &start) + start
        }
        // In `uint64`, where a falling range wraps to what it should be, or in `int64`.
        Kind::Signed | Kind::Unsigned => {
            let element = |value: i128| Array::constant(Scalar::from_i128(dtype, value));
            arange(n).astype(dtype) * element(next - first) + element(first)
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
        Ok(n) => arange(n) * step + start,
        Err(_) => Array::error_at(ErrorKind::Shape, "arange", format!("{n} elements are too many")),
    }
}

/// `num` evenly spaced values from `start` to `stop`, both included, as `float64`.
///
/// NumPy: `np.linspace(start, stop, num)`.
///
/// ```
/// use jitney as jn;
/// assert_eq!(jn::linspace(0.0, 1.0, 3).to_vec::<f64>()?, [0.0, 0.5, 1.0]);
/// # Ok::<(), jn::Error>(())
/// ```
#[track_caller]
pub fn linspace(start: f64, stop: f64, num: usize) -> Array {
    let index = arange(num);
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

/// `num` values whose logarithms to `base` are evenly spaced from `start` to `stop`.
///
/// NumPy: `np.logspace(start, stop, num, base=base)`.
#[track_caller]
pub fn logspace(start: f64, stop: f64, num: usize, base: f64) -> Array {
    crate::power(base, linspace(start, stop, num))
}

/// Ones on a diagonal (0 the main one, positive above) of an `n` by `m` array of zeros.
///
/// NumPy: `np.eye(n, m, k)`.
///
/// ```
/// use jitney as jn;
/// assert_eq!(jn::eye(2, 2, 0).to_vec::<f64>()?, [1.0, 0.0, 0.0, 1.0]);
/// # Ok::<(), jn::Error>(())
/// ```
#[track_caller]
pub fn eye(n: usize, m: usize, k: isize) -> Array {
    let (rows, columns) = (arange(n).reshape([n as isize, 1]), arange(m));
    (rows + k as i64).equal(columns).astype(DType::F64)
}

/// Ones on the main diagonal of an `n` by `n` array of zeros.
///
/// NumPy: `np.identity(n)`.
#[track_caller]
pub fn identity(n: usize) -> Array {
    eye(n, n, 0)
}

/// The index along each axis of an array of the shape, one array per axis.
///
/// NumPy: `np.indices(shape)`, whose arrays are stacked; see [`crate::stack`].
#[track_caller]
pub fn indices(shape: impl AsRef<[usize]>) -> Vec<Array> {
    let shape = shape.as_ref();
    let along = |axis: usize| {
        let mut extents: Dims<isize> = Dims::from_elem(1, shape.len());
        extents[axis] = shape[axis] as isize;
        arange(shape[axis]).reshape(&extents).broadcast_to(shape)
    };
    (0..shape.len()).map(along).collect()
}

/// One-dimensional coordinates spread over a grid, one array per coordinate.
///
/// `indexing` is NumPy's: `"xy"` puts the second coordinate on the first axis, `"ij"` keeps
/// the order.
///
/// NumPy: `np.meshgrid(*coordinates, indexing=indexing)`.
///
/// # Errors
/// Deferred: another `indexing`.
#[track_caller]
pub fn meshgrid(coordinates: &[&Array], indexing: &str) -> Vec<Array> {
    let n = coordinates.len();
    let swap = indexing == "xy" && n > 1;
    if indexing != "xy" && indexing != "ij" {
        let message = format!("indexing is \"xy\" or \"ij\", not {indexing:?}");
        let failed = Array::error_at(ErrorKind::Value, "meshgrid", message);
        return vec![failed; n];
    }
    let place = |i: usize| if swap && i < 2 { 1 - i } else { i };
    let mut shape = vec![1; n];
    for (i, coordinate) in coordinates.iter().enumerate() {
        shape[place(i)] = coordinate.size();
    }
    let spread = |(i, coordinate): (usize, &&Array)| {
        let mut extents = vec![1isize; n];
        extents[place(i)] = -1;
        coordinate.reshape(&extents).broadcast_to(&shape)
    };
    coordinates.iter().enumerate().map(spread).collect()
}
