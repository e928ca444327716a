//! The error function and its complement.
//!
//! The error function is a polynomial near zero and `1 - exp(Q(x))` elsewhere, `Q` being a
//! polynomial for the logarithm of the complement. The complement itself must be accurate
//! relative to its own size, down to the smallest subnormal: it is
//! `exp(-x^2) * R(t) / (1 + 2x)`, each part a pair of floats, where `R` is a polynomial in
//! `t = (x - k)/(x + k)` that varies little on the whole half axis.

use super::parts::{Pair, fast_two_sum, horner, two_product};
use super::trig_reduce::flip_sign;
use crate::lanes::{Builder, LaneType, V};
use crate::ops::float_parts::{format, with_sign_of};

/// Error function.
pub fn erf(b: &mut Builder, x: V) -> V {
    let c = constants(x.ty);
    let (one, saturated) = (b.float(x.ty, 1.0), b.float(x.ty, c.erf_is_one));
    let magnitude = b.fabs(x);
    let is_inner = b.flt(magnitude, one);
    let square = b.fmul(magnitude, magnitude);
    let polynomial = horner(b, square, c.erf);
    let inner = b.fma(magnitude, polynomial, magnitude);
    // The complement is at most 0.16 here, and so its errors count less.
    let magnitude = b.fmin(magnitude, saturated);
    let from_one = b.fsub(magnitude, one);
    let log = horner(b, from_one, c.log_erfc);
    let complement = exp(b, log, &c);
    let outer = b.fsub(one, complement);
    let value = b.select(is_inner, inner, outer);
    with_sign_of(b, value, x)
}

/// Complementary error function, `1 - erf(x)`.
pub fn erfc(b: &mut Builder, x: V) -> V {
    let c = constants(x.ty);
    let f = format(x.ty);
    let (zero, one, two) = (b.float(x.ty, 0.0), b.float(x.ty, 1.0), b.float(x.ty, 2.0));
    let limit = b.float(x.ty, INNER);
    let magnitude = b.fabs(x);
    let is_inner = b.flt(magnitude, limit);
    // 1 - x - x*P(x^2) near zero; beyond, the tail, taken from 2 on the negative side.
    let square = b.fmul(x, x);
    let polynomial = horner(b, square, c.inner_erf);
    let minus_x = b.fneg(x);
    let inner_low = b.fmul(minus_x, polynomial);
    let tail = tail(b, magnitude, &c);
    let (bits, sign) = (b.bitcast(f.int, x), b.int(f.int, f.sign));
    let flip = b.and(bits, sign);
    let (tail_high, tail_low) = (flip_sign(b, tail.high, flip), flip_sign(b, tail.low, flip));
    let is_negative = b.flt(x, zero);
    let base = b.select(is_negative, two, zero);
    let base = b.select(is_inner, one, base);
    let high = b.select(is_inner, minus_x, tail_high);
    let low = b.select(is_inner, inner_low, tail_low);
    let sum = fast_two_sum(b, base, high);
    let low = b.fadd(sum.low, low);
    b.fadd(sum.high, low)
}

/// `erfc(x)` of a positive float above [`INNER`].
fn tail(b: &mut Builder, x: V, c: &Constants) -> Pair {
    let (one, two) = (b.float(x.ty, 1.0), b.float(x.ty, 2.0));
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
    let top_low = b.fma(exponential.low, ratio.high, top_low);
    // 1 + 2x exactly: the difference is exact because the sum is no smaller than 1.
    let bottom = b.fma(x, two, one);
    let bottom_low = b.fsub(one, bottom);
    let bottom_low = b.fma(x, two, bottom_low);
    let inverse = b.fdiv(one, bottom);
    let quotient = b.fmul(top.high, inverse);
    let minus_quotient = b.fneg(quotient);
    let rest = b.fma(minus_quotient, bottom, top.high);
    let rest = b.fadd(rest, top_low);
    let rest = b.fma(minus_quotient, bottom_low, rest);
    let low = b.fmul(rest, inverse);
    let [high, low] = [quotient, low].map(|part| {
        let lifted = b.fmul(part, factors[0]);
        b.fmul(lifted, factors[1])
    });
    Pair { high, low }
}

