//! A parsed formula: nodes in an arena, in the order in which Python evaluates them.
//!
//! The grammar has no lazy construct, so evaluating a formula is one walk along the arena:
//! every operand stands before its user and is used exactly once. Neither evaluating nor
//! dropping a formula recurses, however long its chains are.

use super::python::Number;
use jitney_ir::ops::Elementwise;
use std::sync::Arc;

/// Bytes `start..end` of the formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Span {
        Span { start, end }
    }

    /// From the start of this span to the end of `last`.
    pub fn to(self, last: Span) -> Span {
        Span { start: self.start, end: last.end }
    }

    pub fn of(self, source: &str) -> &str {
        &source[self.start..self.end]
    }
}

/// A node, by its place in the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NodeId(pub usize);

/// A parsed formula.
#[derive(Clone, Debug)]
pub(super) struct Ast {
    pub source: Arc<str>,
    pub nodes: Vec<Node>,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub expr: Expr,
    pub span: Span,
}

/// One step of the evaluation. Names and strings are spans of the source.
#[derive(Clone, Debug)]
pub(super) enum Expr {
    Number(Number),
    Str(Span),
    None,
    Ellipsis,
    Name(Name),
    Unary(UnaryOp, NodeId),
    Binary(BinaryOp, NodeId, NodeId),
    Tuple(Vec<NodeId>),
    List(Vec<NodeId>),
    Attribute(NodeId, Span),
    Call(Callee, Vec<Argument>),
    Index(NodeId, NodeId),
    Slice([Option<NodeId>; 3]),
    /// `a = b, c = value`: every target receives the value.
    Assign(Vec<Target>, NodeId),
    /// The array with other elements where an index picks them: a value, or, with an operator,
    /// what it makes of them and the value.
    SetItem {
        object: NodeId,
        index: NodeId,
        op: Option<BinaryOp>,
        value: NodeId,
    },
    /// The value of a statement that is not the last one.
    Discard(NodeId),
}

/// A name, and whether `np.` (or `numpy.` or `jn.`) stood before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    pub span: Span,
    pub qualified: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Callee {
    Function(Name),
    Method(NodeId, Span),
}

#[derive(Clone, Debug)]
pub(super) struct Argument {
    pub keyword: Option<Span>,
    pub value: NodeId,
}

#[derive(Clone, Debug)]
pub(super) enum Target {
    Name(Span),
    Tuple(Vec<Target>, Span),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnaryOp {
    Negative,
    Positive,
    Invert,
}

impl UnaryOp {
    pub fn elementwise(self) -> Elementwise {
        match self {
            UnaryOp::Negative => Elementwise::Negative,
            UnaryOp::Positive => Elementwise::Positive,
            UnaryOp::Invert => Elementwise::Invert,
        }
    }

    pub fn text(self) -> &'static str {
        match self {
            UnaryOp::Negative => "-",
            UnaryOp::Positive => "+",
            UnaryOp::Invert => "~",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Power,
    MatMul,
    And,
    Or,
    Xor,
    LeftShift,
    RightShift,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
}

impl BinaryOp {
    /// The operation on arrays; the matrix product is not elementwise.
    pub fn elementwise(self) -> Option<Elementwise> {
        Some(match self {
            BinaryOp::MatMul => return None,
            BinaryOp::Add => Elementwise::Add,
            BinaryOp::Subtract => Elementwise::Subtract,
            BinaryOp::Multiply => Elementwise::Multiply,
            BinaryOp::Divide => Elementwise::Divide,
            BinaryOp::FloorDivide => Elementwise::FloorDivide,
            BinaryOp::Remainder => Elementwise::Remainder,
            BinaryOp::Power => Elementwise::Power,
            BinaryOp::And => Elementwise::BitwiseAnd,
            BinaryOp::Or => Elementwise::BitwiseOr,
            BinaryOp::Xor => Elementwise::BitwiseXor,
            BinaryOp::LeftShift => Elementwise::LeftShift,
            BinaryOp::RightShift => Elementwise::RightShift,
            BinaryOp::Less => Elementwise::Less,
            BinaryOp::LessEqual => Elementwise::LessEqual,
            BinaryOp::Greater => Elementwise::Greater,
            BinaryOp::GreaterEqual => Elementwise::GreaterEqual,
            BinaryOp::Equal => Elementwise::Equal,
            BinaryOp::NotEqual => Elementwise::NotEqual,
        })
    }

    pub fn text(self) -> &'static str {
        match self {
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "/",
            BinaryOp::FloorDivide => "//",
            BinaryOp::Remainder => "%",
            BinaryOp::Power => "**",
            BinaryOp::MatMul => "@",
            BinaryOp::And => "&",
            BinaryOp::Or => "|",
            BinaryOp::Xor => "^",
            BinaryOp::LeftShift => "<<",
            BinaryOp::RightShift => ">>",
            BinaryOp::Less => "<",
            BinaryOp::LessEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterEqual => ">=",
            BinaryOp::Equal => "==",
            BinaryOp::NotEqual => "!=",
        }
    }
}
