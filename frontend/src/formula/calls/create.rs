//! Creation of arrays.

use super::{Called, array_value, cast, refs};
use crate::create::{arange_as, full_of};
use crate::formula::args::{Arguments, check_axes};
use crate::formula::error::Fault;
use crate::formula::literal;
use crate::formula::value::{Value, failed};
use crate::{Array, DType, Index, Operand, Slice};

pub(in crate::formula) fn array(args: &mut Arguments) -> Called {
    let (value, span) = args.value()?;
    let dtype = args.dtype()?;
    let array = literal::to_array(&value, dtype).map_err(|message| Fault::new(span, message))?;
    array_value(array)
}

fn filled(args: &mut Arguments, value: f64) -> Called {
    let shape = args.shape()?;
    let dtype = args.dtype()?.unwrap_or(DType::F64);
    array_value(full_of(shape, Operand::Float(value), dtype))
}

pub(in crate::formula) fn zeros(args: &mut Arguments) -> Called {
    filled(args, 0.0)
}

pub(in crate::formula) fn ones(args: &mut Arguments) -> Called {
    filled(args, 1.0)
}

pub(in crate::formula) fn full(args: &mut Arguments) -> Called {
    let (shape, value, dtype) = (args.shape()?, args.operand()?, args.dtype()?);
    let dtype = dtype.unwrap_or(value.dtype());
    array_value(full_of(shape, value, dtype))
}

fn filled_like(args: &mut Arguments, value: i64) -> Called {
    let (a, dtype) = (args.array()?, args.dtype()?);
    cast(crate::full_like(&a, value), dtype)
}

pub(in crate::formula) fn zeros_like(args: &mut Arguments) -> Called {
    filled_like(args, 0)
}

pub(in crate::formula) fn ones_like(args: &mut Arguments) -> Called {
    filled_like(args, 1)
}

pub(in crate::formula) fn full_like(args: &mut Arguments) -> Called {
    let (a, value, dtype) = (args.array()?, args.operand()?, args.dtype()?);
    let like = a.astype(dtype.unwrap_or(a.dtype()));
    array_value(crate::full_like(&like, value))
}

pub(in crate::formula) fn arange(args: &mut Arguments) -> Called {
    let first = args.optional_number()?.unwrap_or(Operand::Int(0));
    let second = args.optional_number()?;
    let step = args.optional_number()?.unwrap_or(Operand::Int(1));
    let (start, stop) = match second {
        Some(stop) => (first, stop),
        None => (Operand::Int(0), first),
    };
    match args.dtype()? {
        Some(dtype) => array_value(arange_as(start, stop, step, dtype)),
        None => array_value(crate::arange_of(start, stop, step)),
    }
}

/// `num` values including the end, or as many of one more value without its last.
fn spaced(num: usize, endpoint: bool, values: impl Fn(usize) -> Array) -> Array {
    if endpoint {
        return values(num);
    }
    let but_last = Slice { start: Some(0), stop: Some(num as isize), step: None };
    values(num.saturating_add(1)).slice([Index::Slice(but_last)])
}

pub(in crate::formula) fn linspace(args: &mut Arguments) -> Called {
    let (start, stop) = (args.float()?, args.float()?);
    let (num, endpoint, dtype) = (args.count_or(50)?, args.flag_or(true)?, args.dtype()?);
    let values = spaced(num, endpoint, |num| crate::linspace(start, stop, num));
    // NumPy rounds down where integers are asked for, toward zero everywhere else.
    let values = if dtype.is_some_and(DType::is_int) { values.floor() } else { values };
    cast(values, dtype)
}

pub(in crate::formula) fn logspace(args: &mut Arguments) -> Called {
    let (start, stop) = (args.float()?, args.float()?);
    let (num, endpoint, base) = (args.count_or(50)?, args.flag_or(true)?, args.float_or(10.0)?);
    let values = spaced(num, endpoint, |num| crate::logspace(start, stop, num, base));
    cast(values, args.dtype()?)
}

pub(in crate::formula) fn eye(args: &mut Arguments) -> Called {
    let n = args.count()?;
    let (m, k) = (args.count_or(n)?, args.int_or(0)?);
    cast(crate::eye(n, m, k), args.dtype()?)
}

pub(in crate::formula) fn identity(args: &mut Arguments) -> Called {
    let n = args.count()?;
    cast(crate::identity(n), args.dtype()?)
}

pub(in crate::formula) fn meshgrid(args: &mut Arguments) -> Called {
    let coordinates = args.arrays()?;
    check_axes(coordinates.len(), args.span)?;
    let indexing = args.word(&["xy", "ij"])?;
    let grids = crate::meshgrid(&refs(&coordinates), indexing);
    Ok(Value::tuple(grids.into_iter().map(Value::Array).collect()))
}

pub(in crate::formula) fn indices(args: &mut Arguments) -> Called {
    let shape = args.shape()?;
    let dtype = args.dtype()?;
    check_axes(shape.len(), args.span)?;
    let along = crate::indices(&shape);
    if along.is_empty() {
        return array_value(failed("indices", "needs at least one dimension"));
    }
    cast(crate::stack(&refs(&along), 0), dtype)
}
