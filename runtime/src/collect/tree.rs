//! The way through operations that have one user each: one lock for all of them.
//!
//! What only the root's operands lead to is nobody else's as long as the root is locked: it
//! can be read without its locks and without references that keep it. On small arrays these
//! take a quarter of an evaluation's time.

use super::{Literals, Walk, address};
use crate::expr::{ExprInput, Pending, State};
use crate::key::EntryOp;
use crate::{Error, ErrorKind, Expr};
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
    /// Appends a root that is yet to be computed, with all it needs. `false` if it is none, or
    /// has been appended.
    pub(super) fn tree(&mut self, root: &Arc<Expr>, literals: Literals) -> Result<bool, Error> {
        let shared = if Arc::strong_count(root) > 1 { address(root) } else { None };
        if shared.is_some_and(|address| self.shared.get(address).is_some()) {
            return Ok(false);
        }
        let mut state = root.settled();
        let State::Pending(pending) = &mut *state else { return Ok(false) };
        if pending.constant().is_some() {
            return Ok(false);
        }
        let mut stack: SmallVec<[Branch<'_>; 16]> = SmallVec::new();
        stack.push(self.branch(pending, root.dtype(), root.shape()));
        let mut n_steps = 0;
        while let Some(branch) = stack.last_mut() {
            self.stop.check_at(n_steps)?;
            n_steps += 1;
            match branch.operands.next() {
                Some(ExprInput::Node(node)) => {
                    if let Some(branch) = self.operand(node, literals)? {
                        stack.push(branch);
                    }
                }
                Some(ExprInput::Literal(scalar)) => self.literal(*scalar, literals, None),
                None => {
                    let shared = if stack.len() == 1 { shared } else { None };
                    if let Some(Branch { op, dtype, n_operands, .. }) = stack.pop() {
                        self.operation(&op, dtype, n_operands, shared);
                    }
                }
            }
        }
        Ok(true)
    }

    /// Appends an operand, or, if it has operands of its own and no other user, begins with it.
    #[inline]
    fn operand<'a>(
        &mut self,
        node: &'a mut Arc<Expr>,
        literals: Literals,
    ) -> Result<Option<Branch<'a>>, Error> {
        // To ask for the number of references is cheaper than to exclude that there are more.
        if Arc::strong_count(node) > 1 {
            self.node(node, 1, literals)?;
            self.finish_stack(literals)?;
            return Ok(None);
        }
        let address = Arc::as_ptr(node).addr();
        let seen = || Error::nowhere(ErrorKind::Internal, "eval", "a locked node was seen");
        let own = Arc::get_mut(node).ok_or_else(seen)?;
        let (dtype, shape, value, state) = own.parts_mut();
        if let Some(value) = value {
            self.value(address, value, None);
            return Ok(None);
        }
        match state {
            State::Done => return Err(seen()),
            State::Failed(error) => return Err(error.clone()),
            State::Argument(tracing) => return Err(tracing.ask()),
            State::Pending(pending) => match pending.constant() {
                Some(scalar) => self.literal(scalar, literals, None),
                None => return Ok(Some(self.branch(pending, dtype, shape))),
            },
        }
        Ok(None)
    }

    /// An operation none of whose operands has been appended.
    fn branch<'a>(&mut self, pending: &'a mut Pending, dtype: DType, shape: &Shape) -> Branch<'a> {
        let op = self.entry_op(&pending.op, shape);
        let n_operands = pending.inputs.len();
        Branch { op, dtype, n_operands, operands: pending.inputs.iter_mut() }
    }
}
