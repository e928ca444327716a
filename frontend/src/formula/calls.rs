//! What the functions of [`super::functions`] do: take their arguments and call the API.

use super::args::Arguments;
use super::args::Given;
use super::ast::Span;
use super::error::Fault;
use super::literal;
use super::value::{Value, failed};
use crate::{Array, DType, Index, Operand, Over, Slice};
use std::cell::RefCell;

type Called = Result<Value, Fault>;

fn array_value(array: Array) -> Called {
    Ok(Value::Array(array))
}

fn cast(array: Array, dtype: Option<DType>) -> Called {
    array_value(match dtype {
        Some(dtype) => array.astype(dtype),
        None => array,
    })
}

fn pair((first, second): (Array, Array)) -> Called {
    Ok(Value::tuple(vec![Value::Array(first), Value::Array(second)]))
}

fn refs(arrays: &[Array]) -> Vec<&Array> {
    arrays.iter().collect()
}

// Reductions.

/// The axes, dtype, `ddof` and `keepdims` of a reduction, as far as it has them.
struct Options {
    axes: Option<Vec<isize>>,
    dtype: Option<DType>,
    ddof: f64,
    keepdims: bool,
}

impl Options {
    fn over(self) -> Over {
        let over = match &self.axes {
            None => Over::from(..),
            Some(axes) => Over::from(&axes[..]),
        };
        let over = if self.keepdims { over.keepdims() } else { over };
        let over = over.ddof(self.ddof);
        match self.dtype {
            Some(dtype) => over.dtype(dtype),
            None => over,
        }
    }
}

/// A reduction with the parameters `a, axis, keepdims`.
fn plain(args: &mut Arguments, reduce: fn(&Array, Over) -> Array) -> Called {
    let a = args.array()?;
    let (axes, keepdims) = (args.axes()?, args.flag_or(false)?);
    array_value(reduce(&a, Options { axes, dtype: None, ddof: 0.0, keepdims }.over()))
}

/// A reduction with the parameters `a, axis, dtype, keepdims`.
fn typed(args: &mut Arguments, reduce: fn(&Array, Over) -> Array) -> Called {
    let a = args.array()?;
    let (axes, dtype, keepdims) = (args.axes()?, args.dtype()?, args.flag_or(false)?);
    array_value(reduce(&a, Options { axes, dtype, ddof: 0.0, keepdims }.over()))
}

/// A reduction with the parameters `a, axis, dtype, ddof, keepdims`.
fn spread(args: &mut Arguments, reduce: fn(&Array, Over) -> Array) -> Called {
    let a = args.array()?;
    let (axes, dtype, ddof) = (args.axes()?, args.dtype()?, args.float_or(0.0)?);
    let keepdims = args.flag_or(false)?;
    array_value(reduce(&a, Options { axes, dtype, ddof, keepdims }.over()))
}

macro_rules! reductions {
    ($($name:ident: $form:ident;)*) => {$(
        pub(super) fn $name(args: &mut Arguments) -> Called {
            $form(args, |a, over| crate::$name(a, over))
        }
    )*};
}

reductions! {
    sum: typed;
    prod: typed;
    mean: typed;
    std: spread;
    var: spread;
    min: plain;
    max: plain;
    ptp: plain;
    any: plain;
    all: plain;
    argmin: plain;
    argmax: plain;
    count_nonzero: plain;
}

// Creation.

pub(super) fn array(args: &mut Arguments) -> Called {
    let (value, span) = args.value()?;
    let dtype = args.dtype()?;
    let array = literal::to_array(&value, dtype).map_err(|message| Fault::new(span, message))?;
    array_value(array)
}

fn filled(args: &mut Arguments, value: f64) -> Called {
    let shape = args.shape()?;
    let dtype = args.dtype()?;
    cast(crate::full(shape, value), dtype)
}

pub(super) fn zeros(args: &mut Arguments) -> Called {
    filled(args, 0.0)
}

pub(super) fn ones(args: &mut Arguments) -> Called {
    filled(args, 1.0)
}

