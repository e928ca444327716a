//! Calls of compiled kernels: arguments, splitting into tasks, and the call itself.
//!
//! A call is split along a kept axis by moving bases and shortening the extent, or, when
//! rows are few, by giving each task a range of blocks of the reduction. Neither changes a
//! bit: rows are independent, and a range of blocks is a subtree of the fixed order.

use super::{Memory, Workers, out_of_memory};
use crate::buffer::Buffer;
use crate::cache::Code;
use crate::{Error, ErrorKind};
use jitney_ir::kernel::{Mode, Slots};
use jitney_ir::reduction::BLOCK;
use jitney_optimizer::{Binding, CallOperand, KernelCall};
use smallvec::SmallVec;

/// Arguments of a call; see [`Slots`].
type Arguments = SmallVec<[i64; 48]>;

/// Lane instructions (loads and stores count as two) below which waking a thread costs more
/// than it saves: some fifty microseconds on one thread.
const SERIAL_WORK: usize = 600_000;

/// Tasks per thread, so that a thread that is held up does not hold up all.
const TASKS_PER_THREAD: usize = 4;

/// Chunks of the vector axis are multiples of this, so that tasks share no cache line.
const CHUNK: usize = 64;

/// Row memory begins at a multiple of this many bytes, as cache lines do.
const ROW_ALIGNMENT: usize = 64;

/// Bytes of results that are written past the caches: they would push out everything else,
/// and be gone from there before somebody reads them.
const STREAMED: usize = 16 << 20;

/// Runs a kernel call.
pub(super) fn run(
    call: &KernelCall,
    code: &Code,
    memory: &Memory<'_>,
    workers: &Workers,
) -> Result<(), Error> {
    let nothing_kept = call.extents[..call.kernel.n_kept].contains(&0);
    if nothing_kept {
        return Ok(());
    }
    let slots = Slots::of(&call.kernel);
    let arguments = arguments(call, slots, memory)?;
    let task = Task { call, code, slots };
    let work =
        call.n_elements().saturating_mul(call.kernel.common_cost() + 2 * call.operands.len());
    let n_workers = if work < SERIAL_WORK { 1 } else { workers.count() };
    if n_workers == 1 {
        return task.run(arguments);
    }
    let wanted = (n_workers * TASKS_PER_THREAD).min(work.div_ceil(SERIAL_WORK / 4));
    if let Some((axis, chunk)) = task.split_rows(wanted) {
        return task.run_rows(&arguments, axis, chunk, workers);
    }
    if call.kernel.is_splittable() {
        return task.run_blocks(&arguments, wanted, workers);
    }
    task.run(arguments)
}

/// The arguments of the whole call.
fn arguments(call: &KernelCall, slots: Slots, memory: &Memory<'_>) -> Result<Arguments, Error> {
    let mut arguments: Arguments = SmallVec::from_elem(0, slots.len());
    for (axis, &extent) in call.extents.iter().enumerate() {
        arguments[slots.extent(axis)] = extent as i64;
    }
    for (number, (access, operand)) in call.kernel.accesses.iter().zip(&call.operands).enumerate() {
        let base = match operand.binding {
            // The address of its memory for a row is added by each task.
            Binding::Index | Binding::Row => operand.offset as i64,
            Binding::Array(place) => {
                let (buffer, offset) = memory.at(place);
                check_bounds(call, operand, access.dtype.size(), buffer, offset)?;
                buffer.address().wrapping_offset(offset + operand.offset) as i64
            }
        };
        arguments[slots.base(number)] = base;
        for (axis, &stride) in operand.strides.iter().enumerate() {
            arguments[slots.stride(number, axis)] = stride as i64;
        }
    }
    arguments[slots.n_rows()] = call.n_rows() as i64;
    arguments[slots.streams()] = i64::from(call.bytes_moved().1 >= STREAMED);
    Ok(arguments)
}

/// Checks that every element that an operand reaches lies in its buffer.
fn check_bounds(
    call: &KernelCall,
    operand: &CallOperand,
    size: usize,
    buffer: &Buffer,
    offset: isize,
) -> Result<(), Error> {
    if call.extents.contains(&0) {
        return Ok(());
    }
    let start = offset as i128 + operand.offset as i128;
    let (mut low, mut high) = (start, start + size as i128);
    for (&extent, &stride) in call.extents.iter().zip(&operand.strides) {
        let reach = (extent as i128 - 1) * stride as i128;
        low += reach.min(0);
        high += reach.max(0);
    }
    if low >= 0 && high <= buffer.len() as i128 {
        return Ok(());
    }
    let message = format!("a kernel reaches bytes {low}..{high} of a buffer of {}", buffer.len());
    Err(Error::nowhere(ErrorKind::Internal, "eval", message))
}

/// A call with its code.
struct Task<'a> {
    call: &'a KernelCall,
    code: &'a Code,
    slots: Slots,
}

