//! The array graph as it is built: reference-counted nodes.
//!
//! An [`Expr`] knows its dtype and shape from the start and its value after evaluation. Then
//! it lets go of its operands, so that a loop that feeds results back does not hold its
//! history. Building, traversal and dropping never recurse: a chain of a million operations
//! is nothing special.
//!
//! Nodes that only another node held are used again by the same thread: an expression of many
//! operations on few elements spends more on the allocator than on anything else.

use crate::{Error, Value};
use jitney_ir::graph::Op;
use jitney_ir::{DType, Scalar, Shape};
use smallvec::SmallVec;
use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An operand of a node.
#[derive(Clone)]
pub enum ExprInput {
    /// Another node.
    Node(Arc<Expr>),
    /// A literal, of elementwise operations only: it has the shape of the other operands.
    Literal(Scalar),
}

/// The operands of a node.
pub type ExprInputs = SmallVec<[ExprInput; 3]>;

/// An operation with its operands.
pub struct ExprOp {
    /// What is computed.
    pub op: Op,
    /// From what.
    pub inputs: ExprInputs,
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
    /// [`Graph::verify`](jitney_ir::graph::Graph::verify) asks, literals aside.
    pub fn new(op: Op, inputs: ExprInputs, dtype: DType, shape: Shape) -> Arc<Expr> {
        let state = State::Pending(ExprOp { op, inputs });
        renew(Expr { dtype, shape, is_failed: false, state: Mutex::new(state) })
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

    /// Whether the value has been computed.
    pub fn is_done(&self) -> bool {
        matches!(&*self.lock(), State::Done(_))
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
        if let State::Pending(pending) = previous {
            drop_all(pending.inputs);
        }
    }

    /// Takes the operands out, of a node that nobody else sees.
    fn take_inputs(&mut self) -> ExprInputs {
        match self.state.get_mut().unwrap_or_else(PoisonError::into_inner) {
            State::Pending(pending) => std::mem::take(&mut pending.inputs),
            State::Done(_) | State::Failed(_) => ExprInputs::new(),
        }
    }
}

impl Drop for Expr {
    fn drop(&mut self) {
        let inputs = self.take_inputs();
        if !inputs.is_empty() {
            drop_all(inputs);
        }
    }
}

/// Drops operands without recursion: whoever holds the last reference to a node takes its
/// operands out before the node goes.
fn drop_all(inputs: ExprInputs) {
    let mut rest: SmallVec<[ExprInput; 16]> = SmallVec::new();
    rest.extend(inputs);
    while let Some(input) = rest.pop() {
        let ExprInput::Node(mut node) = input else { continue };
        if let Some(last) = Arc::get_mut(&mut node) {
            rest.extend(last.take_inputs());
            retire(node);
        }
    }
}

/// Nodes a thread keeps for new ones.
const MAX_RETIRED: usize = 512;

thread_local! {
    /// Nodes without operands to which there is no other reference.
    static RETIRED: RefCell<Vec<Arc<Expr>>> = const { RefCell::new(Vec::new()) };
}

/// Keeps a node without operands, to which there is no other reference, for a new one. A
/// value would keep memory from being used again, so that nodes that have one are dropped.
fn retire(mut node: Arc<Expr>) {
    let state = Arc::get_mut(&mut node).map(|node| node.state.get_mut());
    if !matches!(state, Some(Ok(State::Pending(_)))) {
        return;
    }
    // When the thread ends, the list goes first.
    let _ = RETIRED.try_with(|retired| {
        let mut retired = retired.borrow_mut();
        if retired.len() < MAX_RETIRED {
            retired.push(node);
        }
    });
}

/// A reference to a new node, in the memory of a retired one if there is one.
fn renew(expr: Expr) -> Arc<Expr> {
    let retired = RETIRED.try_with(|retired| retired.borrow_mut().pop()).ok().flatten();
    match retired {
        Some(mut node) => match Arc::get_mut(&mut node) {
            Some(place) => {
                *place = expr;
                node
            }
            None => Arc::new(expr),
        },
        None => Arc::new(expr),
    }
}
