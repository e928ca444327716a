//! What an array is, as values of formulas.

use super::error::Fault;
use super::value::Value;
use crate::Array;
use crate::functions::parameters::{Shape, Written};

pub(crate) fn shape(a: &Array) -> Shape {
    a.shape().to_vec()
}

pub(crate) fn ndim(a: &Array) -> usize {
    a.ndim()
}

pub(crate) fn size(a: &Array) -> usize {
    a.size()
}

pub(crate) fn len(obj: Written) -> Result<usize, Fault> {
    match &obj.value {
        Value::Sequence(sequence) => Ok(sequence.items.len()),
        Value::Array(array) if array.ndim() > 0 => Ok(array.shape()[0]),
        other => {
            let message = format!("object of type '{}' has no len()", other.type_name());
            Err(Fault::new(obj.span, message))
        }
    }
}

/// The element of an array of one, as a number of Python's.
pub(crate) fn item(a: Written) -> Result<Value, String> {
    let text = |fault: Fault| fault.message().to_owned();
    let array = a.value.to_array(a.span).map_err(text)?;
    if array.size() != 1 {
        return Err("can only convert an array of size 1 to a Python scalar".to_owned());
    }
    Value::Array(array.reshape([])).to_number(a.span).map(Value::Number).map_err(text)
}
