//! The reference interpreter: slow, obvious, and the law.
//!
//! Every node is computed in full, one element after the other, as a list of bits in C
//! order. Elementwise nodes evaluate the lane program of their table row; reductions follow
//! [`jitney_ir::reduction::reduce`] to the letter. Nothing here is shared with the optimizer
//! or the code generator but the tables and the lane programs.

use crate::context::Context;
use crate::eval::Values;
use crate::exec::{Budget, out_of_memory};
use crate::{Error, Value};
use jitney_ir::graph::{Graph, Layout, Node, NodeId, Op, View};
use jitney_ir::lanes::{Builder, Evaluator, LaneType, Program};
use jitney_ir::ops::{Elementwise, Reduction, cast};
use jitney_ir::product::Order;
use jitney_ir::shape::Dims;
use jitney_ir::{DType, Scalar, Shape, reduction};

/// The bits of a node's elements in C order.
type Elements = Vec<u64>;

/// The values of the graph's outputs.
///
/// # Errors
/// A limit of the context, or memory that the system refuses.
pub(crate) fn run(graph: &Graph, inputs: &[Value], context: &Context) -> Result<Values, Error> {
    let mut budget = Budget(context.max_memory);
    let mut last_use = vec![0; graph.nodes.len()];
    for id in graph.ids() {
        graph.node(id).inputs.iter().for_each(|input| last_use[input.index()] = id.index());
    }
    graph.outputs.iter().for_each(|output| last_use[output.index()] = usize::MAX);
    let mut values: Vec<Elements> = Vec::with_capacity(graph.nodes.len());
    for id in graph.ids() {
        let node = graph.node(id);
        context.stop.check()?;
        budget.take(bytes(node))?;
        check_available(node)?;
        let operands: Vec<&[u64]> =
            node.inputs.iter().map(|input| values[input.index()].as_slice()).collect();
        let value = compute(graph, id, &operands, inputs);
        values.push(value);
        for input in &node.inputs {
            if last_use[input.index()] == id.index() {
                budget.give_back(bytes(graph.node(*input)));
                values[input.index()] = Elements::new();
            }
        }
    }
    let output = |id: &NodeId| to_value(graph.node(*id), &values[id.index()], &mut budget);
    graph.outputs.iter().map(output).collect()
}

/// What the interpreter needs for a node: a word per element.
fn bytes(node: &Node) -> usize {
    node.shape.len().saturating_mul(size_of::<u64>())
}

/// Asks the system for as much memory as the node will take: what follows cannot fail.
fn check_available(node: &Node) -> Result<(), Error> {
    let refused = |_| out_of_memory(bytes(node));
    Elements::new().try_reserve_exact(node.shape.len()).map_err(refused)
}

fn compute(graph: &Graph, id: NodeId, operands: &[&[u64]], inputs: &[Value]) -> Elements {
    let node = graph.node(id);
    match &node.op {
        Op::Input(number) => inputs[*number as usize].scalars().map(|s| s.bits).collect(),
        Op::Constant(scalar) => vec![scalar.bits],
        Op::Iota => (0..node.shape.len() as u64).collect(),
        Op::Elementwise(op) => map(&op.program(&graph.input_dtypes(id)), operands),
        Op::Cast => map(&cast::program(graph.input_dtypes(id)[0], node.dtype), operands),
        Op::Reduce(reduction, axes) => {
            reduce(*reduction, node.dtype, axes, &graph.node(node.inputs[0]).shape, operands[0])
        }
        Op::View(view) => {
            let source = Layout::contiguous(&graph.node(node.inputs[0]).shape, 1);
            let layout = source.view(view, &node.shape).unwrap_or(source);
            crate::value::Places::new(&layout).map(|place| operands[0][place as usize]).collect()
        }
        Op::Concat(axis) => concat(graph, node, *axis, operands),
        Op::Update(axes) => {
            let view = View::Slice(axes.clone());
            let shape = &graph.node(node.inputs[1]).shape;
            let mut elements = operands[0].to_vec();
            if let Some(layout) = Layout::contiguous(&node.shape, 1).view(&view, shape) {
                let places = crate::value::Places::new(&layout);
                places.zip(operands[1]).for_each(|(place, bits)| elements[place as usize] = *bits);
            }
            elements
        }
        Op::MatMul => matmul(graph, node, operands),
    }
}

fn map(program: &Program, operands: &[&[u64]]) -> Elements {
    let mut evaluator = Evaluator::new(program);
    let mut params = vec![0; operands.len()];
    (0..operands[0].len())
        .map(|i| {
            params.iter_mut().zip(operands).for_each(|(param, operand)| *param = operand[i]);
            evaluator.run(&params);
            evaluator.result(0)
        })
        .collect()
}

