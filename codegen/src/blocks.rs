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
use crate::levels::{self, Shared, Stack, Step};
use crate::nest::Nest;
use crate::ports::Port;
use crate::range::Extent;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};
use jitney_ir::DType;
use jitney_ir::kernel::{Mode, Phase, RowValue, RowValueId, Sink};
use jitney_ir::lanes::{Builder, LaneType, Program};
use jitney_ir::ops::Reduction;
use jitney_ir::reduction::BLOCK;

/// Reductions of one kind from which on they share the functions that combine their blocks, one
/// row at a time.
const MIN_SHARED: usize = 2;

/// A partial's size.
const SLOT: usize = 8;

/// Where a row value is in the scratch memory, as byte offsets, and how it is reduced.
pub(crate) struct RowMemory {
    pub(crate) ty: LaneType,
    /// The value for each row; while it is being reduced, the result of a block.
    pub(crate) result: usize,
    /// Nothing if a row phase computes the value.
    reduced: Option<Reduced>,
}

/// A reduction's program and its part of the scratch memory.
pub(crate) struct Reduced {
    pub(crate) ty: LaneType,
    /// Combines two partial results.
    pub(crate) combine: Program,
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
    /// How it is reduced.
    pub(crate) of: (Reduction, DType),
    /// Whether functions of the kernel combine its blocks.
    is_shared: bool,
}

/// The scratch memory of a kernel.
pub(crate) struct Scratch {
    rows: Vec<RowMemory>,
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
        let values = &nest.kernel.row_values;
        let is_alike =
            |a: &RowValue, b: &RowValue| (a.reduction, a.dtype) == (b.reduction, b.dtype);
        let rows = values.iter().map(|row| {
            let n_alike = values.iter().filter(|other| is_alike(row, other)).count();
            let ty = LaneType::of(row.dtype);
            let result = allot(&mut size.fixed, n_rows * row.dtype.size());
            let reduced = row.reduction.map(|reduction| {
                let identity = reduction.identity(row.dtype);
                Reduced {
                    ty,
                    combine: combination(reduction, row.dtype),
                    identity: identity.bits,
                    of_nothing: reduction.of_nothing(row.dtype).unwrap_or(identity).bits,
                    work: allot(&mut size.fixed, work * row.dtype.size()),
                    result,
                    levels: allot(&mut size.level, n_rows * row.dtype.size()),
                    of: (reduction, row.dtype),
                    is_shared: n_rows == 1 && n_alike >= MIN_SHARED,
                }
            });
            RowMemory { ty, result, reduced }
        });
        let mut rows: Vec<RowMemory> = rows.collect();
        // The levels follow everything else, since there is no saying how many there are.
        for reduced in rows.iter_mut().filter_map(|row| row.reduced.as_mut()) {
            reduced.levels += size.fixed;
        }
        Scratch { rows, size }
    }

    /// How the row value of this number is reduced, by the phase that does.
    pub(crate) fn reduced(&self, number: usize) -> &Reduced {
        let reduced = self.rows[number].reduced.as_ref();
        reduced.expect("element phases compute row values that have a reduction")
    }
}

/// Whether a mode has a bit.
fn has(e: &mut Emitter<'_>, mode: Value, bit: i64) -> Value {
    let found = e.ins().band_imm_u(mode, bit);
    e.ins().icmp_imm_u(IntCC::NotEqual, found, 0)
}

/// The program that combines two partial results, the earlier one first.
fn combination(reduction: Reduction, dtype: DType) -> Program {
    let mut b = Builder::new();
    let ty = LaneType::of(dtype);
    let (x, y) = (b.param(ty), b.param(ty));
    let result = reduction.combine(&mut b, dtype, x, y);
    b.finish(&[result])
}

/// What a phase reduces at a time.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    /// The row values that the phase computes; those of other phases stay as they are.
    pub(crate) numbers: &'a [usize],
    /// The number of the first row.
    pub(crate) row: Value,
    /// How many rows there are, as scratch memory is run through.
    pub(crate) extent: Extent,
}

