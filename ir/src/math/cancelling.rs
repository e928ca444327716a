//! Logarithms of sums of exponentials that are close to 1, where the result cancels.
//!
//! `log(e^x + e^y)` is `log(1 + s)` with `s = (e^x - 1) + e^y`. For almost every double `x`,
//! 53 bits of that sum cancel when `y` is the double next to `log(1 - e^x)`; if what is left
//! is as good as random, the worst of all such pairs cancels 108 or so. The terms computed
//! here are good for 160 bits (measured; typically 165), so that results are within 1 ULP
//! until 106 bits have cancelled. Floats, being fewer, never cancel more than 56 bits and
//! get 80.
//!
//! For that `e^x = 2^n 2^(j/128) (1 + t)`, where `n` and `j` are integers, the root of 2 comes
//! from a table with more bits than needed, and `t = e^r - 1` is below `2^-8`: its own
//! relative error may be `2^8` times as large. Each further term of its series needs fewer
//! bits again, and is computed in a triple, a pair or a double accordingly.

use super::exp::LN_2_LOW;
use super::log::Base;
use super::parts::{
    Pair, fast_two_sum, horner, pair_constant, product, rounded_product, two_product, two_sum,
};
use super::triple::{
    Triple, distilled, normalized, triple_constant, triple_product, triple_sum, triple_times,
};
use crate::lanes::{Builder, LaneType, TableId, V};
use crate::math::Format;
use std::f64::consts::{LN_2, LOG2_E};

/// The number of [`super::roots_of_two::ROOTS_OF_TWO`] among the tables, and how many of its
/// entries belong to one root.
const TABLE: TableId = TableId(1);
const PARTS: i64 = 4;

/// The number of roots, and its logarithm.
const N_ROOTS: f64 = 128.0;
const ROOT_BITS: i64 = 7;

/// `ln(2)/128`. The first two parts have 35 bits, so that their products with the number of
/// steps in any exponent, which has 18, are exact; the last product but one is kept as a pair.
const STEP: [f64; 4] =
    [0.0054152123482253955, -1.0082281460979481e-13, -1.828745223881112e-25, 5.824939283625804e-42];

/// `ln 2` as a triple.
const LN_2_TRIPLE: [f64; 3] = [LN_2, LN_2_LOW, 5.707_708_438_416_212e-34];

/// Coefficients of `(e^r - 1 - r) / r^2` that are needed as triples: `1/n!` from 2 to 5.
const INVERSE_FACTORIALS: [[f64; 3]; 4] = [
    [0.5, 0.0, 0.0],
    [1.0 / 6.0, 9.25185853854297e-18, 5.135813185032629e-34],
    [1.0 / 24.0, 2.3129646346357427e-18, 1.2839532962581572e-34],
    [1.0 / 120.0, 1.1564823173178714e-19, 1.6049416203226965e-36],
];

/// The last term of that series that is needed as a pair, and the last that is needed at all:
/// the next one is below `2^-176`.
const LAST_PAIR: u32 = 10;
const LAST_TERM: u32 = 15;

/// `(e^r - 1 - r - r^2/2) / r^3` for `|r| <= ln(2)/256`: the Taylor series, whose first
/// omitted term is below `2^-95`.
const EXP_SMALL: &[f64] =
    &[1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5040.0, 1.0 / 40320.0];

/// `(log(1 + s) - s) / s^2` for `|s| < 2^-8`: the Taylor series, whose first omitted term is
/// below `2^-70` of the logarithm.
const LOG_SMALL: &[f64] =
    &[-1.0 / 2.0, 1.0 / 3.0, -1.0 / 4.0, 1.0 / 5.0, -1.0 / 6.0, 1.0 / 7.0, -1.0 / 8.0];

/// Below this magnitude `x` is its own `e^x - 1`, to more bits than any sum can cancel, and
/// is multiplied by [`LIFT`] lest parts of `e^y`, which is about as small, should underflow.
const TINY: f64 = f64::from_bits((1023 - 600) << 52);
const LIFT: i64 = 400;

