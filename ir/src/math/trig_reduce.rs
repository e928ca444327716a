//! Brings angles into `[-pi/4, pi/4]`: what the sine, cosine and tangent share.
//!
//! A magnitude `x` becomes a quadrant `n` and a remainder `r` with `x = n*pi/2 + r`. Up to
//! [`Constants::limit`] that is Cody and Waite's method: `pi/2` in three parts, subtracted
//! by fused multiply-adds. The first subtraction is exact, because `x` and the first part
//! are multiples of a half unit in the last place of numbers below one, as the difference
//! is. Beyond the limit it is Payne and Hanek's method: only the bits of `2/pi` that matter
//! for `x` are multiplied with the integer significand of `x`. Floats come no closer to
//! multiples of `pi/2` than 2^-62 (f64) or 2^-30 (f32), which the bits kept allow for.

use super::parts::{Pair, fast_two_sum, flip_sign, two_product};
use crate::lanes::{Builder, LaneOp, LaneType, TableId, V};
use crate::math::Format;
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// A reduced angle.
pub(crate) struct Reduced {
    /// How many quarter turns were taken off; only the two lowest bits mean something.
    pub quadrant: V,
    /// What is left, in `[-pi/4, pi/4]` but for rounding.
    pub rest: Pair,
}

/// 2/pi as a binary fraction, 64 bits an entry, after one entry of zeros. The largest f64
/// needs twenty entries; the others fill the table up to a power of two.
pub(super) const TWO_OVER_PI: [u64; 32] = [
    0x0000000000000000,
    0xa2f9836e4e441529,
    0xfc2757d1f534ddc0,
    0xdb6295993c439041,
    0xfe5163abdebbc561,
    0xb7246e3a424dd2e0,
    0x06492eea09d1921c,
    0xfe1deb1cb129a73e,
    0xe88235f52ebb4484,
    0xe99c7026b45f7e41,
    0x3991d639835339f4,
    0x9c845f8bbdf9283b,
    0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f,
    0x6d367ecf27cb09b7,
    0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea,
    0x6bfb5fb11f8d5d08,
    0x56033046fc7b6bab,
    0xf0cfbc209af4361d,
    0xa9e391615ee61b08,
    0x6599855f14a06840,
    0x8dffd8804d732731,
    0x06061556ca73a8c9,
    0x60e27bc08c6b47c4,
    0x19c367cddce8092a,
    0x8359c4768b961ca6,
    0xddaf44d15719053e,
    0xa5ff07053f7e33e8,
    0x32c2de4f98327dbb,
    0xc33d26ef6b1e5ef8,
];

/// The number of [`TWO_OVER_PI`] among the tables.
const TABLE: TableId = TableId(0);

struct Constants {
    /// The largest magnitude that Cody and Waite's method is used for.
    limit: f64,
    /// `pi/2 = pio2[0] + pio2[1] + pio2[2]`, but for less than matters below the limit.
    pio2: [f64; 3],
    /// `pi/2` once more, as a pair.
    pio2_pair: [f64; 2],
}

fn constants(ty: LaneType) -> Constants {
    match ty {
        // Full parts: no quadrant number below 2^16 times the third reaches the remainder.
        LaneType::F32 => Constants {
            limit: 65536.0,
            pio2: [1.5707963705062866, -4.371138828673793e-8, -1.7151245100058819e-15],
            pio2_pair: [1.5707963705062866, -4.371138828673793e-8],
        },
        // The second part has 33 bits, so that its product with a quadrant number below
        // 2^20 is exact: the remainder may cancel down to it without loss.
        _ => Constants {
            limit: 1048576.0,
            pio2: [FRAC_PI_2, 6.12323399538461e-17, 3.5215598651832e-27],
            pio2_pair: [FRAC_PI_2, 6.123233995736766e-17],
        },
    }
}

/// Reduces a magnitude to a remainder of about twice the format's precision. NaN and
/// infinity leave NaN.
pub(crate) fn reduce(b: &mut Builder, magnitude: V) -> Reduced {
    let (n, quadrant) = nearest_quadrant(b, magnitude);
    let rest = match magnitude.ty {
        LaneType::F32 => near_f32_pair(b, magnitude, n),
        _ => near_f64(b, magnitude, n),
    };
    unless_far(b, magnitude, Reduced { quadrant, rest })
}

/// Reduces an f32 magnitude, leaving one float with an error of at most a unit in the last
/// place, which is enough for a sine or cosine within two, and a zero low part.
pub(crate) fn reduce_f32(b: &mut Builder, magnitude: V) -> Reduced {
    let (n, quadrant) = nearest_quadrant(b, magnitude);
    let mut high = magnitude;
    for part in constants(LaneType::F32).pio2 {
        let minus_part = b.float(LaneType::F32, -part);
        high = b.fma(n, minus_part, high);
    }
    let low = b.float(LaneType::F32, 0.0);
    unless_far(b, magnitude, Reduced { quadrant, rest: Pair { high, low } })
}

