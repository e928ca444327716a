//! Sorting along an axis: stable, NaN last.

use super::rows::Rows;
use super::{Job, Library, References};
use crate::Error;
use crate::context::Stop;
use crate::exec::memory::out_of_memory;
use crate::reference::{Operand, Pace};
use jitney_ir::graph::Layout;
use jitney_ir::{DType, Element, Scalar, with_element};
use std::cmp::Ordering;

pub(super) struct Sort {
    pub axis: usize,
}

/// Elements that are sorted between two looks at whether the host has asked to stop: some
/// milliseconds of one thread.
const RUN: usize = 1 << 16;

/// The order of sorted elements: NaN comes last, and zeros are equal.
fn order<T: Element>(x: T, y: T) -> Ordering {
    #[expect(clippy::eq_op, reason = "only a NaN differs from itself")]
    let is_nan = |x: T| x != x;
    x.partial_cmp(&y).unwrap_or_else(|| is_nan(x).cmp(&is_nan(y)))
}

impl Library for Sort {
    fn run(&self, job: Job<'_>) -> Result<(), Error> {
        match job.call.operands[0].dtype {
            // Their bytes are in the same order.
            DType::Bool => self.run_typed::<u8>(job),
            dtype => with_element!(dtype, T => self.run_typed::<T>(job)),
        }
    }

    fn reference(&self, operands: &[Operand<'_>], pace: &mut Pace<'_>) -> References {
        let Operand { node, bits } = operands[0];
        let whole = Layout::contiguous(&node.shape, 1);
        let (n, stride) = (node.shape.extents()[self.axis], whole.strides[self.axis] as usize);
        let (mut values, mut indices) = (bits.to_vec(), vec![0; bits.len()]);
        let scalar = |bits: u64| Scalar { dtype: node.dtype, bits };
        let precedes = |x: u64, y: u64| with_element!(node.dtype, T => order(T::from_scalar(scalar(x)), T::from_scalar(scalar(y))));
        for flat in (0..bits.len()).filter(|flat| (flat / stride).is_multiple_of(n)) {
            let mut row: Vec<usize> = (0..n).collect();
            row.sort_by(|i, j| precedes(bits[flat + i * stride], bits[flat + j * stride]));
            for (place, index) in row.into_iter().enumerate() {
                pace.step()?;
                values[flat + place * stride] = bits[flat + index * stride];
                indices[flat + place * stride] = index as u64;
            }
        }
        Ok(vec![values, indices])
    }
}

impl Sort {
    fn run_typed<T: Element>(&self, job: Job<'_>) -> Result<(), Error> {
        let Job { call, memory, team, budget } = job;
        let [values, indices] = &call.results[..] else {
            return Err(Error::internal("sorting has two results"));
        };
        let rows = Rows::<T>::of(&call.operands[0], self.axis, memory)?;
        let values = values.as_ref().map(|array| Rows::<T>::of(array, self.axis, memory));
        let indices = indices.as_ref().map(|array| Rows::<i64>::of(array, self.axis, memory));
        let (values, indices) = (values.transpose()?, indices.transpose()?);
        let size = if indices.is_some() { size_of::<(T, i64)>() } else { size_of::<T>() };
        let (n, n_tasks) = (rows.len(), team.workers.count().min(rows.count()));
        let scratch = n_tasks.saturating_mul(n).saturating_mul(2 * size);
        budget.take(scratch)?;
        let work = n.saturating_mul(n.max(2).ilog2() as usize);
        let result = team.share((rows.count(), work), 1, |first, count| match &indices {
            None => values_of(&rows, values.as_ref(), (first, count), team.stop),
            Some(indices) => pairs_of(&rows, values.as_ref(), indices, (first, count), team.stop),
        });
        budget.give_back(scratch);
        result
    }
}

/// Sorts the values of so many rows from one on.
fn values_of<T: Element>(
    rows: &Rows<T>,
    values: Option<&Rows<T>>,
    (first, count): (usize, usize),
    stop: &Stop,
) -> Result<(), Error> {
    let Some(values) = values else { return Ok(()) };
    let mut sorter = Sorter::new(rows.len())?;
    for (from, to) in rows.from(first).zip(values.from(first)).take(count) {
        let sorted = sorter.sort(from.read(), |x, y| order(*x, *y), stop)?;
        // SAFETY: these are the rows of a result, and each is in one task.
        unsafe { to.write(sorted.iter().copied(), stop) }?;
    }
    Ok(())
}

/// Sorts the values of so many rows from one on together with where they have been.
fn pairs_of<T: Element>(
    rows: &Rows<T>,
    values: Option<&Rows<T>>,
    indices: &Rows<i64>,
    (first, count): (usize, usize),
    stop: &Stop,
) -> Result<(), Error> {
    let mut sorter = Sorter::new(rows.len())?;
    // All results are C-contiguous arrays of one shape: their rows are numbered alike.
    let mut values_to = values.map(|values| values.from(first));
    for (from, to) in rows.from(first).zip(indices.from(first)).take(count) {
        let pairs = from.read().zip(0..);
        let sorted = sorter.sort(pairs, |x, y| order(x.0, y.0), stop)?;
        // SAFETY: these are the rows of two results, and each is in one task.
        unsafe { to.write(sorted.iter().map(|pair| pair.1), stop) }?;
        if let Some(to) = values_to.as_mut().and_then(Iterator::next) {
            // SAFETY: as above.
            unsafe { to.write(sorted.iter().map(|pair| pair.0), stop) }?;
        }
    }
    Ok(())
}

/// Memory for a row, and as much again to merge into.
struct Sorter<K> {
    items: Vec<K>,
    spare: Vec<K>,
}

impl<K: Copy> Sorter<K> {
    /// For rows of so many elements.
    fn new(len: usize) -> Result<Sorter<K>, Error> {
        let (mut items, mut spare) = (Vec::new(), Vec::new());
        let refused = |_| out_of_memory(len.saturating_mul(2 * size_of::<K>()));
        items.try_reserve_exact(len).map_err(refused)?;
        if len > RUN {
            spare.try_reserve_exact(len).map_err(refused)?;
        }
        Ok(Sorter { items, spare })
    }

