//! The arguments of a call, matched with parameters as Python does.

use super::ast::Span;
use super::error::Fault;
use super::names;
use super::value::{MAX_AXES, Value};
use crate::functions::parameters::{Declared, Parameter};
use crate::{Array, DType, Index, Operand};
use smallvec::SmallVec;

/// An argument as it was written.
pub(crate) struct Given<'a> {
    pub keyword: Option<(&'a str, Span)>,
    pub value: Value,
    pub span: Span,
}

/// The arguments of one call, in the order of the parameters. A function takes them one by
/// one; each method takes the next one, or its default.
pub(crate) struct Arguments<'a> {
    function: &'a str,
    /// The whole call.
    pub span: Span,
    slots: smallvec::IntoIter<[Slot; 6]>,
}

struct Slot {
    name: &'static str,
    given: Option<(Value, Span)>,
    /// Whether `None` is the default: elsewhere it is a value, and mostly a mistake.
    none_is_default: bool,
}

/// Reads a signature as Python writes it: `a, axis=None, *, keepdims=False` or `*arrays`.
fn parameters(signature: &'static str) -> Vec<Declared> {
    let mut keyword_only = false;
    let mut parameters = Vec::new();
    for item in signature.split(", ").filter(|item| !item.is_empty()) {
        if item == "*" {
            keyword_only = true;
            continue;
        }
        let variadic = item.starts_with('*');
        let (name, default) = match item.split_once('=') {
            Some((name, default)) => (name, Some(default.to_owned())),
            None => (item, None),
        };
        let name = name.trim_start_matches('*');
        parameters.push(Declared { name, default, keyword_only, variadic });
        keyword_only |= variadic;
    }
    parameters
}

/// Matches arguments with the parameters of a signature that is a text.
pub(crate) fn bind<'a>(
    function: &'a str,
    signature: &'static str,
    given: Vec<Given<'_>>,
    span: Span,
) -> Result<Arguments<'a>, Fault> {
    let parameters = parameters(signature);
    let variadic = parameters.iter().position(|parameter| parameter.variadic);
    bind_to(function, &parameters, variadic, &|| signature.to_owned(), given, span)
}

/// Matches arguments with parameters, of which one may take all arguments from its place on;
/// `signature` prints them.
pub(crate) fn bind_to<'a>(
    function: &'a str,
    parameters: &[Declared],
    variadic: Option<usize>,
    signature: &dyn Fn() -> String,
    given: Vec<Given<'_>>,
    span: Span,
) -> Result<Arguments<'a>, Fault> {
    let slot = |parameter: &Declared| Slot {
        name: parameter.name,
        given: None,
        none_is_default: parameter.default.as_deref() == Some("None"),
    };
    let call = Call { function, parameters, variadic, signature, span };
    let mut slots: SmallVec<[Slot; 6]> = parameters.iter().map(slot).collect();
    call.check_number(&given)?;
    call.fill(&mut slots, given)?;
    call.check_missing(&slots)?;
    Ok(Arguments { function, span, slots: slots.into_iter() })
}

/// What arguments are matched with.
struct Call<'a> {
    function: &'a str,
    parameters: &'a [Declared],
    variadic: Option<usize>,
    signature: &'a dyn Fn() -> String,
    span: Span,
}

