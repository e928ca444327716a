//! The order in which matrix products add up.
//!
//! An element of the product of `[m, k]` and `[k, n]` is a sum of `k` products. Its order depends
//! on `m`, `k` and `n` alone. Orders that are written down here are everybody's, to the bit, for
//! products and sums are rounded one by one; the library that has the rest keeps one of its own.

use crate::reduction;

/// Terms of sums that are added from the first to the last.
pub const MAX_TERMS: usize = 16;

/// Elements of a result with rows and columns up to which this is so.
pub const MAX_SMALL: usize = 256;

/// Terms of such a sum whatever the result: there is nothing that a library could block.
pub const MAX_OUTER: usize = 2;

/// How the elements of a product are added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// From the first to the last term.
    InSequence,
    /// As a reduction adds up: [`reduction`].
    InBlocks,
    /// As the library does that is called for it.
    OfLibrary,
}

impl Order {
    /// The order of `[m, k]` times `[k, n]`.
    pub fn of(m: usize, k: usize, n: usize) -> Order {
        let is_vector = m == 1 || n == 1;
        let is_small = is_vector || m.saturating_mul(n) <= MAX_SMALL;
        match k {
            0..=MAX_OUTER => Order::InSequence,
            0..=MAX_TERMS if is_small => Order::InSequence,
            _ if is_vector => Order::InBlocks,
            _ => Order::OfLibrary,
        }
    }

    /// Adds up products in the order; in the library's place from the first to the last.
    ///
    /// # Errors
    /// That of the first addition that fails.
    pub fn try_sum<T: Copy, E>(
        self,
        products: &[T],
        zero: T,
        mut plus: impl FnMut(T, T) -> Result<T, E>,
    ) -> Result<T, E> {
        match self {
            Order::InBlocks => reduction::try_reduce(products, zero, |_, x, y| plus(x, y)),
            Order::InSequence | Order::OfLibrary => {
                products.iter().try_fold(zero, |sum, product| plus(sum, *product))
            }
        }
    }
}
