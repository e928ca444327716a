//! From groups to kernels and the strides to call them with.
//!
//! A group's nodes become lane programs, its leaves become accesses. The axes of the domain
//! are then simplified the same way for all accesses: axes of one element go, and neighbours
//! that every access walks with one stride become one axis, kept axes among themselves and
//! reduced axes among themselves. What is left decides the kernel's structure, and thereby
//! which sizes share a kernel. Short rows are unrolled then.

mod assemble;
mod axes;
mod order;
mod programs;
mod unroll;

pub(crate) use order::lower;
