//! The arguments of a call, matched with parameters as Python does.

use super::ast::Span;
use super::error::Fault;
use super::names;
use super::python::Number;
use super::value::{MAX_AXES, Value};
use crate::reduce::Axes;
use crate::{Array, DType, Index, Operand};

/// An argument as it was written.
pub(super) struct Given<'a> {
    pub keyword: Option<(&'a str, Span)>,
    pub value: Value,
    pub span: Span,
}

/// The arguments of one call, in the order of the parameters. A function takes them one by
/// one; each method takes the next one, or its default.
pub(super) struct Arguments<'a> {
    function: &'a str,
    /// The whole call.
    pub span: Span,
    slots: std::vec::IntoIter<Slot>,
}

struct Slot {
    name: &'static str,
    given: Option<(Value, Span)>,
    /// Whether `None` is the default: elsewhere it is a value, and mostly a mistake.
    none_is_default: bool,
}

/// One parameter of a signature.
struct Parameter {
    name: &'static str,
    required: bool,
    keyword_only: bool,
    variadic: bool,
    none_is_default: bool,
}

/// Reads a signature as Python writes it: `a, axis=None, *, keepdims=False` or `*arrays`.
fn parameters(signature: &'static str) -> Vec<Parameter> {
    let mut keyword_only = false;
    let mut parameters = Vec::new();
    for item in signature.split(", ").filter(|item| !item.is_empty()) {
        if item == "*" {
            keyword_only = true;
            continue;
        }
        let variadic = item.starts_with('*');
        let (name, default) = item.split_once('=').unwrap_or((item, ""));
        let required = default.is_empty() && !variadic;
        let name = name.trim_start_matches('*');
        let none_is_default = default == "None";
        parameters.push(Parameter { name, required, keyword_only, variadic, none_is_default });
        keyword_only |= variadic;
    }
    parameters
}

/// Matches arguments with the parameters of a signature.
pub(super) fn bind<'a>(
    function: &'a str,
    signature: &'static str,
    given: Vec<Given<'_>>,
    span: Span,
) -> Result<Arguments<'a>, Fault> {
    let parameters = parameters(signature);
    let slot =
        |p: &Parameter| Slot { name: p.name, given: None, none_is_default: p.none_is_default };
    let mut slots: Vec<Slot> = parameters.iter().map(slot).collect();
    let n_positional = parameters.iter().filter(|p| !p.keyword_only).count();
    let n_given = given.iter().filter(|argument| argument.keyword.is_none()).count();
    let variadic = parameters.iter().position(|p| p.variadic);
    if variadic.is_none() && n_given > n_positional {
        let n_required = parameters.iter().filter(|p| p.required).count();
        let message = too_many(function, n_required, n_positional, n_given);
        return Err(Fault::new(span, message).help(format!("{function}({signature})")));
    }
    let mut rest = Vec::new();
    for (place, argument) in given.into_iter().enumerate() {
        let Some((keyword, keyword_span)) = argument.keyword else {
            match variadic {
                Some(first) if place >= first => rest.push(argument.value),
                _ => slots[place].given = Some((argument.value, argument.span)),
            }
            continue;
        };
        let Some(slot) = slots.iter_mut().find(|slot| slot.name == keyword) else {
            let message = format!("{function}() got an unexpected keyword argument '{keyword}'");
            let known = parameters.iter().map(|p| p.name);
            let help = names::parameter_meant(keyword, known);
            let help = help.unwrap_or_else(|| format!("{function}({signature})"));
            return Err(Fault::new(keyword_span, message).help(help));
        };
        if slot.given.is_some() {
            let message = format!("{function}() got multiple values for argument '{keyword}'");
            return Err(Fault::new(keyword_span, message));
        }
        slot.given = Some((argument.value, argument.span));
    }
    if let Some(first) = variadic {
        slots[first].given = Some((Value::tuple(rest), span));
    }
    let missing: Vec<String> = parameters
        .iter()
        .zip(&slots)
        .filter(|(parameter, slot)| parameter.required && slot.given.is_none())
        .map(|(parameter, _)| format!("'{}'", parameter.name))
        .collect();
    if !missing.is_empty() {
        let (n, s) = (missing.len(), if missing.len() == 1 { "" } else { "s" });
        let missing = missing.join(" and ");
        let message = format!("{function}() missing {n} required argument{s}: {missing}");
        return Err(Fault::new(span, message).help(format!("{function}({signature})")));
    }
    Ok(Arguments { function, span, slots: slots.into_iter() })
}

fn too_many(function: &str, n_required: usize, n_positional: usize, n_given: usize) -> String {
    let takes = if n_required == n_positional {
        n_positional.to_string()
    } else {
        format!("from {n_required} to {n_positional}")
    };
    let s = if n_positional == 1 { "" } else { "s" };
    let were = if n_given == 1 { "was" } else { "were" };
    format!("{function}() takes {takes} positional argument{s} but {n_given} {were} given")
}

