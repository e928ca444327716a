//! Continuous distributions. Each function makes a sampler of a distribution with the given
//! parameters; what does not depend on random words is computed once.

use super::discrete::poisson;
use super::gamma::{chisquare, standard_gamma};
use super::ziggurat::{exponential as next_exponential, normal as next_normal};
use crate::random::bits::Bits;
use std::f64::consts::PI;

pub(crate) fn uniform<B: Bits>(low: f64, high: f64) -> impl Fn(&mut B) -> f64 {
    let range = high - low;
    move |bits| low + range * bits.double()
}

pub(crate) fn normal<B: Bits>(loc: f64, scale: f64) -> impl Fn(&mut B) -> f64 {
    move |bits| loc + scale * next_normal(bits)
}

pub(crate) fn lognormal<B: Bits>(mean: f64, sigma: f64) -> impl Fn(&mut B) -> f64 {
    move |bits| (mean + sigma * next_normal(bits)).exp()
}

pub(crate) fn exponential<B: Bits>(scale: f64) -> impl Fn(&mut B) -> f64 {
    move |bits| scale * next_exponential(bits)
}

pub(crate) fn standard_cauchy<B: Bits>() -> impl Fn(&mut B) -> f64 {
    |bits| {
        let above = next_normal(bits);
        above / next_normal(bits)
    }
}

pub(crate) fn standard_t<B: Bits>(df: f64) -> impl Fn(&mut B) -> f64 {
    let (gamma, scale) = (standard_gamma(df / 2.0), (df / 2.0).sqrt());
    move |bits| {
        let normal = next_normal(bits);
        scale * normal / gamma(bits).sqrt()
    }
}

pub(crate) fn pareto<B: Bits>(a: f64) -> impl Fn(&mut B) -> f64 {
    move |bits| (next_exponential(bits) / a).exp_m1()
}

pub(crate) fn weibull<B: Bits>(a: f64) -> impl Fn(&mut B) -> f64 {
    move |bits| if a == 0.0 { 0.0 } else { next_exponential(bits).powf(1.0 / a) }
}

pub(crate) fn power<B: Bits>(a: f64) -> impl Fn(&mut B) -> f64 {
    move |bits| (-(-next_exponential(bits)).exp_m1()).powf(1.0 / a)
}

pub(crate) fn rayleigh<B: Bits>(scale: f64) -> impl Fn(&mut B) -> f64 {
    move |bits| scale * (2.0 * next_exponential(bits)).sqrt()
}

pub(crate) fn laplace<B: Bits>(loc: f64, scale: f64) -> impl Fn(&mut B) -> f64 {
    move |bits| {
        // At 0 the logarithm would be infinite.
        let u = nonzero(bits);
        if u >= 0.5 { loc - scale * (2.0 - u - u).ln() } else { loc + scale * (u + u).ln() }
    }
}

pub(crate) fn gumbel<B: Bits>(loc: f64, scale: f64) -> impl Fn(&mut B) -> f64 {
    move |bits| loc - scale * (-(1.0 - nonzero(bits)).ln()).ln()
}

pub(crate) fn logistic<B: Bits>(loc: f64, scale: f64) -> impl Fn(&mut B) -> f64 {
    move |bits| {
        let u = nonzero(bits);
        loc + scale * (u / (1.0 - u)).ln()
    }
}

/// The next float that is not 0.
fn nonzero(bits: &mut impl Bits) -> f64 {
    loop {
        let u = bits.double();
        if u > 0.0 {
            return u;
        }
    }
}

pub(crate) fn triangular<B: Bits>(left: f64, mode: f64, right: f64) -> impl Fn(&mut B) -> f64 {
    let (base, left_base) = (right - left, mode - left);
    let (ratio, left_product) = (left_base / base, left_base * base);
    let right_product = (right - mode) * base;
    move |bits| {
        let u = bits.double();
        if u <= ratio {
            left + (u * left_product).sqrt()
        } else {
            right - ((1.0 - u) * right_product).sqrt()
        }
    }
}

pub(crate) fn wald<B: Bits>(mean: f64, scale: f64) -> impl Fn(&mut B) -> f64 {
    move |bits| {
        let normal = next_normal(bits);
        let y = mean * normal * normal;
        let d = 1.0 + (1.0 + 4.0 * scale / y).sqrt();
        let x = mean * (1.0 - 2.0 / d);
        if bits.double() <= mean / (mean + x) { x } else { mean * mean / x }
    }
}

pub(crate) fn noncentral_chisquare<B: Bits>(df: f64, nonc: f64) -> impl Fn(&mut B) -> f64 {
    let (central, rest) = (chisquare(df), chisquare(df - 1.0));
    let (shift, poisson) = (nonc.sqrt(), poisson(nonc / 2.0));
    move |bits| {
        if nonc.is_nan() {
            return f64::NAN;
        }
        if nonc == 0.0 {
            return central(bits);
        }
        if df > 1.0 {
            let chi2 = rest(bits);
            let n = next_normal(bits) + shift;
            return chi2 + n * n;
        }
        let n = poisson(bits);
        chisquare(df + n.wrapping_mul(2) as f64)(bits)
    }
}

pub(crate) fn noncentral_f<B: Bits>(dfnum: f64, dfden: f64, nonc: f64) -> impl Fn(&mut B) -> f64 {
    let (above, below) = (noncentral_chisquare(dfnum, nonc), chisquare(dfden));
    move |bits| {
        let above = above(bits) * dfden;
        above / (below(bits) * dfnum)
    }
}

/// From which concentration on the wrapped normal distribution takes the place of von Mises'.
const NARROW: f64 = 1e6;

pub(crate) fn vonmises<B: Bits>(mu: f64, kappa: f64) -> impl Fn(&mut B) -> f64 {
    let (around, spread) = (around_circle(mu, kappa), (1.0 / kappa).sqrt());
    move |bits| {
        if kappa <= NARROW || kappa.is_nan() {
            return around(bits);
        }
        let mut angle = mu + spread * next_normal(bits);
        if angle < -PI {
            angle += 2.0 * PI;
        }
        if angle > PI {
            angle -= 2.0 * PI;
        }
        angle
    }
}

/// An angle by Best's and Fisher's rejection, whatever the concentration.
pub(crate) fn around_circle<B: Bits>(mu: f64, kappa: f64) -> impl Fn(&mut B) -> f64 {
    let s = if kappa < 1e-5 {
        1.0 / kappa + kappa
    } else {
        let r = 1.0 + (1.0 + 4.0 * kappa * kappa).sqrt();
        let rho = (r - (2.0 * r).sqrt()) / (2.0 * kappa);
        (1.0 + rho * rho) / (2.0 * rho)
    };
    move |bits| {
        if kappa.is_nan() {
            return f64::NAN;
        }
        if kappa < 1e-8 {
            return PI * (2.0 * bits.double() - 1.0);
        }
        let cosine = loop {
            let z = (PI * bits.double()).cos();
            let w = (1.0 + s * z) / (s + z);
            let y = kappa * (s - w);
            let v = bits.double();
            if y * (2.0 - y) - v >= 0.0 || (y / v).ln() + 1.0 - y >= 0.0 {
                break w;
            }
        };
        let is_left = bits.double() < 0.5;
        let angle = if is_left { -cosine.acos() } else { cosine.acos() } + mu;
        let wrapped = (angle.abs() + PI) % (2.0 * PI) - PI;
        if angle < 0.0 { -wrapped } else { wrapped }
    }
}
