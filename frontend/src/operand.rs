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
    /// A weak integer beyond the ones of [`Operand::Int`], as the nearest float. No dtype of
    /// integers holds it; floats come near it, and all comparisons with integers are exact.
    Huge(f64),
    /// A weak float.
    Float(f64),
}

impl Operand {
    /// The kind of a weak scalar.
    pub(crate) fn weak_kind(&self) -> Option<Kind> {
        match self {
            Operand::Array(_) => None,
            Operand::Bool(_) => Some(Kind::Bool),
            Operand::Int(_) | Operand::Huge(_) => Some(Kind::Signed),
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
            Operand::Huge(value) if *value > 0.0 => DType::U64,
            Operand::Int(_) | Operand::Huge(_) => DType::I64,
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
            // As in NumPy, integers become a `float32` by way of a `float64`.
            Operand::Int(value) => Some(Scalar::from_f64(dtype, value as f64)),
            Operand::Huge(value) => {
                let holds =
                    dtype == DType::Bool || dtype.kind() == Kind::Float && value.is_finite();
                holds.then(|| Scalar::from_f64(dtype, value))
            }
            Operand::Float(value) => Some(Scalar::from_f64(dtype, value)),
        }
    }

    /// A weak scalar that is to be stored in an element of the dtype. Where that is an integer,
    /// what is cut off a float is cut off before its range is looked at, as by Python's `int`.
    ///
    /// # Errors
    /// Python's message for floats that are no numbers.
    pub(crate) fn truncated(self, dtype: DType) -> Result<Operand, &'static str> {
        match self {
            Operand::Float(value) if dtype.is_int() => match value as i128 {
                _ if value.is_nan() => Err("cannot convert float NaN to integer"),
                _ if value.is_infinite() => Err("cannot convert float infinity to integer"),
                i128::MIN | i128::MAX => Ok(Operand::Huge(value)),
                whole => Ok(Operand::Int(whole)),
            },
            other => Ok(other),
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

/// The common dtype of operands: the arrays' one, as weak scalars change it.
///
/// NumPy: `np.result_type(*operands)`.
pub(crate) fn result_type<'a>(operands: impl Iterator<Item = &'a Operand> + Clone) -> DType {
    let weak = operands.clone().filter_map(Operand::weak_kind).max();
    let mut arrays = operands.clone().filter(|operand| operand.weak_kind().is_none()).peekable();
    match weak {
        Some(weak) if arrays.peek().is_some() => {
            DType::promote_all(arrays.map(Operand::dtype)).promote_weak(weak)
        }
        Some(weak) => DType::Bool.promote_weak(weak),
        None => DType::promote_all(arrays.map(Operand::dtype)),
    }
}

/// The failed array for an integer that its dtype cannot hold.
#[track_caller]
pub(crate) fn out_of_bounds(operation: &str, operand: &Operand, dtype: DType) -> Array {
    let message = match operand {
        Operand::Huge(_) if dtype.kind() == Kind::Float => {
            "int too large to convert to float".to_owned()
        }
        Operand::Huge(value) => format!("integer {value:e} is out of bounds for {dtype}"),
        Operand::Int(value) => format!("integer {value} is out of bounds for {dtype}"),
        Operand::Array(_) | Operand::Bool(_) | Operand::Float(_) => {
            format!("the operand is no element of {dtype}")
        }
    };
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