impl Arguments<'_> {
    /// The next parameter. Past the last one it counts as absent, which the caller reports.
    fn slot(&mut self) -> Slot {
        let slot = self.slots.next();
        debug_assert!(slot.is_some(), "{} takes more than its signature has", self.function);
        slot.unwrap_or(Slot { name: "argument", given: None, none_is_default: true })
    }

    /// The next argument, or `None` if it is absent, or Python's `None` as the default.
    fn next(&mut self) -> Option<(Value, Span)> {
        let Slot { given, none_is_default, .. } = self.slot();
        given.filter(|(value, _)| !none_is_default || !matches!(value, Value::None))
    }

    /// The next argument, which is required.
    pub fn value(&mut self) -> Result<(Value, Span), Fault> {
        let slot = self.slot();
        slot.given.ok_or_else(|| Fault::new(self.span, format!("'{}' is missing", slot.name)))
    }

    pub fn array(&mut self) -> Result<Array, Fault> {
        let (value, span) = self.value()?;
        value.to_array(span)
    }

    pub fn operand(&mut self) -> Result<Operand, Fault> {
        let (value, span) = self.value()?;
        value.to_operand(span)
    }

    pub fn optional_operand(&mut self) -> Result<Option<Operand>, Fault> {
        self.next().map(|(value, span)| value.to_operand(span)).transpose()
    }

    /// An operand, whose absence is told from `None`.
    pub fn present_operand(&mut self) -> Result<Option<Option<Operand>>, Fault> {
        let Some((value, span)) = self.slot().given else { return Ok(None) };
        match value {
            Value::None => Ok(Some(None)),
            _ => value.to_operand(span).map(|operand| Some(Some(operand))),
        }
    }

    /// The items of a tuple or list, or the slices of an array along its first axis.
    pub fn items(&mut self) -> Result<(Vec<Value>, Span), Fault> {
        let (value, span) = self.value()?;
        let items = match value {
            Value::Sequence(sequence) => sequence.items.clone(),
            Value::Array(array) if array.ndim() > 0 => {
                rows(&array, span)?.into_iter().map(Value::Array).collect()
            }
            _ => return Err(value.is_not("a list of arrays", span)),
        };
        Ok((items, span))
    }

    /// [`Arguments::items`], each as an array.
    pub fn arrays(&mut self) -> Result<Vec<Array>, Fault> {
        let (items, span) = self.items()?;
        items.iter().map(|item| item.to_array(span)).collect()
    }

    pub fn int(&mut self) -> Result<isize, Fault> {
        let (value, span) = self.value()?;
        value.to_isize(span)
    }

    pub fn int_or(&mut self, default: isize) -> Result<isize, Fault> {
        self.next().map_or(Ok(default), |(value, span)| value.to_isize(span))
    }

    /// An axis, where an explicit `None` means something else than the default.
    pub fn axis_or(&mut self, default: isize) -> Result<Option<isize>, Fault> {
        match self.slot().given {
            None => Ok(Some(default)),
            Some((Value::None, _)) => Ok(None),
            Some((value, span)) => value.to_isize(span).map(Some),
        }
    }

    /// A number of elements, which must not be negative.
    pub fn count_or(&mut self, default: usize) -> Result<usize, Fault> {
        let Some((value, span)) = self.next() else { return Ok(default) };
        to_count(value.to_isize(span)?, span)
    }

    pub fn count(&mut self) -> Result<usize, Fault> {
        let (value, span) = self.value()?;
        to_count(value.to_isize(span)?, span)
    }

    pub fn float(&mut self) -> Result<f64, Fault> {
        let (value, span) = self.value()?;
        value.to_number(span).map(Number::to_float)
    }

    pub fn float_or(&mut self, default: f64) -> Result<f64, Fault> {
        self.optional_float().map(|float| float.unwrap_or(default))
    }

    pub fn optional_float(&mut self) -> Result<Option<f64>, Fault> {
        let number = self.next().map(|(value, span)| value.to_number(span)).transpose()?;
        Ok(number.map(Number::to_float))
    }

    /// A weak number, for which a 0-d array is evaluated.
    pub fn optional_number(&mut self) -> Result<Option<Operand>, Fault> {
        let number = self.next().map(|(value, span)| value.to_number(span)).transpose()?;
        Ok(number.map(Number::operand))
    }

    /// A truth value of Python's, which `None` has.
    pub fn flag_or(&mut self, default: bool) -> Result<bool, Fault> {
        match self.next() {
            None => Ok(default),
            Some((Value::None, _)) => Ok(false),
            Some((value, span)) => to_flag(&value, span),
        }
    }

    /// Whether a reduction keeps its axes: an integer to NumPy, which `None` is not.
    pub fn keepdims(&mut self) -> Result<bool, Fault> {
        self.next().map_or(Ok(false), |(value, span)| to_flag(&value, span))
    }

    /// An axis or a tuple of axes; all if absent.
    pub fn axes(&mut self) -> Result<Axes, Fault> {
        Ok(match self.next() {
            None => Axes::All,
            Some((list @ Value::Sequence(_), span)) => Axes::Each(list.to_isizes(span)?),
            Some((value, span)) => Axes::One(value.to_isize(span)?),
        })
    }

    pub fn required_axes(&mut self) -> Result<Vec<isize>, Fault> {
        let (value, span) = self.value()?;
        value.to_isizes(span)
    }

    /// Extents, of which none may be negative.
    pub fn shape(&mut self) -> Result<Vec<usize>, Fault> {
        let (value, span) = self.value()?;
        extents(&value, span)
    }

    /// Extents, or none.
    pub fn optional_shape(&mut self) -> Result<Option<Vec<usize>>, Fault> {
        self.next().map(|(value, span)| extents(&value, span)).transpose()
    }

    pub fn optional_int(&mut self) -> Result<Option<isize>, Fault> {
        self.next().map(|(value, span)| value.to_isize(span)).transpose()
    }

    /// The next argument if there is one.
    pub fn optional_value(&mut self) -> Option<(Value, Span)> {
        self.next()
    }

    /// The next argument, which stays the next one.
    pub fn peek(&self) -> Option<&(Value, Span)> {
        self.slots.as_slice().first()?.given.as_ref()
    }

    /// A dtype; `None` is the default of any function.
    pub fn dtype(&mut self) -> Result<Option<DType>, Fault> {
        let given = self.slot().given.filter(|(value, _)| !matches!(value, Value::None));
        given.map(|(value, span)| to_dtype(&value, span)).transpose()
    }

    /// The order of elements, of which there is one.
    pub fn order(&mut self) -> Result<(), Fault> {
        let Some((value, span)) = self.slot().given else { return Ok(()) };
        match &value {
            Value::None => Ok(()),
            Value::Str(order) if matches!(&**order, "C" | "c") => Ok(()),
            _ => Err(Fault::new(span, format!("{}() takes 'C' here", self.function))),
        }
    }

    /// One of several words; the first if absent.
    pub fn word(&mut self, words: &'static [&'static str]) -> Result<&'static str, Fault> {
        let Some((value, span)) = self.next() else { return Ok(words[0]) };
        let found = match &value {
            Value::Str(text) => words.iter().find(|word| **word == &**text),
            _ => None,
        };
        found.copied().ok_or_else(|| {
            let words: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
            Fault::new(span, format!("{}() takes {} here", self.function, words.join(" or ")))
        })
    }

    /// What was given for a variadic parameter such as `*shape`: several values, or one
    /// tuple or list of them.
    pub fn rest(&mut self) -> Result<Value, Fault> {
        let (value, _) = self.value()?;
        match &value {
            Value::Sequence(rest) => match &rest.items[..] {
                [inner @ Value::Sequence(_)] => Ok(inner.clone()),
                _ => Ok(value),
            },
            _ => Ok(value),
        }
    }
}

