//! The loop nest of a kernel: loops over kept axes around what each row does.

use crate::emitter::{Emitter, Values};
use crate::ports::Port;
use crate::range;
use cranelift_codegen::ir::{InstBuilder, Value};
use jitney_ir::kernel::{Access, AccessId, AccessKind, Kernel, Layout, Phase, Sink, Slots, Source};
use std::ops::Range;

/// What emitting every part of one kernel needs.
#[derive(Clone, Copy)]
pub(crate) struct Nest<'k> {
    pub(crate) kernel: &'k Kernel,
    pub(crate) slots: Slots,
}

/// The place of the loops in the iteration space.
#[derive(Clone, Copy)]
pub(crate) struct Place<'v> {
    /// Per access, its address (or number) at this place.
    pub(crate) bases: &'v [Value],
    /// How many of the innermost of these places came before.
    pub(crate) count: Value,
}

/// Emits the body of a kernel.
pub(crate) fn emit_kernel(e: &mut Emitter<'_>, kernel: &Kernel) -> usize {
    let nest = Nest { kernel, slots: Slots::of(kernel) };
    let bases: Values = (0..kernel.accesses.len()).map(|i| e.slot(nest.slots.base(i))).collect();
    nest.emit_elementwise(e, &bases);
    0
}

impl<'k> Nest<'k> {
    fn emit_elementwise(self, e: &mut Emitter<'_>, bases: &[Value]) {
        let phase = &self.kernel.phases[0];
        let vector_axis = self.kernel.vector_axis();
        let n = match vector_axis {
            Some(axis) => e.slot(self.slots.extent(axis)),
            None => e.int(1),
        };
        let lanes = self.lanes(phase);
        self.walk(e, 0..vector_axis.unwrap_or(0), bases, |e, place| {
            let sources = self.sources(e, phase, place.bases);
            let sinks = self.sinks(e, phase, place.bases);
            range::run(e, &phase.program, sources, &sinks, n, lanes);
        });
    }

    /// How many lanes to emit a phase for.
    pub(crate) fn lanes(self, phase: &Phase) -> usize {
        let has_vectors = self.kernel.vector_axis().is_some() && range::vectorizes(&phase.program);
        if has_vectors { range::lanes_of(&phase.program) } else { 1 }
    }

    /// Loops over the given axes, outermost first, with the bases moved along.
    pub(crate) fn walk(
        self,
        e: &mut Emitter<'_>,
        axes: Range<usize>,
        bases: &[Value],
        body: impl FnOnce(&mut Emitter<'_>, Place<'_>),
    ) {
        let count = e.int(0);
        self.walk_on(e, axes, Place { bases, count }, body);
    }

    /// Returns the count after the loops.
    fn walk_on(
        self,
        e: &mut Emitter<'_>,
        axes: Range<usize>,
        place: Place<'_>,
        body: impl FnOnce(&mut Emitter<'_>, Place<'_>),
    ) -> Value {
        let axis = axes.start;
        if axes.is_empty() {
            body(e, place);
            return e.ins().iadd_imm_s(place.count, 1);
        }
        let mut carried = Values::from_slice(place.bases);
        carried.push(place.count);
        let (start, extent) = (e.int(0), e.slot(self.slots.extent(axis)));
        // Boxing would be simpler than generic recursion if the depth were not known: the
        // closure is handed down through as many frames as there are axes.
        let body: Box<dyn FnOnce(&mut Emitter<'_>, Place<'_>) + '_> = Box::new(body);
        let after = e.count_loop(start, extent, 1, &carried, |e, _, carried| {
            let (count, bases) = (carried[carried.len() - 1], &carried[..carried.len() - 1]);
            let count = self.walk_on(e, axis + 1..axes.end, Place { bases, count }, body);
            let mut next = self.advance(e, bases, axis);
            next.push(count);
            next
        });
        after[after.len() - 1]
    }

    /// The bases one step further along an axis.
    fn advance(self, e: &mut Emitter<'_>, bases: &[Value], axis: usize) -> Values {
        let step = |(access, base): (usize, &Value)| {
            let stride = e.slot(self.slots.stride(access, axis));
            e.ins().iadd(*base, stride)
        };
        bases.iter().enumerate().map(step).collect()
    }

    /// The ports of a phase's parameters where the bases are.
    fn sources(self, e: &mut Emitter<'_>, phase: &Phase, bases: &[Value]) -> Vec<Port> {
        let port = |source: &Source| match source {
            Source::Access(id) => self.source(e, *id, bases),
            Source::Row(_) => unreachable!("no row value without a reduced axis"),
        };
        phase.sources.iter().map(port).collect()
    }

    fn sinks(self, e: &mut Emitter<'_>, phase: &Phase, bases: &[Value]) -> Vec<Port> {
        let port = |sink: &Sink| match sink {
            Sink::Store(id) => self.in_memory(e, *id, bases),
            Sink::Reduce(_) => unreachable!("no row value without a reduced axis"),
        };
        phase.sinks.iter().map(port).collect()
    }

    /// The port that reads an access from its base on along the vector axis.
    pub(crate) fn source(self, e: &mut Emitter<'_>, id: AccessId, bases: &[Value]) -> Port {
        let access = self.kernel.access(id);
        let base = bases[id.0 as usize];
        match (access.kind, access.layout) {
            (AccessKind::Index, Layout::Broadcast) => Port::Fixed(base),
            (AccessKind::Index, layout) => {
                let stride = self.vector_stride(e, id, layout, 1);
                Port::Iota { base, stride }
            }
            (_, Layout::Broadcast) => Port::Fixed(self.load_element(e, access, base)),
            _ => self.in_memory(e, id, bases),
        }
    }

    fn load_element(self, e: &mut Emitter<'_>, access: &Access, address: Value) -> Value {
        let ty = jitney_ir::lanes::LaneType::of(access.dtype);
        e.load(crate::lanes::pack::scalar_type(ty), address, 0)
    }

    /// The port of a buffer from its base on along the vector axis.
    pub(crate) fn in_memory(self, e: &mut Emitter<'_>, id: AccessId, bases: &[Value]) -> Port {
        let access = self.kernel.access(id);
        let base = bases[id.0 as usize];
        match access.layout {
            Layout::Contiguous => Port::Contiguous(base),
            layout => {
                let stride = self.vector_stride(e, id, layout, access.dtype.size());
                Port::Strided { base, stride }
            }
        }
    }

    /// The stride of an access along the vector axis.
    fn vector_stride(
        self,
        e: &mut Emitter<'_>,
        id: AccessId,
        layout: Layout,
        unit: usize,
    ) -> Value {
        match (layout, self.kernel.vector_axis()) {
            (Layout::Strided, Some(axis)) => e.slot(self.slots.stride(id.0 as usize, axis)),
            (Layout::Contiguous, Some(_)) => e.int(unit as i64),
            (Layout::Broadcast, _) | (_, None) => e.int(0),
        }
    }
}
