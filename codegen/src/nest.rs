//! The loop nest of a kernel: loops over kept axes around what each row does.
//!
//! Addresses are carried along instead of computed from indices: each loop adds its stride to the
//! base of every access, and an inner loop starts from what the outer one carries.
//!
//! ```text
//! kept axes i, j     bases b
//! for i              b_i = b, b + stride_i, …
//!   for j            b_ij = b_i, b_i + stride_j, …
//!     the row from b_ij on, along the vector axis
//! ```
//!
//! Strides come from the arguments where they are added, so that only bases take registers.
//!
//! What a row does is emitted in the innermost loop, by [`crate::range`], [`crate::rows`] or
//! [`crate::columns`]: code does not grow with extents, which are not known here.

use crate::blocks::ScratchSize;
use crate::columns;
use crate::emitter::{Emitter, Values};
use crate::lanes::pack::scalar_type;
use crate::pieces::Pieces;
use crate::ports::Port;
use crate::range::{self, Extent};
use crate::rows;
use crate::wide_rows::WideRows;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};
use jitney_ir::kernel::{
    AccessId, AccessKind, Kernel, Layout, Phase, RowValueId, Schedule, Shift, Sink, Slots, Source,
};
use jitney_ir::lanes::LaneType;
use std::ops::Range;

/// What emitting every part of one kernel needs.
#[derive(Clone, Copy)]
pub(crate) struct Nest<'k> {
    pub(crate) kernel: &'k Kernel,
    pub(crate) slots: Slots,
}

/// The place of loops in the iteration space. Row values are numbered by `count`: of kept axes [2,
/// 3] the place [1, 2] is number 5, whatever the strides.
#[derive(Clone, Copy)]
pub(crate) struct Place<'v> {
    /// Per access, its address (or number) at this place.
    pub(crate) bases: &'v [Value],
    /// How many places the loops came by before.
    pub(crate) count: Value,
    /// The indices of the loops, the outermost first.
    pub(crate) indices: &'v [Value],
}

/// What is emitted inside of loops.
type Inner<'b> = dyn FnOnce(&mut Emitter<'_>, Place<'_>) + 'b;

/// Emits the body of a kernel and returns how much scratch memory it needs.
pub(crate) fn emit_kernel(e: &mut Emitter<'_>, kernel: &Kernel) -> ScratchSize {
    let nest = Nest { kernel, slots: Slots::of(kernel) };
    // Loaded in front of all loops: everything else about an access follows from these and strides.
    let bases: Values = (0..kernel.accesses.len()).map(|i| e.slot(nest.slots.base(i))).collect();
    let scratch = match kernel.schedule {
        // Nothing is reduced, so that no scratch memory is needed, nor anything that it holds.
        Schedule::Rows if kernel.n_reduced == 0 => {
            nest.emit_elementwise(e, &bases);
            ScratchSize::default()
        }
        Schedule::Rows => rows::emit(e, nest, &bases),
        Schedule::Columns => columns::emit(e, nest, &bases),
    };
    if e.may_stream() {
        // Whoever hears that the kernel has ended is to see what went past the caches.
        let streams = e.slot(nest.slots.streams());
        e.when(streams, |e| {
            e.ins().fence();
        });
    }
    scratch
}

