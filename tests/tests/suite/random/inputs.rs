//! Inputs: every dtype, layout and kind of value.

use super::generate::{Choices, Size};
use crate::codegen::harness::spicy_bits;
use jitney::{Array, Element};
use jitney_ir::Kind;
use jitney_ir::lanes::LaneType;
use jitney_ir::{DType, Scalar, Shape};

/// How often values are spicy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spice {
    /// Small numbers that are no multiples of a power of two.
    Tame,
    /// Some spicy values among them.
    Some,
    /// Nothing else.
    All,
}

/// How an input lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    C,
    Fortran,
    EverySecond,
    Backwards,
    Repeated,
}

/// Every arrangement.
pub const ARRANGEMENTS: [Arrangement; 5] = [
    Arrangement::C,
    Arrangement::Fortran,
    Arrangement::EverySecond,
    Arrangement::Backwards,
    Arrangement::Repeated,
];

/// The shape that a program's inputs share.
pub fn base_shape(choices: &mut Choices<'_>, size: Size) -> Vec<usize> {
    let rank = *choices.pick(&[1, 2, 3, 2, 1, 0, 4]);
    let mut shape = Vec::new();
    for _ in 0..rank {
        let left = size.max_input / shape.iter().map(|n: &usize| (*n).max(1)).product::<usize>();
        let extent = *choices.pick(size.extents);
        shape.push(if extent <= left { extent } else { left.min(2) });
    }
    shape
}

/// An input of the shape, or if it may shrink, one that broadcasts to it; and the words
/// that describe it.
pub fn input(choices: &mut Choices<'_>, base: &[usize], may_shrink: bool) -> (Array, String) {
    let mut dtypes = DType::ALL;
    // Floats are the plainest, and what most operations are about.
    dtypes.reverse();
    let dtype = if choices.once_in(2) { DType::F64 } else { *choices.pick(&dtypes) };
    let left_out = if may_shrink && choices.once_in(4) { choices.below(base.len() + 1) } else { 0 };
    let mut shape = base[left_out..].to_vec();
    let ones = if may_shrink && choices.once_in(3) { choices.below(16) } else { 0 };
    for (axis, extent) in shape.iter_mut().enumerate() {
        if ones >> axis & 1 == 1 {
            *extent = 1;
        }
    }
    let spice = *choices.pick(&[Spice::Tame, Spice::Some, Spice::All]);
    let arrangement = *choices.pick(&ARRANGEMENTS);
    let seed = choices.below(256) as u64;
    let shape = Shape::new(&shape).unwrap();
    let array = arranged(dtype, &shape, arrangement, spice, seed);
    (array, format!("{} {arrangement:?} {spice:?} seed {seed} {}", dtype, shape))
}

/// An array in the given arrangement.
pub fn arranged(
    dtype: DType,
    shape: &Shape,
    arrangement: Arrangement,
    spice: Spice,
    seed: u64,
) -> Array {
    let fill = |shape: &[usize]| filled(dtype, shape, spice, seed);
    let axes = shape.extents();
    let view = match arrangement {
        Arrangement::C => fill(axes),
        Arrangement::Fortran => {
            let reversed: Vec<usize> = axes.iter().rev().copied().collect();
            fill(&reversed).t()
        }
        Arrangement::EverySecond => {
            let wide: Vec<usize> = axes.iter().map(|n| 2 * n).collect();
            let index = vec![jitney::Index::stepped(.., 2); axes.len()];
            fill(&wide).slice(index)
        }
        Arrangement::Backwards if axes.is_empty() => fill(axes),
        Arrangement::Backwards => fill(axes).flip([-1]),
        Arrangement::Repeated => {
            let first: Vec<usize> =
                axes.iter().enumerate().map(|(i, n)| if i == 0 { 1.min(*n) } else { *n }).collect();
            fill(&first).broadcast_to(axes)
        }
    };
    // An evaluated view keeps its strides.
    view.eval().expect("views of values have values")
}

fn filled(dtype: DType, shape: &[usize], spice: Spice, seed: u64) -> Array {
    let spicy = spicy_bits(LaneType::of(dtype));
    let len = shape.iter().product::<usize>() as u64;
    let bits = (0..len).map(|i| element(dtype, spice, &spicy, mix(seed << 32 | i), i));
    from_bits(dtype, bits.collect(), shape)
}

fn element(dtype: DType, spice: Spice, spicy: &[u64], random: u64, i: u64) -> u64 {
    let is_spicy = match spice {
        Spice::Tame => false,
        Spice::Some => random.is_multiple_of(16),
        Spice::All => true,
    };
    let rest = random / 16;
    if is_spicy {
        return spicy[rest as usize % spicy.len()];
    }
    let tame = match dtype.kind() {
        Kind::Float => Scalar::from_f64(
            dtype,
            (rest % 2000) as f64 / 7.0 - if i.is_multiple_of(3) { 100.0 } else { 0.0 },
        ),
        Kind::Bool | Kind::Signed | Kind::Unsigned => {
            Scalar::from_i128(dtype, i128::from(rest % 100))
        }
    };
    tame.bits
}

/// A hash of a number (the finalizer of SplitMix64, by Steele, Lea and Flood).
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

fn from_bits(dtype: DType, bits: Vec<u64>, shape: &[usize]) -> Array {
    fn typed<T: Element>(bits: Vec<u64>, shape: &[usize]) -> Array {
        let elements: Vec<T> = bits
            .into_iter()
            .map(|bits| T::from_scalar(Scalar::from_bits(T::DTYPE, bits)))
            .collect();
        Array::from_vec(elements, shape)
    }
    match dtype {
        DType::Bool => typed::<bool>(bits, shape),
        DType::I8 => typed::<i8>(bits, shape),
        DType::I16 => typed::<i16>(bits, shape),
        DType::I32 => typed::<i32>(bits, shape),
        DType::I64 => typed::<i64>(bits, shape),
        DType::U8 => typed::<u8>(bits, shape),
        DType::U16 => typed::<u16>(bits, shape),
        DType::U32 => typed::<u32>(bits, shape),
        DType::U64 => typed::<u64>(bits, shape),
        DType::F32 => typed::<f32>(bits, shape),
        DType::F64 => typed::<f64>(bits, shape),
    }
}
