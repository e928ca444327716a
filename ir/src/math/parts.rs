//! The small parts that the functions are made of: polynomials and pairs of floats.
//!
//! A pair `(high, low)` stands for the unrounded sum of its members, `low` being at most
//! half a unit in the last place of `high`: about twice the precision of one float.

use crate::lanes::{Builder, V};

/// A value as an unrounded sum of two floats.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    /// The rounded value.
    pub high: V,
    /// What rounding lost.
    pub low: V,
}

/// `c[0] + c[1]*x + c[2]*x^2 + …` by Horner's rule with fused multiply-adds.
pub(crate) fn horner(b: &mut Builder, x: V, coefficients: &[f64]) -> V {
    let (last, rest) = coefficients.split_last().expect("a polynomial has coefficients");
    let mut sum = b.float(x.ty, *last);
    for c in rest.iter().rev() {
        let c = b.float(x.ty, *c);
        sum = b.fma(sum, x, c);
    }
    sum
}

/// The same polynomial by Estrin's scheme: pairs, then pairs of pairs. More multiplications
/// than Horner's rule in a chain only log2(n) long.
pub(crate) fn estrin(b: &mut Builder, x: V, coefficients: &[f64]) -> V {
    let mut terms: Vec<V> = coefficients.iter().map(|c| b.float(x.ty, *c)).collect();
    let mut power = x;
    while terms.len() > 1 {
        terms = terms
            .chunks(2)
            .map(|pair| if let [low, high] = pair { b.fma(*high, power, *low) } else { pair[0] })
            .collect();
        if terms.len() > 1 {
            power = b.fmul(power, power);
        }
    }
    terms[0]
}

/// `x + y` exactly, for `|x| >= |y|` or `x == 0`.
pub(crate) fn fast_two_sum(b: &mut Builder, x: V, y: V) -> Pair {
    let high = b.fadd(x, y);
    let taken = b.fsub(high, x);
    let low = b.fsub(y, taken);
    Pair { high, low }
}

/// `x + y` exactly, for any two finite floats.
pub(crate) fn two_sum(b: &mut Builder, x: V, y: V) -> Pair {
    let high = b.fadd(x, y);
    let y_part = b.fsub(high, x);
    let x_part = b.fsub(high, y_part);
    let (x_lost, y_lost) = (b.fsub(x, x_part), b.fsub(y, y_part));
    let low = b.fadd(x_lost, y_lost);
    Pair { high, low }
}

/// `x * y` exactly, unless the low part underflows.
pub(crate) fn two_product(b: &mut Builder, x: V, y: V) -> Pair {
    let high = b.fmul(x, y);
    let minus_high = b.fneg(high);
    let low = b.fma(x, y, minus_high);
    Pair { high, low }
}
