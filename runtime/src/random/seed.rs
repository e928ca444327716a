//! Seeding: entropy of any size is mixed into a pool, from which states of any size are made.
//!
//! The mixing is that of NumPy's `SeedSequence`, which Melissa O'Neill's `seed_seq` inspired:
//! every word of entropy reaches every word of the pool, and streams whose seeds differ in
//! one bit have nothing in common.

use crate::{Error, ErrorKind};
use std::hash::{BuildHasher, Hasher, RandomState};

/// Words of a pool, unless asked for more.
const POOL: usize = 4;

/// What a stream is seeded with, as words of 32 bits, the low ones first. Integers of any
/// size are some, and slices of them, each of which takes as many words as it needs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entropy(Result<Vec<u32>, &'static str>);

impl Entropy {
    /// 128 bits that nobody can foresee.
    pub fn fresh() -> Entropy {
        let mut words = Vec::with_capacity(POOL);
        while words.len() < POOL {
            // The keys of hash tables are seeded by the system.
            let mut hasher = RandomState::new().build_hasher();
            hasher.write_usize(words.len());
            push(&mut words, hasher.finish().into(), 2);
        }
        Entropy(Ok(words))
    }

    fn of(value: Option<u128>) -> Entropy {
        let Some(value) = value else { return Entropy(Err("expected non-negative integer")) };
        let mut words = Vec::new();
        push(&mut words, value, 1);
        Entropy(Ok(words))
    }

    fn joined(parts: impl Iterator<Item = Entropy>) -> Entropy {
        let words: Result<Vec<Vec<u32>>, _> = parts.map(|part| part.0).collect();
        Entropy(words.map(|words| words.concat()))
    }

    /// The words, none if the entropy is none.
    pub(crate) fn words(&self) -> &[u32] {
        self.0.as_deref().unwrap_or(&[])
    }

    /// Why it is none: a negative number.
    pub(crate) fn mistake(&self) -> Option<&'static str> {
        self.0.as_ref().err().copied()
    }
}

/// Appends the words of a number, at least so many.
fn push(words: &mut Vec<u32>, mut value: u128, at_least: usize) {
    let end = words.len() + at_least;
    while value > 0 || words.len() < end {
        words.push(value as u32);
        value >>= 32;
    }
}

macro_rules! entropy {
    ($($ty:ty)*) => {$(
        impl From<$ty> for Entropy {
            fn from(value: $ty) -> Entropy {
                Entropy::of(u128::try_from(value).ok())
            }
        }

        impl From<&[$ty]> for Entropy {
            fn from(values: &[$ty]) -> Entropy {
                Entropy::joined(values.iter().map(|value| Entropy::from(*value)))
            }
        }

        impl<const N: usize> From<[$ty; N]> for Entropy {
            fn from(values: [$ty; N]) -> Entropy {
                Entropy::from(&values[..])
            }
        }
    )*};
}

entropy!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

/// Mixes entropy and makes the states of bit generators of it.
///
/// NumPy: `np.random.SeedSequence`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SeedSequence {
    entropy: Entropy,
    spawn_key: Vec<u32>,
    n_children: u32,
    pool: Vec<u32>,
}

impl<T: Into<Entropy>> From<T> for SeedSequence {
    fn from(entropy: T) -> SeedSequence {
        SeedSequence::new(entropy)
    }
}

impl SeedSequence {
    /// The sequence of some entropy. A negative number is none: all that is seeded with it
    /// has the error that it is.
    pub fn new(entropy: impl Into<Entropy>) -> SeedSequence {
        SeedSequence::with(entropy, &[], POOL)
    }

    /// The sequence of some entropy, a key that tells it from its siblings, and a pool of so many
    /// words, at least four.
    ///
    /// NumPy: `SeedSequence(entropy, spawn_key=..., pool_size=...)`.
    pub fn with(entropy: impl Into<Entropy>, spawn_key: &[u32], pool_size: usize) -> SeedSequence {
        let entropy = entropy.into();
        let pool = mixed(entropy.words(), spawn_key, pool_size.max(POOL));
        SeedSequence { entropy, spawn_key: spawn_key.to_vec(), n_children: 0, pool }
    }

