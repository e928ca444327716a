//! Evaluation: one walk along the arena, in the order in which Python evaluates.

use super::advice;
use super::args::Given;
use super::ast::{Argument, Ast, BinaryOp, Callee, Expr, Name, Node, NodeId, Span, Target};
use super::error::Fault;
use super::limits::Limits;
use super::names;
use super::operators;
use super::random::{At, Random};
use super::subscript::{indices, slice_of, subscript};
use super::value::{FormulaValue, Sequence, SequenceKind, Value};
use crate::functions::{self, Function};
use crate::{Array, DType, Error, ErrorKind, Index};
use std::collections::{HashMap, HashSet};

type Evaluated = Result<Value, Fault>;

/// What follows the dot behind an array without parentheses.
pub(super) const ATTRIBUTES: [&str; 10] =
    ["T", "mT", "shape", "ndim", "size", "nbytes", "itemsize", "dtype", "real", "imag"];

/// The value of a formula, given values for names.
pub(super) fn evaluate(
    ast: &Ast,
    bindings: &HashMap<String, FormulaValue>,
    limits: &Limits,
) -> Result<FormulaValue, Fault> {
    let bound = bindings.values().flat_map(|bound| bound.arrays()).map(Array::size).max();
    let mut evaluator = Evaluator {
        source: &ast.source,
        nodes: &ast.nodes,
        values: vec![None; ast.nodes.len()],
        names: bindings.iter().map(|(name, bound)| (&name[..], bound.value.clone())).collect(),
        max_items: limits.max_nodes,
        items_left: limits.max_nodes.saturating_mul(16),
        max_elements: limits.max_elements.max(bound.unwrap_or(0)),
    };
    for place in 0..ast.nodes.len() {
        evaluator.step(NodeId(place))?;
    }
    let last = NodeId(ast.nodes.len() - 1);
    FormulaValue::new(evaluator.take(last), evaluator.span(last))
}

/// The names that a formula reads before it assigns them, and that have no other meaning.
pub(super) fn free_names(ast: &Ast) -> Vec<&str> {
    let mut seen: HashSet<&str> = HashSet::new();
    let mut free: Vec<&str> = Vec::new();
    for node in &ast.nodes {
        match &node.expr {
            Expr::Name(name) | Expr::Call(Callee::Function(name), _) if !name.qualified => {
                let text = name.span.of(&ast.source);
                if seen.insert(text) && names::lookup(text).is_none() {
                    free.push(text);
                }
            }
            Expr::Assign(targets, _) => {
                targets.iter().for_each(|target| collect_names(target, ast, &mut seen));
            }
            _ => {}
        }
    }
    free
}

fn collect_names<'a>(target: &Target, ast: &'a Ast, names: &mut HashSet<&'a str>) {
    match target {
        Target::Name(span) => {
            names.insert(span.of(&ast.source));
        }
        Target::Tuple(targets, _) => {
            targets.iter().for_each(|target| collect_names(target, ast, names));
        }
    }
}

struct Evaluator<'a> {
    source: &'a str,
    nodes: &'a [Node],
    /// The value of every node that was evaluated and not yet used.
    values: Vec<Option<Value>>,
    names: HashMap<&'a str, Value>,
    /// The most items of one list or tuple.
    max_items: usize,
    /// What may still be spent on lists and tuples. Each time one is made or named counts,
    /// as it may be copied then: a short text must not ask for much memory.
    items_left: usize,
    max_elements: usize,
}

impl<'a> Evaluator<'a> {
    fn span(&self, id: NodeId) -> Span {
        self.nodes[id.0].span
    }

    /// The value of a node, which its only user takes.
    fn take(&mut self, id: NodeId) -> Value {
        let value = self.values[id.0].take();
        debug_assert!(value.is_some(), "operands stand before their only user");
        value.unwrap_or(Value::None)
    }

    fn take_with_span(&mut self, id: NodeId) -> (Value, Span) {
        (self.take(id), self.span(id))
    }

