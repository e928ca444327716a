//! Reductions row by row, along the last reduced axis.
//!
//! A block's sixteen accumulators live in registers. They take their elements straight
//! from the phase's program if it is small and there is one reduced axis; otherwise the
//! program fills the block's elements into scratch memory first, run by run, a run being
//! what lies in a block along the last axis:
//!
//! ```text
//! reduced axes [20, 30], block 1: elements 256 … 511
//! runs    14 elements of index 8, 30 of 9, …, 30 of 16, 2 of 17
//! ```
//!
//! So a program's vectors are as long as the last axis allows, and the accumulators still get
//! their sixteen elements at a time, wherever rows and runs begin. Four ways, the first that fits:
//!
//! * nothing is reduced: the phase stores along the last axis, without blocks;
//! * a wide function computes a block with its accumulators in registers ([`WideBlock`]);
//! * Cranelift does ([`Direct`]);
//! * scratch memory lies between the two, where the program may still be a wide function, or
//!   several if it is long ([`crate::pieces`]).

use crate::accumulate::Accumulators;
use crate::ahead::Ahead;
use crate::blocks::{Batch, Blocks, Lane, Reduced, Scratch, ScratchSize};
use crate::emitter::{Emitter, Machine, Values};
use crate::lanes::pack::Pack;
use crate::levels::{self, identity_program};
use crate::nest::{Nest, Place};
use crate::pieces::Pieces;
use crate::ports::Port;
use crate::range::{self, Body, Extent};
use crate::wide::{self, Argument, WideFunction};
use crate::wide_rows::moving_argument;
use cranelift_codegen::ir::{InstBuilder, Value};
use jitney_ir::kernel::{AccessKind, Kernel, Layout, Phase, Scope, Sink, Source};
use jitney_ir::lanes::{Inst, LaneOp, LaneType, Program};
use jitney_ir::reduction::{BLOCK, LANES};

/// Most instructions a program may have, over a group of [`LANES`] elements, to be emitted
/// between the accumulators: beyond that registers run out and code grows.
const DIRECT_COST: usize = 64;

/// Least instructions of a program that wide vectors compute ahead of the accumulators.
const WIDE_COST: usize = 4;

/// Emits the kernel and returns how much scratch memory it needs.
pub(crate) fn emit(e: &mut Emitter<'_>, nest: Nest<'_>, bases: &[Value]) -> ScratchSize {
    let scratch = Scratch::new(nest, 1, BLOCK);
    let blocks = Blocks::new(e, nest, &scratch);
    let ahead = Ahead::new(e, nest);
    nest.walk(e, 0..nest.kernel.n_kept, bases, |e, place| {
        for phase in &nest.kernel.phases {
            match phase.scope {
                // Row values are not complete before the partial results of all tasks are combined.
                Scope::Row => blocks.unless_partial(e, |e| {
                    nest.run_phase(e, phase, place.bases, Extent::One, |e, id| {
                        blocks.result(e, id)
                    });
                }),
                Scope::Element => emit_elements(e, &blocks, &ahead, phase, place),
            }
        }
    });
    scratch.size
}

fn emit_elements(
    e: &mut Emitter<'_>,
    blocks: &Blocks<'_>,
    ahead: &Ahead,
    phase: &Phase,
    place: Place<'_>,
) {
    let nest = blocks.nest;
    let states: Vec<&Reduced> = blocks.scratch.results(phase).into_iter().flatten().collect();
    // A kernel that may be split stores by blocks as well: a call in mode `Partial` has a range.
    if states.is_empty() && !nest.kernel.is_splittable() {
        return emit_stores(e, blocks, phase, place);
    }
    let batch = Batch { states: &states, row: place.count, extent: Extent::One };
    let wide = match is_long(e.machine, nest.kernel, phase) {
        true => None,
        false => WideBlock::new(e.machine, blocks, phase),
    };
    if let Some(wide) = wide {
        blocks.reduce(e, batch, |e, start, len| wide.call(e, ahead, place.bases, start, len));
    } else if is_direct(e.machine, nest.kernel, phase) {
        let direct = Direct::prepare(e, blocks, phase, place.bases);
        blocks.reduce(e, batch, |e, start, len| direct.block(e, start, len));
    } else {
        blocks.reduce(e, batch, |e, start, len| {
            fill_block(e, blocks, phase, place.bases, start, len);
            states.iter().for_each(|state| reduce_buffer(e, blocks, state, len));
        });
    }
}

