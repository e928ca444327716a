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

use super::costs::{MAX_SEARCH, max_searched};
use jitney_ir::graph::{Graph, NodeId};
use petgraph::graph::{DiGraph, NodeIndex};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The dependence graph. Edges lead from a value to what needs it.
pub(crate) struct Dependence {
    edges: DiGraph<(), ()>,
    /// Where edges lead back to earlier nodes, as those that tie do: from the first to the last
    /// node of each stretch, which share none. Nothing gets back out of a stretch, or to a node in
    /// none from one behind it.
    stretches: BTreeMap<NodeId, NodeId>,
    search: RefCell<Search>,
}

/// What searches leave for each other.
struct Search {
    /// By node, the number of the last search that came to it.
    seen: Vec<u32>,
    number: u32,
    stack: Vec<NodeId>,
    /// Nodes that may be looked at, and those of them that are left.
    all: usize,
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
        let left = max_searched(n);
        let search = Search { seen: vec![0; n], number: 0, stack: Vec::new(), left, all: left };
        Dependence { edges, stretches: BTreeMap::new(), search: RefCell::new(search) }
    }

    /// Makes two nodes one as far as dependence is concerned.
    ///
    /// A circle of edges does that without renaming a node: whoever reaches one root of a group
    /// reaches them all, and one more root costs two edges however many there are.
    pub fn tie(&mut self, a: NodeId, b: NodeId) {
        self.edges.add_edge(index(a), index(b), ());
        self.edges.add_edge(index(b), index(a), ());
        let (mut first, mut last) = (a.min(b), a.max(b));
        while let Some((&start, &end)) = self.stretches.range(..=last).next_back() {
            if end < first {
                break;
            }
            self.stretches.remove(&start);
            (first, last) = (first.min(start), last.max(end));
        }
        self.stretches.insert(first, last);
    }

    /// The last node that may lead to another one.
    fn last_before(&self, user: NodeId) -> NodeId {
        let stretch = self.stretches.range(..=user).next_back();
        stretch.map_or(user, |(_, last)| user.max(*last))
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

    /// Whether there is enough left for searches that merely save a call: others decide whether
    /// a row is read once or twice.
    pub fn has_plenty(&self) -> bool {
        let search = self.search.borrow();
        search.left > search.all / 2
    }

    /// The nodes that need a node directly.
    fn users(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.edges.neighbors(index(node)).map(|user| NodeId(user.index() as u32))
    }
}

impl Search {
    fn run(&mut self, limit: usize, user: NodeId, value: NodeId, of: &Dependence) -> (bool, usize) {
        // Numbers begin anew before they would be met again.
        if self.number == u32::MAX {
            self.seen.fill(0);
            self.number = 0;
        }
        self.number += 1;
        let last = of.last_before(user);
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
                self.stack.extend(of.users(node).filter(|next| *next <= last));
            }
        }
        (false, n_seen)
    }
}

fn index(id: NodeId) -> NodeIndex {
    NodeIndex::new(id.index())
}
