//! Where the elements of an array are: an offset and one stride per axis, and how views
//! change them.

use super::{SliceAxis, View};
use crate::shape::{Dims, Shape};

/// A strided arrangement of elements in units of the caller's choice (bytes, elements).
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Layout {
    /// The extents.
    pub shape: Shape,
    /// The distance from an element to the next along each axis.
    pub strides: Dims<isize>,
    /// The place of the first element.
    pub offset: isize,
}

impl Clone for Layout {
    /// Copies the strides in one piece, as [`Shape`] does its extents: every value has a layout.
    #[inline]
    fn clone(&self) -> Layout {
        let strides = Dims::from_slice(&self.strides);
        Layout { shape: self.shape.clone(), strides, offset: self.offset }
    }
}

impl Layout {
    /// The C-contiguous layout, `unit` from one element to the next.
    pub fn contiguous(shape: &Shape, unit: usize) -> Layout {
        let mut strides = shape.contiguous_strides();
        // Only strides of empty arrays can wrap, and those are never walked.
        strides.iter_mut().for_each(|stride| *stride = stride.wrapping_mul(unit as isize));
        Layout { shape: shape.clone(), strides, offset: 0 }
    }

    /// Whether elements stand in C order, `unit` apart. Strides of axes of one element, and
    /// all strides of an empty array, do not matter.
    pub fn is_contiguous(&self, unit: usize) -> bool {
        let want = Layout::contiguous(&self.shape, unit).strides;
        let axes = self.shape.extents().iter().zip(&self.strides).zip(want);
        self.shape.is_empty() || { axes }.all(|((&n, &stride), want)| n == 1 || stride == want)
    }

    /// Whether extents and strides are the same, wherever the elements begin.
    #[inline]
    pub fn steps_as(&self, other: &Layout) -> bool {
        let (extents, strides) = (self.shape.extents(), &*self.strides);
        let (others, other_strides) = (other.shape.extents(), &*other.strides);
        // One after the other: there are few, and a call that compares memory takes longer.
        let mut axes = extents.iter().zip(others).zip(strides.iter().zip(other_strides));
        extents.len() == others.len() && axes.all(|((a, b), (c, d))| a == b && c == d)
    }

    /// The place of the element at an index.
    pub fn place(&self, index: &[usize]) -> isize {
        let steps = index.iter().zip(&self.strides).map(|(&i, &stride)| i as isize * stride);
        self.offset + steps.sum::<isize>()
    }

    /// The layout of a view of this array with the given result shape; `None` where a
    /// reshape cannot be expressed by strides.
    pub fn view(&self, view: &View, shape: &Shape) -> Option<Layout> {
        match view {
            View::Reshape => self.reshape(shape),
            View::Transpose(perm) => {
                let strides = perm.iter().map(|&axis| self.strides[axis]).collect();
                Some(Layout { shape: shape.clone(), strides, offset: self.offset })
            }
            View::Slice(axes) => Some(self.slice(axes, shape)),
            View::Broadcast => {
                let added = shape.rank() - self.shape.rank();
                let stride = |axis: usize| {
                    let own = axis.checked_sub(added)?;
                    // A repeated axis stands still: stride 0, as an axis that is added has.
                    (self.shape.extents()[own] == shape.extents()[axis])
                        .then_some(self.strides[own])
                };
                let strides = (0..shape.rank()).map(|axis| stride(axis).unwrap_or(0)).collect();
                Some(Layout { shape: shape.clone(), strides, offset: self.offset })
            }
        }
    }

    fn slice(&self, axes: &[SliceAxis], shape: &Shape) -> Layout {
        let mut offset = self.offset;
        let mut strides = Dims::new();
        for (axis, &stride) in axes.iter().zip(&self.strides) {
            // An empty result has no first element whose place could matter.
            if !shape.is_empty() {
                offset += axis.start as isize * stride;
            }
            strides.push(axis.step.wrapping_mul(stride));
        }
        Layout { shape: shape.clone(), strides, offset }
    }

    /// Groups of old axes that can be walked with one stride are cut into the new axes.
    fn reshape(&self, shape: &Shape) -> Option<Layout> {
        let (old, offset) = (self.merged_axes(), self.offset);
        let mut strides: Dims<isize> = shape.contiguous_strides();
        if shape.is_empty() {
            return Some(Layout { shape: shape.clone(), strides, offset });
        }
        let mut groups = old.iter().rev();
        let (mut left, mut step) = (1, 0);
        for (stride, &extent) in strides.iter_mut().zip(shape.extents()).rev() {
            // An axis of one element is never walked, so any stride will do; 0 makes equal layouts
            // equal.
            if extent == 1 {
                *stride = 0;
                continue;
            }
            if left == 1 {
                (left, step) = *groups.next()?;
            }
            // The new axis would run from one group of old axes into the next, at another stride.
            if left % extent != 0 {
                return None;
            }
            *stride = step;
            left /= extent;
            step *= extent as isize;
        }
        Some(Layout { shape: shape.clone(), strides, offset })
    }

    /// Extents and strides with axes of one element dropped and neighbours merged that are
    /// walked with one stride.
    fn merged_axes(&self) -> Dims<(usize, isize)> {
        let mut merged: Dims<(usize, isize)> = Dims::new();
        for (&extent, &stride) in self.shape.extents().iter().zip(&self.strides) {
            if extent == 1 {
                continue;
            }
            match merged.last_mut() {
                Some((outer, outer_stride)) if *outer_stride == stride * extent as isize => {
                    *outer *= extent;
                    *outer_stride = stride;
                }
                _ => merged.push((extent, stride)),
            }
        }
        merged
    }
}
