//! Products of matrices by the `gemm` crate.
//!
//! The library chooses its blocking by shape and machine, and is given panels of the result, which
//! have the bits that they have in the whole (see [`Panels`]). How the operands lie in memory
//! matters to the bits of its version 0.19 in two cases (of results with rows and columns and more
//! than two terms), from which it is kept by copies:
//! * It adds up from the last to the first where the rows of the right operand go backwards.
//! * Of small results it adds up along memory, in another order, where that is possible: where
//!   neighbours in both operands are multiplied with each other. That is faster for most of them.

use super::Scratch;
use super::matrix::{Extents, Matrix, Stack, each};
use super::number::Number;
use super::panels::{Panels, Part};
use super::team::Team;
use crate::Error;
use crate::exec::memory::Budget;
use gemm::{Parallelism, gemm};

/// Work of a multiplication of numbers of eight bytes, in the terms of
/// [`Workers::share`](crate::exec::Workers::share).
const MULTIPLICATION: usize = 2;

/// Multiplications between two looks at whether the host has asked to stop: some five milliseconds
/// of one thread.
const UNSTOPPABLE: usize = 1 << 27;

/// Terms that are added to a panel at a time.
const MAX_TERMS: usize = 1 << 16;

/// Panels for each thread, so that one that is held up does not hold up all.
const PANELS_PER_THREAD: usize = 2;

/// Elements of a result up to which the library may add up along memory.
const MAX_SMALL: usize = 256;

/// Rows and columns of a small result from which on it is not added up along memory: the library
/// fills its vectors better otherwise.
const MIN_SQUARE: usize = 12;

/// Elements of operands whose products are added to a small result at a time, so that copies of
/// them stay in the cache.
const PIECE: usize = 1 << 16;

/// Computes a batch of products.
pub(super) fn run<T: Number>(
    extents: Extents,
    stacks: [&Stack; 3],
    team: Team<'_>,
    budget: &mut Budget,
) -> Result<(), Error> {
    let [_, a, b] = stacks;
    let copied = extents.copied(a, b);
    let scratch = Scratch::new::<T>(extents.copied_len(copied), budget)?;
    let product = Product { extents, copied, scratch: scratch.address(), team };
    let result = each(stacks).try_for_each(|matrices| product.run::<T>(matrices));
    budget.give_back(scratch.bytes);
    result
}

/// The operands that the library gets copies of.
#[derive(Clone, Copy)]
struct Copied {
    left: bool,
    right: bool,
}

impl Extents {
    fn is_small(&self) -> bool {
        self.m.saturating_mul(self.n) <= MAX_SMALL
    }

    /// Whether the library is made to add up along memory, or else kept from it.
    fn is_along_memory(&self) -> bool {
        self.is_small() && self.m.min(self.n) < MIN_SQUARE
    }

    /// Terms that are added up at a time: the bits depend on their number.
    fn terms(&self) -> usize {
        match self.is_small() {
            // A multiple of every vector's length.
            true => self.k.min(PIECE / (self.m + self.n) / 64 * 64),
            false => self.k.min(self.most_terms()),
        }
    }

    /// Terms of a sum that is not interrupted. Of results that have no panels there are fewer, a
    /// multiple of every vector's length.
    fn most_terms(&self) -> usize {
        match Panels::of(self.m, self.n, 2).count() {
            1 => (UNSTOPPABLE / 2 / (self.m * self.n)).next_multiple_of(64),
            _ => MAX_TERMS,
        }
    }

    /// Which operands have to be copied for the sake of the bits; the smaller one if either will do.
    fn copied(&self, a: &Stack, b: &Stack) -> Copied {
        let (left_is_along, right_is_along) = (a.strides.1 == 1, b.strides.0 == 1);
        if self.is_along_memory() {
            return Copied { left: !left_is_along, right: !right_is_along };
        }
        let either = self.is_small() && left_is_along && right_is_along;
        let right = b.strides.0 < 0 || either && self.n <= self.m;
        Copied { left: either && !right, right }
    }

