//! The generator of NumPy's new functions.

use super::methods::{for_distributions, methods_of_both};
use super::sequences::{choose, known_axis, permuted, shuffled};
use super::size::{bounds, drawn, mistake, parameter, parameters_of};
use super::{BitGenerator, Distribution, PCG64, SeedSequence, Size};
use crate::{Array, DType, ErrorKind, Operand};
use jitney_ir::Shape;
use jitney_runtime::random::{self, Range, distributions};
use jitney_runtime::{Error, Value};

/// Draws arrays from the stream of a bit generator.
///
/// NumPy: `np.random.Generator`.
///
/// ```
/// use jitney as jn;
/// use jn::random::{Generator, Philox};
/// let mut rng = Generator::new(Philox::new(7));
/// let mut copy = rng.clone();
/// let x = rng.integers(0, 100, [2, 3]);
/// assert_eq!(x.to_vec::<i64>()?, copy.integers(0, 100, [2, 3]).to_vec::<i64>()?);
/// # Ok::<(), jn::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Generator {
    bits: BitGenerator,
}

/// A generator of a seed: an integer, several, or a [`SeedSequence`]. It draws from [`PCG64`].
///
/// NumPy: `np.random.default_rng(seed)`; without a seed, `default_rng(SeedSequence::fresh())`.
///
/// # Errors
/// Deferred to what is drawn: a negative number.
pub fn default_rng(seed: impl Into<SeedSequence>) -> Generator {
    Generator::new(PCG64::new(seed))
}

/// How [`Generator::choice_with`] chooses: `Choice { replace: false, ..Choice::default() }`.
#[derive(Clone)]
pub struct Choice {
    /// Whether an element can be chosen again.
    pub replace: bool,
    /// How likely each element is, if not all alike.
    pub p: Option<Array>,
    /// The axis along which slices are chosen.
    pub axis: isize,
    /// Whether the order of elements that are chosen once is random too.
    pub shuffle: bool,
}

impl Default for Choice {
    fn default() -> Choice {
        Choice { replace: true, p: None, axis: 0, shuffle: true }
    }
}

