//! Arithmetic of Python's own numbers, by Python's rules.
//!
//! In NumPy code `1/2` is computed by Python before any array sees it, and the result stays
//! weak (NEP 50): it takes the dtype of the array that it meets. Results of integers end at 2^127
//! here, where Python's go on; beyond is an error, so that no formula can ask for a huge number.
//! A literal beyond is [`Number::Huge`], which is good for what arrays have to do with it:
//! comparisons, and conversion to float.

use super::ast::{BinaryOp, UnaryOp};
use std::cmp::Ordering;

/// A number of Python's, without a dtype.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Bool(bool),
    Int(i128),
    /// An integer beyond 2^127, as the nearest float.
    Huge(f64),
    Float(f64),
}

type Computed = Result<Number, String>;

pub(super) fn unary(op: UnaryOp, x: Number) -> Computed {
    if let Number::Huge(value) = x {
        return match op {
            UnaryOp::Negative => Ok(Number::Huge(-value)),
            UnaryOp::Positive => Ok(x),
            UnaryOp::Invert => Err(beyond("~")),
        };
    }
    match (op, x.as_int()) {
        (UnaryOp::Negative, Ok(int)) => int_result("-", int.checked_neg()),
        (UnaryOp::Negative, Err(float)) => Ok(Number::Float(-float)),
        (UnaryOp::Positive, Ok(int)) => Ok(Number::Int(int)),
        (UnaryOp::Positive, Err(float)) => Ok(Number::Float(float)),
        (UnaryOp::Invert, Ok(int)) => Ok(Number::Int(!int)),
        (UnaryOp::Invert, Err(_)) => Err("bad operand type for unary ~: 'float'".into()),
    }
}

pub(super) fn binary(op: BinaryOp, x: Number, y: Number) -> Computed {
    if let Some(holds) = comparison(op) {
        return Ok(Number::Bool(compare(x, y)?.map_or(op == BinaryOp::NotEqual, holds)));
    }
    match (x, y) {
        (Number::Huge(_), Number::Bool(_) | Number::Int(_) | Number::Huge(_))
        | (Number::Bool(_) | Number::Int(_), Number::Huge(_)) => Err(beyond(op.text())),
        (Number::Huge(huge), _) | (_, Number::Huge(huge)) if huge.is_infinite() => {
            Err("int too large to convert to float".into())
        }
        (Number::Bool(x), Number::Bool(y)) if op == BinaryOp::And => Ok(Number::Bool(x & y)),
        (Number::Bool(x), Number::Bool(y)) if op == BinaryOp::Or => Ok(Number::Bool(x | y)),
        (Number::Bool(x), Number::Bool(y)) if op == BinaryOp::Xor => Ok(Number::Bool(x ^ y)),
        _ => match (x.as_int(), y.as_int()) {
            (Ok(x), Ok(y)) => ints(op, x, y),
            _ => floats(op, x.to_float(), y.to_float())
                .unwrap_or_else(|| Err(unsupported(op.text(), x.type_name(), y.type_name()))),
        },
    }
}

fn beyond(operator: &str) -> String {
    format!("`{operator}` of an integer beyond 2**127, the largest that is computed with here")
}

/// Python's message for operands that an operator does not take.
pub(super) fn unsupported(operator: &str, left: &str, right: &str) -> String {
    format!("unsupported operand type(s) for {operator}: '{left}' and '{right}'")
}

impl Number {
    /// The value as an integer, as which a bool counts too, or else as a float.
    pub fn as_int(self) -> Result<i128, f64> {
        match self {
            Number::Bool(value) => Ok(value.into()),
            Number::Int(value) => Ok(value),
            Number::Huge(value) | Number::Float(value) => Err(value),
        }
    }

    /// The integer, or the one nearest to it here; `None` for floats.
    pub fn saturated(self) -> Option<i128> {
        match self {
            Number::Bool(_) | Number::Int(_) => self.as_int().ok(),
            Number::Huge(value) => Some(value as i128),
            Number::Float(_) => None,
        }
    }

    pub fn to_float(self) -> f64 {
        self.as_int().map_or_else(|float| float, |int| int as f64)
    }

    pub fn is_float(self) -> bool {
        matches!(self, Number::Float(_))
    }

    pub fn type_name(self) -> &'static str {
        match self {
            Number::Bool(_) => "bool",
            Number::Int(_) | Number::Huge(_) => "int",
            Number::Float(_) => "float",
        }
    }
}