/// The multiple of `pi/2` nearest to the magnitude, as a float and as an integer. Adding
/// 2^52 (2^23) pushes the fraction out of the float and leaves the integer in its low bits.
fn nearest_quadrant(b: &mut Builder, magnitude: V) -> (V, V) {
    let f = Format::of(magnitude.ty);
    let push = b.float(magnitude.ty, (1u64 << f.fraction_bits) as f64);
    let two_over_pi = b.float(magnitude.ty, FRAC_2_PI);
    let pushed = b.fma(magnitude, two_over_pi, push);
    let n = b.fsub(pushed, push);
    (n, b.bitcast(f.int, pushed))
}

/// `magnitude - n*pi/2` as a pair.
fn near_f64(b: &mut Builder, magnitude: V, n: V) -> Pair {
    let [part0, part1, part2] = constants(n.ty).pio2.map(|part| b.float(n.ty, -part));
    let start = b.fma(n, part0, magnitude);
    let high = b.fma(n, part1, start);
    let taken = b.fsub(start, high);
    let low = b.fma(n, part1, taken);
    let low = b.fma(n, part2, low);
    Pair { high, low }
}

/// The same for f32, whose parts are too few bits to leave room for exact products: the
/// second product is a pair.
fn near_f32_pair(b: &mut Builder, magnitude: V, n: V) -> Pair {
    let [part0, part1, part2] = constants(n.ty).pio2.map(|part| b.float(n.ty, -part));
    let start = b.fma(n, part0, magnitude);
    let product = two_product(b, n, part1);
    let high = b.fadd(start, product.high);
    let added = b.fsub(high, start);
    let low = b.fsub(product.high, added);
    let low = b.fadd(low, product.low);
    let low = b.fma(n, part2, low);
    Pair { high, low }
}

/// The given reduction for magnitudes up to the limit, Payne and Hanek's beyond.
fn unless_far(b: &mut Builder, magnitude: V, near: Reduced) -> Reduced {
    let limit = b.float(magnitude.ty, constants(magnitude.ty).limit);
    let is_far = b.flt(limit, magnitude);
    let far = reduce_far(b, magnitude);
    Reduced {
        quadrant: b.select_rare(is_far, far.quadrant, near.quadrant),
        rest: Pair {
            high: b.select_rare(is_far, far.rest.high, near.rest.high),
            low: b.select_rare(is_far, far.rest.low, near.rest.low),
        },
    }
}

/// Payne and Hanek's reduction.
fn reduce_far(b: &mut Builder, magnitude: V) -> Reduced {
    let ty = magnitude.ty;
    let f = Format::of(ty);
    let [high, low] = quarter_turns(b, magnitude, &f);
    // High has two bits of quadrant; the fraction below is rounded to the nearest.
    let width = i64::from(f.int.bits());
    let top = shift_right(b, high, width - 2);
    let half = shift_right(b, high, width - 3);
    let one = b.int(f.int, 1);
    let half = b.and(half, one);
    let quadrant = b.iadd(top, half);
    let fraction = signed_fraction(b, ty, [high, low], &f);
    let [pio2_high, pio2_low] = constants(ty).pio2_pair.map(|part| b.float(ty, part));
    let mut rest = two_product(b, fraction.high, pio2_high);
    rest.low = b.fma(fraction.high, pio2_low, rest.low);
    rest.low = b.fma(fraction.low, pio2_high, rest.low);
    let mut rest = fast_two_sum(b, rest.high, rest.low);
    // Zero, or NaN for an infinity.
    let zero = b.fsub(magnitude, magnitude);
    rest.high = b.fadd(rest.high, zero);
    Reduced { quadrant, rest }
}

