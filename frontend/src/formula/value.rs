//! What the parts of a formula are worth while it is evaluated.

use super::args::to_count;
use super::ast::Span;
use super::error::Fault;
use super::literal;
use super::python::{self, Number};
use super::random::Random;
use crate::functions::Function;
use crate::{Array, DType, ErrorKind, Operand, Slice};
use std::fmt;
use std::sync::Arc;

/// A value of Python's or NumPy's.
#[derive(Clone)]
pub(crate) enum Value {
    Array(Array),
    /// A number of Python's: weak when it meets an array.
    Number(Number),
    Str(Arc<str>),
    None,
    Ellipsis,
    Slice(Slice),
    Sequence(Arc<Sequence>),
    DType(DType),
    Function(Function),
    Random(Random),
}

/// A tuple or a list.
pub(crate) struct Sequence {
    pub kind: SequenceKind,
    pub items: Vec<Value>,
    /// Levels of nesting: what recursion over the items, dropping included, goes through.
    depth: usize,
    /// Items of all levels, those of shared sequences counted each time.
    pub n_leaves: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SequenceKind {
    Tuple,
    List,
}

/// The most axes that NumPy's arrays have, and so the deepest that lists make sense.
pub(crate) const MAX_AXES: usize = jitney_ir::shape::MAX_RANK;

impl Sequence {
    /// A tuple or list of at most `limit` items on all levels.
    pub fn value(kind: SequenceKind, items: Vec<Value>, limit: usize) -> Result<Value, String> {
        let inner = |item: &Value| match item {
            Value::Sequence(inner) => (inner.depth, inner.n_leaves),
            _ => (0, 1),
        };
        let depth = 1 + items.iter().map(|item| inner(item).0).max().unwrap_or(0);
        let leaves = items.iter().map(|item| inner(item).1);
        let n_leaves = leaves.fold(0, usize::saturating_add);
        if depth > MAX_AXES {
            return Err(format!("lists and tuples nest at most {MAX_AXES} deep"));
        }
        if n_leaves > limit {
            return Err(format!("a list or tuple of {n_leaves} items; the limit is {limit}"));
        }
        Ok(Value::Sequence(Arc::new(Sequence { kind, items, depth, n_leaves })))
    }
}

impl Value {
    pub fn int(value: impl TryInto<i128>) -> Value {
        Value::Number(Number::Int(value.try_into().unwrap_or(i128::MAX)))
    }

    pub fn bool(value: bool) -> Value {
        Value::Number(Number::Bool(value))
    }

    pub fn from_operand(operand: Operand) -> Value {
        match operand {
            Operand::Array(array) => Value::Array(array),
            Operand::Bool(value) => Value::bool(value),
            Operand::Int(value) => Value::Number(Number::Int(value)),
            Operand::Huge(value) => Value::Number(Number::Huge(value)),
            Operand::Float(value) => Value::Number(Number::Float(value)),
        }
    }

    /// A tuple whose length is known to be small.
    pub fn tuple(items: Vec<Value>) -> Value {
        let sequence =
            Sequence { kind: SequenceKind::Tuple, depth: 1, n_leaves: items.len(), items };
        Value::Sequence(Arc::new(sequence))
    }

    /// Python's name for the type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Array(_) => "array",
            Value::Number(number) => number.type_name(),
            Value::Str(_) => "str",
            Value::None => "NoneType",
            Value::Ellipsis => "ellipsis",
            Value::Slice(_) => "slice",
            Value::Sequence(sequence) => sequence.kind.name(),
            Value::DType(_) => "dtype",
            Value::Function(_) => "function",
            Value::Random(random) => random.type_name(),
        }
    }

    /// The value as an array; numbers and lists become ones of their own dtype.
    pub fn to_array(&self, span: Span) -> Result<Array, Fault> {
        match self {
            Value::Array(array) => Ok(array.clone()),
            Value::Number(_) | Value::Sequence(_) => {
                literal::to_array(self, None).map_err(|message| Fault::new(span, message))
            }
            Value::Str(_)
            | Value::None
            | Value::Ellipsis
            | Value::Slice(_)
            | Value::DType(_)
            | Value::Function(_)
            | Value::Random(_) => Err(self.is_not("an array", span)),
        }
    }

    /// The value as an operand of an operation, in which numbers stay weak.
    pub fn to_operand(&self, span: Span) -> Result<Operand, Fault> {
        match self {
            Value::Number(number) => Ok(number.operand()),
            _ => self.to_array(span).map(Operand::Array),
        }
    }

    /// A number of Python's that a float can hold; a 0-d array is evaluated for it.
    pub fn to_number(&self, span: Span) -> Result<Number, Fault> {
        match self {
            Value::Number(number) if number.is_beyond_floats() => {
                Err(Fault::new(span, "int too large to convert to float"))
            }
            Value::Number(number) => Ok(*number),
            Value::Array(array) if array.ndim() == 0 => read(array, span),
            _ => Err(self.is_not("a number", span)),
        }
    }

    /// An integer, cut to what this type holds.
    pub fn to_int(&self, span: Span) -> Result<i128, Fault> {
        let number = match self {
            Value::Number(number) => Some(*number),
            _ => self.to_number(span).ok(),
        };
        number.and_then(Number::saturated).ok_or_else(|| self.is_not("an integer", span))
    }

    pub fn to_isize(&self, span: Span) -> Result<isize, Fault> {
        isize::try_from(self.to_int(span)?)
            .map_err(|_| Fault::new(span, "this integer is too large here"))
    }

    /// The integers of a tuple or list, or one alone.
    pub fn to_isizes(&self, span: Span) -> Result<Vec<isize>, Fault> {
        match self {
            Value::Sequence(sequence) => {
                sequence.items.iter().map(|item| item.to_isize(span)).collect()
            }
            _ => Ok(vec![self.to_isize(span)?]),
        }
    }

    /// A number of elements, which must not be negative.
    pub fn to_count(&self, span: Span) -> Result<usize, Fault> {
        to_count(self.to_isize(span)?, span)
    }

    pub fn is_not(&self, wanted: &str, span: Span) -> Fault {
        Fault::new(span, format!("expected {wanted}, not '{}'", self.type_name()))
    }
}

