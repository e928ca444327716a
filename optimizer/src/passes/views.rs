//! Chains of views shortened to one, and views that change nothing dropped.
//!
//! Not for the sake of kernels, which take chains of any length as strides, but of the passes that
//! follow: `x[1:][1:]` and `x[2:]` can be merged once they are one node, and a literal behind two
//! broadcasts is seen once it is behind one. Views of different kinds stay a chain.

use super::broadcasts;
use super::rebuild::{Rewritten, push_view, rebuild};
use crate::monitor::Meter;
use jitney_ir::Shape;
use jitney_ir::graph::{Class, Graph, NodeId, Op, SliceAxis, View};
use jitney_ir::shape::Dims;

/// Simplifies views and computes what is broadcast before it is broadcast: one walk, for
/// each makes the other possible.
pub(super) fn simplify_views(graph: Graph, meter: &mut Meter<'_>) -> Rewritten {
    rebuild(graph, meter, |graph, node| {
        if node.op.class() == Class::Elementwise {
            return broadcasts::compute_small(graph, node);
        }
        let Op::View(view) = node.op else { return graph.push(node) };
        view_of(graph, view, node.inputs[0], node.shape)
    })
}

/// Appends a view of a node as simply as it can be said, which may be the node itself. Each round
/// has one view less behind it, or says that what is viewed is a single element.
pub(super) fn view_of(graph: &mut Graph, view: View, source: NodeId, shape: Shape) -> NodeId {
    let (mut view, mut source) = (view, source);
    loop {
        if is_identity(&view, &graph.node(source).shape, &shape) {
            return source;
        }
        match compose(graph, &view, source, &shape) {
            Some((composed, behind)) => (view, source) = (composed, behind),
            None => return push_view(graph, view, source, shape),
        }
    }
}

/// Whether a view leaves every element where it is. Equal shapes alone do not say so: a square
/// matrix may be transposed, an axis reversed.
fn is_identity(view: &View, from: &Shape, to: &Shape) -> bool {
    from == to
        && match view {
            View::Reshape | View::Broadcast => true,
            View::Transpose(perm) => perm.iter().enumerate().all(|(i, &axis)| i == axis),
            View::Slice(axes) => axes.iter().all(|axis| axis.start == 0 && axis.step == 1),
        }
}

/// The view said as a view of what is behind its operand.
///
/// Two transpositions apply one after the other: axis `i` of the result is axis `second[i]` of the
/// first, which is axis `first[second[i]]` of what is behind.
fn compose(graph: &Graph, view: &View, source: NodeId, shape: &Shape) -> Option<(View, NodeId)> {
    let operand = graph.node(source);
    // However the copies of one element are rearranged, they are copies of it.
    if operand.shape.rank() == 0 {
        return (*view != View::Broadcast).then_some((View::Broadcast, source));
    }
    let Op::View(inner) = &operand.op else { return None };
    let behind = operand.inputs[0];
    let from = &graph.node(behind).shape;
    let composed = match (inner, view) {
        (View::Broadcast, _) if from.rank() == 0 => View::Broadcast,
        (View::Broadcast, View::Broadcast) => View::Broadcast,
        (View::Reshape, View::Reshape) => View::Reshape,
        (View::Reshape, View::Broadcast) if adds_ones_in_front(from, &operand.shape) => {
            View::Broadcast
        }
        (View::Transpose(first), View::Transpose(second)) => {
            View::Transpose(second.iter().map(|&axis| first[axis]).collect())
        }
        (View::Slice(first), View::Slice(second)) => View::Slice(slices(first, second, shape)),
        _ => return None,
    };
    Some((composed, behind))
}

/// Whether a reshape does what a broadcast does of itself.
fn adds_ones_in_front(from: &Shape, to: &Shape) -> bool {
    let Some(added) = to.rank().checked_sub(from.rank()) else { return false };
    let (ones, rest) = to.extents().split_at(added);
    rest == from.extents() && ones.iter().all(|&extent| extent == 1)
}

/// One slice that takes what the second takes of the first: `x[1::2][3::2]` begins at 1 + 3 * 2 and
/// goes on by 2 * 2, `x[7::4]`.
fn slices(first: &[SliceAxis], second: &[SliceAxis], shape: &Shape) -> Dims<SliceAxis> {
    let axes = first.iter().zip(second).zip(shape.extents());
    axes.map(|((first, second), &len)| {
        // Of an axis without elements nothing is known to be in range, and of an axis with
        // one element the step is not: neither is multiplied.
        let start = first.start as isize
            + if len == 0 || second.start == 0 { 0 } else { second.start as isize * first.step };
        let step = if len < 2 { 1 } else { first.step * second.step };
        SliceAxis { start: start as usize, step }
    })
    .collect()
}
