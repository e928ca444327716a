//! The plan: buffers, and steps in an order in which each finds what it reads.
//!
//! Every element of every buffer is written once, by one step: parts of a whole are disjoint, and
//! buffers are not used twice. So readers wait for writers and nobody waits for anybody else.
//! Reusing memory is left to the pool, which learns from [`Plan::dying`] what is free when.

use super::assemble;
use crate::fusion::{Groups, Part, PathId, Readable, Target};
use crate::plan::{ArrayRef, BufferId, KernelCall, Place, Plan, ProductCall, Step};
use jitney_ir::graph::{Graph, Layout, NodeId, Op};
use jitney_ir::kernel::AccessKind;
use petgraph::algo::toposort;
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// Buffers of nodes and of what is put together from parts.
struct Buffers {
    by_node: FxHashMap<NodeId, BufferId>,
    sizes: Vec<usize>,
}

impl Buffers {
    /// One buffer for every node that has one.
    fn new(table: &Groups<'_>) -> Buffers {
        let mut buffers = Buffers { by_node: FxHashMap::default(), sizes: Vec::new() };
        for id in table.graph.ids().filter(|id| table.is_homed(*id)) {
            let node = table.graph.node(id);
            buffers.by_node.insert(id, BufferId(buffers.sizes.len() as u32));
            // A size beyond all memory is refused where it is allocated.
            buffers.sizes.push(node.shape.len().saturating_mul(node.dtype.size()));
        }
        buffers
    }

    /// Where a target is. A part is cut out of the whole.
    fn place(&self, graph: &Graph, target: Target) -> (Place, Layout) {
        let (Target::Own(id) | Target::Part(id, _)) = target;
        let node = graph.node(id);
        let place = Place::Buffer(self.by_node[&id]);
        let mut layout = Layout::contiguous(&node.shape, node.dtype.size());
        if let Target::Part(_, number) = target {
            layout = Part::of(graph, id, number).layout(layout);
        }
        (place, layout)
    }
}

/// Lowers the groups to a plan; `None` if they wait for each other in a circle, or
/// one reads what strides cannot express.
pub(crate) fn lower(mut table: Groups<'_>) -> Option<Plan> {
    let graph = table.graph;
    let buffers = Buffers::new(&table);
    let places = |target: Target| buffers.place(graph, target);
    let live: Vec<usize> = table.live().collect();
    let mut steps: Vec<Step> = live
        .into_iter()
        .map(|g| assemble::call(&mut table, g, &places).map(Step::Kernel))
        .collect::<Option<_>>()?;
    for id in graph.ids() {
        // A product that nobody wants has no buffer, and is not computed.
        if graph.node(id).op == Op::MatMul && table.is_homed(id) {
            let a = array_ref(&mut table, &buffers, graph.node(id).inputs[0])?;
            let b = array_ref(&mut table, &buffers, graph.node(id).inputs[1])?;
            let out = array_ref(&mut table, &buffers, id)?;
            steps.push(Step::Product(Box::new(ProductCall { a, b, out, node: id })));
        }
    }
    // Two outputs may be one buffer, and an output may be an input or a view of one.
    let outputs = graph.outputs.iter().map(|id| array_ref(&mut table, &buffers, *id));
    let outputs: Vec<ArrayRef> = outputs.collect::<Option<_>>()?;
    let steps = in_order(steps, buffers.sizes.len())?;
    let dying = dying(&steps, &outputs, buffers.sizes.len());
    let refusals = std::mem::take(&mut table.refusals);
    let buffers = buffers.sizes;
    Some(Plan { graph: graph.clone(), steps, buffers, dying, outputs, refusals })
}

/// Where a node that is not computed in a kernel is: in its buffer or an input, seen through
/// views.
fn array_ref(table: &mut Groups<'_>, buffers: &Buffers, id: NodeId) -> Option<ArrayRef> {
    let Readable { node, is_home, layout } = table.readable(id, PathId::IDENTITY)?;
    let found = table.graph.node(node);
    let place = match found.op {
        Op::Input(number) if !is_home => Place::Input(number),
        _ => Place::Buffer(buffers.by_node[&node]),
    };
    Some(ArrayRef { place, dtype: found.dtype, layout })
}

/// The buffers that a step reads, and those that it writes.
fn accesses(step: &Step) -> (SmallVec<[BufferId; 8]>, SmallVec<[BufferId; 4]>) {
    let buffer = |place: Place| match place {
        Place::Buffer(id) => Some(id),
        Place::Input(_) => None,
    };
    match step {
        Step::Product(call) => {
            let reads = [call.a.place, call.b.place].into_iter().filter_map(buffer).collect();
            (reads, buffer(call.out.place).into_iter().collect())
        }
        Step::Kernel(KernelCall { kernel, operands, .. }) => {
            let of_kind = |is_store: bool| {
                let pairs = kernel.accesses.iter().zip(operands);
                let wanted = pairs.filter(move |(a, _)| (a.kind == AccessKind::Store) == is_store);
                wanted.filter_map(|(_, operand)| operand.binding.array()).filter_map(buffer)
            };
            (of_kind(false).collect(), of_kind(true).collect())
        }
    }
}

/// The steps in an order in which every buffer is written before it is read. All writers come
/// before, as a buffer that is put together has several.
fn in_order(steps: Vec<Step>, n_buffers: usize) -> Option<Vec<Step>> {
    let accesses: Vec<_> = steps.iter().map(accesses).collect();
    let mut writers: Vec<Vec<usize>> = vec![Vec::new(); n_buffers];
    for (step, (_, writes)) in accesses.iter().enumerate() {
        writes.iter().for_each(|buffer| writers[buffer.0 as usize].push(step));
    }
    let mut waits: DiGraph<(), ()> = DiGraph::with_capacity(steps.len(), steps.len());
    steps.iter().for_each(|_| {
        waits.add_node(());
    });
    for (step, (reads, _)) in accesses.iter().enumerate() {
        let writers = reads.iter().flat_map(|buffer| &writers[buffer.0 as usize]);
        // What a kernel reads of its own, an earlier stage has written.
        for writer in writers.filter(|writer| **writer != step) {
            waits.update_edge(NodeIndex::new(*writer), NodeIndex::new(step), ());
        }
    }
    let order = toposort(&waits, None).ok()?;
    let mut steps: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
    Some(order.into_iter().filter_map(|index| steps[index.index()].take()).collect())
}

/// After each step, the buffers that nobody needs any more. Who writes counts as well as who
/// reads: a buffer that is never read dies where it is written.
fn dying(steps: &[Step], outputs: &[ArrayRef], n_buffers: usize) -> Vec<SmallVec<[BufferId; 2]>> {
    let mut last: Vec<Option<usize>> = vec![None; n_buffers];
    for (number, step) in steps.iter().enumerate() {
        let (reads, writes) = accesses(step);
        reads.iter().chain(&writes).for_each(|buffer| last[buffer.0 as usize] = Some(number));
    }
    // What the caller gets outlives the plan.
    for output in outputs {
        if let Place::Buffer(buffer) = output.place {
            last[buffer.0 as usize] = None;
        }
    }
    let mut dying = vec![SmallVec::new(); steps.len()];
    for (buffer, step) in last.into_iter().enumerate() {
        if let Some(step) = step {
            dying[step].push(BufferId(buffer as u32));
        }
    }
    dying
}
