//! MT19937: the Mersenne twister of Makoto Matsumoto and Takuji Nishimura, with words of 32 bits.

use super::bits::{Engine, Stream};
use super::tables::jump::JUMP;
use super::{Entropy, SeedSequence};

/// The bit generator of `RandomState`.
///
/// NumPy: `np.random.MT19937`.
pub type MT19937 = Stream<Mt19937State>;

/// The words of a state.
const N: usize = 624;

/// The distance between words that are combined.
const M: usize = 397;

/// The state of [`MT19937`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mt19937State {
    key: Box<[u32; N]>,
    position: usize,
}

impl MT19937 {
    /// The stream that begins so many jumps further on, each of 2¹²⁸ words.
    ///
    /// NumPy: `jumped(jumps)`. As there, a jump takes the word that is drawn next for the oldest
    /// one of the recurrence, so that jumps lead elsewhere after other numbers of draws.
    #[must_use]
    pub fn jumped(&self, jumps: u64) -> MT19937 {
        let mut engine = self.engine.clone();
        for _ in 0..jumps {
            engine = engine.jumped();
        }
        self.moved(engine)
    }
}

impl Mt19937State {
    /// The state of 624 words of which so many have been drawn.
    ///
    /// NumPy: `state["key"]`, `state["pos"]`.
    pub fn new(key: [u32; 624], position: usize) -> Mt19937State {
        Mt19937State { key: Box::new(key), position: position.min(N) }
    }

    /// The words.
    pub fn key(&self) -> &[u32; 624] {
        &self.key
    }

    /// How many of them have been drawn.
    pub fn position(&self) -> usize {
        self.position
    }

    /// The state of a legacy seed: by Knuth's recurrence of one number, by Matsumoto's of several.
    ///
    /// # Errors
    /// NumPy's message for numbers that are no words of 32 bits, and for none.
    pub(super) fn legacy(seed: &LegacySeed) -> Result<Mt19937State, &'static str> {
        const RANGE: &str = "Seed must be between 0 and 2**32 - 1";
        match seed {
            LegacySeed::Number(number) => match u32::try_from(*number) {
                Ok(number) => Ok(Mt19937State::new(knuth(number), N)),
                Err(_) => Err(RANGE),
            },
            LegacySeed::Numbers(numbers) if numbers.is_empty() => Err("Seed must be non-empty"),
            LegacySeed::Numbers(numbers) => {
                let words = numbers.iter().map(|number| u32::try_from(*number));
                let words: Result<Vec<u32>, _> = words.collect();
                words.map(|words| by_array(&words)).map_err(|_| RANGE)
            }
            LegacySeed::Fresh => Ok(by_array(Entropy::fresh().words())),
        }
    }

    #[inline]
    fn next(&mut self) -> u32 {
        if self.position == N {
            self.twist();
        }
        let mut word = self.key[self.position];
        self.position += 1;
        word ^= word >> 11;
        word ^= word << 7 & 0x9d2c_5680;
        word ^= word << 15 & 0xefc6_0000;
        word ^ word >> 18
    }

    /// The state to which the jump's polynomial of the recurrence leads: by Horner's rule, the sum
    /// of those states whose power of the recurrence it has.
    fn jumped(&self) -> Mt19937State {
        let begin = self.position % N;
        let has = |power: usize| JUMP[power / 32] >> (power % 32) & 1 == 1;
        let degree = (0..32 * N).rev().find(|power| has(*power)).unwrap_or(0);
        // Words from the oldest one on, which has moved on by the number of steps.
        let own: [u32; N] = std::array::from_fn(|place| self.key[(begin + place) % N]);
        let (mut words, mut oldest) = (own, 0);
        for power in (0..degree).rev() {
            let (next, far) = ((oldest + 1) % N, (oldest + M) % N);
            words[oldest] = words[far] ^ twisted(words[oldest], words[next]);
            oldest = next;
            if has(power) {
                for (place, word) in own.iter().enumerate() {
                    words[(oldest + place) % N] ^= word;
                }
            }
        }
        let position = (begin + degree) % N;
        let mut key = [0; N];
        for place in 0..N {
            key[(position + place) % N] = words[(oldest + place) % N];
        }
        Mt19937State::new(key, position)
    }

    /// Replaces all words by the next ones.
    fn twist(&mut self) {
        let key = &mut self.key;
        for i in 0..N - M {
            key[i] = key[i + M] ^ twisted(key[i], key[i + 1]);
        }
        for i in N - M..N - 1 {
            key[i] = key[i + M - N] ^ twisted(key[i], key[i + 1]);
        }
        key[N - 1] = key[M - 1] ^ twisted(key[N - 1], key[0]);
        self.position = 0;
    }
}

