//! PCG64: a linear congruence modulo 2¹²⁸, its halves folded and rotated.

use super::SeedSequence;
use super::bits::{Engine, Jump, Stream};

/// NumPy's default bit generator.
///
/// NumPy: `np.random.PCG64`.
pub type PCG64 = Stream<Pcg64State>;

/// The state of [`PCG64`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pcg64State {
    /// What changes from word to word.
    pub state: u128,
    /// What each step adds: it chooses the stream, and is odd.
    pub inc: u128,
}

const MULTIPLIER: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;

/// The words that a jump leaves out: 2¹²⁸ divided by the golden ratio.
pub(super) const JUMP: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

impl PCG64 {
    /// Moves on by so many words, or back by the distance to 2¹²⁸.
    ///
    /// NumPy: `advance(delta)`.
    pub fn advance(&mut self, delta: u128) {
        let Pcg64State { state, inc } = self.engine;
        let state = Step { multiplier: MULTIPLIER, increment: inc }.times(delta).of(state);
        *self = self.moved(Pcg64State { state, inc });
    }

    /// The stream that begins so many jumps further on, each of about 2¹²⁷ words.
    ///
    /// NumPy: `jumped(jumps)`.
    #[must_use]
    pub fn jumped(&self, jumps: u64) -> PCG64 {
        let mut jumped = self.clone();
        jumped.advance(JUMP.wrapping_mul(jumps.into()));
        jumped
    }
}

/// The state and increment that a seed gives.
pub(super) fn seeded(seed: &SeedSequence) -> (u128, u128) {
    let words = seed.generate_state64(4);
    let pair = |high: usize| u128::from(words[high]) << 64 | u128::from(words[high + 1]);
    let inc = pair(2) << 1 | 1;
    (step(step(0, inc).wrapping_add(pair(0)), inc), inc)
}

#[inline]
fn step(state: u128, inc: u128) -> u128 {
    state.wrapping_mul(MULTIPLIER).wrapping_add(inc)
}

#[inline]
fn output(state: u128) -> u64 {
    ((state >> 64) as u64 ^ state as u64).rotate_right((state >> 122) as u32)
}

impl Engine for Pcg64State {
    fn seeded(seed: &SeedSequence) -> Pcg64State {
        let (state, inc) = seeded(seed);
        Pcg64State { state, inc }
    }

    #[inline]
    fn next64(&mut self) -> u64 {
        self.state = step(self.state, self.inc);
        output(self.state)
    }

    fn jumpable(&mut self) -> Option<&mut dyn Jump> {
        Some(self)
    }
}

impl Jump for Pcg64State {
    fn block(&self, first: u64, words: &mut [u64]) {
        let step = Step { multiplier: MULTIPLIER, increment: self.inc };
        // The first word is that of the state after one step.
        step.block(step.times(u128::from(first) + 1).of(self.state), words, output);
    }

    fn skip(&mut self, n_words: u64) {
        let step = Step { multiplier: MULTIPLIER, increment: self.inc };
        self.state = step.times(n_words.into()).of(self.state);
    }

    fn copied(&self) -> Box<dyn Jump> {
        Box::new(self.clone())
    }
}

/// A step of a linear congruence modulo 2¹²⁸, or several steps as one.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub multiplier: u128,
    pub increment: u128,
}

impl Step {
    #[inline]
    pub fn of(self, state: u128) -> u128 {
        state.wrapping_mul(self.multiplier).wrapping_add(self.increment)
    }

    /// This step and then another one.
    fn then(self, next: Step) -> Step {
        Step {
            multiplier: self.multiplier.wrapping_mul(next.multiplier),
            increment: next.of(self.increment),
        }
    }

    /// So many steps as one: squarings of the step, as in a fast power.
    pub fn times(self, mut n: u128) -> Step {
        let (mut power, mut all) = (self, Step { multiplier: 1, increment: 0 });
        while n > 0 {
            if n & 1 == 1 {
                all = all.then(power);
            }
            power = power.then(power);
            n >>= 1;
        }
        all
    }

    /// The outputs of the given state and of those that follow. Four states take turns, each four
    /// steps at a time, because a step waits for its multiplication.
    pub fn block(self, first: u128, words: &mut [u64], output: impl Fn(u128) -> u64) {
        let leap = self.times(4);
        let mut states = [first; 4];
        for lane in 1..4 {
            states[lane] = self.of(states[lane - 1]);
        }
        let (fours, rest) = words.as_chunks_mut::<4>();
        for four in fours {
            for lane in 0..4 {
                four[lane] = output(states[lane]);
                states[lane] = leap.of(states[lane]);
            }
        }
        for (word, state) in rest.iter_mut().zip(states) {
            *word = output(state);
        }
    }
}
