//! Assignment to elements, as a function from arrays to an array.

use crate::index::{Resolved, resolve};
use crate::operand::out_of_bounds;
use crate::{Array, ErrorKind, Index, Operand, build};
use jitney_ir::DType;
use jitney_ir::graph::{Op, SliceAxis, View};
use jitney_ir::shape::Dims;

impl Array {
    /// The array with `value` for the elements that an index made by [`s!`](crate::s) picks.
    ///
    /// Shape: the array's; the value broadcasts to what the index picks.
    ///
    /// Dtype: the array's; the value is cast to it, as by `astype`.
    ///
    /// NumPy: `x[index] = value`, on a copy.
    ///
    /// # Errors
    /// Deferred: an index out of range, too many indices, two ellipses, a step of zero; a value
    /// that does not broadcast; a scalar that the dtype cannot hold.
    ///
    /// ```
    /// use jitney as jn;
    /// let x = jn::zeros([2, 4]);
    /// let y = x.set(jn::s![.., 1..-1], jn::array(vec![1.0, 2.0]));
    /// assert_eq!(y.to_vec::<f64>()?, [0., 1., 2., 0., 0., 1., 2., 0.]);
    /// assert_eq!(x.sum(..).item::<f64>()?, 0.0);
    /// # Ok::<(), jn::Error>(())
    /// ```
    #[must_use = "the array itself stays as it is: `assign` changes it"]
    #[track_caller]
    pub fn set(&self, index: impl AsRef<[Index]>, value: impl Into<Operand>) -> Array {
        if self.is_failed() {
            return self.clone();
        }
        let resolved = match resolve(index.as_ref(), self.full_shape()) {
            Ok(resolved) => resolved,
            Err(message) => return Array::error_at(ErrorKind::Index, "set", message),
        };
        match elements(value.into(), self.dtype()).and_then(|value| arrange(&value, &resolved)) {
            Ok(value) => update(self, &resolved, &value),
            Err(failed) => failed,
        }
    }

    /// Sets the elements that an index made by [`s!`](crate::s) picks: what
    /// [`set`](Array::set) returns takes the array's place. Clones keep what they are.
    ///
    /// NumPy: `x[index] = value`.
    ///
    /// # Errors
    /// Deferred, as [`set`](Array::set)'s: the array is a failed one then.
    ///
    /// ```
    /// use jitney as jn;
    /// let mut x = jn::arange(6);
    /// x.assign(jn::s![..;2], -1);
    /// assert_eq!(x.to_vec::<i64>()?, [-1, 1, -1, 3, -1, 5]);
    /// # Ok::<(), jn::Error>(())
    /// ```
    #[track_caller]
    pub fn assign(&mut self, index: impl AsRef<[Index]>, value: impl Into<Operand>) {
        *self = self.set(index, value);
    }
}

/// The value in the array's dtype.
#[track_caller]
fn elements(value: Operand, dtype: DType) -> Result<Array, Array> {
    let value = value
        .truncated(dtype)
        .map_err(|message| Array::error_at(ErrorKind::Value, "set", message))?;
    match &value {
        Operand::Array(array) if array.is_failed() => Err(array.clone()),
        Operand::Array(array) => Ok(build::cast(array, dtype)),
        weak => match weak.as_scalar(dtype) {
            Some(scalar) => Ok(Array::constant(scalar)),
            None => Err(out_of_bounds("set", weak, dtype)),
        },
    }
}

/// The value in the shape that the index picks, single indices as axes of one element.
#[track_caller]
fn arrange(value: &Array, resolved: &Resolved) -> Result<Array, Array> {
    let (shape, picked) = (value.full_shape(), &resolved.result);
    // NumPy lets the value have more axes than there is place for, if they are of one element.
    let surplus = shape.rank().saturating_sub(picked.rank());
    let ones: Dims<usize> = (0..surplus).collect();
    let own = shape.without(&ones);
    if shape.select(&ones).len() != 1 || !own.broadcasts_to(picked) {
        let message =
            format!("could not broadcast input array from shape {shape} into shape {picked}");
        return Err(Array::error_at(ErrorKind::Shape, "set", message));
    }
    let broadcast = build::broadcast(&build::reshape_to(value, own), picked);
    Ok(build::reshape_to(&broadcast, resolved.sliced.clone()))
}

#[track_caller]
fn update(base: &Array, resolved: &Resolved, value: &Array) -> Array {
    if value.is_failed() {
        return value.clone();
    }
    if value.size() == 0 {
        return base.clone();
    }
    // An update walks forwards: where the index walks backwards, the value is turned round.
    let mut turned: Dims<SliceAxis> = Dims::new();
    let mut axes = resolved.slices.clone();
    for (axis, &len) in axes.iter_mut().zip(value.shape()) {
        let backwards = axis.step < 0;
        let start = if backwards { len - 1 } else { 0 };
        turned.push(SliceAxis { start, step: if backwards { -1 } else { 1 } });
        if backwards {
            axis.start -= (len - 1) * axis.step.unsigned_abs();
            axis.step = -axis.step;
        }
    }
    let shape = value.full_shape().clone();
    let value = if turned.iter().any(|axis| axis.step < 0) {
        &build::view(value, View::Slice(turned), shape)
    } else {
        value
    };
    // As many elements in place of all of them leave nothing of the base.
    if value.full_shape() == base.full_shape() {
        return value.clone();
    }
    build::node(Op::Update(axes), &[base, value], base.dtype(), base.full_shape().clone())
}
