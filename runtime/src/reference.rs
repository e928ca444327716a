//! The reference interpreter: slow, obvious, and the law.
//!
//! Every node is computed in full, one element after the other, as a list of bits in C
//! order. Elementwise nodes evaluate the lane program of their table row; reductions follow
//! [`jitney_ir::reduction::reduce`] to the letter. Nothing here is shared with the optimizer
//! or the code generator but the tables and the lane programs.

use crate::context::{Context, Stop};
use crate::eval::Values;
use crate::exec::{self, Budget, out_of_memory};
use crate::value::Places;
use crate::{Error, Value};
use jitney_ir::graph::{Graph, Layout, Node, NodeId, Op, View};
use jitney_ir::lanes::{Builder, Evaluator, LaneType, Program};
use jitney_ir::ops::{Lanes, Reduction};
use jitney_ir::reduction::Meeting;
use jitney_ir::shape::Dims;
use jitney_ir::{DType, Scalar, Shape, reduction, with_element};
use smallvec::{SmallVec, smallvec};

/// The bits of a node's elements in C order.
pub(crate) type Elements = Vec<u64>;

/// The values of the graph's outputs.
///
/// # Errors
/// A limit of the context, or memory that the system refuses.
pub(crate) fn run(graph: &Graph, inputs: &[Value], context: &Context) -> Result<Values, Error> {
    let mut budget = Budget(context.max_memory);
    let mut pace = Pace::new(&context.stop);
    let mut last_use = vec![0; graph.nodes.len()];
    for id in graph.ids() {
        graph.node(id).inputs.iter().for_each(|input| last_use[input.index()] = id.index());
    }
    graph.outputs.iter().for_each(|output| last_use[output.index()] = usize::MAX);
    let mut values: Vec<Elements> = Vec::with_capacity(graph.nodes.len());
    for id in graph.ids() {
        let node = graph.node(id);
        context.stop.check()?;
        let needed = bytes(graph, node);
        budget.take(needed)?;
        check_available(needed)?;
        let operands: Vec<&[u64]> =
            node.inputs.iter().map(|input| values[input.index()].as_slice()).collect();
        values.push(compute(graph, id, &operands, inputs, &mut pace)?);
        for input in &node.inputs {
            if last_use[input.index()] == id.index() {
                budget.give_back(bytes(graph, graph.node(*input)));
                values[input.index()] = Elements::new();
            }
        }
    }
    let output =
        |id: &NodeId| to_value(graph.node(*id), &values[id.index()], &mut budget, &mut pace);
    graph.outputs.iter().map(output).collect()
}

/// The lengths of a node's results: of several, one list follows the other.
fn results(graph: &Graph, node: &Node) -> SmallVec<[usize; 2]> {
    let Op::Call(call) = node.op else { return smallvec![node.shape.len()] };
    let operands = node.inputs.iter().map(|input| graph.node(*input));
    let operands: SmallVec<[_; 2]> = operands.map(|node| (node.dtype, &node.shape)).collect();
    // The graph has been verified: calls have types.
    let types = call.infer(&operands).unwrap_or_default();
    types.iter().map(|(_, shape)| shape.len()).collect()
}

/// What the interpreter needs for a node: a word per element.
fn bytes(graph: &Graph, node: &Node) -> usize {
    let len = results(graph, node).into_iter().fold(0, usize::saturating_add);
    len.saturating_mul(size_of::<u64>())
}

/// Asks the system for as much memory as a node will take: what follows cannot fail.
fn check_available(bytes: usize) -> Result<(), Error> {
    let refused = |_| out_of_memory(bytes);
    Elements::new().try_reserve_exact(bytes / size_of::<u64>()).map_err(refused)
}

/// An operand of a library call.
pub(crate) struct Operand<'a> {
    pub node: &'a Node,
    pub bits: &'a [u64],
}

/// Asks every so many elements whether the host wants to stop.
pub(crate) struct Pace<'a> {
    stop: &'a Stop,
    left: usize,
}