pub(super) fn full(args: &mut Arguments) -> Called {
    let (shape, value, dtype) = (args.shape()?, args.operand()?, args.dtype()?);
    cast(crate::full(shape, value), dtype)
}

fn filled_like(args: &mut Arguments, value: i64) -> Called {
    let (a, dtype) = (args.array()?, args.dtype()?);
    cast(crate::full_like(&a, value), dtype)
}

pub(super) fn zeros_like(args: &mut Arguments) -> Called {
    filled_like(args, 0)
}

pub(super) fn ones_like(args: &mut Arguments) -> Called {
    filled_like(args, 1)
}

pub(super) fn full_like(args: &mut Arguments) -> Called {
    let (a, value, dtype) = (args.array()?, args.operand()?, args.dtype()?);
    let like = a.astype(dtype.unwrap_or(a.dtype()));
    array_value(crate::full_like(&like, value))
}

pub(super) fn arange(args: &mut Arguments) -> Called {
    let first = args.optional_number()?.unwrap_or(Operand::Int(0));
    let second = args.optional_number()?;
    let step = args.optional_number()?.unwrap_or(Operand::Int(1));
    let (start, stop) = match second {
        Some(stop) => (first, stop),
        None => (Operand::Int(0), first),
    };
    cast(crate::arange_of(start, stop, step), args.dtype()?)
}

/// `num` values including the end, or as many of one more value without its last.
fn spaced(num: usize, endpoint: bool, values: impl Fn(usize) -> Array) -> Array {
    if endpoint {
        return values(num);
    }
    let but_last = Slice { start: Some(0), stop: Some(num as isize), step: None };
    values(num.saturating_add(1)).slice([Index::Slice(but_last)])
}

pub(super) fn linspace(args: &mut Arguments) -> Called {
    let (start, stop) = (args.float()?, args.float()?);
    let (num, endpoint, dtype) = (args.count_or(50)?, args.flag_or(true)?, args.dtype()?);
    let values = spaced(num, endpoint, |num| crate::linspace(start, stop, num));
    // NumPy rounds down where integers are asked for, toward zero everywhere else.
    let values = if dtype.is_some_and(DType::is_int) { values.floor() } else { values };
    cast(values, dtype)
}

pub(super) fn logspace(args: &mut Arguments) -> Called {
    let (start, stop) = (args.float()?, args.float()?);
    let (num, endpoint, base) = (args.count_or(50)?, args.flag_or(true)?, args.float_or(10.0)?);
    let values = spaced(num, endpoint, |num| crate::logspace(start, stop, num, base));
    cast(values, args.dtype()?)
}

pub(super) fn eye(args: &mut Arguments) -> Called {
    let n = args.count()?;
    let (m, k) = (args.count_or(n)?, args.int_or(0)?);
    cast(crate::eye(n, m, k), args.dtype()?)
}

pub(super) fn identity(args: &mut Arguments) -> Called {
    let n = args.count()?;
    cast(crate::identity(n), args.dtype()?)
}

pub(super) fn meshgrid(args: &mut Arguments) -> Called {
    let coordinates = args.arrays()?;
    let indexing = args.word(&["xy", "ij"])?;
    let grids = crate::meshgrid(&refs(&coordinates), indexing);
    Ok(Value::tuple(grids.into_iter().map(Value::Array).collect()))
}

pub(super) fn indices(args: &mut Arguments) -> Called {
    let shape = args.shape()?;
    let dtype = args.dtype()?;
    let along = crate::indices(&shape);
    if along.is_empty() {
        return array_value(failed("indices", "needs at least one dimension"));
    }
    cast(crate::stack(&refs(&along), 0), dtype)
}

// Views and joins.

pub(super) fn reshape(args: &mut Arguments) -> Called {
    let (a, shape) = (args.array()?, args.required_axes()?);
    args.word(&["C"])?;
    array_value(a.reshape(shape))
}

pub(super) fn reshape_method(args: &mut Arguments) -> Called {
    let (a, span) = (args.array()?, args.span);
    array_value(a.reshape(args.rest()?.to_isizes(span)?))
}

