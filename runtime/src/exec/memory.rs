//! The memory of a running plan.

use super::Output;
use crate::buffer::Buffer;
use crate::eval::Values;
use crate::source::{Input, Inputs, Source};
use crate::{Error, ErrorKind, Value};
use jitney_ir::graph::Layout;
use jitney_optimizer::{ArrayRef, BufferId, Place};
use smallvec::SmallVec;
use std::sync::Arc;

/// The buffers of a plan as they come and go.
pub(super) struct Memory<'a> {
    inputs: &'a dyn Inputs,
    /// Copies of inputs, which take their place.
    copies: SmallVec<[(u32, Source); 1]>,
    buffers: SmallVec<[Option<Buffer>; 4]>,
}

impl<'a> Memory<'a> {
    /// The memory of a plan with the given number of buffers, none of them allocated.
    pub fn new(inputs: &'a dyn Inputs, n_buffers: usize) -> Memory<'a> {
        let mut memory = Memory { inputs, copies: SmallVec::new(), buffers: SmallVec::new() };
        memory.buffers.resize_with(n_buffers, || None);
        memory
    }

    /// Lets existing memory be a buffer.
    pub fn put(&mut self, id: BufferId, memory: &mut Option<Buffer>) {
        self.buffers[id.0 as usize] = memory.take();
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
        let source = self.inputs.input(input);
        budget.take(source.len())?;
        let copy = source.copied().ok_or_else(|| out_of_memory(source.len()))?;
        self.copies.push((input, copy));
        Ok(())
    }

    #[inline]
    fn input(&self, input: u32) -> Input<'_> {
        let copy = self.copies.iter().find(|(number, _)| *number == input);
        copy.map_or_else(|| self.inputs.input(input), |(_, copy)| copy.input())
    }

    /// Frees a buffer.
    pub fn free(&mut self, id: BufferId, budget: &mut Budget) {
        if let Some(buffer) = self.buffers[id.0 as usize].take() {
            budget.give_back(buffer.len());
        }
    }

    /// The address and length of a place, and the byte in it at which its elements count from.
    #[inline]
    pub fn span(&self, place: Place) -> (*mut u8, usize, isize) {
        match place {
            Place::Input(number) => self.input(number).span(),
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
            Place::Input(number) => self.input(number).value(array.dtype, layout),
            Place::Buffer(id) => Value::within(self.buffer(id).clone(), array.dtype, layout),
        }
    }

    /// Appends a result.
    pub fn output(&self, output: &Output, values: &mut Values) -> Result<(), Error> {
        let Output { place, dtype, layout, reach } = output;
        values.push(match *place {
            Place::Input(number) => self.input(number).value(*dtype, Layout::clone(layout))?,
            Place::Buffer(id) => {
                let (buffer, layout) = (self.buffer(id).clone(), Arc::clone(layout));
                Value::reaching(buffer, *dtype, layout, *reach)?
            }
        });
        Ok(())
    }

    #[inline]
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
