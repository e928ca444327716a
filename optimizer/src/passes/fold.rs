//! Computes at once what depends on literals alone.
//!
//! Literals go through the same lane programs as arrays do, so the folded value has the bits
//! that the unfolded graph would have given. An array filled with a literal stays a broadcast
//! of one.
//!
//! Most literals have become inputs before a graph gets here, so that graphs that differ in them
//! share a plan; what is left are those that rules name ([`super::is_special`]) and what rules
//! and casts make of them.

use super::rebuild::{Rewritten, fill, literal, push_view, rebuild};
use crate::monitor::Meter;
use jitney_ir::graph::{Graph, Node, NodeId, Op, View};
use jitney_ir::lanes::{Evaluator, Program};
use jitney_ir::ops::{Elementwise, Reduction};
use jitney_ir::{DType, Scalar};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

pub(super) fn fold_constants(graph: Graph, meter: &mut Meter<'_>) -> Rewritten {
    let mut folder = Folder::default();
    rebuild(graph, meter, |graph, node| {
        if let Some(scalar) = folder.fold(graph, &node) {
            return fill(graph, scalar, &node.shape);
        }
        // Reshaped and not handed back: a reduction over axes of one element drops them.
        match trivial_reduction(graph, &node) {
            Some(Trivial::Fill(scalar)) => fill(graph, scalar, &node.shape),
            Some(Trivial::Same(id)) => push_view(graph, View::Reshape, id, node.shape),
            None => graph.push(node),
        }
    })
}

/// An elementwise operation with the dtypes of its operands.
type Signature = (Elementwise, SmallVec<[DType; 3]>);

/// Evaluates elementwise nodes on literals, keeping the programs it has built.
#[derive(Default)]
pub(super) struct Folder {
    programs: FxHashMap<Signature, Program>,
}

impl Folder {
    /// The value of an elementwise node all of whose operands are filled with literals.
    pub fn fold(&mut self, graph: &Graph, node: &Node) -> Option<Scalar> {
        let Op::Elementwise(op) = node.op else { return None };
        let mut operands: SmallVec<[u64; 3]> = SmallVec::new();
        let mut dtypes: SmallVec<[DType; 3]> = SmallVec::new();
        for input in &node.inputs {
            let scalar = literal(graph, *input)?;
            operands.push(scalar.bits);
            dtypes.push(scalar.dtype);
        }
        let program = self.programs.entry((op, dtypes));
        let program = program.or_insert_with_key(|(op, dtypes)| op.program(dtypes));
        let mut evaluator = Evaluator::new(program);
        evaluator.run(&operands);
        Some(Scalar::from_bits(node.dtype, evaluator.result(0)))
    }
}

/// What a reduction without work comes to.
enum Trivial {
    /// Every element is this.
    Fill(Scalar),
    /// The elements of this node, in order.
    Same(NodeId),
}

/// What a reduction comes to that combines nothing, or equal things to themselves.
fn trivial_reduction(graph: &Graph, node: &Node) -> Option<Trivial> {
    let Op::Reduce(reduction, axes) = &node.op else { return None };
    let operand = graph.node(node.inputs[0]);
    let n_combined = operand.shape.select(axes).len();
    match (n_combined, reduction) {
        (0, _) => reduction.of_nothing(node.dtype).map(Trivial::Fill),
        // The identity is neutral to the bit, so one element reduces to itself.
        (1, _) => Some(Trivial::Same(node.inputs[0])),
        // Many times the same: these give it back. A sum of many is left to the kernel,
        // whose order of additions decides the bits.
        (_, Reduction::Min | Reduction::Max | Reduction::Any | Reduction::All) => {
            literal(graph, node.inputs[0]).map(Trivial::Fill)
        }
        (_, Reduction::Sum | Reduction::Prod) => None,
    }
}
