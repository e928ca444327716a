//! The random numbers of NumPy's `default_rng(42)`, so that inputs can be made anywhere.
//!
//! PCG64 is the XSL-RR 128/64 generator of <https://www.pcg-random.org/paper.html>; the
//! constants below are its state after NumPy has seeded it with 42.

use jitney::{Array, DType};

const MULTIPLIER: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;
const SEEDED_STATE: u128 = 274_674_114_334_540_486_603_088_602_300_644_985_544;
const INCREMENT: u128 = 332_724_090_758_049_132_448_979_897_138_935_081_983;

/// A stream of blocks of uniform numbers; each block is the next one of the stream.
pub struct Random {
    state: u128,
    /// The upper half of a word whose lower half has been used.
    half: Option<u32>,
}

impl Random {
    /// The stream from its beginning.
    pub fn seeded() -> Random {
        Random { state: SEEDED_STATE, half: None }
    }

    /// The next block of doubles in `[0, 1)`: `random(shape)`.
    pub fn doubles(&mut self, shape: &[usize]) -> Array {
        self.doubles_as(shape, |u| u)
    }

    /// The next block of doubles, mapped to `[low, high)` and then to a float dtype.
    pub fn between(&mut self, low: f64, high: f64, shape: &[usize], dtype: DType) -> Array {
        match dtype {
            DType::F32 => {
                let mut draw = || (low + (high - low) * self.double()) as f32;
                Array::from_slice::<f32>(&fill(shape, &mut draw), shape)
            }
            _ => self.doubles_as(shape, |u| low + (high - low) * u),
        }
    }

    /// The next block of doubles, mapped to integers from 0 to below the bound.
    pub fn integers(&mut self, bound: f64, shape: &[usize]) -> Array {
        let mut draw = || (bound * self.double()) as i64;
        Array::from_slice::<i64>(&fill(shape, &mut draw), shape)
    }

    /// The next block of floats in `[0, 1)`: `random(shape, dtype=float32)`.
    pub fn singles(&mut self, shape: &[usize]) -> Array {
        let mut draw = || (self.word32() >> 8) as f32 / (1 << 24) as f32;
        Array::from_slice::<f32>(&fill(shape, &mut draw), shape)
    }

    fn doubles_as(&mut self, shape: &[usize], map: impl Fn(f64) -> f64) -> Array {
        let mut draw = || map(self.double());
        Array::from_slice::<f64>(&fill(shape, &mut draw), shape)
    }

    fn double(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT);
        let folded = (self.state >> 64) as u64 ^ self.state as u64;
        folded.rotate_right((self.state >> 122) as u32)
    }

    /// NumPy serves 32-bit words from halves of 64-bit ones, the lower half first.
    fn word32(&mut self) -> u32 {
        if let Some(upper) = self.half.take() {
            return upper;
        }
        let word = self.word();
        self.half = Some((word >> 32) as u32);
        word as u32
    }
}

fn fill<T>(shape: &[usize], draw: &mut impl FnMut() -> T) -> Vec<T> {
    (0..shape.iter().product()).map(|_| draw()).collect()
}

#[cfg(test)]
mod tests {
    use super::Random;

    /// The expected numbers are what NumPy 2.4 prints.
    #[test]
    fn the_stream_is_that_of_numpy() {
        let mut random = Random::seeded();
        let singles = random.singles(&[3]).to_vec::<f32>().expect("it has a value");
        assert_eq!(singles, [0.089_250_92, 0.773_956, 0.654_571_5]);
        let doubles = random.doubles(&[2]).to_vec::<f64>().expect("it has a value");
        assert_eq!(doubles, [0.8585979199113825, 0.6973680290593639]);
        // The half that the singles left is served before new words.
        let singles = random.singles(&[2]).to_vec::<f32>().expect("it has a value");
        assert_eq!(singles, [0.438_878_42, 0.201_469_48]);
    }
}
