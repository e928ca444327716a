//! Integers of a range, every one of which is as likely.
//!
//! By Daniel Lemire's method a word is multiplied with the size of the range, and the high half
//! of the product is the integer; legacy functions cut words to the bits of the range and
//! reject those beyond it. Ranges of up to 32 bits take halves of words, whatever the dtype; dtypes
//! of 16, 8 and 1 bits take parts of a half, the rest of which is lost at the end of a call.

use super::bits::Bits;
use super::fill::{Cursor, Draws, Sampler, Source};
use crate::buffer::Unwritten;
use crate::context::Context;
use crate::{Element, Error, ErrorKind, Value};
use jitney_ir::{DType, Shape};

/// The lowest or the highest integer of a range: one for all elements, or an array.
#[derive(Clone)]
pub enum Bounds {
    /// The same for all elements.
    One(i128),
    /// One for each element of an array that broadcasts.
    Many(Value),
}

/// The range of an array of integers.
pub struct Range<'a> {
    /// NumPy's name of the function.
    pub operation: &'a str,
    /// The lowest integers.
    pub low: Bounds,
    /// The highest integers, or what is above them.
    pub high: Bounds,
    /// Whether the highest integers are part of the range.
    pub endpoint: bool,
    /// Whether words are cut to the bits of the range.
    pub is_masked: bool,
}

/// Integers of a dtype, from a range.
///
/// NumPy: `Generator.integers`, `RandomState.randint`.
///
/// # Errors
/// An empty range or one beyond the dtype, and what any large array may meet.
pub fn integers<G: Source>(
    bits: &mut G,
    range: &Range<'_>,
    size: Option<&Shape>,
    dtype: DType,
) -> Result<Value, Error> {
    match dtype {
        DType::Bool => of::<bool, G>(bits, range, size),
        DType::I8 => of::<i8, G>(bits, range, size),
        DType::I16 => of::<i16, G>(bits, range, size),
        DType::I32 => of::<i32, G>(bits, range, size),
        DType::I64 => of::<i64, G>(bits, range, size),
        DType::U8 => of::<u8, G>(bits, range, size),
        DType::U16 => of::<u16, G>(bits, range, size),
        DType::U32 => of::<u32, G>(bits, range, size),
        DType::U64 => of::<u64, G>(bits, range, size),
        DType::F32 | DType::F64 => {
            let message = format!("Unsupported dtype {dtype} for {}", range.operation);
            Err(Error::nowhere(ErrorKind::DType, range.operation, message))
        }
    }
}

/// An integer type, as what the low bits of a word are.
trait Integer: Element {
    const BITS: u32;
    fn of_word(word: u64) -> Self;
}

macro_rules! integers {
    ($($ty:ty: $bits:literal, $of:expr;)*) => {$(
        impl Integer for $ty {
            const BITS: u32 = $bits;
            #[inline]
            fn of_word(word: u64) -> $ty {
                let of: fn(u64) -> $ty = $of;
                of(word)
            }
        }
    )*};
}

integers! {
    bool: 1, |word| word & 1 != 0;
    i8: 8, |word| word as i8;
    i16: 16, |word| word as i16;
    i32: 32, |word| word as i32;
    i64: 64, |word| word as i64;
    u8: 8, |word| word as u8;
    u16: 16, |word| word as u16;
    u32: 32, |word| word as u32;
    u64: 64, |word| word;
}

