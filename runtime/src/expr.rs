//! The array graph as it is built: reference-counted nodes.
//!
//! An [`Expr`] knows its dtype and shape from the start and its value after evaluation. Then
//! it lets go of its operands, so that a loop that feeds results back does not hold its
//! history. Building, traversal and dropping never recurse: a chain of a million operations
//! is nothing special.
//!
//! Nodes that only another node held are used again by the same thread: an expression of many
//! operations on few elements spends more on the allocator than on anything else.

use crate::engine::Engine;
use crate::{Error, ErrorKind, Value, nodes};
use jitney_ir::graph::{Op, View};
use jitney_ir::ops::Elementwise;
use jitney_ir::{DType, Scalar, Shape};
use once_cell::race::OnceBox;
use smallvec::SmallVec;
use std::cell::RefCell;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// An operand of a node.
#[derive(Clone)]
pub enum ExprInput {
    /// Another node.
    Node(Arc<Expr>),
    /// A literal, of elementwise operations only: it has the shape of the other operands.
    Literal(Scalar),
}

/// The operands of a node.
pub type ExprInputs = SmallVec<[ExprInput; 2]>;

/// What is known of a node beside its value.
pub(crate) enum State {
    /// How to compute it.
    Pending(Pending),
    /// It has a value.
    Done,
    /// Why it has none.
    Failed(Error),
    /// It stands for an argument of a function that is traced, which has no elements.
    Argument(Arc<Tracing>),
}

/// A function that is being traced, or has been.
#[derive(Default)]
pub(crate) struct Tracing {
    /// Whether somebody has asked for elements of an argument.
    asked: AtomicBool,
}

impl Tracing {
    /// Notes that somebody asks for elements, and says that there are none.
    pub fn ask(&self) -> Error {
        self.asked.store(true, Ordering::Relaxed);
        let message = "an argument has no elements while the function is traced: its closure says \
                       what to compute, once for all calls with the same dtypes and shapes. To \
                       choose by elements, use `where_`; what decides what is computed must be \
                       evaluated outside";
        Error::nowhere(ErrorKind::Value, "jit", message)
    }

    /// Whether somebody has asked for elements.
    pub fn was_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

/// An operation with its operands.
pub(crate) struct Pending {
    pub op: PendingOp,
    pub inputs: ExprInputs,
    /// Whether a thread is computing it in memory that its operands have held: nobody may look
    /// at them, and whoever wants the value waits.
    pub is_running: bool,
}

impl State {
    fn is_running(&self) -> bool {
        matches!(self, State::Pending(Pending { is_running: true, .. }))
    }
}

impl Pending {
    /// The view that it is and what of, if it is one.
    pub fn view(&self) -> Option<(&View, &Arc<Expr>)> {
        let PendingOp::Other(op) = &self.op else { return None };
        let (Op::View(view), [ExprInput::Node(node)]) = (&**op, &self.inputs[..]) else {
            return None;
        };
        Some((view, node))
    }

    fn is_update(&self) -> bool {
        match &self.op {
            PendingOp::Other(op) => matches!(**op, Op::Update(_)),
            PendingOp::Elementwise(_) => false,
        }
    }

