//! Sine, cosine and tangent.
//!
//! After the reduction of [`super::trig_reduce`] the sine and the cosine of a remainder in
//! `[-pi/4, pi/4]` are polynomials; the quadrant says which of them is the result and with
//! which sign. Sine and cosine of one argument share everything but that choice.
//!
//! Operations are counted without constants, bit casts and the rare path for arguments
//! beyond [`super::trig_reduce`]'s limit; errors are the largest measured, in units in the
//! last place, against 113 bits or more.

use super::parts::{Pair, fast_two_sum, flip_sign, horner, two_product};
use super::trig_reduce::{reduce, reduce_f32};
use crate::lanes::{Builder, LaneType, V};
use crate::math::Format;

/// Sine.
///
/// A pair for the remainder and polynomials of degree 13 and 14 for f64; one float and
/// degrees 7 and 8 for f32. No division. 43 operations for f64, 26 for f32. Error 0.79 for
/// f64, 1.55 for f32.
pub fn sin(b: &mut Builder, x: V) -> V {
    let f = Format::of(x.ty);
    let (quadrant, sine, cosine) = sine_and_cosine(b, x);
    let even = is_even(b, quadrant);
    let value = b.select(even, sine, cosine);
    // Negative in the second half of a turn, and odd in x, zeros included.
    let (flip, bits) = (second_half(b, quadrant), b.bitcast(f.int, x));
    let flip = b.xor(flip, bits);
    flip_sign(b, value, flip)
}

/// Cosine.
///
/// As [`sin`], with the choice by quadrant the other way round. 43 operations for f64, 26 for
/// f32. Error 0.77 for f64, 1.56 for f32.
pub fn cos(b: &mut Builder, x: V) -> V {
    let (quadrant, sine, cosine) = sine_and_cosine(b, x);
    let even = is_even(b, quadrant);
    let value = b.select(even, cosine, sine);
    // The sign of the sine a quarter turn on.
    let one = b.int(quadrant.ty, 1);
    let next = b.iadd(quadrant, one);
    let flip = second_half(b, next);
    flip_sign(b, value, flip)
}

/// Tangent.
///
/// For f64 sine and cosine as pairs and their quotient, for f32 a polynomial of degree 13 and
/// its reciprocal in odd quadrants. One division. 60 operations for f64, 35 for f32. Error
/// 0.85 for f64, 1.93 for f32.
pub fn tan(b: &mut Builder, x: V) -> V {
    let f = Format::of(x.ty);
    let magnitude = b.fabs(x);
    let reduced = reduce(b, magnitude);
    let even = is_even(b, reduced.quadrant);
    let value = match x.ty {
        LaneType::F32 => tangent_f32(b, reduced.rest, even),
        _ => tangent_f64(b, reduced.rest, even),
    };
    // A quarter turn on it is minus the cotangent: the lowest quadrant bit is a sign.
    let last = b.int(f.int, i64::from(f.int.bits()) - 1);
    let (flip, bits) = (b.shl(reduced.quadrant, last), b.bitcast(f.int, x));
    let flip = b.xor(flip, bits);
    flip_sign(b, value, flip)
}

/// The quadrant of `|x|`, and the sine and the cosine of what is left.
fn sine_and_cosine(b: &mut Builder, x: V) -> (V, V, V) {
    let magnitude = b.fabs(x);
    if x.ty == LaneType::F32 {
        let reduced = reduce_f32(b, magnitude);
        let (sine, cosine) = kernels_f32(b, reduced.rest.high);
        return (reduced.quadrant, sine, cosine);
    }
    let reduced = reduce(b, magnitude);
    let [sine, cosine] = kernels_f64(b, reduced.rest).map(|pair| b.fadd(pair.high, pair.low));
    (reduced.quadrant, sine, cosine)
}

/// Sine and cosine of a pair, each as an unrounded sum whose low part is small enough for
/// its errors not to matter.
fn kernels_f64(b: &mut Builder, x: Pair) -> [Pair; 2] {
    let ty = x.high.ty;
    let (half, one) = (b.float(ty, 0.5), b.float(ty, 1.0));
    let square = b.fmul(x.high, x.high);
    let half_square = b.fmul(square, half);
    let main = b.fsub(one, half_square);
    // x + x^3 * S(x^2), and the low part times the derivative.
    let polynomial = horner(b, square, &SINE_F64);
    let cube = b.fmul(square, x.high);
    let sine_low = b.fmul(x.low, main);
    let sine_low = b.fma(cube, polynomial, sine_low);
    // 1 - x^2/2 + x^4 * C(x^2), with what rounding took from the first difference.
    let polynomial = horner(b, square, &COSINE_F64);
    let fourth = b.fmul(square, square);
    let kept = b.fsub(one, main);
    let lost = b.fsub(kept, half_square);
    let from_low = b.fmul(x.high, x.low);
    let lost = b.fsub(lost, from_low);
    let cosine_low = b.fma(fourth, polynomial, lost);
    [Pair { high: x.high, low: sine_low }, Pair { high: main, low: cosine_low }]
}

