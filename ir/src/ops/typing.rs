//! How operand dtypes decide what an operation computes: NumPy's loops, as rules.

use super::Elementwise;
use crate::dtype::{DType, Kind};
use smallvec::{SmallVec, smallvec};
use std::fmt;

/// What an operation's operands are cast to and what comes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The dtype each operand is cast to first.
    pub operands: SmallVec<[DType; 3]>,
    /// The dtype of the result.
    pub result: DType,
}

/// The dtype rules of the elementwise table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The common dtype, bool included.
    Arithmetic,
    /// The common dtype, not defined for bool.
    Numeric,
    /// The common dtype, bool becoming `int8`.
    BoolAsInt,
    /// A common integer dtype; not defined for bool alone and for floats.
    IntOnly,
    /// Bitwise operations: integers and bool.
    Bitwise,
    /// Shifts: integers, bool becoming `int8`.
    Shift,
    /// Integers and bool to `uint8`.
    BitCount,
    /// The common dtype of floats: integers of up to 16 bits count as `float32`, others as
    /// `float64`.
    Float,
    /// Floats keep their common dtype, everything else becomes `float64`.
    TrueDivide,
    /// Always `float64`.
    Double,
    /// A float and an integer that `int64` holds to the float.
    Ldexp,
    /// A float to `int32`.
    FloatToInt32,
    /// One operand of any dtype to bool.
    Predicate,
    /// Compared in the common dtype, to bool; signed with unsigned compares exactly.
    Compare,
    /// Operands are truth values.
    Logical,
    /// A truth value and two operands of a common dtype.
    Select,
    /// One operand of any dtype to this one.
    Cast(DType),
}

impl Rule {
    /// Whether operands of this one dtype are computed in it, to a result of it: what
    /// [`Elementwise::signature`] says of most operations that are ever built, in less time.
    #[inline]
    pub fn keeps(self, dtype: DType) -> bool {
        match self {
            Rule::Arithmetic => true,
            Rule::Numeric | Rule::BoolAsInt => dtype != DType::Bool,
            Rule::IntOnly | Rule::Shift => dtype.is_int(),
            Rule::Bitwise => is_bits(dtype),
            Rule::Float | Rule::TrueDivide => dtype.kind() == Kind::Float,
            Rule::Double => dtype == DType::F64,
            Rule::BitCount
            | Rule::Ldexp
            | Rule::FloatToInt32
            | Rule::Predicate
            | Rule::Compare
            | Rule::Logical
            | Rule::Select
            | Rule::Cast(_) => false,
        }
    }

    /// The signature for operands of the given dtypes, if the rule admits them.
    pub(super) fn apply(self, dtypes: &[DType]) -> Option<Signature> {
        let common = |dtypes: &[DType]| {
            dtypes.iter().copied().reduce(DType::promote).expect("an operation has operands")
        };
        let all = common(dtypes);
        match self {
            Rule::Arithmetic => same(dtypes, all),
            Rule::Numeric => (all != DType::Bool).then(|| same(dtypes, all))?,
            Rule::BoolAsInt => same(dtypes, bool_as_int(all)),
            Rule::IntOnly => all.is_int().then(|| same(dtypes, all))?,
            Rule::Shift => {
                let int = bool_as_int(all);
                int.is_int().then(|| same(dtypes, int))?
            }
            Rule::Bitwise => is_bits(all).then(|| same(dtypes, all))?,
            Rule::BitCount => {
                let int = bool_as_int(all);
                int.is_int().then(|| to(dtypes, int, DType::U8))?
            }
            // Each operand for itself: `int8` and `uint16` fit float32, though their common
            // integer dtype does not.
            Rule::Float => same(dtypes, common(&floats(dtypes))),
            // Unlike other functions, division makes float64 of integers however small.
            Rule::TrueDivide => same(dtypes, quotient_of(all)),
            Rule::Double => same(dtypes, DType::F64),
            Rule::Ldexp => {
                let (float, exponent) = (float_of(dtypes[0]), bool_as_int(dtypes[1]));
                // No cast to int64 keeps all of uint64.
                let fits = exponent.is_int() && exponent != DType::U64;
                fits.then(|| Signature { operands: smallvec![float, DType::I64], result: float })
            }
            Rule::FloatToInt32 => to(dtypes, float_of(all), DType::I32),
            Rule::Predicate => to(dtypes, all, DType::Bool),
            Rule::Compare => {
                // Promotion would compare int64 with uint64 as float64, which calls numbers equal that
                // differ in their last bits.
                let exact = dtypes.iter().all(|d| d.is_int()) && all.kind() == Kind::Float;
                let operands = if exact { widest_ints(dtypes) } else { smallvec![all; 2] };
                Some(Signature { operands, result: DType::Bool })
            }
            Rule::Logical => same(dtypes, DType::Bool),
            Rule::Cast(target) => to(dtypes, all, target),
            Rule::Select => {
                let value = common(&dtypes[1..]);
                Some(Signature { operands: smallvec![DType::Bool, value, value], result: value })
            }
        }
    }
}