/// The numbers of the row values that a phase reduces.
pub(crate) fn reduced_by(phase: &Phase) -> Vec<usize> {
    let number = |sink: &Sink| match sink {
        Sink::Row(id) => Some(id.0 as usize),
        Sink::Store(_) => None,
    };
    phase.sinks.iter().filter_map(number).collect()
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

    /// The row values of a batch, with their numbers.
    fn reduced<'a>(
        &self,
        batch: Batch<'a>,
    ) -> impl Iterator<Item = (usize, &'k Reduced)> + use<'a, 'k> {
        let scratch = self.scratch;
        batch.numbers.iter().map(|number| (*number, scratch.reduced(*number)))
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
            let args = [stack.result, stack.levels, before];
            e.call_shared(key, &args, |e, args| {
                let stack = Stack { result: args[0], levels: args[1], ..stack };
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
            let args = [stack.result, stack.levels, count];
            e.call_shared(key, &args, |e, args| {
                let stack = Stack { result: args[0], levels: args[1], ..stack };
                levels::combine(e, &[stack], args[2], Extent::One);
            });
        }
        if !own.is_empty() {
            levels::combine(e, &own, count, batch.extent);
        }
    }

    /// The stacks of a batch: those that functions of the kernel serve, and the others.
    fn stacks(&self, e: &mut Emitter<'_>, batch: Batch<'_>) -> (Vec<Stack<'k>>, Vec<Stack<'k>>) {
        let stacks: Vec<Stack<'k>> = self
            .reduced(batch)
            .map(|(_, reduced)| Stack {
                reduced,
                result: self.address(e, reduced.result),
                levels: self.address(e, reduced.levels),
                stride: self.scratch.size.level,
                of_none: match self.mode {
                    None => reduced.of_nothing,
                    Some(_) => reduced.identity,
                },
            })
            .collect();
        stacks.into_iter().partition(|stack| stack.reduced.is_shared)
    }

    /// A sum of nothing is `0.0`, though the neutral element is `-0.0`. Were `0.0`
    /// neutral, a sum of `-0.0` alone would lose its sign.
    ///
    /// Without modes, elements are missing only where blocks are: [`levels::combine`] then says what
    /// none of them gives.
    fn handle_nothing(&self, e: &mut Emitter<'_>, batch: Batch<'_>) {
        let differs = |reduced: &Reduced| reduced.of_nothing != reduced.identity;
        if self.mode.is_none() || !self.reduced(batch).any(|(_, reduced)| differs(reduced)) {
            return;
        }
        let is_nothing = e.ins().icmp_imm_u(IntCC::Equal, self.n, 0);
        e.when(is_nothing, |e| {
            for (_, reduced) in self.reduced(batch).filter(|(_, reduced)| differs(reduced)) {
                let result = self.address(e, reduced.result);
                levels::fill(e, reduced.ty, reduced.of_nothing, result, batch.extent);
            }
        });
    }

    /// Hands the results over, for another call to combine. Exactly as many as there
    /// are rows: the slots beyond belong to somebody else.
    fn save_partials(&self, e: &mut Emitter<'_>, batch: Batch<'_>) {
        let partials = e.slot(self.nest.slots.partials());
        for (number, reduced) in self.reduced(batch) {
            let result = Port::Contiguous(self.address(e, reduced.result));
            let partial = self.partial(e, partials, number, batch.row);
            levels::copy(e, reduced.ty, result, partial, batch.extent.exact());
        }
    }

    /// Reads what a task has left, in the place of a block.
    fn load_partials(&self, e: &mut Emitter<'_>, task: Value, batch: Batch<'_>) {
        let partials = e.slot(self.nest.slots.partials());
        let stride = e.slot(self.nest.slots.partial_stride());
        let partials = e.strided(partials, task, stride);
        for (number, reduced) in self.reduced(batch) {
            let result = Port::Contiguous(self.address(e, reduced.result));
            let partial = self.partial(e, partials, number, batch.row);
            levels::copy(e, reduced.ty, partial, result, batch.extent.exact());
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
