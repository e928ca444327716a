//! Logarithms of sums of exponentials.
//!
//! `log(e^x + e^y) = m + log(1 + e^d)`, `m` being the larger of the two and `d <= 0` their
//! difference. For `m < 0` the sum may cancel, down to nothing; a rare path then computes
//! the second term to 64 bits, which is enough for results down to `2^-8` of it, and a rarer
//! one the sum of the exponentials itself to 160 ([`super::cancelling`]). Floats are computed
//! as doubles where more than a bit cancels, and by that rarer path where more than 20 do.

use super::cancelling::log_of_sum_near_one;
use super::exp::{EXP_F32, EXP_F64, Reduced, exp_tail, reduce_pair, scaled_in_two_steps};
use super::log::{Base, log_of_pair, split_pair};
use super::parts::{
    Pair, fast_two_sum, horner, outside, pair_constant, product, rounded_product, two_sum,
};
use super::pow::half_log;
use crate::lanes::{Builder, LaneType, V};
use crate::math::Format;
use std::f64::consts::LOG2_E;

/// `(e^r - 1 - r - r^2/2) / r^3` for `|r| <= ln(2)/16`: the Taylor series, whose first
/// omitted term is below `2^-71` of the result.
const EXP_SMALL: &[f64] =
    &[1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5040.0, 1.0 / 40320.0, 1.0 / 362880.0];

/// `log(e^x + e^y)`.
///
/// Method: see the module; 120 operations for F64 and 95 for F32, some 1220 and 380 more in
/// rare cases. Largest error measured: 0.87 ULP for F64, 0.87 for F32.
pub fn logaddexp(b: &mut Builder, x: V, y: V) -> V {
    log_of_sum(b, x, y, Base::NATURAL)
}

/// `log2(2^x + 2^y)`.
///
/// Method: see the module; 127 operations for F64 and 102 for F32, some 1220 and 380 more in
/// rare cases. Largest error measured: 0.91 ULP for F64, 0.93 for F32.
pub fn logaddexp2(b: &mut Builder, x: V, y: V) -> V {
    log_of_sum(b, x, y, Base::BINARY)
}

/// `x` and `y` as their larger and their (unrounded, negative) difference.
struct Ordered {
    larger: V,
    smaller: V,
    difference: Pair,
    /// The difference taken apart, to base `e` even if the exponentials are of base 2.
    reduced: Reduced,
}

/// A logarithm `m + log(1 + e^d)`.
struct Sum {
    sum: V,
    /// `log(1 + e^d)`, rounded.
    term: V,
}

fn log_of_sum(b: &mut Builder, x: V, y: V, base: Base) -> V {
    let ordered = order(b, x, y, base);
    let common = common_sum(b, &ordered, base);
    let is_far =
        outside(b, ordered.difference.high, if x.ty == LaneType::F32 { 80. } else { 700. });
    // Where more than a bit cancels.
    let half = b.float(x.ty, 0.5);
    let half_term = b.fmul(common.term, half);
    let magnitude = b.fabs(common.sum);
    // False for NaN, which is far.
    let cancels = b.flt(magnitude, half_term);
    let is_rare = b.or(cancels, is_far);
    let rare = rare_sum(b, &ordered, cancels, is_far, base);
    b.select_rare(is_rare, rare, common.sum)
}

fn order(b: &mut Builder, x: V, y: V, base: Base) -> Ordered {
    let below = b.flt(x, y);
    let (larger, smaller) = (b.select(below, y, x), b.select(below, x, y));
    // Unrounded: an error of the difference is one of the exponential relative to its size, and
    // rounding a difference of 700 would cost nine bits of it.
    let minus_larger = b.fneg(larger);
    let difference = two_sum(b, smaller, minus_larger);
    let reduced =
        if base.is_binary() { reduce_binary(b, difference) } else { reduce_pair(b, difference) };
    Ordered { larger, smaller, difference, reduced }
}

/// Takes an exponent of 2 apart: `2^x = 2^n e^r`.
fn reduce_binary(b: &mut Builder, x: Pair) -> Reduced {
    let ty = x.high.ty;
    let (n, rounded) = rounded_product(b, x.high, 1.0);
    let rest = b.fsub(x.high, rounded);
    let rest = fast_two_sum(b, rest, x.low);
    let ln_2 = pair_constant(b, ty, std::f64::consts::LN_2, super::exp::LN_2_LOW);
    Reduced { n, r: product(b, rest, ln_2) }
}

