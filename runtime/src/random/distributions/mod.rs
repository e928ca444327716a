//! The distributions of `Generator`, one row each: NumPy's name, its parameters with their limits
//! and defaults, the dtype of samples, which words they are made of, what makes a sampler.
//!
//! Everything that is known of a distribution stands in its row; the public methods, formulas and
//! tests read the rows. [`RandomState`](super::legacy) has rows of its own, for its samples are made
//! otherwise.

mod binomial;
mod continuous;
mod discrete;
mod factor;
mod gamma;
mod hypergeometric;
pub(super) mod limits;
mod multivariate;
mod normals;
mod table;
pub(super) mod ziggurat;

pub(super) use binomial::binomial_of;
pub(super) use continuous::{around_circle, gumbel, laplace, logistic, triangular, uniform};
pub(super) use discrete::{geometric_search, log_gamma, logarithmic, poisson, zipf_rejection};
pub(super) use gamma::gamma_of;
pub(super) use hypergeometric::Ratio;
pub use limits::Limit;
pub(super) use multivariate::{alphas, normalized};
pub use multivariate::{dirichlet, multinomial, multivariate_hypergeometric, standard_gamma32};
pub use normals::{CheckValid, Factorization, MultivariateNormal, multivariate_normal};
pub(super) use table::{Column, Number, distributions};
pub use table::{Parameter, Row, broadcast, common_shape};

use super::bits::BitGenerator;
use super::fill::{Draws, Sampler, Slow, Source};
use crate::{Error, Value};
use jitney_ir::Shape;

distributions! {
    /// A distribution of [`Generator`](BitGenerator), by its row.
    Distribution of BitGenerator, parallel;

    Beta "beta" (a: f64 Positive, b: f64 Positive)
        -> f64 Words, gamma::beta, [exp, log, log1p, pow];
    Binomial "binomial" (n: i64 NonNegative, p: f64 Unit)
        -> i64 Words, binomial::binomial, [exp, log, log1p];
    Chisquare "chisquare" (df: f64 Positive)
        -> f64 Words, gamma::chisquare, [exp, log, log1p, pow];
    Exponential "exponential" (scale: f64 NonNegative = 1.0)
        -> f64 Words, continuous::exponential, [exp, log1p];
    F "f" (dfnum: f64 Positive, dfden: f64 Positive)
        -> f64 Words, gamma::f, [exp, log, log1p, pow];
    Gamma "gamma" (shape: f64 NonNegative, scale: f64 NonNegative = 1.0)
        -> f64 Words, gamma::gamma, [exp, log, log1p, pow];
    Geometric "geometric" (p: f64 UnitPositive)
        -> i64 Words, discrete::geometric, [exp, log1p];
    Gumbel "gumbel" (loc: f64 Any = 0.0, scale: f64 NonNegative = 1.0)
        -> f64 Words, continuous::gumbel, [log];
    Hypergeometric "hypergeometric" (
        ngood: i64 Billion, nbad: i64 Billion, nsample: i64 NonNegative
    ) -> i64 Both, hypergeometric::hypergeometric, [log], limits::drawn;
    Laplace "laplace" (loc: f64 Any = 0.0, scale: f64 NonNegative = 1.0)
        -> f64 Words, continuous::laplace, [log];
    Logistic "logistic" (loc: f64 Any = 0.0, scale: f64 NonNegative = 1.0)
        -> f64 Words, continuous::logistic, [log];
    Lognormal "lognormal" (mean: f64 Any = 0.0, sigma: f64 NonNegative = 1.0)
        -> f64 Words, continuous::lognormal, [exp, log1p];
    Logseries "logseries" (p: f64 UnitBelow1)
        -> i64 Words, discrete::logseries, [expm1, log, log1p];
    NegativeBinomial "negative_binomial" (n: f64 PositiveNumber, p: f64 UnitPositive)
        -> i64 Words, discrete::negative_binomial, [exp, log, log1p, pow], limits::mixed_means;
    NoncentralChisquare "noncentral_chisquare" (df: f64 Positive, nonc: f64 NonNegative)
        -> f64 Words, continuous::noncentral_chisquare, [exp, log, log1p, pow];
    NoncentralF "noncentral_f" (dfnum: f64 Positive, dfden: f64 Positive, nonc: f64 NonNegative)
        -> f64 Words, continuous::noncentral_f, [exp, log, log1p, pow];
    Normal "normal" (loc: f64 Any = 0.0, scale: f64 NonNegative = 1.0)
        -> f64 Words, continuous::normal, [exp, log1p];
    Pareto "pareto" (a: f64 Positive)
        -> f64 Words, continuous::pareto, [exp, expm1, log1p];
    Poisson "poisson" (lam: f64 Mean = 1.0)
        -> i64 Words, discrete::poisson, [exp, log];
    Power "power" (a: f64 Positive)
        -> f64 Words, continuous::power, [exp, expm1, log1p, pow];
    Rayleigh "rayleigh" (scale: f64 NonNegative = 1.0)
        -> f64 Words, continuous::rayleigh, [exp, log1p];
    StandardCauchy "standard_cauchy" ()
        -> f64 Words, continuous::standard_cauchy, [exp, log1p];
    StandardGamma "standard_gamma" (shape: f64 NonNegative)
        -> f64 Words, gamma::standard_gamma, [exp, log, log1p, pow];
    StandardT "standard_t" (df: f64 Positive)
        -> f64 Words, continuous::standard_t, [exp, log, log1p, pow];
    Triangular "triangular" (left: f64 Any, mode: f64 Any, right: f64 Any)
        -> f64 Words, continuous::triangular, [], limits::corners;
    Uniform "uniform" (low: f64 Any = 0.0, high: f64 Any = 1.0)
        -> f64 Words, continuous::uniform, [], limits::range;
    Vonmises "vonmises" (mu: f64 Any, kappa: f64 NonNegative)
        -> f64 Words, continuous::vonmises, [acos, cos, exp, log, log1p];
    Wald "wald" (mean: f64 Positive, scale: f64 Positive)
        -> f64 Words, continuous::wald, [exp, log1p];
    Weibull "weibull" (a: f64 NonNegative)
        -> f64 Words, continuous::weibull, [exp, log1p, pow];
    Zipf "zipf" (a: f64 Above1)
        -> i64 Words, discrete::zipf, [pow];
}
