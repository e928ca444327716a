//! From expressions to an array graph and its inputs.

use crate::expr::State;
use crate::{Error, Expr, Value};
use jitney_ir::Scalar;
use jitney_ir::graph::{Graph, Node, NodeId, Op};
use jitney_optimizer::is_special;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::sync::Arc;

/// A graph with the arrays behind its inputs.
pub(crate) struct Collected {
    pub graph: Graph,
    /// By input number.
    pub inputs: Vec<Value>,
}

/// What becomes of literals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Literals {
    /// They stay constants, as they were written.
    Stay,
    /// Those that no rule looks at become inputs, so that graphs that differ in them only
    /// are one graph, with one plan and one set of kernels.
    BecomeInputs,
}

/// The graph of the roots. Evaluated nodes become inputs, each once.
pub(crate) fn collect(roots: &[&Arc<Expr>], literals: Literals) -> Result<Collected, Error> {
    let mut collected = Collected { graph: Graph::new(), inputs: Vec::new() };
    let mut known = Known::default();
    let mut stack: Vec<Arc<Expr>> = roots.iter().rev().map(|root| Arc::clone(root)).collect();
    while let Some(expr) = stack.last() {
        if known.id(expr).is_some() {
            stack.pop();
            continue;
        }
        match collected.append(expr, literals, &mut known)? {
            Step::Appended(id) => {
                known.ids.insert(Arc::as_ptr(expr), id);
                stack.pop();
            }
            // The node stays on the stack below its operands.
            Step::Needs(operands) => stack.extend(operands),
        }
    }
    let ids: Option<Vec<NodeId>> = roots.iter().map(|root| known.id(root)).collect();
    collected.graph.outputs = ids.unwrap_or_default();
    Ok(collected)
}

/// What has been appended so far.
#[derive(Default)]
struct Known {
    ids: FxHashMap<*const Expr, NodeId>,
    /// Equal literals are one input.
    literals: FxHashMap<Scalar, NodeId>,
}

impl Known {
    fn id(&self, expr: &Arc<Expr>) -> Option<NodeId> {
        self.ids.get(&Arc::as_ptr(expr)).copied()
    }
}

enum Step {
    /// The node is in the graph.
    Appended(NodeId),
    /// These operands are not, the first one last.
    Needs(SmallVec<[Arc<Expr>; 3]>),
}

impl Collected {
    /// Appends a node if its operands are there.
    fn append(
        &mut self,
        expr: &Arc<Expr>,
        literals: Literals,
        known: &mut Known,
    ) -> Result<Step, Error> {
        let pending = match &*expr.lock() {
            State::Failed(error) => return Err(error.clone()),
            State::Done(value) => return Ok(Step::Appended(self.input(expr, value.clone()))),
            State::Pending(pending) => {
                let missing = pending.inputs.iter().rev().filter(|i| known.id(i).is_none());
                let missing: SmallVec<[Arc<Expr>; 3]> = missing.cloned().collect();
                if !missing.is_empty() {
                    return Ok(Step::Needs(missing));
                }
                let inputs = pending.inputs.iter().filter_map(|input| known.id(input)).collect();
                (pending.op.clone(), inputs)
            }
        };
        Ok(Step::Appended(match pending {
            (Op::Constant(scalar), _)
                if literals == Literals::BecomeInputs && !is_special(scalar) =>
            {
                let lift = || self.input(expr, Value::from_scalar(scalar));
                *known.literals.entry(scalar).or_insert_with(lift)
            }
            (op, inputs) => self.push(expr, op, inputs),
        }))
    }

    fn input(&mut self, expr: &Expr, value: Value) -> NodeId {
        let number = self.inputs.len() as u32;
        self.inputs.push(value);
        self.push(expr, Op::Input(number), SmallVec::new())
    }

    fn push(&mut self, expr: &Expr, op: Op, inputs: SmallVec<[NodeId; 3]>) -> NodeId {
        self.graph.push(Node { op, inputs, dtype: expr.dtype(), shape: expr.shape().clone() })
    }
}
