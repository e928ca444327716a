//! Blocks of a reduction: which ones a call computes, and how their results combine.
//!
//! Block results are pushed onto a stack of levels, as a binary counter carries: while bit
//! `k` of the number of blocks before is set, the new result is combined with level `k`,
//! which holds the blocks just before it. At the end the levels in use are combined from
//! the lowest to the highest. That is the balanced tree of [`jitney_ir::reduction`], for
//! any number of blocks, without knowing that number. Of five blocks:
//!
//! ```text
//! block  before  carries  level 0  level 1  level 2
//! b0     000     0        b0
//! b1     001     1                 b01
//! b2     010     0        b2       b01
//! b3     011     2                          b0123
//! b4     100     0        b4                b0123
//! end    101              combine(level 2, combine(level 0, nothing))
//! ```
//!
//! The stack itself is [`crate::levels`].
//!
//! What stands in a level whose bit is clear is left over and not read. To keep the result of every
//! block until the end would take memory in proportion to the row.
//!
//! Everything happens in scratch memory, for one row or a stripe of rows side by side.

use crate::emitter::{Emitter, Values};
use crate::lanes::pack::scalar_type;
use crate::levels::{self, Shared, Stack, StackLane, Step};
use crate::nest::Nest;
use crate::ports::Port;
use crate::range::Extent;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};
use jitney_ir::DType;
use jitney_ir::kernel::{Kernel, Mode, Phase, RowValue, RowValueId, Sink};
use jitney_ir::lanes::{LaneType, Program};
use jitney_ir::ops::Reduction;
use jitney_ir::reduction::{BLOCK, Meeting};

/// Reductions of one kind from which on they share the functions that combine their blocks, one
/// row at a time.
const MIN_SHARED: usize = 2;

/// A partial's size.
const SLOT: usize = 8;

/// Where a row value is in the scratch memory, as a byte offset.
struct RowMemory {
    ty: LaneType,
    /// The value for each row; while it is being reduced, the result of a block.
    result: usize,
}

/// How a state is reduced.
pub(crate) struct Reduced {
    /// Accumulates an element.
    pub(crate) accumulate: Program,
    /// Combines two partial states.
    pub(crate) combine: Program,
    /// Its lanes, in order.
    pub(crate) lanes: Vec<Lane>,
    /// How it is reduced, and the dtype of its first lane.
    pub(crate) of: (Reduction, DType),
    /// Whether functions of the kernel combine its blocks.
    is_shared: bool,
}

/// A lane of a state and its part of the scratch memory.
pub(crate) struct Lane {
    /// The row value that it is.
    number: usize,
    pub(crate) ty: LaneType,
    /// The bits of the neutral value.
    pub(crate) identity: u64,
    /// The bits of the reduction of nothing.
    of_nothing: u64,
    /// Memory for whoever computes a block.
    pub(crate) work: usize,
    /// The result of the block, then of all blocks, of each row.
    pub(crate) result: usize,
    /// The first of the levels; one more follows for every doubling of the blocks.
    levels: usize,
}

impl Reduced {
    /// A state without its lanes, given the row value that is the first of them.
    fn new(kernel: &Kernel, row: &RowValue, reduction: Reduction, n_rows: usize) -> Reduced {
        let n_alike = kernel.row_values.iter().filter(|other| *other == row).count();
        Reduced {
            accumulate: reduction.program(Meeting::Accumulate, row.dtype),
            combine: reduction.program(Meeting::Combine, row.dtype),
            lanes: Vec::new(),
            of: (reduction, row.dtype),
            is_shared: n_rows == 1 && row.n_lanes() == 1 && n_alike >= MIN_SHARED,
        }
    }
}

/// The scratch memory of a kernel.
pub(crate) struct Scratch {
    rows: Vec<RowMemory>,
    states: Vec<Reduced>,
    /// How much of it there is.
    pub(crate) size: ScratchSize,
}

/// How many bytes of scratch memory a kernel needs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ScratchSize {
    /// However much is reduced.
    fixed: usize,
    /// For each level of the stack of block results.
    level: usize,
}

