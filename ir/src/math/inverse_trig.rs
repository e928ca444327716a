//! Inverse sine, cosine and tangent.
//!
//! Each brings its argument into a short interval around zero by an identity, evaluates one
//! polynomial there, and adds the result to a multiple of `pi/4` that is known to twice the
//! precision. Only signs, factors and multiples are selected.
//!
//! Operations are counted without constants and bit casts; errors are the largest measured,
//! in units in the last place, against 113 bits or more.

use super::parts::{Pair, estrin, flip_sign, horner, rough_reciprocal, scale, signed_like};
use crate::lanes::{Builder, LaneType, V};
use crate::math::Format;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

/// Inverse tangent.
///
/// Above 1 the angle of the reciprocal is taken from pi/2; for f64 angles above 1/2 are counted
/// from pi/4. One division and a polynomial of degree 29 (f64) or 17 (f32). 44 operations for
/// f64, 25 for f32. Error 0.95 for f64, 1.51 for f32.
pub fn arctan(b: &mut Builder, x: V) -> V {
    if x.ty == LaneType::F32 {
        return arctan_single(b, x);
    }
    let f = Format::of(x.ty);
    let (zero, one, two) = (b.float(x.ty, 0.0), b.float(x.ty, 1.0), b.float(x.ty, 2.0));
    let magnitude = b.fabs(x);
    let (low, high) = (b.fmin(magnitude, one), b.fmax(magnitude, one));
    let swapped = b.flt(one, magnitude);
    let (sign, unsigned) = (b.int(f.int, f.sign), b.int(f.int, 0));
    let flip = b.select(swapped, sign, unsigned);
    let ratio = folded(b, low, high, flip);
    let unfolded = b.select(swapped, two, zero);
    let eighths = b.select(ratio.is_folded, one, unfolded);
    let quotient = b.fdiv(ratio.top, ratio.bottom);
    let correction = arctan_correction(b, quotient, None);
    let angle = eighths_plus(b, eighths, quotient, correction);
    signed_like(b, angle, x)
}

/// The angle of the point `(x, y)`.
///
/// [`arctan`] of the smaller over the larger coordinate, scaled so that nothing overflows, with
/// what the division lost for f64. One division. 65 operations for f64, 34 for f32, 4 more in
/// rare cases. Error 1.00 for f64, 1.81 for f32.
pub fn arctan2(b: &mut Builder, y: V, x: V) -> V {
    if x.ty == LaneType::F32 {
        return arctan2_single(b, y, x);
    }
    let f = Format::of(x.ty);
    let (zero, one, two) = (b.float(x.ty, 0.0), b.float(x.ty, 1.0), b.float(x.ty, 2.0));
    let (width, height) = (b.fabs(x), b.fabs(y));
    let swapped = b.flt(width, height);
    let (low, high) = (b.fmin(height, width), b.fmax(height, width));
    let (low, high) = moderate(b, low, high);
    // A negative x, zero included, mirrors the angle: pi minus it.
    let (x_bits, sign, unsigned) = (b.bitcast(f.int, x), b.int(f.int, f.sign), b.int(f.int, 0));
    let mirrored = b.slt(x_bits, unsigned);
    let flip = b.select(swapped, sign, unsigned);
    let flip = b.xor(flip, x_bits);
    let ratio = folded(b, low, high, flip);
    let unfolded = b.select(swapped, two, zero);
    let eighths = b.select(ratio.is_folded, one, unfolded);
    let four = b.float(x.ty, 4.0);
    let from_half_turn = b.fsub(four, eighths);
    let eighths = b.select(mirrored, from_half_turn, eighths);
    let (quotient, lost) = divided(b, &ratio);
    let correction = arctan_correction(b, quotient, lost);
    let angle = eighths_plus(b, eighths, quotient, correction);
    signed_like(b, angle, y)
}

/// Inverse sine.
///
/// A polynomial up to 1/2, the half-angle formula above. One square root and degree 27 (f64) or
/// 11 (f32). 40 operations for f64, 26 for f32. Error 0.63 for f64, 1.18 for f32.
pub fn arcsin(b: &mut Builder, x: V) -> V {
    let chord = half_angle(b, x);
    // Near 1 it is pi/2 minus twice the half angle.
    let (zero, one, two) = (b.float(x.ty, 0.0), b.float(x.ty, 1.0), b.float(x.ty, 2.0));
    let minus_two = b.float(x.ty, -2.0);
    let factor = b.select(chord.is_outer, minus_two, one);
    let eighths = b.select(chord.is_outer, two, zero);
    let (main, correction) = (b.fmul(chord.sine, factor), b.fmul(chord.correction, factor));
    let angle = eighths_plus(b, eighths, main, correction);
    signed_like(b, angle, x)
}