    /// The literal that it is, if it is one.
    #[inline]
    pub fn constant(&self) -> Option<Scalar> {
        match &self.op {
            PendingOp::Other(op) => op.constant(),
            PendingOp::Elementwise(_) => None,
        }
    }
}

/// What is computed.
pub(crate) enum PendingOp {
    Elementwise(Elementwise),
    Other(Box<Op>),
}

/// A node of the graph under construction.
pub struct Expr {
    dtype: DType,
    shape: Shape,
    /// Whether the state is, and always was, `Failed`: asked of every operand.
    is_failed: bool,
    /// Whether the state was an update in the beginning: asked of every root.
    is_update: bool,
    /// There once the state is `Done`, or is about to be, and read without its lock: evaluated
    /// arrays are what most small graphs consist of. Boxed, because most nodes of an expression
    /// are never anything but pending.
    value: OnceBox<Value>,
    state: Mutex<State>,
}

impl Expr {
    /// A node that is yet to be computed. The operands must be such as
    /// [`Graph::verify`](jitney_ir::graph::Graph::verify) asks, literals aside: of others, the
    /// evaluation is an error. The node is charged to the [budget](crate::with_node_budget), and a
    /// failed one beyond that.
    pub fn new(op: Op, inputs: ExprInputs, dtype: DType, shape: Shape) -> Arc<Expr> {
        if let Some(message) = unwritable(&op, inputs.len()) {
            return Expr::failed(Error::nowhere(ErrorKind::Internal, "eval", message));
        }
        if !nodes::charge() {
            return nodes::exhausted();
        }
        Expr::pending(dtype, &shape, |pending| {
            pending.inputs = inputs;
            pending.op = match op {
                Op::Elementwise(op) => PendingOp::Elementwise(op),
                op => PendingOp::Other(Box::new(op)),
            };
            Ok(())
        })
        .unwrap_or_else(|never: Infallible| match never {})
    }

    /// An elementwise operation whose operands the closure appends; it returns which one it is.
    ///
    /// # Errors
    /// The closure's.
    #[inline]
    pub fn elementwise<E>(
        dtype: DType,
        shape: &Shape,
        append: impl FnOnce(&mut ExprInputs) -> Result<Elementwise, E>,
    ) -> Result<Arc<Expr>, E> {
        if !nodes::charge() {
            return Ok(nodes::exhausted());
        }
        let mut wrong = None;
        let node = Expr::pending(dtype, shape, |pending| {
            let op = append(&mut pending.inputs)?;
            wrong = miscounted(op, pending.inputs.len());
            pending.op = PendingOp::Elementwise(op);
            Ok(())
        })?;
        Ok(match wrong {
            None => node,
            Some(message) => Expr::failed(Error::nowhere(ErrorKind::Internal, "eval", message)),
        })
    }

    /// A node that is yet to be computed, of which the closure writes what it computes.
    #[inline]
    fn pending<E>(
        dtype: DType,
        shape: &Shape,
        write: impl FnOnce(&mut Pending) -> Result<(), E>,
    ) -> Result<Arc<Expr>, E> {
        renew(|node| {
            (node.dtype, node.is_failed, node.is_update) = (dtype, false, false);
            node.shape.clone_from(shape);
            let state = node.state.get_mut().unwrap_or_else(PoisonError::into_inner);
            if let State::Pending(pending) = state {
                write(pending)?;
                node.is_update = pending.is_update();
            }
            Ok(())
        })
    }

    /// A node with a value.
    pub fn value(value: Value) -> Arc<Expr> {
        let (dtype, shape) = (value.dtype(), value.shape().clone());
        let (value, state) = (OnceBox::with_value(Box::new(value)), Mutex::new(State::Done));
        Arc::new(Expr { dtype, shape, is_failed: false, is_update: false, value, state })
    }

    /// A node that has none. Its dtype and shape mean nothing.
    pub fn failed(error: Error) -> Arc<Expr> {
        let (dtype, shape) = (DType::F64, Shape::scalar());
        let (value, state) = (OnceBox::new(), Mutex::new(State::Failed(error)));
        Arc::new(Expr { dtype, shape, is_failed: true, is_update: false, value, state })
    }

    /// A node for an argument of a function that is traced. Other nodes can be built on it, but
    /// whoever asks for elements gets an error.
    pub(crate) fn argument(dtype: DType, shape: Shape, tracing: Arc<Tracing>) -> Arc<Expr> {
        let (value, state) = (OnceBox::new(), Mutex::new(State::Argument(tracing)));
        Arc::new(Expr { dtype, shape, is_failed: false, is_update: false, value, state })
    }

