//! The texts that name dtypes: NumPy's names and codes, and the names in IR dumps.

use super::{DType, Kind, ROWS, Row};
use std::fmt;
use std::str::FromStr;

impl DType {
    /// The dtype with the given IR name.
    pub fn from_short(short: &str) -> Option<DType> {
        ROWS.iter().find(|row| row.short == short).map(|row| row.dtype)
    }

    /// The dtype that NumPy's `dtype` makes of a text, and the byte order that stands in front of
    /// a code: `float64`, `double`, `d`, `f8`, `<f8`.
    pub fn from_numpy(text: &str) -> Option<(Option<char>, DType)> {
        let order = text.chars().next().filter(|first| "<>=|".contains(*first));
        let Some(order) = order else {
            return DType::from_code(text).or_else(|| DType::from_name(text)).map(|d| (None, d));
        };
        DType::from_code(&text[1..]).map(|dtype| (Some(order), dtype))
    }

    /// The dtype of a letter, or of a kind and a size in bytes.
    fn from_code(code: &str) -> Option<DType> {
        let mut letters = code.chars();
        let first = letters.next()?;
        let digits = letters.as_str();
        if digits.is_empty() {
            return ROWS.iter().find(|row| row.codes.contains(first)).map(|row| row.dtype);
        }
        let kind = match first {
            'b' => Kind::Bool,
            'i' => Kind::Signed,
            'u' => Kind::Unsigned,
            'f' => Kind::Float,
            _ => return None,
        };
        // Rust would read a sign as well.
        let size: usize = digits.parse().ok().filter(|_| !digits.starts_with('+'))?;
        ROWS.iter().find(|row| row.kind == kind && row.size == size).map(|row| row.dtype)
    }

    fn from_name(name: &str) -> Option<DType> {
        let named = |row: &&Row| row.name == name || row.aliases.contains(&name);
        ROWS.iter().find(named).map(|row| row.dtype)
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DType {
    type Err = ();

    /// Parses NumPy's names, `float` and `int` among them.
    fn from_str(name: &str) -> Result<DType, ()> {
        DType::from_name(name).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As NumPy 2.4.6 reads them on Linux.
    #[test]
    fn texts_are_read_as_by_numpy() {
        for (dtype, texts) in [
            (DType::Bool, "bool bool_ ? b1 b01 |b1 <? =b1"),
            (DType::I8, "int8 byte b i1 |i1 >b"),
            (DType::I16, "int16 short h i2 <h"),
            (DType::I32, "int32 intc i i4 <i4 =i"),
            (DType::I64, "int64 int int_ intp long longlong l q p n i8 >q"),
            (DType::U8, "uint8 ubyte B u1 |u1"),
            (DType::U16, "uint16 ushort H u2 >u2"),
            (DType::U32, "uint32 uintc I u4 |u4"),
            (DType::U64, "uint64 uint uintp ulong ulonglong L Q P N u8 <N"),
            (DType::F32, "float32 single f f4 f04 >f4"),
            (DType::F64, "float64 float double d f8 <f8 >d"),
        ] {
            for text in texts.split(' ') {
                let order = text.chars().next().filter(|c| !c.is_alphanumeric() && *c != '?');
                assert_eq!(DType::from_numpy(text), Some((order, dtype)), "{text}");
            }
        }
        for text in
            "|<f8 <float64 float_ f16 f2 b2 i3 u+1 F D e g O S5 U V8 M8 <<f4 < é  ".split(' ')
        {
            assert_eq!(DType::from_numpy(text), None, "{text}");
        }
    }
}