/// Inverse cosine.
///
/// As [`arcsin`], from other multiples of pi/2. 42 operations for f64, 28 for f32. Error
/// 0.63 for f64, 1.14 for f32.
pub fn arccos(b: &mut Builder, x: V) -> V {
    let chord = half_angle(b, x);
    // Near 0 pi/2 minus the inverse sine, near 1 twice the half angle, near -1 pi minus it.
    let (zero, two, four) = (b.float(x.ty, 0.0), b.float(x.ty, 2.0), b.float(x.ty, 4.0));
    let minus_one = b.float(x.ty, -1.0);
    let negative = b.flt(x, zero);
    let outer_eighths = b.select(negative, four, zero);
    let eighths = b.select(chord.is_outer, outer_eighths, two);
    let factor = b.select(chord.is_outer, two, minus_one);
    let factor = signed_like(b, factor, x);
    let (main, correction) = (b.fmul(chord.sine, factor), b.fmul(chord.correction, factor));
    eighths_plus(b, eighths, main, correction)
}

/// [`arctan`] of floats: to fold the interval once more would take longer than the terms of the
/// polynomial that it saves.
fn arctan_single(b: &mut Builder, x: V) -> V {
    let magnitude = b.fabs(x);
    let (one, minus_one) = (b.float(x.ty, 1.0), b.float(x.ty, -1.0));
    let is_swapped = b.flt(one, magnitude);
    let top = b.select(is_swapped, minus_one, magnitude);
    let bottom = b.select(is_swapped, magnitude, one);
    let quotient = b.fdiv(top, bottom);
    let (zero, high) = (b.float(x.ty, 0.0), b.float(x.ty, RIGHT_ANGLE_SINGLE));
    let low = b.float(x.ty, FRAC_PI_2 - RIGHT_ANGLE_SINGLE);
    let base =
        Pair { high: b.select(is_swapped, high, zero), low: b.select(is_swapped, low, zero) };
    let angle = plus_arctan(b, base, quotient);
    signed_like(b, angle, x)
}

/// [`arctan2`] of floats.
fn arctan2_single(b: &mut Builder, y: V, x: V) -> V {
    let f = Format::of(x.ty);
    let (zero, one) = (b.float(x.ty, 0.0), b.float(x.ty, 1.0));
    let (width, height) = (b.fabs(x), b.fabs(y));
    let is_swapped = b.flt(width, height);
    let low = b.select(is_swapped, width, height);
    let high = b.select(is_swapped, height, width);
    let ratio = b.fdiv(low, high);
    // What is no quotient: 0/0 is 0 here, and two infinities are as far.
    let (is_zero, is_diagonal) = (b.feq(high, zero), b.feq(low, high));
    let diagonal = b.select(is_zero, zero, one);
    let rare = b.select(is_diagonal, diagonal, ratio);
    let is_rare = is_no_positive_number(b, high);
    let ratio = b.select_rare(is_rare, rare, ratio);

    // A negative x, zero included, mirrors the angle: pi minus it.
    let (x_bits, sign, unsigned) = (b.bitcast(f.int, x), b.int(f.int, f.sign), b.int(f.int, 0));
    let is_mirrored = b.slt(x_bits, unsigned);
    let flip = b.select(is_swapped, sign, unsigned);
    let flip = b.xor(flip, x_bits);
    let quotient = flip_sign(b, ratio, flip);
    let right_angle = b.float(x.ty, RIGHT_ANGLE_SINGLE);
    let half_turn = b.float(x.ty, 2.0 * RIGHT_ANGLE_SINGLE);
    let unswapped = b.select(is_mirrored, half_turn, zero);
    let base = b.select(is_swapped, right_angle, unswapped);
    let share = b.float(x.ty, (FRAC_PI_2 - RIGHT_ANGLE_SINGLE) / RIGHT_ANGLE_SINGLE);
    let base = Pair { high: base, low: b.fmul(base, share) };
    let angle = plus_arctan(b, base, quotient);
    signed_like(b, angle, y)
}

