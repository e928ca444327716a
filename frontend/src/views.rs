//! Rearrangements that copy nothing.

use crate::functions::parameters::Order;
use crate::reduce::{Axes, bad_axis};
use crate::{Array, ErrorKind, build};
use jitney_ir::Shape;
use jitney_ir::graph::{SliceAxis, View};
use jitney_ir::shape::{Dims, MAX_RANK, normalize_axis};

#[track_caller]
pub(crate) fn reshape(x: &Array, shape: &[isize], _: Order) -> Array {
    if x.is_failed() {
        return x.clone();
    }
    match resolve_shape(x, shape).map(|extents| Shape::new(&extents)) {
        Some(Ok(shape)) => build::reshape_to(x, shape),
        Some(Err(error)) => build::bad_shape("reshape", &error),
        None => {
            let shape: Vec<_> = shape.iter().map(isize::to_string).collect();
            let comma = if shape.len() == 1 { "," } else { "" };
            build::no_reshape(x, format!("({}{comma})", shape.join(", ")))
        }
    }
}

#[track_caller]
pub(crate) fn ravel(x: &Array, _: Order) -> Array {
    build::reshape_to(x, x.full_shape().flat())
}

#[track_caller]
pub(crate) fn transpose(x: &Array, axes: Axes) -> Array {
    if x.is_failed() {
        return x.clone();
    }
    let rank = x.ndim();
    let perm = match axes {
        Axes::All => (0..rank).rev().collect(),
        Axes::One(axis) => match places("transpose", x, &[axis], rank) {
            Ok(perm) => perm,
            Err(failed) => return failed,
        },
        Axes::Each(axes) => match places("transpose", x, &axes, rank) {
            Ok(perm) => perm,
            Err(failed) => return failed,
        },
    };
    if perm.len() != rank {
        let message = format!("{} axes for an array of shape {}", perm.len(), x.full_shape());
        return Array::error_at(ErrorKind::Axis, "transpose", message);
    }
    permute(x, perm)
}

#[track_caller]
pub(crate) fn matrix_transpose(x: &Array) -> Array {
    swapaxes(x, -1, -2)
}

#[track_caller]
pub(crate) fn swapaxes(x: &Array, a: isize, b: isize) -> Array {
    if x.is_failed() {
        return x.clone();
    }
    let rank = x.ndim();
    let Some(first) = normalize_axis(a, rank) else { return bad_axis("swapaxes", a, x) };
    let Some(second) = normalize_axis(b, rank) else { return bad_axis("swapaxes", b, x) };
    let mut perm: Dims<usize> = (0..rank).collect();
    perm.swap(first, second);
    permute(x, perm)
}

#[track_caller]
pub(crate) fn moveaxis(x: &Array, source: Axes, destination: Axes) -> Array {
    if x.is_failed() {
        return x.clone();
    }
    let rank = x.ndim();
    let moved = given_places("moveaxis", x, source, rank).and_then(|sources| {
        let destinations = given_places("moveaxis", x, destination, rank)?;
        Ok((sources, destinations))
    });
    let (sources, destinations) = match moved {
        Ok(moved) => moved,
        Err(failed) => return failed,
    };
    if sources.len() != destinations.len() {
        let message = "needs as many destinations as sources";
        return Array::error_at(ErrorKind::Axis, "moveaxis", message);
    }
    let mut moves: Dims<(usize, usize)> = destinations.into_iter().zip(sources.clone()).collect();
    moves.sort_unstable();
    let mut perm: Dims<usize> = (0..rank).filter(|axis| !sources.contains(axis)).collect();
    for (destination, source) in moves {
        perm.insert(destination.min(perm.len()), source);
    }
    permute(x, perm)
}

#[track_caller]
pub(crate) fn expand_dims(x: &Array, axis: Axes) -> Array {
    if x.is_failed() {
        return x.clone();
    }
    let n_new = match &axis {
        Axes::All => 0,
        Axes::One(_) => 1,
        Axes::Each(axes) => axes.len(),
    };
    if let Some(refused) = too_many_axes("expand_dims", x.ndim() + n_new) {
        return refused;
    }
    // The places are those in the result, so that axes in front must be there first.
    let mut places = match given_places("expand_dims", x, axis, x.ndim() + n_new) {
        Ok(places) => places,
        Err(failed) => return failed,
    };
    places.sort_unstable();
    let mut shape = x.full_shape().clone();
    for place in places {
        shape = match shape.with_axis(place) {
            Ok(shape) => shape,
            Err(error) => return build::bad_shape("expand_dims", &error),
        };
    }
    build::reshape_to(x, shape)
}

#[track_caller]
pub(crate) fn squeeze(x: &Array, axis: Axes) -> Array {
    if x.is_failed() {
        return x.clone();
    }
    let (shape, extents) = (x.full_shape(), x.shape());
    let dropped = match axis {
        Axes::All => (0..x.ndim()).filter(|axis| extents[*axis] == 1).collect(),
        Axes::One(0 | -1) if x.ndim() == 0 => Dims::new(),
        axis => match given_places("squeeze", x, axis, x.ndim()) {
            Ok(dropped) => dropped,
            Err(failed) => return failed,
        },
    };
    if let Some(axis) = dropped.iter().find(|axis| extents[**axis] != 1) {
        let message = format!("cannot squeeze axis {axis} of shape {shape}: its size is not one");
        return Array::error_at(ErrorKind::Shape, "squeeze", message);
    }
    build::reshape_to(x, shape.without(&dropped))
}

