//! The memory of a running plan.

use crate::buffer::Buffer;
use crate::source::Source;
use crate::{Error, ErrorKind, Value};
use jitney_optimizer::{ArrayRef, BufferId, Place};
use smallvec::SmallVec;

/// The buffers of a plan as they come and go.
pub(super) struct Memory<'a> {
    sources: &'a [Source],
    /// Copies of inputs, which take their place.
    copies: SmallVec<[(u32, Source); 1]>,
    buffers: SmallVec<[Option<Buffer>; 4]>,
}

impl<'a> Memory<'a> {
    /// The memory of a plan with the given number of buffers, none of them allocated.
    pub fn new(sources: &'a [Source], n_buffers: usize) -> Memory<'a> {
        let copies = SmallVec::new();
        Memory { sources, copies, buffers: (0..n_buffers).map(|_| None).collect() }
    }

    /// Lets existing memory be a buffer.
    pub fn put(&mut self, id: BufferId, memory: &Buffer) {
        self.buffers[id.0 as usize] = Some(memory.clone());
    }

    /// Allocates a buffer, unless there is memory for it.
    pub fn allocate(
        &mut self,
        id: BufferId,
        bytes: usize,
        budget: &mut Budget,
    ) -> Result<(), Error> {
        if self.buffers[id.0 as usize].is_some() {
            return Ok(());
        }
        budget.take(bytes)?;
        let buffer = Buffer::uninit(bytes).ok_or_else(|| out_of_memory(bytes))?;
        self.buffers[id.0 as usize] = Some(buffer);
        Ok(())
    }

    /// Puts a copy in the place of an input.
    pub fn copy(&mut self, input: u32, budget: &mut Budget) -> Result<(), Error> {
        let source = &self.sources[input as usize];
        budget.take(source.len())?;
        let copy = source.copied().ok_or_else(|| out_of_memory(source.len()))?;
        self.copies.push((input, copy));
        Ok(())
    }

    fn source(&self, input: u32) -> &Source {
        let copy = self.copies.iter().find(|(number, _)| *number == input);
        copy.map_or(&self.sources[input as usize], |(_, copy)| copy)
    }

    /// Frees a buffer.
    pub fn free(&mut self, id: BufferId, budget: &mut Budget) {
        if let Some(buffer) = self.buffers[id.0 as usize].take() {
            budget.give_back(buffer.len());
        }
    }

    /// The address and length of a place, and the byte in it at which its elements count from.
    pub fn span(&self, place: Place) -> (*mut u8, usize, isize) {
        match place {
            Place::Input(number) => self.source(number).span(),
            Place::Buffer(id) => {
                let buffer = self.buffer(id);
                (buffer.address(), buffer.len(), 0)
            }
        }
    }

    /// The elements of an array.
    pub fn value(&self, array: &ArrayRef) -> Result<Value, Error> {
        let layout = array.layout.clone();
        match array.place {
            Place::Input(number) => self.source(number).value(array.dtype, layout),
            Place::Buffer(id) => Value::within(self.buffer(id).clone(), array.dtype, layout),
        }
    }

    fn buffer(&self, id: BufferId) -> &Buffer {
        let buffer = self.buffers[id.0 as usize].as_ref();
        buffer.expect("a step reads what an earlier one wrote")
    }
}

/// What is left of the memory that an evaluation may use.
pub(crate) struct Budget(pub Option<usize>);

impl Budget {
    pub fn take(&mut self, bytes: usize) -> Result<(), Error> {
        let Some(left) = &mut self.0 else { return Ok(()) };
        match left.checked_sub(bytes) {
            Some(rest) => *left = rest,
            None => {
                let message = format!("needs {bytes} bytes more, but only {left} may be used");
                return Err(Error::nowhere(ErrorKind::Memory, "eval", message));
            }
        }
        Ok(())
    }

    pub fn give_back(&mut self, bytes: usize) {
        if let Some(left) = &mut self.0 {
            *left += bytes;
        }
    }
}

pub(crate) fn out_of_memory(bytes: usize) -> Error {
    Error::nowhere(ErrorKind::Memory, "eval", format!("the system refuses {bytes} bytes of memory"))
}