/// The program that combines two partial results.
pub(crate) fn combine_program(reduction: Reduction, dtype: DType) -> Program {
    let mut b = Builder::new();
    let ty = LaneType::of(dtype);
    let (x, y) = (b.param(ty), b.param(ty));
    let result = reduction.combine(&mut b, dtype, x, y);
    b.finish(&[result])
}

fn reduce(op: Reduction, dtype: DType, axes: &[usize], shape: &Shape, operand: &[u64]) -> Elements {
    let program = combine_program(op, dtype);
    let mut evaluator = Evaluator::new(&program);
    let identity = op.identity(dtype).bits;
    let full = Layout::contiguous(shape, 1);
    let pick = |keep: bool, offset: isize| {
        let axes = (0..shape.rank()).filter(|axis| axes.contains(axis) != keep);
        let axes: Dims<usize> = axes.collect();
        let strides = axes.iter().map(|&axis| full.strides[axis]).collect();
        Layout { shape: shape.select(&axes), strides, offset }
    };
    let rows: Vec<isize> = crate::value::Places::new(&pick(true, 0)).collect();
    rows.into_iter()
        .map(|row| {
            let layout = pick(false, row);
            let sequence: Elements =
                crate::value::Places::new(&layout).map(|place| operand[place as usize]).collect();
            if sequence.is_empty() {
                return op.of_nothing(dtype).map_or(identity, |scalar| scalar.bits);
            }
            reduction::reduce(&sequence, identity, |x, y| {
                evaluator.run(&[x, y]);
                evaluator.result(0)
            })
        })
        .collect()
}

fn concat(graph: &Graph, node: &Node, axis: usize, operands: &[&[u64]]) -> Elements {
    // Blocks of the axes from `axis` on stand together; operands take turns.
    let outer: usize = node.shape.extents()[..axis].iter().product();
    let block = |id: &NodeId| graph.node(*id).shape.extents()[axis..].iter().product::<usize>();
    let blocks: Vec<usize> = node.inputs.iter().map(block).collect();
    let mut elements = Elements::with_capacity(node.shape.len());
    for i in 0..outer {
        for (operand, block) in operands.iter().zip(&blocks) {
            elements.extend_from_slice(&operand[i * block..(i + 1) * block]);
        }
    }
    elements
}

/// Products and sums one by one, in the order of the product.
fn matmul(graph: &Graph, node: &Node, operands: &[&[u64]]) -> Elements {
    let rank = node.shape.rank();
    let (m, n) = (node.shape.extents()[rank - 2], node.shape.extents()[rank - 1]);
    let k = graph.node(node.inputs[0]).shape.extents()[rank - 1];
    let order = Order::of(m, k, n);
    let times = Elementwise::Multiply.program(&[node.dtype; 2]);
    let plus = combine_program(Reduction::Sum, node.dtype);
    let (mut times, mut plus) = (Evaluator::new(&times), Evaluator::new(&plus));
    let mut products = vec![0; k];
    (0..node.shape.len())
        .map(|flat| {
            let (batch, i, j) = (flat / (m * n), flat / n % m, flat % n);
            for (l, product) in products.iter_mut().enumerate() {
                let (row, column) = ((batch * m + i) * k + l, (batch * k + l) * n + j);
                times.run(&[operands[0][row], operands[1][column]]);
                *product = times.result(0);
            }
            order.sum(&products, Scalar::from_f64(node.dtype, 0.0).bits, |x, y| {
                plus.run(&[x, y]);
                plus.result(0)
            })
        })
        .collect()
}

fn to_value(node: &Node, elements: &[u64], budget: &mut Budget) -> Result<Value, Error> {
    fn typed<T: crate::Element>(
        node: &Node,
        bits: &[u64],
        budget: &mut Budget,
    ) -> Result<Value, Error> {
        let bytes = bits.len().saturating_mul(size_of::<T>());
        budget.take(bytes)?;
        let mut elements = Vec::new();
        elements.try_reserve_exact(bits.len()).map_err(|_| out_of_memory(bytes))?;
        let element = |bits: &u64| T::from_scalar(Scalar { dtype: node.dtype, bits: *bits });
        elements.extend(bits.iter().map(element));
        Value::from_vec(elements, &node.shape)
    }
    match node.dtype {
        DType::Bool => typed::<bool>(node, elements, budget),
        DType::I8 => typed::<i8>(node, elements, budget),
        DType::I16 => typed::<i16>(node, elements, budget),
        DType::I32 => typed::<i32>(node, elements, budget),
        DType::I64 => typed::<i64>(node, elements, budget),
        DType::U8 => typed::<u8>(node, elements, budget),
        DType::U16 => typed::<u16>(node, elements, budget),
        DType::U32 => typed::<u32>(node, elements, budget),
        DType::U64 => typed::<u64>(node, elements, budget),
        DType::F32 => typed::<f32>(node, elements, budget),
        DType::F64 => typed::<f64>(node, elements, budget),
    }
}
