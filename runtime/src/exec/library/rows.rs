//! The rows of an array along one of its axes.

use crate::Error;
use crate::exec::memory::Memory;
use crate::value::Places;
use jitney_ir::Element;
use jitney_ir::graph::Layout;
use jitney_ir::shape::Dims;
use jitney_optimizer::ArrayRef;
use std::marker::PhantomData;

/// The rows of an array in memory: elements along an axis, for each place along the others.
pub(super) struct Rows<T> {
    address: usize,
    /// Where rows begin, in bytes.
    starts: Layout,
    len: usize,
    /// Between neighbours, in bytes.
    stride: isize,
    elements: PhantomData<T>,
}

/// A row: the byte where it begins.
#[derive(Clone, Copy)]
pub(super) struct Row(isize);

impl<T: Element> Rows<T> {
    /// The rows of an array of elements `T`, or of what has the same bytes.
    ///
    /// # Errors
    /// If the array is not in its memory.
    pub fn of(array: &ArrayRef, axis: usize, memory: &Memory<'_>) -> Result<Rows<T>, Error> {
        // Values are checked against their buffers: all elements are inside, and aligned.
        memory.value(array)?;
        if array.dtype.size() != size_of::<T>() {
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
            elements: PhantomData,
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
    pub fn from(&self, first: usize) -> impl Iterator<Item = Row> + '_ {
        Places::from(&self.starts, first).map(Row)
    }

    fn at(&self, row: Row, index: usize) -> *mut T {
        let place = row.0 + index as isize * self.stride;
        (self.address as *mut u8).wrapping_offset(place).cast()
    }

    /// The elements of a row of these.
    pub fn read(&self, row: Row) -> impl Iterator<Item = T> + '_ {
        // SAFETY: `of` has shown that all elements lie in live memory. They are of a dtype with the
        // bytes of `T`, and nobody writes them while a step reads them.
        (0..self.len).map(move |index| unsafe { self.at(row, index).read() })
    }

    /// Writes a row of these.
    ///
    /// # Safety
    /// The rows are those of a result of the step that runs, and no other thread uses this row.
    pub unsafe fn write(&self, row: Row, elements: impl Iterator<Item = T>) {
        for (index, element) in (0..self.len).zip(elements) {
            // SAFETY: `of` has shown that the element is in live memory, which the caller alone
            // uses.
            unsafe { self.at(row, index).write(element) };
        }
    }
}