/// The logarithm of the sum of the exponentials of the doubles `x` and `y <= x`, if it is below
/// `2^-8` in magnitude.
///
/// If `wanted` is F32, the arguments were floats, and so will be the result.
pub(super) fn log_of_sum_near_one(b: &mut Builder, x: V, y: V, base: Base, wanted: LaneType) -> V {
    let lift = Lift::of(b, x, wanted);
    // Where it is lifted, it is its own `e^x - 1`: the square is below 2^-400. Elsewhere the
    // factor is 1.
    let x = b.fmul(x, lift.factor);
    let (one, no_places) = (b.float(x.ty, 1.0), b.int(lift.places.ty, 0));
    let mut x_terms = exponential(b, x, no_places, base, wanted);
    // Exact: the power is 1, or a root of 2 above 1/2.
    x_terms[0][0] = b.fsub(x_terms[0][0], one);
    let y_terms = exponential(b, y, lift.places, base, wanted);
    let levels: Vec<Vec<V>> =
        x_terms.into_iter().zip(y_terms).map(|(x, y)| [x, y].concat()).collect();
    let s = distilled(b, &levels);
    let log = log_one_plus(b, s, base);
    b.fmul(log, lift.inverse)
}

/// A power of two that the terms are multiplied with: `2^LIFT` where `x` is tiny, else 1.
struct Lift {
    factor: V,
    inverse: V,
    /// The exponent of the factor.
    places: V,
}

impl Lift {
    fn of(b: &mut Builder, x: V, wanted: LaneType) -> Lift {
        let (one, none) = (b.float(x.ty, 1.0), b.int(Format::of(x.ty).int, 0));
        // What were floats is not too small for doubles. And of floats `e^y` may be much larger
        // than `x`: beside zero it is the whole sum, which stays below 2^-8 unless lifted.
        if wanted == LaneType::F32 {
            return Lift { factor: one, inverse: one, places: none };
        }
        let (tiny, magnitude) = (b.float(x.ty, TINY), b.fabs(x));
        let is_plain = b.fle(tiny, magnitude);
        let [factor, inverse] = [LIFT, -LIFT].map(|places| b.float(x.ty, 2f64.powi(places as i32)));
        let places = b.int(none.ty, LIFT);
        Lift {
            factor: b.select(is_plain, one, factor),
            inverse: b.select(is_plain, one, inverse),
            places: b.select(is_plain, none, places),
        }
    }
}

/// `2^places` times the exponential to the base: terms by size, as [`distilled`] wants them.
/// The first is the power of 2 without the small factor `1 + t`.
fn exponential(b: &mut Builder, x: V, places: V, base: Base, wanted: LaneType) -> Vec<Vec<V>> {
    let format = Format::of(x.ty);
    let (steps, r) = if base.is_binary() { reduce_binary(b, x) } else { reduce_natural(b, x) };
    let root = root_of_two(b, steps);
    let root_bits = b.int(format.int, ROOT_BITS);
    // Bits beyond an exponent field are those of the float that `steps` was rounded in, and are
    // shifted out below.
    let n = b.lshr(steps, root_bits);
    let n = b.iadd(n, places);
    let power = format.power_of_two(b, n, 0);
    // Exact: lifted, not even the last part is subnormal.
    let [first, second, third, fourth] = root.map(|part| b.fmul(part, power));
    if wanted == LaneType::F32 {
        let t = expm1_pair(b, Pair { high: r.high, low: r.middle });
        let part = product(b, Pair { high: first, low: second }, t);
        return vec![vec![first, part.high], vec![second, part.low], vec![]];
    }
    let t = expm1(b, r);
    let part = triple_product(b, Triple { high: first, middle: second, low: third }, t);
    let last = vec![fourth];
    vec![vec![first, part.high], vec![second, part.middle], vec![third, part.low], last]
}

/// `2^(j/128)`, `j` being the low bits of `steps`.
fn root_of_two(b: &mut Builder, steps: V) -> [V; PARTS as usize] {
    let (parts, mask) = (b.int(steps.ty, PARTS), b.int(steps.ty, N_ROOTS as i64 - 1));
    let root = b.and(steps, mask);
    let first = b.imul(root, parts);
    [0, 1, 2, 3].map(|part| {
        let part = b.int(steps.ty, part);
        let index = b.iadd(first, part);
        b.lookup(TABLE, LaneType::F64, index)
    })
}

