//! The generator of NumPy's legacy functions.

use super::methods::{for_distributions, methods_of_both};
use super::sequences::{choose, permuted, shuffled};
use super::size::{bounds, drawn, parameters_of};
use super::{BitGenerator, Choice, LegacyDistribution, LegacySeed, Size};
use crate::{Array, DType, Operand};
use jitney_ir::Shape;
use jitney_runtime::random::{self, Range, legacy};
use jitney_runtime::{Error, Value};

/// Draws what NumPy 1.16 drew, mostly from [`MT19937`](super::MT19937).
///
/// NumPy: `np.random.RandomState`.
///
/// ```
/// use jitney as jn;
/// let mut state = jn::random::RandomState::new(0);
/// assert_eq!(state.randn(2).to_vec::<f64>()?, [1.764052345967664, 0.4001572083672233]);
/// # Ok::<(), jn::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RandomState {
    state: legacy::RandomState,
}

macro_rules! methods {
    ($($(#[$doc:meta])* $Variant:ident $name:ident($($p:ident),*);)*) => {
        /// Distributions; the defaults of NumPy's parameters are in
        /// [`LegacyDistribution::row`].
        ///
        /// # Errors
        /// Deferred: parameters outside their limits, shapes that do not fit.
        impl RandomState {
            $(
                $(#[$doc])*
                #[doc = ""]
                #[doc = concat!("NumPy: `RandomState.", stringify!($name), "`.")]
                #[track_caller]
                pub fn $name(
                    &mut self,
                    $($p: impl Into<Operand>,)*
                    size: impl Into<Size>,
                ) -> Array {
                    self.draw(LegacyDistribution::$Variant, vec![$($p.into()),*], size.into())
                }
            )*
        }
    };
}

for_distributions!(methods);

fn normals(state: &mut legacy::RandomState, shape: &Shape) -> Result<Value, Error> {
    LegacyDistribution::StandardNormal.draw(state, &[], Some(shape))
}

methods_of_both!(RandomState, state, true, normals);

impl RandomState {
    /// The generator of a seed: a number of 32 bits, or an array of them.
    ///
    /// NumPy: `RandomState(seed)`.
    ///
    /// # Errors
    /// Deferred to what is drawn: a number that is no seed.
    pub fn new(seed: impl Into<LegacySeed>) -> RandomState {
        RandomState { state: legacy::RandomState::new(seed) }
    }

    /// A generator of any bit generator.
    ///
    /// NumPy: `RandomState(bit_generator)`.
    pub fn from_bits(bits: impl Into<BitGenerator>) -> RandomState {
        RandomState { state: legacy::RandomState::from_bits(bits) }
    }

    /// Begins anew.
    ///
    /// NumPy: `RandomState.seed(seed)`.
    pub fn seed(&mut self, seed: impl Into<LegacySeed>) {
        self.state.seed(seed);
    }

    /// The bit generator, and a normal sample that is left over: they are made in pairs.
    ///
    /// NumPy: `RandomState.get_state()`.
    pub fn get_state(&self) -> (BitGenerator, Option<f64>) {
        self.state.state()
    }

    /// Goes on from a state.
    ///
    /// NumPy: `RandomState.set_state(state)`.
    pub fn set_state(&mut self, state: (BitGenerator, Option<f64>)) {
        self.state.set_state(state);
    }

    /// Samples of a distribution with the given parameters, in NumPy's order.
    ///
    /// # Errors
    /// Deferred: another number of parameters, or as for the distribution's method.
    #[track_caller]
    pub fn draw(
        &mut self,
        distribution: LegacyDistribution,
        parameters: Vec<Operand>,
        size: impl Into<Size>,
    ) -> Array {
        let row = distribution.row();
        drawn(row.name, || {
            let given = parameters_of(row, parameters)?;
            distribution.draw(&mut self.state, &given, size.into().shape()?.as_ref())
        })
    }

    /// Floats in `[0, 1)`.
    ///
    /// NumPy: `RandomState.random_sample(size)`, `random(size)`.
    #[track_caller]
    pub fn random_sample(&mut self, size: impl Into<Size>) -> Array {
        drawn("random_sample", || self.state.random(&size.into().or_single()?))
    }

    /// Floats in `[0, 1)`.
    ///
    /// NumPy: `RandomState.rand(*size)`.
    #[track_caller]
    pub fn rand(&mut self, size: impl Into<Size>) -> Array {
        self.random_sample(size)
    }

    /// Normal samples of mean 0 and variance 1.
    ///
    /// NumPy: `RandomState.randn(*size)`.
    #[track_caller]
    pub fn randn(&mut self, size: impl Into<Size>) -> Array {
        self.standard_normal(size)
    }

    /// Normal samples of mean 0 and variance 1.
    ///
    /// NumPy: `RandomState.standard_normal(size)`.
    #[track_caller]
    pub fn standard_normal(&mut self, size: impl Into<Size>) -> Array {
        self.draw(LegacyDistribution::StandardNormal, Vec::new(), size)
    }

    /// Waiting times of mean 1.
    ///
    /// NumPy: `RandomState.standard_exponential(size)`.
    #[track_caller]
    pub fn standard_exponential(&mut self, size: impl Into<Size>) -> Array {
        self.draw(LegacyDistribution::StandardExponential, Vec::new(), size)
    }

    /// Integers of 63 bits.
    ///
    /// NumPy: `RandomState.tomaxint(size)`.
    #[track_caller]
    pub fn tomaxint(&mut self, size: impl Into<Size>) -> Array {
        drawn("tomaxint", || self.state.tomaxint(&size.into().or_single()?))
    }

    /// Integers from `low` to below `high`, of `int64`.
    ///
    /// NumPy: `RandomState.randint(low, high, size)`.
    ///
    /// # Errors
    /// Deferred: as [`randint_of`](RandomState::randint_of).
    #[track_caller]
    pub fn randint(
        &mut self,
        low: impl Into<Operand>,
        high: impl Into<Operand>,
        size: impl Into<Size>,
    ) -> Array {
        self.randint_of(low, high, size, DType::I64)
    }

    /// Integers of a dtype from `low` to below `high`.
    ///
    /// NumPy: `RandomState.randint(low, high, size, dtype)`.
    ///
    /// # Errors
    /// Deferred: an empty range, or one that the dtype has not.
    #[track_caller]
    pub fn randint_of(
        &mut self,
        low: impl Into<Operand>,
        high: impl Into<Operand>,
        size: impl Into<Size>,
        dtype: DType,
    ) -> Array {
        drawn("randint", || {
            let (low, high) = (bounds(low.into(), "low")?, bounds(high.into(), "high")?);
            let range = Range { operation: "randint", low, high, endpoint: false, is_masked: true };
            random::integers(&mut self.state, &range, size.into().shape()?.as_ref(), dtype)
        })
    }

    /// Integers from `low` up to `high`, of `int64`: what [`randint`](RandomState::randint) took the
    /// place of.
    ///
    /// NumPy: `RandomState.random_integers(low, high, size)`.
    ///
    /// # Errors
    /// Deferred: as [`randint_of`](RandomState::randint_of).
    #[track_caller]
    pub fn random_integers(
        &mut self,
        low: impl Into<Operand>,
        high: impl Into<Operand>,
        size: impl Into<Size>,
    ) -> Array {
        drawn("random_integers", || {
            let (low, high) = (bounds(low.into(), "low")?, bounds(high.into(), "high")?);
            let operation = "random_integers";
            let range = Range { operation, low, high, endpoint: true, is_masked: true };
            random::integers(&mut self.state, &range, size.into().shape()?.as_ref(), DType::I64)
        })
    }

    /// Elements of an array, or integers below a number, each any number of times.
    ///
    /// NumPy: `RandomState.choice(a, size)`.
    ///
    /// # Errors
    /// Deferred: no elements to choose from.
    #[track_caller]
    pub fn choice(&mut self, a: impl Into<Operand>, size: impl Into<Size>) -> Array {
        self.choice_with(a, size, true, None)
    }

    /// Elements of an array, or integers below a number.
    ///
    /// NumPy: `RandomState.choice(a, size, replace, p)`.
    ///
    /// # Errors
    /// Deferred: no elements to choose from, or too few; chances that are none.
    #[track_caller]
    pub fn choice_with(
        &mut self,
        a: impl Into<Operand>,
        size: impl Into<Size>,
        replace: bool,
        p: Option<&Array>,
    ) -> Array {
        let how = Choice { replace, p: p.cloned(), ..Choice::default() };
        drawn("choice", || choose(&mut self.state, a.into(), &size.into().or_single()?, &how, true))
    }

    /// Puts the elements of an array along its first axis in random order.
    ///
    /// NumPy: `RandomState.shuffle(x)`.
    #[track_caller]
    pub fn shuffle(&mut self, x: &mut Array) {
        *x = drawn("shuffle", || shuffled(&mut self.state, x, 0));
    }

    /// The elements of an array along its first axis, or the integers below a number, in
    /// random order.
    ///
    /// NumPy: `RandomState.permutation(x)`.
    #[track_caller]
    pub fn permutation(&mut self, x: impl Into<Operand>) -> Array {
        drawn("permutation", || permuted(&mut self.state, x.into(), 0))
    }

    /// Shares of a whole, with a parameter each.
    ///
    /// NumPy: `RandomState.dirichlet(alpha, size)`.
    ///
    /// # Errors
    /// Deferred: parameters that are not positive, or not along one axis.
    #[track_caller]
    pub fn dirichlet(&mut self, alpha: &Array, size: impl Into<Size>) -> Array {
        drawn("dirichlet", || {
            let alpha = alpha.astype(DType::F64).value()?;
            self.state.dirichlet(&alpha, &size.into().or_single()?)
        })
    }
}
