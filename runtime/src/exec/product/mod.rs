//! Matrix products.
//!
//! Their bits depend on extents and elements alone: not on the number of threads, and not on how
//! the operands lie in memory. Large products are a [`library`]'s; where it would be slow, or would
//! let the bits depend on more, loops of our own add up in an [`Order`] that is written down.

mod blocks;
mod library;
mod matrix;
mod number;
mod panels;
mod team;
mod terms;
mod wide;

use super::memory::{Budget, Memory, out_of_memory};
use crate::Error;
use crate::buffer::Buffer;
use jitney_ir::DType;
use jitney_ir::product::Order;
use jitney_optimizer::ArrayRef;
use matrix::{Extents, Matrix, Stack, each};
use number::Number;
pub(super) use team::Team;

/// The operands and the result of a product.
#[derive(Clone, Copy)]
pub(super) struct Arrays<'a> {
    pub a: &'a ArrayRef,
    pub b: &'a ArrayRef,
    pub out: &'a ArrayRef,
}

/// Runs a product.
pub(super) fn run(
    call: Arrays<'_>,
    memory: &Memory<'_>,
    team: Team<'_>,
    budget: &mut Budget,
) -> Result<(), Error> {
    if call.out.layout.shape.is_empty() {
        return Ok(());
    }
    // Values are checked against their buffers, so that what follows stays inside them.
    for array in [call.a, call.b, call.out] {
        memory.value(array)?;
    }
    match call.out.dtype {
        DType::F32 => run_typed::<f32>(call, memory, team, budget),
        DType::F64 => run_typed::<f64>(call, memory, team, budget),
        // Products of integers have few terms, as graphs are verified to. They wrap: their signs
        // make no difference.
        DType::Bool | DType::I8 | DType::U8 => in_sequence::<u8>(call, memory, team),
        DType::I16 | DType::U16 => in_sequence::<u16>(call, memory, team),
        DType::I32 | DType::U32 => in_sequence::<u32>(call, memory, team),
        DType::I64 | DType::U64 => in_sequence::<u64>(call, memory, team),
    }
}

fn in_sequence<T: Number>(
    call: Arrays<'_>,
    memory: &Memory<'_>,
    team: Team<'_>,
) -> Result<(), Error> {
    let [out, a, b] = [call.out, call.a, call.b].map(|array| Stack::of(array, memory));
    let extents = Extents { m: a.extents.0, k: a.extents.1, n: b.extents.1 };
    // SAFETY: `run` has shown that all elements of the three arrays lie in live buffers. The
    // result's is the plan's own, not yet seen by anybody else, C-contiguous, and no operand is in
    // it. Strides are multiples of the element's size, buffers and element offsets aligned to it.
    unsafe { terms::multiply::<T>(extents, [&out, &a, &b], team) }
}

fn run_typed<T: Number>(
    call: Arrays<'_>,
    memory: &Memory<'_>,
    team: Team<'_>,
    budget: &mut Budget,
) -> Result<(), Error> {
    let [out, a, b] = [call.out, call.a, call.b].map(|array| Stack::of(array, memory));
    let extents = Extents { m: a.extents.0, k: a.extents.1, n: b.extents.1 };
    let stacks = [&out, &a, &b];
    match Order::of(extents.m, extents.k, extents.n) {
        Order::InSequence => in_sequence::<T>(call, memory, team),
        Order::InBlocks => in_blocks::<T>(extents, stacks, team, budget),
        Order::OfLibrary => library::run::<T>(extents, stacks, team, budget),
    }
}

/// Elements of a vector that are copied between two looks at whether to stop.
const COPIED_AT_ONCE: usize = 1 << 20;

/// Products of matrices and vectors, which are copied unless they lie along memory.
fn in_blocks<T: Number>(
    extents: Extents,
    stacks: [&Stack; 3],
    team: Team<'_>,
    budget: &mut Budget,
) -> Result<(), Error> {
    let is_column = extents.n == 1;
    let rows = if is_column { extents.m } else { extents.n };
    let stride = if is_column { stacks[2].strides.0 } else { stacks[1].strides.1 };
    let copied = if stride == 1 { 0 } else { extents.k };
    let n_groups = blocks::n_groups(extents.k);
    let partial = if n_groups == 1 { 0 } else { rows.saturating_mul(n_groups) };
    let scratch = Scratch::new::<T>(copied.saturating_add(partial), budget)?;
    let result = each(stacks).try_for_each(|[out, a, b]| {
        team.stop.check()?;
        let (matrix, mut vector) =
            if is_column { (a, b.transposed()) } else { (b.transposed(), a) };
        // SAFETY: as `run_typed` says. The scratch memory is as large as the copy and the sums,
        // and nobody else's.
        unsafe {
            if copied > 0 {
                for first in (0..copied).step_by(COPIED_AT_ONCE) {
                    team.stop.check()?;
                    let n = COPIED_AT_ONCE.min(copied - first);
                    let to = scratch.address() + first * size_of::<T>();
                    vector.from::<T>(0, first).copied::<T>(1, n, to);
                }
                let (rows, columns) = (copied as isize, 1);
                vector = Matrix { address: scratch.address(), rows, columns };
            }
            let partial = scratch.address() + copied * size_of::<T>();
            blocks::multiply::<T>((rows, extents.k), [out, matrix, vector], partial, team)
        }
    });
    budget.give_back(scratch.bytes);
    result
}

/// Memory beside operands and result, if any is needed.
struct Scratch {
    buffer: Option<Buffer>,
    bytes: usize,
}

impl Scratch {
    fn new<T>(len: usize, budget: &mut Budget) -> Result<Scratch, Error> {
        if len == 0 {
            return Ok(Scratch { buffer: None, bytes: 0 });
        }
        let bytes = len.saturating_mul(size_of::<T>());
        budget.take(bytes)?;
        let buffer = Buffer::uninit(bytes).ok_or_else(|| out_of_memory(bytes))?;
        Ok(Scratch { buffer: Some(buffer), bytes })
    }

    fn address(&self) -> usize {
        self.buffer.as_ref().map_or(0, |buffer| buffer.address() as usize)
    }
}
