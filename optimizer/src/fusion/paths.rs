//! Chains of views between a group's domain and a node, interned so that equal chains have
//! equal ids.

use jitney_ir::Shape;
use jitney_ir::graph::{Graph, Layout, NodeId, Op, View};
use jitney_ir::shape::Dims;
use rustc_hash::FxHashMap;

/// A chain of view nodes, the one nearest to the domain first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PathId(u32);

impl PathId {
    /// The empty chain: the node has the domain's shape and is demanded as it is.
    pub const IDENTITY: PathId = PathId(0);
}

/// All chains in use.
pub(crate) struct Paths {
    /// The chain without its last view, and that view.
    steps: Vec<(PathId, NodeId)>,
    known: FxHashMap<(PathId, NodeId), PathId>,
}

impl Paths {
    pub fn new() -> Paths {
        // The entry of the empty chain is never looked at.
        Paths { steps: vec![(PathId(0), NodeId(0))], known: FxHashMap::default() }
    }

    /// The chain that goes through one more view.
    pub fn extend(&mut self, path: PathId, view: NodeId) -> PathId {
        *self.known.entry((path, view)).or_insert_with(|| {
            self.steps.push((path, view));
            PathId(self.steps.len() as u32 - 1)
        })
    }

    /// The views of a chain, the one nearest to the node first: the order in which they
    /// apply to the node's layout.
    pub fn views(&self, path: PathId) -> impl Iterator<Item = NodeId> + '_ {
        let step = |path: PathId| (path != PathId::IDENTITY).then(|| self.steps[path.0 as usize]);
        std::iter::successors(step(path), move |(rest, _)| step(*rest)).map(|(_, view)| view)
    }

    /// The layout of the domain's elements in a node laid out as given; `None` where a
    /// reshape cannot be expressed by strides.
    pub fn apply(&self, graph: &Graph, path: PathId, layout: &Layout) -> Option<Layout> {
        let mut layout = layout.clone();
        for id in self.views(path) {
            let node = graph.node(id);
            if let Op::View(view) = &node.op {
                layout = layout.view(view, &node.shape)?;
            }
        }
        Some(layout)
    }

    /// The chain without the views nearest to the domain that only add or drop axes of one
    /// element: what is left leads to the same elements in the same order.
    pub fn settled(&mut self, graph: &Graph, path: PathId) -> PathId {
        let mut views: Vec<NodeId> = self.views(path).collect();
        while views.last().is_some_and(|view| changes_unit_axes(graph, *view)) {
            views.pop();
        }
        views.into_iter().rev().fold(PathId::IDENTITY, |path, view| self.extend(path, view))
    }

    /// Whether all views of the chain only add or drop axes of one element.
    pub fn only_unit_axes(&self, graph: &Graph, path: PathId) -> bool {
        self.views(path).all(|view| changes_unit_axes(graph, view))
    }
}

/// Whether a view is a reshape that adds or drops axes of one element.
fn changes_unit_axes(graph: &Graph, id: NodeId) -> bool {
    let node = graph.node(id);
    let long = |shape: &Shape| shape.0.iter().copied().filter(|n| *n != 1).collect::<Dims<usize>>();
    let from = &graph.node(node.inputs[0]).shape;
    matches!(node.op, Op::View(View::Reshape)) && long(from) == long(&node.shape)
}
