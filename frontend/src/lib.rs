//! NumPy for Rust, lazy and compiled.
//!
//! Array operations build a dataflow graph; evaluating it optimizes the graph, fuses it into
//! a few loop kernels and compiles those in process to native SIMD code.
//!
//! ```
//! use jitney as jn;
//!
//! let x = jn::linspace(0.0, 1.0, 5);
//! let y = (&x * 2.0 + 1.0).sqrt();
//! assert_eq!(y.sum(..).item::<f64>()?, 6.952148071417751);
//! # Ok::<(), jn::Error>(())
//! ```
//!
//! Operators and methods never panic and never return a `Result`: a bad call makes an array
//! that remembers the operation, the caller's line and what is wrong, and
//! [`Array::eval`], [`Array::to_vec`] and [`Array::item`] return it as an [`Error`].

#![forbid(unsafe_code)]

mod array;
mod build;
mod comparison;
mod composite;
mod create;
mod elementwise;
mod files;
mod formula;
mod index;
mod inspect;
mod jit;
mod join;
mod linalg;
mod operand;
mod operators;
pub mod print;
pub mod random;
mod reduce;
mod show;
mod sort;
mod update;
mod views;

pub use array::Array;
pub use composite::{
    angle, clip, conj, divmod, fix, frexp, imag, isclose, modf, nan_to_num, piecewise, real, round,
    select, sinc,
};
pub use create::{
    arange, arange_of, array, empty, empty_like, eye, full, full_like, identity, indices, linspace,
    logspace, meshgrid, ones, ones_like, scalar, zeros, zeros_like,
};
pub use elementwise::*;
pub use files::{load, load_copy, load_npz, save, savez};
pub use formula::{Formula, FormulaError, FormulaValue, Limits};
pub use index::{Index, Slice, ellipsis, newaxis};
pub use inspect::{dump, explain, explain_run};
pub use jit::{Argument, Arguments, Function, Results, jit};
pub use jitney_ir::DType;
pub use jitney_runtime::buffer::{bytes_in_use, peak_bytes, release_pool, reset_peak};
pub use jitney_runtime::inspect::{
    AccessReport, Bound, Explanation, KernelReport, LibraryReport, Limit, NodeReport, RunReport,
    Stage, Traffic, UnfusedReport, threads,
};
pub use jitney_runtime::{
    Element, Error, ErrorKind, Mode, Settings, check_environment, clear_caches, compilations,
    set_cache_bytes, set_kernel_cache_size, set_mode, settings, with_mode, with_node_budget,
    with_settings,
};
pub use join::{column_stack, concatenate, dstack, hstack, stack, vstack};
pub use linalg::{dot, matmul};
pub use operand::Operand;
pub use reduce::{
    Over, all, any, argmax, argmin, axis, count_nonzero, max, mean, min, prod, ptp, std, sum, var,
};
pub use views::{
    atleast_1d, atleast_2d, broadcast_arrays, broadcast_to, expand_dims, flip, moveaxis, ravel,
    reshape, squeeze, swapaxes, transpose,
};

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct ReadmeExamples;
