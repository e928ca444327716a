//! Discrete distributions as NumPy 1.16 drew them.

use super::{RandomState, continuous};
use crate::random::bits::Bits;
use crate::random::distributions::{
    Ratio, binomial_of, geometric_search, log_gamma, logarithmic, poisson, zipf_rejection,
};

pub(super) fn binomial(n: i64, p: f64) -> impl Fn(&mut RandomState) -> i64 {
    binomial_of(n, p, |n, p| (n as f64 * (1.0 - p).ln()).exp())
}

pub(super) fn negative_binomial(n: f64, p: f64) -> impl Fn(&mut RandomState) -> i64 {
    let gamma = continuous::gamma(n, (1.0 - p) / p);
    move |state| poisson(gamma(state))(state)
}

pub(super) fn geometric(p: f64) -> impl Fn(&mut RandomState) -> i64 {
    let scale = (1.0 - p).ln();
    move |state| {
        if p >= 1.0 / 3.0 {
            return geometric_search(state, p);
        }
        ((-state.double()).ln_1p() / scale).ceil() as i64
    }
}

pub(super) fn logseries(p: f64) -> impl Fn(&mut RandomState) -> i64 {
    let r = (1.0 - p).ln();
    move |state| logarithmic(state, p, |u| 1.0 - (r * u).exp())
}

pub(super) fn zipf(a: f64) -> impl Fn(&mut RandomState) -> i64 {
    let rejection = zipf_rejection(a);
    move |state| rejection(state, &|u| 1.0 - u)
}

/// Samples of up to so many are drawn one after the other.
const FEW: i64 = 10;

pub(super) fn hypergeometric(good: i64, bad: i64, n: i64) -> impl Fn(&mut RandomState) -> i64 {
    let ratio = (n > FEW).then(|| {
        let of_fewer = good.min(bad) as f64 / (good + bad) as f64;
        Ratio::with(good, bad, n, (n, 1.0 - of_fewer), |k| log_gamma((k + 1) as f64))
    });
    move |state| match &ratio {
        Some(ratio) => ratio.sample(state),
        None => one_by_one(state, good, bad, n),
    }
}

fn one_by_one(state: &mut RandomState, good: i64, bad: i64, n: i64) -> i64 {
    let others = good + bad - n;
    let fewer = good.min(bad) as f64;
    let (mut y, mut k) = (fewer, n);
    while y > 0.0 {
        let u = state.double();
        y -= (u + y / (others + k) as f64).floor();
        k -= 1;
        if k == 0 {
            break;
        }
    }
    let drawn = (fewer - y) as i64;
    if good > bad { n - drawn } else { drawn }
}
