//! What the Rust types of elements can do.

use super::DType;
use crate::scalar::Scalar;
use std::fmt;

mod sealed {
    pub trait Sealed {}
}

/// A Rust type that is the element type of a dtype. It has no padding, and its bytes are those
/// of the scalar.
///
/// `bool` is one: a byte of an array is never anything but 0 or 1.
pub trait Element: sealed::Sealed + Copy + PartialOrd + fmt::Debug + Send + Sync + 'static {
    /// The dtype.
    const DTYPE: DType;

    /// The element's bits, zero above its width.
    fn bits(self) -> u64;

    /// The element of the low bits.
    fn from_bits(bits: u64) -> Self;

    /// The nearest element: wrapped for integers, rounded for floats, not zero for bool.
    fn from_i128(value: i128) -> Self;

    /// The nearest element: rounded for floats, truncated and wrapped for integers, not zero for
    /// bool.
    fn from_f64(value: f64) -> Self;

    /// The value as an integer; floats are truncated and saturate.
    fn to_i128(self) -> i128;

    /// The value as `f64`; exact except for integers beyond 2^53.
    fn to_f64(self) -> f64;

    /// Reads what `Debug` prints, at the type's own precision.
    fn parse(text: &str) -> Option<Self>;

    /// The element as a scalar.
    fn scalar(self) -> Scalar {
        Scalar { dtype: Self::DTYPE, bits: self.bits() }
    }

    /// The element with the scalar's bits; the scalar must be of the dtype.
    fn from_scalar(scalar: Scalar) -> Self {
        Self::from_bits(scalar.bits)
    }
}

/// The conversions of a type, by its kind.
macro_rules! conversions {
    (Bool $ty:ty) => {
        fn bits(self) -> u64 {
            u64::from(self)
        }
        fn from_bits(bits: u64) -> $ty {
            bits & 1 != 0
        }
        fn from_i128(value: i128) -> $ty {
            value != 0
        }
        fn from_f64(value: f64) -> $ty {
            value != 0.0
        }
        fn to_i128(self) -> i128 {
            i128::from(self)
        }
        fn to_f64(self) -> f64 {
            f64::from(u8::from(self))
        }
    };
    (Signed $ty:ty) => {
        fn bits(self) -> u64 {
            u64::from(self.cast_unsigned())
        }
        conversions!(of_integers $ty);
    };
    (Unsigned $ty:ty) => {
        fn bits(self) -> u64 {
            u64::from(self)
        }
        conversions!(of_integers $ty);
    };
    (of_integers $ty:ty) => {
        fn from_bits(bits: u64) -> $ty {
            bits as $ty
        }
        fn from_i128(value: i128) -> $ty {
            value as $ty
        }
        fn from_f64(value: f64) -> $ty {
            value as i128 as $ty
        }
        fn to_i128(self) -> i128 {
            i128::from(self)
        }
        fn to_f64(self) -> f64 {
            self as f64
        }
    };
    (Float $ty:ty) => {
        fn bits(self) -> u64 {
            u64::from(self.to_bits())
        }
        fn from_bits(bits: u64) -> $ty {
            <$ty>::from_bits(bits as _)
        }
        // Machines convert 64 bits in one instruction, and 128 in a function.
        fn from_i128(value: i128) -> $ty {
            i64::try_from(value).map_or_else(|_| value as $ty, |value| value as $ty)
        }
        fn from_f64(value: f64) -> $ty {
            value as $ty
        }
        fn to_i128(self) -> i128 {
            self as i128
        }
        fn to_f64(self) -> f64 {
            f64::from(self)
        }
    };
}

macro_rules! elements {
    ($($kind:ident { $(
        $(#[$doc:meta])* $variant:ident($ty:ident, $lane:ident), $name:literal, $codes:literal, $aliases:tt;
    )* })*) => {$($(
        impl sealed::Sealed for $ty {}
        impl Element for $ty {
            const DTYPE: DType = DType::$variant;
            conversions!($kind $ty);
            fn parse(text: &str) -> Option<$ty> {
                text.parse().ok()
            }
        }
    )*)*};
}

crate::for_each_dtype!(elements);
