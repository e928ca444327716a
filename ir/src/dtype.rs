//! Element types and NumPy's promotion between them.

use smallvec::SmallVec;
use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

/// The type of an array's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DType {
    /// Truth value, stored as one byte, 0 or 1.
    Bool,
    /// Signed 8-bit integer.
    I8,
    /// Signed 16-bit integer.
    I16,
    /// Signed 32-bit integer.
    I32,
    /// Signed 64-bit integer.
    I64,
    /// Unsigned 8-bit integer.
    U8,
    /// Unsigned 16-bit integer.
    U16,
    /// Unsigned 32-bit integer.
    U32,
    /// Unsigned 64-bit integer.
    U64,
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary64.
    F64,
}

/// The class of a dtype, in the order in which NumPy's weak scalars promote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// [`DType::Bool`].
    Bool,
    /// Unsigned integers.
    Unsigned,
    /// Signed integers.
    Signed,
    /// Binary floating point.
    Float,
}

/// Everything that is known of a dtype, one row each.
struct Row {
    dtype: DType,
    kind: Kind,
    size: usize,
    /// NumPy's name.
    name: &'static str,
    /// The name in IR dumps.
    short: &'static str,
    /// NumPy's other names: C's types, and Python's.
    aliases: &'static [&'static str],
    /// NumPy's one-letter codes. C's `long` has 64 bits, as everywhere but on Windows.
    letters: &'static str,
}

const fn row(
    dtype: DType,
    kind: Kind,
    size: usize,
    [name, short, letters]: [&'static str; 3],
    aliases: &'static [&'static str],
) -> Row {
    Row { dtype, kind, size, name, short, aliases, letters }
}

/// Rows stand in the order of the enum, which `DType::row` relies on and a test holds.
const ROWS: [Row; 11] = [
    row(DType::Bool, Kind::Bool, 1, ["bool", "bool", "?"], &["bool_"]),
    row(DType::I8, Kind::Signed, 1, ["int8", "i8", "b"], &["byte"]),
    row(DType::I16, Kind::Signed, 2, ["int16", "i16", "h"], &["short"]),
    row(DType::I32, Kind::Signed, 4, ["int32", "i32", "i"], &["intc"]),
    row(
        DType::I64,
        Kind::Signed,
        8,
        ["int64", "i64", "lqpn"],
        &["int", "int_", "intp", "long", "longlong"],
    ),
    row(DType::U8, Kind::Unsigned, 1, ["uint8", "u8", "B"], &["ubyte"]),
    row(DType::U16, Kind::Unsigned, 2, ["uint16", "u16", "H"], &["ushort"]),
    row(DType::U32, Kind::Unsigned, 4, ["uint32", "u32", "I"], &["uintc"]),
    row(
        DType::U64,
        Kind::Unsigned,
        8,
        ["uint64", "u64", "LQPN"],
        &["uint", "uintp", "ulong", "ulonglong"],
    ),
    row(DType::F32, Kind::Float, 4, ["float32", "f32", "f"], &["single"]),
    row(DType::F64, Kind::Float, 8, ["float64", "f64", "d"], &["float", "double"]),
];

impl DType {
    /// Every dtype, in declaration order.
    pub const ALL: [DType; 11] = {
        let mut all = [DType::Bool; 11];
        let mut i = 0;
        while i < all.len() {
            all[i] = ROWS[i].dtype;
            i += 1;
        }
        all
    };

    const fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// The class of the dtype.
    #[inline]
    pub const fn kind(self) -> Kind {
        self.row().kind
    }

    /// Bytes of one element.
    #[inline]
    pub const fn size(self) -> usize {
        self.row().size
    }

    /// Bits of one element.
    #[inline]
    pub const fn bits(self) -> u32 {
        self.row().size as u32 * 8
    }