/// The most slices that an array given for a list of arrays is taken apart to.
const MAX_ROWS: usize = 1 << 12;

/// The slices of an array along its first axis, where a list of arrays is expected.
pub(super) fn rows(array: &Array, span: Span) -> Result<Vec<Array>, Fault> {
    let n_rows = array.shape()[0];
    if n_rows > MAX_ROWS {
        let message = format!("an array of {n_rows} rows as a list; the limit is {MAX_ROWS}");
        return Err(Fault::new(span, message));
    }
    Ok((0..n_rows as isize).map(|row| array.slice([Index::At(row)])).collect())
}

/// Refuses more axes than arrays have, before as many arrays of as many axes are made.
pub(super) fn check_axes(n_axes: usize, span: Span) -> Result<(), Fault> {
    if n_axes <= MAX_AXES {
        return Ok(());
    }
    Err(Fault::new(span, format!("{n_axes} axes; the limit is {MAX_AXES}")))
}

/// Extents, of which none may be negative.
pub(super) fn extents(value: &Value, span: Span) -> Result<Vec<usize>, Fault> {
    value.to_isizes(span)?.into_iter().map(|extent| to_count(extent, span)).collect()
}

fn to_flag(value: &Value, span: Span) -> Result<bool, Fault> {
    match value {
        Value::Number(number) => Ok(number.to_float() != 0.0),
        _ => Err(value.is_not("True or False", span)),
    }
}

fn to_count(value: isize, span: Span) -> Result<usize, Fault> {
    usize::try_from(value).map_err(|_| {
        Fault::new(span, format!("{value} is negative: expected a number of elements"))
    })
}

/// A dtype, or the name of one.
pub(super) fn to_dtype(value: &Value, span: Span) -> Result<DType, Fault> {
    match value {
        Value::DType(dtype) => Ok(*dtype),
        Value::Str(name) => names::dtype(name).ok_or_else(|| {
            Fault::new(span, format!("there is no dtype '{name}'"))
                .maybe_help(names::did_you_mean(name, names::dtypes()))
        }),
        _ => Err(value.is_not("a dtype", span)),
    }
}
