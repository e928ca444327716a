//! The unsafe calls of this module: mapping a file into memory, lending the mapping to an array, and
//! making room for whoever handles the loss of what is mapped.

use super::FileErrorKind;
use crate::buffer::Buffer;
use memmap2::Mmap;
use std::fs::File;
use std::ops::Deref;
use std::sync::Arc;

/// A part of a file that is mapped into memory; cheap to clone, unmapped with the last clone.
#[derive(Clone, Debug)]
pub struct Mapped {
    map: Arc<Mmap>,
    offset: usize,
    len: usize,
}

impl Mapped {
    /// Maps `len` bytes of the file from `offset`.
    ///
    /// # Errors
    /// If the file is shorter, or the system refuses.
    pub(super) fn new(file: &File, offset: usize, len: usize) -> Result<Mapped, FileErrorKind> {
        // SAFETY: the mapping is read-only and lives as long as the slices that `deref` lends.
        // Nothing in this process writes to a file in place: `replace` renames. What remains
        // is other processes, and the module's documentation hands that limit to the caller.
        let map = unsafe { Mmap::map(file) }.map_err(FileErrorKind::from)?;
        let actual = map.len().saturating_sub(offset);
        if actual < len {
            return Err(FileErrorKind::DataTooShort { expected: len, actual });
        }
        Ok(Mapped { map: Arc::new(map), offset, len })
    }

    /// The part as memory of an array, which keeps it mapped.
    pub(super) fn into_buffer(self) -> Buffer {
        let bytes: *const [u8] = &*self;
        // SAFETY: the bytes are those of the mapping, which `self`, the owner, keeps alive
        // and in place wherever it is moved to itself; they are readable and, within the
        // limit that the module's documentation states, unchanged.
        unsafe { Buffer::from_owner(bytes, Box::new(self)) }
    }
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map[self.offset..self.offset + self.len]
    }
}

/// Removes the handler that Rust's library has for `SIGBUS`, the signal of whoever reads what a
/// mapped file has lost. That handler looks for overflows of the stack and lets the next signal end
/// the process; a handler that is registered later would call it first, and never get to say which
/// file it was.
#[cfg(unix)]
pub fn forget_loss_handler() {
    // SAFETY: the system's default runs no code of this process.
    unsafe { libc::signal(libc::SIGBUS, libc::SIG_DFL) };
}