/// A phase whose blocks a wide function reduces.
struct WideBlock<'b, 'k> {
    blocks: &'b Blocks<'k>,
    phase: &'k Phase,
    /// The phase's program with accumulators.
    program: Program,
    function: WideFunction,
}

impl<'b, 'k> WideBlock<'b, 'k> {
    /// If there is a function for it.
    fn new(
        machine: Machine,
        blocks: &'b Blocks<'k>,
        phase: &'k Phase,
    ) -> Option<WideBlock<'b, 'k>> {
        let kernel = blocks.nest.kernel;
        // Along several axes a block is several runs, and accumulators would have to get from one
        // call to the next.
        if kernel.n_reduced != 1 || !phase.sinks.iter().all(|sink| is_contiguous(kernel, sink)) {
            return None;
        }
        let sources = phase.sources.iter().map(|source| wide_source(kernel, source));
        let sources: Vec<wide::Source> = sources.collect::<Option<_>>()?;
        // The function has the accumulators as further parameters, and their successors as results.
        let states = blocks.scratch.results(phase);
        let accumulate = states.iter().map(|state| Some(&(*state)?.accumulate));
        let program = wide::accumulating(&phase.program, 1, accumulate);
        let reduced: Vec<_> = states.iter().map(|state| state.map(wide_reduced)).collect();
        let function = wide::compile_reduction(machine.wide?, &program, &sources, &reduced)?;
        Some(WideBlock { blocks, phase, program, function })
    }

    /// Reduces the block that begins at an element and has a length.
    fn call(self, e: &mut Emitter<'_>, ahead: &Ahead, bases: &[Value], start: Value, len: Value) {
        let blocks = self.blocks;
        // There is one reduced axis, so all of the block follows.
        let (bases, _) = blocks.seek(e, bases, start);
        let known = |e: &mut Emitter<'_>, id| blocks.load_result(e, id);
        let mut sources = blocks.nest.sources(e, self.phase, &bases, known);
        // Accumulators are the function's own. All that is asked of them is to be no constants.
        sources.resize(self.program.params.len(), Port::Contiguous(len));
        let sinks = blocks.nest.sinks(e, self.phase, &bases, |e, id| blocks.result(e, id));
        let body = Body::prepare(e, &self.program, sources.clone());
        let argument = |argument: &Argument| match *argument {
            Argument::Ahead(number) => match self.phase.sources[number] {
                Source::Access(id) => Some(ahead.address(e, id, bases[id.0 as usize])),
                Source::Row(_) => None,
            },
            Argument::Uniform(value) => Some(body.uniform_argument(e, value)),
            other => moving_argument(other, &sources, &sinks, None),
        };
        let arguments: Option<Vec<Value>> = self.function.arguments.iter().map(argument).collect();
        let arguments = arguments.expect("ports are what the function was made for");
        e.call_wide(self.function, &arguments, len);
    }
}

/// A phase that reduces nothing needs no blocks. Neither do its elements wait for one another: wide
/// code takes a whole row at a call, instead of a block.
fn emit_stores(e: &mut Emitter<'_>, blocks: &Blocks<'_>, phase: &Phase, place: Place<'_>) {
    let nest = blocks.nest;
    let last = nest.kernel.rank() - 1;
    let n = e.slot(nest.slots.extent(last));
    let lanes = range::lanes_of(&phase.program);
    // What earlier phases store may be read by later ones.
    let is_last = |other: &Phase| std::ptr::eq(other, phase);
    let mut from_last = nest.kernel.phases.iter().rev();
    let last_elements = from_last.find(|phase| phase.scope == Scope::Element);
    let extent = match last_elements.is_some_and(is_last) {
        true => Extent::Streaming(n, lanes, e.slot(nest.slots.streams())),
        false => Extent::Many(n, lanes),
    };
    // The outer reduced axes are loops like those over rows.
    nest.walk(e, nest.kernel.n_kept..last, place.bases, |e, place| {
        nest.run_phase(e, phase, place.bases, extent, |e, id| blocks.load_result(e, id));
    });
}