macro_rules! methods {
    ($($(#[$doc:meta])* $Variant:ident $name:ident($($p:ident),*);)*) => {
        /// Distributions; the defaults of NumPy's parameters are in [`Distribution::row`].
        ///
        /// # Errors
        /// Deferred: parameters outside their limits, shapes that do not fit.
        impl Generator {
            $(
                $(#[$doc])*
                #[doc = ""]
                #[doc = concat!("NumPy: `Generator.", stringify!($name), "`.")]
                #[track_caller]
                pub fn $name(
                    &mut self,
                    $($p: impl Into<Operand>,)*
                    size: impl Into<Size>,
                ) -> Array {
                    self.draw(Distribution::$Variant, vec![$($p.into()),*], size.into())
                }
            )*
        }
    };
}

for_distributions!(methods);

fn normals(bits: &mut BitGenerator, shape: &Shape) -> Result<Value, Error> {
    random::standard_normal(bits, shape, DType::F64)
}

methods_of_both!(Generator, bits, false, normals);

impl Generator {
    /// A generator that draws from the given bits.
    pub fn new(bits: impl Into<BitGenerator>) -> Generator {
        Generator { bits: bits.into() }
    }

    /// The bit generator.
    pub fn bit_generator(&self) -> &BitGenerator {
        &self.bits
    }

    /// The bit generator, to move it on or to set its state.
    pub fn bit_generator_mut(&mut self) -> &mut BitGenerator {
        &mut self.bits
    }

    /// So many generators that share nothing with this one; none if it was not seeded.
    ///
    /// NumPy: `Generator.spawn(n_children)`.
    pub fn spawn(&mut self, n_children: u32) -> Vec<Generator> {
        self.bits.spawn(n_children).into_iter().map(Generator::new).collect()
    }

    /// Samples of a distribution with the given parameters, in NumPy's order.
    ///
    /// # Errors
    /// Deferred: another number of parameters, or as for the distribution's method.
    #[track_caller]
    pub fn draw(
        &mut self,
        distribution: Distribution,
        parameters: Vec<Operand>,
        size: impl Into<Size>,
    ) -> Array {
        let row = distribution.row();
        drawn(row.name, || {
            let given = parameters_of(row, parameters)?;
            distribution.draw(&mut self.bits, &given, size.into().shape()?.as_ref())
        })
    }

    /// Floats in `[0, 1)`.
    ///
    /// NumPy: `Generator.random(size)`.
    #[track_caller]
    pub fn random(&mut self, size: impl Into<Size>) -> Array {
        self.random_of(size, DType::F64)
    }

    /// Floats in `[0, 1)`, of `float64` or `float32`.
    ///
    /// NumPy: `Generator.random(size, dtype)`.
    ///
    /// # Errors
    /// Deferred: another dtype.
    #[track_caller]
    pub fn random_of(&mut self, size: impl Into<Size>, dtype: DType) -> Array {
        drawn("random", || random::random(&mut self.bits, &size.into().or_single()?, dtype))
    }

    /// Normal samples of mean 0 and variance 1.
    ///
    /// NumPy: `Generator.standard_normal(size)`.
    #[track_caller]
    pub fn standard_normal(&mut self, size: impl Into<Size>) -> Array {
        self.standard_normal_of(size, DType::F64)
    }

    /// Normal samples of mean 0 and variance 1, of `float64` or `float32`.
    ///
    /// NumPy: `Generator.standard_normal(size, dtype)`.
    ///
    /// # Errors
    /// Deferred: another dtype.
    #[track_caller]
    pub fn standard_normal_of(&mut self, size: impl Into<Size>, dtype: DType) -> Array {
        drawn("standard_normal", || {
            random::standard_normal(&mut self.bits, &size.into().or_single()?, dtype)
        })
    }

    /// Waiting times of mean 1.
    ///
    /// NumPy: `Generator.standard_exponential(size)`.
    #[track_caller]
    pub fn standard_exponential(&mut self, size: impl Into<Size>) -> Array {
        self.standard_exponential_of(size, DType::F64, "zig")
    }

    /// Waiting times of mean 1, of `float64` or `float32`, by the method `zig` or `inv`.
    ///
    /// NumPy: `Generator.standard_exponential(size, dtype, method)`.
    ///
    /// # Errors
    /// Deferred: another dtype.
    #[track_caller]
    pub fn standard_exponential_of(
        &mut self,
        size: impl Into<Size>,
        dtype: DType,
        method: &str,
    ) -> Array {
        let is_inverse = method != "zig";
        drawn("standard_exponential", || {
            let shape = size.into().or_single()?;
            random::standard_exponential(&mut self.bits, &shape, dtype, is_inverse)
        })
    }

    /// Sums of `shape` waiting times of mean 1, of `float64` or `float32`.
    ///
    /// NumPy: `Generator.standard_gamma(shape, size, dtype)`.
    ///
    /// # Errors
    /// Deferred: another dtype, a negative shape.
    #[track_caller]
    pub fn standard_gamma_of(
        &mut self,
        shape: impl Into<Operand>,
        size: impl Into<Size>,
        dtype: DType,
    ) -> Array {
        if dtype != DType::F32 {
            let samples = self.standard_gamma(shape, size);
            return if dtype == DType::F64 {
                samples
            } else {
                let message = format!("Unsupported dtype {dtype} for standard_gamma");
                Array::error_at(ErrorKind::DType, "standard_gamma", message)
            };
        }
        drawn("standard_gamma", || {
            let given = parameter(shape.into(), "shape", DType::F64)?;
            let size = size.into().shape()?;
            distributions::standard_gamma32(&mut self.bits, &given, size.as_ref())
        })
    }

    /// Integers from `low` to below `high`, of `int64`.
    ///
    /// NumPy: `Generator.integers(low, high, size)`.
    ///
    /// # Errors
    /// Deferred: as [`integers_of`](Generator::integers_of).
    #[track_caller]
    pub fn integers(
        &mut self,
        low: impl Into<Operand>,
        high: impl Into<Operand>,
        size: impl Into<Size>,
    ) -> Array {
        self.integers_of(low, high, size, DType::I64, false)
    }

    /// Integers of a dtype from `low` to below `high`, or up to `high` with `endpoint`.
    ///
    /// NumPy: `Generator.integers(low, high, size, dtype, endpoint)`.
    ///
    /// # Errors
    /// Deferred: an empty range, or one that the dtype has not.
    ///
    /// ```
    /// use jitney as jn;
    /// let mut rng = jn::random::default_rng(1);
    /// let bits = rng.integers_of(0, 1, 8, jn::DType::U8, true);
    /// assert_eq!(bits.to_vec::<u8>()?, [1, 1, 0, 0, 1, 1, 0, 1]);
    /// # Ok::<(), jn::Error>(())
    /// ```
    #[track_caller]
    pub fn integers_of(
        &mut self,
        low: impl Into<Operand>,
        high: impl Into<Operand>,
        size: impl Into<Size>,
        dtype: DType,
        endpoint: bool,
    ) -> Array {
        drawn("integers", || {
            let (low, high) = (bounds(low.into(), "low")?, bounds(high.into(), "high")?);
            let range = Range { operation: "integers", low, high, endpoint, is_masked: false };
            random::integers(&mut self.bits, &range, size.into().shape()?.as_ref(), dtype)
        })
    }

    /// Elements of an array, or integers below a number, each any number of times.
    ///
    /// NumPy: `Generator.choice(a, size)`.
    ///
    /// # Errors
    /// Deferred: no elements to choose from.
    #[track_caller]
    pub fn choice(&mut self, a: impl Into<Operand>, size: impl Into<Size>) -> Array {
        self.choice_with(a, size, &Choice::default())
    }

    /// Elements of an array, or integers below a number.
    ///
    /// NumPy: `Generator.choice(a, size, replace, p, axis, shuffle)`.
    ///
    /// # Errors
    /// Deferred: no elements to choose from, or too few; chances that are none.
    ///
    /// ```
    /// use jitney as jn;
    /// let mut rng = jn::random::default_rng(42);
    /// let once = jn::random::Choice { replace: false, ..Default::default() };
    /// assert_eq!(rng.choice_with(10, 3, &once).to_vec::<i64>()?, [9, 0, 6]);
    /// # Ok::<(), jn::Error>(())
    /// ```
    #[track_caller]
    pub fn choice_with(
        &mut self,
        a: impl Into<Operand>,
        size: impl Into<Size>,
        how: &Choice,
    ) -> Array {
        drawn("choice", || choose(&mut self.bits, a.into(), &size.into().or_single()?, how, false))
    }

    /// Puts the elements of an array along its first axis in random order.
    ///
    /// NumPy: `Generator.shuffle(x)`.
    #[track_caller]
    pub fn shuffle(&mut self, x: &mut Array) {
        self.shuffle_along(x, 0);
    }

    /// Puts the slices of an array along an axis in random order.
    ///
    /// NumPy: `Generator.shuffle(x, axis)`.
    ///
    /// # Errors
    /// Deferred: an axis that `x` has not.
    #[track_caller]
    pub fn shuffle_along(&mut self, x: &mut Array, axis: isize) {
        *x = drawn("shuffle", || shuffled(&mut self.bits, x, axis));
    }

    /// The elements of an array along its first axis, or the integers below a number, in
    /// random order.
    ///
    /// NumPy: `Generator.permutation(x)`.
    #[track_caller]
    pub fn permutation(&mut self, x: impl Into<Operand>) -> Array {
        self.permutation_along(x, 0)
    }

    /// The slices of an array along an axis, or the integers below a number, in random order.
    ///
    /// NumPy: `Generator.permutation(x, axis)`.
    ///
    /// # Errors
    /// Deferred: an axis that `x` has not, a negative number.
    #[track_caller]
    pub fn permutation_along(&mut self, x: impl Into<Operand>, axis: isize) -> Array {
        drawn("permutation", || permuted(&mut self.bits, x.into(), axis))
    }

    /// An array of which each line along an axis is in a random order of its own, or all elements
    /// are in one.
    ///
    /// NumPy: `Generator.permuted(x, axis=axis)`.
    ///
    /// # Errors
    /// Deferred: an axis that `x` has not.
    #[track_caller]
    pub fn permuted(&mut self, x: &Array, axis: Option<isize>) -> Array {
        drawn("permuted", || {
            let axis = axis.map(|axis| known_axis(axis, x.ndim())).transpose()?;
            random::permuted(&mut self.bits, &x.value()?, axis)
        })
    }

    /// How many of each colour are drawn, by the method `marginals` or `count`.
    ///
    /// NumPy: `Generator.multivariate_hypergeometric(colors, nsample, size, method)`.
    ///
    /// # Errors
    /// Deferred: more drawn than there are, another method.
    #[track_caller]
    pub fn multivariate_hypergeometric(
        &mut self,
        colors: &Array,
        nsample: i64,
        size: impl Into<Size>,
        method: &str,
    ) -> Array {
        drawn("multivariate_hypergeometric", || {
            let by_count = match method {
                "count" => true,
                "marginals" => false,
                _ => {
                    let message = "method must be \"count\" or \"marginals\".";
                    return Err(mistake(ErrorKind::Value, message));
                }
            };
            let (colors, size) = (colors.value()?, size.into().or_single()?);
            let bits = &mut self.bits;
            distributions::multivariate_hypergeometric(bits, &colors, nsample, &size, by_count)
        })
    }

    /// Shares of a whole, with a parameter each.
    ///
    /// NumPy: `Generator.dirichlet(alpha, size)`.
    ///
    /// # Errors
    /// Deferred: parameters that are negative, or not along one axis.
    #[track_caller]
    pub fn dirichlet(&mut self, alpha: &Array, size: impl Into<Size>) -> Array {
        drawn("dirichlet", || {
            let alpha = alpha.astype(DType::F64).value()?;
            distributions::dirichlet(&mut self.bits, &alpha, &size.into().or_single()?)
        })
    }
}
