//! Memory that is used again: an elementwise kernel that is the last to read an array stores
//! its result there, if each element is read where one is stored.
//!
//! Peak memory falls by the array, and what is stored is in the cache already, having been
//! read a moment ago.

use crate::fusion::Groups;
use crate::plan::{ArrayRef, BufferId, KernelCall, Place, Step};
use jitney_ir::kernel::{AccessKind, Sink, Source};
use jitney_ir::lanes::LaneOp;
use rustc_hash::{FxHashMap, FxHashSet};

/// The steps with results in the place of what dies there. Buffers that nobody uses any more
/// go.
pub(super) fn reuse(
    mut steps: Vec<Step>,
    outputs: &mut [ArrayRef],
    sizes: &mut Vec<usize>,
    table: &Groups<'_>,
    owned: &[u32],
) -> Vec<Step> {
    let mut memory = Memory::new(&steps, outputs, sizes, table, owned);
    for (number, step) in steps.iter_mut().enumerate() {
        step.move_arrays(|place| memory.now(place));
        while let Some((from, to)) = memory.reusable(number, step) {
            memory.give(from, to);
            step.move_arrays(|place| if place == from { to } else { place });
        }
    }
    outputs.iter_mut().for_each(|output| output.place = memory.now(output.place));
    steps.retain(|step| !matches!(step, Step::Kernel(call) if is_idle(call)));
    compact(&mut steps, outputs, sizes);
    steps
}

/// Whether a call reads all elements of a place that it reads any of where it stores them.
pub(super) fn reads_where_it_stores(call: &KernelCall, from: Place, to: Place) -> bool {
    let is_at = |place: Place| move |at: Option<Place>| at == Some(place);
    let find = |kind: AccessKind, place: Place| {
        let pairs = call.kernel.accesses.iter().zip(&call.operands);
        pairs.filter(move |(access, operand)| {
            access.kind == kind && is_at(place)(operand.binding.array())
        })
    };
    let mut stores = find(AccessKind::Store, to);
    let (Some((store, at)), None) = (stores.next(), stores.next()) else { return false };
    find(AccessKind::Load, from).all(|(load, operand)| {
        let same_element = load.dtype.size() == store.dtype.size();
        same_element && (operand.offset, &operand.strides) == (at.offset, &at.strides)
    })
}

/// Whether a call stores nothing but what it has loaded from there.
fn is_idle(call: &KernelCall) -> bool {
    let [phase] = &call.kernel.phases[..] else { return false };
    phase.sinks.iter().zip(&phase.program.results).all(|(sink, result)| {
        let inst = phase.program.inst(*result);
        match (sink, inst.op) {
            (Sink::Store(to), LaneOp::Param) => match phase.sources[inst.imm as usize] {
                Source::Access(from) => {
                    call.operands[to.0 as usize] == call.operands[from.0 as usize]
                }
                Source::Row(_) => false,
            },
            _ => false,
        }
    })
}

/// The first step from which on all are elementwise kernels: nothing that they do can fail.
pub(super) fn are_plain_from<'s>(
    steps: impl DoubleEndedIterator<Item = &'s Step> + ExactSizeIterator,
) -> usize {
    let n = steps.len();
    let is_plain = |step: &&Step| matches!(step, Step::Kernel(call) if call.is_elementwise());
    n - steps.rev().take_while(is_plain).count()
}

/// What is known of places while the steps are gone through.
struct Memory {
    /// The last step that uses a place; none does where an output is.
    last: FxHashMap<Place, usize>,
    /// How many steps store to a place.
    n_writers: FxHashMap<Place, usize>,
    /// Bytes of buffers, and of inputs that may be overwritten.
    bytes: FxHashMap<Place, usize>,
    /// Where the elements of a buffer are instead.
    moved: FxHashMap<Place, Place>,
    plain_from: usize,
}

