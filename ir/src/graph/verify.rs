//! What must hold of an array graph.
//!
//! * Operands stand before their users; outputs exist.
//! * Leaves have no operand; a constant is 0-d and of its scalar's dtype; an iota is one
//!   axis of `int64`.
//! * An elementwise node has the operands its table row names, all of its own shape, with
//!   dtypes that its signature leaves alone, and the result dtype of that signature.
//! * A view keeps the dtype, and its parameters fit both shapes.
//! * A reduction's axes are sorted, distinct, in range and dropped; it keeps the dtype, and
//!   `any` and `all` are of bool.
//! * Concatenated operands differ in one axis at most and add up.
//! * A call has the operands that its row asks for, and the type of its first result. If it has
//!   several results, only outputs read it, and an output has the type of the result it is.
//! * An update keeps its base's dtype and shape; its value has that dtype and the shape of
//!   what its slice picks, which walks forwards.
//! * Every value has at most `isize::MAX` bytes, extents of zero left out.

use super::{Class, Graph, Node, NodeId, Op, SliceAxis, View};
use crate::dtype::DType;
use crate::ops::{Call, Elementwise, Reduction, Types};
use crate::shape::{Dims, Shape};
use std::fmt;

/// The first broken invariant of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError {
    /// The offending node; `None` for the outputs.
    pub at: Option<NodeId>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(node) => write!(f, "%{}: {}", node.0, self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for VerifyError {}

type Check = Result<(), String>;

fn ensure(holds: bool, message: &str) -> Check {
    if holds { Ok(()) } else { Err(message.to_owned()) }
}

impl Graph {
    /// Checks the module's invariants.
    ///
    /// # Errors
    /// The first one that is broken.
    pub fn verify(&self) -> Result<(), VerifyError> {
        self.ids().try_for_each(|id| self.verify_node(id))?;
        self.verify_outputs()
    }

    /// Checks what the module says of one node, for who has other things to do between two.
    ///
    /// # Errors
    /// If it does not hold.
    pub fn verify_node(&self, id: NodeId) -> Result<(), VerifyError> {
        self.check_node(id).map_err(|message| VerifyError { at: Some(id), message })
    }

    /// Checks that the results are values.
    ///
    /// # Errors
    /// If one is not.
    pub fn verify_outputs(&self) -> Result<(), VerifyError> {
        for id in &self.outputs {
            let message = match self.nodes.get(id.index()) {
                Some(node) if is_several(node) => format!("output %{} is several results", id.0),
                Some(_) => continue,
                None => format!("no output %{}", id.0),
            };
            return Err(VerifyError { at: None, message });
        }
        Ok(())
    }

    fn check_node(&self, id: NodeId) -> Check {
        let node = self.node(id);
        // This makes the graph acyclic, and every walk over it a loop over ids.
        ensure(node.inputs.iter().all(|input| *input < id), "an operand is not defined before")?;
        node.shape.bytes(node.dtype.size()).map_err(|error| error.to_string())?;
        let inputs: Vec<&Node> = node.inputs.iter().map(|input| self.node(*input)).collect();
        if node.op.class() != Class::Output {
            ensure(inputs.iter().all(|input| !is_several(input)), "an operand is several results")?;
        }
        match &node.op {
            Op::Input(_) => ensure(inputs.is_empty(), "an input has no operand"),
            Op::Constant(scalar) => {
                ensure(inputs.is_empty() && node.shape.rank() == 0, "a constant is 0-d")?;
                ensure(scalar.dtype == node.dtype, "a constant has its scalar's dtype")
            }
            Op::Iota => {
                ensure(inputs.is_empty() && node.shape.rank() == 1, "an iota has one axis")?;
                ensure(node.dtype == DType::I64, "an iota is of int64")
            }
            Op::Elementwise(op) => elementwise(*op, node, &inputs),
            Op::Concat(axis) => concat(*axis, node, &inputs),
            Op::Update(axes) => {
                ensure(inputs.len() == 2, "an update has a base and a value")?;
                update(axes, node, inputs[0], inputs[1])
            }
            Op::Call(call) => {
                let types = results(call, &inputs)?;
                ensure(types[0] == (node.dtype, node.shape.clone()), "has its first result's type")
            }
            Op::Output(number) => {
                let [Node { op: Op::Call(call), inputs, .. }] = inputs[..] else {
                    return ensure(false, "is a result of a call");
                };
                let inputs: Vec<&Node> = inputs.iter().map(|input| self.node(*input)).collect();
                let types = results(call, &inputs)?;
                ensure(types.len() > 1, "is one of several results")?;
                let own = (node.dtype, node.shape.clone());
                ensure(types.get(usize::from(*number)) == Some(&own), "has its result's type")
            }
            Op::Reduce(reduction, axes) => {
                ensure(inputs.len() == 1, "takes one operand")?;
                reduce(*reduction, axes, node, inputs[0])
            }
            Op::View(kind) => {
                ensure(inputs.len() == 1, "takes one operand")?;
                ensure(node.dtype == inputs[0].dtype, "a view keeps the dtype")?;
                view(kind, &inputs[0].shape, &node.shape)
            }
        }
    }
}

fn elementwise(op: Elementwise, node: &Node, inputs: &[&Node]) -> Check {
    ensure(inputs.len() == op.arity(), "takes as many operands as its row names")?;
    ensure(inputs.iter().all(|input| input.shape == node.shape), "operands have its shape")?;
    let dtypes: Vec<DType> = inputs.iter().map(|input| input.dtype).collect();
    let signature = op.signature(&dtypes).map_err(|error| error.to_string())?;
    // Casts are nodes of their own: the optimizer merges and moves them, and no emitter has to
    // know the rules of promotion.
    ensure(signature.operands.as_slice() == dtypes, "operands are cast before")?;
    ensure(signature.result == node.dtype, "has its signature's dtype")
}

fn reduce(reduction: Reduction, axes: &[usize], node: &Node, input: &Node) -> Check {
    ensure(node.dtype == input.dtype, "a reduction keeps the dtype")?;
    let logical = matches!(reduction, Reduction::Any | Reduction::All);
    ensure(!logical || node.dtype == DType::Bool, "any and all are of bool")?;
    // A reduction of no axis would be a copy, which is no operation of the graph.
    ensure(!axes.is_empty(), "reduces an axis")?;
    ensure(axes.windows(2).all(|pair| pair[0] < pair[1]), "axes are sorted")?;
    ensure(axes.iter().all(|axis| *axis < input.shape.rank()), "axes are in range")?;
    ensure(node.shape == input.shape.without(axes), "drops its axes")
}

fn view(view: &View, from: &Shape, to: &Shape) -> Check {
    match view {
        View::Reshape => ensure(from.len() == to.len(), "a reshape keeps the elements"),
        View::Broadcast => ensure(from.broadcasts_to(to), "broadcasts to its shape"),
        View::Transpose(perm) => {
            let mut seen: Vec<usize> = perm.to_vec();
            seen.sort_unstable();
            let all: Vec<usize> = (0..from.rank()).collect();
            ensure(seen == all, "a transpose permutes all axes")?;
            let extents = perm.iter().map(|&axis| from.extents()[axis]);
            ensure(extents.eq(to.extents().iter().copied()), "has the permuted shape")
        }
        View::Slice(axes) => {
            ensure(axes.len() == from.rank() && to.rank() == from.rank(), "slices every axis")?;
            // The last element is checked in 128 bits: start + step * (len - 1) may overflow what it is
            // to be compared with.
            let lengths = to.extents().iter().zip(from.extents());
            let in_range = axes.iter().zip(lengths).all(|(axis, (&len, &extent))| {
                let last = axis.start as i128 + axis.step as i128 * (len as i128 - 1);
                len == 0 || (axis.start < extent && (0..extent as i128).contains(&last))
            });
            ensure(in_range, "slices inside its operand")
        }
    }
}

fn concat(axis: usize, node: &Node, inputs: &[&Node]) -> Check {
    ensure(!inputs.is_empty() && axis < node.shape.rank(), "has operands and the axis")?;
    let mut extents = inputs.iter().map(|i| i.shape.extents().get(axis).copied().unwrap_or(0));
    let total = extents.try_fold(0, usize::checked_add);
    ensure(total == Some(node.shape.extents()[axis]), "extents along the axis add up")?;
    let fits = |input: &&Node| {
        input.dtype == node.dtype && input.shape.with_ones(&[axis]) == node.shape.with_ones(&[axis])
    };
    ensure(inputs.iter().all(fits), "operands agree in dtype and other axes")
}

fn update(axes: &Dims<SliceAxis>, node: &Node, base: &Node, value: &Node) -> Check {
    ensure(base.dtype == node.dtype && base.shape == node.shape, "an update keeps its base")?;
    ensure(value.dtype == node.dtype, "an update's value has its dtype")?;
    ensure(axes.iter().all(|axis| axis.step > 0), "an update walks forwards")?;
    view(&View::Slice(axes.clone()), &base.shape, &value.shape)
}

fn results(call: &Call, inputs: &[&Node]) -> Result<Types, String> {
    let operands: Vec<_> = inputs.iter().map(|input| (input.dtype, &input.shape)).collect();
    call.infer(&operands)
}

/// Whether a node is no value, for it stands for several.
fn is_several(node: &Node) -> bool {
    matches!(node.op, Op::Call(call) if call.results().len() > 1)
}
