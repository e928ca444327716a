//! Evaluation of expressions.

use crate::{Error, Expr, Value, collect, reference};
use std::sync::Arc;

/// Evaluates the expressions together, so that they share what they have in common.
///
/// # Errors
/// The deferred error of a node that the expressions depend on, or a limit.
pub fn eval(roots: &[&Arc<Expr>]) -> Result<Vec<Value>, Error> {
    let collected = collect::collect(roots)?;
    let values = reference::run(&collected.graph, &collected.inputs);
    for (root, value) in roots.iter().zip(&values) {
        root.finish(value.clone());
    }
    Ok(values)
}