    /// The items in order, equal ones as they come.
    fn sort(
        &mut self,
        items: impl Iterator<Item = K>,
        order: impl Fn(&K, &K) -> Ordering + Copy,
        stop: &Stop,
    ) -> Result<&[K], Error> {
        self.items.clear();
        for (place, item) in items.enumerate() {
            stop.check_at(place)?;
            self.items.push(item);
        }
        for run in self.items.chunks_mut(RUN) {
            stop.check()?;
            run.sort_by(order);
        }
        let mut width = RUN;
        while width < self.items.len() {
            self.spare.clear();
            for pair in self.items.chunks(2 * width) {
                let (left, right) = pair.split_at(width.min(pair.len()));
                merge(left, right, &mut self.spare, order, stop)?;
            }
            std::mem::swap(&mut self.items, &mut self.spare);
            width *= 2;
        }
        Ok(&self.items)
    }
}

/// Appends two runs in order as one; of equal items the left ones come first.
fn merge<K: Copy>(
    mut left: &[K],
    mut right: &[K],
    merged: &mut Vec<K>,
    order: impl Fn(&K, &K) -> Ordering,
    stop: &Stop,
) -> Result<(), Error> {
    while let ([x, lefts @ ..], [y, rights @ ..]) = (left, right) {
        if merged.len().is_multiple_of(RUN) {
            stop.check()?;
        }
        if order(y, x) == Ordering::Less {
            merged.push(*y);
            right = rights;
        } else {
            merged.push(*x);
            left = lefts;
        }
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
    Ok(())
}
