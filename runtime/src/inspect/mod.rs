//! Looks at how a value comes about, without computing it: every stage as text, and an
//! explanation of what was fused; and, if asked, at how fast it was computed.
//!
//! All stages name things alike, so that an operation can be followed from graph to
//! assembly: `%3` is a node of the optimized graph, `step 1` a step of the plan, `a0` an
//! access of that step's kernel. Lines that start with `;` are comments, which the parsers
//! of the textual forms skip.

mod dot;
mod explain;
mod machine;
mod performance;
mod stages;

pub use explain::{
    AccessReport, Explanation, KernelReport, LibraryReport, NodeReport, Traffic, UnfusedReport,
};
pub use performance::{Bound, Limit, RunReport, explain_run};

use crate::collect::{self, Literals};
use crate::context::Context;
use crate::key::Read;
use crate::{Error, ErrorKind, Expr, Mode, Value, eval, planning};
use jitney_codegen::Compiler;
use jitney_ir::Scalar;
use jitney_ir::graph::{Graph, Layout, Node, NodeId};
use jitney_optimizer::{Plan, Step, Strategy};
use std::fmt;
use std::sync::Arc;

pub(crate) use machine::KnownRates;

/// A stage on the way from an expression to machine code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The array graph as it was built.
    Graph,
    /// The array graph after optimization, each node with the steps that compute it.
    Optimized,
    /// The kernels of the plan.
    Kernels,
    /// The lane programs of the kernels.
    Lanes,
    /// The kernels as Cranelift gets them.
    Clif,
    /// The kernels' machine code.
    Asm,
    /// The optimized graph as Graphviz draws it, kernels as clusters.
    Dot,
}

const STAGES: [(Stage, &str); 7] = [
    (Stage::Graph, "graph"),
    (Stage::Optimized, "optimized"),
    (Stage::Kernels, "kernels"),
    (Stage::Lanes, "lanes"),
    (Stage::Clif, "clif"),
    (Stage::Asm, "asm"),
    (Stage::Dot, "dot"),
];

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Stage; STAGES.len()] = {
        let mut all = [Stage::Graph; STAGES.len()];
        let mut i = 0;
        while i < all.len() {
            all[i] = STAGES[i].0;
            i += 1;
        }
        all
    };

    /// The name, as on the command line.
    pub fn name(self) -> &'static str {
        STAGES[self as usize].1
    }

    /// The stage with a name.
    pub fn from_name(name: &str) -> Option<Stage> {
        STAGES.iter().find(|(_, known)| *known == name).map(|(stage, _)| *stage)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text of a stage of the evaluation of the expressions, as the present mode would do
/// it (in reference mode, as fused).
///
/// What is evaluated already is an input of the graph.
///
/// # Errors
/// The deferred error of a node that the expressions depend on, or one of the compiler's.
pub fn dump(roots: &[&Arc<Expr>], stage: Stage) -> Result<String, Error> {
    let context = &Context::of_scope();
    let planned = |roots| planned(context, roots);
    match stage {
        Stage::Graph => Ok(eval::trace(roots)?.0.to_string()),
        Stage::Optimized => planned(roots).map(|planned| stages::optimized(&planned)),
        Stage::Kernels => planned(roots).map(|planned| stages::kernels(&planned)),
        Stage::Lanes => planned(roots).map(|planned| stages::lanes(&planned)),
        Stage::Clif => stages::compiled(context, &planned(roots)?, Compiler::clif),
        Stage::Asm => stages::compiled(context, &planned(roots)?, Compiler::asm),
        Stage::Dot => planned(roots).map(|planned| dot::draw(&planned.plan)),
    }
}

/// What the evaluation of the expressions would do, and why.
///
/// # Errors
/// The deferred error of a node that the expressions depend on.
pub fn explain(roots: &[&Arc<Expr>]) -> Result<Explanation, Error> {
    explain_in(&Context::of_scope(), roots)
}

fn explain_in(context: &Context, roots: &[&Arc<Expr>]) -> Result<Explanation, Error> {
    let Planned { plan, graph, inputs } = planned(context, roots)?;
    let eager = match strategy(context) {
        Strategy::Eager => None,
        Strategy::Fused => Some(plan_of(&graph, &inputs, Strategy::Eager, context)?),
    };
    Ok(Explanation::new(&plan, eager.as_ref().unwrap_or(&plan)))
}

/// How many threads an evaluation may use under the present settings.
pub fn threads() -> usize {
    crate::exec::Workers::of(&Context::of_scope()).available()
}

/// A plan, and what it was made from.
struct Planned {
    plan: Plan,
    graph: Graph,
    inputs: Vec<Value>,
}

fn strategy(context: &Context) -> Strategy {
    match context.mode {
        Mode::Eager => Strategy::Eager,
        Mode::Fused | Mode::Reference => Strategy::Fused,
    }
}

fn planned(context: &Context, roots: &[&Arc<Expr>]) -> Result<Planned, Error> {
    let stop = &context.stop;
    collect::collect(roots, Literals::BecomeInputs, stop, |collected| {
        let Read { graph, layouts, .. } = collected.key.read(stop)?;
        let inputs = eval::inputs(&graph, &collected.sources, &layouts)?;
        let plan = plan_of(&graph, &inputs, strategy(context), context)?;
        Ok(Planned { plan, graph, inputs })
    })
}

fn plan_of(
    graph: &Graph,
    inputs: &[Value],
    strategy: Strategy,
    context: &Context,
) -> Result<Plan, Error> {
    // Plans see inputs from the first element on.
    let layout = |input: &Value| Layout { offset: 0, ..input.layout().clone() };
    let layouts: Vec<Layout> = inputs.iter().map(layout).collect();
    planning::plan(graph, &layouts, strategy, &context.stop)
}

/// The nodes that a step computes.
fn nodes(step: &Step) -> &[NodeId] {
    match step {
        Step::Kernel(call) => &call.nodes,
        Step::Library(call) => std::slice::from_ref(&call.node),
    }
}

/// The operation of a node with its type, without operands: `add : f64[3]`.
fn op_and_type(node: &Node) -> String {
    let extents: Vec<String> = node.shape.extents().iter().map(usize::to_string).collect();
    format!("{} : {}[{}]", node.op, node.dtype.short(), extents.join(", "))
}

fn internal(error: &dyn fmt::Display) -> Error {
    Error::nowhere(ErrorKind::Internal, "dump", error.to_string())
}

/// The place in C order of the first element whose bits differ, all NaNs being equal; 0 if
/// dtype or shape differ.
pub fn first_difference(a: &Value, b: &Value) -> Option<usize> {
    if (a.dtype(), a.shape()) != (b.dtype(), b.shape()) {
        return Some(0);
    }
    // Most comparisons are of equal arrays, which bytes show fastest.
    if let (Some(a), Some(b)) = (a.contiguous_bytes(), b.contiguous_bytes())
        && a == b
    {
        return None;
    }
    let equal = |(x, y): (Scalar, Scalar)| x == y || (x.is_nan() && y.is_nan());
    a.scalars().zip(b.scalars()).position(|pair| !equal(pair))
}
