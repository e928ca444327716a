//! The error function and its complement.
//!
//! The error function is `x + x*P(x^2)` near zero and `1 - exp(Q(x))` elsewhere, `Q` being
//! a polynomial for the logarithm of the complement. The complement itself must be accurate
//! relative to its own size, down to the smallest subnormal: it is
//! `exp(-x^2) * R(t) / (1 + 2x)`, each part a pair of floats, where `R` is a polynomial in
//! `t = (x - k)/(x + k)` that varies little on the whole half axis.
//!
//! Operations are counted without constants and bit casts; errors are the largest measured,
//! in units in the last place, against 113 bits or more.

use super::parts::{Pair, fast_two_sum, horner, signed_like, two_product};
use crate::lanes::{Builder, LaneType, V};
use crate::math::Format;

/// Error function.
///
/// `x + x*P(x^2)` up to 0.8, else `1 - exp(Q(x - 1))` with the logarithm as a pair and the
/// power of two taken from 1 first. No division. 62 operations for f64, 38 for f32. Error
/// 0.96 for f64, 1.02 for f32.
pub fn erf(b: &mut Builder, x: V) -> V {
    let c = constants(x.ty);
    let (limit, one) = (b.float(x.ty, INNER), b.float(x.ty, 1.0));
    let saturated = b.float(x.ty, c.erf_is_one);
    let magnitude = b.fabs(x);
    let is_inner = b.flt(magnitude, limit);
    let square = b.fmul(magnitude, magnitude);
    let polynomial = horner(b, square, c.erf);
    let inner = b.fma(magnitude, polynomial, magnitude);
    // The complement is at most 0.26 here, and so its errors count less.
    let magnitude = b.fmin(magnitude, saturated);
    let from_one = b.fsub(magnitude, one);
    let slope = horner(b, from_one, &c.log_erfc[1..]);
    let (at_one, rise) = (b.float(x.ty, c.log_erfc[0]), b.fmul(slope, from_one));
    // Exact while the rise is the smaller one, which is where it matters.
    let log = fast_two_sum(b, at_one, rise);
    let outer = one_minus_exp(b, log, &c);
    let value = b.select(is_inner, inner, outer);
    signed_like(b, value, x)
}

/// Complementary error function, `1 - erf(x)`.
///
/// `1 - x - x*P(x^2)` up to 0.65, else the tail of the module's description (subtracted from
/// 2 below zero). Two divisions. 104 operations for f64, 80 for f32. Error 1.00 for f64,
/// 1.30 for f32.
pub fn erfc(b: &mut Builder, x: V) -> V {
    let c = constants(x.ty);
    let (zero, one, two) = (b.float(x.ty, 0.0), b.float(x.ty, 1.0), b.float(x.ty, 2.0));
    let limit = b.float(x.ty, INNER_COMPLEMENT);
    let magnitude = b.fabs(x);
    let is_inner = b.flt(magnitude, limit);
    // 1 - x - x*P(x^2) near zero; beyond, the tail, taken from 2 on the negative side.
    let square = b.fmul(x, x);
    let polynomial = horner(b, square, c.erf);
    let minus_x = b.fneg(x);
    let inner_low = b.fmul(minus_x, polynomial);
    let tail = tail(b, magnitude, &c);
    let tail = signed_like(b, tail, x);
    let is_negative = b.flt(x, zero);
    let base = b.select(is_negative, two, zero);
    let base = b.select(is_inner, one, base);
    let high = b.select(is_inner, minus_x, tail);
    let low = b.select(is_inner, inner_low, zero);
    let sum = fast_two_sum(b, base, high);
    let low = b.fadd(sum.low, low);
    b.fadd(sum.high, low)
}

/// `erfc(x)` of a positive float above [`INNER_COMPLEMENT`].
fn tail(b: &mut Builder, x: V, c: &Constants) -> V {
    let limit = b.float(x.ty, c.erfc_is_zero);
    let x = b.fmin(x, limit);
    let (exponential, factors) = exp_minus_square(b, x, c);
    // R(t): all but the constant is small, and so are its errors.
    let middle = b.float(x.ty, c.tail_middle);
    let (below, above) = (b.fsub(x, middle), b.fadd(x, middle));
    let t = b.fdiv(below, above);
    let rest = horner(b, t, &c.tail[1..]);
    let rest = b.fmul(t, rest);
    let constant = b.float(x.ty, c.tail[0]);
    let ratio = fast_two_sum(b, constant, rest);
    let top = two_product(b, exponential.high, ratio.high);
    let top_low = b.fma(exponential.high, ratio.low, top.low);
    let low = b.fma(exponential.low, ratio.high, top_low);
    let value = over_1_plus_2x(b, Pair { high: top.high, low }, x);
    // The powers of two come last, so that a subnormal is rounded but once more.
    let value = b.fmul(value, factors[0]);
    b.fmul(value, factors[1])
}

