//! NumPy's files, as arrays.

use crate::{Array, Error, ErrorKind, settings};
use jitney_runtime::Value;
use jitney_runtime::files::{self, FileError, Member, NpyFile};
use std::borrow::Cow;
use std::path::Path;

/// The array in an `.npy` file.
///
/// The file is mapped into memory, not read: opening one of any size is immediate, and
/// elements are read when they are needed. Only data that cannot be used where they lie
/// (bool, foreign byte order) are copied. See [`jitney_runtime::files`] for what holds when
/// another program changes the file meanwhile; [`load_copy`] is for files that may be.
///
/// Shape: that of the file. Dtype: that of the file; either order of axes in memory.
///
/// NumPy: `numpy.load(path, mmap_mode="r")`.
///
/// # Errors
/// Deferred, of [`ErrorKind::File`], if the file cannot be opened, is malformed, or holds a
/// dtype that is not supported.
///
/// ```
/// use jitney as jn;
/// let folder = std::env::temp_dir();
/// let path = folder.join(format!("jitney-load-{}.npy", std::process::id()));
/// jn::save(&path, &jn::arange(6).reshape([2, 3]))?;
/// assert_eq!(jn::load(&path).sum(0).to_vec::<i64>()?, [3, 5, 7]);
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), jn::Error>(())
/// ```
#[track_caller]
pub fn load(path: impl AsRef<Path>) -> Array {
    opened("load", files::open_npy(path.as_ref()))
}

/// The array in an `.npy` file, read into memory: what others do to the file afterwards changes
/// nothing. (Where a file that is mapped, as [`load`] does it, is made shorter by another process,
/// the system ends this one.)
///
/// Shape: that of the file. Dtype: that of the file.
///
/// NumPy: `numpy.load(path)`.
///
/// # Errors
/// Deferred, as [`load`]; also if the array takes more memory than
/// [`Settings::max_memory`](crate::Settings) allows.
///
/// ```
/// use jitney as jn;
/// let path = std::env::temp_dir().join(format!("jitney-copy-{}.npy", std::process::id()));
/// jn::save(&path, &jn::arange(6))?;
/// let x = jn::load_copy(&path);
/// std::fs::write(&path, "").unwrap();
/// assert_eq!(x.sum(..).item::<i64>()?, 15);
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), jn::Error>(())
/// ```
#[track_caller]
pub fn load_copy(path: impl AsRef<Path>) -> Array {
    array_of("load_copy", files::read_npy(path.as_ref(), max_memory()))
}

/// One array of an `.npz` archive, read into memory; `member` is its name there.
///
/// NumPy: `numpy.load(path)[member]`.
///
/// # Errors
/// Deferred, as [`load`]; also if there is no such member, or it takes more memory than
/// [`Settings::max_memory`](crate::Settings) allows.
#[track_caller]
pub fn load_npz(path: impl AsRef<Path>, member: &str) -> Array {
    opened("load_npz", files::open_npz(path.as_ref(), member, max_memory()))
}

/// Evaluates the array and writes it to an `.npy` file, little-endian, in C order. A file
/// that is there is replaced, whole or not at all.
///
/// NumPy: `numpy.save(path, array)`.
///
/// # Errors
/// Those of [`Array::eval`], and of [`ErrorKind::File`] if the file cannot be written.
#[track_caller]
pub fn save(path: impl AsRef<Path>, array: &Array) -> Result<(), Error> {
    let value = array.value()?;
    let path = path.as_ref();
    let saved = c_order_bytes(path, &value, max_memory())
        .and_then(|bytes| files::write_npy(path, value.dtype(), value.shape(), &bytes));
    saved.map_err(|error| file_error("save", &error))
}

/// Evaluates the arrays together and writes them to an `.npz` archive under their names.
///
/// NumPy: `numpy.savez(path, name=array, ...)`.
///
/// # Errors
/// As [`save`]; also if a name occurs twice.
#[track_caller]
pub fn savez(path: impl AsRef<Path>, arrays: &[(&str, &Array)]) -> Result<(), Error> {
    Array::eval_all(&arrays.iter().map(|(_, array)| *array).collect::<Vec<_>>())?;
    let values = arrays.iter().map(|(_, array)| array.value());
    let values = values.collect::<Result<Vec<Value>, Error>>()?;
    let path = path.as_ref();
    // The copies live together, and so share the limit.
    let mut left = max_memory();
    let bytes = values.iter().map(|value| {
        let bytes = c_order_bytes(path, value, left)?;
        left -= if let Cow::Owned(copy) = &bytes { copy.len() } else { 0 };
        Ok(bytes)
    });
    let bytes = bytes.collect::<Result<Vec<Cow<'_, [u8]>>, FileError>>();
    let bytes = bytes.map_err(|error| file_error("savez", &error))?;
    let members: Vec<Member<'_>> = arrays
        .iter()
        .zip(&values)
        .zip(&bytes)
        .map(|(((name, _), value), bytes)| Member {
            name,
            dtype: value.dtype(),
            shape: value.shape(),
            bytes,
        })
        .collect();
    files::write_npz(path, &members).map_err(|error| file_error("savez", &error))
}

impl Array {
    /// The array in an `.npy` file; see [`load`](crate::load()).
    #[track_caller]
    pub fn load(path: impl AsRef<Path>) -> Array {
        load(path)
    }

    /// Writes the array to an `.npy` file; see [`save`](crate::save()).
    ///
    /// # Errors
    /// As [`save`](crate::save()).
    #[track_caller]
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        save(path, self)
    }
}

#[track_caller]
fn opened(operation: &str, file: Result<NpyFile, FileError>) -> Array {
    array_of(operation, file.and_then(|file| file.into_value(max_memory())))
}

#[track_caller]
fn array_of(operation: &str, value: Result<Value, FileError>) -> Array {
    match value {
        Ok(value) => Array::from_value(value),
        Err(error) => Array::failed(file_error(operation, &error)),
    }
}

/// The elements as a file holds them, in a copy of at most so many bytes if they are not so.
fn c_order_bytes<'a>(
    path: &Path,
    value: &'a Value,
    max_copy: usize,
) -> Result<Cow<'a, [u8]>, FileError> {
    files::c_order_bytes(value, max_copy).map_err(|kind| FileError { path: path.to_owned(), kind })
}

/// Bytes that a copy of a file's data may take.
fn max_memory() -> usize {
    settings().max_memory.unwrap_or(isize::MAX as usize)
}

#[track_caller]
fn file_error(operation: &str, error: &FileError) -> Error {
    Error::new(ErrorKind::File, operation, error.to_string())
}