    /// NumPy's name, such as `float64`.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The name in IR dumps, such as `f64`.
    pub const fn short(self) -> &'static str {
        self.row().short
    }

    /// Whether the dtype is `float32` or `float64`.
    #[inline]
    pub const fn is_float(self) -> bool {
        matches!(self.kind(), Kind::Float)
    }

    /// Whether the dtype is a signed or unsigned integer (not bool).
    #[inline]
    pub const fn is_int(self) -> bool {
        matches!(self.kind(), Kind::Signed | Kind::Unsigned)
    }

    /// Whether the dtype is a signed integer.
    pub const fn is_signed(self) -> bool {
        matches!(self.kind(), Kind::Signed)
    }

    /// Whether the dtype is an unsigned integer.
    pub const fn is_unsigned(self) -> bool {
        matches!(self.kind(), Kind::Unsigned)
    }

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
            return ROWS.iter().find(|row| row.letters.contains(first)).map(|row| row.dtype);
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

    /// The integer dtype of the given signedness and size in bytes.
    fn int(signed: bool, size: usize) -> Option<DType> {
        let kind = if signed { Kind::Signed } else { Kind::Unsigned };
        ROWS.iter().find(|row| row.kind == kind && row.size == size).map(|row| row.dtype)
    }

    /// The smallest dtype to which both cast safely (NumPy: `promote_types`).
    #[inline]
    pub fn promote(self, other: DType) -> DType {
        use Kind::{Bool, Float, Signed, Unsigned};
        // Kinds are declared in the order in which they give way: half of the table is enough.
        let (low, high) = if self.kind() <= other.kind() { (self, other) } else { (other, self) };
        match (low.kind(), high.kind()) {
            (Bool, _) => high,
            (a, b) if a == b => {
                if low.size() >= high.size() {
                    low
                } else {
                    high
                }
            }
            (Unsigned, Signed) if low.size() < high.size() => high,
            // No integer holds both: the next signed one, or float64 past the last.
            (Unsigned, Signed) => DType::int(true, low.size() * 2).unwrap_or(DType::F64),
            // float32 holds integers of up to 16 bits exactly.
            (Unsigned | Signed, Float) if low.size() <= 2 => high,
            (Unsigned | Signed, Float) => DType::F64,
            _ => unreachable!("kinds are ordered"),
        }
    }

    /// The dtype that several have in common (NumPy: `result_type`); `float64` of none.
    ///
    /// Pair by pair from the left, `uint16`, `int16` and `float32` would meet in `float64`, for
    /// the integers alone need `int32`. NumPy lets the highest kind take the others one by one.
    pub fn promote_all(dtypes: impl IntoIterator<Item = DType>) -> DType {
        let mut dtypes: SmallVec<[DType; 4]> = dtypes.into_iter().collect();
        dtypes.sort_unstable_by_key(|dtype| Reverse(dtype.kind()));
        dtypes.into_iter().reduce(DType::promote).unwrap_or(DType::F64)
    }

    /// Whether a cast leaves the kind as it is or goes to one that follows it in the order of
    /// [`Kind`] (NumPy: `can_cast(self, to, "same_kind")`).
    pub fn casts_within_kind(self, to: DType) -> bool {
        self.kind() <= to.kind()
    }

    /// The dtype of this array dtype combined with a weak scalar of the given kind (NEP 50):
    /// a scalar only changes the kind of the result, never its precision.
    pub fn promote_weak(self, scalar: Kind) -> DType {
        match scalar {
            Kind::Bool => self,
            Kind::Signed | Kind::Unsigned if self == DType::Bool => DType::I64,
            Kind::Signed | Kind::Unsigned => self,
            // Not float32 for small integers: a Python float is a double, and NumPy keeps its kind's
            // default precision.
            Kind::Float if self.is_float() => self,
            Kind::Float => DType::F64,
        }
    }

    /// Smallest and largest value of an integer dtype (0 and 1 for bool).
    pub fn int_range(self) -> (i128, i128) {
        match self.kind() {
            Kind::Signed => (-(1 << (self.bits() - 1)), (1 << (self.bits() - 1)) - 1),
            Kind::Unsigned => (0, (1 << self.bits()) - 1),
            Kind::Bool | Kind::Float => (0, 1),
        }
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

    #[test]
    fn rows_stand_in_enum_order() {
        for (i, row) in ROWS.iter().enumerate() {
            assert_eq!(row.dtype as usize, i);
        }
    }

    #[test]
    fn promotion_is_numpys() {
        use DType::*;
        for (a, b, want) in [
            (Bool, Bool, Bool),
            (Bool, U8, U8),
            (I8, U8, I16),
            (I16, U8, I16),
            (I64, U32, I64),
            (I64, U64, F64),
            (I16, F32, F32),
            (U16, F32, F32),
            (I32, F32, F64),
            (F32, F64, F64),
        ] {
            assert_eq!(a.promote(b), want, "{a} with {b}");
            assert_eq!(b.promote(a), want, "{b} with {a}");
        }
    }

    #[test]
    fn highest_kinds_promote_first() {
        use DType::*;
        for (dtypes, want) in [
            (&[U16, I16, F32][..], F32),
            (&[I16, U16, F32], F32),
            (&[I64, U64, F32], F64),
            (&[U8, I8, U16], I32),
            (&[Bool, Bool, Bool], Bool),
            (&[I8], I8),
            (&[], F64),
        ] {
            assert_eq!(DType::promote_all(dtypes.iter().copied()), want, "{dtypes:?}");
        }
    }

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
