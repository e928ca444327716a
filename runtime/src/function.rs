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

use crate::buffer::Buffer;
use crate::cache::{self, Known};
use crate::claim::fills_its_memory;
use crate::collect::{self, Parameter};
use crate::eval::{Values, interpret, prepare};
use crate::exec::{self, Prepared};
use crate::expr::Tracing;
use crate::key::GraphKey;
use crate::source::Source;
use crate::{Error, ErrorKind, Expr, Mode, Value, eval, settings};
use jitney_ir::graph::Layout;
use jitney_optimizer::Strategy;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::cell::Cell;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// Traces that a function keeps. Whoever calls it with more signatures than that traces again.
const MAX_TRACES: usize = 64;

/// Nodes that a function is given or computes.
pub type Nodes = SmallVec<[Arc<Expr>; 2]>;

/// The traces of one closure.
#[derive(Default)]
pub struct Function {
    /// The latest one last.
    traces: RwLock<Vec<Arc<Trace>>>,
}

/// An argument of a call.
pub struct Given<'a> {
    /// Until the call has taken what it needs.
    node: Option<Cow<'a, Arc<Expr>>>,
    /// Whether nobody else has the memory of its value, as far as that is known.
    is_owned: bool,
}

impl<'a> Given<'a> {
    /// An array that others may look at.
    pub fn shared(node: &'a Arc<Expr>) -> Given<'a> {
        Given { node: Some(Cow::Borrowed(node)), is_owned: false }
    }

    /// An array that the caller gives away. If nobody else has it, results may take its place.
    pub fn own(node: Arc<Expr>) -> Given<'a> {
        Given { node: Some(Cow::Owned(node)), is_owned: false }
    }

    fn known_value(&self) -> Option<&Value> {
        self.node.as_ref()?.known_value()
    }

    fn value(&self) -> Result<&Value, Error> {
        let message = "an argument was left without a value";
        let missing = || Error::nowhere(ErrorKind::Internal, "jit", message);
        self.known_value().ok_or_else(missing)
    }

    /// Finds out whether it has its memory for itself.
    fn claim(&mut self) {
        let Some(Cow::Owned(node)) = &mut self.node else { return };
        let value = Arc::get_mut(node).and_then(|node| node.known_value());
        self.is_owned =
            value.is_some_and(|value| value.buffer().is_held_by(1) && fills_its_memory(value));
    }

    fn parameter(&self) -> Result<Parameter, Error> {
        let value = self.value()?;
        // Where it begins is no matter of the function's.
        let (dtype, layout) = (value.dtype(), Layout { offset: 0, ..value.layout().clone() });
        Ok(Parameter { dtype, layout, is_owned: self.is_owned })
    }

    /// Whether a trace with this parameter does. It knows nothing of where the argument is.
    fn fits(&self, parameter: &Parameter) -> bool {
        let Some(value) = self.known_value() else { return false };
        let (layout, own) = (value.layout(), &parameter.layout);
        // One extent after the other: a call that compares memory takes longer.
        value.dtype() == parameter.dtype
            && self.is_owned == parameter.is_owned
            && layout.shape.rank() == own.shape.rank()
            && layout.shape.extents().iter().zip(own.shape.extents()).all(|(a, b)| a == b)
            && layout.strides.iter().zip(&own.strides).all(|(a, b)| a == b)
    }
}

