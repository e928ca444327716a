//! The table of elementwise operations.
//!
//! To add one, add a row: `Variant name(operands): Rule, accuracy, meaning;`. The enum, its
//! printer and parser, dtype inference, the reference, the compiled code, the public
//! function and method, and the random tests all follow from it.
//!
//! Powers with a literal exponent have rows of their own, `Variant name: Rule, exponent;`, and no
//! function: `power` is what builds them.

use super::typing::{Rule, Signature, TypeError};
use super::{arithmetic, bits, cast, compare, float_parts};
use crate::dtype::{DType, Kind};
use crate::lanes::{Builder, LaneType, Program, V};
use crate::math;
use crate::scalar::Scalar;
use smallvec::SmallVec;

/// How close a result is to the exact one, in units in the last place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accuracy {
    /// Exact, or correctly rounded.
    Exact,
    /// At most 1 ULP for `float64` and 2 for `float32`.
    Ulp,
}

/// Hands every row of the table to the macro `$callback`.
///
/// A row reads `#[doc] Variant name(operand, …): Rule, Accuracy, meaning;`.
#[macro_export]
macro_rules! for_each_elementwise {
    ($callback:ident) => {
        $callback! {
            /// Sum; logical or for bool.
            Add add(x1, x2): Arithmetic, Exact, arithmetic::add;
            /// Difference.
            Subtract subtract(x1, x2): Numeric, Exact, arithmetic::subtract;
            /// Product; logical and for bool.
            Multiply multiply(x1, x2): Arithmetic, Exact, arithmetic::multiply;
            /// True quotient, always a float.
            Divide divide(x1, x2): TrueDivide, Exact, arithmetic::divide;
            /// Quotient rounded toward minus infinity; 0 for an integer zero divisor.
            FloorDivide floor_divide(x1, x2): BoolAsInt, Exact, arithmetic::floor_divide;
            /// Remainder with the sign of the divisor (Python's `%`); 0 for an integer zero divisor.
            Remainder remainder(x1, x2): BoolAsInt, Exact, arithmetic::remainder;
            /// Remainder with the sign of the dividend (C's `fmod`); 0 for an integer zero divisor.
            Fmod fmod(x1, x2): BoolAsInt, Exact, arithmetic::fmod;
            /// `x1` to the power `x2`; wraps for integers, whose negative exponents truncate.
            ///
            /// A number `x2` that is an integer from -12 to 12 or a half-integer from -2.5 to 2.5
            /// is computed by multiplications and roots, to the nearest float but rarely not. An
            /// array takes the general way, whatever numbers it holds.
            Power power(x1, x2): BoolAsInt, Ulp, arithmetic::power;
            /// `x1` to the power `x2`, computed in `float64`.
            FloatPower float_power(x1, x2): Double, Ulp, arithmetic::power;
            /// The value with its sign changed.
            Negative negative(x): Numeric, Exact, arithmetic::negative;
            /// The value itself.
            Positive positive(x): Numeric, Exact, arithmetic::positive;
            /// The absolute value.
            Absolute absolute(x): Arithmetic, Exact, arithmetic::absolute;
            /// The absolute value as a float.
            Fabs fabs(x): Float, Exact, arithmetic::absolute;
            /// -1, 0 or 1 by the sign; NaN for NaN.
            Sign sign(x): Numeric, Exact, arithmetic::sign;
            /// `1 / x`; truncated for integers, and of 0 the smallest `int32` or `int64`, else 0.
            Reciprocal reciprocal(x): BoolAsInt, Exact, arithmetic::reciprocal;
            /// `x * x`.
            Square square(x): BoolAsInt, Exact, arithmetic::square;
            /// The non-negative square root.
            Sqrt sqrt(x): Float, Exact, arithmetic::sqrt;
            /// The larger value; NaN if either is NaN.
            Maximum maximum(x1, x2): Arithmetic, Exact, compare::maximum;
            /// The smaller value; NaN if either is NaN.
            Minimum minimum(x1, x2): Arithmetic, Exact, compare::minimum;
            /// The larger value; the other one if one is NaN.
            Fmax fmax(x1, x2): Arithmetic, Exact, compare::fmax;
            /// The smaller value; the other one if one is NaN.
            Fmin fmin(x1, x2): Arithmetic, Exact, compare::fmin;

            /// Cube root.
            Cbrt cbrt(x): Float, Ulp, math::cbrt;
            /// e to the power `x`.
            Exp exp(x): Float, Ulp, math::exp;
            /// 2 to the power `x`.
            Exp2 exp2(x): Float, Ulp, math::exp2;
            /// `exp(x) - 1`, accurate near 0.
            Expm1 expm1(x): Float, Ulp, math::expm1;
            /// Natural logarithm.
            Log log(x): Float, Ulp, math::log;
            /// Logarithm to base 2.
            Log2 log2(x): Float, Ulp, math::log2;
            /// Logarithm to base 10.
            Log10 log10(x): Float, Ulp, math::log10;
            /// `log(1 + x)`, accurate near 0.
            Log1p log1p(x): Float, Ulp, math::log1p;
            /// `log(exp(x1) + exp(x2))` without overflow.
            Logaddexp logaddexp(x1, x2): Float, Ulp, math::logaddexp;
            /// `log2(2**x1 + 2**x2)` without overflow.
            Logaddexp2 logaddexp2(x1, x2): Float, Ulp, math::logaddexp2;
            /// Sine of an angle in radians, of any magnitude.
            Sin sin(x): Float, Ulp, math::sin;
            /// Cosine of an angle in radians, of any magnitude.
            Cos cos(x): Float, Ulp, math::cos;
            /// Tangent of an angle in radians, of any magnitude.
            Tan tan(x): Float, Ulp, math::tan;
            /// Inverse sine in radians, in `[-pi/2, pi/2]`.
            Arcsin arcsin(x): Float, Ulp, math::arcsin;
            /// Inverse cosine in radians, in `[0, pi]`.
            Arccos arccos(x): Float, Ulp, math::arccos;
            /// Inverse tangent in radians, in `[-pi/2, pi/2]`.
            Arctan arctan(x): Float, Ulp, math::arctan;
            /// The angle in radians of the point `(x2, x1)`, in `[-pi, pi]`.
            Arctan2 arctan2(x1, x2): Float, Ulp, math::arctan2;
            /// Hyperbolic sine.
            Sinh sinh(x): Float, Ulp, math::sinh;
            /// Hyperbolic cosine.
            Cosh cosh(x): Float, Ulp, math::cosh;
            /// Hyperbolic tangent.
            Tanh tanh(x): Float, Ulp, math::tanh;
            /// Inverse hyperbolic sine.
            Arcsinh arcsinh(x): Float, Ulp, math::arcsinh;
            /// Inverse hyperbolic cosine.
            Arccosh arccosh(x): Float, Ulp, math::arccosh;
            /// Inverse hyperbolic tangent.
            Arctanh arctanh(x): Float, Ulp, math::arctanh;
            /// `sqrt(x1**2 + x2**2)` without overflow.
            Hypot hypot(x1, x2): Float, Ulp, math::hypot;
            /// The error function.
            Erf erf(x): Float, Ulp, math::erf;
            /// `1 - erf(x)`, accurate for large `x`.
            Erfc erfc(x): Float, Ulp, math::erfc;
            /// Degrees to radians.
            Deg2rad deg2rad(x): Float, Exact, arithmetic::deg2rad;
            /// Radians to degrees.
            Rad2deg rad2deg(x): Float, Exact, arithmetic::rad2deg;

            /// The largest integer not above `x`.
            Floor floor(x): Arithmetic, Exact, float_parts::floor;
            /// The smallest integer not below `x`.
            Ceil ceil(x): Arithmetic, Exact, float_parts::ceil;
            /// The integer part.
            Trunc trunc(x): Arithmetic, Exact, float_parts::trunc;
            /// The nearest integer, ties to even, as a float.
            Rint rint(x): Float, Exact, float_parts::rint;
            /// The magnitude of `x1` with the sign of `x2`.
            Copysign copysign(x1, x2): Float, Exact, float_parts::copysign;
            /// The next float after `x1` toward `x2`.
            Nextafter nextafter(x1, x2): Float, Exact, float_parts::nextafter;
            /// The distance to the next float away from zero.
            Spacing spacing(x): Float, Exact, float_parts::spacing;
            /// `x1 * 2**x2` for an integer `x2`.
            Ldexp ldexp(x1, x2): Ldexp, Exact, float_parts::ldexp;
            /// The mantissa of `frexp`, of magnitude in `[0.5, 1)`.
            FrexpMantissa frexp_mantissa(x): Float, Exact, float_parts::frexp_mantissa;
            /// The exponent of `frexp`, an `int32`.
            FrexpExponent frexp_exponent(x): FloatToInt32, Exact, float_parts::frexp_exponent;
            /// The fractional part of `modf`, with the sign of `x`.
            ModfFraction modf_fraction(x): Float, Exact, float_parts::modf_fraction;
            /// The integral part of `modf`, as a float.
            ModfIntegral modf_integral(x): Float, Exact, float_parts::trunc;
            /// Whether the sign is negative; false for NaN.
            Signbit signbit(x): Predicate, Exact, float_parts::signbit;
            /// Whether the value is NaN.
            Isnan isnan(x): Predicate, Exact, float_parts::isnan;
            /// Whether the value is infinite.
            Isinf isinf(x): Predicate, Exact, float_parts::isinf;
            /// Whether the value is neither infinite nor NaN.
            Isfinite isfinite(x): Predicate, Exact, float_parts::isfinite;
            /// 0 below zero, 1 above, `x2` at zero.
            Heaviside heaviside(x1, x2): Float, Exact, float_parts::heaviside;

            /// Greatest common divisor.
            Gcd gcd(x1, x2): IntOnly, Exact, arithmetic::gcd;
            /// Least common multiple; wraps.
            Lcm lcm(x1, x2): IntOnly, Exact, arithmetic::lcm;
            /// Bitwise and.
            BitwiseAnd bitwise_and(x1, x2): Bitwise, Exact, bits::and;
            /// Bitwise or.
            BitwiseOr bitwise_or(x1, x2): Bitwise, Exact, bits::or;
            /// Bitwise exclusive or.
            BitwiseXor bitwise_xor(x1, x2): Bitwise, Exact, bits::xor;
            /// Bitwise complement; logical not for bool.
            Invert invert(x): Bitwise, Exact, bits::invert;
            /// Bits shifted left; 0 from the width on.
            LeftShift left_shift(x1, x2): Shift, Exact, bits::left_shift;
            /// Bits shifted right, keeping the sign.
            RightShift right_shift(x1, x2): Shift, Exact, bits::right_shift;
            /// Set bits of the absolute value, a `uint8`.
            BitwiseCount bitwise_count(x): BitCount, Exact, bits::count;

            /// Whether both are true.
            LogicalAnd logical_and(x1, x2): Logical, Exact, bits::and;
            /// Whether one is true.
            LogicalOr logical_or(x1, x2): Logical, Exact, bits::or;
            /// Whether exactly one is true.
            LogicalXor logical_xor(x1, x2): Logical, Exact, bits::xor;
            /// Whether the value is false.
            LogicalNot logical_not(x): Logical, Exact, bits::invert;
            /// Whether `x1 == x2`.
            Equal equal(x1, x2): Compare, Exact, compare::equal;
            /// Whether `x1 != x2`.
            NotEqual not_equal(x1, x2): Compare, Exact, compare::not_equal;
            /// Whether `x1 < x2`.
            Less less(x1, x2): Compare, Exact, compare::less;
            /// Whether `x1 <= x2`.
            LessEqual less_equal(x1, x2): Compare, Exact, compare::less_equal;
            /// Whether `x1 > x2`.
            Greater greater(x1, x2): Compare, Exact, compare::greater;
            /// Whether `x1 >= x2`.
            GreaterEqual greater_equal(x1, x2): Compare, Exact, compare::greater_equal;
            /// `x1` where the condition holds, `x2` elsewhere.
            Where where_(condition, x1, x2): Select, Exact, compare::select;

            {
                Power3 power_3: BoolAsInt, 3.0;
                Power4 power_4: BoolAsInt, 4.0;
                Power5 power_5: BoolAsInt, 5.0;
                Power6 power_6: BoolAsInt, 6.0;
                Power7 power_7: BoolAsInt, 7.0;
                Power8 power_8: BoolAsInt, 8.0;
                Power9 power_9: BoolAsInt, 9.0;
                Power10 power_10: BoolAsInt, 10.0;
                Power11 power_11: BoolAsInt, 11.0;
                Power12 power_12: BoolAsInt, 12.0;
                PowerNeg2 power_neg_2: Float, -2.0;
                PowerNeg3 power_neg_3: Float, -3.0;
                PowerNeg4 power_neg_4: Float, -4.0;
                PowerNeg5 power_neg_5: Float, -5.0;
                PowerNeg6 power_neg_6: Float, -6.0;
                PowerNeg7 power_neg_7: Float, -7.0;
                PowerNeg8 power_neg_8: Float, -8.0;
                PowerNeg9 power_neg_9: Float, -9.0;
                PowerNeg10 power_neg_10: Float, -10.0;
                PowerNeg11 power_neg_11: Float, -11.0;
                PowerNeg12 power_neg_12: Float, -12.0;
                Power1Half power_1_half: Float, 0.5;
                Power3Halves power_3_halves: Float, 1.5;
                Power5Halves power_5_halves: Float, 2.5;
                PowerNeg1Half power_neg_1_half: Float, -0.5;
                PowerNeg3Halves power_neg_3_halves: Float, -1.5;
                PowerNeg5Halves power_neg_5_halves: Float, -2.5;
            }
        }
    };
}