    fn step(&mut self, id: NodeId) -> Result<(), Fault> {
        let nodes = self.nodes;
        let Node { expr, span } = &nodes[id.0];
        let value = self.value_of(expr, *span)?;
        self.check(&value, *span)?;
        if let Value::Sequence(sequence) = &value {
            let left = self.items_left.checked_sub(sequence.n_leaves);
            self.items_left = left.ok_or_else(|| {
                Fault::new(*span, "the lists and tuples of the formula have too many items")
                    .help("make arrays by `zeros`, `full` or `arange`")
            })?;
        }
        self.values[id.0] = Some(value);
        Ok(())
    }

    fn value_of(&mut self, expr: &'a Expr, span: Span) -> Evaluated {
        match expr {
            Expr::Number(value) => Ok(Value::Number(*value)),
            Expr::Str(contents) => Ok(Value::Str(contents.of(self.source).into())),
            Expr::None => Ok(Value::None),
            Expr::Ellipsis => Ok(Value::Ellipsis),
            Expr::Name(name) => self.name(*name),
            Expr::Unary(op, operand) => {
                let (value, at) = self.take_with_span(*operand);
                operators::unary(*op, &value, at, span)
            }
            Expr::Binary(op, left, right) => self.binary(*op, *left, *right, span),
            Expr::Tuple(items) => self.sequence(SequenceKind::Tuple, items, span),
            Expr::List(items) => self.sequence(SequenceKind::List, items, span),
            Expr::Attribute(object, name) => {
                let object = self.take(*object);
                self.attribute(&object, *name)
            }
            Expr::Call(callee, arguments) => self.call(*callee, arguments, span),
            Expr::Index(object, index) => {
                let (index, index_span) = self.take_with_span(*index);
                subscript(&self.take(*object), &index, index_span, span)
            }
            Expr::Slice(parts) => {
                let parts = parts.map(|part| part.map(|id| self.take_with_span(id)));
                slice_of(parts).map(Value::Slice)
            }
            Expr::Assign(targets, value) => {
                let value = self.take(*value);
                targets.iter().try_for_each(|target| self.assign(target, &value))?;
                Ok(Value::None)
            }
            Expr::SetItem { object, index, op, value } => {
                self.set_item(*object, *index, *op, *value, span)
            }
            Expr::Discard(value) => {
                self.take(*value);
                Ok(Value::None)
            }
        }
    }

    /// Reports the deferred error of an array where it arose, and arrays beyond the limit.
    fn check(&self, value: &Value, span: Span) -> Result<(), Fault> {
        match value {
            Value::Array(array) => match array.error() {
                Some(error) => Err(deferred(&error, span)),
                None if array.size() > self.max_elements => Err(Fault::new(
                    span,
                    format!(
                        "an array of {} elements; the limit is {}",
                        array.size(),
                        self.max_elements
                    ),
                )),
                None => Ok(()),
            },
            Value::Sequence(sequence) => {
                // Items of nested sequences were checked when those were made.
                sequence.items.iter().try_for_each(|item| match item {
                    Value::Array(_) => self.check(item, span),
                    _ => Ok(()),
                })
            }
            _ => Ok(()),
        }
    }

    fn name(&self, name: Name) -> Evaluated {
        let text = name.span.of(self.source);
        let bound = self.names.get(text).filter(|_| !name.qualified);
        bound.cloned().or_else(|| names::lookup(text)).ok_or_else(|| self.unknown(name, "name"))
    }

