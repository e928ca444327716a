//! NumPy's files: `.npy` holds one array, `.npz` is a zip archive of them.
//!
//! A `.npy` file is mapped into memory rather than read: opening one of any size is
//! immediate, and where [`NpyFile::is_zero_copy`] holds an array can lie right on the
//! mapping. Otherwise, and for members of archives, the data are copied, within a
//! limit that the caller sets.
//!
//! Files are written beside their target and renamed, so that an error on the way loses
//! nothing, readers see the old file or the new one, and an array that is mapped from a
//! file may be saved to that same file. Where Linux has files without a name, they have none
//! until they are complete: a process that is ended before leaves nothing behind. (Renaming does not wait for the disk: after a
//! power failure the file system's own promises hold.)
//!
//! Every file, however malformed, gives its array or a [`FileError`].
//!
//! # One limit
//! A mapping shows the file as it is. If another program truncates the file while it is
//! mapped, the operating system ends this process with `SIGBUS` when it touches the lost
//! part; if another program overwrites it in place, values change. Read the file by
//! [`read_npy`] instead if others may write to it. (What this module
//! writes is safe to replace at any time.)

mod dictionary;
mod error;
mod escape;
mod header;
mod map;
mod npy;
mod npz;
mod replace;
mod until_error;
mod values;

pub use error::{FileError, FileErrorKind};
pub use escape::{escaped, is_unseen};
pub use map::Mapped;
#[cfg(unix)]
pub use map::forget_loss_handler;
pub use npy::{open_npy, read_npy, write_npy};
pub use npz::{Member, npz_members, open_npz, write_npz, write_npz_compressed};
pub use values::c_order_bytes;

use jitney_ir::{DType, Shape};
use std::ops::Deref;
use std::path::PathBuf;

/// An array in a file: what its header says, and its data as they are stored.
#[derive(Clone, Debug)]
pub struct NpyFile {
    /// The file, for messages.
    pub path: PathBuf,
    /// The element type.
    pub dtype: DType,
    /// The extents.
    pub shape: Shape,
    /// Whether the first axis varies fastest in `data` (else the last one does).
    pub fortran_order: bool,
    /// Whether elements of more than one byte are stored most significant byte first.
    pub big_endian: bool,
    /// The elements: exactly as many bytes as shape and dtype take.
    pub data: Bytes,
}

/// Bytes that are mapped from a file or held in memory.
#[derive(Clone, Debug)]
pub enum Bytes {
    /// A part of a mapped file.
    Mapped(Mapped),
    /// A member of an archive, decompressed.
    Owned(Vec<u8>),
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Mapped(mapped) => mapped,
            Bytes::Owned(bytes) => bytes,
        }
    }
}

impl NpyFile {
    /// Whether the data can be used where they lie: in this machine's byte order, aligned,
    /// and known to be valid. The last excludes `bool`, whose bytes must be 0 or 1: to find
    /// out would be to read them all.
    pub fn is_zero_copy(&self) -> bool {
        let size = self.dtype.size();
        self.dtype != DType::Bool
            && !self.is_foreign()
            && self.data.as_ptr().addr().is_multiple_of(size)
    }

    /// A copy of the data in this machine's byte order, elements in the order of the file
    /// (see `fortran_order`). As in NumPy, every byte but 0 is `True` in a bool array.
    ///
    /// # Errors
    /// If the copy would exceed `max_memory` bytes, or there is not enough memory for it.
    pub fn to_native_vec(&self, max_memory: usize) -> Result<Vec<u8>, FileError> {
        let mut bytes = allocate(self.data.len(), max_memory, usize::MAX)
            .map_err(|kind| FileError::new(&self.path, kind))?;
        if self.dtype == DType::Bool {
            bytes.extend(self.data.iter().map(|&byte| u8::from(byte != 0)));
        } else {
            bytes.extend_from_slice(&self.data);
        }
        if self.is_foreign() {
            bytes.chunks_exact_mut(self.dtype.size()).for_each(<[u8]>::reverse);
        }
        Ok(bytes)
    }

    fn is_foreign(&self) -> bool {
        self.dtype.size() > 1 && self.big_endian != cfg!(target_endian = "big")
    }
}

/// An empty vector with room for `len` items, or for the part of them that can come, if
/// that is allowed and possible.
fn allocate<T>(len: usize, max_memory: usize, fillable: usize) -> Result<Vec<T>, FileErrorKind> {
    let needed = len.saturating_mul(size_of::<T>());
    if needed > max_memory {
        return Err(FileErrorKind::TooLarge { needed, max_memory });
    }
    let mut items = Vec::new();
    items
        .try_reserve_exact(len.min(fillable))
        .map_err(|_| FileErrorKind::OutOfMemory { needed })?;
    Ok(items)
}
