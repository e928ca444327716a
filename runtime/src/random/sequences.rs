//! Shuffled sequences.

use super::bits::Bits;
use super::fill::Source;
use super::integers::interval;
use crate::buffer::Unwritten;
use crate::context::{Context, Stop};
use crate::value::room;
use crate::{Error, ErrorKind, Value};
use jitney_ir::{Shape, with_element};

/// Places that are drawn before elements are swapped: rejections would otherwise keep the
/// processor from waiting for several elements at a time.
pub(super) const AHEAD: usize = 256;

/// Places that are written between two looks at whether to stop.
const PIECE: usize = 1 << 16;

/// The integers below `n` in random order.
///
/// NumPy: `permutation(n)`.
///
/// # Errors
/// A generator whose seed was none, and what any large array may meet.
pub fn permutation<G: Source>(bits: &mut G, n: usize) -> Result<Value, Error> {
    let shape = Shape::new(&[n]).map_err(|error| wrong("permutation", error.to_string()))?;
    let order = order(bits, "permutation", n)?;
    let stop = Context::of_scope().stop;
    Value::written("permutation", &shape, |elements: Unwritten<'_, i64>| {
        let mut rest = elements;
        for places in order.chunks(PIECE) {
            stop.check()?;
            let (piece, others) = rest.split(places.len());
            piece.copy_with(places, i64::from);
            rest = others;
        }
        Ok(())
    })
}

/// An array with its slices along an axis in random order.
///
/// NumPy: `permutation(x, axis)`, and what `shuffle(x, axis)` leaves in `x`.
///
/// # Errors
/// As [`permutation`].
pub fn shuffled<G: Source>(bits: &mut G, x: &Value, axis: usize) -> Result<Value, Error> {
    let order = order(bits, "permutation", x.shape().extents()[axis])?;
    let order: Vec<usize> = order.into_iter().map(|place| place as usize).collect();
    let shape = x.shape().clone();
    take(x, &order, axis, &shape)
}

/// A number of a place; sequences of more take more memory than there is.
type Number = u32;

/// A random order of so many places.
fn order<G: Source>(bits: &mut G, operation: &str, n: usize) -> Result<Vec<Number>, Error> {
    bits.ready()?;
    let most = Number::try_from(n).map_err(|_| wrong(operation, "too many elements".to_owned()))?;
    let mut order = room(operation, n)?;
    let stop = Context::of_scope().stop;
    for first in (0..most).step_by(PIECE) {
        stop.check()?;
        order.extend(first..most.min(first.saturating_add(PIECE as Number)));
    }
    swaps(bits, n, &stop, |i, j| order.swap(i, j))?;
    Ok(order)
}

/// Draws what each place from the last to the second is swapped with.
///
/// # Errors
/// If the evaluation is to stop.
fn swaps(
    bits: &mut impl Bits,
    n: usize,
    stop: &Stop,
    mut swap: impl FnMut(usize, usize),
) -> Result<(), Error> {
    let mut last = n.saturating_sub(1);
    if u32::try_from(last).is_err() {
        for place in (1..n).rev() {
            stop.check()?;
            swap(place, interval(bits, place as u64) as usize);
        }
        return Ok(());
    }
    let mut drawn = [0; AHEAD];
    while last > 0 {
        stop.check()?;
        // Places that need as many bits.
        let mask = u32::MAX >> (last as u32).leading_zeros();
        let n_alike = last - (mask >> 1) as usize;
        let n = n_alike.min(AHEAD);
        let mut n_drawn = 0;
        while n_drawn < n {
            let word = bits.next32() & mask;
            drawn[n_drawn] = word;
            n_drawn += usize::from(word as usize <= last - n_drawn);
        }
        for (place, drawn) in drawn[..n].iter().enumerate() {
            swap(last - place, *drawn as usize);
        }
        last -= n;
    }
    Ok(())
}

/// An array of which each line along an axis is shuffled on its own, or all elements as one line.
///
/// NumPy: `permuted(x, axis)`.
///
/// # Errors
/// As [`permutation`].
pub fn permuted<G: Source>(bits: &mut G, x: &Value, axis: Option<usize>) -> Result<Value, Error> {
    bits.ready()?;
    let stop = Context::of_scope().stop;
    let (n, inner) = match axis {
        Some(axis) => lines(x.shape(), axis),
        None => (x.shape().len(), 1),
    };
    with_element!(x.dtype(), T => {
        let mut elements = x.to_vec::<T>()?;
        for block in elements.chunks_mut((n * inner).max(1)) {
            for start in 0..inner {
                stop.check()?;
                swaps(bits, n, &stop, |i, j| block.swap(start + i * inner, start + j * inner))?;
            }
        }
        Value::from_vec(elements, x.shape())
    })
}

/// The length of the lines along an axis, and the distance between their elements in C order.
fn lines(shape: &Shape, axis: usize) -> (usize, usize) {
    let extents = shape.extents();
    (extents[axis], extents[axis + 1..].iter().product())
}

/// The slices of an array along an axis that have the given numbers, in place of which stand
/// the axes of a shape.
pub(super) fn take(
    x: &Value,
    numbers: &[usize],
    axis: usize,
    shape: &Shape,
) -> Result<Value, Error> {
    /// Slices that are copied between two looks at whether to stop.
    const PIECE: usize = 1 << 10;
    let (n, inner) = lines(x.shape(), axis);
    let stop = Context::of_scope().stop;
    with_element!(x.dtype(), T => {
        let elements = x.to_vec::<T>()?;
        let mut taken = room::<T>("take", shape.len())?;
        for block in elements.chunks((n * inner).max(1)) {
            for numbers in numbers.chunks(PIECE) {
                stop.check()?;
                for number in numbers {
                    taken.extend_from_slice(&block[number * inner..(number + 1) * inner]);
                }
            }
        }
        Value::from_vec(taken, shape)
    })
}

fn wrong(operation: &str, message: String) -> Error {
    Error::nowhere(ErrorKind::Value, operation, message)
}
