//! Between files and values of the runtime.

use super::{Bytes, FileError, FileErrorKind, NpyFile};
use crate::Value;
use crate::buffer::Buffer;
use jitney_ir::graph::{Layout, View};
use jitney_ir::shape::Dims;
use jitney_ir::{DType, Shape};
use std::borrow::Cow;
use std::io::{self, Read};

/// Bytes of the words that copies are made of, so that any element in them is aligned.
const WORD: usize = size_of::<u64>();

/// Bytes that are read at a time: whole words.
const CHUNK: usize = 1 << 18;

impl NpyFile {
    /// The array: on the mapped file itself where [`NpyFile::is_zero_copy`] holds, else on a
    /// copy of at most `max_memory` bytes. Fortran order becomes strides, not a copy.
    ///
    /// # Errors
    /// If the copy would exceed `max_memory`, or there is not enough memory for it.
    pub fn into_value(self, max_memory: usize) -> Result<Value, FileError> {
        let buffer = match &self.data {
            Bytes::Mapped(mapped) if self.is_zero_copy() => mapped.clone().into_buffer(),
            _ => Buffer::from_vec(self.native_words(max_memory)?),
        };
        self.value_of(buffer)
    }

    /// The array whose data, in this machine's byte order, are in the buffer.
    fn value_of(&self, buffer: Buffer) -> Result<Value, FileError> {
        let layout = layout(self.dtype, &self.shape, self.fortran_order);
        Value::within(buffer, self.dtype, layout).map_err(|error| {
            let kind = FileErrorKind::InvalidHeader { message: error.to_string() };
            FileError::new(&self.path, kind)
        })
    }

    /// The array, its data read instead of those of `self`, as many bytes as these are to be.
    pub(super) fn read_value(
        &self,
        reader: &mut impl Read,
        len: usize,
        max_memory: usize,
    ) -> Result<Value, FileError> {
        let failed = |kind| FileError::new(&self.path, kind);
        let mut words =
            super::allocate(len.div_ceil(WORD), max_memory, usize::MAX).map_err(failed)?;
        let mut bytes = vec![0; CHUNK.min(len)];
        let mut actual = 0;
        while actual < len {
            let chunk = &mut bytes[..CHUNK.min(len - actual)];
            let n_read = read_up_to(reader, chunk).map_err(|error| failed(error.into()))?;
            actual += n_read;
            if n_read < chunk.len() {
                return Err(failed(FileErrorKind::DataTooShort { expected: len, actual }));
            }
            words.extend(chunk.chunks(WORD).map(|chunk| self.native_word(chunk)));
        }
        self.value_of(Buffer::from_vec(words))
    }

    /// The data as [`NpyFile::to_native_vec`] gives them, in words.
    fn native_words(&self, max_memory: usize) -> Result<Vec<u64>, FileError> {
        let n_words = self.data.len().div_ceil(WORD);
        let mut words = super::allocate(n_words, max_memory, usize::MAX)
            .map_err(|kind| FileError::new(&self.path, kind))?;
        // Sizes of elements divide the word's, so that no element lies in two of them.
        words.extend(self.data.chunks(WORD).map(|chunk| self.native_word(chunk)));
        Ok(words)
    }

    fn native_word(&self, chunk: &[u8]) -> u64 {
        let mut word = [0; WORD];
        word[..chunk.len()].copy_from_slice(chunk);
        if self.dtype == DType::Bool {
            word = word.map(|byte| u8::from(byte != 0));
        }
        if self.is_foreign() {
            word.chunks_exact_mut(self.dtype.size()).for_each(<[u8]>::reverse);
        }
        u64::from_ne_bytes(word)
    }
}

/// Fills the bytes as far as there are some to read, and says how far.
fn read_up_to(reader: &mut impl Read, bytes: &mut [u8]) -> io::Result<usize> {
    let mut n_read = 0;
    while n_read < bytes.len() {
        match reader.read(&mut bytes[n_read..]) {
            Ok(0) => break,
            Ok(n) => n_read += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(n_read)
}

/// Where the elements are, in bytes, if the data are in C or in Fortran order.
fn layout(dtype: DType, shape: &Shape, fortran_order: bool) -> Layout {
    if !fortran_order {
        return Layout::contiguous(shape, dtype.size());
    }
    // In C order the file holds the transposed array.
    let perm: Dims<usize> = (0..shape.rank()).rev().collect();
    let transposed = Layout::contiguous(&shape.select(&perm), dtype.size());
    transposed.view(&View::Transpose(perm), shape).unwrap_or(transposed)
}

/// The elements in C order and in this machine's byte order, copied only if they are not so
/// already.
///
/// # Errors
/// If the copy would exceed `max_memory` bytes, or there is not enough memory for it.
pub fn c_order_bytes(value: &Value, max_memory: usize) -> Result<Cow<'_, [u8]>, FileErrorKind> {
    if let Some(bytes) = value.contiguous_bytes() {
        return Ok(Cow::Borrowed(bytes));
    }
    let size = value.dtype().size();
    let len = value.shape().len().saturating_mul(size);
    let mut bytes: Vec<u8> = super::allocate(len, max_memory, usize::MAX)?;
    for scalar in value.scalars() {
        let word = scalar.bits.to_ne_bytes();
        let low = if cfg!(target_endian = "big") { &word[WORD - size..] } else { &word[..size] };
        bytes.extend_from_slice(low);
    }
    Ok(Cow::Owned(bytes))
}
