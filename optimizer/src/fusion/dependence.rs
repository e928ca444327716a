//! Which groups need which: reachability between nodes, with groups tied into one.

use jitney_ir::graph::{Graph, NodeId};
use petgraph::algo::has_path_connecting;
use petgraph::graph::{DiGraph, NodeIndex};

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
    pub fn tie(&mut self, a: NodeId, b: NodeId) {
        self.edges.update_edge(index(a), index(b), ());
        self.edges.update_edge(index(b), index(a), ());
    }

    /// Whether `user` needs `value`, directly or through others.
    pub fn needs(&self, user: NodeId, value: NodeId) -> bool {
        has_path_connecting(&self.edges, index(value), index(user), None)
    }
}

fn index(id: NodeId) -> NodeIndex {
    NodeIndex::new(id.index())
}
