//! The operation tables.
//!
//! [`Elementwise`] holds one row per elementwise operation: its documentation, name,
//! operands, dtype rule and meaning. [`Reduction`] holds one row per reduction: how two
//! partial results combine and what is neutral. [`Call`] holds one row per library call. A meaning is a function that builds the
//! lane program of one element; the reference interpreter evaluates it and every emitter
//! compiles it, so an operation made of existing lane operations needs nothing but its row.

pub mod arithmetic;
pub mod bits;
mod call;
mod cast;
pub mod compare;
mod elementwise;
pub mod float_parts;
mod reduce;
mod typing;

pub use call::{Call, Exactness, Type, Types};
pub use elementwise::{Accuracy, Elementwise};
pub use reduce::Reduction;
pub use typing::{Rule, Signature, TypeError};
