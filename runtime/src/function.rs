//! Functions: graphs with arguments, written down and planned once, then only run.
//!
//! To evaluate an expression is to build its nodes, to write them down and to look for their
//! plan, every time. A call of a [`Function`] puts the memory of its arguments where the
//! traced graph has inputs and runs the plan: it costs the same for one operation and for a
//! hundred.
//!
//! A graph is traced for each signature: dtypes, shapes and strides of the arguments, and
//! which of them the call may write over. Tracing runs the caller's closure on nodes that
//! stand for the arguments and have no value ([`Expr::argument`]), so that nothing can depend
//! on elements that the next call has not.

mod given;
mod trace;

use crate::buffer::Buffer;
use crate::context::Context;
use crate::exec::Results;
use crate::{Error, ErrorKind, Expr, Value};
use given::settle;
use smallvec::SmallVec;
use std::cell::Cell;
use std::ops::Deref;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use trace::Trace;

pub use given::Given;

/// Traces that a function keeps. Whoever calls it with more signatures than that traces again.
const MAX_TRACES: usize = 64;

/// Bytes that those may take which do not stay, their plans and code not counted: these are in the
/// engine's caches, and made again if they have been evicted from there.
const MAX_BYTES: usize = 16 << 20;

/// How many of them stay as long as the function: a call finds these without a lock, and borrows
/// them.
const N_LASTING: usize = 4;

/// Nodes that a function is given or computes.
pub type Nodes = SmallVec<[Arc<Expr>; 2]>;

/// The traces of one closure.
#[derive(Default)]
pub struct Function {
    /// Those of the first signatures.
    lasting: [OnceLock<Trace>; N_LASTING],
    /// Those of the others, the latest one last.
    others: RwLock<Vec<Arc<Trace>>>,
}

/// A trace that a function keeps.
enum Found<'f> {
    Lasting(&'f Trace),
    Other(Arc<Trace>),
}

impl Deref for Found<'_> {
    type Target = Trace;

    fn deref(&self) -> &Trace {
        match self {
            Found::Lasting(trace) => trace,
            Found::Other(trace) => trace,
        }
    }
}

