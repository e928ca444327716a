//! NumPy's `random` in formulas: generators, seeds and bit generators as values, and the
//! functions of the module.
//!
//! Generators are shared by the names that stand for them, as Python's objects are: each draw
//! moves all of them on.

mod distributions;
mod generator;
mod make;
mod state;

use super::args::{self, Arguments, Given};
use super::ast::Span;
use super::error::Fault;
use super::names;
use super::value::Value;
use crate::random::{
    BitGenerator, CheckValid, Factorization, Generator, RandomState, SeedSequence, Size,
    with_thread_state,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the name `random` leads to.
#[derive(Clone)]
pub(crate) enum Random {
    Module,
    /// The function of the module that is known without its name.
    DefaultRng,
    /// By its bit generator, which others may draw from.
    Generator(Shared<BitGenerator>),
    /// With the bit generator it was made of, if it was.
    State(Shared<RandomState>, Option<Shared<BitGenerator>>),
    Bits(Shared<BitGenerator>),
    Seeds(Shared<SeedSequence>),
}

type Called = Result<Value, Fault>;

/// An object that several names may stand for.
pub(crate) struct Shared<T>(Arc<Mutex<T>>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Shared<T> {
        Shared(Arc::clone(&self.0))
    }
}

impl<T> Shared<T> {
    fn new(object: T) -> Shared<T> {
        Shared(Arc::new(Mutex::new(object)))
    }

    fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A function or method: NumPy's name and signature, and what it does.
struct Row<T: 'static> {
    name: &'static str,
    signature: &'static str,
    run: fn(&mut T, &mut Call<'_>) -> Called,
}

/// The arguments of a call, and how many elements an array may have.
struct Call<'a> {
    args: Arguments<'a>,
    max_elements: usize,
}

impl Random {
    /// Python's name for the type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Random::Module => "module",
            Random::DefaultRng => "function",
            Random::Generator(_) => "Generator",
            Random::State(..) => "RandomState",
            Random::Bits(_) => "BitGenerator",
            Random::Seeds(_) => "SeedSequence",
        }
    }

    /// The functions that are known without the module's name.
    pub fn lookup(name: &str) -> Option<Random> {
        match name {
            "random" => Some(Random::Module),
            "default_rng" => Some(Random::DefaultRng),
            _ => None,
        }
    }

    /// Calls a method, or a function of the module.
    pub fn call(&self, name: Span, source: &str, given: Vec<Given<'_>>, at: At) -> Called {
        let text = name.of(source);
        let called = match self {
            Random::Module | Random::DefaultRng => match make::ROWS.find(text) {
                Some(row) => run(row, &mut (), given, at),
                // The module has no function of this method.
                None if text == "tomaxint" => None,
                None => with_thread_state(|state| state::call(text, state, given, at)),
            },
            Random::Generator(bits) => {
                let mut bits = bits.lock();
                let mut rng = Generator::new(bits.clone());
                let called = generator::call(text, &mut rng, given, at);
                *bits = rng.bit_generator().clone();
                called
            }
            Random::State(state, None) => state::call(text, &mut state.lock(), given, at),
            Random::State(state, Some(bits)) => {
                let (mut state, mut bits) = (state.lock(), bits.lock());
                let (_, gauss) = state.get_state();
                state.set_state((bits.clone(), gauss));
                let called = state::call(text, &mut state, given, at);
                *bits = state.get_state().0;
                called
            }
            Random::Bits(shared) => {
                let called = make::BITS.call(text, &mut shared.lock(), given, at);
                match text {
                    // It gives the generator that it moves.
                    "advance" => called.map(|called| called.map(|_| Value::Random(self.clone()))),
                    _ => called,
                }
            }
            Random::Seeds(shared) => make::SEEDS.call(text, &mut shared.lock(), given, at),
        };
        called.unwrap_or_else(|| {
            let message = format!("'{}' has no attribute `{text}`", self.type_name());
            let known = self.names();
            Err(Fault::new(name, message).maybe_help(names::did_you_mean(text, known.into_iter())))
        })
    }

    /// What follows the dot without parentheses, if there is something of that name.
    pub fn attribute(&self, name: &str) -> Option<Value> {
        let words =
            |words: &[u32]| Value::tuple(words.iter().map(|word| Value::int(*word)).collect());
        match (self, name) {
            (Random::Generator(bits), "bit_generator") => {
                Some(Value::Random(Random::Bits(bits.clone())))
            }
            (Random::Bits(bits), "seed_seq") => Some(match bits.lock().seed_seq() {
                Some(seeds) => Value::Random(Random::Seeds(Shared::new(seeds.clone()))),
                None => Value::None,
            }),
            (Random::Seeds(seeds), "spawn_key") => Some(words(seeds.lock().spawn_key())),
            (Random::Seeds(seeds), "pool") => {
                Some(Value::Array(crate::array(seeds.lock().pool().to_vec())))
            }
            (Random::Seeds(seeds), "pool_size") => {
                Some(Value::int(seeds.lock().pool().len() as u64))
            }
            (Random::Seeds(seeds), "n_children_spawned") => {
                Some(Value::int(seeds.lock().n_children_spawned()))
            }
            _ => None,
        }
    }

    /// The names of all methods or functions.
    fn names(&self) -> Vec<&'static str> {
        match self {
            Random::Module | Random::DefaultRng => {
                make::ROWS.names().chain(state::names()).collect()
            }
            Random::Generator(_) => generator::names().collect(),
            Random::State(..) => state::names().collect(),
            Random::Bits(_) => make::BITS.names().collect(),
            Random::Seeds(_) => make::SEEDS.names().collect(),
        }
    }
}

