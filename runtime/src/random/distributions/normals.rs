//! The multivariate normal distribution.

use super::factor::{Decomposition, Square, cholesky, eigh, svd};
use super::multivariate::with_axis;
use crate::context::{Context, Stop};
use crate::value::room;
use crate::{Error, ErrorKind, Value};
use jitney_ir::Shape;

const NAME: &str = "multivariate_normal";

/// How samples of several normal variables are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MultivariateNormal {
    /// What happens if the covariance is not positive semidefinite.
    pub check_valid: CheckValid,
    /// How much the covariance may miss that by.
    pub tol: f64,
    /// What makes a factor of the covariance. `RandomState` knows [`Factorization::Svd`] alone.
    pub method: Factorization,
}

impl Default for MultivariateNormal {
    fn default() -> MultivariateNormal {
        let (check_valid, method) = (CheckValid::Warn, Factorization::Svd);
        MultivariateNormal { check_valid, tol: 1e-8, method }
    }
}

/// What happens if a covariance is not positive semidefinite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckValid {
    /// NumPy warns and goes on; here nobody is warned.
    Warn,
    /// An error.
    Raise,
    /// Nothing.
    Ignore,
}

/// How a factor `A` of a covariance is made, `A Aᵀ` being the covariance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factorization {
    /// By singular values, the largest first.
    Svd,
    /// By eigenvalues of the lower half, the smallest first.
    Eigh,
    /// The lower triangle, which only positive definite matrices have.
    Cholesky,
}

/// Samples of several normal variables with the given means and covariances, along a last axis
/// behind those of the size. `normals` draws standard normal samples of a shape.
///
/// NumPy: `multivariate_normal(mean, cov, size, check_valid, tol, method=method)`.
///
/// # Errors
/// Means and covariances that do not fit, a covariance that is none, and what any large array
/// may meet.
pub fn multivariate_normal(
    (mean, cov): (&Value, &Value),
    size: &Shape,
    how: &MultivariateNormal,
    is_legacy: bool,
    normals: impl FnOnce(&Shape) -> Result<Value, Error>,
) -> Result<Value, Error> {
    let &[n] = mean.shape().extents() else { return wrong("mean must be 1 dimensional") };
    let &[rows, columns] = cov.shape().extents() else {
        return wrong("cov must be 2 dimensional and square");
    };
    if rows != columns {
        return wrong("cov must be 2 dimensional and square");
    }
    if rows != n {
        return wrong("mean and cov must have same length");
    }
    let stop = Context::of_scope().stop;
    let (mean, cov) = (mean.to_vec::<f64>()?, cov.to_vec::<f64>()?);
    let factor = factor(n, &cov, how, is_legacy, &stop)?;
    let shape = with_axis(NAME, size, n)?;
    let normals = normals(&shape)?.to_vec::<f64>()?;
    let mut samples = room(NAME, shape.len())?;
    for normals in normals.chunks_exact(n.max(1)) {
        stop.check()?;
        let first = samples.len();
        samples.resize(first + n, 0.0);
        let sample = &mut samples[first..];
        for (column, x) in normals.iter().enumerate() {
            let pairs = sample.iter_mut().zip(factor.column(column));
            pairs.for_each(|(sum, factor)| *sum += x * factor);
        }
        sample.iter_mut().zip(&mean).for_each(|(x, mean)| *x += mean);
    }
    Value::from_vec(samples, &shape)
}

fn wrong<T>(message: &str) -> Result<T, Error> {
    Err(Error::nowhere(ErrorKind::Value, NAME, message))
}

/// The factor of a covariance in C order.
fn factor(
    n: usize,
    cov: &[f64],
    how: &MultivariateNormal,
    is_legacy: bool,
    stop: &Stop,
) -> Result<Square, Error> {
    let matrix = Square::of_rows(n, cov)?;
    let (parts, is_valid) = match how.method {
        Factorization::Cholesky => return cholesky(matrix, stop),
        Factorization::Svd => {
            let parts = svd(matrix, stop)?;
            let is_valid = how.check_valid == CheckValid::Ignore || restores(&parts, cov, how.tol);
            (parts, is_valid)
        }
        Factorization::Eigh => {
            let parts = eigh(matrix, stop)?;
            let is_valid = !parts.s.iter().any(|s| *s < -how.tol);
            (parts, is_valid)
        }
    };
    if !is_valid && how.check_valid == CheckValid::Raise {
        return wrong("covariance is not symmetric positive-semidefinite.");
    }
    let Decomposition { u, s, v } = parts;
    let mut factor = if is_legacy { v } else { u };
    for (column, s) in s.iter().enumerate() {
        let root = s.abs().sqrt();
        factor.column_mut(column).iter_mut().for_each(|x| *x *= root);
    }
    Ok(factor)
}

/// Whether `V diag(s) Vᵀ` is the covariance: then it is symmetric, with no negative eigenvalues.
fn restores(parts: &Decomposition, cov: &[f64], tol: f64) -> bool {
    let n = parts.s.len();
    let places = (0..n).flat_map(|row| (0..n).map(move |column| (row, column)));
    places.zip(cov).all(|((row, column), expected)| {
        let terms = parts.s.iter().enumerate();
        let found: f64 = terms.map(|(k, s)| parts.v.at(row, k) * s * parts.v.at(column, k)).sum();
        found == *expected || (found - expected).abs() <= tol + tol * expected.abs()
    })
}
