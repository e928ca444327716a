//! From expressions to the key of their graph and its inputs.

mod entries;
mod parameter;
mod part;
mod tree;

use crate::claim::{self, Candidate};
use crate::context::Stop;
use crate::expr::{ExprInput, PendingOp, State};
use crate::key::{EntryOp, GraphKey};
use crate::source::Source;
use crate::{Error, Expr, Value};
use entries::Entries;
use jitney_ir::{DType, Scalar, Shape};
use jitney_optimizer::is_special;
pub(crate) use parameter::{Parameter, function};
use part::Part;
use smallvec::SmallVec;
use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// A graph with what is behind its inputs.
#[derive(Default)]
pub(crate) struct Collected {
    pub key: GraphKey,
    /// By input number.
    pub sources: Vec<Source>,
    /// Inputs as large as the result, which it may take the place of.
    pub candidates: Vec<Candidate>,
    /// Whether the result is the part of the root's value that an update changes; the rest is
    /// the base's.
    pub is_part: bool,
    /// How many inputs are known to be parts of the array whose part changes.
    pub n_of_base: usize,
}

impl Collected {
    /// Whether an evaluation of this graph is all that holds the memory of the value of a node
    /// that nobody else holds, as the one input that a plan knows it for.
    ///
    /// There may be others in the same memory: a view that was evaluated, or the node itself if
    /// another thread has evaluated what else leads to it while the walk went on. What they read
    /// must not change.
    pub fn holds_all_of(&self, value: &Value) -> bool {
        let sources = self.sources.iter().filter(|source| source.is_in(value.buffer()));
        let known = if self.is_part { self.n_of_base } else { 1 };
        // The value itself holds it, too.
        sources.count() == known && value.buffer().is_held_by(1 + known)
    }
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
/// The deferred error of a node that the roots depend on, or if the evaluation is to stop.
pub(crate) fn collect<R>(
    roots: &[&Arc<Expr>],
    literals: Literals,
    stop: &Stop,
    body: impl FnOnce(&Collected) -> Result<R, Error>,
) -> Result<R, Error> {
    let walk = |walk: &mut Walk| walk.run(roots, literals);
    with_walk(stop, walk, body)
}

/// As [`collect`], and says which inputs may be overwritten: those that nobody needs any more
/// once the root has a value. Literals become inputs.
///
/// # Errors
/// The deferred error of a node that the root depends on, or if the evaluation is to stop.
pub(crate) fn collect_reusing<R>(
    root: &Arc<Expr>,
    stop: &Stop,
    body: impl FnOnce(&Collected) -> Result<R, Error>,
) -> Result<R, Error> {
    with_walk(stop, |walk| walk.run_reusing(root), body)
}

fn with_walk<R>(
    stop: &Stop,
    run: impl FnOnce(&mut Walk) -> Result<(), Error>,
    body: impl FnOnce(&Collected) -> Result<R, Error>,
) -> Result<R, Error> {
    // Taken out while in use: `body` may evaluate something else on this thread.
    let mut walk = WALK.try_with(Cell::take).ok().flatten().unwrap_or_default();
    walk.stop.clone_from(stop);
    let result = run(&mut walk).and_then(|()| body(&walk.collected));
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
    stop: Stop,
    /// What is yet to be done, the next one last.
    stack: Vec<Task>,
    /// The entries of operands whose users have not been appended yet.
    operands: Vec<u32>,
    /// Entries of the nodes that more than one may hold.
    shared: Entries,
    /// Bytes of inputs that the result may take the place of; 0 if there are none.
    reusable: usize,
    /// The part of an array that an update at the root changes, if that is all that is
    /// computed.
    part: Option<Box<Part>>,
    /// What stands for arguments, if a function is traced.
    parameters: Vec<(Address, Parameter)>,
}

/// Bytes of a result below which it takes longer to find it a place among its operands than
/// to allocate one: of 8,000 bytes `a * x + y` takes 0.71 us in place and 0.66 elsewhere, of
/// 80,000 it takes 1.1 and 1.5 (`--bench inplace`).
const MIN_REUSED: usize = 1 << 15;

/// Inputs that are looked at for a place for the result. For each of them, all others are.
const MAX_CANDIDATES: usize = 64;

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
        self.collected.candidates.clear();
        self.stop = Stop::default();
        self.collected.is_part = false;
        self.collected.n_of_base = 0;
        self.reusable = 0;
        self.part = None;
        self.parameters.clear();
        self.stack.clear();
        self.operands.clear();
        self.shared.clear();
    }

    fn run(&mut self, roots: &[&Arc<Expr>], literals: Literals) -> Result<(), Error> {
        for root in roots {
            self.root(root, literals)?;
        }
        self.outputs();
        Ok(())
    }

    fn run_reusing(&mut self, root: &Arc<Expr>) -> Result<(), Error> {
        if root.is_update() && self.part_alone(root)? {
            return Ok(());
        }
        let bytes = root.shape().len().saturating_mul(root.dtype().size());
        self.reusable = if bytes < MIN_REUSED { 0 } else { bytes };
        self.root(root, Literals::BecomeInputs)?;
        self.outputs();
        if !self.collected.candidates.is_empty() {
            self.find_owned(root);
        }
        Ok(())
    }

    fn root(&mut self, root: &Arc<Expr>, literals: Literals) -> Result<(), Error> {
        if !self.tree(root, literals)? {
            self.node(root, 1, literals)?;
            self.finish_stack(literals)?;
        }
        Ok(())
    }

    fn finish_stack(&mut self, literals: Literals) -> Result<(), Error> {
        let mut n_tasks = 0;
        while let Some(task) = self.stack.pop() {
            self.stop.check_at(n_tasks)?;
            n_tasks += 1;
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

    /// Notes that the next input may turn out to be the root's own.
    fn candidate(&mut self, node: usize) {
        let (input, position) =
            (self.collected.sources.len() as u32, self.collected.key.position());
        self.collected.candidates.push(Candidate { node, input, position });
    }

    /// Finds those candidates that nobody but the root can see.
    fn find_owned(&mut self, root: &Arc<Expr>) {
        let mut free: SmallVec<[usize; 2]> = SmallVec::new();
        if let State::Pending(pending) = &*root.lock() {
            claim::owned(&pending.inputs, |node, value| {
                let found = self.collected.candidates.iter().find(|found| found.is(node));
                let is_free = |_: &&Candidate| {
                    claim::fills_its_memory(value) && self.collected.holds_all_of(value)
                };
                free.extend(found.filter(is_free).map(|found| found.position));
            });
        }
        free.into_iter().for_each(|position| self.collected.key.own(position));
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
            && let Some(entry) = self.shared.get(address)
        {
            self.operands.push(entry);
            return Ok(());
        }
        if self.part.is_some() && self.evaluated_view(expr, shared) {
            return Ok(());
        }
        if let Some(value) = expr.known_value() {
            self.value(Arc::as_ptr(expr).addr(), value, shared);
            return Ok(());
        }
        match &*expr.settled() {
            State::Argument(_) if self.parameter(expr, shared) => {}
            State::Argument(tracing) => return Err(tracing.ask()),
            State::Failed(error) => return Err(error.clone()),
            // Another thread has evaluated it since it was asked.
            State::Done => return self.node(expr, n_known, literals),
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

    /// Appends the value of the node at an address.
    fn value(&mut self, node: usize, value: &Value, shared: Option<Address>) {
        let is_reusable = value.buffer().len() == self.reusable && self.reusable > 0;
        if is_reusable && self.collected.candidates.len() < MAX_CANDIDATES {
            self.candidate(node);
        }
        self.input(value, shared);
    }

    fn input(&mut self, value: &Value, shared: Option<Address>) {
        let entry = self.collected.key.input(value.dtype(), value.layout());
        self.collected.sources.push(Source::of(value));
        self.appended(entry, shared);
    }

    fn literal(&mut self, scalar: Scalar, literals: Literals, shared: Option<Address>) {
        // Kernels read it as they read memory, in which there is no bool but 0 and 1.
        let scalar = scalar.normalized();
        let entry = if literals == Literals::Stay || is_special(scalar) {
            self.collected.key.constant(scalar)
        } else {
            self.collected.sources.push(Source::Literal(scalar));
            self.collected.key.literal(scalar.dtype)
        };
        self.appended(entry, shared);
    }
}

#[cfg(test)]
mod tests {
    use super::{Literals, collect, collect_reusing};
    use crate::context::Stop;
    use crate::expr::ExprInput;
    use crate::{ErrorKind, Expr, Settings, Value};
    use jitney_ir::graph::{Op, View};
    use jitney_ir::ops::Elementwise;
    use jitney_ir::{DType, Shape};
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    /// Whatever the nodes are, and whether others hold them.
    #[test]
    fn a_graph_is_neither_written_nor_read_for_a_host_that_wants_to_stop() {
        let shape = Shape::new(&[3]).expect("a shape");
        let x = Expr::value(Value::from_vec(vec![1.0; 3], &shape).expect("a value"));
        let mut held = Vec::new();
        for (op, n_operands) in
            [(Op::Elementwise(Elementwise::Add), 2), (Op::View(View::Reshape), 1)]
        {
            for is_held in [false, true] {
                let node = (0..5000).fold(Arc::clone(&x), |y, _| {
                    held.extend(is_held.then(|| Arc::clone(&y)));
                    let inputs = [y, Arc::clone(&x)].into_iter().take(n_operands);
                    let inputs = inputs.map(ExprInput::Node).collect();
                    Expr::new(op.clone(), inputs, DType::F64, shape.clone())
                });
                let cancel = Some(Arc::new(AtomicBool::new(true)));
                let stop = &Stop::of(&Settings { cancel, ..Settings::default() });
                let kind = |result: Result<(), crate::Error>| result.map_err(|e| e.kind());
                let stopped = Err(ErrorKind::Cancelled);
                let written = collect(&[&node], Literals::Stay, stop, |_| Ok(()));
                assert_eq!(kind(written), stopped, "{op} {is_held}");
                assert_eq!(kind(collect_reusing(&node, stop, |_| Ok(()))), stopped, "{op}");
                let never = &Stop::default();
                let read = collect(&[&node], Literals::Stay, never, |collected| {
                    assert!(collected.key.read(never).is_ok());
                    collected.key.read(stop).map(|_| ())
                });
                assert_eq!(kind(read), stopped, "{op} {is_held}");
            }
        }
    }
}
