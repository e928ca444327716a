//! Choices between values, rounding, pairs of results, products.

use super::{Called, array_value, pair, refs};
use crate::composite::clip_to;
use crate::formula::args::{Arguments, Given, rows};
use crate::formula::ast::Span;
use crate::formula::error::Fault;
use crate::formula::literal::element;
use crate::formula::value::{Value, failed};
use crate::{Array, Operand};
use jitney_ir::Kind;
use std::cell::RefCell;

pub(in crate::formula) fn where_(args: &mut Arguments) -> Called {
    let (condition, x, y) = (args.operand()?, args.operand()?, args.operand()?);
    array_value(crate::where_(condition, x, y))
}

pub(in crate::formula) fn select(args: &mut Arguments) -> Called {
    let conditions = args.arrays()?;
    let (choices, span) = args.items()?;
    let choices: Vec<Operand> =
        choices.iter().map(|item| item.to_operand(span)).collect::<Result<_, Fault>>()?;
    let default = args.optional_operand()?.unwrap_or(Operand::Int(0));
    array_value(crate::select(&refs(&conditions), &choices, default))
}

pub(in crate::formula) fn piecewise(args: &mut Arguments) -> Called {
    let x = args.array()?;
    let conditions = pieces_of(&x, args)?;
    let (functions, span) = args.value()?;
    let Value::Sequence(functions) = functions else {
        return Err(functions.is_not("a list of values and functions", span));
    };
    let fault = RefCell::new(None);
    let piece = |value: &Value, x: &Array| match evaluate_piece(value, x, span) {
        Ok(array) => array,
        Err(found) => {
            let array = failed("piecewise", found.message());
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

/// The conditions of `piecewise`: those of a list of arrays, or one, as an array or a list of
/// truth values.
fn pieces_of(x: &Array, args: &mut Arguments) -> Result<Vec<Array>, Fault> {
    let (value, span) = args.value()?;
    let has_arrays = |items: &[Value]| match items.first() {
        Some(Value::Sequence(_)) => true,
        Some(Value::Array(first)) => first.ndim() > 0 || x.ndim() == 0,
        _ => x.ndim() == 0,
    };
    match &value {
        Value::Sequence(list) if has_arrays(&list.items) => {
            list.items.iter().map(|item| item.to_array(span)).collect()
        }
        Value::Array(array) if array.ndim() > 1 => rows(array, span),
        _ => Ok(vec![value.to_array(span)?]),
    }
}

/// A piece of `piecewise`: a function of the array, or a value that is the same everywhere.
fn evaluate_piece(value: &Value, x: &Array, span: Span) -> Result<Array, Fault> {
    match value {
        Value::Function(function) => {
            let given = Given { keyword: None, value: Value::Array(x.clone()), span };
            function.call(vec![given], span)?.to_array(span)
        }
        // Values are assigned to elements, as by `y[condition] = value`.
        Value::Number(number) => {
            let scalar =
                element(*number, x.dtype()).map_err(|message| Fault::new(span, message))?;
            Ok(Array::constant(scalar))
        }
        _ => Ok(crate::full_like(x, value.to_array(span)?)),
    }
}

pub(in crate::formula) fn clip(args: &mut Arguments) -> Called {
    let a = args.array()?;
    let positional = (args.present_operand()?, args.present_operand()?);
    let keywords = (args.present_operand()?, args.present_operand()?);
    let (low, high) = match (positional, keywords) {
        ((None, None), (low, high)) => (low.flatten(), high.flatten()),
        ((Some(low), Some(high)), (None, None)) => (low, high),
        ((Some(_), Some(_)), _) => {
            let message = "clip() takes `min` and `max` in the place of `a_min` and `a_max`";
            return Err(Fault::new(args.span, message));
        }
        ((low, _), _) => {
            let missing = if low.is_none() { "a_min" } else { "a_max" };
            let message = format!("clip() missing 1 required argument: '{missing}'");
            return Err(
                Fault::new(args.span, message).help("write None for a bound that is not wanted")
            );
        }
    };
    array_value(clip_to(&a, low, high))
}

pub(in crate::formula) fn clip_method(args: &mut Arguments) -> Called {
    let (a, min, max) = (args.array()?, args.optional_operand()?, args.optional_operand()?);
    array_value(clip_to(&a, min, max))
}

pub(in crate::formula) fn round(args: &mut Arguments) -> Called {
    let a = args.array()?;
    let decimals = args.int_or(0)?.clamp(-400, 400);
    array_value(a.round(decimals as i32))
}

macro_rules! of_one_array {
    ($($name:ident;)*) => {$(
        pub(in crate::formula) fn $name(args: &mut Arguments) -> Called {
            array_value(crate::$name(&args.array()?))
        }
    )*};
}

of_one_array! {
    fix;
    sinc;
    real;
    conj;
    imag;
}

pub(in crate::formula) fn angle(args: &mut Arguments) -> Called {
    let angle = crate::angle(&args.array()?);
    array_value(if args.flag_or(false)? { angle.rad2deg() } else { angle })
}

pub(in crate::formula) fn modf(args: &mut Arguments) -> Called {
    pair(crate::modf(&args.array()?))
}

pub(in crate::formula) fn frexp(args: &mut Arguments) -> Called {
    pair(crate::frexp(&args.array()?))
}

pub(in crate::formula) fn divmod(args: &mut Arguments) -> Called {
    pair(crate::divmod(args.operand()?, args.operand()?))
}

pub(in crate::formula) fn isclose(args: &mut Arguments) -> Called {
    let (a, b) = (args.array()?, args.array()?);
    let (rtol, atol) = (args.float_or(1e-5)?, args.float_or(1e-8)?);
    array_value(crate::isclose(&a, &b, rtol, atol, args.flag_or(false)?))
}

pub(in crate::formula) fn allclose(args: &mut Arguments) -> Called {
    let close = isclose(args)?.to_array(args.span)?;
    array_value(close.all(..))
}

pub(in crate::formula) fn nan_to_num(args: &mut Arguments) -> Called {
    let x = args.array()?;
    // Whether to copy makes no difference to values.
    args.flag_or(true)?;
    match x.dtype().kind() {
        Kind::Float => {}
        Kind::Bool | Kind::Signed | Kind::Unsigned => return array_value(x),
    }
    let nan = args.float_or(0.0)?;
    let (posinf, neginf) = (args.optional_float()?, args.optional_float()?);
    array_value(crate::nan_to_num(&x, nan, posinf, neginf))
}

pub(in crate::formula) fn matmul(args: &mut Arguments) -> Called {
    array_value(crate::matmul(&args.array()?, &args.array()?))
}

pub(in crate::formula) fn dot(args: &mut Arguments) -> Called {
    array_value(crate::dot(&args.array()?, &args.array()?))
}
