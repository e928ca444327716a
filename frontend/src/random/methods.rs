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
pub(super) use for_distributions;