/// Python's `round`: ties to even; to `digits` decimals, or to an integer without.
pub(super) fn round(x: Number, digits: Option<i128>) -> Computed {
    match (x.as_int(), digits) {
        _ if matches!(x, Number::Huge(_)) => Err(beyond("round()")),
        (Ok(int), None | Some(0..)) => Ok(Number::Int(int)),
        (Ok(int), Some(digits)) => {
            let Some(unit) =
                u32::try_from(digits.unsigned_abs()).ok().and_then(|n| 10_i128.checked_pow(n))
            else {
                return Ok(Number::Int(0));
            };
            let (down, rest) = (int.div_euclid(unit), int.rem_euclid(unit));
            let up = match rest.cmp(&(unit - rest)) {
                Ordering::Less => 0,
                Ordering::Equal => down & 1,
                Ordering::Greater => 1,
            };
            int_result("round()", (down + up).checked_mul(unit))
        }
        (Err(float), None) => to_int(float.round_ties_even()),
        // Printing to that many decimals rounds the exact value, as Python does.
        (Err(float), Some(digits @ 0..=400)) => {
            let rounded = format!("{float:.*}", digits as usize).parse();
            Ok(Number::Float(rounded.unwrap_or(float)))
        }
        (Err(float), Some(0..)) => Ok(Number::Float(float)),
        (Err(float), Some(digits)) => {
            let unit = 10_f64.powi(i32::try_from(digits.unsigned_abs()).unwrap_or(i32::MAX));
            let rounded = (float / unit).round_ties_even();
            // Zero times a unit beyond all floats is to be zero.
            Ok(Number::Float(if rounded == 0.0 { rounded } else { rounded * unit }))
        }
    }
}

/// Python's `int` of a float: truncated.
pub(super) fn to_int(float: f64) -> Computed {
    if float.is_nan() {
        Err("cannot convert float NaN to integer".into())
    } else if float.abs() >= 2_f64.powi(127) {
        Err("cannot convert a float beyond 2**127 to integer".into())
    } else {
        Ok(Number::Int(float as i128))
    }
}

fn int_result(operator: &str, value: Option<i128>) -> Computed {
    value.map(Number::Int).ok_or_else(|| {
        format!("the integer result of `{operator}` is beyond 2**127, the largest here")
    })
}

fn ints(op: BinaryOp, x: i128, y: i128) -> Computed {
    let result = match op {
        BinaryOp::Add => x.checked_add(y),
        BinaryOp::Subtract => x.checked_sub(y),
        BinaryOp::Multiply => x.checked_mul(y),
        BinaryOp::And => Some(x & y),
        BinaryOp::Or => Some(x | y),
        BinaryOp::Xor => Some(x ^ y),
        BinaryOp::Divide if y == 0 => return Err("division by zero".into()),
        BinaryOp::Divide => return Ok(Number::Float(true_quotient(x, y))),
        BinaryOp::FloorDivide if y == 0 => {
            return Err("integer division or modulo by zero".into());
        }
        BinaryOp::FloorDivide => {
            let toward_zero = x.checked_div(y);
            toward_zero.map(|q| if x % y != 0 && (x < 0) != (y < 0) { q - 1 } else { q })
        }
        BinaryOp::Remainder if y == 0 => return Err("integer modulo by zero".into()),
        BinaryOp::Remainder => {
            let rest = x.wrapping_rem(y);
            Some(if rest != 0 && (rest < 0) != (y < 0) { rest + y } else { rest })
        }
        BinaryOp::Power if y < 0 => return float_power(x as f64, y as f64),
        BinaryOp::Power => int_power(x, y),
        BinaryOp::LeftShift | BinaryOp::RightShift if y < 0 => {
            return Err("negative shift count".into());
        }
        BinaryOp::LeftShift => match u32::try_from(y) {
            Ok(bits @ 0..=126) => x.checked_mul(1 << bits),
            _ => (x == 0).then_some(0),
        },
        BinaryOp::RightShift => Some(x >> y.min(127)),
        BinaryOp::MatMul => return Err(unsupported("@", "int", "int")),
        BinaryOp::Less
        | BinaryOp::LessEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterEqual
        | BinaryOp::Equal
        | BinaryOp::NotEqual => unreachable!("comparisons are done before"),
    };
    int_result(op.text(), result)
}

