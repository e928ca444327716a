//! What `RandomState` draws: the samples of NumPy 1.16, whatever has become better since.

mod continuous;
mod discrete;

use super::bits::{BitGenerator, Bits};
use super::distributions::{
    self, Row, alphas, distributions, gumbel, laplace, limits, logistic, normalized, poisson,
    triangular, uniform,
};
use super::fill::Source;
use super::mt19937::{LegacySeed, MT19937, Mt19937State};
use crate::{Error, ErrorKind, Value};
use jitney_ir::Shape;

/// The legacy generator: a bit generator, mostly [`MT19937`], and every second normal sample, of
/// which two are made at a time.
///
/// NumPy: `np.random.RandomState`.
#[derive(Clone, Debug, PartialEq)]
pub struct RandomState {
    bits: BitGenerator,
    gauss: Option<f64>,
    /// Why it has no seed.
    mistake: Option<&'static str>,
}

impl RandomState {
    /// The generator of a legacy seed: a number of 32 bits, or several.
    ///
    /// NumPy: `RandomState(seed)`.
    pub fn new(seed: impl Into<LegacySeed>) -> RandomState {
        let mut state = RandomState::from_bits(MT19937::from_state(Mt19937State::new([0; 624], 0)));
        state.seed(seed);
        state
    }

    /// A legacy generator of any bit generator.
    ///
    /// NumPy: `RandomState(bit_generator)`.
    pub fn from_bits(bits: impl Into<BitGenerator>) -> RandomState {
        RandomState { bits: bits.into(), gauss: None, mistake: None }
    }

    /// Begins anew, with [`MT19937`]. A number that is no seed makes whatever is drawn an error.
    ///
    /// NumPy: `seed(seed)`.
    pub fn seed(&mut self, seed: impl Into<LegacySeed>) {
        self.gauss = None;
        match Mt19937State::legacy(&seed.into()) {
            Ok(state) => {
                self.bits = MT19937::from_state(state).into();
                self.mistake = None;
            }
            Err(mistake) => self.mistake = Some(mistake),
        }
    }

    /// The state: the bit generator, and the normal sample that is left over.
    ///
    /// NumPy: `get_state()`.
    pub fn state(&self) -> (BitGenerator, Option<f64>) {
        (self.bits.clone(), self.gauss)
    }

    /// Goes on from a state that [`state`](RandomState::state) has given.
    ///
    /// NumPy: `set_state(state)`.
    pub fn set_state(&mut self, (bits, gauss): (BitGenerator, Option<f64>)) {
        (self.bits, self.gauss, self.mistake) = (bits, gauss, None);
    }

    /// Floats in `[0, 1)`.
    ///
    /// # Errors
    /// A seed that is none, and what any large array may meet.
    pub fn random(&mut self, shape: &Shape) -> Result<Value, Error> {
        self.serial("random_sample", shape, |state| state.double())
    }

    /// Integers of 63 bits.
    ///
    /// NumPy: `tomaxint(size)`.
    ///
    /// # Errors
    /// As [`random`](RandomState::random).
    pub fn tomaxint(&mut self, shape: &Shape) -> Result<Value, Error> {
        self.serial("tomaxint", shape, |state| (state.next64() >> 1) as i64)
    }

    /// Shares of a whole.
    ///
    /// # Errors
    /// Parameters that are not positive, or not along one axis.
    pub fn dirichlet(&mut self, alpha: &Value, size: &Shape) -> Result<Value, Error> {
        let alphas = alphas(alpha, |alpha| (alpha <= 0.0).then_some("alpha <= 0"))?;
        normalized(self, &alphas, size, |state, alpha| continuous::standard_gamma(alpha)(state))
    }
}

impl Bits for RandomState {
    #[inline]
    fn next64(&mut self) -> u64 {
        self.bits.next64()
    }

    #[inline]
    fn next32(&mut self) -> u32 {
        self.bits.next32()
    }

    #[inline]
    fn double(&mut self) -> f64 {
        self.bits.double()
    }
}

impl Source for RandomState {
    fn error(&self) -> Option<Error> {
        let mistake = self.mistake.map(|mistake| Error::nowhere(ErrorKind::Value, "seed", mistake));
        mistake.or_else(|| self.bits.error())
    }
}

