//! Functions made of elementwise operations.

use crate::operand::result_type;
use crate::{Array, DType, ErrorKind, Index, Operand, build};
use jitney_ir::Kind;
use std::f64::consts::PI;

/// Values cut to the range from `low` to `high`, either of which may be an array.
///
/// Dtype: the common one of all three.
///
/// NumPy: `np.clip(x, low, high)`.
///
/// # Errors
/// Deferred: as [`crate::maximum`].
#[track_caller]
pub fn clip(x: &Array, low: impl Into<Operand>, high: impl Into<Operand>) -> Array {
    clip_to(x, Some(low.into()), Some(high.into()))
}

/// `x` cut to the bounds that there are.
#[track_caller]
pub(crate) fn clip_to(x: &Array, low: Option<Operand>, high: Option<Operand>) -> Array {
    // As in NumPy, a bound that no integer of the dtype reaches is no bound and no mistake.
    let (least, most) = x.dtype().int_range();
    let beyond = |bound: &Operand| match bound {
        Operand::Int(value) => x.dtype().is_int().then_some((*value <= least, *value >= most)),
        Operand::Huge(value) => x.dtype().is_int().then_some((*value < 0.0, *value > 0.0)),
        Operand::Array(_) | Operand::Bool(_) | Operand::Float(_) => None,
    };
    let low = low.filter(|low| !beyond(low).is_some_and(|(below, _)| below));
    let high = high.filter(|high| !beyond(high).is_some_and(|(_, above)| above));
    let x = Operand::from(x);
    let dtype = result_type([Some(&x), low.as_ref(), high.as_ref()].into_iter().flatten());
    let fit = |operand| match operand {
        Operand::Array(array) => Operand::Array(build::cast(&array, dtype)),
        weak => weak,
    };
    let (x, low, high) = (fit(x), low.map(fit), high.map(fit));
    let is_scalar = |bound: &Operand| build::shape_of(bound).is_none_or(|shape| shape.rank() == 0);
    match (low, high) {
        // NumPy has two loops that differ in zeros equal to a bound: between two scalars `x`
        // keeps its sign, else it takes the bound's. The second operand wins among equals.
        (Some(low), Some(high)) if is_scalar(&low) && is_scalar(&high) => {
            crate::minimum(high, crate::maximum(low, x))
        }
        (Some(low), Some(high)) => crate::minimum(crate::maximum(x, low), high),
        (Some(low), None) => crate::maximum(x, low),
        (None, Some(high)) => crate::minimum(x, high),
        (None, None) => crate::positive(x),
    }
}

/// Rounded to the given number of decimals, ties to even; negative ones round before the
/// point.
///
/// Dtype: that of `x`; `float32` for bool.
///
/// NumPy: `np.round(x, decimals)`.
///
/// # Errors
/// Deferred: decimals of bool.
#[track_caller]
pub fn round(x: &Array, decimals: i32) -> Array {
    let scale = 10f64.powi(decimals.saturating_abs());
    match (x.dtype().kind(), decimals) {
        (_, _) if x.is_failed() => x.clone(),
        (Kind::Bool | Kind::Float, 0) => x.rint(),
        (Kind::Bool, _) => {
            let message = "bool has no decimals: cast it to a number with astype first";
            Array::error_at(ErrorKind::DType, "round", message)
        }
        (Kind::Signed | Kind::Unsigned, 0..) => x.clone(),
        (Kind::Signed | Kind::Unsigned, _) => (x / scale).rint().multiply(scale).astype(x.dtype()),
        (Kind::Float, 1..) => (x * scale).rint() / scale,
        (Kind::Float, _) => (x / scale).rint() * scale,
    }
}

/// The integer part: [`crate::trunc`].
///
/// NumPy: `np.fix(x)`.
#[track_caller]
pub fn fix(x: &Array) -> Array {
    x.trunc()
}

/// The floored quotient and the remainder.
///
/// NumPy: `np.divmod(x1, x2)`.
#[track_caller]
pub fn divmod(x1: impl Into<Operand>, x2: impl Into<Operand>) -> (Array, Array) {
    let (x1, x2) = (x1.into(), x2.into());
    (crate::floor_divide(x1.clone(), x2.clone()), crate::remainder(x1, x2))
}

/// The fractional and the integral part, both with the sign of `x`.
///
/// NumPy: `np.modf(x)`.
#[track_caller]
pub fn modf(x: &Array) -> (Array, Array) {
    (x.modf_fraction(), x.modf_integral())
}

/// Mantissas of magnitude in `[0.5, 1)` and `int32` exponents of two.
///
/// NumPy: `np.frexp(x)`.
#[track_caller]
pub fn frexp(x: &Array) -> (Array, Array) {
    (x.frexp_mantissa(), x.frexp_exponent())
}

/// `sin(pi*x) / (pi*x)`, 1 at 0.
///
/// NumPy: `np.sinc(x)`.
#[track_caller]
pub fn sinc(x: &Array) -> Array {
    let y = x * PI;
    y.equal(0.0).where_(1.0, y.sin() / &y)
}

/// The real part: the array itself.
///
/// NumPy: `np.real(x)`.
pub fn real(x: &Array) -> Array {
    x.clone()
}

/// The imaginary part of a real array: zeros.
///
/// NumPy: `np.imag(x)`.
#[track_caller]
pub fn imag(x: &Array) -> Array {
    crate::zeros_like(x)
}

/// The complex conjugate of a real array: itself.
///
/// Dtype: that of `x`; `int8` for bool.
///
/// NumPy: `np.conj(x)`.
pub fn conj(x: &Array) -> Array {
    if x.dtype() == DType::Bool { x.astype(DType::I8) } else { x.clone() }
}

