//! The methods of generators.

use super::super::args::Given;
use super::{At, Call, Called, Random, Row, Rows, Shared, distributions, functions_of_both};
use crate::formula::error::Fault;
use crate::formula::value::Value;
use crate::random::{Choice, Factorization, Generator, MultivariateNormal};
use crate::{Array, DType, Operand};

const ROWS: Rows<Generator> = Rows(&[
    Row { name: "random", signature: "size=None, dtype=float64", run: random },
    Row { name: "standard_normal", signature: "size=None, dtype=float64", run: standard_normal },
    Row {
        name: "standard_exponential",
        signature: "size=None, dtype=float64, method='zig'",
        run: standard_exponential,
    },
    Row {
        name: "standard_gamma",
        signature: "shape, size=None, dtype=float64",
        run: standard_gamma,
    },
    Row {
        name: "integers",
        signature: "low, high=None, size=None, dtype=int64, endpoint=False",
        run: integers,
    },
    Row {
        name: "choice",
        signature: "a, size=None, replace=True, p=None, axis=0, shuffle=True",
        run: choice,
    },
    Row { name: "permutation", signature: "x, axis=0", run: permutation },
    Row { name: "permuted", signature: "x, *, axis=None", run: permuted },
    Row { name: "shuffle", signature: "x, axis=0", run: shuffle },
    Row { name: "bytes", signature: "length", run: bytes },
    Row {
        name: "multivariate_normal",
        signature: "mean, cov, size=None, check_valid='warn', tol=1e-8, *, method='svd'",
        run: multivariate_normal,
    },
    Row { name: "multinomial", signature: "n, pvals, size=None", run: multinomial },
    Row {
        name: "multivariate_hypergeometric",
        signature: "colors, nsample, size=None, method='marginals'",
        run: multivariate_hypergeometric,
    },
    Row { name: "dirichlet", signature: "alpha, size=None", run: dirichlet },
    Row { name: "spawn", signature: "n_children", run: spawn },
]);

pub(super) fn call(
    name: &str,
    rng: &mut Generator,
    given: Vec<Given<'_>>,
    at: At,
) -> Option<Called> {
    // The method of this name takes a dtype more than its row says.
    match ROWS.find(name) {
        Some(_) => ROWS.call(name, rng, given, at),
        None => distributions::generator(name, given, at, |distribution, parameters, size| {
            rng.draw(distribution, parameters, size)
        }),
    }
}

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ROWS.names().chain(distributions::generator_names())
}

fn drawn(array: Array) -> Called {
    Ok(Value::Array(array))
}

fn random(rng: &mut Generator, call: &mut Call<'_>) -> Called {
    let (size, dtype) = (call.size()?, call.float_dtype()?);
    drawn(rng.random_of(size, dtype))
}

fn standard_normal(rng: &mut Generator, call: &mut Call<'_>) -> Called {
    let (size, dtype) = (call.size()?, call.float_dtype()?);
    drawn(rng.standard_normal_of(size, dtype))
}

fn standard_exponential(rng: &mut Generator, call: &mut Call<'_>) -> Called {
    let (size, dtype) = (call.size()?, call.float_dtype()?);
    let method = call.args.word(&["zig", "inv"])?;
    drawn(rng.standard_exponential_of(size, dtype, method))
}

fn standard_gamma(rng: &mut Generator, call: &mut Call<'_>) -> Called {
    let shape = call.args.operand()?;
    if let Operand::Array(shape) = &shape {
        call.check(shape.size())?;
    }
    let (size, dtype) = (call.size()?, call.float_dtype()?);
    drawn(rng.standard_gamma_of(shape, size, dtype))
}

/// The lower and the upper bound of integers, of which the first alone is the upper one.
pub(super) fn bounds(call: &mut Call<'_>) -> Result<(Operand, Operand), Fault> {
    let low = call.args.operand()?;
    let bounds = match call.args.optional_operand()? {
        Some(high) => (low, high),
        None => (Operand::Int(0), low),
    };
    let shape = |operand: &Operand| match operand {
        Operand::Array(array) => array.full_shape().clone(),
        _ => jitney_ir::Shape::scalar(),
    };
    // Where shapes do not fit, the draw says so.
    if let Ok(common) = shape(&bounds.0).broadcast(&shape(&bounds.1)) {
        call.check(common.len())?;
    }
    Ok(bounds)
}

fn integers(rng: &mut Generator, call: &mut Call<'_>) -> Called {
    let (low, high) = bounds(call)?;
    let (size, dtype) = (call.size()?, call.args.dtype()?.unwrap_or(DType::I64));
    let endpoint = call.args.flag_or(false)?;
    drawn(rng.integers_of(low, high, size, dtype, endpoint))
}

fn choice(rng: &mut Generator, call: &mut Call<'_>) -> Called {
    let (a, size) = (population(call)?, call.size()?);
    let replace = call.args.flag_or(true)?;
    let p = call.chances()?;
    let (axis, shuffle) = (call.args.int_or(0)?, call.args.flag_or(true)?);
    drawn(rng.choice_with(a, size, &Choice { replace, p, axis, shuffle }))
}

/// An array, or a number that stands for the integers below it.
pub(super) fn population(call: &mut Call<'_>) -> Result<Operand, Fault> {
    let population = call.args.operand()?;
    if let Operand::Int(n) = population {
        call.check(usize::try_from(n).unwrap_or(0))?;
    }
    Ok(population)
}

impl Call<'_> {
    /// How likely each element is.
    pub(super) fn chances(&mut self) -> Result<Option<Array>, Fault> {
        Ok(self.args.optional_operand()?.map(Operand::into_array))
    }
}

fn permutation(rng: &mut Generator, call: &mut Call<'_>) -> Called {
    let (x, axis) = (population(call)?, call.args.int_or(0)?);
    drawn(rng.permutation_along(x, axis))
}

fn permuted(rng: &mut Generator, call: &mut Call<'_>) -> Called {
    let (x, axis) = (call.args.array()?, call.args.optional_int()?);
    drawn(rng.permuted(&x, axis))
}

fn shuffle(rng: &mut Generator, call: &mut Call<'_>) -> Called {
    let (mut x, axis) = (call.args.array()?, call.args.int_or(0)?);
    rng.shuffle_along(&mut x, axis);
    drawn(x)
}

functions_of_both!(Generator, |call| call.factorization());

fn multivariate_hypergeometric(rng: &mut Generator, call: &mut Call<'_>) -> Called {
    let (colors, n) = (call.args.array()?, call.args.int()?);
    let size = call.size()?;
    let method = call.args.word(&["marginals", "count"])?;
    drawn(rng.multivariate_hypergeometric(&colors, n as i64, size, method))
}

fn dirichlet(rng: &mut Generator, call: &mut Call<'_>) -> Called {
    let (alpha, size) = (call.args.array()?, call.size()?);
    drawn(rng.dirichlet(&alpha, size))
}

fn spawn(rng: &mut Generator, call: &mut Call<'_>) -> Called {
    let n = call.children()?;
    let bits = rng.spawn(n).into_iter().map(|child| child.bit_generator().clone());
    let children = bits.map(|bits| Random::Generator(Shared::new(bits)));
    Ok(Value::tuple(children.map(Value::Random).collect()))
}
