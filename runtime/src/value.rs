//! Evaluated arrays: strided elements in a buffer.

use crate::buffer::{Buffer, Unwritten};
use crate::context::Stop;
use crate::settings::with_scope;
use crate::{Element, Error, ErrorKind};
use jitney_ir::graph::{Layout, View};
use jitney_ir::{DType, Scalar, Shape};
use std::sync::Arc;

/// An evaluated array. Cheap to clone; the elements are shared.
#[derive(Clone)]
pub struct Value {
    buffer: Buffer,
    dtype: DType,
    /// In bytes. Shared with the plan that has made the value: what is made often is small.
    layout: Arc<Layout>,
}

impl Value {
    /// Elements at the given places (in bytes) of a buffer.
    ///
    /// # Errors
    /// If the layout contradicts itself, a place lies outside the buffer or is not aligned, or
    /// a byte of a bool is neither 0 nor 1. All elements are read to find that out.
    pub fn new(buffer: Buffer, dtype: DType, layout: Layout) -> Result<Value, Error> {
        let mut value = Value::within(buffer, dtype, layout)?;
        if value.shape().is_empty() {
            // Without elements, any place will do: one from which views can be reckoned.
            value.layout = Arc::new(Layout::contiguous(value.shape(), dtype.size()));
        }
        let bytes = value.buffer.bytes();
        let byte = |place: isize| bytes[place as usize];
        if dtype == DType::Bool
            && let Some(wrong) = Places::new(&value.layout).map(byte).find(|byte| *byte > 1)
        {
            return Err(unusable(format!("a bool is the byte {wrong}: only 0 and 1 are bools")));
        }
        Ok(value)
    }

    /// As [`Value::new`], of memory whose bytes are known to be elements of the dtype.
    pub(crate) fn within(buffer: Buffer, dtype: DType, layout: Layout) -> Result<Value, Error> {
        check_layout(&buffer, dtype.size(), &layout).map_err(unusable)?;
        Ok(Value { buffer, dtype, layout: Arc::new(layout) })
    }

    /// The same with a layout that has been checked, but for the bytes that it reaches.
    ///
    /// # Errors
    /// If some of them lie outside the buffer.
    #[inline]
    pub(crate) fn reaching(
        buffer: Buffer,
        dtype: DType,
        layout: Arc<Layout>,
        (low, high): (i128, i128),
    ) -> Result<Value, Error> {
        match low >= 0 && high <= buffer.len() as i128 {
            true => Ok(Value { buffer, dtype, layout }),
            false => Err(unusable(outside(low, high, buffer.len()))),
        }
    }

    /// The elements of a `Vec` in C order, without copying them.
    ///
    /// # Errors
    /// If their number is not that of the shape.
    pub fn from_vec<T: Element>(elements: Vec<T>, shape: &Shape) -> Result<Value, Error> {
        check_len::<T>(elements.len(), shape)?;
        let layout = Layout::contiguous(shape, T::DTYPE.size());
        Value::within(Buffer::from_vec(elements), T::DTYPE, layout)
    }

    /// A copy of elements in C order, in memory that is aligned as results are.
    ///
    /// # Errors
    /// If their number is not that of the shape, or the system refuses memory.
    pub fn from_slice<T: Element>(elements: &[T], shape: &Shape) -> Result<Value, Error> {
        check_len::<T>(elements.len(), shape)?;
        let layout = Layout::contiguous(shape, T::DTYPE.size());
        let refused = || crate::exec::out_of_memory(size_of_val(elements));
        Value::within(Buffer::copy_of(elements).ok_or_else(refused)?, T::DTYPE, layout)
    }