impl Memory {
    fn new(
        steps: &[Step],
        outputs: &[ArrayRef],
        sizes: &[usize],
        table: &Groups<'_>,
        owned: &[u32],
    ) -> Memory {
        let (mut last, mut n_writers) = (FxHashMap::default(), FxHashMap::default());
        for (number, step) in steps.iter().enumerate() {
            let writes = step.written_places();
            for place in &writes {
                *n_writers.entry(*place).or_insert(0) += 1;
            }
            step.read_places().into_iter().chain(writes).for_each(|place| {
                last.insert(place, number);
            });
        }
        for output in outputs {
            last.insert(output.place, usize::MAX);
        }
        let buffer = |(id, bytes): (usize, &usize)| (Place::Buffer(BufferId(id as u32)), *bytes);
        let mut bytes: FxHashMap<Place, usize> = sizes.iter().enumerate().map(buffer).collect();
        let owned: FxHashSet<u32> = owned.iter().copied().collect();
        for node in &table.graph.nodes {
            let Some(number) = node.op.input() else { continue };
            if owned.contains(&number) {
                let size = node.shape.len().saturating_mul(node.dtype.size());
                bytes.insert(Place::Input(number), size);
            }
        }
        let plain_from = are_plain_from(steps.iter());
        Memory { last, n_writers, bytes, moved: FxHashMap::default(), plain_from }
    }

    /// Where the elements of a place are by now.
    fn now(&self, place: Place) -> Place {
        self.moved.get(&place).copied().unwrap_or(place)
    }

    /// A buffer that only this step fills, and a place that it is the last to read and can
    /// store to instead.
    fn reusable(&self, number: usize, step: &Step) -> Option<(Place, Place)> {
        let Step::Kernel(call) = step else { return None };
        if !call.is_elementwise() {
            return None;
        }
        let is_own =
            |place: &Place| place.buffer().is_some() && self.n_writers.get(place) == Some(&1);
        call.places(AccessKind::Store).filter(is_own).find_map(|from| {
            let mut loads = call.places(AccessKind::Load);
            let to = loads.find(|to| self.can_store(number, call, from, *to))?;
            Some((from, to))
        })
    }

    /// Whether a step can store to a place what was to be in a buffer: nobody reads the place
    /// later, the step stores nothing else there, and each element is read before it is replaced.
    /// What an input held cannot be brought back, so no later step may fail.
    fn can_store(&self, number: usize, call: &KernelCall, from: Place, to: Place) -> bool {
        let is_last = self.last.get(&to) == Some(&number);
        let is_free = !call.places(AccessKind::Store).any(|place| place == to);
        let may_fail = matches!(to, Place::Input(_)) && number < self.plain_from;
        let bytes = self.bytes.get(&to);
        let fits = bytes.is_some() && bytes == self.bytes.get(&from);
        is_last && is_free && !may_fail && fits && reads_where_it_stores(call, to, from)
    }

    /// Notes that the elements of a buffer are in another place.
    fn give(&mut self, from: Place, to: Place) {
        self.moved.insert(from, to);
        if let Some(last) = self.last.get(&from).copied() {
            self.last.insert(to, last);
        }
        // It has been written before.
        self.n_writers.remove(&to);
    }
}

/// Numbers the buffers that are used anew.
fn compact(steps: &mut [Step], outputs: &mut [ArrayRef], sizes: &mut Vec<usize>) {
    let mut is_used = vec![false; sizes.len()];
    steps.iter().flat_map(Step::writes).for_each(|id| is_used[id.0 as usize] = true);
    let numbers: Vec<u32> = is_used
        .iter()
        .scan(0, |next, is_used| {
            let number = *next;
            *next += u32::from(*is_used);
            Some(number)
        })
        .collect();
    let to = |place: Place| match place {
        Place::Buffer(id) => Place::Buffer(BufferId(numbers[id.0 as usize])),
        Place::Input(_) => place,
    };
    steps.iter_mut().for_each(|step| step.move_arrays(to));
    outputs.iter_mut().for_each(|output| output.place = to(output.place));
    let mut is_used = is_used.into_iter();
    sizes.retain(|_| is_used.next().unwrap_or(false));
}
