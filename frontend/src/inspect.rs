//! How an array comes about: dumps of every stage, and what was fused.

use crate::{Array, Error};
use jitney_runtime::Expr;
use jitney_runtime::inspect::{self, Explanation, Stage};
use std::sync::Arc;

impl Array {
    /// The text of a stage of the evaluation, which is not done.
    ///
    /// What is evaluated already is an input: ask before the array has a value. The stages
    /// share names, so that an operation can be followed from graph to assembly: `%3` is a
    /// node, `step 1` a kernel, `a0` an access of it.
    ///
    /// # Errors
    /// The deferred error of a bad call.
    ///
    /// ```
    /// use jitney as jn;
    /// let x = jn::array([1.0, 2.0]);
    /// let graph = (x * 3.0).dump(jn::Stage::Graph)?;
    /// assert!(graph.contains("%1 = constant 3.0 : f64[]"), "{graph}");
    /// # Ok::<(), jn::Error>(())
    /// ```
    pub fn dump(&self, stage: Stage) -> Result<String, Error> {
        dump(&[self], stage)
    }

    /// What was fused into which kernels, what was not and why, and the bytes moved.
    ///
    /// # Errors
    /// The deferred error of a bad call.
    ///
    /// ```
    /// use jitney as jn;
    /// let x = jn::linspace(0.0, 1.0, 1000);
    /// let explanation = (x.exp() + 1.0).sum(..).explain()?;
    /// assert_eq!(explanation.kernels.len(), 1);
    /// assert!(explanation.moved.bytes_written < explanation.moved_eager.bytes_written);
    /// # Ok::<(), jn::Error>(())
    /// ```
    pub fn explain(&self) -> Result<Explanation, Error> {
        explain(&[self])
    }

    /// Evaluates the array, and says what [`Array::explain`] does and how fast each kernel ran.
    ///
    /// What takes less than a second runs twice, the second time with code and memory at hand;
    /// its times are the ones that are told.
    ///
    /// # Errors
    /// As [`Array::eval`].
    ///
    /// ```
    /// use jitney as jn;
    /// let x = jn::linspace(0.0, 1.0, 1000);
    /// let explanation = (x.exp() + 1.0).sum(..).explain_run()?;
    /// assert!(explanation.kernels[0].ran.as_ref().is_some_and(|ran| ran.vector_bits >= 128));
    /// # Ok::<(), jn::Error>(())
    /// ```
    pub fn explain_run(&self) -> Result<Explanation, Error> {
        explain_run(&[self])
    }

    /// The place in C order of the first element whose bits differ from those of the other
    /// array's element, all NaNs being equal; 0 if dtype or shape differ.
    ///
    /// # Errors
    /// As [`Array::eval`].
    ///
    /// ```
    /// use jitney as jn;
    /// let x = jn::array([1.0, f64::NAN, 0.0]);
    /// assert_eq!(x.first_difference(&x.sqrt())?, None);
    /// assert_eq!(x.first_difference(&x.copysign(jn::array([1.0, 1.0, -1.0])))?, Some(2));
    /// # Ok::<(), jn::Error>(())
    /// ```
    pub fn first_difference(&self, other: &Array) -> Result<Option<usize>, Error> {
        Ok(inspect::first_difference(&self.value()?, &other.value()?))
    }
}

/// The text of a stage of the joint evaluation of several arrays; see [`Array::dump`].
///
/// # Errors
/// As [`Array::dump`], for the first array that fails.
pub fn dump(arrays: &[&Array], stage: Stage) -> Result<String, Error> {
    inspect::dump(&roots(arrays), stage)
}

/// An explanation of the joint evaluation of several arrays; see [`Array::explain`].
///
/// # Errors
/// As [`Array::explain`], for the first array that fails.
pub fn explain(arrays: &[&Array]) -> Result<Explanation, Error> {
    inspect::explain(&roots(arrays))
}

/// Evaluates several arrays jointly and explains how; see [`Array::explain_run`].
///
/// # Errors
/// As [`Array::explain_run`], for the first array that fails.
pub fn explain_run(arrays: &[&Array]) -> Result<Explanation, Error> {
    inspect::explain_run(&roots(arrays))
}

fn roots<'a>(arrays: &[&'a Array]) -> Vec<&'a Arc<Expr>> {
    arrays.iter().map(|array| &array.expr).collect()
}
