//! Shapes, broadcasting and axes.
//!
//! Every [`Shape`] there is is a valid one: whoever makes one of numbers is told if it is not, and
//! what makes a shape of another one keeps it valid. So sizes, strides and places computed from a
//! shape do not overflow, and nobody has to ask.

use smallvec::SmallVec;
use std::fmt;

/// NumPy's limit on the number of axes, kept so that files and messages agree.
pub const MAX_RANK: usize = 64;

/// One number per axis, without allocation up to four axes.
pub type Dims<T> = SmallVec<[T; 4]>;

/// The extents of an array, outermost axis first. A 0-d array has none.
///
/// There are at most [`MAX_RANK`] of them, and those that are not zero multiply to at most
/// `isize::MAX`. (Zeros are left out, as in NumPy: strides of empty arrays do not overflow either.)
#[derive(PartialEq, Eq, Hash, Default)]
pub struct Shape {
    extents: Dims<usize>,
}

/// Why there is no such shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShapeError {
    /// So many axes are more than [`MAX_RANK`].
    TooManyAxes(usize),
    /// As many elements take more bytes than memory has addresses.
    TooLarge {
        /// The extents.
        extents: Dims<usize>,
        /// Bytes of an element.
        item_size: usize,
    },
    /// The shapes have no common one: an axis has different extents, neither of them one.
    NoCommonShape,
}

impl Clone for Shape {
    /// Copies the extents in one piece, which `SmallVec`'s own `clone` does one by one: every
    /// node that is built has a shape.
    #[inline]
    fn clone(&self) -> Shape {
        Shape { extents: Dims::from_slice(&self.extents) }
    }

    #[inline]
    fn clone_from(&mut self, other: &Shape) {
        self.extents.clear();
        self.extents.extend_from_slice(&other.extents);
    }
}

impl Shape {
    /// The shape with the given extents.
    ///
    /// # Errors
    /// Too many axes, or too many elements, extents of zero left out.
    pub fn new(extents: &[usize]) -> Result<Shape, ShapeError> {
        if extents.len() > MAX_RANK {
            return Err(ShapeError::TooManyAxes(extents.len()));
        }
        checked_bytes(extents, 1)?;
        Ok(Shape { extents: Dims::from_slice(extents) })
    }

    /// The 0-d shape.
    pub const fn scalar() -> Shape {
        Shape { extents: Dims::new_const() }
    }

    /// The extents.
    #[inline]
    pub fn extents(&self) -> &[usize] {
        &self.extents
    }

    /// The number of axes.
    #[inline]
    pub fn rank(&self) -> usize {
        self.extents.len()
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        // A zero makes the product zero however large it would be without.
        if self.is_empty() { 0 } else { self.extents.iter().product() }
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.extents.contains(&0)
    }

    /// The bytes of as many elements, of so many bytes each.
    ///
    /// # Errors
    /// They are more than memory has addresses, extents of zero left out.
    pub fn bytes(&self, item_size: usize) -> Result<usize, ShapeError> {
        let bytes = checked_bytes(&self.extents, item_size)?;
        Ok(if self.is_empty() { 0 } else { bytes })
    }

    /// Strides in elements of the C-contiguous array of this shape.
    pub fn contiguous_strides(&self) -> Dims<isize> {
        let mut strides = Dims::from_elem(0, self.rank());
        let mut step = 1isize;
        for (stride, &extent) in strides.iter_mut().zip(&self.extents).rev() {
            // An empty axis counts as one, as in NumPy: strides stay those of a shape with elements.
            *stride = step;
            step *= extent.max(1) as isize;
        }
        strides
    }

    /// The shape to which both broadcast.
    ///
    /// # Errors
    /// There is none, or it has too many elements.
    pub fn broadcast(&self, other: &Shape) -> Result<Shape, ShapeError> {
        let rank = self.rank().max(other.rank());
        let extent = |shape: &Shape, axis: usize| {
            (axis + shape.rank()).checked_sub(rank).map_or(1, |i| shape.extents[i])
        };
        let extents: Option<Dims<usize>> = (0..rank)
            .map(|axis| match (extent(self, axis), extent(other, axis)) {
                (a, b) if a == b => Some(a),
                // Also against an extent of 0: an array of one row broadcasts to none.
                (1, b) => Some(b),
                (a, 1) => Some(a),
                _ => None,
            })
            .collect();
        Shape::new(&extents.ok_or(ShapeError::NoCommonShape)?)
    }