fn of<T: Integer, G: Source>(
    bits: &mut G,
    range: &Range<'_>,
    size: Option<&Shape>,
) -> Result<Value, Error> {
    let operation = range.operation;
    if let Some(size) = size.filter(|size| size.is_empty()) {
        return Value::from_vec(Vec::<T>::new(), size);
    }
    if let (Bounds::One(low), Bounds::One(high)) = (&range.low, &range.high) {
        let shape = size.cloned().unwrap_or_default();
        let (low, span) = checked::<T>(range, *low, *high)?;
        return same_span::<T, G>(bits, operation, &shape, low, span, range.is_masked);
    }
    let shape = super::distributions::common_shape(
        operation,
        [&range.low, &range.high].into_iter().filter_map(Bounds::shape),
        size,
    )?;
    let (lows, highs) = (range.low.each(&shape)?, range.high.each(&shape)?);
    let ranges = (0..shape.len()).map(|i| checked::<T>(range, lows.at(i), highs.at(i)));
    let ranges = ranges.collect::<Result<Vec<(u64, u64)>, Error>>()?;
    let (mut ranges, mut parts) = (ranges.into_iter(), Parts::default());
    bits.serial(operation, &shape, |bits| {
        let (low, span) = ranges.next().unwrap_or((0, 0));
        let word = Kind::of::<T>(span, range.is_masked).next(bits, &mut parts);
        T::of_word(low.wrapping_add(word))
    })
}

/// A range as its lowest integer and the distance to the highest one.
fn checked<T: Integer>(range: &Range<'_>, low: i128, high: i128) -> Result<(u64, u64), Error> {
    let wrong = |message: String| Err(Error::nowhere(ErrorKind::Value, range.operation, message));
    let highest = high.saturating_sub(i128::from(!range.endpoint));
    let (least, most) = T::DTYPE.int_range();
    if low < least {
        return wrong(format!("low is out of bounds for {}", T::DTYPE));
    }
    if highest > most {
        return wrong(format!("high is out of bounds for {}", T::DTYPE));
    }
    if low > highest {
        return wrong(match (low, range.endpoint) {
            (0, true) => "high < 0".to_owned(),
            (0, false) => "high <= 0".to_owned(),
            (_, true) => "low > high".to_owned(),
            (_, false) => "low >= high".to_owned(),
        });
    }
    Ok((low as u64, (highest - low) as u64))
}

/// An array of integers from one range.
fn same_span<T: Integer, G: Source>(
    bits: &mut G,
    operation: &str,
    shape: &Shape,
    low: u64,
    span: u64,
    is_masked: bool,
) -> Result<Value, Error> {
    let kind = Kind::of::<T>(span, is_masked);
    let of = move |word: u64| T::of_word(low.wrapping_add(word));
    macro_rules! drawn {
        ($draws:ident, $bits:ident => $word:expr, $half:ident => $quick:expr) => {
            bits.array(
                operation,
                shape,
                Sampler {
                    draws: Draws::$draws,
                    serial: move |$bits: &mut G| of($word),
                    parallel: move |$bits: &mut Cursor| of($word),
                    quick: move |$half: u64| -> (T, bool) {
                        let (word, is_one) = $quick;
                        (of(word), is_one)
                    },
                },
            )
        };
    }
    match kind {
        Kind::Half(below) if !is_masked => {
            drawn!(Halves, bits => below.lemire(bits), half => below.of_half(half))
        }
        Kind::AnyHalf => drawn!(Halves, bits => bits.next32().into(), half => (half, true)),
        Kind::Word(below) if !is_masked => {
            drawn!(Words, bits => below.lemire64(bits), word => below.of_word(word))
        }
        Kind::AnyWord => drawn!(Words, bits => bits.next64(), word => (word, true)),
        Kind::Part(n_bits, below) => {
            let of_part = |part| below.of_part(part, n_bits);
            parts(bits, operation, shape, n_bits, |part| {
                let (word, is_one) = of_part(part);
                (of(word), is_one)
            })
        }
        Kind::AnyPart(n_bits) => parts(bits, operation, shape, n_bits, |part| (of(part), true)),
        Kind::Nothing | Kind::Half(_) | Kind::Word(_) => {
            let mut parts = Parts::default();
            bits.serial(operation, shape, |bits| of(kind.next(bits, &mut parts)))
        }
    }
}

