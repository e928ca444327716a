//! Which groups need which: reachability between nodes, with groups tied into one.
//!
//! Two groups that share a loop finish together, so nothing may lie between them:
//!
//! ```text
//! a ──► m ──► b      m reads what a computes, and b what m computes: one kernel of a and b
//! └─ one loop ─┘     would have to end before m, for m's sake, and after it, for b's
//! ```
//!
//! That `b` reads `a` directly is harmless where both walk the same elements; a path through a
//! third group is not. So what is asked for is a path, and it may lead through several groups.

use super::costs::MAX_SEARCH;
use jitney_ir::graph::{Graph, NodeId};
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashSet;

/// The dependence graph. Edges lead from a value to what needs it.
pub(crate) struct Dependence {
    edges: DiGraph<(), ()>,
}

impl Dependence {
    pub fn new(graph: &Graph) -> Dependence {
        let mut edges = DiGraph::with_capacity(graph.nodes.len(), graph.nodes.len());
        for _ in graph.ids() {
            edges.add_node(());
        }
        for id in graph.ids() {
            for input in &graph.node(id).inputs {
                edges.add_edge(index(*input), index(id), ());
            }
        }
        Dependence { edges }
    }

    /// Makes two nodes one as far as dependence is concerned.
    ///
    /// A circle of edges does that without renaming a node: whoever reaches one root of a group
    /// reaches them all, and one more root costs two edges however many there are.
    pub fn tie(&mut self, a: NodeId, b: NodeId) {
        self.edges.update_edge(index(a), index(b), ());
        self.edges.update_edge(index(b), index(a), ());
    }

    /// Whether `user` may need `value`, directly or through others.
    ///
    /// A long search ends with yes, the answer that ties nothing together: a graph of a
    /// million nodes asks a million times.
    pub fn needs(&self, user: NodeId, value: NodeId) -> bool {
        let (user, value) = (index(user), index(value));
        let mut seen = FxHashSet::default();
        let mut stack = vec![value];
        while let Some(node) = stack.pop() {
            if node == user || seen.len() == MAX_SEARCH {
                return true;
            }
            if seen.insert(node) {
                stack.extend(self.edges.neighbors(node));
            }
        }
        false
    }
}

fn index(id: NodeId) -> NodeIndex {
    NodeIndex::new(id.index())
}
