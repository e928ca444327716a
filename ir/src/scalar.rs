//! One element of any dtype, as bits.

use crate::dtype::{DType, Kind};
use std::fmt;

/// One element: a dtype and its bits, zero-extended to 64.
///
/// Equality and hashing are of the bits, so `0.0` and `-0.0` differ and a NaN
/// equals itself: what a cache key and a bit-for-bit comparison need.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scalar {
    /// The element's type.
    pub dtype: DType,
    /// The element's bits, zero above the dtype's width.
    pub bits: u64,
}

impl Scalar {
    /// The scalar with the low bits of `bits`.
    pub fn from_bits(dtype: DType, bits: u64) -> Scalar {
        Scalar { dtype, bits: bits & (u64::MAX >> (64 - dtype.bits())) }
    }

    /// The scalar with no bits beyond those of its dtype; a bool that is not false is 1.
    pub fn normalized(self) -> Scalar {
        match self.dtype {
            DType::Bool => Scalar::bool(self.bits & 0xff != 0),
            dtype => Scalar::from_bits(dtype, self.bits),
        }
    }

    /// A `float64`.
    pub fn f64(value: f64) -> Scalar {
        Scalar { dtype: DType::F64, bits: value.to_bits() }
    }

    /// An `int64`.
    pub fn i64(value: i64) -> Scalar {
        Scalar { dtype: DType::I64, bits: value as u64 }
    }

    /// A `bool`.
    pub fn bool(value: bool) -> Scalar {
        Scalar { dtype: DType::Bool, bits: value as u64 }
    }

    /// The integer `value` as `dtype`: wrapped for integers, rounded for floats.
    pub fn from_i128(dtype: DType, value: i128) -> Scalar {
        match (dtype, i64::try_from(value)) {
            (DType::Bool, _) => Scalar::bool(value != 0),
            // Machines convert 64 bits in one instruction, and 128 in a function.
            (DType::F32, Ok(value)) => Scalar { dtype, bits: (value as f32).to_bits() as u64 },
            (DType::F64, Ok(value)) => Scalar::f64(value as f64),
            (DType::F32, Err(_)) => Scalar { dtype, bits: (value as f32).to_bits() as u64 },
            (DType::F64, Err(_)) => Scalar::f64(value as f64),
            (_, _) => Scalar::from_bits(dtype, value as u64),
        }
    }

    /// The real `value` as `dtype`: rounded for floats, truncated for integers.
    pub fn from_f64(dtype: DType, value: f64) -> Scalar {
        match dtype {
            DType::Bool => Scalar::bool(value != 0.0),
            DType::F32 => Scalar { dtype, bits: (value as f32).to_bits() as u64 },
            DType::F64 => Scalar::f64(value),
            _ => Scalar::from_bits(dtype, value as i128 as u64),
        }
    }

    /// The value as `f64`; exact except for integers beyond 2^53.
    pub fn to_f64(self) -> f64 {
        match self.dtype {
            DType::F32 => f64::from(f32::from_bits(self.bits as u32)),
            DType::F64 => f64::from_bits(self.bits),
            _ => self.to_i128() as f64,
        }
    }

    /// The value as an integer; floats are truncated and saturate.
    pub fn to_i128(self) -> i128 {
        match self.dtype.kind() {
            Kind::Float => self.to_f64() as i128,
            Kind::Signed => {
                let unused = 64 - self.dtype.bits();
                i128::from(((self.bits << unused) as i64) >> unused)
            }
            Kind::Bool | Kind::Unsigned => i128::from(self.bits),
        }
    }

    /// Whether the value is a NaN.
    pub fn is_nan(self) -> bool {
        self.dtype.is_float() && self.to_f64().is_nan()
    }

    /// Parses what `Display` prints, for the given dtype.
    pub fn parse(dtype: DType, text: &str) -> Option<Scalar> {
        match dtype.kind() {
            Kind::Bool => text.parse().ok().map(Scalar::bool),
            Kind::Signed | Kind::Unsigned => {
                let value: i128 = text.parse().ok()?;
                let (low, high) = dtype.int_range();
                (low..=high).contains(&value).then(|| Scalar::from_i128(dtype, value))
            }
            // Parsed at the dtype's own precision: going through f64 would round twice.
            Kind::Float if dtype == DType::F32 => {
                text.parse().ok().map(|v: f32| Scalar { dtype, bits: u64::from(v.to_bits()) })
            }
            Kind::Float => text.parse().ok().map(Scalar::f64),
        }
    }
}

/// Prints the value so that [`Scalar::parse`] reads the same bits back (but for NaN payloads).
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.dtype {
            DType::Bool => write!(f, "{}", self.bits != 0),
            DType::F32 => write!(f, "{:?}", f32::from_bits(self.bits as u32)),
            DType::F64 => write!(f, "{:?}", f64::from_bits(self.bits)),
            _ => write!(f, "{}", self.to_i128()),
        }
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}{}", self.dtype.short())
    }
}
