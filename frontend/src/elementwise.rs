//! A function and a method for every row of the elementwise table.

use crate::{Array, DType, Operand, build};
use jitney_ir::for_each_elementwise;
use jitney_ir::ops::Elementwise;

macro_rules! functions {
    ($($(#[doc = $doc:literal])* $variant:ident $name:ident($first:ident $(, $rest:ident)*):
        $rule:ident, $accuracy:ident, $meaning:path;)* { $($literal_power:tt)* }) => {
        $(
            $(#[doc = $doc])*
            ///
            /// Shape: the operands are broadcast together.
            ///
            #[doc = concat!("Dtype: by the rule [`", stringify!($rule), "`](jitney_ir::ops::Rule::",
                stringify!($rule), ").")]
            ///
            #[doc = concat!("NumPy: `np.", stringify!($name), "`.")]
            ///
            #[doc = concat!("Accuracy: [`", stringify!($accuracy),
                "`](jitney_ir::ops::Accuracy::", stringify!($accuracy), ").")]
            ///
            /// # Errors
            /// Deferred: shapes that do not broadcast, dtypes the rule does not admit.
            ///
            /// ```
            /// use jitney as jn;
            #[doc = concat!("let ", stringify!($first), " = jn::array([1, 2, 3]);")]
            $(#[doc = concat!("let ", stringify!($rest), " = jn::array([1, 2, 3]);")])*
            #[doc = concat!("let result = jn::", stringify!($name), "(&", stringify!($first)
                $(, ", &", stringify!($rest))*, ");")]
            /// assert_eq!(result.eval()?.shape(), [3]);
            /// # Ok::<(), jn::Error>(())
            /// ```
            #[track_caller]
            pub fn $name($first: impl Into<Operand> $(, $rest: impl Into<Operand>)*) -> Array {
                build::elementwise(Elementwise::$variant, [$first.into() $(, $rest.into())*])
            }
        )*

        /// A method for every elementwise function.
        impl Array {
            $(
                $(#[doc = $doc])*
                ///
                #[doc = concat!("See [`", stringify!($name), "`](crate::", stringify!($name), ").")]
                #[track_caller]
                pub fn $name(&self $(, $rest: impl Into<Operand>)*) -> Array {
                    build::elementwise(Elementwise::$variant, [self.into() $(, $rest.into())*])
                }
            )*
        }
    };
}

for_each_elementwise!(functions);

pub use self::{
    absolute as abs, arccos as acos, arccosh as acosh, arcsin as asin, arcsinh as asinh,
    arctan as atan, arctan2 as atan2, arctanh as atanh, deg2rad as radians, divide as true_divide,
    invert as bitwise_not, power as pow, rad2deg as degrees, remainder as modulo,
};

impl Array {
    /// The absolute value: [`Array::absolute`].
    #[track_caller]
    pub fn abs(&self) -> Array {
        self.absolute()
    }

    /// The array to a power, as Python's `**`: [`Array::power`].
    ///
    /// NumPy: `x ** exponent`.
    #[track_caller]
    pub fn pow(&self, exponent: impl Into<Operand>) -> Array {
        self.power(exponent)
    }

    /// The array converted to a dtype.
    ///
    /// Integers wrap, floats are truncated toward zero; see
    /// [`cast`](jitney_ir::ops::cast) for what NumPy leaves open.
    ///
    /// NumPy: `x.astype(dtype)`.
    ///
    /// ```
    /// use jitney as jn;
    /// let x = jn::array([1.9, -1.9]).astype(jn::DType::I32);
    /// assert_eq!(x.to_vec::<i32>()?, [1, -1]);
    /// # Ok::<(), jn::Error>(())
    /// ```
    pub fn astype(&self, dtype: DType) -> Array {
        build::cast(self, dtype)
    }
}