/// Fills the elements of a block into the work memory of the row values, and runs the other sinks.
/// A block of several runs is several calls or loops, each of which goes on in the work memory
/// where the last one ended.
fn fill_block(
    e: &mut Emitter<'_>,
    blocks: &Blocks<'_>,
    phase: &Phase,
    bases: &[Value],
    start: Value,
    len: Value,
) {
    let first = e.int(0);
    e.loop_from(first, len, &[], |e, done, _| {
        let position = e.ins().iadd(start, done);
        // Its divisions are done once a run, not once an element.
        let (bases, follow) = blocks.seek(e, bases, position);
        let rest = e.ins().isub(len, done);
        let n = e.ins().smin(follow, rest);
        let sources = blocks.nest.sources(e, phase, &bases, |e, id| blocks.load_result(e, id));
        let sinks = blocks.nest.sinks(e, phase, &bases, |e, id| {
            let lane = blocks.scratch.lane(id.0 as usize);
            let work = blocks.address(e, lane.work);
            Port::Contiguous(e.scaled(work, done, lane.ty.size()))
        });
        let extent = Extent::Many(n, range::lanes_of(&phase.program));
        range::run(e, &phase.program, sources, &sinks, extent);
        (e.ins().iadd(done, n), Values::new())
    });
}

/// Whether a phase's program runs in pieces, which have no accumulators.
fn is_long(machine: Machine, kernel: &Kernel, phase: &Phase) -> bool {
    let is_uniform = |source: &Source| wide_source(kernel, source) == Some(wide::Source::Uniform);
    let is_uniform: Vec<bool> = phase.sources.iter().map(is_uniform).collect();
    !Pieces::of(&phase.program, &is_uniform, machine.wide).is_whole()
}

/// What a wide function has to know of a state.
fn wide_reduced(state: &Reduced) -> wide::Reduced<'_> {
    let identity = state.lanes.iter().map(|lane| lane.identity).collect();
    wide::Reduced { combine: &state.combine, identity }
}

/// What hands the elements in a state's work memory out, and where each of its lanes is.
fn in_buffer(e: &mut Emitter<'_>, blocks: &Blocks<'_>, state: &Reduced) -> (Program, Vec<Port>) {
    let types: Vec<LaneType> = state.lanes.iter().map(|lane| lane.ty).collect();
    let work = |lane: &Lane| Port::Contiguous(blocks.address(e, lane.work));
    (identity_program(&types), state.lanes.iter().map(work).collect())
}

/// Reduces the elements in a state's work memory to its result by a wide function; `false` if
/// there is none.
fn reduce_wide(e: &mut Emitter<'_>, blocks: &Blocks<'_>, state: &Reduced, len: Value) -> bool {
    let types: Vec<LaneType> = state.lanes.iter().map(|lane| lane.ty).collect();
    let elements = identity_program(&types);
    let program = wide::accumulating(&elements, 1, std::iter::once(Some(&state.accumulate)));
    let reduced = [Some(wide_reduced(state))];
    let sources = vec![wide::Source::Elements; types.len()];
    let compile = |target| wide::compile_reduction(target, &program, &sources, &reduced);
    let Some(function) = e.machine.wide.and_then(compile) else { return false };
    let (_, sources) = in_buffer(e, blocks, state);
    let result = |lane: &Lane| Port::Contiguous(blocks.address(e, lane.result));
    let sinks: Vec<Port> = state.lanes.iter().map(result).collect();
    let argument = |argument: &Argument| match *argument {
        // The elements have just been written: nothing has to be asked for.
        Argument::Ahead(number) => sources[number].first(),
        other => moving_argument(other, &sources, &sinks, None),
    };
    let arguments: Option<Vec<Value>> = function.arguments.iter().map(argument).collect();
    let arguments = arguments.expect("nothing of it is uniform");
    e.call_wide(function, &arguments, len);
    true
}

