//! What makes generators, and what seeds and bit generators can do.

use super::{Call, Called, Random, Row, Rows, Shared};
use crate::DType;
use crate::formula::error::Fault;
use crate::formula::python::Number;
use crate::formula::value::Value;
use crate::random::{
    BitGenerator, Entropy, Generator, MT19937, PCG64, PCG64DXSM, Philox, RandomState, SFC64,
    SeedSequence, default_rng,
};
use crate::{Array, array};

/// Functions of the module.
pub(super) const ROWS: Rows<()> = Rows(&[
    Row { name: "default_rng", signature: "seed=None", run: make_default },
    Row { name: "Generator", signature: "bit_generator", run: make_generator },
    Row { name: "RandomState", signature: "seed=None", run: make_state },
    Row {
        name: "SeedSequence",
        signature: "entropy=None, *, spawn_key=None, pool_size=4",
        run: make_seeds,
    },
    Row { name: "PCG64", signature: "seed=None", run: |(), call| bits(PCG64::new(call.seed()?)) },
    Row {
        name: "PCG64DXSM",
        signature: "seed=None",
        run: |(), call| bits(PCG64DXSM::new(call.seed()?)),
    },
    Row {
        name: "MT19937",
        signature: "seed=None",
        run: |(), call| bits(MT19937::new(call.seed()?)),
    },
    Row { name: "Philox", signature: "seed=None", run: |(), call| bits(Philox::new(call.seed()?)) },
    Row { name: "SFC64", signature: "seed=None", run: |(), call| bits(SFC64::new(call.seed()?)) },
]);

/// Methods of bit generators.
pub(super) const BITS: Rows<BitGenerator> = Rows(&[
    Row { name: "spawn", signature: "n_children", run: spawn_bits },
    Row { name: "advance", signature: "delta", run: advance },
    Row { name: "jumped", signature: "jumps=1", run: jumped },
    Row { name: "random_raw", signature: "size=None", run: random_raw },
]);

/// Methods of seeds.
pub(super) const SEEDS: Rows<SeedSequence> = Rows(&[
    Row { name: "spawn", signature: "n_children", run: spawn_seeds },
    Row { name: "generate_state", signature: "n_words, dtype=uint32", run: generate_state },
]);

fn bits(bits: impl Into<BitGenerator>) -> Called {
    Ok(Value::Random(Random::Bits(Shared::new(bits.into()))))
}

fn generator(generator: &Generator) -> Called {
    let bits = generator.bit_generator().clone();
    Ok(Value::Random(Random::Generator(Shared::new(bits))))
}

fn make_default((): &mut (), call: &mut Call<'_>) -> Called {
    let Some((value, _)) = call.args.peek() else { return generator(&default_rng(call.seed()?)) };
    match value {
        Value::Random(Random::Generator(_)) => Ok(value.clone()),
        Value::Random(Random::Bits(_)) => make_generator(&mut (), call),
        _ => generator(&default_rng(call.seed()?)),
    }
}

/// A generator of bits that others may draw from as well.
fn make_generator((): &mut (), call: &mut Call<'_>) -> Called {
    let (value, span) = call.args.value()?;
    match value {
        Value::Random(Random::Bits(bits)) => Ok(Value::Random(Random::Generator(bits))),
        _ => Err(value.is_not("a bit generator", span)),
    }
}

fn make_state((): &mut (), call: &mut Call<'_>) -> Called {
    let (state, bits) = match call.args.peek() {
        Some((Value::Random(Random::Bits(bits)), _)) => {
            (RandomState::from_bits(bits.lock().clone()), Some(bits.clone()))
        }
        _ => (RandomState::new(call.legacy_seed()?), None),
    };
    Ok(Value::Random(Random::State(Shared::new(state), bits)))
}

fn make_seeds((): &mut (), call: &mut Call<'_>) -> Called {
    let entropy = call.entropy()?;
    let key = match call.args.optional_value() {
        Some((key, span)) => key.to_isizes(span)?,
        None => Vec::new(),
    };
    let key: Result<Vec<u32>, _> = key.into_iter().map(u32::try_from).collect();
    let word = |_| Fault::new(call.args.span, "a spawn key is of words of 32 bits");
    let key = key.map_err(word)?;
    let pool_size = call.args.count_or(4)?;
    call.check(pool_size)?;
    let seeds = SeedSequence::with(entropy, &key, pool_size);
    Ok(Value::Random(Random::Seeds(Shared::new(seeds))))
}