pub(super) fn ravel(args: &mut Arguments) -> Called {
    let a = args.array()?;
    args.word(&["C"])?;
    array_value(a.ravel())
}

pub(super) fn transpose(args: &mut Arguments) -> Called {
    let a = args.array()?;
    array_value(a.transpose(args.axes()?.unwrap_or_default()))
}

pub(super) fn transpose_method(args: &mut Arguments) -> Called {
    let (a, span) = (args.array()?, args.span);
    array_value(a.transpose(args.rest()?.to_isizes(span)?))
}

pub(super) fn matrix_transpose(args: &mut Arguments) -> Called {
    array_value(args.array()?.swapaxes(-1, -2))
}

pub(super) fn swapaxes(args: &mut Arguments) -> Called {
    let a = args.array()?;
    array_value(a.swapaxes(args.int()?, args.int()?))
}

pub(super) fn moveaxis(args: &mut Arguments) -> Called {
    let a = args.array()?;
    let (sources, destinations) = (args.required_axes()?, args.required_axes()?);
    if sources.len() != destinations.len() {
        return Err(Fault::new(args.span, "needs as many destinations as sources"));
    }
    if let ([source], [destination]) = (&sources[..], &destinations[..]) {
        return array_value(a.moveaxis(*source, *destination));
    }
    let rank = a.ndim() as isize;
    let outside = sources.iter().chain(&destinations).find(|axis| **axis < -rank || **axis >= rank);
    if let Some(axis) = outside {
        return array_value(a.moveaxis(*axis, *axis));
    }
    let from_front = |axis: &isize| if *axis < 0 { axis + rank } else { *axis };
    let mut moves: Vec<(isize, isize)> =
        destinations.iter().map(from_front).zip(sources.iter().map(from_front)).collect();
    moves.sort_unstable();
    let moved = |axis: &isize| moves.iter().any(|(_, source)| source == axis);
    let mut order: Vec<isize> = (0..rank).filter(|axis| !moved(axis)).collect();
    for (destination, source) in moves {
        order.insert((destination as usize).min(order.len()), source);
    }
    array_value(a.transpose(order))
}

pub(super) fn expand_dims(args: &mut Arguments) -> Called {
    let (mut a, axes) = (args.array()?, args.required_axes()?);
    // The places are those in the result, so axes in front must be there first.
    let rank = (a.ndim() + axes.len()) as isize;
    let from_front = |axis: &isize| if *axis < 0 { axis + rank } else { *axis };
    let mut places: Vec<isize> = axes.iter().map(from_front).collect();
    places.sort_unstable();
    if places.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Fault::new(args.span, "repeated axis"));
    }
    for place in places {
        a = a.expand_dims(place);
    }
    array_value(a)
}

pub(super) fn squeeze(args: &mut Arguments) -> Called {
    let a = args.array()?;
    array_value(a.squeeze(args.axes()?.unwrap_or_default()))
}

pub(super) fn broadcast_to(args: &mut Arguments) -> Called {
    let a = args.array()?;
    array_value(a.broadcast_to(args.shape()?))
}

pub(super) fn broadcast_arrays(args: &mut Arguments) -> Called {
    let arrays = args.arrays()?;
    let same = crate::broadcast_arrays(&refs(&arrays));
    Ok(Value::tuple(same.into_iter().map(Value::Array).collect()))
}

pub(super) fn atleast_1d(args: &mut Arguments) -> Called {
    array_value(args.array()?.atleast_1d())
}

pub(super) fn atleast_2d(args: &mut Arguments) -> Called {
    array_value(args.array()?.atleast_2d())
}

pub(super) fn flip(args: &mut Arguments) -> Called {
    let m = args.array()?;
    array_value(m.flip(args.axes()?.unwrap_or_default()))
}

