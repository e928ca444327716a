//! The vocabulary of Jitney: data types, operations and the three intermediate
//! representations that the other crates exchange.
//!
//! * [`graph`]: the array graph, nodes with a dtype and a shape;
//! * [`kernel`]: a loop nest over runtime extents whose body is lane programs;
//! * [`lanes`]: straight-line code over typed lanes, what happens to one element.
//!
//! [`ops`] holds the two operation tables from which everything that must know
//! every operation is generated; [`math`] writes the mathematical functions once,
//! as lane programs. This crate knows no machine, no thread and no buffer.

#![forbid(unsafe_code)]

#[macro_use]
pub mod dtype;
pub mod graph;
pub mod kernel;
pub mod lanes;
pub mod math;
pub mod ops;
pub mod product;
pub mod reduction;
pub mod scalar;
pub mod shape;
pub mod text;

pub use dtype::{DType, Element, Kind};
pub use scalar::Scalar;
pub use shape::Shape;
