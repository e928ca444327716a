//! `piecewise`, whose pieces are functions of formulas or values.

use super::args::{Given, rows};
use super::ast::Span;
use super::error::Fault;
use super::literal::element;
use super::value::{Value, failed};
use crate::Array;
use crate::functions::parameters::Written;
use std::cell::RefCell;

pub(crate) fn piecewise(x: &Array, condlist: Written, funclist: Written) -> Result<Array, Fault> {
    let conditions = pieces_of(x, &condlist)?;
    let Written { value: functions, span } = funclist;
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
    let conditions: Vec<&Array> = conditions.iter().collect();
    let result = crate::piecewise(x, &conditions, &pieces);
    fault.into_inner().map_or(Ok(result), Err)
}

/// The conditions of `piecewise`: those of a list of arrays, or one, as an array or a list of
/// truth values.
fn pieces_of(x: &Array, condlist: &Written) -> Result<Vec<Array>, Fault> {
    let Written { value, span } = condlist;
    let span = *span;
    let has_arrays = |items: &[Value]| match items.first() {
        Some(Value::Sequence(_)) => true,
        Some(Value::Array(first)) => first.ndim() > 0 || x.ndim() == 0,
        _ => x.ndim() == 0,
    };
    match value {
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
