//! What an array is, rather than what it holds.

use super::Called;
use crate::Array;
use crate::formula::args::Arguments;
use crate::formula::error::Fault;
use crate::formula::value::Value;

pub(in crate::formula) fn shape(args: &mut Arguments) -> Called {
    Ok(shape_of(&args.array()?))
}

pub(in crate::formula) fn shape_of(array: &Array) -> Value {
    Value::tuple(array.shape().iter().map(|extent| Value::int(*extent as i64)).collect())
}

pub(in crate::formula) fn ndim(args: &mut Arguments) -> Called {
    Ok(Value::int(args.array()?.ndim() as i64))
}

pub(in crate::formula) fn size(args: &mut Arguments) -> Called {
    Ok(Value::int(args.array()?.size() as i64))
}

pub(in crate::formula) fn len(args: &mut Arguments) -> Called {
    let (value, span) = args.value()?;
    match &value {
        Value::Sequence(sequence) => Ok(Value::int(sequence.items.len() as i64)),
        Value::Array(array) if array.ndim() > 0 => Ok(Value::int(array.shape()[0] as i64)),
        _ => Err(Fault::new(span, format!("object of type '{}' has no len()", value.type_name()))),
    }
}

/// The element of an array of one, as a number of Python's.
pub(in crate::formula) fn item(args: &mut Arguments) -> Called {
    let (a, span) = (args.array()?, args.span);
    if a.size() != 1 {
        return Err(Fault::new(span, "can only convert an array of size 1 to a Python scalar"));
    }
    Value::Array(a.reshape([])).to_number(span).map(Value::Number)
}
