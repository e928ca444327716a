//! What a row says when the program runs, and how it is found by name.

use super::parameters::Declared;
use crate::formula::args::{Arguments, Given, bind_to};
use crate::formula::{Fault, Span, Value};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

/// A function of NumPy.
pub(crate) struct Row {
    /// NumPy's name.
    pub name: &'static str,
    /// NumPy's other names.
    pub aliases: &'static [&'static str],
    pub kind: Kind,
    /// The lines of its documentation.
    pub doc: &'static [&'static str],
    /// How Rust calls it.
    pub rust: &'static [&'static str],
    pub parameters: Vec<Declared>,
    /// Takes the arguments and computes.
    pub run: fn(&mut Arguments<'_>) -> Result<Value, Fault>,
}

/// Where NumPy has the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types, reason = "these are the words that rows begin with")]
pub(crate) enum Kind {
    /// A function.
    function,
    /// A function and a method.
    method,
    /// The same, whose method takes its second parameter as several arguments as well.
    spread,
    /// A function that is no method in Rust either.
    alone,
    /// A method.
    only_method,
}

impl Kind {
    pub fn is_function(self) -> bool {
        match self {
            Kind::function | Kind::method | Kind::spread | Kind::alone => true,
            Kind::only_method => false,
        }
    }

    pub fn is_method(self) -> bool {
        match self {
            Kind::method | Kind::spread | Kind::only_method => true,
            Kind::function | Kind::alone => false,
        }
    }
}

impl Row {
    /// The parameters of the function, or those of the method.
    pub fn signature(&self, as_method: bool) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut keyword_only = false;
        for (place, parameter) in self.parameters.iter().enumerate() {
            if parameter.keyword_only && !keyword_only {
                parts.push("*".to_owned());
            }
            let star = self.takes_several(place, as_method);
            keyword_only |= parameter.keyword_only || star;
            parts.push(match &parameter.default {
                _ if as_method && place == 0 => "self".to_owned(),
                _ if star => format!("*{}", parameter.name),
                Some(default) => format!("{}={default}", parameter.name),
                None => parameter.name.to_owned(),
            });
        }
        parts.join(", ")
    }

    fn takes_several(&self, place: usize, as_method: bool) -> bool {
        self.parameters[place].variadic || as_method && self.kind == Kind::spread && place == 1
    }
}

/// A function or method under one of its names.
#[derive(Clone, Copy)]
pub(crate) struct Function {
    row: &'static Row,
    name: &'static str,
    as_method: bool,
}

/// All rows, with the places of their names.
struct Table {
    rows: Vec<Row>,
    /// The families, in the order of the documentation.
    families: Vec<(&'static str, Range<usize>)>,
    functions: HashMap<&'static str, usize>,
    methods: HashMap<&'static str, usize>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut rows: Vec<Row> = Vec::new();
    let mut families = Vec::new();
    for (title, family) in [
        ("Creation", super::creation::rows()),
        ("Elementwise", super::elementwise::rows()),
        ("Choices, rounding, parts of numbers", super::logic::rows()),
        ("Reductions", super::reductions::rows()),
        ("Views and joins", super::manipulation::rows()),
        ("Sorting", super::sorting::rows()),
        ("Products", super::products::rows()),
        ("Attributes", super::attributes::rows()),
    ] {
        let first = rows.len();
        rows.extend(family);
        families.push((title, first..rows.len()));
    }
    let named = |of: fn(Kind) -> bool| {
        let rows = rows.iter().enumerate().filter(move |(_, row)| of(row.kind));
        // NumPy's second names of functions are no methods.
        let aliased = move |row: &Row| of(Kind::function) || row.kind == Kind::only_method;
        let names = move |row: &Row| if aliased(row) { row.aliases } else { &[] };
        rows.flat_map(move |(place, row)| {
            let aliases = names(row).iter().copied();
            [row.name].into_iter().chain(aliases).map(move |name| (name, place))
        })
        .collect()
    };
    let (functions, methods) = (named(Kind::is_function), named(Kind::is_method));
    Table { rows, families, functions, methods }
});

impl Function {
    /// The function of a name.
    pub fn lookup(name: &str) -> Option<Function> {
        let (name, place) = TABLE.functions.get_key_value(name)?;
        Some(Function { row: &TABLE.rows[*place], name, as_method: false })
    }

    /// The method of arrays of a name.
    pub fn method(name: &str) -> Option<Function> {
        let (name, place) = TABLE.methods.get_key_value(name)?;
        Some(Function { row: &TABLE.rows[*place], name, as_method: true })
    }

    pub fn name(self) -> &'static str {
        self.name
    }

    /// The parameters as Python prints them.
    pub fn signature(self) -> String {
        self.row.signature(self.as_method)
    }

    /// Calls the function; `span` is that of the whole call.
    pub fn call(self, given: Vec<Given<'_>>, span: Span) -> Result<Value, Fault> {
        let variadic = (0..self.row.parameters.len())
            .find(|place| self.row.takes_several(*place, self.as_method));
        let signature = || self.signature();
        let mut arguments =
            bind_to(self.name, &self.row.parameters, variadic, &signature, given, span)?;
        (self.row.run)(&mut arguments)
    }
}

/// The name of every function.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.functions.keys().copied()
}

/// The name of every method of arrays.
pub(crate) fn method_names() -> impl Iterator<Item = &'static str> {
    TABLE.methods.keys().copied()
}

/// The rows of each family.
pub(crate) fn families() -> impl Iterator<Item = (&'static str, &'static [Row])> {
    TABLE.families.iter().map(|(title, places)| (*title, &TABLE.rows[places.clone()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_once() {
        for of in [Kind::is_function, Kind::is_method] {
            let rows = TABLE.rows.iter().filter(|row| of(row.kind));
            let mut names: Vec<&str> =
                rows.flat_map(|row| row.aliases.iter().chain([&row.name])).copied().collect();
            let n = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), n, "a name has two rows");
        }
    }
}
