//! From groups to kernels and the strides to call them with.
//!
//! A group's nodes become lane programs, its leaves become accesses. The axes of the domain
//! are then simplified the same way for all accesses: axes of one element go, and neighbours
//! that every access walks with one stride become one axis, kept axes among themselves and
//! reduced axes among themselves. What is left decides the kernel's structure, and thereby
//! which sizes share a kernel. Short rows are unrolled then.
//!
//! Of `x * y` with `x: f64[2, 1, 3, 4]` and a column `y: f64[2, 1, 3, 1]`, strides in bytes:
//!
//! ```text
//!              domain          without 1s    axes 0 and 1 walked as one
//! extents      2   1   3  4    2   3  4      6   4
//! x, result   96  96  32  8   96  32  8     32   8
//! y           24  24   8  0   24   8  0      8   0
//! ```
//!
//! Axis 2 stays, for `y` does not walk it as it walks the others. The kernel that is left, two
//! loops with `y` the same along the inner one, is that of any matrix times a column.
//!
//! Last, memory is used again: an update is stored into its base if nobody needs that any
//! more ([`updates`]), and what a kernel computes element by element into memory that it is
//! the last to read ([`reuse`]). Rows that are left short are joined ([`tile`]), and loads of
//! neighbours are found ([`shared`]).

mod assemble;
mod axes;
mod order;
mod programs;
mod reuse;
mod schedule;
mod shared;
mod tile;
mod unroll;
mod updates;

pub(crate) use order::{Unlowered, lower};