fn int_power(base: i128, exponent: i128) -> Option<i128> {
    match base {
        0 | 1 => Some(if exponent == 0 { 1 } else { base }),
        -1 => Some(if exponent % 2 == 0 { 1 } else { -1 }),
        _ => base.checked_pow(u32::try_from(exponent).ok()?),
    }
}

/// `x / y` rounded once, for integers that may be too large for a float.
fn true_quotient(x: i128, y: i128) -> f64 {
    let (dividend, divisor) = (x.unsigned_abs(), y.unsigned_abs());
    let (mut quotient, mut rest) = (dividend / divisor, dividend % divisor);
    let mut scale = 1.0;
    // More bits than a float keeps, so that one sticky bit below decides the rounding.
    while quotient < 1 << 60 && rest != 0 {
        let doubled = rest << 1;
        quotient = quotient << 1 | u128::from(doubled >= divisor);
        rest = if doubled >= divisor { doubled - divisor } else { doubled };
        scale /= 2.0;
    }
    let magnitude = (quotient | u128::from(rest != 0)) as f64 * scale;
    if (x < 0) != (y < 0) { -magnitude } else { magnitude }
}

/// `None` where Python has no such operation on floats.
fn floats(op: BinaryOp, x: f64, y: f64) -> Option<Computed> {
    let by_zero = |message: &str| Some(Err(message.to_string()));
    Some(Ok(Number::Float(match op {
        BinaryOp::Add => x + y,
        BinaryOp::Subtract => x - y,
        BinaryOp::Multiply => x * y,
        BinaryOp::Divide if y == 0.0 => return by_zero("float division by zero"),
        BinaryOp::Divide => x / y,
        BinaryOp::FloorDivide if y == 0.0 => return by_zero("float floor division by zero"),
        BinaryOp::FloorDivide => floor_quotient(x, y),
        BinaryOp::Remainder if y == 0.0 => return by_zero("float modulo by zero"),
        BinaryOp::Remainder => remainder(x, y),
        BinaryOp::Power => return Some(float_power(x, y)),
        BinaryOp::MatMul
        | BinaryOp::And
        | BinaryOp::Or
        | BinaryOp::Xor
        | BinaryOp::LeftShift
        | BinaryOp::RightShift => return None,
        BinaryOp::Less
        | BinaryOp::LessEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterEqual
        | BinaryOp::Equal
        | BinaryOp::NotEqual => unreachable!("comparisons are done before"),
    })))
}

/// The remainder with the sign of the divisor, which a zero remainder takes too.
fn remainder(x: f64, y: f64) -> f64 {
    let rest = x % y;
    if rest == 0.0 {
        0.0_f64.copysign(y)
    } else if (rest < 0.0) != (y < 0.0) {
        rest + y
    } else {
        rest
    }
}

/// `x // y`: the exact multiple of `y` below `x`, which `(x / y).floor()` may miss by one.
fn floor_quotient(x: f64, y: f64) -> f64 {
    let rest = x % y;
    let opposite = rest != 0.0 && (rest < 0.0) != (y < 0.0);
    let quotient = (x - rest) / y - if opposite { 1.0 } else { 0.0 };
    if quotient == 0.0 {
        return 0.0_f64.copysign(x / y);
    }
    let floor = quotient.floor();
    if quotient - floor > 0.5 { floor + 1.0 } else { floor }
}

fn float_power(x: f64, y: f64) -> Computed {
    let result = x.powf(y);
    if x == 0.0 && y < 0.0 {
        Err("0.0 cannot be raised to a negative power".into())
    } else if x < 0.0 && x.is_finite() && y.is_finite() && y.fract() != 0.0 {
        Err("a negative number to a fractional power is complex; complex numbers come with a \
             later version"
            .into())
    } else if result.is_infinite() && x.is_finite() && y.is_finite() {
        Err("the result of `**` is too large for a float".into())
    } else {
        Ok(Number::Float(result))
    }
}

fn comparison(op: BinaryOp) -> Option<fn(Ordering) -> bool> {
    Some(match op {
        BinaryOp::Less => Ordering::is_lt,
        BinaryOp::LessEqual => Ordering::is_le,
        BinaryOp::Greater => Ordering::is_gt,
        BinaryOp::GreaterEqual => Ordering::is_ge,
        BinaryOp::Equal => Ordering::is_eq,
        BinaryOp::NotEqual => Ordering::is_ne,
        _ => return None,
    })
}