/// What the recurrence makes of the highest bit of a word and the others of the next one.
#[inline]
fn twisted(upper: u32, lower: u32) -> u32 {
    let word = upper & 0x8000_0000 | lower & 0x7fff_ffff;
    word >> 1 ^ (word & 1).wrapping_neg() & 0x9908_b0df
}

/// What the legacy functions are seeded with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegacySeed {
    /// Entropy from the system.
    Fresh,
    /// A number of 32 bits.
    Number(i128),
    /// Several.
    Numbers(Vec<i128>),
}

macro_rules! legacy_seeds {
    ($($ty:ty)*) => {$(
        impl From<$ty> for LegacySeed {
            fn from(number: $ty) -> LegacySeed {
                LegacySeed::Number(number as i128)
            }
        }

        impl<const N: usize> From<[$ty; N]> for LegacySeed {
            fn from(numbers: [$ty; N]) -> LegacySeed {
                LegacySeed::Numbers(numbers.iter().map(|number| *number as i128).collect())
            }
        }
    )*};
}

legacy_seeds!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize i128);

fn knuth(seed: u32) -> [u32; N] {
    let mut word = seed;
    std::array::from_fn(|place| {
        let this = word;
        word = 1_812_433_253_u32.wrapping_mul(word ^ word >> 30).wrapping_add(place as u32 + 1);
        this
    })
}

/// The state of several words: each reaches all of it, in two rounds.
fn by_array(words: &[u32]) -> Mt19937State {
    let mut key = knuth(19_650_218);
    let mut i = 1;
    let mixed = |key: &[u32; N], i: usize, factor: u32| {
        key[i] ^ (key[i - 1] ^ key[i - 1] >> 30).wrapping_mul(factor)
    };
    let advance = |key: &mut [u32; N], i: usize| {
        if i + 1 < N {
            return i + 1;
        }
        key[0] = key[N - 1];
        1
    };
    for round in 0..N.max(words.len()) {
        let j = round % words.len();
        key[i] = mixed(&key, i, 1_664_525).wrapping_add(words[j]).wrapping_add(j as u32);
        i = advance(&mut key, i);
    }
    for _ in 1..N {
        key[i] = mixed(&key, i, 1_566_083_941).wrapping_sub(i as u32);
        i = advance(&mut key, i);
    }
    key[0] = 0x8000_0000;
    Mt19937State::new(key, N)
}

impl Engine for Mt19937State {
    fn seeded(seed: &SeedSequence) -> Mt19937State {
        let words = seed.generate_state(N);
        let mut key = [0; N];
        key.copy_from_slice(&words);
        // The lowest 31 bits of the first word are no part of the recurrence.
        key[0] = 0x8000_0000;
        Mt19937State::new(key, N - 1)
    }

    /// The first word is the high half.
    #[inline]
    fn next64(&mut self) -> u64 {
        let high = self.next();
        u64::from(high) << 32 | u64::from(self.next())
    }

    #[inline]
    fn next32(&mut self, _half: &mut Option<u32>) -> u32 {
        self.next()
    }

    #[inline]
    fn double(&mut self) -> f64 {
        let (high, low) = (self.next() >> 5, self.next() >> 6);
        (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
    }

    fn raw(&mut self) -> u64 {
        self.next().into()
    }
}
