//! Operators, and the functions of Python's own: on numbers they follow Python and stay
//! weak, with an array among the operands they follow NumPy.

use super::advice;
use super::args::{self, Given};
use super::ast::{BinaryOp, Span, UnaryOp};
use super::error::Fault;
use super::functions::Function;
use super::python::{self, Number};
use super::value::{self, Sequence, SequenceKind, Value};
use crate::{Array, DType, Operand, build};
use jitney_ir::Kind;
use jitney_ir::ops::Elementwise;

type Evaluated = Result<Value, Fault>;

pub(super) fn unary(op: UnaryOp, x: &Value, x_span: Span, span: Span) -> Evaluated {
    match x {
        Value::Number(number) => computed(python::unary(op, *number), span),
        Value::Array(array) => {
            let operand = Operand::Array(array.clone());
            Ok(Value::Array(build::elementwise(op.elementwise(), [operand])))
        }
        _ => {
            let (op, name) = (op.text(), x.type_name());
            let message = format!("bad operand type for unary {op}: '{name}'");
            Err(Fault::new(x_span, message).maybe_help(as_array(x)))
        }
    }
}

pub(super) fn binary(
    op: BinaryOp,
    (x, x_span): (&Value, Span),
    (y, y_span): (&Value, Span),
    span: Span,
    max_items: usize,
) -> Evaluated {
    match (x, y) {
        (Value::Number(x), Value::Number(y)) => {
            let help = advice::on_bits(op).filter(|_| x.is_float() || y.is_float());
            computed(python::binary(op, *x, *y), span).map_err(|fault| fault.maybe_help(help))
        }
        (Value::Array(_), _) | (_, Value::Array(_)) if is_operand(x) && is_operand(y) => {
            arrays(op, (x, x_span), (y, y_span), span).map(Value::Array)
        }
        _ => match sequences(op, x, y, max_items) {
            Some(joined) => joined.map_err(|message| Fault::new(span, message)),
            None => {
                let message = python::unsupported(op.text(), x.type_name(), y.type_name());
                Err(Fault::new(span, message).maybe_help(as_array(x).or(as_array(y))))
            }
        },
    }
}

fn computed(result: Result<Number, String>, span: Span) -> Evaluated {
    result.map(Value::Number).map_err(|message| Fault::new(span, message))
}

fn is_operand(value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::Number(_) | Value::Sequence(_))
}

/// What to write for arithmetic with a list.
fn as_array(value: &Value) -> Option<&'static str> {
    matches!(value, Value::Sequence(_)).then_some("make an array of it: `array([...])`")
}

fn arrays(
    op: BinaryOp,
    (x, x_span): (&Value, Span),
    (y, y_span): (&Value, Span),
    span: Span,
) -> Result<Array, Fault> {
    let (left, right) = (x.to_operand(x_span)?, y.to_operand(y_span)?);
    let has_floats = left.dtype().kind() == Kind::Float || right.dtype().kind() == Kind::Float;
    let result = match (op.elementwise(), left) {
        (Some(Elementwise::Power), Operand::Array(base)) => base.pow(right),
        (Some(elementwise), left) => build::elementwise(elementwise, [left, right]),
        (None, left) => crate::matmul(&left.into_array(), &right.into_array()),
    };
    match (result.error(), advice::on_bits(op)) {
        (Some(error), Some(help)) if has_floats => {
            Err(Fault::new(span, error.message()).help(help))
        }
        _ => Ok(result),
    }
}

/// Python's joining and repeating of lists and tuples.
fn sequences(op: BinaryOp, x: &Value, y: &Value, limit: usize) -> Option<Result<Value, String>> {
    match (op, x, y) {
        (BinaryOp::Add, Value::Sequence(x), Value::Sequence(y)) if x.kind == y.kind => {
            let items = x.items.iter().chain(&y.items).cloned().collect();
            Some(Sequence::value(x.kind, items, limit))
        }
        (BinaryOp::Multiply, Value::Sequence(items), Value::Number(n))
        | (BinaryOp::Multiply, Value::Number(n), Value::Sequence(items)) => {
            let n = n.saturated()?;
            Some(repeat(items.kind, &items.items, n, limit))
        }
        _ => None,
    }
}