impl SequenceKind {
    pub fn name(self) -> &'static str {
        match self {
            SequenceKind::Tuple => "tuple",
            SequenceKind::List => "list",
        }
    }
}

impl Number {
    pub fn operand(self) -> Operand {
        match self {
            Number::Bool(value) => Operand::Bool(value),
            Number::Int(value) => Operand::Int(value),
            Number::Huge(value) => Operand::Huge(value),
            Number::Float(value) => Operand::Float(value),
        }
    }

    fn is_beyond_floats(self) -> bool {
        matches!(self, Number::Huge(value) if value.is_infinite())
    }
}

/// The element of a 0-d array, evaluated.
fn read(array: &Array, span: Span) -> Result<Number, Fault> {
    let fault = |error: crate::Error| Fault::new(span, error.message());
    if let Some(error) = array.error() {
        return Err(fault(error));
    }
    Ok(match array.dtype() {
        DType::Bool => Number::Bool(array.item().map_err(fault)?),
        DType::U64 => Number::Int(array.item::<u64>().map_err(fault)?.into()),
        dtype if dtype.is_int() => {
            Number::Int(array.astype(DType::I64).item::<i64>().map_err(fault)?.into())
        }
        _ => Number::Float(array.astype(DType::F64).item().map_err(fault)?),
    })
}

/// What a formula gives, and what can be bound to a name of another: an array, a number, a
/// tuple of them.
///
/// Numbers stay weak, as Python's are: bound to a name, `2` does not raise `int8` to `int64`.
#[derive(Clone)]
pub struct FormulaValue {
    pub(crate) value: Value,
    arrays: Vec<Array>,
}

impl FormulaValue {
    pub(crate) fn new(value: Value, span: Span) -> Result<FormulaValue, Fault> {
        let items = match &value {
            Value::Sequence(tuple) if tuple.kind == SequenceKind::Tuple => &tuple.items[..],
            single => std::slice::from_ref(single),
        };
        let array = |item: &Value| {
            let array = item.to_array(span)?;
            array.error().map_or(Ok(array), |error| Err(Fault::new(span, error.message())))
        };
        let arrays = items.iter().map(array).collect::<Result<Vec<Array>, Fault>>()?;
        Ok(FormulaValue { value, arrays })
    }

    /// The array, or the items of the tuple, not yet computed.
    pub fn arrays(&self) -> &[Array] {
        &self.arrays
    }

    /// Whether the value is a tuple, be it of one item or none.
    pub fn is_tuple(&self) -> bool {
        matches!(&self.value, Value::Sequence(sequence) if sequence.kind == SequenceKind::Tuple)
    }
}

impl fmt::Debug for FormulaValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let type_of = |array: &Array| format!("{} {:?}", array.dtype(), array.shape());
        f.debug_list().entries(self.arrays.iter().map(type_of)).finish()
    }
}

impl<T: Into<Operand>> From<T> for FormulaValue {
    fn from(operand: T) -> FormulaValue {
        let operand = operand.into();
        let value = Value::from_operand(operand.clone());
        FormulaValue { value, arrays: vec![operand.into_array()] }
    }
}

/// Python's `int(x)`, `float(x)` and `bool(x)`.
pub(crate) fn convert(dtype: DType, number: Number) -> Result<Number, String> {
    match (dtype, number.as_int()) {
        (DType::I64, _) if matches!(number, Number::Huge(_)) => Ok(number),
        (DType::Bool, Ok(int)) => Ok(Number::Bool(int != 0)),
        (DType::Bool, Err(float)) => Ok(Number::Bool(float != 0.0)),
        (DType::I64, Ok(int)) => Ok(Number::Int(int)),
        (DType::I64, Err(float)) => python::to_int(float),
        _ => Ok(Number::Float(number.to_float())),
    }
}

/// The failed array of a call that has no array to fail with.
pub(crate) fn failed(operation: &str, message: &str) -> Array {
    Array::error_at(ErrorKind::Value, operation, message)
}
