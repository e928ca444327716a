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

use super::costs::{MAX_SEARCH, SEARCHED, SEARCHED_PER_NODE};
use jitney_ir::graph::{Graph, NodeId};
use petgraph::graph::{DiGraph, NodeIndex};
use std::cell::RefCell;

/// The dependence graph. Edges lead from a value to what needs it.
pub(crate) struct Dependence {
    edges: DiGraph<(), ()>,
    /// The first of the nodes that have been tied to another. All edges but those that tie lead to
    /// later nodes, so that nothing gets to a node before it from one behind.
    first_tied: NodeId,
    search: RefCell<Search>,
}

/// What searches leave for each other.
struct Search {
    /// By node, the number of the last search that came to it.
    seen: Vec<u32>,
    number: u32,
    stack: Vec<NodeId>,
    /// Nodes that may still be looked at.
    left: usize,
}

impl Dependence {
    pub fn new(graph: &Graph) -> Dependence {
        let n = graph.nodes.len();
        let mut edges = DiGraph::with_capacity(n, n);
        for _ in graph.ids() {
            edges.add_node(());
        }
        for id in graph.ids() {
            for input in &graph.node(id).inputs {
                edges.add_edge(index(*input), index(id), ());
            }
        }
        let left = SEARCHED.saturating_add(n.saturating_mul(SEARCHED_PER_NODE));
        let search = Search { seen: vec![0; n], number: 0, stack: Vec::new(), left };
        Dependence { edges, first_tied: NodeId(u32::MAX), search: RefCell::new(search) }
    }

    /// Makes two nodes one as far as dependence is concerned.
    ///
    /// A circle of edges does that without renaming a node: whoever reaches one root of a group
    /// reaches them all, and one more root costs two edges however many there are.
    pub fn tie(&mut self, a: NodeId, b: NodeId) {
        self.edges.add_edge(index(a), index(b), ());
        self.edges.add_edge(index(b), index(a), ());
        self.first_tied = self.first_tied.min(a).min(b);
    }

    /// Whether `user` may need `value`, directly or through others, and how many nodes it took
    /// to find out.
    ///
    /// A long search ends with yes, the answer that ties nothing together: a graph of a
    /// million nodes asks a million times. So do all searches once they have looked at as many
    /// nodes as the graph allows.
    pub fn needs(&self, user: NodeId, value: NodeId) -> (bool, usize) {
        let mut search = self.search.borrow_mut();
        let limit = MAX_SEARCH.min(search.left);
        let (found, n_seen) = search.run(limit, user, value, self);
        search.left -= n_seen;
        (found, n_seen)
    }

    /// The nodes that need a node directly, and that may lead to another one.
    fn towards(&self, user: NodeId, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let users = self.edges.neighbors(index(node)).map(|user| NodeId(user.index() as u32));
        let may_lead_back = self.first_tied <= user;
        users.filter(move |next| *next <= user || may_lead_back)
    }
}

impl Search {
    fn run(
        &mut self,
        limit: usize,
        user: NodeId,
        value: NodeId,
        of: &Dependence,
    ) -> (bool, usize) {
        // Numbers begin anew before they would be met again.
        if self.number == u32::MAX {
            self.seen.fill(0);
            self.number = 0;
        }
        self.number += 1;
        self.stack.clear();
        self.stack.push(value);
        let mut n_seen = 0;
        while let Some(node) = self.stack.pop() {
            if node == user || n_seen >= limit {
                return (true, n_seen);
            }
            let seen = &mut self.seen[node.index()];
            if *seen != self.number {
                *seen = self.number;
                n_seen += 1;
                self.stack.extend(of.towards(user, node));
            }
        }
        (false, n_seen)
    }
}

fn index(id: NodeId) -> NodeIndex {
    NodeIndex::new(id.index())
}
