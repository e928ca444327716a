//! Evaluation of expressions.

use crate::cache::{self, PlanKey};
use crate::collect::{self, Collected, Literals};
use crate::{Error, Expr, Mode, Settings, Value, exec, reference, settings};
use jitney_ir::graph::{Graph, Layout};
use jitney_optimizer::{Plan, Strategy, optimize};
use std::sync::Arc;

/// Evaluates the expressions together, so that they share what they have in common.
///
/// # Errors
/// The deferred error of a node that the expressions depend on, or a limit.
pub fn eval(roots: &[&Arc<Expr>]) -> Result<Vec<Value>, Error> {
    let settings = settings();
    let values = match settings.mode() {
        Mode::Fused => compiled(roots, Strategy::Fused, &settings)?,
        Mode::Eager => compiled(roots, Strategy::Eager, &settings)?,
        Mode::Reference => interpreted(roots, &settings)?,
    };
    for (root, value) in roots.iter().zip(&values) {
        root.finish(value.clone());
    }
    Ok(values)
}

/// The array graph that computes the expressions, as it was written, and its inputs.
///
/// # Errors
/// The deferred error of a node that the expressions depend on.
pub fn trace(roots: &[&Arc<Expr>]) -> Result<(Graph, Vec<Value>), Error> {
    let Collected { graph, inputs } = collect::collect(roots, Literals::Stay)?;
    Ok((graph, inputs))
}

fn interpreted(roots: &[&Arc<Expr>], settings: &Settings) -> Result<Vec<Value>, Error> {
    let Collected { graph, inputs } = collect::collect(roots, Literals::Stay)?;
    reference::run(&graph, &inputs, settings)
}

fn compiled(
    roots: &[&Arc<Expr>],
    strategy: Strategy,
    settings: &Settings,
) -> Result<Vec<Value>, Error> {
    let Collected { graph, inputs } = collect::collect(roots, Literals::BecomeInputs)?;
    let key = PlanKey { graph, layouts: layouts(&inputs), strategy };
    let prepared = cache::prepared(&key, |key| plan(&key.graph, &key.layouts, strategy));
    match exec::run(&prepared, &inputs, settings) {
        Some(result) => result,
        // Without executable memory the interpreter serves.
        None => reference::run(&key.graph, &inputs, settings),
    }
}

/// The layouts of inputs as plans see them: from the first element on.
pub(crate) fn layouts(inputs: &[Value]) -> Vec<Layout> {
    inputs.iter().map(|input| Layout { offset: 0, ..input.layout().clone() }).collect()
}

/// The plan of a graph. What runs eagerly runs as it was written.
pub(crate) fn plan(graph: &Graph, layouts: &[Layout], strategy: Strategy) -> Plan {
    match strategy {
        Strategy::Fused => jitney_optimizer::plan(&optimize(graph).0, layouts, strategy),
        Strategy::Eager => jitney_optimizer::plan(graph, layouts, strategy),
    }
}