    /// A sequence of entropy from the system.
    pub fn fresh() -> SeedSequence {
        SeedSequence::new(Entropy::fresh())
    }

    /// The words of the entropy, low ones first.
    pub fn entropy(&self) -> &[u32] {
        self.entropy.words()
    }

    /// The place among the descendants of the sequence that has no key.
    pub fn spawn_key(&self) -> &[u32] {
        &self.spawn_key
    }

    /// What the entropy was mixed into.
    pub fn pool(&self) -> &[u32] {
        &self.pool
    }

    /// How many children it has spawned.
    pub fn n_children_spawned(&self) -> u32 {
        self.n_children
    }

    /// Why nothing can be drawn: a negative number was given for entropy.
    pub fn error(&self) -> Option<Error> {
        let mistake = self.entropy.mistake()?;
        Some(Error::nowhere(ErrorKind::Value, "random", mistake))
    }

    /// So many words for the state of a bit generator.
    ///
    /// NumPy: `generate_state(n_words)`.
    pub fn generate_state(&self, n_words: usize) -> Vec<u32> {
        let mut hash = Hash { state: 0x8b51_f9dd, multiplier: 0x58f3_8ded };
        self.pool.iter().cycle().take(n_words).map(|word| hash.of(*word)).collect()
    }

    /// So many words of 64 bits.
    ///
    /// NumPy: `generate_state(n_words, np.uint64)`.
    pub fn generate_state64(&self, n_words: usize) -> Vec<u64> {
        let halves = self.generate_state(n_words.saturating_mul(2));
        let word = |pair: &[u32]| u64::from(pair[0]) | u64::from(pair[1]) << 32;
        halves.chunks_exact(2).map(word).collect()
    }

    /// So many sequences that share no stream with this one, with one another, or with what
    /// was spawned before.
    ///
    /// NumPy: `spawn(n_children)`.
    pub fn spawn(&mut self, n_children: u32) -> Vec<SeedSequence> {
        let first = self.n_children;
        self.n_children = first.saturating_add(n_children);
        (first..self.n_children).map(|number| self.child(number)).collect()
    }

    fn child(&self, number: u32) -> SeedSequence {
        let key = [&self.spawn_key[..], &[number]].concat();
        SeedSequence::with(self.entropy.clone(), &key, self.pool.len())
    }
}

/// A hash whose multiplier is different for every word.
struct Hash {
    state: u32,
    multiplier: u32,
}

impl Hash {
    fn of(&mut self, word: u32) -> u32 {
        let word = word ^ self.state;
        self.state = self.state.wrapping_mul(self.multiplier);
        let word = word.wrapping_mul(self.state);
        word ^ word >> 16
    }
}

/// A pool into which all words of the entropy have been mixed.
fn mixed(entropy: &[u32], spawn_key: &[u32], pool_size: usize) -> Vec<u32> {
    let mut words = entropy.to_vec();
    if !spawn_key.is_empty() {
        // Or else a short entropy with a key could be a longer entropy without one.
        words.resize(words.len().max(pool_size), 0);
        words.extend_from_slice(spawn_key);
    }
    let mut hash = Hash { state: 0x43b0_d7e5, multiplier: 0x931e_8875 };
    let word = |place: usize| words.get(place).copied().unwrap_or(0);
    let mut pool: Vec<u32> = (0..pool_size).map(|place| hash.of(word(place))).collect();
    for from in 0..pool_size {
        for to in (0..pool_size).filter(|to| *to != from) {
            pool[to] = mix(pool[to], hash.of(pool[from]));
        }
    }
    for &word in words.iter().skip(pool_size) {
        for place in &mut pool {
            *place = mix(*place, hash.of(word));
        }
    }
    pool
}

fn mix(x: u32, y: u32) -> u32 {
    let mixed = x.wrapping_mul(0xca01_f9dd).wrapping_sub(y.wrapping_mul(0x4973_f715));
    mixed ^ mixed >> 16
}
