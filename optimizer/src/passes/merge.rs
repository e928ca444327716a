//! Merges nodes that compute the same from the same operands.
//!
//! Operands of commutative operations are put in ascending order first, so that `a + b`
//! and `b + a` are one. Which operations commute to the bit, `rules.txt` says.

use super::rebuild::{Rewritten, rebuild};
use super::rules::RuleSet;
use crate::monitor::Meter;
use jitney_ir::graph::{Graph, Node, NodeId, Op};
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::BuildHasher;

pub(super) fn merge_common(graph: Graph, meter: &mut Meter<'_>) -> Rewritten {
    let rules = RuleSet::standard();
    // Keyed by hash alone, so that nodes are not stored twice. Two nodes of one hash are
    // compared; where they differ the second is not remembered, which costs a merge at most.
    // Literals are compared by their bits, so that 0.0 and -0.0 stay two.
    let mut known: FxHashMap<u64, NodeId> = FxHashMap::default();
    known.reserve(graph.nodes.len());
    rebuild(graph, meter, |graph, mut node| {
        sort_operands(rules, graph, &mut node);
        let hash = FxBuildHasher.hash_one(&node);
        match known.get(&hash) {
            Some(&id) if *graph.node(id) == node => id,
            Some(_) => graph.push(node),
            None => {
                let id = graph.push(node);
                known.insert(hash, id);
                id
            }
        }
    })
}

/// Puts operands that may be swapped in the order of their numbers, which earlier merges have
/// made the same for the same value.
fn sort_operands(rules: &RuleSet, graph: &Graph, node: &mut Node) {
    let (Op::Elementwise(op), [x, y]) = (&node.op, node.inputs.as_slice()) else { return };
    if x > y && rules.commutes(*op, graph.node(*x).dtype.kind()) {
        node.inputs.swap(0, 1);
    }
}
