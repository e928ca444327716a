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
    let mut ids: FxHashMap<*const Expr, NodeId> = FxHashMap::default();
    // Equal literals are one input.
    let mut lifted: FxHashMap<Scalar, NodeId> = FxHashMap::default();
    // A node is entered twice: to push its operands, then, after them, to be appended.
    let mut stack: Vec<(Arc<Expr>, Option<Pending>)> = Vec::new();
    for root in roots.iter().rev() {
        stack.push((Arc::clone(root), None));
    }
    while let Some((expr, pending)) = stack.pop() {
        if ids.contains_key(&Arc::as_ptr(&expr)) {
            continue;
        }
        match pending {
            Some((op, inputs)) => {
                let inputs = inputs.iter().map(|input| ids[&Arc::as_ptr(input)]).collect();
                let id = match (op, literals) {
                    (Op::Constant(scalar), Literals::BecomeInputs) if !is_special(scalar) => {
                        *lifted.entry(scalar).or_insert_with(|| collected.lift(&expr, scalar))
                    }
                    (op, _) => collected.push(&expr, op, inputs),
                };
                ids.insert(Arc::as_ptr(&expr), id);
            }
            None => match visit(&expr)? {
                Visit::Known(value) => {
                    let number = collected.inputs.len() as u32;
                    collected.inputs.push(value);
                    let id = collected.push(&expr, Op::Input(number), SmallVec::new());
                    ids.insert(Arc::as_ptr(&expr), id);
                }
                Visit::Pending(op, inputs) => {
                    let next: Vec<_> = inputs.iter().rev().cloned().collect();
                    stack.push((expr, Some((op, inputs))));
                    stack.extend(next.into_iter().map(|input| (input, None)));
                }
            },
        }
    }
    collected.graph.outputs = roots.iter().map(|root| ids[&Arc::as_ptr(root)]).collect();
    Ok(collected)
}

type Pending = (Op, SmallVec<[Arc<Expr>; 3]>);

enum Visit {
    Known(Value),
    Pending(Op, SmallVec<[Arc<Expr>; 3]>),
}

fn visit(expr: &Expr) -> Result<Visit, Error> {
    match &*expr.lock() {
        State::Done(value) => Ok(Visit::Known(value.clone())),
        State::Pending(pending) => Ok(Visit::Pending(pending.op.clone(), pending.inputs.clone())),
        State::Failed(error) => Err(error.clone()),
    }
}

impl Collected {
    fn lift(&mut self, expr: &Expr, scalar: Scalar) -> NodeId {
        let number = self.inputs.len() as u32;
        self.inputs.push(Value::from_scalar(scalar));
        self.push(expr, Op::Input(number), SmallVec::new())
    }

    fn push(&mut self, expr: &Expr, op: Op, inputs: SmallVec<[NodeId; 3]>) -> NodeId {
        self.graph.push(Node { op, inputs, dtype: expr.dtype(), shape: expr.shape().clone() })
    }
}