impl<'a> Pace<'a> {
    /// Elements of the longest program of a table's row take some milliseconds.
    const ELEMENTS: usize = 1 << 12;

    fn new(stop: &'a Stop) -> Pace<'a> {
        Pace { stop, left: Pace::ELEMENTS }
    }

    pub fn step(&mut self) -> Result<(), Error> {
        if self.left > 0 {
            self.left -= 1;
            return Ok(());
        }
        self.left = Pace::ELEMENTS;
        self.stop.check()
    }

    /// So many items, one after the other.
    pub fn list<T>(&mut self, n: usize, items: impl Iterator<Item = T>) -> Result<Vec<T>, Error> {
        let mut list = Vec::with_capacity(n);
        for item in items {
            self.step()?;
            list.push(item);
        }
        Ok(list)
    }
}

fn compute(
    graph: &Graph,
    id: NodeId,
    operands: &[&[u64]],
    inputs: &[Value],
    pace: &mut Pace<'_>,
) -> Result<Elements, Error> {
    let node = graph.node(id);
    let len = node.shape.len();
    match &node.op {
        Op::Input(number) => {
            pace.list(len, inputs[*number as usize].scalars().map(|scalar| scalar.bits))
        }
        Op::Constant(scalar) => Ok(vec![scalar.bits]),
        Op::Iota => pace.list(len, 0..len as u64),
        Op::Elementwise(op) => map(&op.program(&graph.input_dtypes(id)), operands, pace),
        Op::Reduce(reduction, axes) => {
            let shape = &graph.node(node.inputs[0]).shape;
            reduce(*reduction, graph.input_dtypes(id)[0], axes, shape, operands[0], pace)
        }
        Op::View(view) => {
            let source = Layout::contiguous(&graph.node(node.inputs[0]).shape, 1);
            let layout = source.view(view, &node.shape).unwrap_or(source);
            pace.list(len, Places::new(&layout).map(|place| operands[0][place as usize]))
        }
        Op::Concat(axis) => concat(graph, node, *axis, operands, pace),
        Op::Update(axes) => {
            let view = View::Slice(axes.clone());
            let shape = &graph.node(node.inputs[1]).shape;
            let mut elements = pace.list(len, operands[0].iter().copied())?;
            if let Some(layout) = Layout::contiguous(&node.shape, 1).view(&view, shape) {
                for (place, bits) in Places::new(&layout).zip(operands[1]) {
                    pace.step()?;
                    elements[place as usize] = *bits;
                }
            }
            Ok(elements)
        }
        Op::Call(call) => {
            let typed = node.inputs.iter().zip(operands);
            let typed = typed.map(|(id, bits)| Operand { node: graph.node(*id), bits });
            Ok(exec::reference(*call, &typed.collect::<Vec<_>>(), pace)?.concat())
        }
        Op::Output(number) => {
            let all = results(graph, graph.node(node.inputs[0]));
            let before = all.into_iter().take(usize::from(*number)).sum::<usize>();
            pace.list(len, operands[0][before..].iter().take(len).copied())
        }
    }
}

fn map(program: &Program, operands: &[&[u64]], pace: &mut Pace<'_>) -> Result<Elements, Error> {
    let mut evaluator = Evaluator::new(program);
    let mut params = vec![0; operands.len()];
    let elements = (0..operands[0].len()).map(|i| {
        params.iter_mut().zip(operands).for_each(|(param, operand)| *param = operand[i]);
        evaluator.run(&params);
        evaluator.result(0)
    });
    pace.list(operands[0].len(), elements)
}

fn reduce(
    op: Reduction,
    dtype: DType,
    axes: &[usize],
    shape: &Shape,
    operand: &[u64],
    pace: &mut Pace<'_>,
) -> Result<Elements, Error> {
    let [accumulation, combination] =
        [Meeting::Accumulate, Meeting::Combine].map(|how| op.program(how, dtype));
    let mut accumulate = Evaluator::new(&accumulation);
    let mut combine = Evaluator::new(&combination);
    let finish = finish_program(op, dtype);
    let mut finish = Evaluator::new(&finish);
    let neutral = |(lane, dtype)| op.identity(lane, dtype).bits;
    let neutral: Lanes<u64> = op.state(dtype).into_iter().enumerate().map(neutral).collect();
    let full = Layout::contiguous(shape, 1);
    let pick = |keep: bool, offset: isize| {
        let axes = (0..shape.rank()).filter(|axis| axes.contains(axis) != keep);
        let axes: Dims<usize> = axes.collect();
        let strides = axes.iter().map(|&axis| full.strides[axis]).collect();
        Layout { shape: shape.select(&axes), strides, offset }
    };
    let (mut results, mut params) = (Elements::new(), Vec::new());
    for row in Places::new(&pick(true, 0)) {
        let layout = pick(false, row);
        // An element, and its index where there is a lane for it.
        let state = |(index, place): (usize, isize)| {
            let lanes = [operand[place as usize], index as u64];
            Lanes::from_slice(&lanes[..op.n_lanes()])
        };
        let places = Places::new(&layout).enumerate();
        let states: Vec<Lanes<u64>> = pace.list(layout.shape.len(), places.map(state))?;
        let combined = reduction::try_reduce(&states, neutral.clone(), |how, x, y| {
            pace.step()?;
            let evaluator = match how {
                Meeting::Accumulate => &mut accumulate,
                Meeting::Combine => &mut combine,
            };
            params.clear();
            params.extend(x.into_iter().chain(y));
            evaluator.run(&params);
            Ok((0..op.n_lanes()).map(|lane| evaluator.result(lane)).collect())
        })?;
        pace.step()?;
        finish.run(&[combined[op.result_lane()]]);
        let nothing = op.of_nothing(op.result(dtype)).filter(|_| states.is_empty());
        results.push(nothing.map_or(finish.result(0), |scalar| scalar.bits));
    }
    Ok(results)
}

/// The program that makes the result of the state of all elements.
fn finish_program(op: Reduction, dtype: DType) -> Program {
    let mut b = Builder::new();
    let lane = b.param(LaneType::of(op.result(dtype)));
    let result = op.finish(&mut b, lane);
    b.finish(&[result])
}

fn concat(
    graph: &Graph,
    node: &Node,
    axis: usize,
    operands: &[&[u64]],
    pace: &mut Pace<'_>,
) -> Result<Elements, Error> {
    // Blocks of the axes from `axis` on stand together; operands take turns.
    let outer: usize = node.shape.extents()[..axis].iter().product();
    let block = |id: &NodeId| graph.node(*id).shape.extents()[axis..].iter().product::<usize>();
    let blocks: Vec<usize> = node.inputs.iter().map(block).collect();
    let parts = (0..outer).flat_map(|i| {
        let parts = operands.iter().zip(&blocks);
        parts.flat_map(move |(operand, block)| &operand[i * block..(i + 1) * block])
    });
    pace.list(node.shape.len(), parts.copied())
}

fn to_value(
    node: &Node,
    elements: &[u64],
    budget: &mut Budget,
    pace: &mut Pace<'_>,
) -> Result<Value, Error> {
    fn typed<T: crate::Element>(
        node: &Node,
        bits: &[u64],
        budget: &mut Budget,
        pace: &mut Pace<'_>,
    ) -> Result<Value, Error> {
        let bytes = bits.len().saturating_mul(size_of::<T>());
        budget.take(bytes)?;
        let mut elements = Vec::new();
        elements.try_reserve_exact(bits.len()).map_err(|_| out_of_memory(bytes))?;
        let element = |bits: &u64| T::from_scalar(Scalar { dtype: node.dtype, bits: *bits });
        for bits in bits {
            pace.step()?;
            elements.push(element(bits));
        }
        Value::from_vec(elements, &node.shape)
    }
    with_element!(node.dtype, T => typed::<T>(node, elements, budget, pace))
}
