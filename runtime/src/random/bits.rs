//! Streams of random bits: what all algorithms have in common.

use super::{MT19937, PCG64, PCG64DXSM, Philox, SFC64, SeedSequence};

/// Random words, and the floats that are made of them.
pub trait Bits {
    /// The next 64 bits.
    fn next64(&mut self) -> u64;

    /// The next 32 bits.
    fn next32(&mut self) -> u32;

    /// A float in `[0, 1)`, a multiple of 2⁻⁵³.
    #[inline]
    fn double(&mut self) -> f64 {
        double(self.next64())
    }

    /// A float in `[0, 1)`, a multiple of 2⁻²⁴.
    #[inline]
    fn float(&mut self) -> f32 {
        float(self.next32())
    }
}

/// The float of 53 bits that a word gives.
#[inline]
pub(super) fn double(word: u64) -> f64 {
    (word >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// The float of 24 bits that a word gives.
#[inline]
pub(super) fn float(word: u32) -> f32 {
    (word >> 8) as f32 * (1.0 / (1 << 24) as f32)
}

/// The algorithm of a bit generator, which is its state.
pub trait Engine: Clone + PartialEq + Send + Sync + Sized + 'static {
    /// The state that a seed gives.
    fn seeded(seed: &SeedSequence) -> Self;

    /// The next 64 bits.
    fn next64(&mut self) -> u64;

    /// The next 32 bits: the low half of 64, whose high half is kept for the next call.
    #[inline]
    fn next32(&mut self, half: &mut Option<u32>) -> u32 {
        if let Some(high) = half.take() {
            return high;
        }
        let word = self.next64();
        *half = Some((word >> 32) as u32);
        word as u32
    }

    /// A float in `[0, 1)`, a multiple of 2⁻⁵³.
    #[inline]
    fn double(&mut self) -> f64 {
        double(self.next64())
    }

    /// The next word, of as many bits as the algorithm makes at a time.
    fn raw(&mut self) -> u64 {
        self.next64()
    }

    /// The state as one that can begin anywhere in its stream, if it is one.
    fn jumpable(&mut self) -> Option<&mut dyn Jump> {
        None
    }
}

/// An algorithm that finds any word of its stream without those before it.
pub trait Jump: Send + Sync {
    /// The words from the given number on, the next word being number 0.
    fn block(&self, first: u64, words: &mut [u64]);

    /// Moves on by so many words.
    fn skip(&mut self, n_words: u64);

    /// The same state once more.
    fn copied(&self) -> Box<dyn Jump>;
}

/// A bit generator of one algorithm: its state, half of a word that nobody has used yet, and what
/// it was seeded with.
#[derive(Clone, Debug)]
pub struct Stream<E> {
    pub(super) engine: E,
    half: Option<u32>,
    seeds: Option<SeedSequence>,
}

/// Streams are equal if they go on alike.
impl<E: PartialEq> PartialEq for Stream<E> {
    fn eq(&self, other: &Stream<E>) -> bool {
        self.engine == other.engine && self.half == other.half
    }
}

impl<E: Engine> Stream<E> {
    /// The stream of a seed: an integer, several, or a [`SeedSequence`].
    pub fn new(seed: impl Into<SeedSequence>) -> Stream<E> {
        let seed = seed.into();
        Stream { engine: E::seeded(&seed), half: None, seeds: Some(seed) }
    }

    /// A stream in a state that is known otherwise.
    pub fn from_state(engine: E) -> Stream<E> {
        Stream { engine, half: None, seeds: None }
    }

    /// The state: of the algorithm, and the high half of a word whose low half was drawn.
    ///
    /// NumPy: `state`; the half is there if `has_uint32`, and is `uinteger`.
    pub fn state(&self) -> (E, Option<u32>) {
        (self.engine.clone(), self.half)
    }

    /// Goes on from a state that [`state`](Stream::state) has given.
    pub fn set_state(&mut self, (engine, half): (E, Option<u32>)) {
        (self.engine, self.half) = (engine, half);
    }

    /// What it was seeded with, unless by its state.
    ///
    /// NumPy: `seed_seq`.
    pub fn seed_seq(&self) -> Option<&SeedSequence> {
        self.seeds.as_ref()
    }

    /// The next word: 64 bits, of [`MT19937`] 32.
    ///
    /// NumPy: `random_raw()`.
    pub fn random_raw(&mut self) -> u64 {
        self.engine.raw()
    }

    /// So many streams that share nothing with this one; none if it was not seeded.
    ///
    /// NumPy: `spawn(n_children)`.
    pub fn spawn(&mut self, n_children: u32) -> Vec<Stream<E>> {
        let seeds = self.seeds.as_mut().map(|seeds| seeds.spawn(n_children));
        seeds.into_iter().flatten().map(Stream::new).collect()
    }

    /// The same in another state, without half of a word.
    pub(super) fn moved(&self, engine: E) -> Stream<E> {
        Stream { engine, half: None, seeds: self.seeds.clone() }
    }

    fn jumpable(&mut self) -> Option<(&mut dyn Jump, &mut Option<u32>)> {
        Some((self.engine.jumpable()?, &mut self.half))
    }
}

impl<E: Engine> Bits for Stream<E> {
    #[inline]
    fn next64(&mut self) -> u64 {
        self.engine.next64()
    }

    #[inline]
    fn next32(&mut self) -> u32 {
        self.engine.next32(&mut self.half)
    }

    #[inline]
    fn double(&mut self) -> f64 {
        self.engine.double()
    }
}

macro_rules! algorithms {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A bit generator of any of NumPy's algorithms.
        ///
        /// NumPy: `np.random.BitGenerator`.
        #[derive(Clone, Debug, PartialEq)]
        pub enum BitGenerator {
            $($(#[$doc])* $name($name),)*
        }

        $(
            impl From<$name> for BitGenerator {
                fn from(stream: $name) -> BitGenerator {
                    BitGenerator::$name(stream)
                }
            }
        )*

        impl BitGenerator {
            /// NumPy's name of the algorithm.
            pub fn name(&self) -> &'static str {
                match self { $(BitGenerator::$name(_) => stringify!($name),)* }
            }

            /// What it was seeded with, unless by its state.
            pub fn seed_seq(&self) -> Option<&SeedSequence> {
                match self { $(BitGenerator::$name(stream) => stream.seed_seq(),)* }
            }

            /// The next word: 64 bits, of [`MT19937`] 32.
            pub fn random_raw(&mut self) -> u64 {
                match self { $(BitGenerator::$name(stream) => stream.random_raw(),)* }
            }

            /// So many generators that share nothing with this one; none if it was not seeded.
            pub fn spawn(&mut self, n_children: u32) -> Vec<BitGenerator> {
                match self {
                    $(BitGenerator::$name(stream) => {
                        stream.spawn(n_children).into_iter().map(BitGenerator::$name).collect()
                    })*
                }
            }

            /// The algorithm with the kept half of a word, if it can begin anywhere.
            pub(super) fn jumpable(&mut self) -> Option<(&mut dyn Jump, &mut Option<u32>)> {
                match self { $(BitGenerator::$name(stream) => stream.jumpable(),)* }
            }
        }

        impl Bits for BitGenerator {
            #[inline]
            fn next64(&mut self) -> u64 {
                match self { $(BitGenerator::$name(stream) => stream.next64(),)* }
            }

            #[inline]
            fn next32(&mut self) -> u32 {
                match self { $(BitGenerator::$name(stream) => stream.next32(),)* }
            }

            #[inline]
            fn double(&mut self) -> f64 {
                match self { $(BitGenerator::$name(stream) => stream.double(),)* }
            }
        }
    };
}

algorithms! {
    /// Permuted congruential, 128 bits: NumPy's default.
    PCG64,
    /// The same with a stronger output function and a cheaper step.
    PCG64DXSM,
    /// The Mersenne twister.
    MT19937,
    /// A counter of 256 bits, enciphered.
    Philox,
    /// Chris Doty-Humphrey's small fast chaotic generator.
    SFC64,
}