fn repeat(kind: SequenceKind, items: &[Value], n: i128, limit: usize) -> Result<Value, String> {
    let n_items = (items.len() as i128).saturating_mul(n.max(0));
    if n_items > limit as i128 {
        return Err(format!("a {} of {n_items} items; the limit is {limit}", kind.name()));
    }
    let repeated = items.iter().cycle().take(n_items as usize).cloned().collect();
    Sequence::value(kind, repeated, limit)
}

/// Whether a name is that of a function of Python's which keeps numbers weak, so that
/// without `np.` Python's is meant.
pub(super) fn python_name(name: &str) -> Option<Function> {
    matches!(name, "abs" | "divmod" | "pow" | "round").then(|| Function::lookup(name))?
}

/// Calls Python's function on numbers, NumPy's on anything else.
pub(super) fn python_function(function: Function, given: Vec<Given<'_>>, span: Span) -> Evaluated {
    let number = |argument: &Given| match argument.value {
        Value::Number(number) if argument.keyword.is_none() => Some(number),
        _ => None,
    };
    // `round(x, None)` is `round(x)`.
    let present = given.iter().filter(|argument| !matches!(argument.value, Value::None));
    let numbers: Option<Vec<Number>> = present.map(number).collect();
    match (function.name(), numbers.as_deref()) {
        ("abs", Some([x])) if x.to_float().is_sign_negative() => {
            computed(python::unary(UnaryOp::Negative, *x), span)
        }
        ("abs", Some([x])) => computed(python::unary(UnaryOp::Positive, *x), span),
        ("pow", _)
            if let [x, y] = &given[..]
                && x.keyword.is_none()
                && y.keyword.is_none() =>
        {
            // `x ** y`, of which NumPy's `power` is not always the same: of bools, 2 is weak to it.
            binary(BinaryOp::Power, (&x.value, x.span), (&y.value, y.span), span, usize::MAX)
        }
        ("divmod", Some([x, y])) => {
            let quotient = computed(python::binary(BinaryOp::FloorDivide, *x, *y), span)?;
            let rest = computed(python::binary(BinaryOp::Remainder, *x, *y), span)?;
            Ok(Value::tuple(vec![quotient, rest]))
        }
        ("round", Some([x])) => computed(python::round(*x, None), span),
        ("round", Some([x, Number::Int(digits)])) => {
            computed(python::round(*x, Some(*digits)), span)
        }
        _ => function.call(given, span),
    }
}

/// `float32(x)`: the value as an array of the dtype, which is not weak.
pub(super) fn convert(dtype: DType, given: Vec<Given<'_>>, span: Span) -> Evaluated {
    let mut arguments = args::bind(dtype.name(), "x", given, span)?;
    let (value, at) = arguments.value()?;
    let array = super::literal::to_array(&value, Some(dtype));
    array.map(Value::Array).map_err(|message| Fault::new(at, message))
}

/// `int(x)`, `float(x)` and `bool(x)`: a number, for which a 0-d array is evaluated.
pub(super) fn convert_python(dtype: DType, given: Vec<Given<'_>>, span: Span) -> Evaluated {
    let name = match dtype {
        DType::Bool => "bool",
        DType::I64 => "int",
        _ => "float",
    };
    let mut arguments = args::bind(name, "x", given, span)?;
    let (value, at) = arguments.value()?;
    if matches!((&value, dtype), (Value::None, DType::Bool)) {
        return Ok(Value::bool(false));
    }
    let number = value.to_number(at).map_err(|fault| match &value {
        Value::Array(_) => fault.help(format!("to convert elements, write `x.astype({name})`")),
        _ => fault,
    })?;
    computed(value::convert(dtype, number), span)
}