impl Call<'_> {
    fn help(&self) -> String {
        format!("{}({})", self.function, (self.signature)())
    }

    fn is_required(&self, place: usize) -> bool {
        self.parameters[place].default.is_none() && self.variadic != Some(place)
    }

    /// Refuses more arguments without keywords than there are parameters for.
    fn check_number(&self, given: &[Given<'_>]) -> Result<(), Fault> {
        let n_given = given.iter().filter(|argument| argument.keyword.is_none()).count();
        let n_positional = self.parameters.iter().filter(|p| !p.keyword_only).count();
        if self.variadic.is_some() || n_given <= n_positional {
            return Ok(());
        }
        let n_required = (0..self.parameters.len()).filter(|at| self.is_required(*at)).count();
        let message = too_many(self.function, n_required, n_positional, n_given);
        Err(Fault::new(self.span, message).help(self.help()))
    }

    /// Puts each argument into the slot of its parameter.
    fn fill(&self, slots: &mut [Slot], given: Vec<Given<'_>>) -> Result<(), Fault> {
        let mut rest = Vec::new();
        for (place, argument) in given.into_iter().enumerate() {
            match (argument.keyword, self.variadic) {
                (Some(keyword), _) => {
                    self.slot(slots, keyword)?.given = Some((argument.value, argument.span));
                }
                (None, Some(first)) if place >= first => rest.push(argument.value),
                (None, _) => slots[place].given = Some((argument.value, argument.span)),
            }
        }
        let Some(first) = self.variadic else { return Ok(()) };
        // `x.reshape((2, 3))` is `x.reshape(2, 3)`, but `meshgrid((2, 3))` is of one list.
        if rest.len() == 1 && !self.parameters[first].variadic {
            slots[first].given = rest.pop().map(|value| (value, self.span));
            return Ok(());
        }
        if !rest.is_empty() || self.parameters[first].default.is_none() {
            slots[first].given.get_or_insert((Value::tuple(rest), self.span));
        }
        Ok(())
    }

    /// The slot that a keyword names.
    fn slot<'s>(
        &self,
        slots: &'s mut [Slot],
        (keyword, span): (&str, Span),
    ) -> Result<&'s mut Slot, Fault> {
        let function = self.function;
        let Some(slot) = slots.iter_mut().find(|slot| slot.name == keyword) else {
            let message = format!("{function}() got an unexpected keyword argument '{keyword}'");
            let known = self.parameters.iter().map(|p| p.name);
            let help = names::parameter_meant(keyword, known).unwrap_or_else(|| self.help());
            return Err(Fault::new(span, message).help(help));
        };
        if slot.given.is_some() {
            let message = format!("{function}() got multiple values for argument '{keyword}'");
            return Err(Fault::new(span, message));
        }
        Ok(slot)
    }

    fn check_missing(&self, slots: &[Slot]) -> Result<(), Fault> {
        let absent = |place: &usize| self.is_required(*place) && slots[*place].given.is_none();
        let name = |place: usize| format!("'{}'", self.parameters[place].name);
        let missing: Vec<String> = (0..slots.len()).filter(absent).map(name).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let (n, s) = (missing.len(), if missing.len() == 1 { "" } else { "s" });
        let missing = missing.join(" and ");
        let message = format!("{}() missing {n} required argument{s}: {missing}", self.function);
        Err(Fault::new(self.span, message).help(self.help()))
    }
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

    /// The next argument if there is one, `None` included.
    pub fn next_given(&mut self) -> Option<(Value, Span)> {
        self.slot().given
    }

    /// The next argument as what its parameter should be, unless it is absent or says so.
    pub fn given<T: Parameter>(&mut self, none_is_default: bool) -> Result<Option<T>, Fault> {
        let given = self.slot().given;
        let present = given.filter(|(value, _)| !T::is_absent(value, none_is_default));
        present.map(|(value, span)| T::from_value(value, span)).transpose()
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

    pub fn int(&mut self) -> Result<isize, Fault> {
        let (value, span) = self.value()?;
        value.to_isize(span)
    }

    pub fn int_or(&mut self, default: isize) -> Result<isize, Fault> {
        self.next().map_or(Ok(default), |(value, span)| value.to_isize(span))
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

    /// A truth value of Python's, which `None` has.
    pub fn flag_or(&mut self, default: bool) -> Result<bool, Fault> {
        match self.next() {
            None => Ok(default),
            Some((Value::None, _)) => Ok(false),
            Some((value, span)) => to_flag(&value, span),
        }
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

/// The items of a tuple or list, or the slices of an array along its first axis.
pub(crate) fn items(value: &Value, span: Span) -> Result<Vec<Value>, Fault> {
    match value {
        Value::Sequence(sequence) => Ok(sequence.items.clone()),
        Value::Array(array) if array.ndim() > 0 => {
            Ok(rows(array, span)?.into_iter().map(Value::Array).collect())
        }
        _ => Err(value.is_not("a list of arrays", span)),
    }
}

/// The most slices that an array given for a list of arrays is taken apart to.
const MAX_ROWS: usize = 1 << 12;

/// The slices of an array along its first axis, where a list of arrays is expected.
pub(crate) fn rows(array: &Array, span: Span) -> Result<Vec<Array>, Fault> {
    let n_rows = array.shape()[0];
    if n_rows > MAX_ROWS {
        let message = format!("an array of {n_rows} rows as a list; the limit is {MAX_ROWS}");
        return Err(Fault::new(span, message));
    }
    Ok((0..n_rows as isize).map(|row| array.slice([Index::At(row)])).collect())
}

/// Refuses more axes than arrays have, before as many arrays of as many axes are made.
pub(crate) fn check_axes(n_axes: usize, span: Span) -> Result<(), Fault> {
    if n_axes <= MAX_AXES {
        return Ok(());
    }
    Err(Fault::new(span, format!("{n_axes} axes; the limit is {MAX_AXES}")))
}

/// Extents, of which none may be negative.
pub(crate) fn extents(value: &Value, span: Span) -> Result<Vec<usize>, Fault> {
    value.to_isizes(span)?.into_iter().map(|extent| to_count(extent, span)).collect()
}

pub(crate) fn to_flag(value: &Value, span: Span) -> Result<bool, Fault> {
    match value {
        Value::Number(number) => Ok(number.to_float() != 0.0),
        _ => Err(value.is_not("True or False", span)),
    }
}

pub(crate) fn to_count(value: isize, span: Span) -> Result<usize, Fault> {
    usize::try_from(value).map_err(|_| {
        Fault::new(span, format!("{value} is negative: expected a number of elements"))
    })
}

/// A dtype, or the name of one.
pub(crate) fn to_dtype(value: &Value, span: Span) -> Result<DType, Fault> {
    match value {
        Value::DType(dtype) => Ok(*dtype),
        Value::Str(name) => names::dtype(name).ok_or_else(|| {
            Fault::new(span, format!("there is no dtype '{name}'"))
                .maybe_help(names::did_you_mean(name, names::dtypes()))
        }),
        _ => Err(value.is_not("a dtype", span)),
    }
}