impl ScratchSize {
    /// The bytes for rows of so many elements.
    pub(crate) fn bytes(self, n_reduced: usize) -> usize {
        // Level `k` is in use once there are `2**k` blocks: as many levels as the number of blocks
        // has bits. Partials are no more than blocks.
        let n_blocks = n_reduced.div_ceil(BLOCK);
        let n_levels = (usize::BITS - n_blocks.leading_zeros()) as usize;
        self.fixed + n_levels * self.level
    }
}

impl Scratch {
    /// Memory for reducing `n_rows` rows at a time, with so many elements of work memory.
    pub(crate) fn new(nest: Nest<'_>, n_rows: usize, work: usize) -> Scratch {
        let mut size = ScratchSize::default();
        // Everything begins at a cache line.
        let allot = |total: &mut usize, size: usize| {
            let at = *total;
            *total += size.next_multiple_of(64);
            at
        };
        let (mut rows, mut states): (Vec<RowMemory>, Vec<Reduced>) = (Vec::new(), Vec::new());
        for (number, row) in nest.kernel.row_values.iter().enumerate() {
            let (ty, bytes) = (LaneType::of(row.dtype), row.dtype.size());
            let result = allot(&mut size.fixed, n_rows * bytes);
            rows.push(RowMemory { ty, result });
            let Some(reduction) = row.reduction else { continue };
            if row.lane == 0 {
                states.push(Reduced::new(nest.kernel, row, reduction, n_rows));
            }
            let identity = reduction.identity(row.lane.into(), row.dtype);
            let of_nothing = reduction.of_nothing(row.dtype).filter(|_| row.n_lanes() == 1);
            let lanes = states.last_mut().map(|state| &mut state.lanes);
            lanes.expect("further lanes follow the first one of their state").push(Lane {
                number,
                ty,
                identity: identity.bits,
                of_nothing: of_nothing.unwrap_or(identity).bits,
                work: allot(&mut size.fixed, work * bytes),
                result,
                levels: allot(&mut size.level, n_rows * bytes),
            });
        }
        // The levels follow everything else, since there is no saying how many there are.
        for lane in states.iter_mut().flat_map(|state| &mut state.lanes) {
            lane.levels += size.fixed;
        }
        Scratch { rows, states, size }
    }

    /// The state of which the row value of this number is the first lane.
    fn state(&self, number: usize) -> Option<&Reduced> {
        self.states.iter().find(|state| state.lanes[0].number == number)
    }

    /// The row value of this number, a lane of a state.
    pub(crate) fn lane(&self, number: usize) -> &Lane {
        let mut lanes = self.states.iter().flat_map(|state| &state.lanes);
        let lane = lanes.find(|lane| lane.number == number);
        lane.expect("element phases compute row values that have a reduction")
    }

    /// What the results of a phase's program are: one that is stored, or the lanes of a state.
    pub(crate) fn results<'s>(&'s self, phase: &Phase) -> Vec<Option<&'s Reduced>> {
        let result = |sink: &Sink| match sink {
            Sink::Store(_) => Some(None),
            // The verifier has seen that further lanes follow the first one.
            Sink::Row(id) => self.state(id.0 as usize).map(Some),
        };
        phase.sinks.iter().filter_map(result).collect()
    }
}

/// Whether a mode has a bit.
fn has(e: &mut Emitter<'_>, mode: Value, bit: i64) -> Value {
    let found = e.ins().band_imm_u(mode, bit);
    e.ins().icmp_imm_u(IntCC::NotEqual, found, 0)
}

/// What a phase reduces at a time.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    /// The states that the phase computes; those of other phases stay as they are.
    pub(crate) states: &'a [&'a Reduced],
    /// The number of the first row.
    pub(crate) row: Value,
    /// How many rows there are, as scratch memory is run through.
    pub(crate) extent: Extent,
}

impl<'a> Batch<'a> {
    /// The lanes of all its states.
    fn lanes(self) -> impl Iterator<Item = &'a Lane> {
        self.states.iter().flat_map(|state| &state.lanes)
    }
}

