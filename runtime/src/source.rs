//! What is behind the inputs of a plan.

use crate::buffer::Buffer;
use crate::{Error, ErrorKind, Value};
use jitney_ir::graph::Layout;
use jitney_ir::{DType, Scalar};

/// The memory of an input. What the plan knows of it, its dtype and strides, is not said again.
#[derive(Clone)]
pub(crate) enum Source {
    /// An array's memory, and the byte of its first element.
    Array { buffer: Buffer, offset: isize },
    /// A literal is its own memory.
    Literal(Scalar),
    /// The argument of this number of a function: no memory, until it is called.
    Argument(u32),
}

impl Source {
    /// The memory of a value.
    #[inline]
    pub fn of(value: &Value) -> Source {
        Source::Array { buffer: value.buffer().clone(), offset: value.layout().offset }
    }

    /// Whether it is in the memory.
    pub fn is_in(&self, memory: &Buffer) -> bool {
        matches!(self, Source::Array { buffer, .. } if buffer.is_same(memory))
    }

    /// The memory, borrowed.
    #[inline]
    pub fn input(&self) -> Input<'_> {
        match self {
            Source::Array { buffer, offset } => Input::Array { buffer, offset: *offset },
            Source::Literal(scalar) => Input::Literal(scalar),
            Source::Argument(_) => Input::Missing,
        }
    }
}

/// What is behind the inputs of a run, by number.
pub(crate) trait Inputs {
    /// The memory of an input.
    fn input(&self, number: u32) -> Input<'_>;
}

impl Inputs for Vec<Source> {
    #[inline]
    fn input(&self, number: u32) -> Input<'_> {
        self[number as usize].input()
    }
}

/// The memory of an input, kept by somebody else.
#[derive(Clone, Copy)]
pub(crate) enum Input<'a> {
    /// An array's memory, and the byte of its first element.
    Array { buffer: &'a Buffer, offset: isize },
    /// A literal is its own memory.
    Literal(&'a Scalar),
    /// An argument that nobody has given.
    Missing,
}

impl<'a> Input<'a> {
    /// The memory of a value.
    #[inline]
    pub fn of(value: &'a Value) -> Input<'a> {
        Input::Array { buffer: value.buffer(), offset: value.layout().offset }
    }

    /// A copy of an array's memory, for elements to be overwritten; `None` if the system
    /// refuses memory, or there is none to be copied.
    pub fn copied(self) -> Option<Source> {
        match self {
            Input::Array { buffer, offset } => {
                let buffer = Buffer::copy_of(buffer.bytes())?;
                Some(Source::Array { buffer, offset })
            }
            Input::Literal(scalar) => Some(Source::Literal(*scalar)),
            Input::Missing => None,
        }
    }

    /// The bytes that a copy takes.
    pub fn len(self) -> usize {
        match self {
            Input::Array { buffer, .. } => buffer.len(),
            Input::Literal(_) | Input::Missing => 0,
        }
    }

    /// The address and length of the memory, and the byte of the first element in it.
    #[inline]
    pub fn span(self) -> (*mut u8, usize, isize) {
        match self {
            Input::Array { buffer, offset } => (buffer.address(), buffer.len(), offset),
            Input::Literal(scalar) => {
                let address = (&raw const scalar.bits).cast::<u8>().cast_mut();
                // The low bytes of the word are the element.
                let offset = if cfg!(target_endian = "big") { 8 - scalar.dtype.size() } else { 0 };
                (address, size_of::<u64>(), offset as isize)
            }
            Input::Missing => (std::ptr::null_mut(), 0, 0),
        }
    }

    /// The elements with the given layout, counted from the first one.
    ///
    /// # Errors
    /// If some of them are not in the memory.
    pub fn value(self, dtype: DType, mut layout: Layout) -> Result<Value, Error> {
        match self {
            Input::Array { buffer, offset } => {
                layout.offset += offset;
                Value::within(buffer.clone(), dtype, layout)
            }
            Input::Literal(scalar) => {
                let value = Value::from_scalar(*scalar);
                layout.offset += value.layout().offset;
                Value::within(value.buffer().clone(), dtype, layout)
            }
            Input::Missing => {
                Err(Error::nowhere(ErrorKind::Internal, "jit", "an argument is missing"))
            }
        }
    }
}
