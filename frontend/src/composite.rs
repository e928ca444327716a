//! Functions made of elementwise operations.

use crate::operand::result_type;
use crate::{Array, DType, ErrorKind, Index, Operand, build};
use jitney_ir::Kind;
use std::f64::consts::PI;
use std::ops::RangeFull;

/// A bound of [`clip`]: a number, an array, or `..`, NumPy's `None`, for none.
#[derive(Clone)]
pub struct ClipBound(pub(crate) Option<Operand>);

impl<T: Into<Operand>> From<T> for ClipBound {
    fn from(bound: T) -> ClipBound {
        ClipBound(Some(bound.into()))
    }
}

impl From<RangeFull> for ClipBound {
    fn from(_: RangeFull) -> ClipBound {
        ClipBound(None)
    }
}

/// Values cut to the range from `min` to `max`, either of which may be an array, or `..` for none.
///
/// Dtype: the common one of all three.
///
/// NumPy: `np.clip(x, min, max)`.
///
/// # Errors
/// Deferred: as [`crate::maximum`].
///
/// ```
/// use jitney as jn;
/// let x = jn::arange(5);
/// assert_eq!(jn::clip(&x, 1, 3).to_vec::<i64>()?, [1, 1, 2, 3, 3]);
/// assert_eq!(x.clip(.., 3).to_vec::<i64>()?, [0, 1, 2, 3, 3]);
/// # Ok::<(), jn::Error>(())
/// ```
#[track_caller]
pub fn clip(a: &Array, min: impl Into<ClipBound>, max: impl Into<ClipBound>) -> Array {
    clip_to(a, min.into().0, max.into().0)
}

/// The method.
#[track_caller]
pub(crate) fn clip_between(a: &Array, min: ClipBound, max: ClipBound) -> Array {
    clip_to(a, min.0, max.0)
}

/// NumPy's function, which takes both bounds by place, or either as `min` and `max`.
#[track_caller]
pub(crate) fn clip_any(
    a: &Array,
    a_min: Option<ClipBound>,
    a_max: Option<ClipBound>,
    min: Option<ClipBound>,
    max: Option<ClipBound>,
) -> Array {
    let bound = |given: Option<ClipBound>| given.and_then(|bound| bound.0);
    let refused = |message: &str| Array::error_at(ErrorKind::Value, "clip", message);
    match ((a_min, a_max), (min, max)) {
        ((None, None), (min, max)) => clip_to(a, bound(min), bound(max)),
        ((Some(low), Some(high)), (None, None)) => clip_to(a, low.0, high.0),
        ((Some(_), Some(_)), _) => {
            refused("takes `min` and `max` in the place of `a_min` and `a_max`")
        }
        ((None, Some(_)), _) => refused(
            "missing 1 required argument: 'a_min': write None for a bound that is not wanted",
        ),
        ((Some(_), None), _) => refused(
            "missing 1 required argument: 'a_max': write None for a bound that is not wanted",
        ),
    }
}