    /// The dtype.
    #[inline]
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The shape.
    #[inline]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Whether the node has no value and never will.
    #[inline]
    pub fn is_failed(&self) -> bool {
        self.is_failed
    }

    /// Whether the node was made as an update.
    #[inline]
    pub(crate) fn is_update(&self) -> bool {
        self.is_update
    }

    /// The error of a failed node.
    pub fn error(&self) -> Option<Error> {
        match &*self.lock() {
            State::Failed(error) => Some(error.clone()),
            State::Pending(_) | State::Done | State::Argument(_) => None,
        }
    }

    /// Whether the value has been computed.
    pub fn is_done(&self) -> bool {
        self.value.get().is_some()
    }

    /// The value, if it has been computed.
    #[inline]
    pub fn known_value(&self) -> Option<&Value> {
        self.value.get()
    }

    /// The literal that the node is, if it is one that nobody has evaluated.
    pub(crate) fn literal(&self) -> Option<Scalar> {
        match &*self.lock() {
            State::Pending(pending) => pending.constant(),
            State::Done | State::Failed(_) | State::Argument(_) => None,
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What there is of a node that nobody else sees.
    pub(crate) fn parts_mut(&mut self) -> (DType, &Shape, Option<&Value>, &mut State) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        (self.dtype, &self.shape, self.value.get(), state)
    }

    /// The state, once nobody is computing it in its operands' memory. Whoever waits must not
    /// be computing anything in that way itself.
    #[inline]
    pub(crate) fn settled(&self) -> MutexGuard<'_, State> {
        let state = self.lock();
        if state.is_running() {
            drop(state);
            let settled = || Some(self.lock()).filter(|state| !state.is_running());
            return Engine::default_one().settlements.wait(settled);
        }
        state
    }

    /// Sets the value and lets go of the operands.
    ///
    /// # Errors
    /// If it is not the value of such a node.
    pub(crate) fn finish(&self, value: Value) -> Result<(), Error> {
        if value.dtype() != self.dtype || value.shape() != &self.shape {
            let (dtype, shape) = (value.dtype(), value.shape());
            let message = format!(
                "a node of {} and shape {} has a value of {dtype} and shape {shape}",
                self.dtype, self.shape
            );
            return Err(Error::nowhere(ErrorKind::Internal, "eval", message));
        }
        // Another thread may have been earlier, with the same bits.
        let _ = self.value.set(Box::new(value));
        self.settle(State::Done);
        Ok(())
    }

    /// Notes that there is no value and never will be.
    pub(crate) fn fail(&self, error: Error) {
        self.settle(State::Failed(error));
    }

    fn settle(&self, state: State) {
        let previous = std::mem::replace(&mut *self.lock(), state);
        if previous.is_running() {
            Engine::default_one().settlements.announce();
        }
        if let State::Pending(pending) = previous {
            drop_all(pending.inputs);
        }
    }

    /// Takes the operands out, of a node that nobody else sees.
    fn take_inputs(&mut self) -> ExprInputs {
        match self.state.get_mut().unwrap_or_else(PoisonError::into_inner) {
            State::Pending(pending) => std::mem::take(&mut pending.inputs),
            State::Done | State::Failed(_) | State::Argument(_) => ExprInputs::new(),
        }
    }
}

/// What is wrong with a node that cannot even be written down for the check of its graph.
fn unwritable(op: &Op, n_inputs: usize) -> Option<String> {
    if let Op::Elementwise(op) = op {
        return miscounted(*op, n_inputs);
    }
    op.input().map(|_| "an input is made from its value".to_owned())
}

fn miscounted(op: Elementwise, n_inputs: usize) -> Option<String> {
    let wrong = || format!("{} takes {} operands, not {n_inputs}", op.name(), op.arity());
    (op.arity() != n_inputs).then(wrong)
}

/// Where threads wait for nodes that others are computing. They are few: one place does for all
/// nodes.
pub(crate) struct Settlements {
    /// How many threads wait for some node to be no longer running, or are about to.
    n_waiting: AtomicUsize,
    /// Held between a look at a node and the wait for it.
    waiting: Mutex<()>,
    settled: Condvar,
}

impl Settlements {
    pub const fn new() -> Settlements {
        let (waiting, settled) = (Mutex::new(()), Condvar::new());
        Settlements { n_waiting: AtomicUsize::new(0), waiting, settled }
    }

