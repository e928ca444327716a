//! What the results of functions are worth in formulas.

use crate::Array;
use crate::formula::{Fault, Span, Value};

/// A result as a value of a formula; `span` is that of the call.
pub(crate) trait ToValue {
    fn to_value(self, span: Span) -> Result<Value, Fault>;
}

impl ToValue for Array {
    fn to_value(self, _: Span) -> Result<Value, Fault> {
        Ok(Value::Array(self))
    }
}

impl ToValue for usize {
    fn to_value(self, _: Span) -> Result<Value, Fault> {
        Ok(Value::int(self as i128))
    }
}

impl ToValue for (Array, Array) {
    fn to_value(self, _: Span) -> Result<Value, Fault> {
        Ok(Value::tuple(vec![Value::Array(self.0), Value::Array(self.1)]))
    }
}

impl ToValue for Vec<Array> {
    fn to_value(self, _: Span) -> Result<Value, Fault> {
        Ok(Value::tuple(self.into_iter().map(Value::Array).collect()))
    }
}

impl ToValue for Vec<usize> {
    fn to_value(self, _: Span) -> Result<Value, Fault> {
        Ok(Value::tuple(self.into_iter().map(|extent| Value::int(extent as i128)).collect()))
    }
}

impl ToValue for Value {
    fn to_value(self, _: Span) -> Result<Value, Fault> {
        Ok(self)
    }
}

impl<T: ToValue> ToValue for Result<T, Fault> {
    fn to_value(self, span: Span) -> Result<Value, Fault> {
        self?.to_value(span)
    }
}

/// What is wrong with a call as a whole.
impl<T: ToValue> ToValue for Result<T, String> {
    fn to_value(self, span: Span) -> Result<Value, Fault> {
        self.map_err(|message| Fault::new(span, message))?.to_value(span)
    }
}