/// The blocks of a call, in Cranelift values.
#[derive(Clone, Copy)]
pub(crate) struct Blocks<'k> {
    pub(crate) nest: Nest<'k>,
    pub(crate) scratch: &'k Scratch,
    /// Address of the scratch memory.
    memory: Value,
    /// Elements to reduce.
    pub(crate) n: Value,
    /// The first block of the call and the one after the last; partials in mode `Finish`.
    range: (Value, Value),
    /// Set if the kernel may be split: the call's [`Mode`].
    mode: Option<Value>,
}

impl<'k> Blocks<'k> {
    /// Finds out what the call is to do.
    pub(crate) fn new(e: &mut Emitter<'_>, nest: Nest<'k>, scratch: &'k Scratch) -> Blocks<'k> {
        let memory = e.slot(nest.slots.scratch());
        let mut n = e.int(1);
        for axis in nest.kernel.n_kept..nest.kernel.rank() {
            let extent = e.slot(nest.slots.extent(axis));
            n = e.ins().imul(n, extent);
        }
        let rounded = e.ins().iadd_imm_s(n, BLOCK as i64 - 1);
        let n_blocks = e.ins().ushr_imm_u(rounded, i64::from(BLOCK.trailing_zeros()));
        let zero = e.int(0);
        // Without a mode to ask about, a call is for the whole, and the rest is not emitted.
        let mut range = (zero, n_blocks);
        let mode = nest.kernel.is_splittable().then(|| e.slot(nest.slots.mode()));
        if let Some(mode) = mode {
            let is_partial = e.ins().icmp_imm_u(IntCC::Equal, mode, Mode::Partial as i64);
            let takes_partials = has(e, mode, Mode::TAKES_PARTIALS);
            let first = e.slot(nest.slots.first_block());
            let end = e.slot(nest.slots.end_block());
            let n_partials = e.slot(nest.slots.n_partials());
            let end = e.ins().smin(end, n_blocks);
            // A range past the end has no block, not a negative number of them.
            let end = e.ins().smax(end, first);
            let all = e.ins().select(takes_partials, n_partials, n_blocks);
            range = (e.ins().select(is_partial, first, zero), e.ins().select(is_partial, end, all));
        }
        Blocks { nest, scratch, memory, n, range, mode }
    }

    /// The address of something in the scratch memory.
    pub(crate) fn address(&self, e: &mut Emitter<'_>, offset: usize) -> Value {
        e.ins().iadd_imm_s(self.memory, offset as i64)
    }

    /// The results of a row value, one for each row.
    pub(crate) fn result(&self, e: &mut Emitter<'_>, id: RowValueId) -> Port {
        Port::Contiguous(self.address(e, self.scratch.rows[id.0 as usize].result))
    }

    /// Leaves the row values in the results, as the mode says, and hands them over if that
    /// is all the call is for. `block` leaves the results of the block that begins at an
    /// element and has a length.
    pub(crate) fn reduce(
        &self,
        e: &mut Emitter<'_>,
        batch: Batch<'_>,
        block: impl FnOnce(&mut Emitter<'_>, Value, Value),
    ) {
        let (first, end) = self.range;
        let count = e.ins().isub(end, first);
        // The result of a single block is that of all; a short row should cost no more.
        let has_levels = e.ins().icmp_imm_u(IntCC::NotEqual, count, 1);
        // One loop for every mode, so that what computes a block is emitted once.
        e.count_loop(first, end, 1, &[], |e, number, _| {
            // Where partials take the place of blocks, each is a subtree of equal
            // size, but for the last.
            self.choose(
                e,
                Mode::TAKES_PARTIALS,
                |e| self.load_partials(e, number, batch),
                |e| self.compute(e, number, block),
            );
            e.when(has_levels, |e| {
                let before = e.ins().isub(number, first);
                self.push(e, before, batch);
            });
            Values::new()
        });
        e.when(has_levels, |e| self.combine_levels(e, count, batch));
        self.choose(
            e,
            Mode::LEAVES_PARTIALS,
            |e| self.save_partials(e, batch),
            |e| self.handle_nothing(e, batch),
        );
    }

    /// Runs `block` on the block of a number: where it begins and how long it is, which is less
    /// than [`BLOCK`] for the last one alone.
    fn compute(
        &self,
        e: &mut Emitter<'_>,
        number: Value,
        block: impl FnOnce(&mut Emitter<'_>, Value, Value),
    ) {
        let start = e.ins().imul_imm_s(number, BLOCK as i64);
        let rest = e.ins().isub(self.n, start);
        let most = e.int(BLOCK as i64);
        let len = e.ins().smin(rest, most);
        block(e, start, len);
    }

    /// Runs `then` if the call's mode has the given bit, else `otherwise`.
    fn choose(
        &self,
        e: &mut Emitter<'_>,
        wanted: i64,
        then: impl FnOnce(&mut Emitter<'_>),
        otherwise: impl FnOnce(&mut Emitter<'_>),
    ) {
        let Some(mode) = self.mode else { return otherwise(e) };
        let is_wanted = has(e, mode, wanted);
        e.branch(
            is_wanted,
            |e| {
                then(e);
                Values::new()
            },
            |e| {
                otherwise(e);
                Values::new()
            },
        );
    }

    /// Runs `body` in modes that run row phases.
    pub(crate) fn unless_partial(&self, e: &mut Emitter<'_>, body: impl FnOnce(&mut Emitter<'_>)) {
        match self.mode {
            None => body(e),
            Some(mode) => {
                let leaves_partials = e.ins().band_imm_u(mode, Mode::LEAVES_PARTIALS);
                let runs = e.ins().icmp_imm_u(IntCC::Equal, leaves_partials, 0);
                e.when(runs, body);
            }
        }
    }

    /// Pushes the results onto the levels, after `before` others.
    fn push(&self, e: &mut Emitter<'_>, before: Value, batch: Batch<'_>) {
        let (shared, own) = self.stacks(e, batch);
        for stack in shared {
            let key = Shared { step: Step::Push, of: stack.reduced.of };
            let args = [stack.lanes[0].result, stack.lanes[0].levels, before];
            e.call_shared(key, &args, |e, args| {
                let stack = stack.moved(args[0], args[1]);
                levels::push(e, &[stack], args[2], Extent::One);
            });
        }
        if !own.is_empty() {
            levels::push(e, &own, before, batch.extent);
        }
    }

    /// Combines the levels that `count` pushes left, into the results.
    fn combine_levels(&self, e: &mut Emitter<'_>, count: Value, batch: Batch<'_>) {
        let (shared, own) = self.stacks(e, batch);
        for stack in shared {
            let key = Shared { step: Step::Combine, of: stack.reduced.of };
            let args = [stack.lanes[0].result, stack.lanes[0].levels, count];
            e.call_shared(key, &args, |e, args| {
                let stack = stack.moved(args[0], args[1]);
                levels::combine(e, &[stack], args[2], Extent::One);
            });
        }
        if !own.is_empty() {
            levels::combine(e, &own, count, batch.extent);
        }
    }

    /// The stacks of a batch: those that functions of the kernel serve, and the others.
    fn stacks<'a>(
        &self,
        e: &mut Emitter<'_>,
        batch: Batch<'a>,
    ) -> (Vec<Stack<'a>>, Vec<Stack<'a>>) {
        let mut stack = |reduced: &&'a Reduced| {
            let lane = |lane: &Lane| StackLane {
                result: self.address(e, lane.result),
                levels: self.address(e, lane.levels),
                of_none: match self.mode {
                    None => lane.of_nothing,
                    Some(_) => lane.identity,
                },
            };
            let lanes = reduced.lanes.iter().map(lane).collect();
            Stack { reduced, lanes, stride: self.scratch.size.level }
        };
        let stacks: Vec<Stack<'a>> = batch.states.iter().map(&mut stack).collect();
        stacks.into_iter().partition(|stack| stack.reduced.is_shared)
    }

    /// A sum of nothing is `0.0`, though the neutral element is `-0.0`. Were `0.0`
    /// neutral, a sum of `-0.0` alone would lose its sign.
    ///
    /// Without modes, elements are missing only where blocks are: [`levels::combine`] then says what
    /// none of them gives.
    fn handle_nothing(&self, e: &mut Emitter<'_>, batch: Batch<'_>) {
        let differs = |lane: &&Lane| lane.of_nothing != lane.identity;
        let differing: Vec<&Lane> = batch.lanes().filter(differs).collect();
        if self.mode.is_none() || differing.is_empty() {
            return;
        }
        let is_nothing = e.ins().icmp_imm_u(IntCC::Equal, self.n, 0);
        e.when(is_nothing, |e| {
            for lane in differing {
                let result = self.address(e, lane.result);
                levels::fill(e, lane.ty, lane.of_nothing, result, batch.extent);
            }
        });
    }

    /// Hands the results over, for another call to combine. Exactly as many as there
    /// are rows: the slots beyond belong to somebody else.
    fn save_partials(&self, e: &mut Emitter<'_>, batch: Batch<'_>) {
        let partials = e.slot(self.nest.slots.partials());
        for lane in batch.lanes() {
            let result = Port::Contiguous(self.address(e, lane.result));
            let partial = self.partial(e, partials, lane.number, batch.row);
            levels::copy(e, lane.ty, result, partial, batch.extent.exact());
        }
    }

    /// Reads what a task has left, in the place of a block.
    fn load_partials(&self, e: &mut Emitter<'_>, task: Value, batch: Batch<'_>) {
        let partials = e.slot(self.nest.slots.partials());
        let stride = e.slot(self.nest.slots.partial_stride());
        let partials = e.strided(partials, task, stride);
        for lane in batch.lanes() {
            let result = Port::Contiguous(self.address(e, lane.result));
            let partial = self.partial(e, partials, lane.number, batch.row);
            levels::copy(e, lane.ty, partial, result, batch.extent.exact());
        }
    }

    /// The partials of a row value from the given row on.
    fn partial(&self, e: &mut Emitter<'_>, partials: Value, number: usize, row: Value) -> Port {
        let n_rows = e.slot(self.nest.slots.n_rows());
        let before = e.ins().imul_imm_s(n_rows, number as i64);
        let slot = e.ins().iadd(before, row);
        let base = e.scaled(partials, slot, SLOT);
        Port::Strided { base, stride: e.int(SLOT as i64), is_next: false }
    }

    /// The bases at a position in the sequence of reduced elements, and how many elements
    /// follow along the last axis, itself included.
    ///
    /// Position 256 of reduced axes [20, 30] is index [8, 16], and 14 elements follow in that run.
    /// No extent is 0 here: of nothing there is no block to seek.
    pub(crate) fn seek(
        &self,
        e: &mut Emitter<'_>,
        bases: &[Value],
        position: Value,
    ) -> (Values, Value) {
        let kernel = self.nest.kernel;
        let (mut bases, mut rest) = (Values::from_slice(bases), position);
        let mut follow = self.n;
        for axis in (kernel.n_kept..kernel.rank()).rev() {
            let extent = e.slot(self.nest.slots.extent(axis));
            let mut index = rest;
            // What is left of the position is the index along the outermost axis.
            if axis > kernel.n_kept {
                let outer = e.ins().udiv(rest, extent);
                let whole = e.ins().imul(outer, extent);
                index = e.ins().isub(rest, whole);
                rest = outer;
            }
            bases = self.nest.advance(e, &bases, axis, index);
            if axis + 1 == kernel.rank() {
                follow = e.ins().isub(extent, index);
            }
        }
        (bases, follow)
    }

    /// One row's result as a scalar, which the phases after a reduction keep in a register.
    pub(crate) fn load_result(&self, e: &mut Emitter<'_>, id: RowValueId) -> Port {
        let row = &self.scratch.rows[id.0 as usize];
        let result = self.address(e, row.result);
        Port::Fixed(e.load(scalar_type(row.ty), result, 0))
    }
}