/// Reduces the elements in a state's work memory to its result.
fn reduce_buffer(e: &mut Emitter<'_>, blocks: &Blocks<'_>, state: &Reduced, len: Value) {
    if reduce_wide(e, blocks, state, len) {
        return;
    }
    pad(e, blocks, state, len);
    // Elements are there already; what feeds the accumulators only loads them.
    let (program, work) = in_buffer(e, blocks, state);
    let stores = vec![None; work.len()];
    let body = Body::prepare(e, &program, work);
    let start = e.int(0);
    // Up to the padding, so that no element is left over.
    let padded = e.ins().iadd_imm_s(len, LANES as i64 - 1);
    let end = e.ins().band_imm_s(padded, -(LANES as i64));
    let mut sums = Accumulators::new(e, &[state], range::lanes_of(&program).min(LANES));
    sums.run(e, &body, &stores, start, end);
    store_results(e, blocks, &[state], sums);
}

/// Completes the last group of elements with neutral ones. There is room: a block is a multiple
/// of a group.
fn pad(e: &mut Emitter<'_>, blocks: &Blocks<'_>, state: &Reduced, len: Value) {
    let odd = e.ins().band_imm_u(len, LANES as i64 - 1);
    e.when(odd, |e| {
        for lane in &state.lanes {
            let work = blocks.address(e, lane.work);
            let first = e.scaled(work, len, lane.ty.size());
            let lanes = e.int(LANES as i64);
            let missing = e.ins().isub(lanes, odd);
            // A lane at a time: fewer than sixteen, beginning anywhere.
            levels::fill(e, lane.ty, lane.identity, first, Extent::Many(missing, 1));
        }
    });
}

/// Combines the accumulators, to the states' results of this block.
fn store_results(
    e: &mut Emitter<'_>,
    blocks: &Blocks<'_>,
    states: &[&Reduced],
    sums: Accumulators<'_>,
) {
    let results: Vec<Pack> = sums.finish(e);
    let lanes = states.iter().flat_map(|state| &state.lanes);
    for (lane, result) in lanes.zip(results) {
        let address = blocks.address(e, lane.result);
        let start = e.int(0);
        e.write(&Port::Contiguous(address), start, &result);
    }
}

/// Whether a phase's program is emitted between the accumulators. It stands there as often as a
/// group of sixteen elements has chunks of its lanes. Of `f64` that is a program of up to 12
/// instructions, at four lanes; of `f32` one of 16, as with more than 12 there are four lanes
/// instead of eight.
fn is_direct(machine: Machine, kernel: &Kernel, phase: &Phase) -> bool {
    let lanes = range::lanes_of(&phase.program).min(LANES);
    let is_small = phase.program.cost() * (LANES / lanes) <= DIRECT_COST;
    kernel.n_reduced == 1 && is_small && !fills_wide(machine, kernel, phase)
}

/// Whether wide vectors compute the program so much faster that the way through memory to
/// the accumulators pays.
fn fills_wide(machine: Machine, kernel: &Kernel, phase: &Phase) -> bool {
    let program = &phase.program;
    let is_slow = |inst: &Inst| matches!(inst.op, LaneOp::FDiv | LaneOp::FSqrt);
    let pays = program.cost() >= WIDE_COST || program.insts.iter().any(is_slow);
    let sources = phase.sources.iter().map(|source| wide_source(kernel, source));
    let sources: Option<Vec<wide::Source>> = sources.collect();
    pays && phase.sinks.iter().all(|sink| is_contiguous(kernel, sink))
        && sources
            .zip(machine.wide)
            .is_some_and(|(sources, target)| wide::has_instructions(target, program, &sources))
}

/// Whether a wide function can write a sink; what it reduces it keeps in registers.
fn is_contiguous(kernel: &Kernel, sink: &Sink) -> bool {
    match sink {
        Sink::Store(id) => kernel.access(*id).layout == Layout::Contiguous,
        Sink::Row(_) => true,
    }
}

/// What a source along a row is to a wide function.
fn wide_source(kernel: &Kernel, source: &Source) -> Option<wide::Source> {
    match source {
        Source::Row(_) => Some(wide::Source::Uniform),
        Source::Access(id) => match (kernel.access(*id).kind, kernel.access(*id).layout) {
            (_, Layout::Broadcast) => Some(wide::Source::Uniform),
            (AccessKind::Index, Layout::Contiguous) => Some(wide::Source::Consecutive),
            (AccessKind::Index, _) => Some(wide::Source::Numbers),
            (_, Layout::Contiguous) => Some(wide::Source::Elements),
            // Wide code reads neighbours only.
            (_, Layout::Strided | Layout::Next) => None,
        },
    }
}