/// The sum, unless the difference is large.
fn common_sum(b: &mut Builder, ordered: &Ordered, base: Base) -> Sum {
    let reduced = &ordered.reduced;
    let format = Format::of(ordered.larger.ty);
    // Pairs throughout, though the result is one double: for a negative `m` the sum is as small
    // as half of the second term before the rare path takes over.
    let fraction = exp_pair(b, &reduced.r);
    let power = format.power_of_two(b, reduced.n, 0);
    let exponential = scaled_pair(b, fraction, power);
    let (one_more, lost) = one_plus_pair(b, exponential);
    let mut term = log_of_pair(b, one_more, None, base);
    // Beside 1 an exponential below 2^-53 has lost its low part, and is its own logarithm.
    term.low = if base.is_binary() {
        let of_e = b.float(lost.ty, LOG2_E);
        b.fma(lost, of_e, term.low)
    } else {
        b.fadd(lost, term.low)
    };
    Sum { sum: plus_pair(b, ordered.larger, term), term: term.high }
}

/// The sum where it cancels or the difference is large.
fn rare_sum(b: &mut Builder, ordered: &Ordered, cancels: V, is_far: V, base: Base) -> V {
    let far = far_sum(b, ordered, base);
    let precise = if ordered.larger.ty == LaneType::F32 {
        sum_in_double(b, ordered, base)
    } else {
        precise_sum(b, ordered, base)
    };
    // The precise path is computed only if some lane wants it: far lanes, such as those of
    // -inf, are common in sums of probabilities and should not pay for it.
    let is_near = b.not(is_far);
    let near_cancels = b.and(cancels, is_near);
    let sum = b.select_rare(near_cancels, precise.sum, far.sum);

    // Below this, what cancels has taken bits that the result needs.
    let two = b.float(sum.ty, 2.0);
    let least_far = b.fmul(far.term, two);
    // Not for a neighbour in the vector, which only keeps these lanes company.
    let zero = b.float(sum.ty, 0.0);
    let least_far = b.select(is_far, least_far, zero);
    let least_precise = least_precise(b, precise.term);
    let least = b.select_rare(near_cancels, least_precise, least_far);
    let magnitude = b.fabs(sum);
    let cancels_deeply = b.flt(magnitude, least);
    let nearest = sum_near_one(b, ordered, base);
    b.select_rare(cancels_deeply, nearest, sum)
}

/// The least sum for which the bits of a precise second term suffice.
fn least_precise(b: &mut Builder, term: V) -> V {
    // A term computed as a double has 29 bits more than a float, one of 64 bits 11 more
    // than a double; some of them may be wrong.
    let n_bits = if term.ty == LaneType::F32 { 20 } else { 8 };
    let share = b.float(term.ty, 2f64.powi(-n_bits));
    let least = b.fmul(term, share);
    if term.ty == LaneType::F32 {
        return least;
    }
    // A small term never had 64 bits: the exponential it comes from has 53 beside the 1 that
    // it was added to.
    // Infinite is more than any sum: the path below is always taken.
    let (small, infinity) = (b.float(term.ty, 1.0 / 1024.0), b.float(term.ty, f64::INFINITY));
    let is_small = b.flt(term, small);
    b.select(is_small, infinity, least)
}

/// The sum of floats in the precision of doubles.
fn sum_in_double(b: &mut Builder, ordered: &Ordered, base: Base) -> Sum {
    let [x, y] = [ordered.larger, ordered.smaller].map(|v| b.ftof(LaneType::F64, v));
    let ordered = order(b, x, y, base);
    let precise = common_sum(b, &ordered, base);
    let [sum, term] = [precise.sum, precise.term].map(|v| b.ftof(LaneType::F32, v));
    Sum { sum, term }
}

/// The sum, if it is close to zero.
fn sum_near_one(b: &mut Builder, ordered: &Ordered, base: Base) -> V {
    let wanted = ordered.larger.ty;
    let [x, y] = [ordered.larger, ordered.smaller].map(|v| b.ftof(LaneType::F64, v));
    let sum = log_of_sum_near_one(b, x, y, base, wanted);
    b.ftof(wanted, sum)
}