    fn unknown(&self, name: Name, what: &str) -> Fault {
        let text = name.span.of(self.source);
        let is_value = what == "name" && !name.qualified;
        let instead = advice::instead_of(text).filter(|_| !is_value);
        let instead = instead.map(|text| format!("write `{text}`"));
        if functions::comes_later(text) {
            let fault = Fault::new(name.span, format!("`{text}` comes with a later version"));
            return fault.maybe_help(instead);
        }
        let help = match text {
            "np" | "numpy" | "jn" => Some(format!("write `{text}.` before a function's name")),
            "print" => Some("leave it out: the last expression is the result".to_string()),
            _ => instead.or_else(|| names::did_you_mean(text, self.known_names())).or_else(|| {
                is_value.then(|| format!("give `{text}` a value before: assign one, or bind it"))
            }),
        };
        Fault::new(name.span, format!("unknown {what} `{text}`")).maybe_help(help)
    }

    fn known_names(&self) -> impl Iterator<Item = &str> {
        let known = names::known().map(|name| -> &str { name });
        self.names.keys().map(|name| -> &str { name }).chain(known)
    }

    fn binary(&mut self, op: BinaryOp, left: NodeId, right: NodeId, span: Span) -> Evaluated {
        let (x, x_span) = self.take_with_span(left);
        let (y, y_span) = self.take_with_span(right);
        operators::binary(op, (&x, x_span), (&y, y_span), span, self.max_items)
    }

    /// The array with other elements where the index picks them.
    fn set_item(
        &mut self,
        object: NodeId,
        index: NodeId,
        op: Option<BinaryOp>,
        value: NodeId,
        span: Span,
    ) -> Evaluated {
        let (object, object_span) = self.take_with_span(object);
        let (index, index_span) = self.take_with_span(index);
        let (value, value_span) = self.take_with_span(value);
        let Value::Array(array) = &object else {
            let message = format!("no item of '{}' can be set", object.type_name());
            return Err(Fault::new(object_span, message));
        };
        let place = indices(&index, index_span)?;
        let value = match op {
            Some(op) => {
                let old = array.slice(&place);
                let value = (&value, value_span);
                let old_value = Value::Array(old.clone());
                self.check(&old_value, span)?;
                let object = (&old_value, object_span);
                let new = operators::binary(op, object, value, span, self.max_items)?;
                // To NumPy a single element is a number, which any assignment converts.
                let is_element = place.len() == array.ndim()
                    && place.iter().all(|index| matches!(index, Index::At(_)));
                if !is_element {
                    fits_in_place(op, &new, &old, span)?;
                }
                new
            }
            None => value,
        };
        Ok(Value::Array(array.set(place, value.to_operand(value_span)?)))
    }

    fn sequence(&mut self, kind: SequenceKind, items: &[NodeId], span: Span) -> Evaluated {
        let items = items.iter().map(|item| self.take(*item)).collect();
        Sequence::value(kind, items, self.max_items).map_err(|message| Fault::new(span, message))
    }

    fn attribute(&self, object: &Value, name: Span) -> Evaluated {
        let text = name.of(self.source);
        if let Value::Random(random) = object
            && let Some(value) = random.attribute(text)
        {
            return Ok(value);
        }
        let Value::Array(array) = object else {
            let message = format!("'{}' has no attribute `{text}`", object.type_name());
            return Err(Fault::new(name, message));
        };
        Ok(match text {
            "T" => Value::Array(array.t()),
            "mT" => Value::Array(array.swapaxes(-1, -2)),
            "shape" => Value::tuple(
                array.shape().iter().map(|extent| Value::int(*extent as i64)).collect(),
            ),
            "ndim" => Value::int(array.ndim() as i64),
            "size" => Value::int(array.size() as i64),
            "nbytes" => Value::int(array.nbytes() as i64),
            "itemsize" => Value::int(array.dtype().size() as i64),
            "dtype" => Value::DType(array.dtype()),
            "real" => Value::Array(array.real()),
            "imag" => Value::Array(array.imag()),
            _ => return Err(no_attribute(text, name)),
        })
    }

