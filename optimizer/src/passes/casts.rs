//! Casts that change nothing, and chains of casts in which a link may be left out.

use super::rebuild::{Rewritten, rebuild};
use crate::monitor::Meter;
use jitney_ir::graph::{Graph, Node, NodeId, Op};
use jitney_ir::ops::Elementwise;
use jitney_ir::{DType, Kind};

/// Operands come first, so what a cast finds behind it has been shortened already.
pub(super) fn shorten_casts(graph: Graph, meter: &mut Meter<'_>) -> Rewritten {
    rebuild(graph, meter, |graph, mut node| {
        if !is_cast(&node) {
            return graph.push(node);
        }
        loop {
            let source = node.inputs[0];
            if graph.node(source).dtype == node.dtype {
                return source;
            }
            match link_to_skip(graph, &node) {
                Some(behind) => node.inputs[0] = behind,
                None => return graph.push(node),
            }
        }
    })
}

fn is_cast(node: &Node) -> bool {
    matches!(node.op, Op::Elementwise(Elementwise::Cast(_)))
}

/// The operand of a cast's operand, where casting it directly gives the same bits.
fn link_to_skip(graph: &Graph, node: &Node) -> Option<NodeId> {
    let middle = graph.node(node.inputs[0]);
    if !is_cast(middle) {
        return None;
    }
    let source = middle.inputs[0];
    can_skip(graph.node(source).dtype, middle.dtype, node.dtype).then_some(source)
}

/// Whether casting `from` to `to` gives the same bits with and without `middle` in between.
///
/// `int16` to `float64` to `float32` needs no `float64`; `float64` to `float32` to `float64` needs
/// its `float32`, which rounds; and `int8` to `uint8` to `int16` makes 255 of -1 where `int8` to
/// `int16` would keep it.
fn can_skip(from: DType, middle: DType, to: DType) -> bool {
    if to == DType::Bool && is_nonzero_kept(from, middle) {
        return true;
    }
    // What is left of an integer when it was only ever cut or sign-extended: its low bits.
    if from.is_int() && middle.is_int() && to.is_int() && to.size() <= middle.size() {
        return true;
    }
    holds_exactly(from, middle) && !wraps_only_as_integer(from, middle, to)
}

/// Whether every value of `from` is a value of `middle`.
fn holds_exactly(from: DType, middle: DType) -> bool {
    // NumPy calls 64-bit integers to float64 safe, though it rounds.
    let rounds = middle.kind() == Kind::Float && from.is_int() && from.size() == 8;
    from.promote(middle) == middle && !rounds
}

/// Whether zero, and nothing else, becomes zero. Rounding an integer never makes it zero. Cutting
/// 0.5 to an integer does, and so does rounding the least `float64` to `float32`.
fn is_nonzero_kept(from: DType, middle: DType) -> bool {
    let widened = from.is_int() && middle.is_int() && from.size() <= middle.size();
    let rounded = from.is_int() && middle.kind() == Kind::Float;
    widened || rounded || holds_exactly(from, middle)
}

/// Whether `to` can be out of range, which wraps coming from an integer but not coming from
/// a float: `uint32` does not fit the `int32` through which floats become small integers.
fn wraps_only_as_integer(from: DType, middle: DType, to: DType) -> bool {
    from == DType::U32
        && middle.kind() == Kind::Float
        && to.is_int()
        && to.size() <= 4
        && to != DType::U32
}
