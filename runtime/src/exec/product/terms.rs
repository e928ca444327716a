//! Products whose elements are sums of few terms, in their order.

use super::matrix::{Extents, Matrix, Stack, each, each_from};
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
            let matrices = each_from(stacks, first).take(n);
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
unsafe fn product<T: Number>(extents: Extents, matrices: [Matrix; 3], panel: usize) {
    let [_, _, b] = matrices;
    // SAFETY: by the caller's promise.
    unsafe {
        match (b.columns == 1, extents.m) {
            (true, _) => rows::<T, true>(extents, matrices),
            // What is read once is not worth a copy.
            (false, 1) => rows::<T, false>(extents, matrices),
            (false, _) => in_panels::<T>(extents, matrices, panel),
        }
    }
}

/// A product of copied columns, as many at a time as there is room for.
#[inline(always)]
unsafe fn in_panels<T: Number>(extents: Extents, [out, a, b]: [Matrix; 3], panel: usize) {
    let Extents { k, n, .. } = extents;
    let width = PANEL / k.max(1) / TOGETHER * TOGETHER;
    for first in (0..n).step_by(width) {
        let extents = Extents { n: width.min(n - first), ..extents };
        let [out, b] = [out, b].map(|matrix| matrix.from::<T>(0, first));
        // SAFETY: the panel has room for so many rows of this width; the rest is the caller's
        // promise.
        unsafe {
            let b = b.copied::<T>(k, extents.n, panel);
            rows::<T, true>(extents, [out, a, b]);
        }
    }
}

/// A product row by row, of columns that are neighbours or not.
#[inline(always)]
unsafe fn rows<T: Number, const NEIGHBOURS: bool>(
    Extents { m, k, n }: Extents,
    [out, a, b]: [Matrix; 3],
) {
    for row in 0..m {
        let matrices = [out.from::<T>(row, 0), a.from::<T>(row, 0), b];
        let mut first = 0;
        // SAFETY: by the caller's promise.
        unsafe {
            while first + TOGETHER <= n {
                set::<T, TOGETHER, NEIGHBOURS>(k, matrices, first);
                first += TOGETHER;
            }
            while first + 4 <= n {
                set::<T, 4, NEIGHBOURS>(k, matrices, first);
                first += 4;
            }
            while first < n {
                set::<T, 1, NEIGHBOURS>(k, matrices, first);
                first += 1;
            }
        }
    }
}

/// Sets so many neighbours in the first row.
#[inline(always)]
unsafe fn set<T: Number, const N: usize, const NEIGHBOURS: bool>(
    k: usize,
    [out, a, b]: [Matrix; 3],
    first: usize,
) {
    let mut sums = [T::ZERO; N];
    for term in 0..k {
        // SAFETY: by the caller's promise.
        let factor = unsafe { *a.at::<T>(0, term) };
        let mut row = [factor; N];
        if NEIGHBOURS {
            // SAFETY: as above.
            row = unsafe { *b.at::<T>(term, first).cast::<[T; N]>() };
        } else {
            for (i, element) in row.iter_mut().enumerate() {
                // SAFETY: as above.
                *element = unsafe { *b.at::<T>(term, first + i) };
            }
        }
        for i in 0..N {
            sums[i] = sums[i].plus(factor.times(row[i]));
        }
    }
    // SAFETY: as above.
    unsafe { *out.at::<T>(0, first).cast::<[T; N]>() = sums };
}
