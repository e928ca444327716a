//! Updates of a part of an array that nobody else needs.
//!
//! `a.assign(s![i], value)` changes a part of `a`, wherever that is and whatever else `a` has.
//! If the update alone holds an evaluated `a`, the graph is written down for this part: with
//! the part for an input, and an update of all of that for the result. So one plan serves
//! every place and size, and a loop over `i` plans once.
//!
//! The value may read other parts of the same array, as `a[i] = a[i - 1] * 2` does, or the same
//! part. Parts that overlap in another way are left to a plan that knows where they are.

use super::{Address, Literals, Task, Walk};
use crate::claim;
use crate::expr::{ExprInput, Pending, PendingOp, State};
use crate::value::span;
use crate::{Error, Expr, Value};
use jitney_ir::graph::{Layout, Op, SliceAxis, View};
use smallvec::SmallVec;
use std::sync::Arc;

/// Views between an evaluated array and what reads it that are looked through.
const MAX_VIEWS: usize = 4;

/// A part that an update changes.
pub(super) struct Part {
    /// Where the node of the array is.
    base: usize,
    /// Where the part is in it.
    layout: Layout,
    /// Its entry in the key.
    entry: u32,
    /// Whether the value reads some of its elements out of turn.
    is_mixed: bool,
}

impl Walk {
    /// Collects the graph for the part that the root changes; `false` if the root is something
    /// else, or reads what it changes out of turn.
    pub(super) fn part_alone(&mut self, root: &Arc<Expr>) -> Result<bool, Error> {
        if !self.begin(root) {
            return Ok(false);
        }
        self.finish_stack(Literals::BecomeInputs)?;
        self.outputs();
        let is_mixed = self.part.as_ref().is_some_and(|part| part.is_mixed);
        if is_mixed {
            self.clear();
        }
        self.collected.is_part = !is_mixed;
        Ok(!is_mixed)
    }

    fn begin(&mut self, root: &Expr) -> bool {
        let state = root.settled();
        let State::Pending(Pending { op: PendingOp::Other(op), inputs, .. }) = &*state else {
            return false;
        };
        let (Op::Update(axes), [ExprInput::Node(base), ExprInput::Node(value)]) =
            (&**op, inputs.as_slice())
        else {
            return false;
        };
        let Some(whole) = own_value(base) else { return false };
        // The result is the array itself: it cannot be called anything else.
        if (whole.dtype(), whole.shape()) != (root.dtype(), root.shape()) {
            return false;
        }
        let view = View::Slice(axes.clone());
        let Some(part) = whole.view(&view, value.shape()) else { return false };
        drop(whole);
        let mut is_own = Arc::strong_count(base) == 1;
        if !is_own {
            // The value may read it as well.
            claim::owned(inputs, |node, _| is_own |= Arc::ptr_eq(node, base));
        }
        if is_own {
            self.begin_with(base, part, value);
        }
        is_own
    }

    fn begin_with(&mut self, base: &Arc<Expr>, part: Value, value: &Arc<Expr>) {
        let address = Arc::as_ptr(base).addr();
        self.candidate(address);
        let (dtype, layout) = (part.dtype(), part.layout().clone());
        self.collected.n_of_base = 1;
        self.input(&part, None);
        let entry = self.operands.last().copied().unwrap_or_default();
        self.collected.key.own(self.collected.candidates[0].position);
        self.part = Some(Box::new(Part { base: address, layout, entry, is_mixed: false }));
        let all = part.shape().extents().iter().map(|_| SliceAxis { start: 0, step: 1 }).collect();
        let op = self.collected.key.other(&Op::Update(all), value.shape());
        self.stack.push(Task::Operation { op, dtype, n_operands: 2, shared: None });
        self.stack.push(Task::Node(Arc::clone(value)));
    }

    /// Appends what is a view of an evaluated array, or the array itself if it is the one that
    /// the root changes, as an input wherever it begins. `false` if the node is something else.
    pub(super) fn evaluated_view(&mut self, expr: &Arc<Expr>, shared: Option<Address>) -> bool {
        let Some(part) = &mut self.part else { return false };
        let Some((value, base)) = viewed(expr) else { return false };
        if base != part.base {
            let is_view = base != Arc::as_ptr(expr).addr();
            if is_view {
                self.input(&value, shared);
            }
            return is_view;
        }
        let size = value.dtype().size();
        let (read, written) = (span(value.layout(), size), span(&part.layout, size));
        if is_same_walk(value.layout(), &part.layout) {
            let entry = part.entry;
            let op = self.collected.key.other(&Op::View(View::Reshape), value.shape());
            let entry = self.collected.key.operation(&op, value.dtype(), &[entry]);
            self.appended(entry, shared);
        } else {
            part.is_mixed |= read.0 < written.1 && written.0 < read.1;
            self.collected.n_of_base += 1;
            self.input(&value, shared);
        }
        true
    }
}

/// The value of a node that may turn out to be its update's alone.
fn own_value(base: &Expr) -> Option<Value> {
    let value = base.known_value()?;
    let is_own = value.buffer().is_held_by(1) && claim::fills_its_memory(value);
    is_own.then(|| value.clone())
}

/// The value of a node that is evaluated or a view of one that is, and where that one is.
fn viewed(expr: &Arc<Expr>) -> Option<(Value, usize)> {
    // What is behind each view, down to the evaluated node.
    let mut behind: SmallVec<[Arc<Expr>; MAX_VIEWS]> = SmallVec::new();
    let mut value = loop {
        let last = behind.last().unwrap_or(expr);
        if let Some(value) = last.known_value() {
            break value.clone();
        }
        let next = match &*last.settled() {
            State::Pending(pending) if behind.len() < MAX_VIEWS => Arc::clone(pending.view()?.1),
            // Another thread may have evaluated it by now.
            State::Done => continue,
            State::Pending(_) | State::Failed(_) | State::Argument(_) => return None,
        };
        behind.push(next);
    };
    let base = Arc::as_ptr(behind.last().unwrap_or(expr)).addr();
    behind.pop();
    let views = std::iter::once(expr).chain(&behind);
    for node in views.rev().take_while(|node| Arc::as_ptr(node).addr() != base) {
        // Somebody may have evaluated it by now.
        let State::Pending(pending) = &*node.settled() else { return None };
        value = value.view(pending.view()?.0, node.shape())?;
    }
    Some((value, base))
}

/// Whether two layouts go through the same elements in the same order.
fn is_same_walk(a: &Layout, b: &Layout) -> bool {
    fn steps(layout: &Layout) -> impl Iterator<Item = (usize, isize)> + '_ {
        let axes = layout.shape.extents().iter().copied().zip(layout.strides.iter().copied());
        axes.filter(|(extent, _)| *extent != 1)
    }
    a.offset == b.offset && steps(a).eq(steps(b))
}
