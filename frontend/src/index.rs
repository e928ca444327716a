//! Basic indexing: integers, slices with negative steps, new axes, the ellipsis.

use crate::{Array, ErrorKind, build};
use jitney_ir::Shape;
use jitney_ir::graph::{SliceAxis, View};
use jitney_ir::shape::{Dims, normalize_axis};
use std::ops::{Range, RangeFrom, RangeFull, RangeTo};

/// Python's `start:stop:step`; negative bounds count from the end, bounds outside are cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    /// The first index; the first one of the step's direction if not given.
    pub start: Option<isize>,
    /// The index before which to stop; the end of the step's direction if not given.
    pub stop: Option<isize>,
    /// The distance between indices; 1 if not given.
    pub step: Option<isize>,
}

/// One item of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    /// One element; the axis goes.
    At(isize),
    /// A range; the axis stays.
    Slice(Slice),
    /// A new axis of one element.
    NewAxis,
    /// As many whole axes as the other items leave.
    Ellipsis,
}

/// A new axis of one element, NumPy's `None`.
#[allow(non_upper_case_globals, reason = "NumPy's name")]
pub const newaxis: Index = Index::NewAxis;

/// As many whole axes as the other items leave, NumPy's `...`.
#[allow(non_upper_case_globals, reason = "NumPy's name")]
pub const ellipsis: Index = Index::Ellipsis;

impl Index {
    /// A range with a step; what `1..5;2` in [`s!`](crate::s) makes.
    pub fn stepped(range: impl Into<Index>, step: isize) -> Index {
        match range.into() {
            Index::Slice(slice) => Index::Slice(Slice { step: Some(step), ..slice }),
            other => other,
        }
    }
}

impl From<Slice> for Index {
    fn from(slice: Slice) -> Index {
        Index::Slice(slice)
    }
}

impl From<RangeFull> for Index {
    fn from(_: RangeFull) -> Index {
        Index::Slice(Slice::default())
    }
}

/// An index beyond all arrays stays beyond them.
fn place(index: i128) -> isize {
    index.clamp(isize::MIN as i128, isize::MAX as i128) as isize
}

macro_rules! ints {
    ($($ty:ty)*) => {$(
        impl From<$ty> for Index {
            fn from(index: $ty) -> Index {
                Index::At(place(index as i128))
            }
        }

        impl From<Range<$ty>> for Index {
            fn from(range: Range<$ty>) -> Index {
                let (start, stop) = (place(range.start as i128), place(range.end as i128));
                Index::Slice(Slice { start: Some(start), stop: Some(stop), step: None })
            }
        }

        impl From<RangeFrom<$ty>> for Index {
            fn from(range: RangeFrom<$ty>) -> Index {
                let start = Some(place(range.start as i128));
                Index::Slice(Slice { start, ..Slice::default() })
            }
        }

        impl From<RangeTo<$ty>> for Index {
            fn from(range: RangeTo<$ty>) -> Index {
                let stop = Some(place(range.end as i128));
                Index::Slice(Slice { stop, ..Slice::default() })
            }
        }
    )*};
}

ints! { i32 i64 isize usize }

/// An index for [`Array::slice`], with NumPy's meaning of negative numbers: integers, ranges,
/// ranges with a step after `;`, [`newaxis`] and [`ellipsis`].
///
/// ```
/// use jitney as jn;
/// let x = jn::arange(12).reshape([3, 4]);
/// assert_eq!(x.slice(jn::s![1..-1, ..;-1]).to_vec::<i64>()?, [7, 6, 5, 4]);
/// assert_eq!(x.slice(jn::s![.., 0]).to_vec::<i64>()?, [0, 4, 8]);
/// # Ok::<(), jn::Error>(())
/// ```
#[macro_export]
macro_rules! s {
    (@items [$($done:expr,)*]) => { [$($done),*] };
    (@items [$($done:expr,)*] $range:expr; $step:expr) => {
        $crate::s!(@items [$($done,)* $crate::Index::stepped($range, $step),])
    };
    (@items [$($done:expr,)*] $range:expr; $step:expr, $($rest:tt)*) => {
        $crate::s!(@items [$($done,)* $crate::Index::stepped($range, $step),] $($rest)*)
    };
    (@items [$($done:expr,)*] $item:expr) => {
        $crate::s!(@items [$($done,)* $crate::Index::from($item),])
    };
    (@items [$($done:expr,)*] $item:expr, $($rest:tt)*) => {
        $crate::s!(@items [$($done,)* $crate::Index::from($item),] $($rest)*)
    };
    ($($items:tt)*) => { $crate::s!(@items [] $($items)*) };
}

