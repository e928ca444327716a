//! Archives of arrays.

use super::header::Header;
use super::npy::{check_len, open_regular, write_array};
use super::replace::replace;
use super::until_error::UntilError;
use super::{Bytes, FileError, FileErrorKind, NpyFile, allocate};
use jitney_ir::{DType, Shape};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The suffix of members, which names leave out.
const SUFFIX: &str = ".npy";

/// The most bytes that one byte of a deflated stream can stand for (RFC 1951: 258 bytes
/// for a length code of one bit and a distance code of one bit).
const MAX_INFLATION: u64 = 1032;

/// An array to be written to an archive.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// The name, without `.npy`.
    pub name: &'a str,
    /// The element type.
    pub dtype: DType,
    /// The extents.
    pub shape: &'a Shape,
    /// The elements in C order and in this machine's byte order.
    pub bytes: &'a [u8],
}

/// Reads one array of an archive, stored or deflated, into memory.
///
/// `member` may be given with or without `.npy`. The archive's checksum is verified.
///
/// NumPy: `numpy.load(path)[member]`.
///
/// # Errors
/// As for [`open_npy`](super::open_npy); also if the archive is damaged, has no such
/// member, or the member takes more than `max_memory` bytes.
pub fn open_npz(path: &Path, member: &str, max_memory: usize) -> Result<NpyFile, FileError> {
    open(path, member, max_memory).map_err(|kind| FileError::new(path, kind))
}

/// The names of the arrays in an archive, in its order.
///
/// NumPy: `numpy.load(path).files`.
///
/// # Errors
/// If the file cannot be opened or is no zip archive.
pub fn npz_members(path: &Path) -> Result<Vec<String>, FileError> {
    open_archive(path)
        .map(|(archive, _)| names(&archive))
        .map_err(|kind| FileError::new(path, kind))
}

/// Writes an archive of arrays, uncompressed.
///
/// NumPy: `numpy.savez`.
///
/// # Errors
/// If bytes do not fit their shape and dtype, a name occurs twice, or the file cannot be
/// written. In every case a file that was there before is left as it was.
pub fn write_npz(path: &Path, members: &[Member<'_>]) -> Result<(), FileError> {
    write(path, members, CompressionMethod::Stored)
}

/// Writes an archive of arrays, compressed.
///
/// NumPy: `numpy.savez_compressed`.
///
/// # Errors
/// As for [`write_npz`].
pub fn write_npz_compressed(path: &Path, members: &[Member<'_>]) -> Result<(), FileError> {
    write(path, members, CompressionMethod::Deflated)
}

type Archive = ZipArchive<BufReader<File>>;

/// The archive, and the length of its file.
fn open_archive(path: &Path) -> Result<(Archive, u64), FileErrorKind> {
    let file = open_regular(path)?;
    let len = file.metadata()?.len();
    if len == 0 {
        return Err(FileErrorKind::Empty);
    }
    Ok((ZipArchive::new(BufReader::new(file)).map_err(archive_error)?, len))
}

/// The members' names. A name that cannot be decoded cannot be asked for either.
fn names(archive: &Archive) -> Vec<String> {
    archive
        .file_names()
        .flatten()
        .map(|name| name.strip_suffix(SUFFIX).unwrap_or(&name).to_owned())
        .collect()
}

fn open(path: &Path, member: &str, max_memory: usize) -> Result<NpyFile, FileErrorKind> {
    let (mut archive, archive_len) = open_archive(path)?;
    let index = archive
        .index_for_name(member)
        .or_else(|| archive.index_for_name(&format!("{member}{SUFFIX}")));
    let Some(index) = index else {
        let members = names(&archive);
        return Err(FileErrorKind::NoSuchMember { member: member.to_owned(), members });
    };
    let mut reader = archive.by_index(index).map_err(archive_error)?;
    let Header { dtype, shape, fortran_order, big_endian, data_len, .. } =
        Header::read(&mut reader).map_err(damaged)?;
    // No more room than the file can fill, whatever the header promises.
    let fillable = usize::try_from(archive_len.saturating_mul(MAX_INFLATION));
    let mut data = allocate(data_len, max_memory, fillable.unwrap_or(usize::MAX))?;
    read_data(&mut reader, data_len, &mut data).map_err(damaged)?;
    let path = path.to_owned();
    Ok(NpyFile { path, dtype, shape, fortran_order, big_endian, data: Bytes::Owned(data) })
}

/// Reads exactly `len` bytes, and the archive's checksum.
fn read_data(reader: &mut impl Read, len: usize, data: &mut Vec<u8>) -> Result<(), FileErrorKind> {
    reader.by_ref().take(len as u64).read_to_end(data)?;
    if data.len() < len {
        return Err(FileErrorKind::DataTooShort { expected: len, actual: data.len() });
    }
    // The checksum is compared when the end is met, which takes one more read.
    let _trailing = reader.read(&mut [0])?;
    Ok(())
}

/// Within a member, an error of reading is one of the archive's content.
fn damaged(kind: FileErrorKind) -> FileErrorKind {
    match kind {
        FileErrorKind::Io(_, message) => FileErrorKind::Archive(message),
        kind => kind,
    }
}

fn archive_error(error: ZipError) -> FileErrorKind {
    match error {
        ZipError::Io(error) => error.into(),
        error => FileErrorKind::Archive(error.to_string()),
    }
}

fn write(path: &Path, members: &[Member<'_>], method: CompressionMethod) -> Result<(), FileError> {
    check_members(members)
        .and_then(|()| {
            replace(path, |file| {
                let mut archive = ZipWriter::new(UntilError::new(file));
                for member in members {
                    write_member(&mut archive, member, method)?;
                }
                archive.finish().map_err(archive_error)?;
                Ok(())
            })
        })
        .map_err(|kind| FileError::new(path, kind))
}

fn write_member<W: std::io::Write + std::io::Seek>(
    archive: &mut ZipWriter<W>,
    member: &Member<'_>,
    method: CompressionMethod,
) -> Result<(), FileErrorKind> {
    // Past 4 GiB of header, data or incompressible data's overhead, sizes take 64 bits.
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .large_file(member.bytes.len() >= 1 << 31);
    archive.start_file(format!("{}{SUFFIX}", member.name), options).map_err(archive_error)?;
    Ok(write_array(archive, member.dtype, member.shape, member.bytes)?)
}

fn check_members(members: &[Member<'_>]) -> Result<(), FileErrorKind> {
    for (position, member) in members.iter().enumerate() {
        check_len(member.dtype, member.shape, member.bytes)?;
        if members[..position].iter().any(|earlier| earlier.name == member.name) {
            return Err(FileErrorKind::DuplicateMember(member.name.to_owned()));
        }
    }
    Ok(())
}
