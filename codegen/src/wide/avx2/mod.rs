//! What AVX2 does otherwise than AVX-512.
//!
//! * [`code`]: the instructions that both have;
//! * [`masks`]: masks are vectors, as wide as what they mask;
//! * [`operations`], [`longs`] and [`conversions`]: what AVX2 has no instruction for, out of
//!   those that it has;
//! * [`rows`]: where rows end. Masked loads and stores are there for elements of 4 and 8
//!   bytes. Shorter ones go one by one through a vector on the stack; all of them did at
//!   first, and the vector, read as soon as written piece by piece, kept a row of ten waiting
//!   for longer than it took to compute.
//!
//! `clz` is left to Cranelift with the whole program, as is all that AVX-512 leaves; so are
//! the accumulators of reductions.

pub(super) mod code;
mod conversions;
mod longs;
mod masks;
mod operations;
mod rows;

pub(super) use masks::Masks;
pub(super) use rows::CALLERS_REGISTERS;
