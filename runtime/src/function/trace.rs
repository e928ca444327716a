//! A graph for arguments of one signature.

use super::{Given, Nodes, traced};
use crate::cache::KeptKey;
use crate::collect::{self, Parameter};
use crate::context::{Context, Stop};
use crate::eval::interpret;
use crate::exec::{self, Results};
use crate::expr::Tracing;
use crate::planning::prepare;
use crate::source::{Input, Inputs, Source};
use crate::{Error, Expr, Mode};
use jitney_optimizer::Strategy;
use smallvec::SmallVec;
use std::sync::Arc;

/// A graph for arguments of one signature.
pub(super) struct Trace {
    pub parameters: Vec<Parameter>,
    pub n_results: usize,
    key: KeptKey,
    /// By input: arrays that the closure holds, and numbers of arguments.
    sources: Vec<Source>,
}

impl Trace {
    pub fn new(
        given: &[Given<'_>],
        stop: &Stop,
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
        let (key, sources) = collect::function(&roots, &nodes, &parameters, stop)?;
        Ok(Trace { parameters, n_results: results.len(), key: KeptKey::new(key), sources })
    }

    pub fn fits(&self, given: &[Given<'_>]) -> bool {
        given.len() == self.parameters.len()
            && given.iter().zip(&self.parameters).all(|(given, own)| given.fits(own))
    }

    /// Bytes that it takes, by an estimate.
    pub fn bytes(&self) -> usize {
        self.key.key().bytes() + size_of_val(&self.sources[..])
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
        let caches = &context.engine.caches;
        let run = caches.with_recent(|recent| {
            let new;
            let prepared = match recent.known_kept(caches, &self.key, strategy) {
                Some(prepared) => prepared,
                None => {
                    new = prepare(
                        self.key.key(),
                        &self.key.key().read(&context.stop)?,
                        strategy,
                        context,
                    )?;
                    &new
                }
            };
            Ok(exec::run(prepared, inputs, context, &mut |_| true, results))
        })?;
        // Without executable memory the interpreter serves.
        run.unwrap_or_else(|| self.interpret(inputs, context, results))
    }

    fn interpret(
        &self,
        inputs: &Call<'_>,
        context: &Context,
        results: &mut Results,
    ) -> Result<(), Error> {
        context.engine.caches.check_environment()?;
        results.values = interpret(&self.key.key().read(&context.stop)?, inputs, context)?;
        Ok(())
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
