//! The plan: buffers, and steps in an order in which each finds what it reads.
//!
//! While the order is made every node has memory of its own, and every element of it is written
//! once, for parts of a whole are disjoint. So readers wait for writers, and nobody waits for
//! anybody else. Then results move to where they take no memory ([`updates`], [`reuse`]): both
//! keep the order, and move what it allows.

use super::schedule::in_order;
use super::{assemble, reuse, shared, tile, updates};
use crate::fusion::{Groups, Part, PathId, Readable, Target};
use crate::monitor::{Interrupted, LOWER, Meter, Monitor};
use crate::plan::{ArrayRef, BufferId, KernelCall, LibraryCall, Place, Plan, Step};
use jitney_ir::graph::{Class, Graph, Layout, NodeId, Op};
use jitney_ir::kernel::AccessKind;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::rc::Rc;

/// Buffers of nodes and of what is put together from parts.
pub(super) struct Buffers {
    by_node: FxHashMap<NodeId, BufferId>,
    sizes: Vec<usize>,
    parts: FxHashMap<NodeId, Rc<[Part]>>,
    /// The output, if it is an owned input with other elements in place of all: it has no
    /// buffer.
    filled: Option<(NodeId, Place, Layout)>,
}

/// A step, and what it stores.
pub(super) struct Made {
    pub step: Step,
    pub stores: Vec<Target>,
}

impl Buffers {
    /// One buffer for every node that has one.
    fn new(table: &Groups<'_>) -> Buffers {
        let filled = filled(table);
        let parts = table.all_parts().clone();
        let by_node = FxHashMap::default();
        let mut buffers = Buffers { by_node, sizes: Vec::new(), parts, filled };
        for id in table.graph.ids().filter(|id| table.is_homed(*id)) {
            let node = table.graph.node(id);
            if buffers.filled.as_ref().is_some_and(|(filled, ..)| *filled == id) {
                continue;
            }
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
        let (place, mut layout) = match &self.filled {
            Some((filled, place, layout)) if *filled == id => (*place, layout.clone()),
            _ => {
                let layout = Layout::contiguous(&node.shape, node.dtype.size());
                (Place::Buffer(self.by_node[&id]), layout)
            }
        };
        if let Target::Part(_, number) = target {
            layout = self.parts[&id][number].layout(layout);
        }
        (place, layout)
    }

    /// How many there are.
    pub fn n(&self) -> usize {
        self.sizes.len()
    }

    /// The buffer of a node that is put together.
    pub fn of(&self, node: NodeId) -> Option<BufferId> {
        self.by_node.get(&node).copied()
    }
}

/// The only output, if it updates all of an owned input: its value goes where the input is,
/// whatever the strides there.
fn filled(table: &Groups<'_>) -> Option<(NodeId, Place, Layout)> {
    let graph = table.graph;
    let [output] = graph.outputs[..] else { return None };
    let node = graph.node(output);
    let Op::Update(_) = node.op else { return None };
    let (base, value) = (node.inputs[0], graph.node(node.inputs[1]));
    let Op::Input(number) = graph.node(base).op else { return None };
    let is_filled = value.shape == node.shape && table.is_expendable(base);
    is_filled.then(|| (output, Place::Input(number), table.inputs[number as usize].clone()))
}

/// Why groups cannot be lowered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unlowered {
    /// They wait for each other in a circle, or one reads what strides cannot express.
    Stuck,
    /// One reads elements of an input that it has already replaced.
    Mixed,
    /// Whoever watches has asked to stop.
    Interrupted,
}

impl From<Interrupted> for Unlowered {
    fn from(Interrupted: Interrupted) -> Unlowered {
        Unlowered::Interrupted
    }
}

/// Lowers the groups to a plan that may write over the owned inputs.
pub(crate) fn lower(
    table: Groups<'_>,
    owned: &[u32],
    monitor: &mut dyn Monitor,
) -> Result<Plan, Unlowered> {
    let buffers = Buffers::new(&table);
    let filled = buffers.filled.as_ref().map(|(_, place, _)| *place);
    let plan = planned(table, buffers, owned, &mut Meter::new(monitor, LOWER))?;
    let is_right = |call: &KernelCall| {
        let filled = call.places(AccessKind::Store).find(|place| Some(*place) == filled);
        let in_turn = |place| reuse::reads_where_it_stores(call, place, place);
        filled.is_none_or(|place| call.is_elementwise() && in_turn(place))
    };
    if plan.kernels().all(is_right) { Ok(plan) } else { Err(Unlowered::Mixed) }
}

