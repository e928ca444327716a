//! Normal and exponential samples by the ziggurat method of George Marsaglia and Wai Wan Tsang.
//!
//! The area under the density is covered by 256 layers of equal area. A word chooses a layer and a
//! place in it; nearly always the place is under the density, and is the sample.

use crate::random::bits::Bits;
use crate::random::tables::{exponential as exp, normal as nor};

/// Where the tail of the normal distribution begins, and the inverse of that.
const NORMAL_TAIL: f64 = 3.654_152_885_361_009;
const NORMAL_TAIL_INVERSE: f64 = 0.273_661_237_329_758_3;

/// Where the tail of the exponential distribution begins.
const EXPONENTIAL_TAIL: f64 = 7.697_117_470_131_05;

/// The value with the sign that bit 8 of the word is: no branch foresees it.
#[inline]
fn signed(x: f64, word: u64) -> f64 {
    f64::from_bits(x.to_bits() ^ (word & 0x100) << 55)
}

#[inline]
fn signed32(x: f32, word: u32) -> f32 {
    f32::from_bits(x.to_bits() ^ (word & 0x100) << 23)
}

/// The sample that a word is, and whether it lies within its layer for certain.
#[inline]
pub(crate) fn quick_normal(word: u64) -> (f64, bool) {
    let (layer, place) = ((word & 0xff) as usize, word >> 9 & 0x000f_ffff_ffff_ffff);
    let x = signed(place as f64 * nor::WIDTHS[layer], word);
    (x, place < nor::INTEGERS[layer])
}

/// The same of half a word.
#[inline]
pub(crate) fn quick_normal32(word: u64) -> (f32, bool) {
    let word = word as u32;
    let (layer, place) = ((word & 0xff) as usize, word >> 9);
    let x = signed32(place as f32 * nor::WIDTHS_F32[layer], word);
    (x, place < nor::INTEGERS_F32[layer])
}

/// The sample that a word is, and whether it lies within its layer for certain.
#[inline]
pub(crate) fn quick_exponential(word: u64) -> (f64, bool) {
    let (layer, place) = ((word >> 3 & 0xff) as usize, word >> 11);
    (place as f64 * exp::WIDTHS[layer], place < exp::INTEGERS[layer])
}

/// The same of half a word.
#[inline]
pub(crate) fn quick_exponential32(word: u64) -> (f32, bool) {
    let word = word as u32;
    let (layer, place) = ((word >> 1 & 0xff) as usize, word >> 9);
    (place as f32 * exp::WIDTHS_F32[layer], place < exp::INTEGERS_F32[layer])
}

/// A sample of the normal distribution.
#[inline]
pub(crate) fn normal(bits: &mut impl Bits) -> f64 {
    loop {
        let word = bits.next64();
        let layer = (word & 0xff) as usize;
        let place = word >> 9 & 0x000f_ffff_ffff_ffff;
        let x = signed(place as f64 * nor::WIDTHS[layer], word);
        if place < nor::INTEGERS[layer] {
            return x;
        }
        if let Some(x) = normal_edge(bits, layer, place, x) {
            return x;
        }
    }
}

/// What is not within its layer for certain: of the tail, under the density, or nothing.
#[cold]
fn normal_edge(bits: &mut impl Bits, layer: usize, place: u64, x: f64) -> Option<f64> {
    if layer > 0 {
        let (above, below) = (nor::DENSITIES[layer - 1], nor::DENSITIES[layer]);
        let height = (above - below) * bits.double() + below;
        return (height < (-0.5 * x * x).exp()).then_some(x);
    }
    loop {
        let x = -NORMAL_TAIL_INVERSE * (-bits.double()).ln_1p();
        let y = -(-bits.double()).ln_1p();
        if y + y > x * x {
            let x = NORMAL_TAIL + x;
            return Some(if place & 0x100 != 0 { -x } else { x });
        }
    }
}

/// A sample of the normal distribution in single precision.
#[inline]
pub(crate) fn normal32(bits: &mut impl Bits) -> f32 {
    loop {
        let word = bits.next32();
        let layer = (word & 0xff) as usize;
        let place = word >> 9;
        let x = signed32(place as f32 * nor::WIDTHS_F32[layer], word);
        if place < nor::INTEGERS_F32[layer] {
            return x;
        }
        if let Some(x) = normal_edge32(bits, layer, place, x) {
            return x;
        }
    }
}

#[cold]
fn normal_edge32(bits: &mut impl Bits, layer: usize, place: u32, x: f32) -> Option<f32> {
    if layer > 0 {
        let (above, below) = (nor::DENSITIES_F32[layer - 1], nor::DENSITIES_F32[layer]);
        let height = (above - below) * bits.float() + below;
        // As NumPy does, with the density in double precision.
        let density = (-0.5 * f64::from(x) * f64::from(x)).exp();
        return (f64::from(height) < density).then_some(x);
    }
    loop {
        let x = -(NORMAL_TAIL_INVERSE as f32) * (-bits.float()).ln_1p();
        let y = -(-bits.float()).ln_1p();
        if y + y > x * x {
            let x = NORMAL_TAIL as f32 + x;
            return Some(if place & 0x100 != 0 { -x } else { x });
        }
    }
}

/// A sample of the exponential distribution.
#[inline]
pub(crate) fn exponential(bits: &mut impl Bits) -> f64 {
    loop {
        let word = bits.next64() >> 3;
        let layer = (word & 0xff) as usize;
        let place = word >> 8;
        let x = place as f64 * exp::WIDTHS[layer];
        if place < exp::INTEGERS[layer] {
            return x;
        }
        if let Some(x) = exponential_edge(bits, layer, x) {
            return x;
        }
    }
}

#[cold]
fn exponential_edge(bits: &mut impl Bits, layer: usize, x: f64) -> Option<f64> {
    if layer == 0 {
        return Some(EXPONENTIAL_TAIL - (-bits.double()).ln_1p());
    }
    let (above, below) = (exp::DENSITIES[layer - 1], exp::DENSITIES[layer]);
    let height = (above - below) * bits.double() + below;
    (height < (-x).exp()).then_some(x)
}

/// A sample of the exponential distribution in single precision.
#[inline]
pub(crate) fn exponential32(bits: &mut impl Bits) -> f32 {
    loop {
        let word = bits.next32() >> 1;
        let layer = (word & 0xff) as usize;
        let place = word >> 8;
        let x = place as f32 * exp::WIDTHS_F32[layer];
        if place < exp::INTEGERS_F32[layer] {
            return x;
        }
        if let Some(x) = exponential_edge32(bits, layer, x) {
            return x;
        }
    }
}

#[cold]
fn exponential_edge32(bits: &mut impl Bits, layer: usize, x: f32) -> Option<f32> {
    if layer == 0 {
        return Some(EXPONENTIAL_TAIL as f32 - (-bits.float()).ln_1p());
    }
    let (above, below) = (exp::DENSITIES_F32[layer - 1], exp::DENSITIES_F32[layer]);
    let height = (above - below) * bits.float() + below;
    (height < (-x).exp()).then_some(x)
}
