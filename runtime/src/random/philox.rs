//! Philox 4×64: a counter of 256 bits, enciphered in ten rounds.

use super::SeedSequence;
use super::bits::{Engine, Jump, Stream};

/// A bit generator whose words depend on their number alone.
///
/// NumPy: `np.random.Philox`.
pub type Philox = Stream<PhiloxState>;

/// The state of [`Philox`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhiloxState {
    counter: [u64; 4],
    key: [u64; 2],
    /// The four words of the counter.
    block: [u64; 4],
    /// How many of them have been drawn.
    n_drawn: usize,
}

const ROUNDS: usize = 10;

impl PhiloxState {
    /// The state with so many words of a counter drawn: from 0 to 4.
    ///
    /// NumPy: `state["counter"]`, `state["key"]`, `buffer_pos`.
    pub fn new(counter: [u64; 4], key: [u64; 2], n_drawn: usize) -> PhiloxState {
        PhiloxState { counter, key, block: enciphered(counter, key), n_drawn: n_drawn.min(4) }
    }

    /// The counter, low words first.
    pub fn counter(&self) -> [u64; 4] {
        self.counter
    }

    /// The key.
    pub fn key(&self) -> [u64; 2] {
        self.key
    }

    /// How many of the counter's words have been drawn.
    pub fn n_drawn(&self) -> usize {
        self.n_drawn
    }

    /// The counter after so many more, the number's low words first.
    fn counter_after(&self, n: [u64; 4]) -> [u64; 4] {
        let mut carry = false;
        std::array::from_fn(|place| {
            let (sum, first) = self.counter[place].overflowing_add(n[place]);
            let (sum, second) = sum.overflowing_add(carry.into());
            carry = first || second;
            sum
        })
    }
}

impl Philox {
    /// A stream of a key, which a seed gives otherwise.
    ///
    /// NumPy: `Philox(key=..., counter=...)`.
    pub fn with_key(key: u128, counter: [u64; 4]) -> Philox {
        Philox::from_state(PhiloxState::new(counter, [key as u64, (key >> 64) as u64], 4))
    }

    /// Moves the counter on, each step of which is four words. Words of the present one that have
    /// not been drawn are left out.
    ///
    /// NumPy: `advance(delta)`.
    pub fn advance(&mut self, delta: u128) {
        self.leap([delta as u64, (delta >> 64) as u64, 0, 0]);
    }

    /// The stream that begins so many jumps further on, each of 2¹²⁸ counters.
    ///
    /// NumPy: `jumped(jumps)`.
    #[must_use]
    pub fn jumped(&self, jumps: u64) -> Philox {
        let mut jumped = self.clone();
        jumped.leap([0, 0, jumps, 0]);
        jumped
    }

    fn leap(&mut self, n: [u64; 4]) {
        let counter = self.engine.counter_after(n);
        *self = self.moved(PhiloxState::new(counter, self.engine.key, 4));
    }
}

/// The four words of a counter.
fn enciphered(counter: [u64; 4], key: [u64; 2]) -> [u64; 4] {
    let [mut key0, mut key1] = key;
    let mut words = counter;
    for _ in 0..ROUNDS {
        let product0 = u128::from(words[0]) * 0xd2e7_470e_e14c_6c93;
        let product1 = u128::from(words[2]) * 0xca5a_8263_9512_1157;
        words = [
            (product1 >> 64) as u64 ^ words[1] ^ key0,
            product1 as u64,
            (product0 >> 64) as u64 ^ words[3] ^ key1,
            product0 as u64,
        ];
        key0 = key0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        key1 = key1.wrapping_add(0xbb67_ae85_84ca_a73b);
    }
    words
}

impl Engine for PhiloxState {
    fn seeded(seed: &SeedSequence) -> PhiloxState {
        let key = seed.generate_state64(2);
        PhiloxState::new([0; 4], [key[0], key[1]], 4)
    }

    #[inline]
    fn next64(&mut self) -> u64 {
        if self.n_drawn == 4 {
            *self = PhiloxState::new(self.counter_after([1, 0, 0, 0]), self.key, 0);
        }
        self.n_drawn += 1;
        self.block[self.n_drawn - 1]
    }

    fn jumpable(&mut self) -> Option<&mut dyn Jump> {
        Some(self)
    }
}

impl Jump for PhiloxState {
    fn block(&self, first: u64, words: &mut [u64]) {
        let first = first + self.n_drawn as u64;
        let mut state = self.clone();
        state.counter = self.counter_after([first / 4, 0, 0, 0]);
        state.block = enciphered(state.counter, self.key);
        state.n_drawn = (first % 4) as usize;
        words.fill_with(|| state.next64());
    }

    fn skip(&mut self, n_words: u64) {
        let n = self.n_drawn as u64 + n_words;
        // The last word drawn says which counter the state is at.
        let (n_blocks, n_drawn) = if n == 0 { (0, 0) } else { ((n - 1) / 4, (n - 1) % 4 + 1) };
        let counter = self.counter_after([n_blocks, 0, 0, 0]);
        *self = PhiloxState::new(counter, self.key, n_drawn as usize);
    }

    fn copied(&self) -> Box<dyn Jump> {
        Box::new(self.clone())
    }
}