/// NumPy's `where`, of one argument or of three.
#[track_caller]
pub(crate) fn where_any(condition: Operand, x: Option<Operand>, y: Option<Operand>) -> Array {
    match (x, y) {
        (Some(x), Some(y)) => crate::where_(condition, x, y),
        (None, None) => {
            let message = "the places where a condition holds come with a later version: give the \
                           values for both cases, `where(condition, x, y)`";
            Array::error_at(ErrorKind::Value, "where", message)
        }
        _ => {
            let message = "either both or neither of x and y should be given";
            Array::error_at(ErrorKind::Value, "where", message)
        }
    }
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

#[track_caller]
pub(crate) fn round(x: &Array, decimals: isize) -> Array {
    // Beyond these there is no float.
    let decimals = decimals.clamp(-400, 400) as i32;
    let scale = 10f64.powi(decimals.abs());
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

#[track_caller]
pub(crate) fn fix(x: &Array) -> Array {
    x.trunc()
}

#[track_caller]
pub(crate) fn divmod(x1: Operand, x2: Operand) -> (Array, Array) {
    (crate::floor_divide(x1.clone(), x2.clone()), crate::remainder(x1, x2))
}

#[track_caller]
pub(crate) fn modf(x: &Array) -> (Array, Array) {
    (x.modf_fraction(), x.modf_integral())
}

#[track_caller]
pub(crate) fn frexp(x: &Array) -> (Array, Array) {
    (x.frexp_mantissa(), x.frexp_exponent())
}

#[track_caller]
pub(crate) fn sinc(x: &Array) -> Array {
    let y = x * PI;
    y.equal(0.0).where_(1.0, y.sin() / &y)
}

#[track_caller]
pub(crate) fn real(x: &Array) -> Array {
    x.clone()
}

#[track_caller]
pub(crate) fn imag(x: &Array) -> Array {
    crate::zeros_like(x)
}

#[track_caller]
pub(crate) fn conj(x: &Array) -> Array {
    if x.dtype() == DType::Bool { x.astype(DType::I8) } else { x.clone() }
}

#[track_caller]
pub(crate) fn angle(x: &Array, deg: bool) -> Array {
    // A weak integer leaves small integers the small float that they are computed in.
    let angle = crate::arctan2(0, x);
    if deg { angle.rad2deg() } else { angle }
}

#[track_caller]
pub(crate) fn isclose(a: &Array, b: &Array, rtol: f64, atol: f64, equal_nan: bool) -> Array {
    // Distances of integers must not wrap.
    let b_float = b.astype(crate::reduce::float_of(b.dtype()));
    let close = (a - &b_float).abs().less_equal(b_float.abs() * rtol + atol);
    let close = close & b_float.isfinite() | a.equal(b);
    if equal_nan { close | (a.isnan() & b.isnan()) } else { close }
}

#[track_caller]
pub(crate) fn allclose(a: &Array, b: &Array, rtol: f64, atol: f64, equal_nan: bool) -> Array {
    isclose(a, b, rtol, atol, equal_nan).all(..)
}

/// What [`nan_to_num`](crate::nan_to_num()) puts in the place of NaN: a number.
pub struct Filling(pub(crate) Option<f64>);

impl<T: Into<f64>> From<T> for Filling {
    fn from(value: T) -> Filling {
        Filling(Some(value.into()))
    }
}

#[track_caller]
pub(crate) fn nan_to_num(
    x: &Array,
    // Whether to copy makes no difference to values.
    _copy: bool,
    nan: Filling,
    posinf: Option<f64>,
    neginf: Option<f64>,
) -> Array {
    match x.dtype().kind() {
        Kind::Float => {}
        Kind::Bool | Kind::Signed | Kind::Unsigned => return x.clone(),
    }
    let Some(nan) = nan.0 else {
        return Array::error_at(ErrorKind::Value, "nan_to_num", "nan is a number, not None");
    };
    let largest = if x.dtype() == DType::F32 { f64::from(f32::MAX) } else { f64::MAX };
    let finite = x.equal(f64::INFINITY).where_(posinf.unwrap_or(largest), x);
    let finite = x.equal(f64::NEG_INFINITY).where_(neginf.unwrap_or(-largest), finite);
    x.isnan().where_(nan, finite)
}

#[track_caller]
pub(crate) fn select(conditions: &[Array], choices: &[Operand], default: Operand) -> Array {
    if conditions.len() != choices.len() || conditions.is_empty() {
        let (n, m) = (conditions.len(), choices.len());
        let message =
            format!("needs as many choices as conditions, got {n} conditions, {m} choices");
        return Array::error_at(ErrorKind::Value, "select", message);
    }
    let is_no_truth = |array: &&Array| !array.is_failed() && array.dtype() != DType::Bool;
    if let Some(condition) = conditions.iter().find(is_no_truth) {
        let message = format!("a condition is {}: it should be bool", condition.dtype());
        return Array::error_at(ErrorKind::DType, "select", message);
    }
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
