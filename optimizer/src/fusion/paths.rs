//! Chains of views between a group's domain and a node, interned so that equal chains have
//! equal ids.
//!
//! A chain grows as demands go from a reader to what is behind its operand, and shares what is
//! before its last view with every chain that begins alike. Of `x.reshape(2, 3).T`, seen from a
//! domain of shape [3, 2]:
//!
//! ```text
//! p0  nothing
//! p1  p0, transpose     leads to what is reshaped, [2, 3]
//! p2  p1, reshape       leads to x, [6]
//! layout of x [8] ── reshape ──► [24, 8] ── transpose ──► [8, 24]: from the node to the domain
//! ```
//!
//! That two readers see a node through equal chains is how it is known that they want the same
//! elements. Chains of different views that pick the same elements count as different, which may
//! cost time, but no result rests on it.

use super::parts::Cut;
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

/// A view of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// A node of the graph.
    Node(NodeId),
    /// A view that cuts a part out, and its shape. No node stands for it.
    Cut(View, Shape),
}

impl Step {
    /// The layout of the view of an array laid out as given.
    pub fn apply(&self, graph: &Graph, layout: &Layout) -> Option<Layout> {
        match self {
            Step::Node(id) => {
                let node = graph.node(*id);
                let Op::View(view) = &node.op else { return Some(layout.clone()) };
                layout.view(view, &node.shape)
            }
            Step::Cut(view, shape) => layout.view(view, shape),
        }
    }

    /// Whether it is a reshape that adds or drops axes of one element.
    fn changes_unit_axes(&self, graph: &Graph) -> bool {
        let Step::Node(id) = *self else { return false };
        let node = graph.node(id);
        let long = |shape: &Shape| -> Dims<usize> {
            shape.extents().iter().copied().filter(|n| *n != 1).collect()
        };
        let from = &graph.node(node.inputs[0]).shape;
        matches!(node.op, Op::View(View::Reshape)) && long(from) == long(&node.shape)
    }
}

/// All chains in use.
pub(crate) struct Paths {
    /// The chain without its last view, and that view.
    steps: Vec<(PathId, Step)>,
    /// How many views the chain has.
    lengths: Vec<usize>,
    /// The id of each entry.
    known: FxHashMap<(PathId, Step), PathId>,
}

impl Paths {
    pub fn new() -> Paths {
        // The entry of the empty chain is never looked at.
        let steps = vec![(PathId(0), Step::Node(NodeId(0)))];
        Paths { steps, lengths: vec![0], known: FxHashMap::default() }
    }

    /// The chain that goes through one more view.
    pub fn extend(&mut self, path: PathId, view: NodeId) -> PathId {
        self.through(path, Step::Node(view))
    }

    /// The chain that cuts a part out.
    pub fn cut(&mut self, cut: &Cut) -> PathId {
        cut.iter().rev().fold(PathId::IDENTITY, |path, (view, shape)| {
            self.through(path, Step::Cut(view.clone(), shape.clone()))
        })
    }

    /// The chain with one more view at the node's end, the same id each time.
    fn through(&mut self, path: PathId, step: Step) -> PathId {
        *self.known.entry((path, step)).or_insert_with_key(|key| {
            self.steps.push(key.clone());
            self.lengths.push(self.lengths[key.0.0 as usize] + 1);
            PathId(self.steps.len() as u32 - 1)
        })
    }

    /// The number of views of a chain.
    pub fn len(&self, path: PathId) -> usize {
        self.lengths[path.0 as usize]
    }

    /// The views of a chain, the one nearest to the node first: the order in which they
    /// apply to the node's layout.
    pub fn views(&self, path: PathId) -> impl Iterator<Item = &Step> + '_ {
        let step = |path: PathId| (path != PathId::IDENTITY).then(|| &self.steps[path.0 as usize]);
        std::iter::successors(step(path), move |(rest, _)| step(*rest)).map(|(_, view)| view)
    }

    /// The layout of the domain's elements in a node laid out as given; `None` where a
    /// reshape cannot be expressed by strides.
    pub fn apply(&self, graph: &Graph, path: PathId, layout: &Layout) -> Option<Layout> {
        let mut layout = layout.clone();
        for step in self.views(path) {
            layout = step.apply(graph, &layout)?;
        }
        Some(layout)
    }

    /// The chain without the views nearest to the domain that only add or drop axes of one
    /// element: what is left leads to the same elements in the same order.
    pub fn settled(&mut self, graph: &Graph, path: PathId) -> PathId {
        if path == PathId::IDENTITY {
            return path;
        }
        let mut steps: Vec<&Step> = self.views(path).collect();
        let n_steps = steps.len();
        while steps.last().is_some_and(|step| step.changes_unit_axes(graph)) {
            steps.pop();
        }
        // Most chains are settled as they are.
        if steps.len() == n_steps {
            return path;
        }
        let steps: Vec<Step> = steps.into_iter().cloned().collect();
        steps.into_iter().rev().fold(PathId::IDENTITY, |path, step| self.through(path, step))
    }

    /// Whether all views of the chain only add or drop axes of one element.
    pub fn only_unit_axes(&self, graph: &Graph, path: PathId) -> bool {
        self.views(path).all(|step| step.changes_unit_axes(graph))
    }
}
