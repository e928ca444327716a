//! The Python dictionary in the header of an `.npy` file.
//!
//! It always has the same three entries, and a total parser for those is short. The `npyz`
//! crate would parse any Python literal there, but its time doubles with every bracket of a
//! nested list (20 brackets take half a minute), it multiplies extents unchecked, and it
//! allocates whatever length the header claims. So it serves the tests as a second opinion
//! on the files written here, and does not read files of unknown origin.

use super::FileErrorKind;
use jitney_ir::shape::{Dims, MAX_RANK};
use jitney_ir::{DType, Shape};

/// The entries of the dictionary.
pub(super) struct Entries {
    /// The dtype, and whether its byte order is big-endian.
    pub descr: (DType, bool),
    /// Whether the first axis varies fastest.
    pub fortran_order: bool,
    /// The extents.
    pub shape: Shape,
}

/// Reads the dictionary; nothing but blanks may follow it.
pub(super) fn parse(text: &[u8]) -> Result<Entries, FileErrorKind> {
    let mut cursor = Cursor { text, position: 0 };
    let (mut descr, mut fortran_order, mut shape) = (None, None, None);
    cursor.expect(b'{')?;
    while !cursor.accept(b'}') {
        let key = cursor.string()?;
        cursor.expect(b':')?;
        match key {
            b"descr" => descr = Some(cursor.descr()?),
            b"fortran_order" => fortran_order = Some(cursor.truth()?),
            b"shape" => shape = Some(cursor.shape()?),
            _ => return invalid(format!("unexpected key '{}'", key.escape_ascii())),
        }
        if !cursor.accept(b',') {
            cursor.expect(b'}')?;
            break;
        }
    }
    if let Some(byte) = cursor.peek() {
        return invalid(format!("'{}' after the dictionary", byte.escape_ascii()));
    }
    Ok(Entries {
        descr: descr.ok_or(FileErrorKind::MissingKey("descr"))?,
        fortran_order: fortran_order.ok_or(FileErrorKind::MissingKey("fortran_order"))?,
        shape: shape.ok_or(FileErrorKind::MissingKey("shape"))?,
    })
}

fn invalid<T>(message: String) -> Result<T, FileErrorKind> {
    Err(FileErrorKind::InvalidHeader { message })
}

/// Reads the few forms of Python literals that occur. Everything that matters is ASCII,
/// so that the encodings of the format versions (Latin-1 and UTF-8) need no distinction.
struct Cursor<'a> {
    text: &'a [u8],
    position: usize,
}

