//! The walk over the nodes, users first, that decides what is inlined.
//!
//! When a node is visited, all of its users have been: `uses` says everything that is wanted of
//! it, and the decision is final. A node that nobody has asked for is dead, or a view
//! that was seen through.

use super::costs::{CHEAP, Costs, MAX_COMPARED, MAX_MERGE_NODES, MAX_VIEWS, SLOW_REPEATS};
use super::table::{Context, Groups, Target, Use};
use super::{PathId, Unfused, shifts};
use crate::monitor::{GROUP, Interrupted, Monitor, SEARCH};
use crate::{Refusal, Strategy};
use jitney_ir::graph::{Class, Graph, Layout, NodeId, Op};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

/// What may be overwritten, and how.
#[derive(Clone, Copy)]
pub(crate) struct Owned<'a> {
    /// The inputs that may be.
    pub inputs: &'a [u32],
    /// Whether what takes the place of their elements is stored apart first: it reads them out
    /// of turn.
    pub values_apart: bool,
}

/// Groups the nodes of a graph, some of whose inputs may be overwritten.
pub(crate) fn group<'g>(
    graph: &'g Graph,
    inputs: &'g [Layout],
    owned: Owned<'_>,
    strategy: Strategy,
    monitor: &mut dyn Monitor,
) -> Result<Groups<'g>, Interrupted> {
    let mut tell = |table: &Groups<'_>| {
        monitor.charge(SEARCH, table.take_searched())?;
        monitor.charge(GROUP, table.take_work())
    };
    let mut grouper = Grouper {
        table: Groups::new(graph, inputs, owned.inputs),
        strategy,
        values_apart: owned.values_apart,
        costs: Costs::default(),
        again: vec![0; graph.nodes.len()],
        refused: FxHashSet::default(),
        is_output: vec![false; graph.nodes.len()],
    };
    // Before the walk: that an output needs memory must be known when its node is visited.
    for id in &graph.outputs {
        grouper.output(*id);
        if grouper.table.has_much_to_tell() {
            tell(&grouper.table)?;
        }
    }
    for id in graph.ids().rev() {
        grouper.visit(id);
        grouper.table.worked(1);
        if grouper.table.has_much_to_tell() {
            tell(&grouper.table)?;
        }
    }
    tell(&grouper.table)?;
    Ok(grouper.table)
}

/// The walk's state.
pub(super) struct Grouper<'g> {
    pub table: Groups<'g>,
    strategy: Strategy,
    values_apart: bool,
    pub costs: Costs,
    /// Lane instructions that are computed again for the sake of each node, those of its
    /// readers included.
    again: Vec<usize>,
    is_output: Vec<bool>,
    /// The refusals that have been noted.
    refused: FxHashSet<Refusal>,
}

/// A distinct place where a node is demanded.
pub(super) type Site = (usize, Context, PathId);

/// Sites up to which a new one is looked for among them one by one.
const FEW_SITES: usize = 16;

/// Groups that are asked whether they can store what they compute.
const MAX_HOSTS: usize = 8;

