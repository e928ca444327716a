//! The rows of an array along one of its axes.

use crate::Error;
use crate::context::Stop;
use crate::exec::memory::Memory;
use crate::value::Places;
use jitney_ir::graph::Layout;
use jitney_ir::shape::Dims;
use jitney_ir::{DType, Element};
use jitney_optimizer::ArrayRef;
use std::marker::PhantomData;

/// The rows of an array in memory: elements along an axis, for each place along the others.
pub(super) struct Rows<'m, T> {
    address: usize,
    /// Where rows begin, in bytes.
    starts: Layout,
    len: usize,
    /// Between neighbours, in bytes.
    stride: isize,
    memory: PhantomData<&'m [T]>,
}

/// One of them.
pub(super) struct Row<'m, T> {
    address: usize,
    len: usize,
    stride: isize,
    memory: PhantomData<&'m [T]>,
}

impl<'m, T: Element> Rows<'m, T> {
    /// The rows of an array of elements `T`; bools are read as bytes.
    ///
    /// # Errors
    /// If the array is not in its memory.
    pub fn of(array: &ArrayRef, axis: usize, memory: &'m Memory<'_>) -> Result<Self, Error> {
        // Values are checked against their buffers: all elements are inside, and aligned.
        memory.value(array)?;
        if T::DTYPE != array.dtype && (T::DTYPE, array.dtype) != (DType::U8, DType::Bool) {
            return Err(Error::internal("rows of another dtype"));
        }
        let (address, _, offset) = memory.span(array.place);
        let Layout { shape, strides, offset: first } = &array.layout;
        let others: Dims<usize> = (0..shape.rank()).filter(|other| *other != axis).collect();
        let starts = Layout {
            shape: shape.select(&others),
            strides: others.iter().map(|other| strides[*other]).collect(),
            offset: *first,
        };
        Ok(Rows {
            address: address.wrapping_offset(offset) as usize,
            starts,
            len: shape.extents()[axis],
            stride: strides[axis],
            memory: PhantomData,
        })
    }

    /// How many rows there are.
    pub fn count(&self) -> usize {
        self.starts.shape.len()
    }

    /// The elements of each row.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The rows from one on, in C order.
    pub fn from(&self, first: usize) -> impl Iterator<Item = Row<'m, T>> + '_ {
        Places::from(&self.starts, first).map(|place| Row {
            address: (self.address as *mut u8).wrapping_offset(place) as usize,
            len: self.len,
            stride: self.stride,
            memory: PhantomData,
        })
    }
}

impl<T: Element> Row<'_, T> {
    fn at(&self, index: usize) -> *mut T {
        (self.address as *mut u8).wrapping_offset(index as isize * self.stride).cast()
    }

    /// The elements.
    pub fn read(&self) -> impl Iterator<Item = T> + '_ {
        // SAFETY: `Rows::of` has shown that all elements lie in memory that lives as long as the
        // row, and have the dtype of `T`, or are bools and `T` a byte. Nobody writes what a step
        // reads while it runs.
        (0..self.len).map(|index| unsafe { self.at(index).read() })
    }

    /// Writes the elements.
    ///
    /// # Errors
    /// If the evaluation is to stop.
    ///
    /// # Safety
    /// The row is of a result of the step that runs, and nobody else uses it meanwhile.
    pub unsafe fn write(
        &self,
        elements: impl Iterator<Item = T>,
        stop: &Stop,
    ) -> Result<(), Error> {
        for (index, element) in (0..self.len).zip(elements) {
            stop.check_at(index)?;
            // SAFETY: `Rows::of` has shown that the element lies in memory, which is the caller's.
            unsafe { self.at(index).write(element) };
        }
        Ok(())
    }
}
