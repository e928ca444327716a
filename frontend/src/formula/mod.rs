//! Formulas: NumPy expression text, evaluated.
//!
//! Text goes through [`token`] and [`parse`] to an arena of nodes ([`ast`]), whose order is
//! the order of evaluation, which [`eval`] walks once. The grammar is our own and total:
//! whatever the text, the answer is a value or a [`FormulaError`] that marks the span at
//! fault, within [`Limits`].
//!
//! Where a formula means something else than the same text in Python:
//! * arrays are values, so `x += 1` gives the name a new array, of the promoted dtype, and
//!   `x[0] = 1` leaves other names of the array what they are;
//! * results of integers without a dtype end at 2^127; a literal beyond can be compared with
//!   arrays, and meet floats;
//! * truth values of arrays, and thus `and`, `or`, `not` and chained comparisons, are errors
//!   even for numbers.
//!
//! Numbers follow Python ([`python`]) until they meet an array; functions and methods are
//! rows of one table ([`crate::functions`]).

mod advice;
pub(crate) mod args;
mod ast;
mod chain;
mod error;
mod eval;
mod expression;
pub(crate) mod inspect;
mod limits;
pub(crate) mod literal;
mod names;
mod number;
mod operators;
mod parse;
pub(crate) mod pieces;
mod python;
mod random;
mod show;
mod subscript;
mod token;
mod value;

pub(crate) use ast::Span;
pub(crate) use error::Fault;
pub use error::FormulaError;
pub use limits::Limits;
pub use value::FormulaValue;
pub(crate) use value::{Value, failed};

use crate::Array;
use crate::functions;
use ast::Ast;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// A parsed formula, with values for its names.
///
/// The grammar is Python's for expressions, the names are NumPy's, with `np.` or without;
/// statements are separated by newlines or `;`, and the last one is the result.
///
/// ```
/// use jitney as jn;
/// let x = jn::array([3.0, 5.0]);
/// let y = jn::array([4.0, 12.0]);
/// let mut formula = jn::Formula::parse("np.sqrt(x**2 + y**2).max()")?;
/// let result = formula.bind("x", x).bind("y", y).eval()?;
/// assert_eq!(result.item::<f64>().unwrap(), 13.0);
/// # Ok::<(), jn::FormulaError>(())
/// ```
#[derive(Clone)]
pub struct Formula {
    ast: Ast,
    limits: Limits,
    bindings: HashMap<String, FormulaValue>,
}

impl Formula {
    /// Parses a formula within the default [`Limits`].
    ///
    /// # Errors
    /// If the text is not a formula; the error shows where, and what to write instead.
    ///
    /// ```
    /// use jitney as jn;
    /// let error = jn::Formula::parse("x > 0 and x < 1").err().unwrap();
    /// assert_eq!(error.span(), 6..9);
    /// assert!(error.help().unwrap().contains("(a) & (b)"));
    /// ```
    pub fn parse(text: &str) -> Result<Formula, FormulaError> {
        Formula::parse_within(text, Limits::default())
    }

    /// Parses a formula within the given limits, which hold for its evaluation too.
    ///
    /// # Errors
    /// If the text is not a formula, or goes beyond a limit.
    pub fn parse_within(text: &str, limits: Limits) -> Result<Formula, FormulaError> {
        let source: Arc<str> = text.into();
        let ast = parse::parse(&source, &limits).map_err(|fault| fault.within(&source))?;
        Ok(Formula { ast, limits, bindings: HashMap::new() })
    }

    /// The functions that formulas know by NumPy's names, in no order: what may follow `np.`.
    ///
    /// ```
    /// use jitney as jn;
    /// assert!(jn::Formula::functions().any(|name| name == "arctan2"));
    /// ```
    pub fn functions() -> impl Iterator<Item = &'static str> {
        functions::names()
    }

    /// The methods of arrays that formulas know.
    ///
    /// ```
    /// use jitney as jn;
    /// assert!(jn::Formula::methods().any(|name| name == "reshape"));
    /// ```
    pub fn methods() -> impl Iterator<Item = &'static str> {
        functions::method_names()
    }

    /// The parameters of a function that formulas know, or of a method, as Python prints them.
    ///
    /// ```
    /// use jitney as jn;
    /// assert_eq!(jn::Formula::signature("swapaxes").unwrap(), "a, axis1, axis2");
    /// assert_eq!(jn::Formula::method_signature("reshape").unwrap(), "self, *shape, order='C'");
    /// ```
    pub fn signature(function: &str) -> Option<String> {
        functions::Function::lookup(function).map(functions::Function::signature)
    }

    /// The parameters of a method of arrays that formulas know: see [`Formula::signature`].
    pub fn method_signature(method: &str) -> Option<String> {
        functions::Function::method(method).map(functions::Function::signature)
    }

    /// The attributes of arrays that formulas know.
    ///
    /// ```
    /// use jitney as jn;
    /// assert!(jn::Formula::attributes().any(|name| name == "shape"));
    /// ```
    pub fn attributes() -> impl Iterator<Item = &'static str> {
        eval::ATTRIBUTES.iter().copied()
    }

    /// Gives a name a value: an array, a number, or what another formula gave.
    pub fn bind(&mut self, name: &str, value: impl Into<FormulaValue>) -> &mut Formula {
        self.bindings.insert(name.to_string(), value.into());
        self
    }

    /// The names that need a value, in the order in which the formula reads them: those
    /// that it neither assigns before nor finds among NumPy's.
    pub fn free_names(&self) -> Vec<&str> {
        eval::free_names(&self.ast)
    }

    /// What the formula gives, as graphs that are not computed yet.
    ///
    /// Where a number is needed to go on, such as the extent in `zeros(x.max())`, the array
    /// that holds it is computed.
    ///
    /// # Errors
    /// A name without a value, a mistake in a call, or a limit.
    pub fn build(&self) -> Result<FormulaValue, FormulaError> {
        let evaluate = || eval::evaluate(&self.ast, &self.bindings, &self.limits);
        jitney_runtime::with_node_budget(self.limits.max_operations, evaluate)
            .map_err(|fault| fault.within(&self.ast.source))
    }

    /// The array that the formula gives, computed.
    ///
    /// # Errors
    /// As [`Formula::build`]; also a tuple, whose arrays [`Formula::build`] gives, and an
    /// error of the computation.
    pub fn eval(&self) -> Result<Array, FormulaError> {
        let value = self.build()?;
        let span = self.ast.nodes[self.ast.nodes.len() - 1].span;
        let fault = match value.arrays() {
            [array] if !value.is_tuple() => match array.eval() {
                Ok(array) => return Ok(array),
                Err(error) => Fault::new(span, error.message()),
            },
            arrays => Fault::new(span, format!("the result is a tuple of {} arrays", arrays.len()))
                .help("take one of them with `[0]`, or join them with `stack`"),
        };
        Err(fault.within(&self.ast.source))
    }
}

impl fmt::Debug for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Formula").field(&self.ast.source).finish()
    }
}