/// `exp(-x^2)` as a pair near 1 and two powers of two to multiply with one after the other,
/// so that even a subnormal product is rounded but once.
fn exp_minus_square(b: &mut Builder, x: V, c: &Constants) -> (Pair, [V; 2]) {
    let f = format(x.ty);
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

/// `exp(x)` for an `x` whose result is a normal float, within about one unit.
fn exp(b: &mut Builder, x: V, c: &Constants) -> V {
    let f = format(x.ty);
    let (n, pushed) = nearest_power(b, x);
    let [ln2_high, ln2_low] = c.ln2.map(|part| b.float(x.ty, -part));
    let rest = b.fma(n, ln2_high, x);
    let rest = b.fma(n, ln2_low, rest);
    let polynomial = horner(b, rest, c.exp);
    let shift = b.int(f.int, f.fraction_bits);
    let exponent = b.shl(pushed, shift);
    let bits = b.bitcast(f.int, polynomial);
    let bits = b.iadd(bits, exponent);
    b.bitcast(x.ty, bits)
}

/// The power of two nearest to `exp(x)`, as a float and as the lowest bits of an integer.
fn nearest_power(b: &mut Builder, x: V) -> (V, V) {
    let f = format(x.ty);
    let push = b.float(x.ty, 1.5 * (1u64 << f.fraction_bits) as f64);
    let log2_e = b.float(x.ty, std::f64::consts::LOG2_E);
    let pushed = b.fma(x, log2_e, push);
    let n = b.fsub(pushed, push);
    (n, b.bitcast(f.int, pushed))
}

/// Where the complement's series around zero ends.
const INNER: f64 = 0.3;

/// Coefficients and limits of one float format. All polynomials are minimax.
struct Constants {
    /// The logarithm of 2 in two parts, the first being it rounded.
    ln2: [f64; 2],
    /// `erf(x)/x - 1` in `x^2`, for `|x| <= 1`.
    erf: &'static [f64],
    /// `log(erfc(x))` in `x - 1`, from 1 to `erf_is_one`, errors weighted with `erfc(x)`.
    log_erfc: &'static [f64],
    /// A magnitude whose error function rounds to 1.
    erf_is_one: f64,
    /// `exp(x)` for `|x| <= log(2)/2`.
    exp: &'static [f64],
    /// `(exp(x) - 1 - x)/x^2` for `|x| <= log(2)/2`.
    exp_tail: &'static [f64],
    /// `erf(x)/x - 1` in `x^2`, for `|x| <= INNER`.
    inner_erf: &'static [f64],
    /// `k` in `t = (x - k)/(x + k)`.
    tail_middle: f64,
    /// `(1 + 2x) * exp(x^2) * erfc(x)` in `t`, from `INNER` to `erfc_is_zero`.
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
    // Relative error 2^-56.9.
    erf: &[
        0.12837916709551256,
        -0.3761263890318355,
        0.11283791670945253,
        -0.02686617064327622,
        0.005223977607423468,
        -0.0008548325989696758,
        0.00012055295320494294,
        -1.4924744663335489e-05,
        1.6447517677871873e-06,
        -1.6209175911748685e-07,
        1.3722976265924464e-08,
        -7.80118887409768e-10,
    ],
    // Error 2^-57.0.
    log_erfc: &[
        -1.8496055099332482,
        -2.6389675142347757,
        -0.8431072563594122,
        -0.041561098025087916,
        0.010033825179194768,
        -0.001977901216216398,
        0.00023731643629970896,
        2.6296323129875864e-05,
        -2.7198966254964976e-05,
        9.671369464314912e-06,
        -2.131933687324414e-06,
        2.0480840314593848e-07,
        5.80130046775265e-08,
        -3.3391638749734785e-08,
        8.518836688544663e-09,
        -1.3191087431557002e-09,
        1.1932599892388968e-10,
        -4.865006805080273e-12,
    ],
    erf_is_one: 5.95,
    // Relative error 2^-58.1.
    exp: &[
        1.0,
        1.0,
        0.5000000000000018,
        0.16666666666666163,
        0.041666666666491325,
        0.008333333333561179,
        0.0013888888951607925,
        0.0001984126943012125,
        2.4801486109801157e-05,
        2.755762378979621e-06,
        2.763244583417262e-07,
        2.4994184270758354e-08,
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
    // Relative error 2^-62.0.
    inner_erf: &[
        0.1283791670955126,
        -0.3761263890318372,
        0.11283791670948216,
        -0.026866170638981075,
        0.005223977356526242,
        -0.0008548263129330169,
        0.00012046911209292319,
        -1.4345580166569863e-05,
    ],
    tail_middle: 4.0,
    // Relative error 2^-58.2.
    tail: &[
        1.2329951186255526,
        -0.13962111684056253,
        0.015379652102618631,
        0.06809705425469527,
        -0.10103906603623115,
        0.09373283499825878,
        -0.06633036581410273,
        0.03716751553881866,
        -0.016197734032795105,
        0.005031969968768749,
        -0.0007577734831280122,
        -0.00019925667130280455,
        0.0001506226265293972,
        -2.4399140284440373e-05,
        -1.122504129953434e-05,
        5.708999679125705e-06,
        2.9999599508702026e-07,
        -8.230483987381324e-07,
        6.668130827227893e-08,
        1.0604896703701806e-07,
        -1.2109876538893851e-08,
        -1.0594333470934793e-08,
    ],
    erfc_is_zero: 28.0,
    lift: 128,
};

const F32: Constants = Constants {
    ln2: [0.693147182464599609375, -1.904654323148236e-9],
    // Relative error 2^-24.6.
    erf: &[
        0.1283791214,
        -0.3761235476,
        0.1128041223,
        -0.02671771683,
        0.004924793262,
        -0.0005660151946,
    ],
    // Error 2^-29.8.
    log_erfc: &[
        -1.84960556,
        -2.638966799,
        -0.84311831,
        -0.04150069878,
        0.009890899993,
        -0.001826164313,
        0.0001855734008,
    ],
    erf_is_one: 4.0,
    // Relative error 2^-23.6.
    exp: &[1.000000119, 0.999999702, 0.4999889135, 0.1666757911, 0.0419158861, 0.008297553286],
    // Error 2^-23.1 of exp.
    exp_tail: &[0.4999922812, 0.1666711569, 0.04189058766, 0.008312501945],
    // Relative error 2^-20.6, of a term that is an eighth of the whole.
    inner_erf: &[0.1283785701, -0.3760074973, 0.1092864275],
    tail_middle: 2.0,
    // Relative error 2^-24.3.
    tail: &[
        1.276978374,
        -0.0927632302,
        -0.1660337746,
        0.1640346497,
        -0.05417501926,
        -0.007905754261,
        0.008519108407,
        0.0008850947488,
        -0.001097755623,
    ],
    erfc_is_zero: 10.1,
    lift: 64,
};
