//! The groups as they grow: what each computes, and who demands what.

use super::costs::{MAX_ACCESSES, MAX_COST, MAX_RESULTS, MAX_VIEWS, MAX_WANTED};
use super::dependence::Dependence;
use super::paths::Step;
use super::{Part, PathId, Paths, parts};
use crate::monitor::TOLD;
use crate::{Refusal, Unfused};
use jitney_ir::Shape;
use jitney_ir::graph::{Class, Graph, Layout, Node, NodeId, Op};
use jitney_ir::kernel::Scope;
use jitney_ir::shape::Dims;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::Cell;
use std::rc::Rc;

/// When a value is computed in a group.
///
/// A row runs through stages, which count from the end: the last one is 0. In each, elements
/// come before the row values that rest on them. Stages are found from the last to the first,
/// and counted so, none has to be renamed. Of `(x - mean) / sqrt(sum((x - mean)**2) / n)`:
///
/// ```text
/// Element(2)  x                 reduced to a sum         stage 2 runs first
/// Row(2)      sum / n           the mean
/// Element(1)  (x - mean)**2     reduced to a sum
/// Row(1)      sqrt(sum / n)
/// Element(0)  (x - mean) / it   stored
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Context {
    /// For every element of the domain.
    Element(u8),
    /// Once per row, after the elements of the stage have been reduced.
    Row(u8),
}

/// The first of the most stages that a kernel may have. Each goes through the row once more.
const MAX_STAGE: u8 = 31;

impl Context {
    /// The context of groups of one stage.
    pub const LAST: Context = Context::Element(0);

    /// How often a phase of this context runs in a row.
    pub fn scope(self) -> Scope {
        match self {
            Context::Element(_) => Scope::Element,
            Context::Row(_) => Scope::Row,
        }
    }

    /// The stage by whose end a value per row must be known to be read here; `None` if that
    /// would be one too many.
    pub fn known_by(self) -> Option<u8> {
        match self {
            // An element cannot wait for the end of its own stage.
            Context::Element(stage) => (stage < MAX_STAGE).then_some(stage + 1),
            // Row phases follow the reductions of their own stage.
            Context::Row(stage) => Some(stage),
        }
    }
}

/// Where a group's result goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    /// The node's own buffer.
    Own(NodeId),
    /// The part of this number of the buffer of an array that is put together.
    Part(NodeId, usize),
}

/// One future kernel.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// The elements it visits.
    pub domain: Shape,
    /// The axes it reduces; none if it is elementwise.
    pub axes: Dims<usize>,
    /// Results stored, with the context that has the value.
    pub stores: Vec<(Target, Context)>,
    /// Reductions computed, with their stage.
    pub reduces: Vec<(NodeId, u8)>,
    /// Nodes computed, with context and chain of views; see [`Groups::settled`].
    pub inlined: Vec<(NodeId, Context, PathId)>,
    /// Nodes computed per element in a stage and kept for a row, for later stages.
    pub kept: Vec<(NodeId, u8)>,
    /// Bytes that a row of the nodes kept takes.
    pub row_bytes: usize,
    /// Lane instructions of the nodes computed.
    pub cost: usize,
    /// Leaves of more than one element that are loaded, by node and chain.
    pub loads: FxHashSet<(NodeId, PathId)>,
    /// Values wanted of nodes that have not been visited yet, counted anew where another reader
    /// has asked for the same node in between.
    pub n_wanted: usize,
    /// Single elements that are read, counted in the same way.
    pub n_arguments: usize,
    /// Whether it stays without reductions: it may overwrite an input, and such kernels need
    /// no memory of their own that the system could refuse when it is too late.
    pub is_plain: bool,
}

