//! Graphs on values worth trying, by the reference interpreter.

use jitney_ir::graph::{Graph, Layout, NodeId, Op};
use jitney_ir::{DType, Kind, Scalar, Shape};
use jitney_runtime::buffer::Buffer;
use jitney_runtime::{Expr, ExprInput, Mode, Value, eval, with_mode};
use std::sync::Arc;

/// Values at which identities break: zeros of both signs, NaN, infinities, subnormals,
/// extremes, halves, powers of two where other dtypes end.
pub fn spicy(dtype: DType) -> Vec<Scalar> {
    let (low, high) = dtype.int_range();
    match dtype.kind() {
        Kind::Bool => vec![Scalar::bool(false), Scalar::bool(true)],
        Kind::Signed | Kind::Unsigned => {
            let near = [0, 1, 2, 3, 5, 31, 100, 127, 128, 255, 256, 1 << 24, (1 << 24) + 1];
            let far = [1 << 31, (1 << 31) - 1, (1 << 53) + 1, (1 << 63) - 513, high - 1, high];
            let positive = near.into_iter().chain(far);
            let values = positive.clone().chain(positive.map(|v: i128| -v)).chain([low, low + 1]);
            let mut values: Vec<i128> = values.filter(|v| (low..=high).contains(v)).collect();
            values.sort_unstable();
            values.dedup();
            values.into_iter().map(|v| Scalar::from_i128(dtype, v)).collect()
        }
        Kind::Float => {
            let single = dtype == DType::F32;
            let tiny = if single { f64::from(f32::from_bits(1)) } else { f64::from_bits(1) };
            let normal = if single { f64::from(f32::MIN_POSITIVE) } else { f64::MIN_POSITIVE };
            let max = if single { f64::from(f32::MAX) } else { f64::MAX };
            let values = [
                0.0,
                0.5,
                1.0,
                1.5,
                2.0,
                2.5,
                3.0,
                0.1,
                1e-5,
                1e5,
                8_388_609.0,
                2147483648.0,
                9.3e18,
                1e30,
                tiny,
                3.0 * tiny,
                normal - tiny,
                normal,
                max,
                max / 2.0,
                f64::INFINITY,
                f64::NAN,
            ];
            values.iter().flat_map(|v| [*v, -v]).map(|v| Scalar::from_f64(dtype, v)).collect()
        }
    }
}

/// The bits that are promised: a NaN is a NaN.
pub fn promised_bits(scalar: Scalar) -> Option<u64> {
    (!scalar.is_nan()).then_some(scalar.bits)
}

/// An array of the shape with the given elements over and over, from the given one on.
fn cycled(dtype: DType, shape: &Shape, elements: &[Scalar], first: usize) -> Value {
    let words = elements.iter().map(|scalar| scalar.bits).cycle().skip(first % elements.len());
    let words: Vec<u64> = words.take(shape.len()).collect();
    // Each element is the low end of a word of its own.
    let offset = if cfg!(target_endian = "big") { 8 - dtype.size() as isize } else { 0 };
    let layout = Layout { offset, ..Layout::contiguous(shape, 8) };
    Value::new(Buffer::from_vec(words), dtype, layout).expect("as many words as elements")
}

/// What the outputs of a graph are by the reference, its inputs being spicy: elements of
/// input `n` start at spicy value `n * stride`, so that different pairs meet.
pub fn outputs(graph: &Graph, stride: usize) -> Vec<Vec<Option<u64>>> {
    let mut exprs: Vec<Arc<Expr>> = Vec::new();
    for id in graph.ids() {
        let node = graph.node(id);
        exprs.push(if let Op::Input(n) = node.op {
            let first = n as usize * stride;
            Expr::value(cycled(node.dtype, &node.shape, &spicy(node.dtype), first))
        } else {
            let input = |id: &NodeId| ExprInput::Node(Arc::clone(&exprs[id.index()]));
            let inputs = node.inputs.iter().map(input).collect();
            Expr::new(node.op.clone(), inputs, node.dtype, node.shape.clone())
        });
    }
    let roots: Vec<_> = graph.outputs.iter().map(|id| &exprs[id.index()]).collect();
    with_mode(Mode::Reference, || eval(&roots)).expect("a graph evaluates");
    let values = roots.iter().map(|root| root.known_value().expect("it has been evaluated"));
    values.map(|value| value.scalars().map(promised_bits).collect()).collect()
}

/// Fails unless both graphs have the same outputs to the promised bits.
pub fn assert_same(before: &Graph, after: &Graph, what: &str) {
    after.verify().unwrap_or_else(|error| panic!("{what}: {error}\n{after}"));
    for stride in 0..8 {
        let (wanted, found) = (outputs(before, stride), outputs(after, stride));
        assert_eq!(wanted, found, "{what}\nbefore: {before}after: {after}");
    }
}
