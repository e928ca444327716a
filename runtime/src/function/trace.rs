//! A graph for arguments of one signature.

use super::{Given, Nodes, traced};
use crate::cache::{self, Known};
use crate::collect::{self, Parameter};
use crate::context::Context;
use crate::eval::interpret;
use crate::exec::{self, Prepared, Results};
use crate::expr::Tracing;
use crate::key::GraphKey;
use crate::planning::prepare;
use crate::source::{Input, Inputs, Source};
use crate::{Error, Expr, Mode};
use jitney_optimizer::Strategy;
use smallvec::SmallVec;
use std::sync::{Arc, OnceLock};

/// A graph for arguments of one signature.
pub(super) struct Trace {
    pub parameters: Vec<Parameter>,
    pub n_results: usize,
    key: GraphKey,
    /// By input: arrays that the closure holds, and numbers of arguments.
    sources: Vec<Source>,
    fused: OnceLock<Arc<Prepared>>,
    eager: OnceLock<Arc<Prepared>>,
}

impl Trace {
    pub fn new(
        given: &[Given<'_>],
        body: impl FnOnce(&[Arc<Expr>]) -> Nodes,
    ) -> Result<Trace, Error> {
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

    pub fn fits(&self, given: &[Given<'_>]) -> bool {
        given.len() == self.parameters.len()
            && given.iter().zip(&self.parameters).all(|(given, own)| given.fits(own))
    }

    /// Computes the results.
    pub fn run(
        &self,
        given: &[Given<'_>],
        context: &Context,
        results: &mut Results,
    ) -> Result<(), Error> {
        let inputs = &Call { sources: &self.sources, given };
        let strategy = match context.mode {
            Mode::Fused => Strategy::Fused,
            Mode::Eager => Strategy::Eager,
            Mode::Reference => return self.interpret(inputs, context, results),
        };
        exec::run(self.prepared(strategy, context)?, inputs, context, &mut |_| true, results)
            // Without executable memory the interpreter serves.
            .unwrap_or_else(|| {
                cache::check_environment()?;
                self.interpret(inputs, context, results)
            })
    }

    fn interpret(
        &self,
        inputs: &Call<'_>,
        context: &Context,
        results: &mut Results,
    ) -> Result<(), Error> {
        results.values = interpret(&self.key.read()?, inputs, context)?;
        Ok(())
    }

    fn prepared(&self, strategy: Strategy, context: &Context) -> Result<&Arc<Prepared>, Error> {
        let slot = match strategy {
            Strategy::Fused => &self.fused,
            Strategy::Eager => &self.eager,
        };
        if let Some(prepared) = slot.get() {
            return Ok(prepared);
        }
        let prepared = match cache::known(&self.key, strategy) {
            Known::Planned(prepared) => prepared,
            Known::Seen | Known::New => {
                prepare(&self.key, &self.key.read()?, strategy, &context.stop)?
            }
        };
        // Another thread's is as good.
        Ok(slot.get_or_init(|| prepared))
    }
}

/// What is behind the inputs of a call.
struct Call<'a> {
    sources: &'a [Source],
    given: &'a [Given<'a>],
}

impl Inputs for Call<'_> {
    #[inline]
    fn input(&self, number: u32) -> Input<'_> {
        match &self.sources[number as usize] {
            Source::Argument(number) => self.given[*number as usize].input(),
            source => source.input(),
        }
    }
}
