//! Distributions of several numbers at once.

use super::gamma::{beta, standard_gamma};
use super::{Column, Number, binomial, broadcast, common_shape, gamma, hypergeometric};
use crate::random::choice::sum;
use crate::random::fill::{Draws, Sampler, Slow, Source};
use crate::random::{BitGenerator, Bits};
use crate::value::room;
use crate::{Error, ErrorKind, Value};
use jitney_ir::Shape;

fn wrong<T>(operation: &str, message: impl Into<String>) -> Result<T, Error> {
    Err(Error::nowhere(ErrorKind::Value, operation, message))
}

/// A shape with one more axis.
pub(super) fn with_axis(operation: &str, shape: &Shape, n: usize) -> Result<Shape, Error> {
    Shape::new(&[shape.extents(), &[n]].concat())
        .map_err(|error| Error::nowhere(ErrorKind::Shape, operation, error.to_string()))
}

/// So many zeros.
fn zeros<T: Default + Clone>(operation: &str, n: usize) -> Result<Vec<T>, Error> {
    let mut zeros = room(operation, n)?;
    zeros.resize(n, T::default());
    Ok(zeros)
}

/// Samples of the standard gamma distribution in single precision.
///
/// NumPy: `Generator.standard_gamma(shape, size, np.float32)`.
///
/// # Errors
/// Shapes that are negative, and what any large array may meet.
pub fn standard_gamma32(
    bits: &mut BitGenerator,
    given: &Value,
    size: Option<&Shape>,
) -> Result<Value, Error> {
    let row = super::Distribution::StandardGamma.row();
    let shape = common_shape(row.name, [given.shape()].into_iter(), size)?;
    row.parameters[0].check(row.name, given)?;
    match f64::column(given, &shape)? {
        Column::One(parameter) => {
            let sampler = Sampler {
                draws: Draws::Halves,
                serial: gamma::standard_gamma32(parameter as f32),
                parallel: gamma::standard_gamma32(parameter as f32),
                quick: Slow,
            };
            bits.array(row.name, &shape, sampler)
        }
        Column::Many(parameters) => {
            let mut parameters = parameters.into_iter();
            bits.serial(row.name, &shape, |bits| {
                gamma::standard_gamma32(parameters.next().unwrap_or(0.0) as f32)(bits)
            })
        }
    }
}

/// How often each outcome happens in so many trials.
///
/// NumPy: `multinomial(n, pvals, size)`.
///
/// # Errors
/// Chances that are none or add up to more than 1, negative numbers of trials, shapes that do not
/// fit.
pub fn multinomial<G: Source>(
    bits: &mut G,
    n: &Value,
    pvals: &Value,
    size: Option<&Shape>,
) -> Result<Value, Error> {
    const NAME: &str = "multinomial";
    bits.ready()?;
    let extents = pvals.shape().extents();
    let Some((&d, outer)) = extents.split_last().filter(|(d, _)| **d > 0) else {
        return wrong(
            NAME,
            "pvals must have at least 1 dimension and the last dimension of pvals must be greater \
             than 0.",
        );
    };
    let outer = Shape::new(outer)
        .map_err(|error| Error::nowhere(ErrorKind::Shape, NAME, error.to_string()))?;
    let shape = common_shape(NAME, [n.shape(), &outer].into_iter(), size)?;
    let results = with_axis(NAME, &shape, d)?;
    let all = broadcast(pvals, &results)?.to_vec::<f64>()?;
    if pvals.scalars().any(|chance| !(0.0..=1.0).contains(&chance.to_f64())) {
        return wrong(NAME, "pvals < 0, pvals > 1 or pvals contains NaNs");
    }
    if all.chunks_exact(d).any(|chances| sum(&chances[..d - 1]) > 1.0 + 1e-12) {
        return wrong(NAME, "sum(pvals[:-1]) > 1.0");
    }
    let trials = i64::column(n, &shape)?;
    if (0..shape.len()).any(|place| trials.at(place) < 0) {
        return wrong(NAME, "n < 0");
    }
    let mut counts = zeros::<i64>(NAME, results.len())?;
    for (place, (counts, chances)) in
        counts.chunks_exact_mut(d).zip(all.chunks_exact(d)).enumerate()
    {
        binomial::multinomial(bits, trials.at(place), chances, counts);
    }
    Value::from_vec(counts, &results)
}