/// An exponent of 2 taken apart: `2^x = 2^(steps/128) e^r`.
fn reduce_binary(b: &mut Builder, x: V) -> (V, Triple) {
    let (steps, rounded) = rounded_product(b, x, N_ROOTS);
    let step = b.float(x.ty, -1.0 / N_ROOTS);
    // Exact: a multiple of the last place of `x` that is smaller than `x`.
    let rest = b.fma(rounded, step, x);
    let ln_2 = triple_constant(b, LN_2_TRIPLE);
    (steps, triple_times(b, ln_2, rest))
}

/// An exponent of `e` taken apart: `e^x = 2^(steps/128) e^r`.
fn reduce_natural(b: &mut Builder, x: V) -> (V, Triple) {
    let (steps, rounded) = rounded_product(b, x, N_ROOTS * LOG2_E);
    let minus_steps = b.fneg(rounded);
    let [first, second, third, fourth] = STEP.map(|part| b.float(x.ty, part));
    // Exact, as the products with the first two parts are.
    let rest = b.fma(minus_steps, first, x);
    let second = b.fmul(minus_steps, second);
    let high = two_sum(b, rest, second);
    let third = two_product(b, minus_steps, third);
    let middle = two_sum(b, high.low, third.high);
    let low = b.fma(minus_steps, fourth, third.low);
    let low = b.fadd(low, middle.low);
    (steps, normalized(b, Triple { high: high.high, middle: middle.high, low }))
}

/// `e^r - 1` for `|r| <= ln(2)/256`: `r + r (r S)`, `S` being the series.
fn expm1(b: &mut Builder, r: Triple) -> Triple {
    let mut series = series_of_pairs(b, Pair { high: r.high, low: r.middle });
    for coefficient in INVERSE_FACTORIALS.iter().rev() {
        let coefficient = triple_constant(b, *coefficient);
        let rest = triple_product(b, r, series);
        series = triple_sum(b, coefficient, rest);
    }
    let rest = triple_product(b, r, series);
    let rest = triple_product(b, r, rest);
    triple_sum(b, r, rest)
}

/// The same to 80 bits below 1.
fn expm1_pair(b: &mut Builder, r: Pair) -> Pair {
    let half = b.float(r.high.ty, 0.5);
    let square = product(b, r, r);
    let rest = horner(b, r.high, EXP_SMALL);
    let cube = b.fmul(square.high, r.high);
    let (half_square, half_low) = (b.fmul(square.high, half), b.fmul(square.low, half));
    let sum = fast_two_sum(b, r.high, half_square);
    let low = b.fadd(half_low, r.low);
    let low = b.fma(cube, rest, low);
    let low = b.fadd(low, sum.low);
    fast_two_sum(b, sum.high, low)
}

/// The end of the series that needs no triples.
fn series_of_pairs(b: &mut Builder, r: Pair) -> Triple {
    let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
    let tail: Vec<f64> = (LAST_PAIR + 1..=LAST_TERM).map(|n| 1.0 / factorial(n)).collect();
    let zero = b.float(r.high.ty, 0.0);
    let mut series = Pair { high: horner(b, r.high, &tail), low: zero };
    for n in (INVERSE_FACTORIALS.len() as u32 + 2..=LAST_PAIR).rev() {
        // These factorials are exact, and so is what the quotient's remainder is made of.
        let high = 1.0 / factorial(n);
        let low = -high.mul_add(factorial(n), -1.0) / factorial(n);
        let coefficient = pair_constant(b, r.high.ty, high, low);
        let rest = product(b, series, r);
        let sum = fast_two_sum(b, coefficient.high, rest.high);
        let low = b.fadd(coefficient.low, rest.low);
        let low = b.fadd(low, sum.low);
        series = fast_two_sum(b, sum.high, low);
    }
    Triple { high: series.high, middle: series.low, low: zero }
}

/// `log(1 + s)` for `|s| < 2^-8`.
fn log_one_plus(b: &mut Builder, s: Pair, base: Base) -> V {
    // The square needs no second part: it is below 2^-8 of the sum, and matters the less the
    // more has cancelled.
    let square = b.fmul(s.high, s.high);
    let series = horner(b, s.high, LOG_SMALL);
    let low = b.fma(square, series, s.low);
    if !base.is_binary() {
        return b.fadd(s.high, low);
    }
    let natural = fast_two_sum(b, s.high, low);
    let of_e = pair_constant(b, s.high.ty, base.of_e.0, base.of_e.1);
    let binary = product(b, natural, of_e);
    b.fadd(binary.high, binary.low)
}