/// Compares exactly, an integer with a float too; `None` if one is NaN.
fn compare(x: Number, y: Number) -> Result<Option<Ordering>, String> {
    if matches!(x, Number::Huge(_)) || matches!(y, Number::Huge(_)) {
        // What is nearest to a greater number is no less.
        return match x.to_float().partial_cmp(&y.to_float()) {
            Some(Ordering::Equal) => Err("these integers are too large to compare".into()),
            decided => Ok(decided),
        };
    }
    Ok(match (x.as_int(), y.as_int()) {
        (Ok(x), Ok(y)) => Some(x.cmp(&y)),
        (Err(x), Err(y)) => x.partial_cmp(&y),
        (Ok(x), Err(y)) => compare_int_float(x, y),
        (Err(x), Ok(y)) => compare_int_float(y, x).map(Ordering::reverse),
    })
}

fn compare_int_float(int: i128, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    // Where the conversion saturates, the integer is the smaller in magnitude, or equal to
    // -2^127 itself; elsewhere the fraction decides between neighbours.
    let whole = float.floor();
    Some(if whole >= 2_f64.powi(127) {
        Ordering::Less
    } else {
        let below = int.cmp(&(whole as i128));
        let beyond = whole < -(2_f64.powi(127));
        if beyond {
            Ordering::Greater
        } else if below.is_eq() && float > whole {
            Ordering::Less
        } else {
            below
        }
    })
}

#[cfg(test)]
mod tests {
    use super::Number::{Bool, Float, Huge, Int};
    use super::*;

    fn error(op: BinaryOp, x: Number, y: Number) -> String {
        binary(op, x, y).expect_err("no value")
    }

    #[test]
    fn integers_end_at_2_to_127() {
        let largest = Int(i128::MAX);
        let smallest = Int(i128::MIN);
        for (op, x, y) in [
            (BinaryOp::Add, largest, Int(1)),
            (BinaryOp::Subtract, smallest, Bool(true)),
            (BinaryOp::Multiply, largest, Int(2)),
            (BinaryOp::Power, Int(10), Int(10_000_000)),
            (BinaryOp::Power, Int(10), Int(i128::MAX)),
            (BinaryOp::LeftShift, Int(1), Int(200)),
            (BinaryOp::LeftShift, Int(1), Int(127)),
            (BinaryOp::LeftShift, Int(1), largest),
            (BinaryOp::FloorDivide, smallest, Int(-1)),
            (BinaryOp::Subtract, Huge(1e40), Huge(1e40)),
            (BinaryOp::RightShift, Huge(-1e40), Int(200)),
        ] {
            let message = error(op, x, y);
            assert!(message.contains(&format!("`{}`", op.text())), "{message}");
            assert!(message.contains("beyond 2**127"), "{message}");
        }
        assert!(unary(UnaryOp::Negative, smallest).is_err());
        assert_eq!(binary(BinaryOp::Remainder, smallest, Int(-1)), Ok(Int(0)));
        assert_eq!(binary(BinaryOp::LeftShift, Int(1), Int(126)), Ok(Int(1 << 126)));
        assert_eq!(binary(BinaryOp::LeftShift, Int(0), largest), Ok(Int(0)));
        assert_eq!(binary(BinaryOp::RightShift, Int(-5), largest), Ok(Int(-1)));
        assert_eq!(binary(BinaryOp::Power, Int(-1), largest), Ok(Int(-1)));
        assert_eq!(binary(BinaryOp::Power, Int(0), largest), Ok(Int(0)));
    }

