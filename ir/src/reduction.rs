//! The order in which reductions combine elements.
//!
//! The reduced elements are taken in C order of the reduced axes, as one sequence
//! `x[0], x[1], …, x[n-1]`, padded with the identity to a power of two of blocks of
//! [`BLOCK`] elements. A block has [`LANES`] accumulators; accumulator `j` combines
//! `x[j], x[j + LANES], x[j + 2*LANES], …` from left to right. The accumulators of a block,
//! and then the blocks, are combined by balanced binary trees: accumulator `j` with
//! `j + LANES/2`, then `j` with `j + LANES/4` and so on; block `2i` with block `2i + 1`,
//! then pairs with pairs.
//!
//! The order depends on nothing but `n`. Layout, vector width, number of threads and
//! neighbouring operations cannot change it: any aligned power of two of blocks is a
//! subtree that can be computed anywhere. The identity is neutral to the bit, so that
//! padding is never computed. Per accumulator 16 elements are added in sequence, then
//! 4 + log2(blocks) levels: the error bound of NumPy's pairwise sum, or better.

use std::convert::Infallible;

/// Elements per block.
pub const BLOCK: usize = 256;

/// Interleaved accumulators per block.
pub const LANES: usize = 16;

/// Reduces the sequence in the order above: the definition that everything else must match.
/// Combinations are told how their operands meet.
pub fn reduce<T: Clone>(
    elements: &[T],
    identity: T,
    mut combine: impl FnMut(Meeting, T, T) -> T,
) -> T {
    let combine = |how, a, b| Ok::<T, Infallible>(combine(how, a, b));
    let Ok(result) = try_reduce(elements, identity, combine);
    result
}

/// How two states meet: a row of the table of reductions tells the two apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// An accumulator takes an element.
    Accumulate,
    /// Accumulators or blocks are combined.
    Combine,
}

/// As [`reduce`], with combinations of which one may fail, as the whole does then.
///
/// # Errors
/// That of the first combination that fails.
pub fn try_reduce<T: Clone, E>(
    elements: &[T],
    identity: T,
    mut combine: impl FnMut(Meeting, T, T) -> Result<T, E>,
) -> Result<T, E> {
    let mut level = Vec::with_capacity(elements.len().div_ceil(BLOCK));
    for block in elements.chunks(BLOCK) {
        let mut lanes: [T; LANES] = std::array::from_fn(|_| identity.clone());
        for (i, x) in block.iter().enumerate() {
            let sum = lanes[i % LANES].clone();
            lanes[i % LANES] = combine(Meeting::Accumulate, sum, x.clone())?;
        }
        let mut width = LANES / 2;
        while width > 0 {
            for j in 0..width {
                let pair = (lanes[j].clone(), lanes[j + width].clone());
                lanes[j] = combine(Meeting::Combine, pair.0, pair.1)?;
            }
            width /= 2;
        }
        level.push(lanes[0].clone());
    }
    while level.len() > 1 {
        let combined = level.chunks(2).map(|pair| match pair {
            [a, b] => combine(Meeting::Combine, a.clone(), b.clone()),
            _ => Ok(pair[0].clone()),
        });
        level = combined.collect::<Result<_, E>>()?;
    }
    Ok(level.pop().unwrap_or(identity))
}