/// An array of what parts of halves of words give, the low parts first. No branch foresees which
/// part gives an integer.
fn parts<T: Integer, G: Source>(
    bits: &mut G,
    operation: &str,
    shape: &Shape,
    n_bits: u32,
    of: impl Fn(u64) -> (T, bool),
) -> Result<Value, Error> {
    /// Integers that are drawn between two looks at whether to stop.
    const PIECE: usize = 1 << 10;
    bits.ready()?;
    let stop = Context::of_scope().stop;
    Value::written(operation, shape, |elements: Unwritten<'_, T>| {
        // With room for those of a half that is not used up.
        let mut drawn = [T::of_word(0); PIECE + 32];
        let (mut n_drawn, mut rest) = (0, elements);
        while rest.len() > 0 {
            stop.check()?;
            let n = rest.len().min(PIECE);
            while n_drawn < n {
                let mut half = u64::from(bits.next32());
                for _ in 0..32 / n_bits {
                    let (integer, is_one) = of(half & ((1 << n_bits) - 1));
                    drawn[n_drawn] = integer;
                    n_drawn += usize::from(is_one);
                    half >>= n_bits;
                }
            }
            let (piece, others) = rest.split(n);
            piece.copy(&drawn[..n]);
            drawn.copy_within(n..n_drawn, 0);
            (n_drawn, rest) = (n_drawn - n, others);
        }
        Ok(())
    })
}

/// How the distance from the lowest integer is drawn.
#[derive(Clone, Copy)]
enum Kind {
    /// Not at all.
    Nothing,
    /// From all halves of words, or from those below a bound.
    AnyHalf,
    Half(Below),
    AnyWord,
    Word(Below),
    /// From 16, 8 or 1 bits.
    Part(u32, Below),
    AnyPart(u32),
}

impl Kind {
    #[inline]
    fn of<T: Integer>(span: u64, is_masked: bool) -> Kind {
        let below = |n_bits| Below::new(span, n_bits, is_masked);
        match T::BITS {
            _ if span == 0 => Kind::Nothing,
            64 if span == u64::MAX => Kind::AnyWord,
            64 if span > u32::MAX.into() => Kind::Word(below(64)),
            32 | 64 if span == u32::MAX.into() => Kind::AnyHalf,
            32 | 64 => Kind::Half(below(32)),
            n_bits if span == (1 << n_bits) - 1 => Kind::AnyPart(n_bits),
            n_bits => Kind::Part(n_bits, below(n_bits)),
        }
    }

    fn next(self, bits: &mut impl Bits, parts: &mut Parts) -> u64 {
        match self {
            Kind::Nothing => 0,
            Kind::AnyHalf => bits.next32().into(),
            Kind::AnyWord => bits.next64(),
            Kind::AnyPart(n_bits) => parts.next(bits, n_bits),
            Kind::Half(below) => below.of(32, || bits.next32().into()),
            Kind::Word(below) if below.is_masked => below.of(64, || bits.next64()),
            Kind::Word(below) => below.lemire64(bits),
            Kind::Part(n_bits, below) => below.of(n_bits, || parts.next(bits, n_bits)),
        }
    }
}

/// Integers up to a bound.
#[derive(Clone, Copy)]
struct Below {
    span: u64,
    is_masked: bool,
    /// The bits of the bound, or what the low half of a product must not be below.
    limit: u64,
}

impl Below {
    fn new(span: u64, n_bits: u32, is_masked: bool) -> Below {
        let most = u64::MAX >> (64 - n_bits);
        let limit = if is_masked { mask(span) } else { (most - span) % (span + 1) };
        Below { span, is_masked, limit }
    }

    /// The integer that words of so many bits, at most 32 unless they are masked, give.
    #[inline]
    fn of(self, n_bits: u32, mut next: impl FnMut() -> u64) -> u64 {
        loop {
            let word = next();
            if self.is_masked {
                if word & self.limit <= self.span {
                    return word & self.limit;
                }
                continue;
            }
            let product = word * (self.span + 1);
            if product & ((1 << n_bits) - 1) >= self.limit {
                return product >> n_bits;
            }
        }
    }