    #[test]
    fn errors_are_pythons() {
        for (op, x, y, message) in [
            (BinaryOp::Divide, Int(1), Int(0), "division by zero"),
            (BinaryOp::FloorDivide, Int(1), Bool(false), "integer division or modulo by zero"),
            (BinaryOp::Remainder, Int(1), Int(0), "integer modulo by zero"),
            (BinaryOp::Divide, Float(1.0), Int(0), "float division by zero"),
            (BinaryOp::FloorDivide, Int(1), Float(-0.0), "float floor division by zero"),
            (BinaryOp::Remainder, Float(1.0), Float(0.0), "float modulo"),
            (BinaryOp::Power, Int(0), Int(-1), "cannot be raised to a negative power"),
            (BinaryOp::Power, Float(2.0), Int(5000), "too large"),
            (BinaryOp::Power, Int(-2), Float(0.5), "complex"),
            (BinaryOp::LeftShift, Int(1), Int(-1), "negative shift count"),
            (BinaryOp::RightShift, Int(1), Int(-1), "negative shift count"),
            (BinaryOp::And, Float(1.5), Int(1), "for &: 'float' and 'int'"),
            (BinaryOp::MatMul, Int(1), Float(1.5), "for @: 'int' and 'float'"),
        ] {
            let found = error(op, x, y);
            assert!(found.contains(message), "{found}");
        }
    }

    #[test]
    fn integers_and_floats_compare_exactly() {
        let exact = 1_i128 << 53;
        for (x, y, order) in [
            (Int(exact + 1), Float(exact as f64), Some(Ordering::Greater)),
            (Int(exact), Float(exact as f64), Some(Ordering::Equal)),
            (Int(2), Float(2.5), Some(Ordering::Less)),
            (Int(-3), Float(-2.5), Some(Ordering::Less)),
            (Int(-2), Float(-2.5), Some(Ordering::Greater)),
            (Int(i128::MAX), Float(2_f64.powi(127)), Some(Ordering::Less)),
            (Int(i128::MIN), Float(-(2_f64.powi(127))), Some(Ordering::Equal)),
            (Int(i128::MIN), Float(-(2_f64.powi(128))), Some(Ordering::Greater)),
            (Int(0), Float(f64::INFINITY), Some(Ordering::Less)),
            (Int(0), Float(f64::NEG_INFINITY), Some(Ordering::Greater)),
            (Int(0), Float(-0.0), Some(Ordering::Equal)),
            (Int(0), Float(f64::NAN), None),
            (Huge(1e40), Int(i128::MAX), Some(Ordering::Greater)),
            (Huge(-1e40), Int(i128::MIN), Some(Ordering::Less)),
            (Huge(1e40), Float(f64::INFINITY), Some(Ordering::Less)),
            (Huge(1e40), Float(f64::NAN), None),
            (Huge(f64::INFINITY), Huge(1e40), Some(Ordering::Greater)),
        ] {
            assert_eq!(compare(x, y), Ok(order), "{x:?} {y:?}");
            assert_eq!(compare(y, x), Ok(order.map(Ordering::reverse)), "{y:?} {x:?}");
        }
        assert!(compare(Huge(1e40), Huge(1e40)).is_err(), "the nearest floats alone are known");
    }

    #[test]
    fn quotients_of_integers_are_rounded_once() {
        for (x, y, quotient) in [
            ((1 << 53) + 1, 1, 9007199254740992.0),
            ((1 << 53) + 3, 1, 9007199254740996.0),
            ((1 << 54) + 2, 2, 9007199254740992.0),
            // One unit above the tie, far below what a float of the dividend would keep.
            ((1 << 106) + (1 << 53) + 1, 1 << 53, 9007199254740994.0),
            (1, 3, 1.0 / 3.0),
            (-7, 2, -3.5),
            (i128::MIN, -1, 2_f64.powi(127)),
            (1, i128::MIN, -(2_f64.powi(-127))),
            (0, -5, 0.0),
        ] {
            assert_eq!(true_quotient(x, y), quotient, "{x} / {y}");
        }
    }

    #[test]
    fn rounding_is_pythons() {
        for (x, digits, rounded) in [
            (Float(2.5), None, Int(2)),
            (Float(-3.5), None, Int(-4)),
            (Float(2.675), Some(2), Float(2.67)),
            (Float(1.5), Some(999), Float(1.5)),
            (Float(1234.5), Some(-2), Float(1200.0)),
            (Float(1234.5), Some(-400), Float(0.0)),
            (Int(15), Some(-1), Int(20)),
            (Int(-25), Some(-1), Int(-20)),
            (Int(26), Some(-1), Int(30)),
            (Int(26), Some(-60), Int(0)),
            (Int(7), Some(3), Int(7)),
        ] {
            assert_eq!(round(x, digits), Ok(rounded), "round({x:?}, {digits:?})");
        }
        assert!(round(Float(f64::NAN), None).is_err());
        assert!(round(Float(1e300), None).is_err());
    }
}
