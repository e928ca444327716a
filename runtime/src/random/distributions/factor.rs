//! Factors `A` of small symmetric matrices with `A Aᵀ` the matrix, by rotations (Jacobi's
//! methods): short, and accurate for each eigenvalue.

use crate::context::Stop;
use crate::value::room;
use crate::{Error, ErrorKind};

/// Rounds of rotations after which what is left is rounding.
const MAX_SWEEPS: usize = 40;

/// A square matrix whose columns lie one after the other.
pub(super) struct Square {
    n: usize,
    elements: Vec<f64>,
}

impl Square {
    /// # Errors
    /// If there is no memory for it.
    pub fn zeros(n: usize) -> Result<Square, Error> {
        let mut elements = room("multivariate_normal", n.saturating_mul(n))?;
        elements.resize(n * n, 0.0);
        Ok(Square { n, elements })
    }

    fn identity(n: usize) -> Result<Square, Error> {
        let mut identity = Square::zeros(n)?;
        (0..n).for_each(|place| identity.column_mut(place)[place] = 1.0);
        Ok(identity)
    }

    /// The matrix of elements in C order.
    pub fn of_rows(n: usize, rows: &[f64]) -> Result<Square, Error> {
        let mut matrix = Square::zeros(n)?;
        for column in 0..n {
            for row in 0..n {
                matrix.column_mut(column)[row] = rows[row * n + column];
            }
        }
        Ok(matrix)
    }

    pub fn column(&self, column: usize) -> &[f64] {
        &self.elements[column * self.n..][..self.n]
    }

    pub fn column_mut(&mut self, column: usize) -> &mut [f64] {
        &mut self.elements[column * self.n..][..self.n]
    }

    pub fn at(&self, row: usize, column: usize) -> f64 {
        self.elements[column * self.n + row]
    }

    fn largest(&self) -> f64 {
        self.elements.iter().fold(0.0, |most, x| x.abs().max(most))
    }

    /// Turns two columns in their plane.
    fn rotate(&mut self, p: usize, q: usize, turn: Rotation) {
        let (before, from_q) = self.elements.split_at_mut(q * self.n);
        let p = &mut before[p * self.n..][..self.n];
        for (x, y) in p.iter_mut().zip(&mut from_q[..self.n]) {
            (*x, *y) = (turn.cos * *x - turn.sin * *y, turn.sin * *x + turn.cos * *y);
        }
    }

    /// The same in rows.
    fn rotate_rows(&mut self, p: usize, q: usize, turn: Rotation) {
        for column in self.elements.chunks_exact_mut(self.n) {
            let (x, y) = (column[p], column[q]);
            (column[p], column[q]) = (turn.cos * x - turn.sin * y, turn.sin * x + turn.cos * y);
        }
    }
}

#[derive(Clone, Copy)]
struct Rotation {
    cos: f64,
    sin: f64,
}

impl Rotation {
    /// The one that makes `[[a, b], [b, c]]` diagonal.
    fn new(a: f64, b: f64, c: f64) -> Rotation {
        let zeta = (c - a) / (2.0 * b);
        let tan = zeta.signum() / (zeta.abs() + (1.0 + zeta * zeta).sqrt());
        let cos = 1.0 / (1.0 + tan * tan).sqrt();
        Rotation { cos, sin: cos * tan }
    }
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// A matrix as `U diag(s) Vᵀ`, the largest of `s` first, or for a symmetric one ascending
/// eigenvalues `s` with `U = V`.
pub(super) struct Decomposition {
    pub u: Square,
    pub s: Vec<f64>,
    pub v: Square,
}

impl Decomposition {
    /// Puts columns in the order of their values, and gives each the sign that makes the
    /// largest element of `u` positive.
    fn sorted(self, is_before: impl Fn(f64, f64) -> bool) -> Result<Decomposition, Error> {
        let n = self.s.len();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|a, b| {
            let (a, b) = (self.s[*a], self.s[*b]);
            is_before(b, a).cmp(&is_before(a, b))
        });
        let (mut u, mut v) = (Square::zeros(n)?, Square::zeros(n)?);
        for (to, from) in order.iter().enumerate() {
            let sign = sign(self.u.column(*from));
            for (matrix, sorted) in [(&self.u, &mut u), (&self.v, &mut v)] {
                let pairs = sorted.column_mut(to).iter_mut().zip(matrix.column(*from));
                pairs.for_each(|(sorted, x)| *sorted = sign * x);
            }
        }
        Ok(Decomposition { u, s: order.iter().map(|place| self.s[*place]).collect(), v })
    }
}

