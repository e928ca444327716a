//! Elementwise functions: a function and a method for every row of the table in `ir`.

use super::parameters::Slots;
use super::table::{Kind, Row};
use crate::formula::Value;
use crate::{Array, DType, Operand, build};
use jitney_ir::for_each_elementwise;
use jitney_ir::ops::Elementwise;

macro_rules! elementwise {
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

        /// The rows of functions that NumPy has, with its other names.
        pub(super) fn rows() -> Vec<Row> {
            let rows = [$(Row {
                name: stringify!($name),
                aliases: aliases(Elementwise::$variant),
                kind: Kind::function,
                doc: &[$($doc),*],
                rust: &[concat!(stringify!($name), "(", stringify!($first) $(, ", ",
                    stringify!($rest))*, ")")],
                parameters: [
                    <Operand as Slots>::declare(stringify!($first)),
                    $(<Operand as Slots>::declare(stringify!($rest)),)*
                ]
                .into_iter()
                .flatten()
                .collect(),
                run: |args| {
                    let operands = [
                        <Operand as Slots>::required(args)?,
                        $({
                            let $rest = <Operand as Slots>::required(args)?;
                            $rest
                        },)*
                    ];
                    Ok(Value::Array(build::elementwise(Elementwise::$variant, operands)))
                },
            },)*];
            let is_internal = |row: &Row| INTERNAL.iter().any(|op| op.name() == row.name);
            rows.into_iter().filter(|row| !is_internal(row)).collect()
        }
    };
}

for_each_elementwise!(elementwise);

/// Rows that are halves of a function of NumPy's, or whose function is a row of another family.
const INTERNAL: &[Elementwise] = &[
    Elementwise::FrexpExponent,
    Elementwise::FrexpMantissa,
    Elementwise::ModfFraction,
    Elementwise::ModfIntegral,
    Elementwise::Where,
];

macro_rules! other_names {
    ($($variant:ident $name:ident: $($alias:ident $(as $numpy:literal)?),+;)*) => {
        $($(pub use self::$name as $alias;)+)*

        /// NumPy's other names of an operation.
        fn aliases(op: Elementwise) -> &'static [&'static str] {
            let all: &[(Elementwise, &[&str])] =
                &[$((Elementwise::$variant, &[$(name_of!($alias $($numpy)?)),+])),*];
            all.iter().find(|(known, _)| *known == op).map_or(&[], |(_, names)| names)
        }
    };
}

other_names! {
    Absolute absolute: abs;
    Arccos arccos: acos;
    Arccosh arccosh: acosh;
    Arcsin arcsin: asin;
    Arcsinh arcsinh: asinh;
    Arctan arctan: atan;
    Arctan2 arctan2: atan2;
    Arctanh arctanh: atanh;
    Deg2rad deg2rad: radians;
    Divide divide: true_divide;
    Invert invert: bitwise_not, bitwise_invert;
    LeftShift left_shift: bitwise_left_shift;
    Power power: pow;
    Rad2deg rad2deg: degrees;
    Remainder remainder: modulo as "mod";
    RightShift right_shift: bitwise_right_shift;
}

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
        match exponent.into() {
            // To NumPy's `**`, a square is one before numbers are promoted, which leaves bool small.
            Operand::Int(2) if self.dtype() == DType::Bool => self.square(),
            exponent => self.power(exponent),
        }
    }
}
