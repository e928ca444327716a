//! The table of dtypes, from which everything that must know every dtype is generated.
//!
//! To add a dtype of a known kind, add a row. A new kind needs a rule in
//! [`element`](super::element) as well, and an arm in each match over [`Kind`](super::Kind): the
//! compiler names them.

/// Hands every row of the table of dtypes to the macro `$callback`, with tokens of the caller's
/// in front of it.
///
/// A kind and its rows read
/// `Kind { #[doc] Variant(Rust type, lane type), "NumPy's name", "codes", ["further names"]; }`.
/// The codes are NumPy's letters; C's `long` has 64 bits, as everywhere but on Windows. Further
/// names are those of C's types, and Python's.
#[macro_export]
macro_rules! for_each_dtype {
    ($callback:ident $($given:tt)*) => {
        $callback! {
            $($given)*
            Bool {
                /// Truth value, stored as one byte, 0 or 1.
                Bool(bool, Bool), "bool", "?", ["bool_"];
            }
            Signed {
                /// Signed 8-bit integer.
                I8(i8, I8), "int8", "b", ["byte"];
                /// Signed 16-bit integer.
                I16(i16, I16), "int16", "h", ["short"];
                /// Signed 32-bit integer.
                I32(i32, I32), "int32", "i", ["intc"];
                /// Signed 64-bit integer.
                I64(i64, I64), "int64", "lqpn", ["int", "int_", "intp", "long", "longlong"];
            }
            Unsigned {
                /// Unsigned 8-bit integer.
                U8(u8, I8), "uint8", "B", ["ubyte"];
                /// Unsigned 16-bit integer.
                U16(u16, I16), "uint16", "H", ["ushort"];
                /// Unsigned 32-bit integer.
                U32(u32, I32), "uint32", "I", ["uintc"];
                /// Unsigned 64-bit integer.
                U64(u64, I64), "uint64", "LQPN", ["uint", "uintp", "ulong", "ulonglong"];
            }
            Float {
                /// IEEE 754 binary32.
                F32(f32, F32), "float32", "f", ["single"];
                /// IEEE 754 binary64.
                F64(f64, F64), "float64", "d", ["float", "double"];
            }
        }
    };
}

/// Makes [`with_element`](crate::with_element) of the table. `$d` is a dollar sign, which the
/// macro that is made needs and this one would take for its own.
macro_rules! dispatch {
    ($d:tt $($kind:ident { $(
        $(#[$doc:meta])* $variant:ident($ty:ty, $lane:ident), $name:literal, $codes:literal, $aliases:tt;
    )* })*) => {
        /// An expression with a type that is the Rust type of a dtype's elements.
        ///
        /// ```
        /// use jitney_ir::{DType, with_element};
        /// let size = |dtype| with_element!(dtype, T => size_of::<T>());
        /// assert_eq!(size(DType::F32), 4);
        /// ```
        #[macro_export]
        macro_rules! with_element {
            ($d dtype:expr, $d T:ident => $d body:expr) => {
                match $d dtype {
                    $($($crate::DType::$variant => {
                        type $d T = $ty;
                        $d body
                    })*)*
                }
            };
        }
    };
}

for_each_dtype!(dispatch $);
