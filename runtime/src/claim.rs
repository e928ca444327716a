//! Who may write over an evaluated operand.
//!
//! The result of `a = a * 2 + 1` may take the place of the old `a` if nobody else will ask for
//! that: neither an array in some variable nor another graph. This is asked twice. The walk
//! that writes down a graph asks in order to say in its key which inputs *may* be overwritten,
//! and a plan is made for that. Just before a step does it, [`Claim::take`] asks again and
//! makes the answer last.
//!
//! An operand belongs to an expression if all references to it, and to every node between,
//! are references from nodes that belong to the expression. Other threads can only come to
//! them through the root, so the claim looks at the counts with the root locked, and marks it
//! as running: from then on, who comes to it waits.
//!
//! A thread that came earlier may still be among the nodes. It goes from operand to operand,
//! holds the next one before it lets go of the last, and holds the operand's memory in the
//! end. The claim goes the same way and asks for each node's count before those of its
//! operands: it meets the thread's reference, or the thread is done.
//!
//! A thread that waits holds no claim, since its walk comes before its claim, and a thread
//! with a claim waits for nobody. So none waits for ever.

use crate::collect::Collected;
use crate::expr::{ExprInput, ExprInputs, State};
use crate::{Error, ErrorKind, Expr, Value};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::sync::Arc;

/// The right of one evaluation to write over operands of its root.
pub(crate) struct Claim<'a> {
    root: Option<&'a Arc<Expr>>,
    is_taken: bool,
}

impl<'a> Claim<'a> {
    /// What an evaluation of the roots may claim: something if there is one root.
    pub fn new(roots: &[&'a Arc<Expr>]) -> Claim<'a> {
        let root = match roots {
            [root] => Some(*root),
            _ => None,
        };
        Claim { root, is_taken: false }
    }

    /// Takes hold of inputs. Whether they may be overwritten: nobody but this evaluation can
    /// see them then. After that, it must give the root a value.
    pub fn take(&mut self, collected: &Collected, inputs: &[u32]) -> bool {
        let Some(root) = self.root else { return false };
        let mut state = root.lock();
        let State::Pending(pending) = &mut *state else { return false };
        let mut missing: SmallVec<[u32; 2]> = SmallVec::from_slice(inputs);
        owned(&pending.inputs, |node, value| {
            let found = collected.candidates.iter().find(|found| found.is(node));
            if let Some(found) = found.filter(|_| collected.holds_all_of(value)) {
                missing.retain(|input| *input != found.input);
            }
        });
        pending.is_running = missing.is_empty();
        self.is_taken = pending.is_running;
        self.is_taken
    }
}

impl Drop for Claim<'_> {
    /// What has been overwritten cannot be computed from any more: if there is no value by
    /// now, there is none.
    fn drop(&mut self) {
        if let Some(root) = self.root.filter(|root| self.is_taken && !root.is_done()) {
            let message = "broke off while it wrote over its operands";
            root.fail(Error::nowhere(ErrorKind::Internal, "eval", message));
        }
    }
}

/// An input that may turn out to belong to the expression alone.
pub(crate) struct Candidate {
    /// Where its node is.
    pub node: usize,
    /// Its number.
    pub input: u32,
    /// Where its entry in the key begins.
    pub position: usize,
}

impl Candidate {
    /// Whether it is the node's value.
    pub fn is(&self, node: &Arc<Expr>) -> bool {
        self.node == Arc::as_ptr(node).addr()
    }
}

/// Whether the elements stand in C order and are all that is in the memory.
pub(crate) fn fills_its_memory(value: &Value) -> bool {
    let (layout, size) = (value.layout(), value.dtype().size());
    let bytes = layout.shape.len().saturating_mul(size);
    layout.offset == 0 && bytes == value.buffer().len() && layout.is_contiguous(size)
}

/// Hands `found` the evaluated nodes that belong to the owner of the operands.
pub(crate) fn owned(operands: &ExprInputs, mut found: impl FnMut(&Arc<Expr>, &Value)) {
    let mut stack: SmallVec<[Arc<Expr>; 16]> = SmallVec::new();
    // References met so far, of nodes that have more than one.
    let mut met: FxHashMap<usize, usize> = FxHashMap::default();
    let mut meet = |operands: &ExprInputs, stack: &mut SmallVec<[Arc<Expr>; 16]>| {
        for operand in operands {
            let ExprInput::Node(node) = operand else { continue };
            let n_references = Arc::strong_count(node);
            let n_met = match n_references {
                1 => 1,
                _ => {
                    let n_met = met.entry(Arc::as_ptr(node).addr()).or_insert(0);
                    *n_met += 1;
                    *n_met
                }
            };
            if n_met == n_references {
                stack.push(Arc::clone(node));
            }
        }
    };
    meet(operands, &mut stack);
    while let Some(node) = stack.pop() {
        if let Some(value) = node.known_value() {
            found(&node, value);
            continue;
        }
        match &*node.lock() {
            State::Pending(pending) if !pending.is_running => meet(&pending.inputs, &mut stack),
            State::Pending(_) | State::Done | State::Failed(_) | State::Argument(_) => {}
        }
    }
}