fn to(dtypes: &[DType], operand: DType, result: DType) -> Option<Signature> {
    Some(Signature { operands: smallvec![operand; dtypes.len()], result })
}

fn same(dtypes: &[DType], dtype: DType) -> Option<Signature> {
    to(dtypes, dtype, dtype)
}

fn bool_as_int(dtype: DType) -> DType {
    if dtype == DType::Bool { DType::I8 } else { dtype }
}

/// The float dtype in which a function of a `dtype` is computed.
fn float_of(dtype: DType) -> DType {
    match dtype.kind() {
        Kind::Float => dtype,
        Kind::Bool | Kind::Signed | Kind::Unsigned if dtype.size() <= 2 => DType::F32,
        Kind::Bool | Kind::Signed | Kind::Unsigned => DType::F64,
    }
}

/// The dtype of a quotient of two of this dtype.
fn quotient_of(dtype: DType) -> DType {
    match dtype.kind() {
        Kind::Float => dtype,
        Kind::Bool | Kind::Signed | Kind::Unsigned => DType::F64,
    }
}

/// Whether elements are bits that mean what they say, one by one.
#[inline]
fn is_bits(dtype: DType) -> bool {
    match dtype.kind() {
        Kind::Bool | Kind::Signed | Kind::Unsigned => true,
        Kind::Float => false,
    }
}

fn floats(dtypes: &[DType]) -> SmallVec<[DType; 3]> {
    dtypes.iter().copied().map(float_of).collect()
}

/// Signed operands as `int64` and unsigned ones as `uint64`, for exact comparison.
fn widest_ints(dtypes: &[DType]) -> SmallVec<[DType; 3]> {
    let widest = |dtype: &DType| match dtype.kind() {
        Kind::Unsigned => DType::U64,
        Kind::Bool | Kind::Signed | Kind::Float => DType::I64,
    };
    dtypes.iter().map(widest).collect()
}

/// An operation is not defined for its operands' dtypes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeError {
    /// The operation.
    pub op: Elementwise,
    /// The dtypes it was given.
    pub dtypes: SmallVec<[DType; 3]>,
}

impl TypeError {
    pub(super) fn new(op: Elementwise, dtypes: &[DType]) -> TypeError {
        TypeError { op, dtypes: SmallVec::from_slice(dtypes) }
    }
}

impl fmt::Display for TypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dtypes: Vec<_> = self.dtypes.iter().map(|d| d.name()).collect();
        write!(f, "{} is not defined for {}", self.op.name(), dtypes.join(" and "))?;
        match (self.op, self.op.rule()) {
            (Elementwise::Subtract, _) => f.write_str(": use bitwise_xor or logical_xor"),
            (Elementwise::Negative, _) => f.write_str(": use invert (`~`) or logical_not"),
            (Elementwise::BitwiseXor, _) => f.write_str(": use power for a power"),
            (_, Rule::IntOnly | Rule::Bitwise | Rule::Shift | Rule::BitCount) => {
                f.write_str(": cast to an integer dtype first")
            }
            (_, Rule::Ldexp) => f.write_str(": cast the exponents to int64 first"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for TypeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_dtypes_are_those_of_the_signature() {
        for &op in Elementwise::ALL {
            for dtype in DType::ALL {
                let dtypes = vec![dtype; op.arity()];
                let kept = same(&dtypes, dtype);
                if op.rule().keeps(dtype) {
                    assert_eq!(op.signature(&dtypes).ok(), kept, "{} of {dtype}", op.name());
                }
            }
        }
    }
}