/// An index resolved against a shape.
pub(crate) struct Resolved {
    /// How each axis of the array is walked.
    pub slices: Dims<SliceAxis>,
    /// The shape after slicing, axes of single indices still there.
    pub sliced: Shape,
    /// The final shape.
    pub result: Shape,
}

/// [`Resolved`], as far as the index has been looked at.
#[derive(Default)]
struct Walk {
    slices: Dims<SliceAxis>,
    sliced: Dims<usize>,
    result: Dims<usize>,
}

impl Array {
    /// The elements that an index made by [`s!`](crate::s) picks, as a view.
    ///
    /// NumPy: `x[index]`.
    ///
    /// # Errors
    /// Deferred: an index out of range, too many indices, two ellipses, a step of zero.
    #[track_caller]
    pub fn slice(&self, index: impl AsRef<[Index]>) -> Array {
        if self.is_failed() {
            return self.clone();
        }
        match resolve(index.as_ref(), self.full_shape()) {
            Ok(Resolved { slices, sliced, result }) => {
                let whole = slices.iter().all(|axis| *axis == SliceAxis { start: 0, step: 1 });
                let picked = if whole && sliced == *self.full_shape() {
                    self.clone()
                } else {
                    build::view(self, View::Slice(slices), sliced)
                };
                build::reshape_to(&picked, result)
            }
            Err(message) => Array::error_at(ErrorKind::Index, "index", message),
        }
    }
}

/// Resolves an index against a shape.
///
/// # Errors
/// What is wrong with the index, in NumPy's words.
pub(crate) fn resolve(index: &[Index], shape: &Shape) -> Result<Resolved, String> {
    let n_used = index.iter().filter(|i| matches!(i, Index::At(_) | Index::Slice(_))).count();
    if n_used > shape.rank() {
        return Err(format!(
            "too many indices for array: array is {}-dimensional, but {n_used} were indexed",
            shape.rank()
        ));
    }
    if index.iter().filter(|i| **i == Index::Ellipsis).count() > 1 {
        return Err("an index can only have a single ellipsis ('...')".to_owned());
    }
    let mut walk = Walk::default();
    let implicit = (!index.contains(&Index::Ellipsis)).then_some(Index::Ellipsis);
    for item in index.iter().copied().chain(implicit) {
        let axis = walk.slices.len();
        match item {
            Index::NewAxis => walk.result.push(1),
            Index::Ellipsis => {
                for &extent in &shape.extents()[axis..axis + shape.rank() - n_used] {
                    walk.push(SliceAxis { start: 0, step: 1 }, extent);
                }
            }
            Index::At(at) => {
                let extent = shape.extents()[axis];
                let start = normalize_axis(at, extent).ok_or_else(|| {
                    format!("index {at} is out of bounds for axis {axis} with size {extent}")
                })?;
                walk.slices.push(SliceAxis { start, step: 1 });
                walk.sliced.push(1);
            }
            Index::Slice(slice) => {
                let (slice, len) = resolve_slice(slice, shape.extents()[axis])?;
                walk.push(slice, len);
            }
        }
    }
    let shape = |extents: &[usize]| Shape::new(extents).map_err(|error| error.to_string());
    let (sliced, result) = (shape(&walk.sliced)?, shape(&walk.result)?);
    Ok(Resolved { slices: walk.slices, sliced, result })
}

impl Walk {
    fn push(&mut self, slice: SliceAxis, len: usize) {
        self.slices.push(slice);
        self.sliced.push(len);
        self.result.push(len);
    }
}

/// The walk along an axis, and the number of its steps.
fn resolve_slice(slice: Slice, extent: usize) -> Result<(SliceAxis, usize), String> {
    let step = slice.step.unwrap_or(1);
    if step == 0 {
        return Err("slice step cannot be zero".to_owned());
    }
    let extent = extent as isize;
    // A walk backwards starts at the last element and may stop before the first.
    let (low, high) = if step > 0 { (0, extent) } else { (-1, extent - 1) };
    let clamp = |bound: isize| {
        let from_end = if bound < 0 { bound.saturating_add(extent) } else { bound };
        from_end.clamp(low, high)
    };
    let (first, last) = if step > 0 { (low, high) } else { (high, low) };
    let start = slice.start.map_or(first, clamp);
    let stop = slice.stop.map_or(last, clamp);
    let distance = if step > 0 { stop - start } else { start - stop };
    let len = if distance > 0 { (distance as usize).div_ceil(step.unsigned_abs()) } else { 0 };
    let start = if len == 0 { 0 } else { start as usize };
    // The step of a single element says nothing, and one might be too large to multiply.
    let step = if len < 2 { 1 } else { step };
    Ok((SliceAxis { start, step }, len))
}
