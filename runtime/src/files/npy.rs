//! Files of one array.

use super::header::{Header, data_len, header_bytes};
use super::replace::replace;
use super::{Bytes, FileError, FileErrorKind, Mapped, NpyFile};
use crate::Value;
use jitney_ir::{DType, Shape};
use std::fs::{self, File};
use std::io::{self, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

/// Opens an `.npy` file and maps its data.
///
/// NumPy: `numpy.load(path, mmap_mode="r")`.
///
/// # Errors
/// If the file cannot be opened, is not an `.npy` file of a supported version and dtype,
/// or ends too early. What follows the data is ignored, as NumPy does.
pub fn open_npy(path: &Path) -> Result<NpyFile, FileError> {
    open(path).map_err(|kind| FileError::new(path, kind))
}

/// Reads an `.npy` file into memory. What others do to the file afterwards changes nothing, and
/// what they do meanwhile is an error at worst.
///
/// NumPy: `numpy.load(path)`.
///
/// # Errors
/// As for [`open_npy`]; also if the array takes more than `max_memory` bytes.
pub fn read_npy(path: &Path, max_memory: usize) -> Result<Value, FileError> {
    let failed = |kind| FileError::new(path, kind);
    let mut file = open_regular(path).map_err(failed)?;
    let Header { dtype, shape, fortran_order, big_endian, header_len, data_len } =
        Header::read(&mut BufReader::new(&file)).map_err(failed)?;
    let file_len = file.metadata().map_err(|error| failed(error.into()))?.len() as usize;
    let actual = file_len.saturating_sub(header_len);
    if actual < data_len {
        return Err(failed(FileErrorKind::DataTooShort { expected: data_len, actual }));
    }
    // What has been read beyond the header is read again.
    file.seek(SeekFrom::Start(header_len as u64)).map_err(|error| failed(error.into()))?;
    let data = Bytes::Owned(Vec::new());
    let empty = NpyFile { path: path.to_owned(), dtype, shape, fortran_order, big_endian, data };
    empty.read_value(&mut file, data_len, max_memory)
}

fn open(path: &Path) -> Result<NpyFile, FileErrorKind> {
    let file = open_regular(path)?;
    let Header { dtype, shape, fortran_order, big_endian, header_len, data_len } =
        Header::read(&mut BufReader::new(&file))?;
    let data = Bytes::Mapped(Mapped::new(&file, header_len, data_len)?);
    Ok(NpyFile { path: path.to_owned(), dtype, shape, fortran_order, big_endian, data })
}

/// Writes an `.npy` file of version 1.0 in C order: the same bytes that NumPy writes.
///
/// `bytes` are the elements in C order and in this machine's byte order.
///
/// NumPy: `numpy.save`.
///
/// # Errors
/// If `bytes` do not fit the shape and dtype, or the file cannot be written. In every
/// case a file that was there before is left as it was.
///
/// # Examples
/// ```
/// use jitney_ir::{DType, Shape};
/// use jitney_runtime::files::{open_npy, write_npy};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("x.npy");
/// let shape = Shape::new(&[2, 2]).expect("a small shape");
/// write_npy(&path, DType::U8, &shape, &[1, 2, 3, 4])?;
///
/// let file = open_npy(&path)?;
/// assert_eq!(file.shape, shape);
/// assert_eq!(file.data[..], [1, 2, 3, 4]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_npy(path: &Path, dtype: DType, shape: &Shape, bytes: &[u8]) -> Result<(), FileError> {
    check_len(dtype, shape, bytes)
        .and_then(|()| replace(path, |file| Ok(write_array(file, dtype, shape, bytes)?)))
        .map_err(|kind| FileError::new(path, kind))
}

/// Writes header and data.
pub(super) fn write_array(
    writer: &mut impl Write,
    dtype: DType,
    shape: &Shape,
    bytes: &[u8],
) -> io::Result<()> {
    writer.write_all(&header_bytes(dtype, shape))?;
    writer.write_all(bytes)
}

/// Whether the bytes are as many as an array of this shape and dtype takes.
pub(super) fn check_len(dtype: DType, shape: &Shape, bytes: &[u8]) -> Result<(), FileErrorKind> {
    let expected = data_len(dtype, shape)?;
    if bytes.len() == expected {
        Ok(())
    } else {
        Err(FileErrorKind::WrongLength { expected, actual: bytes.len() })
    }
}

/// Opens a file for reading, unless it is a directory or something that may never end.
pub(super) fn open_regular(path: &Path) -> Result<File, FileErrorKind> {
    // Asked before opening: to open a pipe is to wait for its other end.
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        Err(FileErrorKind::Directory)
    } else if !metadata.is_file() {
        Err(FileErrorKind::NotRegular)
    } else {
        Ok(File::open(path)?)
    }
}