/// `base + arctan(x)` of floats, for `|x| <= 1`.
fn plus_arctan(b: &mut Builder, base: Pair, x: V) -> V {
    let square = b.fmul(x, x);
    let polynomial = estrin(b, square, &ARCTAN_F32);
    let cube = b.fmul(square, x);
    let correction = b.fma(cube, polynomial, base.low);
    let angle = b.fadd(x, correction);
    b.fadd(base.high, angle)
}

/// Whether a float that is not negative is zero, infinite or NaN.
fn is_no_positive_number(b: &mut Builder, x: V) -> V {
    let f = Format::of(x.ty);
    let (one, n_numbers) = (b.int(f.int, 1), b.int(f.int, f.inf - 1));
    let bits = b.bitcast(f.int, x);
    let below = b.isub(bits, one);
    b.ule(n_numbers, below)
}

/// A quotient of magnitude at most [`FOLD`] whose inverse tangent is wanted.
struct Ratio {
    top: V,
    bottom: V,
    /// Whether the angle is to be counted from pi/4.
    is_folded: V,
}

/// The ratio of two magnitudes, the first at most the second, turned by -pi/4 if it is
/// above [`FOLD`]; its sign flipped where the top bit of `flip` is set.
///
/// The difference of the folded ratio is exact. The sum is not, but there the quotient is
/// below 0.2935 and the angle above 1/2: rounding of sum and quotient come to less than
/// half a unit in the last place.
fn folded(b: &mut Builder, low: V, high: V, flip: V) -> Ratio {
    let fold = b.float(low.ty, FOLD);
    let threshold = b.fmul(high, fold);
    let is_folded = b.flt(threshold, low);
    let (difference, sum) = (b.fsub(low, high), b.fadd(low, high));
    let top = b.select(is_folded, difference, low);
    let bottom = b.select(is_folded, sum, high);
    Ratio { top: flip_sign(b, top, flip), bottom, is_folded }
}

/// Two magnitudes of the same ratio, the second neither zero nor infinite nor near either,
/// so that sums, quotients and reciprocals stay in range: 0/0 becomes 0/1 in effect, and
/// two infinities 1/1.
fn moderate(b: &mut Builder, low: V, high: V) -> (V, V) {
    let (zero, one) = (b.float(low.ty, 0.0), b.float(low.ty, 1.0));
    let (inf, tiny) = (b.float(low.ty, f64::INFINITY), b.float(low.ty, 2f64.powi(-60)));
    let (low_unbounded, high_unbounded) = (b.feq(low, inf), b.feq(high, inf));
    let limit = b.select(low_unbounded, one, zero);
    let low = b.select(high_unbounded, limit, low);
    let high = b.select(high_unbounded, one, high);
    // At least 1, so that a quotient is no coarser than what it is made of.
    let scale = scale(b, high, 0);
    let (low, high) = (b.fmul(low, scale.factor), b.fmul(high, scale.factor));
    (low, b.fmax(high, tiny))
}

/// The quotient and what rounding took from it.
fn divided(b: &mut Builder, ratio: &Ratio) -> (V, Option<V>) {
    let one = b.float(ratio.top.ty, 1.0);
    let reciprocal = b.fdiv(one, ratio.bottom);
    let quotient = b.fmul(ratio.top, reciprocal);
    let minus_quotient = b.fneg(quotient);
    let rest = b.fma(minus_quotient, ratio.bottom, ratio.top);
    (quotient, Some(b.fmul(rest, reciprocal)))
}

/// `arctan(x + extra) - x` for `|x| <= FOLD` and an `extra` in the last places of `x`.
fn arctan_correction(b: &mut Builder, x: V, extra: Option<V>) -> V {
    let square = b.fmul(x, x);
    let polynomial = estrin(b, square, &ARCTAN_F64);
    let cube = b.fmul(square, x);
    let Some(extra) = extra else { return b.fmul(cube, polynomial) };
    // The derivative is 1/(1 + x^2), nearly 1 - x^2.
    let one = b.float(x.ty, 1.0);
    let slope = b.fsub(one, square);
    let extra = b.fmul(extra, slope);
    b.fma(cube, polynomial, extra)
}

/// A short arc: the angle whose sine is `sine` is `sine + correction`.
struct Chord {
    sine: V,
    correction: V,
    /// Whether it is half of the angle between `|x|` and 1, instead of `arcsin(|x|)`.
    is_outer: V,
}

