//! Matrices in memory.

use super::number::{Number, TILE};
use crate::exec::memory::Memory;
use crate::value::Places;
use jitney_ir::graph::Layout;
use jitney_ir::shape::Dims;
use jitney_optimizer::ArrayRef;

/// `[m, k]` times `[k, n]`.
#[derive(Clone, Copy)]
pub(super) struct Extents {
    pub m: usize,
    pub k: usize,
    pub n: usize,
}

impl Extents {
    /// The number of multiplications.
    pub fn work(&self) -> usize {
        self.m.saturating_mul(self.n).saturating_mul(self.k)
    }

    pub fn transposed(self) -> Extents {
        Extents { m: self.n, n: self.m, ..self }
    }
}

/// An operand or the result: its memory, the places of its matrices, and their extents and
/// strides (in elements).
pub(super) struct Stack {
    address: usize,
    pub batches: Layout,
    pub extents: (usize, usize),
    pub strides: (isize, isize),
}

impl Stack {
    pub fn of(array: &ArrayRef, memory: &Memory<'_>) -> Stack {
        let (address, _, offset) = memory.span(array.place);
        let Layout { shape, strides, offset: first } = &array.layout;
        let (row, column) = (shape.rank() - 2, shape.rank() - 1);
        let size = array.dtype.size() as isize;
        Stack {
            address: address.wrapping_offset(offset) as usize,
            batches: Layout {
                shape: shape.without(&[row, column]),
                strides: Dims::from_slice(&strides[..row]),
                offset: *first,
            },
            extents: (shape.extents()[row], shape.extents()[column]),
            strides: (strides[row] / size, strides[column] / size),
        }
    }

    /// The matrix that begins at a place, in bytes.
    #[inline]
    pub fn matrix(&self, place: isize) -> Matrix {
        let address = (self.address as *mut u8).wrapping_offset(place) as usize;
        Matrix { address, rows: self.strides.0, columns: self.strides.1 }
    }
}

/// The matrices of each product of a batch.
pub(super) fn each(stacks: [&Stack; 3]) -> impl Iterator<Item = [Matrix; 3]> {
    each_from(stacks, 0)
}

/// The matrices of each product of a batch from one on.
#[inline]
pub(super) fn each_from(
    [out, a, b]: [&Stack; 3],
    first: usize,
) -> impl Iterator<Item = [Matrix; 3]> {
    Places::from(&out.batches, first)
        .zip(Places::from(&a.batches, first))
        .zip(Places::from(&b.batches, first))
        .map(move |((to, from_a), from_b)| [out.matrix(to), a.matrix(from_a), b.matrix(from_b)])
}

/// Elements in memory, with the strides of rows and columns.
#[derive(Clone, Copy)]
pub(super) struct Matrix {
    pub address: usize,
    pub rows: isize,
    pub columns: isize,
}

impl Matrix {
    #[inline(always)]
    pub fn transposed(self) -> Matrix {
        Matrix { rows: self.columns, columns: self.rows, ..self }
    }

    #[inline(always)]
    pub fn at<T>(self, row: usize, column: usize) -> *mut T {
        let place = row as isize * self.rows + column as isize * self.columns;
        (self.address as *mut T).wrapping_offset(place)
    }

    /// The part from a row and a column on.
    #[inline(always)]
    pub fn from<T>(self, row: usize, column: usize) -> Matrix {
        Matrix { address: self.at::<T>(row, column) as usize, ..self }
    }

    /// A copy in C order at an address.
    ///
    /// # Safety
    /// All elements are there, and there is room for them at the address, where none of them is.
    #[inline(always)]
    pub unsafe fn copied<T: Number>(self, rows: usize, columns: usize, address: usize) -> Matrix {
        let copy = Matrix { address, rows: columns as isize, columns: 1 };
        let (n_rows, n_columns) = match self.rows {
            1 => (rows - rows % TILE, columns - columns % TILE),
            _ => (0, 0),
        };
        let copy_one = |row: usize, column: usize| {
            // SAFETY: by the caller's promise.
            unsafe { *copy.at::<T>(row, column) = *self.at::<T>(row, column) };
        };
        for row in (0..n_rows).step_by(TILE) {
            for column in (0..n_columns).step_by(TILE) {
                let (from, to) = (self.at::<T>(row, column), copy.at::<T>(row, column));
                // SAFETY: as above: all elements of the tile are there.
                unsafe { T::transpose((from, self.columns), (to, copy.rows)) };
            }
            (row..row + TILE).for_each(|row| (n_columns..columns).for_each(|i| copy_one(row, i)));
        }
        (n_rows..rows).for_each(|row| (0..columns).for_each(|column| copy_one(row, column)));
        copy
    }
}
