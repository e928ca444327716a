//! Discrete distributions, but for the binomial and the hypergeometric ones.

use super::gamma::gamma;
use super::ziggurat;
use crate::random::bits::Bits;
use std::hint::black_box;

/// Below this mean, floats are multiplied until the product is small enough.
const LARGE_MEAN: f64 = 10.0;

pub(crate) fn poisson<B: Bits>(lam: f64) -> impl Fn(&mut B) -> i64 {
    let (small, large) = ((-lam).exp(), TransformedRejection::new(lam));
    move |bits| {
        if lam >= LARGE_MEAN {
            return large.sample(bits);
        }
        if lam == 0.0 {
            return 0;
        }
        let (mut n, mut product) = (0, 1.0);
        loop {
            product *= bits.double();
            if product > small {
                n += 1;
                continue;
            }
            return n;
        }
    }
}

/// Hörmann's transformed rejection (Insurance: Mathematics and Economics 12, 1993).
struct TransformedRejection {
    lam: f64,
    log_lam: f64,
    a: f64,
    b: f64,
    log_inverse_alpha: f64,
    v_r: f64,
}

impl TransformedRejection {
    fn new(lam: f64) -> TransformedRejection {
        let b = 0.931 + 2.53 * lam.sqrt();
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        TransformedRejection {
            lam,
            log_lam: lam.ln(),
            a: -0.059 + 0.02483 * b,
            b,
            log_inverse_alpha: inverse_alpha.ln(),
            v_r: 0.9277 - 3.6224 / (b - 2.0),
        }
    }

    #[inline]
    fn sample(&self, bits: &mut impl Bits) -> i64 {
        let TransformedRejection { lam, log_lam, a, b, log_inverse_alpha, v_r } = *self;
        loop {
            let u = bits.double() - 0.5;
            let v = bits.double();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + lam + 0.43).floor() as i64;
            if us >= 0.07 && v <= v_r {
                return k;
            }
            if k < 0 || us < 0.013 && v > us {
                continue;
            }
            let accepted = v.ln() + log_inverse_alpha - (a / (us * us) + b).ln();
            if accepted <= -lam + k as f64 * log_lam - log_gamma(k as f64 + 1.0) {
                return k;
            }
        }
    }
}

/// The logarithm of the gamma function, by Zhang's and Jin's series (Computation of Special
/// Functions, 1996): what it rounds to decides about samples.
pub(crate) fn log_gamma(x: f64) -> f64 {
    const LOG_2PI: f64 = 1.837_877_066_409_345_3;
    const SERIES: [f64; 10] = [
        8.333333333333333e-02,
        -2.777777777777778e-03,
        7.936507936507937e-04,
        -5.952380952380952e-04,
        8.417508417508418e-04,
        -1.917526917526918e-03,
        6.41025641025641e-03,
        -2.955065359477124e-02,
        1.796443723688307e-01,
        -1.3924322169059,
    ];
    if x == 1.0 || x == 2.0 {
        return 0.0;
    }
    // The series is for large arguments.
    let n = if x < 7.0 { (7.0 - x) as i64 } else { 0 };
    let mut large = x + n as f64;
    let inverse_square = (1.0 / large) * (1.0 / large);
    let terms = SERIES.iter().rev().copied().reduce(|sum, term| sum * inverse_square + term);
    let mut log = terms.unwrap_or(0.0) / large + 0.5 * LOG_2PI + (large - 0.5) * large.ln() - large;
    for _ in 0..n {
        log -= (large - 1.0).ln();
        large -= 1.0;
    }
    log
}

pub(crate) fn negative_binomial<B: Bits>(n: f64, p: f64) -> impl Fn(&mut B) -> i64 {
    let gamma = gamma(n, (1.0 - p) / p);
    move |bits| poisson(gamma(bits))(bits)
}

/// Chances from which on outcomes are counted one by one.
const LIKELY: f64 = 1.0 / 3.0;

pub(crate) fn geometric<B: Bits>(p: f64) -> impl Fn(&mut B) -> i64 {
    let scale = (-p).ln_1p();
    move |bits| {
        if p >= LIKELY {
            return geometric_search(bits, p);
        }
        // The cast goes to the largest integer from there on.
        (-ziggurat::exponential(bits) / scale).ceil() as i64
    }
}

pub(crate) fn geometric_search(bits: &mut impl Bits, p: f64) -> i64 {
    let (mut n, mut sum, mut product) = (1, p, p);
    let u = bits.double();
    while u > sum {
        product *= 1.0 - p;
        sum += product;
        n += 1;
    }
    n
}

pub(crate) fn logseries<B: Bits>(p: f64) -> impl Fn(&mut B) -> i64 {
    let r = (-p).ln_1p();
    move |bits| logarithmic(bits, p, |u| -(r * u).exp_m1())
}

/// Kemp's method, given what makes a base of a float.
#[inline]
pub(crate) fn logarithmic(bits: &mut impl Bits, p: f64, base: impl Fn(f64) -> f64) -> i64 {
    loop {
        let v = bits.double();
        if v >= p {
            return 1;
        }
        let q = base(bits.double());
        if v <= q * q {
            let n = (1.0 + v.ln() / q.ln()).floor() as i64;
            if n >= 1 && v != 0.0 {
                return n;
            }
            continue;
        }
        return if v >= q { 1 } else { 2 };
    }
}

/// Exponents from which on all samples are 1.
const STEEP: f64 = 1025.0;

pub(crate) fn zipf<B: Bits>(a: f64) -> impl Fn(&mut B) -> i64 {
    let lowest = (i64::MAX as f64).powf(-(a - 1.0));
    let rejection = zipf_rejection(a);
    move |bits| {
        if a >= STEEP {
            return 1;
        }
        rejection(bits, &|u| u * lowest + (1.0 - u))
    }
}

/// Devroye's rejection, given which float stands for one in `[0, 1)`.
#[inline]
pub(crate) fn zipf_rejection<B: Bits>(a: f64) -> impl Fn(&mut B, &dyn Fn(f64) -> f64) -> i64 {
    let exponent = a - 1.0;
    // Compilers would rather compute a power of two, which need not round alike.
    let b = black_box(2.0_f64).powf(exponent);
    move |bits, place| {
        loop {
            let u = place(bits.double());
            let v = bits.double();
            let x = u.powf(-1.0 / exponent).floor();
            if x > i64::MAX as f64 || x < 1.0 {
                continue;
            }
            let t = (1.0 + 1.0 / x).powf(exponent);
            if v * x * (t - 1.0) / (b - 1.0) <= t / b {
                return x as i64;
            }
        }
    }
}
