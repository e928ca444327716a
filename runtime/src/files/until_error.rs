//! A file that is written up to the first error.

use std::io::{self, Seek, SeekFrom, Write};

/// What is written until something goes wrong; then all succeeds and nothing happens.
///
/// A writer of archives completes its archive when it is dropped, and if that fails, it says so
/// on stderr, in a line of its own. The error that came first is the caller's to tell.
pub(super) struct UntilError<W> {
    inner: W,
    /// Where the next byte goes, and the end of the file.
    position: u64,
    end: u64,
    has_failed: bool,
}

impl<W: Write + Seek> UntilError<W> {
    /// At the beginning of an empty file.
    pub fn new(inner: W) -> UntilError<W> {
        UntilError { inner, position: 0, end: 0, has_failed: false }
    }

    fn note<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        self.has_failed |=
            result.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted);
        result
    }
}

impl<W: Write + Seek> Write for UntilError<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = match self.has_failed {
            true => bytes.len(),
            false => {
                let result = self.inner.write(bytes);
                self.note(result)?
            }
        };
        self.position += n as u64;
        self.end = self.end.max(self.position);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.has_failed {
            return Ok(());
        }
        let result = self.inner.flush();
        self.note(result)
    }
}

impl<W: Write + Seek> Seek for UntilError<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = if self.has_failed {
            let place = match to {
                SeekFrom::Start(place) => Some(place),
                SeekFrom::Current(by) => self.position.checked_add_signed(by),
                SeekFrom::End(by) => self.end.checked_add_signed(by),
            };
            place.ok_or(io::ErrorKind::InvalidInput)?
        } else {
            let result = self.inner.seek(to);
            self.note(result)?
        };
        Ok(self.position)
    }
}