/// The sum with a second term of 64 bits, unless the difference is large.
fn precise_sum(b: &mut Builder, ordered: &Ordered, base: Base) -> Sum {
    let reduced = &ordered.reduced;
    let ty = ordered.larger.ty;
    let expm1 = precise_expm1(b, reduced.r);
    let (fraction, _) = one_plus_pair(b, expm1);
    let power = Format::of(ty).power_of_two(b, reduced.n, 0);
    let exponential = scaled_pair(b, fraction, power);
    let (one_more, _) = one_plus_pair(b, exponential);
    let (parts, fraction_low) = split_pair(b, one_more);
    let half = half_log(b, &parts, Some(fraction_low));
    let two = b.float(ty, 2.0);
    let mut term = scaled_pair(b, half, two);
    if base.is_binary() {
        let of_e = pair_constant(b, ty, base.of_e.0, base.of_e.1);
        term = product(b, term, of_e);
    }
    Sum { sum: plus_pair(b, ordered.larger, term), term: term.high }
}

/// The sum for a large difference, where `log(1 + e^d)` is `e^d`, or for no numbers.
fn far_sum(b: &mut Builder, ordered: &Ordered, base: Base) -> Sum {
    let (larger, smaller) = (ordered.larger, ordered.smaller);
    let mut fraction = exp_pair(b, &ordered.reduced.r);
    if base.is_binary() {
        let of_e = pair_constant(b, larger.ty, base.of_e.0, base.of_e.1);
        fraction = product(b, fraction, of_e);
    }
    let fraction = b.fadd(fraction.high, fraction.low);
    let term = scaled_in_two_steps(b, ordered.difference.high, fraction, ordered.reduced.n);
    let sum = b.fadd(larger, term);
    // Equal infinities have no difference.
    let equal = b.feq(larger, smaller);
    Sum { sum: b.select(equal, larger, sum), term }
}

/// `e^r` as a pair, the low part being good for some 56 bits of the sum.
fn exp_pair(b: &mut Builder, r: &Pair) -> Pair {
    let one = b.float(r.high.ty, 1.0);
    let tail = exp_tail(b, r.high, Format::of(r.high.ty).pick(EXP_F32, EXP_F64));
    let sum = fast_two_sum(b, one, r.high);
    let tail = b.fadd(tail, r.low);
    let low = b.fadd(sum.low, tail);
    fast_two_sum(b, sum.high, low)
}

/// `e^r - 1` for `|r| <= ln(2)/2`, good for 68 bits: that of `r/8`, thrice `t (t + 2)`.
fn precise_expm1(b: &mut Builder, r: Pair) -> Pair {
    let ty = r.high.ty;
    let (half, eighth) = (b.float(ty, 0.5), b.float(ty, 0.125));
    let r = scaled_pair(b, r, eighth);
    let square = product(b, r, r);
    let half_square = scaled_pair(b, square, half);
    let cubes = horner(b, r.high, EXP_SMALL);
    let cube = b.fmul(square.high, r.high);
    let sum = fast_two_sum(b, r.high, half_square.high);
    let low = b.fadd(half_square.low, r.low);
    let low = b.fadd(low, sum.low);
    let low = b.fma(cube, cubes, low);
    let mut value = fast_two_sum(b, sum.high, low);
    let two = b.float(ty, 2.0);
    for _ in 0..3 {
        let square = product(b, value, value);
        let double = scaled_pair(b, value, two);
        let sum = fast_two_sum(b, double.high, square.high);
        let low = b.fadd(double.low, square.low);
        let low = b.fadd(low, sum.low);
        value = fast_two_sum(b, sum.high, low);
    }
    value
}

/// `1 + x` for `|x| <= 1`, and what that has lost of the low part of `x`.
fn one_plus_pair(b: &mut Builder, x: Pair) -> (Pair, V) {
    let one = b.float(x.high.ty, 1.0);
    let sum = fast_two_sum(b, one, x.high);
    let low = b.fadd(sum.low, x.low);
    let kept = b.fsub(low, sum.low);
    let lost = b.fsub(x.low, kept);
    (fast_two_sum(b, sum.high, low), lost)
}

/// `x` times a power of two.
fn scaled_pair(b: &mut Builder, x: Pair, power: V) -> Pair {
    Pair { high: b.fmul(x.high, power), low: b.fmul(x.low, power) }
}

/// `x + y`, rounded.
fn plus_pair(b: &mut Builder, x: V, y: Pair) -> V {
    let sum = two_sum(b, x, y.high);
    let low = b.fadd(sum.low, y.low);
    b.fadd(sum.high, low)
}
