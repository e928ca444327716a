//! The array graph: operations on whole arrays, each with a dtype and a shape.
//!
//! Nodes stand in an arena in topological order, operands before users, and are named by
//! dense [`NodeId`]s. Everything implicit in NumPy is explicit here: operands of an
//! elementwise node have its shape (broadcasts are nodes) and the dtypes its signature asks
//! for (casts are nodes); a reduction drops its axes (`keepdims` is a reshape after it).
//!
//! The text form, which [`Graph::parse`] reads back:
//!
//! ```text
//! graph {
//!   %0 = input 0 : f64[3, 4]
//!   %1 = constant 2.0 : f64[]
//!   %2 = broadcast %1 : f64[3, 4]
//!   %3 = multiply %0, %2 : f64[3, 4]
//!   %4 = reduce.sum axes=[0] %3 : f64[4]
//!   return %4
//! }
//! ```

mod class;
mod graph_text;
mod layout;
mod verify;

pub use class::Class;
pub use layout::Layout;
pub use verify::VerifyError;

use crate::dtype::DType;
use crate::ops::{Call, Elementwise, Reduction};
use crate::scalar::Scalar;
use crate::shape::{Dims, Shape};
use smallvec::SmallVec;

/// A node of a [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

impl NodeId {
    /// As an index into [`Graph::nodes`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// How a slice walks one axis: element `i` of the result is element `start + i * step`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SliceAxis {
    /// The first index taken.
    pub start: usize,
    /// The distance to the next one; may be negative.
    pub step: isize,
}

/// A rearrangement of elements that computes nothing. The result's shape is the node's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// The same elements in C order in another shape.
    Reshape,
    /// Axis `i` of the result is axis `perm[i]` of the operand.
    Transpose(Dims<usize>),
    /// Some elements of each axis.
    Slice(Dims<SliceAxis>),
    /// NumPy's broadcast: axes are added in front, extents of one repeated.
    Broadcast,
}

/// What a node does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// The array that the caller passes under this number.
    Input(u32),
    /// A 0-d literal.
    Constant(Scalar),
    /// The integers from 0, one axis of `int64`.
    Iota,
    /// An operation of the elementwise table.
    Elementwise(Elementwise),
    /// A reduction over some axes, which the result does not have. Sorted, distinct, not empty.
    Reduce(Reduction, Dims<usize>),
    /// A rearrangement.
    View(View),
    /// Operands one after the other along an axis.
    Concat(usize),
    /// The first operand, but for the elements that a slice picks of it: those are the second
    /// operand's. The slice walks every axis forwards.
    Update(Dims<SliceAxis>),
    /// Work of a library. If it has several results, only [`Op::Output`] reads it.
    Call(Call),
    /// The result of this number of a call that has several.
    Output(u8),
}

impl Op {
    /// An operation of the elementwise table that converts.
    pub const fn cast(to: DType) -> Op {
        Op::Elementwise(Elementwise::Cast(to))
    }

    /// The number of the input that it is, if it is one.
    pub const fn input(&self) -> Option<u32> {
        if let Op::Input(number) = self { Some(*number) } else { None }
    }

    /// The literal that it is, if it is one.
    pub const fn constant(&self) -> Option<Scalar> {
        if let Op::Constant(scalar) = self { Some(*scalar) } else { None }
    }
}

/// A node: an operation, its operands and the type of its value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// What it does.
    pub op: Op,
    /// Operands, all before this node.
    pub inputs: SmallVec<[NodeId; 3]>,
    /// Dtype of the value.
    pub dtype: DType,
    /// Shape of the value.
    pub shape: Shape,
}

/// An array graph with its results.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Graph {
    /// The nodes, operands before users.
    pub nodes: Vec<Node>,
    /// The nodes whose values are wanted.
    pub outputs: Vec<NodeId>,
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Graph {
        Graph::default()
    }

    /// The node with the given id.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// Every id, operands before users.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    /// Appends a node.
    pub fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() as u32 - 1)
    }

    /// The dtypes of a node's operands.
    pub fn input_dtypes(&self, id: NodeId) -> SmallVec<[DType; 3]> {
        self.node(id).inputs.iter().map(|input| self.node(*input).dtype).collect()
    }

    /// The number of inputs that the graph expects: one more than the highest number used.
    pub fn n_inputs(&self) -> usize {
        self.nodes
            .iter()
            .filter_map(|node| node.op.input())
            .max()
            .map_or(0, |last| last as usize + 1)
    }

    /// The users of each node, in order; a user that takes a value twice stands there twice.
    pub fn users(&self) -> Vec<Vec<NodeId>> {
        let mut users = vec![Vec::new(); self.nodes.len()];
        for id in self.ids() {
            for input in &self.node(id).inputs {
                users[input.index()].push(id);
            }
        }
        users
    }
}