/// `arcsin(|x|)` up to 1/2 and half of `arccos(|x|)` above, by the half-angle formula
/// `sin(a/2)^2 = (1 - cos(a))/2`. NaN beyond 1.
fn half_angle(b: &mut Builder, x: V) -> Chord {
    let (half, minus_half) = (b.float(x.ty, 0.5), b.float(x.ty, -0.5));
    let magnitude = b.fabs(x);
    let is_outer = b.flt(half, magnitude);
    let outer_square = b.fma(magnitude, minus_half, half);
    let root = b.fsqrt(outer_square);
    let inner_square = b.fmul(magnitude, magnitude);
    let square = b.select(is_outer, outer_square, inner_square);
    let sine = b.select(is_outer, root, magnitude);
    let polynomial = match x.ty {
        LaneType::F32 => horner(b, square, &ARCSIN_F32),
        _ => horner(b, square, &ARCSIN_F64),
    };
    let cube = b.fmul(square, sine);
    let correction = match x.ty {
        // Two units in the last place leave room for a rounded root.
        LaneType::F32 => b.fmul(cube, polynomial),
        _ => {
            let lost = lost_by_root(b, outer_square, root);
            let zero = b.float(x.ty, 0.0);
            let lost = b.select(is_outer, lost, zero);
            b.fma(cube, polynomial, lost)
        }
    };
    Chord { sine, correction, is_outer }
}

/// What rounding took from a square root.
fn lost_by_root(b: &mut Builder, square: V, root: V) -> V {
    let minus_root = b.fneg(root);
    let rest = b.fma(minus_root, root, square);
    let twice = b.fadd(root, root);
    let reciprocal = rough_reciprocal(b, twice);
    b.fmul(rest, reciprocal)
}

/// `eighths * pi/4 + main + correction` for eighths of a turn from 0 to 4; `main` is
/// smaller than a nonzero multiple and much larger than the correction.
fn eighths_plus(b: &mut Builder, eighths: V, main: V, correction: V) -> V {
    // Two bits shorter than the format, so that the products are exact; pi/4 rounded to f64
    // happens to end in zeros.
    let (high, low) = match main.ty {
        LaneType::F32 => (0.7853982448577881, -8.146034247147327e-08),
        _ => (FRAC_PI_4, 3.061616997868383e-17),
    };
    let (high, low) = (b.float(main.ty, high), b.float(main.ty, low));
    let base = b.fmul(eighths, high);
    let sum = b.fadd(base, main);
    let taken = b.fsub(sum, base);
    let lost = b.fsub(main, taken);
    let correction = b.fma(eighths, low, correction);
    let rest = b.fadd(lost, correction);
    b.fadd(sum, rest)
}

/// Above this ratio, just over `tan(1/2)`, angles are counted from pi/4.
const FOLD: f64 = 0.5463029;

/// `(arctan(x)/x - 1)/x^2` in `x^2`; minimax for `|x| <= FOLD`, relative error 2^-62.9.
const ARCTAN_F64: [f64; 14] = [
    -0.3333333333333332,
    0.19999999999996665,
    -0.14285714285352194,
    0.11111111091220681,
    -0.09090908441700944,
    0.07692293935190404,
    -0.06666466920720918,
    0.05880297835976443,
    -0.05247871945086907,
    0.04678902370984766,
    -0.040184033597958226,
    0.030501496160514594,
    -0.01734486966789136,
    0.005244608342424567,
];

/// The same for `|x| <= 1`, relative error 2^-25.8.
const ARCTAN_F32: [f64; 8] = [
    -0.33333153,
    0.19993767,
    -0.14211003,
    0.106657855,
    -0.07551724,
    0.043205857,
    -0.016364133,
    0.0029197228,
];

/// `pi/2` rounded to a float.
const RIGHT_ANGLE_SINGLE: f64 = 1.5707963705062866;

/// `(arcsin(x)/x - 1)/x^2` in `x^2`; minimax for `|x| <= 1/2`, relative error 2^-59.8.
const ARCSIN_F64: [f64; 13] = [
    0.16666666666666763,
    0.07499999999970276,
    0.04464285717510828,
    0.03038194268415536,
    0.022372215646590806,
    0.017351600315670967,
    0.013980959004571565,
    0.011397794299103512,
    0.010786434908799304,
    0.003683369067622684,
    0.02176276525697385,
    -0.02107633227264462,
    0.03267633379138797,
];

/// As [`ARCSIN_F64`], relative error 2^-27.5.
const ARCSIN_F32: [f64; 5] =
    [0.1666675359, 0.07495244592, 0.04547691718, 0.02414782532, 0.04221899807];