    #[inline]
    fn lemire(self, bits: &mut impl Bits) -> u64 {
        loop {
            let (word, is_one) = self.of_half(bits.next32().into());
            if is_one {
                return word;
            }
        }
    }

    #[inline]
    fn lemire64(self, bits: &mut impl Bits) -> u64 {
        loop {
            let (word, is_one) = self.of_word(bits.next64());
            if is_one {
                return word;
            }
        }
    }

    /// The integer that half a word gives, and whether it gives one.
    #[inline]
    fn of_half(self, half: u64) -> (u64, bool) {
        let product = half * (self.span + 1);
        (product >> 32, u64::from(product as u32) >= self.limit)
    }

    /// The integer that a word gives, and whether it gives one.
    #[inline]
    fn of_word(self, word: u64) -> (u64, bool) {
        let product = u128::from(word) * (u128::from(self.span) + 1);
        ((product >> 64) as u64, product as u64 >= self.limit)
    }

    /// The integer that a part of so many bits of a half gives, and whether it gives one.
    #[inline]
    fn of_part(self, part: u64, n_bits: u32) -> (u64, bool) {
        if self.is_masked {
            let word = part & self.limit;
            return (word, word <= self.span);
        }
        let product = part * (self.span + 1);
        (product >> n_bits, product & ((1 << n_bits) - 1) >= self.limit)
    }
}

/// Halves of words of which parts are drawn, the low ones first.
#[derive(Default)]
struct Parts {
    half: u32,
    n_left: u32,
}

impl Parts {
    fn next(&mut self, bits: &mut impl Bits, n_bits: u32) -> u64 {
        if self.n_left == 0 {
            (self.half, self.n_left) = (bits.next32(), 32 / n_bits - 1);
        } else {
            self.half >>= n_bits;
            self.n_left -= 1;
        }
        u64::from(self.half) & ((1 << n_bits) - 1)
    }
}

/// The bits of a number and all below them.
fn mask(number: u64) -> u64 {
    number.checked_ilog2().map_or(0, |bit| u64::MAX >> (63 - bit))
}

/// An integer from 0 to the given one, by rejection: what shuffles draw.
#[inline]
pub(super) fn interval(bits: &mut impl Bits, most: u64) -> u64 {
    let mask = mask(most);
    loop {
        let word = match most {
            0 => return 0,
            _ if most <= u32::MAX.into() => u64::from(bits.next32()) & mask,
            _ => bits.next64() & mask,
        };
        if word <= most {
            return word;
        }
    }
}

/// An integer from 0 to the given one, by Lemire's method: what `choice` draws. Each bound is
/// used once, so that what is rejected is worked out only where it might be.
pub(super) fn bounded(bits: &mut impl Bits, most: u64) -> u64 {
    if most == 0 || most >= u32::MAX.into() {
        return Kind::of::<u64>(most, false).next(bits, &mut Parts::default());
    }
    let product = u64::from(bits.next32()) * (most + 1);
    if u64::from(product as u32) > most {
        return product >> 32;
    }
    let below = Below::new(most, 32, false);
    if u64::from(product as u32) >= below.limit { product >> 32 } else { below.lemire(bits) }
}

/// Bounds by element.
enum Each {
    One(i128),
    Many(Vec<i128>),
}

impl Each {
    fn at(&self, place: usize) -> i128 {
        match self {
            Each::One(bound) => *bound,
            Each::Many(bounds) => bounds[place],
        }
    }
}

impl Bounds {
    fn shape(&self) -> Option<&Shape> {
        match self {
            Bounds::One(_) => None,
            Bounds::Many(value) => Some(value.shape()),
        }
    }

    fn each(&self, shape: &Shape) -> Result<Each, Error> {
        match self {
            Bounds::One(bound) => Ok(Each::One(*bound)),
            Bounds::Many(value) => {
                let all = super::distributions::broadcast(value, shape)?;
                Ok(Each::Many(all.scalars().map(|scalar| scalar.to_i128()).collect()))
            }
        }
    }
}
