//! Continuous distributions as NumPy 1.16 drew them: exponentials by the logarithm, normals by the
//! polar method.

use super::RandomState;
use crate::random::bits::Bits;
use crate::random::distributions::{gamma_of, poisson};

/// A sample of the normal distribution: the second of a pair, the first of which is kept.
fn next_gauss(state: &mut RandomState) -> f64 {
    if let Some(gauss) = state.gauss.take() {
        return gauss;
    }
    loop {
        let x1 = 2.0 * state.double() - 1.0;
        let x2 = 2.0 * state.double() - 1.0;
        let r2 = x1 * x1 + x2 * x2;
        if r2 < 1.0 && r2 != 0.0 {
            let f = (-2.0 * r2.ln() / r2).sqrt();
            state.gauss = Some(f * x1);
            return f * x2;
        }
    }
}

fn next_exponential(state: &mut RandomState) -> f64 {
    -(1.0 - state.double()).ln()
}

pub(super) fn standard_normal() -> impl Fn(&mut RandomState) -> f64 {
    next_gauss
}

pub(super) fn standard_exponential() -> impl Fn(&mut RandomState) -> f64 {
    next_exponential
}

pub(super) fn normal(loc: f64, scale: f64) -> impl Fn(&mut RandomState) -> f64 {
    move |state| loc + scale * next_gauss(state)
}

pub(super) fn lognormal(mean: f64, sigma: f64) -> impl Fn(&mut RandomState) -> f64 {
    move |state| (mean + sigma * next_gauss(state)).exp()
}

pub(super) fn exponential(scale: f64) -> impl Fn(&mut RandomState) -> f64 {
    move |state| scale * next_exponential(state)
}

pub(super) fn standard_gamma(shape: f64) -> impl Fn(&mut RandomState) -> f64 {
    gamma_of(shape, next_exponential, next_gauss)
}

pub(super) fn gamma(shape: f64, scale: f64) -> impl Fn(&mut RandomState) -> f64 {
    let standard = standard_gamma(shape);
    move |state| scale * standard(state)
}

pub(super) fn chisquare(df: f64) -> impl Fn(&mut RandomState) -> f64 {
    let standard = standard_gamma(df / 2.0);
    move |state| 2.0 * standard(state)
}

pub(super) fn f(dfnum: f64, dfden: f64) -> impl Fn(&mut RandomState) -> f64 {
    let (above, below) = (chisquare(dfnum), chisquare(dfden));
    move |state| {
        let above = above(state) * dfden;
        above / (below(state) * dfnum)
    }
}

pub(super) fn beta(a: f64, b: f64) -> impl Fn(&mut RandomState) -> f64 {
    let (gamma_a, gamma_b) = (standard_gamma(a), standard_gamma(b));
    move |state| {
        if a > 1.0 || b > 1.0 || a.is_nan() || b.is_nan() {
            let x = gamma_a(state);
            return x / (x + gamma_b(state));
        }
        loop {
            let (u, v) = (state.double(), state.double());
            let (x, y) = (u.powf(1.0 / a), v.powf(1.0 / b));
            if x + y > 1.0 {
                continue;
            }
            if x + y > 0.0 {
                return x / (x + y);
            }
            let (log_x, log_y) = (u.ln() / a, v.ln() / b);
            let larger = if log_x > log_y { log_x } else { log_y };
            let (log_x, log_y) = (log_x - larger, log_y - larger);
            return (log_x - (log_x.exp() + log_y.exp()).ln()).exp();
        }
    }
}

pub(super) fn pareto(a: f64) -> impl Fn(&mut RandomState) -> f64 {
    move |state| (next_exponential(state) / a).exp() - 1.0
}

pub(super) fn weibull(a: f64) -> impl Fn(&mut RandomState) -> f64 {
    move |state| if a == 0.0 { 0.0 } else { next_exponential(state).powf(1.0 / a) }
}

pub(super) fn power(a: f64) -> impl Fn(&mut RandomState) -> f64 {
    move |state| (1.0 - (-next_exponential(state)).exp()).powf(1.0 / a)
}

pub(super) fn rayleigh(scale: f64) -> impl Fn(&mut RandomState) -> f64 {
    move |state| scale * (-2.0 * (-state.double()).ln_1p()).sqrt()
}

pub(super) fn standard_cauchy() -> impl Fn(&mut RandomState) -> f64 {
    |state| {
        let above = next_gauss(state);
        above / next_gauss(state)
    }
}

pub(super) fn standard_t(df: f64) -> impl Fn(&mut RandomState) -> f64 {
    let (gamma, scale) = (standard_gamma(df / 2.0), (df / 2.0).sqrt());
    move |state| {
        let normal = next_gauss(state);
        scale * normal / gamma(state).sqrt()
    }
}

pub(super) fn wald(mean: f64, scale: f64) -> impl Fn(&mut RandomState) -> f64 {
    let ratio = mean / (2.0 * scale);
    move |state| {
        let gauss = next_gauss(state);
        let y = mean * gauss * gauss;
        let x = mean + ratio * (y - (4.0 * scale * y + y * y).sqrt());
        if state.double() <= mean / (mean + x) { x } else { mean * mean / x }
    }
}

pub(super) fn noncentral_chisquare(df: f64, nonc: f64) -> impl Fn(&mut RandomState) -> f64 {
    let (central, rest) = (chisquare(df), chisquare(df - 1.0));
    let (shift, poisson) = (nonc.sqrt(), poisson(nonc / 2.0));
    move |state| {
        if nonc == 0.0 {
            return central(state);
        }
        if df > 1.0 {
            let chi2 = rest(state);
            let n = next_gauss(state) + shift;
            return chi2 + n * n;
        }
        let n: i64 = poisson(state);
        let sample = chisquare(df + n.wrapping_mul(2) as f64)(state);
        if nonc.is_nan() { f64::NAN } else { sample }
    }
}

pub(super) fn noncentral_f(dfnum: f64, dfden: f64, nonc: f64) -> impl Fn(&mut RandomState) -> f64 {
    let (above, below) = (noncentral_chisquare(dfnum, nonc), chisquare(dfden));
    move |state| {
        let above = above(state) * dfden;
        above / (below(state) * dfnum)
    }
}
