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
use std::cell::RefCell;

/// The dependence graph. Edges lead from a value to what needs it.
pub(crate) struct Dependence {
    edges: DiGraph<(), ()>,
    /// The first of the nodes that have been made one with another.
    first_tied: NodeIndex,
    /// By node, the number of the last search that came by.
    marks: RefCell<Marks>,
}

#[derive(Default)]
struct Marks {
    last_search: u32,
    of: Vec<u32>,
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
        let marks = Marks { last_search: 0, of: vec![0; graph.nodes.len()] };
        Dependence { edges, first_tied: NodeIndex::end(), marks: RefCell::new(marks) }
    }

    /// Makes two nodes one as far as dependence is concerned.
    ///
    /// A circle of edges does that without renaming a node: whoever reaches one root of a group
    /// reaches them all, and one more root costs two edges however many there are.
    pub fn tie(&mut self, a: NodeId, b: NodeId) {
        self.edges.update_edge(index(a), index(b), ());
        self.edges.update_edge(index(b), index(a), ());
        self.first_tied = self.first_tied.min(index(a)).min(index(b));
    }

    /// Whether `user` may need `value`, directly or through others.
    ///
    /// A long search ends with yes, the answer that ties nothing together: a graph of a
    /// million nodes asks a million times.
    pub fn needs(&self, user: NodeId, value: NodeId) -> bool {
        let (user, value) = (index(user), index(value));
        // Operands come before users, and only ties lead back. Grouping, which comes to users
        // first, asks this of nodes in front of all that are tied, once for each of those.
        if user < value && user < self.first_tied {
            return false;
        }
        let Marks { last_search, of: marks } = &mut *self.marks.borrow_mut();
        *last_search += 1;
        let (mut n_seen, mut stack) = (0, vec![value]);
        while let Some(node) = stack.pop() {
            if node == user || n_seen == MAX_SEARCH {
                return true;
            }
            if std::mem::replace(&mut marks[node.index()], *last_search) != *last_search {
                n_seen += 1;
                stack.extend(self.edges.neighbors(node));
            }
        }
        false
    }
}

fn index(id: NodeId) -> NodeIndex {
    NodeIndex::new(id.index())
}
