//! Formulas: NumPy expression text, evaluated.
//!
//! Text goes through [`token`] and [`parse`] to an arena of nodes ([`ast`]), whose order is
//! the order of evaluation. The grammar is our own and total: whatever the text, the answer
//! is a value or a [`FormulaError`] that marks the span at fault, within [`Limits`].

mod advice;
mod ast;
mod error;
mod limits;
mod number;
mod parse;
mod python;
mod token;

pub use error::FormulaError;
pub use limits::Limits;

use ast::Ast;
use std::sync::Arc;

/// A parsed formula.
#[derive(Clone, Debug)]
pub struct Formula {
    ast: Ast,
}

impl Formula {
    /// Parses a formula within the default [`Limits`].
    ///
    /// # Errors
    /// If the text is not a formula; the error shows where, and what to write instead.
    pub fn parse(text: &str) -> Result<Formula, FormulaError> {
        Formula::parse_within(text, Limits::default())
    }

    /// Parses a formula within the given limits.
    ///
    /// # Errors
    /// If the text is not a formula, or goes beyond a limit.
    pub fn parse_within(text: &str, limits: Limits) -> Result<Formula, FormulaError> {
        let source: Arc<str> = text.into();
        let ast = parse::parse(&source, &limits).map_err(|fault| fault.within(&source))?;
        Ok(Formula { ast })
    }
}