/// A phase that feeds accumulators directly.
struct Direct<'k> {
    blocks: Blocks<'k>,
    body: Body<'k>,
    lanes: usize,
    states: Vec<&'k Reduced>,
    /// Per result of the program, the lane it is reduced into, or `None`.
    reduced: Vec<Option<&'k Lane>>,
    stores: Vec<Option<Port>>,
}

impl<'k> Direct<'k> {
    /// Emits what does not change along the row, before its blocks.
    fn prepare(
        e: &mut Emitter<'_>,
        blocks: &Blocks<'k>,
        phase: &'k Phase,
        bases: &[Value],
    ) -> Direct<'k> {
        let sources = blocks.nest.sources(e, phase, bases, |e, id| blocks.load_result(e, id));
        let body = Body::prepare(e, &phase.program, sources);
        let ports = blocks.nest.sinks(e, phase, bases, |e, id| blocks.result(e, id));
        let scratch = blocks.scratch;
        let lane = |sink: &Sink| match sink {
            Sink::Row(id) => Some(scratch.lane(id.0 as usize)),
            Sink::Store(_) => None,
        };
        let reduced: Vec<Option<&Lane>> = phase.sinks.iter().map(lane).collect();
        let stores = reduced.iter().zip(ports).map(|(lane, port)| match lane {
            Some(_) => None,
            None => Some(port),
        });
        let stores = stores.collect();
        let states = scratch.results(phase).into_iter().flatten().collect();
        let lanes = range::lanes_of(&phase.program).min(LANES);
        Direct { blocks: *blocks, body, lanes, states, reduced, stores }
    }

    /// Reduces a block: whole groups of sixteen from where they are, and what is left through work
    /// memory. Most rows end within a group, but few blocks of a long row do.
    fn block(&self, e: &mut Emitter<'_>, start: Value, len: Value) {
        let groups = e.ins().band_imm_s(len, -(LANES as i64));
        let whole = e.ins().iadd(start, groups);
        let mut sums = Accumulators::new(e, &self.states, self.lanes);
        sums.run(e, &self.body, &self.stores, start, whole);
        let odd = e.ins().isub(len, groups);
        sums.when(e, odd, |e, sums| {
            self.fill_rest(e, whole, odd);
            for (position, state) in self.states.iter().enumerate() {
                self.add_rest(e, sums, position, state, odd);
            }
        });
        store_results(e, &self.blocks, &self.states, sums);
    }

    /// Computes the elements that do not fill a group, into the work memory.
    fn fill_rest(&self, e: &mut Emitter<'_>, start: Value, n: Value) {
        let mut sinks = Vec::new();
        for (lane, store) in self.reduced.iter().zip(&self.stores) {
            sinks.push(match (lane, store) {
                (Some(lane), _) => {
                    let work = self.blocks.address(e, lane.work);
                    // The sink is indexed like the sources, so it begins that much earlier.
                    let before = e.ins().ineg(start);
                    Port::Contiguous(e.scaled(work, before, lane.ty.size()))
                }
                (None, Some(port)) => port.clone(),
                (None, None) => unreachable!("a result is reduced or stored"),
            });
        }
        let end = e.ins().iadd(start, n);
        self.body.run(e, &sinks, start, end, 1);
    }

    /// Combines the padded rest into the accumulators at `position`. As a whole group: what fills
    /// it up changes no accumulator, whichever elements were missing.
    fn add_rest(
        &self,
        e: &mut Emitter<'_>,
        sums: &mut Accumulators<'_>,
        position: usize,
        state: &Reduced,
        n: Value,
    ) {
        pad(e, &self.blocks, state, n);
        let work = |lane: &Lane| self.blocks.address(e, lane.work);
        let work: Vec<Value> = state.lanes.iter().map(work).collect();
        sums.add_memory(e, position, &work);
    }
}
