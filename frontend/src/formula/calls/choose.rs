//! Choices between values, rounding, pairs of results, products.

use super::{Called, array_value, pair, refs};
use crate::composite::clip_to;
use crate::formula::args::{Arguments, Given};
use crate::formula::ast::Span;
use crate::formula::error::Fault;
use crate::formula::literal::element;
use crate::formula::value::{Value, failed};
use crate::{Array, Operand};
use std::cell::RefCell;

pub(in crate::formula) fn where_(args: &mut Arguments) -> Called {
    let (condition, x, y) = (args.operand()?, args.operand()?, args.operand()?);
    array_value(crate::where_(condition, x, y))
}

pub(in crate::formula) fn select(args: &mut Arguments) -> Called {
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

pub(in crate::formula) fn piecewise(args: &mut Arguments) -> Called {
    let (x, conditions) = (args.array()?, args.arrays()?);
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
    let (a_min, a_max) = (args.optional_operand()?, args.optional_operand()?);
    let (min, max) = (args.optional_operand()?, args.optional_operand()?);
    array_value(clip_to(&a, a_min.or(min), a_max.or(max)))
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