    /// Elements as the closure writes them in C order, in memory aligned as results are.
    ///
    /// # Errors
    /// The closure's; more elements than there may be or is memory for.
    pub(crate) fn written<T: Element>(
        operation: &str,
        shape: &Shape,
        write: impl FnOnce(Unwritten<'_, T>) -> Result<(), Error>,
    ) -> Result<Value, Error> {
        let bytes = shape.bytes(size_of::<T>());
        let bytes = bytes
            .map_err(|error| Error::nowhere(ErrorKind::Shape, operation, error.to_string()))?;
        check_limit(operation, bytes)?;
        let refused = || crate::exec::out_of_memory(bytes);
        let buffer = Buffer::written(shape.len(), write).ok_or_else(refused)??;
        let layout = Layout::contiguous(shape, size_of::<T>());
        Value::within(buffer, T::DTYPE, layout)
    }

    /// A 0-d array of one scalar.
    pub fn from_scalar(scalar: Scalar) -> Value {
        let scalar = scalar.normalized();
        let buffer = Buffer::from_vec(vec![scalar.bits]);
        // The low bytes of the word are the element only where they come first.
        let offset = if cfg!(target_endian = "big") { 8 - scalar.dtype.size() } else { 0 };
        let layout = Layout { offset: offset as isize, ..Layout::contiguous(&Shape::scalar(), 1) };
        Value { buffer, dtype: scalar.dtype, layout: Arc::new(layout) }
    }

    /// The dtype.
    #[inline]
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The shape.
    #[inline]
    pub fn shape(&self) -> &Shape {
        &self.layout.shape
    }

    /// The places of the elements, in bytes.
    #[inline]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The memory.
    #[inline]
    pub fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// Whether it is the same elements of the same memory.
    pub(crate) fn is_same(&self, other: &Value) -> bool {
        let is_same = self.buffer.is_same(&other.buffer) && self.dtype == other.dtype;
        is_same && self.layout == other.layout
    }

    /// A view of the same elements; `None` where a reshape would have to copy.
    pub(crate) fn view(&self, view: &View, shape: &Shape) -> Option<Value> {
        let layout = self.layout.view(view, shape)?;
        Some(Value { buffer: self.buffer.clone(), dtype: self.dtype, layout: Arc::new(layout) })
    }

    /// The element at a flat index in C order.
    pub fn get(&self, flat: usize) -> Scalar {
        let mut rest = flat;
        let mut place = self.layout.offset;
        for (&extent, &stride) in self.layout.shape.extents().iter().zip(&self.layout.strides).rev()
        {
            place += (rest % extent) as isize * stride;
            rest /= extent;
        }
        self.at(place)
    }

    fn at(&self, place: isize) -> Scalar {
        let size = self.dtype.size();
        let mut word = [0; 8];
        word[..size].copy_from_slice(&self.buffer.bytes()[place as usize..][..size]);
        let bits = u64::from_le_bytes(word);
        let bits =
            if cfg!(target_endian = "big") { bits.swap_bytes() >> (64 - 8 * size) } else { bits };
        // A foreign byte of a bool may hold anything; only zero is false.
        let bits = if self.dtype == DType::Bool { u64::from(bits != 0) } else { bits };
        Scalar { dtype: self.dtype, bits }
    }

    /// The bits of all elements in C order.
    pub fn scalars(&self) -> impl Iterator<Item = Scalar> + '_ {
        Places::new(&self.layout).map(|place| self.at(place))
    }

    /// The elements in C order as bytes, as they stand in memory if they do so contiguously.
    pub fn contiguous_bytes(&self) -> Option<&[u8]> {
        let len = self.shape().len() * self.dtype.size();
        let start = self.layout.offset as usize;
        (self.layout.is_contiguous(self.dtype.size()) && len > 0)
            .then(|| &self.buffer.bytes()[start..start + len])
    }

    /// The elements in C order.
    ///
    /// # Errors
    /// If `T` is not the type of the dtype, there is no room for a copy (see [`room`]), or the host
    /// asks to stop.
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>, Error> {
        if T::DTYPE != self.dtype {
            let message =
                format!("the array is of {}, not {}: cast it with astype", self.dtype, T::DTYPE);
            return Err(Error::nowhere(ErrorKind::DType, "to_vec", message));
        }
        let mut elements = room("to_vec", self.shape().len())?;
        let stop = with_scope(Stop::of);
        let mut scalars = self.scalars().map(T::from_scalar);
        loop {
            elements.extend(scalars.by_ref().take(COPIED));
            if elements.len() == self.shape().len() {
                return Ok(elements);
            }
            stop.check()?;
        }
    }
}

/// Elements that are copied between two looks at whether the host has asked to stop.
const COPIED: usize = 1 << 20;

/// An empty vector for so many elements that are handed out: of an array that takes no memory for
/// most of them, they may be more than there is memory for.
///
/// # Errors
/// More bytes than [`Settings::max_memory`](crate::Settings) of this thread's scope allows, or
/// than the system has.
pub fn room<T>(operation: &str, n: usize) -> Result<Vec<T>, Error> {
    let bytes = n.saturating_mul(size_of::<T>());
    check_limit(operation, bytes)?;
    let refused = |message| Error::nowhere(ErrorKind::Memory, operation, message);
    let mut elements = Vec::new();
    let system = |_| refused(format!("the system refuses {bytes} bytes of memory"));
    elements.try_reserve_exact(n).map_err(system)?;
    Ok(elements)
}