impl<'a> Cursor<'a> {
    /// The next byte that is not blank, without taking it.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text[self.position..];
        self.position += rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.text.get(self.position).copied()
    }

    fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.position += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), FileErrorKind> {
        if self.accept(byte) { Ok(()) } else { self.expected(&format!("'{}'", char::from(byte))) }
    }

    fn expected<T>(&mut self, what: &str) -> Result<T, FileErrorKind> {
        let found = match self.peek() {
            Some(byte) => format!("'{}'", byte.escape_ascii()),
            None => "the end".to_owned(),
        };
        invalid(format!("expected {what} at byte {}, found {found}", self.position))
    }

    /// A string in quotes. No string of a valid header has escapes.
    fn string(&mut self) -> Result<&'a [u8], FileErrorKind> {
        let Some(quote @ (b'\'' | b'"')) = self.peek() else { return self.expected("a string") };
        let rest = &self.text[self.position + 1..];
        let Some(len) = rest.iter().position(|&byte| byte == quote) else {
            return invalid("a string does not end".to_owned());
        };
        self.position += len + 2;
        Ok(&rest[..len])
    }

    /// A run of letters and digits, possibly empty.
    fn word(&mut self) -> &'a [u8] {
        self.peek();
        let rest = &self.text[self.position..];
        let len = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        self.position += len;
        &rest[..len]
    }

    fn truth(&mut self) -> Result<bool, FileErrorKind> {
        let start = self.position;
        match self.word() {
            b"True" => Ok(true),
            b"False" => Ok(false),
            _ => {
                self.position = start;
                self.expected("True or False")
            }
        }
    }

    /// A tuple of extents.
    fn shape(&mut self) -> Result<Shape, FileErrorKind> {
        let mut extents = Dims::new();
        self.expect(b'(')?;
        while !self.accept(b')') {
            if extents.len() == MAX_RANK {
                return Err(FileErrorKind::TooManyAxes);
            }
            extents.push(self.extent(extents.len())?);
            if !self.accept(b',') {
                // In Python `(3)` is a number and no tuple.
                if extents.len() == 1 {
                    return self.expected("',' in a shape of one axis");
                }
                self.expect(b')')?;
                break;
            }
        }
        Shape::new(&extents).map_err(|_| FileErrorKind::ShapeOverflow)
    }

    fn extent(&mut self, axis: usize) -> Result<usize, FileErrorKind> {
        let negative = self.accept(b'-');
        let word = self.word();
        // Python 2 wrote long integers as `3L`.
        let digits = word.strip_suffix(b"L").unwrap_or(word);
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return invalid(format!("the extent of axis {axis} is not an integer"));
        }
        if negative {
            return Err(FileErrorKind::NegativeExtent { axis });
        }
        digits
            .iter()
            .try_fold(0usize, |n, digit| n.checked_mul(10)?.checked_add(usize::from(digit - b'0')))
            .ok_or(FileErrorKind::ShapeOverflow)
    }

    /// The element type, and whether it is stored big-endian.
    fn descr(&mut self) -> Result<(DType, bool), FileErrorKind> {
        if let Some(b'[' | b'(') = self.peek() {
            let rest = String::from_utf8_lossy(&self.text[self.position..]);
            return Err(unsupported("structured", rest.chars().take(40).collect::<String>() + "…"));
        }
        let descr = self.string()?;
        let read = std::str::from_utf8(descr).ok().and_then(DType::from_numpy);
        let Some((order, dtype)) = read else { return Err(refuse(descr)) };
        let big_endian = match order {
            Some('<') => false,
            Some('>') => true,
            _ => cfg!(target_endian = "big"),
        };
        Ok((dtype, big_endian && dtype.size() > 1))
    }
}

/// Why the elements that a `descr` stands for cannot be read.
fn refuse(descr: &[u8]) -> FileErrorKind {
    let code = descr.strip_prefix(b"<").or_else(|| descr.strip_prefix(b">"));
    let code = code.or_else(|| descr.strip_prefix(b"|")).or_else(|| descr.strip_prefix(b"="));
    match code.unwrap_or(descr) {
        [b'O', ..] | b"object" | b"object_" => FileErrorKind::ObjectDtype,
        code => unsupported(name_of_unsupported(code), format!("'{}'", descr.escape_ascii())),
    }
}

fn unsupported(name: &str, descr: String) -> FileErrorKind {
    FileErrorKind::UnsupportedDtype { name: name.to_owned(), descr }
}

fn name_of_unsupported(code: &[u8]) -> &'static str {
    match code {
        b"f2" | b"e" | b"half" | b"float16" => "float16",
        b"F" | b"c8" | b"csingle" | b"complex64" => "complex64",
        b"D" | b"c16" | b"cdouble" | b"complex" | b"complex128" => "complex128",
        b"G" | b"clongdouble" | b"complex256" => "clongdouble",
        b"g" | b"f12" | b"f16" | b"longdouble" | b"float96" | b"float128" => "longdouble",
        [b'c', digit, ..] if digit.is_ascii_digit() => "clongdouble",
        [b'S' | b'a', ..] | b"bytes" => "bytes string",
        [b'U', ..] | b"str" => "string",
        [b'M', ..] | [b'd', b'a', b't', ..] => "datetime64",
        [b'm', ..] | [b't', b'i', b'm', ..] => "timedelta64",
        [b'V', ..] | b"void" => "void",
        _ => "of an unknown kind",
    }
}