impl Task<'_> {
    /// Runs the code once. The arguments are those of [`arguments`], or a part of them.
    fn run(&self, mut arguments: Arguments) -> Result<(), Error> {
        let n_reduced = self.call.extents[self.call.kernel.n_kept..].iter().product();
        let row_memory = self.code.scratch_bytes(n_reduced).next_multiple_of(ROW_ALIGNMENT);
        let scratch = match row_memory + self.call.row_bytes {
            0 => None,
            bytes => Some(Buffer::uninit(bytes).ok_or_else(|| out_of_memory(bytes))?),
        };
        if let Some(scratch) = &scratch {
            arguments[self.slots.scratch()] = scratch.address() as i64;
            let row_memory = scratch.address() as i64 + row_memory as i64;
            for (number, operand) in self.call.operands.iter().enumerate() {
                if operand.binding == Binding::Row {
                    arguments[self.slots.base(number)] += row_memory;
                }
            }
        }
        // SAFETY: the slots are laid out for this kernel. `check_bounds` has shown that all
        // elements of loads and stores lie in buffers that `Memory` keeps alive; a part of a
        // call reaches a subset. Stores go to buffers of the plan, each written by one access
        // of one step, and tasks of a step write different rows; nobody else has seen these
        // buffers yet. Strides agree with layouts because both come from one lowering. Bytes
        // of bools are 0 or 1 in every value. Scratch is this task's own, of the size asked
        // for and aligned as all buffers are, and so is the memory for a row behind it, which
        // has room for each row that the plan keeps there, the next one taking the place of
        // the last; partials are set up by `run_blocks`.
        unsafe { self.code.run(&arguments) };
        Ok(())
    }

    /// A kept axis that is long enough to be cut into about `wanted` chunks, and their length.
    fn split_rows(&self, wanted: usize) -> Option<(usize, usize)> {
        let kernel = &self.call.kernel;
        let longest = (0..kernel.n_kept).max_by_key(|&axis| {
            let extent = self.call.extents[axis];
            // The vector axis is cut last: its chunks should stay long.
            if kernel.vector_axis() == Some(axis) { extent / (8 * CHUNK) } else { extent }
        })?;
        let extent = self.call.extents[longest];
        let is_vector = kernel.vector_axis() == Some(longest);
        let unit = if is_vector { CHUNK } else { 1 };
        let chunk = extent.div_ceil(wanted).next_multiple_of(unit);
        // Less than two chunks a thread would leave threads idle.
        (extent.div_ceil(chunk) * 2 >= wanted.min(extent) && chunk < extent)
            .then_some((longest, chunk))
    }

    fn run_rows(
        &self,
        arguments: &Arguments,
        axis: usize,
        chunk: usize,
        workers: &Workers,
    ) -> Result<(), Error> {
        let extent = self.call.extents[axis];
        let failed = FirstError::default();
        workers.run(extent.div_ceil(chunk), |number| {
            let start = number * chunk;
            let len = chunk.min(extent - start);
            let mut part = arguments.clone();
            part[self.slots.extent(axis)] = len as i64;
            for access in 0..self.call.operands.len() {
                let stride = part[self.slots.stride(access, axis)];
                part[self.slots.base(access)] += start as i64 * stride;
            }
            part[self.slots.n_rows()] = (self.call.n_rows() / extent * len) as i64;
            failed.note(self.run(part));
        });
        failed.into_result()
    }

    /// Gives each task an aligned power of two of blocks, then combines what they leave.
    fn run_blocks(
        &self,
        arguments: &Arguments,
        wanted: usize,
        workers: &Workers,
    ) -> Result<(), Error> {
        let n_reduced: usize = self.call.extents[self.call.kernel.n_kept..].iter().product();
        let n_blocks = n_reduced.div_ceil(BLOCK);
        let blocks_per_task = n_blocks.div_ceil(wanted).next_power_of_two();
        let n_tasks = n_blocks.div_ceil(blocks_per_task);
        if n_tasks < 2 {
            return self.run(arguments.clone());
        }
        let stride = 8 * self.call.n_rows() * self.call.kernel.row_values.len();
        let bytes = n_tasks * stride;
        let partials = Buffer::uninit(bytes).ok_or_else(|| out_of_memory(bytes))?;
        let failed = FirstError::default();
        let base = partials.address() as i64;
        workers.run(n_tasks, |number| {
            let mut part = arguments.clone();
            part[self.slots.mode()] = Mode::Partial as i64;
            part[self.slots.first_block()] = (number * blocks_per_task) as i64;
            part[self.slots.end_block()] = ((number + 1) * blocks_per_task).min(n_blocks) as i64;
            part[self.slots.partials()] = base + (number * stride) as i64;
            failed.note(self.run(part));
        });
        failed.into_result()?;
        let mut finish = arguments.clone();
        finish[self.slots.mode()] = Mode::Finish as i64;
        finish[self.slots.partials()] = base;
        finish[self.slots.n_partials()] = n_tasks as i64;
        finish[self.slots.partial_stride()] = stride as i64;
        self.run(finish)
    }
}

/// The first error that any of several tasks meets.
#[derive(Default)]
struct FirstError(std::sync::OnceLock<Error>);

impl FirstError {
    fn note(&self, result: Result<(), Error>) {
        if let Err(error) = result {
            // Later errors say nothing new.
            let _ = self.0.set(error);
        }
    }

    fn into_result(self) -> Result<(), Error> {
        self.0.into_inner().map_or(Ok(()), Err)
    }
}
