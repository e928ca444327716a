//! A way through trees that takes one lock for all of their nodes.
//!
//! What only the root's operands lead to is nobody else's as long as the root is locked: it
//! can be read without its locks and without references that keep it. On small arrays these
//! take a quarter of an evaluation's time.

use super::{Literals, Walk, address};
use crate::expr::{ExprInput, Pending, PendingOp, State};
use crate::key::EntryOp;
use crate::{Error, Expr};
use jitney_ir::graph::Op;
use jitney_ir::{DType, Shape};
use smallvec::SmallVec;
use std::slice::IterMut;
use std::sync::Arc;

/// An operation, some of whose operands have been appended.
struct Branch<'a> {
    op: EntryOp,
    dtype: DType,
    n_operands: usize,
    /// Those that have not.
    operands: IterMut<'a, ExprInput>,
}

impl Walk {
    /// Appends all that the root needs, as [`Walk::run`] does, if no operation has more than
    /// one user. Else it returns `false`, and what it has appended means nothing.
    pub(super) fn tree(&mut self, root: &Arc<Expr>, literals: Literals) -> Result<bool, Error> {
        let mut state = root.lock();
        let State::Pending(pending) = &mut *state else { return Ok(false) };
        let Some(branch) = self.branch(pending, root.dtype(), root.shape()) else {
            return Ok(false);
        };
        let mut stack: SmallVec<[Branch<'_>; 16]> = SmallVec::new();
        stack.push(branch);
        while let Some(branch) = stack.last_mut() {
            let Some(operand) = branch.operands.next() else {
                self.operation(&branch.op, branch.dtype, branch.n_operands, None);
                stack.pop();
                continue;
            };
            let node = match operand {
                ExprInput::Node(node) => node,
                ExprInput::Literal(scalar) => {
                    self.literal(*scalar, literals, None);
                    continue;
                }
            };
            // To ask for the number of references is cheaper than to exclude that there are more.
            if Arc::strong_count(node) > 1 {
                if !self.evaluated(node)? {
                    return Ok(false);
                }
                continue;
            }
            let Some(node) = Arc::get_mut(node) else { return Ok(false) };
            let (dtype, shape, state) = node.parts_mut();
            match state {
                State::Failed(error) => return Err(error.clone()),
                State::Done(value) => self.value(value, None),
                State::Pending(pending) => match self.branch(pending, dtype, shape) {
                    Some(branch) => stack.push(branch),
                    None => return Ok(false),
                },
            }
        }
        Ok(true)
    }

    /// An operation none of whose operands has been appended; `None` if it is a constant.
    fn branch<'a>(
        &mut self,
        pending: &'a mut Pending,
        dtype: DType,
        shape: &Shape,
    ) -> Option<Branch<'a>> {
        let op = match &pending.op {
            PendingOp::Elementwise(op) => EntryOp::Elementwise(*op),
            PendingOp::Other(op) if matches!(**op, Op::Constant(_)) => return None,
            PendingOp::Other(op) => self.collected.key.other(op, shape),
        };
        let n_operands = pending.inputs.len();
        Some(Branch { op, dtype, n_operands, operands: pending.inputs.iter_mut() })
    }

    /// Appends a node that others may hold, unless it is yet to be computed.
    fn evaluated(&mut self, node: &Arc<Expr>) -> Result<bool, Error> {
        let address = address(node);
        if let Some(entry) = address.and_then(|address| self.shared.get(&address)) {
            self.operands.push(*entry);
            return Ok(true);
        }
        match &*node.lock() {
            State::Failed(error) => Err(error.clone()),
            State::Pending(_) => Ok(false),
            State::Done(value) => {
                self.value(value, address);
                Ok(true)
            }
        }
    }
}
