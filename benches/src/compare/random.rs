//! The random numbers of NumPy's `default_rng(42)`, so that inputs can be made anywhere.

use jitney::random::{Generator, default_rng};
use jitney::{Array, DType};

/// A stream of blocks of uniform numbers; each block is the next one of the stream.
pub struct Random {
    stream: Generator,
}

impl Random {
    /// The stream from its beginning.
    pub fn seeded() -> Random {
        Random { stream: default_rng(42) }
    }

    /// The next block of doubles in `[0, 1)`: `random(shape)`.
    pub fn doubles(&mut self, shape: &[usize]) -> Array {
        self.stream.random(shape)
    }

    /// The next block of doubles, mapped to `[low, high)` and then to a float dtype.
    pub fn between(&mut self, low: f64, high: f64, shape: &[usize], dtype: DType) -> Array {
        evaluated((self.doubles(shape) * (high - low) + low).astype(dtype))
    }

    /// The next block of doubles, mapped to integers from 0 to below the bound.
    pub fn integers(&mut self, bound: f64, shape: &[usize]) -> Array {
        evaluated((self.doubles(shape) * bound).astype(DType::I64))
    }

    /// The next block of floats in `[0, 1)`: `random(shape, dtype=float32)`.
    pub fn singles(&mut self, shape: &[usize]) -> Array {
        self.stream.random_of(shape, DType::F32)
    }
}

/// Inputs are there before anything is timed.
fn evaluated(array: Array) -> Array {
    array.eval().expect("memory for the inputs")
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