impl Grouper<'_> {
    /// Sees to it that an output has memory: its own, or that of what it is a view of.
    fn output(&mut self, id: NodeId) {
        let base = self.memory_of(id, id, Unfused::IsOutput);
        self.is_output[base.index()] = true;
    }

    /// Sees to it that a node can be read from memory by strides, and returns the node whose
    /// memory that is.
    fn memory_of(&mut self, id: NodeId, reader: NodeId, why: Unfused) -> NodeId {
        let (base, path) = self.table.behind_views(id, PathId::IDENTITY);
        // What is generated has no memory, and some is wanted.
        let is_generated = self.table.graph.node(base).op.class() == Class::Generator;
        let to_copy = if is_generated { Some(id) } else { self.table.inexpressible(base, path) };
        match to_copy {
            Some(operand) => self.copy(operand),
            None => self.table.uses[base.index()].push(Use::Memory { reader, why }),
        }
        // Anew, for a copy made above is where the views end now.
        self.table.behind_views(id, PathId::IDENTITY).0
    }

    /// Gives a view or leaf a buffer of its own, filled by a group of its own.
    pub fn copy(&mut self, id: NodeId) {
        if self.table.is_homed(id) {
            return;
        }
        let node = self.table.graph.node(id);
        let group = self.table.start(&node.shape);
        self.table.groups[group].stores.push((Target::Own(id), Context::LAST));
        let (wanted, path) = match node.op.class() == Class::View {
            true => (node.inputs[0], self.table.paths.extend(PathId::IDENTITY, id)),
            false => (id, PathId::IDENTITY),
        };
        self.demand(wanted, (group, Context::LAST, path), id);
        // Only now: the group's own demand has to look through the node, at what it copies.
        self.table.set_home(id);
    }

    /// Notes that a group wants the value of `input`, seen through `path`.
    ///
    /// What is noted can always be expressed by strides of the node's layout, or of the one
    /// that it will have if it is materialized: a copy is put between where that fails.
    pub fn demand(&mut self, input: NodeId, site: Site, reader: NodeId) {
        let (group, context, outer) = site;
        // Whoever demands a view demands what is behind it: a view is nothing to compute.
        let (mut base, mut path) = self.table.behind_views(input, outer);
        if let Some(operand) = self.table.inexpressible(base, path) {
            self.refuse(base, reader, Unfused::NeedsContiguous);
            // `outer` alone can be expressed for a contiguous operand of the reader's.
            self.copy(if outer == PathId::IDENTITY { operand } else { input });
            (base, path) = self.table.behind_views(input, outer);
        }
        // Demands that mean the same must look the same, or the node would be computed for each.
        path = self.table.settled(context, path);
        let found = self.table.graph.node(base);
        let is_constant = found.op.constant().is_some();
        let is_leaf = self.table.is_homed(base)
            || matches!(found.op.class(), Class::Input | Class::Generator) && !is_constant;
        let demand = Use::Inline { group, context, path, reader };
        let is_new = !demand.is_same_site(self.table.uses[base.index()].last());
        let counts = &mut self.table.groups[group];
        if !is_leaf {
            counts.n_wanted += usize::from(is_new && !is_constant);
        } else if found.shape.len() == 1 {
            // A single element is an argument rather than a buffer to walk along.
            counts.n_arguments += usize::from(is_new);
        } else {
            counts.loads.insert((base, path));
        }
        self.table.uses[base.index()].push(demand);
    }

    /// Takes what was wanted of a node, now that it is visited, out of the count.
    fn settle_wants(&mut self, id: NodeId) {
        let mut before = None;
        for number in 0..self.table.uses[id.index()].len() {
            let demand = self.table.uses[id.index()][number];
            if let Use::Inline { group, context, .. } = demand
                && !demand.is_same_site(before.as_ref())
            {
                let group = self.table.find(group, context).0;
                let n_wanted = &mut self.table.groups[group].n_wanted;
                *n_wanted = n_wanted.saturating_sub(1);
            }
            before = Some(demand);
        }
    }

    /// Notes why two nodes go through memory, for people. The same is noted once.
    pub fn refuse(&mut self, producer: NodeId, consumer: NodeId, why: Unfused) {
        let refusal = Refusal { producer, consumer, why };
        if self.refused.insert(refusal) {
            self.table.refusals.push(refusal);
        }
    }

    /// Decides what becomes of a node, now that all who read it have been visited.
    fn visit(&mut self, id: NodeId) {
        let n_uses = self.table.uses[id.index()].len();
        if n_uses == 0 {
            return;
        }
        self.table.worked(n_uses);
        self.settle_wants(id);
        match self.table.graph.node(id).op.class() {
            // Demands of views have gone to what is behind them.
            Class::View if self.table.ends_chain(id) && !self.table.is_homed(id) => {
                self.copy(id);
                self.materialized(id, None, Unfused::TooManyViews);
            }
            // What is generated needs no buffer to share.
            Class::Generator | Class::View => {}
            // Nothing to compute, but one kernel of two readers loads it once.
            Class::Input => drop(self.merge_readers(id)),
            Class::Elementwise => self.elementwise(id),
            Class::Reduction => self.reduce(id),
            Class::Output => self.output_of(id),
            Class::Library => self.library(id),
            Class::Assembly => self.put_together(id),
        }
    }

    /// The distinct sites that demand a node.
    ///
    /// Uses are kept as they were noted. Since then groups may have merged or become rows of
    /// others, and two of them may mean one site: they are brought up to date here.
    pub fn sites(&mut self, id: NodeId) -> SmallVec<[Site; 4]> {
        self.first_sites(id, usize::MAX)
    }

    /// As [`Grouper::sites`], of so many demands.
    pub fn first_sites(&mut self, id: NodeId, n_demands: usize) -> SmallVec<[Site; 4]> {
        let mut sites: SmallVec<[Site; 4]> = SmallVec::new();
        // Few are compared with each other, more are hashed.
        let mut known: FxHashSet<Site> = FxHashSet::default();
        let n_demands = n_demands.min(self.table.uses[id.index()].len());
        self.table.worked(n_demands);
        for number in 0..n_demands {
            let demand = self.table.uses[id.index()][number];
            let Use::Inline { group, context, path, .. } = demand else { continue };
            let (group, context) = self.table.find(group, context);
            let site = (group, context, self.table.settled(context, path));
            let is_new = if sites.len() < FEW_SITES {
                !sites.contains(&site)
            } else {
                if known.is_empty() {
                    known.extend(sites.iter().copied());
                }
                known.insert(site)
            };
            if is_new {
                sites.push(site);
            }
        }
        sites
    }

    /// Inlines an elementwise node, keeps it for a row or materializes it, in this order of
    /// preference: a register is cheaper than the nearest cache, and that than memory.
    fn elementwise(&mut self, id: NodeId) {
        let mut sites = self.merge_readers(id);
        // Before costs are asked about: once per row is cheaper than any of the sites.
        if let Some(site) = self.row_site(id, &sites) {
            sites = SmallVec::from_slice(&[site]);
        }
        let Some(why) = self.why_not_inline(id, &sites) else {
            sites.iter().for_each(|site| self.inline(id, *site));
            return;
        };
        if matches!(why, Unfused::WouldRecompute { .. })
            && let Some(site) = self.keep(id, &sites)
        {
            return self.inline(id, site);
        }
        // In memory, then. Best by a group that has the value in a register anyway, else by a group
        // that does nothing else yet: it takes in what the node is computed from.
        let host = self.host(id, &sites, why);
        let (group, context) = host
            .unwrap_or_else(|| (self.table.start(&self.table.graph.node(id).shape), Context::LAST));
        self.table.tie(group, id);
        self.table.groups[group].stores.push((Target::Own(id), context));
        self.inline(id, (group, context, PathId::IDENTITY));
        self.materialized(id, host.map(|(group, _)| group), why);
    }

    /// Merges groups that demand a node over the same domain; returns the sites that are left.
    ///
    /// Groups that read nothing in common are left alone, though they could share their loops:
    /// nothing would be saved but a call. Equal context and path mean that both want the same
    /// element at the same moment, which is what one load can serve.
    fn merge_readers(&mut self, id: NodeId) -> SmallVec<[Site; 4]> {
        let sites = self.sites(id);
        let is_large = self.table.graph.nodes.len() > MAX_MERGE_NODES;
        if sites.len() < 2 || is_large || self.is_eager() {
            return sites;
        }
        let mut has_merged = false;
        for (i, &(a, context, path)) in sites.iter().enumerate() {
            if self.table.groups[self.table.find(a, context).0].is_full() {
                continue;
            }
            let others = &sites[i + 1..sites.len().min(i + 1 + MAX_COMPARED)];
            self.table.worked(others.len());
            for &(b, other_context, other_path) in others {
                // A merge in an earlier round may have moved either.
                let (a, b) = (self.table.find(a, context).0, self.table.find(b, context).0);
                let same = (context, path) == (other_context, other_path);
                if a != b && same && self.table.can_merge(a, b) {
                    self.table.merge(a, b);
                    has_merged = true;
                }
            }
        }
        if has_merged { self.sites(id) } else { sites }
    }

    /// Why the node cannot be computed where it is demanded, if it cannot.
    fn why_not_inline(&mut self, id: NodeId, sites: &[Site]) -> Option<Unfused> {
        if self.strategy == Strategy::Eager {
            return Some(Unfused::Eager);
        }
        let memory = self.table.uses[id.index()].iter().find_map(|demand| match demand {
            Use::Memory { why, .. } => Some(*why),
            Use::Inline { .. } => None,
        });
        if memory.is_some() {
            return memory;
        }
        let cost = self.costs.of(self.table.graph, id);
        let times = self.times_computed(id, sites);
        if times > 1 {
            let readers = self.table.uses[id.index()].iter().map(|demand| match demand {
                Use::Inline { reader, .. } | Use::Memory { reader, .. } => {
                    self.again[reader.index()]
                }
            });
            // With what is repeated after it: were each node judged by its own cost, a chain of
            // cheap ones would be computed twice however long it is. Of several chains the longest
            // counts.
            let again = cost.common + readers.max().unwrap_or(0);
            let (cost, is_dear) = match self.shifts(id, sites) {
                Some(n_shifts) => {
                    let cost = self.cost_shifted(id, n_shifts);
                    (cost, shifts::is_dear(cost, n_shifts))
                }
                None => (again, again > CHEAP),
            };
            let is_slow = times > SLOW_REPEATS && self.costs.is_slow(self.table.graph, id);
            if is_dear || is_slow {
                return Some(Unfused::WouldRecompute { cost, times });
            }
            self.again[id.index()] = again;
        }
        // Cheap enough to be computed there; but a group may be full by now.
        self.why_no_room(sites, cost.all)
    }

    /// What there would be too much of in a group if a node were computed at its sites.
    fn why_no_room(&self, sites: &[Site], cost: usize) -> Option<Unfused> {
        let is_long = |site: &Site| self.table.paths.len(site.2) > MAX_VIEWS;
        // Most nodes have one reader.
        if let [site] = sites {
            let too_much = self.table.groups[site.0].lacks_room(1, cost);
            return too_much.or_else(|| is_long(site).then_some(Unfused::TooManyViews));
        }
        self.table.worked(sites.len());
        let n_sites = |number: usize| sites.iter().filter(|site| site.0 == number).count();
        let by_group: SmallVec<[(usize, usize); 4]> = if sites.len() <= FEW_SITES {
            sites.iter().map(|site| (site.0, n_sites(site.0))).collect()
        } else {
            let mut counts: FxHashMap<usize, usize> = FxHashMap::default();
            sites.iter().for_each(|site| *counts.entry(site.0).or_default() += 1);
            counts.into_iter().collect()
        };
        let lacks = |(group, n): &(usize, usize)| self.table.groups[*group].lacks_room(*n, cost);
        let found: SmallVec<[Unfused; 4]> = by_group.iter().filter_map(lacks).collect();
        // The length comes first, however the groups are counted.
        let too_large = found.iter().find(|why| **why == Unfused::TooLarge);
        if let Some(why) = too_large.or(found.first()) {
            return Some(*why);
        }
        sites.iter().any(is_long).then_some(Unfused::TooManyViews)
    }

    /// How often the node would be computed at the sites for once that it would be if it
    /// were materialized: each site counts, and each repetition by a broadcast.
    ///
    /// A column of 3 that is demanded over 3 x 4 elements is visited 12 times for 3 values, so 4
    /// times; read at two shifts of a row each, a value is computed `ceil((n - 1 + n - 1) / n)`
    /// times, 2. A slice that wants little makes it less than 1, which counts as 1.
    fn times_computed(&self, id: NodeId, sites: &[Site]) -> usize {
        let len = self.table.graph.node(id).shape.len().max(1);
        let visits = |&(group, context, _): &Site| self.table.groups[group].times(context).max(1);
        sites.iter().map(visits).fold(0usize, usize::saturating_add).div_ceil(len)
    }

    /// Computes the node at a site, and so demands its operands there: seen through the same
    /// views, as an elementwise operation has the shape of its operands.
    fn inline(&mut self, id: NodeId, (group, context, path): Site) {
        let cost = self.costs.of(self.table.graph, id);
        self.table.groups[group].cost += cost.all;
        self.table.groups[group].inlined.push((id, context, path));
        for input in &self.table.graph.node(id).inputs {
            self.demand(*input, (group, context, path), id);
        }
    }

    /// A group that computes the node over its own domain anyway and can store it as well,
    /// unless another reader of the stored value is needed by the group; and where it does.
    fn host(&self, id: NodeId, sites: &[Site], why: Unfused) -> Option<(usize, Context)> {
        // Eager evaluation has one operation a kernel, and the others are full.
        if matches!(
            why,
            Unfused::Eager | Unfused::TooLarge | Unfused::TooManyBuffers | Unfused::TooManyViews
        ) {
            return None;
        }
        let mut groups: SmallVec<[usize; MAX_HOSTS]> = SmallVec::new();
        for &(group, ..) in sites {
            if groups.len() < MAX_HOSTS && !groups.contains(&group) {
                groups.push(group);
            }
        }
        self.table.worked(groups.len() * sites.len());
        let has_room = |group: &usize| !self.table.groups[*group].is_full();
        let mut hosts = groups
            .into_iter()
            .filter(has_room)
            .filter_map(|group| Some((group, first_context(group, sites)?)));
        hosts.find(|(group, _)| self.waits_for_no_reader(*group, id, sites))
    }

    /// Whether a group can store a node before any other reader needs it from memory: if one of
    /// those readers is needed by the group, each would wait for the other.
    fn waits_for_no_reader(&self, group: usize, id: NodeId, sites: &[Site]) -> bool {
        // A group without a root is being made; what it will wait for is not known.
        let Some(root) = self.table.root(group) else { return false };
        let needs = |reader: NodeId| self.table.needs(root, reader);
        let independent = |site: &Site| {
            site.0 == group || self.table.root(site.0).is_some_and(|reader| !needs(reader))
        };
        sites.iter().all(independent)
            && self.table.uses[id.index()].iter().all(|demand| match *demand {
                Use::Inline { .. } => true,
                Use::Memory { reader, why } => why == Unfused::IsOutput || !needs(reader),
            })
    }

    /// Notes that a node is read from its buffer, by all but the group that computes it.
    pub fn materialized(&mut self, id: NodeId, host: Option<usize>, why: Unfused) {
        self.table.set_home(id);
        for demand in self.table.uses[id.index()].clone() {
            let (group, context, path, reader) = match demand {
                Use::Inline { group, context, path, reader } => (group, context, path, reader),
                // That a result is stored is no refusal: nobody else reads it there.
                Use::Memory { why: Unfused::IsOutput, .. } => continue,
                Use::Memory { reader, why } => {
                    self.refuse(id, reader, why);
                    continue;
                }
            };
            let (group, _) = self.table.find(group, context);
            if Some(group) == host {
                continue;
            }
            self.refuse(id, reader, why);
            self.table.groups[group].loads.insert((id, path));
        }
    }

    /// Library calls are steps of their own, with memory on all sides: no kernel does better than
    /// the library, and the library knows no lane programs.
    fn library(&mut self, id: NodeId) {
        let Op::Call(call) = self.table.graph.node(id).op else { return };
        // Of several results each has memory where it is an output.
        if call.results().len() == 1 {
            self.materialized(id, None, Unfused::IsOfLibrary(call));
        }
        for input in self.table.graph.node(id).inputs.clone() {
            self.memory_of(input, id, Unfused::ReadByLibrary(call));
        }
    }

    /// One of several results of a call, which is wanted for its sake.
    fn output_of(&mut self, id: NodeId) {
        let call = self.table.graph.node(id).inputs[0];
        let Op::Call(row) = self.table.graph.node(call).op else { return };
        let why = Unfused::IsOfLibrary(row);
        self.materialized(id, None, why);
        self.table.uses[call.index()].push(Use::Memory { reader: id, why });
    }

    /// Starts a group for each part of a concatenation or an update. A part that nobody else
    /// reads is computed straight into the whole, with no buffer of its own, unless values go apart.
    fn put_together(&mut self, id: NodeId) {
        self.materialized(id, None, Unfused::IsConcatenation);
        let parts = self.table.parts(id);
        self.table.worked(parts.len());
        for (number, part) in parts.iter().enumerate() {
            // What is demanded below is then read from there, once all of it has been computed.
            if self.values_apart && !part.is_kept && self.table.is_expendable(id) {
                // A view has no elements of its own: what it shows may be what is overwritten.
                if self.table.graph.node(part.operand).op.class() == Class::View {
                    self.copy(part.operand);
                } else {
                    self.memory_of(part.operand, id, Unfused::IsConcatenation);
                }
            }
            let group = self.table.start(part.shape(self.table.graph));
            self.table.groups[group].stores.push((Target::Part(id, number), Context::LAST));
            self.table.groups[group].is_plain = self.table.is_expendable(id);
            let path = self.table.path_to(part);
            self.demand(part.operand, (group, Context::LAST, path), id);
        }
    }

    pub fn is_eager(&self) -> bool {
        self.strategy == Strategy::Eager
    }

    pub fn is_output(&self, id: NodeId) -> bool {
        self.is_output[id.index()]
    }

    /// Whether others than groups read the node's memory.
    pub fn is_read_from_memory(&self, id: NodeId) -> bool {
        self.table.uses[id.index()].iter().any(|demand| match demand {
            Use::Memory { why, .. } => *why != Unfused::IsOutput,
            Use::Inline { .. } => false,
        })
    }
}

/// Where a group first computes a node that it wants as it is at all its sites.
///
/// Stages count from the end, so the first of them is the greatest.
fn first_context(group: usize, sites: &[Site]) -> Option<Context> {
    let own = || sites.iter().filter(|site| site.0 == group);
    let as_it_is = own().all(|(_, _, path)| *path == PathId::IDENTITY);
    let (first, last) = (own().map(|site| site.1).max()?, own().map(|site| site.1).min()?);
    let alike = matches!((first, last), (Context::Element(_), Context::Element(_)));
    (as_it_is && (alike || first == last)).then_some(first)
}
