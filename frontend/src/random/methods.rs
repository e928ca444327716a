//! The distributions as methods and functions: one list of their names and parameters.

/// Calls a macro with all distributions that `Generator` and `RandomState` have.
macro_rules! for_distributions {
    ($macro:ident) => {
        $macro! {
            /// Shares of a whole with densities `x^(a−1) (1−x)^(b−1)`.
            Beta beta(a, b);
            /// How often something of chance `p` happens in `n` trials.
            Binomial binomial(n, p);
            /// Sums of `df` squares of standard normal samples.
            Chisquare chisquare(df);
            /// Waiting times of mean `scale`.
            Exponential exponential(scale);
            /// Ratios of mean squares, with the degrees of freedom of both.
            F f(dfnum, dfden);
            /// Sums of `shape` waiting times of mean `scale`.
            Gamma gamma(shape, scale);
            /// How many trials it takes until something of chance `p` happens.
            Geometric geometric(p);
            /// Largest of many samples, around `loc`.
            Gumbel gumbel(loc, scale);
            /// How many of `nsample` that are drawn from `ngood` and `nbad` are good.
            Hypergeometric hypergeometric(ngood, nbad, nsample);
            /// Differences of two waiting times of mean `scale`, around `loc`.
            Laplace laplace(loc, scale);
            /// Samples whose distribution function is the logistic one of `(x − loc) / scale`.
            Logistic logistic(loc, scale);
            /// Samples whose logarithms are normal.
            Lognormal lognormal(mean, sigma);
            /// Counts `k` of chance proportional to `p^k / k`.
            Logseries logseries(p);
            /// How many trials fail before `n` succeed, each with chance `p`.
            NegativeBinomial negative_binomial(n, p);
            /// Sums of `df` squares of normal samples whose squared means add up to `nonc`.
            NoncentralChisquare noncentral_chisquare(df, nonc);
            /// Ratios of mean squares, the first of which is of samples with other means.
            NoncentralF noncentral_f(dfnum, dfden, nonc);
            /// Normal samples of mean `loc` and standard deviation `scale`.
            Normal normal(loc, scale);
            /// Samples of Lomax' distribution, which is Pareto's less 1.
            Pareto pareto(a);
            /// Counts of events of which `lam` are expected.
            Poisson poisson(lam);
            /// Samples in `[0, 1]` of density `a x^(a−1)`.
            Power power(a);
            /// Lengths of vectors of two normal samples of standard deviation `scale`.
            Rayleigh rayleigh(scale);
            /// Ratios of two normal samples.
            StandardCauchy standard_cauchy();
            /// Sums of `shape` waiting times of mean 1.
            StandardGamma standard_gamma(shape);
            /// Normal samples divided by the root of a mean of `df` squares.
            StandardT standard_t(df);
            /// Samples between `left` and `right`, most often near `mode`.
            Triangular triangular(left, mode, right);
            /// Floats in `[low, high)`.
            Uniform uniform(low, high);
            /// Angles around `mu`, the more concentrated the larger `kappa`.
            Vonmises vonmises(mu, kappa);
            /// Times until a drifting random walk reaches a line.
            Wald wald(mean, scale);
            /// Powers `1 / a` of waiting times.
            Weibull weibull(a);
            /// Counts `k` of chance proportional to `k^−a`.
            Zipf zipf(a);
        }
    };
}

/// Makes the methods that `Generator` and `RandomState` have in the same form: of the field that
/// bits come from, and what draws standard normal samples from it.
macro_rules! methods_of_both {
    ($Type:ident, $field:ident, $is_legacy:literal, $normals:path) => {
        impl $Type {
            /// Random bytes.
            ///
            #[doc = concat!("NumPy: `", stringify!($Type), ".bytes(length)`.")]
            ///
            /// # Errors
            /// A seed that is none; a function that is traced; more than there is memory for.
            pub fn bytes(&mut self, length: usize) -> Result<Vec<u8>, Error> {
                crate::random::size::at_once(|| random::bytes(&mut self.$field, length))
            }

            /// How often each outcome happens in `n` trials, of chances along the last axis.
            ///
            #[doc = concat!("NumPy: `", stringify!($Type), ".multinomial(n, pvals, size)`.")]
            ///
            /// # Errors
            /// Deferred: chances that are none or add up to more than 1.
            #[track_caller]
            pub fn multinomial(
                &mut self,
                n: impl Into<Operand>,
                pvals: &Array,
                size: impl Into<Size>,
            ) -> Array {
                drawn("multinomial", || {
                    let n = crate::random::size::parameter(n.into(), "n", DType::I64)?;
                    let pvals = pvals.astype(DType::F64).value()?;
                    let (bits, size) = (&mut self.$field, size.into().shape()?);
                    random::distributions::multinomial(bits, &n, &pvals, size.as_ref())
                })
            }

            /// Samples of several normal variables of the given means and covariances.
            ///
            /// Shape: the size, with one more axis for the variables.
            ///
            #[doc = concat!("NumPy: `", stringify!($Type), ".multivariate_normal(mean, cov, size)`.")]
            /// Samples are `mean + A x` with standard normal `x` and `A Aᵀ` the covariances. NumPy's
            /// `A` is what LAPACK makes of them, whose columns have signs that nothing prescribes:
            /// here the largest element of each is positive. But for these signs, and for turns
            /// among columns of equal length, `A` equals NumPy's within 1e-12 of the largest
            /// standard deviation where the covariances are well conditioned; 1e-7 where one
            /// depends on the others.
            ///
            /// # Errors
            /// Deferred: shapes that do not fit.
            #[track_caller]
            pub fn multivariate_normal(
                &mut self,
                mean: &Array,
                cov: &Array,
                size: impl Into<Size>,
            ) -> Array {
                let how = crate::random::MultivariateNormal::default();
                self.multivariate_normal_with(mean, cov, size, &how)
            }

            /// The same with a choice of how covariances are checked and made a factor of; that of
            /// [`Cholesky`](crate::random::Factorization::Cholesky) is unique, and equals NumPy's
            /// within a few units in the last place.
            ///
            /// # Errors
            /// Deferred: shapes that do not fit, covariances that are none.
            #[track_caller]
            pub fn multivariate_normal_with(
                &mut self,
                mean: &Array,
                cov: &Array,
                size: impl Into<Size>,
                how: &crate::random::MultivariateNormal,
            ) -> Array {
                drawn("multivariate_normal", || {
                    let mean = mean.astype(DType::F64).value()?;
                    let cov = cov.astype(DType::F64).value()?;
                    let (bits, size) = (&mut self.$field, size.into().or_single()?);
                    random::distributions::multivariate_normal(
                        (&mean, &cov),
                        &size,
                        how,
                        $is_legacy,
                        |shape| $normals(bits, shape),
                    )
                })
            }
        }
    };
}
pub(super) use {for_distributions, methods_of_both};
