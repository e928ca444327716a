//! The array graph as it is built: reference-counted nodes.
//!
//! An [`Expr`] knows its dtype and shape from the start and its value after evaluation. Then
//! it lets go of its operands, so that a loop that feeds results back does not hold its
//! history. Building, traversal and dropping never recurse: a chain of a million operations
//! is nothing special.

use crate::{Error, Value};
use jitney_ir::graph::Op;
use jitney_ir::{DType, Shape};
use smallvec::SmallVec;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An operation with its operands.
pub struct ExprOp {
    /// What is computed.
    pub op: Op,
    /// From what.
    pub inputs: SmallVec<[Arc<Expr>; 3]>,
}

/// What is known of a node.
pub(crate) enum State {
    /// How to compute it.
    Pending(ExprOp),
    /// Its value.
    Done(Value),
    /// Why it has none.
    Failed(Error),
}

/// A node of the graph under construction.
pub struct Expr {
    dtype: DType,
    shape: Shape,
    /// Whether the state is, and always was, `Failed`: asked of every operand.
    is_failed: bool,
    state: Mutex<State>,
}

impl Expr {
    /// A node that is yet to be computed. The operands must be such as
    /// [`Graph::verify`](jitney_ir::graph::Graph::verify) asks.
    pub fn new(op: Op, inputs: &[&Arc<Expr>], dtype: DType, shape: Shape) -> Arc<Expr> {
        let inputs = inputs.iter().map(|input| Arc::clone(input)).collect();
        let state = Mutex::new(State::Pending(ExprOp { op, inputs }));
        Arc::new(Expr { dtype, shape, is_failed: false, state })
    }

    /// A node with a value.
    pub fn value(value: Value) -> Arc<Expr> {
        let (dtype, shape) = (value.dtype(), value.shape().clone());
        Arc::new(Expr { dtype, shape, is_failed: false, state: Mutex::new(State::Done(value)) })
    }

    /// A node that has none. Its dtype and shape mean nothing.
    pub fn failed(error: Error) -> Arc<Expr> {
        let state = Mutex::new(State::Failed(error));
        Arc::new(Expr { dtype: DType::F64, shape: Shape::scalar(), is_failed: true, state })
    }

    /// The dtype.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The shape.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Whether the node has no value and never will.
    pub fn is_failed(&self) -> bool {
        self.is_failed
    }

    /// The error of a failed node.
    pub fn error(&self) -> Option<Error> {
        match &*self.lock() {
            State::Failed(error) => Some(error.clone()),
            State::Pending(_) | State::Done(_) => None,
        }
    }

    /// The value, if it has been computed.
    pub fn known_value(&self) -> Option<Value> {
        match &*self.lock() {
            State::Done(value) => Some(value.clone()),
            State::Pending(_) | State::Failed(_) => None,
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the value and lets go of the operands.
    pub(crate) fn finish(&self, value: Value) {
        let previous = std::mem::replace(&mut *self.lock(), State::Done(value));
        drop_state(previous);
    }
}

impl Drop for Expr {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let State::Pending(pending) = state {
            drop_all(std::mem::take(&mut pending.inputs).into_iter().collect());
        }
    }
}

fn drop_state(state: State) {
    if let State::Pending(mut pending) = state {
        drop_all(std::mem::take(&mut pending.inputs).into_iter().collect());
    }
}

/// Drops nodes without recursion: whoever holds the last reference to a node takes its
/// operands out before the node goes.
fn drop_all(mut nodes: Vec<Arc<Expr>>) {
    while let Some(node) = nodes.pop() {
        if let Some(mut last) = Arc::into_inner(node) {
            let state = last.state.get_mut().unwrap_or_else(PoisonError::into_inner);
            if let State::Pending(pending) = state {
                nodes.extend(std::mem::take(&mut pending.inputs));
            }
        }
    }
}