/// The sign of the largest element, of equally large ones of the first: those that differ by
/// rounding are equally large.
fn sign(column: &[f64]) -> f64 {
    let largest = column.iter().fold(0.0_f64, |most, x| x.abs().max(most));
    let first = column.iter().find(|x| x.abs() >= largest * (1.0 - 1e-9));
    first.map_or(1.0, |x| if *x < 0.0 { -1.0 } else { 1.0 })
}

/// A power of two near the largest element, so that squares neither overflow nor vanish.
fn scale(matrix: &mut Square) -> f64 {
    let largest = matrix.largest();
    if largest < f64::MIN_POSITIVE {
        return 1.0;
    }
    let scale = f64::from_bits(largest.to_bits() & 0x7ff << 52);
    matrix.elements.iter_mut().for_each(|x| *x /= scale);
    scale
}

/// Singular values, by turning pairs of columns until all are orthogonal.
///
/// # Errors
/// A matrix with a NaN, and what stops an evaluation.
pub(super) fn svd(mut w: Square, stop: &Stop) -> Result<Decomposition, Error> {
    let n = w.n;
    if w.elements.iter().any(|x| x.is_nan()) {
        return Err(Error::nowhere(
            ErrorKind::Value,
            "multivariate_normal",
            "SVD did not converge: cov contains NaN",
        ));
    }
    let scale = scale(&mut w);
    // What is as small as the rounding of the largest column is left as it is.
    let negligible = w.elements.iter().map(|x| x * x).sum::<f64>() * f64::EPSILON * f64::EPSILON;
    let mut v = Square::identity(n)?;
    sweep(n, stop, |p, q| {
        let (x, y) = (w.column(p), w.column(q));
        let (a, b, c) = (dot(x, x), dot(x, y), dot(y, y));
        let turns = b.abs() > (f64::EPSILON * (a * c).sqrt()).max(negligible);
        if turns {
            let turn = Rotation::new(a, b, c);
            w.rotate(p, q, turn);
            v.rotate(p, q, turn);
        }
        turns
    })?;
    let lengths: Vec<f64> =
        (0..n).map(|column| dot(w.column(column), w.column(column)).sqrt()).collect();
    for (column, length) in lengths.iter().enumerate().filter(|(_, length)| **length > 0.0) {
        w.column_mut(column).iter_mut().for_each(|x| *x /= length);
    }
    let s = lengths.iter().map(|length| length * scale).collect();
    Decomposition { u: w, s, v }.sorted(|a, b| a > b)
}

/// Goes through all pairs, again and again, until none has been turned.
fn sweep(n: usize, stop: &Stop, mut turns: impl FnMut(usize, usize) -> bool) -> Result<(), Error> {
    for _ in 0..MAX_SWEEPS {
        let mut is_done = true;
        for p in 0..n {
            stop.check()?;
            for q in p + 1..n {
                is_done &= !turns(p, q);
            }
        }
        if is_done {
            break;
        }
    }
    Ok(())
}

/// Eigenvalues and eigenvectors of the symmetric matrix whose lower half is given, by turning
/// pairs of axes until it is diagonal.
///
/// # Errors
/// What stops an evaluation.
pub(super) fn eigh(mut a: Square, stop: &Stop) -> Result<Decomposition, Error> {
    let n = a.n;
    for column in 0..n {
        for row in 0..column {
            a.elements[column * n + row] = a.at(column, row);
        }
    }
    let scale = scale(&mut a);
    let negligible = a.largest() * f64::EPSILON * f64::EPSILON;
    let mut v = Square::identity(n)?;
    sweep(n, stop, |p, q| {
        let (x, y, z) = (a.at(p, p), a.at(p, q), a.at(q, q));
        let turns = y.abs() > (f64::EPSILON * (x * z).abs().sqrt()).max(negligible);
        if turns {
            let turn = Rotation::new(x, y, z);
            a.rotate(p, q, turn);
            a.rotate_rows(p, q, turn);
            v.rotate(p, q, turn);
        }
        turns
    })?;
    let s = (0..n).map(|place| a.at(place, place) * scale).collect();
    let u = Square { n, elements: v.elements.clone() };
    Decomposition { u, s, v }.sorted(|a, b| a < b)
}