impl Call<'_> {
    /// What a bit generator is seeded with.
    fn seed(&mut self) -> Result<SeedSequence, Fault> {
        match self.args.peek() {
            Some((Value::Random(Random::Seeds(seeds)), _)) => Ok(seeds.lock().clone()),
            _ => Ok(SeedSequence::new(self.entropy()?)),
        }
    }

    /// Entropy: a number, or several.
    fn entropy(&mut self) -> Result<Entropy, Fault> {
        let Some((value, span)) = self.args.optional_value() else { return Ok(Entropy::fresh()) };
        let number = |value: &Value| match value {
            Value::Number(Number::Int(number)) => Ok(*number),
            Value::Number(Number::Huge(_)) => {
                let fault = Fault::new(span, "an integer of more than 127 bits");
                Err(fault.help("write it as a list of its words of 32 bits, the low ones first"))
            }
            _ => value.to_isize(span).map(|number| number as i128),
        };
        let entropy = match &value {
            Value::Sequence(numbers) => {
                let numbers = numbers.items.iter().map(number).collect::<Result<Vec<i128>, _>>()?;
                Entropy::from(&numbers[..])
            }
            _ => Entropy::from(number(&value)?),
        };
        match SeedSequence::new(entropy.clone()).error() {
            Some(error) => Err(Fault::new(span, error.message())),
            None => Ok(entropy),
        }
    }

    /// How many children are spawned.
    pub(super) fn children(&mut self) -> Result<u32, Fault> {
        let n = self.args.count()?;
        // Each takes memory that no array's limit counts.
        self.check(n.saturating_mul(64))?;
        u32::try_from(n).map_err(|_| Fault::new(self.args.span, "too many children"))
    }
}

fn spawn_bits(bits: &mut BitGenerator, call: &mut Call<'_>) -> Called {
    let n = call.children()?;
    let children = bits.spawn(n).into_iter().map(|child| Random::Bits(Shared::new(child)));
    Ok(Value::tuple(children.map(Value::Random).collect()))
}

fn spawn_seeds(seeds: &mut SeedSequence, call: &mut Call<'_>) -> Called {
    let n = call.children()?;
    let children = seeds.spawn(n).into_iter().map(|child| Random::Seeds(Shared::new(child)));
    Ok(Value::tuple(children.map(Value::Random).collect()))
}

fn jumped(own: &mut BitGenerator, call: &mut Call<'_>) -> Called {
    let jumps = call.args.count_or(1)? as u64;
    match own {
        BitGenerator::PCG64(stream) => bits(stream.jumped(jumps)),
        BitGenerator::PCG64DXSM(stream) => bits(stream.jumped(jumps)),
        BitGenerator::Philox(stream) => bits(stream.jumped(jumps)),
        BitGenerator::MT19937(stream) => {
            // Each takes milliseconds.
            call.check(usize::try_from(jumps.saturating_mul(20_000)).unwrap_or(usize::MAX))?;
            bits(stream.jumped(jumps))
        }
        BitGenerator::SFC64(_) => {
            let message = format!("'{}' cannot jump", own.name());
            Err(Fault::new(call.args.span, message))
        }
    }
}

fn advance(own: &mut BitGenerator, call: &mut Call<'_>) -> Called {
    let (delta, span) = call.args.value()?;
    // What is negative goes back, as modulo the period.
    let delta = delta.to_int(span)?;
    match own {
        BitGenerator::PCG64(stream) => stream.advance(delta as u128),
        BitGenerator::PCG64DXSM(stream) => stream.advance(delta as u128),
        BitGenerator::Philox(_) if delta < 0 => {
            return Err(Fault::new(span, "'Philox' cannot go back"));
        }
        BitGenerator::Philox(stream) => stream.advance(delta as u128),
        BitGenerator::MT19937(_) | BitGenerator::SFC64(_) => {
            let message = format!("'{}' cannot advance", own.name());
            return Err(Fault::new(call.args.span, message));
        }
    }
    Ok(Value::None)
}

fn random_raw(bits: &mut BitGenerator, call: &mut Call<'_>) -> Called {
    let Some(extents) = call.args.optional_shape()? else {
        return Ok(Value::int(bits.random_raw()));
    };
    let n = extents.iter().copied().fold(1, usize::saturating_mul);
    call.check(n)?;
    let words: Vec<u64> = (0..n).map(|_| bits.random_raw()).collect();
    Ok(Value::Array(Array::from_vec(words, extents)))
}

fn generate_state(seeds: &mut SeedSequence, call: &mut Call<'_>) -> Called {
    let n = call.args.count()?;
    call.check(n)?;
    match call.args.dtype()?.unwrap_or(DType::U32) {
        DType::U32 => Ok(Value::Array(array(seeds.generate_state(n)))),
        DType::U64 => Ok(Value::Array(array(seeds.generate_state64(n)))),
        _ => Err(Fault::new(call.args.span, "only support uint32 or uint64")),
    }
}
