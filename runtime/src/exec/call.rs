//! Calls of compiled kernels: arguments, splitting into tasks, and the call itself.
//!
//! A call is split along kept axes ([`Cuts`]), or, when rows are few, by giving each task a range
//! of blocks of the reduction. Neither changes a bit: rows are independent, and a range of blocks
//! is a subtree of the fixed order.

use super::cuts::Cuts;
use super::first_error::FirstError;
use super::helpers::Tasks;
use super::memory::{Memory, out_of_memory};
use super::shares::Shares;
use super::{AT_ONCE, Workers};
use crate::buffer::Buffer;
use crate::cache::CodeSlot;
use crate::context::Stop;
use crate::{Error, ErrorKind};
use jitney_codegen::{CompileError, Compiled};
use jitney_ir::kernel::{Kernel, Mode, Slots};
use jitney_ir::shape::Dims;
use jitney_optimizer::{Binding, CallOperand, KernelCall, Place};
use smallvec::SmallVec;
use std::sync::Arc;

/// Arguments of a call; see [`Slots`].
type Arguments = SmallVec<[i64; 64]>;

/// Work (see [`work`]) of a task, at least: some microseconds of one thread.
const TASK_WORK: usize = 150_000;

/// Work between two looks at whether the host has asked to stop: some milliseconds
/// of one thread, also where it waits for memory.
pub(super) const UNSTOPPABLE_WORK: usize = 20_000_000;

/// Work that it takes to begin an inner loop.
const LOOP_WORK: usize = 200;

/// Tasks per thread, so that a thread that is held up does not hold up all.
const TASKS_PER_THREAD: usize = 4;

/// Bytes that a task of a long call moves: what the end of one step has left in the caches, the
/// next one, which goes the other way, begins with.
const TASK_BYTES: usize = 2 << 20;

/// Row memory begins at a multiple of this many bytes, as cache lines do.
const ROW_ALIGNMENT: usize = 64;

/// Bytes of results that are written past the caches: they would push out everything else,
/// and be gone from there before somebody reads them.
const STREAMED: usize = 16 << 20;

/// A kernel call, ready to run: all that does not change from run to run.
pub(super) struct Call {
    kernel: Arc<Kernel>,
    code: CodeSlot,
    slots: Slots,
    extents: Dims<usize>,
    n_rows: usize,
    work: usize,
    /// The same with what it takes to begin each inner loop: of short ones, that is nearly all.
    work_with_loops: usize,
    /// Bytes read and written.
    bytes: usize,
    /// Whether the last task comes first.
    is_backward: bool,
    /// The arguments but for addresses.
    template: Box<[i64]>,
    bases: Box<[Base]>,
    /// Where the address of a task's row memory is added.
    row_slots: Box<[usize]>,
    /// Bytes of row memory.
    row_bytes: usize,
}

/// An address among the arguments.
struct Base {
    slot: usize,
    place: Place,
    /// Bytes from where the place's elements count from.
    offset: isize,
    /// The first byte reached and the one after the last, counted in the same way.
    reach: (isize, isize),
}

impl Call {
    /// Prepares a call of a kernel whose code is in the slot, for the step of the given number.
    pub fn new(call: &KernelCall, step: usize, code: CodeSlot) -> Call {
        let slots = Slots::of(&call.kernel);
        let mut template = vec![0; slots.len()];
        for (axis, &extent) in call.extents.iter().enumerate() {
            template[slots.extent(axis)] = extent as i64;
        }
        let mut bases = Vec::with_capacity(call.operands.len());
        let mut row_slots = Vec::new();
        for (number, operand) in call.operands.iter().enumerate() {
            let slot = slots.base(number);
            match operand.binding {
                Binding::Index => template[slot] = operand.offset as i64,
                Binding::Row => {
                    template[slot] = operand.offset as i64;
                    row_slots.push(slot);
                }
                Binding::Array(place) => {
                    let reach = reach(call, operand, call.kernel.accesses[number].dtype.size());
                    bases.push(Base { slot, place, offset: operand.offset, reach });
                }
            }
            for (axis, &stride) in operand.strides.iter().enumerate() {
                template[slots.stride(number, axis)] = stride as i64;
            }
        }
        template[slots.n_rows()] = call.n_rows() as i64;
        let (read, written) = call.bytes_moved();
        // What has just been read is in the caches.
        let streams = written >= STREAMED && !call.is_in_place();
        template[slots.streams()] = i64::from(streams);
        Call {
            kernel: Arc::clone(&call.kernel),
            code,
            slots,
            extents: call.extents.clone(),
            n_rows: call.n_rows(),
            work: work(call),
            work_with_loops: work(call)
                .saturating_add(n_inner_loops(call).saturating_mul(LOOP_WORK)),
            bytes: read.saturating_add(written),
            is_backward: step % 2 == 1,
            template: template.into(),
            bases: bases.into(),
            row_slots: row_slots.into(),
            row_bytes: call.row_bytes,
        }
    }

    /// The code, compiled at the first call.
    pub fn code(&self) -> Result<&Compiled, &CompileError> {
        self.code.code(&self.kernel)
    }

