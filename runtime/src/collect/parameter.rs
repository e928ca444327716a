//! Graphs of functions: inputs that have no value yet.

use super::{Address, Literals, Walk, address, with_walk};
use crate::context::Stop;
use crate::key::GraphKey;
use crate::source::Source;
use crate::{Error, Expr};
use jitney_ir::DType;
use jitney_ir::graph::Layout;
use std::sync::Arc;

/// What is known of an argument before there is one.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub dtype: DType,
    pub layout: Layout,
    /// Whether results may take its place.
    pub is_owned: bool,
}

/// The graph of the roots, with the nodes for its parameters. Literals stay: a call of a function
/// can change arguments alone, and code that knows its numbers neither loads nor is handed them.
///
/// # Errors
/// The deferred error of a node that the roots depend on, or if the call is to stop.
pub(crate) fn function(
    roots: &[&Arc<Expr>],
    nodes: &[Arc<Expr>],
    parameters: &[Parameter],
    stop: &Stop,
) -> Result<(GraphKey, Vec<Source>), Error> {
    let run = |walk: &mut Walk| {
        let addresses = nodes.iter().filter_map(address);
        walk.parameters.extend(addresses.zip(parameters.iter().cloned()));
        walk.run(roots, Literals::Stay)
    };
    with_walk(stop, run, |collected| Ok((collected.key.clone(), collected.sources.clone())))
}

impl Walk {
    /// Appends a node that stands for an argument; `false` if it does not.
    pub(super) fn parameter(&mut self, node: &Arc<Expr>, shared: Option<Address>) -> bool {
        let at = address(node);
        let found = self.parameters.iter().position(|(address, _)| Some(*address) == at);
        let Some((number, (_, parameter))) =
            found.and_then(|number| Some((number, self.parameters.get(number)?)))
        else {
            return false;
        };
        let position = self.collected.key.position();
        let entry = self.collected.key.input(parameter.dtype, &parameter.layout);
        if parameter.is_owned {
            self.collected.key.own(position);
        }
        self.collected.sources.push(Source::Argument(number as u32));
        self.appended(entry, shared);
        true
    }
}
