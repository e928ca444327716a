//! Reductions of many rows at once, along the last kept axis.
//!
//! Rows are taken in stripes. For each position of the reduced axes a vector loop runs
//! along the stripe and combines into one of sixteen rows of accumulators in scratch
//! memory, small enough to stay in a near cache.
//!
//! Accumulator `j` takes the positions `j`, `j + 16`, … of a block, in this order, so several of
//! them can be read side by side while it is in a register. Of a block of 140 positions:
//!
//! ```text
//! 8 at a time   j = 0 … 15    j, j + 16, … j + 112
//! 4 at a time   -             fewer than 64 are left
//! 1 at a time   128 … 139     accumulators 0 … 11
//! ```

use crate::blocks::{Batch, Blocks, Lane, Reduced, Scratch, ScratchSize};
use crate::emitter::{Emitter, Values};
use crate::levels;
use crate::nest::{Nest, Place};
use crate::ports::Port;
use crate::range::{self, Extent};
use crate::wide::accumulating;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};
use jitney_ir::kernel::{AccessKind, Phase, RowValueId, Scope, Sink, Source};
use jitney_ir::lanes::{Builder, Program, V};
use jitney_ir::reduction::LANES;

/// Rows in a stripe. Their sixteen accumulators of `f64` are 64 KiB, which is more than the
/// nearest cache has; but runs of 4 KiB get from memory in two thirds of the time that runs
/// of 1 KiB take, and the accumulators come from the next cache meanwhile.
const STRIPE: usize = 512;

/// How many positions an accumulator takes at a time, as long as there are as many: it comes from
/// and goes to memory once for all of them. Maxima over axis 1 of (200, 300, 400) `float32` take
/// 1.90 ms with eight, 2.02 with four, 2.7 with one.
const FEW_STEPS: usize = 4;

/// The same where positions are near each other. What is read at a time is as many runs of
/// memory: far from each other, eight take longer than four, sums over axis 0 by a tenth.
const MANY_STEPS: usize = 8;

/// Bytes from a position to the next one up to which they are near.
const NEAR: i64 = 16384;

/// Most instructions of a program for which that shows.
const STEPPING_COST: usize = 24;

/// Emits the kernel and returns how much scratch memory it needs.
pub(crate) fn emit(e: &mut Emitter<'_>, nest: Nest<'_>, bases: &[Value]) -> ScratchSize {
    let scratch = Scratch::new(nest, STRIPE, STRIPE * LANES);
    let blocks = Blocks::new(e, nest, &scratch);
    let axis = nest.kernel.n_kept - 1;
    let n = e.slot(nest.slots.extent(axis));
    nest.walk(e, 0..axis, bases, |e, place| {
        // Row values and partials are numbered as if there were no stripes.
        let rows_before = e.ins().imul(place.count, n);
        let start = e.int(0);
        e.count_loop(start, n, STRIPE as i64, &[], |e, column, _| {
            let bases = nest.advance(e, place.bases, axis, column);
            let (rest, most) = (e.ins().isub(n, column), e.int(STRIPE as i64));
            let width = e.ins().smin(rest, most);
            let count = e.ins().iadd(rows_before, column);
            emit_stripe(e, &blocks, Place { bases: &bases, count, indices: &[] }, width);
            Values::new()
        });
    });
    scratch.size
}

/// Phase after phase for the whole stripe, whose row values are then still in the cache.
fn emit_stripe(e: &mut Emitter<'_>, blocks: &Blocks<'_>, place: Place<'_>, width: Value) {
    for phase in &blocks.nest.kernel.phases {
        let along = Extent::Many(width, range::lanes_of(&phase.program));
        match phase.scope {
            Scope::Row => blocks.unless_partial(e, |e| {
                let result = |e: &mut Emitter<'_>, id| blocks.result(e, id);
                blocks.nest.run_phase(e, phase, place.bases, along, result);
            }),
            Scope::Element => emit_elements(e, blocks, phase, place, width),
        }
    }
}

