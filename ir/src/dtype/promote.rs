//! NumPy's promotion between dtypes.

use super::{DType, Kind, ROWS};
use smallvec::SmallVec;
use std::cmp::Reverse;

impl DType {
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
            Kind::Float => match self.kind() {
                Kind::Float => self,
                Kind::Bool | Kind::Signed | Kind::Unsigned => DType::F64,
            },
        }
    }

    /// The integer dtype of the given signedness and size in bytes.
    fn int(signed: bool, size: usize) -> Option<DType> {
        let kind = if signed { Kind::Signed } else { Kind::Unsigned };
        ROWS.iter().find(|row| row.kind == kind && row.size == size).map(|row| row.dtype)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