    /// Whether it is known what the compiler makes of the kernel.
    pub fn is_compiled(&self) -> bool {
        self.code.is_compiled()
    }

    /// Whether the cache has forgotten the code.
    pub fn has_lost_code(&self) -> bool {
        self.code.is_evicted()
    }

    /// How long it takes at most, in the terms of the function [`work`].
    pub fn most_work(&self) -> usize {
        self.work_with_loops
    }

    /// # Errors
    /// If it would reach beyond its memory.
    pub fn check(&self, memory: &Memory<'_>) -> Result<(), Error> {
        self.fill(&mut Arguments::new(), memory)
    }

    /// Runs the kernel.
    pub fn run(&self, memory: &Memory<'_>, workers: &Workers, stop: &Stop) -> Result<(), Error> {
        if self.n_rows == 0 {
            return Ok(());
        }
        let code = self.code().map_err(|error| {
            Error::nowhere(ErrorKind::Internal, "eval", format!("a kernel has no code: {error}"))
        })?;
        let mut arguments = Arguments::new();
        self.fill(&mut arguments, memory)?;
        let arguments = &mut arguments;
        workers.share(self.work, |n_threads| {
            let task = Task { call: self, code, stop, workers, n_threads };
            task.split(arguments, self.wanted_tasks(n_threads), self.stoppable_tasks(stop))
        })
    }

    /// How many tasks to split the call into: enough for all threads, and for the caches.
    fn wanted_tasks(&self, n_threads: usize) -> usize {
        let parallel = match n_threads {
            1 => 1,
            n => (n * TASKS_PER_THREAD).min(self.work / TASK_WORK),
        };
        parallel.max(self.bytes / TASK_BYTES).max(1)
    }

    /// How many tasks there must be for the host to be heard between them.
    fn stoppable_tasks(&self, stop: &Stop) -> usize {
        if stop.is_possible() { self.work_with_loops.div_ceil(UNSTOPPABLE_WORK) } else { 1 }
    }

    /// Writes the arguments of the whole call to where there are none. Every element that an operand
    /// reaches lies in its memory.
    fn fill(&self, arguments: &mut Arguments, memory: &Memory<'_>) -> Result<(), Error> {
        arguments.extend_from_slice(&self.template);
        for base in &self.bases {
            let (address, len, start) = memory.span(base.place);
            let (low, high) = base.reach;
            if start.saturating_add(low) < 0 || start.saturating_add(high) > len as isize {
                return Err(out_of_bounds(start, base.reach, len));
            }
            arguments[base.slot] = address.wrapping_offset(start + base.offset) as i64;
        }
        Ok(())
    }
}

/// How long a call takes, in lane instructions on 8 bytes (loads and stores count as two):
/// vectors have more lanes of smaller elements.
fn work(call: &KernelCall) -> usize {
    let sizes = call.kernel.accesses.iter().map(|access| access.dtype.size());
    let per_element = call.kernel.common_cost() + 2 * call.operands.len();
    call.n_elements().saturating_mul(per_element) / 8 * sizes.max().unwrap_or(8)
}

/// How often the loop along the vector axis begins.
fn n_inner_loops(call: &KernelCall) -> usize {
    let length = call.kernel.vector_axis().map_or(1, |axis| call.extents[axis]);
    call.n_elements() / length.max(1)
}

fn out_of_bounds(start: isize, (low, high): (isize, isize), len: usize) -> Error {
    let message = format!("a kernel reaches bytes {low}..{high} from {start} of a buffer of {len}");
    Error::nowhere(ErrorKind::Internal, "eval", message)
}

/// The bytes that a call reaches through an operand; a range that no memory has if they do
/// not fit in an `isize`.
fn reach(call: &KernelCall, operand: &CallOperand, size: usize) -> (isize, isize) {
    if call.extents.contains(&0) {
        return (0, 0);
    }
    let start = operand.offset as i128;
    let (mut low, mut high) = (start, start + size as i128);
    for (&extent, &stride) in call.extents.iter().zip(&operand.strides) {
        let last = (extent as i128 - 1) * stride as i128;
        low += last.min(0);
        high += last.max(0);
    }
    let narrow = |byte: i128| isize::try_from(byte).ok();
    narrow(low).zip(narrow(high)).unwrap_or((isize::MIN, isize::MAX))
}

/// A call with its code.
struct Task<'a> {
    call: &'a Call,
    code: &'a Compiled,
    stop: &'a Stop,
    workers: &'a Workers,
    n_threads: usize,
}

