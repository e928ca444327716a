//! Arrays of samples: by one thread, or in blocks of the stream by several.
//!
//! Where an algorithm can begin anywhere in its stream ([`Jump`](super::bits::Jump)), a large array is made of
//! blocks of words, which are drawn by whoever is there. What a sample is made of is the same
//! words as if one thread had drawn them all, so that the bits depend on nothing but the stream.

mod fixed;
mod speculative;

use super::bits::{BitGenerator, Bits, double, float};
use super::distributions::ziggurat;
use crate::buffer::Unwritten;
use crate::context::Context;
use crate::value::room;
use crate::{Element, Error, ErrorKind, Value};
use jitney_ir::{DType, Scalar, Shape};
pub use speculative::Cursor;
use speculative::Drawn;

/// Samples from which on blocks are drawn: fewer are done before anything could be set up.
const MIN_BLOCKS: usize = 1 << 13;

/// Elements that are drawn between two looks at whether to stop.
const PIECE: usize = 1 << 16;

/// Which words a sample is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draws {
    /// Of whole words.
    Words,
    /// Of halves of words.
    Halves,
    /// Of both, so that where a sample begins does not say which half is left over.
    Both,
}

/// What a sample is that is made of one word, or half of one, alone.
pub trait Quick<T>: Sync {
    /// Whether there are such words.
    const IS_ANY: bool;

    /// The sample that the word is, and whether it is one: otherwise it takes more words. No
    /// branch, so that several words are looked at side by side.
    fn sample(&self, word: u64) -> (T, bool);
}

impl<T, F: Fn(u64) -> (T, bool) + Sync> Quick<T> for F {
    const IS_ANY: bool = true;

    #[inline]
    fn sample(&self, word: u64) -> (T, bool) {
        self(word)
    }
}

/// What is known of samples that take several words, or that nobody is in a hurry for.
pub struct Slow;

impl<T: Element> Quick<T> for Slow {
    const IS_ANY: bool = false;

    #[inline]
    fn sample(&self, _word: u64) -> (T, bool) {
        (T::from_scalar(Scalar::from_bits(T::DTYPE, 0)), false)
    }
}

/// What makes samples, of any source of bits: the same closure for the generator and for
/// blocks of its stream.
pub struct Sampler<S, P, Q = Slow> {
    pub(super) draws: Draws,
    pub(super) serial: S,
    pub(super) parallel: P,
    pub(super) quick: Q,
}

/// What samples are drawn from: a bit generator, or one with what legacy functions keep.
pub trait Source: Bits + Sized {
    /// Why nothing can be drawn.
    fn error(&self) -> Option<Error>;

    /// # Errors
    /// If nothing can be drawn, or the scope's evaluations are to stop.
    fn ready(&self) -> Result<(), Error> {
        self.error().map_or(Ok(()), Err)?;
        Context::of_scope().stop.check()
    }

    /// An array of samples that are drawn one after the other.
    #[doc(hidden)]
    fn serial<T: Element>(
        &mut self,
        operation: &str,
        shape: &Shape,
        mut sample: impl FnMut(&mut Self) -> T,
    ) -> Result<Value, Error> {
        self.ready()?;
        let stop = Context::of_scope().stop;
        Value::written(operation, shape, |elements: Unwritten<'_, T>| {
            let mut rest = elements;
            while rest.len() > 0 {
                stop.check()?;
                let n = rest.len().min(PIECE);
                let (piece, others) = rest.split(n);
                piece.fill(|| sample(self));
                rest = others;
            }
            Ok(())
        })
    }

    /// An array of samples that several threads may draw.
    #[doc(hidden)]
    fn array<T, S, P, Q>(
        &mut self,
        operation: &str,
        shape: &Shape,
        sampler: Sampler<S, P, Q>,
    ) -> Result<Value, Error>
    where
        T: Element,
        S: Fn(&mut Self) -> T,
        P: Fn(&mut Cursor) -> T + Sync,
        Q: Quick<T>,
    {
        self.serial(operation, shape, sampler.serial)
    }
}

impl Source for BitGenerator {
    fn error(&self) -> Option<Error> {
        self.seed_seq()?.error()
    }

    fn array<T, S, P, Q>(
        &mut self,
        operation: &str,
        shape: &Shape,
        sampler: Sampler<S, P, Q>,
    ) -> Result<Value, Error>
    where
        T: Element,
        S: Fn(&mut BitGenerator) -> T,
        P: Fn(&mut Cursor) -> T + Sync,
        Q: Quick<T>,
    {
        let Sampler { draws, serial, parallel, quick } = sampler;
        if shape.len() < MIN_BLOCKS || draws == Draws::Both || self.jumpable().is_none() {
            return self.serial(operation, shape, serial);
        }
        self.ready()?;
        let context = Context::of_scope();
        Value::written(operation, shape, |elements: Unwritten<'_, T>| match self.jumpable() {
            Some((stream, half)) => {
                let drawn = Drawn { draws, sample: &parallel, quick: &quick };
                speculative::fill(stream, half, elements, &drawn, &context)
            }
            None => {
                elements.fill(|| serial(self));
                Ok(())
            }
        })
    }
}