    fn call(&mut self, callee: Callee, arguments: &'a [Argument], span: Span) -> Evaluated {
        let mut given = Vec::with_capacity(arguments.len() + 1);
        let function = match callee {
            Callee::Function(name) => self.callable(name)?,
            Callee::Method(object, name) => {
                let object = self.take_with_span(object);
                if let Value::Random(random) = &object.0 {
                    return self.random(random, name, arguments, span);
                }
                let function = self.method(&object.0, name)?;
                given.push(Given { keyword: None, value: object.0, span: object.1 });
                Callable::Function(function)
            }
        };
        given.extend(arguments.iter().map(|argument| self.given(argument)));
        match function {
            Callable::Function(function) => function.call(given, span),
            Callable::Python(name) => operators::python_function(name, given, span),
            Callable::DType(dtype) => operators::convert(dtype, given, span),
            Callable::PythonType(dtype) => operators::convert_python(dtype, given, span),
            Callable::Random(random, name) => {
                let at = At { span, max_elements: self.max_elements };
                random.call(name, self.source, given, at)
            }
        }
    }

    fn given(&mut self, argument: &Argument) -> Given<'a> {
        let (value, span) = self.take_with_span(argument.value);
        let keyword = argument.keyword.map(|name| (name.of(self.source), name));
        Given { keyword, value, span }
    }

    /// A method of a generator, or a function of the module `random`.
    fn random(
        &mut self,
        random: &Random,
        name: Span,
        arguments: &'a [Argument],
        span: Span,
    ) -> Evaluated {
        let given = arguments.iter().map(|argument| self.given(argument)).collect();
        let at = At { span, max_elements: self.max_elements };
        let value = random.call(name, self.source, given, at)?;
        if name.of(self.source) != "shuffle" {
            return Ok(value);
        }
        // What NumPy does to the array is done to the name that stands for it.
        let nodes = self.nodes;
        let shuffled = arguments.first().map(|argument| &nodes[argument.value.0].expr);
        let Some(Expr::Name(shuffled)) = shuffled else {
            let fault = Fault::new(span, "`shuffle` changes an array that a name stands for");
            return Err(fault.help("write `permutation(x)` for a shuffled copy"));
        };
        self.check(&value, span)?;
        self.names.insert(shuffled.span.of(self.source), value);
        Ok(Value::None)
    }

    /// What a name in front of `(` calls. Python's own functions are meant by names without
    /// `np.` where NumPy has one of the same name.
    fn callable(&self, name: Name) -> Result<Callable, Fault> {
        let text = name.span.of(self.source);
        let bound = self.names.get(text).filter(|_| !name.qualified);
        match bound.cloned().or_else(|| names::lookup(text)) {
            Some(Value::Function(function)) => Ok(match operators::python_name(text) {
                Some(python) if !name.qualified && bound.is_none() => Callable::Python(python),
                _ => Callable::Function(function),
            }),
            Some(Value::DType(dtype)) => {
                let python = !name.qualified && matches!(text, "int" | "float" | "bool");
                Ok(if python { Callable::PythonType(dtype) } else { Callable::DType(dtype) })
            }
            Some(Value::Random(random @ Random::DefaultRng)) if !name.qualified => {
                Ok(Callable::Random(random, name.span))
            }
            Some(value) => {
                let message = format!("`{text}` is no function but '{}'", value.type_name());
                let help = format!("an element is written `{text}[...]`, a product `{text} * ...`");
                Err(Fault::new(name.span, message).help(help))
            }
            None => Err(self.unknown(name, "function")),
        }
    }

    fn method(&self, object: &Value, name: Span) -> Result<Function, Fault> {
        let text = name.of(self.source);
        match object {
            Value::Array(_) => Function::method(text).ok_or_else(|| no_attribute(text, name)),
            _ => {
                let message = format!("'{}' has no method `{text}`", object.type_name());
                let function = Function::method(text).and_then(|_| Function::lookup(text));
                let help = function.map(|_| format!("write `{text}(x)`"));
                Err(Fault::new(name, message).maybe_help(help))
            }
        }
    }

    /// Binds names; the recursion is as deep as the parser let targets nest.
    fn assign(&mut self, target: &'a Target, value: &Value) -> Result<(), Fault> {
        match target {
            Target::Name(span) => {
                self.names.insert(span.of(self.source), value.clone());
                Ok(())
            }
            Target::Tuple(targets, span) => {
                let items = unpack(value, targets.len(), *span)?;
                targets.iter().zip(&items).try_for_each(|(target, item)| self.assign(target, item))
            }
        }
    }
}

