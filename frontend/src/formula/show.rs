//! What a formula gives, as Python's `print` shows it.

use super::python::Number;
use super::value::{FormulaValue, Value};
use crate::print::{self, Elements, PrintOptions};
use crate::{Array, DType, Error};
use jitney_ir::{Scalar, Shape};

impl FormulaValue {
    /// Evaluates the arrays together and gives the text that Python's `print` shows.
    ///
    /// # Errors
    /// As [`Array::eval`], for the first array that fails.
    ///
    /// ```
    /// use jitney as jn;
    /// let x = jn::arange(3);
    /// let value = jn::Formula::parse("x.shape, x * 2, x.max()")?.bind("x", x).build()?;
    /// assert_eq!(value.text().unwrap(), "((3,), array([0, 2, 4]), np.int64(2))");
    /// # Ok::<(), jn::FormulaError>(())
    /// ```
    pub fn text(&self) -> Result<String, Error> {
        match &self.value {
            // A list of results is an array here, whatever Python would show.
            Value::Sequence(_) if self.is_tuple() => repr(&self.value),
            Value::Number(number) => Ok(number_text(*number)),
            _ => self.arrays().iter().map(Array::array_str).collect(),
        }
    }
}

/// Python's `repr`, for what a tuple of results may hold. Sequences nest at most 64 deep.
fn repr(value: &Value) -> Result<String, Error> {
    match value {
        // NumPy names its two truth values, and writes other scalars as calls.
        Value::Array(array) if array.ndim() == 0 && array.dtype() == DType::Bool => {
            Ok(format!("np.{}_", array.array_str()?))
        }
        Value::Array(array) if array.ndim() == 0 => {
            Ok(format!("np.{}({})", array.dtype(), array.array_str()?))
        }
        Value::Array(array) => array.array_repr(),
        Value::Number(number) => Ok(number_text(*number)),
        Value::Sequence(sequence) => {
            let items = sequence.items.iter().map(repr).collect::<Result<Vec<_>, Error>>()?;
            let comma = if items.len() == 1 { "," } else { "" };
            Ok(match sequence.kind {
                super::value::SequenceKind::Tuple => format!("({}{comma})", items.join(", ")),
                super::value::SequenceKind::List => format!("[{}]", items.join(", ")),
            })
        }
        Value::Str(_)
        | Value::None
        | Value::Ellipsis
        | Value::Slice(_)
        | Value::DType(_)
        | Value::Function(_)
        | Value::Random(_) => Ok(value.type_name().to_owned()),
    }
}

fn number_text(number: Number) -> String {
    match number {
        Number::Bool(true) => "True".to_owned(),
        Number::Bool(false) => "False".to_owned(),
        Number::Int(value) => value.to_string(),
        Number::Huge(value) | Number::Float(value) => {
            // NumPy prints a float64 alone as Python prints a float.
            let (dtype, shape) = (DType::F64, &Shape::scalar());
            let elements = Elements { dtype, shape, get: &|_| Scalar::f64(value) };
            print::array_str(&elements, &PrintOptions::default())
        }
    }
}
