//! The Rust types of elements.

use jitney_ir::{DType, Scalar};

mod sealed {
    pub trait Sealed {}
}

/// A Rust type that is the element type of a dtype. It has no padding, and its bytes are those
/// of the scalar.
///
/// `bool` is one: a byte of an array is never anything but 0 or 1.
pub trait Element: sealed::Sealed + Copy + Send + Sync + 'static {
    /// The dtype.
    const DTYPE: DType;

    /// The element as a scalar.
    fn scalar(self) -> Scalar;

    /// The element with the scalar's bits; the scalar must be of the dtype.
    fn from_scalar(scalar: Scalar) -> Self;
}

macro_rules! elements {
    ($($ty:ty = $dtype:ident, $to_bits:expr, $from_bits:expr;)*) => {$(
        impl sealed::Sealed for $ty {}
        impl Element for $ty {
            const DTYPE: DType = DType::$dtype;
            fn scalar(self) -> Scalar {
                let to_bits: fn($ty) -> u64 = $to_bits;
                Scalar::from_bits(DType::$dtype, to_bits(self))
            }
            fn from_scalar(scalar: Scalar) -> $ty {
                let from_bits: fn(u64) -> $ty = $from_bits;
                from_bits(scalar.bits)
            }
        }
    )*};
}

elements! {
    bool = Bool, u64::from, |bits| bits & 1 != 0;
    i8 = I8, |x| x as u64, |bits| bits as i8;
    i16 = I16, |x| x as u64, |bits| bits as i16;
    i32 = I32, |x| x as u64, |bits| bits as i32;
    i64 = I64, |x| x as u64, |bits| bits as i64;
    u8 = U8, u64::from, |bits| bits as u8;
    u16 = U16, u64::from, |bits| bits as u16;
    u32 = U32, u64::from, |bits| bits as u32;
    u64 = U64, |x| x, |bits| bits;
    f32 = F32, |x| u64::from(x.to_bits()), |bits| f32::from_bits(bits as u32);
    f64 = F64, f64::to_bits, f64::from_bits;
}
