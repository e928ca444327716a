//! From groups to kernels and the strides to call them with.
//!
//! A group's nodes become lane programs, its leaves become accesses. The axes of the domain
//! are then simplified the same way for all accesses: axes of one element go, and neighbours
//! that every access walks with one stride become one axis, kept axes among themselves and
//! reduced axes among themselves. What is left decides the kernel's structure, and thereby
//! which sizes share a kernel. Short rows are unrolled then.
//!
//! Last, memory is used again: an update is stored into its base if nobody needs that any
//! more ([`updates`]), and what a kernel computes element by element into memory that it is
//! the last to read ([`reuse`]). Rows that are left short are joined ([`tile`]).

mod assemble;
mod axes;
mod order;
mod programs;
mod reuse;
mod tile;
mod unroll;
mod updates;

pub(crate) use order::{Unlowered, lower};