pub(super) fn concatenate(args: &mut Arguments) -> Called {
    let arrays = args.arrays()?;
    let joined = match args.axis_or(0)? {
        Some(axis) => crate::concatenate(&refs(&arrays), axis),
        None => {
            let flat: Vec<Array> = arrays.iter().map(Array::ravel).collect();
            crate::concatenate(&refs(&flat), 0)
        }
    };
    cast(joined, args.dtype()?)
}

pub(super) fn stack(args: &mut Arguments) -> Called {
    let (arrays, axis) = (args.arrays()?, args.int_or(0)?);
    cast(crate::stack(&refs(&arrays), axis), args.dtype()?)
}

pub(super) fn hstack(args: &mut Arguments) -> Called {
    let arrays = args.arrays()?;
    cast(crate::hstack(&refs(&arrays)), args.dtype()?)
}

pub(super) fn vstack(args: &mut Arguments) -> Called {
    let arrays = args.arrays()?;
    cast(crate::vstack(&refs(&arrays)), args.dtype()?)
}

pub(super) fn dstack(args: &mut Arguments) -> Called {
    array_value(crate::dstack(&refs(&args.arrays()?)))
}

pub(super) fn column_stack(args: &mut Arguments) -> Called {
    array_value(crate::column_stack(&refs(&args.arrays()?)))
}

pub(super) fn astype(args: &mut Arguments) -> Called {
    let a = args.array()?;
    cast(a, args.dtype()?)
}

/// Arrays are values, so that a copy is the array itself.
pub(super) fn copy(args: &mut Arguments) -> Called {
    array_value(args.array()?)
}

pub(super) fn shape(args: &mut Arguments) -> Called {
    Ok(shape_of(&args.array()?))
}

pub(super) fn shape_of(array: &Array) -> Value {
    Value::tuple(array.shape().iter().map(|extent| Value::int(*extent as i64)).collect())
}

pub(super) fn ndim(args: &mut Arguments) -> Called {
    Ok(Value::int(args.array()?.ndim() as i64))
}

pub(super) fn size(args: &mut Arguments) -> Called {
    Ok(Value::int(args.array()?.size() as i64))
}

pub(super) fn len(args: &mut Arguments) -> Called {
    let (value, span) = args.value()?;
    match &value {
        Value::Sequence(sequence) => Ok(Value::int(sequence.items.len() as i64)),
        Value::Array(array) if array.ndim() > 0 => Ok(Value::int(array.shape()[0] as i64)),
        _ => Err(Fault::new(span, format!("object of type '{}' has no len()", value.type_name()))),
    }
}

/// The element of an array of one, as a number of Python's.
pub(super) fn item(args: &mut Arguments) -> Called {
    let (a, span) = (args.array()?, args.span);
    if a.size() != 1 {
        return Err(Fault::new(span, "can only convert an array of size 1 to a Python scalar"));
    }
    Value::Array(a.reshape([])).to_number(span).map(Value::Number)
}

// Choices and the rest.

pub(super) fn where_(args: &mut Arguments) -> Called {
    let (condition, x, y) = (args.operand()?, args.operand()?, args.operand()?);
    array_value(crate::where_(condition, x, y))
}

pub(super) fn select(args: &mut Arguments) -> Called {
    let conditions = args.arrays()?;
    let (choices, span) = args.value()?;
    let Value::Sequence(choices) = choices else {
        return Err(choices.is_not("a list of arrays", span));
    };
    let choices: Vec<Operand> =
        choices.items.iter().map(|item| item.to_operand(span)).collect::<Result<_, Fault>>()?;
    let default = args.optional_operand()?.unwrap_or(Operand::Int(0));
    array_value(crate::select(&refs(&conditions), &choices, default))
}

pub(super) fn piecewise(args: &mut Arguments) -> Called {
    let (x, conditions) = (args.array()?, args.arrays()?);
    let (functions, span) = args.value()?;
    let Value::Sequence(functions) = functions else {
        return Err(functions.is_not("a list of values and functions", span));
    };
    let fault = RefCell::new(None);
    let piece = |value: &Value, x: &Array| match evaluate_piece(value, x, span) {
        Ok(array) => array,
        Err(found) => {
            let array = failed("piecewise", &found.message);
            fault.replace(Some(found));
            array
        }
    };
    let pieces: Vec<_> = functions.items.iter().map(|value| |x: &Array| piece(value, x)).collect();
    let pieces: Vec<&dyn Fn(&Array) -> Array> =
        pieces.iter().map(|piece| piece as &dyn Fn(&Array) -> Array).collect();
    let result = crate::piecewise(&x, &refs(&conditions), &pieces);
    fault.into_inner().map_or(array_value(result), Err)
}