/// Lets functions of one or two floats stand in the meaning column of the table.
trait IntoMeaning<const ARITY: usize> {
    fn build(self, b: &mut Builder, dtypes: &[DType], args: &[V]) -> V;
}

impl<F: Fn(&mut Builder, &[DType], &[V]) -> V> IntoMeaning<0> for F {
    fn build(self, b: &mut Builder, dtypes: &[DType], args: &[V]) -> V {
        self(b, dtypes, args)
    }
}

impl<F: Fn(&mut Builder, V) -> V> IntoMeaning<1> for F {
    fn build(self, b: &mut Builder, _: &[DType], args: &[V]) -> V {
        self(b, args[0])
    }
}

impl<F: Fn(&mut Builder, V, V) -> V> IntoMeaning<2> for F {
    fn build(self, b: &mut Builder, _: &[DType], args: &[V]) -> V {
        self(b, args[0], args[1])
    }
}

macro_rules! elementwise {
    ($($(#[doc = $doc:literal])* $variant:ident $name:ident($($arg:ident),*):
        $rule:ident, $accuracy:ident, $meaning:path;)*
        { $($power:ident $power_name:ident: $power_rule:ident, $exponent:literal;)* }
    ) => {
        /// An elementwise operation of the array graph.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Elementwise {
            $($(#[doc = $doc])* $variant,)*
            $(#[doc = concat!("`x` to the power `", stringify!($exponent), "`.")] $power,)*
            /// The value as a dtype.
            Cast(DType),
        }

        /// The places of the rows.
        enum Place { $($variant,)* $($power,)* }

        impl Elementwise {
            /// Every operation that is a function of its own.
            pub const NAMED: &[Elementwise] = &[$(Elementwise::$variant,)*];

            /// The powers with a literal exponent, which [`Elementwise::literal_power`] chooses.
            pub const LITERAL_POWERS: &[(Elementwise, f64)] =
                &[$((Elementwise::$power, $exponent),)*];

            /// Every operation but casts, of which there is one a dtype.
            pub const ALL: &[Elementwise] =
                &[$(Elementwise::$variant,)* $(Elementwise::$power,)*];

            /// NumPy's name (`where_` for `where`).
            pub const fn name(self) -> &'static str {
                match self {
                    $(Elementwise::$variant => stringify!($name),)*
                    $(Elementwise::$power => stringify!($power_name),)*
                    Elementwise::Cast(_) => "cast",
                }
            }

            /// The place among [`Elementwise::ALL`]; all casts have the one behind.
            #[inline]
            pub const fn place(self) -> usize {
                match self {
                    $(Elementwise::$variant => Place::$variant as usize,)*
                    $(Elementwise::$power => Place::$power as usize,)*
                    Elementwise::Cast(_) => Elementwise::ALL.len(),
                }
            }

            /// The names of the operands.
            pub const fn operands(self) -> &'static [&'static str] {
                match self {
                    $(Elementwise::$variant => &[$(stringify!($arg)),*],)*
                    $(Elementwise::$power)|* | Elementwise::Cast(_) => &["x"],
                }
            }

            /// How operand dtypes decide what is computed.
            #[inline]
            pub const fn rule(self) -> Rule {
                match self {
                    $(Elementwise::$variant => Rule::$rule,)*
                    $(Elementwise::$power => Rule::$power_rule,)*
                    Elementwise::Cast(to) => Rule::Cast(to),
                }
            }

            /// How close results are to the exact ones.
            pub const fn accuracy(self) -> Accuracy {
                match self {
                    $(Elementwise::$variant => Accuracy::$accuracy,)*
                    $(Elementwise::$power)|* => Accuracy::Ulp,
                    Elementwise::Cast(_) => Accuracy::Exact,
                }
            }

            /// Appends what the operation does to one element. The operands must have the dtypes
            /// of a [`Signature`].
            pub fn build(self, b: &mut Builder, dtypes: &[DType], args: &[V]) -> V {
                match self {
                    $(Elementwise::$variant => IntoMeaning::build($meaning, b, dtypes, args),)*
                    $(Elementwise::$power => {
                        arithmetic::literal_power(b, dtypes, args[0], $exponent)
                    })*
                    Elementwise::Cast(to) => cast::cast(b, dtypes[0], to, args[0]),
                }
            }
        }
    };
}

for_each_elementwise!(elementwise);

impl Elementwise {
    /// What computes `x` to a literal power by multiplications and roots, if it is a power of two
    /// operands that `self` stands for and the exponent is one of those.
    ///
    /// The exponent of the node that is built decides, and nothing later: an array that is known
    /// to hold this number is no literal, so that every way to evaluate a graph gives the same
    /// bits.
    #[inline]
    pub fn literal_power(self, exponent: Scalar) -> Option<Elementwise> {
        match self {
            Elementwise::Power | Elementwise::FloatPower => self.power_of_one(exponent),
            // Asked of every operation with a literal; the others are many.
            _ => None,
        }
    }

    fn power_of_one(self, exponent: Scalar) -> Option<Elementwise> {
        let value = exponent.to_f64();
        let power = match value {
            2.0 => Elementwise::Square,
            -1.0 => Elementwise::Reciprocal,
            // As in NumPy, whose `float_power` does otherwise: the roots of -0 and of minus
            // infinity are not their powers.
            0.5 if self == Elementwise::Power => Elementwise::Sqrt,
            _ => Elementwise::LITERAL_POWERS.iter().find(|(_, own)| *own == value)?.0,
        };
        // Of integers a negative power is something else.
        (exponent.dtype.kind() == Kind::Float || value > 0.0).then_some(power)
    }

    /// The number of operands.
    pub const fn arity(self) -> usize {
        self.operands().len()
    }

    /// The operation of the given name.
    pub fn from_name(name: &str) -> Option<Elementwise> {
        Elementwise::ALL.iter().copied().find(|op| op.name() == name)
    }

    /// What the operands must be cast to, and the dtype of the result.
    ///
    /// # Errors
    /// If the operation is not defined for the dtypes.
    pub fn signature(self, dtypes: &[DType]) -> Result<Signature, TypeError> {
        self.rule().apply(dtypes).ok_or_else(|| TypeError::new(self, dtypes))
    }

    /// The lane program of the operation alone.
    pub fn program(self, dtypes: &[DType]) -> Program {
        let mut b = Builder::new();
        let args: SmallVec<[V; 3]> = dtypes.iter().map(|d| b.param(LaneType::of(*d))).collect();
        let result = self.build(&mut b, dtypes, &args);
        b.finish(&[result])
    }
}
