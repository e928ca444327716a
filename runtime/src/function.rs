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

use crate::cache::{self, Known};
use crate::claim::fills_its_memory;
use crate::collect::{self, Parameter};
use crate::eval::{Values, interpret, prepare};
use crate::exec::{self, Prepared};
use crate::key::GraphKey;
use crate::source::Source;
use crate::{Error, ErrorKind, Expr, Mode, Settings, eval, settings};
use jitney_ir::DType;
use jitney_ir::graph::Layout;
use jitney_optimizer::Strategy;
use smallvec::SmallVec;
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
pub enum Given<'a> {
    /// An array that somebody else may look at.
    Shared(&'a Arc<Expr>),
    /// An array that the caller gives away. If nobody else has it, results may take its place.
    Own(Arc<Expr>),
}

/// The arguments of a call.
pub type AllGiven<'a> = SmallVec<[Given<'a>; 4]>;

impl Given<'_> {
    fn node(&self) -> &Arc<Expr> {
        match self {
            Given::Shared(node) => node,
            Given::Own(node) => node,
        }
    }

    /// What a trace depends on.
    fn argument(&mut self) -> Result<Argument<'_>, Error> {
        let is_own = match self {
            Given::Shared(_) => false,
            Given::Own(node) => Arc::get_mut(node).is_some(),
        };
        let value = self.node().known_value().ok_or_else(without_value)?;
        let is_owned = is_own && value.buffer().is_held_by(1) && fills_its_memory(value);
        Ok(Argument { dtype: value.dtype(), layout: value.layout(), is_owned })
    }

    fn source(&self) -> Result<Source, Error> {
        self.node().known_value().map(Source::of).ok_or_else(without_value)
    }
}

/// What a trace depends on, of an argument.
struct Argument<'a> {
    dtype: DType,
    layout: &'a Layout,
    is_owned: bool,
}

impl Argument<'_> {
    fn parameter(&self) -> Parameter {
        let (dtype, layout, is_owned) = (self.dtype, self.layout.clone(), self.is_owned);
        Parameter { dtype, layout, is_owned }
    }

    /// Whether a trace with this parameter does. It knows nothing of where the argument is.
    fn fits(&self, parameter: &Parameter) -> bool {
        self.dtype == parameter.dtype
            && self.is_owned == parameter.is_owned
            && self.layout.shape == parameter.layout.shape
            && self.layout.strides == parameter.layout.strides
    }
}

impl Function {
    /// The results for the given arguments. `body` gets a node for each argument and returns
    /// those that are to be computed; it runs only if there is no trace for these arguments.
    ///
    /// # Errors
    /// The deferred error of an argument or a result, or a limit.
    pub fn call(
        &self,
        mut given: AllGiven<'_>,
        body: impl FnOnce(&[Arc<Expr>]) -> Nodes,
    ) -> Result<Nodes, Error> {
        evaluate(&given)?;
        let trace = self.trace(&mut given, body)?;
        let values = trace.run(given, &settings())?;
        Ok(values.into_iter().map(Expr::value).collect())
    }

    fn trace(
        &self,
        given: &mut [Given<'_>],
        body: impl FnOnce(&[Arc<Expr>]) -> Nodes,
    ) -> Result<Arc<Trace>, Error> {
        let arguments = given.iter_mut().map(Given::argument);
        let arguments: SmallVec<[Argument<'_>; 4]> = arguments.collect::<Result<_, Error>>()?;
        match self.known(&arguments) {
            Some(trace) => Ok(trace),
            None => Ok(self.keep(Trace::new(&arguments, body)?)),
        }
    }

    fn known(&self, arguments: &[Argument<'_>]) -> Option<Arc<Trace>> {
        let traces = self.traces.read().unwrap_or_else(PoisonError::into_inner);
        traces.iter().rev().find(|trace| trace.fits(arguments)).map(Arc::clone)
    }

    fn keep(&self, trace: Trace) -> Arc<Trace> {
        let trace = Arc::new(trace);
        let mut traces = self.traces.write().unwrap_or_else(PoisonError::into_inner);
        if traces.len() == MAX_TRACES {
            traces.remove(0);
        }
        traces.push(Arc::clone(&trace));
        trace
    }
}

/// Computes the arguments that have no value yet, together.
fn evaluate(given: &[Given<'_>]) -> Result<(), Error> {
    let pending = given.iter().map(Given::node).filter(|node| !node.is_done());
    let pending: SmallVec<[&Arc<Expr>; 4]> = pending.collect();
    if pending.is_empty() { Ok(()) } else { eval(&pending) }
}

/// A graph for arguments of one signature.
struct Trace {
    parameters: Vec<Parameter>,
    key: GraphKey,
    /// By input: literals, arrays that the closure holds, and numbers of arguments.
    sources: Vec<Source>,
    fused: OnceLock<Arc<Prepared>>,
    eager: OnceLock<Arc<Prepared>>,
}

impl Trace {
    fn new(
        arguments: &[Argument<'_>],
        body: impl FnOnce(&[Arc<Expr>]) -> Nodes,
    ) -> Result<Trace, Error> {
        let node = |argument: &Argument<'_>| {
            Expr::argument(argument.dtype, argument.layout.shape.clone(), without_elements())
        };
        let nodes: Nodes = arguments.iter().map(node).collect();
        let results = body(&nodes);
        let roots: SmallVec<[&Arc<Expr>; 2]> = results.iter().collect();
        let parameters: Vec<Parameter> = arguments.iter().map(Argument::parameter).collect();
        let (key, sources) = collect::function(&roots, &nodes, &parameters)?;
        Ok(Trace { parameters, key, sources, fused: OnceLock::new(), eager: OnceLock::new() })
    }

    fn fits(&self, arguments: &[Argument<'_>]) -> bool {
        arguments.len() == self.parameters.len()
            && arguments.iter().zip(&self.parameters).all(|(argument, own)| argument.fits(own))
    }

    fn run(&self, given: AllGiven<'_>, settings: &Settings) -> Result<Values, Error> {
        let mut sources: SmallVec<[Source; 4]> = SmallVec::with_capacity(self.sources.len());
        for source in &self.sources {
            sources.push(match source {
                Source::Argument(number) => given[*number as usize].source()?,
                other => other.clone(),
            });
        }
        // Of what may be overwritten, the sources have the only references now.
        drop(given);
        let strategy = match settings.mode() {
            Mode::Fused => Strategy::Fused,
            Mode::Eager => Strategy::Eager,
            Mode::Reference => return interpret(&self.key.read(), &sources, settings),
        };
        exec::run(self.prepared(strategy), &sources, settings, &mut |_| true)
            // Without executable memory the interpreter serves.
            .unwrap_or_else(|| interpret(&self.key.read(), &sources, settings))
    }

    fn prepared(&self, strategy: Strategy) -> &Arc<Prepared> {
        let slot = match strategy {
            Strategy::Fused => &self.fused,
            Strategy::Eager => &self.eager,
        };
        slot.get_or_init(|| match cache::known(&self.key, strategy) {
            Known::Planned(prepared) => prepared,
            Known::Seen | Known::New => prepare(&self.key, &self.key.read(), strategy),
        })
    }
}

fn without_value() -> Error {
    Error::nowhere(ErrorKind::Internal, "jit", "an argument was left without a value")
}

/// Why an argument of a function that is being traced has no value.
fn without_elements() -> Error {
    let message = "an argument has no elements while the function is traced: its closure says \
                   what to compute, once for all calls with the same dtypes and shapes";
    Error::nowhere(ErrorKind::Value, "jit", message)
}
