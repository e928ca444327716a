//! What AVX2 does otherwise than AVX-512.
//!
//! * [`code`]: the instructions that both have;
//! * [`masks`]: masks are vectors, as wide as what they mask;
//! * [`operations`], [`longs`] and [`conversions`]: what AVX2 has no instruction for, out of
//!   those that it has;
//! * [`rows`]: where rows end. There are no masked loads and stores of bytes and pairs of
//!   them, so the last elements go one by one through a vector on the stack, which is the
//!   same for all sizes and depends on nothing that instructions do beyond their masks.
//!
//! `clz` is left to Cranelift with the whole program, as is all that AVX-512 leaves.

pub(super) mod code;
mod conversions;
mod longs;
mod masks;
mod operations;
mod rows;

pub(super) use masks::Masks;