impl Task<'_> {
    /// Runs the code once. The arguments are those of [`Call::fill`], or a part of them.
    fn run(&self, arguments: &mut Arguments) -> Result<(), Error> {
        self.stop.check()?;
        let n_reduced = self.call.extents[self.call.kernel.n_kept..].iter().product();
        let row_memory = self.code.scratch_bytes(n_reduced).next_multiple_of(ROW_ALIGNMENT);
        let scratch = match row_memory + self.call.row_bytes {
            0 => None,
            bytes => Some(Buffer::uninit(bytes).ok_or_else(|| out_of_memory(bytes))?),
        };
        if let Some(scratch) = &scratch {
            arguments[self.call.slots.scratch()] = scratch.address() as i64;
            let row_memory = scratch.address() as i64 + row_memory as i64;
            self.call.row_slots.iter().for_each(|slot| arguments[*slot] += row_memory);
        }
        // SAFETY: the slots are laid out for this kernel. `Call::fill` has shown that all
        // elements of loads and stores lie in buffers that `Memory` keeps alive; a part of a
        // call reaches a subset. Stores go to buffers of the plan, each written by one access
        // of one step, and tasks of a step write different rows; nobody else has seen these
        // buffers yet. Strides and bases agree with layouts, and loads that are shifted against
        // each other are in one memory, because all of that comes from one lowering. Bytes
        // of bools are 0 or 1 in every value. Scratch is this task's own, of the size asked
        // for and aligned as all buffers are, and so is the memory for a row behind it, which
        // has room for each row that the plan keeps there, the next one taking the place of
        // the last; partials are set up by `run_blocks`.
        unsafe { self.code.run(arguments) };
        Ok(())
    }

    /// Runs the code in as many parts as are wanted, and as the host needs to be heard.
    fn split(
        &self,
        arguments: &mut Arguments,
        wanted: usize,
        stoppable: usize,
    ) -> Result<(), Error> {
        let Call { kernel, extents, n_rows, work, .. } = self.call;
        let wanted = wanted.max(stoppable);
        if wanted == 1 {
            return self.run(arguments);
        }
        let cuts = Cuts::of(kernel, extents, wanted);
        if !cuts.are_enough(wanted, *n_rows) && kernel.is_splittable() {
            return self.run_blocks(arguments, wanted, *work);
        }
        // Long rows come one after another.
        let blocks = stoppable / cuts.count;
        if blocks > 1 && kernel.is_splittable() {
            return (0..cuts.count).try_for_each(|number| {
                let part = self.part(arguments, &cuts, number);
                self.run_blocks(&part, blocks, work / cuts.count)
            });
        }
        self.stop.admit(work / cuts.count)?;
        if cuts.count == 1 {
            return self.run(arguments);
        }
        self.run_tasks(cuts.count, |number| self.run(&mut self.part(arguments, &cuts, number)))
    }

    fn part(&self, arguments: &Arguments, cuts: &Cuts, number: usize) -> Arguments {
        let Call { kernel, slots, .. } = self.call;
        let mut part = arguments.clone();
        cuts.narrow(number, *slots, kernel.accesses.len(), &mut part);
        part
    }

    /// Runs tasks until one of them fails.
    fn run_tasks(
        &self,
        count: usize,
        task: impl Fn(usize) -> Result<(), Error> + Sync,
    ) -> Result<(), Error> {
        let (n_threads, is_backward) = (self.n_threads, self.call.is_backward);
        let failed = FirstError::default();
        for first in (0..count).step_by(AT_ONCE) {
            let tasks = Tasks { count: AT_ONCE.min(count - first), n_threads, is_backward };
            self.workers.run(tasks, |number| failed.run(|| task(first + number)));
            if failed.is_there() {
                break;
            }
        }
        failed.into_result()
    }

    /// Gives each task an aligned power of two of blocks, then combines what they leave. Without
    /// being split, it would be so much work.
    fn run_blocks(&self, arguments: &Arguments, wanted: usize, work: usize) -> Result<(), Error> {
        let slots = self.call.slots;
        let n_rows = arguments[slots.n_rows()] as usize;
        let stride = 8 * n_rows * self.call.kernel.row_values.len();
        let n_reduced: usize = self.call.extents[self.call.kernel.n_kept..].iter().product();
        let shares = Shares::of(n_reduced, stride, wanted);
        self.stop.admit(work / shares.n_tasks)?;
        if shares.n_tasks < 2 {
            return self.run(&mut arguments.clone());
        }
        let bytes = shares.bytes();
        let partials = Buffer::uninit(bytes).ok_or_else(|| out_of_memory(bytes))?;
        let base = partials.address() as i64;
        let combine = |mode: Mode, first: usize, count: usize| {
            let mut call = arguments.clone();
            call[slots.mode()] = mode as i64;
            call[slots.partials()] = base + (first * stride) as i64;
            call[slots.n_partials()] = count as i64;
            call[slots.partial_stride()] = stride as i64;
            self.run(&mut call)
        };
        for group in 0..shares.n_groups() {
            let tasks = shares.tasks(group);
            self.run_tasks(tasks.len(), |number| {
                let mut part = arguments.clone();
                let blocks = shares.blocks(tasks.start + number);
                part[slots.mode()] = Mode::Partial as i64;
                part[slots.first_block()] = blocks.start as i64;
                part[slots.end_block()] = blocks.end as i64;
                part[slots.partials()] = base + ((group + number) * stride) as i64;
                self.run(&mut part)
            })?;
            if shares.n_groups() == 1 {
                return combine(Mode::Finish, 0, tasks.len());
            }
            combine(Mode::Combine, group, tasks.len())?;
        }
        combine(Mode::Finish, 0, shares.n_groups())
    }
}