/// How many of each colour are drawn.
///
/// NumPy: `Generator.multivariate_hypergeometric(colors, nsample, size, method)`.
///
/// # Errors
/// Colours that are negative or too many, more drawn than there are.
pub fn multivariate_hypergeometric(
    bits: &mut BitGenerator,
    colors: &Value,
    n: i64,
    size: &Shape,
    by_count: bool,
) -> Result<Value, Error> {
    const NAME: &str = "multivariate_hypergeometric";
    bits.ready()?;
    if n < 0 {
        return wrong(NAME, "nsample must be nonnegative.");
    }
    if colors.shape().rank() != 1 || !colors.dtype().is_int() {
        return wrong(NAME, "colors must be a one-dimensional sequence of nonnegative integers");
    }
    let each = colors.scalars().map(|color| i64::try_from(color.to_i128()).ok());
    let each: Option<Vec<i64>> = each.map(|color| color.filter(|color| *color >= 0)).collect();
    let Some(each) = each else {
        return wrong(NAME, "colors must be a one-dimensional sequence of nonnegative integers");
    };
    let total: i128 = each.iter().map(|color| i128::from(*color)).sum();
    if total >= 1_000_000_000 {
        // NumPy lets the other method take as much memory as there is.
        return wrong(NAME, "sum(colors) must be less than 1000000000.");
    }
    if i128::from(n) > total {
        return wrong(NAME, "nsample > sum(colors)");
    }
    let results = with_axis(NAME, size, each.len())?;
    let mut drawn = zeros::<i64>(NAME, results.len())?;
    if !each.is_empty() {
        if by_count {
            hypergeometric::by_count(bits, &each, n, &mut drawn);
        } else {
            hypergeometric::by_marginals(bits, &each, n, &mut drawn);
        }
    }
    Value::from_vec(drawn, &results)
}

/// The largest parameters that are all small.
const SMALL: f64 = 0.1;

/// Shares of a whole.
///
/// NumPy: `Generator.dirichlet(alpha, size)`.
///
/// # Errors
/// Parameters that are negative or not along one axis.
pub fn dirichlet(bits: &mut BitGenerator, alpha: &Value, size: &Shape) -> Result<Value, Error> {
    const NAME: &str = "dirichlet";
    let alphas = alphas(alpha, |alpha| (alpha < 0.0).then_some("alpha < 0"))?;
    let is_small = alphas.iter().all(|alpha| *alpha < SMALL) && !alphas.is_empty();
    if !is_small {
        return normalized(bits, &alphas, size, |bits, alpha| standard_gamma(alpha)(bits));
    }
    bits.ready()?;
    let results = with_axis(NAME, size, alphas.len())?;
    let mut shares = zeros::<f64>(NAME, results.len())?;
    let mut sums = alphas.clone();
    for place in (0..sums.len() - 1).rev() {
        sums[place] += sums[place + 1];
    }
    if sums[0] > 0.0 {
        for shares in shares.chunks_exact_mut(alphas.len()) {
            break_stick(bits, &alphas, &sums, shares);
        }
    }
    Value::from_vec(shares, &results)
}

/// The parameters of a Dirichlet distribution.
pub(in crate::random) fn alphas(
    alpha: &Value,
    mistake: impl Fn(f64) -> Option<&'static str>,
) -> Result<Vec<f64>, Error> {
    if alpha.shape().rank() != 1 {
        return wrong("dirichlet", "alpha must be 1-dimensional");
    }
    let alphas = alpha.to_vec::<f64>()?;
    match alphas.iter().find_map(|alpha| mistake(*alpha)) {
        Some(message) => wrong("dirichlet", message),
        None => Ok(alphas),
    }
}

/// Shares of a whole as gammas divided by their sum.
pub(in crate::random) fn normalized<G: Source>(
    bits: &mut G,
    alphas: &[f64],
    size: &Shape,
    gamma: impl Fn(&mut G, f64) -> f64,
) -> Result<Value, Error> {
    const NAME: &str = "dirichlet";
    bits.ready()?;
    let results = with_axis(NAME, size, alphas.len())?;
    let mut shares = zeros::<f64>(NAME, results.len())?;
    for shares in shares.chunks_exact_mut(alphas.len().max(1)) {
        let mut sum = 0.0;
        for (share, alpha) in shares.iter_mut().zip(alphas) {
            *share = gamma(bits, *alpha);
            sum += *share;
        }
        let inverse = 1.0 / sum;
        shares.iter_mut().for_each(|share| *share *= inverse);
    }
    Value::from_vec(shares, &results)
}

/// Breaks a share off what is left, again and again: where all parameters are small, gammas might
/// all be 0.
fn break_stick(bits: &mut impl Bits, alphas: &[f64], sums: &[f64], shares: &mut [f64]) {
    let last = alphas.len() - 1;
    let mut left = 1.0;
    for place in 0..last {
        let part = beta(alphas[place], sums[place + 1])(bits);
        shares[place] = left * part;
        left *= 1.0 - part;
        if sums[place + 1] == 0.0 {
            break;
        }
    }
    shares[last] = left;
}
