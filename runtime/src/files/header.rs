//! The header of an `.npy` file: magic, version, length, and a Python dictionary.
//!
//! The format is described in NumPy's documentation, `numpy.lib.format`.

use super::FileErrorKind;
use super::dictionary::{Entries, parse};
use jitney_ir::{DType, Kind, Shape};
use std::io::Read;

const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// Version 1.0 cannot declare longer headers, and numeric arrays of 64 axes need 1.5 kB.
const MAX_LEN: usize = 1 << 16;

/// Headers are padded so that the data after them are aligned for any machine.
const ALIGNMENT: usize = 64;

/// NumPy leaves room in the header for one extent to grow to this many digits.
const GROWTH_DIGITS: usize = 21;

/// What a header says, and the lengths that follow from it.
#[derive(Debug)]
pub(super) struct Header {
    pub dtype: DType,
    pub shape: Shape,
    pub fortran_order: bool,
    pub big_endian: bool,
    /// Bytes before the data.
    pub header_len: usize,
    /// Bytes of data.
    pub data_len: usize,
}

impl Header {
    /// Reads the header and leaves the reader at the data.
    pub fn read(reader: &mut impl Read) -> Result<Header, FileErrorKind> {
        let start = read_up_to(reader, MAGIC.len() + 2)?;
        check_magic(&start)?;
        let length_size = match start[MAGIC.len()..] {
            [1, 0] => 2,
            [2 | 3, 0] => 4,
            [major, minor] => return Err(FileErrorKind::UnsupportedVersion { major, minor }),
            _ => return Err(FileErrorKind::TruncatedHeader),
        };
        let length = read_up_to(reader, length_size)?;
        if length.len() < length_size {
            return Err(FileErrorKind::TruncatedHeader);
        }
        let len = length.iter().rev().fold(0, |len, &byte| (len << 8) | usize::from(byte));
        if len > MAX_LEN {
            return Err(FileErrorKind::HeaderTooLong { len });
        }
        let text = read_up_to(reader, len)?;
        if text.len() < len {
            return Err(FileErrorKind::TruncatedHeader);
        }
        let Entries { descr: (dtype, big_endian), fortran_order, shape } = parse(&text)?;
        let data_len = data_len(dtype, &shape)?;
        let header_len = start.len() + length_size + len;
        Ok(Header { dtype, shape, fortran_order, big_endian, header_len, data_len })
    }
}

/// The header of a C-ordered array in this machine's byte order, as NumPy writes it.
pub(super) fn header_bytes(dtype: DType, shape: &Shape) -> Vec<u8> {
    let order = match dtype.size() {
        1 => '|',
        _ if cfg!(target_endian = "big") => '>',
        _ => '<',
    };
    let letter = match dtype.kind() {
        Kind::Bool => 'b',
        Kind::Signed => 'i',
        Kind::Unsigned => 'u',
        Kind::Float => 'f',
    };
    let size = dtype.size();
    let mut text =
        format!("{{'descr': '{order}{letter}{size}', 'fortran_order': False, 'shape': {shape}, }}");
    if let Some(first) = shape.extents().first() {
        let growth = GROWTH_DIGITS.saturating_sub(first.to_string().len());
        text.extend(std::iter::repeat_n(' ', growth));
    }
    let before = MAGIC.len() + 4;
    let unpadded = before + text.len() + 1;
    text.extend(std::iter::repeat_n(' ', ALIGNMENT - unpadded % ALIGNMENT));
    text.push('\n');

    // At most 64 extents of 20 digits: the length always fits in version 1.0's 16 bits.
    let mut bytes = [MAGIC.as_slice(), &[1, 0], &(text.len() as u16).to_le_bytes()].concat();
    bytes.extend(text.into_bytes());
    bytes
}

/// Bytes of an array's elements.
pub(super) fn data_len(dtype: DType, shape: &Shape) -> Result<usize, FileErrorKind> {
    shape.bytes(dtype.size()).map_err(|_| FileErrorKind::ShapeOverflow)
}

fn read_up_to(reader: &mut impl Read, len: usize) -> Result<Vec<u8>, FileErrorKind> {
    let mut bytes = Vec::new();
    reader.take(len as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn check_magic(start: &[u8]) -> Result<(), FileErrorKind> {
    let given = &start[..start.len().min(MAGIC.len())];
    if given.is_empty() {
        Err(FileErrorKind::Empty)
    } else if !MAGIC.starts_with(given) {
        Err(FileErrorKind::NotNpy { looks_like_npz: start.starts_with(b"PK") })
    } else if given.len() < MAGIC.len() {
        Err(FileErrorKind::TruncatedHeader)
    } else {
        Ok(())
    }
}
