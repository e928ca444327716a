//! Random numbers with NumPy's bits.
//!
//! A [`Generator`] draws arrays from the stream of a bit generator; both are values that can be
//! cloned and sent to other threads, and whose state can be read and set. Draws happen at the
//! call, and the generator moves on: nothing is lazy, and inside a function that [`jit`](crate::jit)
//! traces a draw is an error. Large arrays are drawn by all threads, with the bits that one would
//! give them.
//!
//! ```
//! use jitney as jn;
//! let mut rng = jn::random::default_rng(42);
//! let x = rng.random([2]);
//! assert_eq!(x.to_vec::<f64>()?, [0.7739560485559633, 0.4388784397520523]);
//! let mean = rng.normal(0.0, 1.0, [1000, 3]).mean(0);
//! assert_eq!(mean.shape(), [3]);
//! # Ok::<(), jn::Error>(())
//! ```
//!
//! Where NumPy's `size` is `None`, write `()`: the shape is that of the parameters.
//!
//! # Legacy functions
//! [`seed`], [`rand`], [`randn`] and their like draw from a [`RandomState`] that each thread has
//! for itself, so that tests which run side by side do not disturb each other. Until it is
//! seeded, nobody can foresee what it gives.
//!
//! # Bits
//! Streams, integers, choices and permutations are NumPy 2.4's everywhere. A distribution that
//! [`Distribution::row`] lists functions of the system's mathematics library for calls them as
//! NumPy does, and has NumPy's bits where that uses the same library. Samples of
//! [`multivariate_normal`](Generator::multivariate_normal) depend on a factorization, which is
//! LAPACK's in NumPy and has no bits that anything prescribes; its documentation says what holds.
//!
//! # What is left out
//! - `capsule`, `cffi`, `ctypes` and `lock` of bit generators: addresses and locks for C. A generator
//!   is a value here, which one thread at a time can draw from.
//! - `state` as a dictionary and pickling: [`Stream::state`] and [`Stream::set_state`] have types.
//!   Formulas have no dictionaries, and so neither `state` nor `get_state` and `set_state`.
//! - `get_bit_generator` and `set_bit_generator`: [`get_state`] and [`set_state`] hold the bit
//!   generator. Formulas cannot exchange that of a thread.
//! - `SeedSequence.entropy` in formulas: only its words of 32 bits are kept.
//! - Warnings, such as that of `multivariate_normal` about a covariance that is none:
//!   [`CheckValid::Raise`] makes it an error.
//! - The keyword `out` of `random`, `standard_normal`, `standard_exponential`, `standard_gamma` and
//!   `permuted`: arrays are values.

mod generator;
mod legacy;
mod methods;
mod sequences;
mod size;
mod state;

pub use generator::{Choice, Generator, default_rng};
pub use jitney_runtime::random::distributions::{
    CheckValid, Distribution, Factorization, Limit, MultivariateNormal, Parameter, Row,
};
pub use jitney_runtime::random::legacy::LegacyDistribution;
pub use jitney_runtime::random::{
    BitGenerator, Entropy, LegacySeed, MT19937, Mt19937State, PCG64, PCG64DXSM, Pcg64DxsmState,
    Pcg64State, Philox, PhiloxState, SFC64, SeedSequence, Sfc64State, Stream,
};
pub(crate) use legacy::with_thread_state;
pub use legacy::*;
pub use size::Size;
pub use state::RandomState;
