//! The methods of the legacy generator, which are functions of the module too.

use super::super::args::Given;
use super::generator::{bounds, population};
use super::{At, Call, Called, Row, Rows, distributions, functions_of_both};
use crate::formula::error::Fault;
use crate::formula::python::Number;
use crate::formula::value::Value;
use crate::random::{Factorization, LegacySeed, MultivariateNormal, RandomState};
use crate::{Array, DType, Operand};

const ROWS: Rows<RandomState> = Rows(&[
    Row { name: "seed", signature: "seed=None", run: seed },
    Row { name: "rand", signature: "*size", run: rand },
    Row { name: "randn", signature: "*size", run: randn },
    Row { name: "random", signature: "size=None", run: random_sample },
    Row { name: "random_sample", signature: "size=None", run: random_sample },
    Row { name: "ranf", signature: "size=None", run: random_sample },
    Row { name: "sample", signature: "size=None", run: random_sample },
    Row { name: "tomaxint", signature: "size=None", run: tomaxint },
    Row { name: "randint", signature: "low, high=None, size=None, dtype=int64", run: randint },
    Row { name: "choice", signature: "a, size=None, replace=True, p=None", run: choice },
    Row { name: "permutation", signature: "x", run: permutation },
    Row { name: "shuffle", signature: "x", run: shuffle },
    Row { name: "random_integers", signature: "low, high=None, size=None", run: random_integers },
    Row { name: "bytes", signature: "length", run: bytes },
    Row {
        name: "multivariate_normal",
        signature: "mean, cov, size=None, check_valid='warn', tol=1e-8",
        run: multivariate_normal,
    },
    Row { name: "multinomial", signature: "n, pvals, size=None", run: multinomial },
    Row { name: "dirichlet", signature: "alpha, size=None", run: dirichlet },
]);

pub(super) fn call(
    name: &str,
    state: &mut RandomState,
    given: Vec<Given<'_>>,
    at: At,
) -> Option<Called> {
    match ROWS.find(name) {
        Some(_) => ROWS.call(name, state, given, at),
        None => distributions::legacy(name, given, at, |distribution, parameters, size| {
            state.draw(distribution, parameters, size)
        }),
    }
}

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ROWS.names().chain(distributions::legacy_names())
}

fn drawn(array: Array) -> Called {
    Ok(Value::Array(array))
}

fn seed(state: &mut RandomState, call: &mut Call<'_>) -> Called {
    state.seed(call.legacy_seed()?);
    Ok(Value::None)
}

impl Call<'_> {
    /// The seed of a legacy generator.
    pub(super) fn legacy_seed(&mut self) -> Result<LegacySeed, Fault> {
        match self.args.optional_value() {
            None => Ok(LegacySeed::Fresh),
            Some((Value::Number(Number::Int(number)), _)) => Ok(LegacySeed::Number(number)),
            Some((value, span)) => {
                let numbers = value.to_isizes(span)?;
                Ok(LegacySeed::Numbers(numbers.into_iter().map(|number| number as i128).collect()))
            }
        }
    }
}

fn rand(state: &mut RandomState, call: &mut Call<'_>) -> Called {
    let size = call.sizes()?;
    drawn(state.rand(size))
}

fn randn(state: &mut RandomState, call: &mut Call<'_>) -> Called {
    let size = call.sizes()?;
    drawn(state.randn(size))
}

fn random_sample(state: &mut RandomState, call: &mut Call<'_>) -> Called {
    let size = call.size()?;
    drawn(state.random_sample(size))
}

fn tomaxint(state: &mut RandomState, call: &mut Call<'_>) -> Called {
    let size = call.size()?;
    drawn(state.tomaxint(size))
}

fn randint(state: &mut RandomState, call: &mut Call<'_>) -> Called {
    let (low, high) = bounds(call)?;
    let (size, dtype) = (call.size()?, call.args.dtype()?.unwrap_or(DType::I64));
    drawn(state.randint_of(low, high, size, dtype))
}

fn random_integers(state: &mut RandomState, call: &mut Call<'_>) -> Called {
    let low = call.args.operand()?;
    let (low, high) = match call.args.optional_operand()? {
        Some(high) => (low, high),
        None => (Operand::Int(1), low),
    };
    let size = call.size()?;
    drawn(state.random_integers(low, high, size))
}

fn choice(state: &mut RandomState, call: &mut Call<'_>) -> Called {
    let (a, size) = (population(call)?, call.size()?);
    let (replace, p) = (call.args.flag_or(true)?, call.chances()?);
    drawn(state.choice_with(a, size, replace, p.as_ref()))
}

fn permutation(state: &mut RandomState, call: &mut Call<'_>) -> Called {
    let x = population(call)?;
    drawn(state.permutation(x))
}

fn shuffle(state: &mut RandomState, call: &mut Call<'_>) -> Called {
    let mut x = call.args.array()?;
    state.shuffle(&mut x);
    drawn(x)
}

functions_of_both!(RandomState, |_| Ok(Factorization::Svd));

fn dirichlet(state: &mut RandomState, call: &mut Call<'_>) -> Called {
    let (alpha, size) = (call.args.array()?, call.size()?);
    drawn(state.dirichlet(&alpha, size))
}
