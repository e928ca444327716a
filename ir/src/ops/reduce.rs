//! The table of reductions.
//!
//! A row says how two partial results combine and which value is neutral: combining it
//! with any value, on either side, gives that value's bits back.

use super::{arithmetic, bits, compare};
use crate::dtype::{DType, Kind};
use crate::lanes::{Builder, V};
use crate::scalar::Scalar;

macro_rules! reductions {
    ($($(#[$doc:meta])* $variant:ident $name:ident: $combine:path, $identity:path;)*) => {
        /// A reduction of the array graph.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reduction { $($(#[$doc])* $variant,)* }

        impl Reduction {
            /// Every reduction.
            pub const ALL: &[Reduction] = &[$(Reduction::$variant,)*];

            /// The name in dumps.
            pub const fn name(self) -> &'static str {
                match self { $(Reduction::$variant => stringify!($name),)* }
            }

            /// Appends the combination of two partial results of the dtype.
            pub fn combine(self, b: &mut Builder, dtype: DType, x: V, y: V) -> V {
                match self { $(Reduction::$variant => $combine(b, &[dtype, dtype], &[x, y]),)* }
            }

            /// The neutral value of the dtype.
            pub fn identity(self, dtype: DType) -> Scalar {
                match self { $(Reduction::$variant => $identity(dtype),)* }
            }
        }
    };
}

reductions! {
    /// Sum; any for bool.
    Sum sum: arithmetic::add, negative_zero;
    /// Product; all for bool.
    Prod prod: arithmetic::multiply, one;
    /// Smallest value, NaN if there is one.
    Min min: compare::minimum, largest;
    /// Largest value, NaN if there is one.
    Max max: compare::maximum, smallest;
    /// Whether any value is true.
    Any any: or, no;
    /// Whether all values are true.
    All all: and, yes;
}

impl Reduction {
    /// The reduction of the given name.
    pub fn from_name(name: &str) -> Option<Reduction> {
        Reduction::ALL.iter().copied().find(|op| op.name() == name)
    }

    /// The result over no element, if there is one.
    pub fn of_nothing(self, dtype: DType) -> Option<Scalar> {
        match self {
            // The neutral -0.0 is an artifice of the order; nothing sums to +0.0.
            Reduction::Sum => Some(Scalar::from_i128(dtype, 0)),
            Reduction::Prod | Reduction::Any | Reduction::All => Some(self.identity(dtype)),
            Reduction::Min | Reduction::Max => None,
        }
    }
}

fn or(b: &mut Builder, _: &[DType], args: &[V]) -> V {
    bits::or(b, args[0], args[1])
}

fn and(b: &mut Builder, _: &[DType], args: &[V]) -> V {
    bits::and(b, args[0], args[1])
}

fn no(_: DType) -> Scalar {
    Scalar::bool(false)
}

fn yes(_: DType) -> Scalar {
    Scalar::bool(true)
}

/// `-0.0 + x` is `x` for every float, `-0.0` included; `0.0 + -0.0` is not.
fn negative_zero(dtype: DType) -> Scalar {
    match dtype.kind() {
        Kind::Float => Scalar::from_f64(dtype, -0.0),
        Kind::Bool | Kind::Signed | Kind::Unsigned => Scalar::from_i128(dtype, 0),
    }
}

/// `1 * x` is `x` for every float, NaN's payload aside.
fn one(dtype: DType) -> Scalar {
    Scalar::from_i128(dtype, 1)
}

/// Infinity, not the largest finite float: an infinity must come out of a minimum.
fn largest(dtype: DType) -> Scalar {
    match dtype.kind() {
        Kind::Float => Scalar::from_f64(dtype, f64::INFINITY),
        Kind::Bool | Kind::Signed | Kind::Unsigned => Scalar::from_i128(dtype, dtype.int_range().1),
    }
}

fn smallest(dtype: DType) -> Scalar {
    match dtype.kind() {
        Kind::Float => Scalar::from_f64(dtype, f64::NEG_INFINITY),
        Kind::Bool | Kind::Signed | Kind::Unsigned => Scalar::from_i128(dtype, dtype.int_range().0),
    }
}
