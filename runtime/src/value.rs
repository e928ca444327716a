//! Evaluated arrays: strided elements in a buffer.

use crate::buffer::Buffer;
use crate::{Error, ErrorKind};
use jitney_ir::graph::{Layout, View};
use jitney_ir::{DType, Scalar, Shape};
use std::sync::Arc;

mod sealed {
    pub trait Sealed {}
}

/// A Rust type that is the element type of a dtype.
///
/// `bool` is one: a byte of an array is never anything but 0 or 1.
pub trait Element: sealed::Sealed + Copy + Send + Sync + 'static {
    /// The dtype.
    const DTYPE: DType;

    /// The element as a scalar.
    fn scalar(self) -> Scalar;

    /// The element with the scalar's bits; the scalar must be of the dtype.
    fn from_scalar(scalar: Scalar) -> Self;
}

macro_rules! elements {
    ($($ty:ty = $dtype:ident, $to_bits:expr, $from_bits:expr;)*) => {$(
        impl sealed::Sealed for $ty {}
        impl Element for $ty {
            const DTYPE: DType = DType::$dtype;
            fn scalar(self) -> Scalar {
                let to_bits: fn($ty) -> u64 = $to_bits;
                Scalar::from_bits(DType::$dtype, to_bits(self))
            }
            fn from_scalar(scalar: Scalar) -> $ty {
                let from_bits: fn(u64) -> $ty = $from_bits;
                from_bits(scalar.bits)
            }
        }
    )*};
}

elements! {
    bool = Bool, u64::from, |bits| bits & 1 != 0;
    i8 = I8, |x| x as u64, |bits| bits as i8;
    i16 = I16, |x| x as u64, |bits| bits as i16;
    i32 = I32, |x| x as u64, |bits| bits as i32;
    i64 = I64, |x| x as u64, |bits| bits as i64;
    u8 = U8, u64::from, |bits| bits as u8;
    u16 = U16, u64::from, |bits| bits as u16;
    u32 = U32, u64::from, |bits| bits as u32;
    u64 = U64, |x| x, |bits| bits;
    f32 = F32, |x| u64::from(x.to_bits()), |bits| f32::from_bits(bits as u32);
    f64 = F64, f64::to_bits, f64::from_bits;
}

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
    /// If a place lies outside the buffer.
    pub fn new(buffer: Buffer, dtype: DType, layout: Layout) -> Result<Value, Error> {
        let reach = span(&layout, dtype.size());
        Value::reaching(buffer, dtype, Arc::new(layout), reach)
    }

    /// The same, with the range of bytes that the elements cover.
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
        if low < 0 || high > buffer.len() as i128 {
            return Err(out_of_bounds(low, high, buffer.len()));
        }
        Ok(Value { buffer, dtype, layout })
    }

    /// The elements of a `Vec` in C order, without copying them.
    ///
    /// # Errors
    /// If their number is not that of the shape.
    pub fn from_vec<T: Element>(elements: Vec<T>, shape: &Shape) -> Result<Value, Error> {
        check_len(elements.len(), shape)?;
        let layout = Layout::contiguous(shape, T::DTYPE.size());
        Value::new(Buffer::from_vec(elements), T::DTYPE, layout)
    }

    /// A copy of elements in C order, in memory that is aligned as results are.
    ///
    /// # Errors
    /// If their number is not that of the shape, or the system refuses memory.
    pub fn from_slice<T: Element>(elements: &[T], shape: &Shape) -> Result<Value, Error> {
        check_len(elements.len(), shape)?;
        let layout = Layout::contiguous(shape, T::DTYPE.size());
        let refused = || crate::exec::out_of_memory(size_of_val(elements));
        Value::new(Buffer::copy_of(elements).ok_or_else(refused)?, T::DTYPE, layout)
    }

    /// A 0-d array of one scalar.
    pub fn from_scalar(scalar: Scalar) -> Value {
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
    pub fn view(&self, view: &View, shape: &Shape) -> Option<Value> {
        let layout = self.layout.view(view, shape)?;
        Some(Value { buffer: self.buffer.clone(), dtype: self.dtype, layout: Arc::new(layout) })
    }

    /// The element at a flat index in C order.
    pub fn get(&self, flat: usize) -> Scalar {
        let mut rest = flat;
        let mut place = self.layout.offset;
        for (&extent, &stride) in self.layout.shape.0.iter().zip(&self.layout.strides).rev() {
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
    /// If `T` is not the type of the dtype.
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>, Error> {
        if T::DTYPE != self.dtype {
            let message =
                format!("the array is of {}, not {}: cast it with astype", self.dtype, T::DTYPE);
            return Err(Error::nowhere(ErrorKind::DType, "to_vec", message));
        }
        Ok(self.scalars().map(T::from_scalar).collect())
    }
}

#[cold]
fn out_of_bounds(low: i128, high: i128, len: usize) -> Error {
    let message = format!("elements at bytes {low}..{high} of a buffer of {len}");
    Error::nowhere(ErrorKind::Internal, "array", message)
}

/// The range of bytes that the elements cover.
pub(crate) fn span(layout: &Layout, size: usize) -> (i128, i128) {
    if layout.shape.is_empty() {
        return (0, 0);
    }
    let mut range = (layout.offset as i128, layout.offset as i128);
    for (&extent, &stride) in layout.shape.0.iter().zip(&layout.strides) {
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
        let (index, left) = (vec![0; layout.shape.rank()], layout.shape.len());
        Places { layout, index, place: layout.offset, left }
    }
}

impl Iterator for Places<'_> {
    type Item = isize;

    fn next(&mut self) -> Option<isize> {
        self.left = self.left.checked_sub(1)?;
        let place = self.place;
        for axis in (0..self.index.len()).rev() {
            let (extent, stride) = (self.layout.shape.0[axis], self.layout.strides[axis]);
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

fn check_len(len: usize, shape: &Shape) -> Result<(), Error> {
    if shape.checked_len() == Some(len) {
        return Ok(());
    }
    let message = format!("cannot reshape array of size {len} into shape {shape}");
    Err(Error::nowhere(ErrorKind::Shape, "array", message))
}