fn emit_elements(
    e: &mut Emitter<'_>,
    blocks: &Blocks<'_>,
    phase: &Phase,
    place: Place<'_>,
    width: Value,
) {
    let stripe = Stripe::new(blocks, phase, width);
    if stripe.states.is_empty() {
        let start = e.int(0);
        stripe.each(e, place.bases, start, blocks.n, &stripe.one);
        return;
    }
    // Nothing else is behind a stripe's row values but more of its own memory, so that vectors may
    // be full.
    let batch = Batch { states: &stripe.states, row: place.count, extent: stripe.padded() };
    blocks.reduce(e, batch, |e, start, len| stripe.block(e, place.bases, start, len));
}

/// An element phase along a stripe.
struct Stripe<'b, 'k> {
    blocks: &'b Blocks<'k>,
    phase: &'k Phase,
    /// The states that the phase reduces.
    states: Vec<&'k Reduced>,
    /// For several elements of each accumulator at a time, most first.
    several: Vec<Accumulating>,
    /// For one.
    one: Accumulating,
    width: Value,
    lanes: usize,
}

/// The phase's program with accumulators.
struct Accumulating {
    /// How many elements of each it takes.
    n_steps: usize,
    program: Program,
}

impl<'b, 'k> Stripe<'b, 'k> {
    fn new(blocks: &'b Blocks<'k>, phase: &'k Phase, width: Value) -> Stripe<'b, 'k> {
        let results = blocks.scratch.results(phase);
        let accumulate = || results.iter().map(|state| state.map(|state| &state.accumulate));
        let with = |n_steps: usize| Accumulating {
            n_steps,
            program: accumulating(&phase.program, n_steps, accumulate()),
        };
        let one = with(1);
        let only_reduces = phase.sinks.iter().all(|sink| matches!(sink, Sink::Row(_)));
        // An index is a number that goes with a position, no address.
        let kernel = blocks.nest.kernel;
        let is_index = |source: &&Source| match source {
            Source::Access(id) => kernel.access(*id).kind == AccessKind::Index,
            Source::Row(_) => false,
        };
        let read: Vec<&Source> = phase.sources.iter().filter(|source| !is_index(source)).collect();
        let steps: &[usize] = match read.as_slice() {
            _ if !only_reduces || one.program.cost() > STEPPING_COST => &[],
            // As many addresses have registers.
            [Source::Access(_)] => &[MANY_STEPS, FEW_STEPS],
            _ => &[FEW_STEPS],
        };
        let several = steps.iter().copied().map(with).collect();
        let lanes = range::lanes_of(&one.program);
        let states = results.iter().copied().flatten().collect();
        Stripe { blocks, phase, states, several, one, width, lanes }
    }

    /// Along scratch memory, where a stripe has room for full vectors.
    fn padded(&self) -> Extent {
        Extent::Padded(self.width, self.lanes)
    }

    /// Leaves the result of a block for each row.
    fn block(&self, e: &mut Emitter<'_>, bases: &[Value], start: Value, len: Value) {
        let (first, n_sums) = (e.int(0), e.int(LANES as i64));
        e.count_loop(first, n_sums, 1, &[], |e, number, _| {
            for lane in self.states.iter().flat_map(|state| &state.lanes) {
                let sums = self.sums(e, lane, number);
                levels::fill(e, lane.ty, lane.identity, sums, self.padded());
            }
            Values::new()
        });
        let end = e.ins().iadd(start, len);
        let mut start = start;
        for several in &self.several {
            let group = (several.n_steps * LANES) as i64;
            let len = e.ins().isub(end, start);
            let mut whole = e.ins().band_imm_s(len, -group);
            if several.n_steps == MANY_STEPS {
                let (is_near, none) = (self.is_near(e), e.int(0));
                whole = e.ins().select(is_near, whole, none);
            }
            let rest = e.ins().iadd(start, whole);
            e.count_loop(start, rest, group, &[], |e, first, _| {
                let end = e.ins().iadd_imm_s(first, LANES as i64);
                self.each(e, bases, first, end, several);
                Values::new()
            });
            start = rest;
        }
        // What is left of the block, fewer than any group of several.
        self.each(e, bases, start, end, &self.one);
        self.combine_sums(e);
    }

    /// Whether what is read at one position is near what is read at the next.
    fn is_near(&self, e: &mut Emitter<'_>) -> Value {
        let nest = self.blocks.nest;
        let last = nest.kernel.rank() - 1;
        let loads = self.phase.sources.iter().filter_map(|source| match source {
            Source::Access(id) => Some(id.0 as usize),
            Source::Row(_) => None,
        });
        let mut farthest = e.int(0);
        for number in loads {
            let stride = e.slot(nest.slots.stride(number, last));
            // Views may go backwards.
            let distance = e.ins().iabs(stride);
            farthest = e.ins().smax(farthest, distance);
        }
        e.ins().icmp_imm_s(IntCC::SignedLessThanOrEqual, farthest, NEAR)
    }