/// `top / (1 + 2x)` rounded to one float, for a positive `x`.
fn over_1_plus_2x(b: &mut Builder, top: Pair, x: V) -> V {
    let (one, two) = (b.float(x.ty, 1.0), b.float(x.ty, 2.0));
    let bottom = b.fma(x, two, one);
    let inverse = b.fdiv(one, bottom);
    let quotient = b.fmul(top.high, inverse);
    let minus_quotient = b.fneg(quotient);
    let rest = b.fma(minus_quotient, bottom, top.high);
    let rest = b.fadd(rest, top.low);
    // What the sum at the bottom lost, exactly: the sum is no smaller than 1.
    let bottom_low = b.fsub(one, bottom);
    let bottom_low = b.fma(x, two, bottom_low);
    let rest = b.fma(minus_quotient, bottom_low, rest);
    b.fma(rest, inverse, quotient)
}

/// `exp(-x^2)` as a pair near 1 and two powers of two to multiply with one after the other,
/// so that even a subnormal product is rounded but once.
fn exp_minus_square(b: &mut Builder, x: V, c: &Constants) -> (Pair, [V; 2]) {
    let f = Format::of(x.ty);
    let minus_x = b.fneg(x);
    let square = two_product(b, minus_x, x);
    let (n, pushed) = nearest_power(b, square.high);
    let [ln2_high, ln2_low] = c.ln2.map(|part| b.float(x.ty, -part));
    let rest = b.fma(n, ln2_high, square.high);
    let rest_low = b.fma(n, ln2_low, square.low);
    let rest = fast_two_sum(b, rest, rest_low);
    let polynomial = horner(b, rest.high, c.exp_tail);
    let rest_square = b.fmul(rest.high, rest.high);
    let small = b.fma(rest_square, polynomial, rest.low);
    let one = b.float(x.ty, 1.0);
    let main = fast_two_sum(b, one, rest.high);
    let small = b.fadd(main.low, small);
    let exponential = fast_two_sum(b, main.high, small);
    let (lift, shift) = (b.int(f.int, f.bias + c.lift), b.int(f.int, f.fraction_bits));
    let biased = b.iadd(pushed, lift);
    let factor = b.shl(biased, shift);
    let undo = b.float(x.ty, 2f64.powi(-c.lift as i32));
    (exponential, [b.bitcast(x.ty, factor), undo])
}

/// `1 - exp(x)` for an `x` whose exponential is a normal float below 0.3: `1 - 2^n` is
/// exact or nearly so, and what is left to subtract is small.
fn one_minus_exp(b: &mut Builder, x: Pair, c: &Constants) -> V {
    let Pair { high: x, low } = x;
    let f = Format::of(x.ty);
    let (n, pushed) = nearest_power(b, x);
    let [ln2_high, ln2_low] = c.ln2.map(|part| b.float(x.ty, -part));
    let rest = b.fma(n, ln2_high, x);
    let low = b.fma(n, ln2_low, low);
    let rest = b.fadd(rest, low);
    let polynomial = horner(b, rest, c.exp);
    let (bias, shift) = (b.int(f.int, f.bias), b.int(f.int, f.fraction_bits));
    let biased = b.iadd(pushed, bias);
    let power = b.shl(biased, shift);
    let power = b.bitcast(x.ty, power);
    let one = b.float(x.ty, 1.0);
    let main = b.fsub(one, power);
    let minus_power = b.fneg(power);
    let rest = b.fmul(rest, minus_power);
    b.fma(rest, polynomial, main)
}

/// The power of two nearest to `exp(x)`, as a float and as the lowest bits of an integer.
fn nearest_power(b: &mut Builder, x: V) -> (V, V) {
    let f = Format::of(x.ty);
    let push = b.float(x.ty, 1.5 * (1u64 << f.fraction_bits) as f64);
    let log2_e = b.float(x.ty, std::f64::consts::LOG2_E);
    let pushed = b.fma(x, log2_e, push);
    let n = b.fsub(pushed, push);
    (n, b.bitcast(f.int, pushed))
}

/// Where the polynomial for the error function ends.
const INNER: f64 = 0.8;

/// Where the complement stops being 1 less that polynomial. Up to there the error function
/// is so close to its argument that next to nothing is lost.
const INNER_COMPLEMENT: f64 = 0.65;

/// Coefficients and limits of one float format. All polynomials are minimax.
struct Constants {
    /// The logarithm of 2 in two parts, the first being it rounded.
    ln2: [f64; 2],
    /// `erf(x)/x - 1` in `x^2`, for `|x| <= INNER`.
    erf: &'static [f64],
    /// `log(erfc(x))` in `x - 1`, from `INNER` to `erf_is_one`, errors weighted with `erfc(x)`.
    log_erfc: &'static [f64],
    /// A magnitude whose error function rounds to 1.
    erf_is_one: f64,
    /// `(exp(x) - 1)/x` for `|x| <= log(2)/2`.
    exp: &'static [f64],
    /// `(exp(x) - 1 - x)/x^2` for `|x| <= log(2)/2`.
    exp_tail: &'static [f64],
    /// `k` in `t = (x - k)/(x + k)`.
    tail_middle: f64,
    /// `(1 + 2x) * exp(x^2) * erfc(x)` in `t`, from `INNER_COMPLEMENT` to `erfc_is_zero`.
    tail: &'static [f64],
    /// A magnitude whose complementary error function rounds to 0.
    erfc_is_zero: f64,
    /// Added to an exponent before a product that may end up subnormal.
    lift: i64,
}