/// # Errors
/// If this thread's scope does not allow so many bytes.
pub(crate) fn check_limit(operation: &str, bytes: usize) -> Result<(), Error> {
    match with_scope(|settings| settings.max_memory).filter(|most| bytes > *most) {
        Some(most) => {
            let message = format!("needs {bytes} bytes, but only {most} may be used");
            Err(Error::nowhere(ErrorKind::Memory, operation, message))
        }
        None => Ok(()),
    }
}

/// Whether elements of the given size can be where the layout says: what compiled code and
/// libraries are called with is not checked again but for its bounds.
fn check_layout(buffer: &Buffer, size: usize, layout: &Layout) -> Result<(), String> {
    let Layout { shape, strides, offset } = layout;
    if strides.len() != shape.rank() {
        return Err(format!("{} axes with {} strides", shape.rank(), strides.len()));
    }
    if shape.is_empty() {
        return Ok(());
    }
    let (low, high) = span(layout, size);
    if low < 0 || high > buffer.len() as i128 {
        return Err(outside(low, high, buffer.len()));
    }
    let first = (buffer.address().addr() as isize).wrapping_add(*offset);
    // Sizes are powers of two: one bit below the size in any of them misplaces an element.
    if strides.iter().fold(first, |bits, stride| bits | stride) & (size as isize - 1) != 0 {
        return Err(format!("elements of {size} bytes are not aligned to that"));
    }
    Ok(())
}

fn outside(low: i128, high: i128, len: usize) -> String {
    format!("elements at bytes {low}..{high} of a buffer of {len}")
}

fn unusable(message: String) -> Error {
    Error::nowhere(ErrorKind::Internal, "array", message)
}

/// The range of bytes that the elements cover.
pub(crate) fn span(layout: &Layout, size: usize) -> (i128, i128) {
    if layout.shape.is_empty() {
        return (0, 0);
    }
    let mut range = (layout.offset as i128, layout.offset as i128);
    for (&extent, &stride) in layout.shape.extents().iter().zip(&layout.strides) {
        let reach = (extent as i128 - 1) * stride as i128;
        range.0 += reach.min(0);
        range.1 += reach.max(0);
    }
    (range.0, range.1 + size as i128)
}

/// The places of a layout's elements in C order.
pub(crate) struct Places<'a> {
    layout: &'a Layout,
    index: Vec<usize>,
    place: isize,
    left: usize,
}

impl<'a> Places<'a> {
    pub(crate) fn new(layout: &'a Layout) -> Places<'a> {
        Places::from(layout, 0)
    }

    /// The places from an element on, at once wherever that is.
    pub(crate) fn from(layout: &'a Layout, first: usize) -> Places<'a> {
        let extents = layout.shape.extents();
        let (mut index, mut place, mut rest) = (vec![0; extents.len()], layout.offset, first);
        for axis in (0..extents.len()).rev() {
            // Of an array without elements there is no place.
            let extent = extents[axis].max(1);
            index[axis] = rest % extent;
            place += layout.strides[axis] * index[axis] as isize;
            rest /= extent;
        }
        Places { layout, index, place, left: layout.shape.len().saturating_sub(first) }
    }
}

impl Iterator for Places<'_> {
    type Item = isize;

    fn next(&mut self) -> Option<isize> {
        self.left = self.left.checked_sub(1)?;
        let place = self.place;
        for axis in (0..self.index.len()).rev() {
            let (extent, stride) = (self.layout.shape.extents()[axis], self.layout.strides[axis]);
            self.index[axis] += 1;
            self.place += stride;
            if self.index[axis] < extent {
                break;
            }
            self.place -= stride * extent as isize;
            self.index[axis] = 0;
        }
        Some(place)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

fn check_len<T: Element>(len: usize, shape: &Shape) -> Result<(), Error> {
    let message = match shape.bytes(T::DTYPE.size()) {
        Ok(_) if shape.len() == len => return Ok(()),
        Ok(_) => format!("cannot reshape array of size {len} into shape {shape}"),
        Err(error) => error.to_string(),
    };
    Err(Error::nowhere(ErrorKind::Shape, "array", message))
}
