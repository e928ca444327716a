//! How much is drawn, and what the parameters are worth.

use crate::{Array, DType, ErrorKind, Operand};
use jitney_ir::{Kind, Shape};
use jitney_runtime::random::Bounds;
use jitney_runtime::random::distributions::Row;
use jitney_runtime::{Error, Value, is_tracing};

/// The shape of what is drawn: an extent, several, or `()` for that of the parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size(Option<Vec<usize>>);

impl From<()> for Size {
    fn from((): ()) -> Size {
        Size(None)
    }
}

impl From<usize> for Size {
    fn from(extent: usize) -> Size {
        Size(Some(vec![extent]))
    }
}

impl<const N: usize> From<[usize; N]> for Size {
    fn from(extents: [usize; N]) -> Size {
        Size(Some(extents.to_vec()))
    }
}

impl From<&[usize]> for Size {
    fn from(extents: &[usize]) -> Size {
        Size(Some(extents.to_vec()))
    }
}

impl From<Vec<usize>> for Size {
    fn from(extents: Vec<usize>) -> Size {
        Size(Some(extents))
    }
}

impl From<(usize, usize)> for Size {
    fn from((rows, columns): (usize, usize)) -> Size {
        Size(Some(vec![rows, columns]))
    }
}

impl From<(usize, usize, usize)> for Size {
    fn from((first, second, third): (usize, usize, usize)) -> Size {
        Size(Some(vec![first, second, third]))
    }
}

impl Size {
    /// The shape, unless it is that of the parameters.
    pub(super) fn shape(self) -> Result<Option<Shape>, Error> {
        let shape = self.0.map(|extents| Shape::new(&extents)).transpose();
        shape.map_err(|error| mistake(ErrorKind::Shape, error.to_string()))
    }

    /// The shape, a single element if none is given.
    pub(super) fn or_single(self) -> Result<Shape, Error> {
        Ok(self.shape()?.unwrap_or(Shape::scalar()))
    }
}

/// A mistake of an operation that its caller knows.
pub(super) fn mistake(kind: ErrorKind, message: impl Into<String>) -> Error {
    Error::nowhere(kind, "random", message)
}

/// What was drawn as an array, or one that remembers the mistake and the caller's line.
#[track_caller]
pub(super) fn drawn(operation: &str, draw: impl FnOnce() -> Result<Value, Error>) -> Array {
    match at_once(draw) {
        Ok(value) => Array::from_value(value),
        Err(error) => Array::error_at(error.kind(), operation, error.message()),
    }
}

/// Refuses to draw what would be part of a traced function.
pub(super) fn at_once<R>(draw: impl FnOnce() -> Result<R, Error>) -> Result<R, Error> {
    if is_tracing() {
        let message = "random numbers are drawn at the call, but this function is traced once for \
                       all its calls: draw outside, and pass the array as an argument";
        return Err(mistake(ErrorKind::Value, message));
    }
    draw()
}

/// A parameter's value, of a dtype.
pub(super) fn parameter(operand: Operand, name: &str, dtype: DType) -> Result<Value, Error> {
    let given = operand.dtype();
    if dtype.is_int() && given.kind() == Kind::Float {
        let message = format!("{name} must be of integers, not of {given}");
        return Err(mistake(ErrorKind::DType, message));
    }
    match operand.as_scalar(dtype) {
        Some(scalar) => Ok(Value::from_scalar(scalar)),
        None => operand.into_array().astype(dtype).value(),
    }
}

/// The bounds that an operand gives integers.
pub(super) fn bounds(operand: Operand, name: &str) -> Result<Bounds, Error> {
    match operand {
        Operand::Bool(bound) => Ok(Bounds::One(bound.into())),
        Operand::Int(bound) => Ok(Bounds::One(bound)),
        // As Python's `int`.
        Operand::Huge(bound) | Operand::Float(bound) if bound.is_finite() => {
            Ok(Bounds::One(bound as i128))
        }
        Operand::Huge(_) | Operand::Float(_) => {
            Err(mistake(ErrorKind::Value, format!("{name} is no integer")))
        }
        Operand::Array(array) if array.dtype().kind() == Kind::Float => {
            let message = format!("{name} must be of integers, not of {}", array.dtype());
            Err(mistake(ErrorKind::DType, message))
        }
        Operand::Array(array) => array.value().map(Bounds::Many),
    }
}

/// The values of a distribution's parameters.
pub(super) fn parameters_of(row: &Row, given: Vec<Operand>) -> Result<Vec<Value>, Error> {
    if given.len() != row.parameters.len() {
        let (n, n_given) = (row.parameters.len(), given.len());
        let message = format!("takes {n} parameters, but {n_given} were given");
        return Err(mistake(ErrorKind::Value, message));
    }
    let pairs = row.parameters.iter().zip(given);
    pairs.map(|(known, operand)| parameter(operand, known.name, known.dtype)).collect()
}
