//! The stack of levels on which block results combine, as a binary counter carries; see
//! [`crate::blocks`] for the picture.
//!
//! A kernel that reduces the same way several times, one row at a time, has one function for each
//! step, which its reductions call ([`Shared`]): ten layernorms in a row have twenty sums, whose
//! trees were most of the kernel's code and of the time to compile it. A call for each block of 256
//! elements is nothing beside the block.

use crate::blocks::Reduced;
use crate::emitter::{Emitter, Values};
use crate::ports::Port;
use crate::range::{self, Extent};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};
use jitney_ir::DType;
use jitney_ir::lanes::{Builder, LaneType, Program, V};
use jitney_ir::ops::Reduction;
use smallvec::SmallVec;

/// A function that several reductions of a kernel call. It holds for all of them: what it knows of a
/// stack beside its two addresses follows from the reduction or is the same in all of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shared {
    /// What it does.
    pub(crate) step: Step,
    /// For which reductions.
    pub(crate) of: (Reduction, DType),
}

/// What is done to a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// [`push`].
    Push,
    /// [`combine`].
    Combine,
}

/// The stack of a state, in Cranelift values.
pub(crate) struct Stack<'k> {
    pub(crate) reduced: &'k Reduced,
    pub(crate) lanes: SmallVec<[StackLane; 2]>,
    /// Bytes from each level to the next: those of all row values alternate, as their number is
    /// not known.
    pub(crate) stride: usize,
}

/// A lane of it.
#[derive(Clone, Copy)]
pub(crate) struct StackLane {
    /// The address of the results, one for each row.
    pub(crate) result: Value,
    /// The address of the lowest level.
    pub(crate) levels: Value,
    /// The bits of what combining no level gives.
    pub(crate) of_none: u64,
}

impl Stack<'_> {
    /// The same stack, of one lane, elsewhere.
    pub(crate) fn moved(mut self, result: Value, levels: Value) -> Self {
        self.lanes[0] = StackLane { result, levels, ..self.lanes[0] };
        self
    }

    fn results(&self) -> impl Iterator<Item = Port> {
        self.lanes.iter().map(|lane| Port::Contiguous(lane.result))
    }

    fn level(&self, e: &mut Emitter<'_>, level: Value) -> Vec<Port> {
        let port = |lane: &StackLane| Port::Contiguous(e.scaled(lane.levels, level, self.stride));
        self.lanes.iter().map(port).collect()
    }

    /// `result = combine(level, result)`: a level's elements come first.
    fn combine_level(&self, e: &mut Emitter<'_>, level: Value, extent: Extent) {
        let results: Vec<Port> = self.results().collect();
        let mut sources = self.level(e, level);
        sources.extend_from_slice(&results);
        range::run(e, &self.reduced.combine, sources, &results, extent);
    }
}

/// Pushes the results onto the levels, after `before` others.
pub(crate) fn push(e: &mut Emitter<'_>, stacks: &[Stack<'_>], before: Value, extent: Extent) {
    let start = e.int(0);
    // Carries are the ones at the end of the number: the zeros there of its complement.
    let clear = e.ins().bnot(before);
    let n_carries = e.ins().ctz(clear);
    e.count_loop(start, n_carries, 1, &[], |e, level, _| {
        stacks.iter().for_each(|stack| stack.combine_level(e, level, extent));
        Values::new()
    });
    for stack in stacks {
        let levels = stack.level(e, n_carries);
        for ((lane, result), level) in stack.reduced.lanes.iter().zip(stack.results()).zip(levels) {
            copy(e, lane.ty, result, level, extent);
        }
    }
}

/// Combines the levels that `count` pushes left, into the results.
pub(crate) fn combine(e: &mut Emitter<'_>, stacks: &[Stack<'_>], count: Value, extent: Extent) {
    let lanes = stacks.iter().flat_map(|stack| stack.reduced.lanes.iter().zip(&stack.lanes));
    for (lane, StackLane { result, of_none, .. }) in lanes {
        // The neutral element changes no bit of the first level it meets.
        fill(e, lane.ty, lane.identity, *result, extent);
        if *of_none != lane.identity {
            let is_none = e.ins().icmp_imm_u(IntCC::Equal, count, 0);
            e.when(is_none, |e| fill(e, lane.ty, *of_none, *result, extent));
        }
    }
    // As many levels as the count has bits. The lowest holds the last blocks, so that what
    // comes next always stands before what has been combined.
    let (start, width, zeros) = (e.int(0), e.int(64), e.ins().clz(count));
    let end = e.ins().isub(width, zeros);
    e.count_loop(start, end, 1, &[], |e, level, _| {
        let bits = e.ins().ushr(count, level);
        let is_used = e.ins().band_imm_u(bits, 1);
        e.when(is_used, |e| {
            stacks.iter().for_each(|stack| stack.combine_level(e, level, extent));
        });
        Values::new()
    });
}

/// The program that hands its parameters out: what copies run, and reductions of what is in memory
/// already.
pub(crate) fn identity_program(types: &[LaneType]) -> Program {
    let mut b = Builder::new();
    let params: Vec<V> = types.iter().map(|ty| b.param(*ty)).collect();
    b.finish(&params)
}

/// Copies one value for each row.
pub(crate) fn copy(e: &mut Emitter<'_>, ty: LaneType, from: Port, to: Port, extent: Extent) {
    range::run(e, &identity_program(&[ty]), vec![from], &[to], extent);
}

/// Writes one value for each row.
pub(crate) fn fill(e: &mut Emitter<'_>, ty: LaneType, bits: u64, address: Value, extent: Extent) {
    let mut b = Builder::new();
    let constant = b.bits(ty, bits);
    let program = b.finish(&[constant]);
    range::run(e, &program, Vec::new(), &[Port::Contiguous(address)], extent);
}
