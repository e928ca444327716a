//! Arrays that are put together from parts: concatenations and updates.
//!
//! Each part has a group of its own, which stores into the buffer of the whole. The parts
//! share no element and leave none out, so that groups may run in any order. An update is its
//! value and what that leaves of its base: for each axis, with the axes before it cut down to
//! what the slice picks, the elements before the slice, behind it and in its gaps:
//!
//! ```text
//! a[1:3, 2:4]   1 1 1 1 1 1     1 before and 2 behind along axis 0, whole rows
//!               3 3 v v 4 4     v the value
//!               3 3 v v 4 4     3 before and 4 behind along axis 1, of the rows picked
//!               2 2 2 2 2 2
//!
//! a[2::3]       0 1 [2] 3 4 [5] 6 7 [8] 9
//!               before: 0 1, behind: 9, gaps: 3 4 (5) and 6 7 (8) as rows of three, of which
//!               the last column is left out
//! ```
//!
//! Axis by axis, each part is a box with strides, and there are at most three for each axis.

use jitney_ir::Shape;
use jitney_ir::graph::{Graph, Layout, NodeId, Op, SliceAxis, View};
use jitney_ir::shape::Dims;
use smallvec::{SmallVec, smallvec};

/// Views that pick elements of an array, the one nearest to it first, with their shapes.
pub(crate) type Cut = SmallVec<[(View, Shape); 1]>;

/// A part of an array that is put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Whose elements the part has.
    pub operand: NodeId,
    /// Whether the same elements are picked of the operand as of the whole. Otherwise the
    /// part has all of the operand's.
    pub is_kept: bool,
    /// Picks the part of the whole.
    pub cut: Cut,
}

impl Part {
    /// Where the part is in the whole.
    pub fn layout(&self, whole: Layout) -> Layout {
        self.cut.iter().fold(whole, |layout, (view, shape)| {
            layout.view(view, shape).expect("an axis is cut in two by strides")
        })
    }

    /// The extents of the part.
    pub fn shape<'a>(&'a self, graph: &'a Graph) -> &'a Shape {
        self.cut.last().map_or(&graph.node(self.operand).shape, |(_, shape)| shape)
    }
}

/// The parts of a node that is put together, by number; an update's value is the first.
pub(super) fn of(graph: &Graph, whole: NodeId) -> Vec<Part> {
    let node = graph.node(whole);
    if let Op::Concat(axis) = node.op {
        let mut axes = whole_axes(&node.shape);
        let part = |operand: &NodeId| {
            let shape = &graph.node(*operand).shape;
            let cut = smallvec![(View::Slice(axes.clone()), shape.clone())];
            axes[axis].start += shape.extents()[axis];
            Part { operand: *operand, is_kept: false, cut }
        };
        return node.inputs.iter().map(part).collect();
    }
    if let Op::Update(axes) = &node.op {
        let (base, value) = (node.inputs[0], node.inputs[1]);
        let picked = &graph.node(value).shape;
        let cut = smallvec![(View::Slice(axes.clone()), picked.clone())];
        let kept = left_over(&node.shape, axes, picked).into_iter();
        let kept = kept.map(|cut| Part { operand: base, is_kept: true, cut });
        return std::iter::once(Part { operand: value, is_kept: false, cut }).chain(kept).collect();
    }
    // Anything else is a part of itself; nobody asks.
    vec![Part { operand: whole, is_kept: true, cut: Cut::new() }]
}

/// The slice that takes everything.
fn whole_axes(shape: &Shape) -> Dims<SliceAxis> {
    shape.extents().iter().map(|_| SliceAxis { start: 0, step: 1 }).collect()
}

/// Cuts of what a slice does not pick.
fn left_over(shape: &Shape, axes: &[SliceAxis], picked: &Shape) -> SmallVec<[Cut; 4]> {
    let mut cuts = SmallVec::new();
    let (mut slice, mut extents) = (whole_axes(shape), shape.clone());
    for (number, axis) in axes.iter().enumerate() {
        let (n, len) = (shape.extents()[number], picked.extents()[number]);
        let step = axis.step as usize;
        // An empty slice leaves everything: what is before it and what is behind it meet.
        let end = if len == 0 { axis.start } else { axis.start + (len - 1) * step + 1 };
        let part = |start: usize, extent: usize| -> (Cut, Shape) {
            let (mut slice, extents) = (slice.clone(), extents.narrow(number, extent));
            slice[number].start = start;
            (smallvec![(View::Slice(slice), extents.clone())], extents)
        };
        let mut found = vec![part(0, axis.start), part(end, n - end)];
        // Gaps begin after the first element picked and end with the last, so that each has `step`
        // elements of which the last one is picked.
        if step > 1 && len > 1 {
            let (cut, extents) = part(axis.start + 1, (len - 1) * step);
            found.push(without_last(cut, extents, number, step));
        }
        cuts.extend(found.into_iter().filter(|(_, shape)| !shape.is_empty()).map(|(cut, _)| cut));
        // Later axes are cut within what this one picks, which keeps the parts apart.
        slice[number] = *axis;
        extents = extents.narrow(number, len);
    }
    cuts
}

/// The cut without every `step`-th element along an axis, which goes through them in an axis
/// more.
fn without_last(mut cut: Cut, shape: Shape, axis: usize, step: usize) -> (Cut, Shape) {
    let rows = shape.split(axis, step);
    let gaps = rows.narrow(axis + 1, step - 1);
    let axes = whole_axes(&rows);
    cut.push((View::Reshape, rows));
    cut.push((View::Slice(axes), gaps.clone()));
    (cut, gaps)
}
