//! Evaluation of expressions.

use crate::cache::{Known, Recent};
use crate::claim::Claim;
use crate::collect::{self, Collected, Literals};
use crate::context::Context;
use crate::exec::Results;
use crate::key::Read;
use crate::planning::prepare;
use crate::source::Inputs;
use crate::{Error, Expr, Mode, Value, exec, reference};
use jitney_ir::DType;
use jitney_ir::graph::{Class, Graph, Layout, Node, Op};
use jitney_optimizer::Strategy;
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
    eval_in(&Context::of_scope(), roots)
}

/// As [`eval`], in a given context.
pub(crate) fn eval_in(context: &Context, roots: &[&Arc<Expr>]) -> Result<(), Error> {
    // It outlives the evaluation until the roots have their values.
    let mut claim = Claim::new(roots);
    let mut results = Results::default();
    match context.mode {
        Mode::Fused => compiled(roots, Strategy::Fused, context, &mut claim, &mut results)?,
        Mode::Eager => compiled(roots, Strategy::Eager, context, &mut claim, &mut results)?,
        Mode::Reference => interpreted(roots, context, &mut results)?,
    }
    roots.iter().zip(results.values.drain(..)).try_for_each(|(root, value)| root.finish(value))
}

/// The array graph that computes the expressions, as it was written, and its inputs.
///
/// # Errors
/// The deferred error of a node that the expressions depend on.
pub fn trace(roots: &[&Arc<Expr>]) -> Result<(Graph, Vec<Value>), Error> {
    let stop = &Context::of_scope().stop;
    collect::collect(roots, Literals::Stay, stop, |Collected { key, sources, .. }| {
        let Read { graph, layouts, .. } = key.read(stop)?;
        let inputs = inputs(&graph, sources, &layouts)?;
        Ok((graph, inputs))
    })
}

/// The values of a graph's inputs.
pub(crate) fn inputs(
    graph: &Graph,
    sources: &dyn Inputs,
    layouts: &[Layout],
) -> Result<Vec<Value>, Error> {
    let is_input = |node: &&Node| matches!(node.op, Op::Input(_));
    let dtypes = graph.nodes.iter().filter(is_input).map(|node| node.dtype);
    let inputs = (0..).zip(layouts).zip(dtypes);
    let value = |((number, layout), dtype): ((u32, &Layout), DType)| {
        sources.input(number).value(dtype, layout.clone())
    };
    inputs.map(value).collect()
}

fn interpreted(
    roots: &[&Arc<Expr>],
    context: &Context,
    results: &mut Results,
) -> Result<(), Error> {
    context.engine.caches.check_environment()?;
    let stop = &context.stop;
    collect::collect(roots, Literals::Stay, stop, |collected| {
        results.values = interpret(&collected.key.read(stop)?, &collected.sources, context)?;
        Ok(())
    })
}

pub(crate) fn interpret(
    read: &Read,
    sources: &dyn Inputs,
    context: &Context,
) -> Result<Values, Error> {
    reference::run(&read.graph, &inputs(&read.graph, sources, &read.layouts)?, context)
}

fn compiled(
    roots: &[&Arc<Expr>],
    strategy: Strategy,
    context: &Context,
    claim: &mut Claim<'_>,
    results: &mut Results,
) -> Result<(), Error> {
    let (caches, stop) = (&context.engine.caches, &context.stop);
    let mut run = |collected: &Collected, recent: &mut Recent| {
        let key = &collected.key;
        let new;
        let prepared = match recent.known(caches, key, strategy) {
            Known::Planned(prepared) => prepared,
            Known::Seen => {
                new = prepare(key, &key.read(stop)?, strategy, context)?;
                &new
            }
            Known::New => {
                caches.check_environment()?;
                let read = key.read(stop)?;
                // The interpreter overwrites nothing.
                let may_interpret = !context.compile_at_once && !collected.is_part;
                if may_interpret && is_soon_interpreted(&read.graph, context) {
                    caches.see(key, strategy);
                    results.values = interpret(&read, &collected.sources, context)?;
                    return Ok(());
                }
                new = prepare(key, &read, strategy, context)?;
                &new
            }
        };
        let mut take = |inputs: &[u32]| claim.take(collected, inputs);
        match exec::run(prepared, &collected.sources, context, &mut take, results) {
            Some(Ok(())) if collected.is_part => {
                results.values = wholes(roots, &results.values)?;
                Ok(())
            }
            Some(run) => run,
            // Without executable memory the interpreter serves.
            None => interpreted(roots, context, results),
        }
    };
    let body = |collected: &Collected| caches.with_recent(|recent| run(collected, recent));
    match roots {
        [root] => collect::collect_reusing(root, stop, body),
        _ => collect::collect(roots, Literals::BecomeInputs, stop, body),
    }
}

/// The values of updates whose parts that have changed are there.
fn wholes(roots: &[&Arc<Expr>], parts: &Values) -> Result<Values, Error> {
    let whole = |(root, part): (&&Arc<Expr>, &Value)| {
        let layout = Layout::contiguous(root.shape(), root.dtype().size());
        Value::within(part.buffer().clone(), root.dtype(), layout)
    };
    roots.iter().zip(parts).map(whole).collect()
}

/// Elements of the largest array of a graph that is interpreted when it is first met. With 100
/// elements, interpreting takes 8 microseconds where planning and compiling take 53
/// (`a*b + c - a/(b+1)`), 86 where they take 260 (`power`), 220 where they take 1000 (150
/// operations), and 10 where they take 640 (`std`).
const MAX_INTERPRETED: usize = 128;

/// Whether the interpreter has the values before a compiler has the code. A library multiplies
/// matrices, to other bits than the interpreter, and limits of memory are those of plans.
fn is_soon_interpreted(graph: &Graph, context: &Context) -> bool {
    let is_small =
        |node: &Node| node.shape.len() <= MAX_INTERPRETED && node.op.class() != Class::Library;
    context.max_memory.is_none() && graph.nodes.iter().all(is_small)
}