impl Function {
    /// The results for the given arguments, which the call lets go of. `body` gets a node for each
    /// argument and returns those that are to be computed; it runs only if there is no trace for
    /// these arguments.
    ///
    /// # Errors
    /// The deferred error of an argument or a result, or a limit.
    pub fn call(
        &self,
        given: &mut [Given<'_>],
        body: impl FnOnce(&[Arc<Expr>]) -> Nodes,
    ) -> Result<Nodes, Error> {
        if is_inline(given) {
            return Ok(inline(given, body));
        }
        let context = &Context::of_scope();
        let trace = self.trace(given, context, body)?;
        let mut results = Results::default();
        trace.run(given, context, &mut results)?;
        Ok(results.values.into_iter().map(Expr::value).collect())
    }

    /// As [`call`](Function::call), with the results in the place of as many nodes, and in the
    /// memory of their values where that has the right size and nobody else sees it.
    ///
    /// # Errors
    /// As [`call`](Function::call)'s. Nodes whose memory was in use then are left with the error.
    pub fn call_into(
        &self,
        given: &mut [Given<'_>],
        nodes: &mut [&mut Arc<Expr>],
        body: impl FnOnce(&[Arc<Expr>]) -> Nodes,
    ) -> Result<(), Error> {
        if is_inline(given) {
            nodes.iter_mut().zip(inline(given, body)).for_each(|(node, new)| **node = new);
            return Ok(());
        }
        let context = &Context::of_scope();
        let trace = self.trace(given, context, body)?;
        if trace.n_results != nodes.len() {
            let (n, given) = (trace.n_results, nodes.len());
            let message = format!("the function has {n} results, not {given}");
            return Err(Error::nowhere(ErrorKind::Value, "jit", message));
        }
        let mut results = Results::default();
        let mut is_in_use: SmallVec<[bool; 2]> = SmallVec::new();
        for node in nodes.iter_mut() {
            let memory = own_memory(node);
            is_in_use.push(memory.is_some());
            results.memory.push(memory);
        }
        if let Err(error) = trace.run(given, context, &mut results) {
            let lost = nodes.iter_mut().zip(is_in_use).filter(|(_, is_in_use)| *is_in_use);
            lost.for_each(|(node, _)| **node = Expr::failed(error.clone()));
            return Err(error);
        }
        nodes.iter_mut().zip(results.values).for_each(|(node, value)| put(node, value));
        Ok(())
    }

    /// The trace for arguments, which are evaluated if they are not.
    fn trace(
        &self,
        given: &mut [Given<'_>],
        context: &Context,
        body: impl FnOnce(&[Arc<Expr>]) -> Nodes,
    ) -> Result<Found<'_>, Error> {
        settle(given, context)?;
        match self.known(given) {
            Some(trace) => Ok(trace),
            None => Ok(self.keep(Trace::new(given, &context.stop, body)?)),
        }
    }

    fn known(&self, given: &[Given<'_>]) -> Option<Found<'_>> {
        let mut lasting = self.lasting.iter().map_while(OnceLock::get);
        if let Some(trace) = lasting.find(|trace| trace.fits(given)) {
            return Some(Found::Lasting(trace));
        }
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        let found = others.iter().rev().find(|trace| trace.fits(given));
        found.map(|trace| Found::Other(Arc::clone(trace)))
    }

    fn keep(&self, trace: Trace) -> Found<'_> {
        // Several threads may have come at once: only who has the lock adds traces.
        let mut others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        for place in &self.lasting {
            match place.get() {
                Some(other) if other.parameters == trace.parameters => {
                    return Found::Lasting(other);
                }
                Some(_) => {}
                None => return Found::Lasting(place.get_or_init(|| trace)),
            }
        }
        if let Some(other) = others.iter().find(|other| other.parameters == trace.parameters) {
            return Found::Other(Arc::clone(other));
        }
        let is_full = |others: &[Arc<Trace>]| {
            let bytes: usize = others.iter().map(|other| other.bytes()).sum();
            others.len() == MAX_TRACES - N_LASTING || bytes + trace.bytes() > MAX_BYTES
        };
        while !others.is_empty() && is_full(&others) {
            others.remove(0);
        }
        others.push(Arc::new(trace));
        Found::Other(Arc::clone(&others[others.len() - 1]))
    }
}

thread_local! {
    /// How many functions this thread is tracing, one for another.
    static N_TRACING: Cell<usize> = const { Cell::new(0) };
}

/// Runs what traces a function.
fn traced<R>(body: impl FnOnce() -> R) -> R {
    /// Counts down, also when the body panics.
    struct Traced;
    impl Drop for Traced {
        fn drop(&mut self) {
            N_TRACING.set(N_TRACING.get() - 1);
        }
    }
    N_TRACING.set(N_TRACING.get() + 1);
    let _traced = Traced;
    body()
}

/// Whether this thread traces a function, so that what it computes is for all later calls.
pub fn is_tracing() -> bool {
    N_TRACING.get() > 0
}

/// Whether a function is called for what another one computes: on arguments that have no
/// elements while that one is traced. Its graph becomes a part of the other's.
fn is_inline(given: &[Given<'_>]) -> bool {
    N_TRACING.get() > 0 && given.iter().any(|given| given.known_value().is_none())
}

fn inline(given: &[Given<'_>], body: impl FnOnce(&[Arc<Expr>]) -> Nodes) -> Nodes {
    let nodes: Nodes = given.iter().filter_map(|given| given.node().cloned()).collect();
    body(&nodes)
}

/// The memory of a node's value if nobody else can see it.
fn own_memory(node: &mut Arc<Expr>) -> Option<Buffer> {
    let buffer = Arc::get_mut(node)?.known_value()?.buffer();
    buffer.is_held_by(1).then(|| buffer.clone())
}

/// Lets a node have the value, a node that has it already if nothing but elements differs.
fn put(node: &mut Arc<Expr>, value: Value) {
    if !node.known_value().is_some_and(|old| old.is_same(&value)) {
        *node = Expr::value(value);
    }
}