impl Nest<'_> {
    fn emit_elementwise(self, e: &mut Emitter<'_>, bases: &[Value]) {
        // Without reductions there is no reason for a second one.
        let phase = &self.kernel.phases[0];
        let axis = self.kernel.vector_axis();
        // With one axis there is one row, and nothing to save between rows.
        if let Some(axis) = axis.filter(|axis| *axis > 0)
            && self.emit_wide_rows(e, phase, axis, bases)
        {
            return;
        }
        let extent = match axis {
            // There is no later phase that would find the results in a cache.
            Some(axis) => {
                let (n, streams) = (e.slot(self.slots.extent(axis)), e.slot(self.slots.streams()));
                Extent::Streaming(n, range::lanes_of(&phase.program), streams)
            }
            None => Extent::One,
        };
        self.walk(e, 0..axis.unwrap_or(0), bases, |e, place| {
            self.run_phase(e, phase, place.bases, extent, |_, _| {
                unreachable!("there are no row values")
            });
        });
    }

    /// Rows by a wide function that reads values that are the same along a row from memory: they
    /// are stored there once, unless they change from row to row. `false` if there are none, or no
    /// such function. Along short rows these stores would be much of the work: the same few
    /// values again and again, to where the function finds them already.
    fn emit_wide_rows(
        self,
        e: &mut Emitter<'_>,
        phase: &Phase,
        axis: usize,
        bases: &[Value],
    ) -> bool {
        // What the layout calls a broadcast is the same along the vector axis; along others it may
        // move.
        let accesses = self.kernel.accesses.iter();
        let stays: Vec<bool> = accesses.map(|a| a.layout == Layout::Broadcast).collect();
        if !stays.contains(&true) {
            return false;
        }
        let (sources, sinks) = self.ports(e, phase, bases, &stays);
        let (n, streams) = (e.slot(self.slots.extent(axis)), e.slot(self.slots.streams()));
        let is_uniform: Vec<bool> = sources.iter().map(Port::is_uniform).collect();
        let pieces = Pieces::of(&phase.program, &is_uniform, e.machine.wide);
        let rows = WideRows::new(e, &pieces, &sources, &sinks, Some(streams), usize::MAX);
        let Some(rows) = rows else { return false };
        // 0 in the end if none of what stays moves along any outer axis.
        let mut strides = e.int(0);
        for access in (0..stays.len()).filter(|access| stays[*access]) {
            for outer in 0..axis {
                let stride = e.slot(self.slots.stride(access, outer));
                strides = e.ins().bor(strides, stride);
            }
        }
        self.walk_but(e, 0..axis, bases, &stays, |e, place| {
            // Within the loops, for where they come by nothing there may be nothing to read.
            let is_first = e.ins().icmp_imm_u(IntCC::Equal, place.count, 0);
            let change = e.ins().icmp_imm_u(IntCC::NotEqual, strides, 0);
            let is_stale = e.ins().bor(is_first, change);
            e.when(is_stale, |e| {
                // What stays has not been carried along; it is seldom asked where it would be by
                // now.
                let mut bases = Values::from_slice(place.bases);
                for access in (0..stays.len()).filter(|access| stays[*access]) {
                    for (outer, index) in place.indices.iter().enumerate() {
                        let stride = e.slot(self.slots.stride(access, outer));
                        bases[access] = e.strided(bases[access], *index, stride);
                    }
                }
                let sources =
                    self.sources(e, phase, &bases, |_, _| unreachable!("there are no row values"));
                rows.store_uniform(e, sources);
            });
            let (sources, sinks) = self.ports(e, phase, place.bases, &stays);
            rows.run(e, &sources, &sinks, n);
        });
        true
    }

    /// The ports of a phase without row values; those of what stays are not read.
    fn ports(
        self,
        e: &mut Emitter<'_>,
        phase: &Phase,
        bases: &[Value],
        stays: &[bool],
    ) -> (Vec<Port>, Vec<Port>) {
        let source = |source: &Source| match *source {
            // Any value does: that it is the same along a row is all that is asked of it.
            Source::Access(id) if stays[id.0 as usize] => Port::Fixed(bases[id.0 as usize]),
            Source::Access(id) => self.source(e, phase, id, bases),
            Source::Row(_) => unreachable!("there are no row values"),
        };
        let sources = phase.sources.iter().map(source).collect();
        let sinks = self.sinks(e, phase, bases, |_, _| unreachable!("there are no row values"));
        (sources, sinks)
    }

    /// Runs a phase along the vector axis from where the bases are; `row_port` says where
    /// row values are read and written.
    pub(crate) fn run_phase(
        self,
        e: &mut Emitter<'_>,
        phase: &Phase,
        bases: &[Value],
        extent: Extent,
        mut row_port: impl FnMut(&mut Emitter<'_>, RowValueId) -> Port,
    ) {
        let sources = self.sources(e, phase, bases, &mut row_port);
        let sinks = self.sinks(e, phase, bases, &mut row_port);
        range::run(e, &phase.program, sources, &sinks, extent);
    }

    /// The ports of a phase's parameters from where the bases are.
    pub(crate) fn sources(
        self,
        e: &mut Emitter<'_>,
        phase: &Phase,
        bases: &[Value],
        mut row_port: impl FnMut(&mut Emitter<'_>, RowValueId) -> Port,
    ) -> Vec<Port> {
        let port = |source: &Source| match source {
            Source::Access(id) => self.source(e, phase, *id, bases),
            Source::Row(id) => row_port(e, *id),
        };
        let mut ports: Vec<Port> = phase.sources.iter().map(port).collect();
        let access = |source: &Source| match source {
            Source::Access(id) => Some(*id),
            Source::Row(_) => None,
        };
        self.note_neighbours(&mut ports, phase.sources.iter().map(access));
        ports
    }

    /// The position of the source against which an access is shifted, and by how much.
    fn shift(self, phase: &Phase, id: AccessId) -> Option<(usize, u8)> {
        let Shift { of, by } = self.kernel.access(id).shift?;
        let position = phase.sources.iter().position(|source| *source == Source::Access(of))?;
        Some((position, by))
    }

    /// The ports of a phase's results from where the bases are.
    pub(crate) fn sinks(
        self,
        e: &mut Emitter<'_>,
        phase: &Phase,
        bases: &[Value],
        mut row_port: impl FnMut(&mut Emitter<'_>, RowValueId) -> Port,
    ) -> Vec<Port> {
        let port = |sink: &Sink| match sink {
            Sink::Store(id) => self.in_memory(e, *id, bases),
            Sink::Row(id) => row_port(e, *id),
        };
        let mut ports: Vec<Port> = phase.sinks.iter().map(port).collect();
        let access = |sink: &Sink| match sink {
            Sink::Store(id) => Some(*id),
            Sink::Row(_) => None,
        };
        self.note_neighbours(&mut ports, phase.sinks.iter().map(access));
        ports
    }

    /// Notes which ports lie right behind the one before them: an access that follows the access
    /// before does so if the port before is that. The layout says so of accesses; but a phase need
    /// not have both of them, in this order.
    fn note_neighbours(self, ports: &mut [Port], accesses: impl Iterator<Item = Option<AccessId>>) {
        let mut before = None;
        for (port, access) in ports.iter_mut().zip(accesses) {
            let number = access.map(|id| id.0);
            let follows = access.is_some_and(|id| self.kernel.access(id).layout == Layout::Next);
            if let Port::Strided { is_next, .. } = port {
                *is_next = follows && before.is_some_and(|before| number == Some(before + 1));
            }
            before = number;
        }
    }

    /// Loops over the given axes, outermost first, with the bases moved along.
    pub(crate) fn walk(
        self,
        e: &mut Emitter<'_>,
        axes: Range<usize>,
        bases: &[Value],
        body: impl FnOnce(&mut Emitter<'_>, Place<'_>),
    ) {
        self.walk_but(e, axes, bases, &vec![false; bases.len()], body);
    }

    /// The same with some of the bases left where they are. They take no register of the
    /// loops.
    fn walk_but(
        self,
        e: &mut Emitter<'_>,
        axes: Range<usize>,
        bases: &[Value],
        stays: &[bool],
        body: impl FnOnce(&mut Emitter<'_>, Place<'_>),
    ) {
        let count = e.int(0);
        // Boxed, or the type of the closure would grow with every axis.
        self.walk_on(e, axes, Place { bases, count, indices: &[] }, stays, Box::new(body));
    }

    /// The loops from an axis on; emits itself once an axis. Returns the count after the loops.
    fn walk_on<'b>(
        self,
        e: &mut Emitter<'_>,
        axes: Range<usize>,
        place: Place<'_>,
        stays: &[bool],
        body: Box<Inner<'b>>,
    ) -> Value {
        if axes.is_empty() {
            body(e, place);
            return e.ins().iadd_imm_s(place.count, 1);
        }
        let moving: Vec<usize> = (0..stays.len()).filter(|access| !stays[*access]).collect();
        let mut carried: Values = moving.iter().map(|access| place.bases[*access]).collect();
        // Last, since how many bases there are before it depends on what stays.
        carried.push(place.count);
        let (start, extent) = (e.int(0), e.slot(self.slots.extent(axes.start)));
        let after = e.count_loop(start, extent, 1, &carried, |e, index, carried| {
            // What stays has its place among the others: accesses are numbers.
            let mut bases = Values::from_slice(place.bases);
            for (access, base) in moving.iter().zip(carried) {
                bases[*access] = *base;
            }
            let count = carried[carried.len() - 1];
            let mut indices = Values::from_slice(place.indices);
            indices.push(index);
            let inner = axes.start + 1..axes.end;
            let place = Place { bases: &bases, count, indices: &indices };
            // The inner loops count on, so that each place has a number of its own.
            let count = self.walk_on(e, inner, place, stays, body);
            let mut next = Values::new();
            for access in &moving {
                let stride = e.slot(self.slots.stride(*access, axes.start));
                next.push(e.ins().iadd(bases[*access], stride));
            }
            next.push(count);
            next
        });
        after[after.len() - 1]
    }

    /// The bases so many steps further along an axis: for jumps, where [`Nest::walk`] goes step by
    /// step.
    pub(crate) fn advance(
        self,
        e: &mut Emitter<'_>,
        bases: &[Value],
        axis: usize,
        steps: Value,
    ) -> Values {
        let is_vector = self.kernel.vector_axis() == Some(axis);
        let step = |(number, base): (usize, &Value)| {
            let access = &self.kernel.accesses[number];
            match (access.layout, access.kind) {
                // Along the vector axis a layout says what the stride is. A kernel of many stages
                // has dozens of scalars, and comes by here in each stage.
                (Layout::Broadcast, _) if is_vector => *base,
                (Layout::Contiguous, AccessKind::Index) if is_vector => e.ins().iadd(*base, steps),
                (Layout::Contiguous, _) if is_vector => e.scaled(*base, steps, access.dtype.size()),
                _ => {
                    let stride = e.slot(self.slots.stride(number, axis));
                    e.strided(*base, steps, stride)
                }
            }
        };
        bases.iter().enumerate().map(step).collect()
    }

    /// The port that reads an access from its base on along the vector axis. Whoever reads a port
    /// knows no layouts: that is decided here, once for a row.
    fn source(self, e: &mut Emitter<'_>, phase: &Phase, id: AccessId, bases: &[Value]) -> Port {
        let access = self.kernel.access(id);
        let base = bases[id.0 as usize];
        match (access.kind, access.layout) {
            // The base of an index is the number itself.
            (AccessKind::Index, Layout::Broadcast) => Port::Fixed(base),
            (AccessKind::Index, layout) => {
                let stride = self.vector_stride(e, id, layout, 1);
                Port::Iota { base, stride }
            }
            // Loaded once, in front of the loop along the vector axis.
            (_, Layout::Broadcast) => {
                let ty = scalar_type(LaneType::of(access.dtype));
                Port::Fixed(e.load(ty, base, 0))
            }
            // Only of contiguous elements are the vectors shared.
            _ => match (self.in_memory(e, id, bases), self.shift(phase, id)) {
                (Port::Contiguous(base), Some((of, by))) => Port::Shifted { base, of, by },
                (port, _) => port,
            },
        }
    }

    /// The port of a buffer from its base on along the vector axis. Without a vector axis there is
    /// one element, and any stride reads it.
    fn in_memory(self, e: &mut Emitter<'_>, id: AccessId, bases: &[Value]) -> Port {
        let access = self.kernel.access(id);
        let base = bases[id.0 as usize];
        match access.layout {
            Layout::Contiguous => Port::Contiguous(base),
            layout => {
                let stride = self.vector_stride(e, id, layout, access.dtype.size());
                Port::Strided { base, stride, is_next: false }
            }
        }
    }

    /// The stride of an access along the vector axis: a constant where its layout says so.
    fn vector_stride(
        self,
        e: &mut Emitter<'_>,
        id: AccessId,
        layout: Layout,
        unit: usize,
    ) -> Value {
        match (layout, self.kernel.vector_axis()) {
            (Layout::Strided | Layout::Next, Some(axis)) => {
                e.slot(self.slots.stride(id.0 as usize, axis))
            }
            (Layout::Contiguous, Some(_)) => e.int(unit as i64),
            (Layout::Broadcast, _) | (_, None) => e.int(0),
        }
    }
}