    /// Goes through the positions from `start` below `end`. Each position is a loop along the
    /// stripe; its elements lie next to each other, those of the next position anywhere.
    fn each(
        &self,
        e: &mut Emitter<'_>,
        bases: &[Value],
        start: Value,
        end: Value,
        accumulating: &Accumulating,
    ) {
        e.count_loop(start, end, 1, &[], |e, position, _| {
            self.accumulate(e, bases, position, accumulating);
            Values::new()
        });
    }

    /// Combines the elements at a position into their accumulators, and those at the next
    /// positions that have the same ones, as many in all as the program takes.
    fn accumulate(
        &self,
        e: &mut Emitter<'_>,
        bases: &[Value],
        position: Value,
        accumulating: &Accumulating,
    ) {
        // A block begins at a multiple of sixteen, so that a position tells its accumulator.
        let number = e.ins().band_imm_u(position, LANES as i64 - 1);
        let sums = |e: &mut Emitter<'_>, id: RowValueId| {
            Port::Contiguous(self.sums(e, self.blocks.scratch.lane(id.0 as usize), number))
        };
        let known = |e: &mut Emitter<'_>, id| self.blocks.result(e, id);
        let (mut sources, mut sinks) = (Vec::new(), Vec::new());
        for step in 0..accumulating.n_steps {
            let position = e.ins().iadd_imm_s(position, (step * LANES) as i64);
            let (bases, _) = self.blocks.seek(e, bases, position);
            sources.extend(self.blocks.nest.sources(e, self.phase, &bases, known));
            sinks = self.blocks.nest.sinks(e, self.phase, &bases, sums);
        }
        for sink in &self.phase.sinks {
            if let Sink::Row(id) = sink {
                // In the order of the results that take their place: so the program has its
                // parameters.
                sources.push(sums(e, *id));
            }
        }
        let extent = Extent::Many(self.width, self.lanes);
        range::run(e, &accumulating.program, sources, &sinks, extent);
    }

    /// Combines the sixteen accumulators by a balanced tree, into the results: all at once, since
    /// memory is idle meanwhile.
    fn combine_sums(&self, e: &mut Emitter<'_>) {
        for state in &self.states {
            let mut sums = Vec::new();
            for number in 0..LANES {
                let number = e.int(number as i64);
                for lane in &state.lanes {
                    sums.push(Port::Contiguous(self.sums(e, lane, number)));
                }
            }
            let result = |lane: &Lane| Port::Contiguous(self.blocks.address(e, lane.result));
            let results: Vec<Port> = state.lanes.iter().map(result).collect();
            range::run(e, &tree(&state.combine), sums, &results, self.padded());
        }
    }

    /// The accumulators of the given number.
    ///
    /// ```text
    /// work memory     accumulator 0 of rows 0 … 511 | accumulator 1 of rows 0 … 511 | … | 15
    /// ```
    ///
    /// So the accumulators of neighbouring rows are neighbours, as their elements are: vectors of
    /// both.
    fn sums(&self, e: &mut Emitter<'_>, lane: &Lane, number: Value) -> Value {
        let work = self.blocks.address(e, lane.work);
        e.scaled(work, number, STRIPE * lane.ty.size())
    }
}

/// The balanced tree of a block's accumulators: each with that half as many places on, until one
/// is left.
fn tree(combine: &Program) -> Program {
    let mut b = Builder::new();
    let n_lanes = combine.results.len();
    let types = combine.params[..n_lanes].iter();
    let mut state = || -> Vec<V> { types.clone().map(|ty| b.param(*ty)).collect() };
    let mut sums: Vec<Vec<V>> = (0..LANES).map(|_| state()).collect();
    while sums.len() > 1 {
        let upper = sums.split_off(sums.len() / 2);
        let pairs = sums.into_iter().zip(upper);
        sums = pairs
            .map(|(lower, upper)| b.inline(combine, &[lower, upper].concat()).to_vec())
            .collect();
    }
    b.finish(&sums[0])
}
