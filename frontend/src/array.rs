//! The array: a node of the graph, and how to get values out of it.

use jitney_ir::graph::Op;
use jitney_ir::{DType, Scalar, Shape};
use jitney_runtime::{Element, Error, ErrorKind, Expr, ExprInputs, Value};
use std::sync::Arc;

/// An n-dimensional array: a value, or what computes it.
///
/// Arrays are cheap to clone, `Send` and `Sync`, and immutable: what NumPy does in place is
/// done by making a new array. Operations on arrays build a graph that is evaluated, fused,
/// when elements are asked for.
#[derive(Clone)]
pub struct Array {
    pub(crate) expr: Arc<Expr>,
}

/// So that lists may be of arrays or of references to them.
impl AsRef<Array> for Array {
    fn as_ref(&self) -> &Array {
        self
    }
}

impl Array {
    pub(crate) fn from_expr(expr: Arc<Expr>) -> Array {
        Array { expr }
    }

    pub(crate) fn from_value(value: Value) -> Array {
        Array::from_expr(Expr::value(value))
    }

    pub(crate) fn failed(error: Error) -> Array {
        Array::from_expr(Expr::failed(error))
    }

    /// A failed array of the caller's line.
    #[track_caller]
    pub(crate) fn error_at(kind: ErrorKind, operation: &str, message: impl Into<String>) -> Array {
        Array::failed(Error::new(kind, operation, message))
    }

    pub(crate) fn constant(scalar: Scalar) -> Array {
        let op = Op::Constant(scalar);
        Array::from_expr(Expr::new(op, ExprInputs::new(), scalar.dtype, Shape::scalar()))
    }

    /// The dtype of the elements; `float64` for a failed array.
    #[inline]
    pub fn dtype(&self) -> DType {
        self.expr.dtype()
    }

    /// The extents of the axes; empty for a 0-d or failed array.
    ///
    /// NumPy: `x.shape`.
    #[inline]
    pub fn shape(&self) -> &[usize] {
        self.expr.shape().extents()
    }

    #[inline]
    pub(crate) fn full_shape(&self) -> &Shape {
        self.expr.shape()
    }

    /// The number of axes.
    ///
    /// NumPy: `x.ndim`.
    pub fn ndim(&self) -> usize {
        self.shape().len()
    }

    /// The number of elements.
    ///
    /// NumPy: `x.size`.
    pub fn size(&self) -> usize {
        self.full_shape().len()
    }

    /// The bytes of all elements.
    ///
    /// NumPy: `x.nbytes`.
    pub fn nbytes(&self) -> usize {
        self.size().saturating_mul(self.dtype().size())
    }

    /// The node behind the array, for tools that look at graphs.
    pub fn expr(&self) -> &Arc<Expr> {
        &self.expr
    }

    #[inline]
    pub(crate) fn is_failed(&self) -> bool {
        self.expr.is_failed()
    }

    /// Why the array has no value, if a call that led to it was bad.
    pub fn error(&self) -> Option<Error> {
        self.expr.error()
    }

    /// Computes the value and keeps it.
    ///
    /// # Errors
    /// The deferred error of a bad call, or a limit of the evaluation.
    ///
    /// ```
    /// use jitney as jn;
    /// let bad = jn::ones([3]) + jn::ones([4]);
    /// let error = bad.eval().unwrap_err();
    /// assert!(error.message().contains("shapes (3,) (4,)"));
    /// ```
    pub fn eval(&self) -> Result<Array, Error> {
        self.compute()?;
        Ok(self.clone())
    }

    fn compute(&self) -> Result<(), Error> {
        if self.expr.is_done() { Ok(()) } else { jitney_runtime::eval(&[&self.expr]) }
    }

    /// The evaluated elements.
    pub(crate) fn value(&self) -> Result<Value, Error> {
        self.compute()?;
        let missing = || Error::nowhere(ErrorKind::Internal, "eval", "left no value");
        self.expr.known_value().cloned().ok_or_else(missing)
    }

    /// The elements in C order.
    ///
    /// # Errors
    /// As [`Array::eval`], and if `T` is not the type of the dtype.
    ///
    /// ```
    /// use jitney as jn;
    /// assert_eq!(jn::arange(4).to_vec::<i64>()?, [0, 1, 2, 3]);
    /// # Ok::<(), jn::Error>(())
    /// ```
    #[track_caller]
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>, Error> {
        let value = self.value()?;
        if T::DTYPE != self.dtype() {
            let message = format!(
                "the array is of {}, not {}: convert it with astype first",
                self.dtype(),
                T::DTYPE
            );
            return Err(Error::new(ErrorKind::DType, "to_vec", message));
        }
        value.to_vec()
    }

    /// The only element.
    ///
    /// NumPy: `x.item()`.
    ///
    /// # Errors
    /// As [`Array::to_vec`], and if there is not exactly one element.
    #[track_caller]
    pub fn item<T: Element>(&self) -> Result<T, Error> {
        if let Some(error) = self.error() {
            return Err(error);
        }
        if self.size() != 1 {
            let message = format!(
                "can only convert an array of size 1 to a Rust scalar, not shape {}",
                self.full_shape()
            );
            return Err(Error::new(ErrorKind::Shape, "item", message));
        }
        Ok(self.to_vec()?[0])
    }

    /// Evaluates several arrays together, so that they share what they have in common.
    ///
    /// # Errors
    /// As [`Array::eval`], for the first one that fails.
    pub fn eval_all(arrays: &[&Array]) -> Result<(), Error> {
        let roots: Vec<&Arc<Expr>> = arrays.iter().map(|array| &array.expr).collect();
        jitney_runtime::eval(&roots)
    }
}
