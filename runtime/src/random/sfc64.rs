//! SFC64: three words that chase one another, and a counter.

use super::SeedSequence;
use super::bits::{Engine, Stream};

/// A small and fast bit generator.
///
/// NumPy: `np.random.SFC64`.
pub type SFC64 = Stream<Sfc64State>;

/// The state of [`SFC64`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sfc64State {
    /// Three words, and the counter.
    pub words: [u64; 4],
}

impl Engine for Sfc64State {
    fn seeded(seed: &SeedSequence) -> Sfc64State {
        let words = seed.generate_state64(3);
        let mut state = Sfc64State { words: [words[0], words[1], words[2], 1] };
        for _ in 0..12 {
            state.next64();
        }
        state
    }

    #[inline]
    fn next64(&mut self) -> u64 {
        let [a, b, c, counter] = self.words;
        let word = a.wrapping_add(b).wrapping_add(counter);
        let next = [
            b ^ b >> 11,
            c.wrapping_add(c << 3),
            c.rotate_left(24).wrapping_add(word),
            counter.wrapping_add(1),
        ];
        self.words = next;
        word
    }
}