distributions! {
    /// A distribution of [`RandomState`], by its row.
    LegacyDistribution of RandomState, serial;

    Beta "beta" (a: f64 Positive, b: f64 Positive)
        -> f64 Words, continuous::beta, [exp, log, pow];
    Binomial "binomial" (n: i64 NonNegative, p: f64 Unit)
        -> i64 Words, discrete::binomial, [exp, log];
    Chisquare "chisquare" (df: f64 Positive)
        -> f64 Words, continuous::chisquare, [log, pow];
    Exponential "exponential" (scale: f64 NonNegative = 1.0)
        -> f64 Words, continuous::exponential, [log];
    F "f" (dfnum: f64 Positive, dfden: f64 Positive)
        -> f64 Words, continuous::f, [log, pow];
    Gamma "gamma" (shape: f64 NonNegative, scale: f64 NonNegative = 1.0)
        -> f64 Words, continuous::gamma, [log, pow];
    Geometric "geometric" (p: f64 UnitPositive)
        -> i64 Words, discrete::geometric, [log, log1p];
    Gumbel "gumbel" (loc: f64 Any = 0.0, scale: f64 NonNegative = 1.0)
        -> f64 Words, gumbel, [log];
    Hypergeometric "hypergeometric" (
        ngood: i64 NonNegative, nbad: i64 NonNegative, nsample: i64 AtLeast1
    ) -> i64 Both, discrete::hypergeometric, [log], limits::drawn;
    Laplace "laplace" (loc: f64 Any = 0.0, scale: f64 NonNegative = 1.0)
        -> f64 Words, laplace, [log];
    Logistic "logistic" (loc: f64 Any = 0.0, scale: f64 NonNegative = 1.0)
        -> f64 Words, logistic, [log];
    Lognormal "lognormal" (mean: f64 Any = 0.0, sigma: f64 NonNegative = 1.0)
        -> f64 Words, continuous::lognormal, [exp, log];
    Logseries "logseries" (p: f64 UnitBelow1)
        -> i64 Words, discrete::logseries, [exp, log];
    NegativeBinomial "negative_binomial" (n: f64 Positive, p: f64 Unit)
        -> i64 Words, discrete::negative_binomial, [exp, log, pow];
    NoncentralChisquare "noncentral_chisquare" (df: f64 Positive, nonc: f64 NonNegative)
        -> f64 Words, continuous::noncentral_chisquare, [exp, log, pow];
    NoncentralF "noncentral_f" (dfnum: f64 Positive, dfden: f64 Positive, nonc: f64 NonNegative)
        -> f64 Words, continuous::noncentral_f, [exp, log, pow];
    Normal "normal" (loc: f64 Any = 0.0, scale: f64 NonNegative = 1.0)
        -> f64 Words, continuous::normal, [log];
    Pareto "pareto" (a: f64 Positive)
        -> f64 Words, continuous::pareto, [exp, log];
    Poisson "poisson" (lam: f64 Mean = 1.0)
        -> i64 Words, poisson, [exp, log];
    Power "power" (a: f64 Positive)
        -> f64 Words, continuous::power, [exp, log, pow];
    Rayleigh "rayleigh" (scale: f64 NonNegative = 1.0)
        -> f64 Words, continuous::rayleigh, [log1p];
    StandardCauchy "standard_cauchy" ()
        -> f64 Words, continuous::standard_cauchy, [log];
    StandardExponential "standard_exponential" ()
        -> f64 Words, continuous::standard_exponential, [log];
    StandardGamma "standard_gamma" (shape: f64 NonNegative)
        -> f64 Words, continuous::standard_gamma, [log, pow];
    StandardNormal "standard_normal" ()
        -> f64 Words, continuous::standard_normal, [log];
    StandardT "standard_t" (df: f64 Positive)
        -> f64 Words, continuous::standard_t, [log, pow];
    Triangular "triangular" (left: f64 Any, mode: f64 Any, right: f64 Any)
        -> f64 Words, triangular, [], limits::corners;
    Uniform "uniform" (low: f64 Any = 0.0, high: f64 Any = 1.0)
        -> f64 Words, uniform, [], limits::finite_range;
    Vonmises "vonmises" (mu: f64 Any, kappa: f64 NonNegative)
        -> f64 Words, distributions::around_circle, [acos, cos, log];
    Wald "wald" (mean: f64 Positive, scale: f64 Positive)
        -> f64 Words, continuous::wald, [log];
    Weibull "weibull" (a: f64 NonNegative)
        -> f64 Words, continuous::weibull, [log, pow];
    Zipf "zipf" (a: f64 Above1)
        -> i64 Words, discrete::zipf, [pow];
}