/// The angle of a real array in the complex plane, in radians: 0, or pi where negative.
///
/// NumPy: `np.angle(x)`.
#[track_caller]
pub fn angle(x: &Array) -> Array {
    // A weak integer leaves small integers the small float that they are computed in.
    crate::arctan2(0, x)
}

/// Whether `|a - b| <= atol + rtol * |b|`; infinities only equal themselves, NaN equals NaN
/// only if asked to.
///
/// NumPy: `np.isclose(a, b, rtol, atol, equal_nan)`; NumPy's defaults are `1e-5` and `1e-8`.
#[track_caller]
pub fn isclose(a: &Array, b: &Array, rtol: f64, atol: f64, equal_nan: bool) -> Array {
    // Distances of integers must not wrap.
    let b_float = b.astype(crate::reduce::float_of(b.dtype()));
    let close = (a - &b_float).abs().less_equal(b_float.abs() * rtol + atol);
    let close = close & b_float.isfinite() | a.equal(b);
    if equal_nan { close | (a.isnan() & b.isnan()) } else { close }
}

/// NaN and infinities replaced.
///
/// NumPy: `np.nan_to_num(x, nan=…, posinf=…, neginf=…)`; infinities become the largest
/// finite values if not given.
#[track_caller]
pub fn nan_to_num(x: &Array, nan: f64, posinf: Option<f64>, neginf: Option<f64>) -> Array {
    match x.dtype().kind() {
        Kind::Float => {}
        Kind::Bool | Kind::Signed | Kind::Unsigned => return x.clone(),
    }
    let largest = if x.dtype() == DType::F32 { f64::from(f32::MAX) } else { f64::MAX };
    let finite = x.equal(f64::INFINITY).where_(posinf.unwrap_or(largest), x);
    let finite = x.equal(f64::NEG_INFINITY).where_(neginf.unwrap_or(-largest), finite);
    x.isnan().where_(nan, finite)
}

/// The first choice whose condition holds, else the default.
///
/// Dtype: the common one of choices and default.
///
/// NumPy: `np.select(conditions, choices, default)`.
///
/// # Errors
/// Deferred: lists of different lengths; a condition that is not bool.
#[track_caller]
pub fn select(conditions: &[&Array], choices: &[Operand], default: impl Into<Operand>) -> Array {
    if conditions.len() != choices.len() || conditions.is_empty() {
        let (n, m) = (conditions.len(), choices.len());
        let message =
            format!("needs as many choices as conditions, got {n} conditions, {m} choices");
        return Array::error_at(ErrorKind::Value, "select", message);
    }
    let is_no_truth = |array: &&&Array| !array.is_failed() && array.dtype() != DType::Bool;
    if let Some(condition) = conditions.iter().find(is_no_truth) {
        let message = format!("a condition is {}: it should be bool", condition.dtype());
        return Array::error_at(ErrorKind::DType, "select", message);
    }
    let default = default.into();
    let dtype = result_type(choices.iter().chain([&default]));
    let mut rest = build::choice("select", default, dtype);
    for (condition, choice) in conditions.iter().zip(choices).rev() {
        rest = condition.where_(build::choice("select", choice.clone(), dtype), rest);
    }
    rest
}

/// The value of the last function whose condition holds, else of the function past the
/// conditions, else 0; of the dtype of `x`. Conditions choose along the first axes of `x`.
///
/// NumPy: `np.piecewise(x, conditions, functions)`.
///
/// # Errors
/// Deferred: too few or too many functions; a condition of another shape than `x`, or of another
/// than the other conditions.
#[track_caller]
pub fn piecewise(
    x: &Array,
    conditions: &[&Array],
    functions: &[&dyn Fn(&Array) -> Array],
) -> Array {
    let default = functions.len() == conditions.len() + 1;
    if !default && functions.len() != conditions.len() {
        let (n, m) = (conditions.len(), functions.len());
        let message = format!("with {n} conditions, either {n} or {} functions, not {m}", n + 1);
        return Array::error_at(ErrorKind::Value, "piecewise", message);
    }
    if let Some(failed) = [x].iter().chain(conditions).find(|array| array.is_failed()) {
        return (*failed).clone();
    }
    let unlike = |condition: &&&Array| {
        !x.shape().starts_with(condition.shape()) || condition.shape() != conditions[0].shape()
    };
    if let Some(condition) = conditions.iter().find(unlike) {
        let (shape, other) = (condition.full_shape(), x.full_shape());
        let message = format!("a condition of shape {shape} for an array of shape {other}");
        return Array::error_at(ErrorKind::Shape, "piecewise", message);
    }
    let otherwise = functions.last().filter(|_| default).map(|function| function(x));
    let mut result = otherwise.unwrap_or_else(|| crate::zeros_like(x)).astype(x.dtype());
    for (condition, function) in conditions.iter().zip(functions) {
        let inner = vec![Index::NewAxis; x.ndim() - condition.ndim()];
        let index = [Index::Ellipsis].into_iter().chain(inner).collect::<Vec<_>>();
        result = condition.slice(index).where_(function(x).astype(x.dtype()), result);
    }
    result
}

impl Array {
    /// Values cut to a range: [`clip`].
    #[track_caller]
    pub fn clip(&self, low: impl Into<Operand>, high: impl Into<Operand>) -> Array {
        clip(self, low, high)
    }

    /// Rounded to a number of decimals: [`round`].
    #[track_caller]
    pub fn round(&self, decimals: i32) -> Array {
        round(self, decimals)
    }
}
