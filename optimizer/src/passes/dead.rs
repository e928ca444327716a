//! Drops nodes that no output needs and numbers the rest anew.
//!
//! Inputs that nobody reads go as well; those that stay keep the numbers by which the caller
//! passes them.

use super::rebuild::{Rewritten, weight};
use crate::monitor::Meter;
use jitney_ir::graph::{Graph, NodeId};

pub(super) fn drop_dead(graph: Graph, meter: &mut Meter<'_>) -> Rewritten {
    let mut live = vec![false; graph.nodes.len()];
    graph.outputs.iter().for_each(|output| live[output.index()] = true);
    // Users stand after their operands: one walk backwards finds everything.
    for id in graph.ids().rev() {
        if live[id.index()] {
            graph.node(id).inputs.iter().for_each(|input| live[input.index()] = true);
        }
    }
    let mut renamed = vec![NodeId(0); graph.nodes.len()];
    let mut kept = Graph { nodes: Vec::with_capacity(graph.nodes.len()), outputs: graph.outputs };
    for (index, mut node) in graph.nodes.into_iter().enumerate() {
        meter.charge(weight(&node))?;
        if live[index] {
            node.inputs.iter_mut().for_each(|input| *input = renamed[input.index()]);
            renamed[index] = kept.push(node);
        }
    }
    kept.outputs.iter_mut().for_each(|output| *output = renamed[output.index()]);
    Ok(kept)
}
