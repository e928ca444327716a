//! Elementwise operations on broadcasts are done before broadcasting.
//!
//! `sqrt(v)[:, None] / w[:, None]` divides once a row. Reductions over broadcast axes are
//! left alone: adding one value many times has bits of its own.
//!
//! ```text
//! v: [3, 1]   broadcast [3, 4] ─┐                 v ─┐
//!                               ├ divide [3, 4]      ├ divide [3, 1] ── broadcast [3, 4]
//! w: [3, 1]   broadcast [3, 4] ─┘                 w ─┘
//! ```
//!
//! The broadcast has moved towards the output, where the next operation finds it.

use super::views::view_of;
use jitney_ir::Shape;
use jitney_ir::graph::{Graph, Node, NodeId, Op, View};

/// Appends an elementwise node, at a smaller shape if all its operands are broadcasts.
pub(super) fn compute_small(graph: &mut Graph, mut node: Node) -> NodeId {
    let Some(small) = small_shape(graph, &node) else { return graph.push(node) };
    for input in &mut node.inputs {
        let source = graph.node(*input).inputs[0];
        *input = view_of(graph, View::Broadcast, source, small.clone());
    }
    let shape = std::mem::replace(&mut node.shape, small);
    let computed = graph.push(node);
    view_of(graph, View::Broadcast, computed, shape)
}

/// The common shape of what the operands are broadcast from, if it has fewer elements. A row and a
/// column have none: every pair of their elements is computed in any case.
fn small_shape(graph: &Graph, node: &Node) -> Option<Shape> {
    let mut small = Shape::scalar();
    for input in &node.inputs {
        let operand = graph.node(*input);
        if operand.op != Op::View(View::Broadcast) {
            return None;
        }
        small = small.broadcast(&graph.node(operand.inputs[0]).shape).ok()?;
    }
    (small.len() < node.shape.len()).then_some(small)
}