/// Sine and cosine of one float.
fn kernels_f32(b: &mut Builder, x: V) -> (V, V) {
    let (minus_half, one) = (b.float(x.ty, -0.5), b.float(x.ty, 1.0));
    let square = b.fmul(x, x);
    let (cube, fourth) = (b.fmul(square, x), b.fmul(square, square));
    let polynomial = horner(b, square, &SINE_F32);
    let sine = b.fma(cube, polynomial, x);
    let polynomial = horner(b, square, &COSINE_F32);
    let main = b.fma(square, minus_half, one);
    (sine, b.fma(fourth, polynomial, main))
}

/// The tangent of a pair if `even`, else its cotangent: sine and cosine as pairs, and
/// their quotient with one correction for what all four parts leave.
fn tangent_f64(b: &mut Builder, x: Pair, even: V) -> V {
    let ty = x.high.ty;
    let [sine, cosine] = kernels_f64(b, x);
    let sine = fast_two_sum(b, sine.high, sine.low);
    // The rounding of x^2 is too much for the cosine here.
    let square = two_product(b, x.high, x.high);
    let minus_half = b.float(ty, -0.5);
    let cosine_low = b.fma(square.low, minus_half, cosine.low);
    let cosine = fast_two_sum(b, cosine.high, cosine_low);
    let top = b.select(even, sine.high, cosine.high);
    let top_low = b.select(even, sine.low, cosine.low);
    let bottom = b.select(even, cosine.high, sine.high);
    let bottom_low = b.select(even, cosine.low, sine.low);
    let one = b.float(ty, 1.0);
    let inverse = b.fdiv(one, bottom);
    let quotient = b.fmul(top, inverse);
    let minus_quotient = b.fneg(quotient);
    let rest = b.fma(minus_quotient, bottom, top);
    let rest = b.fadd(rest, top_low);
    let rest = b.fma(minus_quotient, bottom_low, rest);
    b.fma(rest, inverse, quotient)
}

/// The tangent of a pair if `even`, else its cotangent: a polynomial, and its reciprocal.
fn tangent_f32(b: &mut Builder, x: Pair, even: V) -> V {
    let one = b.float(x.high.ty, 1.0);
    let square = b.fmul(x.high, x.high);
    let cube = b.fmul(square, x.high);
    let polynomial = horner(b, square, &TANGENT_F32);
    // The derivative is 1 + tan^2, nearly 1 + x^2.
    let low = b.fma(x.low, square, x.low);
    let low = b.fma(cube, polynomial, low);
    let tangent = b.fadd(x.high, low);
    let top = b.select(even, tangent, one);
    let bottom = b.select(even, one, tangent);
    b.fdiv(top, bottom)
}

fn is_even(b: &mut Builder, quadrant: V) -> V {
    let (one, zero) = (b.int(quadrant.ty, 1), b.int(quadrant.ty, 0));
    let last = b.and(quadrant, one);
    b.ieq(last, zero)
}

/// The quadrant's second bit as the top bit; other bits mean nothing.
fn second_half(b: &mut Builder, quadrant: V) -> V {
    let up = b.int(quadrant.ty, i64::from(quadrant.ty.bits()) - 2);
    b.shl(quadrant, up)
}

/// `(sin(x)/x - 1)/x^2` in `x^2`: the coefficients of fdlibm's `k_sin.c` (Sun Microsystems,
/// 1993), error below 2^-58 for `|x| < 0.7854`.
const SINE_F64: [f64; 6] = [
    -0.16666666666666632,
    0.00833333333332249,
    -0.0001984126982985795,
    2.7557313707070068e-06,
    -2.5050760253406863e-08,
    1.58969099521155e-10,
];

/// `(cos(x) - 1 + x^2/2)/x^4` in `x^2`: the coefficients of fdlibm's `k_cos.c` (Sun
/// Microsystems, 1993), error below 2^-58 for `|x| < 0.7854`.
const COSINE_F64: [f64; 6] = [
    0.0416666666666666,
    -0.001388888888887411,
    2.480158728947673e-05,
    -2.7557314351390663e-07,
    2.087572321298175e-09,
    -1.1359647557788195e-11,
];

/// As [`SINE_F64`]; minimax for `|x| < 0.8054`, relative error 2^-27.7.
const SINE_F32: [f64; 3] = [-0.1666665375, 0.008332056925, -0.0001950074657];

/// As [`COSINE_F64`]; minimax for `|x| < 0.8054`, error 2^-32.9.
const COSINE_F32: [f64; 3] = [0.04166664183, -0.001388720819, 2.441993092e-5];

/// `(tan(x)/x - 1)/x^2` in `x^2`; minimax for `|x| < 0.8054`, relative error 2^-24.9.
const TANGENT_F32: [f64; 6] =
    [0.3333305418, 0.1334134191, 0.05320813879, 0.02513290755, 0.002023665234, 0.01001796126];
