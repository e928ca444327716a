//! Shapes, broadcasting and axes.

use smallvec::SmallVec;
use std::fmt;

/// NumPy's limit on the number of axes, kept so that files and messages agree.
pub const MAX_RANK: usize = 64;

/// One number per axis, without allocation up to four axes.
pub type Dims<T> = SmallVec<[T; 4]>;

/// The extents of an array, outermost axis first. A 0-d array has none.
#[derive(PartialEq, Eq, Hash, Default)]
pub struct Shape(pub Dims<usize>);

impl Clone for Shape {
    /// Copies the extents in one piece, which `SmallVec`'s own `clone` does one by one: every
    /// node that is built has a shape.
    #[inline]
    fn clone(&self) -> Shape {
        Shape::new(&self.0)
    }

    #[inline]
    fn clone_from(&mut self, other: &Shape) {
        self.0.clear();
        self.0.extend_from_slice(&other.0);
    }
}

impl Shape {
    /// The shape with the given extents.
    pub fn new(extents: &[usize]) -> Shape {
        Shape(Dims::from_slice(extents))
    }

    /// The 0-d shape.
    pub const fn scalar() -> Shape {
        Shape(Dims::new_const())
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// The number of elements; `None` where it does not fit in an `isize`.
    pub fn checked_len(&self) -> Option<usize> {
        // A zero extent makes an empty array however large the others are.
        if self.0.contains(&0) {
            return Some(0);
        }
        let len = self.0.iter().try_fold(1usize, |len, &extent| len.checked_mul(extent))?;
        (len <= isize::MAX as usize).then_some(len)
    }

    /// The number of elements of a shape already known to be valid.
    ///
    /// Saturates for others, so that a size computed from it is refused rather than small.
    pub fn len(&self) -> usize {
        self.checked_len().unwrap_or(usize::MAX)
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.0.contains(&0)
    }

    /// Strides in elements of the C-contiguous array of this shape.
    pub fn contiguous_strides(&self) -> Dims<isize> {
        let mut strides = Dims::from_elem(0, self.rank());
        let mut step = 1isize;
        for (stride, &extent) in strides.iter_mut().zip(&self.0).rev() {
            // An empty axis counts as one, as in NumPy: strides stay those of a shape with elements.
            *stride = step;
            step = step.wrapping_mul(extent.max(1) as isize);
        }
        strides
    }

    /// The shape to which both broadcast, if there is one.
    pub fn broadcast(&self, other: &Shape) -> Option<Shape> {
        let rank = self.rank().max(other.rank());
        let extent = |shape: &Shape, axis: usize| {
            (axis + shape.rank()).checked_sub(rank).map_or(1, |i| shape.0[i])
        };
        (0..rank)
            .map(|axis| match (extent(self, axis), extent(other, axis)) {
                (a, b) if a == b => Some(a),
                // Also against an extent of 0: an array of one row broadcasts to none.
                (1, b) => Some(b),
                (a, 1) => Some(a),
                _ => None,
            })
            .collect::<Option<Dims<usize>>>()
            .map(Shape)
    }

    /// Whether an array of this shape broadcasts to `target`.
    pub fn broadcasts_to(&self, target: &Shape) -> bool {
        self.rank() <= target.rank()
            && self.0.iter().rev().zip(target.0.iter().rev()).all(|(&a, &b)| a == b || a == 1)
    }

    /// This shape without the given axes.
    pub fn without(&self, axes: &[usize]) -> Shape {
        Shape(
            self.0.iter().enumerate().filter(|(i, _)| !axes.contains(i)).map(|(_, &n)| n).collect(),
        )
    }

    /// This shape with the given axes set to one, as `keepdims` does.
    pub fn with_ones(&self, axes: &[usize]) -> Shape {
        Shape(
            self.0
                .iter()
                .enumerate()
                .map(|(i, &n)| if axes.contains(&i) { 1 } else { n })
                .collect(),
        )
    }
}

impl From<&[usize]> for Shape {
    fn from(extents: &[usize]) -> Shape {
        Shape::new(extents)
    }
}

/// Prints as Python prints a tuple: `()`, `(3,)`, `(2, 3)`.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [n] => write!(f, "({n},)"),
            extents => {
                f.write_str("(")?;
                for (i, n) in extents.iter().enumerate() {
                    write!(f, "{}{n}", if i > 0 { ", " } else { "" })?;
                }
                f.write_str(")")
            }
        }
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The axis meant by a possibly negative index, if it is in range.
pub fn normalize_axis(axis: isize, rank: usize) -> Option<usize> {
    let index = if axis < 0 { axis.checked_add(rank as isize)? } else { axis };
    usize::try_from(index).ok().filter(|&index| index < rank)
}