#[track_caller]
pub(crate) fn broadcast_to(x: &Array, shape: &[usize]) -> Array {
    if x.is_failed() {
        return x.clone();
    }
    let target = match Shape::new(shape) {
        Ok(target) => target,
        Err(error) => return build::bad_shape("broadcast_to", &error),
    };
    if !x.full_shape().broadcasts_to(&target) {
        let message =
            format!("an array of shape {} does not broadcast to {target}", x.full_shape());
        return Array::error_at(ErrorKind::Shape, "broadcast_to", message);
    }
    build::broadcast(x, &target)
}

#[track_caller]
pub(crate) fn flip(x: &Array, axis: Axes) -> Array {
    if x.is_failed() {
        return x.clone();
    }
    let turned = match axis {
        Axes::All => (0..x.ndim()).collect(),
        axis => match given_places("flip", x, axis, x.ndim()) {
            Ok(turned) => turned,
            Err(failed) => return failed,
        },
    };
    let slice = |(axis, extent): (usize, &usize)| {
        let backwards = turned.contains(&axis);
        let start = if backwards { extent.saturating_sub(1) } else { 0 };
        SliceAxis { start, step: if backwards { -1 } else { 1 } }
    };
    let slices: Dims<SliceAxis> = x.shape().iter().enumerate().map(slice).collect();
    build::view(x, View::Slice(slices), x.full_shape().clone())
}

#[track_caller]
pub(crate) fn atleast_1d(x: &Array) -> Array {
    if x.ndim() == 0 && !x.is_failed() { x.reshape([1]) } else { x.clone() }
}

#[track_caller]
pub(crate) fn atleast_2d(x: &Array) -> Array {
    if x.ndim() < 2 && !x.is_failed() { x.atleast_1d().expand_dims(0) } else { x.clone() }
}

/// Arrays are values, so that a copy is the array itself.
pub(crate) fn copy(x: &Array) -> Array {
    x.clone()
}

impl Array {
    /// The axes in reverse.
    ///
    /// NumPy: `x.T`.
    #[track_caller]
    pub fn t(&self) -> Array {
        self.transpose(..)
    }
}

#[track_caller]
pub(crate) fn broadcast_arrays(arrays: &[Array]) -> Vec<Array> {
    if let Some(failed) = arrays.iter().find(|array| array.is_failed()) {
        return vec![failed.clone(); arrays.len()];
    }
    match build::broadcast_shape("broadcast_arrays", arrays.iter().map(Array::full_shape)) {
        Ok(shape) => arrays.iter().map(|array| array.broadcast_to(shape.extents())).collect(),
        Err(failed) => vec![failed; arrays.len()],
    }
}

/// Refuses more axes than arrays have, before as many are made.
#[track_caller]
pub(crate) fn too_many_axes(operation: &str, n_axes: usize) -> Option<Array> {
    let message = format!("{n_axes} axes; the limit is {MAX_RANK}");
    (n_axes > MAX_RANK).then(|| Array::error_at(ErrorKind::Shape, operation, message))
}

/// The axes that are meant, of `rank` axes; there must be some.
#[track_caller]
fn given_places(operation: &str, x: &Array, axes: Axes, rank: usize) -> Result<Dims<usize>, Array> {
    match axes {
        Axes::All => Err(Array::error_at(ErrorKind::Axis, operation, "takes an axis or several")),
        Axes::One(axis) => places(operation, x, &[axis], rank),
        Axes::Each(axes) => places(operation, x, &axes, rank),
    }
}

/// Axes counted from the front, each of which is one of `rank` and given once.
#[track_caller]
fn places(operation: &str, x: &Array, axes: &[isize], rank: usize) -> Result<Dims<usize>, Array> {
    let mut found: Dims<usize> = Dims::new();
    for &axis in axes {
        match normalize_axis(axis, rank) {
            Some(place) if found.contains(&place) => {
                let message = format!("repeated axis {axis} in {operation}");
                return Err(Array::error_at(ErrorKind::Axis, operation, message));
            }
            Some(place) => found.push(place),
            None => return Err(bad_axis(operation, axis, x)),
        }
    }
    Ok(found)
}

fn permute(x: &Array, perm: Dims<usize>) -> Array {
    let shape = x.full_shape().select(&perm);
    build::view(x, View::Transpose(perm), shape)
}

/// The extents wanted, with -1 replaced by what is left of the elements, if that can be.
fn resolve_shape(x: &Array, wanted: &[isize]) -> Option<Dims<usize>> {
    let size = x.size();
    let known: usize = wanted
        .iter()
        .filter(|n| **n != -1)
        .try_fold(1usize, |product, &n| product.checked_mul(usize::try_from(n).ok()?))?;
    let left = match wanted.iter().filter(|n| **n == -1).count() {
        0 => 0,
        1 if known > 0 && size.is_multiple_of(known) => size / known,
        _ => return None,
    };
    Some(wanted.iter().map(|&n| if n == -1 { left } else { n as usize }).collect())
}
