//! From expressions to the key of their graph and its inputs.

mod tree;

use crate::expr::{ExprInput, PendingOp, State};
use crate::key::{EntryOp, GraphKey};
use crate::source::Source;
use crate::{Error, Expr, Value};
use jitney_ir::{DType, Scalar, Shape};
use jitney_optimizer::is_special;
use rustc_hash::FxHashMap;
use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// A graph with what is behind its inputs.
#[derive(Default)]
pub(crate) struct Collected {
    pub key: GraphKey,
    /// By input number.
    pub sources: Vec<Source>,
}

/// What becomes of literals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Literals {
    /// They stay constants, as they were written.
    Stay,
    /// Those that no rule looks at become inputs, so that graphs that differ in them only
    /// are one graph, with one plan and one set of kernels. Each is an input of its own: were
    /// equal ones one, a graph would depend on which of its literals happen to be equal.
    BecomeInputs,
}

/// Collects the graph of the roots and hands it to `body`. Evaluated nodes become inputs,
/// each once.
///
/// # Errors
/// The deferred error of a node that the roots depend on.
pub(crate) fn collect<R>(
    roots: &[&Arc<Expr>],
    literals: Literals,
    body: impl FnOnce(&Collected) -> Result<R, Error>,
) -> Result<R, Error> {
    // Taken out while in use: `body` may evaluate something else on this thread.
    let mut walk = WALK.try_with(Cell::take).ok().flatten().unwrap_or_default();
    let result = walk.run(roots, literals).and_then(|()| body(&walk.collected));
    if walk.collected.key.n_entries() <= MAX_KEPT {
        walk.clear();
        // When the thread ends, so may its memory.
        let _ = WALK.try_with(|kept| kept.set(Some(walk)));
    }
    result
}

/// Entries up to which the memory of a walk is kept for the next one.
const MAX_KEPT: usize = 1 << 12;

thread_local! {
    static WALK: Cell<Option<Box<Walk>>> = const { Cell::new(None) };
}

/// A walk over expressions, operands first, with memory that later walks use again.
#[derive(Default)]
struct Walk {
    collected: Collected,
    /// What is yet to be done, the next one last.
    stack: Vec<Task>,
    /// The entries of operands whose users have not been appended yet.
    operands: Vec<u32>,
    /// Entries of the nodes that more than one may hold.
    shared: FxHashMap<Address, u32>,
}

/// Where a node is, which tells it from all others as long as the roots hold it.
type Address = NonZeroUsize;

fn address(node: &Arc<Expr>) -> Option<Address> {
    NonZeroUsize::new(Arc::as_ptr(node).addr())
}

enum Task {
    /// Append a node with all it needs.
    Node(Arc<Expr>),
    /// Append a literal.
    Literal(Scalar),
    /// Append an operation whose operands are there.
    Operation { op: EntryOp, dtype: DType, n_operands: u32, shared: Option<Address> },
}

impl Walk {
    fn clear(&mut self) {
        self.collected.key.clear();
        self.collected.sources.clear();
        self.stack.clear();
        self.operands.clear();
        self.shared.clear();
    }

    fn run(&mut self, roots: &[&Arc<Expr>], literals: Literals) -> Result<(), Error> {
        for root in roots {
            if !self.tree(root, literals)? {
                self.node(root, 1, literals)?;
                self.finish_stack(literals)?;
            }
        }
        self.outputs();
        Ok(())
    }

    fn finish_stack(&mut self, literals: Literals) -> Result<(), Error> {
        while let Some(task) = self.stack.pop() {
            match task {
                Task::Node(node) => self.node(&node, 2, literals)?,
                Task::Literal(scalar) => self.literal(scalar, literals, None),
                Task::Operation { op, dtype, n_operands, shared } => {
                    self.operation(&op, dtype, n_operands as usize, shared);
                }
            }
        }
        Ok(())
    }

    fn outputs(&mut self) {
        for entry in self.operands.drain(..) {
            self.collected.key.output(entry);
        }
    }

    /// Appends an operation on the operands appended last.
    fn operation(
        &mut self,
        op: &EntryOp,
        dtype: DType,
        n_operands: usize,
        shared: Option<Address>,
    ) {
        let first = self.operands.len() - n_operands;
        let entry = self.collected.key.operation(op, dtype, &self.operands[first..]);
        self.operands.truncate(first);
        self.appended(entry, shared);
    }

    fn appended(&mut self, entry: u32, shared: Option<Address>) {
        self.operands.push(entry);
        if let Some(address) = shared {
            self.shared.insert(address, entry);
        }
    }

    /// Appends a node that needs no other, or puts off what it needs. Nobody comes to the node
    /// again if there are no more references than the given number: the one that led here,
    /// and the stack's.
    fn node(&mut self, expr: &Arc<Expr>, n_known: usize, literals: Literals) -> Result<(), Error> {
        let is_shared = Arc::strong_count(expr) > n_known;
        let shared = if is_shared { address(expr) } else { None };
        if let Some(address) = shared
            && let Some(entry) = self.shared.get(&address)
        {
            self.operands.push(*entry);
            return Ok(());
        }
        match &*expr.lock() {
            State::Failed(error) => return Err(error.clone()),
            State::Done(value) => self.value(value, shared),
            State::Pending(pending) => {
                if let Some(scalar) = pending.constant() {
                    self.literal(scalar, literals, shared);
                    return Ok(());
                }
                let op = self.entry_op(&pending.op, expr.shape());
                let n_operands = pending.inputs.len() as u32;
                let task = Task::Operation { op, dtype: expr.dtype(), n_operands, shared };
                self.stack.push(task);
                self.stack.extend(pending.inputs.iter().rev().map(|input| match input {
                    ExprInput::Node(node) => Task::Node(Arc::clone(node)),
                    ExprInput::Literal(scalar) => Task::Literal(*scalar),
                }));
            }
        }
        Ok(())
    }

    #[inline]
    fn entry_op(&mut self, op: &PendingOp, shape: &Shape) -> EntryOp {
        match op {
            PendingOp::Elementwise(op) => EntryOp::Elementwise(*op),
            PendingOp::Other(op) => self.collected.key.other(op, shape),
        }
    }

    fn value(&mut self, value: &Value, shared: Option<Address>) {
        let entry = self.collected.key.input(value.dtype(), value.layout());
        self.collected.sources.push(Source::of(value));
        self.appended(entry, shared);
    }

    fn literal(&mut self, scalar: Scalar, literals: Literals, shared: Option<Address>) {
        let entry = if literals == Literals::Stay || is_special(scalar) {
            self.collected.key.constant(scalar)
        } else {
            self.collected.sources.push(Source::Literal(scalar));
            self.collected.key.literal(scalar.dtype)
        };
        self.appended(entry, shared);
    }
}
