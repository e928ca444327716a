//! Evaluation of expressions.

use crate::collect::{self, Collected, Literals};
use crate::key::GraphKey;
use crate::source::Source;
use crate::{Error, Expr, Mode, Settings, Value, cache, exec, reference, settings};
use jitney_ir::graph::{Graph, Layout};
use jitney_optimizer::{Plan, Strategy, optimize};
use smallvec::SmallVec;
use std::sync::Arc;

/// The values of a graph's outputs.
pub(crate) type Values = SmallVec<[Value; 1]>;

/// Evaluates the expressions together, so that they share what they have in common. They
/// know their values then.
///
/// # Errors
/// The deferred error of a node that the expressions depend on, or a limit.
pub fn eval(roots: &[&Arc<Expr>]) -> Result<(), Error> {
    let settings = settings();
    let values = match settings.mode() {
        Mode::Fused => compiled(roots, Strategy::Fused, &settings)?,
        Mode::Eager => compiled(roots, Strategy::Eager, &settings)?,
        Mode::Reference => collect::collect(roots, Literals::Stay, |c| interpreted(c, &settings))?,
    };
    for (root, value) in roots.iter().zip(values) {
        root.finish(value);
    }
    Ok(())
}

/// The array graph that computes the expressions, as it was written, and its inputs.
///
/// # Errors
/// The deferred error of a node that the expressions depend on.
pub fn trace(roots: &[&Arc<Expr>]) -> Result<(Graph, Vec<Value>), Error> {
    collect::collect(roots, Literals::Stay, |Collected { key, sources }| {
        let (graph, layouts) = key.read();
        let inputs = inputs(&graph, sources, &layouts)?;
        Ok((graph, inputs))
    })
}

/// The values of a graph's inputs.
pub(crate) fn inputs(
    graph: &Graph,
    sources: &[Source],
    layouts: &[Layout],
) -> Result<Vec<Value>, Error> {
    let is_input =
        |node: &&jitney_ir::graph::Node| matches!(node.op, jitney_ir::graph::Op::Input(_));
    let dtypes = graph.nodes.iter().filter(is_input).map(|node| node.dtype);
    let sources = sources.iter().zip(layouts).zip(dtypes);
    sources.map(|((source, layout), dtype)| source.value(dtype, layout.clone())).collect()
}

fn interpreted(collected: &Collected, settings: &Settings) -> Result<Values, Error> {
    let (graph, layouts) = collected.key.read();
    reference::run(&graph, &inputs(&graph, &collected.sources, &layouts)?, settings)
}

fn compiled(
    roots: &[&Arc<Expr>],
    strategy: Strategy,
    settings: &Settings,
) -> Result<Values, Error> {
    collect::collect(roots, Literals::BecomeInputs, |collected| {
        let prepared = cache::prepared(&collected.key, strategy, plan_of);
        match exec::run(&prepared, &collected.sources, settings) {
            Some(result) => result,
            // Without executable memory the interpreter serves.
            None => interpreted(collected, settings),
        }
    })
}

/// The plan of the graph behind a key.
fn plan_of(key: &GraphKey, strategy: Strategy) -> Plan {
    let (graph, layouts) = key.read();
    plan(&graph, &layouts, strategy)
}

/// The plan of a graph. What runs eagerly runs as it was written.
pub(crate) fn plan(graph: &Graph, layouts: &[Layout], strategy: Strategy) -> Plan {
    match strategy {
        Strategy::Fused => jitney_optimizer::plan(&optimize(graph).0, layouts, strategy),
        Strategy::Eager => jitney_optimizer::plan(graph, layouts, strategy),
    }
}
