//! Evaluation of expressions.

use crate::cache::Known;
use crate::collect::{self, Collected, Literals};
use crate::key::GraphKey;
use crate::source::Source;
use crate::{Error, Expr, Mode, Settings, Value, cache, exec, reference, settings};
use jitney_ir::graph::{Graph, Layout, Node, Op};
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
    let is_input = |node: &&Node| matches!(node.op, Op::Input(_));
    let dtypes = graph.nodes.iter().filter(is_input).map(|node| node.dtype);
    let sources = sources.iter().zip(layouts).zip(dtypes);
    sources.map(|((source, layout), dtype)| source.value(dtype, layout.clone())).collect()
}

fn interpreted(collected: &Collected, settings: &Settings) -> Result<Values, Error> {
    interpret(&collected.key.read(), &collected.sources, settings)
}

fn interpret(
    (graph, layouts): &(Graph, Vec<Layout>),
    sources: &[Source],
    settings: &Settings,
) -> Result<Values, Error> {
    reference::run(graph, &inputs(graph, sources, layouts)?, settings)
}

fn compiled(
    roots: &[&Arc<Expr>],
    strategy: Strategy,
    settings: &Settings,
) -> Result<Values, Error> {
    collect::collect(roots, Literals::BecomeInputs, |collected| {
        let key = &collected.key;
        let prepared = match cache::known(key, strategy) {
            Known::Planned(prepared) => prepared,
            Known::Seen => prepare(key, &key.read(), strategy),
            Known::New => {
                let graph = key.read();
                if !settings.compile_at_once && is_soon_interpreted(&graph.0, settings) {
                    cache::see(key, strategy);
                    return interpret(&graph, &collected.sources, settings);
                }
                prepare(key, &graph, strategy)
            }
        };
        match exec::run(&prepared, &collected.sources, settings) {
            Some(result) => result,
            // Without executable memory the interpreter serves.
            None => interpreted(collected, settings),
        }
    })
}

/// The plan of the graph behind a key, ready to run and kept for the next time.
pub(crate) fn prepare(
    key: &GraphKey,
    (graph, layouts): &(Graph, Vec<Layout>),
    strategy: Strategy,
) -> Arc<exec::Prepared> {
    cache::prepare(key, strategy, plan(graph, layouts, strategy))
}

/// Elements of the largest array of a graph that is interpreted when it is first met. With 100
/// elements, interpreting takes 8 microseconds where planning and compiling take 53
/// (`a*b + c - a/(b+1)`), 86 where they take 260 (`power`), 220 where they take 1000 (150
/// operations), and 10 where they take 640 (`std`).
const MAX_INTERPRETED: usize = 128;

/// Whether the interpreter has the values before a compiler has the code. A library multiplies
/// matrices, to other bits than the interpreter, and limits of memory are those of plans.
fn is_soon_interpreted(graph: &Graph, settings: &Settings) -> bool {
    let is_small = |node: &Node| node.shape.len() <= MAX_INTERPRETED && node.op != Op::MatMul;
    settings.max_memory.is_none() && graph.nodes.iter().all(is_small)
}

/// The plan of a graph. What runs eagerly runs as it was written.
pub(crate) fn plan(graph: &Graph, layouts: &[Layout], strategy: Strategy) -> Plan {
    match strategy {
        Strategy::Fused => jitney_optimizer::plan(&optimize(graph).0, layouts, strategy),
        Strategy::Eager => jitney_optimizer::plan(graph, layouts, strategy),
    }
}
