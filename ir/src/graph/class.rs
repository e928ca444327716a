//! The kinds of operations that whoever walks over a graph tells apart.
//!
//! [`Op::class`] is the one match over all operations. Whoever treats some kinds of nodes
//! differently asks for the class, or for one operation by name: a new operation then finds its
//! place everywhere by finding its class.

use super::Op;

/// A kind of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Elements in memory of the caller's.
    Input,
    /// Elements that need neither operands nor memory: literals and indices.
    Generator,
    /// Element by element from operands of the same shape.
    Elementwise,
    /// Elements of the operand in other places; nothing is computed.
    View,
    /// Many elements become one.
    Reduction,
    /// Elements of several operands in one array.
    Assembly,
    /// Work of a library, between kernels.
    Library,
    /// A result of such work that has several.
    Output,
}

impl Op {
    /// The kind of the operation.
    pub const fn class(&self) -> Class {
        match self {
            Op::Input(_) => Class::Input,
            Op::Constant(_) | Op::Iota => Class::Generator,
            Op::Elementwise(_) => Class::Elementwise,
            Op::View(_) => Class::View,
            Op::Reduce(..) => Class::Reduction,
            Op::Concat(_) | Op::Update(_) => Class::Assembly,
            Op::Call(_) => Class::Library,
            Op::Output(_) => Class::Output,
        }
    }
}
