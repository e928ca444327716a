//! NumPy's legacy functions, which draw from a state that each thread has for itself.

use super::methods::for_distributions;
use super::{BitGenerator, LegacySeed, RandomState, Size};
use crate::{Array, Operand};
use jitney_runtime::Error;
use std::cell::RefCell;

thread_local! {
    /// Fresh until something is drawn or seeded.
    static STATE: RefCell<Option<RandomState>> = const { RefCell::new(None) };
}

fn taken() -> RandomState {
    STATE.with_borrow_mut(Option::take).unwrap_or_else(|| RandomState::new(LegacySeed::Fresh))
}

/// Works with this thread's state. No closure, so that errors know the caller's line.
macro_rules! with_state {
    ($state:ident => $body:expr) => {{
        let mut $state = taken();
        let result = $body;
        STATE.set(Some($state));
        result
    }};
}

/// Works with this thread's state.
pub(crate) fn with_thread_state<R>(body: impl FnOnce(&mut RandomState) -> R) -> R {
    with_state!(state => body(&mut state))
}

/// Seeds this thread's legacy functions: with a number of 32 bits, or an array of them.
///
/// NumPy: `np.random.seed(seed)`.
///
/// # Errors
/// Deferred to what is drawn: a number that is no seed.
///
/// ```
/// use jitney as jn;
/// jn::random::seed(0);
/// assert_eq!(jn::random::randint(0, 10, 5).to_vec::<i64>()?, [5, 0, 3, 3, 7]);
/// # Ok::<(), jn::Error>(())
/// ```
pub fn seed(seed: impl Into<LegacySeed>) {
    with_state!(state => state.seed(seed));
}

/// The state of this thread's legacy functions.
///
/// NumPy: `np.random.get_state()`.
pub fn get_state() -> (BitGenerator, Option<f64>) {
    let fresh = || RandomState::new(LegacySeed::Fresh);
    STATE.with_borrow_mut(|state| state.get_or_insert_with(fresh).get_state())
}

/// Lets this thread's legacy functions go on from a state.
///
/// NumPy: `np.random.set_state(state)`.
pub fn set_state(state: (BitGenerator, Option<f64>)) {
    with_state!(own => own.set_state(state));
}

macro_rules! distributions {
    ($($(#[$doc:meta])* $Variant:ident $name:ident($($p:ident),*);)*) => {$(
        $(#[$doc])*
        #[doc = ""]
        #[doc = concat!("NumPy: `np.random.", stringify!($name), "`.")]
        ///
        /// # Errors
        /// Deferred: parameters outside their limits, shapes that do not fit.
        #[track_caller]
        pub fn $name($($p: impl Into<Operand>,)* size: impl Into<Size>) -> Array {
            with_state!(state => state.$name($($p,)* size))
        }
    )*};
}

for_distributions!(distributions);

/// Functions whose arguments are the method's.
macro_rules! functions {
    ($(
        $(#[$doc:meta])* $name:ident($($p:ident: $ty:ty),*) -> $result:ty;
    )*) => {$(
        $(#[$doc])*
        #[doc = ""]
        #[doc = concat!("NumPy: `np.random.", stringify!($name), "`.")]
        #[track_caller]
        pub fn $name($($p: $ty),*) -> $result {
            with_state!(state => state.$name($($p),*))
        }
    )*};
}

functions! {
    /// Floats in `[0, 1)`.
    random_sample(size: impl Into<Size>) -> Array;
    /// Floats in `[0, 1)`.
    rand(size: impl Into<Size>) -> Array;
    /// Normal samples of mean 0 and variance 1.
    randn(size: impl Into<Size>) -> Array;
    /// Normal samples of mean 0 and variance 1.
    standard_normal(size: impl Into<Size>) -> Array;
    /// Waiting times of mean 1.
    standard_exponential(size: impl Into<Size>) -> Array;
    /// Integers from `low` to below `high`, of `int64`.
    ///
    /// # Errors
    /// Deferred: an empty range, or one that the dtype has not.
    randint(low: impl Into<Operand>, high: impl Into<Operand>, size: impl Into<Size>) -> Array;
    /// Elements of an array, or integers below a number, each any number of times; see
    /// [`RandomState::choice_with`].
    ///
    /// # Errors
    /// Deferred: no elements to choose from.
    choice(a: impl Into<Operand>, size: impl Into<Size>) -> Array;
    /// Elements of an array, or integers below a number.
    ///
    /// # Errors
    /// Deferred: no elements to choose from, or too few; chances that are none.
    choice_with(
        a: impl Into<Operand>, size: impl Into<Size>, replace: bool, p: Option<&Array>
    ) -> Array;
    /// Puts the elements of an array along its first axis in random order.
    shuffle(x: &mut Array) -> ();
    /// The elements of an array along its first axis, or the integers below a number, in
    /// random order.
    ///
    /// # Errors
    /// Deferred: an array without axes.
    permutation(x: impl Into<Operand>) -> Array;
    /// Integers from `low` up to `high`, of `int64`.
    ///
    /// # Errors
    /// Deferred: an empty range, or one that `int64` has not.
    random_integers(
        low: impl Into<Operand>, high: impl Into<Operand>, size: impl Into<Size>
    ) -> Array;
    /// Samples of several normal variables; see [`RandomState::multivariate_normal`].
    ///
    /// # Errors
    /// Deferred: means and covariances that do not fit, a covariance that is none.
    multivariate_normal(mean: &Array, cov: &Array, size: impl Into<Size>) -> Array;
    /// How often each outcome happens in `n` trials.
    ///
    /// # Errors
    /// Deferred: chances that are none or add up to more than 1.
    multinomial(n: impl Into<Operand>, pvals: &Array, size: impl Into<Size>) -> Array;
    /// Shares of a whole, with a parameter each.
    ///
    /// # Errors
    /// Deferred: parameters that are not positive, or not along one axis.
    dirichlet(alpha: &Array, size: impl Into<Size>) -> Array;
    /// Random bytes.
    ///
    /// # Errors
    /// A seed that is none; a function that is traced.
    bytes(length: usize) -> Result<Vec<u8>, Error>;
}
