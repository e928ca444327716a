//! PCG64DXSM: a linear congruence with a multiplier of 64 bits, whose output is multiplied twice.

use super::SeedSequence;
use super::bits::{Engine, Jump, Stream};
use super::pcg64::{JUMP, Step, seeded};

/// The bit generator that is to become NumPy's default.
///
/// NumPy: `np.random.PCG64DXSM`.
pub type PCG64DXSM = Stream<Pcg64DxsmState>;

/// The state of [`PCG64DXSM`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pcg64DxsmState {
    /// What changes from word to word.
    pub state: u128,
    /// What each step adds: it chooses the stream, and is odd.
    pub inc: u128,
}

const MULTIPLIER: u64 = 0xda94_2042_e4dd_58b5;

impl PCG64DXSM {
    /// Moves on by so many words, or back by the distance to 2¹²⁸.
    ///
    /// NumPy: `advance(delta)`.
    pub fn advance(&mut self, delta: u128) {
        let Pcg64DxsmState { state, inc } = self.engine;
        let state = self.engine.step().times(delta).of(state);
        *self = self.moved(Pcg64DxsmState { state, inc });
    }

    /// The stream that begins so many jumps further on, each of about 2¹²⁷ words.
    ///
    /// NumPy: `jumped(jumps)`.
    #[must_use]
    pub fn jumped(&self, jumps: u64) -> PCG64DXSM {
        let mut jumped = self.clone();
        jumped.advance(JUMP.wrapping_mul(jumps.into()));
        jumped
    }
}

impl Pcg64DxsmState {
    #[inline]
    fn step(&self) -> Step {
        Step { multiplier: MULTIPLIER.into(), increment: self.inc }
    }
}

/// The output of a state: two multiplications with shifts between.
#[inline]
fn output(state: u128) -> u64 {
    let (mut high, low) = ((state >> 64) as u64, state as u64 | 1);
    high ^= high >> 32;
    high = high.wrapping_mul(MULTIPLIER);
    high ^= high >> 48;
    high.wrapping_mul(low)
}

impl Engine for Pcg64DxsmState {
    fn seeded(seed: &SeedSequence) -> Pcg64DxsmState {
        // With the step of PCG64, which is not its own.
        let (state, inc) = seeded(seed);
        Pcg64DxsmState { state, inc }
    }

    #[inline]
    fn next64(&mut self) -> u64 {
        let word = output(self.state);
        self.state = self.step().of(self.state);
        word
    }

    fn jumpable(&mut self) -> Option<&mut dyn Jump> {
        Some(self)
    }
}

impl Jump for Pcg64DxsmState {
    fn block(&self, first: u64, words: &mut [u64]) {
        self.step().block(self.step().times(first.into()).of(self.state), words, output);
    }

    fn skip(&mut self, n_words: u64) {
        self.state = self.step().times(n_words.into()).of(self.state);
    }

    fn copied(&self) -> Box<dyn Jump> {
        Box::new(self.clone())
    }
}