    /// What `look` finds once it finds something.
    #[cold]
    fn wait<R>(&self, mut look: impl FnMut() -> Option<R>) -> R {
        self.n_waiting.fetch_add(1, Ordering::Relaxed);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(found) = look() {
                self.n_waiting.fetch_sub(1, Ordering::Relaxed);
                return found;
            }
            waiting = self.settled.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Has those who wait look again. Whoever has seen a node running, and waits, had been counted
    /// before.
    fn announce(&self) {
        if self.n_waiting.load(Ordering::Relaxed) > 0 {
            drop(self.waiting.lock());
            self.settled.notify_all();
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
    let mut rest: SmallVec<[ExprInputs; 8]> = SmallVec::new();
    let mut current = inputs;
    loop {
        let Some(input) = current.pop() else {
            let Some(next) = rest.pop() else { break };
            current = next;
            continue;
        };
        let ExprInput::Node(node) = input else { continue };
        let inputs = release(node);
        if inputs.is_empty() {
            continue;
        }
        let left = std::mem::replace(&mut current, inputs);
        if !left.is_empty() {
            rest.push(left);
        }
    }
}

/// Lets go of a node and returns its operands if nobody else holds it.
fn release(mut node: Arc<Expr>) -> ExprInputs {
    // To ask for the number of references is cheaper than to exclude that there are more.
    if Arc::strong_count(&node) == 1
        && let Some(last) = Arc::get_mut(&mut node)
        && let Ok(State::Pending(pending)) = last.state.get_mut()
    {
        let inputs = std::mem::take(&mut pending.inputs);
        retire(node);
        return inputs;
    }
    // The others may have let go in the meantime.
    Arc::into_inner(node).map(|mut last| last.take_inputs()).unwrap_or_default()
}

/// Nodes a thread keeps for new ones.
const MAX_RETIRED: usize = 512;

thread_local! {
    /// Nodes without operands to which there is no other reference.
    static RETIRED: RefCell<Vec<Arc<Expr>>> = const { RefCell::new(Vec::new()) };
}

/// Keeps a pending node without operands, to which there is no other reference, for a new one.
fn retire(node: Arc<Expr>) {
    // When the thread ends, the list goes first.
    let _ = RETIRED.try_with(|retired| {
        let mut retired = retired.borrow_mut();
        if retired.len() < MAX_RETIRED {
            retired.push(node);
        }
    });
}

/// A pending node without operands, a retired one if there is one, with what is written into it.
/// It is written where it is: to move what has just been written takes as long as to write it.
#[inline]
fn renew<E>(write: impl FnOnce(&mut Expr) -> Result<(), E>) -> Result<Arc<Expr>, E> {
    let retired = RETIRED.try_with(|retired| retired.borrow_mut().pop()).ok().flatten();
    let mut node = retired.unwrap_or_else(|| Arc::new(const { blank() }));
    write(Arc::get_mut(&mut node).expect("nobody else has a node that is retired or new"))?;
    Ok(node)
}

/// A pending node without operands.
const fn blank() -> Expr {
    let op = PendingOp::Elementwise(Elementwise::Add);
    let pending = Pending { op, inputs: SmallVec::new_const(), is_running: false };
    Expr {
        dtype: DType::Bool,
        shape: Shape::scalar(),
        is_failed: false,
        is_update: false,
        value: OnceBox::new(),
        state: Mutex::new(State::Pending(pending)),
    }
}
