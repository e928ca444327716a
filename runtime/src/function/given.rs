//! Arguments of a call.

use crate::claim::fills_its_memory;
use crate::collect::Parameter;
use crate::context::Context;
use crate::eval::eval_in;
use crate::source::Input;
use crate::{Error, ErrorKind, Expr, Value};
use jitney_ir::graph::Layout;
use jitney_ir::{Scalar, Shape};
use smallvec::SmallVec;
use std::sync::Arc;

/// An argument of a call.
pub struct Given<'a>(Argument<'a>);

enum Argument<'a> {
    /// An array that others may look at.
    Shared(&'a Arc<Expr>),
    /// An array that the caller gives away, and whether nobody else has its memory.
    Own(Arc<Expr>, bool),
    /// A literal needs no evaluation, for it is its own memory.
    Literal(Scalar),
}

impl<'a> Given<'a> {
    /// An array that others may look at.
    #[inline]
    pub fn shared(node: &'a Arc<Expr>) -> Given<'a> {
        Given(Argument::Shared(node))
    }

    /// An array that the caller gives away. If nobody else has it, results may take its place.
    #[inline]
    pub fn own(node: Arc<Expr>) -> Given<'a> {
        Given(Argument::Own(node, false))
    }

    pub(super) fn node(&self) -> Option<&Arc<Expr>> {
        match &self.0 {
            Argument::Shared(node) => Some(node),
            Argument::Own(node, _) => Some(node),
            Argument::Literal(_) => None,
        }
    }

    #[inline]
    pub(super) fn known_value(&self) -> Option<&Value> {
        self.node()?.known_value()
    }

    fn is_claimed(&self) -> bool {
        matches!(self.0, Argument::Own(_, true))
    }

    /// Finds out whether it is given away with memory that nobody else has.
    fn claim(&mut self) {
        let Argument::Own(node, is_claimed) = &mut self.0 else { return };
        let value = Arc::get_mut(node).and_then(|node| node.known_value());
        *is_claimed =
            value.is_some_and(|value| value.buffer().is_held_by(1) && fills_its_memory(value));
    }

    pub(super) fn parameter(&self) -> Result<Parameter, Error> {
        if let Argument::Literal(Scalar { dtype, .. }) = self.0 {
            let layout = Layout::contiguous(&Shape::scalar(), dtype.size());
            return Ok(Parameter { dtype, layout, is_owned: false });
        }
        let message = "an argument was left without a value";
        let missing = || Error::nowhere(ErrorKind::Internal, "jit", message);
        let value = self.known_value().ok_or_else(missing)?;
        // Where it begins is no matter of the function's.
        let (dtype, layout) = (value.dtype(), Layout { offset: 0, ..value.layout().clone() });
        Ok(Parameter { dtype, layout, is_owned: self.is_claimed() })
    }

    /// Whether a trace with this parameter does. It knows nothing of where the argument is.
    pub(super) fn fits(&self, Parameter { dtype, layout, is_owned }: &Parameter) -> bool {
        if let Argument::Literal(scalar) = self.0 {
            return scalar.dtype == *dtype && layout.shape.rank() == 0 && !is_owned;
        }
        let Some(value) = self.known_value() else { return false };
        let is_same = value.dtype() == *dtype && self.is_claimed() == *is_owned;
        is_same && value.layout().steps_as(layout)
    }

    /// What is behind it.
    #[inline]
    pub(super) fn input(&self) -> Input<'_> {
        match &self.0 {
            Argument::Literal(scalar) => Input::Literal(scalar),
            Argument::Shared(_) | Argument::Own(..) => {
                self.known_value().map_or(Input::Missing, Input::of)
            }
        }
    }
}

/// Sees to it that each argument has a value or is a literal, and finds out which ones can be
/// written over. Those that are yet to be computed are computed together.
pub(super) fn settle(given: &mut [Given<'_>], context: &Context) -> Result<(), Error> {
    let mut is_pending = false;
    for given in given.iter_mut() {
        if given.known_value().is_some() {
            continue;
        }
        match given.node().and_then(|node| node.literal()) {
            Some(scalar) => given.0 = Argument::Literal(scalar),
            None => is_pending = true,
        }
    }
    if is_pending {
        let nodes = given.iter().filter_map(Given::node).filter(|node| !node.is_done());
        eval_in(context, &nodes.collect::<SmallVec<[&Arc<Expr>; 4]>>())?;
    }
    given.iter_mut().for_each(Given::claim);
    Ok(())
}