impl Group {
    /// The nodes whose values the group hands out or reduces.
    pub fn computed(&self) -> impl Iterator<Item = NodeId> + '_ {
        let stored = self.stores.iter().map(|(target, _)| match *target {
            Target::Own(node) | Target::Part(node, _) => node,
        });
        stored.chain(self.reduces.iter().map(|(node, _)| *node))
    }

    /// The number of results and reductions.
    pub fn n_results(&self) -> usize {
        self.stores.len() + self.reduces.len()
    }

    /// Whether the group has as many results and reductions as a kernel may have.
    pub fn is_full(&self) -> bool {
        self.n_results() >= MAX_RESULTS
    }

    /// Whether the group reads, or may turn out to read, as much as a kernel may.
    fn is_crowded(&self) -> bool {
        self.loads.len() >= MAX_ACCESSES || self.n_wanted + self.n_arguments >= MAX_WANTED
    }

    /// What there would be too much of if a node of a cost were computed at so many sites.
    pub fn lacks_room(&self, n_sites: usize, cost: usize) -> Option<Unfused> {
        if self.cost + n_sites * cost > MAX_COST {
            return Some(Unfused::TooLarge);
        }
        // What the node itself will load is not known yet, so the limit is passed by a few at most.
        let is_crowded = n_sites > MAX_ACCESSES || self.is_crowded();
        is_crowded.then_some(Unfused::TooManyBuffers)
    }

    /// How often a value of a context is computed.
    pub fn times(&self, context: Context) -> usize {
        match context {
            Context::Element(_) => self.domain.len(),
            Context::Row(_) => self.domain.without(&self.axes).len(),
        }
    }
}

/// A demand for a node's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Use {
    /// A group wants it for a node it computes.
    Inline { group: usize, context: Context, path: PathId, reader: NodeId },
    /// It is read from memory, for the given reason.
    Memory { reader: NodeId, why: Unfused },
}

impl Use {
    /// Whether it asks for the same at the same place as another demand.
    pub fn is_same_site(&self, other: Option<&Use>) -> bool {
        let site = |demand: &Use| match *demand {
            Use::Inline { group, context, path, .. } => Some((group, context, path)),
            Use::Memory { .. } => None,
        };
        site(self).is_some() && site(self) == other.and_then(site)
    }
}

/// Memory, or an index, from which a value can be read.
#[derive(Clone, Debug)]
pub(crate) struct Readable {
    /// Whose buffer it is, or which leaf.
    pub node: NodeId,
    /// Whether it is the node's own buffer.
    pub is_home: bool,
    /// The places of the wanted elements.
    pub layout: Layout,
}

/// The state of grouping, and its result.
pub(crate) struct Groups<'g> {
    pub graph: &'g Graph,
    pub inputs: &'g [Layout],
    /// Whether a node is an input that may be overwritten, or an update of one.
    expendable: Vec<bool>,
    pub groups: Vec<Group>,
    /// Groups that became part of another; true if their elements became its rows.
    /// Numbers stay, for uses have been noted with them; [`Groups::find`] follows.
    merged: Vec<Option<(usize, bool)>>,
    /// Whether a node has a buffer of its own.
    homed: Vec<bool>,
    /// Who wants each node, as it was when they asked.
    pub uses: Vec<Vec<Use>>,
    pub paths: Paths,
    /// The parts of each node that is put together.
    parts: FxHashMap<NodeId, Rc<[Part]>>,
    /// Whether a node is a view that is not seen through: of a long chain, every so many-th has a
    /// buffer of its own.
    ends_chain: Vec<bool>,
    /// Work that has been done and not been told.
    work: Cell<usize>,
    searched: Cell<usize>,
    pub refusals: Vec<Refusal>,
    /// Asked before groups are tied together.
    pub dependence: Dependence,
}

