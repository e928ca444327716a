//! Grouping of reductions: with others over the same elements, with what follows them, and
//! with elementwise nodes that read them for every element of the row they reduce.
//!
//! Softmax of 1000 rows of 400 is one kernel of three stages. The walk comes to the division
//! first, and finds the earlier stages as it meets what they rest on:
//!
//! ```text
//! e / sum          stored, over [1000, 400]       opens the group, in stage 0
//! sum of e         read in stage 0, along rows    reduced in stage 1; the group now has rows
//! e = exp(x - m)   wanted in stages 0 and 1       computed in stage 1 and kept for the row
//! m, maximum of x  read in stage 1                reduced in stage 2, which runs first
//! ```

use super::costs::{LONG_ROW, MAX_COMPARED, MAX_ROW, MAX_ROW_BYTES, MIN_COLUMNS, MIN_ROWS, SERIAL};
use super::grouping::{Grouper, Site};
use super::table::{Context, Target};
use super::{PathId, Unfused};
use jitney_ir::Shape;
use jitney_ir::graph::{Class, Layout, NodeId, Op, View};
use jitney_ir::shape::Dims;

/// Nodes between a value per row and the reduction it rests on that are looked at.
const MAX_STEPS: usize = 32;

impl Grouper<'_> {
    /// Finds the reduction a group: the one whose elements or rows it feeds, one that reduces
    /// the same elements, or its own.
    pub(super) fn reduce(&mut self, id: NodeId) {
        let node = self.table.graph.node(id);
        let Op::Reduce(_, axes) = &node.op else { return };
        let domain = &self.table.graph.node(node.inputs[0]).shape;
        let fed = self.feed(id, domain, axes);
        let found = fed.or_else(|| self.beside(id, domain, axes));
        let (group, stage) = found.unwrap_or_else(|| (self.own(domain, axes), 0));
        self.table.tie(group, id);
        self.table.groups[group].reduces.push((id, stage));
        // What feeds its only reader stays in a register, unless somebody outside asked for it.
        if fed.is_none() || self.is_output(id) {
            let store = (Target::Own(id), Context::Row(stage));
            self.table.groups[group].stores.push(store);
            let why = if self.is_eager() { Unfused::Eager } else { Unfused::NeedsReduction };
            self.materialized(id, fed.map(|(group, _)| group), why);
        }
        self.demand(node.inputs[0], (group, Context::Element(stage), PathId::IDENTITY), id);
    }

    /// A new group that reduces a domain over some axes.
    fn own(&mut self, domain: &Shape, axes: &Dims<usize>) -> usize {
        let group = self.table.start(domain);
        self.table.groups[group].axes = axes.clone();
        group
    }

    /// The group that is all that reads the reduction, and the stage that reduces: a group
    /// over the same elements, or one over what the reduction leaves, which becomes its rows.
    fn feed(&mut self, id: NodeId, domain: &Shape, axes: &Dims<usize>) -> Option<(usize, u8)> {
        if self.is_eager() || self.is_read_from_memory(id) {
            return None;
        }
        let sites = self.sites(id);
        if sites.first().is_some_and(|site| self.table.groups[site.0].is_full()) {
            return None;
        }
        if let Some((group, context, _)) = self.row_site(id, &sites) {
            return Some((group, context.known_by()?));
        }
        // No reader along rows: perhaps one that goes on with what is left. It may not have rows
        // or stages yet, as a group has one set of axes.
        let [(group, Context::LAST, path)] = *sites.as_slice() else { return None };
        let found = &self.table.groups[group];
        let left = domain.without(axes);
        let elementwise = found.axes.is_empty() && found.domain.len() == left.len();
        let fits = elementwise
            && !found.is_plain
            && domain.len() >= LONG_ROW * left.len()
            && self.table.paths.only_unit_axes(self.table.graph, path);
        fits.then(|| (self.table.make_rows(group, domain, axes), 0))
    }

    /// The site at which a group that is all that reads a value per row computes it, once per
    /// row before the stages that read it; the group then has rows, if it had none.
    ///
    /// The value must rest on a reduction that the group can compute: one of the elements
    /// that the group visits. What rests on none is better computed for all rows at once.
    pub(super) fn row_site(&mut self, id: NodeId, sites: &[Site]) -> Option<Site> {
        let group = sites.first()?.0;
        let (len, found) = (self.table.graph.node(id).shape.len(), &self.table.groups[group]);
        let is_short = len.saturating_mul(LONG_ROW) <= found.domain.len();
        let may_reduce = !self.is_eager() && !found.is_plain;
        if !may_reduce || !is_short || sites.iter().any(|site| site.0 != group) {
            return None;
        }
        let reduction = self.rests_on(id, group)?;
        // The axes of the reduction are what makes the group's elements rows.
        let Op::Reduce(_, axes) = &self.table.graph.node(reduction).op else { return None };
        let reads_rows = |&(_, context, path): &Site| match context {
            // Paths to rows are settled: nothing is left of one that only moves axes of one
            // element.
            Context::Row(_) => path == PathId::IDENTITY,
            Context::Element(_) => self.is_repeated(id, path, group, axes),
        };
        if !sites.iter().all(reads_rows) {
            return None;
        }
        // In time for the first of the stages that read it.
        let stages: Option<Vec<u8>> =
            sites.iter().map(|(_, context, _)| context.known_by()).collect();
        let stage = stages?.into_iter().max()?;
        self.table.groups[group].axes = axes.clone();
        Some((group, Context::Row(stage), PathId::IDENTITY))
    }

    /// The nearest reduction behind a value per row that a group can compute.
    fn rests_on(&self, id: NodeId, group: usize) -> Option<NodeId> {
        let graph = self.table.graph;
        let len = graph.node(id).shape.len();
        let (mut next, mut seen) = (vec![id], 0);
        while let Some(id) = next.pop() {
            seen += 1;
            let node = graph.node(id);
            // Values per row have one element per row; anything else is not on the way.
            if node.shape.len() != len || seen > MAX_STEPS {
                continue;
            }
            if let Op::Reduce(_, axes) = &node.op
                && self.can_reduce(id, group, axes)
            {
                return Some(id);
            }
            if node.op.class() == Class::Elementwise || node.op == Op::View(View::Reshape) {
                next.extend(&node.inputs);
            }
        }
        None
    }

    /// Whether a group can compute a reduction in one of its stages.
    fn can_reduce(&self, id: NodeId, group: usize, axes: &Dims<usize>) -> bool {
        let domain = &self.table.graph.node(self.table.graph.node(id).inputs[0]).shape;
        let found = &self.table.groups[group];
        // A group without axes may still become one of rows; one that has axes has chosen.
        let has_rows = found.axes.is_empty() || found.axes == *axes;
        has_rows
            && found.domain == *domain
            && pays_by_rows(domain, axes)
            && self.comes_before(id, group)
    }

    /// Whether a chain of views repeats a value per row for every element of the row.
    ///
    /// Over a domain of [2, 3, 4] with axis 1 reduced, a value of each row has strides [4, 0, 1]:
    /// it stands still along the row and is contiguous along the others. The chain does not
    /// matter, only where it leads; so it is tried on numbered elements.
    fn is_repeated(&self, id: NodeId, path: PathId, group: usize, axes: &Dims<usize>) -> bool {
        let layout = Layout::contiguous(&self.table.graph.node(id).shape, 1);
        let Some(layout) = self.table.paths.apply(self.table.graph, path, &layout) else {
            return false;
        };
        let domain = &self.table.groups[group].domain;
        let mut rows = domain.without(axes).contiguous_strides().into_iter();
        let strides = domain.extents().iter().zip(&layout.strides).enumerate();
        layout.offset == 0 && { strides }.all(|(axis, (&extent, &stride))| {
            let repeats = axes.contains(&axis);
            let wanted = if repeats { 0 } else { rows.next().unwrap_or(0) };
            extent == 1 || stride == wanted
        })
    }

    /// Keeps a node that several stages of one group want for every element, so that the
    /// first of them computes it; returns its site.
    ///
    /// Only along the last axes: a row then lies in memory as its elements are walked, and a
    /// kernel that goes through many rows at once would need room for all of them.
    pub(super) fn keep(&mut self, id: NodeId, sites: &[Site]) -> Option<Site> {
        let (group, ..) = *sites.first()?;
        let mut first = 0;
        for &(other, context, path) in sites {
            let Context::Element(stage) = context else { return None };
            if other != group || path != PathId::IDENTITY {
                return None;
            }
            first = first.max(stage);
        }
        let found = &mut self.table.groups[group];
        let rank = found.domain.rank();
        let n: usize = found.axes.iter().map(|axis| found.domain.extents()[*axis]).product();
        let bytes = n.saturating_mul(self.table.graph.node(id).dtype.size());
        // Rows begin at cache lines, as `lower::programs` lays them out.
        let row_bytes = found.row_bytes.saturating_add(bytes.next_multiple_of(64));
        if !are_last(&found.axes, rank) || row_bytes > MAX_ROW_BYTES {
            return None;
        }
        found.row_bytes = row_bytes;
        found.kept.push((id, first));
        Some((group, Context::Element(first), PathId::IDENTITY))
    }

    /// Whether the reduction needs nothing that the group computes.
    fn comes_before(&self, id: NodeId, group: usize) -> bool {
        let mut computed = self.table.groups[group].computed();
        computed.all(|node| !self.table.needs(id, node))
    }

    /// A group that reduces the same value over the same axes, if neither needs the other,
    /// and the stage that does.
    fn beside(&mut self, id: NodeId, domain: &Shape, axes: &Dims<usize>) -> Option<(usize, u8)> {
        if self.is_eager() {
            return None;
        }
        let input = self.table.graph.node(id).inputs[0];
        // The other reduction has demanded what is behind the views, so the sites are there.
        let (base, path) = self.table.behind_views(input, PathId::IDENTITY);
        let sites = self.first_sites(base, MAX_COMPARED);
        self.table.worked(sites.len());
        let fits = |&(group, context, other): &Site| {
            let Context::Element(stage) = context else { return None };
            let found = &self.table.groups[group];
            let same = found.domain == *domain && found.axes == *axes && other == path;
            if !same || found.is_full() {
                return None;
            }
            let root = self.table.root(group)?;
            let independent = !self.table.needs(root, id) && self.comes_before(id, group);
            independent.then_some((group, stage))
        };
        sites.iter().find_map(fits)
    }
}

/// Whether a kernel should go through its elements row by row, stage by stage: rows are what
/// threads share, and a short one takes longer to begin than to compute.
fn pays_by_rows(domain: &Shape, axes: &Dims<usize>) -> bool {
    let (n, n_rows) = (domain.len(), domain.without(axes).len());
    let wanted = if are_last(axes, domain.rank()) { MIN_ROWS } else { MIN_COLUMNS };
    let is_row = n >= LONG_ROW * n_rows && n <= MAX_ROW.saturating_mul(n_rows);
    is_row && (n <= SERIAL || n_rows >= wanted)
}

/// Whether axes are the last ones.
fn are_last(axes: &Dims<usize>, rank: usize) -> bool {
    axes.iter().copied().eq(rank - axes.len()..rank)
}