    /// Elements of the copies.
    fn copied_len(&self, copied: Copied) -> usize {
        let across = if copied.left { self.m } else { 0 } + if copied.right { self.n } else { 0 };
        across.saturating_mul(self.terms())
    }
}

/// How the products of a batch are computed.
struct Product<'a> {
    extents: Extents,
    copied: Copied,
    /// Where copies go.
    scratch: usize,
    team: Team<'a>,
}

impl Product<'_> {
    fn run<T: Number>(&self, [out, a, b]: [Matrix; 3]) -> Result<(), Error> {
        let k = self.extents.k;
        let mut first = 0;
        while first < k {
            self.team.stop.check()?;
            let count = self.extents.terms().min(k - first);
            let (left, right) = (a.from::<T>(0, first), b.from::<T>(first, 0));
            let (left, right) = self.copies::<T>(left, right, count);
            self.add::<T>([out, left, right], count, first > 0)?;
            first += count;
        }
        Ok(())
    }

    /// The matrices with so many terms, copied if that has to be: rows and columns that are added
    /// up along memory, or else the other way round.
    fn copies<T: Number>(&self, a: Matrix, b: Matrix, terms: usize) -> (Matrix, Matrix) {
        let Extents { m, n, .. } = self.extents;
        let is_along = self.extents.is_along_memory();
        let (mut left, mut right) = (a, b);
        let mut address = self.scratch;
        // SAFETY: `run` has shown that all elements lie in live buffers. The scratch memory is as
        // large as `copied_len` says, and nobody else's.
        unsafe {
            if self.copied.left {
                left = match is_along {
                    true => a.copied::<T>(m, terms, address),
                    false => a.transposed().copied::<T>(terms, m, address).transposed(),
                };
                address += m * terms * size_of::<T>();
            }
            if self.copied.right {
                right = match is_along {
                    true => b.transposed().copied::<T>(n, terms, address).transposed(),
                    false => b.copied::<T>(terms, n, address),
                };
            }
        }
        (left, right)
    }

    /// Computes sums of the given number of terms, or adds them to the result.
    fn add<T: Number>(
        &self,
        matrices: [Matrix; 3],
        terms: usize,
        to_result: bool,
    ) -> Result<(), Error> {
        let Extents { m, n, .. } = self.extents;
        let multiplications = m.saturating_mul(n).saturating_mul(terms);
        let work = multiplications.saturating_mul(MULTIPLICATION * size_of::<T>()) / 8;
        let Team { workers, stop } = self.team;
        workers.share(work, |n_threads| {
            let parallel = if n_threads > 1 { n_threads * PANELS_PER_THREAD } else { 1 };
            let stoppable = if stop.is_possible() { multiplications / UNSTOPPABLE } else { 0 };
            let panels = Panels::of(m, n, parallel.max(stoppable));
            stop.admit(work / panels.count())?;
            self.team.run(panels.count(), n_threads, |number| {
                panel::<T>(matrices, panels.panel(number), terms, to_result);
                Ok(())
            })
        })
    }
}

/// Computes a panel of the result.
fn panel<T: Number>(
    [out, a, b]: [Matrix; 3],
    (rows, columns): (Part, Part),
    terms: usize,
    to_result: bool,
) {
    // SAFETY: `run` has shown that all elements of the three arrays lie in live buffers, and panels
    // are parts of the result. The result's buffer is the plan's own, not yet seen by anybody else,
    // and no operand is in it; panels have no element in common. Strides are multiples of the
    // element's size, buffers and element offsets aligned to it.
    unsafe {
        gemm(
            rows.len,
            columns.len,
            terms,
            out.at::<T>(rows.start, columns.start),
            out.columns,
            out.rows,
            to_result,
            a.at::<T>(rows.start, 0),
            a.columns,
            a.rows,
            b.at::<T>(0, columns.start),
            b.columns,
            b.rows,
            T::ONE,
            T::ONE,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}
