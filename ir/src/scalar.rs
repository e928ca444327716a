//! One element of any dtype, as bits.

use crate::dtype::{DType, Element};
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
        value.scalar()
    }

    /// An `int64`.
    pub fn i64(value: i64) -> Scalar {
        value.scalar()
    }

    /// A `bool`.
    pub fn bool(value: bool) -> Scalar {
        value.scalar()
    }

    /// The integer `value` as `dtype`: wrapped for integers, rounded for floats.
    pub fn from_i128(dtype: DType, value: i128) -> Scalar {
        with_element!(dtype, T => T::from_i128(value).scalar())
    }

    /// The real `value` as `dtype`: rounded for floats, truncated for integers.
    pub fn from_f64(dtype: DType, value: f64) -> Scalar {
        with_element!(dtype, T => T::from_f64(value).scalar())
    }

    /// The value as `f64`; exact except for integers beyond 2^53.
    pub fn to_f64(self) -> f64 {
        with_element!(self.dtype, T => T::from_scalar(self).to_f64())
    }

    /// The value as an integer; floats are truncated and saturate.
    pub fn to_i128(self) -> i128 {
        with_element!(self.dtype, T => T::from_scalar(self).to_i128())
    }

    /// Whether the value is a NaN.
    pub fn is_nan(self) -> bool {
        self.to_f64().is_nan()
    }

    /// Parses what `Display` prints, for the given dtype.
    pub fn parse(dtype: DType, text: &str) -> Option<Scalar> {
        with_element!(dtype, T => T::parse(text).map(T::scalar))
    }
}

/// Prints the value so that [`Scalar::parse`] reads the same bits back (but for NaN payloads).
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        with_element!(self.dtype, T => write!(f, "{:?}", T::from_scalar(*self)))
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}{}", self.dtype.short())
    }
}
