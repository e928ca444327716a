//! What can be wrong with a file.

use super::escaped;
use jitney_ir::shape::MAX_RANK;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A file that could not be read or written, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// The reason.
    pub kind: FileErrorKind,
}

impl FileError {
    pub(super) fn new(path: &Path, kind: FileErrorKind) -> FileError {
        FileError { path: path.to_owned(), kind }
    }
}

/// Why a file could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileErrorKind {
    /// The operating system refused; its error's kind and text.
    Io(io::ErrorKind, String),
    /// The path is that of a directory.
    Directory,
    /// The path is that of a device, a pipe or the like.
    NotRegular,
    /// The file has no content.
    Empty,
    /// The file does not start as `.npy` files do.
    NotNpy {
        /// Whether it starts as zip archives do.
        looks_like_npz: bool,
    },
    /// The format version is none of 1.0, 2.0 and 3.0.
    UnsupportedVersion {
        /// Major version.
        major: u8,
        /// Minor version.
        minor: u8,
    },
    /// The file ends within its header.
    TruncatedHeader,
    /// The header claims to be longer than any sensible one.
    HeaderTooLong {
        /// Bytes it claims to have.
        len: usize,
    },
    /// The header is not a dictionary as NumPy writes it.
    InvalidHeader {
        /// What was expected or is wrong.
        message: String,
    },
    /// The header lacks an entry.
    MissingKey(&'static str),
    /// The array holds Python objects.
    ObjectDtype,
    /// The element type is not among those of this library.
    UnsupportedDtype {
        /// What it is.
        name: String,
        /// How the header writes it.
        descr: String,
    },
    /// An extent is negative.
    NegativeExtent {
        /// The axis.
        axis: usize,
    },
    /// The array has too many axes.
    TooManyAxes,
    /// The array would not fit in the address space.
    ShapeOverflow,
    /// The file ends before the data do.
    DataTooShort {
        /// Bytes that the header promises.
        expected: usize,
        /// Bytes that are there.
        actual: usize,
    },
    /// The data had to be copied and are larger than the caller allows.
    TooLarge {
        /// Bytes needed.
        needed: usize,
        /// Bytes allowed.
        max_memory: usize,
    },
    /// The system has not enough memory for a copy of the data.
    OutOfMemory {
        /// Bytes needed.
        needed: usize,
    },
    /// The file is no zip archive, or a damaged or unsupported one.
    Archive(String),
    /// The archive has no such member.
    NoSuchMember {
        /// The member asked for.
        member: String,
        /// Those that there are.
        members: Vec<String>,
    },
    /// Bytes given to be written are not as many as shape and dtype take.
    WrongLength {
        /// Bytes that shape and dtype take.
        expected: usize,
        /// Bytes given.
        actual: usize,
    },
    /// Two members given to be written have the same name.
    DuplicateMember(String),
}

impl From<io::Error> for FileErrorKind {
    fn from(error: io::Error) -> FileErrorKind {
        FileErrorKind::Io(error.kind(), error.to_string())
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", escaped(&self.path.to_string_lossy()), self.kind)
    }
}

impl std::error::Error for FileError {}

/// Escaped, whatever names the file holds.
impl fmt::Display for FileErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = fmt::from_fn(|f| self.describe(f)).to_string();
        write!(f, "{}", escaped(&text))
    }
}

/// Members that an error names at most.
const MAX_NAMED: usize = 20;

impl FileErrorKind {
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use FileErrorKind::*;
        match self {
            Io(_, message) => f.write_str(message),
            Directory => f.write_str("is a directory"),
            NotRegular => f.write_str("is not a regular file"),
            Empty => f.write_str("the file is empty"),
            NotNpy { looks_like_npz: true } => {
                f.write_str("not an .npy file but a zip archive: open it as .npz")
            }
            NotNpy { looks_like_npz: false } => {
                f.write_str("not an .npy file: it does not start with \\x93NUMPY")
            }
            UnsupportedVersion { major, minor } => write!(
                f,
                "format version {major}.{minor} is not supported; supported are 1.0, 2.0 and 3.0"
            ),
            TruncatedHeader => f.write_str("the file ends within its header"),
            HeaderTooLong { len } => {
                write!(f, "the header claims {len} bytes, more than any array needs")
            }
            InvalidHeader { message } => write!(f, "invalid header: {message}"),
            MissingKey(key) => write!(f, "invalid header: the key '{key}' is missing"),
            ObjectDtype => f.write_str(
                "object arrays hold Python objects and cannot be read; save with a numeric dtype",
            ),
            UnsupportedDtype { name, descr } => write!(
                f,
                "dtype {name} ({descr}) is not supported yet; supported are bool, int8 to int64, \
                 uint8 to uint64, float32 and float64"
            ),
            NegativeExtent { axis } => {
                write!(f, "invalid header: axis {axis} has a negative extent")
            }
            TooManyAxes => write!(f, "the array has more than {MAX_RANK} axes"),
            ShapeOverflow => f.write_str("the array is too large for the address space"),
            DataTooShort { expected, actual } => write!(
                f,
                "the header promises {expected} bytes of data, but there are only {actual}"
            ),
            TooLarge { needed, max_memory } => write!(
                f,
                "the data must be copied, which takes {needed} bytes; only {max_memory} are allowed"
            ),
            OutOfMemory { needed } => write!(f, "not enough memory for {needed} bytes of data"),
            Archive(message) => write!(f, "cannot read the archive: {message}"),
            NoSuchMember { member, members } => {
                match member.as_str() {
                    "" => write!(f, "which member of the archive? It has ")?,
                    member => write!(f, "no member '{member}' in the archive; it has ")?,
                }
                match members.as_slice() {
                    [] => f.write_str("none"),
                    members if members.len() <= MAX_NAMED => f.write_str(&members.join(", ")),
                    members => {
                        let (named, more) = members.split_at(MAX_NAMED);
                        write!(f, "{} and {} more", named.join(", "), more.len())
                    }
                }
            }
            WrongLength { expected, actual } => {
                write!(f, "shape and dtype take {expected} bytes, but {actual} were given")
            }
            DuplicateMember(name) => write!(f, "two members are named '{name}'"),
        }
    }
}
