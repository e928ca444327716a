//! Rearrangements that copy nothing.

use crate::reduce::bad_axis;
use crate::{Array, ErrorKind, build};
use jitney_ir::Shape;
use jitney_ir::graph::{SliceAxis, View};
use jitney_ir::shape::{Dims, normalize_axis};

macro_rules! views {
    ($($(#[doc = $doc:literal])* $name:ident($x:ident $(, $arg:ident: $ty:ty)*) $body:block)*) => {
        $(
            $(#[doc = $doc])*
            #[track_caller]
            pub fn $name($x: &Array $(, $arg: $ty)*) -> Array {
                if $x.is_failed() {
                    return $x.clone();
                }
                $body
            }
        )*

        /// Views: the same elements, arranged otherwise.
        impl Array {
            $(
                $(#[doc = $doc])*
                #[track_caller]
                pub fn $name(&self $(, $arg: $ty)*) -> Array {
                    $name(self $(, $arg)*)
                }
            )*
        }
    };
}

views! {
    /// The elements in C order in another shape, in which one extent may be -1: what is left.
    ///
    /// NumPy: `x.reshape(shape)`.
    ///
    /// # Errors
    /// Deferred: a shape of another number of elements.
    reshape(x, shape: impl AsRef<[isize]>) {
        match resolve_shape(x, shape.as_ref()).map(|extents| Shape::new(&extents)) {
            Some(Ok(shape)) => build::reshape_to(x, shape),
            Some(Err(error)) => build::bad_shape("reshape", &error),
            None => {
                let shape: Vec<_> = shape.as_ref().iter().map(isize::to_string).collect();
                let comma = if shape.len() == 1 { "," } else { "" };
                build::no_reshape(x, format!("({}{comma})", shape.join(", ")))
            }
        }
    }

    /// All elements in C order along one axis.
    ///
    /// NumPy: `x.ravel()`.
    ravel(x) { build::reshape_to(x, x.full_shape().flat()) }

    /// The axes in another order; in reverse if none is given.
    ///
    /// NumPy: `x.transpose(axes)`.
    ///
    /// # Errors
    /// Deferred: axes that are no permutation.
    transpose(x, axes: impl AsRef<[isize]>) {
        let rank = x.ndim();
        let axes = axes.as_ref();
        let mut perm: Dims<usize> = Dims::new();
        for &axis in axes {
            match normalize_axis(axis, rank) {
                Some(index) if !perm.contains(&index) => perm.push(index),
                Some(_) => {
                    let message = format!("repeated axis {axis} in transpose");
                    return Array::error_at(ErrorKind::Axis, "transpose", message);
                }
                None => return bad_axis("transpose", axis, x),
            }
        }
        if axes.is_empty() {
            perm.extend((0..rank).rev());
        } else if axes.len() != rank {
            let message = format!("{} axes for an array of shape {}", axes.len(), x.full_shape());
            return Array::error_at(ErrorKind::Axis, "transpose", message);
        }
        permute(x, perm)
    }

    /// Two axes exchanged.
    ///
    /// NumPy: `np.swapaxes(x, a, b)`.
    ///
    /// # Errors
    /// Deferred: an axis out of range.
    swapaxes(x, a: isize, b: isize) {
        let rank = x.ndim();
        let Some(first) = normalize_axis(a, rank) else { return bad_axis("swapaxes", a, x) };
        let Some(second) = normalize_axis(b, rank) else { return bad_axis("swapaxes", b, x) };
        let mut perm: Dims<usize> = (0..rank).collect();
        perm.swap(first, second);
        permute(x, perm)
    }

    /// One axis moved to another place, the others keeping their order.
    ///
    /// NumPy: `np.moveaxis(x, source, destination)`.
    ///
    /// # Errors
    /// Deferred: an axis out of range.
    moveaxis(x, source: isize, destination: isize) {
        let rank = x.ndim();
        let Some(from) = normalize_axis(source, rank) else { return bad_axis("moveaxis", source, x) };
        let Some(to) = normalize_axis(destination, rank) else {
            return bad_axis("moveaxis", destination, x);
        };
        let mut perm: Dims<usize> = (0..rank).filter(|axis| *axis != from).collect();
        perm.insert(to, from);
        permute(x, perm)
    }

    /// A new axis of one element at the given place of the result.
    ///
    /// NumPy: `np.expand_dims(x, axis)`.
    ///
    /// # Errors
    /// Deferred: an axis out of range.
    expand_dims(x, axis: isize) {
        let Some(place) = normalize_axis(axis, x.ndim() + 1) else {
            return bad_axis("expand_dims", axis, x);
        };
        match x.full_shape().with_axis(place) {
            Ok(shape) => build::reshape_to(x, shape),
            Err(error) => build::bad_shape("expand_dims", &error),
        }
    }

    /// Without the given axes of one element; without all of them if none is given.
    ///
    /// NumPy: `np.squeeze(x, axis)`.
    ///
    /// # Errors
    /// Deferred: an axis out of range, or of more than one element.
    squeeze(x, axes: impl AsRef<[isize]>) {
        let (shape, extents) = (x.full_shape(), x.shape());
        let mut dropped: Dims<usize> = Dims::new();
        for &axis in axes.as_ref() {
            match normalize_axis(axis, x.ndim()) {
                Some(index) if extents[index] == 1 => dropped.push(index),
                Some(_) => {
                    let message =
                        format!("cannot squeeze axis {axis} of shape {shape}: its size is not one");
                    return Array::error_at(ErrorKind::Shape, "squeeze", message);
                }
                None => return bad_axis("squeeze", axis, x),
            }
        }
        if axes.as_ref().is_empty() {
            dropped.extend((0..x.ndim()).filter(|axis| extents[*axis] == 1));
        }
        build::reshape_to(x, shape.without(&dropped))
    }

    /// The array repeated along new axes and axes of one element.
    ///
    /// NumPy: `np.broadcast_to(x, shape)`.
    ///
    /// # Errors
    /// Deferred: a shape that the array does not broadcast to, or of too many elements.
    broadcast_to(x, shape: impl AsRef<[usize]>) {
        let target = match Shape::new(shape.as_ref()) {
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

    /// The elements in reverse along the given axes; along all if none is given.
    ///
    /// NumPy: `np.flip(x, axis)`.
    ///
    /// # Errors
    /// Deferred: an axis out of range or given twice.
    flip(x, axes: impl AsRef<[isize]>) {
        let all: Vec<isize> = (0..x.ndim() as isize).collect();
        let axes = if axes.as_ref().is_empty() { &all } else { axes.as_ref() };
        let mut slices: Dims<SliceAxis> =
            x.shape().iter().map(|_| SliceAxis { start: 0, step: 1 }).collect();
        for &axis in axes {
            let Some(index) = normalize_axis(axis, x.ndim()) else {
                return bad_axis("flip", axis, x);
            };
            if slices[index].step < 0 {
                let message = format!("repeated axis {axis} in flip");
                return Array::error_at(ErrorKind::Axis, "flip", message);
            }
            slices[index] = SliceAxis { start: x.shape()[index].saturating_sub(1), step: -1 };
        }
        build::view(x, View::Slice(slices), x.full_shape().clone())
    }

    /// At least one axis: a 0-d array becomes one of a single element.
    ///
    /// NumPy: `np.atleast_1d(x)`.
    atleast_1d(x) { if x.ndim() == 0 { x.reshape([1]) } else { x.clone() } }

    /// At least two axes, new ones in front.
    ///
    /// NumPy: `np.atleast_2d(x)`.
    atleast_2d(x) { if x.ndim() < 2 { x.atleast_1d().expand_dims(0) } else { x.clone() } }
}

impl Array {
    /// The axes in reverse.
    ///
    /// NumPy: `x.T`.
    pub fn t(&self) -> Array {
        self.transpose([])
    }
}

/// The arrays repeated to their common shape.
///
/// NumPy: `np.broadcast_arrays(*arrays)`.
///
/// # Errors
/// Deferred: shapes that do not broadcast.
#[track_caller]
pub fn broadcast_arrays(arrays: &[&Array]) -> Vec<Array> {
    let owned: Vec<Array> = arrays.iter().map(|array| (*array).clone()).collect();
    match build::broadcast_shape("broadcast_arrays", owned.iter().map(Array::full_shape)) {
        Ok(shape) => owned.iter().map(|array| array.broadcast_to(shape.extents())).collect(),
        Err(failed) => vec![failed; arrays.len()],
    }
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