/// The lower triangle of the symmetric matrix whose lower half is given.
///
/// # Errors
/// A matrix that is not positive definite, and what stops an evaluation.
pub(super) fn cholesky(mut a: Square, stop: &Stop) -> Result<Square, Error> {
    let n = a.n;
    for column in 0..n {
        stop.check()?;
        for before in 0..column {
            let factor = a.at(column, before);
            for row in column..n {
                let product = a.at(row, before) * factor;
                a.column_mut(column)[row] -= product;
            }
        }
        let pivot = a.at(column, column);

        if pivot <= 0.0 || pivot.is_nan() {
            let message = "Matrix is not positive definite";
            return Err(Error::nowhere(ErrorKind::Value, "multivariate_normal", message));
        }
        let root = pivot.sqrt();
        a.column_mut(column)[column..].iter_mut().for_each(|x| *x /= root);
        a.column_mut(column)[..column].fill(0.0);
    }
    Ok(a)
}

#[cfg(test)]
mod tests {
    use super::{Decomposition, Square, cholesky, eigh, svd};
    use crate::context::Stop;
    use crate::random::{Bits, PCG64};

    /// `X Xᵀ` of so many random columns.
    fn covariance(n: usize, rank: usize) -> Vec<f64> {
        let mut bits = PCG64::new(n as u64);
        let x: Vec<f64> = (0..n * rank).map(|_| bits.double() - 0.5).collect();
        let row = |row: usize| &x[row * rank..][..rank];
        let product = |i, j| row(i).iter().zip(row(j)).map(|(x, y)| x * y).sum();
        (0..n * n).map(|place| product(place / n, place % n)).collect()
    }

    fn assert_restores(factor: &Square, cov: &[f64], what: &str) {
        let n = factor.n;
        let largest = cov.iter().fold(0.0_f64, |most, x| x.abs().max(most));
        for (place, expected) in cov.iter().enumerate() {
            let (i, j) = (place / n, place % n);
            let found: f64 = (0..n).map(|k| factor.at(i, k) * factor.at(j, k)).sum();
            assert!((found - expected).abs() <= 1e-13 * largest, "{what}: {found} {expected}");
        }
    }

    #[test]
    fn factors_restore_covariances() {
        for (n, rank) in [(0, 0), (1, 1), (2, 2), (5, 5), (20, 20), (20, 7), (60, 60), (3, 0)] {
            for scale in [1.0, 1e-290, 1e290] {
                let cov: Vec<f64> = covariance(n, rank).iter().map(|x| x * scale).collect();
                let matrix = || Square::of_rows(n, &cov).expect("there is memory");
                let root = |parts: Decomposition| {
                    let Decomposition { mut u, s, .. } = parts;
                    for (column, s) in s.iter().enumerate() {
                        u.column_mut(column).iter_mut().for_each(|x| *x *= s.abs().sqrt());
                    }
                    u
                };
                let stop = Stop::default();
                let found = svd(matrix(), &stop).expect("it has singular values");
                assert!(found.s.is_sorted_by(|a, b| a >= b), "{n} {rank}");
                assert_restores(&root(found), &cov, "svd");
                let found = eigh(matrix(), &stop).expect("it has eigenvalues");
                assert!(found.s.is_sorted(), "{n} {rank}");
                assert_restores(&root(found), &cov, "eigh");
                if rank == n {
                    let found = cholesky(matrix(), &stop).expect("it is positive definite");
                    assert_restores(&found, &cov, "cholesky");
                }
            }
        }
    }

    #[test]
    fn singular_vectors_are_of_both_sides() {
        let stop = Stop::default();
        let a = [1.0, 2.0, 0.0, 3.0];
        let parts = svd(Square::of_rows(2, &a).expect("there is memory"), &stop);
        let parts = parts.expect("it has singular values");
        for (place, expected) in a.iter().enumerate() {
            let (i, j) = (place / 2, place % 2);
            let terms = parts.s.iter().enumerate();
            let found: f64 = terms.map(|(k, s)| parts.u.at(i, k) * s * parts.v.at(j, k)).sum();
            assert!((found - expected).abs() < 1e-14, "{found} {expected}");
        }
    }
}
