//! The gamma distribution and those made of it.

use super::ziggurat;
use crate::random::bits::Bits;

/// By Marsaglia's and Tsang's method, of shapes below 1 by Ahrens' and Dieter's.
pub(crate) fn standard_gamma<B: Bits>(shape: f64) -> impl Fn(&mut B) -> f64 {
    gamma_of(shape, ziggurat::exponential, ziggurat::normal)
}

/// The same in single precision.
pub(crate) fn standard_gamma32<B: Bits>(shape: f32) -> impl Fn(&mut B) -> f32 {
    gamma_of32(shape, ziggurat::exponential32, ziggurat::normal32)
}

/// The gamma distribution of one precision, given what draws exponential and normal samples.
macro_rules! gamma_of {
    ($name:ident, $float:ty, $uniform:ident) => {
        #[inline]
        pub(crate) fn $name<B: Bits>(
            shape: $float,
            exponential: impl Fn(&mut B) -> $float,
            normal: impl Fn(&mut B) -> $float,
        ) -> impl Fn(&mut B) -> $float {
            let b = shape - 1.0 / 3.0;
            let c = 1.0 / (9.0 * b).sqrt();
            let inverse = 1.0 / shape;
            move |bits| {
                if shape == 1.0 {
                    return exponential(bits);
                }
                if shape == 0.0 {
                    return 0.0;
                }
                if shape < 1.0 {
                    return loop {
                        let (u, v) = (bits.$uniform(), exponential(bits));
                        if u <= 1.0 - shape {
                            let x = u.powf(inverse);
                            if x <= v {
                                break x;
                            }
                        } else {
                            let y = -((1.0 - u) / shape).ln();
                            let x = (1.0 - shape + shape * y).powf(inverse);
                            if x <= v + y {
                                break x;
                            }
                        }
                    };
                }
                loop {
                    let (x, v) = loop {
                        let x = normal(bits);
                        let v = 1.0 + c * x;
                        if v <= 0.0 {
                            continue;
                        }
                        break (x, v);
                    };
                    let v = v * v * v;
                    let u = bits.$uniform();
                    if u < 1.0 - 0.0331 * (x * x) * (x * x)
                        || u.ln() < 0.5 * x * x + b * (1.0 - v + v.ln())
                    {
                        return b * v;
                    }
                }
            }
        }
    };
}

gamma_of!(gamma_of, f64, double);
gamma_of!(gamma_of32, f32, float);

pub(crate) fn gamma<B: Bits>(shape: f64, scale: f64) -> impl Fn(&mut B) -> f64 {
    let standard = standard_gamma(shape);
    move |bits| scale * standard(bits)
}

pub(crate) fn chisquare<B: Bits>(df: f64) -> impl Fn(&mut B) -> f64 {
    let standard = standard_gamma(df / 2.0);
    move |bits| 2.0 * standard(bits)
}

pub(crate) fn f<B: Bits>(dfnum: f64, dfden: f64) -> impl Fn(&mut B) -> f64 {
    let (above, below) = (chisquare(dfnum), chisquare(dfden));
    move |bits| {
        let above = above(bits) * dfden;
        above / (below(bits) * dfnum)
    }
}

/// Parameters that are both below this give 0 or 1 but once in 10¹⁰⁰ samples.
const TINY: f64 = 3e-103;

/// By Jöhnk's method, of larger parameters as a ratio of gammas.
pub(crate) fn beta<B: Bits>(a: f64, b: f64) -> impl Fn(&mut B) -> f64 {
    let (gamma_a, gamma_b) = (standard_gamma(a), standard_gamma(b));
    move |bits| {
        if a > 1.0 || b > 1.0 || a.is_nan() || b.is_nan() {
            let x = gamma_a(bits);
            return x / (x + gamma_b(bits));
        }
        if a < TINY && b < TINY {
            return f64::from((a + b) * bits.double() < a);
        }
        loop {
            let (u, v) = (bits.double(), bits.double());
            let (x, y) = (u.powf(1.0 / a), v.powf(1.0 / b));
            if x + y > 1.0 || u + v <= 0.0 {
                continue;
            }
            if x > 0.0 && y > 0.0 {
                return x / (x + y);
            }
            // One of the powers has vanished, but their logarithms have not.
            let delta = u.ln() / a - v.ln() / b;
            return if delta > 0.0 {
                (-(-delta).exp().ln_1p()).exp()
            } else {
                (delta - delta.exp().ln_1p()).exp()
            };
        }
    }
}
