//! The small parts that the functions are made of: polynomials and pairs of floats.
//!
//! A pair `(high, low)` stands for the unrounded sum of its members, `low` being at most
//! half a unit in the last place of `high`: about twice the precision of one float.

use crate::lanes::{Builder, LaneType, V};
use crate::math::Format;

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

/// A real constant in twice the precision of `ty`; `low` is what a double has lost of it.
pub(crate) fn pair_constant(b: &mut Builder, ty: LaneType, high: f64, low: f64) -> Pair {
    match ty {
        LaneType::F32 => {
            let rounded = f64::from(high as f32);
            Pair { high: b.float(ty, high), low: b.float(ty, high - rounded) }
        }
        _ => Pair { high: b.float(ty, high), low: b.float(ty, low) },
    }
}

/// `x * factor` rounded to an integer: as the low bits of an integer, and as a float.
///
/// Adding `1.5 * 2^fraction` leaves no room for fraction bits; the sum's low bits are then
/// the integer, and subtracting the same number gives it as a float.
pub(crate) fn rounded_product(b: &mut Builder, x: V, factor: f64) -> (V, V) {
    let format = Format::of(x.ty);
    let factor = b.float(x.ty, factor);
    let magic = b.float(x.ty, 1.5 * (1i64 << format.fraction_bits) as f64);
    // One rounding, by the fused multiply-add: the integer is the one nearest to the exact
    // product, and so at most half a step from it.
    let shifted = b.fma(x, factor, magic);
    let float = b.fsub(shifted, magic);
    (format.bits_of(b, shifted), float)
}

/// `|x| < bound`, negated so that NaN belongs to what is outside.
pub(crate) fn outside(b: &mut Builder, x: V, bound: f64) -> V {
    let bound = b.float(x.ty, bound);
    let magnitude = b.fabs(x);
    let inside = b.flt(magnitude, bound);
    b.not(inside)
}

/// The sign bit of `x`, other bits clear.
pub(crate) fn sign_bits(b: &mut Builder, x: V) -> V {
    let format = Format::of(x.ty);
    let mask = b.int(format.int, -1i64 << (format.int.bits() - 1));
    let bits = format.bits_of(b, x);
    b.and(bits, mask)
}

/// `magnitude`, which is not negative, with the given sign bit.
pub(crate) fn with_sign_bits(b: &mut Builder, magnitude: V, sign: V) -> V {
    let format = Format::of(magnitude.ty);
    let bits = format.bits_of(b, magnitude);
    let signed = b.or(bits, sign);
    format.float_of(b, signed)
}

/// The quotient of `numerator`, perhaps with something to add to it, and a pair: by one
/// division, and the remainder it leaves.
pub(crate) fn quotient(
    b: &mut Builder,
    numerator: V,
    numerator_low: Option<V>,
    divisor: Pair,
) -> Pair {
    let one = b.float(numerator.ty, 1.0);
    // One division and a remainder are cheaper than two divisions: with the remainder exact,
    // the inverse's own rounding is of second order.
    let inverse = b.fdiv(one, divisor.high);
    let high = b.fmul(numerator, inverse);
    let minus_high = b.fneg(high);
    let mut rest = b.fma(minus_high, divisor.high, numerator);
    if let Some(low) = numerator_low {
        rest = b.fadd(rest, low);
    }
    let rest = b.fma(minus_high, divisor.low, rest);
    Pair { high, low: b.fmul(rest, inverse) }
}

/// The product of two pairs.
pub(crate) fn product(b: &mut Builder, x: Pair, y: Pair) -> Pair {
    let product = two_product(b, x.high, y.high);
    // The product of the low parts is below what `low` can hold of `high`.
    let low = b.fma(x.high, y.low, product.low);
    let low = b.fma(x.low, y.high, low);
    Pair { high: product.high, low }
}

/// A power of two that brings a positive float near 1, made from its exponent alone.
pub(crate) struct Scale {
    /// What to multiply with: the product is at least `2^least` and below `2^(least + 16)`,
    /// but for subnormals, which get above `2^-60`, and infinity, which stays infinite.
    pub factor: V,
    /// What undoes it, if `least` is -1. (If it is 0 that may be no normal number.)
    pub inverse: V,
}

/// The scale of a positive float. The lowest bits of the exponent are ignored, which
/// leaves room for the factor and its inverse to be normal numbers.
pub(crate) fn scale(b: &mut Builder, x: V, least: i64) -> Scale {
    let f = Format::of(x.ty);
    let ignored_bits = if x.ty == LaneType::F32 { 3 } else { 4 };
    let kept = f.inf & (f.inf << ignored_bits);
    let (kept, top) = (b.int(f.int, kept), b.int(f.int, (2 * f.bias + least) << f.fraction_bits));
    let bits = b.bitcast(f.int, x);
    let exponent = b.and(bits, kept);
    let factor = b.isub(top, exponent);
    let least = b.int(f.int, least << f.fraction_bits);
    let inverse = b.isub(exponent, least);
    Scale { factor: b.bitcast(x.ty, factor), inverse: b.bitcast(x.ty, inverse) }
}

/// `1 / x` within an eighth of itself, for a positive `x`: a difference of bits is one of
/// logarithms. Zero gives a finite number.
pub(crate) fn rough_reciprocal(b: &mut Builder, x: V) -> V {
    let f = Format::of(x.ty);
    // The bits of 1 twice, and a share of a unit that balances the error (known from the
    // fast inverse square root, here for the power -1).
    let share = (0.1011 * (1u64 << f.fraction_bits) as f64) as i64;
    let from = b.int(f.int, ((2 * f.bias) << f.fraction_bits) - share);
    let bits = b.bitcast(f.int, x);
    let bits = b.isub(from, bits);
    b.bitcast(x.ty, bits)
}

/// `x` with its sign flipped where the top bit of the integer `flip` is set; its other bits
/// are ignored.
pub(crate) fn flip_sign(b: &mut Builder, x: V, flip: V) -> V {
    let mask = b.int(flip.ty, Format::of(x.ty).sign);
    let (sign, bits) = (b.and(flip, mask), b.bitcast(flip.ty, x));
    let bits = b.xor(bits, sign);
    b.bitcast(x.ty, bits)
}

/// A magnitude with the sign of `x`: what makes an odd function of one on magnitudes.
pub(crate) fn signed_like(b: &mut Builder, magnitude: V, x: V) -> V {
    let bits = b.bitcast(Format::of(x.ty).int, x);
    flip_sign(b, magnitude, bits)
}