/// Makes the rows' functions of methods that generators of both kinds have, given what reads how
/// covariances are made a factor of.
macro_rules! functions_of_both {
    ($Type:ty, $method:expr) => {
        fn bytes(rng: &mut $Type, call: &mut Call<'_>) -> Called {
            let length = call.args.count()?;
            call.check(length)?;
            let bytes =
                rng.bytes(length).map_err(|error| Fault::new(call.args.span, error.message()))?;
            drawn(crate::array(bytes))
        }

        fn multinomial(rng: &mut $Type, call: &mut Call<'_>) -> Called {
            let (n, pvals) = (call.args.operand()?, call.args.array()?);
            let size = call.size()?;
            drawn(rng.multinomial(n, &pvals, size))
        }

        fn multivariate_normal(rng: &mut $Type, call: &mut Call<'_>) -> Called {
            let (mean, cov) = (call.args.array()?, call.args.array()?);
            let size = call.size()?;
            let (check_valid, tol) =
                (call.check_valid()?, call.args.given::<f64>(false)?.unwrap_or(1e-8));
            let read: fn(&mut Call<'_>) -> Result<Factorization, Fault> = $method;
            let how = MultivariateNormal { check_valid, tol, method: read(call)? };
            drawn(rng.multivariate_normal_with(&mean, &cov, size, &how))
        }
    };
}
use functions_of_both;

/// Where a call stands, and how many elements an array may have.
#[derive(Clone, Copy)]
pub(crate) struct At {
    pub span: Span,
    pub max_elements: usize,
}

/// Rows of one kind of object.
struct Rows<T: 'static>(&'static [Row<T>]);

impl<T> Rows<T> {
    fn find(&self, name: &str) -> Option<&'static Row<T>> {
        self.0.iter().find(|row| row.name == name)
    }

    fn names(&self) -> impl Iterator<Item = &'static str> + use<T> {
        self.0.iter().map(|row| row.name)
    }

    fn call(&self, name: &str, object: &mut T, given: Vec<Given<'_>>, at: At) -> Option<Called> {
        self.find(name).and_then(|row| run(row, object, given, at))
    }
}

fn run<T>(row: &Row<T>, object: &mut T, given: Vec<Given<'_>>, at: At) -> Option<Called> {
    let args = args::bind(row.name, row.signature, given, at.span);
    let call = |args| (row.run)(object, &mut Call { args, max_elements: at.max_elements });
    Some(args.and_then(call))
}

impl Call<'_> {
    /// The size of what is drawn, unless it is that of the parameters.
    fn size(&mut self) -> Result<Size, Fault> {
        let extents = self.args.optional_shape()?;
        self.checked(extents)
    }

    /// What happens if a covariance is not positive semidefinite.
    fn check_valid(&mut self) -> Result<CheckValid, Fault> {
        Ok(match self.args.word(&["warn", "raise", "ignore"])? {
            "raise" => CheckValid::Raise,
            "ignore" => CheckValid::Ignore,
            _ => CheckValid::Warn,
        })
    }

    /// How a covariance is made a factor of.
    fn factorization(&mut self) -> Result<Factorization, Fault> {
        Ok(match self.args.word(&["svd", "eigh", "cholesky"])? {
            "eigh" => Factorization::Eigh,
            "cholesky" => Factorization::Cholesky,
            _ => Factorization::Svd,
        })
    }

    /// The size that several arguments, or one tuple, are.
    fn sizes(&mut self) -> Result<Size, Fault> {
        let rest = self.args.rest()?;
        let extents = args::extents(&rest, self.args.span)?;
        self.checked(Some(extents))
    }

    fn checked(&self, extents: Option<Vec<usize>>) -> Result<Size, Fault> {
        let Some(extents) = extents else { return Ok(Size::from(())) };
        self.check(extents.iter().copied().fold(1, usize::saturating_mul))?;
        Ok(Size::from(extents))
    }

    /// Refuses more elements than an array may have, before they are drawn.
    fn check(&self, n: usize) -> Result<(), Fault> {
        if n <= self.max_elements {
            return Ok(());
        }
        let message = format!("an array of {n} elements; the limit is {}", self.max_elements);
        Err(Fault::new(self.args.span, message))
    }
}