impl Function {
    /// The results for the given arguments, which the call lets go of. `body` gets a node for each argument and returns
    /// those that are to be computed; it runs only if there is no trace for these arguments.
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
        let trace = self.trace(given, body)?;
        let mut nodes = Nodes::new();
        for value in trace.run(given, &[])? {
            nodes.push(Expr::value(value));
        }
        Ok(nodes)
    }

    /// As [`call`](Function::call), with the results in the place of as many nodes, and in the
    /// memory of their values where that has the right size and nobody else sees it.
    ///
    /// # Errors
    /// As [`call`](Function::call)'s. Nodes whose memory was in use then are left with the error.
    pub fn call_into(
        &self,
        given: &mut [Given<'_>],
        results: &mut [&mut Arc<Expr>],
        body: impl FnOnce(&[Arc<Expr>]) -> Nodes,
    ) -> Result<(), Error> {
        if is_inline(given) {
            results.iter_mut().zip(inline(given, body)).for_each(|(node, new)| **node = new);
            return Ok(());
        }
        let trace = self.trace(given, body)?;
        if trace.n_results != results.len() {
            let (n, given) = (trace.n_results, results.len());
            let message = format!("the function has {n} results, not {given}");
            return Err(Error::nowhere(ErrorKind::Value, "jit", message));
        }
        let memory: Memories = results.iter_mut().map(|node| own_memory(node)).collect();
        match trace.run(given, &memory) {
            Ok(values) => {
                for (node, value) in results.iter_mut().zip(values) {
                    put(node, value);
                }
                Ok(())
            }
            Err(error) => {
                let lost = results.iter_mut().zip(&memory).filter(|(_, memory)| memory.is_some());
                lost.for_each(|(node, _)| **node = Expr::failed(error.clone()));
                Err(error)
            }
        }
    }

    /// The trace for arguments, which are evaluated if they are not.
    fn trace(
        &self,
        given: &mut [Given<'_>],
        body: impl FnOnce(&[Arc<Expr>]) -> Nodes,
    ) -> Result<Arc<Trace>, Error> {
        evaluate(given)?;
        given.iter_mut().for_each(Given::claim);
        match self.known(given) {
            Some(trace) => Ok(trace),
            None => Ok(self.keep(Trace::new(given, body)?)),
        }
    }

    fn known(&self, given: &[Given<'_>]) -> Option<Arc<Trace>> {
        let traces = self.traces.read().unwrap_or_else(PoisonError::into_inner);
        traces.iter().rev().find(|trace| trace.fits(given)).map(Arc::clone)
    }

    fn keep(&self, trace: Trace) -> Arc<Trace> {
        let trace = Arc::new(trace);
        let mut traces = self.traces.write().unwrap_or_else(PoisonError::into_inner);
        // Several threads may have come at once.
        let is_same = |other: &&Arc<Trace>| other.parameters == trace.parameters;
        if let Some(other) = traces.iter().find(is_same) {
            return Arc::clone(other);
        }
        if traces.len() == MAX_TRACES {
            traces.remove(0);
        }
        traces.push(Arc::clone(&trace));
        trace
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

/// Whether a function is called for what another one computes: on arguments that have no
/// elements while that one is traced. Its graph becomes a part of the other's.
fn is_inline(given: &[Given<'_>]) -> bool {
    N_TRACING.get() > 0 && given.iter().any(|given| given.known_value().is_none())
}

fn inline(given: &[Given<'_>], body: impl FnOnce(&[Arc<Expr>]) -> Nodes) -> Nodes {
    let nodes: Nodes = given.iter().filter_map(|given| given.node.as_deref().cloned()).collect();
    body(&nodes)
}

/// Memory for results, by number.
type Memories = SmallVec<[Option<Buffer>; 2]>;

/// The memory of a node's value if nobody else can see it.
fn own_memory(node: &mut Arc<Expr>) -> Option<Buffer> {
    let buffer = Arc::get_mut(node)?.known_value()?.buffer();
    buffer.is_held_by(1).then(|| buffer.clone())
}

/// Lets a node have the value, a node that has it already if nothing but elements differs.
fn put(node: &mut Arc<Expr>, value: Value) {
    let is_there = |old: &Value| {
        let is_same = old.buffer().is_same(value.buffer()) && old.dtype() == value.dtype();
        is_same && old.layout() == value.layout()
    };
    if !node.known_value().is_some_and(is_there) {
        *node = Expr::value(value);
    }
}

/// Computes the arguments that have no value yet, together.
fn evaluate(given: &[Given<'_>]) -> Result<(), Error> {
    if given.iter().all(|given| given.known_value().is_some()) {
        return Ok(());
    }
    let nodes = given.iter().filter_map(|given| given.node.as_deref());
    eval(&nodes.filter(|node| !node.is_done()).collect::<Vec<_>>())
}

/// A graph for arguments of one signature.
struct Trace {
    parameters: Vec<Parameter>,
    n_results: usize,
    key: GraphKey,
    /// By input: literals, arrays that the closure holds, and numbers of arguments.
    sources: Vec<Source>,
    fused: OnceLock<Arc<Prepared>>,
    eager: OnceLock<Arc<Prepared>>,
}

impl Trace {
    fn new(given: &[Given<'_>], body: impl FnOnce(&[Arc<Expr>]) -> Nodes) -> Result<Trace, Error> {
        let parameters = given.iter().map(Given::parameter);
        let parameters = parameters.collect::<Result<Vec<_>, Error>>()?;
        let tracing = Arc::new(Tracing::default());
        let node = |Parameter { dtype, layout, .. }: &Parameter| {
            Expr::argument(*dtype, layout.shape.clone(), Arc::clone(&tracing))
        };
        let nodes: Nodes = parameters.iter().map(node).collect();
        let results = traced(|| body(&nodes));
        // Whatever the closure made of the answer, it would be wrong for other elements.
        if tracing.was_asked() {
            return Err(tracing.ask());
        }
        let roots: SmallVec<[&Arc<Expr>; 2]> = results.iter().collect();
        let (key, sources) = collect::function(&roots, &nodes, &parameters)?;
        let (n_results, fused, eager) = (results.len(), OnceLock::new(), OnceLock::new());
        Ok(Trace { parameters, n_results, key, sources, fused, eager })
    }

    fn fits(&self, given: &[Given<'_>]) -> bool {
        given.len() == self.parameters.len()
            && given.iter().zip(&self.parameters).all(|(given, own)| given.fits(own))
    }

    fn run(&self, given: &mut [Given<'_>], results: &[Option<Buffer>]) -> Result<Values, Error> {
        let settings = &settings();
        let mut sources: SmallVec<[Source; 4]> = SmallVec::with_capacity(self.sources.len());
        for source in &self.sources {
            sources.push(match source {
                Source::Argument(number) => Source::of(given[*number as usize].value()?),
                other => other.clone(),
            });
        }
        // Of what may be overwritten, the sources have the only references now.
        given.iter_mut().for_each(|given| given.node = None);
        let strategy = match settings.mode() {
            Mode::Fused => Strategy::Fused,
            Mode::Eager => Strategy::Eager,
            Mode::Reference => return interpret(&self.key.read()?, &sources, settings),
        };
        exec::run_into(self.prepared(strategy)?, &sources, settings, &mut |_| true, results)
            // Without executable memory the interpreter serves.
            .unwrap_or_else(|| {
                cache::check_environment()?;
                interpret(&self.key.read()?, &sources, settings)
            })
    }

    fn prepared(&self, strategy: Strategy) -> Result<&Arc<Prepared>, Error> {
        let slot = match strategy {
            Strategy::Fused => &self.fused,
            Strategy::Eager => &self.eager,
        };
        if let Some(prepared) = slot.get() {
            return Ok(prepared);
        }
        let prepared = match cache::known(&self.key, strategy) {
            Known::Planned(prepared) => prepared,
            Known::Seen | Known::New => prepare(&self.key, &self.key.read()?, strategy),
        };
        Ok(slot.get_or_init(|| prepared))
    }
}
