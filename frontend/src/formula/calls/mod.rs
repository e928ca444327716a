//! What the functions of [`super::functions`] do: take their arguments and call the API.

mod arrange;
mod choose;
mod create;
mod inspect;
mod reduce;

pub(super) use arrange::*;
pub(super) use choose::*;
pub(super) use create::*;
pub(super) use inspect::*;
pub(super) use reduce::*;

use super::error::Fault;
use super::value::Value;
use crate::{Array, DType};

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