/// `magnitude * 2/pi` modulo 4 as two integer words, the first two bits being whole.
///
/// With `m` the integer significand, `magnitude = m * 2^(exponent - bias - fraction_bits)`.
/// Bits of `2/pi` whose product with `m` is a multiple of four are skipped, the next three
/// words are kept, and so are the upper two words of the product modulo 2^(3 words).
fn quarter_turns(b: &mut Builder, magnitude: V, f: &Format) -> [V; 2] {
    let int = f.int;
    let width = i64::from(int.bits());
    let bits = b.bitcast(int, magnitude);
    let exponent = shift_right(b, bits, f.fraction_bits);
    let (field, hidden) =
        (b.int(int, (1 << f.fraction_bits) - 1), b.int(int, 1 << f.fraction_bits));
    let fraction = b.and(bits, field);
    let m = b.or(fraction, hidden);
    // The table begins with a word of zeros.
    let offset = b.int(int, width - (f.bias + f.fraction_bits + 2));
    let start = b.iadd(exponent, offset);
    let index = shift_right(b, start, width.ilog2().into());
    let (in_word, full) = (b.int(int, width - 1), b.int(int, width));
    let left = b.and(start, in_word);
    let right = b.isub(full, left);
    let words = [0, 1, 2, 3].map(|offset| table_word(b, index, offset));
    let [w0, w1, w2] = [0, 1, 2].map(|i| {
        let upper = b.shl(words[i], left);
        let lower = b.lshr(words[i + 1], right);
        b.or(upper, lower)
    });
    let (low1, high2) = (b.imul(m, w1), b.umulhi(m, w2));
    let low = b.iadd(low1, high2);
    let carry = b.ult(low, low1);
    let carry = b.op_as(LaneOp::BoolToInt, int, &[carry]);
    let (low0, high1) = (b.imul(m, w0), b.umulhi(m, w1));
    let high = b.iadd(low0, high1);
    [b.iadd(high, carry), low]
}

/// Word `index + offset` of `2/pi`. For f32 the words are few: a chain of selects spares
/// programs on 32-bit lanes the wider lanes of a lookup.
fn table_word(b: &mut Builder, index: V, offset: usize) -> V {
    if index.ty == LaneType::I64 {
        let offset = b.int(LaneType::I64, offset as i64);
        let at = b.iadd(index, offset);
        return b.lookup(TABLE, LaneType::I64, at);
    }
    // Halves of the table's words, from one word of zeros on.
    let half = |i: usize| (TWO_OVER_PI[i.div_ceil(2)] >> (32 * (i % 2))) & 0xffff_ffff;
    let mut word = b.bits(index.ty, half(offset));
    for i in 1..=4 {
        let at = b.int(index.ty, i);
        let is_here = b.ieq(index, at);
        let here = b.bits(index.ty, half(offset + i as usize));
        word = b.select(is_here, here, word);
    }
    word
}

/// The fraction that follows two whole bits, as a signed pair in `[-1/2, 1/2)`.
fn signed_fraction(b: &mut Builder, ty: LaneType, [high, low]: [V; 2], f: &Format) -> Pair {
    let width = i64::from(f.int.bits());
    let two = b.int(f.int, 2);
    let upper = b.shl(high, two);
    let from_low = shift_right(b, low, width - 2);
    let (upper, lower) = (b.or(upper, from_low), b.shl(low, two));
    // All bits are flipped if the sign is set, which is off by one in the last of them.
    let last = b.int(f.int, width - 1);
    let sign = b.ashr(upper, last);
    let (upper, lower) = (b.xor(upper, sign), b.xor(lower, sign));
    let magnitude = fraction_to_pair(b, ty, [upper, lower], f);
    Pair { high: flip_sign(b, magnitude.high, sign), low: flip_sign(b, magnitude.low, sign) }
}

/// Two words that follow a binary point as a pair; the top bit is clear. Three pieces
/// convert exactly: as many bits as a significand has, as many again, and the rest.
fn fraction_to_pair(b: &mut Builder, ty: LaneType, [upper, lower]: [V; 2], f: &Format) -> Pair {
    let width = i64::from(f.int.bits());
    let digits = f.fraction_bits + 1;
    let beyond = width - digits;
    let first = shift_right(b, upper, beyond);
    let (kept, up) = (b.int(f.int, (1 << beyond) - 1), b.int(f.int, digits - beyond));
    let upper_rest = b.and(upper, kept);
    let upper_rest = b.shl(upper_rest, up);
    let lower_start = shift_right(b, lower, 2 * beyond);
    let second = b.or(upper_rest, lower_start);
    let kept = b.int(f.int, (1 << (2 * beyond)) - 1);
    let third = b.and(lower, kept);
    let pieces = [(first, digits), (second, 2 * digits), (third, 2 * width)];
    let [first, second, third] = pieces.map(|(piece, places)| {
        let value = b.op_as(LaneOp::SToF, ty, &[piece]);
        let unit = b.float(ty, 2f64.powi(-places as i32));
        b.fmul(value, unit)
    });
    // The first piece may be zero, and the last comparable to the second: twice.
    let sum = fast_two_sum(b, first, second);
    let tail = b.fadd(sum.low, third);
    fast_two_sum(b, sum.high, tail)
}

/// Logical shift right by a constant.
fn shift_right(b: &mut Builder, x: V, amount: i64) -> V {
    let amount = b.int(x.ty, amount);
    b.lshr(x, amount)
}
