//! Simplification of a kernel's axes.
//!
//! Fewer axes mean longer inner loops, fewer calls of them, and fewer kernels to compile: shapes
//! that simplify to one form share code. [`super`] has an example.

use super::programs::Bound;
use crate::fusion::Group;
use crate::plan::Binding;
use jitney_ir::kernel::{AccessKind, Layout, Schedule, Scope};
use jitney_ir::shape::Dims;

/// Loops with the strides of every access along them.
pub(super) struct Loops {
    pub n_kept: usize,
    pub extents: Dims<usize>,
    /// By access, then by axis.
    pub strides: Vec<Dims<isize>>,
    pub schedule: Schedule,
}

/// Columns need this many neighbouring rows to be worth their set-up.
const MIN_COLUMNS: usize = 4;

impl Loops {
    /// The simplified loops of a group.
    pub fn of(group: &Group, accesses: &[Bound]) -> Loops {
        let kept: Dims<usize> =
            (0..group.domain.rank()).filter(|axis| !group.axes.contains(axis)).collect();
        let extent = |axes: &[usize]| -> Dims<usize> {
            axes.iter().map(|axis| group.domain.extents()[*axis]).collect()
        };
        let strides = |axes: &[usize]| -> Vec<Dims<isize>> {
            accesses.iter().map(|access| domain_strides(group, access, axes, &kept)).collect()
        };
        let mut loops = Loops {
            n_kept: 0,
            extents: Dims::new(),
            strides: vec![Dims::new(); accesses.len()],
            schedule: Schedule::Rows,
        };
        loops.extend(&extent(&kept), &strides(&kept));
        loops.n_kept = loops.extents.len();
        // Kept and reduced axes never merge: a row ends where the reduced ones do.
        if !group.axes.is_empty() {
            loops.extend(&extent(&group.axes), &strides(&group.axes));
            if loops.extents.len() == loops.n_kept {
                // A reduction over one element still is one.
                loops.extents.push(1);
                loops.strides.iter_mut().for_each(|strides| strides.push(0));
            }
            loops.choose_schedule(accesses);
        }
        loops
    }

    /// Appends axes, dropping those of one element and merging those walked as one.
    fn extend(&mut self, extents: &[usize], strides: &[Dims<isize>]) {
        let first = self.extents.len();
        for (axis, &extent) in extents.iter().enumerate() {
            if extent == 1 {
                continue;
            }
            let last = self.extents.len();
            // Strides of empty arrays may be anything, and are never walked.
            let one_walk = |(own, new): (&Dims<isize>, &Dims<isize>)| {
                own[last - 1] == new[axis].wrapping_mul(extent as isize)
            };
            // All accesses or none: they share the loops.
            if last > first && self.strides.iter().zip(strides).all(one_walk) {
                self.extents[last - 1] *= extent;
                for (own, new) in self.strides.iter_mut().zip(strides) {
                    own[last - 1] = new[axis];
                }
            } else {
                self.extents.push(extent);
                for (own, new) in self.strides.iter_mut().zip(strides) {
                    own.push(new[axis]);
                }
            }
        }
    }

    /// Reductions run along memory: along the rows, or across them if the last kept axis is
    /// the one whose elements are neighbours in what is loaded per element. What is kept for
    /// a row is only that of one row.
    ///
    /// The sum of a C-contiguous [200, 400] over axis 1 has neighbours along the row; over axis 0
    /// the next element of a row is 3200 bytes away, but the next row begins right beside it.
    fn choose_schedule(&mut self, accesses: &[Bound]) {
        let (Some(kept), reduced) = (self.n_kept.checked_sub(1), self.extents.len() - 1) else {
            return;
        };
        let (mut along, mut across) = (0, 0);
        for (access, strides) in accesses.iter().zip(&self.strides) {
            if access.binding == Binding::Row {
                return;
            }
            if access.scope == Scope::Element && access.kind == AccessKind::Load {
                let unit = access.dtype.size() as isize;
                along += usize::from(strides[reduced] == unit);
                across += usize::from(strides[kept] == unit);
            }
        }
        if across > along && self.extents[kept] >= MIN_COLUMNS {
            self.schedule = Schedule::Columns;
        }
    }

    /// What a kernel knows of the strides of an access.
    pub fn layout(&self, access: usize, bound: &Bound) -> Layout {
        let axis = match self.schedule {
            Schedule::Rows => self.extents.len().checked_sub(1),
            Schedule::Columns => self.n_kept.checked_sub(1),
        };
        let unit = if bound.kind == AccessKind::Index { 1 } else { bound.dtype.size() as isize };
        // Of a kernel without axes every access stands still.
        match axis.map(|axis| self.strides[access][axis]) {
            None | Some(0) => Layout::Broadcast,
            Some(stride) if stride == unit => Layout::Contiguous,
            Some(_) => Layout::Strided,
        }
    }
}

/// The strides of an access along some axes of the domain. An access of the row context has
/// strides along the row shape, whose axes of more than one element are the kept ones.
fn domain_strides(group: &Group, access: &Bound, axes: &[usize], kept: &[usize]) -> Dims<isize> {
    if access.scope == Scope::Element {
        return axes.iter().map(|axis| access.layout.strides[*axis]).collect();
    }
    let shape = &access.layout.shape;
    // The row shape may have axes of one element that the domain has not, and the other way
    // round; what is longer stands in the same order in both.
    let mut long = shape.extents().iter().zip(&access.layout.strides).filter(|(n, _)| **n != 1);
    let by_kept: Dims<(usize, isize)> = kept
        .iter()
        .filter(|axis| group.domain.extents()[**axis] != 1)
        .map(|axis| (*axis, long.next().map_or(0, |(_, stride)| *stride)))
        .collect();
    let stride = |axis: &usize| {
        by_kept.iter().find(|(kept, _)| kept == axis).map_or(0, |(_, stride)| *stride)
    };
    axes.iter().map(stride).collect()
}
