//! Stencils: values that are read at several shifts of one array.
//!
//! The readers of `x[1:] - x[:-1]` want the same elements one place apart. Computing them at
//! each shift costs instructions, storing them a way through memory. What is weighed is the
//! whole value, with all that would go into it again, where its shifts first part: had each
//! node to stand for itself, a stencil would be cut in the middle, wherever the limit happens
//! to be.
//!
//! ```text
//! x ── a ── b ──┬─ b[1:]  ─┐        b is read at two shifts: computing it again costs
//!               └─ b[:-1] ─┴─ c     one more a and one more b, two instructions
//! ```
//!
//! Then `a` has two shifts of its own, weighed in turn: less hangs on it than on `b`, so what is
//! computed with its reader stays with it.

use super::PathId;
use super::costs::CHEAP_SHIFTS;
use super::grouping::{Grouper, Site};
use super::table::Use;
use jitney_ir::graph::{Class, Layout, NodeId};
use rustc_hash::FxHashSet;
use smallvec::SmallVec;

/// Sites that are told apart: at more, no instruction is cheap.
const MAX_SHIFTS: usize = 32;

/// Nodes that are looked at to find out what a value costs.
const MAX_WALKED: usize = 1 << 8;

impl Grouper<'_> {
    /// At how many places a node is read if all that its sites differ in is where they are:
    /// one group reads it, none of whose loops repeats it.
    pub(super) fn shifts(&mut self, id: NodeId, sites: &[Site]) -> Option<usize> {
        let &(group, context, _) = sites.first()?;
        let shape = &self.table.graph.node(id).shape;
        let one_loop = sites.iter().all(|site| (site.0, site.1) == (group, context));
        if !one_loop || self.table.groups[group].times(context) > shape.len() {
            return None;
        }
        if sites.len() > MAX_SHIFTS {
            return Some(sites.len());
        }
        // Different chains may lead to one place: what counts is where, in elements of the node.
        let whole = Layout::contiguous(shape, 1);
        let mut places: SmallVec<[Layout; 8]> = SmallVec::new();
        for (_, _, path) in sites {
            let place = self.table.paths.apply(self.table.graph, *path, &whole)?;
            if !places.contains(&place) {
                places.push(place);
            }
        }
        Some(places.len())
    }

    /// Lane instructions of one element of a node with all that is computed for it. Counting
    /// ends where computing them at so many shifts is dearer than storing the value.
    pub(super) fn cost_shifted(&mut self, id: NodeId, n_shifts: usize) -> usize {
        let (mut cost, mut seen) = (0, FxHashSet::default());
        let mut next = vec![(id, PathId::IDENTITY)];
        while let Some((node, path)) = next.pop() {
            if !seen.insert((node, path)) {
                continue;
            }
            cost += self.costs.of(self.table.graph, node).common;
            // Long before a graph of a million nodes has been walked. Where one shift is left, cost
            // is no matter; and there are nodes that cost nothing.
            self.table.worked(1 + self.table.paths.len(path));
            if cost > CHEAP_SHIFTS || is_dear(cost, n_shifts) || seen.len() > MAX_WALKED {
                break;
            }
            for input in &self.table.graph.node(node).inputs {
                let (behind, path) = self.table.behind_views(*input, path);
                if self.is_computed_with_readers(behind) {
                    next.push((behind, path));
                }
            }
        }
        cost
    }

    /// Whether nothing is known yet that keeps a node from being computed where it is read.
    fn is_computed_with_readers(&self, id: NodeId) -> bool {
        let is_read = |demand: &Use| matches!(demand, Use::Memory { .. });
        self.table.graph.node(id).op.class() == Class::Elementwise
            && !self.table.is_homed(id)
            && !self.table.uses[id.index()].iter().any(is_read)
    }
}

/// Whether so many instructions had better be computed once and stored.
pub(super) fn is_dear(cost: usize, n_shifts: usize) -> bool {
    n_shifts.saturating_sub(1).saturating_mul(cost) > CHEAP_SHIFTS
}