    /// Whether an array of this shape broadcasts to `target`.
    pub fn broadcasts_to(&self, target: &Shape) -> bool {
        let pairs = self.extents.iter().rev().zip(target.extents.iter().rev());
        self.rank() <= target.rank() && { pairs }.all(|(&a, &b)| a == b || a == 1)
    }

    /// This shape without the given axes.
    pub fn without(&self, axes: &[usize]) -> Shape {
        let axis = |(i, &n): (usize, &usize)| (!axes.contains(&i)).then_some(n);
        Shape { extents: self.extents.iter().enumerate().filter_map(axis).collect() }
    }

    /// This shape with the given axes set to one, as `keepdims` does.
    pub fn with_ones(&self, axes: &[usize]) -> Shape {
        let extent = |(i, &n): (usize, &usize)| if axes.contains(&i) { 1 } else { n };
        Shape { extents: self.extents.iter().enumerate().map(extent).collect() }
    }

    /// All elements along one axis.
    pub fn flat(&self) -> Shape {
        Shape { extents: Dims::from_slice(&[self.len()]) }
    }

    /// Some axes of this shape, each at most once, in the given order.
    pub fn select(&self, axes: &[usize]) -> Shape {
        debug_assert!((1..axes.len()).all(|i| !axes[..i].contains(&axes[i])), "an axis twice");
        Shape { extents: axes.iter().map(|&axis| self.extents[axis]).collect() }
    }

    /// This shape with one axis cut to an extent, if it is longer.
    pub fn narrow(&self, axis: usize, extent: usize) -> Shape {
        let mut narrowed = self.clone();
        narrowed.extents[axis] = extent.min(self.extents[axis]);
        narrowed
    }

    /// This shape with one axis, of a multiple of `step` elements, as rows of `step` elements: an
    /// axis more, of which there may be one more than [`MAX_RANK`] while the parts of an array are
    /// told apart.
    pub fn split(&self, axis: usize, step: usize) -> Shape {
        let mut split = self.clone();
        debug_assert!(self.extents[axis] > 0 && self.extents[axis].is_multiple_of(step));
        split.extents[axis] /= step;
        split.extents.insert(axis + 1, step);
        split
    }

    /// This shape with another extent along one axis.
    ///
    /// # Errors
    /// Too many elements.
    pub fn resized(&self, axis: usize, extent: usize) -> Result<Shape, ShapeError> {
        let mut extents = self.extents.clone();
        extents[axis] = extent;
        Shape::new(&extents)
    }

    /// This shape with an axis of one element more, at the given place.
    ///
    /// # Errors
    /// Too many axes.
    pub fn with_axis(&self, place: usize) -> Result<Shape, ShapeError> {
        let mut extents = self.extents.clone();
        extents.insert(place, 1);
        Shape::new(&extents)
    }
}

/// The bytes of an array with these extents, those of zero left out.
fn checked_bytes(extents: &[usize], item_size: usize) -> Result<usize, ShapeError> {
    let mut nonzero = extents.iter().filter(|extent| **extent > 0);
    nonzero
        .try_fold(item_size, |bytes, &extent| bytes.checked_mul(extent))
        .filter(|bytes| isize::try_from(*bytes).is_ok())
        .ok_or_else(|| ShapeError::TooLarge { extents: Dims::from_slice(extents), item_size })
}

/// Extents as Python prints a tuple: `()`, `(3,)`, `(2, 3)`.
pub struct Tuple<'a>(pub &'a [usize]);

impl fmt::Display for Tuple<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
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

/// Prints as a [`Tuple`].
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Tuple(&self.extents).fmt(f)
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ShapeError::TooManyAxes(n) => {
                write!(f, "an array of {n} axes; the limit is {MAX_RANK}")
            }
            ShapeError::TooLarge { extents, item_size } => {
                let s = if *item_size == 1 { "" } else { "s" };
                write!(
                    f,
                    "array of shape {} is too big: with {item_size} byte{s} ",
                    Tuple(extents)
                )?;
                write!(f, "an element, and ones for zeros, it takes more than {} bytes", isize::MAX)
            }
            ShapeError::NoCommonShape => f.write_str("the shapes do not broadcast together"),
        }
    }
}

impl std::error::Error for ShapeError {}

/// The axis meant by a possibly negative index, if it is in range.
pub fn normalize_axis(axis: isize, rank: usize) -> Option<usize> {
    let index = if axis < 0 { axis.checked_add(rank as isize)? } else { axis };
    usize::try_from(index).ok().filter(|&index| index < rank)
}
