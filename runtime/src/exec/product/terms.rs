//! Products whose elements are sums of few terms, in their order.

use super::matrix::{Extents, Matrix, Stack, each};
use super::number::Number;
use super::team::Team;
use super::wide::{Loop, widely};
use crate::Error;
use jitney_ir::product::MAX_TERMS;
use std::iter::once;
use std::marker::PhantomData;
use std::mem::MaybeUninit;

/// Neighbours in a row that are computed together.
const TOGETHER: usize = 16;

/// Elements of a copy of rows whose elements are no neighbours.
const PANEL: usize = MAX_TERMS * TOGETHER;

/// Sets the results to the products of a batch.
///
/// # Safety
/// All elements of the arrays are in memory, those of the results in C order in memory that nobody
/// else sees. There are at most [`MAX_TERMS`] terms.
pub(super) unsafe fn multiply<T: Number>(
    extents: Extents,
    stacks: [&Stack; 3],
    team: Team<'_>,
) -> Result<(), Error> {
    let n_products = stacks[0].batches.shape.len();
    if n_products > 1 {
        team.share((n_products, extents.work()), 1, |first, n| {
            let matrices = each(stacks).skip(first).take(n);
            widely(Products { extents, matrices, number: PhantomData::<T> });
            Ok(())
        })
    } else {
        each(stacks).try_for_each(|matrices| one::<T>(extents, matrices, team))
    }
}

/// One product, whose columns or rows threads share.
fn one<T: Number>(extents: Extents, [out, a, b]: [Matrix; 3], team: Team<'_>) -> Result<(), Error> {
    let (extents, [out, a, b]) = by_rows(extents, [out, a, b]);
    let Extents { m, k, n } = extents;
    if m == 1 {
        team.share((n, k), TOGETHER, |first, n| {
            let matrices = once([out.from::<T>(0, first), a, b.from::<T>(0, first)]);
            widely(Products {
                extents: Extents { n, ..extents },
                matrices,
                number: PhantomData::<T>,
            });
            Ok(())
        })
    } else {
        team.share((m, k.saturating_mul(n)), 1, |first, m| {
            let matrices = once([out.from::<T>(first, 0), a.from::<T>(first, 0), b]);
            widely(Products {
                extents: Extents { m, ..extents },
                matrices,
                number: PhantomData::<T>,
            });
            Ok(())
        })
    }
}

/// A result that is a column is a row if everything is transposed, and so computed along memory.
#[inline(always)]
fn by_rows(extents: Extents, [out, a, b]: [Matrix; 3]) -> (Extents, [Matrix; 3]) {
    match extents.n {
        1 => (extents.transposed(), [out.transposed(), b.transposed(), a.transposed()]),
        _ => (extents, [out, a, b]),
    }
}

/// Products as [`multiply`] computes them, which is its caller's promise.
struct Products<T, I> {
    extents: Extents,
    matrices: I,
    number: PhantomData<T>,
}

impl<T: Number, I: Iterator<Item = [Matrix; 3]>> Loop for Products<T, I> {
    #[inline(always)]
    fn run(self) {
        let mut panel = MaybeUninit::<[T; PANEL]>::uninit();
        for matrices in self.matrices {
            let (extents, matrices) = by_rows(self.extents, matrices);
            // SAFETY: by the promise of `multiply`'s caller.
            unsafe { product::<T>(extents, matrices, panel.as_mut_ptr() as usize) };
        }
    }
}

/// Sets a result, whose rows have neighbours, to a product.
#[inline(always)]
unsafe fn product<T: Number>(extents: Extents, [out, a, b]: [Matrix; 3], panel: usize) {
    let Extents { m, k, n } = extents;
    let is_copied = b.columns != 1;
    let width = if is_copied { PANEL / k.max(1) / TOGETHER * TOGETHER } else { n };
    for first in (0..n).step_by(width) {
        let width = width.min(n - first);
        let mut b = b.from::<T>(0, first);
        // SAFETY: the panel has room for so many rows of this width; the rest is the caller's
        // promise.
        unsafe {
            if is_copied {
                b = b.copied::<T>(k, width, panel);
            }
            for row in 0..m {
                let matrices = [out.from::<T>(row, first), a.from::<T>(row, 0), b];
                set_row::<T>((k, width), matrices);
            }
        }
    }
}

/// Sets neighbours to a row times as many columns.
#[inline(always)]
unsafe fn set_row<T: Number>((k, n): (usize, usize), matrices: [Matrix; 3]) {
    let mut first = 0;
    // SAFETY: by the caller's promise.
    unsafe {
        while first + TOGETHER <= n {
            set::<T, TOGETHER>(k, matrices, first);
            first += TOGETHER;
        }
        while first + 4 <= n {
            set::<T, 4>(k, matrices, first);
            first += 4;
        }
        while first < n {
            set::<T, 1>(k, matrices, first);
            first += 1;
        }
    }
}

#[inline(always)]
unsafe fn set<T: Number, const N: usize>(k: usize, [out, a, b]: [Matrix; 3], first: usize) {
    let mut sums = [T::ZERO; N];
    for term in 0..k {
        // SAFETY: by the caller's promise. The rows of `b` have neighbours.
        let (factor, row) =
            unsafe { (*a.at::<T>(0, term), *b.at::<T>(term, first).cast::<[T; N]>()) };
        for i in 0..N {
            sums[i] = sums[i].plus(factor.times(row[i]));
        }
    }
    // SAFETY: as above.
    unsafe { *out.at::<T>(0, first).cast::<[T; N]>() = sums };
}