/// The plan of the groups: steps in order, then moved to where they take no memory.
fn planned(
    mut table: Groups<'_>,
    buffers: Buffers,
    owned: &[u32],
    meter: &mut Meter<'_>,
) -> Result<Plan, Unlowered> {
    let graph = table.graph;
    let mut steps = made(&mut table, &buffers, meter)?;
    let mut by_call = FxHashMap::default();
    for id in graph.ids() {
        // What nobody wants has no buffer, and is not computed.
        if matches!(graph.node(id).op.class(), Class::Library | Class::Output) && table.is_homed(id)
        {
            let call = library_call(&mut table, &buffers, id).ok_or(Unlowered::Stuck)?;
            results_together(&mut steps, &mut by_call, call, id);
            meter.charge(1 + table.take_work())?;
        }
    }
    // Two outputs may be one buffer, and an output may be an input or a view of one.
    let outputs = graph.outputs.iter().map(|id| array_ref(&mut table, &buffers, *id));
    let mut outputs: Vec<ArrayRef> = outputs.collect::<Option<_>>().ok_or(Unlowered::Stuck)?;
    let steps = in_order(steps, graph, &buffers, meter)?.ok_or(Unlowered::Stuck)?;
    meter.charge(steps.iter().map(|made| made.step.n_arrays()).sum())?;
    let steps = updates::in_place(&table, &buffers, steps, &mut outputs);
    let mut sizes = buffers.sizes;
    let steps = reuse::reuse(steps, &mut outputs, &mut sizes, &table, owned);
    meter.charge(steps.iter().map(Step::n_arrays).sum())?;
    let mut steps = tile::join_rows(steps, &mut sizes);
    shared::share_loads(&mut steps);
    let dying = dying(&steps, &outputs, sizes.len());
    meter.tell()?;
    let refusals = std::mem::take(&mut table.refusals);
    Ok(Plan { graph: graph.clone(), steps, buffers: sizes, dying, outputs, refusals })
}

/// The kernel calls of all groups.
fn made(
    table: &mut Groups<'_>,
    buffers: &Buffers,
    meter: &mut Meter<'_>,
) -> Result<Vec<Made>, Unlowered> {
    let graph = table.graph;
    let places = |target: Target| buffers.place(graph, target);
    let live: Vec<usize> = table.live().collect();
    let mut steps = Vec::with_capacity(live.len());
    for group in live {
        let stores = table.groups[group].stores.iter().map(|(target, _)| *target).collect();
        let call = assemble::call(table, group, &places).ok_or(Unlowered::Stuck)?;
        meter.charge(1 + call.nodes.len() + table.take_work())?;
        steps.push(Made { step: Step::Kernel(call), stores });
    }
    Ok(steps)
}

/// The library call that computes a node, and nothing else.
fn library_call(table: &mut Groups<'_>, buffers: &Buffers, id: NodeId) -> Option<LibraryCall> {
    let graph = table.graph;
    let (node, number) = if let Op::Output(number) = graph.node(id).op {
        (graph.node(id).inputs[0], usize::from(number))
    } else {
        (id, 0)
    };
    let Op::Call(call) = graph.node(node).op else { return None };
    let operands = graph.node(node).inputs.iter();
    let operands =
        operands.map(|input| array_ref(table, buffers, *input)).collect::<Option<_>>()?;
    let mut results = SmallVec::from_elem(None, call.results().len());
    results[number] = Some(array_ref(table, buffers, id)?);
    Some(LibraryCall { call, operands, results, node })
}

/// Appends the step that computes a node, or lets the one do so that computes other results of
/// the same call.
fn results_together(
    steps: &mut Vec<Made>,
    by_call: &mut FxHashMap<NodeId, usize>,
    call: LibraryCall,
    id: NodeId,
) {
    let before = by_call.get(&call.node).and_then(|number| steps.get_mut(*number));
    if let Some(Made { step: Step::Library(before), stores }) = before
        && before.results.iter().zip(&call.results).all(|(a, b)| a.is_none() || b.is_none())
    {
        let all = before.results.iter_mut().zip(call.results);
        all.for_each(|(known, new)| *known = known.take().or(new));
        stores.push(Target::Own(id));
        return;
    }
    by_call.insert(call.node, steps.len());
    let step = Step::Library(Box::new(call));
    steps.push(Made { step, stores: vec![Target::Own(id)] });
}

/// Where a node that is not computed in a kernel is: in its buffer or an input, seen through
/// views.
fn array_ref(table: &mut Groups<'_>, buffers: &Buffers, id: NodeId) -> Option<ArrayRef> {
    if let Some((_, place, layout)) = buffers.filled.as_ref().filter(|(filled, ..)| *filled == id) {
        let (place, dtype, layout) = (*place, table.graph.node(id).dtype, layout.clone());
        return Some(ArrayRef { place, dtype, layout });
    }
    let Readable { node, is_home, layout } = table.readable(id, PathId::IDENTITY)?;
    let found = table.graph.node(node);
    let place = match found.op.input() {
        Some(number) if !is_home => Place::Input(number),
        _ => Place::Buffer(buffers.by_node[&node]),
    };
    Some(ArrayRef { place, dtype: found.dtype, layout })
}

/// After each step, the buffers that nobody needs any more. Who writes counts as well as who
/// reads: a buffer that is never read dies where it is written.
fn dying(steps: &[Step], outputs: &[ArrayRef], n_buffers: usize) -> Vec<SmallVec<[BufferId; 2]>> {
    let mut last: Vec<Option<usize>> = vec![None; n_buffers];
    for (number, step) in steps.iter().enumerate() {
        step.reads()
            .iter()
            .chain(&step.writes())
            .for_each(|buffer| last[buffer.0 as usize] = Some(number));
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
