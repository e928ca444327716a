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
use jitney_ir::lanes::{Builder, LaneType, Program};
use jitney_ir::ops::Reduction;

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

/// The stack of a row value, in Cranelift values.
#[derive(Clone, Copy)]
pub(crate) struct Stack<'k> {
    pub(crate) reduced: &'k Reduced,
    /// The address of the results, one for each row.
    pub(crate) result: Value,
    /// The address of the lowest level.
    pub(crate) levels: Value,
    /// Bytes from each level to the next: those of all row values alternate, as their number is
    /// not known.
    pub(crate) stride: usize,
    /// The bits of what combining no level gives.
    pub(crate) of_none: u64,
}

impl Stack<'_> {
    fn level(&self, e: &mut Emitter<'_>, level: Value) -> Port {
        Port::Contiguous(e.scaled(self.levels, level, self.stride))
    }

    /// `result = combine(level, result)`: a level's elements come first.
    fn combine_level(&self, e: &mut Emitter<'_>, level: Value, extent: Extent) {
        let result = Port::Contiguous(self.result);
        let sources = vec![self.level(e, level), result.clone()];
        range::run(e, &self.reduced.combine, sources, &[result], extent);
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
        let level = stack.level(e, n_carries);
        copy(e, stack.reduced.ty, Port::Contiguous(stack.result), level, extent);
    }
}

/// Combines the levels that `count` pushes left, into the results.
pub(crate) fn combine(e: &mut Emitter<'_>, stacks: &[Stack<'_>], count: Value, extent: Extent) {
    for Stack { reduced, result, of_none, .. } in stacks {
        // The neutral element changes no bit of the first level it meets.
        fill(e, reduced.ty, reduced.identity, *result, extent);
        if *of_none != reduced.identity {
            let is_none = e.ins().icmp_imm_u(IntCC::Equal, count, 0);
            e.when(is_none, |e| fill(e, reduced.ty, *of_none, *result, extent));
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

/// The program that hands its parameter out: what copies run, and reductions of what is in memory
/// already.
pub(crate) fn identity_program(ty: LaneType) -> Program {
    let mut b = Builder::new();
    let param = b.param(ty);
    b.finish(&[param])
}

/// Copies one value for each row.
pub(crate) fn copy(e: &mut Emitter<'_>, ty: LaneType, from: Port, to: Port, extent: Extent) {
    range::run(e, &identity_program(ty), vec![from], &[to], extent);
}

/// Writes one value for each row.
pub(crate) fn fill(e: &mut Emitter<'_>, ty: LaneType, bits: u64, address: Value, extent: Extent) {
    let mut b = Builder::new();
    let constant = b.bits(ty, bits);
    let program = b.finish(&[constant]);
    range::run(e, &program, Vec::new(), &[Port::Contiguous(address)], extent);
}