fn constants(ty: LaneType) -> Constants {
    match ty {
        LaneType::F32 => F32,
        _ => F64,
    }
}

const F64: Constants = Constants {
    ln2: [std::f64::consts::LN_2, 2.3190468138462996e-17],
    // Relative error 2^-64.4.
    erf: &[
        0.1283791670955126,
        -0.3761263890318375,
        0.11283791670954993,
        -0.026866170645092155,
        0.005223977624850374,
        -0.0008548326970562371,
        0.0001205532998238778,
        -1.4925538191964625e-05,
        1.6459308108612321e-06,
        -1.631923072594653e-07,
        1.4311000709739422e-08,
        -9.176663110021888e-10,
    ],
    // Error 2^-57.2.
    log_erfc: &[
        -1.8496055099332482,
        -2.6389675142347917,
        -0.8431072563584692,
        -0.04156109804646282,
        0.010033825432953813,
        -0.001977903020837132,
        0.0002373247449547026,
        2.6270257508619782e-05,
        -2.714124811870202e-05,
        9.578944508893874e-06,
        -2.023209636775831e-06,
        1.1005781793077081e-07,
        1.1927286175412694e-07,
        -6.259191366794175e-08,
        1.8617401146552545e-08,
        -3.777139296983579e-09,
        5.176654807681719e-10,
        -4.337028408746375e-11,
        1.6766936678411598e-12,
    ],
    erf_is_one: 5.95,
    // Error 2^-58.0 of exp.
    exp: &[
        1.0,
        0.5000000000000012,
        0.16666666666666213,
        0.041666666666516625,
        0.008333333333551733,
        0.0013888888946701154,
        0.0001984126943391342,
        2.4801490245617348e-05,
        2.7557628205702283e-06,
        2.763118305158552e-07,
        2.4991253279384904e-08,
    ],
    // Error 2^-57.9 of exp.
    exp_tail: &[
        0.5000000000000011,
        0.16666666666666408,
        0.04166666666652945,
        0.008333333333497535,
        0.0013888888943871874,
        0.0001984126950099614,
        2.4801492801629516e-05,
        2.755759041118282e-06,
        2.763036847215442e-07,
        2.4999079112114048e-08,
    ],
    tail_middle: 2.5,
    // Relative error 2^-57.3.
    tail: &[
        1.2648381843668615,
        -0.12235676308240445,
        -0.09902453957359954,
        0.15762991902324316,
        -0.10296705603876516,
        0.0327608932675385,
        0.000931892823955069,
        -0.0043820783180681675,
        0.0004918656943341279,
        0.0006321241184814718,
        -8.847799566633463e-05,
        -0.00011352125605068414,
        6.258034914010105e-06,
        2.2698036902504458e-05,
        2.6406514861232183e-06,
        -4.227790376356335e-06,
        -1.6601632006410639e-06,
        5.81783246930047e-07,
        6.261748039635791e-07,
        -7.542272880282903e-08,
        -1.6162688897551523e-07,
        4.4381734511373505e-08,
    ],
    erfc_is_zero: 28.0,
    lift: 128,
};

const F32: Constants = Constants {
    ln2: [0.6931471824645996, -1.904654323148236e-9],
    // Relative error 2^-28.2.
    erf: &[
        0.1283791661,
        -0.3761260509,
        0.1128314286,
        -0.02682210878,
        0.005087440833,
        -0.0006549596437,
    ],
    // Error 2^-28.6.
    log_erfc: &[
        -1.84960556,
        -2.638967514,
        -0.8431052566,
        -0.04156100377,
        0.00999990385,
        -0.001908852602,
        0.0002074421791,
    ],
    erf_is_one: 4.0,
    // Error 2^-23.3 of exp.
    exp: &[0.999999702, 0.4999914765, 0.1666764915, 0.04189837724, 0.008289679885],
    // Error 2^-28.2 of exp.
    exp_tail: &[0.4999999404, 0.1666651964, 0.04166838899, 0.008368781768, 0.001381470705],
    tail_middle: 2.5,
    // Relative error 2^-25.9.
    tail: &[
        1.264838219,
        -0.122357063,
        -0.09902466089,
        0.1576412767,
        -0.1029657573,
        0.03264339268,
        0.0009327122243,
        -0.003924448043,
        0.0004527175915,
    ],
    erfc_is_zero: 10.1,
    lift: 64,
};