/// An array of what single words give.
fn of_words<T: Element>(
    operation: &str,
    bits: &mut BitGenerator,
    shape: &Shape,
    of_word: impl Fn(u64) -> T + Sync,
    serial: impl Fn(&mut BitGenerator) -> T,
) -> Result<Value, Error> {
    if shape.len() < MIN_BLOCKS || bits.jumpable().is_none() {
        return bits.serial(operation, shape, serial);
    }
    bits.ready()?;
    let context = Context::of_scope();
    Value::written(operation, shape, |elements: Unwritten<'_, T>| match bits.jumpable() {
        Some((stream, _)) => fixed::fill(stream, elements, &of_word, &context),
        None => {
            elements.fill(|| serial(bits));
            Ok(())
        }
    })
}

/// What makes samples of any source of bits.
macro_rules! sampler {
    ($draws:ident, $sample:expr, $quick:expr) => {
        Sampler { draws: Draws::$draws, serial: $sample, parallel: $sample, quick: $quick }
    };
}

/// Floats in `[0, 1)`, of `float64` or `float32`.
///
/// NumPy: `Generator.random(size, dtype)`.
///
/// # Errors
/// Another dtype, or what any large array may meet.
pub fn random(bits: &mut BitGenerator, shape: &Shape, dtype: DType) -> Result<Value, Error> {
    match dtype {
        DType::F64 => of_words("random", bits, shape, double, |bits| bits.double()),
        DType::F32 => {
            let sampler = sampler!(Halves, single, |half| (float(half as u32), true));
            bits.array("random", shape, sampler)
        }
        _ => Err(unsupported("random", dtype)),
    }
}

/// Samples of the normal distribution of mean 0 and variance 1, of `float64` or `float32`.
///
/// NumPy: `Generator.standard_normal(size, dtype)`.
///
/// # Errors
/// As [`random`].
pub fn standard_normal(
    bits: &mut BitGenerator,
    shape: &Shape,
    dtype: DType,
) -> Result<Value, Error> {
    let name = "standard_normal";
    match dtype {
        DType::F64 => {
            bits.array(name, shape, sampler!(Words, ziggurat::normal, ziggurat::quick_normal))
        }
        DType::F32 => {
            bits.array(name, shape, sampler!(Halves, ziggurat::normal32, ziggurat::quick_normal32))
        }
        _ => Err(unsupported(name, dtype)),
    }
}

/// Samples of the exponential distribution of mean 1, of `float64` or `float32`: by layers,
/// or by inverting the distribution function.
///
/// NumPy: `Generator.standard_exponential(size, dtype, method)`.
///
/// # Errors
/// As [`random`].
pub fn standard_exponential(
    bits: &mut BitGenerator,
    shape: &Shape,
    dtype: DType,
    is_inverse: bool,
) -> Result<Value, Error> {
    let name = "standard_exponential";
    match (dtype, is_inverse) {
        (DType::F64, false) => bits.array(
            name,
            shape,
            sampler!(Words, ziggurat::exponential, ziggurat::quick_exponential),
        ),
        (DType::F32, false) => bits.array(
            name,
            shape,
            sampler!(Halves, ziggurat::exponential32, ziggurat::quick_exponential32),
        ),
        (DType::F64, true) => bits.array(name, shape, sampler!(Words, inverse, Slow)),
        (DType::F32, true) => bits.array(name, shape, sampler!(Halves, inverse32, Slow)),
        _ => Err(unsupported(name, dtype)),
    }
}

fn single(bits: &mut impl Bits) -> f32 {
    bits.float()
}

fn inverse(bits: &mut impl Bits) -> f64 {
    -(-bits.double()).ln_1p()
}

/// As NumPy does, with the logarithm in double precision.
fn inverse32(bits: &mut impl Bits) -> f32 {
    -(f64::from(-bits.float()).ln_1p()) as f32
}

/// Random bytes: words of 32 bits, the low bytes first.
///
/// NumPy: `bytes(length)`.
///
/// # Errors
/// What any large array may meet.
pub fn bytes<G: Source>(bits: &mut G, length: usize) -> Result<Vec<u8>, Error> {
    bits.ready()?;
    let stop = Context::of_scope().stop;
    let mut bytes = room("bytes", length)?;
    // No bytes take a word too, as in NumPy.
    for number in 0..length.div_ceil(4).max(1) {
        if number.is_multiple_of(PIECE) {
            stop.check()?;
        }
        let word = bits.next32().to_le_bytes();
        bytes.extend_from_slice(&word[..(length - bytes.len()).min(4)]);
    }
    Ok(bytes)
}

pub(super) fn unsupported(operation: &str, dtype: DType) -> Error {
    let message = format!("Unsupported dtype {dtype} for {operation}: float64 or float32");
    Error::nowhere(ErrorKind::DType, operation, message)
}
