//! What operations take: arrays, and Rust scalars that adapt to them.

use crate::Array;
use jitney_ir::{DType, Kind, Scalar};

/// An operand of an operation: an array, or a scalar that is *weak*, as Python's numbers are
/// in NumPy: it takes the dtype of the arrays it meets and only ever raises their kind.
#[derive(Clone)]
pub enum Operand {
    /// An array with its dtype.
    Array(Array),
    /// A weak truth value.
    Bool(bool),
    /// A weak integer.
    Int(i128),
    /// A weak float.
    Float(f64),
}

impl Operand {
    /// The kind of a weak scalar.
    pub(crate) fn weak_kind(&self) -> Option<Kind> {
        match self {
            Operand::Array(_) => None,
            Operand::Bool(_) => Some(Kind::Bool),
            Operand::Int(_) => Some(Kind::Signed),
            Operand::Float(_) => Some(Kind::Float),
        }
    }

    /// The dtype of the operand alone: scalars are `bool`, `int64` and `float64`.
    pub(crate) fn dtype(&self) -> DType {
        match self {
            Operand::Array(array) => array.dtype(),
            Operand::Bool(_) => DType::Bool,
            // Like NumPy's, integers past int64 are uint64.
            Operand::Int(value) if *value > i128::from(i64::MAX) => DType::U64,
            Operand::Int(_) => DType::I64,
            Operand::Float(_) => DType::F64,
        }
    }

    /// A weak scalar as an element of a dtype; `None` for arrays and integers out of range.
    pub(crate) fn as_scalar(&self, dtype: DType) -> Option<Scalar> {
        match *self {
            Operand::Array(_) => None,
            Operand::Bool(value) => Some(Scalar::from_i128(dtype, i128::from(value))),
            Operand::Int(value) if dtype.is_int() => {
                let (low, high) = dtype.int_range();
                (low..=high).contains(&value).then(|| Scalar::from_i128(dtype, value))
            }
            Operand::Int(value) => Some(Scalar::from_i128(dtype, value)),
            Operand::Float(value) => Some(Scalar::from_f64(dtype, value)),
        }
    }

    /// The operand as an array of its own dtype.
    #[track_caller]
    pub(crate) fn into_array(self) -> Array {
        let dtype = self.dtype();
        match self {
            Operand::Array(array) => array,
            weak => match weak.as_scalar(dtype) {
                Some(scalar) => Array::constant(scalar),
                None => out_of_bounds("array", &weak, dtype),
            },
        }
    }
}

/// The failed array for an integer that its dtype cannot hold.
#[track_caller]
pub(crate) fn out_of_bounds(operation: &str, operand: &Operand, dtype: DType) -> Array {
    let value = match operand {
        Operand::Int(value) => value.to_string(),
        _ => String::new(),
    };
    let message = format!("integer {value} is out of bounds for {dtype}");
    Array::error_at(crate::ErrorKind::DType, operation, message)
}

impl From<Array> for Operand {
    #[inline]
    fn from(array: Array) -> Operand {
        Operand::Array(array)
    }
}

impl From<&Array> for Operand {
    #[inline]
    fn from(array: &Array) -> Operand {
        Operand::Array(array.clone())
    }
}

impl From<bool> for Operand {
    #[inline]
    fn from(value: bool) -> Operand {
        Operand::Bool(value)
    }
}

macro_rules! weak {
    ($($variant:ident: $($ty:ty as $wide:ty),*;)*) => {$($(
        impl From<$ty> for Operand {
            #[inline]
            fn from(value: $ty) -> Operand {
                Operand::$variant(value as $wide)
            }
        }
    )*)*};
}

weak! {
    Int: i8 as i128, i16 as i128, i32 as i128, i64 as i128, i128 as i128, isize as i128,
        u8 as i128, u16 as i128, u32 as i128, u64 as i128, usize as i128;
    Float: f32 as f64, f64 as f64;
}
