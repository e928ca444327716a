//! What every pass is made of: rebuilding a graph node by node.
//!
//! A pass can only look back, at nodes that it has rewritten already. That is what keeps it linear
//! and lets it take each operand for as simple as the pass can make it.

use crate::monitor::{Interrupted, Meter};
use jitney_ir::graph::{Graph, Node, NodeId, Op, View};
use jitney_ir::{Scalar, Shape};
use smallvec::{SmallVec, smallvec};

/// The graph that a pass makes, unless it is interrupted.
pub(super) type Rewritten = Result<Graph, Interrupted>;

/// What it takes to look at a node and its operands.
pub(super) fn weight(node: &Node) -> usize {
    1 + node.inputs.len()
}

/// Moves the nodes into a new graph, operands before users. `rewrite` gets each node with its
/// operands already renamed, and returns the node that stands for it in the new graph: one of
/// the same dtype and shape.
pub(super) fn rebuild(
    old: Graph,
    meter: &mut Meter<'_>,
    mut rewrite: impl FnMut(&mut Graph, Node) -> NodeId,
) -> Rewritten {
    let mut new = Graph { nodes: Vec::with_capacity(old.nodes.len()), outputs: old.outputs };
    let mut renamed: Vec<NodeId> = Vec::with_capacity(old.nodes.len());
    for mut node in old.nodes {
        node.inputs.iter_mut().for_each(|input| *input = renamed[input.index()]);
        let (work, n_before) = (weight(&node), new.nodes.len());
        renamed.push(rewrite(&mut new, node));
        meter.charge(work + (new.nodes.len() - n_before))?;
    }
    new.outputs.iter_mut().for_each(|output| *output = renamed[output.index()]);
    Ok(new)
}

/// The literal that an array is filled with, if it is one: a constant or its broadcast.
pub(super) fn literal(graph: &Graph, id: NodeId) -> Option<Scalar> {
    let node = graph.node(id);
    let is_broadcast = node.op == Op::View(View::Broadcast);
    let source = if is_broadcast { graph.node(node.inputs[0]) } else { node };
    source.op.constant()
}

/// Appends an array of the given shape filled with a literal.
pub(super) fn fill(graph: &mut Graph, scalar: Scalar, shape: &Shape) -> NodeId {
    let id = graph.push(Node {
        op: Op::Constant(scalar),
        inputs: SmallVec::new(),
        dtype: scalar.dtype,
        shape: Shape::scalar(),
    });
    if shape.rank() == 0 { id } else { push_view(graph, View::Broadcast, id, shape.clone()) }
}

/// Appends a view.
pub(super) fn push_view(graph: &mut Graph, view: View, source: NodeId, shape: Shape) -> NodeId {
    let dtype = graph.node(source).dtype;
    graph.push(Node { op: Op::View(view), inputs: smallvec![source], dtype, shape })
}