/// A piece of `piecewise`: a function of the array, or a value that is the same everywhere.
fn evaluate_piece(value: &Value, x: &Array, span: Span) -> Result<Array, Fault> {
    match value {
        Value::Function(function) => {
            let given = Given { keyword: None, value: Value::Array(x.clone()), span };
            function.call(vec![given], span)?.to_array(span)
        }
        _ => Ok(crate::full_like(x, value.to_operand(span)?)),
    }
}

pub(super) fn clip(args: &mut Arguments) -> Called {
    let a = args.operand()?;
    let (a_min, a_max) = (args.optional_operand()?, args.optional_operand()?);
    let (min, max) = (args.optional_operand()?, args.optional_operand()?);
    array_value(clipped(a, a_min.or(min), a_max.or(max)))
}

pub(super) fn clip_method(args: &mut Arguments) -> Called {
    let (a, min, max) = (args.operand()?, args.optional_operand()?, args.optional_operand()?);
    array_value(clipped(a, min, max))
}

fn clipped(a: Operand, min: Option<Operand>, max: Option<Operand>) -> Array {
    let raised = match min {
        Some(min) => Operand::Array(crate::maximum(a, min)),
        None => a,
    };
    match max {
        Some(max) => crate::minimum(raised, max),
        None => raised.into_array(),
    }
}

pub(super) fn round(args: &mut Arguments) -> Called {
    let a = args.array()?;
    let decimals = args.int_or(0)?.clamp(-400, 400);
    array_value(a.round(decimals as i32))
}

macro_rules! of_one_array {
    ($($name:ident;)*) => {$(
        pub(super) fn $name(args: &mut Arguments) -> Called {
            array_value(crate::$name(&args.array()?))
        }
    )*};
}

of_one_array! {
    fix;
    sinc;
    real;
    imag;
}

pub(super) fn angle(args: &mut Arguments) -> Called {
    let angle = crate::angle(&args.array()?);
    array_value(if args.flag_or(false)? { angle.rad2deg() } else { angle })
}

pub(super) fn modf(args: &mut Arguments) -> Called {
    pair(crate::modf(&args.array()?))
}

pub(super) fn frexp(args: &mut Arguments) -> Called {
    pair(crate::frexp(&args.array()?))
}

pub(super) fn divmod(args: &mut Arguments) -> Called {
    pair(crate::divmod(args.operand()?, args.operand()?))
}

pub(super) fn isclose(args: &mut Arguments) -> Called {
    let (a, b) = (args.array()?, args.array()?);
    let (rtol, atol) = (args.float_or(1e-5)?, args.float_or(1e-8)?);
    array_value(crate::isclose(&a, &b, rtol, atol, args.flag_or(false)?))
}

pub(super) fn allclose(args: &mut Arguments) -> Called {
    let close = isclose(args)?.to_array(args.span)?;
    array_value(close.all(..))
}

pub(super) fn nan_to_num(args: &mut Arguments) -> Called {
    let x = args.array()?;
    // Whether to copy makes no difference to values.
    args.flag_or(true)?;
    let nan = args.float_or(0.0)?;
    let (posinf, neginf) = (args.optional_float()?, args.optional_float()?);
    array_value(crate::nan_to_num(&x, nan, posinf, neginf))
}

pub(super) fn matmul(args: &mut Arguments) -> Called {
    array_value(crate::matmul(&args.array()?, &args.array()?))
}

pub(super) fn dot(args: &mut Arguments) -> Called {
    array_value(crate::dot(&args.array()?, &args.array()?))
}
