//! Grouping of reductions: with others over the same elements, and with what follows them.

use super::grouping::{Grouper, Site};
use super::table::{Context, Target};
use super::{PathId, Unfused};
use jitney_ir::Shape;
use jitney_ir::graph::{NodeId, Op};
use jitney_ir::shape::Dims;

impl Grouper<'_> {
    /// Finds the reduction a group: the one whose row phase it feeds, one that reduces the
    /// same elements, or its own.
    pub(super) fn reduce(&mut self, id: NodeId) {
        let node = self.table.graph.node(id);
        let Op::Reduce(_, axes) = &node.op else { return };
        let domain = &self.table.graph.node(node.inputs[0]).shape;
        let group = self.feed_rows(id, domain, axes);
        let fed = group.is_some();
        let group = group.unwrap_or_else(|| {
            self.beside(id, domain, axes).unwrap_or_else(|| self.own(id, domain, axes))
        });
        self.table.tie(group, id);
        self.table.groups[group].reduces.push(id);
        if !fed {
            self.table.groups[group].row_stores.push(Target::Own(id));
            let why = if self.is_eager() { Unfused::Eager } else { Unfused::NeedsReduction };
            self.materialized(id, None, why);
        }
        self.demand(node.inputs[0], (group, Context::Element, PathId::IDENTITY), id);
    }

    fn own(&mut self, id: NodeId, domain: &Shape, axes: &Dims<usize>) -> usize {
        let group = self.table.start(domain);
        self.table.groups[group].axes = axes.clone();
        self.table.groups[group].row_shape = self.table.graph.node(id).shape.clone();
        group
    }

    /// The group whose rows are all that reads the reduction: an elementwise group over what
    /// the reduction leaves, which becomes its row phase, or one that already is.
    fn feed_rows(&mut self, id: NodeId, domain: &Shape, axes: &Dims<usize>) -> Option<usize> {
        let sites = self.sites(id);
        let [(group, context, path)] = *sites.as_slice() else { return None };
        if self.is_eager() || self.is_wanted(id) {
            return None;
        }
        if !self.table.paths.only_unit_axes(self.table.graph, path) {
            return None;
        }
        let found = &self.table.groups[group];
        match context {
            Context::Row => {
                let same = found.domain == *domain && found.axes == *axes;
                (same && self.comes_before(id, group)).then_some(group)
            }
            Context::Element => {
                let left = domain.without(axes);
                // A kernel whose rows are too short spends its time between them.
                let long = domain.len() >= 4 * left.len();
                let elementwise = found.axes.is_empty() && found.domain.len() == left.len();
                (long && elementwise).then(|| self.table.make_rows(group, domain, axes))
            }
        }
    }

    /// Whether the reduction needs nothing that the group computes.
    fn comes_before(&self, id: NodeId, group: usize) -> bool {
        let group = &self.table.groups[group];
        let stored = group.stores.iter().chain(&group.row_stores).map(|target| match target {
            Target::Own(node) | Target::Part(node, _) => *node,
        });
        let mut computed = stored.chain(group.reduces.iter().copied());
        computed.all(|node| !self.table.dependence.needs(id, node))
    }

    /// A group that reduces the same value over the same axes, if neither needs the other.
    fn beside(&mut self, id: NodeId, domain: &Shape, axes: &Dims<usize>) -> Option<usize> {
        if self.is_eager() {
            return None;
        }
        let input = self.table.graph.node(id).inputs[0];
        let (base, path) = self.table.behind_views(input, PathId::IDENTITY);
        let fits = |site: &&Site| {
            let (group, context, other) = **site;
            let found = &self.table.groups[group];
            let same = found.domain == *domain && found.axes == *axes;
            let Some(root) = self.table.root(group) else { return false };
            let dependence = &self.table.dependence;
            context == Context::Element
                && other == path
                && same
                && !dependence.needs(root, id)
                && self.comes_before(id, group)
        };
        self.sites(base).iter().find(fits).map(|site| site.0)
    }
}