impl<'g> Groups<'g> {
    pub fn new(graph: &'g Graph, inputs: &'g [Layout], owned: &[u32]) -> Groups<'g> {
        let n = graph.nodes.len();
        Groups {
            graph,
            inputs,
            expendable: expendable(graph, owned),
            groups: Vec::new(),
            merged: Vec::new(),
            homed: vec![false; n],
            uses: vec![Vec::new(); n],
            paths: Paths::new(),
            parts: FxHashMap::default(),
            ends_chain: chain_ends(graph),
            work: Cell::new(0),
            searched: Cell::new(0),
            refusals: Vec::new(),
            dependence: Dependence::new(graph),
        }
    }

    /// The groups that became kernels, by number.
    pub fn live(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.groups.len()).filter(|group| self.merged[*group].is_none())
    }

    /// Whether the node is read from a buffer of its own.
    pub fn is_homed(&self, node: NodeId) -> bool {
        self.homed[node.index()]
    }

    /// Whether the node is an input that may be overwritten, or an update of one.
    pub fn is_expendable(&self, node: NodeId) -> bool {
        self.expendable[node.index()]
    }

    /// Gives the node a buffer of its own.
    pub fn set_home(&mut self, node: NodeId) {
        self.homed[node.index()] = true;
    }

    /// The group that a group has become part of, and what has become of the context.
    pub fn find(&self, mut group: usize, mut context: Context) -> (usize, Context) {
        while let Some((into, to_rows)) = self.merged[group] {
            if to_rows {
                context = Context::Row(0);
            }
            group = into;
        }
        (group, context)
    }

    /// Starts a group that visits every element of a shape.
    pub fn start(&mut self, domain: &Shape) -> usize {
        self.groups.push(Group {
            domain: domain.clone(),
            axes: Dims::new(),
            stores: Vec::new(),
            reduces: Vec::new(),
            inlined: Vec::new(),
            kept: Vec::new(),
            row_bytes: 0,
            cost: 0,
            loads: FxHashSet::default(),
            n_wanted: 0,
            n_arguments: 0,
            is_plain: false,
        });
        self.merged.push(None);
        self.groups.len() - 1
    }

    /// Makes an elementwise group the row phase of a new reducing one.
    ///
    /// `x.sum(axis=1) / n` starts as a group over the rows, for the division comes first in the
    /// walk. When the sum is met, the group turns out to be what follows the sum in each row. What
    /// it computed per element is now computed per row, in the last stage.
    pub fn make_rows(&mut self, group: usize, domain: &Shape, axes: &Dims<usize>) -> usize {
        let reducing = self.start(domain);
        let rows = self.groups[group].clone();
        self.merged[group] = Some((reducing, true));
        let row = Context::Row(0);
        let settle = |(node, _, path)| (node, row, self.settled(row, path));
        let inlined = rows.inlined.into_iter().map(settle).collect();
        let group = &mut self.groups[reducing];
        group.axes = axes.clone();
        group.stores = rows.stores.into_iter().map(|(target, _)| (target, row)).collect();
        group.inlined = inlined;
        group.cost = rows.cost;
        group.loads = rows.loads;
        (group.n_wanted, group.n_arguments) = (rows.n_wanted, rows.n_arguments);
        reducing
    }

    /// Whether two groups can become one: the same loops, and neither needs the other.
    pub fn can_merge(&self, a: usize, b: usize) -> bool {
        let (x, y) = (&self.groups[a], &self.groups[b]);
        let same_loops = x.domain == y.domain && x.axes == y.axes;
        let is_short = x.cost + y.cost <= MAX_COST
            && x.n_results() + y.n_results() <= MAX_RESULTS
            // They may read the same.
            && x.loads.len() + y.loads.len() <= 2 * MAX_ACCESSES
            && x.n_wanted + y.n_wanted + x.n_arguments + y.n_arguments <= MAX_WANTED;
        same_loops && is_short && self.dependence.has_plenty() && self.independent(a, b)
    }

    /// Whether neither of two groups needs the other. Of a group without a root that is unknown.
    fn independent(&self, a: usize, b: usize) -> bool {
        match (self.root(a), self.root(b)) {
            (Some(a), Some(b)) => !self.needs(a, b) && !self.needs(b, a),
            _ => false,
        }
    }

    /// Whether one node may need another; see [`Dependence::needs`].
    pub fn needs(&self, user: NodeId, value: NodeId) -> bool {
        let (needs, n_seen) = self.dependence.needs(user, value);
        self.searched.set(self.searched.get() + n_seen);
        needs
    }

    /// Notes work.
    pub fn worked(&self, work: usize) {
        self.work.set(self.work.get() + work);
    }

    /// Whether so much work has been done that it should be told.
    pub fn has_much_to_tell(&self) -> bool {
        self.work.get() + self.searched.get() >= TOLD
    }

    /// Nodes that have been looked at in searches since this was last asked.
    pub fn take_searched(&self) -> usize {
        self.searched.take()
    }

    /// The work since this was last asked, but for searches.
    pub fn take_work(&self) -> usize {
        self.work.take()
    }

    /// Moves group `b` into group `a`.
    pub fn merge(&mut self, a: usize, b: usize) {
        if let (Some(x), Some(y)) = (self.root(a), self.root(b)) {
            self.dependence.tie(x, y);
        }
        let taken = self.groups[b].clone();
        self.worked(taken.inlined.len() + taken.loads.len());
        self.merged[b] = Some((a, false));
        let group = &mut self.groups[a];
        group.stores.extend(taken.stores);
        group.reduces.extend(taken.reduces);
        group.inlined.extend(taken.inlined);
        group.kept.extend(taken.kept);
        group.row_bytes += taken.row_bytes;
        group.cost += taken.cost;
        group.loads.extend(taken.loads);
        group.n_wanted += taken.n_wanted;
        group.n_arguments += taken.n_arguments;
        group.is_plain |= taken.is_plain;
    }

    /// Some node whose dependences are the group's.
    pub fn root(&self, group: usize) -> Option<NodeId> {
        self.groups[group].computed().next()
    }

    /// Ties a new root to the ones that the group has.
    pub fn tie(&mut self, group: usize, node: NodeId) {
        if let Some(root) = self.root(group).filter(|root| *root != node) {
            self.dependence.tie(root, node);
        }
    }

    /// The layout of a leaf: an input, an index, or a node with a buffer (in bytes, an index
    /// in units). A constant has none.
    pub fn leaf_layout(&self, node: NodeId) -> Option<Layout> {
        let found = self.graph.node(node);
        if self.is_homed(node) {
            return Some(Layout::contiguous(&found.shape, found.dtype.size()));
        }
        self.unhomed_layout(found)
    }

    /// The layout of an input or an index.
    fn unhomed_layout(&self, node: &Node) -> Option<Layout> {
        match node.op.input() {
            Some(number) => Some(self.inputs[number as usize].clone()),
            None => (node.op == Op::Iota).then(|| Layout::contiguous(&node.shape, 1)),
        }
    }

    /// Whether the node is a view that is not seen through.
    pub fn ends_chain(&self, node: NodeId) -> bool {
        self.ends_chain[node.index()]
    }

    /// The node behind a chain of views and the chain to it from `path` on. Stops at nodes
    /// with a buffer.
    pub fn behind_views(&mut self, mut node: NodeId, mut path: PathId) -> (NodeId, PathId) {
        let has_buffer = |table: &Groups<'_>, node| table.is_homed(node) || table.ends_chain(node);
        while !has_buffer(self, node) && self.graph.node(node).op.class() == Class::View {
            self.worked(1);
            path = self.paths.extend(path, node);
            node = self.graph.node(node).inputs[0];
        }
        (node, path)
    }

    /// The parts of a node that is put together.
    pub fn parts(&mut self, whole: NodeId) -> Rc<[Part]> {
        let graph = self.graph;
        Rc::clone(self.parts.entry(whole).or_insert_with(|| parts::of(graph, whole).into()))
    }

    /// The parts of all nodes that are put together.
    pub fn all_parts(&self) -> &FxHashMap<NodeId, Rc<[Part]>> {
        &self.parts
    }

    /// The chain between a part's group and its operand.
    pub fn path_to(&mut self, part: &Part) -> PathId {
        if part.is_kept { self.paths.cut(&part.cut) } else { PathId::IDENTITY }
    }

    /// The chain by which a group knows a node: to a row, axes of one element are no matter.
    pub fn settled(&mut self, context: Context, path: PathId) -> PathId {
        match context {
            Context::Row(_) => {
                self.worked(self.paths.len(path));
                self.paths.settled(self.graph, path)
            }
            Context::Element(_) => path,
        }
    }

    /// Where a node can be read through a chain of views, if it is not computed where it is
    /// wanted: the nearest buffer or else leaf behind it whose strides can express the chain.
    ///
    /// A view or an input that one reader has copied for itself stays where it was for the
    /// readers that asked before, which may not be able to express what they read of the copy.
    pub fn readable(&mut self, mut node: NodeId, mut path: PathId) -> Option<Readable> {
        loop {
            self.worked(1 + self.paths.len(path));
            let found = self.graph.node(node);
            if self.is_homed(node) {
                let home = Layout::contiguous(&found.shape, found.dtype.size());
                if let Some(layout) = self.paths.apply(self.graph, path, &home) {
                    return Some(Readable { node, is_home: true, layout });
                }
            }
            if found.op.class() != Class::View {
                let leaf = self.unhomed_layout(found)?;
                let layout = self.paths.apply(self.graph, path, &leaf)?;
                return Some(Readable { node, is_home: false, layout });
            }
            path = self.paths.extend(path, node);
            node = found.inputs[0];
        }
    }

    /// Where a chain of views has a reshape that strides of the node behind it cannot
    /// express: the operand of the one nearest to the domain. A node without a layout yet
    /// counts as contiguous, which it will be if it gets a buffer.
    pub fn inexpressible(&self, base: NodeId, path: PathId) -> Option<NodeId> {
        self.worked(1 + self.paths.len(path));
        let node = self.graph.node(base);
        let own = self.leaf_layout(base);
        let mut layout = own.unwrap_or_else(|| Layout::contiguous(&node.shape, node.dtype.size()));
        let mut found = None;
        // From the node to the domain, going on as if a copy stood before each obstacle: the last
        // one found is the nearest to the domain.
        for step in self.paths.views(path) {
            layout = match (step.apply(self.graph, &layout), step) {
                (Some(layout), _) => layout,
                // Of a layout that a view can express, cuts can be expressed as well.
                (None, Step::Cut(_, shape)) => Layout::contiguous(shape, node.dtype.size()),
                (None, Step::Node(id)) => {
                    let view = self.graph.node(*id);
                    found = Some(view.inputs[0]);
                    Layout::contiguous(&view.shape, node.dtype.size())
                }
            };
        }
        found
    }
}

/// Which views end a chain of [`MAX_VIEWS`], counted from what they are views of.
fn chain_ends(graph: &Graph) -> Vec<bool> {
    let mut lengths: Vec<u8> = vec![0; graph.nodes.len()];
    let mut ends = vec![false; graph.nodes.len()];
    for (number, node) in graph.nodes.iter().enumerate() {
        if node.op.class() == Class::View {
            let length = lengths[node.inputs[0].index()] + 1;
            ends[number] = usize::from(length) == MAX_VIEWS;
            lengths[number] = if ends[number] { 0 } else { length };
        }
    }
    ends
}

/// Which nodes live in memory that may be overwritten: owned inputs, and chains of updates of them.
fn expendable(graph: &Graph, owned: &[u32]) -> Vec<bool> {
    let owned: FxHashSet<u32> = owned.iter().copied().collect();
    let mut expendable = vec![false; graph.nodes.len()];
    for id in graph.ids() {
        let node = graph.node(id);
        let is_update = matches!(node.op, Op::Update(_));
        expendable[id.index()] = node.op.input().is_some_and(|number| owned.contains(&number))
            || is_update && expendable[node.inputs[0].index()];
    }
    expendable
}
