//! Operators between arrays and scalars, by value and by reference, on both sides, and with
//! assignment.

use crate::{Array, Operand, build};
use jitney_ir::ops::Elementwise;
use std::ops;

macro_rules! binary {
    ($($trait:ident $method:ident $op:ident;)*) => {$(
        impl<T: Into<Operand>> ops::$trait<T> for Array {
            type Output = Array;
            #[inline]
            #[track_caller]
            fn $method(self, other: T) -> Array {
                build::elementwise(Elementwise::$op, [self.into(), other.into()])
            }
        }

        impl<T: Into<Operand>> ops::$trait<T> for &Array {
            type Output = Array;
            #[inline]
            #[track_caller]
            fn $method(self, other: T) -> Array {
                build::elementwise(Elementwise::$op, [self.into(), other.into()])
            }
        }

        binary! { @scalars $trait $method $op: bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 }
    )*};
    (@scalars $trait:ident $method:ident $op:ident: $($ty:ty)*) => {$(
        impl ops::$trait<Array> for $ty {
            type Output = Array;
            #[inline]
            #[track_caller]
            fn $method(self, other: Array) -> Array {
                build::elementwise(Elementwise::$op, [self.into(), other.into()])
            }
        }

        impl ops::$trait<&Array> for $ty {
            type Output = Array;
            #[inline]
            #[track_caller]
            fn $method(self, other: &Array) -> Array {
                build::elementwise(Elementwise::$op, [self.into(), other.into()])
            }
        }
    )*};
}

binary! {
    Add add Add;
    Sub sub Subtract;
    Mul mul Multiply;
    Div div Divide;
    Rem rem Remainder;
    BitAnd bitand BitwiseAnd;
    BitOr bitor BitwiseOr;
    BitXor bitxor BitwiseXor;
    Shl shl LeftShift;
    Shr shr RightShift;
}

macro_rules! assign {
    ($($trait:ident $method:ident $op:ident;)*) => {$(
        /// What the operator makes takes the array's place, with its shape and dtype. Clones
        /// keep what they are.
        impl<T: Into<Operand>> ops::$trait<T> for Array {
            #[inline]
            #[track_caller]
            fn $method(&mut self, other: T) {
                *self = build::elementwise(Elementwise::$op, [(&*self).into(), other.into()]);
            }
        }
    )*};
}

assign! {
    AddAssign add_assign Add;
    SubAssign sub_assign Subtract;
    MulAssign mul_assign Multiply;
    DivAssign div_assign Divide;
    RemAssign rem_assign Remainder;
    BitAndAssign bitand_assign BitwiseAnd;
    BitOrAssign bitor_assign BitwiseOr;
    BitXorAssign bitxor_assign BitwiseXor;
    ShlAssign shl_assign LeftShift;
    ShrAssign shr_assign RightShift;
}

macro_rules! unary {
    ($($trait:ident $method:ident $op:ident;)*) => {$(
        impl ops::$trait for Array {
            type Output = Array;
            #[inline]
            #[track_caller]
            fn $method(self) -> Array {
                build::elementwise(Elementwise::$op, [self.into()])
            }
        }

        impl ops::$trait for &Array {
            type Output = Array;
            #[inline]
            #[track_caller]
            fn $method(self) -> Array {
                build::elementwise(Elementwise::$op, [self.into()])
            }
        }
    )*};
}

unary! {
    Neg neg Negative;
    Not not Invert;
}