/// Whether what an operator makes of elements goes back in their place, as it is and without a loss
/// that nobody has asked for.
fn fits_in_place(op: BinaryOp, new: &Value, old: &Array, span: Span) -> Result<(), Fault> {
    let Value::Array(new) = new else { return Ok(()) };
    if new.is_failed() {
        return Ok(());
    }
    if new.shape() != old.shape() {
        let (new, old) = (new.full_shape(), old.full_shape());
        let message = format!("elements of shape {old} cannot become an array of shape {new}");
        return Err(Fault::new(span, message));
    }
    let (from, to, op) = (new.dtype(), old.dtype(), op.text());
    if from.casts_within_kind(to) {
        return Ok(());
    }
    let message = format!(
        "Cannot cast the result of `{op}` from dtype('{from}') to dtype('{to}') according to the \
         rule 'same_kind'"
    );
    let help = format!("write `x[...] = (x[...] {op} ...).astype({to})` if that is meant");
    Err(Fault::new(span, message).help(help))
}

enum Callable {
    Function(Function),
    /// A function of Python's that stays weak for numbers.
    Python(Function),
    DType(DType),
    PythonType(DType),
    Random(Random, Span),
}

fn no_attribute(text: &str, name: Span) -> Fault {
    if ATTRIBUTES.contains(&text) {
        let fault = Fault::new(name, format!("`{text}` is no method"));
        return fault.help(format!("write `.{text}` without parentheses"));
    }
    if Function::method(text).is_some() {
        let fault = Fault::new(name, format!("`{text}` is a method"));
        return fault.help(format!("call it: `.{text}()`"));
    }
    if Function::lookup(text).is_none() && functions::member_comes_later(text) {
        let message = format!("`.{text}` comes with a later version");
        return Fault::new(name, message);
    }
    let known = functions::method_names().chain(ATTRIBUTES);
    let help = match Function::lookup(text) {
        Some(_) => Some(format!("write `{text}(x)`: it is a function")),
        None if functions::comes_later(text) => {
            Some(format!("the function `{text}(x)` comes with a later version"))
        }
        None => names::did_you_mean(text, known),
    };
    Fault::new(name, format!("arrays have no attribute `{text}`")).maybe_help(help)
}

/// The fault of an array that remembers an error.
fn deferred(error: &Error, span: Span) -> Fault {
    // The one limit that holds while nothing is computed.
    let is_budget = error.kind() == ErrorKind::Memory;
    let help = "work on whole arrays rather than on their rows or elements, or raise \
                `Limits::max_operations`";
    Fault::new(span, error.message()).maybe_help(is_budget.then_some(help))
}

/// The `n` items that a value is unpacked to.
fn unpack(value: &Value, n: usize, span: Span) -> Result<Vec<Value>, Fault> {
    let items: Vec<Value> = match value {
        Value::Sequence(sequence) => sequence.items.clone(),
        Value::Array(array) if array.ndim() > 0 && array.shape()[0] == n => {
            (0..n).map(|row| Value::Array(array.slice([Index::At(row as isize)]))).collect()
        }
        Value::Array(array) if array.ndim() > 0 => {
            let message = format!("cannot unpack {} rows to {n} names", array.shape()[0]);
            return Err(Fault::new(span, message));
        }
        _ => return Err(Fault::new(span, format!("cannot unpack '{}'", value.type_name()))),
    };
    if items.len() != n {
        let message = format!("cannot unpack {} values to {n} names", items.len());
        return Err(Fault::new(span, message));
    }
    Ok(items)
}
